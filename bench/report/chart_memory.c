// SPDX-License-Identifier: GPL-2.0-only
/* How much of the memory was back, against time. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "report_internal.h"
#include "thin.h"

#define PANEL_HEIGHT 330

/* The share freed by both roles, from their two running counts; room for both and one more. */
static size_t merge(const struct trace_race *race, struct point *points)
{
	const struct trace_role *exit = &race->role[ROLE_EXIT], *reaper = &race->role[ROLE_REAPER];
	const double all = fmax(race->pages_to_free, 1);
	size_t i = 0, j = 0, nr = 0;

	points[nr++] = (struct point){0};
	while (i < exit->nr_freed || j < reaper->nr_freed) {
		double t;

		if (j == reaper->nr_freed ||
		    (i < exit->nr_freed && exit->freed[i].t <= reaper->freed[j].t))
			t = exit->freed[i++].t;
		else
			t = reaper->freed[j++].t;
		points[nr++] = (struct point){t,
					      100 *
						      ((i ? exit->freed[i - 1].pages : 0) +
						       (j ? reaper->freed[j - 1].pages : 0)) /
						      all,
					      0};
	}
	return nr;
}

static int put_order(FILE *csv, FILE *script, const struct cell_pair *cell, double most_ns,
		     bool first)
{
	const struct trace_race *race = cell->half[0].typical;
	size_t room = race->role[ROLE_EXIT].nr_freed + race->role[ROLE_REAPER].nr_freed + 1, nr, i;
	struct point *points = calloc(room, sizeof(*points));

	if (!points)
		return -ENOMEM;
	nr = thin_steps(points, merge(race, points), 2 * most_ns / (PLOT_WIDTH - 100));
	for (i = 0; i < nr; i++)
		fprintf(csv, "%s,%.6f,%.4f\n", cell->order, points[i].x / 1e6, points[i].y);
	/* A point of its own shape now and then, for eyes and printers that know no colours. */
	fprintf(script,
		"%sdata skip 1 using (strcol(1) eq '%s' ? $2 : NaN):3 with steps ls %u notitle, "
		"\\\n\tdata skip 1 using (strcol(1) eq '%s' && int($0) %% %zu == 0 ? $2 : NaN):3 "
		"with points ls %u ps 0.8 notitle, \\\n\tkeyentry with linespoints ls %u title "
		"'%s: all after %.2f ms'",
		first ? "plot " : ", \\\n\t", cell->order, cell->style + 1, cell->order, nr / 9 + 1,
		cell->style + 1, cell->style + 1, cell->order, points[nr - 1].x / 1e6);
	free(points);
	return 0;
}

static int draw(struct report *report, const struct chart *chart, FILE *csv, FILE *script,
		double most_ns)
{
	const struct panel panel = {76, 66, PLOT_WIDTH - 20, 66 + PANEL_HEIGHT};
	bool first = true;
	size_t i;

	fprintf(csv, "order,time_ms,percent\n");
	plot_legend(script, chart, 0);
	plot_legend_end(script);
	plot_panel(script, chart, &panel);
	fprintf(script,
		"set xrange [0:%.9g]\nset yrange [0:102]\nset ytics 10\n"
		"set xlabel 'time since the common start (ms)' offset 0,0.9 tc rgb C_ink\n"
		"set ylabel 'memory given back (%% of the pages to free)' tc rgb C_ink\n"
		"set key inside right bottom vertical maxrows auto Left reverse samplen 4 tc rgb C_ink font ','.text_size\n",
		1.02 * most_ns / 1e6);
	for (i = 0; i < chart->group->nr_cells; i++) {
		if (!chart->group->cells[i].half[0].typical)
			continue;
		if (put_order(csv, script, &chart->group->cells[i], most_ns, first))
			return report_out_of_memory(report);
		first = false;
	}
	fprintf(script, "\n");
	return 0;
}

int chart_memory_back(struct report *report, const struct group *group)
{
	double most_ns = 0;
	struct chart chart;
	FILE *csv, *script;
	size_t i;
	int err;

	for (i = 0; i < group->nr_cells; i++)
		if (group->cells[i].half[0].typical)
			most_ns = fmax(most_ns, group->cells[i].half[0].typical->wall_ns);
	if (most_ns <= 0)
		return 0;
	err = chart_begin(report, &chart, group, "memory", "Memory back: pages freed against time");
	if (err)
		return err;
	chart.height = 66 + PANEL_HEIGHT + 58;
	csv = report_create_file(report, chart.stem, ".csv");
	script = plot_begin(report, &chart);
	if (csv && script)
		err = draw(report, &chart, csv, script, most_ns);
	if (!err)
		err = chart_caption(
			report, &chart,
			"Which share of the victim's memory both tasks together had given "
			"back at which time. What lies further to the left gives memory back "
			"sooner; solo is the exiting task without a reaper, so a line to the "
			"right of it means that reaping did not pay. Of the traced repetitions "
			"of each order this is the one of median wall time.");
	return chart_finish(report, &chart, csv, script, err);
}
