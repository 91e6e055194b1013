// SPDX-License-Identifier: GPL-2.0-only
/* The memory given back, against time. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"

#define COLUMN 3 /* pixels in which a line is not looked at more closely */

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

static void put_order(struct chart *chart, json_t *list, const struct group_order *order,
		      double most_ns)
{
	const struct trace_race *race = order->typical;
	size_t room = race->role[ROLE_EXIT].nr_freed + race->role[ROLE_REAPER].nr_freed + 1, nr, i;
	struct point *points = calloc(room, sizeof(*points));
	json_t *item = chart_series(chart, list, order);

	if (!points) {
		chart->m.failed = true;
		return;
	}
	nr = merge(race, points);
	model_text(&chart->m, item, "words", "%s: all after %.2f ms", chart_label(chart, order),
		   points[nr - 1].x / 1e6);
	nr = thin_line(points, nr, COLUMN * most_ns / AXIS_WIDTH(1));
	for (i = 0; i < nr; i++)
		fprintf(chart->csv, "%s,%.6f,%.4f\n", order->name, points[i].x / 1e6, points[i].y);
	model_text(&chart->m, item, "every", "%zu", nr / 9 + 1);
	free(points);
}

void draw_memory(struct chart *chart)
{
	json_t *series = model_list(&chart->m, chart->o, "series");
	const struct group_order *order;
	double most_ns = 0;

	for_each_order (order, chart->group, 1)
		if (order->typical)
			most_ns = fmax(most_ns, order->typical->wall_ns);
	if (most_ns <= 0)
		return;
	for_each_order (order, chart->group, 1)
		if (order->typical)
			put_order(chart, series, order, most_ns);
	chart_panel(chart, "memory given back, %% of the pages to free");
	model_text(&chart->m, chart->o, "right", "%.9g", 1.02 * most_ns / 1e6);
}
