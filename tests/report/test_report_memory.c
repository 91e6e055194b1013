// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: every allocation of ours while a result and its trace are read and sorted fails in
 * turn. (Not those of jansson: its parser, as of 2.14, does not survive that.)
 * Right is an error each time, nothing leaked, and success as soon as nothing fails.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "failing_alloc.h"
#include "report/groups.h"

static const char *result_path;
static char *trace_path;
static struct error_text error;

static bool make_result(void)
{
	struct result *result = result_read(result_path, &error);

	result_free(result);
	return result;
}

static bool make_trace(void)
{
	struct trace *trace = trace_read(trace_path, &error);

	trace_free(trace);
	return trace;
}

static struct result *result;
static struct trace *trace;

static bool make_groups(void)
{
	struct report report = {
		.result = {result}, .trace = {trace}, .nr_files = 1, .error = &error};
	bool made = !report_groups(&report);

	report_groups_free(&report);
	return made;
}

/* Fail the first allocation, then the second, ... until none fails; how many there are. */
static long fail_each(bool (*make)(void))
{
	for (fail_at = 0;; fail_at++) {
		long before = live;
		bool made;

		calls = 0;
		error.text[0] = '\0';
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
		if (!error.text[0])
			fail_msg("allocation %ld failed, and nothing was said", fail_at);
	}
}

static void a_result_is_read_or_not(void **state)
{
	/* The text, the struct, path, rows, layouts, and six arrays of samples in each of two; more
	 * for the intervals that a file has only as samples. */
	assert_true(fail_each(make_result) >= 5 + 2 * 6);
}

static void a_trace_is_read_or_not(void **state)
{
	/* Each of four races has three names and at least five tables, besides the rest. */
	assert_true(fail_each(make_trace) > 4 * 8 + 2);
}

static void groups_are_made_or_not(void **state)
{
	result = result_read(result_path, &error);
	trace = trace_read(trace_path, &error);
	assert_non_null(result);
	assert_non_null(trace);
	assert_true(fail_each(make_groups) > 8);
	result_free(result);
	trace_free(trace);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_is_read_or_not),
		cmocka_unit_test(a_trace_is_read_or_not),
		cmocka_unit_test(groups_are_made_or_not),
	};
	char path[4096];

	if (argc != 2)
		return 2;
	result_path = argv[1];
	snprintf(path, sizeof(path), "%.*s.trace.gz", (int)(strlen(argv[1]) - strlen(".json")),
		 argv[1]);
	trace_path = path;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
