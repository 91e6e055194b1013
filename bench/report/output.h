/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a report as they are written: its files, gnuplot that draws some, tables, page. */
#ifndef UMAPLE_REPORT_OUTPUT_H
#define UMAPLE_REPORT_OUTPUT_H

#include <stdio.h>

#include "groups.h"
#include "template.h"

/**
 * report_open_file() - Open a file in the temporary folder.
 * @report: the report.
 * @stem: its name,
 * @suffix: and what comes behind it, with the dot.
 * @mode: as for fopen(): "wxe" for a new file. With "re" its name is removed.
 *
 * Context: May sleep.
 * Return: The file, for report_close_file() if it is new; NULL with the error noted.
 */
FILE *report_open_file(struct report *report, const char *stem, const char *suffix,
		       const char *mode);

/**
 * report_close_file() - Close it.
 * @report: the report.
 * @file: from report_open_file().
 * @name: what to call it in an error.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted if not everything could be written.
 */
int report_close_file(struct report *report, FILE *file, const char *name);

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
int plot_check(struct error_text *error);

/**
 * table_csv() - Write figures.csv, with all figures.
 * @report: the report.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int table_csv(struct report *report);

/*
 * Add the tables of a group, the table that compares two files, or the one that compares the engines
 * of a file, to the list "tables" of @into, in the form that page.html needs. table_of_ratios() and
 * table_of_engines() return false and add no table if no row has another to compare with.
 *
 * Context: Any.
 */
void table_of_group(struct model *m, json_t *into, const struct report *report,
		    const struct group *group);
bool table_of_ratios(struct model *m, json_t *into, const struct report *report);
bool table_of_engines(struct model *m, json_t *into, const struct result *result);

/**
 * page_write() - Write index.html, when everything else is there.
 * @report: the report; the pictures of its panels are moved into the page.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int page_write(struct report *report);

#endif
