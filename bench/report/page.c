// SPDX-License-Identifier: GPL-2.0-only
/* index.html: words first, then the charts, the table, and what it was measured on. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/verdict.h"
#include "names.h"
#include "page_style.h"
#include "report_internal.h"
#include "svg.h"

/* What a page has room for, whatever the result holds. */
static const char vocabulary[] =
	"<p>When a process is killed for want of memory, two tasks take its address space apart at "
	"the same time: the <b>exiting task</b>, from the lowest address up, and the <b>reaper</b> "
	"(<code>oom_reaper</code>, or the caller of <code>process_mrelease</code>). Each locks every "
	"page table it visits (the <b>ptl</b>). The <b>order</b> is how the reaper walks: "
	"<code>forward</code> as the exiting task does; <code>reverse</code> from the highest area "
	"down, each area upward, as Linux 6.18 does; <code>reverse-fine</code> each area downward "
	"too; <code>solo</code> is without a reaper. <b>r</b> is the time spent outside the ptl over "
	"the time under it, without a reaper: the smaller, the more there is to collide over. What a "
	"difference is worth: it is called significant where the two-sided Mann-Whitney test gives "
	"p &lt; 0.05 and the 95 % bootstrap interval of the ratio leaves 1 out.</p>\n";

static void put_field(FILE *out, const char *name, const char *text)
{
	fprintf(out, "<dt>%s</dt><dd>", name);
	put_html(out, text);
	fprintf(out, "</dd>\n");
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Where a number stands that only this file of the report knows; "" in a report of one file. */
static const char *file_letter(const struct report *report, unsigned int file)
{
	static const char *const letters[] = {"A", "B"};

	return report->nr_files > 1 ? letters[file] : "";
}

static void put_group_id(FILE *out, const struct report *report, const struct group *group)
{
	fprintf(out, "layout-%zu", (size_t)(group - report->groups) + 1);
}

static void put_group_name(FILE *out, const struct report *report, const struct group *group)
{
	put_html(out, group->label);
	fprintf(out, ", ");
	put_html(out, group_engine(report, group));
}

static void put_head(FILE *out, const struct report *report)
{
	unsigned int file;

	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n<title>%s</title>\n",
		report->nr_files > 1 ? "Exit against reaper: B against A" : "Exit against reaper");
	page_style(out);
	fprintf(out, "</head>\n<body>\n<header>\n<h1>%s</h1>\n",
		report->nr_files > 1 ? "Exit against reaper: file B against file A"
				     : "Exit against reaper");
	for (file = 0; file < report->nr_files; file++) {
		const struct result_host *host = &report->result[file]->host;

		fprintf(out, "<p class=\"under\">%s%s", file_letter(report, file),
			report->nr_files > 1 ? ": " : "");
		put_html(out, host->cpu);
		fprintf(out, ", %.0f CPU%s, ", host->cores, host->cores == 1 ? "" : "s");
		put_html(out, host->kernel);
		fprintf(out, ", measured ");
		put_html(out, host->date);
		fprintf(out, "</p>\n");
	}
	fprintf(out, "</header>\n");
}

static void put_contents(FILE *out, const struct report *report)
{
	size_t i;

	fprintf(out, "<nav aria-label=\"contents\"><ul>\n<li><a href=\"#words\">What this "
		     "shows</a></li>\n");
	if (report->nr_files > 1)
		fprintf(out, "<li><a href=\"#ratios\">Ratios</a></li>\n");
	for (i = 0; i < report->nr_groups; i++) {
		fprintf(out, "<li><a href=\"#");
		put_group_id(out, report, &report->groups[i]);
		fprintf(out, "\">");
		put_group_name(out, report, &report->groups[i]);
		fprintf(out, "</a></li>\n");
	}
	fprintf(out, "<li><a href=\"#table\">Table</a></li>\n<li><a href=\"#host\">Host and "
		     "command</a></li>\n</ul></nav>\n");
}

/* Two strings that should be equal where times are compared. */
static bool put_difference(FILE *out, const char *what, const char *a, const char *b, bool any)
{
	if (!a || !b || !strcmp(a, b))
		return any;
	if (!any)
		fprintf(out,
			"<div class=\"box warn\" id=\"differences\"><p>A and B were not measured "
			"alike, so the ratios compare all of this at once:</p>\n<ul>\n");
	fprintf(out, "<li>");
	put_html(out, what);
	fprintf(out, ": A ");
	put_html(out, a);
	fprintf(out, ", B ");
	put_html(out, b);
	fprintf(out, "</li>\n");
	return true;
}

static const char *number_text(char text[32], double number)
{
	snprintf(text, 32, "%.0f", number);
	return text;
}

static bool put_option_differences(FILE *out, const struct report *report, bool any)
{
	const struct result_options *a = &report->result[0]->options;
	const struct result_options *b = &report->result[1]->options;
	char x[64], y[64];

	if (!a->known || !b->known)
		return put_difference(out, "options", a->known ? "known" : "not in the file",
				      b->known ? "known" : "not in the file", any);
	any = put_difference(out, "lock", a->lock, b->lock, any);
	any = put_difference(out, "TLB shootdown", a->tlb, b->tlb, any);
	any = put_difference(out, "scale", number_text(x, a->scale), number_text(y, b->scale), any);
	any = put_difference(out, "repetitions", number_text(x, a->reps), number_text(y, b->reps),
			     any);
	snprintf(x, sizeof(x), "%.0f, %.0f", a->pin[ROLE_EXIT], a->pin[ROLE_REAPER]);
	snprintf(y, sizeof(y), "%.0f, %.0f", b->pin[ROLE_EXIT], b->pin[ROLE_REAPER]);
	return put_difference(out, "CPUs of exiting task and reaper", x, y, any);
}

/* How much there is to tear down, in one line for text[256]. */
static const char *layout_size(char text[256], const struct result_layout *l)
{
	snprintf(text, 256,
		 "%.0f anonymous, %.0f file, %.0f swapped and %.0f huge pages in %.0f page tables "
		 "and %.0f areas",
		 l->anon, l->file, l->swap, l->huge, l->tables, l->vmas);
	return text;
}

/* Layouts of one name need not be the same. */
static bool put_layout_differences(FILE *out, const struct report *report, bool any)
{
	const struct result *a = report->result[0], *b = report->result[1];
	const char *what;
	char x[256], y[256], *name;
	size_t i, j;

	for (i = 0; i < a->nr_layouts; i++) {
		const struct result_layout *l = &a->layouts[i];

		for (j = 0; j < b->nr_layouts; j++)
			if (!strcmp(l->name, b->layouts[j].name) &&
			    l->occurrence == b->layouts[j].occurrence)
				break;
		if (j == b->nr_layouts)
			continue;
		if (asprintf(&name, "layout %s", l->name) < 0)
			name = NULL;
		what = name ? name : "a layout";
		any = put_difference(out, what, layout_size(x, l), layout_size(y, &b->layouts[j]),
				     any);
		any = put_difference(out, what, l->rule, b->layouts[j].rule, any);
		free(name);
	}
	return any;
}

static void put_differences(FILE *out, const struct report *report)
{
	const struct result_host *a = &report->result[0]->host, *b = &report->result[1]->host;
	char x[32], y[32];
	bool any;

	any = put_difference(out, "CPU", a->cpu, b->cpu, false);
	any = put_difference(out, "number of CPUs", number_text(x, a->cores),
			     number_text(y, b->cores), any);
	any = put_difference(out, "kernel", a->kernel, b->kernel, any);
	any = put_difference(out, "compiler", a->compiler, b->compiler, any);
	any = put_difference(out, "compiler flags", a->flags, b->flags, any);
	if (*report->engines)
		any = put_difference(out, "engine (rows are matched without it)",
				     report->result[0]->rows[0].engine,
				     report->result[1]->rows[0].engine, any);
	any = put_option_differences(out, report, any);
	any = put_layout_differences(out, report, any);
	if (any)
		fprintf(out, "</ul></div>\n");
	else
		fprintf(out,
			"<div class=\"box\"><p>A and B were measured on hosts of the same "
			"description, with the same options%s. But they were measured at two "
			"times: a machine that was faster at one of them shows as a difference "
			"too, often a significant one. Measure both again, in turns, before you "
			"believe it.</p></div>\n",
			report->result[0]->nr_layouts && report->result[1]->nr_layouts
				? ", and the layouts that both have are the same"
				: "");
}

/* Rows that have no partner. */
static void put_unmatched(FILE *out, const struct report *report)
{
	bool any = false;
	size_t i, j;

	for (i = 0; i < report->nr_groups; i++) {
		for (j = 0; j < report->groups[i].nr_cells; j++) {
			const struct cell_pair *cell = &report->groups[i].cells[j];

			if (cell->half[0].row && cell->half[1].row)
				continue;
			fprintf(out, "%s<li>",
				any ? ""
				    : "<div class=\"box warn\" id=\"unmatched\"><p>In one of the files "
				      "only, so not compared:</p>\n<ul>\n");
			put_group_name(out, report, &report->groups[i]);
			fprintf(out, ", %s: in %s</li>\n", cell->order,
				cell->half[0].row ? "A" : "B");
			any = true;
		}
	}
	if (any)
		fprintf(out, "</ul></div>\n");
}

/* Fewer repetitions than figures to be quoted are made of. */
static void put_few(FILE *out, const struct report *report)
{
	double fewest = INFINITY;
	unsigned int file;
	size_t i;

	for (file = 0; file < report->nr_files; file++)
		for (i = 0; i < report->result[file]->nr_rows; i++)
			fewest = fmin(fewest, report->result[file]->rows[i].reps);
	if (fewest < TRUSTED_REPS)
		fprintf(out,
			"<div class=\"box warn\" id=\"few\"><p>There are orders with %.0f "
			"repetition%s: too few for figures that are to be quoted, for which %d are the "
			"fewest. Of two samples of 3 no rank test can say that they differ.</p></div>\n",
			fewest, fewest == 1 ? "" : "s", TRUSTED_REPS);
}

/* Waits and visits that a trace had no room for are in no chart. */
static void put_lost(FILE *out, const struct report *report)
{
	double lost = 0;
	unsigned int file;
	size_t i;
	int role;

	for (file = 0; file < report->nr_files; file++)
		for (i = 0; report->trace[file] && i < report->trace[file]->nr; i++)
			for (role = 0; role < NR_ROLES; role++)
				lost += report->trace[file]->races[i].role[role].lost;
	if (lost > 0)
		fprintf(out,
			"<div class=\"box warn\" id=\"lost\"><p>There was no room in the trace for %.0f "
			"visits and waits: the charts lack them.</p></div>\n",
			lost);
}

/* A result that was moved without its trace. */
static void put_missing(FILE *out, const struct report *report, unsigned int file)
{
	fprintf(out, "<div class=\"box warn\" id=\"missing%s\"><p>The trace%s%s, ",
		file_letter(report, file), report->nr_files > 1 ? " of " : "",
		file_letter(report, file));
	put_html(out, report->result[file]->trace);
	fprintf(out,
		", is not beside the result, so the charts that need it are left out.</p></div>\n");
}

static void put_notes(FILE *out, const struct report *report)
{
	unsigned int file;

	if (report->nr_files > 1) {
		put_differences(out, report);
		put_unmatched(out, report);
	}
	put_few(out, report);
	put_lost(out, report);
	for (file = 0; file < report->nr_files; file++)
		if (report->result[file]->interrupted)
			fprintf(out,
				"<div class=\"box warn\"><p>The run%s%s was interrupted: not everything "
				"that was asked for is here.</p></div>\n",
				report->nr_files > 1 ? " of " : "", file_letter(report, file));
	for (file = 0; file < report->nr_files; file++)
		if (report->result[file]->trace && !report->trace[file])
			put_missing(out, report, file);
	if (report->nr_files == 1 && !report->result[0]->trace)
		fprintf(out,
			"<div class=\"box warn\" id=\"untraced\"><p>The result has no trace, so "
			"there are no charts of frontiers, of where waits were, of where the time "
			"went, of memory coming back and of single waits. <code>reapbench compare "
			"--trace --json RESULT.json</code> records them, or <code>./run compare "
			"--report</code> does all at once.</p></div>\n");
}

static int put_words(FILE *out, struct report *report)
{
	size_t i;
	int err = 0;

	fprintf(out, "<section id=\"words\">\n<h2>What this shows</h2>\n");
	put_notes(out, report);
	for (i = 0; !err && i < report->nr_groups; i++) {
		fprintf(out, "<h3>");
		put_group_name(out, report, &report->groups[i]);
		fprintf(out, "</h3>\n");
		err = words_html(out, report, &report->groups[i]);
	}
	fprintf(out, "%s</section>\n", vocabulary);
	return err;
}

/* What is left for this chart of REPORT_PAGE_LIMIT, with room kept for what comes after all. */
static bool fits(FILE *out, const struct report *report, FILE *svg)
{
	const long after = 64 * 1024 + 16 * 1024 * (long)report->nr_groups;
	long size;

	if (fseek(svg, 0, SEEK_END))
		return true;
	size = ftell(svg);
	rewind(svg);
	return ftell(out) + size + after < REPORT_PAGE_LIMIT;
}

static int put_svg(FILE *out, struct report *report, const struct chart *chart)
{
	char prefix[32], *path;
	FILE *svg;
	int err = 0;

	if (asprintf(&path, "%s/%s.svg", report->folder, chart->stem) < 0)
		return report_out_of_memory(report);
	snprintf(prefix, sizeof(prefix), "c%zu-", (size_t)(chart - report->charts) + 1);
	svg = fopen(path, "re");
	if (!svg)
		err = -errno;
	else if (fits(out, report, svg))
		err = svg_inline(out, svg, prefix);
	else
		fprintf(out,
			"<p class=\"left-out\">The page would become too large: this chart is in <a "
			"href=\"%s.svg\">%s.svg</a> only.</p>\n",
			chart->stem, chart->stem);
	if (err)
		report_error_set(report->error, err, "%s: %s", path, strerror(-err));
	if (svg)
		fclose(svg);
	free(path);
	return err;
}

static int put_chart(FILE *out, struct report *report, const struct chart *chart)
{
	static const struct {
		const char *suffix, *name;
	} files[] = {{"png", "PNG"}, {"svg", "SVG"}, {"csv", "CSV"}, {"gp", "gnuplot script"}};
	size_t i;
	int err;

	fprintf(out, "<figure class=\"chart\">\n<h3 class=\"unseen\">");
	put_html(out, chart->title);
	fprintf(out, "</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"img\" aria-label=\"");
	put_html(out, chart->title);
	fprintf(out, "\">\n");
	err = put_svg(out, report, chart);
	fprintf(out, "</div>\n<figcaption>");
	put_html(out, chart->caption);
	fprintf(out, "<p class=\"files\">");
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		fprintf(out, "%s<a href=\"%s.%s\">%s</a>", i ? " &middot; " : "", chart->stem,
			files[i].suffix, files[i].name);
	fprintf(out, "</p></figcaption>\n</figure>\n");
	return err;
}

static int put_charts_of(FILE *out, struct report *report, const struct group *group)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < report->nr_charts; i++)
		if (report->charts[i].group == group)
			err = put_chart(out, report, &report->charts[i]);
	return err;
}

static bool any_pair(const struct report *report)
{
	size_t i, j;

	for (i = 0; i < report->nr_groups; i++)
		for (j = 0; j < report->groups[i].nr_cells; j++)
			if (report->groups[i].cells[j].half[0].row &&
			    report->groups[i].cells[j].half[1].row)
				return true;
	return false;
}

static int put_groups(FILE *out, struct report *report)
{
	size_t i;
	int err = 0;

	if (report->nr_files > 1) {
		fprintf(out, "<section id=\"ratios\">\n<h2>Ratios</h2>\n");
		err = put_charts_of(out, report, NULL);
		if (!err && any_pair(report))
			err = ratios_html(out, report);
		else if (!err)
			fprintf(out, "<p>No layout and order is in both files.</p>\n");
		fprintf(out, "</section>\n");
	}
	for (i = 0; !err && i < report->nr_groups; i++) {
		fprintf(out, "<section id=\"");
		put_group_id(out, report, &report->groups[i]);
		fprintf(out, "\">\n<h2>");
		put_group_name(out, report, &report->groups[i]);
		fprintf(out, "</h2>\n");
		err = put_charts_of(out, report, &report->groups[i]);
		fprintf(out, "</section>\n");
	}
	return err;
}

static void put_bearing(FILE *out, const char *name, const struct maybe *maybe)
{
	if (maybe->known)
		fprintf(out, "%s = %.3f (%.3f to %.3f)", name, maybe->value.median, maybe->value.lo,
			maybe->value.hi);
	else
		fprintf(out, "%s not measured", name);
}

static void put_tables(FILE *out, const struct report *report)
{
	unsigned int file;
	size_t i, j;

	fprintf(out,
		"<section id=\"table\">\n<h2>Table</h2>\n<p>Medians, with 95&nbsp;%% bootstrap "
		"intervals below them where there is room; sums are exiting task + reaper; unmap "
		"is unmap_page_range. "
		"Disturbed are races in which a task lost its CPU and that were repeated; an "
		"asterisk: some were kept because all their repeats were disturbed too. All "
		"figures and intervals: <a href=\"figures.csv\">figures.csv</a>.</p>\n");
	for (i = 0; i < report->nr_groups; i++) {
		const struct group *group = &report->groups[i];

		fprintf(out, "<h3>");
		put_group_name(out, report, group);
		fprintf(out, "</h3>\n");
		table_html(out, report, group);
		for (file = 0; file < report->nr_files; file++) {
			for (j = 0; j < group->nr_cells && !group->cells[j].half[file].row; j++)
				;
			if (j == group->nr_cells)
				continue;
			fprintf(out, "<p class=\"under\">%s%s", file_letter(report, file),
				report->nr_files > 1 ? ": " : "");
			put_bearing(out, "r", &group->cells[j].half[file].row->r);
			fprintf(out, "; ");
			put_bearing(out, "running time with lock timing over without",
				    &group->cells[j].half[file].row->overhead);
			fprintf(out, "; ");
			put_bearing(out, "traced over not traced",
				    &group->cells[j].half[file].row->trace_overhead);
			fprintf(out, "</p>\n");
		}
	}
	fprintf(out, "</section>\n");
}

static void put_host(FILE *out, const struct report *report, unsigned int file)
{
	const struct result *result = report->result[file];
	const struct result_options *o = &result->options;
	char text[64];

	if (report->nr_files > 1)
		fprintf(out, "<h3>%s</h3>\n", file_letter(report, file));
	fprintf(out, "<dl>\n");
	put_field(out, "file", base_name(result->path));
	put_field(out, "CPU", result->host.cpu);
	put_field(out, "CPUs", number_text(text, result->host.cores));
	put_field(out, "kernel", result->host.kernel);
	put_field(out, "compiler", result->host.compiler);
	put_field(out, "flags", result->host.flags);
	put_field(out, "measured", result->host.date);
	if (o->known) {
		fprintf(out, "<dt>command</dt><dd><code>");
		put_html(out, o->command_line);
		fprintf(out, "</code></dd>\n");
		put_field(out, "repetitions", number_text(text, o->reps));
		put_field(out, "lock", o->lock);
		put_field(out, "TLB shootdown", o->tlb);
		put_field(out, "scale", number_text(text, o->scale));
		snprintf(text, sizeof(text), "exit %.0f, reaper %.0f (-1: not pinned)",
			 o->pin[ROLE_EXIT], o->pin[ROLE_REAPER]);
		put_field(out, "pinned to CPU", text);
	}
	fprintf(out, "</dl>\n");
}

int page_write(struct report *report)
{
	FILE *out = report_create_file(report, "index", ".html");
	unsigned int file;
	int err, closed;

	if (!out)
		return -EIO;
	put_head(out, report);
	put_contents(out, report);
	fprintf(out, "<main>\n");
	err = put_words(out, report);
	if (!err)
		err = put_groups(out, report);
	put_tables(out, report);
	fprintf(out, "<section id=\"host\">\n<h2>Host and command</h2>\n");
	for (file = 0; file < report->nr_files; file++)
		put_host(out, report, file);
	fprintf(out, "</section>\n</main>\n</body>\n</html>\n");
	closed = report_close_file(report, out, "index.html");
	return err ? err : closed;
}
