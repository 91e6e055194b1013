// SPDX-License-Identifier: GPL-2.0-only
#include "thin.h"

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

size_t thin_steps(struct point *points, size_t nr, double step)
{
	size_t i, kept = 0;

	for (i = 0; i < nr; i++)
		if (!i || i + 1 == nr || floor(points[i].x / step) != floor(points[i + 1].x / step))
			points[kept++] = points[i];
	return kept;
}

/* How much room a mark takes. */
struct room {
	double dx, dy;
};

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare_places(const struct point *a, const struct point *b, const struct room *room)
{
	int order = compare(floor(a->x / room->dx), floor(b->x / room->dx));

	return order ? order : compare(floor(a->y / room->dy), floor(b->y / room->dy));
}

static int by_place(const void *a, const void *b, void *room)
{
	const struct point *x = a, *y = b;
	int order = compare_places(x, y, room);

	if (!order)
		order = -compare(x->weight, y->weight);
	return order ? order : compare(x->x, y->x);
}

static int by_weight(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	int order = -compare(x->weight, y->weight);

	if (!order)
		order = compare(x->x, y->x);
	return order ? order : compare(x->y, y->y);
}

static int by_x(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	int order = compare(x->x, y->x);

	return order ? order : compare(x->y, y->y);
}

size_t thin_marks(struct point *points, size_t nr, double dx, double dy, size_t most)
{
	struct room room = {dx, dy};
	size_t i, kept = 0;

	qsort_r(points, nr, sizeof(*points), by_place, &room);
	for (i = 0; i < nr; i++)
		if (!kept || compare_places(&points[i], &points[kept - 1], &room))
			points[kept++] = points[i];
	if (kept > most) {
		qsort(points, kept, sizeof(*points), by_weight);
		kept = most;
	}
	qsort(points, kept, sizeof(*points), by_x);
	return kept;
}
