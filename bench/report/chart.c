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
#define HEAD	      54  /* what stands above the legend, in pixels */
#define KEY_HEIGHT    20  /* of an entry of the legend */
#define TEXT_SIZE     13  /* pixels */
#define PNG_SCALE     1.6 /* a PNG is shown in mails, where it cannot be scaled without loss */

/*
 * Okabe and Ito's blue and vermillion for the roles, shades after Paul Tol's for the rest. Nothing
 * is told by colour alone: lines have dashes and points, areas have patterns.
 */
static const struct {
	const char *name;
	unsigned int rgb;
} colours[] = {
	{"C_ink", 0x1a1a1a},	     {"C_frame", 0x595959},
	{"C_grid", 0xd9d9d9},	     {"C_paper", 0xffffff},
	{"C_exit", 0x0072b2},	     {"C_reaper", 0xd55e00},
	{"C_order0", 0x6e6e6e},	     {"C_order1", 0xaa3377},
	{"C_order2", 0x228833},	     {"C_order3", 0x8a6d00},
	{"C_order4", 0x117799},	     {"C_order5", 0x3d2f8f},
	{"C_under_ptl", 0x4477aa},   {"C_tlb", 0x88ccee},
	{"C_free", 0x44aa99},	     {"C_other", 0xbbbbbb},
	{"C_untrusted", 0x999999},   {"C_ptl_wait", 0xcc3311},
	{"C_lruvec_wait", 0x882255}, {"C_zone_wait", 0xb8860b},
	{"C_swap_wait", 0x332288},   {"C_mmap_lock_wait", 0x117733},
};

#define NR_COLOURS	 (sizeof(colours) / sizeof(colours[0]))
#define NR_ORDER_COLOURS 6

/* Dash and point of an order; dashes go on where the colours begin again. */
static const char *const dashes[] = {"3", "1", "2", "4", "5", "'-..-'", "'_ .'"};
static const int points[] = {2, 6, 8, 4, 12, 14, 10};

static void put_colours(FILE *script)
{
	size_t i;

	for (i = 0; i < NR_COLOURS; i++)
		fprintf(script, "%s = '#%06x'\n", colours[i].name, colours[i].rgb);
}

static void put_styles(FILE *script, const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_orders; i++)
		fprintf(script,
			"set style line %zu lc rgb C_order%zu lw 2 dt %s pt %d ps 0.5 # %s\n",
			i + 1, i % NR_ORDER_COLOURS,
			dashes[i % (sizeof(dashes) / sizeof(dashes[0]))],
			points[i % (sizeof(points) / sizeof(points[0]))], report->orders[i]);
}

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
static void put_subtitle(FILE *script, const struct report *report, const struct chart *chart)
{
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
	if (group && report->nr_files == 1 && group->cells[0].half[0].row->r.known)
		fprintf(script, ".'  |  r = %.2f'", group->cells[0].half[0].row->r.value.median);
}

/*
 * Where a panel goes, and in which picture, from what the script says of it: x, y, w and h are its
 * place in the whole, the rest is kept free around its axes.
 */
static const char place[] =
	"place = \"if (!whole) { W = w = %d.; H = 1.*h; x = 0; y = 0; "
	"set terminal svg noenhanced size W,H font 'sans-serif,%d' background rgb C_paper; "
	"set output stem.'-'.panel.'.svg' }; panel = panel + 1; "
	"set lmargin at screen (x+left)/W; set rmargin at screen (x+w-right)/W; "
	"set tmargin at screen 1-(y+top)/H; set bmargin at screen 1-(y+h-bottom)/H\"\n";

static void put_place(const struct chart *chart, double x, double y, double w, double h,
		      const struct margins *margins)
{
	fprintf(chart->script,
		"x = %.6g; y = %.6g; w = %.6g; h = %.6g; left = %g; right = %g; top = %g; bottom = %g\n"
		"eval place\n",
		x, y, w, h, margins->left, margins->right, margins->top, margins->bottom);
}

static void begin_script(const struct chart *chart)
{
	static const char *const selects[] = {"", "strcol(1)", "strcol(1).','.strcol(2)",
					      "strcol(1).','.strcol(2).','.strcol(3)"};
	static const struct margins none = {6, 6, 0, 0};
	FILE *script = chart->script;

	fprintf(script,
		"# 'gnuplot %s.gp', in this folder, draws %s.svg and %s.png from %s.csv; with\n"
		"# -e 'panels = 1', also each panel as %s-NUMBER.svg.\n"
		"stem = '%s'\ndata = stem.'.csv'\nis(texts) = %s eq texts\n\n# Colours.\n",
		chart->stem, chart->stem, chart->stem, chart->stem, chart->stem, chart->stem,
		selects[chart->kind->texts]);
	put_colours(script);
	fprintf(script, "\n# Where a panel goes.\n");
	fprintf(script, place, PANEL_WIDTH, TEXT_SIZE);
	fprintf(script, "\nset encoding utf8\n"
			"do for [picture in exists('panels') ? 'svg png panels' : 'svg png'] {\n"
			"reset\nset datafile separator comma\n");
	put_styles(script, chart->report);
	fprintf(script,
		"whole = picture ne 'panels'; panel = 0; W = %d.; H = %.6g.\n"
		"pixel = picture eq 'png' ? 0.75 : 1\n"
		"text_size = sprintf('%%g', %d*pixel)\n"
		"small_size = sprintf('%%g', 12*pixel)\n"
		"title_size = sprintf('%%g', 17*pixel)\n"
		"if (picture eq 'svg') {\n"
		"\tset terminal svg noenhanced size W,H font 'sans-serif,'.text_size background rgb C_paper\n"
		"}\n"
		"if (picture eq 'png') {\n"
		"\tset terminal pngcairo noenhanced size %.1f*W,%.1f*H font 'sans-serif,'.text_size "
		"fontscale %.1f linewidth %.1f pointscale %.1f background rgb C_paper\n"
		"}\n"
		"if (whole) {\n\tset output stem.'.'.picture\n\tset multiplot\n\tset label 1 ",
		CHART_WIDTH, chart->height, TEXT_SIZE, PNG_SCALE, PNG_SCALE, PNG_SCALE, PNG_SCALE,
		PNG_SCALE);
	put_gnuplot(script, chart->kind->title);
	fprintf(script,
		" at screen 16/W,1-22/H left font ','.title_size tc rgb C_ink\n\tset label 2 ");
	put_subtitle(script, chart->report, chart);
	fprintf(script,
		" at screen 16/W,1-44/H left font ','.small_size tc rgb C_frame\n}\n\n# The legend.\n");
	put_place(chart, 0, HEAD, CHART_WIDTH, chart->legend_height, &none);
	fprintf(script,
		"unset border; unset tics; unset grid\nset xrange [0:1]; set yrange [0:1]\n"
		"set key inside left center horizontal Left reverse maxrows %.0f samplen 2.4 "
		"tc rgb C_ink font ','.text_size\nplot NaN notitle",
		(chart->legend_height - 8) / KEY_HEIGHT);
}

void chart_key(struct chart *chart, const char *look, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(chart->script, ", \\\n\tkeyentry with %s title ", look);
	put_gnuplot(chart->script, text);
}

void chart_panel(struct chart *chart, const char *format, ...)
{
	static const char axes[] = "\nunset key; unset label 1; unset label 2\n"
				   "set border 3 lc rgb C_frame\n"
				   "set tics out scale 0.6 textcolor rgb C_ink font ','.text_size\n"
				   "set xtics nomirror offset 0,0.4; set ytics nomirror\n"
				   "set grid lt 1 lw 0.5 lc rgb C_grid\n";
	const size_t index = chart->nr_panels - 1;
	const double width = (double)CHART_WIDTH / chart->across;
	const double above = chart->panel_height * (double)(index / chart->across);
	va_list args;
	char *title;
	int n;

	va_start(args, format);
	n = vasprintf(&title, format, args);
	va_end(args);
	if (n < 0) {
		chart->failed = true;
		return;
	}
	chart->panels[chart->nr_panels++] = title;
	fprintf(chart->script, "%s%s\n# Panel %zu.\n", index ? "" : axes,
		index ? "" : chart->kind->axes, index + 1);
	put_place(chart, (double)(index % chart->across) * width,
		  HEAD + chart->legend_height + above, width, chart->panel_height,
		  &chart->kind->margins);
	fprintf(chart->script, "set title ");
	put_gnuplot(chart->script, title);
	fprintf(chart->script, " font ','.text_size tc rgb C_ink offset 0,-0.6\n");
	chart->plotting = false;
}

double chart_axis_width(const struct chart *chart)
{
	const struct margins *m = &chart->kind->margins;

	return (double)CHART_WIDTH / chart->across - m->left - m->right;
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

const char *chart_label(struct chart *chart, const struct cell_pair *cell, char text[80])
{
	bool trusted = true;
	int file;

	for (file = 0; file < 2; file++) {
		const struct half *half = &cell->half[file];

		if (chart->kind->traced)
			trusted = trusted && traced_trusted(half);
		else if (half->row)
			trusted = trusted && row_trusted(half->row);
	}
	chart->marked = chart->marked || !trusted;
	snprintf(text, 80, "%s%s", cell->order, trusted ? "" : "*");
	return text;
}

static int open_files(struct chart *chart, size_t nr_panels)
{
	const struct chart_kind *kind = chart->kind;
	const size_t key_rows = (chart->nr_keys + kind->keys_across - 1) / kind->keys_across;
	const char *slug = chart->group ? chart->group->slug : "";

	chart->across = nr_panels < kind->across ? (unsigned int)nr_panels : kind->across;
	chart->legend_height = KEY_HEIGHT * (double)key_rows + 8;
	chart->height = round(HEAD + chart->legend_height +
			      chart->panel_height *
				      (double)((nr_panels + chart->across - 1) / chart->across));
	if (asprintf(&chart->stem, "%s%s%s", slug, *slug ? "-" : "", kind->name) < 0)
		chart->stem = NULL;
	chart->panels = calloc(nr_panels + 1, sizeof(*chart->panels));
	if (!chart->stem || !chart->panels)
		return report_out_of_memory(chart->report);
	chart->nr_panels = 1;
	chart->csv = report_create_file(chart->report, chart->stem, ".csv");
	chart->script = report_create_file(chart->report, chart->stem, ".gp");
	return chart->csv && chart->script ? 0 : -EIO;
}

static int close_files(struct chart *chart)
{
	int err = 0, closed = 0;

	if (chart->script) {
		fprintf(chart->script, "\nif (whole) { unset multiplot }\nunset output\n}\n");
		err = report_close_file(chart->report, chart->script, chart->stem);
	}
	if (chart->csv)
		closed = report_close_file(chart->report, chart->csv, chart->stem);
	return err ? err : closed;
}

static void chart_free(struct chart *chart)
{
	size_t i;

	for (i = 1; i < chart->nr_panels; i++)
		free(chart->panels[i]);
	free(chart->panels);
	free(chart->stem);
}

int chart_make(struct report *report, const struct chart_kind *kind, const struct group *group)
{
	struct chart chart = {
		.kind = kind, .report = report, .group = group, .panel_height = kind->panel_height};
	struct chart *grown = reallocarray(report->charts, report->nr_charts + 1, sizeof(*grown));
	size_t nr_panels;
	int err, closed;

	if (!grown)
		return report_out_of_memory(report);
	report->charts = grown;
	nr_panels = kind->panels(&chart);
	if (chart.failed)
		return report_out_of_memory(report);
	if (!nr_panels)
		return 0;
	err = open_files(&chart, nr_panels);
	if (!err) {
		fprintf(chart.csv, "%s\n", kind->columns);
		begin_script(&chart);
		kind->draw(&chart);
	}
	closed = close_files(&chart);
	if (!err && chart.failed)
		err = report_out_of_memory(report);
	err = err ? err : closed;
	if (err)
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
