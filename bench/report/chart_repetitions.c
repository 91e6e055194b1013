// SPDX-License-Identifier: GPL-2.0-only
/* Every repetition as a dot: how much of a difference is noise. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "common/stats.h"

#define MOST_DOTS 150 /* of an order in a panel */

static const struct figure_shown {
	unsigned int kind;
	const char *name, *title;
	double unit; /* nanoseconds, or 1 */
} shown[] = {
	{VALUE_RUNNING, "running_ms", "running time of both tasks (ms)", 1e6},
	{VALUE_WALL, "wall_ms", "wall time until the later task is done (ms)", 1e6},
	{VALUE_PTL_WAIT, "ptl_wait_ms", "waiting for page-table locks, both tasks (ms)", 1e6},
	{VALUE_OTHER_WAIT, "other_wait_ms", "waiting for all other locks (ms)", 1e6},
};

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

static const struct sample_set *samples_of(const struct group_order *order, unsigned int file,
					   unsigned int kind)
{
	const struct result_row *row = order->in_file[file].row;

	return row && row->sample[kind].nr ? &row->sample[kind] : NULL;
}

/* The largest value of a figure, negative if no order has it. */
static double most_of(const struct chart *chart, const struct figure_shown *figure)
{
	unsigned int file;
	double most = -1;
	size_t i, j;

	for (i = 0; i < chart->group->nr_orders; i++) {
		for (file = 0; file < chart->report->nr_files; file++) {
			const struct sample_set *set =
				samples_of(&chart->group->orders[i], file, figure->kind);

			for (j = 0; set && j < set->nr; j++)
				most = fmax(most, set->values[j] / figure->unit);
		}
	}
	return most;
}

/* The middle of an order's dots on the axis. */
static double middle_of(const struct report *report, size_t order, unsigned int file)
{
	return (double)order + (report->nr_files == 1 ? 0 : file ? 0.21 : -0.21);
}

static void put_rows(struct chart *chart, const struct figure_shown *figure, size_t at,
		     unsigned int file)
{
	const struct group_order *order = &chart->group->orders[at];
	const struct sample_set *set = samples_of(order, file, figure->kind);
	const double width = chart->report->nr_files == 1 ? 0.56 : 0.3;
	const double middle = middle_of(chart->report, at, file);
	struct interval interval;
	struct groups groups;
	size_t i, every;

	if (!set)
		return;
	groups = result_groups(order->in_file[file].row, figure->kind);
	if (stats_groups_interval(&groups, &interval)) {
		chart->failed = true;
		return;
	}
	every = (set->nr + MOST_DOTS - 1) / MOST_DOTS;
	for (i = 0; i < set->nr; i += every)
		fprintf(chart->csv, "%s,%s,%c,%zu,%.4f,%.6g,,\n", figure->name, order->name,
			'A' + (char)file, i,
			middle + width * (((double)i + 0.5) / (double)set->nr - 0.5),
			set->values[i] / figure->unit);
	fprintf(chart->csv, "%s,%s,%c,median,%.4f,%.6g,%.6g,%.6g\n", figure->name, order->name,
		'A' + (char)file, middle, interval.median / figure->unit,
		interval.lo / figure->unit, interval.hi / figure->unit);
}

/* The dots last, so that nothing hides them. */
static void put_dots(struct chart *chart, const struct figure_shown *figure)
{
	/* The second file's dots are filled; of one file each order has its own point. */
	static const char *const points[] = {"pt 6", "pt 7"};
	const struct report *report = chart->report;
	const double half = report->nr_files == 1 ? 0.32 : 0.17;
	unsigned int file;
	size_t i;

	chart_plot(chart,
		   "data skip 1 using (strcol(1) eq '%s' && strcol(4) eq 'median' ? $5 : NaN):6:"
		   "($5-%.2f):($5+%.2f):7:8 with boxxyerror lc rgb C_grid fs solid 1 noborder",
		   figure->name, half, half);
	chart_plot(
		chart,
		"data skip 1 using (strcol(1) eq '%s' && strcol(4) eq 'median' ? $5-%.2f : NaN):6:(%.2f):(0) "
		"with vectors nohead lw 2 lc rgb C_ink",
		figure->name, half, 2 * half);
	for (file = 0; file < report->nr_files; file++) {
		for (i = 0; i < chart->group->nr_orders; i++) {
			const struct group_order *order = &chart->group->orders[i];

			if (samples_of(order, file, figure->kind))
				chart_plot(
					chart,
					"data skip 1 using (is('%s,%s,%c') && strcol(4) ne "
					"'median' ? $5 : NaN):6 with points ls %u %s ps 0.6 lw 1.2",
					figure->name, order->name, 'A' + (char)file,
					order->style + 1, report->nr_files > 1 ? points[file] : "");
		}
	}
}

/* Under each order its median, so that it need not be read off the axis. */
static void put_tics(struct chart *chart, const struct figure_shown *figure)
{
	const struct report *report = chart->report;
	const struct group *group = chart->group;
	struct interval interval;
	struct groups groups;
	unsigned int file;
	char label[80];
	size_t i;

	fprintf(chart->script, "set xtics (");
	for (i = 0; i < group->nr_orders; i++) {
		fprintf(chart->script, "%s'%s", i ? ", " : "",
			chart_label(chart, &group->orders[i], label));
		for (file = 0; file < report->nr_files; file++) {
			const struct sample_set *set =
				samples_of(&group->orders[i], file, figure->kind);

			if (!set)
				continue;
			groups = result_groups(group->orders[i].in_file[file].row, figure->kind);
			if (stats_groups_interval(&groups, &interval)) {
				chart->failed = true;
				continue;
			}
			fprintf(chart->script, "'.\"\\n\".'");
			if (report->nr_files > 1)
				fprintf(chart->script, "%c ", 'A' + (char)file);
			fprintf(chart->script, "%.3g", interval.median / figure->unit);
		}
		fprintf(chart->script, "' %zu", i);
	}
	fprintf(chart->script, ")\n");
}

static void put_panel(struct chart *chart, const struct figure_shown *figure)
{
	const double most = most_of(chart, figure);
	unsigned int file;
	size_t i;

	chart_panel(chart, "%s", figure->title);
	fprintf(chart->script, "set xrange [-0.5:%.1f]\nset yrange [0:%.9g]\n",
		(double)chart->group->nr_orders - 0.5, most > 0 ? 1.08 * most : 1);
	put_tics(chart, figure);
	for (i = 0; i < chart->group->nr_orders; i++)
		for (file = 0; file < chart->report->nr_files; file++)
			put_rows(chart, figure, i, file);
	put_dots(chart, figure);
}

static void draw(struct chart *chart)
{
	size_t i;

	if (chart->report->nr_files > 1) {
		chart_key(chart, "points pt 6 ps 0.8 lc rgb C_ink", "A: a repetition");
		chart_key(chart, "points pt 7 ps 0.8 lc rgb C_ink", "B: a repetition");
	} else {
		chart_key(chart, "points pt 6 ps 0.8 lc rgb C_ink", "a repetition");
	}
	chart_key(chart, "lines lw 2 lc rgb C_ink", "median");
	chart_key(chart, "lines lw 10 lc rgb C_grid", "its 95 %% interval");
	for (i = 0; i < NR_SHOWN; i++)
		if (most_of(chart, &shown[i]) >= 0)
			put_panel(chart, &shown[i]);
}

const struct chart_kind chart_repetitions = {
	.name = "repetitions",
	.title = "Repetitions: every race, and how sure the medians are",
	.columns = "figure,order,file,rep,x,value,lo,hi",
	.texts = 3,
	.keys_across = 2,
	.across = 2,
	.panel_height = 280,
	.margins = {56, 14, 26, 64},
	.axes = "set grid noxtics\n",
	.draw = draw,
	.caption =
		"Each dot is a repetition, within an order from left to right as they ran, process by "
		"process, so that a drift shows as a slope and a process as a step. The line is the mean "
		"of the processes' medians, the grey area its 95 % interval; it stands under the order's "
		"name. All axes begin at 0. Of more than "
		"150 repetitions of an order, that many at most are drawn, evenly spread.",
};
