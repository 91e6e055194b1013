// SPDX-License-Identifier: GPL-2.0-only
#include "fake_race.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct race_arena {
	const struct layout *layout;
	bool traced;
	struct race_trace trace;
};

struct fake_race fake_race = {.fail_at = -1,
			      .disturb_from = -1,
			      .disturb_to = -1,
			      .signal_at = -1,
			      .kill_at = -1,
			      .exit_at = -1,
			      .hang_at = -1};

void fake_race_reset(void)
{
	memset(&fake_race, 0, sizeof(fake_race));
	fake_race.fail_at = fake_race.disturb_from = -1;
	fake_race.disturb_to = fake_race.signal_at = -1;
	fake_race.kill_at = fake_race.exit_at = fake_race.hang_at = -1;
}

static long from_environment(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value ? atol(value) : otherwise;
}

static void note_address(const char *path)
{
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%p\n", (void *)note_address);
	fclose(file);
}

/* glibc hands the arguments of main() to constructors too. */
__attribute__((constructor)) static void read_environment(int argc, char **argv)
{
	const long only = from_environment("FAKE_RACE_PROCESS", -1);

	fake_race.started = argc > 2 && !strcmp(argv[1], "process");
	if (fake_race.started)
		note_address(getenv("FAKE_RACE_ADDRESSES"));
	if (only >= 0 && (!fake_race.started || atol(argv[2]) != only))
		return;
	fake_race.fail_at = from_environment("FAKE_RACE_FAIL_AT", -1);
	fake_race.disturb_from = from_environment("FAKE_RACE_DISTURB_FROM", -1);
	fake_race.disturb_to = from_environment("FAKE_RACE_DISTURB_TO", -1);
	fake_race.signal_at = from_environment("FAKE_RACE_SIGNAL_AT", -1);
	fake_race.kill_at = from_environment("FAKE_RACE_KILL_AT", -1);
	fake_race.exit_at = from_environment("FAKE_RACE_EXIT_AT", -1);
	fake_race.hang_at = from_environment("FAKE_RACE_HANG_AT", -1);
	fake_race.signal_arena = from_environment("FAKE_RACE_SIGNAL_ARENA", 0);
	fake_race.refuse = from_environment("FAKE_RACE_REFUSE", 0);
	fake_race.busy = from_environment("FAKE_RACE_BUSY", 0);
}

uint64_t race_arena_bytes(const struct layout *layout, bool traced)
{
	return (layout->pages[LAYOUT_ANON] + layout->pages[LAYOUT_FILE] + 1) * 64;
}

struct race_arena *race_arena_create(const struct layout *layout, bool traced, char *err,
				     size_t errlen)
{
	struct race_arena *arena = NULL;

	if (fake_race.signal_arena)
		raise(SIGINT);
	if (!fake_race.refuse)
		arena = calloc(1, sizeof(*arena));
	if (!arena) {
		snprintf(err, errlen, "layout %s: %llu bytes are needed, more than there are",
			 layout->name, (unsigned long long)race_arena_bytes(layout, traced));
		return NULL;
	}
	arena->layout = layout;
	arena->traced = traced;
	fake_race.nr_arenas++;
	return arena;
}

void race_arena_destroy(struct race_arena *arena)
{
	fake_race.nr_arenas -= arena != NULL;
	free(arena);
}

int race_probe(const int cpu[NR_ROLES], char *err, size_t errlen)
{
	if (!fake_race.busy)
		return 0;
	snprintf(err, errlen, "CPU %d is busy, or so it seems", cpu[ROLE_EXIT]);
	return -EBUSY;
}

const char *const *race_orders(void)
{
	static const char *const orders[] = {"solo", "forward", "reverse", "reverse-fine", NULL};

	return orders;
}

const char *race_order_what(unsigned int i)
{
	static const char *const what[] = {"nobody reaps", "upward", "downward", "all downward"};

	return what[i];
}

const char *race_engine_version(const char *engine)
{
	return "fake";
}

const char *const *race_engines(void)
{
	static const char *const engines[] = {"kernel", "maple", NULL};

	return engines;
}

bool race_order_valid(const char *name)
{
	const char *const *order;

	for (order = race_orders(); *order; order++)
		if (!strcmp(*order, name))
			return true;
	return !strncmp(name, "reverse-fine:", 13) && atoi(name + 13) > 0;
}

bool race_order_traceable(const char *name)
{
	return true;
}

unsigned int race_actors(const char *order, const int cpu[NR_ROLES],
			 struct race_actor_info infos[RACE_ACTORS_MAX])
{
	const bool solo = !strcmp(order, "solo");

	infos[0] = (struct race_actor_info){ROLE_EXIT, "forward", 0, cpu[ROLE_EXIT]};
	infos[1] = (struct race_actor_info){ROLE_REAPER, "", 0, cpu[ROLE_REAPER]};
	if (!solo)
		strncpy(infos[1].order, order, sizeof(infos[1].order) - 1);
	return solo ? 1 : 2;
}

const char *race_task_name(enum role role)
{
	return role == ROLE_EXIT ? "exit" : "oom_reaper";
}

const char *race_operation_name(enum role role)
{
	return role == ROLE_EXIT ? "exit_mm" : "oom_reap_task";
}

/* From 0 to 99, spread by the number of the call. */
static uint64_t jitter(long call, uint64_t salt)
{
	uint64_t x = (uint64_t)call * 0x9e3779b97f4a7c15ULL + salt * 0xbf58476d1ce4e5b9ULL;

	return (x ^ (x >> 29)) % 100;
}

static void set_wait(struct race_result *r, enum lock_class class, uint64_t ns, uint64_t times)
{
	int role;

	for (role = 0; role < NR_ROLES; role++) {
		struct lock_figures *lock = &r->role[role].lock[class];

		lock->acquired = 100000;
		lock->contended = r->reapers ? times : 0;
		lock->wait_ns = r->reapers ? ns : 0;
		lock->wait_max_ns = lock->contended ? 2 * ns / lock->contended : 0;
	}
}

/*
 * A victim of 100 pages and 10 ms. A reaper halves the wall time and costs running time, and
 * reversing trades 2 ms of waiting for the ptl against 0.5 ms for the lruvec lock.
 */
static void invent(const struct race_options *options, long call, struct race_result *r)
{
	const bool solo = !strcmp(options->order, "solo");
	const bool forward = !strcmp(options->order, "forward");
	const uint64_t noise = jitter(call, 1) * 1000;
	const uint64_t timing = options->timing == LOCK_TIMING_OFF ? 0 : 50000;
	int role, mark;

	memset(r, 0, sizeof(*r));
	r->reapers = !solo;
	r->build_ns = 20000000 + noise;
	r->wall_ns = (solo ? 10000000 : forward ? 6000000 : 5000000) + noise;
	for (role = 0; role < (solo ? 1 : NR_ROLES); role++) {
		r->role[role].wall_ns = r->wall_ns - (uint64_t)role * 1000;
		r->role[role].cpu_ns = r->role[role].wall_ns + timing;
		r->role[role].unmap_ns = r->role[role].cpu_ns * 4 / 5;
		r->role[role].count.unmapped = solo ? 100 : 50;
		r->role[role].mmap_lock_wait_ns = solo ? 0 : 20000;
		if (options->timing == LOCK_TIMING_HOLD)
			r->role[role].ptl_hold_ns = r->role[role].wall_ns / 4;
	}
	set_wait(r, LOCK_PTL, (forward ? 1000000 : 5000) + noise / 100, forward ? 200 : 2);
	set_wait(r, LOCK_LRUVEC, (forward ? 500000 : 750000) + noise / 10, 40);
	set_wait(r, LOCK_ZONE, 3000 + jitter(call, 2), 3);
	for (mark = 0; mark < NR_FREE_MARKS; mark++)
		r->free_ns[mark] = r->wall_ns * (uint64_t)(mark + 5) / 8;
}

/* A trace that fits the result: two tables, the first ptl of each role waited for. */
static void invent_trace(struct race_arena *arena, const struct race_result *r)
{
	static struct race_visit visits[NR_ROLES][2];
	static struct race_wait waits[NR_ROLES][1];
	static struct race_freed freed[NR_ROLES][2];
	int role;

	memset(&arena->trace, 0, sizeof(arena->trace));
	arena->trace.pages = arena->trace.pages_to_free = 100;
	arena->trace.tables = 2;
	for (role = 0; role < (r->reapers ? NR_ROLES : 1); role++) {
		const struct role_figures *figures = &r->role[role];
		const uint64_t wait = figures->lock[LOCK_PTL].wait_ns;
		struct role_trace *t = &arena->trace.role[role];

		visits[role][0] = (struct race_visit){.t_ns = wait, .wait_ns = wait};
		visits[role][1] = (struct race_visit){.t_ns = wait + 1000, .page = 50, .table = 1};
		waits[role][0] = (struct race_wait){LOCK_ZONE, 7000, 7};
		freed[role][0] =
			(struct race_freed){figures->wall_ns / 2, figures->count.unmapped / 2};
		freed[role][1] = (struct race_freed){figures->wall_ns, figures->count.unmapped};
		*t = (struct role_trace){.visits = visits[role],
					 .nr_visits = 2,
					 .waits = waits[role],
					 .nr_waits = r->reapers,
					 .freed = freed[role],
					 .nr_freed = 2};
		t->time_ns[BUCKET_WAIT_OF + LOCK_PTL] = wait;
		t->time_ns[BUCKET_OTHER] = figures->wall_ns - wait;
	}
}

const struct race_trace *race_arena_trace(const struct race_arena *arena)
{
	return &arena->trace;
}

int race_run(struct race_arena *arena, const struct layout *layout,
	     const struct race_options *options, struct race_result *result, char *err,
	     size_t errlen)
{
	const long call = fake_race.nr_calls++;

	if (!arena || arena->layout != layout) {
		snprintf(err, errlen, "the arena is another layout's");
		return -EINVAL;
	}
	if (call == fake_race.fail_at) {
		snprintf(err, errlen, "page 7 was freed twice");
		return -EUCLEAN;
	}
	if (call == fake_race.signal_at) {
		raise(SIGINT);
		if (fake_race.started)
			kill(getppid(), SIGINT);
	}
	if (call == fake_race.kill_at)
		raise(SIGKILL);
	if (call == fake_race.exit_at)
		_exit(3);
	if (call == fake_race.hang_at) {
		fprintf(stderr, "a race hangs\n");
		for (;;)
			pause();
	}
	if (options->timing == LOCK_TIMING_TRACE && !arena->traced) {
		snprintf(err, errlen, "the arena has no room for a trace");
		return -EINVAL;
	}
	invent(options, call, result);
	/* Made up like all else: runs as long as the name of the layout. */
	result->frame_run = options->frames >= 0 ? options->frames : (double)strlen(layout->name);
	result->frames_measured = options->frames == FRAMES_MEASURED;
	if (options->timing == LOCK_TIMING_TRACE)
		invent_trace(arena, result);
	if (call >= fake_race.disturb_from && call < fake_race.disturb_to) {
		result->disturbed = true;
		result->role[ROLE_EXIT].involuntary = 1 + jitter(call, 3);
	}
	if (fake_race.slow_to) {
		result->speed_ns[ROLE_EXIT] = result->speed_ns[ROLE_REAPER] = 100;
		if (call >= fake_race.slow_from && call < fake_race.slow_to)
			result->speed_ns[call % NR_ROLES] = 200;
	}
	if (call < FAKE_RACE_CALLS) {
		struct fake_call *seen = &fake_race.calls[call];

		snprintf(seen->engine, sizeof(seen->engine), "%s", options->engine);
		snprintf(seen->order, sizeof(seen->order), "%s", options->order);
		seen->lock = options->lock;
		seen->timing = options->timing;
		seen->tlb = options->tlb;
		seen->frames = options->frames;
		memcpy(seen->cpu, options->cpu, sizeof(seen->cpu));
		seen->disturbed = result->disturbed;
		seen->involuntary = result->role[ROLE_EXIT].involuntary;
	}
	if (fake_race.on_call)
		fake_race.on_call(call);
	return 0;
}
