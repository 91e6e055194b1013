// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>

#include "measure/metrics.h"
#include "common/format.h"
#include "names.h"

/* The most important figures; everything else is in the table of all figures. */
static const struct column {
	const char *head;
	unsigned int value; /* of measure/metrics.h */
} times[] = {{"wall (ms)", VALUE_WALL},
	     {"both run (ms)", VALUE_RUNNING},
	     {"exit runs (ms)", VALUE_OF(CPU, ROLE_EXIT)},
	     {"reaper runs (ms)", VALUE_OF(CPU, ROLE_REAPER)},
	     {"50 % free (ms)", VALUE_OF(FREE, FREE_50)},
	     {"90 % free (ms)", VALUE_OF(FREE, FREE_90)},
	     {"99 % free (ms)", VALUE_OF(FREE, FREE_99)},
	     {"all free (ms)", VALUE_OF(FREE, FREE_100)},
	     {"CPU ns per page", VALUE_PER_PAGE}},
  waits[] = {{"ptl wait of exit's unmap (%)", VALUE_OF(UNMAP_SHARE, ROLE_EXIT)},
	     {"ptl wait of reaper's unmap (%)", VALUE_OF(UNMAP_SHARE, ROLE_REAPER)},
	     {"pages by exit", VALUE_OF(PAGES, ROLE_EXIT)},
	     {"pages by reaper", VALUE_OF(PAGES, ROLE_REAPER)},
	     {"ptl contended", VALUE_CLASS_ROLE(CONTENDED, LOCK_PTL, 0)},
#define WAIT_COLUMN(NAME, name, ...) {name " wait (ms)", VALUE_CLASS_ROLE(WAIT, LOCK_##NAME, 0)},
	     LOCK_CLASSES(WAIT_COLUMN)},
  compared[] = {{"wall", VALUE_WALL}, /* the figures for comparing two files, or two engines */
		{"both run", VALUE_RUNNING},
		{"ptl wait", VALUE_PTL_WAIT},
		{"all free", VALUE_ALL_FREE}};

#define NOTHING	    "\u2013" /* what stands where a file lacks a figure */
#define NR_COMPARED (sizeof(compared) / sizeof(compared[0]))

/* The metric that a value belongs to. */
static enum metric metric_of(unsigned int value)
{
	int metric = NR_METRICS - 1;

	while (metric_info[metric].first > value)
		metric--;
	return (enum metric)metric;
}

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
	unsigned int value;
	char name[64];

	for (value = 0; row && value < NR_VALUES; value++) {
		const enum metric metric = metric_of(value);

		metric_value_key(name, sizeof(name), metric, value - metric_info[metric].first);
		if (row->known[value])
			csv_figure(csv, report, group, order, name, &row->value[value]);
	}
	if (row && row->r.known)
		csv_figure(csv, report, group, order, "r", &row->r.value);
}

int table_csv(struct report *report)
{
	FILE *csv = report_open_file(report, "figures", ".csv", "wxe");
	const struct group_order *order;
	const struct group *group;

	if (!csv)
		return -EIO;
	fprintf(csv, "%slayout,engine,order,reps,figure,median,lo,hi\n",
		report->nr_files > 1 ? "file," : "");
	for_each_group (group, report)
		for_each_order (order, group, 1)
			csv_row(csv, report, group, order);
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

/* A value of an order, as it stands in a table: a median with its interval, if the row has it. */
static void put_value(struct model *m, json_t *cells, const struct result_row *row,
		      unsigned int value)
{
	static const double units[NR_METRIC_UNITS] = {
		[UNIT_NS] = 1e6,     [UNIT_TIMES] = 1,	     [UNIT_PAGES] = 1,
		[UNIT_SHARE] = 0.01, [UNIT_NS_PER_PAGE] = 1,
	};

	if (row && row->known[value])
		put_interval(m, cells, &row->value[value],
			     units[metric_info[metric_of(value)].unit]);
	else
		put_text(m, cells, NOTHING);
}

/* The medians of both roles, of a lock class. */
static void put_both(struct model *m, json_t *cells, const struct result_row *row,
		     unsigned int value)
{
	const double unit = metric_info[metric_of(value)].unit == UNIT_NS ? 1e6 : 1;
	char text[64] = NOTHING, exit[16], reaper[16];

	if (row->known[value])
		snprintf(text, sizeof(text), "%s + %s",
			 format_number(exit, row->value[value + ROLE_EXIT].median / unit),
			 format_number(reaper, row->value[value + ROLE_REAPER].median / unit));
	put_text(m, cells, text);
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

/* A line for each order and file. */
static void put_table(struct model *m, json_t *tables, const struct report *report,
		      const struct group *group, const struct column *columns, size_t nr)
{
	const bool counts = columns == times;
	const struct group_order *order;
	json_t *heads, *cells, *rows;
	char name[96];
	size_t j;

	rows = begin_table(m, tables, counts ? "times" : "waits", &heads);
	model_line(m, heads, "order");
	for (j = 0; j < nr; j++)
		model_line(m, heads, "%s", columns[j].head);
	if (counts) {
		model_line(m, heads, "repeti\u00adtions");
		model_line(m, heads, "disturbed");
		model_line(m, heads, "of these kept");
	}
	for_each_order (order, group, 1) {
		const struct result_row *row = order->row;

		if (!row)
			continue;
		cells = begin_row(m, rows, order_name(name, report, order), row_trusted(row));
		for (j = 0; j < nr; j++)
			if (metric_info[metric_of(columns[j].value)].scope == SCOPE_CLASS_ROLE)
				put_both(m, cells, row, columns[j].value);
			else
				put_value(m, cells, row, columns[j].value);
		for (j = 0; counts && j < 3; j++)
			model_text(m, model_item(m, cells, NULL), "value", "%.0f",
				   (double[]){row->reps, row->disturbed, row->kept}[j]);
	}
}

/* A line for each value of the metrics, a column for each order and file. */
static void put_everything(struct model *m, json_t *tables, const struct report *report,
			   const struct group *group)
{
	json_t *heads, *rows = begin_table(m, tables, "all figures", &heads), *cells;
	const struct group_order *order;
	unsigned int value;
	char text[96];

	model_line(m, heads, "times in ms");
	for_each_order (order, group, 1)
		model_line(m, heads, "%s", order_name(text, report, order));
	for (value = 0; value < NR_VALUES; value++) {
		const enum metric metric = metric_of(value);

		metric_value_label(text, sizeof(text), metric, value - metric_info[metric].first);
		cells = begin_row(m, rows, text, true);
		for_each_order (order, group, 1)
			put_value(m, cells, order->row, value);
	}
}

void table_of_group(struct model *m, json_t *into, const struct report *report,
		    const struct group *group)
{
	json_t *tables = model_list(m, into, "tables");

	put_table(m, tables, report, group, times, sizeof(times) / sizeof(times[0]));
	put_table(m, tables, report, group, waits, sizeof(waits) / sizeof(waits[0]));
	put_everything(m, model_list(m, into, "everything"), report, group);
}

/* @paired: the rows ran in turns in the same processes. */
static void put_ratio(struct model *m, json_t *cells, const struct result_row *above,
		      const struct result_row *below, unsigned int value, bool paired)
{
	struct comparison c;
	json_t *cell;
	char p[16] = NOTHING;

	if (compare_values(above, below, value, paired, &c))
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
			  row_trusted_elsewhere(order[0].row) &&
				  row_trusted_elsewhere(order[1].row));
	put_text(m, cells, compared_engines(order, engine, sizeof(engine)));
	put_text(m, cells, order->name);
	for (i = 0; i < NR_COMPARED; i++)
		put_ratio(m, cells, order[1].row, order[0].row, compared[i].value, false);
}

/* @of: what stands over what, after the name of each figure. */
static json_t *begin_ratios(struct model *m, json_t *into, const char *of)
{
	json_t *heads, *rows = begin_table(m, model_list(m, into, "tables"), "ratios", &heads);
	size_t i;

	model_line(m, heads, "layout");
	model_line(m, heads, "engine");
	model_line(m, heads, "order");
	for (i = 0; i < NR_COMPARED; i++) {
		model_line(m, heads, "%s%s", compared[i].head, of);
		model_line(m, heads, "p");
	}
	return rows;
}

bool table_of_engines(struct model *m, json_t *into, const struct result *result)
{
	struct engine_verdict *verdicts;
	json_t *rows, *cells;
	size_t i, j, nr;

	if (engine_verdicts_create(result, &verdicts, &nr))
		m->failed = true;
	rows = nr ? begin_ratios(m, into, "") : NULL;
	for (i = 0; i < nr; i++) {
		const struct engine_verdict *v = &verdicts[i];

		cells = begin_row(m, rows, v->row->layout,
				  row_trusted(v->row) && row_trusted(v->first));
		put_text(m, cells, v->row->engine);
		put_text(m, cells, v->row->order);
		for (j = 0; j < NR_COMPARED; j++)
			put_ratio(m, cells, v->row, v->first, compared[j].value, true);
	}
	free(verdicts);
	return rows;
}

bool table_of_ratios(struct model *m, json_t *into, const struct report *report)
{
	json_t *rows = begin_ratios(m, into, ", B / A");
	const struct group_order *order;
	const struct group *group;

	for_each_group (group, report)
		for_each_order (order, group, 2)
			put_ratios(m, rows, group, order);
	if (json_array_size(rows))
		return true;
	json_object_del(into, "tables");
	return false;
}
