// SPDX-License-Identifier: GPL-2.0-only
#include "plot.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

#define HOST_LETTERS  60
#define LABEL_LETTERS 40
#define TEXT_SIZE     13  /* pixels */
#define PNG_SCALE     1.6 /* a PNG is shown in mails, where it cannot be scaled without loss */

/*
 * Okabe and Ito's blue and vermillion for the roles, shades after Paul Tol's for the rest. Nothing
 * is told by colour alone: lines have dashes and points, areas have patterns.
 */
static const struct colour colours[] = {
	{"C_ink", 0x1a1a1a, 0xececec},
	{"C_frame", 0x595959, 0xa3a3a3},
	{"C_grid", 0xd9d9d9, 0x3d3d3d},
	{"C_paper", 0xffffff, 0x17191c},
	{"C_exit", 0x0072b2, 0x56b4e9},
	{"C_reaper", 0xd55e00, 0xff8f40},
	{"C_order0", 0x6e6e6e, 0xb0b0b0},
	{"C_order1", 0xaa3377, 0xf07fc0},
	{"C_order2", 0x228833, 0x52cc6a},
	{"C_order3", 0x8a6d00, 0xe0bf3a},
	{"C_order4", 0x117799, 0x66ccee},
	{"C_order5", 0x3d2f8f, 0xa79bff},
	{"C_under_ptl", 0x4477aa, 0x6a9fd4},
	{"C_tlb", 0x88ccee, 0xa5dcf5},
	{"C_free", 0x44aa99, 0x44aa98},
	{"C_other", 0xbbbbbb, 0x777777},
#define WAIT_COLOUR(NAME, name, ...)                                                             \
	{"C_" name "_wait",                                                                      \
	 BY_LOCK_CLASS(LOCK_##NAME, 0xcc3311, 0x882255, 0xb8860b, 0x332288, 0x999933, 0x661100), \
	 BY_LOCK_CLASS(LOCK_##NAME, 0xff6a4a, 0xd970a8, 0xe6c229, 0x9a8cff, 0xc9c95f, 0xd08060)},
	LOCK_CLASSES(WAIT_COLOUR){"C_mmap_lock_wait", 0x117733, 0x55bb77},
};

#define NR_COLOURS	 (sizeof(colours) / sizeof(colours[0]))
#define NR_ORDER_COLOURS 6

/* Dash and point of an order; dashes go on where the colours begin again. */
static const char *const dashes[] = {"3", "1", "2", "4", "5", "'-..-'", "'_ .'"};
static const int points[] = {2, 6, 8, 4, 12, 14, 10};

const struct colour *plot_colours(size_t *nr)
{
	*nr = NR_COLOURS;
	return colours;
}

static void put_styles(FILE *script, const struct report *report)
{
	size_t i;

	for (i = 0; i < NR_COLOURS; i++)
		fprintf(script, "%s = '#%06x'\n", colours[i].name, colours[i].light);
	fprintf(script, "\nset encoding utf8\n"
			"do for [picture in 'svg png'] {\n"
			"reset\n"
			"set datafile separator comma\n"
			"# Orders.\n");
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

static double across(const struct chart *chart, double x)
{
	return x / chart->width;
}

static double up(const struct chart *chart, double y)
{
	return 1 - y / chart->height;
}

FILE *plot_begin(struct report *report, const struct chart *chart)
{
	FILE *script = report_create_file(report, chart->stem, ".gp");

	if (!script)
		return NULL;
	fprintf(script, "# 'gnuplot %s.gp', in this folder, draws %s.svg and %s.png from %s.csv.\n",
		chart->stem, chart->stem, chart->stem, chart->stem);
	fprintf(script, "data = '%s.csv'\n\n# Colours.\n", chart->stem);
	put_styles(script, report);
	fprintf(script,
		"pixel = picture eq 'svg' ? 1 : 0.75\n"
		"text_size = sprintf('%%g', %d*pixel)\n"
		"small_size = sprintf('%%g', 12*pixel)\n"
		"title_size = sprintf('%%g', 17*pixel)\n"
		"if (picture eq 'svg') {\n"
		"\tset terminal svg noenhanced size %u,%u font 'sans-serif,'.text_size background rgb C_paper\n"
		"} else {\n"
		"\tset terminal pngcairo noenhanced size %.0f,%.0f font 'sans-serif,'.text_size "
		"fontscale %.1f linewidth %.1f pointscale %.1f background rgb C_paper\n"
		"}\n"
		"set output '%s.'.picture\n",
		TEXT_SIZE, chart->width, chart->height, chart->width * PNG_SCALE,
		chart->height * PNG_SCALE, PNG_SCALE, PNG_SCALE, PNG_SCALE, chart->stem);
	fprintf(script, "set multiplot\nset label 1 ");
	put_gnuplot(script, chart->title);
	fprintf(script, " at screen %.5f,%.5f left font ','.title_size tc rgb C_ink\nset label 2 ",
		across(chart, 16), up(chart, 22));
	put_subtitle(script, report, chart);
	fprintf(script, " at screen %.5f,%.5f left font ','.small_size tc rgb C_frame\n",
		across(chart, 16), up(chart, 44));
	return script;
}

int plot_end(struct report *report, FILE *script, const struct chart *chart)
{
	fprintf(script, "unset multiplot\nunset output\n}\n");
	return report_close_file(report, script, chart->stem);
}

void plot_panel(FILE *script, const struct chart *chart, const struct panel *panel)
{
	fprintf(script,
		"set lmargin at screen %.5f; set rmargin at screen %.5f\n"
		"set tmargin at screen %.5f; set bmargin at screen %.5f\n",
		across(chart, panel->left), across(chart, panel->right), up(chart, panel->top),
		up(chart, panel->bottom));
}

static const char axes[] = "set border 3 lc rgb C_frame\n"
			   "set tics out scale 0.6 textcolor rgb C_ink font ','.text_size\n"
			   "set xtics nomirror offset 0,0.4; set ytics nomirror\n"
			   "set grid lt 1 lw 0.5 lc rgb C_grid\n";

void plot_legend(FILE *script, const struct chart *chart, unsigned int rows)
{
	const struct panel panel = {6, 54, chart->width - 6, 54 + 20 * rows};

	plot_panel(script, chart, &panel);
	fprintf(script,
		"unset border; unset tics; unset grid\nset xrange [0:1]; set yrange [0:1]\n"
		"set key inside left center horizontal Left reverse maxrows %u samplen 2.4 "
		"tc rgb C_ink font ','.text_size\nplot NaN notitle",
		rows);
}

void plot_legend_end(FILE *script)
{
	fprintf(script, "\nunset key; unset label 1; unset label 2\n%s", axes);
}

void plot_panel_title(FILE *script, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(script, "set title ");
	put_gnuplot(script, text);
	fprintf(script, " font ','.text_size tc rgb C_ink offset 0,-0.6\n");
}
