/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All engines side by side, for people: every case of tree_case.h in turns, and tables of each
 * kernel's time over ours.
 *
 * A round measures each operation, flag set and size once on all engines, one right after the
 * other; the one that goes first changes. A ratio is the ratio of the medians over all rounds. Its
 * interval comes from drawing whole rounds.
 */
#ifndef UMAPLE_TREE_TABLE_H
#define UMAPLE_TREE_TABLE_H

/**
 * tree_table_run() - Measure, and print the table.
 * @minutes: about how long; not less than 0. There are at least 11 rounds, however short.
 * @filter: of the names in tree_case.h, as --benchmark_filter; NULL: all.
 * @json: where Google Benchmark's JSON of the same measurements goes, or NULL.
 *
 * Errors are reported on stderr.
 *
 * Context: A thread registered with RCU. Uses and clears the registered benchmarks.
 * Return: The program's exit status: 0, 1, or 2 if @filter is no regular expression.
 */
int tree_table_run(double minutes, const char *filter, const char *json);

#endif
