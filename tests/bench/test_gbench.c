// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the C wrapper over Google Benchmark. Right is that benchmarks run in the order
 * in which they were registered, as often as asked, that manual times and counters come out as
 * they went in, and that a wrong option is refused before it reaches the library, which would
 * abort. The last tests run the library's own reporters in a child and read what they write.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "common/gbench.h"

#define CLOSE 1e-9

/* cmocka 1.1.5 compares floats only in single precision. */
#define assert_near(a, b, e) assert_true(fabs((double)(a) - (double)(b)) <= (e))

/* The records of the benchmark functions and the reports. */
static struct {
	char order[64];
	int calls, reports;
	int64_t iterations, args[8];
	int threads;
	double real_seconds, plain, rate, average;
	bool has_missing;
	char name[128], error[64];
} seen;

static int forget(void **state)
{
	memset(&seen, 0, sizeof(seen));
	gbench_clear();
	return 0;
}

static void note_letter(struct gbench_state *state, void *user)
{
	while (gbench_keep_running(state))
		gbench_set_iteration_time(state, 0.001);
	strcat(seen.order, user);
}

static void count_report(const struct gbench_report *report, void *user)
{
	seen.reports++;
	seen.iterations = report->iterations;
	seen.real_seconds = report->real_seconds;
	snprintf(seen.name, sizeof(seen.name), "%s", report->name);
	snprintf(seen.error, sizeof(seen.error), "%s", report->error ? report->error : "");
	gbench_report_counter(report, "plain", &seen.plain);
	gbench_report_counter(report, "rate", &seen.rate);
	gbench_report_counter(report, "average", &seen.average);
	seen.has_missing = gbench_report_counter(report, "missing", &seen.plain);
	*(int *)user += 1;
}

static const struct gbench_options once = {.clock = GBENCH_CLOCK_MANUAL, .iterations = 1};

static void benchmarks_run_interleaved_as_registered(void **state)
{
	struct gbench_summary summary;
	int user = 0, rep;

	for (rep = 0; rep < 3; rep++) {
		assert_int_equal(gbench_register("b", note_letter, "B", &once), 0);
		assert_int_equal(gbench_register("a", note_letter, "A", &once), 0);
	}
	assert_int_equal(gbench_run_quiet(count_report, &user, &summary), 0);
	assert_string_equal(seen.order, "BABABA");
	assert_int_equal(user, 6);
	assert_int_equal(summary.matched, 6);
	assert_int_equal(summary.failed, 0);
	assert_string_equal(seen.name, "a/iterations:1/manual_time");
}

static void environment_changes_nothing_in_a_quiet_run(void **state)
{
	int user = 0;

	setenv("BENCHMARK_REPETITIONS", "3", 1);
	setenv("BENCHMARK_FILTER", "nothing", 1);
	assert_int_equal(gbench_register("a", note_letter, "A", &once), 0);
	assert_int_equal(gbench_run_quiet(count_report, &user, NULL), 0);
	assert_string_equal(seen.order, "A");
	unsetenv("BENCHMARK_REPETITIONS");
	unsetenv("BENCHMARK_FILTER");
}

static void measure(struct gbench_state *state, void *user)
{
	int i = 0;

	while (gbench_keep_running(state))
		gbench_set_iteration_time(state, 0.25 * ++i);
	assert_int_equal(gbench_iterations(state), 4);
	assert_int_equal(gbench_counter(state, "plain", 42, GBENCH_COUNTER_PLAIN), 0);
	assert_int_equal(gbench_counter(state, "rate", 10, GBENCH_COUNTER_RATE), 0);
	assert_int_equal(gbench_counter(state, "average", 6, GBENCH_COUNTER_AVERAGE), 0);
	assert_int_equal(gbench_counter(state, "x", 1, (enum gbench_counter_kind)99), -EINVAL);
	assert_int_equal(gbench_counter(state, "missing", NAN, GBENCH_COUNTER_PLAIN), -EDOM);
	assert_int_equal(gbench_counter(state, "missing", INFINITY, GBENCH_COUNTER_RATE), -EDOM);
	assert_int_equal(gbench_counter(state, "missing", -INFINITY, GBENCH_COUNTER_AVERAGE),
			 -EDOM);
}

static void manual_time_and_counters_come_out_as_they_went_in(void **state)
{
	const struct gbench_options four = {.clock = GBENCH_CLOCK_MANUAL, .iterations = 4};
	int user = 0;

	assert_int_equal(gbench_register("m", measure, NULL, &four), 0);
	assert_int_equal(gbench_run_quiet(count_report, &user, NULL), 0);
	assert_int_equal(seen.iterations, 4);
	assert_near(seen.real_seconds, 0.25 + 0.5 + 0.75 + 1, CLOSE);
	assert_near(seen.plain, 42, CLOSE);
	assert_near(seen.rate, 10 / 2.5, CLOSE);
	assert_near(seen.average, 6, CLOSE);
	assert_false(seen.has_missing);
}

static void give_up(struct gbench_state *state, void *user)
{
	while (gbench_keep_running(state)) {
		seen.calls++;
		gbench_skip_with_error(state, "no luck");
	}
}

static void giving_up_ends_the_loop_and_is_reported(void **state)
{
	const struct gbench_options many = {.iterations = 1000};
	struct gbench_summary summary;
	int user = 0;

	assert_int_equal(gbench_register("g", give_up, NULL, &many), 0);
	assert_int_equal(gbench_register("a", note_letter, "A", &once), 0);
	assert_int_equal(gbench_run_quiet(count_report, &user, &summary), -ECANCELED);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(summary.failed, 1);
	assert_int_equal(summary.matched, 2);
	assert_int_equal(user, 2);
	assert_string_equal(seen.order, "A");
}

static void note_arg(struct gbench_state *state, void *user)
{
	while (gbench_keep_running_batch(state, 100))
		;
	seen.args[seen.calls++] = gbench_arg(state);
	seen.iterations = gbench_iterations(state);
	if (gbench_thread_index(state) == 0)
		seen.threads = gbench_threads(state);
}

static void each_argument_is_a_benchmark_and_batches_are_whole(void **state)
{
	const int64_t args[] = {10, 1000};
	const struct gbench_options options = {
		.iterations = 250, .args = args, .nr_args = 2, .clock = GBENCH_CLOCK_REAL};

	assert_int_equal(gbench_register("n", note_arg, NULL, &options), 0);
	assert_int_equal(gbench_run_quiet(NULL, NULL, NULL), 0);
	assert_int_equal(seen.calls, 2);
	assert_int_equal(seen.args[0], 10);
	assert_int_equal(seen.args[1], 1000);
	assert_int_equal(seen.iterations, 300);
}

static void without_arguments_the_argument_is_zero(void **state)
{
	seen.args[0] = -1;
	assert_int_equal(
		gbench_register("n", note_arg, NULL, &(struct gbench_options){.iterations = 1}), 0);
	assert_int_equal(gbench_run_quiet(NULL, NULL, NULL), 0);
	assert_int_equal(seen.args[0], 0);
	assert_int_equal(seen.threads, 1);
}

static void a_recorded_run_is_a_document_with_repetitions(void **state)
{
	char *text;
	json_t *root, *list, *one;

	for (int rep = 0; rep < 2; rep++) {
		assert_int_equal(gbench_register("a/1", note_letter, "A", &once), 0);
		assert_int_equal(gbench_register("b/1", note_letter, "B", &once), 0);
	}
	assert_int_equal(gbench_run_recorded(NULL, NULL, &text, NULL), 0);
	assert_string_equal(seen.order, "ABAB");
	root = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(root);
	list = json_object_get(root, "benchmarks");
	assert_int_equal(json_array_size(list), 4);
	for (size_t i = 0; i < 4; i++) {
		one = json_array_get(list, i);
		assert_string_equal(json_string_value(json_object_get(one, "name")),
				    i < 2 ? "a/1" : "b/1");
		assert_int_equal(json_integer_value(json_object_get(one, "repetitions")), 2);
		assert_int_equal(json_integer_value(json_object_get(one, "repetition_index")),
				 i % 2);
		assert_int_equal(json_integer_value(json_object_get(one, "family_index")), i / 2);
		assert_near(json_real_value(json_object_get(one, "real_time")), 1e6, 1);
	}
	json_decref(root);
	gbench_clear();
	assert_int_equal(gbench_run_recorded(NULL, NULL, &text, NULL), -ENOENT);
	assert_null(text);
}

static void a_filter_is_a_regular_expression_over_the_name(void **state)
{
	assert_int_equal(gbench_matches("maple", "lookup/maple/vma/10"), 1);
	assert_int_equal(gbench_matches("/10$", "lookup/maple/vma/100"), 0);
	assert_int_equal(gbench_matches("^(churn|lookup)/.*/10$", "lookup/maple/vma/10"), 1);
	assert_int_equal(gbench_matches("-maple", "lookup/maple/vma/10"), 0);
	assert_int_equal(gbench_matches("-maple", "lookup/kernel/vma/10"), 1);
	assert_int_equal(gbench_matches("(", "x"), -EINVAL);
}

static void on_threads(struct gbench_state *state, void *user)
{
	while (gbench_keep_running(state))
		;
	__atomic_fetch_add((int *)user, 1 << (8 * gbench_thread_index(state)), __ATOMIC_RELAXED);
	assert_int_equal(gbench_threads(state), 3);
}

static void threads_each_call_the_function(void **state)
{
	const int threads[] = {3};
	const struct gbench_options options = {.iterations = 5,
					       .threads = threads,
					       .nr_threads = 1,
					       .clock = GBENCH_CLOCK_REAL,
					       .unit = GBENCH_MS};
	int calls = 0;

	assert_int_equal(gbench_register("t", on_threads, &calls, &options), 0);
	assert_int_equal(gbench_run_quiet(NULL, NULL, NULL), 0);
	assert_int_equal(calls, 0x010101);
}

static void wrong_options_are_refused_and_nothing_is_registered(void **state)
{
	const int none[] = {0};
	const struct gbench_options wrong[] = {
		{.iterations = -1},
		{.min_time = -0.5},
		{.repetitions = -1},
		{.iterations = 1, .min_time = 1},
		{.unit = (enum gbench_unit)9},
		{.clock = (enum gbench_clock)9},
		{.nr_args = 1},
		{.nr_threads = 1},
		{.threads = none, .nr_threads = 1},
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(gbench_register("w", note_letter, "", &wrong[i]), -EINVAL);
	assert_int_equal(gbench_register(NULL, note_letter, "", NULL), -EINVAL);
	assert_int_equal(gbench_register("", note_letter, "", NULL), -EINVAL);
	assert_int_equal(gbench_register("w", NULL, "", NULL), -EINVAL);
	assert_int_equal(gbench_run_quiet(NULL, NULL, NULL), -ENOENT);
}

/* Run the registered benchmarks with these flags in a child; what it printed, in @out. */
static int run_in_child(char *out, size_t size, const char *flag1, const char *flag2)
{
	int fds[2], status;
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		char *argv[] = {(char *)"test", (char *)flag1, (char *)flag2, NULL};
		int argc = flag2 ? 3 : 2, err;

		dup2(fds[1], STDOUT_FILENO);
		close(STDERR_FILENO);
		err = gbench_init(&argc, argv);
		if (!err)
			err = gbench_run(NULL);
		fflush(NULL);
		_exit(err ? -err : 0);
	}
	close(fds[1]);
	while (used < size - 1 && (n = read(fds[0], out + used, size - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void process_items(struct gbench_state *state, void *user)
{
	while (gbench_keep_running(state))
		gbench_set_iteration_time(state, 0.5);
	gbench_set_items_processed(state, 100);
	gbench_set_label(state, "a label");
}

static void own_flags_work_with_the_normal_reporters(void **state)
{
	static char out[65536];
	json_t *root, *list, *one;
	json_error_t err;

	gbench_register("lookup/maple", process_items, NULL, &once);
	gbench_register("lookup/kernel", process_items, NULL, &once);
	assert_int_equal(run_in_child(out, sizeof(out), "--benchmark_format=json",
				      "--benchmark_filter=maple"),
			 0);
	root = json_loads(out, 0, &err);
	assert_non_null(root);
	list = json_object_get(root, "benchmarks");
	assert_int_equal(json_array_size(list), 1);
	one = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(one, "name")),
			    "lookup/maple/iterations:1/manual_time");
	assert_near(json_real_value(json_object_get(one, "items_per_second")), 200, CLOSE);
	assert_near(json_real_value(json_object_get(one, "real_time")), 5e8, 1);
	assert_string_equal(json_string_value(json_object_get(one, "label")), "a label");
	json_decref(root);
}

static void failures_of_a_normal_run_have_their_error(void **state)
{
	char out[4096];

	gbench_register("g", give_up, NULL, NULL);
	assert_int_equal(run_in_child(out, sizeof(out), "--benchmark_filter=g", NULL), ECANCELED);
	assert_non_null(strstr(out, "no luck"));
	assert_int_equal(run_in_child(out, sizeof(out), "--benchmark_filter=zzz", NULL), ENOENT);
	assert_int_equal(run_in_child(out, sizeof(out), "--no-such-flag", NULL), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(benchmarks_run_interleaved_as_registered, forget),
		cmocka_unit_test_setup(environment_changes_nothing_in_a_quiet_run, forget),
		cmocka_unit_test_setup(manual_time_and_counters_come_out_as_they_went_in, forget),
		cmocka_unit_test_setup(giving_up_ends_the_loop_and_is_reported, forget),
		cmocka_unit_test_setup(each_argument_is_a_benchmark_and_batches_are_whole, forget),
		cmocka_unit_test_setup(without_arguments_the_argument_is_zero, forget),
		cmocka_unit_test_setup(threads_each_call_the_function, forget),
		cmocka_unit_test_setup(wrong_options_are_refused_and_nothing_is_registered, forget),
		cmocka_unit_test_setup(a_recorded_run_is_a_document_with_repetitions, forget),
		cmocka_unit_test_setup(a_filter_is_a_regular_expression_over_the_name, forget),
		cmocka_unit_test_setup(own_flags_work_with_the_normal_reporters, forget),
		cmocka_unit_test_setup(failures_of_a_normal_run_have_their_error, forget),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
