/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of the commands that play scenarios. */
#ifndef UMAPLE_SCENARIO_OPTIONS_H
#define UMAPLE_SCENARIO_OPTIONS_H

#include "compare/words.h"

#define SCENARIO_REPS	    5 /* the default */
#define SCENARIO_REPS_MAX   10000
#define SCENARIO_DELAY_MAX  600000  /* ms */
#define SCENARIO_AFTER_MAX  1000000 /* us */
#define SCENARIO_AFTERS_MAX 32

#define PRESSURE_POOL_MAX    65536 /* MiB */
#define PRESSURE_SECONDS_MAX 1000000

/* Bits that say which options a command has; all have --order, --engine and --json. */
enum {
	WORD_POLICY = 1,  /* --policy */
	WORD_FREEZER = 2, /* --freezer */
	WORD_DELAY = 4,	  /* --delay, of the oom_reaper */
	WORD_AFTER = 8,	  /* --mrelease-after */
	WORD_NAME = 16,	  /* a scenario's name comes last */
	WORD_LIVE = 32,	  /* --live and --no-live: the running kernel beside the model */
	WORD_VICTIM = 64, /* one victim: --layout, --threads, --reps, --report and so on */
	WORD_POOL = 128,  /* many processes: --pool, --processes, --background, --seconds */
};

struct scenario_options {
	char *layout;
	unsigned int scale;
	struct name_list policies, engines;
	char *order;
	bool suspend; /* --freezer suspend */
	bool delay_given;
	unsigned int delay_ms; /* of the oom_reaper */
	unsigned int after_us[SCENARIO_AFTERS_MAX], nr_afters;
	unsigned int threads, reps;
	unsigned int pool_mib, processes, background, seconds;
	int cpu[NR_ROLES];
	bool one_cpu, live, no_live;
	char *name;
	char *json, *report;
	char *command_line;
};

/* What a command is like. */
struct scenario_words {
	const char *doc;
	unsigned int words;   /* WORD_* */
	const char *layout;   /* the default */
	const char *policies; /* the default, with commas */
	unsigned int threads; /* the default */
	unsigned int reps;    /* the default */
};

/**
 * scenario_options_parse() - Read the command line.
 * @options: filled on success; give it to scenario_options_free().
 * @words: what the command is like.
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: Main thread. --help and --usage print and end the program with status 0, as argp does.
 * Return: 0; 1 after a failure, with a line on stderr. Wrong usage ends the program with status 2.
 */
int scenario_options_parse(struct scenario_options *options, const struct scenario_words *words,
			   int argc, char **argv);

/* Free what it filled in. */
void scenario_options_free(struct scenario_options *options);

#endif
