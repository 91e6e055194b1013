// SPDX-License-Identifier: GPL-2.0-only
/* How the time of each task splits. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "common/stats.h"
#include "measure/metrics.h"

#define ROW_HEIGHT 24

#define CLASS_PATTERN (-1) /* that of the lock class */

/* Along a bar: work, then waiting. Work is plain, waiting hatched: 0, or gnuplot's pattern. */
static const struct part {
	enum task_bucket bucket;
	int pattern;
	const char *words;
} parts[NR_TASK_BUCKETS] = {
	{BUCKET_UNDER_PTL, 0, "work under the ptl"},
	{BUCKET_TLB, 0, "TLB shootdown"},
	{BUCKET_FREE, 0, "freeing"},
	{BUCKET_OTHER, 0, "other work"},
#define WAIT_PART(NAME, name, ...) {BUCKET_WAIT_OF + LOCK_##NAME, CLASS_PATTERN, name " wait"},
	LOCK_CLASSES(WAIT_PART){BUCKET_MMAP_LOCK_WAIT, 7, "mmap_lock wait"},
};

/* A task of an order of a file. Rows count from the top; orders stand apart by half a row. */
struct bar {
	const struct group_order *order;
	unsigned int file;
	int role;
	double row;
	double ms[NR_TASK_BUCKETS], sum; /* medians over the traced races, in the order of @parts */
};

struct bars {
	struct bar *bar; /* free() it */
	size_t nr;
	double rows, most;
	bool visible[NR_TASK_BUCKETS];
};

static void measure(struct chart *chart, struct bar *bar)
{
	const struct order_in_file *data = &bar->order->in_file[bar->file];
	double *values = calloc(data->nr_traced, sizeof(*values));
	size_t i;
	int part;

	for (part = 0; values && part < NR_TASK_BUCKETS; part++) {
		for (i = 0; i < data->nr_traced; i++)
			values[i] =
				data->traced[i]->role[bar->role].time_ns[parts[part].bucket] / 1e6;
		if (stats_median(values, data->nr_traced, &bar->ms[part]))
			chart->failed = true;
		bar->sum += bar->ms[part];
	}
	chart->failed = chart->failed || !values;
	free(values);
}

/* A hatched part that is shorter would show its border alone. */
static double shortest(const struct bars *bars)
{
	return bars->most / 400;
}

static struct bars measure_all(struct chart *chart)
{
	const struct group *group = chart->group;
	struct bars bars = {.bar = calloc(group->nr_orders * NR_ROLES * 2, sizeof(*bars.bar))};
	unsigned int file;
	int role, part;
	size_t i;

	if (!bars.bar) {
		chart->failed = true;
		return bars;
	}
	for (i = 0; i < group->nr_orders; i++) {
		const double before = bars.rows;

		for (role = 0; role < NR_ROLES; role++) {
			for (file = 0; file < chart->report->nr_files; file++) {
				const struct order_in_file *data = &group->orders[i].in_file[file];
				struct bar *bar = &bars.bar[bars.nr];

				if (!data->typical || !data->typical->role[role].present)
					continue;
				*bar = (struct bar){.order = &group->orders[i],
						    .file = file,
						    .role = role,
						    .row = bars.rows++};
				measure(chart, bar);
				bars.most = fmax(bars.most, bar->sum);
				bars.nr++;
			}
		}
		bars.rows += bars.rows > before ? 0.5 : 0;
	}
	for (i = 0; i < bars.nr; i++)
		for (part = 0; part < NR_TASK_BUCKETS; part++)
			bars.visible[part] = bars.visible[part] ||
					     bars.bar[i].ms[part] > shortest(&bars);
	return bars;
}

/* Its parts end to end, then a row with the sum for the label. */
static void put_rows(FILE *csv, const struct bar *bar, const char *file)
{
	char name[96];
	double at = 0;
	int part;

	snprintf(name, sizeof(name), "%s,%s,%s,%.1f", bar->order->name,
		 role_name((enum role)bar->role), file, bar->row);
	for (part = 0; part < NR_TASK_BUCKETS; part++) {
		fprintf(csv, "%s,%s,%.6f,%.6f,%.6f\n", name,
			task_bucket_info[parts[part].bucket].key, at, at + bar->ms[part],
			bar->ms[part]);
		at += bar->ms[part];
	}
	fprintf(csv, "%s,total,0,%.6f,%.6f\n", name, at, at);
}

static const char *look_of(const struct part *part, char text[80])
{
	static const int class_patterns[] = {CHART_CLASS_PATTERNS};
	const char *name = task_bucket_info[part->bucket].key;
	const int pattern = part->pattern == CLASS_PATTERN
				    ? class_patterns[part->bucket - BUCKET_WAIT_OF]
				    : part->pattern;

	if (pattern)
		snprintf(text, 80, "lc rgb C_%s fs pattern %d border lc rgb C_%s", name, pattern,
			 name);
	else
		snprintf(text, 80, "lc rgb C_%s fs solid 1 noborder", name);
	return text;
}

static void put_tics(struct chart *chart, const struct bars *bars)
{
	char label[80];
	size_t i;

	fprintf(chart->script, "set ytics (");
	for (i = 0; i < bars->nr; i++) {
		const struct bar *bar = &bars->bar[i];

		put_rows(chart->csv, bar, report_letter(chart->report, bar->file));
		fprintf(chart->script, "%s'%s, %s%s%s' %.1f", i ? ", " : "",
			chart_label(chart, bar->order, label), role_name((enum role)bar->role),
			chart->report->nr_files > 1 ? ", " : "",
			report_letter(chart->report, bar->file), bar->row);
	}
	fprintf(chart->script, ")\n");
}

static void draw(struct chart *chart)
{
	struct bars bars = measure_all(chart);
	char look[80], box[96];
	int part;

	if (!bars.nr) {
		free(bars.bar);
		return;
	}
	chart->panel_height = 54 + round(ROW_HEIGHT * bars.rows);
	for (part = 0; part < NR_TASK_BUCKETS; part++) {
		snprintf(box, sizeof(box), "boxes %s", look_of(&parts[part], look));
		if (bars.visible[part])
			chart_key(chart, box, "%s", parts[part].words);
	}
	chart_panel(chart, "%s", "");
	put_tics(chart, &bars);
	fprintf(chart->script, "set xrange [0:%.9g]\nset yrange [%.1f:-0.7]\n",
		bars.most > 0 ? 1.02 * bars.most : 1, bars.rows - 0.8);
	chart_plot(chart, "data skip 1 using (strcol(5) eq 'total' ? $7 : NaN):4:"
			  "(sprintf('%%.2f', $7)) with labels left offset 0.6,0 tc rgb C_ink");
	for (part = 0; part < NR_TASK_BUCKETS; part++)
		if (bars.visible[part])
			chart_plot(
				chart,
				"data skip 1 using (strcol(5) eq '%s' && $8 > %.6g ? ($6+$7)/2 : "
				"NaN):4:6:7:($4-0.39):($4+0.39) with boxxyerror %s",
				task_bucket_info[parts[part].bucket].key, shortest(&bars),
				look_of(&parts[part], look));
	free(bars.bar);
}

const struct chart_kind chart_time_split = {
	.name = "timesplit",
	.title = "Where the time went: work and waiting of each task",
	.columns = "order,role,file,row,part,from_ms,to_ms,ms",
	.texts = 3,
	.keys_across = 2,
	.across = 1,
	.margins = {158, 46, 8, 46},
	.axes = "unset title\nset grid noytics\n"
		"set xlabel 'ms of wall time, from the common start to the end of the task' "
		"offset -6,0.9 tc rgb C_ink\n",
	.traced = true,
	.draw = draw,
	.caption =
		"The time of each task from the common start to its own end. Work is plain, waiting "
		"is hatched; parts too short to be seen are only in the CSV. Each part is the median "
		"over the traced repetitions, and the number behind a bar is the sum of its parts in "
		"ms.",
};
