/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequences of system calls on an arena of addresses, done by the running kernel in a child and by
 * ours on an mm_struct, and what both looked like after each step.
 */
#ifndef UMAPLE_TESTS_VS_KERNEL_H
#define UMAPLE_TESTS_VS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The arena crosses the border of a PUD table and holds no whole 2 MiB unit, so no huge page. */
#define ARENA_PAGES 96ul
#define ARENA_START (0x200040000000ul - 40 * 4096)
#define ARENA_END   (ARENA_START + ARENA_PAGES * 4096)
#define PAGE_AT(n)  (ARENA_START + (unsigned long)(n)*4096)
#define MAX_STEPS   600
/* The second file is short: faults behind its end fail. */
#define FILE_PAGES_A 160ul
#define FILE_PAGES_B 40ul

enum call {
	CALL_MMAP,
	CALL_MUNMAP,
	CALL_MPROTECT,
	CALL_MREMAP,
	CALL_MADVISE,
	CALL_MLOCK,
	CALL_MUNLOCK,
	CALL_BRK,
	CALL_FORK
};
enum which_file { NO_FILE, FILE_A, FILE_B };

struct step {
	enum call call;
	unsigned long arg[5]; /* as the call takes them; mmap without its file */
	enum which_file file; /* mmap: instead of a descriptor */
};

struct area {
	unsigned long start, end, flags, offset; /* offset in bytes, 0 without a file */
	unsigned long file; /* 1 if it has one, that of shared memory included */
};

struct outcome {
	long result;			  /* address, 0 or -errno */
	unsigned int nr_areas, map_count; /* both the same */
	struct area areas[ARENA_PAGES];
	bool present[ARENA_PAGES]; /* pages of private anonymous areas alone */
};

/**
 * kernel_run() - Let the running kernel do the steps, in a child.
 * @steps: what to do.
 * @nr: how many steps; at most MAX_STEPS.
 * @outcomes: filled with one for each step.
 *
 * Return: true, or false with errno set if the child could not do it.
 */
bool kernel_run(const struct step *steps, unsigned int nr, struct outcome *outcomes);

/**
 * kernel_can_brk() - May a child move its heap into the arena?
 *
 * Return: true for root.
 */
bool kernel_can_brk(void);

/**
 * kernel_is_judge() - Has the running kernel the rules that ours has?
 *
 * Older ones merge less after faults, and their mremap() moves no more than one area.
 *
 * Return: true from Linux KERNEL_MAJOR.KERNEL_MINOR on.
 */
bool kernel_is_judge(void);
#define KERNEL_MAJOR 6
#define KERNEL_MINOR 17

/**
 * ours_run() - Do the steps on an address space of ours.
 * @steps: what to do.
 * @nr: how many steps.
 * @outcomes: filled with one for each step.
 */
void ours_run(const struct step *steps, unsigned int nr, struct outcome *outcomes);

/**
 * step_random() - Think of a step.
 * @seed: the state of the random numbers.
 * @can_brk: brk may be one.
 *
 * Return: the step.
 */
struct step step_random(uint64_t *seed, bool can_brk);

/**
 * outcome_differs() - Compare two outcomes.
 *
 * Return: true if anything differs.
 */
bool outcome_differs(const struct outcome *a, const struct outcome *b);

/* Print one outcome for a reader, each line after @prefix. */
void outcome_print(FILE *out, const char *prefix, const struct outcome *outcome);

/* Print steps as a C program that does them. */
void program_print(FILE *out, const struct step *steps, unsigned int nr);

#endif
