/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A layout describes a victim's address space at the moment it dies: its VMAs, and for each the
 * runs of pages that are resident, swapped out or huge.
 *
 * Layouts are plain data. They come from built-in descriptions, from /proc/PID/smaps text, or
 * from our own exact text format, and are never changed once made.
 */
#ifndef UMAPLE_LAYOUT_H
#define UMAPLE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum layout_kind {
	LAYOUT_ANON, /* resident 4 KiB anonymous pages */
	LAYOUT_FILE, /* resident 4 KiB page-cache pages */
	LAYOUT_SWAP, /* anonymous pages swapped out */
	LAYOUT_HUGE, /* anonymous memory mapped by PMD entries; 2 MiB aligned at both ends */
	LAYOUT_NR_KINDS,
};

/* A run of equal pages, [start, end), page aligned; runs are sorted and do not overlap. */
struct layout_run {
	uint64_t start, end;
	enum layout_kind kind;
};

/* One VMA, [start, end), page aligned. Its runs are layout->runs[first_run .. +nr_runs). */
struct layout_vma {
	uint64_t start, end;
	uint64_t vm_flags; /* VM_* of lib/vma/vm_flags.h */
	uint64_t pgoff;	   /* in pages, for file mappings */
	bool file;	   /* backed by a file or shared memory object */
	uint32_t name;	   /* offset in layout->names; the empty string if unnamed */
	uint32_t nr_runs;
	size_t first_run;
};

struct layout {
	char *name; /* what the user called it: "android", or the file's base name without suffix */
	/*
	 * One sentence: how pages were placed where the source does not say, and how the layout
	 * differs from the source.
	 */
	char *rule;
	struct layout_vma *vmas;
	size_t nr_vmas;
	struct layout_run *runs;
	size_t nr_runs;
	char *names;
	size_t names_size; /* bytes in names, with every terminator */
	size_t nr_dropped; /* VMAs of the source at the kernel's addresses, left out: [vsyscall] */
	uint64_t pages[LAYOUT_NR_KINDS]; /* in 4 KiB units, also for LAYOUT_HUGE */
	uint64_t nr_pte_tables; /* 2 MiB units that hold at least one run that is not huge */
};

struct layout_error {
	char text[256]; /* "FILE:LINE: reason" or "reason"; always terminated */
};

/**
 * layout_open() - Make a layout from a built-in name or a file.
 * @name: "one", "grid", "many", "android", "java", "node", "chromium-renderer", or a path.
 * @scale: multiplies the layout, at least 1.
 * @err: filled on failure.
 *
 * Context: May sleep. Any thread.
 * Return: The layout, to be given to layout_free(); NULL with @err set if there is no such
 * name or file, the file is damaged, memory ran out, or the layout does not fit under TASK_SIZE.
 * A layout of VMAs without a page is opened: ask layout_pages().
 */
struct layout *layout_open(const char *name, unsigned int scale, struct layout_error *err);

/**
 * layout_resident() - Make a copy of a layout in which swapped pages are resident.
 * @layout: the layout.
 * @err: filled on failure.
 *
 * Its rule says so.
 *
 * Context: May sleep. Any thread.
 * Return: The copy, to be given to layout_free(); NULL with @err set if memory ran out.
 */
struct layout *layout_resident(const struct layout *layout, struct layout_error *err);

/**
 * layout_pages() - Count the pages of a layout.
 * @layout: the layout.
 *
 * Context: Any.
 * Return: Its pages of every kind, resident, swapped and huge, in units of 4 KiB. Where it is 0,
 * a race over the layout says nothing.
 */
uint64_t layout_pages(const struct layout *layout);

/**
 * layout_notes() - What of a layout is not as in the process it was taken from.
 * @layout: the layout.
 *
 * Context: Any.
 * Return: The last part of its rule: pages that were counted as others, addresses that were moved;
 * also that it has no page. "" if there is nothing to note.
 */
const char *layout_notes(const struct layout *layout);

/**
 * layout_write() - Write a layout in our exact text format (docs/layouts.md).
 * @layout: the layout; its name is not written, since a file's name gives it.
 * @file: where to; not flushed.
 *
 * Context: May sleep.
 * Return: 0; -EIO if a write failed; -EINVAL if a name or the rule holds a newline, which the
 * format cannot hold.
 */
int layout_write(const struct layout *layout, FILE *file);

/**
 * layout_check() - Verify every promise this header makes about a layout.
 * @layout: the layout.
 * @err: filled if a promise is broken.
 *
 * VMAs and runs sorted, aligned, not overlapping and below TASK_SIZE; runs inside their VMA and
 * not touching an equal neighbour; huge runs aligned to 2 MiB; file pages only in file mappings;
 * the totals equal to a recount.
 *
 * Context: Any.
 * Return: 0, or -EINVAL with @err set.
 */
int layout_check(const struct layout *layout, struct layout_error *err);

/**
 * layout_free() - Give a layout's memory back.
 * @layout: the layout, or NULL.
 *
 * Context: No one may use it any more.
 */
void layout_free(struct layout *layout);

#endif
