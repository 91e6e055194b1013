// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the table that compares the trees, from made-up measurements. Right is that each
 * cell has the ratio of medians and its interval, that a cell is marked as slower if the whole
 * interval lies below 1 and otherwise as doubtful if the median does, that the last line counts
 * them, and that what was not measured is neither shown nor counted.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "trees/tree_report.h"

#define ROUNDS 11

static struct tree_cell *pairs;
static size_t nr_pairs, engines, ours;
static char *printed;
static const struct tree_rounds rounds = {ROUNDS, 5};

/* Everything at 100 ns, on both. */
static int setup(void **state)
{
	size_t nr;
	struct tree_case *cases = tree_cases(&nr);

	engines = tree_engines();
	ours = engines - 1;
	nr_pairs = nr / engines;
	pairs = calloc(nr_pairs, sizeof(*pairs));
	if (!pairs)
		return -1;
	for (size_t i = 0; i < nr; i++) {
		struct tree_cell *p = &pairs[i / engines];
		size_t e = i % engines;

		p->cases[e] = &cases[i];
		p->wanted = true;
		p->ns[e] = calloc(ROUNDS, sizeof(double));
		if (!p->ns[e])
			return -1;
		for (int r = 0; r < ROUNDS; r++)
			p->ns[e][r] = 100;
		cases[i].bytes_gaps = 40;
		cases[i].bytes_packed = e == ours ? 20 : 150;
	}
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < nr_pairs; i++) {
		for (size_t e = 0; e < engines; e++)
			free(pairs[i].ns[e]);
	}
	free(pairs);
	free(printed);
	printed = NULL;
	return 0;
}

static int print(void)
{
	size_t size;
	FILE *out = open_memstream(&printed, &size);
	int err;

	assert_non_null(out);
	err = tree_report_print(out, pairs, nr_pairs, &rounds);
	assert_int_equal(fclose(out), 0);
	return err;
}

static struct tree_cell *find(const char *name)
{
	for (size_t i = 0; i < nr_pairs; i++) {
		if (!strcmp(pairs[i].cases[ours]->name, name))
			return &pairs[i];
	}
	fail_msg("no %s", name);
	return NULL;
}

static void assert_printed(const char *words)
{
	if (!strstr(printed, words))
		fail_msg("'%s' is not in:\n%s", words, printed);
}

/* The line of each kernel says so. */
static void assert_counted(size_t slower, size_t cells, size_t perhaps)
{
	for (size_t e = 0; e < ours; e++) {
		char line[96];

		snprintf(line, sizeof(line),
			 "\nslower than %s in %zu of %zu cells, perhaps in %zu more\n",
			 tree_engine_name(e), slower, cells, perhaps);
		assert_printed(line);
	}
}

static void equal_times_are_not_slower(void **state)
{
	char counted[64];

	assert_int_equal(print(), 0);
	assert_printed("lookup             1.00 1.00-1.00   1.00 1.00-1.00");
	assert_counted(0, nr_pairs, 0);
	snprintf(counted, sizeof(counted), "11 rounds; in 5 of %zu measurements",
		 ROUNDS * engines * nr_pairs);
	assert_printed(counted);
}

static void a_slower_cell_is_marked_and_counted(void **state)
{
	struct tree_cell *p = find("churn/maple/vma/100");

	for (int r = 0; r < ROUNDS; r++)
		p->ns[ours][r] = 125 + r % 2;
	assert_int_equal(print(), 0);
	assert_printed("churn              1.00 1.00-1.00  0.80! 0.79-0.80   1.00 1.00-1.00");
	assert_printed("churn                   100 / 100        100 / 125        100 / 100");
	assert_counted(1, nr_pairs, 0);
}

static void a_slower_median_in_doubt_is_marked_and_counted_apart(void **state)
{
	struct tree_cell *p = find("split/maple/plain/1000000");

	for (int r = 0; r < ROUNDS; r++)
		p->ns[ours][r] = r < 6 ? 110 : 50;
	assert_int_equal(print(), 0);
	assert_printed("0.91? 0.91-2.00\n");
	assert_counted(0, nr_pairs, 1);
}

static void large_ratios_keep_their_column(void **state)
{
	struct tree_cell *p = find("lookup_batch/maple/vma/10");

	for (int r = 0; r < ROUNDS; r++)
		p->ns[ours][r] = 100.0 / 23;
	assert_int_equal(print(), 0);
	assert_printed("lookup_batch       23.0 23.0-23.0   1.00 1.00-1.00");
	assert_printed("lookup_batch            100 / 4.3        100 / 100");
}

static void node_bytes_stand_beside_the_builds(void **state)
{
	assert_int_equal(print(), 0);
	assert_printed("build_asc             40.0 / 40.0      40.0 / 40.0");
	assert_printed("build_rand             150 / 20.0       150 / 20.0");
}

static void what_was_not_measured_is_neither_shown_nor_counted(void **state)
{
	for (size_t i = 0; i < nr_pairs; i++)
		pairs[i].wanted = false;
	find("iter_rev/maple/vma/1000")->wanted = true;
	assert_int_equal(print(), 0);
	assert_printed("iter_rev                        -                -   1.00 1.00-1.00");
	assert_null(strstr(printed, "lookup"));
	assert_counted(0, 1, 0);
	assert_printed("measurements");
}

static void a_time_of_nothing_is_an_error(void **state)
{
	struct tree_cell *p = find("lookup/maple/vma/10");

	for (int r = 0; r < ROUNDS; r++)
		p->ns[ours][r] = 0;
	assert_int_equal(print(), -EDOM);
}

static void a_full_disk_is_an_error(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	assert_int_equal(tree_report_print(full, pairs, nr_pairs, &rounds), -EIO);
	fclose(full);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equal_times_are_not_slower),
		TEST(a_slower_cell_is_marked_and_counted),
		TEST(a_slower_median_in_doubt_is_marked_and_counted_apart),
		TEST(large_ratios_keep_their_column),
		TEST(node_bytes_stand_beside_the_builds),
		TEST(what_was_not_measured_is_neither_shown_nor_counted),
		TEST(a_time_of_nothing_is_an_error),
		TEST(a_full_disk_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
