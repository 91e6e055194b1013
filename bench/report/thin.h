/* SPDX-License-Identifier: GPL-2.0-only */
/* Leave out points that would not be seen. */
#ifndef UMAPLE_REPORT_THIN_H
#define UMAPLE_REPORT_THIN_H

#include <stddef.h>

struct point {
	double x, y, weight;
};

/**
 * thin_line() - Leave out the points of a line that cannot be seen.
 * @points: the line, x never falling; replaced by what is kept.
 * @nr: how many.
 * @step: the width of a pixel, in x.
 *
 * Of all points in one pixel column the first, the last, the lowest and the highest are kept.
 *
 * Context: Any.
 * Return: How many are kept.
 */
size_t thin_line(struct point *points, size_t nr, double step);

/**
 * thin_marks() - Leave out marks that others hide.
 * @points: the marks, in any order; replaced by what is kept, in order of x.
 * @nr: how many.
 * @dx: how wide a mark is, in x.
 * @dy: how high it is, in y.
 * @most: how many are kept at most.
 *
 * Of marks that cover each other the one of greatest weight is kept, and of all marks the @most
 * greatest.
 *
 * Context: Any.
 * Return: How many are kept.
 */
size_t thin_marks(struct point *points, size_t nr, double dx, double dy, size_t most);

#endif
