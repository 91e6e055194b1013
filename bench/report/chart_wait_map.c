// SPDX-License-Identifier: GPL-2.0-only
/* Where in the address space the waiting for page-table locks was. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "measure/metrics.h"
#include "common/format.h"

#define MOST_BARS 430 /* along the address space */
#define TOP(us)	  (1.08 * asinh((us) > 0 ? (us) : 1))

/* The same for all strips. */
struct scale {
	double tables, per_bar; /* tables */
	size_t bars;
	double longest; /* mean wait of a bar, in microseconds */
};

/* The waits of a role, per race. */
struct waits {
	double ns, nr;
};

/* The rows of a role: bars along the address space, mean wait per table and race. */
static struct waits put_strip(struct chart *chart, const struct group_order *order, enum role role,
			      struct scale *scale)
{
	const double races = (double)order->nr_traced;
	double *bar = calloc(scale->bars, sizeof(*bar)), at, tables;
	struct waits waits = {0};
	size_t race, i;

	if (!bar) {
		chart->m.failed = true;
		return waits;
	}
	for (race = 0; race < order->nr_traced; race++) {
		const struct trace_role *r = &order->traced[race]->role[role];

		for (i = 0; i < r->nr_visits; i++) {
			bar[(size_t)(r->visits[i].table / scale->per_bar)] += r->visits[i].wait;
			waits.ns += r->visits[i].wait / races;
			waits.nr += (r->visits[i].wait > 0) / races;
		}
	}
	for (i = 0; i < scale->bars; i++) {
		at = (double)i * scale->per_bar;
		tables = fmin(scale->per_bar, scale->tables - at);
		bar[i] /= races * tables * 1e3;
		scale->longest = fmax(scale->longest, bar[i]);
		if (bar[i] > 0)
			fprintf(chart->csv, "%s,%s,%.0f,%.0f,%.6f\n", order->name, role_name(role),
				at, tables, bar[i]);
	}
	free(bar);
	return waits;
}

static void put_panel(struct chart *chart, const struct group_order *order, struct scale *scale)
{
	const struct waits exit = put_strip(chart, order, ROLE_EXIT, scale);
	const struct waits reaper = put_strip(chart, order, ROLE_REAPER, scale);
	char time[2][32], count[2][16];
	json_t *panel = chart_panel(chart, "%s: exit waited %s (%s times), reaper %s (%s)",
				    chart_label(chart, order), format_time(time[0], exit.ns),
				    format_number(count[0], exit.nr),
				    format_time(time[1], reaper.ns),
				    format_number(count[1], reaper.nr));

	model_text(&chart->m, panel, "order", "%s", order->name);
}

void draw_wait_map(struct chart *chart)
{
	const struct group_order *order;
	struct scale scale = {.tables = 1};
	size_t i;

	for_each_order (order, chart->group, 1)
		for (i = 0; i < order->nr_traced; i++)
			scale.tables = fmax(scale.tables, order->traced[i]->tables);
	scale.per_bar = ceil(scale.tables / MOST_BARS);
	scale.bars = (size_t)ceil(scale.tables / scale.per_bar);
	for_each_order (order, chart->group, 1)
		if (order_raced(order))
			put_panel(chart, order, &scale);
	model_text(&chart->m, chart->o, "tables", "%.0f", scale.tables);
	model_text(&chart->m, chart->o, "per_bar", "%g", scale.per_bar);
	model_text(&chart->m, chart->o, "bars", "%zu", scale.bars);
	model_text(&chart->m, chart->o, "longest", "%.9g", scale.longest > 0 ? scale.longest : 1);
	model_text(&chart->m, chart->o, "top", "%.9g", TOP(scale.longest));
}
