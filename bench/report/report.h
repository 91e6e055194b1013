/* SPDX-License-Identifier: GPL-2.0-only */
/* From a result file to a page with charts. */
#ifndef UMAPLE_REPORT_H
#define UMAPLE_REPORT_H

#include <stdbool.h>

#include "common/error_text.h"

#define REPORT_PAGE_LIMIT (3 << 20) /* bytes; a page stays below it */

/**
 * report_main() - `reapbench report`.
 * @argc: count of @argv.
 * @argv: argv[0] is "reapbench report"; options and one or two result files follow.
 *
 * Context: Main thread, once; replaces the handlers of SIGHUP, SIGINT and SIGTERM while it runs.
 * Return: the exit status: 0, 1 for a failure, 2 for wrong usage, 129, 130 or 143 if a signal
 * stopped it (nothing is then written).
 */
int report_main(int argc, char **argv);

/**
 * report_possible() - Could a report be made there?
 * @folder: where it would go.
 * @made: set to whether it was missing.
 * @error: filled on failure.
 *
 * Starts gnuplot once to see whether it is there, and makes the folder if it is missing.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int report_possible(const char *folder, bool *made, struct error_text *error);

/**
 * report_make() - Make the report of one result file, or of two against each other.
 * @paths: the result files; of two, the first is "before".
 * @nr: 1 or 2.
 * @folder: where to; made if it is missing, and left as it was unless all goes well.
 * @error: filled on failure.
 *
 * The page is index.html in @folder. Every chart lies beside it as SVG and PNG, with the CSV
 * and the gnuplot script it is made from.
 *
 * Context: May sleep; starts gnuplot. Once stop_signal (stop.h) is set, it gives up.
 * Return: 0; -EINTR if it was stopped; -errno.
 */
int report_make(const char *const *paths, unsigned int nr, const char *folder,
		struct error_text *error);

#endif
