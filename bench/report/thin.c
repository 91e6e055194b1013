// SPDX-License-Identifier: GPL-2.0-only
#include "chart.h"

#include <math.h>
#include <stdlib.h>

size_t thin_line(struct point *points, size_t nr, double step)
{
	size_t begin, end, i, kept = 0;

	for (begin = 0; begin < nr; begin = end) {
		size_t low = begin, high = begin;
		double column = floor(points[begin].x / step);

		for (end = begin + 1; end < nr && floor(points[end].x / step) == column; end++) {
			if (points[end].y < points[low].y)
				low = end;
			if (points[end].y > points[high].y)
				high = end;
		}
		/* No more are kept than were read, so nothing unread is written over. */
		for (i = begin; i < end; i++)
			if (i == begin || i == end - 1 || i == low || i == high)
				points[kept++] = points[i];
	}
	return kept;
}

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

static int by_x(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	int order = compare(x->x, y->x);

	return order ? order : compare(x->y, y->y);
}

static int by_weight(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	int order = compare(y->weight, x->weight);

	return order ? order : by_x(a, b);
}

size_t thin_marks(struct point *points, size_t nr, double dx, double dy, size_t most)
{
	size_t i, j, kept = 0;

	/* Take the greatest first, and leave out later ones that it hides. */
	qsort(points, nr, sizeof(*points), by_weight);
	for (i = 0; i < nr && kept < most; i++) {
		for (j = 0; j < kept; j++)
			if (floor(points[i].x / dx) == floor(points[j].x / dx) &&
			    floor(points[i].y / dy) == floor(points[j].y / dy))
				break;
		if (j == kept)
			points[kept++] = points[i];
	}
	qsort(points, kept, sizeof(*points), by_x);
	return kept;
}
