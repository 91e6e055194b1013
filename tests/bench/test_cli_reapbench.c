// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the subcommands of reapbench and its own options. Right is that help and version
 * go to standard output with status 0, and that anything unknown goes to standard error with 2.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli_fixture.h"

static void help_and_version_go_to_standard_output(void **state)
{
	assert_int_equal(cli_run("", "--help"), 0);
	assert_in_text(outcome.out, "compare");
	assert_in_text(outcome.out, "capture");
	assert_in_text(outcome.out, "layouts");
	assert_string_equal(outcome.err, "");
	assert_int_equal(cli_run("", "--version"), 0);
	assert_in_text(outcome.out, "reapbench ");
	assert_int_equal(cli_run("", "compare --help"), 0);
	assert_in_text(outcome.out, "--tlb=MODE");
	assert_in_text(outcome.out, "\n  lazy ");
	assert_in_text(outcome.out, "--frames=RUNS");
	assert_in_text(outcome.out, "(default: mcs)");
	/* What the tables say, each on a line of its own. */
	assert_in_text(outcome.out, "\n  reverse       downward\n");
	assert_in_text(outcome.out, "\n  tas           test and set");
	assert_in_text(outcome.out, "one or more");
	assert_in_text(outcome.out, "(default: maple)");
	assert_string_equal(outcome.err, "");
	assert_int_equal(cli_run("", "race --help"), 0);
	/* One of each: no lists here. */
	assert_in_text(outcome.out, "--order=ORDER");
	assert_in_text(outcome.out, "the tree under the VMAs: maple, kernel");
	assert_in_text(outcome.out, "--reps=N               races");
	assert_null(strstr(outcome.out, "LIST"));
	assert_null(strstr(outcome.out, "comma"));
	assert_null(strstr(outcome.out, "--json"));
	assert_string_equal(outcome.err, "");
	assert_int_equal(cli_run("", "layouts --help"), 0);
	assert_in_text(outcome.out, "reapbench layouts");
}

static void no_command_and_an_unknown_one_are_wrong_usage(void **state)
{
	assert_int_equal(cli_run("", ""), 2);
	assert_in_text(outcome.err, "Usage: reapbench");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_run("", "reap"), 2);
	assert_one_line(outcome.err, "no command is called 'reap'");
	assert_int_equal(cli_run("", "--nonsense"), 2);
	assert_int_equal(cli_run("", "layouts --all"), 2);
	assert_one_line(outcome.err, "'--all'");
	assert_int_equal(cli_run("", "capture --nonsense"), 2);
}

static void layouts_lists_what_there_is(void **state)
{
	static const char *const names[] = {
		"one ", "grid ", "many ", "android ", "java ", "node ", "chromium-renderer "};
	size_t i;

	assert_int_equal(cli_run("", "layouts"), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_in_text(outcome.out, names[i]);
	assert_in_text(outcome.out, "16384");
	assert_in_text(outcome.out, "1.00 GiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(help_and_version_go_to_standard_output, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(no_command_and_an_unknown_one_are_wrong_usage,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(layouts_lists_what_there_is, cli_setup,
						cli_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
