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

/* The figures of a row that stand by themselves. */
static const struct column {
	const char *csv; /* what it is called in the CSV */
	enum which table;
	const char *head; /* of its column */
	size_t offset;	  /* of its struct interval in struct result_row */
	double unit;	  /* of the table */
} columns[] = {
	{"wall_ns", TABLE_TIMES, "wall (ms)", offsetof(struct result_row, wall), 1e6},
	{"running_ns", TABLE_TIMES, "both run (ms)", offsetof(struct result_row, running), 1e6},
	{"exit_ns", TABLE_TIMES, "exit runs (ms)", offsetof(struct result_row, exit), 1e6},
	{"reaper_ns", TABLE_TIMES, "reaper runs (ms)", offsetof(struct result_row, reaper), 1e6},
	{"free_ns.50", TABLE_TIMES, "50 % free (ms)", offsetof(struct result_row, free[MARK_50]),
	 1e6},
	{"free_ns.90", TABLE_TIMES, "90 % free (ms)", offsetof(struct result_row, free[MARK_90]),
	 1e6},
	{"free_ns.99", TABLE_TIMES, "99 % free (ms)", offsetof(struct result_row, free[MARK_99]),
	 1e6},
	{"free_ns.100", TABLE_TIMES, "all free (ms)", offsetof(struct result_row, free[MARK_100]),
	 1e6},
	{"cpu_ns_per_page", TABLE_TIMES, "CPU ns per page", offsetof(struct result_row, per_page),
	 1},
	{"unmap_wait_share.exit", TABLE_WAITS, "ptl wait of exit's unmap (%)",
	 offsetof(struct result_row, unmap_share[ROLE_EXIT]), 0.01},
	{"unmap_wait_share.reaper", TABLE_WAITS, "ptl wait of reaper's unmap (%)",
	 offsetof(struct result_row, unmap_share[ROLE_REAPER]), 0.01},
	{"pages.exit", TABLE_WAITS, "pages by exit", offsetof(struct result_row, pages[ROLE_EXIT]),
	 1},
	{"pages.reaper", TABLE_WAITS, "pages by reaper",
	 offsetof(struct result_row, pages[ROLE_REAPER]), 1},
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct interval *figure_at(const struct result_row *row, const struct column *column)
{
	return (const struct interval *)((const char *)row + column->offset);
}

static void put_figure(FILE *csv, const char *before, const char *name, const struct interval *i)
{
	fprintf(csv, "%s,%s,%.9g,%.9g,%.9g\n", before, name, i->median, i->lo, i->hi);
}

static void put_locks(FILE *csv, const char *before, const struct result_row *row)
{
	int class, role;
	char name[64];

	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		if (!result_class_known(row, (enum lock_class) class))
			continue;
		for (role = 0; role < NR_ROLES; role++) {
			snprintf(name, sizeof(name), "wait_ns.%s.%s",
				 lock_class_name((enum lock_class) class),
				 role_name((enum role)role));
			put_figure(csv, before, name, &row->wait[class][role]);
			snprintf(name, sizeof(name), "contended.%s.%s",
				 lock_class_name((enum lock_class) class),
				 role_name((enum role)role));
			put_figure(csv, before, name, &row->contended[class][role]);
		}
	}
}

static int put_row(FILE *csv, const struct report *report, const struct group *group,
		   const struct cell_pair *cell, unsigned int file)
{
	const struct result_row *row = cell->half[file].row;
	char *before = NULL;
	size_t length, i;
	FILE *text;

	if (!row)
		return 0;
	text = open_memstream(&before, &length);
	if (!text)
		return -ENOMEM;
	if (report->nr_files > 1)
		fprintf(text, "%c,", 'A' + (char)file);
	put_csv(text, group->label);
	fprintf(text, ",%s,%s,%.0f", row->engine, cell->order, row->reps);
	if (fclose(text)) {
		free(before);
		return -ENOMEM;
	}
	for (i = 0; i < NR_COLUMNS; i++)
		put_figure(csv, before, columns[i].csv, figure_at(row, &columns[i]));
	put_locks(csv, before, row);
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
		for (j = 0; j < report->groups[i].nr_cells; j++)
			for (file = 0; !err && file < report->nr_files; file++)
				err = put_row(csv, report, &report->groups[i],
					      &report->groups[i].cells[j], file);
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
	json_t *cell = put_text(m, row, report_number(median, i->median / unit));

	model_text(m, cell, "range", "%s\u200a\u2013\u200a%s", report_number(lo, i->lo / unit),
		   report_number(hi, i->hi / unit));
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
		 report_number(exit, by_role[ROLE_EXIT].median / unit),
		 report_number(reaper, by_role[ROLE_REAPER].median / unit));
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
			const struct cell_pair *cell, unsigned int file, enum which table)
{
	const struct result_row *row = cell->half[file].row;
	char name[96];
	json_t *cells;
	size_t i;
	int class;

	if (!row)
		return;
	snprintf(name, sizeof(name), "%s%s%s", cell->order, report->nr_files > 1 ? ", " : "",
		 report->nr_files < 2 ? ""
		 : file		      ? "B"
				      : "A");
	cells = begin_row(m, rows, name, row_trusted(row));
	for (i = 0; i < NR_COLUMNS; i++)
		if (columns[i].table == table)
			put_interval(m, cells, figure_at(row, &columns[i]), columns[i].unit);
	if (table == TABLE_TIMES) {
		put_count(m, cells, row->reps);
		put_count(m, cells, row->disturbed);
		put_count(m, cells, row->kept);
		return;
	}
	put_both(m, cells, row->contended[LOCK_PTL], 1);
	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		if (result_class_known(row, (enum lock_class) class))
			put_both(m, cells, row->wait[class], 1e6);
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
		for (i = 0; i < group->nr_cells; i++)
			for (file = 0; file < report->nr_files; file++)
				put_figures(m, rows, report, &group->cells[i], file, (enum which)t);
	}
}

/* The figures that two files are compared by. */
static const struct {
	unsigned int value; /* of measure/metrics.h */
	const char *head;
} compared[] = {{VALUE_WALL, "wall, B / A"},
		{VALUE_RUNNING, "both run, B / A"},
		{VALUE_PTL_WAIT, "ptl wait, B / A"},
		{VALUE_ALL_FREE, "all free, B / A"}};

#define NR_COMPARED (sizeof(compared) / sizeof(compared[0]))

static void put_ratio(struct model *m, json_t *cells, const struct half *half, unsigned int value)
{
	struct comparison c;
	json_t *cell;
	char p[16];

	if (compare_values(half[1].row, half[0].row, value, false, &c))
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
		       const struct cell_pair *cell)
{
	const struct result_row *a = cell->half[0].row, *b = cell->half[1].row;
	char engine[160];
	json_t *cells;
	bool trusted;
	size_t i;

	if (!a || !b)
		return;
	trusted = row_trusted(a) && row_trusted(b);
	cells = begin_row(m, rows, group->label, trusted);
	put_text(m, cells, cell_engine(cell, engine, sizeof(engine)));
	put_text(m, cells, cell->order);
	for (i = 0; i < NR_COMPARED; i++)
		put_ratio(m, cells, cell->half, compared[i].value);
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
		for (j = 0; j < report->groups[i].nr_cells; j++)
			put_ratios(m, rows, &report->groups[i], &report->groups[i].cells[j]);
	if (json_array_size(rows))
		return true;
	json_object_del(into, "tables");
	return false;
}
