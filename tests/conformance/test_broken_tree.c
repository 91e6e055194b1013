// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the conformance run can fail. Runs it on a tree in which one call goes wrong now
 * and then, and expects exit status 1 and a case "not ok". Wrong looks like a broken tree that
 * passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

struct outcome {
	int status;
	unsigned int good, bad;
};

static struct outcome run_with(const char *broken_call, const char *command)
{
	struct outcome outcome = {-1, 0, 0};
	char line[512];
	FILE *output;
	int status;

	assert_int_equal(setenv("BROKEN_CALL", broken_call, 1), 0);
	output = popen(command, "r");
	assert_non_null(output);
	while (fgets(line, sizeof(line), output)) {
		if (!strncmp(line, "ok ", 3))
			outcome.good++;
		else if (!strncmp(line, "not ok ", 7))
			outcome.bad++;
	}
	status = pclose(output);
	if (WIFEXITED(status))
		outcome.status = WEXITSTATUS(status);
	return outcome;
}

static void expect_failure(const char *broken_call)
{
	/* The failed checks' own messages and stacks would fill the log. */
	struct outcome outcome = run_with(broken_call, BROKEN_PROGRAM " --stop 2>/dev/null");

	assert_int_equal(outcome.status, 1);
	assert_int_equal(outcome.bad, 1);
}

static void a_wrong_load_is_noticed(void **state)
{
	expect_failure("mtree_load");
}

static void a_lost_erase_is_noticed(void **state)
{
	expect_failure("mtree_erase");
}

static void a_wrong_gap_is_noticed(void **state)
{
	expect_failure("mas_empty_area");
}

static void a_leak_is_noticed(void **state)
{
	struct outcome outcome = run_with("mtree_destroy", BROKEN_PROGRAM " 2>/dev/null");

	assert_int_equal(outcome.status, 1);
	assert_int_equal(outcome.bad, 1); /* and nothing else is: the rest of this tree is whole */
	assert_in_range(outcome.good, 20, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_load_is_noticed),
		cmocka_unit_test(a_lost_erase_is_noticed),
		cmocka_unit_test(a_wrong_gap_is_noticed),
		cmocka_unit_test(a_leak_is_noticed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
