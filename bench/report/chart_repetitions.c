// SPDX-License-Identifier: GPL-2.0-only
/* Every repetition as a dot: how much of a difference is noise. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "report_internal.h"

#define PANEL_HEIGHT 190
#define PANEL_STEP   284 /* with its title and three lines below its axis */
#define MOST_DOTS    150 /* of an order in a panel */

static const struct figure_shown {
	enum sample_kind kind;
	const char *name, *title;
	double unit; /* nanoseconds, or 1 */
} shown[] = {
	{SAMPLE_RUNNING, "running_ms", "running time of both tasks (ms)", 1e6},
	{SAMPLE_WALL, "wall_ms", "wall time until the later task is done (ms)", 1e6},
	{SAMPLE_PTL_WAIT, "ptl_wait_ms", "waiting for page-table locks, both tasks (ms)", 1e6},
	{SAMPLE_OTHER_WAIT, "other_wait_ms", "waiting for all other locks (ms)", 1e6},
};

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

static const struct sample_set *samples_of(const struct cell_pair *cell, unsigned int file,
					   enum sample_kind kind)
{
	const struct result_row *row = cell->half[file].row;

	return row && row->samples[kind].nr ? &row->samples[kind] : NULL;
}

/* The largest value of a figure, negative if no order has it. */
static double most_of(const struct report *report, const struct group *group,
		      const struct figure_shown *figure)
{
	unsigned int file;
	double most = -1;
	size_t i, j;

	for (i = 0; i < group->nr_cells; i++) {
		for (file = 0; file < report->nr_files; file++) {
			const struct sample_set *set =
				samples_of(&group->cells[i], file, figure->kind);

			for (j = 0; set && j < set->nr; j++)
				most = fmax(most, set->values[j] / figure->unit);
		}
	}
	return most;
}

/* Where an order stands on the axis, and how much room its dots have. */
static double place_of(const struct report *report, size_t cell, unsigned int file)
{
	return (double)cell + (report->nr_files == 1 ? 0 : file ? 0.21 : -0.21);
}

static int put_order(struct report *report, FILE *csv, const struct figure_shown *figure,
		     const struct group *group, size_t cell, unsigned int file)
{
	const struct sample_set *set = samples_of(&group->cells[cell], file, figure->kind);
	const double width = report->nr_files == 1 ? 0.56 : 0.3;
	const double middle = place_of(report, cell, file);
	const char *order = group->cells[cell].order;
	struct interval interval;
	size_t i, every;

	if (!set)
		return 0;
	if (stats_interval(set->values, set->nr, &interval))
		return report_out_of_memory(report);
	every = (set->nr + MOST_DOTS - 1) / MOST_DOTS;
	for (i = 0; i < set->nr; i += every)
		fprintf(csv, "%s,%s,%c,%zu,%.4f,%.6g,,\n", figure->name, order, 'A' + (char)file, i,
			middle + width * (((double)i + 0.5) / (double)set->nr - 0.5),
			set->values[i] / figure->unit);
	fprintf(csv, "%s,%s,%c,median,%.4f,%.6g,%.6g,%.6g\n", figure->name, order, 'A' + (char)file,
		middle, interval.median / figure->unit, interval.lo / figure->unit,
		interval.hi / figure->unit);
	return 0;
}

/* The dots last, so that nothing hides them. */
static void put_plot(FILE *script, const struct report *report, const struct group *group,
		     const struct figure_shown *figure)
{
	/* The second file's dots are filled; of one file each order has its own point. */
	static const char *const points[] = {"pt 6", "pt 7"};
	const double half = report->nr_files == 1 ? 0.32 : 0.17;
	unsigned int file;
	size_t i;

	fprintf(script,
		"plot data skip 1 using (strcol(1) eq '%s' && strcol(4) eq 'median' ? $5 : NaN):6:"
		"($5-%.2f):($5+%.2f):7:8 with boxxyerror lc rgb C_grid fs solid 1 noborder notitle"
		", \\\n\tdata skip 1 using (strcol(1) eq '%s' && strcol(4) eq 'median' ? $5-%.2f : "
		"NaN):6:(%.2f):(0) with vectors nohead lw 2 lc rgb C_ink notitle",
		figure->name, half, half, figure->name, half, 2 * half);
	for (file = 0; file < report->nr_files; file++) {
		for (i = 0; i < group->nr_cells; i++) {
			const struct cell_pair *cell = &group->cells[i];

			if (!samples_of(cell, file, figure->kind))
				continue;
			fprintf(script,
				", \\\n\tdata skip 1 using (strcol(1) eq '%s' && strcol(2) eq '%s' && "
				"strcol(3) eq '%c' && strcol(4) ne 'median' ? $5 : NaN):6 with points "
				"ls %u %s ps 0.6 lw 1.2 notitle",
				figure->name, cell->order, 'A' + (char)file, cell->style + 1,
				report->nr_files > 1 ? points[file] : "");
		}
	}
	fprintf(script, "\n");
}

static void put_legend(FILE *script, const struct report *report, const struct chart *chart)
{
	plot_legend(script, chart, 1);
	if (report->nr_files > 1)
		fprintf(script, ", \\\n\tkeyentry with points pt 6 ps 0.8 lc rgb C_ink title 'A: a "
				"repetition'"
				", \\\n\tkeyentry with points pt 7 ps 0.8 lc rgb C_ink title 'B: a "
				"repetition'");
	else
		fprintf(script,
			", \\\n\tkeyentry with points pt 6 ps 0.8 lc rgb C_ink title 'a repetition'");
	fprintf(script,
		", \\\n\tkeyentry with lines lw 2 lc rgb C_ink title 'median'"
		", \\\n\tkeyentry with lines lw 10 lc rgb C_grid title 'its 95 %% interval'");
	plot_legend_end(script);
}

/* Under each order its median, so that it need not be read off the axis. */
static int put_tics(struct report *report, FILE *script, const struct group *group,
		    const struct figure_shown *figure)
{
	unsigned int file;
	double median;
	size_t i;

	fprintf(script, "set xtics (");
	for (i = 0; i < group->nr_cells; i++) {
		fprintf(script, "%s'%s", i ? ", " : "", group->cells[i].order);
		for (file = 0; file < report->nr_files; file++) {
			const struct sample_set *set =
				samples_of(&group->cells[i], file, figure->kind);

			if (!set)
				continue;
			if (stats_median(set->values, set->nr, &median))
				return report_out_of_memory(report);
			fprintf(script, "'.\"\\n\".'");
			if (report->nr_files > 1)
				fprintf(script, "%c ", 'A' + (char)file);
			fprintf(script, "%.3g", median / figure->unit);
		}
		fprintf(script, "' %zu", i);
	}
	fprintf(script, ")\n");
	return 0;
}

static int put_panel(struct report *report, FILE *csv, FILE *script, const struct chart *chart,
		     const struct figure_shown *figure, size_t index)
{
	const struct group *group = chart->group;
	const double width = (PLOT_WIDTH - 76 - 56 - 20) / 2.,
		     most = most_of(report, group, figure);
	const double left = 76 + (double)(index % 2) * (width + 56);
	const double top = PLOT_HEAD(1) + 26 + (double)(index / 2) * PANEL_STEP;
	const struct panel panel = {left, top, left + width, top + PANEL_HEIGHT};
	unsigned int file;
	size_t i;
	int err;

	plot_panel(script, chart, &panel);
	plot_panel_title(script, "%s", figure->title);
	fprintf(script, "set yrange [0:%.9g]\n", most > 0 ? 1.08 * most : 1);
	err = put_tics(report, script, group, figure);
	for (i = 0; !err && i < group->nr_cells; i++)
		for (file = 0; !err && file < report->nr_files; file++)
			err = put_order(report, csv, figure, group, i, file);
	put_plot(script, report, group, figure);
	return err;
}

int chart_repetitions(struct report *report, const struct group *group)
{
	const struct figure_shown *figures[NR_SHOWN];
	struct chart chart;
	FILE *csv, *script;
	size_t i, nr = 0;
	int err;

	for (i = 0; i < NR_SHOWN; i++)
		if (most_of(report, group, &shown[i]) >= 0)
			figures[nr++] = &shown[i];
	if (!nr)
		return 0;
	err = chart_begin(report, &chart, group, "repetitions",
			  "Repetitions: every race, and how sure the medians are");
	if (err)
		return err;
	chart.height = (unsigned int)(PLOT_HEAD(1) + PANEL_STEP * ((nr + 1) / 2) + 4);
	csv = report_create_file(report, chart.stem, ".csv");
	script = plot_begin(report, &chart);
	if (csv && script) {
		fprintf(csv, "figure,order,file,rep,x,value,lo,hi\n");
		put_legend(script, report, &chart);
		fprintf(script, "set xrange [-0.5:%.1f]\nset grid noxtics\n",
			(double)group->nr_cells - 0.5);
		for (i = 0; !err && i < nr; i++)
			err = put_panel(report, csv, script, &chart, figures[i], i);
	}
	if (!err)
		err = chart_caption(
			report, &chart,
			"Each dot is a repetition, within an order from left to right as they ran, so "
			"that a drift shows as a slope. The line is the median, the grey area its 95 %% bootstrap "
			"interval; the median stands under the order's name. All axes begin at 0. Of "
			"more than %d repetitions of an order, that many at most are drawn, evenly "
			"spread.",
			MOST_DOTS);
	return chart_finish(report, &chart, csv, script, err);
}
