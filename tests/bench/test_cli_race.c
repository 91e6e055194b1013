// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: `reapbench race` as a user calls it, on the fake race. Right is: one layout, one
 * order, one engine, the races that were asked for and one to warm up; one line about them at the
 * end; wrong words are refused with 2 and a failure with 1 and its reason.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "cli_fixture.h"

#define SMALL "race --pin none --layout small.smaps --order forward "

static void wrong_words_are_wrong_usage(void **state)
{
	static const struct {
		const char *words, *reason;
	} wrong[] = {
		{"", "--layout: name one"},
		{"--order forward", "--layout: name one"},
		{"--layout small.smaps", "--order: name one"},
		{"--layout small.smaps --layout one --order forward", "--layout: only one"},
		{"--layout small.smaps --order forward,reverse", "--order: only one"},
		{"--layout small.smaps --order forward --engine maple,kernel",
		 "--engine: only one"},
		{"--layout small.smaps --order backward", "no order is called 'backward'"},
		{"--layout small.smaps --order forward --reps 0", "from 1 to 1000"},
		{"--layout small.smaps --order forward --json x.json", "unrecognized option"},
		{"--layout small.smaps --order forward --trace", "unrecognized option"},
		{"--layout small.smaps --order forward --quick", "unrecognized option"},
		{"--layout small.smaps --order forward stray", "'stray' is not an option"},
	};
	char words[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(words, sizeof(words), "race %s", wrong[i].words);
		if (cli_run("", words) != 2)
			fail_msg("%s: status %d, %s", words, outcome.status, outcome.err);
		assert_in_text(outcome.err, wrong[i].reason);
		assert_in_text(outcome.err, "reapbench race: ");
		assert_string_equal(outcome.out, "");
		assert_int_equal(cli_files(), 1);
	}
}

static void busy_cpus_are_refused_unless_forced(void **state)
{
	(void)state;
	assert_int_equal(cli_run("FAKE_RACE_BUSY=1", SMALL), 1);
	assert_one_line(outcome.err, "race: CPU -1 is busy");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_run("FAKE_RACE_BUSY=1", SMALL "--force"), 0);
	assert_string_equal(outcome.err, "");
}

static void one_line_tells_of_all_races(void **state)
{
	(void)state;
	/* The fake: forward takes 6 ms and up to 0.1 ms more, its two tasks twice that. */
	assert_int_equal(cli_run("", SMALL "--reps 5 --engine maple"), 0);
	assert_string_equal(outcome.err, "");
	assert_one_line(outcome.out, "small/maple/forward: 5 races, medians: wall 6.0");
	assert_in_text(outcome.out, "running time of both tasks 12.2 ms\n");
	assert_int_equal(cli_run("", SMALL), 0);
	assert_one_line(outcome.out, "small/kernel/forward: 11 races");
}

static void the_races_asked_for_run_and_one_before_them(void **state)
{
	(void)state;
	/* Calls count from 0: with 3 repetitions the last one is call 3. */
	assert_int_equal(cli_run("FAKE_RACE_FAIL_AT=4", SMALL "--reps 3"), 0);
	assert_int_equal(cli_run("FAKE_RACE_FAIL_AT=3", SMALL "--reps 3"), 1);
	assert_one_line(outcome.err, "reapbench race: page 7 was freed twice");
	assert_string_equal(outcome.out, "");
	/* A disturbed warm-up is not reported. */
	assert_int_equal(cli_run("FAKE_RACE_DISTURB_FROM=0 FAKE_RACE_DISTURB_TO=1", SMALL), 0);
	assert_null(strstr(outcome.out, "lost its CPU"));
	assert_int_equal(cli_run("FAKE_RACE_DISTURB_FROM=0 FAKE_RACE_DISTURB_TO=3", SMALL), 0);
	assert_in_text(outcome.out, "; a task lost its CPU in 2 of them\n");
}

static void an_interrupt_tells_of_what_was_done(void **state)
{
	(void)state;
	assert_int_equal(cli_run("FAKE_RACE_SIGNAL_AT=4", SMALL "--reps 100"), 130);
	assert_one_line(outcome.out, "forward: 4 races");
	assert_one_line(outcome.err, "reapbench race: interrupted");
	assert_int_equal(cli_run("FAKE_RACE_SIGNAL_AT=0", SMALL "--reps 100"), 130);
	assert_string_equal(outcome.out, "");
}

static void what_cannot_be_raced_fails(void **state)
{
	(void)state;
	assert_int_equal(cli_run("", "race --layout ./missing --order solo"), 1);
	assert_one_line(outcome.err, "missing");
	assert_int_equal(cli_run("FAKE_RACE_REFUSE=1", SMALL), 1);
	assert_one_line(outcome.err, "bytes are needed");
	assert_int_equal(cli_run("", SMALL "> /dev/full"), 1);
	assert_one_line(outcome.err, "No space left");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)
	const struct CMUnitTest tests[] = {
		CASE(wrong_words_are_wrong_usage),
		CASE(busy_cpus_are_refused_unless_forced),
		CASE(one_line_tells_of_all_races),
		CASE(the_races_asked_for_run_and_one_before_them),
		CASE(an_interrupt_tells_of_what_was_done),
		CASE(what_cannot_be_raced_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
