// SPDX-License-Identifier: GPL-2.0-only
/* The model of the page, which page.html shows. */
#include "page.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart.h"
#include "output.h"
#include "report.h"
#include "sentences.h"
#include "table.h"
#include "template.h"

extern const char page_template[];

/* A page that is being made. */
struct page {
	struct report *report;
	struct model m;
	json_t *sections;
	size_t used; /* bytes of pictures */
};

/* The letter of a file, A or B; none in a report of one file. */
static void put_letter(struct page *page, json_t *o, unsigned int file)
{
	if (page->report->nr_files > 1)
		model_text(&page->m, o, "letter", "%s", report_letter(page->report, file));
}

static void group_name(const struct report *report, const struct group *group, char text[512])
{
	snprintf(text, 512, "%s, %s", group->label, group_engine(report, group));
}

static json_t *put_section(struct page *page, const char *id, const char *name)
{
	json_t *section = model_item(&page->m, page->sections);

	model_text(&page->m, section, "id", "%s", id);
	model_text(&page->m, section, "name", "%s", name);
	return section;
}

static void put_head(struct page *page)
{
	json_t *files = model_list(&page->m, page->m.root, "files"), *o;
	unsigned int file;

	if (page->report->nr_files > 1)
		model_text(&page->m, page->m.root, "two", "two");
	for (file = 0; file < page->report->nr_files; file++) {
		const struct result_host *host = &page->report->result[file]->host;

		o = model_item(&page->m, files);
		put_letter(page, o, file);
		model_text(&page->m, o, "host", "%s, %.0f CPU%s, %s, measured %s", host->cpu,
			   host->cores, host->cores == 1 ? "" : "s", host->kernel, host->date);
	}
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

/* Two strings that should be equal. */
static void put_difference(struct page *page, json_t *list, const char *what, const char *a,
			   const char *b)
{
	json_t *o;

	if (!a || !b || !strcmp(a, b))
		return;
	o = model_item(&page->m, list);
	model_text(&page->m, o, "what", "%s", what);
	model_text(&page->m, o, "a", "%s", a);
	model_text(&page->m, o, "b", "%s", b);
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
static void put_layout_differences(struct page *page, json_t *list)
{
	const struct result *a = page->report->result[0], *b = page->report->result[1];
	char x[256], y[256], what[128];
	size_t i, j;

	for (i = 0; i < a->nr_layouts; i++) {
		const struct result_layout *l = &a->layouts[i];

		for (j = 0; j < b->nr_layouts; j++)
			if (!strcmp(l->name, b->layouts[j].name) &&
			    l->occurrence == b->layouts[j].occurrence)
				break;
		if (j == b->nr_layouts)
			continue;
		snprintf(what, sizeof(what), "layout %s", l->name);
		put_difference(page, list, what, layout_size(x, l), layout_size(y, &b->layouts[j]));
		put_difference(page, list, what, l->rule, b->layouts[j].rule);
	}
}

static void put_differences(struct page *page, json_t *section)
{
	const struct result *a = page->report->result[0], *b = page->report->result[1];
	json_t *differences = model_item(&page->m, model_list(&page->m, section, "differences"));
	json_t *list = model_list(&page->m, differences, "list");
	char x[32], y[32];
	size_t i;

	for (i = 0; i < NR_FIELDS; i++)
		if (fields[i].compared)
			put_difference(page, list, fields[i].name, field_of(a, &fields[i], x),
				       field_of(b, &fields[i], y));
	put_difference(page, list, "options", a->options.known ? "known" : "not in the file",
		       b->options.known ? "known" : "not in the file");
	if (*page->report->engines)
		put_difference(page, list, "engine (rows are matched without it)",
			       a->rows[0].engine, b->rows[0].engine);
	put_layout_differences(page, list);
	if (json_array_size(list))
		return;
	json_object_del(section, "differences");
	list = model_item(&page->m, model_list(&page->m, section, "alike"));
	if (a->nr_layouts && b->nr_layouts)
		model_text(&page->m, list, "layouts", "alike");
}

/* Under @key, one line for each group with rows for which @meant is true, and these rows. */
static void put_rows(struct page *page, json_t *section, const char *key,
		     bool (*meant)(const struct report *report, const struct group_order *order,
				   char text[48]))
{
	const struct report *report = page->report;
	json_t *o = model_item(&page->m, model_list(&page->m, section, key)), *line;
	json_t *list = model_list(&page->m, o, "list"), *rows;
	char name[512], text[48];
	size_t i, j;

	for (i = 0; i < report->nr_groups; i++) {
		const struct group *group = &report->groups[i];

		for (j = 0, rows = NULL; j < group->nr_orders; j++) {
			if (!meant(report, &group->orders[j], text))
				continue;
			if (!rows) {
				line = model_item(&page->m, list);
				group_name(report, group, name);
				model_text(&page->m, line, "name", "%s", name);
				rows = model_list(&page->m, line, "rows");
			}
			model_line(&page->m, rows, "%s%s (%s)", json_array_size(rows) ? ", " : "",
				   group->orders[j].name, text);
		}
	}
	if (!json_array_size(list))
		json_object_del(section, key);
}

static bool is_unmatched(const struct report *report, const struct group_order *order,
			 char text[48])
{
	snprintf(text, 48, "in %s", order->in_file[0].row ? "A" : "B");
	return report->nr_files > 1 && (!order->in_file[0].row || !order->in_file[1].row);
}

static bool is_untrusted(const struct report *report, const struct group_order *order,
			 char text[48])
{
	const struct result_row *row = NULL;
	unsigned int file;

	for (file = 0; file < report->nr_files; file++)
		if (order->in_file[file].row && !row_trusted(order->in_file[file].row))
			row = order->in_file[file].row;
	if (row)
		snprintf(text, 48, "%.0f of %.0f races disturbed", row->kept, row->reps);
	return row;
}

/* Waits and visits that a trace had no room for are in no chart. */
static double lost_in(const struct trace *trace)
{
	double lost = 0;
	size_t i;
	int role;

	for (i = 0; trace && i < trace->nr; i++)
		for (role = 0; role < NR_ROLES; role++)
			lost += trace->races[i].role[role].lost;
	return lost;
}

/* Counts of races: the fewest and most of an order, and the disturbed ones. */
struct races {
	double fewest, most, disturbed, kept;
};

static struct races count_races(const struct report *report)
{
	struct races r = {.fewest = INFINITY};
	unsigned int file;
	size_t i;

	for (file = 0; file < report->nr_files; file++) {
		for (i = 0; i < report->result[file]->nr_rows; i++) {
			const struct result_row *row = &report->result[file]->rows[i];

			r.fewest = fmin(r.fewest, row->reps);
			r.most = fmax(r.most, row->reps);
			r.disturbed += row->disturbed;
			r.kept += row->kept;
		}
	}
	return r;
}

static void put_file_warnings(struct page *page, json_t *section)
{
	json_t *interrupted = model_list(&page->m, section, "interrupted"), *o;
	json_t *missing = model_list(&page->m, section, "missing");
	const struct report *report = page->report;
	double lost = lost_in(report->trace[0]) + lost_in(report->trace[1]);
	unsigned int file;

	for (file = 0; file < report->nr_files; file++) {
		if (report->result[file]->interrupted)
			put_letter(page, model_item(&page->m, interrupted), file);
		if (!report->result[file]->trace || report->trace[file])
			continue;
		o = model_item(&page->m, missing);
		put_letter(page, o, file);
		model_text(&page->m, o, "trace", "%s", report->result[file]->trace);
	}
	if (lost > 0)
		model_text(&page->m, section, "lost", "%.0f", lost);
	if (report->nr_files == 1 && !report->result[0]->trace)
		model_text(&page->m, section, "untraced", "untraced");
}

/* Warnings that a reader needs before the figures. */
static void put_warnings(struct page *page, json_t *section, const struct races *races)
{
	json_t *few;

	put_file_warnings(page, section);
	if (page->report->nr_files > 1)
		put_differences(page, section);
	put_rows(page, section, "unmatched", is_unmatched);
	put_rows(page, section, "untrusted", is_untrusted);
	if (races->fewest >= TRUSTED_REPS)
		return;
	few = model_item(&page->m, model_list(&page->m, section, "few"));
	model_text(&page->m, few, "fewest", "%.0f", races->fewest);
	model_text(&page->m, few, "enough", "%d", TRUSTED_REPS);
	if (races->fewest != 1)
		model_text(&page->m, few, "many", "many");
}

/*
 * A picture as a data: URL. Characters that end an attribute or a URL, or are not ASCII, are
 * written by number. A browser drops line breaks in a URL, so they become spaces.
 */
static int put_picture(struct page *page, json_t *panel, const char *path)
{
	FILE *svg = fopen(path, "re"), *out;
	char *url = NULL;
	size_t size;
	int c, err = 0;

	if (!svg)
		return -errno;
	out = open_memstream(&url, &size);
	if (!out) {
		fclose(svg);
		return -ENOMEM;
	}
	fputs("data:image/svg+xml,", out);
	while ((c = getc(svg)) != EOF) {
		if (strchr("\n\t", c))
			fputc(' ', out);
		else if (c < ' ' || c > '~' || strchr("'#%&", c))
			fprintf(out, "%%%02X", (unsigned int)c);
		else
			fputc(c, out);
	}
	err = ferror(svg) ? -EIO : 0;
	fclose(svg);
	if (fclose(out) && !err)
		err = -ENOMEM;
	if (!err) {
		page->used += size;
		model_text(&page->m, panel, "src", "%s", url);
	}
	free(url);
	return err;
}

/* Do the pictures exceed REPORT_PAGE_LIMIT, with room kept for everything else? */
static bool is_full(const struct page *page)
{
	return page->used + 64 * 1024 + 24 * 1024 * page->report->nr_groups > REPORT_PAGE_LIMIT;
}

static int put_panel(struct page *page, json_t *panels, const struct chart *chart, size_t index)
{
	json_t *panel = model_item(&page->m, panels);
	const char *alt = index ? chart->panels[index - 1] : "Legend";
	char *path;
	int err;

	if (asprintf(&path, "%s/%s-%zu.svg", page->report->folder, chart->stem, index) < 0)
		return report_out_of_memory(page->report);
	err = put_picture(page, panel, path);
	if (!err && unlink(path))
		err = -errno;
	if (err)
		error_text_set(page->report->error, err, "%s: %s", path, strerror(-err));
	free(path);
	model_text(&page->m, panel, "alt", "%s", *alt ? alt : chart->kind->title);
	if (!index)
		model_text(&page->m, panel, "legend", "legend");
	model_text(&page->m, panel, "width", "%d", PANEL_WIDTH);
	model_text(&page->m, panel, "height", "%.0f",
		   index ? chart->panel_height : chart->legend_height);
	return err;
}

static int put_chart(struct page *page, json_t *charts, const struct chart *chart)
{
	const size_t before = page->used;
	json_t *o = model_item(&page->m, charts), *panels = model_list(&page->m, o, "panels");
	size_t i;
	int err = 0;

	model_text(&page->m, o, "title", "%s", chart->kind->title);
	model_text(&page->m, o, "caption", "%s", chart->kind->caption);
	model_text(&page->m, o, "stem", "%s", chart->stem);
	if (chart->kind->folded)
		model_text(&page->m, o, "folded", "folded");
	if (chart->nr_panels == 1)
		model_text(&page->m, o, "one", "one");
	if (chart->marked)
		model_text(&page->m, o, "marked", "marked");
	for (i = 0; !err && i <= chart->nr_panels; i++)
		err = put_panel(page, panels, chart, i);
	if (!is_full(page))
		return err;
	page->used = before;
	json_array_clear(panels);
	model_text(&page->m, o, "left_out", "left out");
	return err;
}

/* The charts of a group, or those of the whole report of a kind. */
static int put_charts(struct page *page, json_t *section, const struct group *group,
		      const char *name)
{
	json_t *charts = model_list(&page->m, section, "charts");
	size_t i;
	int err = 0;

	for (i = 0; !err && i < page->report->nr_charts; i++) {
		const struct chart *chart = &page->report->charts[i];

		if (chart->group == group && (!name || !strcmp(chart->kind->name, name)))
			err = put_chart(page, charts, chart);
	}
	return err;
}

static int put_verdict(struct page *page)
{
	json_t *section = put_section(page, "verdict", "At a glance");
	const struct report *report = page->report;
	const struct races r = count_races(report);
	char reps[64], kept[32];
	int err;

	snprintf(kept, sizeof(kept), "%.0f", r.kept);
	put_warnings(page, section, &r);
	err = put_charts(page, section, NULL, "summary");
	if (r.fewest < r.most)
		snprintf(reps, sizeof(reps), "%.0f to %.0f", r.fewest, r.most);
	else
		snprintf(reps, sizeof(reps), "%.0f", r.most);
	model_text(
		&page->m, section, "trust",
		"Each order was raced %s times, in turns with the others. In %.0f races a task lost "
		"its CPU, and they were repeated; %s of them had to be kept all the same.",
		reps, r.disturbed, r.kept > 0 ? kept : "none");
	model_text(&page->m, section, "vocabulary", "vocabulary");
	if (report->nr_files > 1 &&
	    !table_of_ratios(&page->m,
			     model_item(&page->m, model_list(&page->m, section, "figures")),
			     report))
		model_text(&page->m, section, "nothing", "nothing");
	return err;
}

static int put_words(struct page *page, json_t *section, const struct group *group)
{
	char *words = NULL;
	size_t size;
	FILE *out = open_memstream(&words, &size);
	int err = out ? sentences_html(out, page->report, group)
		      : report_out_of_memory(page->report);

	if (out)
		fclose(out);
	if (!err)
		model_text(&page->m, section, "words", "%s", words);
	free(words);
	return err;
}

static int put_groups(struct page *page)
{
	const struct report *report = page->report;
	char id[32], name[512];
	json_t *section;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < report->nr_groups; i++) {
		snprintf(id, sizeof(id), "layout-%zu", i + 1);
		group_name(report, &report->groups[i], name);
		section = put_section(page, id, name);
		err = put_words(page, section, &report->groups[i]);
		if (!err)
			err = put_charts(page, section, &report->groups[i], NULL);
	}
	return err;
}

static const char *figure_text(char text[96], const char *name, const struct optional_interval *i)
{
	if (i->known)
		snprintf(text, 96, "%s = %.3f (%.3f to %.3f)", name, i->value.median, i->value.lo,
			 i->value.hi);
	else
		snprintf(text, 96, "%s not measured", name);
	return text;
}

static void put_tables(struct page *page)
{
	json_t *section = put_section(page, "table", "Table"), *o, *notes;
	json_t *figures = model_list(&page->m, section, "figures");
	const struct report *report = page->report;
	char r[96], overhead[96], traced[96], name[512];
	unsigned int file;
	size_t i, j;

	model_text(
		&page->m, section, "about",
		"Medians, with 95 %% intervals below them where there is room; sums are "
		"exiting task + reaper; unmap is unmap_page_range. A race is disturbed if a task "
		"lost its CPU in it; it is then repeated. Rows with * kept some disturbed races, "
		"because all their repeats were disturbed too. All figures and intervals are in "
		"figures.csv, beside this page.");
	for (i = 0; i < report->nr_groups; i++) {
		const struct group *group = &report->groups[i];

		o = model_item(&page->m, figures);
		group_name(report, group, name);
		model_text(&page->m, o, "group", "%s", name);
		table_of_group(&page->m, o, report, group);
		notes = model_list(&page->m, o, "notes");
		for (file = 0; file < report->nr_files; file++) {
			for (j = 0; j < group->nr_orders && !group->orders[j].in_file[file].row;
			     j++)
				;
			if (j == group->nr_orders)
				continue;
			const struct result_row *row = group->orders[j].in_file[file].row;

			model_line(&page->m, notes, "%s%s%s; %s; %s", report_letter(report, file),
				   report->nr_files > 1 ? ": " : "", figure_text(r, "r", &row->r),
				   figure_text(overhead,
					       "running time with lock timing over without",
					       &row->overhead),
				   figure_text(traced, "traced over not traced",
					       &row->trace_overhead));
		}
	}
}

static void put_host(struct page *page, json_t *hosts, unsigned int file)
{
	const struct result *result = page->report->result[file];
	json_t *host = model_item(&page->m, hosts), *list, *o;
	const char *slash = strrchr(result->path, '/'), *value;
	char text[32];
	size_t i;

	put_letter(page, host, file);
	model_text(&page->m, host, "file", "%s", slash ? slash + 1 : result->path);
	list = model_list(&page->m, host, "fields");
	for (i = 0; i < NR_FIELDS; i++) {
		value = field_of(result, &fields[i], text);
		if (!value)
			continue;
		o = model_item(&page->m, list);
		model_text(&page->m, o, "name", "%s", fields[i].name);
		model_text(&page->m, o, "value", "%s", value);
	}
}

static int make_model(struct page *page)
{
	unsigned int file;
	json_t *hosts;
	int err;

	put_head(page);
	page->sections = model_list(&page->m, page->m.root, "sections");
	err = put_verdict(page);
	if (!err)
		err = put_groups(page);
	if (!err && page->report->nr_files == 1)
		err = put_charts(page, put_section(page, "published", "As published"), NULL,
				 "published");
	put_tables(page);
	hosts = model_list(&page->m, put_section(page, "host", "Host and command"), "hosts");
	for (file = 0; file < page->report->nr_files; file++)
		put_host(page, hosts, file);
	return err;
}

int page_write(struct report *report)
{
	struct page page = {.report = report};
	FILE *out;
	int err, closed;

	model_begin(&page.m);
	err = make_model(&page);
	if (!err && page.m.failed)
		err = report_out_of_memory(report);
	out = err ? NULL : report_create_file(report, "index", ".html");
	if (out) {
		err = template_fill(out, page_template, &page.m);
		closed = report_close_file(report, out, "index.html");
		err = err ? err : closed;
	} else if (!err) {
		err = -EIO;
	}
	json_decref(page.m.root);
	return err;
}
