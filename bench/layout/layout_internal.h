/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of the layout library: the builder that all sources feed, the rule that
 * places pages, the reader's position for error texts, and the two-letter names of VMA flags.
 */
#ifndef UMAPLE_LAYOUT_INTERNAL_H
#define UMAPLE_LAYOUT_INTERNAL_H

#include "layout.h"

/*
 * A run costs 24 bytes; this many is 100 MB. A process of 256 GiB that is half swapped comes near
 * it, and a short text can ask for any number.
 */
#define LAYOUT_MAX_RUNS (1UL << 22)

/* Longest name of a VMA and longest rule in bytes, so that a line of our format holds them. */
#define LAYOUT_MAX_NAME 7680
#define LAYOUT_MAX_RULE 7168

/*
 * The end of a source's user addresses: the kernel's half lies above. 47 bits are usual on x86-64,
 * 48 on arm64, and both have more on request. What lies above TASK_SIZE is moved down.
 */
#define LAYOUT_SOURCE_END (1UL << 63)

/*
 * The one way to make a layout. Calls after a failed one do nothing, so that a source may feed
 * it without looking and ask once, in builder_finish().
 */
struct layout_builder {
	struct layout *layout;
	size_t cap_vmas, cap_runs, cap_names;
	uint64_t page_size; /* of the source in bytes; 0 if unknown */
	int error;	    /* 0, -ENOMEM, or -E2BIG for more than LAYOUT_MAX_RUNS */
};

/**
 * layout_alloc() - Grow, make or (with 0) free memory; the library's only allocation call.
 * @old: NULL, or memory from this function.
 * @bytes: the new size.
 *
 * Return: The memory; NULL if there is none, and then @old is untouched.
 */
void *layout_alloc(void *old, size_t bytes);

void builder_init(struct layout_builder *b, const char *name);

/**
 * builder_vma() - Open the next VMA; runs that follow belong to it.
 * @b: the builder.
 * @vma: start, end, vm_flags, pgoff and file are taken from here, the rest is filled in.
 * @name: the VMA's name, @name_len bytes, not terminated.
 * @name_len: see @name.
 */
void builder_vma(struct layout_builder *b, const struct layout_vma *vma, const char *name,
		 size_t name_len);

/**
 * builder_run() - Add a run to the open VMA; joins the last one if it continues it.
 * @b: the builder.
 * @start: first byte.
 * @end: byte after the last; nothing happens if equal to @start.
 * @kind: its kind.
 */
void builder_run(struct layout_builder *b, uint64_t start, uint64_t end, enum layout_kind kind);

/**
 * builder_finish() - Move the layout below TASK_SIZE, count the totals and hand it out.
 * @b: the builder; empty afterwards, also on failure.
 * @rule: the layout's rule sentence, copied. Sentences are appended if pages have another size than
 * in the source, if addresses were moved, and if there is no page at all.
 * @err: filled on failure.
 *
 * Return: The layout, which passes layout_check(); NULL with @err set.
 */
struct layout *builder_finish(struct layout_builder *b, const char *rule, struct layout_error *err);

/* Give up: free what was built. May be called after builder_finish() and twice. */
void builder_abort(struct layout_builder *b);

/* Count pages[] and nr_pte_tables of @layout from its runs. */
void layout_count(const struct layout *layout, uint64_t pages[LAYOUT_NR_KINDS],
		  uint64_t *nr_pte_tables);

/**
 * layout_scale() - Replace a layout by one @scale times as large (rule in docs/layouts.md).
 * @layout: changed in place, and only on success.
 * @scale: at least 1.
 * @err: filled on failure.
 *
 * Return: 0; -ENOMEM; -ERANGE if it does not fit under TASK_SIZE.
 */
int layout_scale(struct layout *layout, unsigned int scale, struct layout_error *err);

/**
 * layout_fit() - Move a layout below TASK_SIZE by shortening its longest gaps.
 * @layout: changed in place, and only on success; its addresses may reach LAYOUT_SOURCE_END.
 * @moved: whether something had to be moved.
 * @err: filled on failure.
 *
 * Every address keeps its place within 1 GiB, gaps below that keep their length, and VMAs that did
 * not touch still do not: page tables are shared as before.
 *
 * Return: 0; -ERANGE if the VMAs do not fit.
 */
int layout_fit(struct layout *layout, bool *moved, struct layout_error *err);

/* Which pages of a VMA are populated, in which order, and what they are. */
enum place_pattern {
	PLACE_PACKED,	/* from the start up */
	PLACE_FROM_TOP, /* the last ones: a stack */
	PLACE_WINDOWS,	/* 64 KiB windows spread evenly: code */
};

/*
 * The kinds of the populated pages of a VMA in address order: first the anonymous ones,
 * resident and swapped mixed in short runs, then the file's.
 */
struct page_mix {
	uint64_t anon, swapped, file; /* pages; @anon counts the swapped ones too */
	uint64_t at;		      /* anonymous pages handed out */
	uint64_t pair[2];	      /* left of the present pair of runs */
	enum layout_kind kind[2];
};

void mix_init(struct page_mix *mix, uint64_t resident, uint64_t swapped, uint64_t file);

/**
 * mix_next() - Take the next pages of a mix.
 * @mix: the mix.
 * @max: how many at most, at least 1.
 * @kind: what they are.
 *
 * Return: How many, at least 1; 0 if the mix is used up.
 */
uint64_t mix_next(struct page_mix *mix, uint64_t max, enum layout_kind *kind);

/**
 * place_pages() - Place a VMA's huge units and then all pages of a mix.
 * @b: the builder with the VMA open.
 * @vma: the VMA; big enough for all of it, with @huge_units aligned units in it.
 * @huge_units: 2 MiB units mapped huge; they take the lowest aligned places.
 * @pattern: where the other pages go, in what the huge units leave.
 * @mix: the pages; used up on return.
 */
void place_pages(struct layout_builder *b, const struct layout_vma *vma, uint64_t huge_units,
		 enum place_pattern pattern, struct page_mix *mix);

/* A fixed mixing function: the only "randomness" in this library. */
uint64_t layout_hash(uint64_t x);

/* A text being read, and where in it we are. */
struct layout_text {
	const char *file; /* for error texts */
	const char *next, *end;
	const char *line; /* the present line, @len bytes without its newline */
	size_t len;
	size_t nr; /* its number, from 1 */
	struct layout_error *err;
};

/**
 * text_line() - Step to the next line.
 * @text: the text.
 *
 * Carriage returns at the end of a line are no part of it.
 *
 * Return: 1; 0 at the end; -EINVAL with the error set for a line that no text file has: a NUL
 * byte, more than 8 KiB, or no newline at the end.
 */
int text_line(struct layout_text *text);

/**
 * text_fail() - Set "FILE:LINE: reason".
 * @text: the text.
 * @nr: the line's number.
 * @fmt: the reason; bytes outside of printable ASCII become '?'.
 *
 * Return: -EINVAL.
 */
int text_fail(struct layout_text *text, size_t nr, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Set an error without a line. Return: @ret. */
int layout_fail(struct layout_error *err, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Read digits of @base at *@p, at most to @end, no sign. Return: false if none or above 2^63. */
bool scan_number(const char **p, const char *end, unsigned int base, uint64_t *value);

/* Two-letter names of VMA flags, as in the VmFlags line of smaps. Return: 0 for an unknown one. */
uint64_t vm_flag_by_name(const char name[2]);

/* The name of the @i-th known flag, and the flag; NULL after the last. */
const char *vm_flag_name(unsigned int i, uint64_t *flag);

/* One VMA of a smaps text. Sizes in bytes. */
struct smaps_vma {
	struct layout_vma vma;
	const char *name;
	size_t name_len;
	uint64_t rss, anonymous, swap, anon_huge, hugetlb;
	size_t line; /* of its header */
};

/* Facts about the whole process from a smaps text. */
struct smaps_notes {
	size_t dropped;	    /* VMAs left out: those at the kernel's addresses */
	uint64_t page_size; /* smallest KernelPageSize without hugetlb, in bytes; 0 if none */
};

/* Copy the facts about the whole process into the layout. */
void builder_notes(struct layout_builder *b, const struct smaps_notes *notes);

/**
 * smaps_parse() - Read a smaps text, VMA by VMA.
 * @text: the text, at its start.
 * @fn: called for each VMA that lies below LAYOUT_SOURCE_END, after all its numbers have been
 * checked against each other; returns 0 or an error that ends the parsing.
 * @arg: for @fn.
 * @notes: filled in.
 *
 * Return: 0, -EINVAL with the text's error set, or what @fn returned.
 */
int smaps_parse(struct layout_text *text, int (*fn)(void *arg, const struct smaps_vma *vma),
		void *arg, struct smaps_notes *notes);

/* Readers of a whole text; @name becomes the layout's. NULL with the error set. */
struct layout *smaps_read(const char *name, struct layout_text *text);
struct layout *format_read(const char *name, struct layout_text *text);
bool format_is_ours(const char *text, size_t len);

/* Either of the two, by its first line. @file is for error texts. */
struct layout *layout_from_text(const char *name, const char *file, const char *text, size_t len,
				struct layout_error *err);

/* The whole of a file or /proc file. Return: bytes, to free with layout_alloc(x, 0), or NULL. */
char *layout_slurp(const char *path, size_t *len, struct layout_error *err);

struct layout *builtin_one(struct layout_error *err);
struct layout *builtin_grid(struct layout_error *err);
struct layout *builtin_many(struct layout_error *err);
struct layout *builtin_android(struct layout_error *err);

#endif
