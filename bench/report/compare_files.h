/* SPDX-License-Identifier: GPL-2.0-only */
/* Two samples against each other, with how sure that is. */
#ifndef UMAPLE_REPORT_COMPARE_FILES_H
#define UMAPLE_REPORT_COMPARE_FILES_H

#include <stdbool.h>

#include "common/result_file.h"

/* How one figure of the two files, or of two orders of a file, compares. */
struct comparison_of {
	bool known; /* both have repetitions, and the one below the line is not 0 */
	struct interval ratio;
	double p;
	bool significant; /* p is small, and the interval leaves 1 out */
};

/**
 * compare_samples() - Ratio with interval, and the rank test.
 * @above: the repetitions above the line.
 * @below: those below.
 * @paired: they ran next to each other, so the ratio's interval may draw pairs.
 * @out: filled on success.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int compare_samples(const struct sample_set *above, const struct sample_set *below, bool paired,
		    struct comparison_of *out);

#endif
