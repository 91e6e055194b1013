/* SPDX-License-Identifier: GPL-2.0-only */
/* `reapbench report` of files of `reapbench live`: two kernels, or one beside the model. */
#ifndef UMAPLE_LIVE_REPORT_H
#define UMAPLE_LIVE_REPORT_H

#include <stdbool.h>

#include "common/error_text.h"

/**
 * live_report_wanted() - Does a command line of `reapbench report` name such a file?
 * @argc: count of @argv.
 * @argv: the command line; argv[0] is the command.
 *
 * Context: May sleep; reads the files.
 * Return: true if one of its words is the path of a file of `reapbench live`.
 */
bool live_report_wanted(int argc, char **argv);

/**
 * live_report_main() - Compare two kernels, or one with the model.
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: Main thread.
 * Return: An exit status: 0; 1 after a line on stderr, or for a regression with --fail-above; 2 for
 * wrong usage.
 */
int live_report_main(int argc, char **argv);

/**
 * live_report_page() - Make a page of one file: the kernel beside the model.
 * @path: the file.
 * @folder: where the page goes; made if it is missing.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int live_report_page(const char *path, const char *folder, struct error_text *error);

#endif
