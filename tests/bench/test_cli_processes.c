// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: `reapbench compare` in several processes, on the fake race. Right is that each
 * process adds its own repetitions; that one which dies, fails or is stopped ends the run with one
 * line that names the race, and leaves an old result as it was; and that no process outlives the
 * program.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>

#include "cli_fixture.h"
#include "trace_lines.h"
#include "../skip_case.h"

#define SMALL  "compare --pin none --layout small.smaps --processes 3 --reps 2 "
#define RESULT SMALL "--json result.json "

static json_t *load(void)
{
	json_error_t err;
	json_t *root = json_load_file("result.json", 0, &err);

	if (!root)
		fail_msg("%d: %s", err.line, err.text);
	return root;
}

/* The result of an order, in the order of the command line. */
static json_t *row(json_t *root, size_t i)
{
	return json_array_get(json_object_get(root, "results"), i);
}

static void assert_process_reps(json_t *row, const char *expected)
{
	char *text = json_dumps(json_object_get(row, "process_reps"), JSON_COMPACT);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void each_process_adds_its_repetitions(void **state)
{
	json_t *root, *calibration;

	assert_int_equal(cli_run("", RESULT), 0);
	assert_string_equal(outcome.err, "");
	assert_in_text(outcome.out, "\n3 processes of 2 repetitions; ");
	root = load();
	assert_int_equal(integer_at(root, "options.processes"), 3);
	assert_int_equal(integer_at(root, "options.reps"), 2);
	for (size_t i = 0; i < 4; i++) {
		assert_process_reps(row(root, i), "[2,2,2]");
		assert_int_equal(integer_at(row(root, i), "reps"), 6);
		assert_int_equal(json_array_size(json_at(row(root, i), "samples.wall_ns")), 6);
	}
	/* The pairs and the races for r are dealt out, not repeated in each process. */
	calibration = json_array_get(json_object_get(root, "calibration"), 0);
	assert_int_equal(integer_at(calibration, "r_reps"), 9);
	assert_int_equal(integer_at(calibration, "overhead_pairs"), 12);
	json_decref(root);
}

/* The instruments' own cost is left out of the races, the text and the file, whatever is traced. */
static void without_overhead_there_are_no_races_for_it(void **state)
{
	json_t *root, *calibration;

	assert_int_equal(cli_run("", RESULT "--quick --trace"), 0);
	assert_in_text(outcome.out, "CPU time with lock timing over without");
	assert_in_text(outcome.out, "CPU time with tracing over without");
	assert_int_equal(cli_run("", RESULT "--quick --trace --no-overhead --verbose"), 0);
	assert_null(strstr(outcome.out, "over without"));
	assert_null(strstr(outcome.out, "overhead"));
	root = load();
	calibration = json_array_get(json_object_get(root, "calibration"), 0);
	assert_int_equal(integer_at(calibration, "overhead_pairs"), 0);
	assert_int_equal(integer_at(calibration, "trace_overhead_pairs"), 0);
	assert_true(json_is_null(json_at(calibration, "overhead")));
	assert_true(json_is_null(json_at(calibration, "trace_overhead")));
	/* What else is calibrated stays. */
	assert_int_equal(integer_at(calibration, "r_reps"), 3);
	assert_true(json_number_value(json_at(calibration, "r.median")) > 0);
	assert_true(json_number_value(json_at(calibration, "pages_built_per_s.median")) > 0);
	json_decref(root);
}

static void the_first_process_alone_traces(void **state)
{
	json_t *root, *lines;

	assert_int_equal(cli_run("", RESULT "--quick --trace --order solo,forward"), 0);
	root = load();
	assert_int_equal(integer_at(row(root, 1), "traced.reps"), 3);
	lines = trace_lines("result.trace.gz");
	assert_trace_of(lines, 2 * 3);
	json_decref(lines);
	json_decref(root);
}

static void a_layout_that_can_be_read_once_reaches_all_processes(void **state)
{
	json_t *root;

	assert_int_equal(
		cli_run("mkfifo once.smaps; cat small.smaps >once.smaps &",
			"compare --pin none --layout ./once.smaps --processes 3 --reps 2 --order solo "
			"--json result.json"),
		0);
	root = load();
	assert_process_reps(row(root, 0), "[2,2,2]");
	assert_string_equal(json_string_value(json_at(row(root, 0), "layout")), "once");
	json_decref(root);
}

/* Layouts come one after the other in each process's turn, so that they are spread over time. */
static void several_layouts_take_turns(void **state)
{
	json_t *root;

	cli_write_file("other.smaps", cli_smaps);
	assert_int_equal(cli_run("FAKE_RACE_PROCESS=1 FAKE_RACE_SIGNAL_AT=0",
				 RESULT "--layout ./other.smaps --order solo"),
			 130);
	assert_one_line(outcome.err, "interrupted; only what was finished is reported");
	root = load();
	assert_int_equal(json_array_size(json_object_get(root, "results")), 2);
	assert_process_reps(row(root, 0), "[2]");
	assert_process_reps(row(root, 1), "[2]");
	json_decref(root);
}

static void assert_old_result_is_untouched(void)
{
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 2);
	assert_int_equal(system("test \"$(cat result.json)\" = old"), 0);
}

static void a_process_that_is_killed_fails_the_run(void **state)
{
	cli_write_file("result.json", "old");
	/* Calls 0 to 3 warm up; 5 is the second race of the first round. */
	assert_int_equal(cli_run("FAKE_RACE_PROCESS=1 FAKE_RACE_KILL_AT=5", RESULT), 1);
	assert_one_line(outcome.err,
			"compare: small/kernel/forward/process:1/rep:0: its process was "
			"ended by signal 9 (Killed)");
	assert_old_result_is_untouched();
}

static void a_process_that_exits_fails_the_run(void **state)
{
	cli_write_file("result.json", "old");
	assert_int_equal(cli_run("FAKE_RACE_PROCESS=2 FAKE_RACE_EXIT_AT=4", RESULT), 1);
	assert_one_line(outcome.err,
			"compare: small/kernel/solo/process:2/rep:0: its process ended "
			"with status 3");
	assert_old_result_is_untouched();
}

static void a_race_that_fails_in_a_process_fails_the_run(void **state)
{
	cli_write_file("result.json", "old");
	assert_int_equal(cli_run("FAKE_RACE_PROCESS=2 FAKE_RACE_FAIL_AT=4", RESULT), 1);
	assert_one_line(outcome.err,
			"compare: small/kernel/solo/process:2/rep:0: page 7 was freed twice");
	assert_old_result_is_untouched();
}

static void an_arena_that_does_not_fit_in_a_process_fails_the_run(void **state)
{
	cli_write_file("result.json", "old");
	assert_int_equal(cli_run("FAKE_RACE_PROCESS=1 FAKE_RACE_REFUSE=1", RESULT), 1);
	assert_one_line(outcome.err, "compare: layout small: ");
	assert_old_result_is_untouched();
}

static void an_interrupt_keeps_the_processes_that_were_finished(void **state)
{
	json_t *root;

	/* In the second round of the second process, the second order runs. */
	assert_int_equal(cli_run("FAKE_RACE_PROCESS=1 FAKE_RACE_SIGNAL_AT=9", RESULT), 130);
	assert_one_line(outcome.err, "interrupted; only what was finished is reported");
	root = load();
	assert_true(json_is_true(json_object_get(root, "interrupted")));
	assert_process_reps(row(root, 0), "[2,2]");
	assert_process_reps(row(root, 1), "[2,2]");
	assert_process_reps(row(root, 2), "[2,1]");
	/* It is compared with the repetitions of forward that have a counterpart. */
	assert_true(json_is_object(json_at(row(root, 2), "vs_forward")));
	json_decref(root);
}

static void every_process_has_addresses_of_its_own(void **state)
{
	char lines[3][32] = {""};
	FILE *file;
	int n = 0;

	if (!system("test \"$(cat /proc/sys/kernel/randomize_va_space 2>/dev/null)\" = 0"))
		skip_case("addresses are not random here");
	assert_int_equal(cli_run("FAKE_RACE_ADDRESSES=addresses", SMALL), 0);
	file = fopen("addresses", "r");
	assert_non_null(file);
	while (n < 3 && fgets(lines[n], sizeof(lines[n]), file))
		n++;
	fclose(file);
	assert_int_equal(n, 3);
	assert_true(strcmp(lines[0], lines[1]) && strcmp(lines[1], lines[2]));
}

static void the_inner_command_is_not_for_people(void **state)
{
	assert_int_equal(cli_run("", "process"), 2);
	assert_one_line(outcome.err, "only 'reapbench compare' starts it");
	assert_int_equal(cli_run("", "process 1 2 3"), 2);
	assert_one_line(outcome.err, "only 'reapbench compare' starts it");
}

/*
 * The terminal takes no more (Ctrl-S), the program waits for it, and the user presses Ctrl-C twice.
 */
static void a_second_signal_ends_it_even_if_the_terminal_is_stuck(void **state)
{
	char path[64];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status = 0, tries;
	pid_t pid, ended = 0;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, path, sizeof(path)), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		slave = open(path, O_RDWR | O_NOCTTY);
		dup2(slave, STDERR_FILENO);
		execl("/bin/sh", "sh", "-c",
		      "exec \"$REAPBENCH\" compare --pin none --layout small.smaps --processes 3 --reps 1000 "
		      ">out.txt",
		      NULL);
		_exit(126);
	}
	/* Nobody reads what it says. It has a few seconds to fill the terminal's buffer. */
	sleep(3);
	kill(pid, SIGINT);
	for (tries = 0; tries < 100 && !ended; tries++) {
		usleep(100000);
		ended = waitpid(pid, &status, WNOHANG);
		kill(pid, SIGINT);
	}
	assert_int_equal(ended, pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 130);
	close(master);
}

/* A process that is not interrupted holds the pipe of standard error open. */
static void no_process_outlives_the_program(void **state)
{
	char seen[256];
	struct pollfd fd;
	int err[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(err[1], STDERR_FILENO);
		/* A race that stops until somebody ends it. */
		setenv("FAKE_RACE_HANG_AT", "5", 1);
		execl("/bin/sh", "sh", "-c", "exec \"$REAPBENCH\" " SMALL ">out.txt", NULL);
		_exit(126);
	}
	close(err[1]);
	fd = (struct pollfd){.fd = err[0], .events = POLLIN};
	/* The fake says that it hangs. */
	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_true(read(err[0], seen, sizeof(seen)) > 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(poll(&fd, 1, 60000), 1);
	n = read(err[0], seen, sizeof(seen));
	assert_int_equal(n, 0);
	close(err[0]);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)
	const struct CMUnitTest tests[] = {
		CASE(each_process_adds_its_repetitions),
		CASE(without_overhead_there_are_no_races_for_it),
		CASE(the_first_process_alone_traces),
		CASE(a_layout_that_can_be_read_once_reaches_all_processes),
		CASE(several_layouts_take_turns),
		CASE(a_process_that_is_killed_fails_the_run),
		CASE(a_process_that_exits_fails_the_run),
		CASE(a_race_that_fails_in_a_process_fails_the_run),
		CASE(an_arena_that_does_not_fit_in_a_process_fails_the_run),
		CASE(an_interrupt_keeps_the_processes_that_were_finished),
		CASE(every_process_has_addresses_of_its_own),
		CASE(the_inner_command_is_not_for_people),
		CASE(a_second_signal_ends_it_even_if_the_terminal_is_stuck),
		CASE(no_process_outlives_the_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
