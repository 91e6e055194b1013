/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `reapbench live`. */
#ifndef UMAPLE_LIVE_OPTIONS_H
#define UMAPLE_LIVE_OPTIONS_H

#include "compare/options.h"

struct live_options {
	struct compare_options compare; /* layouts, CPUs, repetitions, files, and the model's */
	bool zram, forward;
	bool no_probe, no_model;
	char *report;	   /* folder for a page; NULL for none */
	const char *order; /* of the model, beside process_mrelease() */
	const char *orders[4];
};

/**
 * live_options_parse() - Read the command line.
 * @options: filled on success; give it to live_options_free().
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: As compare_options_parse().
 * Return: As compare_options_parse().
 */
int live_options_parse(struct live_options *options, int argc, char **argv);

/**
 * live_options_free() - Free what live_options_parse() filled in.
 * @options: the options; zeroed.
 *
 * Context: Any.
 */
void live_options_free(struct live_options *options);

#endif
