/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loops that maplebench times. They are compiled once for each engine from one source
 * (tree_bench.c), so only one call through a pointer, for a whole loop, is timed with the tree.
 * Indexes are addresses: ranges begin and end at 4 KiB pages.
 */
#ifndef UMAPLE_TREE_BENCH_H
#define UMAPLE_TREE_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "recorded.h"

struct tree_range {
	unsigned long first, last; /* inclusive */
};

struct tree_bench {
	const char *name;
	void *(*create)(bool vma); /* false: no flags; true: as an mm's tree; NULL without memory */
	void (*destroy)(void *tree); /* does not wait until its nodes are free */
	size_t (*node_bytes)(
		void); /* of all trees of this engine, when no node waits for a grace period */

	/* All take @n ranges or indexes, do one operation (or two, see below) on each in turn. */
	bool (*build)(void *tree, const struct tree_range *ranges, size_t n);
	unsigned long (*lookup)(void *tree, const unsigned long *indexes, size_t n);
	unsigned long (*lookup_dep)(void *tree, const unsigned long *indexes, size_t n);
	unsigned long (*lookup_batch)(void *tree, const unsigned long *indexes, size_t n);
	size_t (*iter_fwd)(void *tree); /* over all of it; returns how many entries */
	size_t (*iter_rev)(void *tree);
	bool (*churn)(void *tree, const struct tree_range *ranges, size_t n); /* two each */
	bool (*split)(void *tree, const struct tree_range *ranges, size_t n); /* two each */
	bool (*overwrite)(void *tree, const struct tree_range *ranges, size_t n);
	unsigned long (*gap_fwd)(void *tree, const unsigned long *mins, size_t n,
				 unsigned long max);
	unsigned long (*gap_rev)(void *tree, const unsigned long *maxes, size_t n);
	/* One set of operations, on an empty tree; @prealloc: as mm stores. */
	bool (*replay)(void *tree, const struct recorded_op *ops, size_t n, bool prealloc);
};

#endif
