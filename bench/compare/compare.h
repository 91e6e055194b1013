/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UMAPLE_COMPARE_H
#define UMAPLE_COMPARE_H

/**
 * compare_main() - `reapbench compare`.
 * @argc: count of @argv.
 * @argv: argv[0] is "reapbench compare"; options follow.
 *
 * Context: Main thread, once; replaces the handlers of SIGINT and SIGTERM while it runs.
 * Return: the exit status: 0, 1 for a failure, 2 for wrong usage, 130 or 143 if a signal
 * stopped it (what was finished has then been reported).
 */
int compare_main(int argc, char **argv);

#endif
