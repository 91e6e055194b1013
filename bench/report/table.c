// SPDX-License-Identifier: GPL-2.0-only
/* All figures: as a table in the page, and as CSV. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "measure/metrics.h"
#include "names.h"
#include "report_internal.h"
#include "common/format.h"

/* The page has two tables of a group, each narrow enough for a screen and for paper. */
enum which { TABLE_TIMES, TABLE_WAITS, NR_TABLES };

/* The figures of a row that stand by themselves. */
static const struct column {
	const char *csv; /* what it is called in the CSV */
	enum which table;
	const char *html; /* the head of its column */
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

static void put_cell(FILE *out, const struct interval *i, double unit)
{
	char median[16], lo[16], hi[16];

	fprintf(out, "<td>%s<br><small>%s&hairsp;&ndash;&hairsp;%s</small></td>",
		report_number(median, i->median / unit), report_number(lo, i->lo / unit),
		report_number(hi, i->hi / unit));
}

/* Both roles' medians, as of one class of locks. */
static void put_both(FILE *out, const struct interval *by_role, double unit)
{
	char exit[16], reaper[16];

	fprintf(out, "<td>%s + %s</td>", report_number(exit, by_role[ROLE_EXIT].median / unit),
		report_number(reaper, by_role[ROLE_REAPER].median / unit));
}

static void put_html_row(FILE *out, const struct report *report, const struct cell_pair *cell,
			 unsigned int file, enum which table)
{
	const struct result_row *row = cell->half[file].row;
	size_t i;
	int class;

	fprintf(out, "<tr><th scope=\"row\">%s", cell->order);
	if (report->nr_files > 1)
		fprintf(out, ", %c", 'A' + (char)file);
	fprintf(out, "</th>");
	for (i = 0; i < NR_COLUMNS; i++)
		if (columns[i].table == table)
			put_cell(out, figure_at(row, &columns[i]), columns[i].unit);
	if (table == TABLE_WAITS) {
		put_both(out, row->contended[LOCK_PTL], 1);
		for (class = 0; class < NR_LOCK_CLASSES; class ++) {
			if (result_class_known(row, (enum lock_class) class))
				put_both(out, row->wait[class], 1e6);
			else
				fprintf(out, "<td>&ndash;</td>");
		}
	} else {
		fprintf(out, "<td>%.0f</td><td>%.0f%s</td>", row->reps, row->disturbed,
			row->kept > 0 ? "*" : "");
	}
	fprintf(out, "</tr>\n");
}

static void put_html_head(FILE *out, enum which table)
{
	size_t i;
	int class;

	fprintf(out,
		"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n"
		"<thead><tr><th scope=\"col\">order</th>",
		table == TABLE_TIMES ? "times" : "waits");
	for (i = 0; i < NR_COLUMNS; i++)
		if (columns[i].table == table)
			fprintf(out, "<th scope=\"col\">%s</th>", columns[i].html);
	if (table == TABLE_WAITS) {
		fprintf(out, "<th scope=\"col\">ptl contended</th>");
		for (class = 0; class < NR_LOCK_CLASSES; class ++)
			fprintf(out, "<th scope=\"col\">%s wait (ms)</th>",
				lock_class_name((enum lock_class) class));
	} else {
		fprintf(out,
			"<th scope=\"col\">repeti&shy;tions</th><th scope=\"col\">disturbed</th>");
	}
	fprintf(out, "</tr></thead>\n<tbody>\n");
}

void table_html(FILE *out, const struct report *report, const struct group *group)
{
	unsigned int file;
	size_t i;
	int table;

	for (table = 0; table < NR_TABLES; table++) {
		put_html_head(out, (enum which)table);
		for (i = 0; i < group->nr_cells; i++)
			for (file = 0; file < report->nr_files; file++)
				if (group->cells[i].half[file].row)
					put_html_row(out, report, &group->cells[i], file,
						     (enum which)table);
		fprintf(out, "</tbody></table></div>\n");
	}
}

static int put_ratio(FILE *out, const struct half *half, enum sample_kind kind)
{
	struct comparison_of c;

	if (compare_samples(&half[1].row->samples[kind], &half[0].row->samples[kind], false, &c))
		return -ENOMEM;
	if (!c.known)
		fprintf(out, "<td>&ndash;</td><td>&ndash;</td>");
	else
		fprintf(out,
			"<td%s>%.3f<br><small>%.3f&hairsp;&ndash;&hairsp;%.3f</small></td><td>%.2g</td>",
			c.significant ? " class=\"sure\"" : "", c.ratio.median, c.ratio.lo,
			c.ratio.hi, c.p);
	return 0;
}

int ratios_html(FILE *out, struct report *report)
{
	static const enum sample_kind kinds[] = {SAMPLE_RUNNING, SAMPLE_WALL, SAMPLE_PTL_WAIT,
						 SAMPLE_FREE_100};
	size_t i, j, k;
	int err = 0;

	fprintf(out,
		"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"ratios\"><table>\n"
		"<thead><tr><th scope=\"col\">layout</th><th scope=\"col\">engine</th>"
		"<th scope=\"col\">order</th>"
		"<th scope=\"col\">both run, B / A</th><th scope=\"col\">p</th>"
		"<th scope=\"col\">wall, B / A</th><th scope=\"col\">p</th>"
		"<th scope=\"col\">ptl wait, B / A</th><th scope=\"col\">p</th>"
		"<th scope=\"col\">all free, B / A</th><th scope=\"col\">p</th></tr></thead>\n"
		"<tbody>\n");
	for (i = 0; i < report->nr_groups; i++) {
		for (j = 0; j < report->groups[i].nr_cells; j++) {
			const struct cell_pair *cell = &report->groups[i].cells[j];
			char engine[160];

			if (!cell->half[0].row || !cell->half[1].row)
				continue;
			fprintf(out, "<tr><th scope=\"row\">");
			put_html(out, report->groups[i].label);
			fprintf(out, "</th><td>");
			put_html(out, cell_engine(cell, engine, sizeof(engine)));
			fprintf(out, "</td><td>%s</td>", cell->order);
			for (k = 0; !err && k < sizeof(kinds) / sizeof(kinds[0]); k++)
				err = put_ratio(out, cell->half, kinds[k]);
			fprintf(out, "</tr>\n");
		}
	}
	fprintf(out, "</tbody></table></div>\n");
	return err ? report_out_of_memory(report) : 0;
}
