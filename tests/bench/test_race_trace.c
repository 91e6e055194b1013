// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the record of a traced race, for a small victim with visits that are known beforehand
 * and for real layouts, over every engine and in every order.
 * Right: each visit has the page and the table that stand there; every table is visited; who
 * walks upward is seen to, and who walks downward too; waits are those of the lock figures; the
 * times add up; memory that came back is all that was to come back.
 * Wrong: a page number off by a hole, a table left out, a wait in one figure and not in the other.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/fault.h"
#include "race/race_internal.h"
#include "trace_check.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define FAR (1024 * 1024 * MIB)

/*
 * Three VMAs. The first has a hole, resident and swapped pages, and shares its second table with
 * the next one; the last has a huge page in the middle and begins and ends inside a table.
 */
static struct layout_run runs[] = {
	{16 * MIB + 8 * KIB, 16 * MIB + 16 * KIB, LAYOUT_ANON},
	{18 * MIB + 40 * KIB, 18 * MIB + 44 * KIB, LAYOUT_SWAP},
	{19 * MIB, 19 * MIB + 4 * KIB, LAYOUT_FILE},
	{FAR - 4 * KIB, FAR, LAYOUT_ANON},
	{FAR, FAR + 2 * MIB, LAYOUT_HUGE},
	{FAR + 2 * MIB, FAR + 2 * MIB + 4 * KIB, LAYOUT_ANON},
};

static struct layout_vma vmas[] = {
	{.start = 16 * MIB, .end = 19 * MIB, .nr_runs = 2},
	{.start = 19 * MIB, .end = 20 * MIB, .file = true, .nr_runs = 1, .first_run = 2},
	{.start = FAR - 1 * MIB, .end = FAR + 3 * MIB, .nr_runs = 3, .first_run = 3},
};

/* The first address of each VMA's part of each table, and the pages there. */
static const struct {
	uint64_t page, table;
} expected[] = {
	{0, 0}, {2, 1},		      /* 16 MiB, 18 MiB */
	{3, 1},			      /* 19 MiB, another VMA in the same table */
	{4, 2}, {5, 3}, {5 + 512, 4}, /* FAR - 1 MiB, FAR, FAR + 2 MiB */
};

#define NR_EXPECTED (sizeof(expected) / sizeof(expected[0]))

static struct layout handmade = {
	.name = "handmade",
	.vmas = vmas,
	.nr_vmas = 3,
	.runs = runs,
	.nr_runs = 6,
	.names = "",
	.nr_pte_tables = 4,
	.pages = {[LAYOUT_ANON] = 4, [LAYOUT_FILE] = 1, [LAYOUT_SWAP] = 1, [LAYOUT_HUGE] = 512},
};

static struct race_arena *make_arena(const struct layout *layout, bool traced)
{
	struct race_arena *arena;
	char err[256];

	for (size_t i = 0; i < 3; i++)
		vmas[i].vm_flags = VM_READ | VM_WRITE;
	arena = race_arena_create_within(layout, traced, 0, err, sizeof(err));
	if (!arena)
		fail_msg("%s", err);
	return arena;
}

static int try_race(struct race_arena *arena, const struct layout *layout, const char *engine,
		    const char *order, struct race_result *result, char err[256])
{
	const struct race_options options = {.engine = engine,
					     .order = order,
					     .timing = LOCK_TIMING_TRACE,
					     .tlb = TLB_OFF,
					     .frames = FRAMES_BY_SIZE,
					     .cpu = {-1, -1}};

	return race_run(arena, layout, &options, result, err, 256);
}

static const struct race_trace *race(struct race_arena *arena, const struct layout *layout,
				     const char *engine, const char *order,
				     struct race_result *result)
{
	char err[256];

	if (try_race(arena, layout, engine, order, result, err))
		fail_msg("%s %s: %s", engine, order, err);
	return race_arena_trace(arena);
}

static void the_visits_of_a_handmade_victim_are_known(void **state)
{
	struct race_arena *arena = make_arena(&handmade, true);
	struct race_result result;

	(void)state;
	for (const char *const *e = race_engines(); *e; e++) {
		const struct race_trace *trace = race(arena, &handmade, *e, "solo", &result);
		const struct role_trace *exit = &trace->role[ROLE_EXIT];

		check_trace(&handmade, &result, trace);
		assert_int_equal(trace->pages, 518);
		assert_int_equal(trace->tables, 5);
		assert_int_equal(exit->nr_visits, NR_EXPECTED);
		for (size_t i = 0; i < NR_EXPECTED; i++) {
			assert_int_equal(exit->visits[i].page, expected[i].page);
			assert_int_equal(exit->visits[i].table, expected[i].table);
		}
	}
	race_arena_destroy(arena);
}

/* The VMAs of the handmade victim in the order in which the reaper came to them. */
static void assert_reaper_walks(const struct role_trace *reaper, const size_t *order, size_t nr)
{
	/*
	 * The second task at the huge page finds no entry and takes no lock, so that visit may
	 * be missing; every other is there.
	 */
	size_t i = 0;

	for (size_t k = 0; k < nr; k++) {
		const bool huge = expected[order[k]].table == 3;

		if (i < reaper->nr_visits && reaper->visits[i].page == expected[order[k]].page &&
		    reaper->visits[i].table == expected[order[k]].table)
			i++;
		else if (!huge)
			fail_msg("visit %zu is not to table %llu", i,
				 (unsigned long long)expected[order[k]].table);
	}
	assert_int_equal(i, reaper->nr_visits);
}

static void the_reaper_is_seen_to_walk_as_its_order_says(void **state)
{
	static const size_t forward[] = {0, 1, 2, 3, 4, 5}, reverse[] = {3, 4, 5, 2, 0, 1},
			    fine[] = {5, 4, 3, 2, 1, 0}, fine2[] = {4, 5, 3, 2, 0, 1};
	static const struct {
		const char *order;
		const size_t *visits;
	} walks[] = {{"forward", forward},
		     {"reverse", reverse},
		     {"reverse-fine", fine},
		     {"reverse-fine:2", fine2}};
	struct race_arena *arena = make_arena(&handmade, true);
	struct race_result result;

	(void)state;
	for (const char *const *e = race_engines(); *e; e++) {
		for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
			const struct race_trace *trace =
				race(arena, &handmade, *e, walks[i].order, &result);

			check_trace(&handmade, &result, trace);
			/* The exiting task may be done before the reaper has begun. */
			if (trace->role[ROLE_REAPER].nr_visits)
				assert_reaper_walks(&trace->role[ROLE_REAPER], walks[i].visits,
						    NR_EXPECTED);
		}
	}
	race_arena_destroy(arena);
}

/* Which VMA a page stands in. */
static size_t vma_of(const struct layout *layout, uint64_t page)
{
	size_t i = 0;

	while (i < layout->nr_vmas && page >= page_number(layout, layout->vmas[i].end))
		i++;
	return i;
}

static void assert_direction(const struct layout *layout, const char *order,
			     const struct role_trace *reaper)
{
	for (size_t i = 1; i < reaper->nr_visits; i++) {
		const struct race_visit *now = &reaper->visits[i], *last = now - 1;

		if (!strcmp(order, "forward"))
			assert_true(now->page >= last->page && now->table >= last->table);
		else if (!strcmp(order, "reverse-fine"))
			/* Upward in a table only after a gather was full in the middle of it. */
			assert_true(now->table < last->table ? now->page <= last->page
							     : now->table == last->table);
		/* Only where VMAs are full is a page a sure sign of the VMA. */
		else if (!strcmp(order, "reverse") && !strcmp(layout->name, "grid"))
			assert_true(vma_of(layout, now->page) == vma_of(layout, last->page)
					    ? now->page >= last->page
					    : now->page < last->page);
	}
}

static void traces_of_real_layouts_hold_together(void **state)
{
	static const char *const names[] = {"android", "grid", "java"};
	size_t reaper_visits = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct layout_error err;
		struct layout *layout = layout_open(names[i], 1, &err);
		struct race_arena *arena;
		struct race_result result;

		assert_non_null(layout);
		arena = make_arena(layout, true);
		for (const char *const *e = race_engines(); *e; e++) {
			for (const char *const *o = race_orders(); *o; o++) {
				const struct race_trace *trace =
					race(arena, layout, *e, *o, &result);

				check_trace(layout, &result, trace);
				assert_direction(layout, *o, &trace->role[ROLE_REAPER]);
				reaper_visits += trace->role[ROLE_REAPER].nr_visits;
			}
		}
		race_arena_destroy(arena);
		layout_free(layout);
	}
	assert_true(reaper_visits > 0);
}

static void time_goes_where_the_work_is(void **state)
{
	struct layout_error layout_err;
	struct layout *layout = layout_open("android", 1, &layout_err);
	const struct role_trace *exit = NULL;
	struct race_result result;
	struct race_arena *arena;
	uint64_t sections, wall;

	(void)state;
	assert_non_null(layout);
	arena = make_arena(layout, true);
	/* A task that is put off its CPU spends that time wherever it just was. */
	for (int tries = 0; tries < 50; tries++) {
		exit = &race(arena, layout, *race_engines(), "solo", &result)->role[ROLE_EXIT];
		if (!result.disturbed)
			break;
	}
	wall = result.role[ROLE_EXIT].wall_ns;
	sections = exit->time_ns[BUCKET_UNDER_PTL] + exit->time_ns[BUCKET_FREE];
	/* Nobody to wait for, no shootdown asked for; the rest is unmapping and freeing. */
	assert_int_equal(exit->time_ns[BUCKET_TLB], 0);
	for (int class = 0; class < NR_LOCK_CLASSES; class ++)
		assert_int_equal(exit->time_ns[BUCKET_WAIT_OF + class], 0);
	assert_int_equal(exit->time_ns[BUCKET_MMAP_LOCK_WAIT], 0);
	assert_true(exit->time_ns[BUCKET_UNDER_PTL] > wall / 4);
	assert_true(exit->time_ns[BUCKET_FREE] > wall / 100);
	assert_true(sections > wall / 2);
	race_arena_destroy(arena);
	layout_free(layout);
}

static void visits_without_room_are_counted_and_the_times_stay_right(void **state)
{
	struct race_arena *arena = make_arena(&handmade, true);
	const struct role_trace *exit;
	struct race_result result;
	uint64_t time = 0;

	(void)state;
	arena->tracer->task[ROLE_EXIT]->max_visits = 4;
	exit = &race(arena, &handmade, *race_engines(), "solo", &result)->role[ROLE_EXIT];
	assert_int_equal(exit->nr_visits, 4);
	assert_int_equal(exit->lost, NR_EXPECTED - 4);
	assert_int_equal(exit->visits[3].table, expected[3].table);
	for (int i = 0; i < NR_TASK_BUCKETS; i++)
		time += exit->time_ns[i];
	assert_within(time, result.role[ROLE_EXIT].wall_ns, NR_TASK_BUCKETS + 1, "time");
	race_arena_destroy(arena);
}

static void an_arena_without_room_refuses_a_traced_race(void **state)
{
	struct race_arena *arena = make_arena(&handmade, false);
	struct race_result result;
	char err[256];

	(void)state;
	assert_int_equal(try_race(arena, &handmade, *race_engines(), "solo", &result, err),
			 -EINVAL);
	assert_non_null(strstr(err, "no room for a trace"));
	assert_true(race_arena_bytes(&handmade, true) > race_arena_bytes(&handmade, false));
	race_arena_destroy(arena);
}

/* Each allocation of the arena failing once. */
static void without_memory_there_is_no_arena_and_nothing_is_left(void **state)
{
	unsigned long refused = 0;
	bool delivered = true;
	char err[256];

	(void)state;
	for (unsigned long n = 0; delivered; n++) {
		struct race_arena *arena;

		fault_arm(n);
		arena = race_arena_create_within(&handmade, true, 0, err, sizeof(err));
		delivered = fault_disarm();
		assert_int_equal(arena == NULL, delivered);
		if (!arena)
			assert_non_null(strstr(err, "out of memory"));
		refused += !arena;
		race_arena_destroy(arena);
	}
	/* At least the axis, and for each role its record and five lists. */
	assert_true(refused >= 1 + 2 * 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_visits_of_a_handmade_victim_are_known),
		cmocka_unit_test(the_reaper_is_seen_to_walk_as_its_order_says),
		cmocka_unit_test(traces_of_real_layouts_hold_together),
		cmocka_unit_test(time_goes_where_the_work_is),
		cmocka_unit_test(visits_without_room_are_counted_and_the_times_stay_right),
		cmocka_unit_test(an_arena_without_room_refuses_a_traced_race),
		cmocka_unit_test(without_memory_there_is_no_arena_and_nothing_is_left),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
