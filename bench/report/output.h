/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a report, while they are written. */
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
 * picture_url() - Make a data: URL of a picture, and remove its file.
 * @path: an SVG file.
 * @url: set to the URL, to be given to free().
 * @size: set to its length.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int picture_url(const char *path, char **url, size_t *size);

#endif
