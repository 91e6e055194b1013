// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: every allocation between the plan of an experiment and its document fails in turn.
 * Right is a NULL or an error each time, nothing leaked, and success as soon as nothing fails.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "compare_fixture.h"
#include "failing_alloc.h"
#include "compare/json.h"

static struct compare_options options;
static struct experiment *done; /* has run; the figures and documents come from it */

static int setup(void **state)
{
	fake_race_reset();
	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
	options = fixture_options("kernel,maple", "forward", "1");
	done = fixture_experiment(&options);
	return 0;
}

static int teardown(void **state)
{
	armed = false;
	experiment_destroy(done);
	compare_options_free(&options);
	return 0;
}

static bool make_experiment(void)
{
	struct experiment *c;

	options.trace = true;
	c = experiment_create(&options, &fixture_layout, NULL);
	options.trace = false;
	experiment_destroy(c);
	return c;
}

static bool make_figures(void)
{
	struct figures *f = figures_create(done);

	figures_destroy(f);
	return f;
}

static struct figures *ready;

static bool make_document(void)
{
	const struct host host = {.cpu = "x",
				  .cores = 1,
				  .kernel = "y",
				  .compiler = "z",
				  .flags = "",
				  .version = "1",
				  .commit = "",
				  .date = "now"};
	json_t *document = compare_json_build(&host, &options, &ready, 1, false, NULL);

	json_decref(document);
	return document;
}

/* Fail the first allocation, then the second, ... until none fails; how many there are. */
static long fail_each(bool (*make)(void))
{
	for (fail_at = 0;; fail_at++) {
		long before = live;
		bool made;

		calls = 0;
		armed = true;
		made = make();
		armed = false;
		if (live != before)
			fail_msg("allocation %ld failed: %ld leaked", fail_at, live - before);
		/* The call succeeded if and only if no allocation failed. */
		if (made != (calls <= fail_at))
			fail_msg("allocation %ld of %ld failed, and success was %d", fail_at, calls,
				 made);
		if (made)
			return calls;
	}
}

static void an_experiment_is_made_or_not(void **state)
{
	/* At least the struct, 2 configs of 2, 2 calibrations of 5 arrays, and a name for each race. */
	assert_true(fail_each(make_experiment) > 1 + 4 + 10 + 2 * (2 + 5 + 2 + 12));
}

static struct trace_file *trace;

/* A traced experiment's lines; the races themselves are the fake's. */
static bool make_trace(void)
{
	static struct race_visit visits[] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
	static struct race_wait waits[] = {{LOCK_ZONE, 1, 2}, {LOCK_SWAP, 3, 4}};
	static struct race_freed freed[] = {{1, 2}};
	const struct role_trace role = {.visits = visits,
					.nr_visits = 2,
					.waits = waits,
					.nr_waits = 2,
					.freed = freed,
					.nr_freed = 1};
	const struct race_trace races = {.role = {role, role}};
	const struct race_result result = {.reapers = 1};
	const struct traced_race race = {"l\xe9", "maple", "forward", 0, &result, &races};
	bool good;

	trace = trace_file_create();
	if (!trace)
		return false;
	trace_file_offer(trace, &race);
	trace_file_offer(trace, &race);
	trace_file_keep(trace);
	good = !trace_file_finish(trace);
	trace_file_destroy(trace);
	return good;
}

static void a_trace_is_made_or_not(void **state)
{
	/* At least two objects of two roles with eight lists each. */
	assert_true(fail_each(make_trace) > 2 * 2 * 8);
}

static void figures_are_made_or_not(void **state)
{
	assert_true(fail_each(make_figures) > 2 * NR_VALUES);
}

static void a_document_is_made_or_not(void **state)
{
	ready = figures_create(done);
	assert_non_null(ready);
	assert_true(fail_each(make_document) > 2 * NR_VALUES);
	figures_destroy(ready);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_experiment_is_made_or_not, setup, teardown),
		cmocka_unit_test_setup_teardown(a_trace_is_made_or_not, setup, teardown),
		cmocka_unit_test_setup_teardown(figures_are_made_or_not, setup, teardown),
		cmocka_unit_test_setup_teardown(a_document_is_made_or_not, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
