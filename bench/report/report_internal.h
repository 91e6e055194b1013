/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share: a report while it is being made. */
#ifndef UMAPLE_REPORT_INTERNAL_H
#define UMAPLE_REPORT_INTERNAL_H

#include <stdbool.h>
#include <stdio.h>

#include "common/result_file.h"
#include "read_trace.h"
#include "report.h"

/* An order of a group, as one of the files has it. */
struct half {
	const struct result_row *row;	  /* NULL: the file does not have it */
	const struct trace_race **traced; /* all its traced races, as they ran */
	size_t nr_traced;
	const struct trace_race *typical; /* the one of median wall time; NULL: none was traced */
};

/* An order on a layout with an engine. */
struct cell_pair {
	const char *order;
	unsigned int style; /* the order's colour, dash and point: the same in all charts */
	struct half half[2];
};

/* A layout with an engine: what stands on the same axes. */
struct group {
	char *label;	    /* the layout; with a number if several have the same name */
	const char *engine; /* of the first file that has it */
	char *slug;	    /* what its files' names begin with */
	const char *layout;
	unsigned int occurrence;
	struct cell_pair *cells; /* in the order of the file */
	size_t nr_cells;
};

/* A picture. */
struct chart {
	const struct group *group;  /* NULL: of the whole report */
	char *stem;		    /* of its file names, without suffix */
	char *title, *caption;	    /* plain text */
	unsigned int width, height; /* in pixels, of the SVG */
};

struct report {
	struct result *result[2];
	struct trace *trace[2]; /* NULL: there is none */
	unsigned int nr_files;
	struct group *groups;
	size_t nr_groups;
	const char **orders; /* their index is their style */
	size_t nr_orders;
	struct chart *charts;
	size_t nr_charts;
	char engines[192]; /* what is said where each file has one engine, not the same; else "" */
	char *folder;	   /* the temporary one that everything is written to */
	const volatile sig_atomic_t *stop;
	struct report_error *error;
};

/**
 * report_out_of_memory() - Note that memory ran out.
 * @report: the report.
 *
 * Context: Any.
 * Return: -ENOMEM, for the caller to pass on.
 */
int report_out_of_memory(struct report *report);

/**
 * report_groups() - Sort the rows and races of a report into groups.
 * @report: its results and traces are read.
 *
 * Context: Any.
 * Return: 0; -ENOMEM with the error noted.
 */
int report_groups(struct report *report);

/* Free what report_groups() made. */
void report_groups_free(struct report *report);

/* The cell of a group with this order, NULL if there is none. */
const struct cell_pair *group_cell(const struct group *group, const char *order);

/* "our maple tree" for "maple", or which file has which. */
const char *group_engine(const struct report *report, const struct group *group);

/**
 * cell_engine() - Name the engines of two rows that are compared.
 * @cell: both files have it.
 * @text: for "kernel -> maple", where they are not the same.
 * @size: of @text.
 *
 * Context: Any.
 * Return: the engine's name, or @text.
 */
const char *cell_engine(const struct cell_pair *cell, char *text, size_t size);

/**
 * report_create_file() - Open a new file in the temporary folder.
 * @report: the report.
 * @stem: its name,
 * @suffix: and what comes behind it, with the dot.
 *
 * Context: May sleep.
 * Return: The file, for report_close_file(); NULL with the error noted.
 */
FILE *report_create_file(struct report *report, const char *stem, const char *suffix);

/**
 * report_close_file() - Close it.
 * @report: the report.
 * @file: from report_create_file().
 * @name: what to call it in an error.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted if not everything could be written.
 */
int report_close_file(struct report *report, FILE *file, const char *name);

/**
 * chart_begin() - Name a chart.
 * @report: the report.
 * @chart: filled; give it to chart_finish() or chart_free().
 * @group: whose, NULL for the whole report.
 * @kind: one word; the last of its file names.
 * @title: what it shows, for its head and its place in the page.
 *
 * Context: Any.
 * Return: 0; -ENOMEM with the error noted.
 */
int chart_begin(struct report *report, struct chart *chart, const struct group *group,
		const char *kind, const char *title);

/* Free the texts of a chart that is not entered. */
void chart_free(struct chart *chart);

/**
 * chart_caption() - Say how a chart is to be read.
 * @report: the report.
 * @chart: the chart.
 * @format: the text; printf().
 *
 * Context: Any.
 * Return: 0; -ENOMEM with the error noted.
 */
int chart_caption(struct report *report, struct chart *chart, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * chart_finish() - Close the files of a chart and enter it.
 * @report: the report.
 * @chart: the chart; its texts are taken over, also on failure.
 * @csv: its data, NULL if they could not be opened.
 * @script: from plot_begin(), NULL if that failed.
 * @err: what went wrong before, or 0.
 *
 * Context: May sleep.
 * Return: 0; @err, or what went wrong now.
 */
int chart_finish(struct report *report, struct chart *chart, FILE *csv, FILE *script, int err);

/*
 * The charts of a group, and the one of two files. Each writes its CSV and its script and enters
 * itself, or leaves itself out where the result has nothing for it.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int chart_frontiers(struct report *report, const struct group *group);
int chart_wait_map(struct report *report, const struct group *group);
int chart_time_split(struct report *report, const struct group *group);
int chart_memory_back(struct report *report, const struct group *group);
int chart_distribution(struct report *report, const struct group *group);
int chart_repetitions(struct report *report, const struct group *group);
int chart_ratios(struct report *report);

/**
 * table_csv() - Write figures.csv, with all figures.
 * @report: the report.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int table_csv(struct report *report);

/**
 * table_html() - Write the tables of a group.
 * @out: the page.
 * @report: the report.
 * @group: the group.
 *
 * Context: Any.
 */
void table_html(FILE *out, const struct report *report, const struct group *group);

/**
 * ratios_html() - Write the table of two files against each other.
 * @out: the page.
 * @report: a report of two files.
 *
 * Context: Any.
 * Return: 0; -ENOMEM with the error noted.
 */
int ratios_html(FILE *out, struct report *report);

/**
 * words_html() - Write what a group's charts show, as an HTML list of sentences.
 * @out: the page.
 * @report: the report.
 * @group: the group.
 *
 * Context: Any.
 * Return: 0; -ENOMEM with the error noted.
 */
int words_html(FILE *out, struct report *report, const struct group *group);

/**
 * page_write() - Write index.html, when everything else is there.
 * @report: the report.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int page_write(struct report *report);

/* How one figure of the two files, or of two orders of a file, compares. */
struct comparison_of {
	bool known; /* both have repetitions, and the one below the line is not 0 */
	struct interval ratio;
	double p;
	bool significant; /* p is small, and the interval leaves 1 out */
};

/**
 * compare_samples() - Ratio with interval, and the rank test.
 * @above: the repetitions above the line.
 * @below: those below.
 * @paired: they ran next to each other, so the ratio's interval may draw pairs.
 * @out: filled on success.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int compare_samples(const struct sample_set *above, const struct sample_set *below, bool paired,
		    struct comparison_of *out);

#endif
