// SPDX-License-Identifier: GPL-2.0-only
#include "chart.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "output.h"
#include "template.h"

#define HOST_LETTERS  60
#define LABEL_LETTERS 40

/* As in chart.gp: what stands above the legend, and an entry of it, in pixels. */
#define HEAD	   54
#define KEY_HEIGHT 20

extern const char chart_template[];

static void put_host(FILE *script, const struct result_host *host)
{
	char text[256];

	snprintf(text, sizeof(text), "%s, %.0f CPU%s, %s", host->cpu, host->cores,
		 host->cores == 1 ? "" : "s", host->kernel);
	put_gnuplot_short(script, text, HOST_LETTERS);
}

static bool same_host(const struct result_host *a, const struct result_host *b)
{
	return !strcmp(a->cpu, b->cpu) && a->cores == b->cores && !strcmp(a->kernel, b->kernel);
}

/* "android, our maple tree | AMD EPYC, 2 CPUs, Linux 6.18 | r = 0.14" */
static void put_subtitle(FILE *script, const struct chart *chart)
{
	const struct report *report = chart->report;
	const struct group *group = chart->group;

	if (group) {
		put_gnuplot_short(script, group->label, LABEL_LETTERS);
		fprintf(script, ".', '.");
		put_gnuplot(script, group_engine(report, group));
		fprintf(script, ".'  |  '.");
	} else if (*report->engines) {
		put_gnuplot(script, report->engines);
		fprintf(script, ".'  |  '.");
	}
	if (report->nr_files > 1)
		fprintf(script, "'A%s '.",
			same_host(&report->result[0]->host, &report->result[1]->host) ? " and B:"
										      : ":");
	put_host(script, &report->result[0]->host);
	if (report->nr_files > 1 &&
	    !same_host(&report->result[0]->host, &report->result[1]->host)) {
		fprintf(script, ".'  |  B: '.");
		put_host(script, &report->result[1]->host);
	}
	if (group && report->nr_files == 1 && group->orders[0].in_file[0].row->r.known)
		fprintf(script, ".'  |  r = %.2f'",
			group->orders[0].in_file[0].row->r.value.median);
}

void chart_key(struct chart *chart, const char *look, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(chart->keys, ", \\\n\tkeyentry with %s title ", look);
	put_gnuplot(chart->keys, text);
	chart->nr_keys++;
}

void chart_panel(struct chart *chart, const char *format, ...)
{
	const struct margins *m = &chart->kind->margins;
	char **grown = reallocarray(chart->panels, chart->nr_panels + 1, sizeof(*grown));
	va_list args;
	char *title;
	int n;

	if (grown)
		chart->panels = grown;
	va_start(args, format);
	n = vasprintf(&title, format, args);
	va_end(args);
	if (!grown || n < 0) {
		chart->failed = true;
		if (n >= 0)
			free(title);
		return;
	}
	fprintf(chart->script,
		"\n\n# Panel %zu.\nx = %zu %% across * 960/across; y = above + %zu/across * %g\n"
		"w = 960./across; h = %g; left = %g; right = %g; top = %g; bottom = %g\neval place\n"
		"set title ",
		chart->nr_panels + 1, chart->nr_panels, chart->nr_panels, chart->panel_height,
		chart->panel_height, m->left, m->right, m->top, m->bottom);
	put_gnuplot(chart->script, title);
	fprintf(chart->script, " font ','.text_size tc rgb C_ink offset 0,-0.6\n");
	grown[chart->nr_panels++] = title;
	chart->plotting = false;
}

double chart_axis_width(const struct chart *chart)
{
	const struct margins *m = &chart->kind->margins;

	return (double)CHART_WIDTH / chart->kind->across - m->left - m->right;
}

double chart_axis_height(const struct chart *chart)
{
	return chart->panel_height - chart->kind->margins.top - chart->kind->margins.bottom;
}

void chart_plot(struct chart *chart, const char *format, ...)
{
	va_list args;

	fputs(chart->plotting ? ", \\\n\t" : "plot ", chart->script);
	va_start(args, format);
	vfprintf(chart->script, format, args);
	va_end(args);
	fputs(" notitle", chart->script);
	chart->plotting = true;
}

const char *chart_label(struct chart *chart, const struct group_order *order, char text[80])
{
	bool trusted = true;
	int file;

	for (file = 0; file < 2; file++) {
		const struct order_in_file *data = &order->in_file[file];

		if (chart->kind->traced)
			trusted = trusted && traced_trusted(data);
		else if (data->row)
			trusted = trusted && row_trusted(data->row);
	}
	chart->marked = chart->marked || !trusted;
	snprintf(text, 80, "%s%s", order->name, trusted ? "" : "*");
	return text;
}

/* A variable of the script for each lock class, a line each. */
static const char *class_colours(char *text, size_t size)
{
	static const char *const colours[] = {CHART_CLASS_COLOURS};
	size_t used = 0;
	int class;

	for (class = 0; class < NR_LOCK_CLASSES && used < size; class ++)
		used += (size_t)snprintf(text + used, size - used, "C_%s_wait = '#%s'\n",
					 lock_class_name((enum lock_class) class), colours[class]);
	return text;
}

static int write_script(const struct chart *chart, const char *subtitle, const char *keys,
			const char *panels)
{
	static const char *const texts[] = {"", "strcol(1)", "strcol(1).','.strcol(2)",
					    "strcol(1).','.strcol(2).','.strcol(3)"};
	const struct chart_kind *kind = chart->kind;
	FILE *out = report_create_file(chart->report, chart->stem, ".gp");
	char colours[64 * NR_LOCK_CLASSES];
	struct model m;
	int err, closed;

	if (!out)
		return -EIO;
	model_begin(&m);
	model_text(&m, m.root, "stem", "%s", chart->stem);
	model_text(&m, m.root, "title", "'%s'", kind->title);
	model_text(&m, m.root, "subtitle", "%s", subtitle);
	model_text(&m, m.root, "height", "%.0f", chart->height);
	model_text(&m, m.root, "legend", "%g", chart->legend_height);
	model_text(&m, m.root, "across", "%u", chart->across);
	model_text(&m, m.root, "orders", "%zu", chart->report->nr_orders);
	model_text(&m, m.root, "class_colours", "%s", class_colours(colours, sizeof(colours)));
	model_text(&m, m.root, "texts", "%s", texts[kind->texts]);
	model_text(&m, m.root, "axes", "%s", kind->axes);
	model_text(&m, m.root, "keys", "%s", keys);
	model_text(&m, m.root, "panels", "%s", panels);
	err = m.failed ? report_out_of_memory(chart->report)
		       : template_fill(out, chart_template, &m);
	json_decref(m.root);
	closed = report_close_file(chart->report, out, chart->stem);
	return err ? err : closed;
}

static int write_csv(const struct chart *chart, const char *rows)
{
	FILE *out = report_create_file(chart->report, chart->stem, ".csv");

	if (!out)
		return -EIO;
	fprintf(out, "%s\n%s", chart->kind->columns, rows);
	return report_close_file(chart->report, out, chart->stem);
}

static void chart_free(struct chart *chart)
{
	size_t i;

	for (i = 0; i < chart->nr_panels; i++)
		free(chart->panels[i]);
	free(chart->panels);
	free(chart->stem);
}

/* The size of the whole, once all is drawn. */
static void lay_out(struct chart *chart)
{
	const unsigned int across = chart->kind->keys_across;
	size_t rows;

	chart->across = chart->nr_panels < chart->kind->across ? (unsigned int)chart->nr_panels
							       : chart->kind->across;
	rows = (chart->nr_panels + chart->across - 1) / chart->across;
	chart->legend_height = KEY_HEIGHT * (double)((chart->nr_keys + across - 1) / across) + 8;
	chart->height = HEAD + chart->legend_height + chart->panel_height * (double)rows;
}

/* The texts that are collected while a chart is drawn. */
enum { TEXT_ROWS, TEXT_KEYS, TEXT_PANELS, TEXT_SUBTITLE, NR_TEXTS };

int chart_make(struct report *report, const struct chart_kind *kind, const struct group *group)
{
	struct chart chart = {
		.kind = kind, .report = report, .group = group, .panel_height = kind->panel_height};
	char *text[NR_TEXTS] = {NULL};
	FILE *file[NR_TEXTS];
	size_t size[NR_TEXTS];
	struct chart *grown;
	int err = 0, i;

	if (kind->one_file && report->nr_files > 1)
		return 0;
	grown = reallocarray(report->charts, report->nr_charts + 1, sizeof(*grown));
	if (!grown)
		return report_out_of_memory(report);
	report->charts = grown;
	for (i = 0; i < NR_TEXTS; i++) {
		file[i] = open_memstream(&text[i], &size[i]);
		chart.failed = chart.failed || !file[i];
	}
	chart.csv = file[TEXT_ROWS];
	chart.keys = file[TEXT_KEYS];
	chart.script = file[TEXT_PANELS];
	if (!chart.failed) {
		kind->draw(&chart);
		put_subtitle(file[TEXT_SUBTITLE], &chart);
	}
	if (asprintf(&chart.stem, "%s%s%s", group ? group->slug : "", group ? "-" : "",
		     kind->name) < 0)
		chart.stem = NULL;
	for (i = 0; i < NR_TEXTS; i++)
		chart.failed = (file[i] && fclose(file[i])) || chart.failed;
	if (chart.failed || !chart.stem) {
		err = report_out_of_memory(report);
	} else if (chart.nr_panels) {
		lay_out(&chart);
		err = write_csv(&chart, text[TEXT_ROWS]);
		if (!err)
			err = write_script(&chart, text[TEXT_SUBTITLE], text[TEXT_KEYS],
					   text[TEXT_PANELS]);
	}
	for (i = 0; i < NR_TEXTS; i++)
		free(text[i]);
	if (err || !chart.nr_panels)
		chart_free(&chart);
	else
		grown[report->nr_charts++] = chart;
	return err;
}

void charts_free(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_charts; i++)
		chart_free(&report->charts[i]);
	free(report->charts);
}
