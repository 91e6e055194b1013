// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the charts show, in sentences. Every word follows from a figure of the files: a difference
 * is called significant only where the rank test and the interval both say so.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare_files.h"
#include "names.h"
#include "sentences.h"
#include "compare/text.h"
#include "common/stats.h"

static double median_of(const struct result_row *row, enum sample_kind kind, double otherwise)
{
	const struct sample_set *set = &row->samples[kind];
	double median;

	if (!set->nr || stats_median(set->values, set->nr, &median))
		return otherwise;
	return median;
}

static double both(const struct interval *by_role)
{
	return by_role[ROLE_EXIT].median + by_role[ROLE_REAPER].median;
}

static const char *probability(char text[32], double p)
{
	if (p < 0.0001)
		snprintf(text, 32, "p < 0.0001");
	else
		snprintf(text, 32, "p = %.2g", p);
	return text;
}

/* "0.83 times (0.80 to 0.92), significantly less (Mann-Whitney p = 0.0001)" */
static void say_ratio(FILE *out, const struct comparison_of *c)
{
	char p[32];

	fprintf(out, "%.3g times (%.3g to %.3g), %s (Mann-Whitney %s)", c->ratio.median,
		c->ratio.lo, c->ratio.hi,
		!c->significant	      ? "no significant difference"
		: c->ratio.median < 1 ? "significantly less"
				      : "significantly more",
		probability(p, c->p));
}

/* Who waited for page-table locks. */
static void say_waits(FILE *out, const struct group *group)
{
	char order[64], share[16], time[32];
	bool any = false;
	double waits;
	size_t i;

	for (i = 0; i < group->nr_cells; i++) {
		const struct result_row *row = group->cells[i].half[0].row;

		if (!row || !(row->reapers > 0))
			continue;
		waits = median_of(row, SAMPLE_PTL_CONTENDED, both(row->contended[LOCK_PTL]));
		report_time(time, median_of(row, SAMPLE_PTL_WAIT, both(row->wait[LOCK_PTL])));
		fprintf(out, "%s%s %s\u00a0%% (of both tasks %.0f wait%s, %s)",
			any ? "; "
			    : "The reaper's share of unmap_page_range spent waiting for page-table "
			      "locks: ",
			report_walking(order, row->order),
			report_number(share, 100 * row->unmap_share[ROLE_REAPER].median), waits,
			waits == 1 ? "" : "s", time);
		any = true;
	}
	fprintf(out, "%s\n",
		any ? "." : "No order with a reaper ran, so nobody waited for another.");
}

/* How a figure of each order compares to that of @base. */
static int say_against(FILE *out, const struct group *group, const char *base,
		       enum sample_kind kind, const char *what)
{
	const struct cell_pair *below = group_cell(group, base);
	bool any = false;
	char order[64];
	size_t i;

	if (!below || !below->half[0].row)
		return 0;
	for (i = 0; i < group->nr_cells; i++) {
		const struct result_row *row = group->cells[i].half[0].row;
		struct comparison_of c;

		if (!row || &group->cells[i] == below || !(row->reapers > 0))
			continue;
		if (compare_samples(&row->samples[kind], &below->half[0].row->samples[kind], true,
				    &c))
			return -ENOMEM;
		if (!c.known)
			continue;
		fprintf(out, "%s%s ", any ? "; " : what, report_walking(order, row->order));
		say_ratio(out, &c);
		any = true;
	}
	fprintf(out, "%s", any ? ".\n" : "");
	return 0;
}

static int say_one_file(FILE *out, const struct group *group)
{
	int err;

	say_waits(out, group);
	err = say_against(out, group, "forward", SAMPLE_RUNNING,
			  "Running time of both tasks, against walking forward: ");
	if (!err)
		err = say_against(out, group, "solo", SAMPLE_WALL,
				  "Wall time, against having no reaper: ");
	return err;
}

static int say_two_files(FILE *out, const struct group *group)
{
	static const struct {
		enum sample_kind kind;
		const char *name;
	} figures[] = {{SAMPLE_RUNNING, "running time of both tasks"}, {SAMPLE_WALL, "wall time"}};
	struct comparison_of c;
	char order[64];
	size_t i, j;

	for (i = 0; i < group->nr_cells; i++) {
		const struct half *half = group->cells[i].half;
		bool any = false;

		if (!half[0].row || !half[1].row)
			continue;
		for (j = 0; j < 2; j++) {
			if (compare_samples(&half[1].row->samples[figures[j].kind],
					    &half[0].row->samples[figures[j].kind], false, &c))
				return -ENOMEM;
			if (!c.known)
				continue;
			if (any)
				fprintf(out, "; ");
			else if (half[0].row->reapers > 0)
				fprintf(out, "B against A, %s: ",
					report_walking(order, group->cells[i].order));
			else
				fprintf(out, "B against A, without a reaper: ");
			fprintf(out, "%s ", figures[j].name);
			say_ratio(out, &c);
			any = true;
		}
		fprintf(out, "%s", any ? ".\n" : "");
	}
	return 0;
}

int words_html(FILE *out, struct report *report, const struct group *group)
{
	char *text = NULL, *line, *rest;
	size_t length;
	FILE *words = open_memstream(&text, &length);
	int err = words ? 0 : -ENOMEM;

	if (!err && report->nr_files == 1)
		err = say_one_file(words, group);
	else if (!err)
		err = say_two_files(words, group);
	if (words && fclose(words))
		err = -ENOMEM;
	rest = text;
	fputs("<ul>\n", out);
	while (!err && (line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		fputs("<li>", out);
		put_html(out, line);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
	free(text);
	return err ? report_out_of_memory(report) : 0;
}
