// SPDX-License-Identifier: GPL-2.0-only
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "common/stop.h"

int scenario_rows_add(struct scenario_rows *rows, const struct scenario *scenario,
		      const char *policy)
{
	struct scenario_row *grown, *row;
	struct thread_outcome *threads;

	grown = fault_should_fail() ? NULL : reallocarray(rows->rows, rows->nr + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	rows->rows = grown;
	row = &grown[rows->nr];
	*row = (struct scenario_row){.scenario = *scenario,
				     .policy = policy,
				     .reaper = scenario_act(scenario, "oom_reaper") >= 0};
	row->outcomes = fault_should_fail() ? NULL : calloc(rows->reps, sizeof(*row->outcomes));
	threads = fault_should_fail()
			  ? NULL
			  : calloc((size_t)rows->reps * rows->threads, sizeof(*threads));
	if (!row->outcomes || !threads) {
		free(row->outcomes);
		free(threads);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < rows->reps; i++)
		row->outcomes[i].threads = threads + (size_t)i * rows->threads;
	rows->nr++;
	return 0;
}

void scenario_rows_free(struct scenario_rows *rows)
{
	for (size_t i = 0; i < rows->nr; i++) {
		free(rows->rows[i].outcomes[0].threads);
		free(rows->rows[i].outcomes);
	}
	free(rows->rows);
	rows->rows = NULL;
	rows->nr = 0;
}

struct playing {
	const struct scenario_rows *rows;
	const struct scenario_row *row;
	struct race_arena *arena;
	struct scenario_outcome *outcome;
};

static const char *why(int err)
{
	switch (err) {
	case -EBUSY:
		return "the victim could not be frozen";
	case -EAGAIN:
		return "a thread could not be started";
	default:
		return strerror(-err);
	}
}

static int play_one(void *arg, char *err, size_t errlen)
{
	struct playing *p = arg;
	const struct scenario_rows *rows = p->rows;
	const struct race_ground ground = {rows->engine, TLB_MODE_DEFAULT, FRAMES_AUTO};
	const struct scenario_run run = {
		.scenario = &p->row->scenario,
		.threads = rows->threads,
		.policy = p->row->policy,
		.wait_ms = rows->wait_ms,
		.cpu = {rows->cpu[0], rows->cpu[1]},
		.lock = rows->lock,
	};
	struct race_victim victim;
	char left[128];
	int ret = race_victim_build(&victim, p->arena, rows->layout, &ground, err, errlen), lost;

	if (ret)
		return ret;
	ret = victim.engine->play(victim.victim, &run, p->outcome);
	if (ret)
		snprintf(err, errlen, "scenario %s: %s", p->row->scenario.name, why(ret));
	lost = race_victim_bury(&victim, NULL, left, sizeof(left));
	if (lost && !ret)
		snprintf(err, errlen, "%s", left);
	return ret ?: lost;
}

int scenario_rows_play(struct scenario_rows *rows,
		       void (*progress)(const struct scenario_rows *rows, unsigned int rep,
					const struct scenario_row *row, void *user),
		       void *user, struct error_text *error)
{
	char err[256] = "";
	struct race_arena *arena =
		rows->machine ? race_arena_create_within(rows->layout, false, rows->machine, err,
							 sizeof(err))
			      : race_arena_create(rows->layout, false, err, sizeof(err));
	int ret = 0;

	if (!arena)
		return error_text_set(error, -ENOMEM, "%s", err);
	for (unsigned int rep = 0; !ret && rep < rows->reps; rep++) {
		for (size_t i = 0; !ret && !stop_signal && i < rows->nr; i++) {
			struct scenario_row *row = &rows->rows[i];
			struct playing p = {rows, row, arena, &row->outcomes[rep]};

			if (progress)
				progress(rows, rep, row, user);
			ret = race_registered(rows->lock, play_one, &p, err, sizeof(err));
			row->reps += !ret;
		}
	}
	race_arena_destroy(arena);
	return ret ? error_text_set(error, ret, "%s", err) : 0;
}

bool scenario_time(const struct scenario_row *row,
		   int64_t (*time)(const struct scenario_outcome *outcome, int arg), int arg,
		   struct interval *interval)
{
	double *values = calloc(row->reps + 1, sizeof(*values));
	size_t nr = 0;
	bool known;

	for (unsigned int i = 0; values && i < row->reps; i++) {
		const int64_t ns = time(&row->outcomes[i], arg);

		if (ns != NEVER_NS)
			values[nr++] = (double)ns;
	}
	known = 2 * nr > row->reps && !stats_interval(values, nr, interval);
	free(values);
	return known;
}

int64_t scenario_last_exit(const struct scenario_outcome *outcome, int arg)
{
	return outcome->last_exit_ns;
}

int64_t scenario_free(const struct scenario_outcome *outcome, int arg)
{
	return outcome->free_ns[arg];
}

int64_t scenario_act_end(const struct scenario_outcome *outcome, int arg)
{
	return outcome->act[arg].end_ns;
}

unsigned int scenario_exits(const struct scenario_row *row)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < row->reps; i++)
		nr += row->outcomes[i].exited;
	return nr;
}

unsigned int scenario_returned(const struct scenario_row *row, int act, int ret)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < row->reps; i++)
		nr += row->outcomes[i].act[act].ret == ret;
	return nr;
}

unsigned int scenario_stuck(const struct scenario_row *row)
{
	unsigned int most = 0;

	for (unsigned int i = 0; i < row->reps; i++)
		if (row->outcomes[i].stuck > most)
			most = row->outcomes[i].stuck;
	return most;
}
