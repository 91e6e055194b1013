// SPDX-License-Identifier: GPL-2.0-only
/* `reapbench pressure`: processes run out of memory again and again; how soon do the others go on? */
#include "engines/pressure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "common/format.h"
#include "common/host_json.h"
#include "common/json_build.h"
#include "common/output_file.h"
#include "common/stop.h"
#include "race/race_victim.h"

#define TIMES_KEPT 100000

/*
 * There are more tasks than CPUs. In a queue, a task that has lost its CPU would hold up all behind it,
 * which does not happen to spinlocks in a kernel.
 */
#define PRESSURE_LOCK LOCK_KIND_TAS

/* A policy, with or without the reaper. */
struct trial {
	const char *policy;
	bool reaper, done;
	struct pressure_outcome outcome;
	double waits_max, episodes_max;
	struct interval waits, episodes; /* where there was one */
};

struct pressures {
	const char *program;
	struct scenario_options options;
	const struct engine *engine;
	struct trial *trials;
	size_t nr;
	const struct trial *now;
	FILE *out;
};

static int complain(const struct pressures *p, const char *what, const char *why)
{
	fprintf(stderr, "%s: %s%s%s\n", p->program, what, *what ? ": " : "", why);
	return 1;
}

static const char *why(int err)
{
	return err == -ESRCH
		       ? "memory ran out, and there is nothing to kill: more --pool, or fewer "
			 "processes"
		       : strerror(-err);
}

static uint64_t pool_pages(const struct pressures *p)
{
	return (uint64_t)p->options.pool_mib << 8;
}

static int play(struct pressures *p, struct pglist_data *pgdat, struct trial *t, char *err,
		size_t errlen)
{
	const struct machine_state state = {.tlb = TLB_MODE_DEFAULT, .frames = FRAMES_CONSECUTIVE};
	const struct pressure_run run = {
		.policy = t->policy,
		.order = t->reaper ? p->options.order : NULL,
		.delay_ms = p->options.delay_ms,
		.processes = p->options.processes,
		.background = p->options.background,
		.ms = p->options.seconds * 1000,
		.pages = pool_pages(p),
		.lock = PRESSURE_LOCK,
		.stop = &stop_signal,
	};
	int ret = p->engine->machine_prepare(pgdat, &state);

	if (!ret)
		ret = p->engine->pressure(pgdat, &run, &t->outcome);
	if (ret) {
		snprintf(err, errlen, "%s", why(ret));
		return ret;
	}
	return p->engine->machine_check(pgdat, err, errlen) ? 0 : -EUCLEAN;
}

static int play_trial(void *arg, char *err, size_t errlen)
{
	struct pressures *p = arg;
	/* Small lists of CPUs: what lies in them is not free for others. */
	const struct machine_size size = {
		.pages = pool_pages(p), .map_pages = pool_pages(p), .cpus = 64};
	struct pglist_data *pgdat = NULL;
	int ret = p->engine->init();

	if (!ret) {
		pgdat = p->engine->machine_create(&size);
		ret = pgdat ? 0 : -ENOMEM;
	}
	if (ret)
		snprintf(err, errlen, "out of memory");
	else
		ret = play(p, pgdat, (struct trial *)p->now, err, errlen);
	p->engine->machine_destroy(pgdat);
	return ret;
}

/* The median and the worst of what was kept. */
static int summarize(struct pressure_times *times, struct interval *interval, double *worst)
{
	*worst = 0;
	if (times->nr > times->room)
		times->nr = times->room;
	for (size_t i = 0; i < times->nr; i++)
		if (times->ns[i] > *worst)
			*worst = times->ns[i];
	return times->nr ? stats_interval(times->ns, times->nr, interval) : 0;
}

static int run_trials(struct pressures *p)
{
	char err[256] = "";

	for (size_t i = 0; i < p->nr && !stop_signal; i++) {
		struct trial *t = &p->trials[i];

		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r\033[K%s, %s reaper", t->policy,
				t->reaper ? "with" : "without");
		t->outcome.episodes.ns = calloc(TIMES_KEPT, sizeof(double));
		t->outcome.waits.ns = calloc(TIMES_KEPT, sizeof(double));
		t->outcome.episodes.room = t->outcome.waits.room = TIMES_KEPT;
		if (!t->outcome.episodes.ns || !t->outcome.waits.ns)
			return complain(p, "", "out of memory");
		p->now = t;
		if (race_registered(PRESSURE_LOCK, play_trial, p, err, sizeof(err)))
			return complain(p, "", err);
		if (summarize(&t->outcome.episodes, &t->episodes, &t->episodes_max) ||
		    summarize(&t->outcome.waits, &t->waits, &t->waits_max))
			return complain(p, "", "out of memory");
		t->done = true;
	}
	return 0;
}

/* "1.23 ms" of the median and of the worst, or "-". */
static void put_times(FILE *out, const struct pressure_times *times, const struct interval *i,
		      double worst)
{
	char text[32];

	fprintf(out, "  %9s", times->nr ? format_time(text, i->median) : "-");
	fprintf(out, "  %9s", times->nr ? format_time(text, worst) : "-");
}

/* Nothing was handed out any more for at least a quarter of the time. */
static bool stands_still(const struct trial *t)
{
	return 4 * t->outcome.idle_ns > t->outcome.ran_ns;
}

static void put_trials(const struct pressures *p)
{
	FILE *out = p->out;

	fprintf(out, "%-12s %-10s  %6s  %6s  %20s  %20s  %10s\n", "", "", "", "",
		"OOM to first chunk", "a task waits", "memory");
	fprintf(out, "%-12s %-10s  %6s  %6s  %9s  %9s  %9s  %9s  %10s\n", "policy", "oom_reaper",
		"deaths", "reaped", "median", "worst", "median", "worst", "per second");
	for (const struct trial *t = p->trials; t < p->trials + p->nr; t++) {
		const struct pressure_outcome *o = &t->outcome;
		char text[32];

		if (!t->done)
			continue;
		fprintf(out, "%-12s %-10s  %6u  %6u", t->policy, t->reaper ? "yes" : "no", o->kills,
			o->reaped);
		put_times(out, &o->episodes, &t->episodes, t->episodes_max);
		put_times(out, &o->waits, &t->waits, t->waits_max);
		fprintf(out, "  %10s\n",
			format_memory(text,
				      (uint64_t)((double)o->handed_out * 1e9 / (double)o->ran_ns)));
	}
	fputc('\n', out);
}

static void put_claims(const struct pressures *p)
{
	char text[32];

	for (const struct trial *t = p->trials; t < p->trials + p->nr; t++) {
		if (!t->done)
			continue;
		fprintf(p->out, "%s, %s oom_reaper: ", t->policy, t->reaper ? "with" : "without");
		if (stands_still(t))
			fprintf(p->out,
				"the system stands still: no allocation has succeeded in the last "
				"%s.\n",
				format_time(text, (double)t->outcome.idle_ns));
		else if (t->outcome.episodes.nr)
			fprintf(p->out, "the longest time without memory was %s.\n",
				format_time(text, t->episodes_max));
		else
			fputs("memory never ran out.\n", p->out);
	}
	fputs("\nOOM to first chunk: from an allocation of 64 pages that fails, when none was "
	      "failing, to the next\none that succeeds. a task waits: from a failed allocation of "
	      "its own until it succeeds.\n",
	      p->out);
}

static json_t *times_json(const struct pressure_times *times, const struct interval *i,
			  double worst)
{
	if (!times->nr)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)times->nr, "median",
			 (json_int_t)i->median, "lo", (json_int_t)i->lo, "hi", (json_int_t)i->hi,
			 "worst", (json_int_t)worst);
}

static json_t *trial_json(const struct trial *t)
{
	const struct pressure_outcome *o = &t->outcome;

	return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o}", "policy",
			 t->policy, "oom_reaper", t->reaper, "deaths", (json_int_t)o->kills,
			 "reaped", (json_int_t)o->reaped, "came_late", (json_int_t)o->came_late,
			 "gave_up", (json_int_t)o->gave_up, "pages_handed_out",
			 (json_int_t)o->handed_out, "ran_ns", (json_int_t)o->ran_ns, "idle_ns",
			 (json_int_t)o->idle_ns, "stands_still", stands_still(t), "oom_to_first_ns",
			 times_json(&o->episodes, &t->episodes, t->episodes_max), "wait_ns",
			 times_json(&o->waits, &t->waits, t->waits_max));
}

static json_t *document(const struct pressures *p, const struct host *host)
{
	const struct scenario_options *o = &p->options;
	json_t *object = json_object(), *trials = json_array();

	for (const struct trial *t = p->trials; trials && t < p->trials + p->nr; t++) {
		if (!t->done || !json_array_append_new(trials, trial_json(t)))
			continue;
		json_decref(trials);
		trials = NULL;
	}
	if (json_put(object, "trials", trials) &&
	    json_put(object, "schema", json_string("umaple.pressure/1")) &&
	    json_put(object, "host", host_json(host)) &&
	    json_put(object, "options",
		     json_pack("{s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:o}", "pool_pages",
			       (json_int_t)pool_pages(p), "processes", (json_int_t)o->processes,
			       "background", (json_int_t)o->background, "seconds",
			       (json_int_t)o->seconds, "delay_ms", (json_int_t)o->delay_ms, "order",
			       o->order, "engine", p->engine->name, "command_line",
			       json_text(o->command_line))) &&
	    json_put(object, "interrupted", json_boolean(stop_signal != 0)))
		return object;
	json_decref(object);
	return NULL;
}

static int report(const struct pressures *p)
{
	const struct scenario_options *o = &p->options;
	struct host host;
	int err;

	host_describe(&host, time(NULL));
	fprintf(p->out,
		"%s, %ld cores, %s, %s\n%u MiB; %u process%s that allocate%s, %u in the background, "
		"frozen; reaper in order %s after %u ms;\ntree: %s; %u s each\n\n",
		host.cpu, host.cores, host.kernel, host.date, o->pool_mib, o->processes,
		o->processes == 1 ? "" : "es", o->processes == 1 ? "s" : "", o->background,
		o->order, o->delay_ms, p->engine->name, o->seconds);
	put_trials(p);
	put_claims(p);
	err = o->json ? scenario_write_json(o->json, document(p, &host)) : 0;
	if (err)
		return complain(p, o->json, strerror(-err));
	return fflush(p->out) || ferror(p->out) ? complain(p, "writing the result", strerror(errno))
						: 0;
}

static int add_trials(struct pressures *p)
{
	const struct name_list *policies = &p->options.policies;

	p->trials = calloc(2 * policies->nr, sizeof(*p->trials));
	if (!p->trials)
		return complain(p, "", "out of memory");
	for (size_t i = 0; i < policies->nr; i++)
		for (int reaper = 0; reaper < 2; reaper++)
			p->trials[p->nr++] =
				(struct trial){.policy = policies->names[i], .reaper = reaper};
	return 0;
}

static int run(struct pressures *p)
{
	const char *json = p->options.json;
	int status = 0, err;

	if (json && strcmp(json, "-") && (err = output_file_check(json)))
		return complain(p, json, strerror(-err));
	stop_catch();
	status = add_trials(p) ?: run_trials(p);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (!status && p->trials[0].done)
		status = report(p);
	if (status || !stop_signal)
		return status;
	complain(p, "interrupted",
		 p->trials[0].done ? "only what was finished is reported" : "nothing was finished");
	return 128 + stop_signal;
}

int pressure_main(int argc, char **argv)
{
	static const struct scenario_words words = {
		.doc = "Let processes allocate from a small memory until it runs out, again and "
		       "again: some in the background, frozen, which the OOM killer takes first, "
		       "and some that go on allocating. Each that dies gets a successor."
		       "\vFor each way to thaw, without and with the oom_reaper. With --policy "
		       "thread a frozen victim keeps its memory, and everybody waits for the "
		       "oom_reaper. Exit status: 0 done, 1 failed, 2 wrong usage, 128 and the "
		       "signal's number interrupted.",
		.words = WORD_POOL | WORD_POLICY | WORD_DELAY,
		.policies = "thread,oom-victim",
		.threads = 1,
		.reps = 1,
	};
	struct pressures p = {.program = argv[0]};
	int status = scenario_options_parse(&p.options, &words, argc, argv);

	if (status)
		return status;
	p.engine = race_engine_find(p.options.engines.names[0]);
	p.out = p.options.json && !strcmp(p.options.json, "-") ? stderr : stdout;
	status = run(&p);
	for (size_t i = 0; i < p.nr; i++) {
		free(p.trials[i].outcome.episodes.ns);
		free(p.trials[i].outcome.waits.ns);
	}
	free(p.trials);
	scenario_options_free(&p.options);
	return status;
}
