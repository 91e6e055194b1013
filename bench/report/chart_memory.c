// SPDX-License-Identifier: GPL-2.0-only
/* The memory given back, against time. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "thin.h"

/* The share freed by both roles, from their two running counts; room for both and one more. */
static size_t merge(const struct trace_race *race, struct point *points)
{
	const struct trace_role *exit = &race->role[ROLE_EXIT], *reaper = &race->role[ROLE_REAPER];
	const double all = fmax(race->pages_to_free, 1);
	size_t i = 0, j = 0, nr = 0;
	double t, freed;

	points[nr++] = (struct point){0};
	while (i < exit->nr_freed || j < reaper->nr_freed) {
		if (j == reaper->nr_freed ||
		    (i < exit->nr_freed && exit->freed[i].t <= reaper->freed[j].t))
			t = exit->freed[i++].t;
		else
			t = reaper->freed[j++].t;
		freed = (i ? exit->freed[i - 1].pages : 0) + (j ? reaper->freed[j - 1].pages : 0);
		points[nr++] = (struct point){t, 100 * freed / all, 0};
	}
	return nr;
}

/* The rows of an order; returns how many. */
static size_t put_rows(struct chart *chart, const struct group_order *order, double most_ns)
{
	const struct trace_race *race = order->in_file[0].typical;
	size_t room = race->role[ROLE_EXIT].nr_freed + race->role[ROLE_REAPER].nr_freed + 1, nr, i;
	struct point *points = calloc(room, sizeof(*points));

	if (!points) {
		chart->failed = true;
		return 0;
	}
	nr = thin_steps(points, merge(race, points), 2 * most_ns / chart_axis_width(chart));
	for (i = 0; i < nr; i++)
		fprintf(chart->csv, "%s,%.6f,%.4f\n", order->name, points[i].x / 1e6, points[i].y);
	free(points);
	return nr;
}

static void put_key(struct chart *chart, const struct group_order *order)
{
	char look[32], label[80];
	double last = 0;
	int role;

	for (role = 0; role < NR_ROLES; role++) {
		const struct trace_role *r = &order->in_file[0].typical->role[role];

		if (r->nr_freed)
			last = fmax(last, r->freed[r->nr_freed - 1].t);
	}
	snprintf(look, sizeof(look), "linespoints ls %u", order->style + 1);
	chart_key(chart, look, "%s: all after %.2f ms", chart_label(chart, order, label),
		  last / 1e6);
}

static double most_of(const struct group *group)
{
	double most_ns = 0;
	size_t i;

	for (i = 0; i < group->nr_orders; i++)
		if (group->orders[i].in_file[0].typical)
			most_ns = fmax(most_ns, group->orders[i].in_file[0].typical->wall_ns);
	return most_ns;
}

static void draw(struct chart *chart)
{
	const double most_ns = most_of(chart->group);
	size_t i, nr;

	if (most_ns <= 0)
		return;
	for (i = 0; i < chart->group->nr_orders; i++)
		if (chart->group->orders[i].in_file[0].typical)
			put_key(chart, &chart->group->orders[i]);
	chart_panel(chart, "memory given back, %% of the pages to free");
	fprintf(chart->script, "set xrange [0:%.9g]\n", 1.02 * most_ns / 1e6);
	for (i = 0; i < chart->group->nr_orders; i++) {
		const struct group_order *order = &chart->group->orders[i];

		if (!order->in_file[0].typical)
			continue;
		nr = put_rows(chart, order, most_ns);
		chart_plot(chart, "data skip 1 using (is('%s') ? $2 : NaN):3 with steps ls %u",
			   order->name, order->style + 1);
		/* A point now and then, for eyes and printers that know no colours. */
		chart_plot(chart,
			   "data skip 1 using (is('%s') && int($0) %% %zu == 0 ? $2 : NaN):3 with "
			   "points ls %u ps 0.8",
			   order->name, nr / 9 + 1, order->style + 1);
	}
}

const struct chart_kind chart_memory = {
	.name = "memory",
	.title = "Memory back: pages freed against time",
	.columns = "order,time_ms,percent",
	.texts = 1,
	.keys_across = 1,
	.across = 1,
	.panel_height = 300,
	.margins = {60, 14, 26, 46},
	.axes = "set yrange [0:102]\nset ytics 20\n"
		"set xlabel 'time since the common start (ms)' offset 0,0.9 tc rgb C_ink\n",
	.one_file = true,
	.traced = true,
	.draw = draw,
	.caption =
		"The share of the victim's memory that both tasks together have given back, against "
		"time. A line further to the left gives memory back sooner. Solo is the exiting task "
		"without a reaper: an order to the right of it does not pay. Of the traced "
		"repetitions of each order this is the one of median wall time.",
};
