// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the document and the file it is written to. Right is that every key other tools
 * read is there with the figure that belongs to it, that names which are not UTF-8 do not lose
 * the result, and that a file is replaced in full or not at all, with its permissions, through a
 * symbolic link, and with nothing left beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli_fixture.h"
#include "compare_fixture.h"
#include "compare/json.h"

static struct compare_options options;
static struct experiment *experiment;
static struct figures *figures;

static int setup(void **state)
{
	fake_race_reset();
	setenv("REAPBENCH", "none", 0);
	if (cli_setup(state))
		return -1;
	options = fixture_options("kernel", "solo,forward,reverse", "3");
	experiment = fixture_experiment(&options);
	figures = figures_create(experiment);
	return !figures;
}

static int teardown(void **state)
{
	figures_destroy(figures);
	experiment_destroy(experiment);
	compare_options_free(&options);
	snprintf(fixture_name, sizeof(fixture_name), "tiny");
	return cli_teardown(state);
}

static json_t *build(void)
{
	struct host host;
	json_t *document;

	host_describe(&host, 1700000000);
	document = compare_json_build(&host, &options, &figures, 1, false, NULL);
	assert_non_null(document);
	return document;
}

/* The number at a path like "wait_ns.ptl.exit.median" in one result. */
static double number_at(json_t *document, size_t result, const char *path)
{
	json_t *at = json_array_get(json_object_get(document, "results"), result);
	char copy[128], *key, *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
		at = json_object_get(at, key);
	if (!json_is_number(at))
		fail_msg("no number at %s", path);
	return json_number_value(at);
}

static void each_key_has_the_figure_that_belongs_to_it(void **state)
{
	static const struct {
		const char *path;
		unsigned int value;
	} keys[] = {
		{"wall_ns", VALUE_WALL},
		{"exit_ns", VALUE_OF(CPU, ROLE_EXIT)},
		{"reaper_ns", VALUE_OF(CPU, ROLE_REAPER)},
		{"running_ns", VALUE_RUNNING},
		{"wait_ns.ptl.exit", VALUE_CLASS_ROLE(WAIT, LOCK_PTL, ROLE_EXIT)},
		{"wait_ns.ptl.reaper", VALUE_CLASS_ROLE(WAIT, LOCK_PTL, ROLE_REAPER)},
		{"wait_ns.lruvec.exit", VALUE_CLASS_ROLE(WAIT, LOCK_LRUVEC, ROLE_EXIT)},
		{"wait_ns.lruvec.reaper", VALUE_CLASS_ROLE(WAIT, LOCK_LRUVEC, ROLE_REAPER)},
		{"wait_ns.zone.exit", VALUE_CLASS_ROLE(WAIT, LOCK_ZONE, ROLE_EXIT)},
		{"wait_ns.zone.reaper", VALUE_CLASS_ROLE(WAIT, LOCK_ZONE, ROLE_REAPER)},
		{"wait_ns.swap.exit", VALUE_CLASS_ROLE(WAIT, LOCK_SWAP, ROLE_EXIT)},
		{"contended.ptl.exit", VALUE_CLASS_ROLE(CONTENDED, LOCK_PTL, ROLE_EXIT)},
		{"contended.ptl.reaper", VALUE_CLASS_ROLE(CONTENDED, LOCK_PTL, ROLE_REAPER)},
		{"contended.lruvec.reaper", VALUE_CLASS_ROLE(CONTENDED, LOCK_LRUVEC, ROLE_REAPER)},
		{"contended.zone.exit", VALUE_CLASS_ROLE(CONTENDED, LOCK_ZONE, ROLE_EXIT)},
		{"mmap_lock_wait_ns.reaper", VALUE_OF(MMAP_WAIT, ROLE_REAPER)},
		{"unmap_wait_share.exit", VALUE_OF(UNMAP_SHARE, ROLE_EXIT)},
		{"unmap_wait_share.reaper", VALUE_OF(UNMAP_SHARE, ROLE_REAPER)},
		{"pages.exit", VALUE_OF(PAGES, ROLE_EXIT)},
		{"pages.reaper", VALUE_OF(PAGES, ROLE_REAPER)},
		{"free_ns.50", VALUE_OF(FREE, FREE_50)},
		{"free_ns.90", VALUE_OF(FREE, FREE_90)},
		{"free_ns.99", VALUE_OF(FREE, FREE_99)},
		{"free_ns.100", VALUE_OF(FREE, FREE_100)},
		{"cpu_ns_per_page", VALUE_PER_PAGE},
	};
	json_t *document;
	char path[128];
	size_t row, i;

	/* A value of its own for each figure: a swapped pair of keys cannot pass. */
	for (row = 0; row < figures->nr_rows; row++)
		for (i = 0; i < NR_VALUES; i++)
			figures->rows[row].value[i] =
				(struct interval){.median = 1000 * (row + 1) + 3 * i,
						  .lo = 1000 * (row + 1) + 3 * i + 1,
						  .hi = 1000 * (row + 1) + 3 * i + 2};
	document = build();
	for (row = 0; row < figures->nr_rows; row++) {
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			double base = 1000.0 * (double)(row + 1) + 3 * keys[i].value;

			snprintf(path, sizeof(path), "%s.median", keys[i].path);
			assert_near(number_at(document, row, path), base, 1e-9);
			snprintf(path, sizeof(path), "%s.lo", keys[i].path);
			assert_near(number_at(document, row, path), base + 1, 1e-9);
			snprintf(path, sizeof(path), "%s.hi", keys[i].path);
			assert_near(number_at(document, row, path), base + 2, 1e-9);
		}
		assert_near(number_at(document, row, "reps"), 3, 0);
		assert_near(number_at(document, row, "reapers"), row ? 1 : 0, 0);
		assert_near(number_at(document, row, "r.median"), 3, 0.01);
	}
	json_decref(document);
}

static void the_samples_are_those_of_each_repetition_in_order(void **state)
{
	static const char *const keys[] = {"wall_ns",	    "running_ns",    "ptl_wait_ns",
					   "ptl_contended", "other_wait_ns", "free_100_ns"};
	enum { REP = 1, ROW = 1 };
	struct race_result *r = &experiment->configs[ROW].samples[REP].result;
	json_t *document, *one;
	size_t key;

	/* Each role and class another power of two: any part left out or taken twice shows. */
	r->wall_ns = 3;
	r->role[ROLE_EXIT].cpu_ns = 10;
	r->role[ROLE_REAPER].cpu_ns = 1;
	for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
		for (int role = 0; role < NR_ROLES; role++) {
			r->role[role].lock[class].wait_ns = 1U << (2 * class + role);
			r->role[role].lock[class].contended = 4096U << (2 * class + role);
		}
	}
	r->free_ns[FREE_100] = 77;
	experiment->configs[ROW].samples[0].done = false;
	document = build();
	one = json_object_get(json_array_get(json_object_get(document, "results"), ROW), "samples");
	for (key = 0; key < sizeof(keys) / sizeof(keys[0]); key++) {
		/* Of the other classes: the powers of two from 4 on. */
		static const json_int_t expected[] = {
			3, 11, 3, 4096 + 8192, (1 << 2 * NR_LOCK_CLASSES) - 4, 77};
		json_t *list = json_object_get(one, keys[key]);

		assert_int_equal(json_array_size(list), 2);
		assert_int_equal(json_integer_value(json_array_get(list, 0)), expected[key]);
		assert_int_not_equal(json_integer_value(json_array_get(list, 1)), expected[key]);
	}
	json_decref(document);
}

/* Right are the words that --tlb and --frames take. */
static void options_are_written_as_they_are_given(void **state)
{
	static const struct {
		double given;
		const char *text;
	} frames[] = {
		{FRAMES_AUTO, "by size"}, /* nothing was measured by the fake */
		{FRAMES_BY_SIZE, "by size"},
		{FRAMES_MEASURED, "measured"},
		{FRAMES_CONSECUTIVE, "consecutive"},
		{1, "random"},
		{1.5, "runs:1.5"},
		{FRAMES_RUN_MAX, "runs:1000000"},
	};
	json_t *document, *o, *layout;

	options.lock = LOCK_KIND_TAS;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		options.tlb = (enum tlb_mode)(i % NR_TLB_MODES);
		options.frames = frames[i].given;
		document = build();
		o = json_object_get(document, "options");
		layout = json_array_get(json_object_get(document, "layouts"), 0);
		assert_string_equal(json_string_value(json_object_get(o, "lock")), "tas");
		assert_string_equal(json_string_value(json_object_get(o, "tlb")),
				    tlb_mode_info[options.tlb].name);
		assert_string_equal(json_string_value(json_object_get(o, "frames")),
				    frames[i].text);
		assert_true(json_is_real(json_object_get(layout, "frame_run")));
		/* What the races had, in the fake as many as the layout's name has letters. */
		assert_true(json_real_value(json_object_get(layout, "frame_run")) == 4);
		json_decref(document);
	}
}

static void without_options_the_machine_is_the_kernels(void **state)
{
	assert_int_equal(options.lock, LOCK_KIND_MCS);
	assert_int_equal(options.tlb, TLB_MODE_DEFAULT);
#ifdef __x86_64__
	assert_int_equal(options.tlb, TLB_LAZY);
#endif
	assert_true(options.frames == FRAMES_AUTO);
}

static void times_are_whole_numbers_and_the_host_is_described(void **state)
{
	json_t *document = build(), *host = json_object_get(document, "host"), *one;

	one = json_array_get(json_object_get(document, "results"), 0);
	assert_true(json_is_integer(json_object_get(json_object_get(one, "wall_ns"), "median")));
	assert_true(json_is_real(json_object_get(json_object_get(one, "cpu_ns_per_page"), "lo")));
	assert_string_equal(json_string_value(json_object_get(document, "schema")),
			    "umaple.reap/2");
	assert_string_equal(json_string_value(json_object_get(host, "date")),
			    "2023-11-14T22:13:20Z");
	assert_true(json_integer_value(json_object_get(host, "cores")) >= 1);
	assert_true(strlen(json_string_value(json_object_get(host, "cpu"))) > 0);
	assert_true(strlen(json_string_value(json_object_get(host, "kernel"))) > 0);
	assert_non_null(strstr(json_string_value(json_object_get(host, "flags")), "-O"));
	json_decref(document);
}

static void a_name_that_is_not_utf8_does_not_lose_the_result(void **state)
{
	json_t *document, *one;

	snprintf(fixture_name, sizeof(fixture_name), "caf\xe9");
	document = build();
	one = json_array_get(json_object_get(document, "results"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "layout")), "caf?");
	json_decref(document);
}

static void assert_loads(const char *name)
{
	json_error_t err;
	json_t *document = json_load_file(name, 0, &err);

	assert_non_null(document);
	json_decref(document);
}

static void checking_leaves_nothing_behind(void **state)
{
	assert_int_equal(compare_json_check("new.json"), 0);
	assert_int_equal(cli_files(), 1);
	assert_int_equal(compare_json_check("small.smaps"), 0);
	assert_int_equal(cli_files(), 1);
	assert_int_equal(compare_json_check("-"), 0);
	assert_int_equal(compare_json_check("no/such.json"), -ENOENT);
	assert_int_equal(compare_json_check("small.smaps/x.json"), -ENOTDIR);
	assert_int_equal(compare_json_check("."), -EISDIR);
	assert_int_equal(compare_json_check(""), -ENOENT);
}

static void a_new_file_has_ordinary_permissions(void **state)
{
	json_t *document = build();
	mode_t mask = umask(027);
	struct stat st;

	assert_int_equal(compare_json_write("new.json", document), 0);
	umask(mask);
	assert_loads("new.json");
	assert_int_equal(stat("new.json", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(cli_files(), 2);
	json_decref(document);
}

static void an_old_file_is_replaced_as_a_whole_and_keeps_its_mode(void **state)
{
	json_t *document = build();
	struct stat before, after;
	char old[4];
	int fd;

	cli_write_file("old.json", "old");
	assert_int_equal(chmod("old.json", 0604), 0);
	assert_int_equal(symlink("old.json", "link.json"), 0);
	fd = open("old.json", O_RDONLY);
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(compare_json_write("link.json", document), 0);
	assert_loads("old.json");
	assert_int_equal(lstat("link.json", &after), 0);
	assert_true(S_ISLNK(after.st_mode));
	assert_int_equal(stat("old.json", &after), 0);
	assert_int_equal(after.st_mode & 07777, 0604);
	/* Another file took its place: a reader of the old one still reads the old text. */
	assert_true(after.st_ino != before.st_ino);
	assert_int_equal(read(fd, old, 4), 3);
	assert_memory_equal(old, "old", 3);
	close(fd);
	assert_int_equal(cli_files(), 3);
	json_decref(document);
}

/* A trace of no races, and what it looks like in its place. */
static struct trace_file *empty_trace(void)
{
	struct trace_file *trace = trace_file_create();

	assert_non_null(trace);
	assert_int_equal(trace_file_finish(trace), 0);
	return trace;
}

static void document_and_trace_are_put_in_place_both_or_neither(void **state)
{
	struct trace_file *trace = empty_trace();
	json_t *document = build();
	const char *failed;

	cli_write_file("old.json", "old");
	cli_write_file("old.trace.gz", "old");
	/* The second of the two cannot be written: the first one stays as it was. */
	assert_int_equal(compare_json_write_both("old.json", document, "no/such.trace.gz", trace,
						 &failed),
			 -ENOENT);
	assert_string_equal(failed, "no/such.trace.gz");
	assert_int_equal(system("test \"$(cat old.json)\" = old"), 0);
	assert_int_equal(compare_json_write_both("/dev/full", document, "old.trace.gz", trace,
						 &failed),
			 -ENOSPC);
	assert_string_equal(failed, "/dev/full");
	assert_int_equal(system("test \"$(cat old.trace.gz)\" = old"), 0);
	assert_int_equal(cli_files(), 3);

	assert_int_equal(
		compare_json_write_both("old.json", document, "old.trace.gz", trace, &failed), 0);
	assert_loads("old.json");
	assert_int_equal(system("gzip -dc old.trace.gz | grep -q umaple.trace/1"), 0);
	assert_int_equal(cli_files(), 3);
	trace_file_destroy(trace);
	json_decref(document);
}

static void a_failed_write_leaves_the_old_file_and_no_other(void **state)
{
	json_t *document = build();

	assert_int_equal(compare_json_write("/dev/full", document), -ENOSPC);
	assert_int_equal(symlink("nowhere/at.all", "dangling.json"), 0);
	assert_int_equal(compare_json_write("dangling.json", document), -ENOENT);
	assert_int_equal(cli_files(), 2);
	json_decref(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_key_has_the_figure_that_belongs_to_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_samples_are_those_of_each_repetition_in_order,
						setup, teardown),
		cmocka_unit_test_setup_teardown(times_are_whole_numbers_and_the_host_is_described,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_name_that_is_not_utf8_does_not_lose_the_result,
						setup, teardown),
		cmocka_unit_test_setup_teardown(options_are_written_as_they_are_given, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_options_the_machine_is_the_kernels, setup,
						teardown),
		cmocka_unit_test_setup_teardown(checking_leaves_nothing_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_file_has_ordinary_permissions, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			an_old_file_is_replaced_as_a_whole_and_keeps_its_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(document_and_trace_are_put_in_place_both_or_neither,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file_and_no_other,
						setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
