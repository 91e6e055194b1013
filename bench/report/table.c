// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "measure/metrics.h"
#include "common/format.h"
#include "names.h"
#include "output.h"

/* The page has two tables of a group, each narrow enough for a screen and for paper. */
enum which { TABLE_TIMES, TABLE_WAITS };

/* A median with its interval, the medians of both roles, or a count of races. */
enum kind { SHOW_INTERVAL, SHOW_BOTH, SHOW_COUNT };

/* The most important columns; everything else is in the table of all figures. */
static const struct column {
	enum which table;
	const char *head;
	enum kind kind;
	size_t value; /* of measure/metrics.h; of a count, its offset in the row */
	double unit;
} columns[] = {{TABLE_TIMES, "wall (ms)", SHOW_INTERVAL, VALUE_WALL, 1e6},
	       {TABLE_TIMES, "both run (ms)", SHOW_INTERVAL, VALUE_RUNNING, 1e6},
	       {TABLE_TIMES, "exit runs (ms)", SHOW_INTERVAL, VALUE_OF(CPU, ROLE_EXIT), 1e6},
	       {TABLE_TIMES, "reaper runs (ms)", SHOW_INTERVAL, VALUE_OF(CPU, ROLE_REAPER), 1e6},
	       {TABLE_TIMES, "50 % free (ms)", SHOW_INTERVAL, VALUE_OF(FREE, FREE_50), 1e6},
	       {TABLE_TIMES, "90 % free (ms)", SHOW_INTERVAL, VALUE_OF(FREE, FREE_90), 1e6},
	       {TABLE_TIMES, "99 % free (ms)", SHOW_INTERVAL, VALUE_OF(FREE, FREE_99), 1e6},
	       {TABLE_TIMES, "all free (ms)", SHOW_INTERVAL, VALUE_OF(FREE, FREE_100), 1e6},
	       {TABLE_TIMES, "CPU ns per page", SHOW_INTERVAL, VALUE_PER_PAGE, 1},
	       {TABLE_TIMES, "repeti\u00adtions", SHOW_COUNT, offsetof(struct result_row, reps), 1},
	       {TABLE_TIMES, "disturbed", SHOW_COUNT, offsetof(struct result_row, disturbed), 1},
	       {TABLE_TIMES, "of these kept", SHOW_COUNT, offsetof(struct result_row, kept), 1},
	       {TABLE_WAITS, "ptl wait of exit's unmap (%)", SHOW_INTERVAL,
		VALUE_OF(UNMAP_SHARE, ROLE_EXIT), 0.01},
	       {TABLE_WAITS, "ptl wait of reaper's unmap (%)", SHOW_INTERVAL,
		VALUE_OF(UNMAP_SHARE, ROLE_REAPER), 0.01},
	       {TABLE_WAITS, "pages by exit", SHOW_INTERVAL, VALUE_OF(PAGES, ROLE_EXIT), 1},
	       {TABLE_WAITS, "pages by reaper", SHOW_INTERVAL, VALUE_OF(PAGES, ROLE_REAPER), 1},
	       {TABLE_WAITS, "ptl contended", SHOW_BOTH, VALUE_CLASS_ROLE(CONTENDED, LOCK_PTL, 0),
		1},
#define WAIT_COLUMN(NAME, name, ...) \
	{TABLE_WAITS, name " wait (ms)", SHOW_BOTH, VALUE_CLASS_ROLE(WAIT, LOCK_##NAME, 0), 1e6},
	       LOCK_CLASSES(WAIT_COLUMN)};

#define NOTHING	   "\u2013" /* what stands where a file lacks a figure */
#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void csv_figure(FILE *csv, const struct report *report, const struct group *group,
		       const struct group_order *order, const char *name, const struct interval *i)
{
	if (report->nr_files > 1)
		fprintf(csv, "%s,", report_letter(report, order->file));
	put_csv(csv, group->label);
	fprintf(csv, ",%s,%s,%.0f,%s,%.9g,%.9g,%.9g\n", order->row->engine, order->name,
		order->row->reps, name, i->median, i->lo, i->hi);
}

/* All values that the file has, by the table of metrics. */
static void csv_row(FILE *csv, const struct report *report, const struct group *group,
		    const struct group_order *order)
{
	const struct result_row *row = order->row;
	unsigned int i, value;
	char name[64];
	int metric;

	for (metric = 0; row && metric < NR_METRICS; metric++) {
		for (i = 0; i < metric_info[metric].nr; i++) {
			value = metric_info[metric].first + i;
			metric_value_key(name, sizeof(name), (enum metric)metric, i);
			if (row->known[value])
				csv_figure(csv, report, group, order, name, &row->value[value]);
		}
	}
	if (row && row->r.known)
		csv_figure(csv, report, group, order, "r", &row->r.value);
}

int table_csv(struct report *report)
{
	FILE *csv = report_create_file(report, "figures", ".csv");
	size_t i, j;

	if (!csv)
		return -EIO;
	fprintf(csv, "%slayout,engine,order,reps,figure,median,lo,hi\n",
		report->nr_files > 1 ? "file," : "");
	for (i = 0; i < report->nr_groups; i++)
		for (j = 0; j < report->groups[i].nr_orders; j++)
			csv_row(csv, report, &report->groups[i], &report->groups[i].orders[j]);
	return report_close_file(report, csv, "figures.csv");
}

/* A cell of one text. */
static json_t *put_text(struct model *m, json_t *row, const char *text)
{
	return model_item(m, row, "value", text, NULL);
}

/* A median with its interval. */
static json_t *put_interval(struct model *m, json_t *row, const struct interval *i, double unit)
{
	char median[16], lo[16], hi[16];
	json_t *cell = put_text(m, row, format_number(median, i->median / unit));

	model_text(m, cell, "range", "%s\u200a\u2013\u200a%s", format_number(lo, i->lo / unit),
		   format_number(hi, i->hi / unit));
	return cell;
}

static void put_cell(struct model *m, json_t *cells, const struct result_row *row,
		     const struct column *column)
{
	char text[64], exit[16], reaper[16];

	if (column->kind == SHOW_COUNT) {
		snprintf(text, sizeof(text), "%.0f",
			 *(const double *)((const char *)row + column->value));
		put_text(m, cells, text);
	} else if (column->kind == SHOW_INTERVAL) {
		put_interval(m, cells, &row->value[column->value], column->unit);
	} else if (row->known[column->value]) {
		const struct interval *by_role = &row->value[column->value];

		snprintf(text, sizeof(text), "%s + %s",
			 format_number(exit, by_role[ROLE_EXIT].median / column->unit),
			 format_number(reaper, by_role[ROLE_REAPER].median / column->unit));
		put_text(m, cells, text);
	} else {
		put_text(m, cells, NOTHING);
	}
}

/* An empty table: the list for its rows, and the list of its heads. */
static json_t *begin_table(struct model *m, json_t *tables, const char *label, json_t **heads)
{
	json_t *table = model_item(m, tables, "label", label, NULL);

	*heads = model_list(m, table, "heads");
	return model_list(m, table, "rows");
}

/* A row's head, and the list for its cells. */
static json_t *begin_row(struct model *m, json_t *rows, const char *name, bool trusted)
{
	json_t *row = model_item(m, rows, "name", name, trusted ? NULL : "marked", "*", NULL);

	return model_list(m, row, "cells");
}

/* "forward", or "forward, A" in a report of two files. */
static const char *order_name(char text[96], const struct report *report,
			      const struct group_order *order)
{
	const char *letter = report_letter(report, order->file);

	snprintf(text, 96, "%s%s%s", order->name, *letter ? ", " : "", letter);
	return text;
}

static void put_table(struct model *m, json_t *tables, const struct report *report,
		      const struct group *group, enum which which)
{
	json_t *heads, *cells, *rows;
	char name[96];
	size_t i, j;

	rows = begin_table(m, tables, which == TABLE_TIMES ? "times" : "waits", &heads);
	model_line(m, heads, "order");
	for (j = 0; j < NR_COLUMNS; j++)
		if (columns[j].table == which)
			model_line(m, heads, "%s", columns[j].head);
	for (i = 0; i < group->nr_orders; i++) {
		const struct group_order *order = &group->orders[i];

		if (!order->row)
			continue;
		cells = begin_row(m, rows, order_name(name, report, order),
				  row_trusted(order->row));
		for (j = 0; j < NR_COLUMNS; j++)
			if (columns[j].table == which)
				put_cell(m, cells, order->row, &columns[j]);
	}
}

/* A value of a metric, of each order. */
static void put_value(struct model *m, json_t *rows, const struct group *group, enum metric metric,
		      unsigned int i)
{
	static const double units[NR_METRIC_UNITS] = {
		[UNIT_NS] = 1e6,     [UNIT_TIMES] = 1,	     [UNIT_PAGES] = 1,
		[UNIT_SHARE] = 0.01, [UNIT_NS_PER_PAGE] = 1,
	};
	const unsigned int value = metric_info[metric].first + i;
	char label[64];
	json_t *cells =
		begin_row(m, rows, metric_value_label(label, sizeof(label), metric, i), true);
	size_t j;

	for (j = 0; j < group->nr_orders; j++) {
		const struct result_row *row = group->orders[j].row;

		if (row && row->known[value])
			put_interval(m, cells, &row->value[value], units[metric_info[metric].unit]);
		else
			put_text(m, cells, NOTHING);
	}
}

/* A line for each value of the metrics, a column for each order and file. */
static void put_everything(struct model *m, json_t *tables, const struct report *report,
			   const struct group *group)
{
	json_t *heads, *rows = begin_table(m, tables, "all figures", &heads);
	char name[96];
	unsigned int i;
	int metric;
	size_t j;

	model_line(m, heads, "times in ms");
	for (j = 0; j < group->nr_orders; j++)
		model_line(m, heads, "%s", order_name(name, report, &group->orders[j]));
	for (metric = 0; metric < NR_METRICS; metric++)
		for (i = 0; i < metric_info[metric].nr; i++)
			put_value(m, rows, group, (enum metric)metric, i);
}

void table_of_group(struct model *m, json_t *into, const struct report *report,
		    const struct group *group)
{
	json_t *tables = model_list(m, into, "tables");

	put_table(m, tables, report, group, TABLE_TIMES);
	put_table(m, tables, report, group, TABLE_WAITS);
	put_everything(m, model_list(m, into, "everything"), report, group);
}

/* The figures for comparing two files. */
static const struct {
	unsigned int value; /* of measure/metrics.h */
	const char *head;
} compared[] = {{VALUE_WALL, "wall, B / A"},
		{VALUE_RUNNING, "both run, B / A"},
		{VALUE_PTL_WAIT, "ptl wait, B / A"},
		{VALUE_ALL_FREE, "all free, B / A"}};

#define NR_COMPARED (sizeof(compared) / sizeof(compared[0]))

static void put_ratio(struct model *m, json_t *cells, const struct group_order *order,
		      unsigned int value)
{
	struct comparison c;
	json_t *cell;
	char p[16] = NOTHING;

	if (compare_values(order[1].row, order[0].row, value, false, &c))
		m->failed = true;
	if (c.known) {
		cell = put_interval(m, cells, &c.ratio, 1);
		if (c.judgement == JUDGED_BETTER || c.judgement == JUDGED_WORSE)
			model_text(m, cell, "sure", "sure");
		snprintf(p, sizeof(p), "%.2g", c.p);
	} else {
		put_text(m, cells, NOTHING);
	}
	put_text(m, cells, p);
}

static void put_ratios(struct model *m, json_t *rows, const struct group *group,
		       const struct group_order *order)
{
	char engine[160];
	json_t *cells;
	size_t i;

	if (!order[0].row || !order[1].row)
		return;
	cells = begin_row(m, rows, group->label,
			  row_trusted(order[0].row) && row_trusted(order[1].row));
	put_text(m, cells, compared_engines(order, engine, sizeof(engine)));
	put_text(m, cells, order->name);
	for (i = 0; i < NR_COMPARED; i++)
		put_ratio(m, cells, order, compared[i].value);
}

bool table_of_ratios(struct model *m, json_t *into, const struct report *report)
{
	json_t *heads, *rows = begin_table(m, model_list(m, into, "tables"), "ratios", &heads);
	size_t i, j;

	model_line(m, heads, "layout");
	model_line(m, heads, "engine");
	model_line(m, heads, "order");
	for (i = 0; i < NR_COMPARED; i++) {
		model_line(m, heads, "%s", compared[i].head);
		model_line(m, heads, "p");
	}
	for (i = 0; i < report->nr_groups; i++)
		for (j = 0; j < report->groups[i].nr_orders; j += 2)
			put_ratios(m, rows, &report->groups[i], &report->groups[i].orders[j]);
	if (json_array_size(rows))
		return true;
	json_object_del(into, "tables");
	return false;
}
