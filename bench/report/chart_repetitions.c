// SPDX-License-Identifier: GPL-2.0-only
/* Every repetition as a dot: how much of a difference is noise. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"

#define MOST_DOTS 150 /* of an order in a panel */

static const struct figure_shown {
	unsigned int value; /* of measure/metrics.h */
	const char *name, *title;
} shown[] = {
	{VALUE_RUNNING, "running_ms", "running time of both tasks (ms)"},
	{VALUE_WALL, "wall_ms", "wall time until the later task is done (ms)"},
	{VALUE_PTL_WAIT, "ptl_wait_ms", "waiting for page-table locks, both tasks (ms)"},
	{VALUE_OTHER_WAIT, "other_wait_ms", "waiting for all other locks (ms)"},
};

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

/* The rows of an order in a file around the place @middle on the axis: dots, then the median. */
static void put_rows(struct chart *chart, const char *before, const struct result_row *row,
		     unsigned int value, double middle)
{
	const double width = chart->report->nr_files == 1 ? 0.56 : 0.3;
	const struct sample_set *set = &row->sample[value];
	const struct interval *interval = &row->value[value];
	const size_t every = (set->nr + MOST_DOTS - 1) / MOST_DOTS;
	size_t i;

	for (i = 0; i < set->nr; i += every)
		fprintf(chart->csv, "%s,%zu,%.4f,%.6g,,\n", before, i,
			middle + width * (((double)i + 0.5) / (double)set->nr - 0.5),
			set->values[i] / 1e6);
	fprintf(chart->csv, "%s,median,%.4f,%.6g,%.6g,%.6g\n", before, middle,
		interval->median / 1e6, interval->lo / 1e6, interval->hi / 1e6);
}

/* An order in a panel; returns its largest value in ms, negative if it has none. */
static double put_order(struct chart *chart, json_t *panel, size_t at,
			const struct figure_shown *figure)
{
	static const double beside[] = {-0.21, 0.21}; /* where A and B stand */
	const unsigned int nr_files = chart->report->nr_files;
	const struct group_order *order = &chart->group->orders[at * nr_files];
	char before[128];
	json_t *tic = model_item(&chart->m, json_object_get(panel, "tics"), "name",
				 chart_label(chart, order), NULL);
	json_t *medians = model_list(&chart->m, tic, "medians"), *dots;
	double most = -1;
	unsigned int file;
	size_t i;

	model_text(&chart->m, tic, "at", "%zu", at);
	for (file = 0; file < nr_files; file++) {
		const struct result_row *row = order[file].row;
		const char letter = 'A' + (char)file;

		if (!row || !row->sample[figure->value].nr)
			continue;
		snprintf(before, sizeof(before), "%s,%s,%c", figure->name, order->name, letter);
		put_rows(chart, before, row, figure->value,
			 (double)at + (nr_files > 1 ? beside[file] : 0));
		model_line(&chart->m, medians, "%.*s%.3g", nr_files > 1 ? 2 : 0, file ? "B " : "A ",
			   row->value[figure->value].median / 1e6);
		for (i = 0; i < row->sample[figure->value].nr; i++)
			most = fmax(most, row->sample[figure->value].values[i] / 1e6);
		dots = chart_series(chart, json_object_get(panel, "series"), order);
		model_text(&chart->m, dots, "file", "%c", letter);
		/* Of one file each order has its own point. */
		if (nr_files > 1)
			model_text(&chart->m, dots, "point", file ? "7" : "6");
	}
	return most;
}

void draw_repetitions(struct chart *chart)
{
	const size_t nr = chart->group->nr_orders / chart->report->nr_files;
	json_t *panel;
	double most;
	size_t i, k;

	for (k = 0; k < NR_SHOWN; k++) {
		panel = chart_panel(chart, "%s", shown[k].title);
		model_text(&chart->m, panel, "figure", "%s", shown[k].name);
		model_list(&chart->m, panel, "tics");
		model_list(&chart->m, panel, "series");
		for (i = 0, most = -1; i < nr; i++)
			most = fmax(most, put_order(chart, panel, i, &shown[k]));
		model_text(&chart->m, panel, "top", "%.9g", most > 0 ? 1.08 * most : 1);
		/* An old file does not have it. */
		if (most < 0)
			json_array_remove(chart->panels, json_array_size(chart->panels) - 1);
	}
	model_text(&chart->m, chart->o, "right", "%.1f", (double)nr - 0.5);
}
