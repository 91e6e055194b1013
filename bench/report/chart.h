/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chart is a CSV file with its data and a gnuplot script that draws panels under a legend. The
 * script is a template, filled with a model. It draws the whole as NAME.svg and NAME.png, so that a
 * reader can change it and run it again. It also draws each panel by itself; the page puts these
 * pictures side by side or below each other as it has room.
 */
#ifndef UMAPLE_REPORT_CHART_H
#define UMAPLE_REPORT_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "groups.h"
#include "template.h"

/* Pixels of the axes of a panel in the whole picture, about, for charts that leave points out. */
#define AXIS_WIDTH(across) (960.0 / (across)-82)

/* Flags of a kind of chart. */
enum {
	CHART_ONE_FILE = 1,  /* not drawn for two files */
	CHART_TRACED = 2,    /* of traced races */
	CHART_FOLDED = 4,    /* closed on the page until a reader opens it */
	CHART_OF_REPORT = 8, /* one of the whole report; the others are drawn for each group */
};

/*
 * The charts, in the order in which they stand on the page: name, the last word of its files'
 * names, flags, title, head of the CSV. Its script is the template NAME.gp. draw_NAME() prints the
 * rows of the CSV, adds panels, and sets what the template needs. It begins no panel if there is
 * nothing to draw.
 */
#define CHARTS(C)                                                                                 \
	C(summary, "summary", CHART_OF_REPORT, "All layouts and orders: time as a ratio",         \
	  "against,figure,state,row,ratio,lo,hi,p,engine,order,layout")                           \
	C(frontiers, "frontiers", CHART_ONE_FILE | CHART_TRACED,                                  \
	  "Frontiers: how far each task has got", "order,role,kind,time_ms,page,wait_us")         \
	C(time_split, "timesplit", CHART_TRACED,                                                  \
	  "Where the time went: work and waiting of each task",                                   \
	  "order,role,file,row,part,from_ms,to_ms,ms")                                            \
	C(memory, "memory", CHART_ONE_FILE | CHART_TRACED,                                        \
	  "Memory back: pages freed against time", "order,time_ms,percent")                       \
	C(repetitions, "repetitions", 0, "Repetitions: every race, and how sure the medians are", \
	  "figure,order,file,rep,x,value,lo,hi")                                                  \
	C(wait_map, "waitmap", CHART_ONE_FILE | CHART_TRACED | CHART_FOLDED,                      \
	  "Wait map: where in the address space page-table locks were waited for",                \
	  "order,role,table,tables,wait_us")                                                      \
	C(distribution, "distribution", CHART_ONE_FILE | CHART_TRACED | CHART_FOLDED,             \
	  "Wait distribution: how many waits were how long (CCDF)",                               \
	  "locks,order,wait_us,waits_per_race")                                                   \
	C(published, "published", CHART_OF_REPORT | CHART_ONE_FILE,                               \
	  "As published: an Android phone, running time", "order,role,row,from_ms,to_ms,ms")

struct chart;

/* A kind of chart, whatever it is drawn of. */
struct chart_kind {
	const char *name, *title, *script, *columns;
	unsigned int flags;
	void (*draw)(struct chart *chart);
};

#define CHART_DECLARE(name, ...) void draw_##name(struct chart *chart);
CHARTS(CHART_DECLARE)

struct chart {
	const struct chart_kind *kind;
	struct report *report;
	const struct group *group; /* NULL: of the whole report */
	struct model m;		   /* of the script; the page shows it too */
	json_t *o;		   /* its root, an object */
	json_t *panels;		   /* in @o; each has a "title", in plain text */
	const char *stem;	   /* of its file names, without suffix; belongs to @m */
	FILE *csv;		   /* rows, for draw() */
	char label[80];		   /* of an order: chart_label() */
	bool marked;		   /* an order has the mark '*': not to be trusted */
};

/**
 * charts_make() - Make the charts of a report and enter them in it.
 * @report: it is sorted into groups.
 *
 * Charts with nothing to draw are left out, and so are kinds that are not drawn for two files.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int charts_make(struct report *report);

/* Free the charts of a report. */
void charts_free(struct report *report);

/* For draw(). Context: Any. */

/* Begin the next panel; its title is printed as printf() does. Return: it, or NULL. */
json_t *chart_panel(struct chart *chart, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Add the item of an order to a list, with its "order", "style" and "label". Return: it, or NULL. */
json_t *chart_series(struct chart *chart, json_t *list, const struct group_order *order);

/**
 * chart_label() - The label of an order.
 * @chart: the chart; notes that the mark has to be explained.
 * @order: the order.
 *
 * Return: "forward", or "forward*" if its figures are not to be trusted; good until the next call.
 */
const char *chart_label(struct chart *chart, const struct group_order *order);

/* Leave out points that would not be seen. */
struct point {
	double x, y, weight;
};

/**
 * thin_line() - Leave out the points of a line that cannot be seen.
 * @points: the line, x never falling; replaced by what is kept.
 * @nr: how many.
 * @step: the width of a pixel, in x.
 *
 * Of all points in one pixel column the first, the last, the lowest and the highest are kept.
 *
 * Context: Any.
 * Return: How many are kept.
 */
size_t thin_line(struct point *points, size_t nr, double step);

/**
 * thin_marks() - Leave out marks that others hide.
 * @points: the marks, in any order; replaced by what is kept, in order of x.
 * @nr: how many.
 * @dx: how wide a mark is, in x.
 * @dy: how high it is, in y.
 * @most: how many are kept at most.
 *
 * Of marks that cover each other the one of greatest weight is kept, and of all marks the @most
 * greatest.
 *
 * Context: Any.
 * Return: How many are kept.
 */
size_t thin_marks(struct point *points, size_t nr, double dx, double dy, size_t most);

#endif
