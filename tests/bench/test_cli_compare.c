// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: `reapbench compare` as a user calls it, on the fake race. Wrong usage ends with
 * 2 and a failure with 1, both with a reason on standard error and before any race; nothing is
 * left behind; an old result is not touched until a new one is complete.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>

#include "cli_fixture.h"
#include "trace_lines.h"

#define SMALL "compare --pin none --processes 1 --layout small.smaps --reps 2 "

static void wrong_words_are_wrong_usage(void **state)
{
	static const struct {
		const char *words, *reason;
	} wrong[] = {
		{"--no-such-option", "unrecognized option"},
		{"stray", "'stray' is not an option"},
		{"--order backward", "no order is called 'backward'"},
		{"--order solo,", "no order is called ''"},
		{"--order ''", "no order is called ''"},
		{"--order solo,forward,solo", "'solo' is named twice"},
		{"--order reverse-fine:0", "no order is called"},
		{"--engine oak", "no engine is called 'oak' (there are: kernel, maple)"},
		{"--lock futex", "no lock is called 'futex'"},
		{"--tlb on", "no mode is called 'on' (there are: lazy, broadcast, ipi, off)"},
		{"--tlb membarrier", "no mode is called 'membarrier'"},
		{"--tlb ''", "no mode is called ''"},
		{"--tlb Lazy", "no mode is called 'Lazy'"},
		{"--frames few",
		 "'few' is neither measured, by-size, consecutive, random, nor runs:N"},
		{"--frames ''", "'' is neither"},
		{"--frames runs", "'runs' is neither"},
		{"--frames runs:", "'runs:' is neither"},
		{"--frames runs:0", "N from 1 to 1000000"},
		{"--frames runs:0.99", "N from 1 to 1000000"},
		{"--frames runs:-2", "N from 1 to 1000000"},
		{"--frames runs:1000001", "N from 1 to 1000000"},
		{"--frames runs:nan", "N from 1 to 1000000"},
		{"--frames runs:inf", "N from 1 to 1000000"},
		{"--frames 'runs: 4'", "N from 1 to 1000000"},
		{"--frames 'runs:4 '", "N from 1 to 1000000"},
		{"--frames runs:4,5", "N from 1 to 1000000"},
		{"--frames runs:0x10", "N from 1 to 1000000"},
		{"--frames runs:1e3", "N from 1 to 1000000"},
		{"--pin 0", "is not two CPU numbers"},
		{"--pin 0,", "is not two CPU numbers"},
		{"--pin a,b", "is not two CPU numbers"},
		{"--pin 0,-1", "is not two CPU numbers"},
		{"--pin 0,0", "two different CPUs"},
		{"--pin 0,99999999", "may not run on CPU"},
		{"--pin 0,99999999999999999999", "is not two CPU numbers"},
		{"--reps 0", "from 1 to 1000"},
		{"--reps -3", "from 1 to 1000"},
		{"--reps 1e9999", "from 1 to 1000"},
		{"--reps 1001", "from 1 to 1000"},
		{"--reps 99999999999999999999999", "from 1 to 1000"},
		{"--reps eleven", "from 1 to 1000"},
		{"--reps ' 3'", "from 1 to 1000"},
		{"--reps ''", "from 1 to 1000"},
		{"--processes 0", "from 1 to 100"},
		{"--processes 101", "from 1 to 100"},
		{"--processes two", "from 1 to 100"},
		{"--processes 4 --reps 1000", "more than 3000 repetitions"},
		{"--scale 0", "from 1 to 1000000"},
		{"--scale 1.5", "from 1 to 1000000"},
		{"--scale -1", "from 1 to 1000000"},
		{"--json ''", "an empty name"},
		{"--layout ''", "an empty name"},
		{"--reps", "requires an argument"},
	};
	char words[256];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(words, sizeof(words), "compare --json result.json %s", wrong[i].words);
		if (cli_run("", words) != 2)
			fail_msg("%s: status %d, %s", words, outcome.status, outcome.err);
		assert_in_text(outcome.err, wrong[i].reason);
		assert_in_text(outcome.err, "reapbench compare: ");
		assert_string_equal(outcome.out, "");
		assert_int_equal(cli_files(), 1);
	}
}

static void a_layout_that_is_not_there_fails_before_any_race(void **state)
{
	/* The good layout comes first, and still nothing runs. */
	assert_int_equal(cli_run("", SMALL "--layout ./missing --json result.json"), 1);
	assert_one_line(outcome.err, "missing");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 1);
}

static void a_damaged_layout_is_named_with_its_line(void **state)
{
	cli_write_file("bad.smaps", "10000000-0fff0000 rw-p 00000000 00:00 0\nSize: 4 kB\n");
	assert_int_equal(cli_run("", "compare --layout ./bad.smaps --json result.json"), 1);
	assert_one_line(outcome.err, "bad.smaps:1: ");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 2);
}

static void a_place_that_cannot_be_written_fails_before_any_race(void **state)
{
	assert_int_equal(cli_run("", SMALL "--json nowhere/result.json"), 1);
	assert_one_line(outcome.err, "nowhere/result.json: No such file");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_run("", SMALL "--json ."), 1);
	assert_one_line(outcome.err, "Is a directory");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 1);
}

static void a_machine_that_does_not_fit_is_refused_with_its_size(void **state)
{
	assert_int_equal(cli_run("FAKE_RACE_REFUSE=1", SMALL "--json result.json"), 1);
	assert_one_line(outcome.err, "compare: layout small: ");
	assert_in_text(outcome.err, "bytes are needed");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 1);
}

static void busy_cpus_are_refused_unless_forced(void **state)
{
	cli_write_file("result.json", "old");
	assert_int_equal(cli_run("FAKE_RACE_BUSY=1", SMALL "--json result.json"), 1);
	assert_one_line(outcome.err, "compare: CPU -1 is busy");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 2);
	assert_int_equal(system("test \"$(cat result.json)\" = old"), 0);
	assert_int_equal(cli_run("FAKE_RACE_BUSY=1", SMALL "--force --json result.json"), 0);
	assert_string_equal(outcome.err, "");
}

static void a_lost_page_fails_and_leaves_the_old_result(void **state)
{
	cli_write_file("result.json", "old");
	assert_int_equal(cli_run("FAKE_RACE_FAIL_AT=7", SMALL "--json result.json"), 1);
	assert_one_line(outcome.err, "page 7 was freed twice");
	assert_in_text(outcome.err, "small/kernel/reverse-fine/rep:0");
	assert_int_equal(cli_files(), 2);
	assert_int_equal(system("test \"$(cat result.json)\" = old"), 0);
}

static json_t *load(const char *name)
{
	json_error_t err;
	json_t *root = json_load_file(name, 0, &err);

	if (!root)
		fail_msg("%s:%d: %s", name, err.line, err.text);
	return root;
}

static void a_good_run_is_silent_on_standard_error_and_writes_both(void **state)
{
	json_t *root, *results;

	assert_int_equal(cli_run("", SMALL "--json result.json"), 0);
	assert_string_equal(outcome.err, "");
	assert_in_text(outcome.out, "\nsmall  forward ");
	assert_in_text(outcome.out, "small  reverse-fine ");
	assert_in_text(outcome.out, "are a first look");
	assert_int_equal(cli_files(), 2);
	root = load("result.json");
	results = json_object_get(root, "results");
	assert_int_equal(json_array_size(results), 4);
	assert_false(json_is_true(json_object_get(root, "interrupted")));
	json_decref(root);
}

static void eleven_repetitions_may_be_quoted(void **state)
{
	assert_int_equal(
		cli_run("", "compare --pin none --processes 1 --layout small.smaps --reps 11"), 0);
	assert_null(strstr(outcome.out, "\nnot to be"));
	assert_in_text(outcome.out, "11 repetitions");
}

static void several_layouts_engines_and_orders_all_run(void **state)
{
	json_t *root;

	assert_int_equal(cli_run("",
				 SMALL "--layout ./small.smaps --engine maple,kernel --order "
				       "forward,reverse-fine:8 --lock mcs --tlb off --json r.json"),
			 0);
	root = load("r.json");
	assert_int_equal(json_array_size(json_object_get(root, "results")), 8);
	assert_int_equal(json_array_size(json_object_get(root, "layouts")), 2);
	json_decref(root);
	assert_in_text(outcome.out, "small  maple  reverse-fine:8");
	assert_in_text(outcome.out,
		       "mcs locks; TLB shootdown: off; page frames: by size; tasks not pinned");
}

static void with_a_dash_the_object_alone_is_on_standard_output(void **state)
{
	json_error_t err;
	json_t *root;

	assert_int_equal(cli_run("", SMALL "--order solo --json -"), 0);
	root = json_loads(outcome.out, 0, &err);
	assert_non_null(root);
	json_decref(root);
	assert_in_text(outcome.err, "\nsmall  ");
	assert_int_equal(cli_files(), 1);
}

static void an_output_that_is_full_is_a_failure(void **state)
{
	assert_int_equal(cli_run("", SMALL "> /dev/full"), 1);
	assert_one_line(outcome.err, "No space left");
	assert_int_equal(cli_run("", SMALL "--json /dev/full"), 1);
	assert_one_line(outcome.err, "/dev/full: No space left");
	assert_int_equal(cli_run("", "layouts > /dev/full"), 1);
}

static void an_interrupt_reports_what_was_finished(void **state)
{
	json_t *root, *one;

	/* Calls 0 to 3 warm up; 4 to 7 are the first round; the signal comes in the second. */
	assert_int_equal(cli_run("FAKE_RACE_SIGNAL_AT=9", SMALL "--json result.json"), 130);
	assert_one_line(outcome.err, "interrupted");
	assert_in_text(outcome.out, "small  reverse-fine ");
	root = load("result.json");
	assert_true(json_is_true(json_object_get(root, "interrupted")));
	one = json_array_get(json_object_get(root, "results"), 1);
	assert_int_equal(json_integer_value(json_object_get(one, "reps")), 2);
	one = json_array_get(json_object_get(root, "results"), 2);
	assert_int_equal(json_integer_value(json_object_get(one, "reps")), 1);
	assert_true(json_is_null(json_object_get(one, "r")));
	json_decref(root);
}

static void an_interrupt_among_traced_races_keeps_the_finished_ones(void **state)
{
	json_t *root, *lines;

	/* Calls 0 to 3 warm up, 4 to 11 are the repetitions, 12 to 23 the traced rounds. */
	assert_int_equal(
		cli_run("FAKE_RACE_SIGNAL_AT=17", SMALL "--quick --trace --json result.json"), 130);
	root = load("result.json");
	assert_true(json_is_true(json_object_get(root, "interrupted")));
	lines = trace_lines("result.trace.gz");
	assert_trace_of(lines, 6);
	assert_string_equal(json_string_value(json_at(json_array_get(lines, 6), "order")),
			    "forward");
	assert_int_equal(integer_at(json_array_get(lines, 6), "rep"), 1);
	assert_int_equal(cli_files(), 3);
	json_decref(lines);
	json_decref(root);
}

static void a_disturbed_traced_race_is_repeated_and_in_the_trace_once(void **state)
{
	json_t *lines;

	/* 1 warm-up, 2 repetitions, traced from call 3 on: two tries are disturbed. */
	assert_int_equal(cli_run("FAKE_RACE_DISTURB_FROM=3 FAKE_RACE_DISTURB_TO=5",
				 SMALL "--quick --trace --json result.json --order solo"),
			 0);
	lines = trace_lines("result.trace.gz");
	assert_trace_of(lines, 3);
	assert_true(json_is_false(json_at(json_array_get(lines, 1), "disturbed")));
	json_decref(lines);
	/* All eleven are: the least disturbed one is kept, and says so. */
	assert_int_equal(cli_run("FAKE_RACE_DISTURB_FROM=3 FAKE_RACE_DISTURB_TO=14",
				 SMALL "--quick --trace --json result.json --order solo"),
			 0);
	lines = trace_lines("result.trace.gz");
	assert_trace_of(lines, 3);
	assert_true(json_is_true(json_at(json_array_get(lines, 1), "disturbed")));
	assert_true(json_is_false(json_at(json_array_get(lines, 2), "disturbed")));
	json_decref(lines);
}

static void an_interrupt_before_any_result_leaves_the_old_one(void **state)
{
	cli_write_file("result.json", "old");
	assert_int_equal(cli_run("FAKE_RACE_SIGNAL_AT=2", SMALL "--json result.json"), 130);
	assert_one_line(outcome.err, "nothing was finished");
	assert_int_equal(system("test \"$(cat result.json)\" = old"), 0);
	assert_int_equal(cli_files(), 2);
}

static void a_disturbed_run_says_so_and_succeeds(void **state)
{
	json_t *root, *one;

	/* Solo's first repetition and all its ten repeats. */
	assert_int_equal(cli_run("FAKE_RACE_DISTURB_FROM=4 FAKE_RACE_DISTURB_TO=15",
				 SMALL "--json result.json"),
			 0);
	assert_in_text(outcome.out, "A task lost its CPU in 10 races; they were repeated, and 1 ");
	root = load("result.json");
	one = json_array_get(json_object_get(root, "results"), 0);
	assert_int_equal(json_integer_value(json_object_get(one, "disturbed")), 10);
	assert_int_equal(json_integer_value(json_object_get(one, "disturbed_kept")), 1);
	json_decref(root);
}

/* The fake's engines are equally fast: a limit of 1 may fail or not, one of 2 may not. */
static void engines_are_compared_with_the_first_if_that_is_asked_for(void **state)
{
	assert_int_equal(cli_run("", "compare --layout small.smaps --pin none --order forward "
				     "--engine kernel,maple --fail-above 2"),
			 0);
	assert_in_text(outcome.out, "1 row compared: 0 regressions, 0 not to be trusted.");
	assert_int_equal(cli_run("",
				 "compare --layout small.smaps --pin none --order forward "
				 "--engine kernel,maple --fail-above 1.05 --processes 3 --reps 3"),
			 1);
	assert_in_text(outcome.out, "No row could be judged.");
	assert_int_equal(cli_run("", "compare --layout small.smaps --pin none --fail-above 1.05"),
			 2);
	assert_in_text(outcome.err, "name at least two engines");
}

static void one_cpu_alone_is_warned_about(void **state)
{
	cpu_set_t mask, first;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(mask), &mask), 0);
	while (!CPU_ISSET(cpu, &mask))
		cpu++;
	CPU_ZERO(&first);
	CPU_SET(cpu, &first);
	assert_int_equal(sched_setaffinity(0, sizeof(first), &first), 0);
	cli_run("", "compare --layout small.smaps --reps 1");
	assert_int_equal(sched_setaffinity(0, sizeof(mask), &mask), 0);
	assert_int_equal(outcome.status, 0);
	assert_one_line(outcome.err, "warning: only one CPU");
	assert_in_text(outcome.out, "tasks not pinned");
}

static void progress_is_for_terminals(void **state)
{
	char path[128], words[512], seen[8192];
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	ssize_t n;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, path, sizeof(path)), 0);
	snprintf(words, sizeof(words), SMALL "--order solo --reps 1 2> %s", path);
	/* Held open, so that what was written is still there when the program has gone. */
	slave = open(path, O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(cli_run("", words), 0);
	n = read(master, seen, sizeof(seen) - 1);
	assert_true(n > 0);
	seen[n] = '\0';
	assert_in_text(seen, "  0 %: small/kernel/solo/warm-up");
	assert_in_text(seen, " s left: small/kernel/solo/rep:0");
	assert_null(strstr(seen, "manual_time"));
	close(slave);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(wrong_words_are_wrong_usage, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(a_layout_that_is_not_there_fails_before_any_race,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_layout_is_named_with_its_line, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(a_place_that_cannot_be_written_fails_before_any_race,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(a_machine_that_does_not_fit_is_refused_with_its_size,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(a_lost_page_fails_and_leaves_the_old_result,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(
			a_good_run_is_silent_on_standard_error_and_writes_both, cli_setup,
			cli_teardown),
		cmocka_unit_test_setup_teardown(eleven_repetitions_may_be_quoted, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(several_layouts_engines_and_orders_all_run,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(with_a_dash_the_object_alone_is_on_standard_output,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(an_output_that_is_full_is_a_failure, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(an_interrupt_reports_what_was_finished, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(
			an_interrupt_among_traced_races_keeps_the_finished_ones, cli_setup,
			cli_teardown),
		cmocka_unit_test_setup_teardown(
			a_disturbed_traced_race_is_repeated_and_in_the_trace_once, cli_setup,
			cli_teardown),
		cmocka_unit_test_setup_teardown(an_interrupt_before_any_result_leaves_the_old_one,
						cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(busy_cpus_are_refused_unless_forced, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(a_disturbed_run_says_so_and_succeeds, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(
			engines_are_compared_with_the_first_if_that_is_asked_for, cli_setup,
			cli_teardown),
		cmocka_unit_test_setup_teardown(one_cpu_alone_is_warned_about, cli_setup,
						cli_teardown),
		cmocka_unit_test_setup_teardown(progress_is_for_terminals, cli_setup, cli_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
