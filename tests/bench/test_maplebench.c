// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: maplebench, with as little time as it takes. Right is that every operation, flag
 * set, size and engine has its name, that a table has a figure in each cell that was asked for,
 * that the JSON document holds the measurements the table was made of, in the shape that Google
 * Benchmark's tools read, and that a run that fails leaves no file.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#define CLI_PROGRAM "MAPLEBENCH"
#include "cli_fixture.h"
#include "common/stats.h"

#define ROUNDS 11
#define SMALL  "/(10|100)$"

static const char *const ops[] = {
	"lookup", "lookup_dep", "lookup_batch", "iter_fwd", "iter_rev", "build_asc", "build_rand",
	"churn",  "split",	"overwrite",	"gap_fwd",  "gap_rev",	"rcu_read",
};
#define NR_OPS (sizeof(ops) / sizeof(ops[0]))

/* The build says which kernels' trees there are, and whether the first one's source has recordings. */
static const char *const engines[] = {KERNEL_NAMES, "maple"};
#define NR_ENGINES (sizeof(engines) / sizeof(engines[0]))
#define NR_KERNELS ((int)NR_ENGINES - 1)

static const char *const all_sizes[] = {"10", "100", "1000", "10000", "100000", "1000000", NULL};
static const char *const small_sizes[] = {"10", "100", NULL};

static bool is_build(const char *op)
{
	return !strncmp(op, "build", 5);
}

/* Call @fn for each name there should be of these sizes; how many that are. */
static size_t for_each_name(const char *const *sizes, void (*fn)(const char *name, void *arg),
			    void *arg)
{
	char name[64];
	size_t nr = 0;

	for (size_t op = 0; op < NR_OPS; op++) {
		for (int vma = op >= 10; vma < 2; vma++) {
			for (size_t size = 0; sizes[size]; size++) {
				for (size_t engine = 0; engine < NR_ENGINES; engine++) {
					snprintf(name, sizeof(name), "%s/%s/%s/%s", ops[op],
						 engines[engine], vma ? "vma" : "plain",
						 sizes[size]);
					fn(name, arg);
					nr++;
				}
			}
		}
	}
	return nr;
}

static void name_is_listed(const char *name, void *arg)
{
	char line[80];

	snprintf(line, sizeof(line), "\n%s\n", name);
	assert_in_text(outcome.out, line);
}

static void each_operation_engine_flag_set_and_size_has_its_name(void **state)
{
	size_t nr, lines = 0, replays = 0;

	assert_int_equal(cli_run("", "--benchmark_list_tests"), 0);
	memmove(outcome.out + 1, outcome.out, strlen(outcome.out) + 1);
	outcome.out[0] = '\n';
	nr = for_each_name(all_sizes, name_is_listed, NULL);
	for (const char *at = outcome.out; (at = strchr(at, '\n')) && at[1]; at++) {
		lines++;
		replays += !strncmp(at + 1, "replay", 6);
	}
	/* Recorded operations: two write paths and two flag sets, in one size. */
	assert_int_equal(replays, RECORDED ? 2 * 2 * NR_ENGINES : 0);
	assert_int_equal(lines, nr + replays);
}

/* ---- One short comparison, for the cases below ---- */

static struct outcome table;
static json_t *document;

static int compare_small(void **state)
{
	json_error_t error;

	if (cli_setup(state))
		return -1;
	if (cli_run("", "--table=0 --benchmark_out=out.json --benchmark_filter='" SMALL "'")) {
		fprintf(stderr, "%s", outcome.err);
		return -1;
	}
	table = outcome;
	document = json_load_file("out.json", 0, &error);
	return document ? 0 : -1;
}

static int forget_small(void **state)
{
	json_decref(document);
	return cli_teardown(state);
}

/* The @nr'th line (from 0) of the table that begins with a word, NULL if there are no more. */
static const char *row_of(const char *op, int nr)
{
	char begin[32];
	const char *at = table.out;

	snprintf(begin, sizeof(begin), "\n%s ", op);
	while ((at = strstr(at, begin)) && nr--)
		at++;
	return at ? at + 1 : NULL;
}

static void each_cell_of_the_table_has_its_figures(void **state)
{
	for (size_t op = 0; op < NR_OPS; op++) {
		int blocks = is_build(ops[op]) ? 4 : 2;
		int rows = NR_KERNELS * (op < 10 ? 2 * blocks : blocks);
		double a[2], b[2], c[2];
		char rest[4][8];

		for (int row = 0; row < rows; row++) {
			const char *line = row_of(ops[op], row);

			assert_non_null(line);
			if (row % blocks == 0) {
				/* The mark may be missing; it is no digit. */
				char copy[256];

				snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "\n"),
					 line);
				for (char *p = copy; *p; p++) {
					if (*p == '!' || *p == '?')
						*p = ' ';
				}
				assert_int_equal(sscanf(copy, "%*s %lf %lf-%lf %lf %lf-%lf", &a[0],
							&b[0], &c[0], &a[1], &b[1], &c[1]),
						 6);
				assert_true(b[0] > 0 && b[0] <= c[0] && b[1] > 0 && b[1] <= c[1]);
			} else {
				assert_int_equal(sscanf(line,
							"%*s %lf / %lf %lf / %lf %7s %7s %7s %7s",
							&a[0], &b[0], &a[1], &b[1], rest[0],
							rest[1], rest[2], rest[3]),
						 8);
				assert_true(a[0] > 0 && b[0] > 0 && a[1] > 0 && b[1] > 0);
				for (int i = 0; i < 4; i++)
					assert_string_equal(rest[i], "-");
			}
		}
		assert_null(row_of(ops[op], rows));
	}
	for (int kernel = 0; kernel < NR_KERNELS; kernel++) {
		char line[80];
		const char *at;

		snprintf(line, sizeof(line), "\nslower than %s in ", engines[kernel]);
		at = strstr(table.out, line);
		assert_non_null(at);
		assert_in_text(at, " of 46 cells, perhaps in ");
	}
}

struct found {
	size_t nr;
	double cpu[ROUNDS];
};

/* All runs of a name; asserts what each has to have. */
static void find_runs(const char *name, struct found *found)
{
	json_t *list = json_object_get(document, "benchmarks"), *run;
	size_t i;

	found->nr = 0;
	json_array_foreach(list, i, run)
	{
		if (strcmp(json_string_value(json_object_get(run, "name")), name))
			continue;
		assert_true(found->nr < ROUNDS);
		assert_string_equal(json_string_value(json_object_get(run, "run_name")), name);
		assert_string_equal(json_string_value(json_object_get(run, "run_type")),
				    "iteration");
		assert_string_equal(json_string_value(json_object_get(run, "time_unit")), "ns");
		assert_int_equal(json_integer_value(json_object_get(run, "repetitions")), ROUNDS);
		assert_int_equal(json_integer_value(json_object_get(run, "repetition_index")),
				 found->nr);
		assert_true(json_integer_value(json_object_get(run, "iterations")) > 0);
		assert_true(json_number_value(json_object_get(run, "real_time")) > 0);
		assert_true(json_number_value(json_object_get(run, "items_per_second")) > 0);
		if (is_build(name)) {
			assert_true(json_number_value(json_object_get(run, "bytes_per_entry")) > 0);
			assert_true(json_number_value(
					    json_object_get(run, "bytes_per_entry_packed")) > 0);
		}
		found->cpu[found->nr] = json_number_value(json_object_get(run, "cpu_time"));
		assert_true(found->cpu[found->nr++] > 0);
	}
}

static void name_is_in_document(const char *name, void *arg)
{
	struct found found;

	find_runs(name, &found);
	assert_int_equal(found.nr, ROUNDS);
}

static void the_document_has_each_measurement_as_a_repetition(void **state)
{
	size_t nr = for_each_name(small_sizes, name_is_in_document, NULL);
	json_t *context = json_object_get(document, "context");

	assert_int_equal(json_array_size(json_object_get(document, "benchmarks")), nr * ROUNDS);
	assert_non_null(json_object_get(context, "date"));
	assert_true(json_integer_value(json_object_get(context, "num_cpus")) > 0);
	assert_in_text(json_string_value(json_object_get(context, "executable")), "maplebench");
}

static void the_table_is_made_of_what_is_in_the_document(void **state)
{
	for (size_t op = 0; op < NR_OPS; op++) {
		char name[64];
		struct found kernel, ours;
		struct interval ratio;
		double median[2], printed[2], shown;

		snprintf(name, sizeof(name), "%s/%s/vma/10", ops[op], engines[0]);
		find_runs(name, &kernel);
		snprintf(name, sizeof(name), "%s/maple/vma/10", ops[op]);
		find_runs(name, &ours);
		assert_int_equal(stats_median(kernel.cpu, ROUNDS, &median[0]), 0);
		assert_int_equal(stats_median(ours.cpu, ROUNDS, &median[1]), 0);
		assert_int_equal(stats_ratio(kernel.cpu, ours.cpu, ROUNDS, &ratio), 0);
		assert_int_equal(sscanf(row_of(ops[op], 0), "%*s %lf", &shown), 1);
		assert_true(fabs(shown - ratio.median) <= (ratio.median < 9.995 ? 0.0051 : 0.051));
		assert_int_equal(
			sscanf(row_of(ops[op], 1), "%*s %lf / %lf", &printed[0], &printed[1]), 2);
		for (int i = 0; i < 2; i++)
			assert_true(fabs(printed[i] - median[i]) <= 0.51);
	}
}

/* ---- What is refused ---- */

static void wrong_usage_is_one_line_and_status_two(void **state)
{
	static const char *const wrong[][2] = {
		{"--table=soon", "'soon'"},
		{"--table=", "''"},
		{"--table=-1", "'-1'"},
		{"--table=nan", "'nan'"},
		{"--table=1e9", "'1e9'"},
		{"--table --benchmark_repetitions=3", "'--benchmark_repetitions=3'"},
		{"--table=0 more", "'more'"},
		{"--table=0 --benchmark_filter='('", "not a regular expression"},
		{"--tables", "'--tables'"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(cli_run("", wrong[i][0]), 2);
		assert_one_line(outcome.err, wrong[i][1]);
		assert_string_equal(outcome.out, "");
	}
	assert_int_equal(cli_run("", "--no-such-flag"), 2);
}

static void a_run_that_cannot_be_done_leaves_nothing(void **state)
{
	int files = cli_files();

	assert_int_equal(cli_run("", "--table=0 --benchmark_filter=zzz --benchmark_out=x.json"), 1);
	assert_one_line(outcome.err, "no benchmark matches");
	assert_int_equal(cli_run("", "--table=0 --benchmark_out=no/such.json"), 1);
	assert_one_line(outcome.err, "no/such.json: No such file or directory");
	assert_int_equal(cli_run("", "--table=0 --benchmark_filter=^lookup/.*/10$ >/dev/full"), 1);
	assert_in_text(outcome.err, "standard output");
	assert_int_equal(cli_files(), files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_engine_flag_set_and_size_has_its_name),
		cmocka_unit_test(each_cell_of_the_table_has_its_figures),
		cmocka_unit_test(the_document_has_each_measurement_as_a_repetition),
		cmocka_unit_test(the_table_is_made_of_what_is_in_the_document),
		cmocka_unit_test(wrong_usage_is_one_line_and_status_two),
		cmocka_unit_test(a_run_that_cannot_be_done_leaves_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, compare_small, forget_small);
}
