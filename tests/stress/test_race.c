// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the exiting task and the reaper race over random small address spaces, in every
 * order, with every lock, over every engine. Right: each race ends, and afterwards every page
 * was freed exactly once and no table, counter, slot or VMA is left (race_run() checks that),
 * and where it was traced, the trace agrees with the figures and the layout. A race has its own
 * options, independent of those before it or beside it.
 * Wrong: -EUCLEAN, a crash, a hang, or a report of ThreadSanitizer; figures of a race that must
 * count nothing.
 *
 * With arguments: test_race SECONDS [SEED] races for SECONDS instead of a fixed number of times.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "measure/task.h"
#include "race/race.h"
#include "random_layout.h"
#include "trace_check.h"

#ifdef UMAPLE_DEBUG
#define RACES 400
#else
#define RACES 1000
#endif

static const char *const orders[] = {"forward", "reverse", "reverse-fine", "reverse-fine:3",
				     "solo"};

static long seconds;
static uint64_t seed = 1;

/* Consecutive, by the size, single, or in runs. */
static double random_frames(uint64_t *rng)
{
	static const double means[] = {FRAMES_BY_SIZE, FRAMES_CONSECUTIVE, 1, 1.6, 4, 1000};

	return means[random_below(rng, sizeof(means) / sizeof(means[0]))];
}

static struct race_options random_options(uint64_t *rng)
{
	const char *const *engine = race_engines();
	unsigned int nr_engines = 0;

	while (engine[nr_engines])
		nr_engines++;
	return (struct race_options){
		.engine = engine[random_below(rng, nr_engines)],
		.order = orders[random_below(rng, sizeof(orders) / sizeof(orders[0]))],
		.lock = (enum lock_kind)random_below(rng, NR_LOCK_KINDS),
		.timing = (enum lock_timing)random_below(rng, LOCK_TIMING_TRACE + 1),
		.tlb = (enum tlb_mode)random_below(rng, NR_TLB_MODES),
		.frames = random_frames(rng),
		.cpu = {-1, -1},
	};
}

/* The two roles unmapped exactly the pages of the layout. */
static void check_pages(const struct layout *layout, const struct race_result *result)
{
	uint64_t pages = 0;

	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += layout->pages[kind];
	assert_int_equal(result->role[ROLE_EXIT].count.unmapped +
				 result->role[ROLE_REAPER].count.unmapped,
			 pages);
}

/* Each mode measures what it says, and nothing else. */
static void check_mode(const struct race_options *options, const struct race_result *result)
{
	for (int role = 0; role < (result->reapers ? NR_ROLES : 1); role++) {
		const struct role_figures *figures = &result->role[role];

		if (options->timing != LOCK_TIMING_HOLD)
			assert_int_equal(figures->ptl_hold_ns, 0);
		if (options->timing != LOCK_TIMING_OFF)
			continue;
		assert_int_equal(figures->unmap_ns, 0);
		for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
			assert_int_equal(figures->lock[class].contended, 0);
			assert_int_equal(figures->lock[class].wait_ns, 0);
		}
	}
}

static void run_with(struct race_arena *arena, const struct layout *layout,
		     const struct race_options *options, uint64_t this_seed)
{
	struct race_result result;
	char err[256] = "";
	int ret = race_run(arena, layout, options, &result, err, sizeof(err));

	if (ret)
		fail_msg("seed %llu, order %s, lock %d: %d: %s", (unsigned long long)this_seed,
			 options->order, options->lock, ret, err);
	check_pages(layout, &result);
	check_mode(options, &result);
	if (options->timing == LOCK_TIMING_TRACE)
		check_trace(layout, &result, race_arena_trace(arena));
}

static void run_one(uint64_t this_seed)
{
	uint64_t rng = this_seed;
	struct layout *layout = random_layout(&rng);
	struct race_options options = random_options(&rng);
	struct race_arena *arena;
	char err[256] = "";

	assert_non_null(layout);
	arena = race_arena_create_within(layout, options.timing == LOCK_TIMING_TRACE, 0, err,
					 sizeof(err));
	if (!arena)
		fail_msg("seed %llu: %s", (unsigned long long)this_seed, err);
	run_with(arena, layout, &options, this_seed);
	race_arena_destroy(arena);
	random_layout_free(layout);
}

/* One machine, again and again with other options: nothing stays of the race before. */
static void test_options_end_with_their_race(void **state)
{
	uint64_t rng = seed;
	struct layout *layout = random_layout(&rng);
	char err[256] = "";
	struct race_arena *arena;

	(void)state;
	assert_non_null(layout);
	arena = race_arena_create_within(layout, true, 0, err, sizeof(err));
	if (!arena)
		fail_msg("%s", err);
	for (int i = 0; i < 200; i++) {
		struct race_options options = random_options(&rng);

		this_task.lock_kind = LOCK_KIND_MCS;
		this_task.timing = LOCK_TIMING_HOLD;
		run_with(arena, layout, &options, seed);
		assert_int_equal(this_task.lock_kind, LOCK_KIND_MCS);
		assert_int_equal(this_task.timing, LOCK_TIMING_HOLD);
	}
	this_task = (struct task_context){0};
	race_arena_destroy(arena);
	random_layout_free(layout);
}

/* A machine and its races. */
struct racer {
	pthread_t thread;
	uint64_t rng;
	struct layout *layout;
	struct race_arena *arena;
	int ret;
	char err[256];
};

static void *racer_main(void *arg)
{
	struct racer *racer = arg;

	for (int i = 0; i < 100 && !racer->ret; i++) {
		struct race_options options = random_options(&racer->rng);
		struct race_result result;

		racer->ret = race_run(racer->arena, racer->layout, &options, &result, racer->err,
				      sizeof(racer->err));
	}
	return NULL;
}

/* cmocka knows one thread, so a fault of a racer is reported after the race. */
static void test_two_machines_race_at_once_with_options_of_their_own(void **state)
{
	struct racer racers[2] = {{.rng = seed}, {.rng = seed + 1}};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct racer *racer = &racers[i];

		racer->layout = random_layout(&racer->rng);
		assert_non_null(racer->layout);
		racer->arena = race_arena_create_within(racer->layout, true, 0, racer->err,
							sizeof(racer->err));
		if (!racer->arena)
			fail_msg("%s", racer->err);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]),
				 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(racers[i].thread, NULL);
		if (racers[i].ret)
			fail_msg("machine %d: %d: %s", i, racers[i].ret, racers[i].err);
		race_arena_destroy(racers[i].arena);
		random_layout_free(racers[i].layout);
	}
}

static void test_random_races_lose_nothing(void **state)
{
	time_t end = time(NULL) + seconds;
	unsigned long races = 0;

	(void)state;
	for (; seconds ? time(NULL) < end : races < RACES; races++)
		run_one(seed + races);
	if (seconds)
		printf("# %lu races, seeds %llu to %llu\n", races, (unsigned long long)seed,
		       (unsigned long long)(seed + races - 1));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_races_lose_nothing),
		cmocka_unit_test(test_options_end_with_their_race),
		cmocka_unit_test(test_two_machines_race_at_once_with_options_of_their_own),
	};

	if (argc > 1) {
		seconds = strtol(argv[1], NULL, 10);
		if (seconds <= 0) {
			fprintf(stderr, "usage: test_race [SECONDS [SEED]]\n");
			return 2;
		}
	}
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
