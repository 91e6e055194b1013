/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a report, while they are written, and gnuplot as a child that draws some. */
#ifndef UMAPLE_REPORT_OUTPUT_H
#define UMAPLE_REPORT_OUTPUT_H

#include <stdio.h>

#include "groups.h"

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
 * page_write() - Write index.html, when everything else is there.
 * @report: the report; the pictures of its panels are moved into the page.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int page_write(struct report *report);

#endif
