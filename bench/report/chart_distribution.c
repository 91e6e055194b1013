// SPDX-License-Identifier: GPL-2.0-only
/* How long single waits were. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"

#define STEP 0.01 /* of the decimal logarithm of a wait; closer ones look the same */

/* The two panels. */
enum kind { KIND_PTL, KIND_OTHER, NR_KINDS };

static const struct {
	const char *name, *title;
} kinds[NR_KINDS] = {{"ptl", "page-table locks (ptl)"}, {"other", "all other spinlocks"}};

/* Single waits, in order of length. */
struct waits {
	double *ns;
	size_t nr;
};

static void add(struct waits *waits, double ns)
{
	if (ns > 0)
		waits->ns[waits->nr++] = ns;
}

/* Add the waits of a role, unless @waits is NULL; returns an upper bound of their number. */
static size_t waits_of_role(const struct trace_role *role, enum kind kind, struct waits *waits)
{
	size_t i, room = kind == KIND_PTL ? role->nr_visits : 0;
	int class;

	for (i = 0; waits && i < room; i++)
		add(waits, role->visits[i].wait);
	for (class = 0; kind == KIND_OTHER && class < NR_LOCK_CLASSES; class ++) {
		room += role->nr_waits[class];
		for (i = 0; waits && i < role->nr_waits[class]; i++)
			add(waits, role->waits[class][i].wait);
	}
	return room;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All waits of an order, of both roles and all its traced races; free() them. */
static struct waits waits_of(struct chart *chart, const struct group_order *order, enum kind kind)
{
	const struct order_in_file *data = &order->in_file[0];
	struct waits waits = {0};
	size_t i, room = 1;
	int role;

	if (!order_raced(data))
		return waits;
	for (i = 0; i < data->nr_traced; i++)
		for (role = 0; role < NR_ROLES; role++)
			room += waits_of_role(&data->traced[i]->role[role], kind, NULL);
	waits.ns = calloc(room, sizeof(*waits.ns));
	if (!waits.ns) {
		chart->failed = true;
		return waits;
	}
	for (i = 0; i < data->nr_traced; i++)
		for (role = 0; role < NR_ROLES; role++)
			waits_of_role(&data->traced[i]->role[role], kind, &waits);
	qsort(waits.ns, waits.nr, sizeof(*waits.ns), ascending);
	return waits;
}

/* The ranges of the axes of both panels; the longest wait is 0 if there is none. */
struct extent {
	double shortest, longest, most;
};

static struct extent extent_of(struct chart *chart)
{
	struct extent e = {.shortest = INFINITY, .most = 10};
	int kind;
	size_t i;

	for (i = 0; i < chart->group->nr_orders; i++) {
		const struct group_order *order = &chart->group->orders[i];

		for (kind = 0; kind < NR_KINDS; kind++) {
			struct waits waits = waits_of(chart, order, (enum kind)kind);

			if (waits.nr) {
				e.shortest = fmin(e.shortest, waits.ns[0]);
				e.longest = fmax(e.longest, waits.ns[waits.nr - 1]);
				e.most = fmax(e.most, (double)waits.nr /
							      (double)order->in_file[0].nr_traced);
			}
			free(waits.ns);
		}
	}
	return e;
}

/* The curve falls by one wait at each; only where the pixel changes a row is needed. */
static void put_curve(struct chart *chart, const struct group_order *order, enum kind kind)
{
	struct waits waits = waits_of(chart, order, kind);
	double column = NAN, here;
	size_t i, nr = 0;

	for (i = 0; i < waits.nr; i++) {
		here = floor(log10(waits.ns[i]) / STEP);
		if (i && waits.ns[i] <= waits.ns[i - 1])
			continue;
		if (here == column && waits.ns[i] < waits.ns[waits.nr - 1])
			continue;
		column = here;
		fprintf(chart->csv, "%s,%s,%.3f,%.6g\n", kinds[kind].name, order->name,
			waits.ns[i] / 1e3,
			(double)(waits.nr - i) / (double)order->in_file[0].nr_traced);
		nr++;
	}
	if (nr)
		chart_plot(chart,
			   "data skip 1 using (is('%s,%s') ? $3 : NaN):4 with linespoints ls %u pi "
			   "%zu ps 0.8",
			   kinds[kind].name, order->name, order->style + 1, nr / 10 + 1);
	free(waits.ns);
}

static void draw(struct chart *chart)
{
	const struct group *group = chart->group;
	const struct extent e = extent_of(chart);
	char look[48], label[80];
	int kind;
	size_t i;

	if (e.longest <= 0)
		return;
	for (i = 0; i < group->nr_orders; i++) {
		snprintf(look, sizeof(look), "linespoints ls %u ps 0.8",
			 group->orders[i].style + 1);
		if (order_raced(&group->orders[i].in_file[0]))
			chart_key(chart, look, "%s", chart_label(chart, &group->orders[i], label));
	}
	for (kind = 0; kind < NR_KINDS; kind++) {
		chart_panel(chart, "%s", kinds[kind].title);
		/*
		 * Whole powers of ten, so that the range is not empty if all waits are equally
		 * long.
		 */
		fprintf(chart->script, "set xrange [%.6g:%.6g]\nset yrange [0.1:%.6g]\n",
			pow(10, floor(log10(e.shortest / 1e3))),
			pow(10, floor(log10(e.longest / 1e3)) + 1), pow(10, ceil(log10(e.most))));
		chart_plot(chart, "NaN");
		for (i = 0; i < group->nr_orders; i++)
			put_curve(chart, &group->orders[i], (enum kind)kind);
	}
}

const struct chart_kind chart_distribution = {
	.name = "distribution",
	.title = "Wait distribution: how many waits were how long (CCDF)",
	.columns = "locks,order,wait_us,waits_per_race",
	.texts = 2,
	.keys_across = 2,
	.across = 2,
	.panel_height = 330,
	.margins = {74, 14, 26, 46},
	.axes = "set logscale xy\nset format xy '%g'\n"
		"set xlabel 'length of a wait (us)' offset 0,0.9 tc rgb C_ink\n"
		"set ylabel 'waits at least as long, per race' offset 1,0 tc rgb C_ink\n",
	.one_file = true,
	.traced = true,
	.folded = true,
	.draw = draw,
	.caption =
		"The complementary cumulative distribution of single waits on logarithmic axes: for "
		"each length, the number of waits at least that long. It is given in waits per race "
		"and not in percent, so that an order with few waits lies below one with many. A curve's "
		"left end is the number of waits, its right end the longest one. Both tasks, all traced "
		"repetitions; an order without any wait has no curve.",
};
