// SPDX-License-Identifier: GPL-2.0-only
/* What each task spent its time on. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/metrics.h"
#include "plot.h"
#include "report_internal.h"
#include "common/stats.h"

#define ROW_HEIGHT	 26
#define LABEL_WIDTH	 168
#define REFERENCE_HEIGHT 2 * ROW_HEIGHT

/* Along a bar: work, then waiting. Work is plain, waiting hatched: 0, or gnuplot's pattern. */
static const struct part {
	enum task_bucket bucket;
	int pattern;
} parts[NR_TASK_BUCKETS] = {
	{BUCKET_UNDER_PTL, 0},
	{BUCKET_TLB, 0},
	{BUCKET_FREE, 0},
	{BUCKET_OTHER, 0},
#define WAIT_PART(NAME, ...) \
	{BUCKET_WAIT_OF + LOCK_##NAME, BY_LOCK_CLASS(LOCK_##NAME, 2, 4, 5, 1, 6, 3)},
	LOCK_CLASSES(WAIT_PART){BUCKET_MMAP_LOCK_WAIT, 7},
};

/*
 * As published with the kernel's patch that made the reaper walk in reverse, in milliseconds of
 * running time on an Android phone: docs/report.md.
 */
static const struct published {
	const char *order;
	double exit_ms, reaper_ms;
} published[] = {{"forward", 90.7, 76.4}, {"reverse", 72.4, 60.2}};

/* What is being drawn. */
struct drawing {
	struct report *report;
	const struct group *group;
	FILE *csv, *script;
	struct chart chart;
	double most_ms, rows; /* rows count from the top; orders stand apart by half a row */
	double longest_ms[NR_TASK_BUCKETS];
};

static int median_of_bucket(const struct half *half, int role, int bucket, double *values,
			    double *median)
{
	size_t i;

	for (i = 0; i < half->nr_traced; i++)
		values[i] = half->traced[i]->role[role].time_ns[bucket];
	return stats_median(values, half->nr_traced, median);
}

/* One bar: its parts end to end, then a row with the sum for the label. */
static int put_bar(struct drawing *d, const struct cell_pair *cell, unsigned int file, int role)
{
	const struct half *half = &cell->half[file];
	double *values = calloc(half->nr_traced, sizeof(*values)), ns, at = 0;
	const char *const letter = d->report->nr_files < 2 ? "" : file ? "B" : "A";
	int part, err = values ? 0 : -ENOMEM;

	for (part = 0; !err && part < NR_TASK_BUCKETS; part++) {
		const enum task_bucket bucket = parts[part].bucket;

		err = median_of_bucket(half, role, bucket, values, &ns);
		if (err)
			break;
		fprintf(d->csv, "%s,%s,%s,%.1f,%s,%.6f,%.6f,%.6f\n", cell->order,
			role_name((enum role)role), letter, d->rows, trace_bucket_name(bucket),
			at / 1e6, (at + ns) / 1e6, ns / 1e6);
		d->longest_ms[bucket] = fmax(d->longest_ms[bucket], ns / 1e6);
		at += ns;
	}
	free(values);
	if (err)
		return err;
	fprintf(d->csv, "%s,%s,%s,%.1f,total,0,%.6f,%.6f\n", cell->order,
		role_name((enum role)role), letter, d->rows, at / 1e6, at / 1e6);
	d->most_ms = fmax(d->most_ms, at / 1e6);
	return 0;
}

static int put_tic(struct drawing *d, const struct cell_pair *cell, unsigned int file, int role)
{
	fprintf(d->script, "%s'%s, %s", d->rows > 0 ? ", " : "", cell->order,
		role == ROLE_EXIT ? "exit" : "reaper");
	if (d->report->nr_files > 1)
		fprintf(d->script, ", %c", 'A' + (char)file);
	fprintf(d->script, "' %.1f", d->rows);
	return 0;
}

/* From the top down, with the row of each in d->rows. */
static int each_bar(struct drawing *d, int (*fn)(struct drawing *d, const struct cell_pair *cell,
						 unsigned int file, int role))
{
	unsigned int file;
	int role, err = 0;
	size_t i;

	d->rows = 0;
	for (i = 0; i < d->group->nr_cells; i++) {
		const struct cell_pair *cell = &d->group->cells[i];
		double before = d->rows;

		for (role = 0; role < NR_ROLES; role++) {
			for (file = 0; !err && file < d->report->nr_files; file++) {
				if (!cell->half[file].typical ||
				    !cell->half[file].typical->role[role].present)
					continue;
				err = fn(d, cell, file, role);
				d->rows++;
			}
		}
		d->rows += d->rows > before ? 0.5 : 0;
	}
	return err;
}

static int put_nothing(struct drawing *d, const struct cell_pair *cell, unsigned int file, int role)
{
	return 0;
}

/* Of what is shorter, a hatched part would show its border alone. */
static double least_ms(const struct drawing *d)
{
	return d->most_ms / 400;
}

static bool visible(const struct drawing *d, const struct part *part)
{
	return d->longest_ms[part->bucket] > least_ms(d);
}

static void put_look(FILE *script, const struct part *part)
{
	const char *name = trace_bucket_name(part->bucket);

	fprintf(script, "lc rgb C_%s ", name);
	if (part->pattern)
		fprintf(script, "fs pattern %d border lc rgb C_%s", part->pattern, name);
	else
		fprintf(script, "fs solid 1 noborder");
}

static void put_legend(const struct drawing *d)
{
	int i;

	plot_legend(d->script, &d->chart, 2);
	for (i = 0; i < NR_TASK_BUCKETS; i++) {
		if (!visible(d, &parts[i]))
			continue;
		fprintf(d->script, ", \\\n\tkeyentry with boxes ");
		put_look(d->script, &parts[i]);
		fprintf(d->script, " title '%s'", task_bucket_info[parts[i].bucket].label);
	}
	plot_legend_end(d->script);
}

static void put_parts(const struct drawing *d)
{
	int i;

	fprintf(d->script,
		"plot data skip 1 using (strcol(5) eq 'total' ? $7 : NaN):4:"
		"(sprintf('%%.2f', $7)) with labels left offset 0.6,0 tc rgb C_ink notitle");
	for (i = 0; i < NR_TASK_BUCKETS; i++) {
		if (!visible(d, &parts[i]))
			continue;
		fprintf(d->script,
			", \\\n\tdata skip 1 using (strcol(5) eq '%s' && $8 > %.6g ? "
			"($6+$7)/2 : NaN):4:6:7:"
			"($4-0.39):($4+0.39) with boxxyerror ",
			trace_bucket_name(parts[i].bucket), least_ms(d));
		put_look(d->script, &parts[i]);
		fprintf(d->script, " notitle");
	}
	fprintf(d->script, "\n");
}

/* The published bars: another machine, so another axis. */
static void put_reference(struct drawing *d, double top)
{
	const struct panel panel = {LABEL_WIDTH, top, PLOT_WIDTH - 90, top + REFERENCE_HEIGHT};
	size_t i;

	for (i = 0; i < 2; i++) {
		double sum = published[i].exit_ms + published[i].reaper_ms;

		fprintf(d->csv, "%s,exit,published,%zu,running,0,%.1f,%.1f\n", published[i].order,
			i, published[i].exit_ms, published[i].exit_ms);
		fprintf(d->csv, "%s,reaper,published,%zu,running,%.1f,%.1f,%.1f\n",
			published[i].order, i, published[i].exit_ms, sum, published[i].reaper_ms);
		fprintf(d->csv, "%s,both,published,%zu,running,0,%.1f,%.1f\n", published[i].order,
			i, sum, sum);
	}
	plot_panel(d->script, &d->chart, &panel);
	plot_panel_title(d->script,
			 "Android phone, running time, as published with the kernel's patch: "
			 "OTHER HARDWARE, another axis");
	fprintf(d->script,
		"set xrange [0:200]\nset yrange [1.6:-0.6]\nset xlabel 'ms of running time, exiting task + reaper' "
		"offset 0,0.9 tc "
		"rgb C_ink\nset ytics ('%s' 0, '%s' 1)\n",
		published[0].order, published[1].order);
	fprintf(d->script,
		"plot data skip 1 using (strcol(3) eq 'published' && strcol(2) ne 'both' ? "
		"($6+$7)/2 : NaN):4:6:7:($4-0.36):($4+0.36) with boxxyerror lc rgb C_frame fs empty "
		"border lc rgb C_frame notitle, \\\n\t"
		"data skip 1 using (strcol(3) eq 'published' && strcol(2) ne 'both' ? ($6+$7)/2 : "
		"NaN):4:(strcol(2).sprintf(' %%.1f', $8)) with labels center tc rgb C_ink notitle, "
		"\\\n\tdata skip 1 using (strcol(3) eq 'published' && strcol(2) eq 'both' ? $7 : "
		"NaN):4:(sprintf('%%.1f', $8)) with labels left offset 0.6,0 tc rgb C_ink notitle\n");
}

static int draw(struct drawing *d, const struct panel *panel, double rows)
{
	fprintf(d->csv, "order,role,file,row,part,from_ms,to_ms,ms\n");
	if (each_bar(d, put_bar))
		return report_out_of_memory(d->report);
	put_legend(d);
	plot_panel(d->script, &d->chart, panel);
	fprintf(d->script, "set ytics (");
	each_bar(d, put_tic);
	fprintf(d->script,
		")\nset xrange [0:%.9g]\nset yrange [%.1f:-0.7]\nunset title\n"
		"set xlabel 'ms of wall time, from the common start to the end of the task' offset 0,0.9 tc rgb "
		"C_ink\nset grid noytics\n",
		d->most_ms > 0 ? 1.02 * d->most_ms : 1, rows - 0.3);
	put_parts(d);
	put_reference(d, panel->bottom + 82);
	return 0;
}

int chart_time_split(struct report *report, const struct group *group)
{
	struct drawing d = {.report = report, .group = group};
	struct panel panel = {LABEL_WIDTH, PLOT_HEAD(2) + 8, PLOT_WIDTH - 90, 0};
	double rows;
	int err;

	each_bar(&d, put_nothing);
	if (d.rows <= 0)
		return 0;
	rows = d.rows - 0.5;
	panel.bottom = panel.top + ROW_HEIGHT * (rows + 0.4);
	err = chart_begin(report, &d.chart, group, "timesplit",
			  "Where the time went: work and waiting of each task");
	if (err)
		return err;
	d.chart.height = (unsigned int)(panel.bottom + 82 + REFERENCE_HEIGHT + 54);
	d.csv = report_create_file(report, d.chart.stem, ".csv");
	d.script = plot_begin(report, &d.chart);
	if (d.csv && d.script)
		err = draw(&d, &panel, rows);
	if (!err)
		err = chart_caption(
			report, &d.chart,
			"What each task did from the common start to its own end. Work is plain, waiting "
			"is hatched; parts too short to be seen are only in the CSV. Each part is the "
			"median over the traced repetitions, and the number behind a bar is the sum of "
			"its parts in ms. Below, for reference and whatever layout is above: what was "
			"published with the kernel's patch for an Android phone, in running time and not in "
			"wall time as above: both tasks 167.1 ms forward and 132.6 ms in reverse, ratio "
			"0.794. Compare this ratio with that of running times in the words and in the "
			"table, not with the bars above.");
	return chart_finish(report, &d.chart, d.csv, d.script, err);
}
