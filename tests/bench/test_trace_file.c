// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the file of traced races. Right is: a line for the schema, then one for each race
 * that was kept, with the figures where other programs look for them; a race that was offered and
 * not kept is not in it; a full disk is reported at the end and spoils nothing else.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "cli_fixture.h"
#include "common/output_file.h"
#include "race/trace_file.h"
#include "trace_lines.h"

static struct race_visit visits[] = {{10, 0, 0, 0}, {20, 512, 1, 7}};
static struct race_wait waits[] = {{LOCK_ZONE, 30, 1}, {LOCK_SWAP, 40, 2}, {LOCK_ZONE, 50, 3}};
static struct race_freed freed[] = {{60, 100}, {70, 600}};

static struct race_trace trace = {
	.pages = 700,
	.tables = 2,
	.pages_to_free = 600,
	.role[ROLE_EXIT] = {.visits = visits,
			    .nr_visits = 2,
			    .waits = waits,
			    .nr_waits = 3,
			    .freed = freed,
			    .nr_freed = 2,
			    .lost = 5},
};

static struct race_result result = {
	.wall_ns = 90,
	.role = {[ROLE_EXIT] = {.wall_ns = 90, .cpu_ns = 80},
		 [ROLE_REAPER] = {.wall_ns = 85, .cpu_ns = 75}},
};

static struct traced_race race = {.layout = "caf\xe9",
				  .engine = "maple",
				  .order = "solo",
				  .rep = 3,
				  .result = &result,
				  .trace = &trace};

static int setup(void **state)
{
	setenv("REAPBENCH", "none", 0);
	for (int i = 0; i < NR_TASK_BUCKETS; i++)
		trace.role[ROLE_EXIT].time_ns[i] = 1000 + (uint64_t)i;
	result.reapers = 0;
	result.disturbed = false;
	return cli_setup(state);
}

/* Finish a trace and read it back. */
static json_t *written(struct trace_file *file)
{
	struct output_file place;

	assert_int_equal(trace_file_finish(file), 0);
	assert_int_equal(output_file_prepare(&place, "x.trace.gz", trace_file_copy, file), 0);
	assert_int_equal(output_file_commit(&place), 0);
	trace_file_destroy(file);
	return trace_lines("x.trace.gz");
}

static void assert_list(json_t *at, const char *path, const json_int_t *expected, size_t nr)
{
	json_t *list = json_at(at, path);

	assert_true(json_is_array(list));
	assert_int_equal(json_array_size(list), nr);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(json_integer_value(json_array_get(list, i)), expected[i]);
}

static void each_figure_stands_where_others_look_for_it(void **state)
{
	static const struct {
		const char *path;
		json_int_t value;
	} numbers[] = {
		{"rep", 3},
		{"wall_ns", 90},
		{"pages", 700},
		{"tables", 2},
		{"pages_to_free", 600},
		{"roles.exit.wall_ns", 90},
		{"roles.exit.cpu_ns", 80},
		{"roles.exit.lost", 5},
		{"roles.exit.time_ns.under_ptl", 1000 + BUCKET_UNDER_PTL},
		{"roles.exit.time_ns.ptl_wait", 1000 + BUCKET_WAIT_OF + LOCK_PTL},
		{"roles.exit.time_ns.lruvec_wait", 1000 + BUCKET_WAIT_OF + LOCK_LRUVEC},
		{"roles.exit.time_ns.zone_wait", 1000 + BUCKET_WAIT_OF + LOCK_ZONE},
		{"roles.exit.time_ns.swap_wait", 1000 + BUCKET_WAIT_OF + LOCK_SWAP},
		{"roles.exit.time_ns.mmap_lock_wait", 1000 + BUCKET_MMAP_LOCK_WAIT},
		{"roles.exit.time_ns.tlb", 1000 + BUCKET_TLB},
		{"roles.exit.time_ns.free", 1000 + BUCKET_FREE},
		{"roles.exit.time_ns.other", 1000 + BUCKET_OTHER},
	};
	struct trace_file *file = trace_file_create();
	json_t *lines, *line;

	(void)state;
	assert_non_null(file);
	trace_file_offer(file, &race);
	trace_file_keep(file);
	assert_int_equal(trace_file_races(file), 1);
	lines = written(file);
	assert_trace_of(lines, 1);
	line = json_array_get(lines, 1);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (integer_at(line, numbers[i].path) != numbers[i].value)
			fail_msg("%s", numbers[i].path);
	}
	assert_string_equal(json_string_value(json_at(line, "layout")), "caf?");
	assert_string_equal(json_string_value(json_at(line, "engine")), "maple");
	assert_string_equal(json_string_value(json_at(line, "order")), "solo");
	assert_true(json_is_false(json_at(line, "disturbed")));
	assert_list(line, "roles.exit.visits.t", (json_int_t[]){10, 20}, 2);
	assert_list(line, "roles.exit.visits.page", (json_int_t[]){0, 512}, 2);
	assert_list(line, "roles.exit.visits.table", (json_int_t[]){0, 1}, 2);
	assert_list(line, "roles.exit.visits.wait", (json_int_t[]){0, 7}, 2);
	assert_list(line, "roles.exit.waits.lruvec.t", NULL, 0);
	assert_list(line, "roles.exit.waits.lruvec.wait", NULL, 0);
	assert_list(line, "roles.exit.waits.zone.t", (json_int_t[]){30, 50}, 2);
	assert_list(line, "roles.exit.waits.zone.wait", (json_int_t[]){1, 3}, 2);
	assert_list(line, "roles.exit.waits.swap.t", (json_int_t[]){40}, 1);
	assert_list(line, "roles.exit.waits.swap.wait", (json_int_t[]){2}, 1);
	assert_list(line, "roles.exit.freed.t", (json_int_t[]){60, 70}, 2);
	assert_list(line, "roles.exit.freed.pages", (json_int_t[]){100, 600}, 2);
	assert_null(json_at(line, "roles.reaper"));
	assert_null(json_at(line, "roles.exit.waits.ptl"));
	json_decref(lines);
}

static void only_what_was_kept_is_written(void **state)
{
	struct trace_file *file = trace_file_create();
	json_t *lines;

	(void)state;
	result.reapers = 1;
	for (race.rep = 0; race.rep < 4; race.rep++) {
		trace_file_offer(file, &race);
		/* 0 is replaced by 1, 3 is left behind by an interrupt. */
		if (race.rep == 1 || race.rep == 2)
			trace_file_keep(file);
	}
	/* Keeping twice does not write twice. */
	race.rep = 3;
	assert_int_equal(trace_file_races(file), 2);
	lines = written(file);
	assert_trace_of(lines, 2);
	assert_int_equal(integer_at(json_array_get(lines, 1), "rep"), 1);
	assert_int_equal(integer_at(json_array_get(lines, 2), "rep"), 2);
	assert_int_equal(integer_at(json_array_get(lines, 1), "roles.reaper.wall_ns"), 85);
	json_decref(lines);
}

static void a_full_disk_is_told_at_the_end(void **state)
{
	struct rlimit limit, tiny;
	struct trace_file *file;
	int err;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	tiny = limit;
	tiny.rlim_cur = 64;
	signal(SIGXFSZ, SIG_IGN);
	file = trace_file_create();
	assert_non_null(file);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	for (race.rep = 0; race.rep < 2000; race.rep++) {
		trace_file_offer(file, &race);
		trace_file_keep(file);
	}
	race.rep = 3;
	err = trace_file_finish(file);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(err, -EFBIG);
	trace_file_destroy(file);
	assert_int_equal(cli_files(), 1);
}

static void the_trace_stands_beside_its_document(void **state)
{
	static const char *const names[][2] = {{"result.json", "result.trace.gz"},
					       {"a/b.json", "a/b.trace.gz"},
					       {"plain", "plain.trace.gz"},
					       {"x.json.bak", "x.json.bak.trace.gz"},
					       {"dir.json/x", "dir.json/x.trace.gz"}};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = trace_file_path(names[i][0]);

		assert_string_equal(path, names[i][1]);
		free(path);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, cli_teardown)
	const struct CMUnitTest tests[] = {
		CASE(each_figure_stands_where_others_look_for_it),
		CASE(only_what_was_kept_is_written),
		CASE(a_full_disk_is_told_at_the_end),
		CASE(the_trace_stands_beside_its_document),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
