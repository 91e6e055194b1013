/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of tree_table.h as text: each engine next to ours. */
#ifndef UMAPLE_TREE_REPORT_H
#define UMAPLE_TREE_REPORT_H

#include <stdio.h>

#include "common/stats.h"
#include "tree_case.h"

/* One operation, flag set and size on all engines: a cell of the table. */
struct tree_cell {
	struct tree_case *cases[TREE_ENGINES_MAX];
	bool wanted;		      /* to be measured */
	int64_t passes;		      /* in each measurement */
	double *ns[TREE_ENGINES_MAX]; /* for each operation, in each round */

	/* Filled by tree_report_print(). */
	double median[TREE_ENGINES_MAX];
	/* Each engine over the last one, ours: above 1 ours is faster. */
	struct interval ratio[TREE_ENGINES_MAX];
	double p[TREE_ENGINES_MAX]; /* that the two do not differ */
};

struct tree_rounds {
	size_t nr;	  /* of samples of each engine in each cell */
	size_t disturbed; /* samples during which the thread had its CPU for less than 90 % */
};

/**
 * tree_report_print() - Medians, ratios, intervals, and in how many cells ours is slower.
 * @out: where to.
 * @cells: in the order of tree_cases().
 * @nr: how many; all sizes of an operation and a flag set.
 * @rounds: how they were measured.
 *
 * Context: Any.
 * Return: 0; -ENOMEM; -EDOM if a time is not above 0; -EIO if @out takes no more.
 */
int tree_report_print(FILE *out, struct tree_cell *cells, size_t nr,
		      const struct tree_rounds *rounds);

#endif
