// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the exiting task and the reaper race over random small address spaces, in every
 * order, with every lock, over every engine. Right: each race ends, and afterwards every page
 * was freed exactly once and no table, counter, slot or area is left (race_run() checks that),
 * and where it was traced, the trace agrees with the figures and the layout.
 * Wrong: -EUCLEAN, a crash, a hang, or a report of ThreadSanitizer.
 *
 * With arguments: test_race SECONDS [SEED], for so long instead of a fixed number of races.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "race/race.h"
#include "random_layout.h"
#include "trace_check.h"

#ifdef UMAPLE_DEBUG
#define RACES 1000
#else
#define RACES 2000
#endif

static const char *const orders[] = {"forward", "reverse", "reverse-fine", "reverse-fine:3",
				     "solo"};

static long seconds;
static uint64_t seed = 1;

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
		.tlb_membarrier = random_below(rng, 2),
		.cpu = {-1, -1},
	};
}

/* What the two roles unmapped is what the layout had, no more and no less. */
static void check_pages(const struct layout *layout, const struct race_result *result)
{
	uint64_t pages = 0;

	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += layout->pages[kind];
	assert_int_equal(result->role[ROLE_EXIT].pages + result->role[ROLE_REAPER].pages, pages);
}

static void run_one(uint64_t this_seed)
{
	uint64_t rng = this_seed;
	struct layout *layout = random_layout(&rng);
	struct race_options options = random_options(&rng);
	struct race_result result;
	struct race_arena *arena;
	char err[256] = "";
	int ret;

	assert_non_null(layout);
	arena = race_arena_create(layout, options.timing == LOCK_TIMING_TRACE, err, sizeof(err));
	if (!arena)
		fail_msg("seed %llu: %s", (unsigned long long)this_seed, err);
	ret = race_run(arena, layout, &options, &result, err, sizeof(err));
	if (ret)
		fail_msg("seed %llu, order %s, lock %d: %d: %s", (unsigned long long)this_seed,
			 options.order, options.lock, ret, err);
	check_pages(layout, &result);
	if (options.timing == LOCK_TIMING_TRACE)
		check_trace(layout, &result, race_arena_trace(arena));
	race_arena_destroy(arena);
	random_layout_free(layout);
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
