/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gnuplot scripts. Every script draws NAME.svg and NAME.png from NAME.csv in the folder it lies
 * in, so that a reader can change it and run it again.
 */
#ifndef UMAPLE_REPORT_PLOT_H
#define UMAPLE_REPORT_PLOT_H

#include <signal.h>
#include <stdio.h>

#include "report_internal.h"

#define PLOT_WIDTH	960		   /* of every chart, in pixels of the SVG */
#define PLOT_HEAD(rows) (60 + 20 * (rows)) /* what stands above the panels, with a legend of rows */

/* A colour that charts use; in the page each is a variable, so that it can follow the scheme. */
/* The look of a lock class by its number; the last two are for classes to come. */
#define BY_LOCK_CLASS(class, a, b, c, d, e, f) \
	((class) == 0	? (a)                  \
	 : (class) == 1 ? (b)                  \
	 : (class) == 2 ? (c)                  \
	 : (class) == 3 ? (d)                  \
	 : (class) == 4 ? (e)                  \
			: (f))
_Static_assert(NR_LOCK_CLASSES <= 6, "each lock class needs a colour and a pattern");

struct colour {
	const char *name; /* of the variable in scripts and, behind "--", in the page */
	unsigned int light, dark;
};

/**
 * plot_colours() - All colours.
 * @nr: set to how many.
 *
 * Context: Any.
 * Return: The table; no two light ones are equal.
 */
const struct colour *plot_colours(size_t *nr);

/**
 * plot_begin() - Open a script and write what all have in common.
 * @report: the report.
 * @chart: with stem, title, width and height set; a subtitle says what was measured on what.
 *
 * What follows is drawn twice, once for each picture.
 *
 * Context: May sleep.
 * Return: The script, for plot_end(); NULL with the error noted.
 */
FILE *plot_begin(struct report *report, const struct chart *chart);

/**
 * plot_end() - Finish a script.
 * @report: the report.
 * @script: from plot_begin().
 * @chart: the same.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int plot_end(struct report *report, FILE *script, const struct chart *chart);

/* The edges of a panel's axes, in pixels of the SVG from the top left. */
struct panel {
	double left, top, right, bottom;
};

/**
 * plot_panel() - Say where what is plotted next goes.
 * @script: the script.
 * @chart: the chart.
 * @panel: the place.
 *
 * Context: Any.
 */
void plot_panel(FILE *script, const struct chart *chart, const struct panel *panel);

/**
 * plot_legend() - Begin the legend above the panels.
 * @script: the script; entries follow, each as ", keyentry with ... title '...'".
 * @chart: the chart.
 * @rows: how many rows it has.
 *
 * Draws the head of the chart too, so it comes before the first panel.
 *
 * Context: Any.
 */
void plot_legend(FILE *script, const struct chart *chart, unsigned int rows);

/**
 * plot_legend_end() - Finish it: the panels that follow have axes, and no legend.
 * @script: the script.
 *
 * Context: Any.
 */
void plot_legend_end(FILE *script);

/**
 * plot_panel_title() - Give the panel that is plotted next a title.
 * @script: the script.
 * @format: the title; printf(). It is put in quotes here.
 *
 * Context: Any.
 */
void plot_panel_title(FILE *script, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * plot_run() - Let gnuplot run a script.
 * @report: the report; the script lies in its folder.
 * @stem: the script's name without ".gp".
 *
 * Context: May sleep.
 * Return: 0; -EINTR if the report was stopped; -errno with the error noted.
 */
int plot_run(struct report *report, const char *stem);

/**
 * plot_check() - Is gnuplot there?
 * @error: filled if it is not.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int plot_check(struct report_error *error);

#endif
