// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who takes part in a race: what an order's text stands for, and races of many tasks, in which as
 * much has to be right at the end as in any other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "layout/layout.h"
#include "race/race.h"

static const int no_cpu[NR_ROLES] = {-1, -1};

/* "role order delay" of each task, behind each other. */
static void assert_cast(const char *text, const char *expected)
{
	struct race_actor_info infos[RACE_ACTORS_MAX];
	const unsigned int nr = race_actors(text, no_cpu, infos);
	char all[1024] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < nr; i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s %s %u",
					 i ? ", " : "",
					 infos[i].role == ROLE_EXIT ? "exit" : "reaper",
					 infos[i].order, infos[i].delay_us);
	if (strcmp(all, expected))
		fail_msg("%s: '%s', not '%s'", text, all, expected);
	assert_true(race_order_valid(text));
	assert_int_equal(race_order_traceable(text), nr <= 2);
}

static void an_order_says_who_takes_part(void **state)
{
	(void)state;
	assert_cast("solo", "exit forward 0");
	assert_cast("reverse", "exit forward 0, reaper reverse 0");
	assert_cast("reverse-fine:4", "exit forward 0, reaper reverse-fine:4 0");
	assert_cast("reverse/solo", "exit reverse 0");
	assert_cast("reverse/forward", "exit reverse 0, reaper forward 0");
	assert_cast("forward@7/reverse-fine:2@1000000",
		    "exit forward 7, reaper reverse-fine:2 1000000");
	assert_cast("reverse*2", "exit forward 0, reaper reverse 0, reaper reverse 0");
	assert_cast("reverse-fine:3@20*2+forward",
		    "exit forward 0, reaper reverse-fine:3 20, reaper reverse-fine:3 20, "
		    "reaper forward 0");
	assert_cast("forward+reverse@1", "exit forward 0, reaper forward 0, reaper reverse 1");
}

static void what_says_nothing_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"/",
		"+",
		"reverse/",
		"/reverse",
		"solo/reverse",
		"solo+reverse",
		"reverse+solo",
		"solo*2",
		"solo@5",
		"reverse*0",
		"reverse*16",
		"reverse*8+forward*8",
		"reverse*2*2",
		"reverse*",
		"reverse@",
		"reverse@0",
		"reverse@-1",
		"reverse@1000001",
		"reverse@5us",
		"reverse*2@5",
		"reverse*2/forward",
		"forward/reverse/forward",
		"reverse+",
		"+reverse",
		"reverse++forward",
		" reverse",
		"reverse:2",
		"reverse@99999999999999999999999",
		"forward+forward+forward+forward+forward+forward+forward+forward+forward+forward",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (race_order_valid(bad[i]))
			fail_msg("'%s' was taken", bad[i]);
}

static void a_walk_is_one_order_alone(void **state)
{
	(void)state;
	assert_true(race_walk_valid("reverse") && race_walk_valid("reverse-fine:8"));
	assert_false(race_walk_valid("solo") || race_walk_valid("reverse/forward") ||
		     race_walk_valid("reverse*2") || race_walk_valid("reverse@5"));
}

static void further_reapers_get_the_cpus_that_are_left(void **state)
{
	struct race_actor_info infos[RACE_ACTORS_MAX];
	const int cpu[NR_ROLES] = {0, 1};
	const unsigned int nr = race_actors("reverse*15", cpu, infos);

	(void)state;
	assert_int_equal(nr, 16);
	assert_int_equal(infos[0].cpu, 0);
	assert_int_equal(infos[1].cpu, 1);
	for (unsigned int i = 2; i < nr; i++) {
		assert_true(infos[i].cpu == -1 || infos[i].cpu > infos[i - 1].cpu);
		assert_true(infos[i].cpu != 0 && infos[i].cpu != 1);
	}
	assert_int_equal(race_actors("reverse*15", no_cpu, infos), 16);
	for (unsigned int i = 0; i < nr; i++)
		assert_int_equal(infos[i].cpu, -1);
}

static uint64_t unmapped(const struct race_result *r)
{
	return r->role[ROLE_EXIT].count.unmapped + r->role[ROLE_REAPER].count.unmapped;
}

/* As race_run() checks it: nothing lost, nothing freed twice; and each page was somebody's. */
static void every_cast_takes_each_page_once(void **state)
{
	static const char *const orders[] = {
		"reverse/solo",	   "reverse/reverse",	  "reverse-fine:2/forward",
		"reverse*3",	   "forward+reverse",	  "forward/reverse-fine+forward+reverse",
		"reverse@200*2",   "reverse@300/forward", "forward@100+reverse@200+reverse-fine*6",
		"forward/forward",
	};
	char err[256] = "";
	struct layout_error open_error;
	struct layout *layout = layout_open("android", 1, &open_error);
	struct race_arena *arena;
	uint64_t pages = 0;

	(void)state;
	assert_non_null(layout);
	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += layout->pages[kind];
	arena = race_arena_create_within(layout, false, 0, err, sizeof(err));
	assert_non_null(arena);
	for (const char *const *engine = race_engines(); *engine; engine++) {
		for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
			const struct race_options options = {.engine = *engine,
							     .order = orders[i],
							     .lock = LOCK_KIND_TAS,
							     .timing = LOCK_TIMING_WAIT,
							     .cpu = {-1, -1}};
			struct race_actor_info infos[RACE_ACTORS_MAX];
			struct race_result r;

			if (race_run(arena, layout, &options, &r, err, sizeof(err)))
				fail_msg("%s: %s: %s", *engine, orders[i], err);
			assert_int_equal(unmapped(&r), pages);
			assert_int_equal(r.reapers, race_actors(orders[i], no_cpu, infos) - 1);
			assert_false(r.crowded);
			assert_true(r.free_ns[FREE_100] <= r.wall_ns);
		}
	}
	race_arena_destroy(arena);
	layout_free(layout);
}

/* The exiting task begins 50 ms late: nobody can take as long for the rest of this victim. */
static void who_begins_late_finds_little_left(void **state)
{
	char err[256] = "";
	struct layout_error open_error;
	struct layout *layout = layout_open("java", 1, &open_error);
	struct race_options options = {
		.engine = *race_engines(), .timing = LOCK_TIMING_WAIT, .cpu = {-1, -1}};
	struct race_arena *arena;
	struct race_result r;

	(void)state;
	assert_non_null(layout);
	arena = race_arena_create_within(layout, false, 0, err, sizeof(err));
	assert_non_null(arena);
	options.order = "forward@1000000/reverse";
	assert_int_equal(race_run(arena, layout, &options, &r, err, sizeof(err)), 0);
	assert_in_range(r.wall_ns, 1000000000, UINT64_MAX);
	assert_true(r.role[ROLE_REAPER].wall_ns < r.role[ROLE_EXIT].wall_ns);
	/* All that a reaper may take is gone, and the rest is the pages of shared files. */
	assert_true(r.role[ROLE_REAPER].count.unmapped > 10 * r.role[ROLE_EXIT].count.unmapped);

	options.order = "reverse@1000000";
	assert_int_equal(race_run(arena, layout, &options, &r, err, sizeof(err)), 0);
	assert_int_equal(r.role[ROLE_REAPER].count.unmapped, 0);
	assert_in_range(r.wall_ns, 1000000000, UINT64_MAX);
	race_arena_destroy(arena);
	layout_free(layout);
}

static void several_reapers_have_no_trace(void **state)
{
	char err[256] = "";
	struct layout_error open_error;
	struct layout *layout = layout_open("java", 1, &open_error);
	const struct race_options options = {.engine = *race_engines(),
					     .order = "reverse*2",
					     .timing = LOCK_TIMING_TRACE,
					     .cpu = {-1, -1}};
	struct race_arena *arena;
	struct race_result r;

	(void)state;
	assert_non_null(layout);
	arena = race_arena_create_within(layout, true, 0, err, sizeof(err));
	assert_non_null(arena);
	assert_int_equal(race_run(arena, layout, &options, &r, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "several reapers"));
	race_arena_destroy(arena);
	layout_free(layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_says_who_takes_part),
		cmocka_unit_test(what_says_nothing_is_refused),
		cmocka_unit_test(a_walk_is_one_order_alone),
		cmocka_unit_test(further_reapers_get_the_cpus_that_are_left),
		cmocka_unit_test(every_cast_takes_each_page_once),
		cmocka_unit_test(who_begins_late_finds_little_left),
		cmocka_unit_test(several_reapers_have_no_trace),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
