// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: what race_run() reports of a real race, and what it does when a role cannot start.
 * Right: memory is free by halves, nine tenths and all in that order and before the end, also
 * where all of it came from swap; pages and lock figures add up to the layout; without a thread
 * there is an error that names it, and the machine is as good as new. Wrong looks like a time of
 * 0, a mark behind the end, or a later race that finds pages lost.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "engines/reap_plan.h"
#include "race/race.h"
#include "vma/frames.h"
#include "vma/vm_flags.h"

#define PAGES 4096
#define START (64UL << 20)

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

int __wrap_reap_plan_parse(const struct reap_order *orders, const char *text,
			   struct reap_plan *plan);
int __real_reap_plan_parse(const struct reap_order *orders, const char *text,
			   struct reap_plan *plan);

static int creations_until_failure = -1, creations, parses, creations_at_parse;

int __wrap_reap_plan_parse(const struct reap_order *orders, const char *text,
			   struct reap_plan *plan)
{
	parses++;
	creations_at_parse = creations;
	return __real_reap_plan_parse(orders, text, plan);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	if (creations_until_failure >= 0 && creations_until_failure-- == 0)
		return EAGAIN;
	creations++;
	return __real_pthread_create(thread, attr, fn, arg);
}

/* One VMA of one kind of page. */
struct one_kind {
	struct layout layout;
	struct layout_vma vma;
	struct layout_run run;
};

static void one_kind(struct one_kind *k, enum layout_kind kind)
{
	memset(k, 0, sizeof(*k));
	k->vma = (struct layout_vma){.start = START,
				     .end = START + PAGES * PAGE_SIZE,
				     .vm_flags = VM_READ | VM_WRITE,
				     .file = kind == LAYOUT_FILE,
				     .nr_runs = 1};
	k->run = (struct layout_run){k->vma.start, k->vma.end, kind};
	k->layout = (struct layout){.name = "one-kind",
				    .vmas = &k->vma,
				    .nr_vmas = 1,
				    .runs = &k->run,
				    .nr_runs = 1,
				    .names = "",
				    .nr_pte_tables = PAGES / 512};
	k->layout.pages[kind] = PAGES;
}

static int race(struct race_arena *arena, const struct one_kind *k, const char *engine,
		const char *order, struct race_result *result, char err[256])
{
	const struct race_options options = {.engine = engine,
					     .order = order,
					     .timing = LOCK_TIMING_WAIT,
					     .tlb = TLB_OFF,
					     .frames = FRAMES_BY_SIZE,
					     .cpu = {-1, -1}};

	return race_run(arena, &k->layout, &options, result, err, 256);
}

static void check_result(const struct race_result *result, enum layout_kind kind)
{
	uint64_t acquired = 0, pages = 0;

	for (int role = 0; role < NR_ROLES; role++) {
		acquired += result->role[role].lock[LOCK_PTL].acquired;
		pages += result->role[role].count.unmapped;
	}
	assert_int_equal(pages, PAGES);
	/* Each table was locked, or, if huge, its PMD table. */
	assert_true(acquired >= PAGES / 512);
	if (kind == LAYOUT_SWAP)
		assert_true(result->role[0].lock[LOCK_SWAP].acquired +
				    result->role[1].lock[LOCK_SWAP].acquired >=
			    PAGES);
	if (kind == LAYOUT_FILE)
		return; /* stays in the page cache: there is nothing to be freed */
	assert_true(result->free_ns[FREE_50] > 0);
	for (int mark = FREE_50; mark < FREE_100; mark++)
		assert_true(result->free_ns[mark] <= result->free_ns[mark + 1]);
	assert_true(result->free_ns[FREE_100] <= result->wall_ns);
}

static void figures_fit_the_layout_for_every_kind_of_page(void **state)
{
	struct race_result result;
	char err[256];

	(void)state;
	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++) {
		struct race_arena *arena;
		struct one_kind k;

		one_kind(&k, (enum layout_kind)kind);
		arena = race_arena_create_within(&k.layout, false, 0, err, sizeof(err));
		assert_non_null(arena);
		for (const char *const *e = race_engines(); *e; e++) {
			for (const char *const *o = race_orders(); *o; o++) {
				if (race(arena, &k, *e, *o, &result, err))
					fail_msg("%s %s: %s", *e, *o, err);
				check_result(&result, (enum layout_kind)kind);
			}
		}
		race_arena_destroy(arena);
	}
}

static void a_role_that_cannot_start_loses_nothing(void **state)
{
	struct race_result result;
	struct race_arena *arena;
	struct one_kind k;
	char err[256];

	(void)state;
	one_kind(&k, LAYOUT_ANON);
	arena = race_arena_create_within(&k.layout, false, 0, err, sizeof(err));
	assert_non_null(arena);
	for (const char *const *e = race_engines(); *e; e++) {
		/* The first race also starts what the engine needs. */
		assert_int_equal(race(arena, &k, *e, "forward", &result, err), 0);
		for (int nth = 0; nth < NR_ROLES; nth++) {
			creations_until_failure = nth;
			assert_int_equal(race(arena, &k, *e, "forward", &result, err), -EAGAIN);
			creations_until_failure = -1;
			assert_non_null(strstr(err, "cannot start"));
			if (race(arena, &k, *e, "reverse", &result, err))
				fail_msg("afterwards: %s", err);
			check_result(&result, LAYOUT_ANON);
		}
	}
	race_arena_destroy(arena);
}

/* From the arena to the last check, each allocation failing once. */
static void without_memory_there_is_an_error_and_nothing_is_lost(void **state)
{
	static const enum layout_kind kinds[] = {LAYOUT_ANON, LAYOUT_FILE, LAYOUT_HUGE};
	struct race_result result;
	char err[256];

	(void)state;
	for (const char *const *e = race_engines(); *e; e++) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			unsigned long refused = 0;
			bool delivered = true;
			struct one_kind k;

			one_kind(&k, kinds[i]);
			for (unsigned long n = 0; delivered; n++) {
				struct race_arena *arena;
				int ret = -ENOMEM;

				fault_arm(n);
				arena = race_arena_create_within(&k.layout, false, 0, err,
								 sizeof(err));
				if (arena)
					ret = race(arena, &k, *e, "reverse", &result, err);
				delivered = fault_disarm();
				if (ret && (ret != -ENOMEM || !delivered))
					fail_msg("%s, request %lu: %d: %s", *e, n, ret, err);
				refused += ret != 0;
				if (arena && race(arena, &k, *e, "reverse", &result, err))
					fail_msg("%s, after request %lu: %s", *e, n, err);
				race_arena_destroy(arena);
			}
			/* At least the arena, address space, VMA, pages and a table. */
			assert_true(refused >= 5);
		}
	}
}

static int race_with_frames(struct race_arena *arena, const struct one_kind *k, double frames,
			    struct race_result *result, char err[256])
{
	const struct race_options options = {.engine = *race_engines(),
					     .order = "reverse",
					     .timing = LOCK_TIMING_WAIT,
					     .frames = frames,
					     .cpu = {-1, -1}};

	return race_run(arena, &k->layout, &options, result, err, 256);
}

static void frames_are_measured_or_follow_the_size_unless_asked_otherwise(void **state)
{
	static const double given[] = {FRAMES_CONSECUTIVE, 1, 12.5};
	struct race_result result;
	struct race_arena *arena;
	struct one_kind k;
	char err[256];
	int ret;

	(void)state;
	one_kind(&k, LAYOUT_ANON);
	arena = race_arena_create_within(&k.layout, false, 0, err, sizeof(err));
	assert_non_null(arena);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		assert_int_equal(race_with_frames(arena, &k, given[i], &result, err), 0);
		assert_true(result.frame_run == given[i]);
		assert_false(result.frames_measured);
	}
	assert_int_equal(race_with_frames(arena, &k, FRAMES_BY_SIZE, &result, err), 0);
	assert_true(result.frame_run == frames_default_run(k.layout.pages[LAYOUT_ANON]));
	assert_false(result.frames_measured);

	ret = race_with_frames(arena, &k, FRAMES_MEASURED, &result, err);
	if (ret) {
		/* Who is not root does not see them. */
		assert_int_equal(ret, -EPERM);
		assert_non_null(strstr(err, "only root"));
	} else {
		assert_true(result.frames_measured && result.frame_run >= 1);
	}
	assert_int_equal(race_with_frames(arena, &k, FRAMES_AUTO, &result, err), 0);
	assert_true(result.frames_measured == !ret);
	race_arena_destroy(arena);
}

/* Each race checks that nothing was lost; here one after the other in the same arena. */
static void every_tlb_mode_and_every_choice_of_frames_can_be_raced(void **state)
{
	static const double frames[] = {FRAMES_AUTO, FRAMES_BY_SIZE, FRAMES_CONSECUTIVE, 1,
					4,	     FRAMES_RUN_MAX};
	struct race_arena *arena;
	struct one_kind k;
	char err[256];

	(void)state;
	one_kind(&k, LAYOUT_ANON);
	arena = race_arena_create_within(&k.layout, false, 0, err, sizeof(err));
	assert_non_null(arena);
	for (int mode = 0; mode < NR_TLB_MODES; mode++) {
		for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
			const struct race_options options = {
				.engine = *race_engines(),
				.order = "reverse",
				.timing = LOCK_TIMING_WAIT,
				.tlb = (enum tlb_mode)mode,
				.frames = frames[i],
				.cpu = {-1, -1},
			};
			struct race_result result;
			int ret = race_run(arena, &k.layout, &options, &result, err, sizeof(err));

			if (ret == -ENOSYS)
				continue; /* a kernel without membarrier */
			if (ret)
				fail_msg("mode %d, frames %g: %s", mode, frames[i], err);
			check_result(&result, LAYOUT_ANON);
		}
	}
	race_arena_destroy(arena);
}

static void an_unknown_name_is_refused(void **state)
{
	struct race_result result;
	struct race_arena *arena;
	struct one_kind k;
	char err[256];

	(void)state;
	one_kind(&k, LAYOUT_ANON);
	arena = race_arena_create_within(&k.layout, false, 0, err, sizeof(err));
	assert_non_null(arena);
	assert_int_equal(race(arena, &k, "nosuch", "solo", &result, err), -EINVAL);
	assert_int_equal(race(arena, &k, *race_engines(), "sideways", &result, err), -EINVAL);
	race_arena_destroy(arena);
}

/* Reading the order's name is no part of what is timed. */
static void an_order_is_understood_before_the_tasks_start(void **state)
{
	struct race_result result;
	struct race_arena *arena;
	struct one_kind k;
	char err[256] = "";

	(void)state;
	one_kind(&k, LAYOUT_ANON);
	arena = race_arena_create_within(&k.layout, false, 0, err, sizeof(err));
	assert_non_null(arena);
	/* The first race also starts what frees memory behind a grace period. */
	assert_int_equal(race(arena, &k, "maple", "reverse-fine:2", &result, err), 0);
	parses = 0;
	assert_int_equal(race(arena, &k, "maple", "reverse-fine:2", &result, err), 0);
	assert_int_equal(parses, 1);
	assert_int_equal(creations_at_parse + NR_ROLES, creations);
	race_arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_understood_before_the_tasks_start),
		cmocka_unit_test(figures_fit_the_layout_for_every_kind_of_page),
		cmocka_unit_test(a_role_that_cannot_start_loses_nothing),
		cmocka_unit_test(without_memory_there_is_an_error_and_nothing_is_lost),
		cmocka_unit_test(frames_are_measured_or_follow_the_size_unless_asked_otherwise),
		cmocka_unit_test(every_tlb_mode_and_every_choice_of_frames_can_be_raced),
		cmocka_unit_test(an_unknown_name_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
