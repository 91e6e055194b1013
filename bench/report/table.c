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
enum which { TABLE_TIMES, TABLE_WAITS, NR_TABLES };

/* The most important columns; everything else is in the table of all figures. */
static const struct column {
	enum which table;
	const char *head;
	unsigned int value; /* of measure/metrics.h */
	double unit;
} columns[] = {
	{TABLE_TIMES, "wall (ms)", VALUE_WALL, 1e6},
	{TABLE_TIMES, "both run (ms)", VALUE_RUNNING, 1e6},
	{TABLE_TIMES, "exit runs (ms)", VALUE_OF(CPU, ROLE_EXIT), 1e6},
	{TABLE_TIMES, "reaper runs (ms)", VALUE_OF(CPU, ROLE_REAPER), 1e6},
	{TABLE_TIMES, "50 % free (ms)", VALUE_OF(FREE, FREE_50), 1e6},
	{TABLE_TIMES, "90 % free (ms)", VALUE_OF(FREE, FREE_90), 1e6},
	{TABLE_TIMES, "99 % free (ms)", VALUE_OF(FREE, FREE_99), 1e6},
	{TABLE_TIMES, "all free (ms)", VALUE_OF(FREE, FREE_100), 1e6},
	{TABLE_TIMES, "CPU ns per page", VALUE_PER_PAGE, 1},
	{TABLE_WAITS, "ptl wait of exit's unmap (%)", VALUE_OF(UNMAP_SHARE, ROLE_EXIT), 0.01},
	{TABLE_WAITS, "ptl wait of reaper's unmap (%)", VALUE_OF(UNMAP_SHARE, ROLE_REAPER), 0.01},
	{TABLE_WAITS, "pages by exit", VALUE_OF(PAGES, ROLE_EXIT), 1},
	{TABLE_WAITS, "pages by reaper", VALUE_OF(PAGES, ROLE_REAPER), 1},
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void put_figure(FILE *csv, const char *before, const char *name, const struct interval *i)
{
	fprintf(csv, "%s,%s,%.9g,%.9g,%.9g\n", before, name, i->median, i->lo, i->hi);
}

/* All values that the file has, by the table of metrics. */
static void put_metrics(FILE *csv, const char *before, const struct result_row *row)
{
	unsigned int i;
	char name[64];
	int metric;

	for (metric = 0; metric < NR_METRICS; metric++) {
		const struct metric_info *m = &metric_info[metric];

		for (i = 0; i < m->nr; i++)
			if (row->known[m->first + i])
				put_figure(csv, before,
					   metric_value_key(name, sizeof(name), (enum metric)metric,
							    i),
					   &row->value[m->first + i]);
	}
}

static int put_row(FILE *csv, const struct report *report, const struct group *group,
		   const struct group_order *order, unsigned int file)
{
	const struct result_row *row = order->in_file[file].row;
	char *before = NULL;
	size_t length;
	FILE *text;

	if (!row)
		return 0;
	text = open_memstream(&before, &length);
	if (!text)
		return -ENOMEM;
	if (report->nr_files > 1)
		fprintf(text, "%s,", report_letter(report, file));
	put_csv(text, group->label);
	fprintf(text, ",%s,%s,%.0f", row->engine, order->name, row->reps);
	if (fclose(text)) {
		free(before);
		return -ENOMEM;
	}
	put_metrics(csv, before, row);
	if (row->r.known)
		put_figure(csv, before, "r", &row->r.value);
	free(before);
	return 0;
}

int table_csv(struct report *report)
{
	FILE *csv = report_create_file(report, "figures", ".csv");
	unsigned int file;
	size_t i, j;
	int err = 0, closed;

	if (!csv)
		return -EIO;
	fprintf(csv, "%slayout,engine,order,reps,figure,median,lo,hi\n",
		report->nr_files > 1 ? "file," : "");
	for (i = 0; i < report->nr_groups; i++)
		for (j = 0; j < report->groups[i].nr_orders; j++)
			for (file = 0; !err && file < report->nr_files; file++)
				err = put_row(csv, report, &report->groups[i],
					      &report->groups[i].orders[j], file);
	if (err)
		report_out_of_memory(report);
	closed = report_close_file(report, csv, "figures.csv");
	return err ? err : closed;
}

/* A cell of one text. */
static json_t *put_text(struct model *m, json_t *row, const char *text)
{
	json_t *cell = model_item(m, row);

	model_text(m, cell, "value", "%s", text);
	return cell;
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

static void put_count(struct model *m, json_t *row, double count)
{
	char text[32];

	snprintf(text, sizeof(text), "%.0f", count);
	put_text(m, row, text);
}

/* Both roles' medians, as of one class of locks. */
static void put_both(struct model *m, json_t *row, const struct interval *by_role, double unit)
{
	char text[64], exit[16], reaper[16];

	snprintf(text, sizeof(text), "%s + %s",
		 format_number(exit, by_role[ROLE_EXIT].median / unit),
		 format_number(reaper, by_role[ROLE_REAPER].median / unit));
	put_text(m, row, text);
}

/* A row's head, and the list for its cells. */
static json_t *begin_row(struct model *m, json_t *rows, const char *name, bool trusted)
{
	json_t *row = model_item(m, rows);

	model_text(m, row, "name", "%s", name);
	if (!trusted)
		model_text(m, row, "marked", "*");
	return model_list(m, row, "cells");
}

static void put_figures(struct model *m, json_t *rows, const struct report *report,
			const struct group_order *order, unsigned int file, enum which table)
{
	const struct result_row *row = order->in_file[file].row;
	char name[96];
	json_t *cells;
	size_t i;
	int class;

	if (!row)
		return;
	snprintf(name, sizeof(name), "%s%s%s", order->name, report->nr_files > 1 ? ", " : "",
		 report_letter(report, file));
	cells = begin_row(m, rows, name, row_trusted(row));
	for (i = 0; i < NR_COLUMNS; i++)
		if (columns[i].table == table)
			put_interval(m, cells, &row->value[columns[i].value], columns[i].unit);
	if (table == TABLE_TIMES) {
		put_count(m, cells, row->reps);
		put_count(m, cells, row->disturbed);
		put_count(m, cells, row->kept);
		return;
	}
	put_both(m, cells, &row->value[VALUE_CLASS_ROLE(CONTENDED, LOCK_PTL, 0)], 1);
	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		if (result_class_known(row, (enum lock_class) class))
			put_both(m, cells, &row->value[VALUE_CLASS_ROLE(WAIT, class, 0)], 1e6);
		else
			put_text(m, cells, "\u2013");
	}
}

static void put_heads(struct model *m, json_t *heads, enum which table)
{
	size_t i;
	int class;

	model_line(m, heads, "order");
	for (i = 0; i < NR_COLUMNS; i++)
		if (columns[i].table == table)
			model_line(m, heads, "%s", columns[i].head);
	if (table == TABLE_TIMES) {
		model_line(m, heads, "repeti\u00adtions");
		model_line(m, heads, "disturbed");
		model_line(m, heads, "of these kept");
		return;
	}
	model_line(m, heads, "ptl contended");
	for (class = 0; class < NR_LOCK_CLASSES; class ++)
		model_line(m, heads, "%s wait (ms)", lock_class_name((enum lock_class) class));
}

/* A line for each value of the metrics, a column for each order and file. */
static void put_everything(struct model *m, json_t *into, const struct report *report,
			   const struct group *group)
{
	static const double units[NR_METRIC_UNITS] = {
		[UNIT_NS] = 1e6,     [UNIT_TIMES] = 1,	     [UNIT_PAGES] = 1,
		[UNIT_SHARE] = 0.01, [UNIT_NS_PER_PAGE] = 1,
	};
	json_t *table = model_item(m, model_list(m, into, "everything"));
	json_t *heads = model_list(m, table, "heads"), *rows = model_list(m, table, "rows"), *cells;
	unsigned int file, value;
	char label[64];
	int metric;
	size_t i;

	model_line(m, heads, "times in ms");
	for (i = 0; i < group->nr_orders; i++)
		for (file = 0; file < report->nr_files; file++)
			model_line(m, heads, "%s%s%s", group->orders[i].name,
				   report->nr_files > 1 ? ", " : "", report_letter(report, file));
	for (metric = 0; metric < NR_METRICS; metric++) {
		const struct metric_info *info = &metric_info[metric];

		for (value = info->first; value < info->first + info->nr; value++) {
			cells = begin_row(m, rows,
					  metric_value_label(label, sizeof(label),
							     (enum metric)metric,
							     value - info->first),
					  true);
			for (i = 0; i < group->nr_orders * report->nr_files; i++) {
				const struct order_in_file *data =
					&group->orders[i / report->nr_files]
						 .in_file[i % report->nr_files];

				if (data->row && data->row->known[value])
					put_interval(m, cells, &data->row->value[value],
						     units[info->unit]);
				else
					put_text(m, cells, "\u2013");
			}
		}
	}
}

void table_of_group(struct model *m, json_t *into, const struct report *report,
		    const struct group *group)
{
	json_t *tables = model_list(m, into, "tables"), *table, *rows;
	unsigned int file;
	size_t i;
	int t;

	for (t = 0; t < NR_TABLES; t++) {
		table = model_item(m, tables);
		model_text(m, table, "label", "%s", t == TABLE_TIMES ? "times" : "waits");
		put_heads(m, model_list(m, table, "heads"), (enum which)t);
		rows = model_list(m, table, "rows");
		for (i = 0; i < group->nr_orders; i++)
			for (file = 0; file < report->nr_files; file++)
				put_figures(m, rows, report, &group->orders[i], file,
					    (enum which)t);
	}
	put_everything(m, into, report, group);
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

static void put_ratio(struct model *m, json_t *cells, const struct order_in_file *in_file,
		      unsigned int value)
{
	struct comparison c;
	json_t *cell;
	char p[16];

	if (compare_values(in_file[1].row, in_file[0].row, value, false, &c))
		m->failed = true;
	if (!c.known) {
		put_text(m, cells, "\u2013");
		put_text(m, cells, "\u2013");
		return;
	}
	cell = put_interval(m, cells, &c.ratio, 1);
	if (c.judgement == JUDGED_BETTER || c.judgement == JUDGED_WORSE)
		model_text(m, cell, "sure", "sure");
	snprintf(p, sizeof(p), "%.2g", c.p);
	put_text(m, cells, p);
}

static void put_ratios(struct model *m, json_t *rows, const struct group *group,
		       const struct group_order *order)
{
	const struct result_row *a = order->in_file[0].row, *b = order->in_file[1].row;
	char engine[160];
	json_t *cells;
	bool trusted;
	size_t i;

	if (!a || !b)
		return;
	trusted = row_trusted(a) && row_trusted(b);
	cells = begin_row(m, rows, group->label, trusted);
	put_text(m, cells, compared_engines(order, engine, sizeof(engine)));
	put_text(m, cells, order->name);
	for (i = 0; i < NR_COMPARED; i++)
		put_ratio(m, cells, order->in_file, compared[i].value);
}

bool table_of_ratios(struct model *m, json_t *into, const struct report *report)
{
	json_t *table = model_item(m, model_list(m, into, "tables")), *heads, *rows;
	size_t i, j;

	model_text(m, table, "label", "ratios");
	heads = model_list(m, table, "heads");
	model_line(m, heads, "layout");
	model_line(m, heads, "engine");
	model_line(m, heads, "order");
	for (i = 0; i < NR_COMPARED; i++) {
		model_line(m, heads, "%s", compared[i].head);
		model_line(m, heads, "p");
	}
	rows = model_list(m, table, "rows");
	for (i = 0; i < report->nr_groups; i++)
		for (j = 0; j < report->groups[i].nr_orders; j++)
			put_ratios(m, rows, &report->groups[i], &report->groups[i].orders[j]);
	if (json_array_size(rows))
		return true;
	json_object_del(into, "tables");
	return false;
}
