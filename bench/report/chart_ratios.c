// SPDX-License-Identifier: GPL-2.0-only
/* Two files against each other: a ratio with its interval for each row that both have. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "names.h"
#include "plot.h"
#include "report_internal.h"

#define ROW_HEIGHT    24
#define LABEL_WIDTH   250
#define LABEL_LETTERS 22

static const struct ratio_shown {
	enum sample_kind kind;
	const char *name, *title;
} shown[] = {
	{SAMPLE_RUNNING, "running", "running time of both tasks, B / A"},
	{SAMPLE_WALL, "wall", "wall time, B / A"},
};

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

struct drawing {
	struct report *report;
	FILE *csv;
	double low, high; /* of all intervals, but for what is 0 */
	bool zero;	  /* something is */
};

static bool both(const struct cell_pair *cell)
{
	return cell->half[0].row && cell->half[1].row;
}

static int put_row(struct drawing *d, const struct group *group, const struct cell_pair *cell,
		   const struct ratio_shown *figure, size_t row)
{
	struct comparison_of c;
	char engine[160];

	if (compare_samples(&cell->half[1].row->samples[figure->kind],
			    &cell->half[0].row->samples[figure->kind], false, &c))
		return report_out_of_memory(d->report);
	if (!c.known)
		return 0;
	/* The name stands last: whatever gnuplot makes of it, the numbers are in their columns. */
	fprintf(d->csv, "%zu,%s,%s,%s,%.6g,%.6g,%.6g,%.3g,%s,", row,
		cell_engine(cell, engine, sizeof(engine)), cell->order, figure->name,
		c.ratio.median, c.ratio.lo, c.ratio.hi, c.p, c.significant ? "yes" : "no");
	put_csv_line(d->csv, group->label);
	fputc('\n', d->csv);
	if (c.ratio.lo > 0)
		d->low = fmin(d->low, c.ratio.lo);
	else
		d->zero = true;
	d->high = fmax(d->high, c.ratio.hi);
	return 0;
}

/* Run over all rows that both files have; returns how many, and writes their tics or data. */
static size_t each_row(struct drawing *d, FILE *tics, const struct ratio_shown *figure, int *err)
{
	struct report *report = d->report;
	size_t i, j, row = 0;

	for (i = 0; i < report->nr_groups; i++) {
		for (j = 0; j < report->groups[i].nr_cells; j++) {
			const struct group *group = &report->groups[i];
			const struct cell_pair *cell = &group->cells[j];

			if (!both(cell))
				continue;
			if (figure && !*err)
				*err = put_row(d, group, cell, figure, row);
			if (tics) {
				fprintf(tics, "%s", row ? ", " : "");
				put_gnuplot_tic(tics, group->label, LABEL_LETTERS);
				fprintf(tics, ".', %s' %zu", cell->order, row);
			}
			row++;
		}
	}
	return row;
}

static void put_panel(FILE *script, const struct chart *chart, size_t index, size_t rows)
{
	const double width = (PLOT_WIDTH - LABEL_WIDTH - 36 - 20) / 2.;
	const double left = LABEL_WIDTH + (double)index * (width + 36);
	const struct panel panel = {left, PLOT_HEAD(1) + 26, left + width,
				    PLOT_HEAD(1) + 26 + ROW_HEIGHT * ((double)rows + 0.4)};
	const char *name = shown[index].name;

	plot_panel(script, chart, &panel);
	plot_panel_title(script, "%s", shown[index].title);
	if (index)
		fprintf(script, "unset ytics\n");
	fprintf(script,
		"plot NaN notitle, \\\n\tdata skip 1 using "
		"(strcol(4) eq '%s' ? shown($5) : NaN):1:(shown($6)):(shown($7)) with "
		"xerrorbars pt 0 lw 1.5 lc rgb C_frame notitle, \\\n\t"
		"data skip 1 using (strcol(4) eq '%s' && strcol(9) eq 'yes' ? shown($5) : NaN):1 with "
		"points pt 7 ps 0.9 lc rgb C_ptl_wait notitle, \\\n\t"
		"data skip 1 using (strcol(4) eq '%s' && strcol(9) eq 'no' ? shown($5) : NaN):1 with "
		"points pt 6 ps 0.9 lc rgb C_ink notitle",
		name, name, name);
	fprintf(script, "\n");
}

static void put_legend(FILE *script, const struct chart *chart)
{
	plot_legend(script, chart, 1);
	fprintf(script,
		", \\\n\tkeyentry with points pt 7 ps 0.9 lc rgb C_ptl_wait title 'significant'"
		", \\\n\tkeyentry with points pt 6 ps 0.9 lc rgb C_ink title 'no significant "
		"difference'"
		", \\\n\tkeyentry with lines lw 1.5 lc rgb C_frame title '95 %% interval'");
	plot_legend_end(script);
}

/* The axis holds 1 in any case, and is wider than the noise of a ratio that is 1. */
static void put_axis(FILE *script, const struct drawing *d, size_t rows)
{
	const double room = pow(fmax(d->high, 1 / d->low), 1.08);

	fprintf(script,
		"set logscale x\nset xrange [%.6g:%.6g]\nset yrange [%.1f:-0.7]\n"
		"# 0 is not on a logarithmic axis.\nshown(x) = x > %.6g ? x : %.6g\n"
		"set format x '%%g'\nset xlabel 'ratio' offset 0,0.9 tc rgb C_ink\nset grid noytics\n"
		"set xtics (%s)\n"
		"set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 dt 2 lc rgb C_ink\n",
		1 / room, room, (double)rows - 0.3, 1 / room, 1 / room,
		room < 1.2 ? "0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15"
		: room < 2 ? "0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 2"
			   : "0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100");
}

int chart_ratios(struct report *report)
{
	struct drawing d = {.report = report, .low = 0.95, .high = 1.05};
	struct chart chart;
	FILE *script;
	size_t rows, i;
	int err = 0;

	rows = each_row(&d, NULL, NULL, &err);
	if (!rows)
		return 0;
	err = chart_begin(report, &chart, NULL, "ratios", "B against A: ratios of medians");
	if (err)
		return err;
	chart.height = (unsigned int)(PLOT_HEAD(1) + 26 + ROW_HEIGHT * rows + 68);
	d.csv = report_create_file(report, chart.stem, ".csv");
	script = plot_begin(report, &chart);
	if (d.csv && script) {
		fprintf(d.csv, "row,engine,order,figure,ratio,lo,hi,p,significant,layout\n");
		for (i = 0; i < NR_SHOWN; i++)
			each_row(&d, NULL, &shown[i], &err);
		put_legend(script, &chart);
		put_axis(script, &d, rows);
		fprintf(script, "set ytics (");
		each_row(&d, script, NULL, &err);
		fprintf(script, ")\n");
		for (i = 0; i < NR_SHOWN; i++)
			put_panel(script, &chart, i, rows);
	}
	if (!err)
		err = chart_caption(
			report, &chart,
			"Left of the dashed line B takes less time than A, right of it more; the axis "
			"is logarithmic. Bars are 95 %% bootstrap intervals. A filled dot: the "
			"Mann-Whitney test gives p < %.2f and the interval leaves 1 out. Each row is "
			"tested by itself: of 20 rows in which nothing differs, one may be filled.%s",
			STATS_LEVEL, d.zero ? " What is 0 stands at the left edge." : "");
	return chart_finish(report, &chart, d.csv, script, err);
}
