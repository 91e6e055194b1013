/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All races over one layout: the plan, and the result of each race.
 *
 * A warm-up round comes first. Each repetition is then a round over all engines and orders (rep 0:
 * A B C D, rep 1: A B C D, ...). Rounds of traced races follow if they are asked for, and last the
 * races that measure r and the cost of the instruments.
 */
#ifndef UMAPLE_COMPARE_SCHEDULE_H
#define UMAPLE_COMPARE_SCHEDULE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "options.h"
#include "race/race.h"
#include "race/trace_file.h"

/* How often one repetition is tried again because a task lost its CPU. */
#define EXPERIMENT_MAX_REPEATS 10

/* After this many disturbed races in a row the CPUs count as busy, and the experiment fails. */
#define EXPERIMENT_MAX_DISTURBED 60

/* One repetition. */
struct sample {
	struct race_result result; /* the least disturbed race if all repeats were disturbed */
	bool done;
	unsigned int repeated; /* disturbed races that were not kept */
};

/* The repetitions of one engine and order. */
struct config {
	const char *engine, *order;
	struct sample *samples; /* options->reps */
	unsigned int reps;
	struct sample *traced; /* options->trace_reps; not part of the figures */
};

/* Races that differ in the timing alone, one next to the other. */
struct pairs {
	struct sample *without, *with;
};

/* The calibration of an engine, from solo races. */
struct calibration_samples {
	const char *engine;
	struct sample *hold;  /* options->hold_reps, with hold times: r */
	struct pairs timing;  /* options->overhead_reps, without and with lock timing */
	struct pairs tracing; /* as many if asked for, with lock timing alone and traced */
};

struct job;

/* Called before each race with the number of races done and the name of this one. */
typedef void (*experiment_progress_fn)(size_t done, const char *name, void *user);

struct experiment {
	const struct compare_options *options;
	const struct layout *layout;
	struct race_arena *arena; /* set while the experiment runs */
	struct trace_file *trace; /* where traced races go; set it before the experiment runs */
	struct config *configs;	  /* engine by engine, orders as they were given */
	size_t nr_configs;
	struct calibration_samples *calibrations;
	size_t nr_calibrations;
	struct job *jobs; /* in the order in which they run */
	size_t nr_jobs;
	const volatile sig_atomic_t *stop;
	unsigned int disturbed; /* disturbed races in a row up to now, repeats included */
	char message[256];
};

/**
 * experiment_races() - How many races an experiment has.
 * @options: as for experiment_create().
 *
 * Context: Any.
 * Return: The number, races that will be repeated counted once.
 */
size_t experiment_races(const struct compare_options *options);

/**
 * experiment_create() - Plan the races over a layout.
 * @options: engines, orders and repetitions; must live as long as the experiment.
 * @layout: the address space; must live as long as the experiment.
 * @stop: once it is not 0, no further race is started; may be NULL.
 *
 * Context: Any.
 * Return: The experiment, or NULL if memory ran out.
 */
struct experiment *experiment_create(const struct compare_options *options,
				     const struct layout *layout,
				     const volatile sig_atomic_t *stop);

/**
 * experiment_run() - Run all its races.
 * @experiment: from experiment_create(); run it once.
 * @arena: the machine, made for this layout, with room for traces if they are asked for.
 * @progress: called before each race; may be NULL.
 * @user: handed to it.
 *
 * Context: One at a time in a process.
 * Return: 0; -EBUSY, with the message set, after EXPERIMENT_MAX_DISTURBED disturbed races in a row,
 * unless options->force is set or a role is not pinned; -EINTR if it was stopped: the samples that
 * are done are good; what race_run() returned with experiment->message set, for the first race that
 * failed.
 */
int experiment_run(struct experiment *experiment, struct race_arena *arena,
		   experiment_progress_fn progress, void *user);

/**
 * experiment_destroy() - Free an experiment with its samples.
 * @experiment: the experiment, or NULL.
 *
 * Context: It is not running.
 */
void experiment_destroy(struct experiment *experiment);

#endif
