// SPDX-License-Identifier: GPL-2.0-only
#include "chart.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "output.h"

#define HOST_LETTERS  60
#define LABEL_LETTERS 40

#define CHART_TEMPLATE(name, ...) extern const char name##_template[];
CHARTS(CHART_TEMPLATE)

#define CHART_KIND(name, word, flags, title, columns) \
	{word, title, name##_template, columns, flags, draw_##name},
static const struct chart_kind kinds[] = {CHARTS(CHART_KIND)};

static const char *host_text(char text[256], const struct result_host *host)
{
	char all[512];

	snprintf(all, sizeof(all), "%s, %.0f CPU%s, %s", host->cpu, host->cores,
		 host->cores == 1 ? "" : "s", host->kernel);
	return name_short(text, all, HOST_LETTERS);
}

static bool same_host(const struct result_host *a, const struct result_host *b)
{
	return !strcmp(a->cpu, b->cpu) && a->cores == b->cores && !strcmp(a->kernel, b->kernel);
}

/* "android, our maple tree | AMD EPYC, 2 CPUs, Linux 6.18 | r = 0.14", in parts */
static void put_subtitle(struct chart *chart)
{
	const struct report *report = chart->report;
	const struct group *group = chart->group;
	const bool two = report->nr_files > 1;
	const bool same = two && same_host(&report->result[0]->host, &report->result[1]->host);
	json_t *parts = model_list(&chart->m, chart->o, "subtitle");
	unsigned int file;
	char text[256];

	if (group)
		model_line(&chart->m, parts, "%s, %s",
			   name_short(text, group->label, LABEL_LETTERS),
			   group_engine(report, group));
	else if (*report->engines)
		model_line(&chart->m, parts, "%s", report->engines);
	for (file = 0; file < (same ? 1 : report->nr_files); file++)
		model_line(&chart->m, parts, "%s%s%s",
			   same ? "A and B" : report_letter(report, file), two ? ": " : "",
			   host_text(text, &report->result[file]->host));
	if (!two && group && group->orders[0].row->r.known)
		model_line(&chart->m, parts, "r = %.2f", group->orders[0].row->r.value.median);
}

json_t *chart_panel(struct chart *chart, const char *format, ...)
{
	char title[256];
	va_list args;

	va_start(args, format);
	vsnprintf(title, sizeof(title), format, args);
	va_end(args);
	return model_item(&chart->m, chart->panels, "title", title, NULL);
}

json_t *chart_series(struct chart *chart, json_t *list, const struct group_order *order)
{
	char style[16];

	snprintf(style, sizeof(style), "%u", order->style + 1);
	return model_item(&chart->m, list, "order", order->name, "style", style, "label",
			  chart_label(chart, order), NULL);
}

const char *chart_label(struct chart *chart, const struct group_order *order)
{
	const struct group_order *first = order - order->file;
	const char *mark = "";
	unsigned int file;

	for (file = 0; file < chart->report->nr_files; file++) {
		const struct group_order *of = &first[file];
		bool trusted = !of->row || row_trusted(of->row);

		if (chart->kind->flags & CHART_TRACED)
			trusted = !of->nr_traced || !of->traced[of->nr_traced - 1]->disturbed;
		mark = trusted ? mark : "*";
	}
	chart->marked = chart->marked || *mark;
	snprintf(chart->label, sizeof(chart->label), "%s%s", order->name, mark);
	return chart->label;
}

static int write_files(const struct chart *chart, const char *rows)
{
	FILE *csv = report_open_file(chart->report, chart->stem, ".csv", "wxe"), *script;
	int err;

	if (!csv)
		return -EIO;
	fprintf(csv, "%s\n%s", chart->kind->columns, rows);
	err = report_close_file(chart->report, csv, chart->stem);
	if (err)
		return err;
	script = report_open_file(chart->report, chart->stem, ".gp", "wxe");
	if (!script)
		return -EIO;
	template_fill(script, chart->kind->script, &chart->m, put_gnuplot);
	return report_close_file(chart->report, script, chart->stem);
}

/* Names of several tasks' orders need a wider margin. */
static bool has_long_names(const struct report *report)
{
	const struct result *result = report->result[0];

	for (size_t i = 0; i < result->nr_rows; i++)
		if (strlen(result->rows[i].order) > sizeof("reverse-fine"))
			return true;
	return false;
}

/* Draw it, with its rows in @rows, to be freed in any case. */
static int draw(struct chart *chart, char **rows)
{
	const struct group *group = chart->group;
	json_t *classes;
	size_t size;
	int class;

	model_begin(&chart->m);
	chart->o = chart->m.root;
	model_text(&chart->m, chart->o, "stem", "%s%s%s", group ? group->slug : "",
		   group ? "-" : "", chart->kind->name);
	chart->stem = json_string_value(json_object_get(chart->o, "stem"));
	model_text(&chart->m, chart->o, "title", "%s", chart->kind->title);
	if (chart->report->nr_files > 1)
		model_text(&chart->m, chart->o, "two", "two");
	if (has_long_names(chart->report))
		model_text(&chart->m, chart->o, "wide", "wide");
	chart->panels = model_list(&chart->m, chart->o, "panels");
	classes = model_list(&chart->m, chart->o, "classes");
	for (class = 0; class < NR_LOCK_CLASSES; class ++)
		model_line(&chart->m, classes, "%s", lock_class_name((enum lock_class) class));
	chart->csv = open_memstream(rows, &size);
	if (!chart->csv)
		return report_out_of_memory(chart->report);
	chart->kind->draw(chart);
	put_subtitle(chart);
	if (fclose(chart->csv) || chart->m.failed)
		return report_out_of_memory(chart->report);
	return 0;
}

/* Make a chart; @group: of what, NULL: of the whole report. */
static int make(struct report *report, const struct chart_kind *kind, const struct group *group)
{
	struct chart *grown, chart = {.kind = kind, .report = report, .group = group};
	char *rows = NULL;
	int err;

	grown = reallocarray(report->charts, report->nr_charts + 1, sizeof(*grown));
	if (!grown)
		return report_out_of_memory(report);
	report->charts = grown;
	err = draw(&chart, &rows);
	if (!err && json_array_size(chart.panels))
		err = write_files(&chart, rows);
	free(rows);
	if (err || !json_array_size(chart.panels))
		json_decref(chart.o);
	else
		grown[report->nr_charts++] = chart;
	return err;
}

int charts_make(struct report *report)
{
	const struct chart_kind *kind;
	size_t i, nr;
	int err = 0;

	for (kind = kinds; kind < kinds + sizeof(kinds) / sizeof(kinds[0]); kind++) {
		const bool whole = kind->flags & CHART_OF_REPORT;

		nr = whole ? 1 : report->nr_groups;
		if (kind->flags & CHART_ONE_FILE && report->nr_files > 1)
			nr = 0;
		for (i = 0; !err && i < nr; i++)
			err = make(report, kind, whole ? NULL : &report->groups[i]);
	}
	return err;
}

void charts_free(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_charts; i++)
		json_decref(report->charts[i].o);
	free(report->charts);
}

size_t thin_line(struct point *points, size_t nr, double step)
{
	size_t begin, end, i, kept = 0;

	for (begin = 0; begin < nr; begin = end) {
		size_t low = begin, high = begin;
		double column = floor(points[begin].x / step);

		for (end = begin + 1; end < nr && floor(points[end].x / step) == column; end++) {
			if (points[end].y < points[low].y)
				low = end;
			if (points[end].y > points[high].y)
				high = end;
		}
		/* No more are kept than were read, so nothing unread is written over. */
		for (i = begin; i < end; i++)
			if (i == begin || i == end - 1 || i == low || i == high)
				points[kept++] = points[i];
	}
	return kept;
}

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

static int by_x(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return compare(x->x, y->x) ?: compare(x->y, y->y);
}

static int by_weight(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return compare(y->weight, x->weight) ?: by_x(a, b);
}

size_t thin_marks(struct point *points, size_t nr, double dx, double dy, size_t most)
{
	size_t i, j, kept = 0;

	/* Take the greatest first, and leave out later ones that it hides. */
	qsort(points, nr, sizeof(*points), by_weight);
	for (i = 0; i < nr && kept < most; i++) {
		for (j = 0; j < kept; j++)
			if (floor(points[i].x / dx) == floor(points[j].x / dx) &&
			    floor(points[i].y / dy) == floor(points[j].y / dy))
				break;
		if (j == kept)
			points[kept++] = points[i];
	}
	qsort(points, kept, sizeof(*points), by_x);
	return kept;
}
