/* SPDX-License-Identifier: GPL-2.0-only */
/* A report under construction: the rows and races of its files, in groups that share axes. */
#ifndef UMAPLE_REPORT_GROUPS_H
#define UMAPLE_REPORT_GROUPS_H

#include <stdbool.h>

#include "common/error_text.h"
#include "common/result_file.h"
#include "common/verdict.h"
#include "read_trace.h"

/* An order on a layout with an engine, as one of the files has it. */
struct group_order {
	const char *name;
	unsigned int style; /* the order's colour, dash and point: the same in all charts */
	unsigned int file;
	const struct result_row *row;	  /* NULL: the file does not have it */
	const struct trace_race **traced; /* all its traced races; disturbed ones stand last */
	size_t nr_traced;
	const struct trace_race *typical; /* the one of median wall time; NULL: none was traced */
};

/* A layout with an engine; its orders share the axes. Of two files, B's order follows A's. */
struct group {
	char *label;	    /* the layout; with a number if several have the same name */
	char *name;	    /* the label and the engine */
	const char *engine; /* of the first file that has it */
	char slug[192];	    /* the beginning of its files' names */
	const char *layout;
	unsigned int occurrence;
	struct group_order *orders; /* in the order of the file */
	size_t nr_orders;	    /* of both files */
};

struct chart;

struct report {
	struct result *result[2];
	struct trace *trace[2]; /* NULL: there is none */
	unsigned int nr_files;
	struct group *groups;
	size_t nr_groups;
	char engines[192]; /* both, if each file has one and they differ; else "" */
	bool mixed;	   /* a file has several, so that a layout alone does not name a group */
	struct chart *charts;
	size_t nr_charts;
	char *folder; /* the temporary one that everything is written to */
	struct error_text *error;
};

/* Each group of a report, and each order of a group or, with @step the number of files, of A. */
#define for_each_group(group, report)    \
	for ((group) = (report)->groups; \
	     (size_t)((group) - (report)->groups) < (report)->nr_groups; (group)++)
#define for_each_order(order, group, step)                                                        \
	for ((order) = (group)->orders; (size_t)((order) - (group)->orders) < (group)->nr_orders; \
	     (order) += (step))

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

/* The order of this name in the first file, NULL if the group does not have it. */
struct group_order *group_find_order(const struct group *group, const char *order);

/* The first row of the group in a file; NULL if the file has none. */
const struct result_row *group_row(const struct group *group, unsigned int file);

/* "A" or "B"; "" in a report of one file. */
const char *report_letter(const struct report *report, unsigned int file);

/* "our maple tree" for "maple", or which file has which. */
const char *group_engine(const struct report *report, const struct group *group);

/**
 * compared_engines() - Name the engines of two rows that are compared.
 * @order: of the first file; both have it.
 * @text: for "kernel -> maple", where they are not the same.
 * @size: of @text.
 *
 * Context: Any.
 * Return: the engine's name, or @text.
 */
const char *compared_engines(const struct group_order *order, char *text, size_t size);

/* Was an order traced with a reaper? */
bool order_raced(const struct group_order *order);

#endif
