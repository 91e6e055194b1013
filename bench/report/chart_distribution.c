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

/* Write the lengths of a role's waits, for page-table locks or for all others. */
static void put_lengths(FILE *out, const struct trace_role *role, bool ptl)
{
	size_t i;
	int class;

	for (i = 0; ptl && i < role->nr_visits; i++)
		if (role->visits[i].wait > 0)
			fwrite(&role->visits[i].wait, sizeof(double), 1, out);
	for (class = 0; !ptl && class < NR_LOCK_CLASSES; class ++)
		for (i = 0; i < role->nr_waits[class]; i++)
			if (role->waits[class][i].wait > 0)
				fwrite(&role->waits[class][i].wait, sizeof(double), 1, out);
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
	char *lengths = NULL;
	size_t i, size = 0;
	FILE *out = open_memstream(&lengths, &size);
	struct waits waits;

	for (i = 0; out && i < nr; i++)
		put_lengths(out, &order->traced[i / NR_ROLES]->role[i % NR_ROLES], ptl);
	if (!out || fclose(out))
		chart->m.failed = true;
	waits = (struct waits){(void *)lengths, size / sizeof(double)};
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
	const struct group_order *order;
	const char *locks = ptl ? "ptl" : "other";
	json_t *panel = chart_panel(chart, ptl ? "page-table locks (ptl)" : "all other spinlocks");
	json_t *series = model_list(&chart->m, panel, "series"), *item;
	char before[96];
	size_t nr;

	model_text(&chart->m, panel, "locks", "%s", locks);
	for_each_order (order, chart->group, 1) {
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
	const struct group_order *order;
	json_t *orders = model_list(&chart->m, chart->o, "orders");
	struct extent e = {.shortest = INFINITY, .most = 10};

	for_each_order (order, chart->group, 1)
		if (order_raced(order))
			chart_series(chart, orders, order);
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
