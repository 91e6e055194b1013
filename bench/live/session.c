// SPDX-License-Identifier: GPL-2.0-only
#include "session.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "common/stop.h"

static int fail(struct live_session *s, int err, const char *what)
{
	return error_text_set(&s->error, err, "%s: %s", s->layout->name, what);
}

static bool wanted(enum live_kill kind, bool forward)
{
	return kind != KILL_FORWARD || forward;
}

size_t live_session_kills(const struct compare_options *options, bool forward)
{
	return (size_t)(options->reps + 1) * (forward ? 3 : 2);
}

struct live_session *live_session_create(const struct layout *layout,
					 const struct compare_options *options, bool forward,
					 struct live_probe *probe, struct error_text *error)
{
	struct live_session *s = calloc(1, sizeof(*s));

	if (!s) {
		error_text_set(error, -ENOMEM, "%s: out of memory", layout->name);
		return NULL;
	}
	s->layout = layout;
	s->options = options;
	s->probe = probe;
	s->speed.cpu[0] = options->cpu[ROLE_EXIT];
	s->speed.cpu[1] = options->cpu[ROLE_REAPER];
	for (int kind = 0; kind < NR_LIVE_KILLS; kind++) {
		if (!wanted((enum live_kill)kind, forward))
			continue;
		s->samples[kind] = calloc(options->reps, sizeof(struct live_sample));
		if (!s->samples[kind]) {
			error_text_set(error, -ENOMEM, "%s: out of memory", layout->name);
			live_session_destroy(s);
			return NULL;
		}
		/* The two kinds of kills of the layout as it is share its plan. */
		if (kind == KILL_MRELEASE)
			s->plan[kind] = s->plan[KILL_SOLO];
		else
			s->plan[kind] = live_plan_create(
				layout, kind == KILL_FORWARD ? PLAN_SPANNING : PLAN_AS_IS, error);
		if (!s->plan[kind]) {
			live_session_destroy(s);
			return NULL;
		}
	}
	return s;
}

void live_session_destroy(struct live_session *s)
{
	if (!s)
		return;
	live_plan_free(s->plan[KILL_SOLO]);
	live_plan_free(s->plan[KILL_FORWARD]);
	for (int kind = 0; kind < NR_LIVE_KILLS; kind++)
		free(s->samples[kind]);
	free(s);
}

static void keep_most(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

/* Compare a victim with its plan. */
static int check_victim(struct live_session *s, const struct victim_process *victim,
			const struct live_plan *plan)
{
	struct victim_census census;
	struct error_text why;
	int err = victim_count(victim, plan, &census, &why);

	if (err)
		return fail(s, err, why.text);
	keep_most(&s->vmas_off, plan->block->nr_maps - census.vmas);
	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		keep_most(&s->pages_off[kind], census.pages[kind] > plan->pages[kind]
						       ? census.pages[kind] - plan->pages[kind]
						       : plan->pages[kind] - census.pages[kind]);
	keep_most(&s->own_vmas, census.own_vmas);
	keep_most(&s->own_pages, census.own_pages);
	return 0;
}

/* Build a victim and kill it. */
static int kill_once(struct live_session *s, enum live_kill kind, bool count,
		     struct kill_sample *sample)
{
	uint64_t before[SPEED_CPUS];
	struct victim_process victim;
	struct error_text why = {""};
	int err = victim_start(&victim, s->plan[kind], s->options->cpu[ROLE_EXIT], &why);

	if (err == -EINTR)
		return err;
	if (err)
		return fail(s, err, why.text);
	if (count)
		err = check_victim(s, &victim, s->plan[kind]);
	if (err) {
		victim_end(&victim);
		return err;
	}
	/* The victim sleeps. */
	speed_wait(&s->speed, before);
	err = kill_victim(&victim, kind != KILL_SOLO, s->probe, sample, &why);
	if (err)
		return fail(s, err, why.text);
	speed_look(&s->speed, sample->speed_ns);
	for (int i = 0; i < SPEED_CPUS; i++)
		if (before[i] > sample->speed_ns[i])
			sample->speed_ns[i] = before[i];
	return 0;
}

static bool was_slow(const struct live_session *s, const struct kill_sample *sample)
{
	return speed_is_slow(sample->speed_ns, s->speed.best_ns);
}

/* A task that lost its CPU is worse than a slow CPU; if all are disturbed, the quickest is kept. */
static bool is_better(const struct live_session *s, const struct kill_sample *a,
		      const struct kill_sample *b)
{
	if (a->disturbed || b->disturbed)
		return !a->disturbed || (b->disturbed && a->wall_ns < b->wall_ns);
	return !was_slow(s, a) || was_slow(s, b);
}

/* Count a kill that another one replaces, and what it took if that was for the speed. */
static void count_repeat(struct live_session *s, struct live_sample *best, uint64_t took)
{
	if (best->kill.disturbed) {
		best->repeated++;
		return;
	}
	best->slowed++;
	s->speed.patience_ns -= took < s->speed.patience_ns ? took : s->speed.patience_ns;
}

/*
 * Kill until no task lost its CPU, no CPU was slow and the reaper was in time, or the limit of
 * repeats or the patience is reached.
 */
static int kill_well(struct live_session *s, enum live_kill kind, struct live_sample *best)
{
	struct kill_sample sample;
	uint64_t start;
	int err;

	for (unsigned int i = 0; i <= SESSION_MAX_REPEATS; i++) {
		if (stop_signal)
			return -EINTR;
		start = clock_monotonic_ns();
		err = kill_once(s, kind, true, &sample);
		if (err)
			return err;
		if (sample.missed) {
			best->missed++;
			continue;
		}
		if (best->done)
			count_repeat(s, best, clock_monotonic_ns() - start);
		if (!best->done || is_better(s, &sample, &best->kill))
			best->kill = sample;
		best->done = true;
		if (!best->kill.disturbed && !(was_slow(s, &best->kill) && s->speed.patience_ns))
			break;
	}
	return 0;
}

static int run_rounds(struct live_session *s, session_progress_fn progress, void *user)
{
	struct kill_sample unused;
	char name[300];
	size_t done = 0;
	int err = 0;

	/* Round 0 is the warm-up. */
	for (unsigned int round = 0; !err && round <= s->options->reps; round++) {
		for (int kind = 0; !err && kind < NR_LIVE_KILLS; kind++) {
			if (!s->samples[kind])
				continue;
			if (stop_signal)
				return -EINTR;
			snprintf(name, sizeof(name), "%.200s/kernel/%s/%u", s->layout->name,
				 live_kill_name((enum live_kill)kind), round);
			if (progress)
				progress(done++, name, user);
			if (!round)
				err = kill_once(s, (enum live_kill)kind, false, &unused);
			else
				err = kill_well(s, (enum live_kill)kind,
						&s->samples[kind][round - 1]);
		}
	}
	return err;
}

int live_session_run(struct live_session *s, session_progress_fn progress, void *user)
{
	cpu_set_t before, one;
	int err;

	if (sched_getaffinity(0, sizeof(before), &before))
		return fail(s, -errno, "sched_getaffinity failed");
	CPU_ZERO(&one);
	CPU_SET(s->options->cpu[ROLE_REAPER], &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return fail(s, -errno, "the reaper cannot be pinned");
	err = run_rounds(s, progress, user);
	sched_setaffinity(0, sizeof(before), &before);
	return err;
}
