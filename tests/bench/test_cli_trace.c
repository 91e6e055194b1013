// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: `reapbench compare --trace` as a user calls it. Right is: document and trace name
 * each other, each order has its rounds, the repetitions are those of untraced races; an interrupt
 * in the middle of a traced round leaves both files whole, with what was finished.
 *
 * With the argument "fake", $REAPBENCH races faster than anyone can press Ctrl-C.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "cli_fixture.h"
#include "trace_lines.h"

#define TRACED                                                                            \
	"compare --pin none --processes 1 --layout small.smaps --quick --reps 1 --trace " \
	"--json result.json "

static json_t *load(const char *name)
{
	json_error_t err;
	json_t *root = json_load_file(name, 0, &err);

	if (!root)
		fail_msg("%s:%d: %s", name, err.line, err.text);
	return root;
}

/* Check the keys that every line of a race has. */
static void check_line(json_t *line)
{
	static const char *const roles[] = {"exit", "reaper"};
	const bool solo = !strcmp(json_string_value(json_at(line, "order")), "solo");
	json_int_t freed = 0;

	assert_int_equal(json_object_size(json_at(line, "roles")), solo ? 1 : 2);
	for (int i = 0; i < (solo ? 1 : 2); i++) {
		json_t *role = json_object_get(json_at(line, "roles"), roles[i]), *value;
		json_int_t time = 0;
		const char *key;
		size_t nr;

		json_object_foreach(json_at(role, "time_ns"), key, value)
			time += json_integer_value(value);
		assert_true(llabs(time - integer_at(role, "wall_ns")) <= 20);
		nr = json_array_size(json_at(role, "visits.t"));
		assert_int_equal(json_array_size(json_at(role, "visits.page")), nr);
		assert_int_equal(json_array_size(json_at(role, "visits.table")), nr);
		assert_int_equal(json_array_size(json_at(role, "visits.wait")), nr);
		nr = json_array_size(json_at(role, "freed.pages"));
		assert_int_equal(json_array_size(json_at(role, "freed.t")), nr);
		if (nr)
			freed += json_integer_value(
				json_array_get(json_at(role, "freed.pages"), nr - 1));
	}
	assert_int_equal(freed, integer_at(line, "pages_to_free"));
}

static void document_and_trace_name_each_other(void **state)
{
	static const char *const orders[] = {"solo", "forward", "reverse", "reverse-fine"};
	json_t *root, *lines, *result;
	size_t i;

	(void)state;
	if (cli_run("", TRACED))
		fail_msg("%s", outcome.err);
	assert_string_equal(outcome.err, "");
	assert_in_text(outcome.out, "CPU time with tracing over without");
	assert_int_equal(cli_files(), 3);
	root = load("result.json");
	assert_string_equal(json_string_value(json_at(root, "trace.file")), "result.trace.gz");
	assert_int_equal(integer_at(root, "trace.reps"), 3);
	lines = trace_lines("result.trace.gz");
	assert_trace_of(lines, 3 * 4);
	for (i = 0; i < 3 * 4; i++) {
		json_t *line = json_array_get(lines, i + 1);

		/* Rounds over the orders, like the other races. */
		assert_string_equal(json_string_value(json_at(line, "order")), orders[i % 4]);
		assert_int_equal(integer_at(line, "rep"), i / 4);
		assert_string_equal(json_string_value(json_at(line, "layout")), "small");
		check_line(line);
	}
	json_array_foreach(json_at(root, "results"), i, result)
	{
		assert_int_equal(integer_at(result, "reps"), 1);
		assert_int_equal(json_array_size(json_at(result, "samples.ptl_wait_ns")), 1);
		assert_true(json_real_value(json_at(result, "trace_overhead.median")) > 0);
	}
	json_decref(lines);
	json_decref(root);
}

static void without_tracing_there_is_no_trace(void **state)
{
	json_t *root;

	(void)state;
	assert_int_equal(
		cli_run("",
			"compare --pin none --processes 1 --layout small.smaps --quick --reps 1 "
			"--order forward --json result.json"),
		0);
	assert_null(strstr(outcome.out, "with tracing"));
	assert_int_equal(cli_files(), 2);
	root = load("result.json");
	assert_true(json_is_null(json_at(root, "trace")));
	assert_true(json_is_null(
		json_at(json_array_get(json_at(root, "results"), 0), "trace_overhead")));
	json_decref(root);
}

static void a_trace_needs_a_document_to_stand_beside(void **state)
{
	(void)state;
	assert_int_equal(cli_run("", "compare --layout small.smaps --trace"), 2);
	assert_in_text(outcome.err, "--trace: name a file with --json");
	assert_int_equal(cli_run("", "compare --layout small.smaps --trace --json -"), 2);
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 1);
}

static void a_trace_that_cannot_be_written_fails_before_any_race(void **state)
{
	(void)state;
	assert_int_equal(mkdir("result.trace.gz", 0755), 0);
	assert_int_equal(cli_run("", TRACED), 1);
	assert_one_line(outcome.err, "result.trace.gz: Is a directory");
	assert_string_equal(outcome.out, "");
	assert_int_equal(cli_files(), 2);
}

/* The races are done: the document is written without the trace that could not be. */
static void assert_document_alone(const char *name)
{
	json_t *root = load(name);

	assert_true(json_is_null(json_at(root, "trace")));
	assert_int_equal(json_array_size(json_at(root, "results")), 4);
	json_decref(root);
}

static void a_trace_that_fails_at_the_end_leaves_the_document(void **state)
{
	(void)state;
	/* /dev/full: it can be opened, and no write succeeds. */
	assert_int_equal(symlink("/dev/full", "result.trace.gz"), 0);
	assert_int_equal(cli_run("", TRACED), 1);
	assert_one_line(outcome.err, "compare: result.trace.gz: No space left");
	assert_in_text(outcome.out, "small  reverse-fine ");
	assert_document_alone("result.json");
	assert_int_equal(cli_files(), 3);
}

static void a_temporary_file_that_fails_is_named_as_such(void **state)
{
	(void)state;
	/* No file may grow; the document goes through a pipe. */
	assert_int_equal(cli_run("mkfifo result.json; cat result.json >copy.json & "
				 "trap '' XFSZ; ulimit -f 0;",
				 TRACED),
			 1);
	assert_one_line(outcome.err, "compare: a temporary file for the trace: File too large");
	assert_document_alone("copy.json");
	assert_int_equal(cli_files(), 3);
}

/* Run until the progress line shows this race, then press Ctrl-C; the exit status. */
static int interrupt_at(const char *words, const char *race)
{
	char path[128], command[512], seen[65536] = "";
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave, status;
	size_t used = 0;
	pid_t pid;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, path, sizeof(path)), 0);
	slave = open(path, O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	snprintf(command, sizeof(command), "exec \"$REAPBENCH\" %s >out.txt 2>%s", words, path);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(126);
	}
	while (!strstr(seen, race)) {
		struct pollfd fd = {.fd = master, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&fd, 1, 120000), 1);
		n = read(master, seen + used, sizeof(seen) - 1 - used);
		if (n <= 0)
			fail_msg("%s was never shown", race);
		used += (size_t)n;
		seen[used] = '\0';
	}
	kill(pid, SIGINT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(slave);
	close(master);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void an_interrupt_leaves_both_files_whole(void **state)
{
	json_t *root, *lines, *line;
	size_t i;

	(void)state;
	/* Some two hundred races, and another layout, are left when the signal is sent. */
	assert_int_equal(interrupt_at("compare --pin none --layout small.smaps --layout one "
				      "--order forward,reverse --reps 1 --trace --json result.json",
				      "small/maple/reverse/process:0/traced:0"),
			 130);
	assert_int_equal(cli_files(), 4);
	root = load("result.json");
	assert_true(json_is_true(json_at(root, "interrupted")));
	assert_string_equal(json_string_value(json_at(root, "trace.file")), "result.trace.gz");
	assert_true(json_array_size(json_at(root, "results")) >= 2);
	lines = trace_lines("result.trace.gz");
	/* At the most two orders of two layouts in five rounds; in general two races or three. */
	assert_in_range(json_array_size(lines), 1 + 1, 1 + 19);
	json_array_foreach(lines, i, line)
	{
		if (i)
			check_line(line);
	}
	json_decref(lines);
	json_decref(root);
}

static void before_the_first_traced_race_there_is_no_trace(void **state)
{
	json_t *root;

	(void)state;
	assert_int_equal(
		interrupt_at("compare --pin none --layout small.smaps --order forward,reverse "
			     "--processes 1 --reps 1000 --trace --json result.json",
			     "small/maple/forward/rep:1"),
		130);
	assert_int_equal(cli_files(), 3);
	root = load("result.json");
	assert_true(json_is_true(json_at(root, "interrupted")));
	assert_true(json_is_null(json_at(root, "trace")));
	json_decref(root);
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)
	const struct CMUnitTest fake[] = {
		CASE(document_and_trace_name_each_other),
		CASE(without_tracing_there_is_no_trace),
		CASE(a_trace_needs_a_document_to_stand_beside),
		CASE(a_trace_that_cannot_be_written_fails_before_any_race),
		CASE(a_trace_that_fails_at_the_end_leaves_the_document),
		CASE(a_temporary_file_that_fails_is_named_as_such),
	};
	const struct CMUnitTest real[] = {
		CASE(document_and_trace_name_each_other),
		CASE(an_interrupt_leaves_both_files_whole),
		CASE(before_the_first_traced_race_there_is_no_trace),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return argc > 1 && !strcmp(argv[1], "fake") ? cmocka_run_group_tests(fake, NULL, NULL)
						    : cmocka_run_group_tests(real, NULL, NULL);
}
