// SPDX-License-Identifier: GPL-2.0-only
#include "race.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "actors.h"
#include "base/port.h"
#include "common/busy.h"
#include "common/speed.h"
#include "measure/free_times.h"
#include "measure/stat_lock.h"
#include "race_internal.h"
#include "race_victim.h"

/* One actor: input and output of its thread. */
struct actor_run {
	pthread_t thread;
	struct race *race;
	const struct race_actor *actor;
	unsigned int number;
	int cpu;
	int err;
	struct task_context task; /* copied out when the actor is done */
	uint64_t arrival;	  /* ticks: the common start, as this actor saw it */
	uint64_t start, end;	  /* ticks */
	uint64_t cpu_ns;
	uint64_t involuntary;
};

struct race {
	const struct race_options *options;
	struct race_arena *arena;
	const struct layout *layout;
	struct race_result *result;
	struct race_cast cast;
	struct race_victim victim;
	unsigned int arrived;
	struct actor_run run[RACE_ACTORS_MAX];
};

/*
 * All actors spin here until all run, so that none has to be woken. The yield is for machines with
 * fewer CPUs than actors.
 */
static void wait_for_all(struct race *race)
{
	unsigned long spins = 0;

	__atomic_fetch_add(&race->arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&race->arrived, __ATOMIC_ACQUIRE) < race->cast.nr) {
		if (++spins % 100000 == 0)
			sched_yield();
	}
}

/* Awake: a task that sleeps for so short a time begins when its CPU has woken up. */
static void wait_for_turn(struct actor_run *run)
{
	run->arrival = clock_ticks();
	while (clock_ns(clock_ticks() - run->arrival) < run->actor->delay_us * 1000ULL)
		;
}

static int pin_to_cpu(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static uint64_t thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t involuntary_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nivcsw;
}

static void task_begin(struct actor_run *run)
{
	struct race_arena *arena = run->race->arena;

	this_task = (struct task_context){
		.cpu = run->number,
		.role = run->actor->role,
		.lock_kind = run->race->options->lock,
		.timing = run->race->options->timing,
	};
	if (run->race->options->timing == LOCK_TIMING_OFF)
		return;
	this_task.marks = arena->marks[run->number];
	this_task.mark_step = arena->pages_to_free / FREE_MARKS + 1;
	this_task.next_mark = this_task.mark_step;
}

/* One actor of each role at most: check_options() sees to it. */
static struct task_trace *trace_of(const struct actor_run *run)
{
	const struct race *race = run->race;

	if (race->options->timing != LOCK_TIMING_TRACE)
		return NULL;
	return race->arena->tracer->task[run->actor->role];
}

static void act(const struct actor_run *run)
{
	const struct race_victim *v = &run->race->victim;
	const struct race_actor *actor = run->actor;

	if (actor->role == ROLE_EXIT)
		v->engine->exit_task(v->victim, actor->walks_by_itself ? NULL : &actor->plan);
	else
		v->engine->reap_task(v->victim, &actor->plan);
}

static void *role_main(void *arg)
{
	struct actor_run *run = arg;
	struct race *race = run->race;
	uint64_t cpu_start, involuntary;

	run->err = pin_to_cpu(run->cpu);
	rcu_register_thread();
	task_begin(run);
	wait_for_all(race);
	wait_for_turn(run);

	involuntary = involuntary_switches();
	run->start = clock_ticks();
	task_trace_begin(trace_of(run), run->start);
	cpu_start = thread_cpu_ns();
	act(run);
	run->cpu_ns = thread_cpu_ns() - cpu_start;
	run->end = clock_ticks();
	task_trace_end(run->end);
	run->involuntary = involuntary_switches() - involuntary;

	task_end_marks(&this_task);
	run->task = this_task;
	/* The end of the thread gives memory back, which is not part of the race. */
	this_task.timing = LOCK_TIMING_OFF;
	rcu_unregister_thread();
	return NULL;
}

/*
 * Start all actors and wait for them. Without a thread for the exiting task the caller plays it:
 * the victim must die in any case.
 */
static int run_actors(struct race *race)
{
	unsigned int started = 0;
	int err = 0;

	for (; started < race->cast.nr; started++) {
		struct actor_run *run = &race->run[started];

		run->race = race;
		run->number = started;
		run->actor = &race->cast.actors[started];
		run->cpu = race_actor_cpu(race->options->cpu, started);
		err = pthread_create(&run->thread, NULL, role_main, run);
		if (err) {
			/* Release the actors that wait for this one. */
			__atomic_store_n(&race->arrived, race->cast.nr, __ATOMIC_RELEASE);
			break;
		}
		pthread_setname_np(run->thread, race_task_name(run->actor->role));
	}
	if (!started)
		race->victim.engine->exit_task(race->victim.victim, NULL);
	for (unsigned int r = 0; r < started; r++) {
		pthread_join(race->run[r].thread, NULL);
		if (!err)
			err = race->run[r].err;
	}
	return -err;
}

/*
 * A task that was pushed off its CPU, or came late, measured something other than the race. The
 * kernel's own threads take some microseconds of every CPU now and then (each such moment is one
 * involuntary switch); a task is disturbed if the time it lost could move the result.
 */
#define LOST_NS 20000

static bool actor_disturbed(const struct actor_run *run, uint64_t common_start)
{
	uint64_t elapsed = clock_ns(run->end - run->start);
	uint64_t used = run->cpu_ns + clock_ns(run->task.mmap_lock_wait_ticks);

	for (int class = 0; class < NR_LOCK_CLASSES; class ++)
		if (lock_class_info[class].flags & LOCK_SLEEPS)
			used += clock_ns(run->task.lock[class].wait_sum);
	return clock_ns(run->arrival - common_start) > LOST_NS ||
	       used + elapsed / 100 + LOST_NS < elapsed;
}

static void fill_lock_figures(struct race_result *result, const struct lock_totals *totals)
{
	for (int class = 0; class < NR_LOCK_CLASSES; class ++, totals++) {
		for (int r = 0; r < NR_ROLES; r++) {
			result->role[r].lock[class] = (struct lock_figures){
				.acquired = totals->acquired[r],
				.contended = totals->contended[r],
				.wait_ns = clock_ns(totals->wait_sum[r]),
				.wait_max_ns = clock_ns(totals->wait_max[r]),
			};
		}
	}
}

/* Add the figures of locks that keep none themselves: each task counts these. */
static void add_task_figures(struct role_figures *role, const struct task_context *task)
{
	for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
		const struct task_lock *from = &task->lock[class];
		struct lock_figures *to = &role->lock[class];

		to->acquired += from->acquired;
		to->contended += from->contended;
		to->wait_ns += clock_ns(from->wait_sum);
		if (to->wait_max_ns < clock_ns(from->wait_max))
			to->wait_max_ns = clock_ns(from->wait_max);
	}
}

static void take_trace(struct race *race, uint64_t start)
{
	race_tracer_clear(race->arena->tracer, race->arena->pages_to_free);
	for (unsigned int i = 0; i < race->cast.nr; i++)
		race_tracer_take(race->arena->tracer, &race->run[i].task, start,
				 race->run[i].start);
}

/* What one actor adds to the figures of its role. */
static void add_actor(struct role_figures *role, const struct actor_run *run, uint64_t start)
{
	const uint64_t wall_ns = clock_ns(run->end - start);

	if (role->wall_ns < wall_ns)
		role->wall_ns = wall_ns;
	role->cpu_ns += run->cpu_ns;
	role->unmap_ns += clock_ns(run->task.unmap_ticks);
	role->ptl_hold_ns += clock_ns(run->task.hold_ticks[LOCK_PTL]);
	role->mmap_lock_wait_ns += clock_ns(run->task.mmap_lock_wait_ticks);
	role->count.unmapped += run->task.count.unmapped;
	role->count.skipped += run->task.count.skipped;
	role->involuntary += run->involuntary;
	add_task_figures(role, &run->task);
}

/* Without a CPU for each, tasks take turns, and all of them lose theirs. */
static bool is_crowded(const struct race *race)
{
	for (unsigned int i = 0; i < race->cast.nr; i++)
		if (race->options->cpu[ROLE_EXIT] >= 0 && race->run[i].cpu < 0)
			return true;
	return false;
}

static void fill_free_times(struct race *race, uint64_t start)
{
	struct freed_by tasks[RACE_ACTORS_MAX];

	for (unsigned int i = 0; i < race->cast.nr; i++)
		tasks[i] = freed_by(&race->run[i].task);
	free_times(tasks, race->cast.nr, race->victim.pages_to_free, start, race->result->free_ns);
}

static void fill_result(struct race *race, struct lock_totals *totals)
{
	struct race_result *result = race->result;
	uint64_t start = UINT64_MAX;

	memset(result, 0, sizeof(*result));
	result->build_ns = race->victim.build_ns;
	result->frame_run = race->victim.frame_run;
	result->frames_measured = race->victim.frames_measured;
	result->reapers = race->cast.nr - 1;
	result->crowded = is_crowded(race);
	fill_lock_figures(result, totals);
	for (unsigned int i = 0; i < race->cast.nr; i++) {
		if (race->run[i].arrival < start)
			start = race->run[i].arrival;
	}
	for (unsigned int i = 0; i < race->cast.nr; i++) {
		const struct actor_run *run = &race->run[i];
		struct role_figures *role = &result->role[run->actor->role];

		add_actor(role, run, start);
		if (result->wall_ns < role->wall_ns)
			result->wall_ns = role->wall_ns;
		result->disturbed |= !result->crowded && actor_disturbed(run, start);
	}
	if (race->options->timing != LOCK_TIMING_OFF)
		fill_free_times(race, start);
	if (race->options->timing == LOCK_TIMING_TRACE)
		take_trace(race, start);
}

static int check_options(struct race *race, char *err, size_t errlen)
{
	const struct race_options *options = race->options;
	const struct engine *engine;

	engine = race_engine_find(options->engine);
	if (!engine) {
		snprintf(err, errlen, "no engine '%s'", options->engine);
		return -EINVAL;
	}
	if (race_cast_parse(engine->orders, options->order, &race->cast)) {
		snprintf(err, errlen, "no order '%s'", options->order);
		return -EINVAL;
	}
	if (options->timing == LOCK_TIMING_TRACE && race->cast.nr > NR_ROLES) {
		snprintf(err, errlen, "a race with several reapers has no trace");
		return -EINVAL;
	}
	if (options->timing == LOCK_TIMING_TRACE && !race->arena->tracer) {
		snprintf(err, errlen, "the arena has no room for a trace");
		return -EINVAL;
	}
	return 0;
}

static int run_race(void *arg, char *err, size_t errlen)
{
	struct race *race = arg;
	const struct race_options *options = race->options;
	const struct race_ground ground = {options->engine, options->tlb, options->frames};
	struct lock_totals totals[NR_LOCK_CLASSES] = {0};
	uint64_t before[SPEED_CPUS] = {0}, after[SPEED_CPUS] = {0};
	char left[128] = "";
	int ret = check_options(race, err, errlen), lost;

	if (!ret)
		ret = race_victim_build(&race->victim, race->arena, race->layout, &ground, err,
					errlen);
	if (ret)
		return ret;
	race->arena->pages_to_free = race->victim.pages_to_free;
	if (options->speed)
		speed_wait(options->speed, before);
	ret = run_actors(race);
	if (options->speed)
		speed_look(options->speed, after);
	if (ret)
		snprintf(err, errlen, "cannot start or pin a task: %s", strerror(-ret));

	/* Conservation: nothing lost, nothing freed twice, nothing left. */
	lost = race_victim_bury(&race->victim, totals, left, sizeof(left));
	if (lost && !ret) {
		snprintf(err, errlen, "%s", left);
		ret = lost;
	}
	if (ret)
		return ret;
	fill_result(race, totals);
	for (int r = 0; r < NR_ROLES; r++)
		race->result->speed_ns[r] = before[r] > after[r] ? before[r] : after[r];
	return 0;
}

int race_run(struct race_arena *arena, const struct layout *layout,
	     const struct race_options *options, struct race_result *result, char *err,
	     size_t errlen)
{
	struct race race = {.options = options, .arena = arena, .layout = layout, .result = result};

	return race_registered(options->lock, run_race, &race, err, errlen);
}

const char *race_engine_version(const char *name)
{
	const struct engine *engine = race_engine_find(name);

	return engine ? engine->version : "unknown";
}

int race_probe(const int cpu[NR_ROLES], char *err, size_t errlen)
{
	if (cpu[ROLE_EXIT] < 0 || cpu[ROLE_REAPER] < 0)
		return 0;
	return busy_probe(cpu, NR_ROLES, err, errlen);
}

static const char *engine_names[8], *order_names[32];

static void list_names(void)
{
	for (unsigned int i = 0; engines[i] && i + 1 < sizeof(engine_names) / sizeof(char *); i++)
		engine_names[i] = engines[i]->name;
	/* Every engine has the same orders; a build may have no engine. */
	for (unsigned int i = 0; engines[0] && engines[0]->orders[i].name &&
				 i + 1 < sizeof(order_names) / sizeof(char *);
	     i++)
		order_names[i] = engines[0]->orders[i].name;
}

static pthread_once_t names_listed = PTHREAD_ONCE_INIT;

const char *const *race_engines(void)
{
	pthread_once(&names_listed, list_names);
	return engine_names;
}

const char *const *race_orders(void)
{
	pthread_once(&names_listed, list_names);
	return order_names;
}

const char *race_order_what(unsigned int i)
{
	return engines[0]->orders[i].what;
}
