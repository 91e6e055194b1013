// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: every scenario of the table, with every way to thaw, on every tree. Right is that a
 * frozen victim of several threads stays where one thread alone is let go, with the others frozen,
 * and leaves otherwise; that a stuck victim's memory comes back by the oom_reaper or not at all;
 * that the times of each thread follow each other; that each call returns what it should; and that
 * what cannot be played, for lack of memory too, leaves nothing behind. Wrong looks like a victim
 * that leaves and was said to stay, memory that is free before it was freed, a lost page.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "scenario/rows.h"
#include "../kernel_tree_tsan.h"

#define THREADS 5
#define REPS	2
#define PAGES	(1 << 14) /* of the machine */

static struct layout *layout;

static int open_layout(void **state)
{
	struct layout_error err;

	layout = layout_open(LAYOUT_FILE_PATH, 1, &err);
	if (!layout)
		fail_msg("%s", err.text);
	return 0;
}

static int close_layout(void **state)
{
	layout_free(layout);
	return 0;
}

static struct scenario_rows rows_on(const char *engine)
{
	return (struct scenario_rows){.layout = layout,
				      .engine = engine,
				      .threads = THREADS,
				      .reps = REPS,
				      .wait_ms = 50,
				      .cpu = {-1, -1},
				      .lock = LOCK_KIND_MCS,
				      .machine = PAGES};
}

static void play(struct scenario_rows *rows)
{
	struct error_text error;

	if (scenario_rows_play(rows, NULL, NULL, &error))
		fail_msg("%s", error.text);
}

/* One row, played. @reaper_ms: the oom_reaper's delay; below 0 there is none. */
static struct scenario_rows played(const char *engine, const char *name, const char *policy,
				   int reaper_ms)
{
	struct scenario_rows rows = rows_on(engine);
	struct scenario scenario = *scenario_find(name);

	if (reaper_ms < 0)
		scenario_remove(&scenario, "oom_reaper");
	scenario_set_delay(&scenario, "oom_reaper", reaper_ms < 0 ? 0 : 1000u * reaper_ms);
	assert_int_equal(scenario_rows_add(&rows, &scenario, policy), 0);
	play(&rows);
	assert_int_equal(rows.rows[0].reps, REPS);
	return rows;
}

static void check_order(int64_t before, int64_t after)
{
	if (before != NEVER_NS && after != NEVER_NS)
		assert_true(before <= after);
}

/* What holds for each outcome, whatever was played. */
static void check_outcome(const struct scenario_outcome *o)
{
	unsigned int stuck = 0;

	for (int i = 0; i < THREADS; i++) {
		const struct thread_outcome *t = &o->threads[i];

		stuck += t->stuck;
		check_order(t->frozen_ns, t->thawed_ns);
		check_order(t->thawed_ns, t->exiting_ns);
		check_order(t->exiting_ns, t->left_mm_ns);
		check_order(t->left_mm_ns, t->dead_ns);
		assert_int_equal(t->dead_ns == NEVER_NS, t->stuck);
		assert_true(t->exiting_ns == NEVER_NS || t->exiting_ns > 0);
		assert_true(t->frozen_ns == NEVER_NS || t->freezes > 0);
		if (o->exited)
			assert_true(t->dead_ns <= o->last_exit_ns);
	}
	/* A thread that was born late has no record of its own. */
	assert_in_range(o->stuck, stuck, stuck + 1);
	assert_int_equal(o->exited, !o->stuck);
	assert_int_equal(o->last_exit_ns != NEVER_NS, o->exited);
	for (int i = 1; i < NR_FREE_MARKS; i++)
		check_order(o->free_ns[i - 1], o->free_ns[i]);
	if (o->exited)
		assert_true(o->free_ns[FREE_100] != NEVER_NS && o->free_ns[FREE_50] > 0);
	assert_true(o->nr_roles >= 2);
	assert_string_equal(o->roles[0].role, "victim");
	for (unsigned int i = 0; i < o->nr_roles; i++) {
		for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
			const struct role_lock *lock = &o->roles[i].lock[class];

			assert_int_equal(lock->contended > 0, lock->wait_ns > 0);
			assert_true(lock->wait_max_ns <= lock->wait_ns);
		}
	}
}

static void check_rows(const struct scenario_rows *rows)
{
	for (size_t i = 0; i < rows->nr; i++)
		for (unsigned int rep = 0; rep < rows->rows[i].reps; rep++)
			check_outcome(&rows->rows[i].outcomes[rep]);
}

static const char *const policies[] = {"thread", "all-threads", "memdie", "oom-victim"};

static void every_scenario_plays_with_every_policy(void **state)
{
	for (const struct engine *const *e = engines; *e; e++) {
		struct scenario_rows rows = rows_on((*e)->name);

		for (const struct scenario *s = scenarios; s->name; s++) {
			struct scenario scenario = *s;

			scenario_set_delay(&scenario, "oom_reaper", 20000);
			/* The tree makes no difference to a policy. */
			for (size_t i = e == engines ? 0 : 3; i < 4; i++)
				assert_int_equal(scenario_rows_add(&rows, &scenario, policies[i]),
						 0);
		}
		play(&rows);
		check_rows(&rows);
		scenario_rows_free(&rows);
	}
}

/* They do something while the victim lives, wait for it, and all memory comes back. */
static void others_may_use_the_address_space(void **state)
{
	static const char *const names[] = {"sharer", "reader"};

	for (const struct engine *const *e = engines; *e; e++) {
		for (size_t i = 0; i < 2; i++) {
			struct scenario_rows rows = played((*e)->name, names[i], "oom-victim", 0);
			const struct scenario_outcome *o = &rows.rows[0].outcomes[REPS - 1];

			assert_int_equal(scenario_exits(&rows.rows[0]), REPS);
			assert_true(o->act[0].ret > 0);
			assert_true(o->roles[0].mmap_lock_wait_ns > 0);
			assert_string_equal(o->roles[1].role, i ? "ps" : "sharer");
			assert_true(o->roles[1].mmap_lock_wait_ns > 0);
			check_rows(&rows);
			scenario_rows_free(&rows);
		}
	}
}

static void a_victim_with_one_thread_let_go_stays_and_keeps_its_memory(void **state)
{
	static const char *const names[] = {"frozen-cgroup", "frozen-suspend"};

	for (const struct engine *const *e = engines; *e; e++) {
		for (size_t i = 0; i < 2; i++) {
			struct scenario_rows rows = played((*e)->name, names[i], "thread", -1);
			const struct scenario_outcome *o = &rows.rows[0].outcomes[REPS - 1];
			struct interval never;

			assert_int_equal(scenario_exits(&rows.rows[0]), 0);
			assert_int_equal(o->stuck, THREADS - 1);
			assert_true(o->free_ns[FREE_50] == NEVER_NS);
			assert_false(scenario_time(&rows.rows[0], scenario_free, FREE_50, &never));
			check_rows(&rows);
			scenario_rows_free(&rows);
		}
	}
}

static void the_reaper_frees_a_frozen_victims_memory_after_its_delay(void **state)
{
	for (const struct engine *const *e = engines; *e; e++) {
		struct scenario_rows rows = played((*e)->name, "frozen-cgroup", "thread", 50);

		for (unsigned int i = 0; i < REPS; i++) {
			const struct scenario_outcome *o = &rows.rows[0].outcomes[i];

			assert_false(o->exited);
			assert_int_equal(o->reaped, 1);
			assert_true(o->free_ns[FREE_50] >= 50000000);
			assert_true(o->free_ns[FREE_100] != NEVER_NS);
		}
		check_rows(&rows);
		scenario_rows_free(&rows);
	}
}

static void all_threads_leave_where_all_are_exempt(void **state)
{
	for (const struct engine *const *e = engines; *e; e++) {
		for (int memdie = 0; memdie < 2; memdie++) {
			struct scenario_rows rows = played((*e)->name, "frozen-cgroup",
							   memdie ? "memdie" : "oom-victim", -1);
			const struct scenario_outcome *o = &rows.rows[0].outcomes[0];

			assert_int_equal(scenario_exits(&rows.rows[0]), REPS);
			/* Each of the marked threads takes one off, and only one was added. */
			assert_int_equal(o->oom_victims, memdie ? 1 - THREADS : 0);
			for (int i = 0; i < THREADS; i++)
				assert_true(o->threads[i].frozen_ns < 0 &&
					    o->threads[i].thawed_ns > 0);
			check_rows(&rows);
			scenario_rows_free(&rows);
		}
	}
}

static void mrelease_returns_what_the_moment_allows(void **state)
{
	for (const struct engine *const *e = engines; *e; e++) {
		struct scenario_rows rows = played((*e)->name, "mrelease-kill", "oom-victim", -1);
		struct scenario late = *scenario_find("mrelease");

		/* It has the address space before it kills. */
		assert_int_equal(scenario_returned(&rows.rows[0], 0, 0), REPS);
		scenario_rows_free(&rows);

		/* A second is more than the exit of a small victim takes. */
		rows = rows_on((*e)->name);
		scenario_set_delay(&late, "process_mrelease", 1000000);
		assert_int_equal(scenario_rows_add(&rows, &late, "oom-victim"), 0);
		play(&rows);
		assert_int_equal(scenario_returned(&rows.rows[0], 1, -ESRCH), REPS);
		check_rows(&rows);
		scenario_rows_free(&rows);

		/* A frozen victim cannot leave: no call comes too late for it, and it stays. */
		rows = played((*e)->name, "mrelease-frozen", "oom-victim", -1);
		assert_int_equal(scenario_returned(&rows.rows[0], 2, 0), REPS);
		assert_int_equal(scenario_exits(&rows.rows[0]), 0);
		assert_int_equal(rows.rows[0].outcomes[0].stuck, THREADS);
		assert_true(rows.rows[0].outcomes[0].free_ns[FREE_100] != NEVER_NS);
		scenario_rows_free(&rows);
	}
}

static void what_is_not_there_is_refused_and_costs_nothing(void **state)
{
	static const struct scenario wrong[] = {
		{.name = "no such operation", .acts = {{.role = "x", .operation = "nothing"}}},
		{.name = "no such order",
		 .acts = {{.role = "x", .operation = "kill"},
			  {.role = "x",
			   .operation = "process_mrelease",
			   .after = WHEN_KILLED,
			   .order = "sideways"}}},
		{.name = "an order for what does not walk",
		 .acts = {{.role = "x", .operation = "kill", .order = "reverse"}}},
		{.name = "no order for what walks",
		 .acts = {{.role = "x", .operation = "process_mrelease"}}},
	};

	for (size_t i = 0; i < 5; i++) {
		struct scenario_rows rows = rows_on(engines[0]->name);
		struct error_text error;

		assert_int_equal(scenario_rows_add(&rows, i < 4 ? &wrong[i] : &scenarios[0],
						   i < 4 ? "thread" : "no such policy"),
				 0);
		assert_int_equal(scenario_rows_play(&rows, NULL, NULL, &error), -EINVAL);
		assert_int_equal(rows.rows[0].reps, 0);
		scenario_rows_free(&rows);
	}
}

static void each_allocation_may_fail(void **state)
{
	struct scenario scenario = *scenario_find("mrelease-two");
	unsigned long nth = 0;
	bool hit = true;

	/* With a step: building the victim alone asks hundreds of times, and has its own test. */
	for (; hit; nth += 1 + nth / 8) {
		struct scenario_rows rows = rows_on(engines[0]->name);
		struct error_text error;
		int err;

		rows.reps = 1;
		fault_arm(nth);
		err = scenario_rows_add(&rows, &scenario, "oom-victim");
		if (!err)
			err = scenario_rows_play(&rows, NULL, NULL, &error);
		hit = fault_disarm();
		/* A thread of the victim's that gets no memory goes on without. */
		if (err)
			assert_true(err == -ENOMEM || err == -EAGAIN);
		if (!hit)
			assert_int_equal(err, 0);
		scenario_rows_free(&rows);
	}
	assert_true(nth > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_plays_with_every_policy),
		cmocka_unit_test(others_may_use_the_address_space),
		cmocka_unit_test(a_victim_with_one_thread_let_go_stays_and_keeps_its_memory),
		cmocka_unit_test(the_reaper_frees_a_frozen_victims_memory_after_its_delay),
		cmocka_unit_test(all_threads_leave_where_all_are_exempt),
		cmocka_unit_test(mrelease_returns_what_the_moment_allows),
		cmocka_unit_test(what_is_not_there_is_refused_and_costs_nothing),
		cmocka_unit_test(each_allocation_may_fail),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_layout, close_layout);
}
