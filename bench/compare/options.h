/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `reapbench compare` and `reapbench race`. */
#ifndef UMAPLE_COMPARE_OPTIONS_H
#define UMAPLE_COMPARE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "measure/lock_class.h"
#include "race/race.h"
#include "words.h"

#define COMPARE_REPS	      3	 /* the default, in each process */
#define RACE_REPS	      11 /* of `reapbench race` */
#define COMPARE_MAX_REPS      1000
#define COMPARE_PROCESSES     8 /* the default: many, since processes differ more than repetitions */
#define COMPARE_MAX_PROCESSES 100
#define COMPARE_MAX_SCALE     1000000
#define COMPARE_HOLD_REPS     9	 /* solo races with hold times, for r */
#define COMPARE_OVERHEAD_REPS 12 /* pairs of solo races, lock timing off and on */
#define COMPARE_TRACE_REPS    5	 /* traced races of each engine and order, with --trace */
#define COMPARE_QUICK_REPS    3	 /* of each of these with --quick, and processes */

/*
 * How long all races together may wait for a fast CPU, and repeat races on a slow one: what the
 * default run has left of two minutes. With --quick, a quarter of it.
 */
#define COMPARE_PATIENCE_S 30

struct compare_options {
	struct name_list layouts, orders, engines;
	unsigned int processes, reps;	       /* repetitions in each process */
	unsigned int hold_reps, overhead_reps; /* in all processes together */
	unsigned int trace_reps;	       /* used only if tracing is asked for */
	bool trace;
	enum lock_kind lock;
	enum tlb_mode tlb;
	double frames;	   /* mean length of the runs of page frames, or FRAMES_BY_SIZE */
	int cpu[NR_ROLES]; /* -1: not pinned */
	bool one_cpu;	   /* the tasks cannot run at the same time */
	bool force;	   /* race although the CPUs are busy */
	unsigned int scale;
	bool verbose, mail;
	double fail_above; /* 0: not asked for */
	char *report;	   /* folder for a report; NULL for none */
	char *json;	   /* path, "-" for stdout, NULL for none */
	char *command_line;
};

/**
 * compare_patience_ns() - That time.
 * @options: with --quick it is shorter.
 *
 * Context: Any. REAPBENCH_PATIENCE in the environment says another number of seconds.
 * Return: nanoseconds.
 */
uint64_t compare_patience_ns(const struct compare_options *options);

/**
 * compare_options_parse() - Read the command line of `reapbench compare`.
 * @options: filled on success; give it to compare_options_free().
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: Main thread. --help and --usage print and end the program with status 0, as argp does.
 * Return: 0; 2 for wrong usage and 1 for a failure, in both cases after a line on stderr.
 */
int compare_options_parse(struct compare_options *options, int argc, char **argv);

/* The words of a command that compares something else with races. */
struct option_words {
	const char *doc;
	/*
	 * Its words, beside those of every race. With the keys 'r', 'p', 'j', 'q' and 'v' it offers
	 * --reps, --processes, --json, --quick and --verbose, which mean what they mean for compare.
	 */
	const struct argp_option *words;
	unsigned int reps; /* the default of --reps */
	/* As an argp parser; ARGP_ERR_UNKNOWN for words that are not its own. */
	error_t (*parse)(int key, char *arg, struct argp_state *state, void *input);
	/* The orders to race; NULL-terminated. Called after the last word. */
	const char *const *(*orders)(void *input);
	void *input;
};

/**
 * compare_options_parse_own() - Read the command line of a command with words of its own.
 * @options: filled on success; give it to compare_options_free().
 * @own: the words.
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: As compare_options_parse().
 * Return: As compare_options_parse().
 */
int compare_options_parse_own(struct compare_options *options, const struct option_words *own,
			      int argc, char **argv);

/* A command line for `reapbench compare`, in memory of its own. */
struct compare_words {
	char *argv[24]; /* NULL-terminated */
	char text[512];
};

/**
 * compare_options_words() - Write options as a command line that compare_options_parse() reads.
 * @options: options without a trace.
 * @words: filled with what says how to race: without the layouts with their scale, and without
 * what happens to the figures (a file, a report, limits, the kind of text).
 *
 * Context: Any.
 * Return: 0, or -ENAMETOOLONG if there are too many orders or engines.
 */
int compare_options_words(const struct compare_options *options, struct compare_words *words);

/**
 * race_command_options_parse() - Read the command line of `reapbench race`.
 * @options: filled on success, with one layout, order and engine each; give it to
 * compare_options_free().
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: As compare_options_parse().
 * Return: As compare_options_parse().
 */
int race_command_options_parse(struct compare_options *options, int argc, char **argv);

/**
 * compare_options_warn() - Say on stderr what makes these options questionable.
 * @options: the options.
 * @program: what the line begins with.
 *
 * Context: Any.
 */
void compare_options_warn(const struct compare_options *options, const char *program);

/**
 * compare_options_free() - Free what one of these two filled in.
 * @options: the options; zeroed.
 */
void compare_options_free(struct compare_options *options);

#endif
