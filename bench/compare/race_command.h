/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UMAPLE_RACE_COMMAND_H
#define UMAPLE_RACE_COMMAND_H

/**
 * race_command_main() - `reapbench race`: one race again and again, for a profiler.
 * @argc: count of @argv.
 * @argv: argv[0] is "reapbench race"; options follow.
 *
 * Context: Main thread, once; replaces the handlers of SIGINT and SIGTERM while it runs.
 * Return: the exit status: 0, 1 for a failure, 2 for wrong usage, 130 or 143 if a signal
 * stopped it.
 */
int race_command_main(int argc, char **argv);

#endif
