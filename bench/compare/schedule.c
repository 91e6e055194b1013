// SPDX-License-Identifier: GPL-2.0-only
#include "schedule.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "common/busy.h"

/* One race that is to run. */
struct job {
	struct experiment *experiment;
	const char *engine, *order;
	enum lock_timing timing;
	struct sample *sample; /* NULL for a warm-up: its result is not kept */
	unsigned int process;  /* in which it runs */
	bool traced;	       /* its trace is kept too */
	unsigned int rep;      /* of a traced race: its round */
	char *name;
};

static unsigned int traced_reps(const struct compare_options *o)
{
	return o->trace ? o->trace_reps : 0;
}

/* Orders whose races can be traced. */
static size_t traced_orders(const struct compare_options *o)
{
	size_t nr = 0;

	for (size_t i = 0; i < o->orders.nr; i++)
		nr += race_order_traceable(o->orders.names[i]);
	return nr;
}

static bool stopped(const struct experiment *c)
{
	return c->stop && *c->stop;
}

static int job_add(struct experiment *c, unsigned int process, const char *engine,
		   const char *order, enum lock_timing timing, struct sample *sample,
		   const char *format, ...) __attribute__((format(printf, 7, 8)));

static int job_add(struct experiment *c, unsigned int process, const char *engine,
		   const char *order, enum lock_timing timing, struct sample *sample,
		   const char *format, ...)
{
	struct job *job = &c->jobs[c->nr_jobs];
	char where[32] = "", tail[64];
	va_list args;

	va_start(args, format);
	vsnprintf(tail, sizeof(tail), format, args);
	va_end(args);
	if (c->options->processes > 1)
		snprintf(where, sizeof(where), "process:%u/", process);
	*job = (struct job){.experiment = c,
			    .process = process,
			    .engine = engine,
			    .order = order,
			    .timing = timing,
			    .sample = sample};
	if (asprintf(&job->name, "%s/%s/%s/%s%s", c->layout->name, engine, order, where, tail) <
	    0) {
		job->name = NULL;
		return -ENOMEM;
	}
	c->nr_jobs++;
	return 0;
}

/* The two races of a pair swap places each time, so that neither gains from coming first. */
static int plan_pair(struct experiment *c, unsigned int process, const char *engine,
		     const struct pairs *pairs, enum lock_timing without, enum lock_timing with,
		     unsigned int rep)
{
	static const char *const names[] = {
		[LOCK_TIMING_OFF] = "timing-off",
		[LOCK_TIMING_WAIT] = "timing-on",
		[LOCK_TIMING_TRACE] = "tracing-on",
	};
	unsigned int i;

	for (i = 0; i < 2; i++) {
		bool second = (rep + i) % 2;
		enum lock_timing timing = second ? with : without;

		if (job_add(c, process, engine, "solo", timing,
			    second ? &pairs->with[rep] : &pairs->without[rep], "%s/rep:%u",
			    names[timing], rep))
			return -ENOMEM;
	}
	return 0;
}

/* Rounds over all engines and orders. */
static int plan_rounds(struct experiment *c, unsigned int process, unsigned int reps, bool traced)
{
	unsigned int rep;
	size_t i;

	for (rep = 0; rep < reps; rep++) {
		for (i = 0; i < c->nr_configs; i++) {
			struct config *config = &c->configs[i];
			struct sample *sample = traced ? &config->traced[rep]
						       : &config->samples[process * reps + rep];

			if (traced && !race_order_traceable(config->order))
				continue;
			if (job_add(c, process, config->engine, config->order,
				    traced ? LOCK_TIMING_TRACE : LOCK_TIMING_WAIT, sample, "%s:%u",
				    traced ? "traced" : "rep", rep))
				return -ENOMEM;
			c->jobs[c->nr_jobs - 1].traced = traced;
			c->jobs[c->nr_jobs - 1].rep = rep;
		}
	}
	return 0;
}

static int plan_calibration(struct experiment *c, unsigned int process)
{
	const struct compare_options *o = c->options;
	unsigned int rep;
	size_t i;

	for (rep = process; rep < o->hold_reps; rep += o->processes)
		for (i = 0; i < c->nr_calibrations; i++)
			if (job_add(c, process, c->calibrations[i].engine, "solo", LOCK_TIMING_HOLD,
				    &c->calibrations[i].hold[rep], "hold/rep:%u", rep))
				return -ENOMEM;
	for (rep = process; rep < o->overhead_reps; rep += o->processes)
		for (i = 0; i < c->nr_calibrations; i++)
			if (plan_pair(c, process, c->calibrations[i].engine,
				      &c->calibrations[i].timing, LOCK_TIMING_OFF, LOCK_TIMING_WAIT,
				      rep))
				return -ENOMEM;
	for (rep = process; o->trace && rep < o->overhead_reps; rep += o->processes)
		for (i = 0; i < c->nr_calibrations; i++)
			if (plan_pair(c, process, c->calibrations[i].engine,
				      &c->calibrations[i].tracing, LOCK_TIMING_WAIT,
				      LOCK_TIMING_TRACE, rep))
				return -ENOMEM;
	return 0;
}

static int plan(struct experiment *c)
{
	const struct compare_options *o = c->options;
	unsigned int process;
	size_t i;

	for (process = 0; process < o->processes; process++) {
		for (i = 0; i < c->nr_configs; i++)
			if (job_add(c, process, c->configs[i].engine, c->configs[i].order,
				    LOCK_TIMING_WAIT, NULL, "warm-up"))
				return -ENOMEM;
		if (plan_rounds(c, process, o->reps, false) ||
		    plan_rounds(c, process, process ? 0 : traced_reps(o), true) ||
		    plan_calibration(c, process))
			return -ENOMEM;
	}
	return 0;
}

/* Allocate the samples that the jobs fill in. On failure, the experiment owns what there is. */
static int make_samples(struct experiment *c)
{
	const struct compare_options *o = c->options;
	size_t i;

	for (i = 0; i < c->nr_configs; i++) {
		struct config *config = &c->configs[i];

		config->engine = o->engines.names[i / o->orders.nr];
		config->order = o->orders.names[i % o->orders.nr];
		config->reps = o->processes * o->reps;
		config->samples = calloc(config->reps, sizeof(struct sample));
		config->traced = calloc(o->trace_reps, sizeof(struct sample));
		if (!config->samples || !config->traced)
			return -ENOMEM;
	}
	for (i = 0; i < c->nr_calibrations; i++) {
		struct calibration_samples *calibration = &c->calibrations[i];

		calibration->engine = o->engines.names[i];
		calibration->hold = calloc(o->hold_reps, sizeof(struct sample));
		calibration->timing.without = calloc(o->overhead_reps, sizeof(struct sample));
		calibration->timing.with = calloc(o->overhead_reps, sizeof(struct sample));
		calibration->tracing.without = calloc(o->overhead_reps, sizeof(struct sample));
		calibration->tracing.with = calloc(o->overhead_reps, sizeof(struct sample));
		if (!calibration->hold || !calibration->timing.without ||
		    !calibration->timing.with || !calibration->tracing.without ||
		    !calibration->tracing.with)
			return -ENOMEM;
	}
	return 0;
}

/* How many of @nr races, dealt out in turns, a process gets. */
static size_t share_of(const struct compare_options *o, unsigned int process, size_t nr)
{
	return nr > process ? (nr - process - 1) / o->processes + 1 : 0;
}

size_t experiment_races(const struct compare_options *o, unsigned int process)
{
	size_t rounds =
		o->orders.nr * (1 + o->reps) + (process ? 0 : traced_orders(o) * traced_reps(o));
	size_t solo = share_of(o, process, o->hold_reps) +
		      (o->trace ? 4 : 2) * share_of(o, process, o->overhead_reps);

	return o->engines.nr * (rounds + solo);
}

/* Of the processes before @end. */
static size_t races_before(const struct compare_options *o, unsigned int end)
{
	size_t races = 0;

	for (unsigned int process = 0; process < end; process++)
		races += experiment_races(o, process);
	return races;
}

size_t experiment_first_race(const struct experiment *c, unsigned int process)
{
	return races_before(c->options, process);
}

const char *experiment_race_name(const struct experiment *c, size_t race)
{
	return c->jobs[race].name;
}

struct sample *experiment_sample(const struct experiment *c, size_t race)
{
	return race < c->nr_jobs ? c->jobs[race].sample : NULL;
}

struct experiment *experiment_create(const struct compare_options *options,
				     const struct layout *layout, const volatile sig_atomic_t *stop)
{
	struct experiment *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->options = options;
	c->layout = layout;
	c->stop = stop;
	c->speed.cpu[0] = options->cpu[ROLE_EXIT];
	c->speed.cpu[1] = options->cpu[ROLE_REAPER];
	c->nr_configs = options->engines.nr * options->orders.nr;
	c->nr_calibrations = options->engines.nr;
	c->configs = calloc(c->nr_configs, sizeof(*c->configs));
	c->calibrations = calloc(c->nr_calibrations, sizeof(*c->calibrations));
	c->jobs = calloc(races_before(options, options->processes), sizeof(*c->jobs));
	if (!c->configs || !c->calibrations || !c->jobs || make_samples(c) || plan(c)) {
		experiment_destroy(c);
		return NULL;
	}
	return c;
}

void experiment_destroy(struct experiment *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; c->configs && i < c->nr_configs; i++) {
		free(c->configs[i].samples);
		free(c->configs[i].traced);
	}
	for (i = 0; c->calibrations && i < c->nr_calibrations; i++) {
		free(c->calibrations[i].hold);
		free(c->calibrations[i].timing.without);
		free(c->calibrations[i].timing.with);
		free(c->calibrations[i].tracing.without);
		free(c->calibrations[i].tracing.with);
	}
	for (i = 0; i < c->nr_jobs; i++)
		free(c->jobs[i].name);
	free(c->configs);
	free(c->calibrations);
	free(c->jobs);
	free(c);
}

static bool was_slow(const struct experiment *c, const struct race_result *result)
{
	return speed_is_slow(result->speed_ns, c->speed.best_ns);
}

static bool less_disturbed(const struct race_result *a, const struct race_result *b)
{
	uint64_t lost_a = a->role[ROLE_EXIT].involuntary + a->role[ROLE_REAPER].involuntary;
	uint64_t lost_b = b->role[ROLE_EXIT].involuntary + b->role[ROLE_REAPER].involuntary;

	return lost_a != lost_b ? lost_a < lost_b : a->wall_ns < b->wall_ns;
}

/* The CPUs became busy after the first probe, or the probe missed it. */
static int check_disturbed(const struct job *job, const struct race_result *result)
{
	struct experiment *c = job->experiment;
	const int *cpu = c->options->cpu;

	c->disturbed = result->disturbed ? c->disturbed + 1 : 0;
	if (c->disturbed < EXPERIMENT_MAX_DISTURBED || c->options->force || cpu[ROLE_EXIT] < 0 ||
	    cpu[ROLE_REAPER] < 0)
		return 0;
	snprintf(
		c->message, sizeof(c->message),
		"%.80s: in %u races in a row a task lost its CPU: CPU %d or %d is busy; " BUSY_ADVICE,
		job->name, c->disturbed, cpu[ROLE_EXIT], cpu[ROLE_REAPER]);
	return -EBUSY;
}

static int race_once(const struct job *job, struct race_result *result)
{
	struct experiment *c = job->experiment;
	const struct race_options options = {
		.engine = job->engine,
		.order = job->order,
		.lock = c->options->lock,
		.timing = job->timing,
		.tlb = c->options->tlb,
		.frames = c->options->frames,
		.cpu = {c->options->cpu[ROLE_EXIT], c->options->cpu[ROLE_REAPER]},
		.speed = &c->speed,
	};
	char text[160] = "";
	int err;

	memset(result, 0, sizeof(*result));
	err = race_run(c->arena, c->layout, &options, result, text, sizeof(text));
	if (err)
		snprintf(c->message, sizeof(c->message), "%.80s: %s", job->name,
			 text[0] ? text : strerror(-err));
	return err ? err : check_disturbed(job, result);
}

/* Offer the trace of the last race; it is kept unless a better race follows. */
static void offer_trace(const struct job *job, const struct race_result *result)
{
	struct experiment *c = job->experiment;

	if (job->traced && c->trace)
		trace_file_offer(c->trace, &(struct traced_race){
						   .layout = c->layout->name,
						   .engine = job->engine,
						   .order = job->order,
						   .rep = job->rep,
						   .result = result,
						   .trace = race_arena_trace(c->arena),
					   });
}

/* Is a race worth more than the one that is kept? A task that lost its CPU is worse than a slow CPU. */
static bool is_better(const struct experiment *c, const struct race_result *a,
		      const struct race_result *b)
{
	if (a->disturbed || b->disturbed)
		return !a->disturbed || (b->disturbed && less_disturbed(a, b));
	return !was_slow(c, a) || was_slow(c, b);
}

/* Race again, count what the repeat is for, and keep the better race. */
static int repeat_race(const struct job *job, struct race_result *best)
{
	struct experiment *c = job->experiment;
	const bool for_speed = !best->disturbed;
	const uint64_t start = clock_monotonic_ns();
	struct race_result result;
	uint64_t took;
	int err = race_once(job, &result);

	if (for_speed)
		job->sample->slowed++;
	else
		job->sample->repeated++;
	if (!err && is_better(c, &result, best)) {
		*best = result;
		offer_trace(job, best);
	}
	took = clock_monotonic_ns() - start;
	if (for_speed)
		c->speed.patience_ns -= took < c->speed.patience_ns ? took : c->speed.patience_ns;
	return err;
}

/*
 * Repeat the race until no task lost its CPU and no CPU was slow, or the limit of repeats or the
 * patience is reached.
 */
static int race_undisturbed(const struct job *job, struct race_result *best)
{
	struct experiment *c = job->experiment;
	unsigned int repeats;
	int err;

	err = race_once(job, best);
	if (err || !job->sample)
		return err;
	offer_trace(job, best);
	for (repeats = 0; !err && repeats < EXPERIMENT_MAX_REPEATS; repeats++) {
		if (!best->disturbed && !(was_slow(c, best) && c->speed.patience_ns))
			break;
		if (stopped(c))
			return -EINTR;
		err = repeat_race(job, best);
	}
	if (err)
		return err;
	if (job->traced && c->trace)
		trace_file_keep(c->trace);
	job->sample->result = *best;
	job->sample->done = true;
	return 0;
}

int experiment_run(struct experiment *c, unsigned int process, struct race_arena *arena,
		   const struct experiment_events *events)
{
	static const struct experiment_events none;
	const struct experiment_events *e = events ? events : &none;
	struct race_result result;
	int err = 0;
	size_t i;

	c->arena = arena;
	for (i = 0; !err && i < c->nr_jobs; i++) {
		if (c->jobs[i].process != process)
			continue;
		if (stopped(c)) {
			err = -EINTR;
			break;
		}
		if (e->begins)
			e->begins(c, i, e->user);
		err = race_undisturbed(&c->jobs[i], &result);
		if (!err && c->jobs[i].sample && e->done)
			err = e->done(c, i, e->user);
	}
	c->arena = NULL;
	return err;
}
