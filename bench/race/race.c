// SPDX-License-Identifier: GPL-2.0-only
#include "race.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/busy.h"
#include "common/speed.h"
#include "engines/reap_plan.h"
#include "measure/free_times.h"
#include "race_internal.h"
#include "race_victim.h"
#include "vma/frames.h"

/* One role: input and output of its thread. */
struct role_run {
	pthread_t thread;
	struct race *race;
	enum role role;
	int cpu;
	int err;
	struct task_context task; /* copied out when the role is done */
	uint64_t start, end;	  /* ticks */
	uint64_t cpu_ns;
	uint64_t involuntary;
};

struct race {
	const struct race_options *options;
	struct race_arena *arena;
	const struct layout *layout;
	struct race_result *result;
	struct reap_plan plan;
	struct race_victim victim;
	unsigned int nr_roles;
	unsigned int arrived;
	struct role_run run[NR_ROLES];
};

/*
 * Both roles spin here until both run, so that neither has to be woken. The yield is for
 * machines with fewer CPUs than roles.
 */
static void wait_for_all(struct race *race)
{
	unsigned long spins = 0;

	__atomic_fetch_add(&race->arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&race->arrived, __ATOMIC_ACQUIRE) < race->nr_roles) {
		if (++spins % 100000 == 0)
			sched_yield();
	}
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

static void task_begin(struct role_run *run)
{
	struct race_arena *arena = run->race->arena;

	this_task = (struct task_context){
		.cpu = run->role,
		.role = run->role,
		.lock_kind = run->race->options->lock,
		.timing = run->race->options->timing,
	};
	if (run->race->options->timing == LOCK_TIMING_OFF)
		return;
	this_task.marks = arena->marks[run->role];
	this_task.mark_step = arena->pages_to_free / FREE_MARKS + 1;
	this_task.next_mark = this_task.mark_step;
}

static struct task_trace *trace_of(const struct role_run *run)
{
	const struct race *race = run->race;

	return race->options->timing == LOCK_TIMING_TRACE ? race->arena->tracer->task[run->role]
							  : NULL;
}

static void *role_main(void *arg)
{
	struct role_run *run = arg;
	struct race *race = run->race;
	uint64_t cpu_start, involuntary;

	run->err = pin_to_cpu(run->cpu);
	rcu_register_thread();
	task_begin(run);
	wait_for_all(race);

	involuntary = involuntary_switches();
	run->start = clock_ticks();
	task_trace_begin(trace_of(run), run->start);
	cpu_start = thread_cpu_ns();
	if (run->role == ROLE_EXIT)
		race->victim.engine->exit_task(race->victim.victim);
	else
		race->victim.engine->reap_task(race->victim.victim, &race->plan);
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

/* The names a profiler shows; "exit" and "oom_reaper" are how the kernel's tasks look. */
static const char *const thread_names[NR_ROLES] = {"exit", "oom_reaper"};

/*
 * Start all roles and wait for them. Without a thread for the exiting task the caller plays it:
 * the victim must die in any case.
 */
static int run_roles(struct race *race)
{
	unsigned int started = 0;
	int err = 0;

	for (unsigned int r = 0; r < race->nr_roles; r++, started++) {
		struct role_run *run = &race->run[r];

		run->race = race;
		run->role = (enum role)r;
		run->cpu = race->options->cpu[r];
		err = pthread_create(&run->thread, NULL, role_main, run);
		if (err) {
			/* Release the roles that wait for this one. */
			__atomic_store_n(&race->arrived, race->nr_roles, __ATOMIC_RELEASE);
			break;
		}
		pthread_setname_np(run->thread, thread_names[r]);
	}
	if (!started)
		race->victim.engine->exit_task(race->victim.victim);
	for (unsigned int r = 0; r < started; r++) {
		pthread_join(race->run[r].thread, NULL);
		if (!err)
			err = race->run[r].err;
	}
	return -err;
}

/*
 * A role that was pushed off its CPU, or came late, measured something other than the race. The
 * kernel's own threads take some microseconds of every CPU now and then (each such moment is one
 * involuntary switch); a role is disturbed if the time it lost could move the result.
 */
#define LOST_NS 20000

static bool role_disturbed(const struct role_run *run, uint64_t common_start,
			   const struct role_figures *role)
{
	uint64_t elapsed = clock_ns(run->end - run->start);
	uint64_t used = role->cpu_ns + role->mmap_lock_wait_ns;

	for (int class = 0; class < NR_LOCK_CLASSES; class ++)
		if (lock_class_info[class].flags & LOCK_SLEEPS)
			used += role->lock[class].wait_ns;
	return clock_ns(run->start - common_start) > LOST_NS ||
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
	for (unsigned int r = 0; r < race->nr_roles; r++)
		race_tracer_take(race->arena->tracer, &race->run[r].task, start,
				 race->run[r].start);
}

static void fill_result(struct race *race, struct lock_totals *totals)
{
	struct race_result *result = race->result;
	uint64_t start = UINT64_MAX;

	memset(result, 0, sizeof(*result));
	result->build_ns = race->victim.build_ns;
	fill_lock_figures(result, totals);
	for (unsigned int r = 0; r < race->nr_roles; r++) {
		if (race->run[r].start < start)
			start = race->run[r].start;
	}
	for (unsigned int r = 0; r < race->nr_roles; r++) {
		const struct role_run *run = &race->run[r];
		struct role_figures *role = &result->role[r];

		role->wall_ns = clock_ns(run->end - start);
		role->cpu_ns = run->cpu_ns;
		role->unmap_ns = clock_ns(run->task.unmap_ticks);
		role->ptl_hold_ns = clock_ns(run->task.hold_ticks[LOCK_PTL]);
		role->mmap_lock_wait_ns = clock_ns(run->task.mmap_lock_wait_ticks);
		role->count = run->task.count;
		role->involuntary = run->involuntary;
		add_task_figures(role, &run->task);
		if (result->wall_ns < role->wall_ns)
			result->wall_ns = role->wall_ns;
		result->disturbed |= role_disturbed(run, start, role);
	}
	result->reaper_ran = race->nr_roles > 1;
	if (race->options->timing != LOCK_TIMING_OFF) {
		struct freed_by tasks[NR_ROLES];

		for (unsigned int r = 0; r < race->nr_roles; r++)
			tasks[r] = freed_by(&race->run[r].task);
		free_times(tasks, race->nr_roles, race->victim.pages_to_free, start,
			   result->free_ns);
	}
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
	if (reap_plan_parse(engine->orders, options->order, &race->plan)) {
		snprintf(err, errlen, "no order '%s'", options->order);
		return -EINVAL;
	}
	if (options->timing == LOCK_TIMING_TRACE && !race->arena->tracer) {
		snprintf(err, errlen, "the arena has no room for a trace");
		return -EINVAL;
	}
	return 0;
}

double race_frames(const struct layout *layout, double frames)
{
	if (frames >= 0)
		return frames;
	return frames_default_run(layout->pages[LAYOUT_ANON] + layout->pages[LAYOUT_FILE]);
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
	race->nr_roles = race->plan.order->walk ? NR_ROLES : 1;
	if (options->speed)
		speed_wait(options->speed, before);
	ret = run_roles(race);
	if (options->speed)
		speed_look(options->speed, after);
	if (ret)
		snprintf(err, errlen, "cannot start or pin a role: %s", strerror(-ret));

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

bool race_order_valid(const char *name)
{
	return !reap_plan_parse(engines[0]->orders, name, NULL);
}
