/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chart is a CSV file with its data and a gnuplot script that draws panels under a legend. The
 * script draws the whole as NAME.svg and NAME.png, so that a reader can change it and run it again.
 * It also draws each panel by itself; the page puts these pictures side by side or below each other
 * as it has room.
 */
#ifndef UMAPLE_REPORT_CHART_H
#define UMAPLE_REPORT_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "groups.h"

#define CHART_WIDTH 960 /* of the whole, in pixels of the SVG */
#define PANEL_WIDTH 480 /* of a panel by itself */

/* The look of each lock class, in the order of the table; the last ones are for classes to come. */
#define CHART_CLASS_COLOURS  "cc3311", "882255", "b8860b", "332288", "999933", "661100"
#define CHART_CLASS_PATTERNS 2, 4, 5, 1, 6, 3
_Static_assert(NR_LOCK_CLASSES <= 6, "each lock class needs a colour and a pattern");

/* Margins around the axes of a panel, in pixels; the title stands in the upper one. */
struct margins {
	double left, right, top, bottom;
};

struct chart;

/* A kind of chart, whatever it is drawn of. */
struct chart_kind {
	const char *name; /* one word, the last of its file names */
	const char *title, *caption;
	const char *columns;	  /* the head of the CSV: texts, which name a series, and numbers */
	unsigned int texts;	  /* how many of the columns are texts, up to 3 */
	unsigned int keys_across; /* entries of the legend that 480 pixels have room for */
	unsigned int across;	  /* panels side by side in the whole */
	double panel_height;	  /* in pixels, with the margins */
	struct margins margins;
	const char *axes;    /* gnuplot commands for all panels */
	bool one_file;	     /* not drawn for two files */
	bool traced, folded; /* needs traced races; closed on the page until a reader opens it */
	void (*draw)(struct chart *chart); /* begins no panel if there is nothing to draw */
};

extern const struct chart_kind chart_summary, chart_published; /* of a report */
extern const struct chart_kind chart_frontiers, chart_time_split, chart_memory, chart_repetitions,
	chart_wait_map, chart_distribution; /* of a group */

struct chart {
	const struct chart_kind *kind;
	struct report *report;
	const struct group *group; /* NULL: of the whole report */
	char *stem;		   /* of its file names, without suffix */
	char **panels;		   /* the content of each, as plain text */
	size_t nr_panels, nr_keys;
	double panel_height;	      /* in pixels; draw() may change it */
	double legend_height, height; /* known when all is drawn; the latter of the whole */
	unsigned int across;	      /* the same */
	FILE *csv, *keys, *script;    /* the data, the legend, the panels */
	bool plotting;		      /* a plot command is not complete yet */
	bool marked;		      /* an order has the mark '*': not to be trusted */
	bool failed;		      /* memory ran out; draw() may set it */
};

/**
 * chart_make() - Make a chart and enter it in the report.
 * @report: the report.
 * @kind: what kind of chart.
 * @group: of what, NULL for the whole report.
 *
 * Context: May sleep.
 * Return: 0, also if there is nothing to draw or the kind is not drawn for two files; -errno with
 * the error noted.
 */
int chart_make(struct report *report, const struct chart_kind *kind, const struct group *group);

/* Free the charts of a report. */
void charts_free(struct report *report);

/*
 * Functions for draw(). It prints rows to @csv, and gnuplot commands that hold from a panel on to
 * @script. Context: Any.
 */

/* Enter something in the legend: how it is drawn, as in "lines lw 2", and what it is; printf(). */
void chart_key(struct chart *chart, const char *look, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Begin the next panel; its title is printed as printf() does. */
void chart_panel(struct chart *chart, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How wide and high the axes of a panel are in the whole picture, in pixels. */
double chart_axis_width(const struct chart *chart);
double chart_axis_height(const struct chart *chart);

/**
 * chart_plot() - Draw something in the panel.
 * @chart: the chart.
 * @format: an element of gnuplot's plot command, without a title; printf(). In it, is('a,b')
 * selects the rows of the CSV with these texts, and data is the CSV.
 */
void chart_plot(struct chart *chart, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * chart_label() - The label of an order.
 * @chart: the chart; notes that the mark has to be explained.
 * @order: the order.
 * @text: for the name.
 *
 * Return: @text: "forward", or "forward*" if its figures are not to be trusted.
 */
const char *chart_label(struct chart *chart, const struct group_order *order, char text[80]);

#endif
