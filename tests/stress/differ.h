/* SPDX-License-Identifier: GPL-2.0-only */
/* Random operations on several trees at once, compared after each step. */
#ifndef UMAPLE_TEST_DIFFER_H
#define UMAPLE_TEST_DIFFER_H

#include "ops.h"

struct sequence {
	unsigned int flags; /* MT_FLAGS_* of the trees */
	size_t n;
	struct op *ops;
};

/**
 * sequence_make() - Random operations.
 * @seed: the same gives the same.
 * @n: how many.
 *
 * Return: the sequence; free it with sequence_free().
 */
struct sequence *sequence_make(unsigned long seed, size_t n);
void sequence_free(struct sequence *seq);

/**
 * sequence_run() - Run it on all trees and compare.
 * @seq: the operations.
 * @trees: ends with NULL; the first is the one under test, and the sorted array is among them.
 * @why: filled with one line on failure.
 * @len: its size.
 *
 * Return: -1, or the index of the operation after which the trees differ.
 */
long sequence_run(const struct sequence *seq, const struct tree_ops *const *trees, char *why,
		  size_t len);

/**
 * sequence_hunt() - Run many sequences, and make the first that fails short.
 * @first_seed: of the first.
 * @seeds: how many sequences.
 * @n: operations in each.
 * @trees: as for sequence_run().
 *
 * Prints what failed as a C snippet. Each attempt runs in a child process, so a crash or a
 * failed assertion is a failure like any other.
 *
 * Return: 0 if nothing failed, 1 if something did.
 */
int sequence_hunt(unsigned long first_seed, unsigned long seeds, size_t n,
		  const struct tree_ops *const *trees);

#endif
