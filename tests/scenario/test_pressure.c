// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: processes run out of memory again and again, on every tree. Right is that where
 * frozen victims leave, processes die and others go on, thousands of times; that where they stay,
 * everything stands still without the oom_reaper, and goes on with it; and that no page is lost in
 * the end. Wrong looks like a hang, a wait that nobody ends, a page that nobody has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "race/race_victim.h"

#define POOL  (16UL << 8) /* pages of 16 MiB */
#define TIMES 100000

static double episodes[TIMES], waits[TIMES];

struct call {
	const struct engine *engine;
	struct pressure_run run;
	struct pressure_outcome outcome;
};

static int play(void *arg, char *err, size_t errlen)
{
	const struct machine_size size = {.pages = POOL, .map_pages = POOL, .cpus = 64};
	const struct machine_state state = {.tlb = TLB_MODE_DEFAULT, .frames = FRAMES_CONSECUTIVE};
	struct call *c = arg;
	struct pglist_data *pgdat;

	assert_int_equal(c->engine->init(), 0);
	pgdat = c->engine->machine_create(&size);
	assert_non_null(pgdat);
	assert_int_equal(c->engine->machine_prepare(pgdat, &state), 0);
	assert_int_equal(c->engine->pressure(pgdat, &c->run, &c->outcome), 0);
	if (!c->engine->machine_check(pgdat, err, errlen))
		fail_msg("%s", err);
	c->engine->machine_destroy(pgdat);
	return 0;
}

static struct pressure_outcome under_pressure(const struct engine *engine, const char *policy,
					      const char *order, unsigned int ms)
{
	struct call c = {.engine = engine,
			 .run = {.policy = policy,
				 .order = order,
				 .delay_ms = 50,
				 .processes = 3,
				 .background = 3,
				 .ms = ms,
				 .pages = POOL,
				 .lock = LOCK_KIND_TAS},
			 .outcome = {.episodes = {episodes, TIMES, 0}, .waits = {waits, TIMES, 0}}};
	char err[256] = "";

	assert_int_equal(race_registered(LOCK_KIND_TAS, play, &c, err, sizeof(err)), 0);
	return c.outcome;
}

/* Nothing succeeded in the last half. */
static bool stood_still(const struct pressure_outcome *o)
{
	return 2 * o->idle_ns > o->ran_ns;
}

static void who_leaves_makes_room_for_others(void **state)
{
	for (const struct engine *const *e = engines; *e; e++) {
		for (int reaper = 0; reaper < 2; reaper++) {
			const struct pressure_outcome o =
				under_pressure(*e, "oom-victim", reaper ? "reverse" : NULL, 1500);

			assert_false(stood_still(&o));
			assert_true(o.kills > 5);
			assert_true(o.episodes.nr > 5 && o.waits.nr > 5);
			assert_true(o.handed_out > 2 * POOL);
			for (size_t i = 0; i < o.episodes.nr && i < TIMES; i++)
				assert_true(episodes[i] <= (double)o.ran_ns);
		}
	}
}

static void a_frozen_victim_that_stays_blocks_everybody_without_the_reaper(void **state)
{
	for (const struct engine *const *e = engines; *e; e++) {
		struct pressure_outcome o = under_pressure(*e, "thread", NULL, 2000);

		/* At the latest when the first victim is one that was frozen. */
		assert_true(stood_still(&o));
		/* Each victim that is reaped lets the others go on, and is never gone. */
		o = under_pressure(*e, "thread", "reverse", 800);
		assert_true(o.reaped >= 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_leaves_makes_room_for_others),
		cmocka_unit_test(a_frozen_victim_that_stays_blocks_everybody_without_the_reaper),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
