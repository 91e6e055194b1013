// SPDX-License-Identifier: GPL-2.0-only
/* How the time of each task splits. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "common/stats.h"
#include "measure/metrics.h"

#define PLAIN (-1)

/* Along a bar: work, then waiting. Work is plain, and each kind of waiting has its hatching. */
static const struct part {
	enum task_bucket bucket;
	int hatch; /* PLAIN, or a number for the script */
} parts[NR_TASK_BUCKETS] = {
	{BUCKET_UNDER_PTL, PLAIN},
	{BUCKET_TLB, PLAIN},
	{BUCKET_FREE, PLAIN},
	{BUCKET_OTHER, PLAIN},
#define WAIT_PART(NAME, ...) {BUCKET_WAIT_OF + LOCK_##NAME, LOCK_##NAME},
	LOCK_CLASSES(WAIT_PART){BUCKET_MMAP_LOCK_WAIT, 6},
};

/* The axes. Rows count from the top; orders stand apart by half a row. */
struct extent {
	double rows, most;	      /* the latter in ms */
	double part[NR_TASK_BUCKETS]; /* the longest of each, in the order of @parts */
};

/* The median of a part over the traced races, in ms. */
static double measure(struct chart *chart, const struct group_order *order, enum role role,
		      enum task_bucket bucket)
{
	double *values = calloc(order->nr_traced, sizeof(*values)), median = 0;
	size_t i;

	for (i = 0; values && i < order->nr_traced; i++)
		values[i] = order->traced[i]->role[role].time_ns[bucket] / 1e6;
	if (!values || stats_median(values, order->nr_traced, &median))
		chart->m.failed = true;
	free(values);
	return median;
}

/* The bar of a task: its parts end to end, then a row with the sum for the label. */
static void put_bar(struct chart *chart, json_t *bars, const struct group_order *order,
		    enum role role, struct extent *extent)
{
	const char *letter = report_letter(chart->report, order->file);
	json_t *bar = model_item(&chart->m, bars, NULL);
	char before[96];
	double at = 0, ms;
	int i;

	snprintf(before, sizeof(before), "%s,%s,%s,%.1f", order->name, role_name(role), letter,
		 extent->rows);
	for (i = 0; i < NR_TASK_BUCKETS; i++) {
		ms = measure(chart, order, role, parts[i].bucket);
		fprintf(chart->csv, "%s,%s,%.6f,%.6f,%.6f\n", before,
			task_bucket_info[parts[i].bucket].key, at, at + ms, ms);
		extent->part[i] = fmax(extent->part[i], ms);
		at += ms;
	}
	fprintf(chart->csv, "%s,total,0,%.6f,%.6f\n", before, at, at);
	extent->most = fmax(extent->most, at);
	model_text(&chart->m, bar, "name", "%s, %s%s%s", chart_label(chart, order), role_name(role),
		   *letter ? ", " : "", letter);
	model_text(&chart->m, bar, "row", "%.1f", extent->rows++);
}

static void put_parts(struct chart *chart, const struct extent *extent)
{
	json_t *list = model_list(&chart->m, chart->o, "parts"), *item;
	int i;

	for (i = 0; i < NR_TASK_BUCKETS; i++) {
		if (extent->part[i] <= extent->most / 400)
			continue;
		item = model_item(&chart->m, list, "key", task_bucket_info[parts[i].bucket].key,
				  "words", task_bucket_info[parts[i].bucket].label, NULL);
		if (parts[i].hatch != PLAIN)
			model_text(&chart->m, item, "hatch", "%d", parts[i].hatch);
	}
	model_text(&chart->m, chart->o, "shortest", "%.6g", extent->most / 400);
}

void draw_time_split(struct chart *chart)
{
	json_t *bars = model_list(&chart->m, chart->o, "bars");
	const unsigned int nr_files = chart->report->nr_files;
	const struct group_order *first, *order;
	struct extent extent = {0};
	unsigned int k;

	for_each_order (first, chart->group, nr_files) {
		const double before = extent.rows;

		for (k = 0; k < NR_ROLES * nr_files; k++) {
			order = first + k % nr_files;
			if (order->typical && order->typical->role[k / nr_files].present)
				put_bar(chart, bars, order, k / nr_files, &extent);
		}
		extent.rows += extent.rows > before ? 0.5 : 0;
	}
	if (extent.rows <= 0)
		return;
	chart_panel(chart, "%s", "");
	put_parts(chart, &extent);
	model_text(&chart->m, chart->o, "rows", "%.1f", extent.rows);
	model_text(&chart->m, chart->o, "right", "%.9g", extent.most > 0 ? 1.02 * extent.most : 1);
	model_text(&chart->m, chart->o, "bottom", "%.1f", extent.rows - 0.8);
}
