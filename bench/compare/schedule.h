/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All races over one layout: the plan, and the result of each race.
 *
 * They run in several processes, one after the other. In each process a warm-up round comes first.
 * Each repetition is then a round over all engines and orders (rep 0: A B C D, rep 1: A B C D, ...).
 * Last come this process's share of the races that measure r and the cost of the instruments:
 * process p of n has every n-th of them, from p on. Traced rounds are not part of the figures; if
 * they are asked for, the first process runs them all, between the two.
 */
#ifndef UMAPLE_COMPARE_SCHEDULE_H
#define UMAPLE_COMPARE_SCHEDULE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/speed.h"
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
	unsigned int slowed;   /* races on a slow CPU that were not kept */
};

/* The repetitions of one engine and order. */
struct config {
	const char *engine, *order;
	struct sample *samples; /* options->processes times options->reps, process by process */
	unsigned int reps;	/* of all processes */
	struct sample *traced;	/* options->trace_reps; not part of the figures */
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
struct experiment;

/* Where an experiment tells what happens. Races are counted from 0, over all processes. */
struct experiment_events {
	/* Before each race. May be NULL. */
	void (*begins)(const struct experiment *experiment, size_t race, void *user);
	/* After each race whose sample is kept. May be NULL. Return: 0, or -errno to end the run. */
	int (*done)(const struct experiment *experiment, size_t race, void *user);
	void *user;
};

struct experiment {
	const struct compare_options *options;
	const struct layout *layout;
	struct race_arena *arena; /* set while the experiment runs */
	struct trace_file *trace; /* where traced races go; set it before the experiment runs */
	struct config *configs;	  /* engine by engine, orders as they were given */
	size_t nr_configs;
	struct calibration_samples *calibrations;
	size_t nr_calibrations;
	struct job *jobs; /* in the order in which they run, process by process */
	size_t nr_jobs;
	const volatile sig_atomic_t *stop;
	unsigned int disturbed; /* disturbed races in a row up to now, repeats included */
	/*
	 * The CPUs, and how long this may wait and repeat races because another thread of a core made
	 * one slow. Without patience unless the caller lends some; the best times are kept.
	 */
	struct speed speed;
	char message[256];
};

/**
 * experiment_races() - How many races a process has.
 * @options: as for experiment_create().
 * @process: from 0 to options->processes - 1.
 *
 * Context: Any.
 * Return: The number, races that will be repeated counted once.
 */
size_t experiment_races(const struct compare_options *options, unsigned int process);

/**
 * experiment_first_race() - The number of a process's first race.
 * @experiment: the experiment.
 * @process: which process.
 *
 * Context: Any.
 * Return: The number, counted from 0 over all processes.
 */
size_t experiment_first_race(const struct experiment *experiment, unsigned int process);

/**
 * experiment_race_name() - What a race is called, for a person.
 * @experiment: the experiment.
 * @race: which.
 *
 * Context: Any.
 * Return: "android/maple/forward/process:0/rep:3"; without the process if there is one alone.
 */
const char *experiment_race_name(const struct experiment *experiment, size_t race);

/**
 * experiment_sample() - Where the result of a race is kept.
 * @experiment: the experiment.
 * @race: which.
 *
 * Context: Any.
 * Return: The sample; NULL for a warm-up, whose result is not kept, and for a race there is not.
 */
struct sample *experiment_sample(const struct experiment *experiment, size_t race);

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
 * experiment_run() - Run the races of one process.
 * @experiment: from experiment_create(); run each of its processes once.
 * @process: which, from 0 to options->processes - 1.
 * @arena: the machine, made for this layout, with room for traces if they are asked for.
 * @events: called as the races go by; may be NULL.
 *
 * Context: One at a time in a process.
 * Return: 0; -EBUSY, with the message set, after EXPERIMENT_MAX_DISTURBED disturbed races in a row,
 * unless options->force is set or a role is not pinned; -EINTR if it was stopped: the samples that
 * are done are good; what race_run() returned with experiment->message set, for the first race that
 * failed; what @events returned, and then there is no message.
 */
int experiment_run(struct experiment *experiment, unsigned int process, struct race_arena *arena,
		   const struct experiment_events *events);

/**
 * experiment_destroy() - Free an experiment with its samples.
 * @experiment: the experiment, or NULL.
 *
 * Context: It is not running.
 */
void experiment_destroy(struct experiment *experiment);

#endif
