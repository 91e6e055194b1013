/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenarios played again and again, in turns: a row is one scenario with one policy, and has an
 * outcome for each repetition.
 */
#ifndef UMAPLE_SCENARIO_ROWS_H
#define UMAPLE_SCENARIO_ROWS_H

#include "common/error_text.h"
#include "common/host.h"
#include "common/stats.h"
#include "layout/layout.h"
#include "race/race_victim.h"
#include "scenarios.h"

struct scenario_row {
	struct scenario scenario;
	const char *policy;
	bool reaper; /* an oom_reaper is among the actors */
	struct scenario_outcome *outcomes;
	unsigned int reps; /* that are done */
};

struct scenario_rows {
	const struct layout *layout;
	const char *engine;
	unsigned int threads, reps;
	unsigned int wait_ms; /* who is frozen so long after the last act will not leave */
	int cpu[2];
	enum lock_kind lock;
	uint64_t machine; /* page frames, for race_arena_create_within(); 0: like this machine's */
	struct scenario_row *rows;
	size_t nr;
};

/**
 * scenario_rows_add() - Add a row.
 * @rows: threads and reps are set, and do not change any more.
 * @scenario: copied.
 * @policy: a thaw policy's name, which must live as long as the rows.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int scenario_rows_add(struct scenario_rows *rows, const struct scenario *scenario,
		      const char *policy);

/**
 * scenario_rows_play() - Play every row as often as there are repetitions, in turns.
 * @rows: the rows.
 * @progress: called before each play; may be NULL.
 * @user: for @progress.
 * @error: filled on failure.
 *
 * Ends early if a signal comes (stop.h); what is done is in the rows.
 *
 * Context: May sleep. The caller is not registered for RCU.
 * Return: 0; -errno.
 */
int scenario_rows_play(struct scenario_rows *rows,
		       void (*progress)(const struct scenario_rows *rows, unsigned int rep,
					const struct scenario_row *row, void *user),
		       void *user, struct error_text *error);

/* Free what scenario_rows_add() made. */
void scenario_rows_free(struct scenario_rows *rows);

/**
 * scenario_time() - The median of a time of a row's outcomes.
 * @row: the row.
 * @time: reads it from an outcome.
 * @arg: for @time.
 * @interval: filled if it is known.
 *
 * Context: Any.
 * Return: true; false if it never happened in half of the repetitions or more, or memory ran out.
 */
bool scenario_time(const struct scenario_row *row,
		   int64_t (*time)(const struct scenario_outcome *outcome, int arg), int arg,
		   struct interval *interval);

/* Readers for scenario_time(): @arg is not used, FREE_50 and so on, the number of an act. */
int64_t scenario_last_exit(const struct scenario_outcome *outcome, int arg);
int64_t scenario_free(const struct scenario_outcome *outcome, int arg);
int64_t scenario_act_end(const struct scenario_outcome *outcome, int arg);

/* The most threads that were frozen still at the end of a repetition. */
unsigned int scenario_stuck(const struct scenario_row *row);

/* In how many repetitions did the victim exit; did an act return @ret? */
unsigned int scenario_exits(const struct scenario_row *row);
unsigned int scenario_returned(const struct scenario_row *row, int act, int ret);

#endif
