// SPDX-License-Identifier: GPL-2.0-only
/* The model of the page, which page.html shows. */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/narrate.h"
#include "chart.h"
#include "names.h"
#include "output.h"
#include "report.h"

extern const char page_template[];

/* A page that is being made. */
struct page {
	struct report *report;
	struct model m;
	json_t *sections;
	size_t used; /* bytes of pictures */
	int err;     /* the first error, which is noted */
};

/* One item at the end of @list for a file, with its letter if there are two files. */
static json_t *put_file(struct page *page, json_t *list, unsigned int file)
{
	const char *letter = report_letter(page->report, file);

	return model_item(&page->m, list, *letter ? "letter" : NULL, letter, NULL);
}

static json_t *put_section(struct page *page, const char *id, const char *name)
{
	return model_item(&page->m, page->sections, "id", id, "name", name, NULL);
}

/* Facts about a file's host and options. The compared ones should be equal in both files. */
static const struct field {
	const char *name;
	size_t offset; /* in struct result, of a string or of a number */
	enum { FIELD_TEXT, FIELD_NUMBER, FIELD_OPTION } kind;
	bool compared;
} fields[] = {
	{"CPU", offsetof(struct result, host.cpu), FIELD_TEXT, true},
	{"number of CPUs", offsetof(struct result, host.cores), FIELD_NUMBER, true},
	{"kernel", offsetof(struct result, host.kernel), FIELD_TEXT, true},
	{"compiler", offsetof(struct result, host.compiler), FIELD_TEXT, true},
	{"compiler flags", offsetof(struct result, host.flags), FIELD_TEXT, true},
	{"measured", offsetof(struct result, host.date), FIELD_TEXT, false},
	{"command", offsetof(struct result, options.command_line), FIELD_TEXT, false},
	{"processes", offsetof(struct result, options.processes), FIELD_OPTION, true},
	{"repetitions", offsetof(struct result, options.reps), FIELD_OPTION, true},
	{"lock", offsetof(struct result, options.lock), FIELD_TEXT, true},
	{"TLB shootdown", offsetof(struct result, options.tlb), FIELD_TEXT, true},
	{"page frames", offsetof(struct result, options.frames), FIELD_TEXT, true},
	{"scale", offsetof(struct result, options.scale), FIELD_OPTION, true},
	{"CPU of the exiting task (-1: any)", offsetof(struct result, options.pin[ROLE_EXIT]),
	 FIELD_OPTION, true},
	{"CPU of the reaper (-1: any)", offsetof(struct result, options.pin[ROLE_REAPER]),
	 FIELD_OPTION, true},
};

#define NR_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* @text is for a number; NULL: the file does not have it. */
static const char *field_of(const struct result *result, const struct field *field, char text[32])
{
	const char *at = (const char *)result + field->offset;

	if (field->kind == FIELD_TEXT)
		return *(const char *const *)at;
	if (field->kind == FIELD_OPTION && !result->options.known)
		return NULL;
	snprintf(text, 32, "%.0f", *(const double *)at);
	return text;
}

/* What the page says of each file, in several places. */
static void put_files(struct page *page)
{
	json_t *files = model_list(&page->m, page->m.root, "files"), *o, *list;
	unsigned int file;
	char text[32];
	size_t i;

	for (file = 0; file < page->report->nr_files; file++) {
		const struct result *result = page->report->result[file];
		const struct result_host *host = &result->host;
		const char *slash = strrchr(result->path, '/'), *value;

		o = put_file(page, files, file);
		model_text(&page->m, o, "host", "%s, %.0f CPU%s, %s, measured %s", host->cpu,
			   host->cores, host->cores == 1 ? "" : "s", host->kernel, host->date);
		if (result->interrupted)
			model_text(&page->m, o, "interrupted", "interrupted");
		if (result->trace && !page->report->trace[file])
			model_text(&page->m, o, "missing", "%s", result->trace);
		model_text(&page->m, o, "file", "%s", slash ? slash + 1 : result->path);
		list = model_list(&page->m, o, "fields");
		for (i = 0; i < NR_FIELDS; i++) {
			value = field_of(result, &fields[i], text);
			if (value)
				model_item(&page->m, list, "name", fields[i].name, "value", value,
					   NULL);
		}
	}
}

/* Two strings that should be equal. */
static void put_difference(struct page *page, json_t *list, const char *what, const char *a,
			   const char *b)
{
	if (a && b && strcmp(a, b))
		model_item(&page->m, list, "what", what, "a", a, "b", b, NULL);
}

/* How much there is to tear down, in one line for text[256]. */
static const char *layout_size(char text[256], const struct result_layout *l)
{
	snprintf(text, 256,
		 "%.0f anonymous, %.0f file, %.0f swapped and %.0f huge pages in %.0f page tables "
		 "and %.0f VMAs",
		 l->anon, l->file, l->swap, l->huge, l->tables, l->vmas);
	return text;
}

/* Layouts of one name need not be the same. */
static void put_layout_difference(struct page *page, json_t *list, const struct result_layout *a,
				  const struct result_layout *b)
{
	char x[256], y[256], what[128];

	if (strcmp(a->name, b->name) || a->occurrence != b->occurrence)
		return;
	snprintf(what, sizeof(what), "layout %s", a->name);
	put_difference(page, list, what, layout_size(x, a), layout_size(y, b));
	put_difference(page, list, what, a->rule, b->rule);
}

static void put_differences(struct page *page, json_t *section)
{
	const struct result *a = page->report->result[0], *b = page->report->result[1];
	json_t *differences = model_object(&page->m, section, "differences"), *alike;
	json_t *list = model_list(&page->m, differences, "list");
	char x[32], y[32];
	size_t i, j;

	for (i = 0; i < NR_FIELDS; i++)
		if (fields[i].compared)
			put_difference(page, list, fields[i].name, field_of(a, &fields[i], x),
				       field_of(b, &fields[i], y));
	put_difference(page, list, "options", a->options.known ? "known" : "not in the file",
		       b->options.known ? "known" : "not in the file");
	if (*page->report->engines)
		put_difference(page, list, "engine (rows are matched without it)",
			       a->rows[0].engine, b->rows[0].engine);
	for (i = 0; i < a->nr_layouts; i++)
		for (j = 0; j < b->nr_layouts; j++)
			put_layout_difference(page, list, &a->layouts[i], &b->layouts[j]);
	if (json_array_size(list))
		return;
	json_object_del(section, "differences");
	alike = model_object(&page->m, section, "alike");
	if (a->nr_layouts && b->nr_layouts)
		model_text(&page->m, alike, "layouts", "layouts");
}

/* Under @key, one line for each group with orders for which @meant is true, and these orders. */
static void put_rows(struct page *page, json_t *section, const char *key,
		     bool (*meant)(const struct report *report, const struct group_order *order,
				   char text[48]))
{
	const struct report *report = page->report;
	json_t *list = model_list(&page->m, model_object(&page->m, section, key), "list"), *rows;
	const struct group_order *order;
	const struct group *group;
	char text[48];

	for_each_group (group, report) {
		rows = NULL;
		for_each_order (order, group, report->nr_files) {
			if (!meant(report, order, text))
				continue;
			if (!rows)
				rows = model_list(&page->m,
						  model_item(&page->m, list, "name", group->name,
							     NULL),
						  "rows");
			model_line(&page->m, rows, "%s%s (%s)", json_array_size(rows) ? ", " : "",
				   order->name, text);
		}
	}
	if (!json_array_size(list))
		json_object_del(section, key);
}

static bool is_unmatched(const struct report *report, const struct group_order *order,
			 char text[48])
{
	snprintf(text, 48, "in %s", order->row ? "A" : "B");
	return report->nr_files > 1 && (!order[0].row || !order[1].row);
}

static bool is_untrusted(const struct report *report, const struct group_order *order,
			 char text[48])
{
	const struct result_row *row = NULL;
	unsigned int file;

	for (file = 0; file < report->nr_files; file++)
		if (order[file].row &&
		    !(report->nr_files > 1 ? row_trusted_elsewhere : row_trusted)(order[file].row))
			row = order[file].row;
	if (row && row_trusted(row))
		snprintf(text, 48, "%.0f of %.0f races on a slow CPU", row->slow_kept, row->reps);
	else if (row)
		snprintf(text, 48, "%.0f of %.0f races disturbed", row->kept, row->reps);
	return row;
}

/* Waits and visits that a trace had no room for are in no chart. */
static double lost_in(const struct trace *trace)
{
	double lost = 0;
	size_t i;

	for (i = 0; trace && i < trace->nr; i++)
		lost += trace->races[i].role[ROLE_EXIT].lost +
			trace->races[i].role[ROLE_REAPER].lost;
	return lost;
}

/* The exiting task upward, and at most one reaper that begins with it: what a reader takes for granted. */
static bool is_usual(const struct result_row *row)
{
	return row->nr_actors <= 2 && !strcmp(row->actors[0].order, "forward") &&
	       !(row->actors[0].delay_us > 0) &&
	       !(row->nr_actors == 2 && row->actors[1].delay_us > 0);
}

static void put_actor(struct page *page, json_t *actors, const struct result_row *row,
		      const struct result_actor *actor)
{
	char late[48] = "", cpu[48] = "";

	if (actor->cpu >= 0)
		snprintf(cpu, sizeof(cpu), ", CPU %.0f", actor->cpu);
	else if (row->actors[0].cpu >= 0)
		snprintf(cpu, sizeof(cpu), ", without a CPU of its own");
	if (actor->delay_us > 0)
		snprintf(late, sizeof(late), ", begins after %.0f \u00b5s", actor->delay_us);
	model_line(&page->m, actors, "%s%s %s%s%s", json_array_size(actors) ? "; " : "",
		   actor->task, actor->order, late, cpu);
}

/* Who takes part where an order says more than how one reaper walks. */
static void put_casts(struct page *page, json_t *section)
{
	const struct result *result = page->report->result[0];
	json_t *list = model_list(&page->m, section, "casts"), *actors;

	/* An order means the same in both files. */
	for (size_t i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];
		size_t before = 0;

		while (strcmp(result->rows[before].order, row->order))
			before++;
		if (before < i || is_usual(row))
			continue;
		actors = model_list(&page->m, model_item(&page->m, list, "order", row->order, NULL),
				    "actors");
		for (size_t k = 0; k < row->nr_actors; k++)
			put_actor(page, actors, row, &row->actors[k]);
	}
}

/* How many races there were, and how far they are to be trusted. */
static void put_trust(struct page *page, json_t *section)
{
	const struct report *report = page->report;
	double fewest = INFINITY, most = 0, disturbed = 0, kept = 0;
	unsigned int file;
	json_t *o;
	size_t i;

	for (file = 0; file < report->nr_files; file++) {
		for (i = 0; i < report->result[file]->nr_rows; i++) {
			const struct result_row *row = &report->result[file]->rows[i];

			fewest = fmin(fewest, row->reps);
			most = fmax(most, row->reps);
			disturbed += row->disturbed;
			kept += row->kept;
		}
	}
	o = model_object(&page->m, section, "trust");
	if (fewest < most)
		model_text(&page->m, o, "fewest", "%.0f", fewest);
	model_text(&page->m, o, "most", "%.0f", most);
	model_text(&page->m, o, "disturbed", "%.0f", disturbed);
	if (kept > 0)
		model_text(&page->m, o, "kept", "%.0f", kept);
	if (fewest >= TRUSTED_REPS)
		return;
	o = model_object(&page->m, section, "few");
	if (fewest != 1)
		model_text(&page->m, o, "many", "many");
	model_text(&page->m, o, "fewest", "%.0f", fewest);
	model_text(&page->m, o, "enough", "%d", TRUSTED_REPS);
}

/*
 * Characters that end an attribute or a URL, or are not ASCII, are written by number. A browser
 * drops line breaks in a URL, so they become spaces.
 */
static int put_url(FILE *out, FILE *svg)
{
	int c;

	fputs("data:image/svg+xml,", out);
	while ((c = getc(svg)) != EOF) {
		if (strchr("\n\t", c))
			fputc(' ', out);
		else if (c < ' ' || c > '~' || strchr("'#%&", c))
			fprintf(out, "%%%02X", (unsigned int)c);
		else
			fputc(c, out);
	}
	return ferror(svg) ? -EIO : 0;
}

/* A data: URL of the picture of a panel, to be given to free(). */
static char *picture_url(struct report *report, const char *stem, size_t index)
{
	FILE *svg, *out;
	char suffix[32], *url = NULL;
	size_t size;
	int err;

	snprintf(suffix, sizeof(suffix), "-%zu.svg", index);
	svg = report_open_file(report, stem, suffix, "re");
	if (!svg)
		return NULL;
	out = open_memstream(&url, &size);
	err = out ? put_url(out, svg) : -ENOMEM;
	fclose(svg);
	if (out && fclose(out))
		err = -ENOMEM;
	if (!err)
		return url;
	error_text_set(report->error, err, "%s%s: %s", stem, suffix, strerror(-err));
	free(url);
	return NULL;
}

/* The picture of a panel, or of the legend: @index 0. */
static void put_picture(struct page *page, json_t *pictures, const struct chart *chart,
			size_t index)
{
	const json_t *panel = index ? json_array_get(chart->panels, index - 1) : NULL;
	const char *alt = panel ? json_string_value(json_object_get(panel, "title")) : "Legend";
	char *url = page->err ? NULL : picture_url(page->report, chart->stem, index);

	if (!url) {
		page->err = page->err ? page->err : -EIO;
		return;
	}
	page->used += strlen(url);
	model_item(&page->m, pictures, "src", url, "alt", *alt ? alt : chart->kind->title,
		   panel ? NULL : "legend", "legend", NULL);
	free(url);
}

/* Do the pictures exceed REPORT_PAGE_LIMIT, with room kept for everything else? */
static bool is_full(const struct page *page)
{
	return page->used + 64 * 1024 + 24 * 1024 * page->report->nr_groups > REPORT_PAGE_LIMIT;
}

static void put_chart(struct page *page, json_t *charts, const struct chart *chart)
{
	const size_t before = page->used, nr_panels = json_array_size(chart->panels);
	json_t *pictures = model_list(&page->m, chart->o, "pictures");
	size_t i;

	if (json_array_append(charts, chart->o))
		page->m.failed = true;
	model_text(&page->m, chart->o, chart->kind->name, "caption");
	if (chart->kind->flags & CHART_FOLDED)
		model_text(&page->m, chart->o, "folded", "folded");
	if (nr_panels == 1)
		model_text(&page->m, chart->o, "one", "one");
	if (chart->marked)
		model_text(&page->m, chart->o, "marked", "marked");
	for (i = 0; i <= nr_panels; i++)
		put_picture(page, pictures, chart, i);
	if (is_full(page)) {
		page->used = before;
		json_array_clear(pictures);
		model_text(&page->m, chart->o, "left_out", "left out");
	}
}

/* The charts of a group, or the one of the whole report of this name. */
static void put_charts(struct page *page, json_t *section, const struct group *group,
		       const char *name)
{
	json_t *charts = model_list(&page->m, section, "charts");
	size_t i;

	for (i = 0; i < page->report->nr_charts; i++) {
		const struct chart *chart = &page->report->charts[i];

		if (chart->group == group && (!name || !strcmp(chart->kind->name, name)))
			put_chart(page, charts, chart);
	}
}

/* Where one run has several engines: each next to the first. */
static void put_engines(struct page *page, json_t *section)
{
	const struct result *result = page->report->result[0];
	json_t *figures = json_object();

	model_text(&page->m, figures, "group", "Engines, each over %s", result->rows[0].engine);
	if (table_of_engines(&page->m, figures, result) &&
	    json_object_set(section, "figures", figures))
		page->m.failed = true;
	json_decref(figures);
}

static void put_verdict(struct page *page)
{
	json_t *section = put_section(page, "verdict", "At a glance");
	const struct report *report = page->report;
	double lost = lost_in(report->trace[0]) + lost_in(report->trace[1]);

	model_text(&page->m, section, "verdict", "verdict");
	if (lost > 0)
		model_text(&page->m, section, "lost", "%.0f", lost);
	if (report->nr_files == 1 && !report->result[0]->trace)
		model_text(&page->m, section, "untraced", "untraced");
	if (report->nr_files > 1)
		put_differences(page, section);
	put_rows(page, section, "unmatched", is_unmatched);
	put_rows(page, section, "untrusted", is_untrusted);
	put_trust(page, section);
	put_casts(page, section);
	if (report->nr_files > 1 &&
	    !table_of_ratios(&page->m, model_object(&page->m, section, "figures"), report))
		model_text(&page->m, section, "nothing", "nothing");
	if (report->nr_files == 1)
		put_engines(page, section);
	put_charts(page, section, NULL, "summary");
}

static int narrate(FILE *out, const struct report *report, const struct group *group)
{
	struct narrated n[2];
	unsigned int file;

	for (file = 0; file < report->nr_files; file++) {
		const struct result_row *row = group_row(group, file);

		if (!row)
			return 0;
		n[file] = (struct narrated){report->result[file], row->layout, row->engine,
					    row->occurrence};
	}
	if (report->nr_files > 1)
		return narrate_files(out, &n[0], &n[1]);
	if (narrate_orders(out, n) || narrate_waits(out, n, true))
		return -ENOMEM;
	narrate_notes(out, n);
	return 0;
}

static void put_group(struct page *page, const struct group *group)
{
	char id[32], *words = NULL, *line, *rest;
	json_t *section, *sentences;
	size_t size;
	FILE *out = open_memstream(&words, &size);

	snprintf(id, sizeof(id), "layout-%td", group - page->report->groups + 1);
	section = put_section(page, id, group->name);
	sentences = model_list(&page->m, model_object(&page->m, section, "sentences"), "list");
	if (!out || narrate(out, page->report, group))
		page->m.failed = true;
	if (out && fclose(out))
		page->m.failed = true;
	for (rest = words; (line = strsep(&rest, "\n"));)
		if (*line)
			model_line(&page->m, sentences, "%s", line);
	free(words);
	put_charts(page, section, group, NULL);
}

/* An interval, if the file has it. */
static void put_interval(struct page *page, json_t *o, const char *key,
			 const struct optional_interval *i)
{
	if (i->known)
		model_text(&page->m, o, key, "%.3f (%.3f to %.3f)", i->value.median, i->value.lo,
			   i->value.hi);
}

static void put_tables(struct page *page)
{
	json_t *section = put_section(page, "table", "Table"), *o, *notes, *note;
	json_t *figures = model_list(&page->m, section, "figures");
	const struct report *report = page->report;
	const struct result_row *row;
	const struct group *group;
	unsigned int file;

	model_text(&page->m, section, "about", "about");
	for_each_group (group, report) {
		o = model_item(&page->m, figures, "group", group->name, NULL);
		table_of_group(&page->m, o, report, group);
		notes = model_list(&page->m, o, "notes");
		for (file = 0; file < report->nr_files; file++) {
			row = group_row(group, file);
			if (!row)
				continue;
			note = put_file(page, notes, file);
			put_interval(page, note, "r", &row->r);
			put_interval(page, note, "overhead", &row->overhead);
			put_interval(page, note, "traced", &row->trace_overhead);
		}
	}
}

int page_write(struct report *report)
{
	struct page page = {.report = report};
	const struct group *group;
	FILE *out;

	model_begin(&page.m);
	page.sections = model_list(&page.m, page.m.root, "sections");
	if (report->nr_files > 1)
		model_text(&page.m, page.m.root, "two", "two");
	put_files(&page);
	put_verdict(&page);
	for_each_group (group, report)
		put_group(&page, group);
	if (report->nr_files == 1)
		put_charts(&page, put_section(&page, "published", "As published"), NULL,
			   "published");
	put_tables(&page);
	model_text(&page.m, put_section(&page, "host", "Host and command"), "hosts", "hosts");
	if (page.m.failed && !page.err)
		page.err = report_out_of_memory(report);
	out = page.err ? NULL : report_open_file(report, "index", ".html", "wxe");
	if (out) {
		template_fill(out, page_template, &page.m, put_html);
		page.err = report_close_file(report, out, "index.html");
	}
	json_decref(page.m.root);
	return out ? page.err : -EIO;
}
