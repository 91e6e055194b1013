/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of tree_table.h as text, with both engines next to each other. */
#ifndef UMAPLE_TREE_REPORT_H
#define UMAPLE_TREE_REPORT_H

#include <stdio.h>

#include "common/stats.h"
#include "tree_case.h"

enum { KERNEL, OURS };

/* One operation, flag set and size on both engines: a cell of the table. */
struct tree_pair {
	struct tree_case *cases[2];
	bool wanted;	/* to be measured */
	int64_t passes; /* in each measurement */
	double *ns[2];	/* for each operation, in each round */

	/* Filled by tree_report_print(). */
	double median[2];
	struct interval ratio; /* kernel over ours: above 1 we are faster */
};

struct tree_rounds {
	size_t nr;	  /* of samples in each pair */
	size_t disturbed; /* samples during which the thread had its CPU for less than 90 % */
};

/**
 * tree_report_print() - Medians, ratios, intervals, and in how many cells ours is slower.
 * @out: where to.
 * @pairs: in the order of tree_cases().
 * @nr: how many; all sizes of an operation and a flag set.
 * @rounds: how they were measured.
 *
 * Context: Any.
 * Return: 0; -ENOMEM; -EDOM if a time is not above 0; -EIO if @out takes no more.
 */
int tree_report_print(FILE *out, struct tree_pair *pairs, size_t nr,
		      const struct tree_rounds *rounds);

#endif
