// SPDX-License-Identifier: GPL-2.0-only
/* How long single waits were. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"

#define STEP 0.01 /* of the decimal logarithm of a wait; closer ones look the same */

/* Single waits. */
struct waits {
	double *ns; /* free() it */
	size_t nr;
};

/* How many records a role has of page-table locks, or of all others, and the lengths of waits. */
static size_t gather(const struct trace_role *role, bool ptl, struct waits *out)
{
	size_t i, nr = ptl ? role->nr_visits : 0;
	int class;

	for (i = 0; out && ptl && i < role->nr_visits; i++)
		if (role->visits[i].wait > 0)
			out->ns[out->nr++] = role->visits[i].wait;
	for (class = 0; !ptl && class < NR_LOCK_CLASSES; class ++) {
		nr += role->nr_waits[class];
		for (i = 0; out && i < role->nr_waits[class]; i++)
			if (role->waits[class][i].wait > 0)
				out->ns[out->nr++] = role->waits[class][i].wait;
	}
	return nr;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All waits of an order, of both roles and all its traced races, in order of length. */
static struct waits waits_of(struct chart *chart, const struct group_order *order, bool ptl)
{
	const size_t nr = order_raced(order) ? NR_ROLES * order->nr_traced : 0;
	struct waits waits = {0};
	size_t i, room = 1;

	for (i = 0; i < nr; i++)
		room += gather(&order->traced[i / NR_ROLES]->role[i % NR_ROLES], ptl, NULL);
	waits.ns = calloc(room, sizeof(*waits.ns));
	if (!waits.ns)
		chart->m.failed = true;
	for (i = 0; waits.ns && i < nr; i++)
		gather(&order->traced[i / NR_ROLES]->role[i % NR_ROLES], ptl, &waits);
	if (waits.nr)
		qsort(waits.ns, waits.nr, sizeof(*waits.ns), ascending);
	return waits;
}

/* The curve falls by one wait at each; only where the pixel changes a row is needed. */
static size_t put_rows(FILE *csv, const char *before, const struct waits *waits, size_t races)
{
	double column = NAN, here;
	size_t i, nr = 0;

	for (i = 0; i < waits->nr; i++) {
		here = floor(log10(waits->ns[i]) / STEP);
		if (i && waits->ns[i] <= waits->ns[i - 1])
			continue;
		if (here == column && waits->ns[i] < waits->ns[waits->nr - 1])
			continue;
		column = here;
		fprintf(csv, "%s,%.3f,%.6g\n", before, waits->ns[i] / 1e3,
			(double)(waits->nr - i) / (double)races);
		nr++;
	}
	return nr;
}

/* The ranges of the axes of both panels; the longest wait is 0 if there is none. */
struct extent {
	double shortest, longest, most;
};

static void put_panel(struct chart *chart, bool ptl, struct extent *e)
{
	const struct group *group = chart->group;
	const char *locks = ptl ? "ptl" : "other";
	json_t *panel = chart_panel(chart, ptl ? "page-table locks (ptl)" : "all other spinlocks");
	json_t *series = model_list(&chart->m, panel, "series"), *item;
	char before[96];
	size_t i, nr;

	model_text(&chart->m, panel, "locks", "%s", locks);
	for (i = 0; i < group->nr_orders; i++) {
		const struct group_order *order = &group->orders[i];
		struct waits waits = waits_of(chart, order, ptl);

		if (waits.nr) {
			snprintf(before, sizeof(before), "%s,%s", locks, order->name);
			nr = put_rows(chart->csv, before, &waits, order->nr_traced);
			item = chart_series(chart, series, order);
			model_text(&chart->m, item, "every", "%zu", nr / 10 + 1);
			e->shortest = fmin(e->shortest, waits.ns[0]);
			e->longest = fmax(e->longest, waits.ns[waits.nr - 1]);
			e->most = fmax(e->most, (double)waits.nr / (double)order->nr_traced);
		}
		free(waits.ns);
	}
}

void draw_distribution(struct chart *chart)
{
	const struct group *group = chart->group;
	json_t *orders = model_list(&chart->m, chart->o, "orders");
	struct extent e = {.shortest = INFINITY, .most = 10};
	size_t i;

	for (i = 0; i < group->nr_orders; i++)
		if (order_raced(&group->orders[i]))
			chart_series(chart, orders, &group->orders[i]);
	put_panel(chart, true, &e);
	put_panel(chart, false, &e);
	if (e.longest <= 0) {
		json_array_clear(chart->panels);
		return;
	}
	/* Whole powers of ten, so that the range is not empty if all waits are equally long. */
	model_text(&chart->m, chart->o, "left", "%.6g", pow(10, floor(log10(e.shortest / 1e3))));
	model_text(&chart->m, chart->o, "right", "%.6g",
		   pow(10, floor(log10(e.longest / 1e3)) + 1));
	model_text(&chart->m, chart->o, "top", "%.6g", pow(10, ceil(log10(e.most))));
}
