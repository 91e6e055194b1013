// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: intervals over processes and their repetitions, on samples whose truth is known.
 * Right is an interval that covers the truth in at least 92 of 100 cases however far the processes
 * differ, with next to no width lost where they do not; a ratio out of which a process cancels; and
 * two invocations of the same thing that are found to differ at most once in 20 times. Wrong is an
 * interval of the repetitions alone: it covers half of the cases.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/stats.h"

#define CLOSE 1e-9

/* cmocka 1.1.5 compares floats only in single precision. */
#define assert_near(a, b, e) assert_true(fabs((double)(a) - (double)(b)) <= (e))

/* As many processes and repetitions as `reapbench compare` runs if it is not told otherwise. */
#define PROCESSES 3
#define REPS	  11
#define ALL	  (PROCESSES * REPS)
#define ROUNDS	  300

static const size_t sizes[PROCESSES] = {REPS, REPS, REPS};
static uint64_t seed;

static double next_uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

static double next_normal(void)
{
	return sqrt(-2 * log(next_uniform())) * cos(2 * M_PI * next_uniform());
}

/* Times of about 100, which are never negative. */
static void draw(double values[ALL], double between, double within)
{
	for (int process = 0; process < PROCESSES; process++) {
		const double level = log(100) + between * next_normal();

		for (int rep = 0; rep < REPS; rep++)
			values[process * REPS + rep] = exp(level + within * next_normal());
	}
}

/* Shares of @ROUNDS cases in which the truth is covered, and mean widths relative to it. */
struct outcome {
	double covered, covered_by_repetitions, width, width_by_repetitions;
};

static struct outcome simulate(double between, double within)
{
	const struct groups g = {.sizes = sizes, .nr = PROCESSES};
	struct outcome o = {0};

	seed = 1;
	for (int round = 0; round < ROUNDS; round++) {
		struct interval i, alone;
		struct groups groups = g;
		double values[ALL];

		draw(values, between, within);
		groups.values = values;
		assert_int_equal(stats_groups_interval(&groups, &i), 0);
		assert_int_equal(stats_interval(values, ALL, &alone), 0);
		assert_true(i.lo <= i.median && i.median <= i.hi);
		o.covered += i.lo <= 100 && 100 <= i.hi;
		o.covered_by_repetitions += alone.lo <= 100 && 100 <= alone.hi;
		o.width += (i.hi - i.lo) / 100;
		o.width_by_repetitions += (alone.hi - alone.lo) / 100;
	}
	o.covered /= ROUNDS;
	o.covered_by_repetitions /= ROUNDS;
	o.width /= ROUNDS;
	o.width_by_repetitions /= ROUNDS;
	print_message(
		"# processes differ by %.2f, repetitions by %.2f: covered %.3f (by repetitions "
		"alone %.3f), width %.3f (%.3f)\n",
		between, within, o.covered, o.covered_by_repetitions, o.width,
		o.width_by_repetitions);
	return o;
}

static void the_interval_covers_the_truth_however_far_processes_differ(void **state)
{
	static const double between[] = {0.01, 0.03, 0.1, 0.2};

	(void)state;
	for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++)
		assert_true(simulate(between[i], 0.03).covered >= 0.92);
}

static void the_repetitions_alone_are_too_sure_of_themselves(void **state)
{
	(void)state;
	assert_true(simulate(0.1, 0.03).covered_by_repetitions < 0.6);
}

static void where_processes_are_alike_the_interval_is_not_much_wider(void **state)
{
	const struct outcome o = simulate(0, 0.03);

	(void)state;
	assert_true(o.covered >= 0.92);
	assert_true(o.width < 3 * o.width_by_repetitions);
}

/* How often the ratio of two samples is found to differ from 1 by the interval and the test. */
static double found_to_differ(double truth, double common, double own, double within, bool paired)
{
	const struct groups g = {.sizes = sizes, .nr = PROCESSES};
	int found = 0;

	seed = 7;
	for (int round = 0; round < ROUNDS; round++) {
		double a[ALL], b[ALL], p;
		struct groups ga = g, gb = g;
		struct interval i;

		draw(a, own, within);
		draw(b, own, within);
		for (int process = 0; process < PROCESSES; process++) {
			/* What a process has in common with itself: both orders run in it. */
			const double level = exp(common * next_normal());

			for (int rep = process * REPS; rep < (process + 1) * REPS; rep++) {
				a[rep] *= truth * level;
				b[rep] *= paired ? level : 1;
			}
		}
		ga.values = a;
		gb.values = b;
		assert_int_equal((paired ? stats_groups_ratio
					 : stats_groups_ratio_unpaired)(&ga, &gb, &i, &p),
				 0);
		assert_true(i.lo <= i.median && i.median <= i.hi && i.lo > 0);
		/* The interval is the wider one of two, and the test belongs to one of them. */
		assert_true(p < STATS_LEVEL || (i.lo <= 1 && 1 <= i.hi));
		found += i.lo > 1 || i.hi < 1;
	}
	print_message("# %s, ratio %.2f, processes in common %.2f, by themselves %.2f: differs in "
		      "%.3f\n",
		      paired ? "paired" : "unpaired", truth, common, own, (double)found / ROUNDS);
	return (double)found / ROUNDS;
}

static void two_invocations_of_the_same_differ_once_in_20_at_most(void **state)
{
	(void)state;
	assert_true(found_to_differ(1, 0, 0, 0.03, false) <= 0.05);
	assert_true(found_to_differ(1, 0, 0.03, 0.03, false) <= 0.05);
	assert_true(found_to_differ(1, 0, 0.2, 0.03, false) <= 0.05);
}

static void two_orders_that_are_equal_differ_once_in_20_at_most(void **state)
{
	(void)state;
	assert_true(found_to_differ(1, 0.3, 0, 0.03, true) <= 0.06);
	assert_true(found_to_differ(1, 0.3, 0.03, 0.03, true) <= 0.06);
}

/* Processes differ by 30 %, and an order that takes a tenth less is found all the same. */
static void a_process_cancels_out_of_a_ratio_in_it(void **state)
{
	(void)state;
	assert_true(found_to_differ(0.9, 0.3, 0.005, 0.03, true) >= 0.9);
	assert_true(found_to_differ(0.9, 0.3, 0.005, 0.03, false) <= 0.05);
}

static void one_process_alone_is_as_before(void **state)
{
	const size_t one = REPS;
	struct interval i, alone;
	double a[ALL], b[ALL], p, mann_whitney;
	struct groups ga = {a, &one, 1}, gb = {b, &one, 1};

	(void)state;
	seed = 3;
	draw(a, 0, 0.1);
	draw(b, 0, 0.1);
	assert_int_equal(stats_groups_interval(&ga, &i), 0);
	assert_int_equal(stats_interval(a, REPS, &alone), 0);
	assert_memory_equal(&i, &alone, sizeof(i));
	assert_int_equal(stats_groups_ratio(&ga, &gb, &i, &p), 0);
	assert_int_equal(stats_ratio(a, b, REPS, &alone), 0);
	assert_memory_equal(&i, &alone, sizeof(i));
	assert_int_equal(stats_mann_whitney(a, REPS, b, REPS, &mann_whitney), 0);
	assert_near(p, mann_whitney, CLOSE);
	assert_int_equal(stats_groups_ratio_unpaired(&ga, &gb, &i, &p), 0);
	assert_int_equal(stats_ratio_unpaired(a, REPS, b, REPS, &alone), 0);
	assert_memory_equal(&i, &alone, sizeof(i));
	assert_near(p, mann_whitney, CLOSE);
}

/* Medians 10, 20, 30: the mean is 20, the standard deviation 10, the error 10 / sqrt(3). */
static void the_interval_of_three_medians_is_students(void **state)
{
	const double values[] = {10, 20, 20, 20, 29, 30, 31}, low[] = {0, 0, 3};
	const size_t uneven[] = {1, 3, 3}, each[] = {1, 1, 1};
	const struct groups g = {values, uneven, 3}, near_nothing = {low, each, 3};
	struct interval i;

	(void)state;
	assert_int_equal(stats_groups_interval(&g, &i), 0);
	assert_near(i.median, 20, CLOSE);
	assert_near(i.lo, fmax(0, 20 - 4.302652729911275 * 10 / sqrt(3)), 1e-6);
	assert_near(i.hi, 20 + 4.302652729911275 * 10 / sqrt(3), 1e-6);
	/* No time is negative. */
	assert_int_equal(stats_groups_interval(&near_nothing, &i), 0);
	assert_near(i.median, 1, CLOSE);
	assert_near(i.lo, 0, CLOSE);
}

/* Three medians that are equal by chance say nothing about the repetitions. */
static void processes_that_agree_keep_the_interval_of_the_repetitions(void **state)
{
	const double values[] = {90, 100, 110, 80, 100, 120, 70, 100, 130};
	const size_t three[] = {3, 3, 3};
	const struct groups g = {values, three, 3};
	struct interval i;

	(void)state;
	assert_int_equal(stats_groups_interval(&g, &i), 0);
	assert_near(i.median, 100, CLOSE);
	assert_true(i.lo < 95 && i.hi > 105);
}

static void ratios_and_differences_are_taken_in_each_process(void **state)
{
	const double b[] = {100, 200, 400}, a[] = {90, 180, 360}, none[] = {0, 0, 0};
	const size_t each[] = {1, 1, 1};
	const struct groups ga = {a, each, 3}, gb = {b, each, 3}, zero = {none, each, 3};
	struct interval i;
	double p;

	(void)state;
	assert_int_equal(stats_groups_ratio(&ga, &gb, &i, &p), 0);
	assert_near(i.median, 0.9, CLOSE);
	assert_near(i.lo, 0.9, CLOSE);
	assert_near(i.hi, 0.9, CLOSE);
	assert_near(p, 0, CLOSE);
	assert_int_equal(stats_groups_ratio(&gb, &gb, &i, &p), 0);
	assert_near(p, 1, CLOSE);
	assert_int_equal(stats_groups_difference(&ga, &gb, &i, &p), 0);
	assert_near(i.median, (-10 - 20 - 40) / 3., CLOSE);
	assert_true(i.lo < i.median && i.median < i.hi && i.hi > 0 && p > 0.05);
	assert_int_equal(stats_groups_ratio(&zero, &gb, &i, &p), 0);
	assert_near(i.hi, 0, CLOSE);
	assert_near(p, 0, CLOSE);
	i.median = -1;
	assert_int_equal(stats_groups_ratio(&gb, &zero, &i, &p), -EDOM);
	assert_int_equal(stats_groups_ratio_unpaired(&gb, &zero, &i, &p), -EDOM);
	assert_near(i.median, -1, CLOSE);
}

/* One file has three processes and the other, an older one, does not say: the interval is wider. */
static void a_side_of_one_process_is_taken_to_differ_as_the_other(void **state)
{
	const double a[] = {100, 110, 120}, b[] = {110};
	const size_t each[] = {1, 1, 1};
	const struct groups ga = {a, each, 3}, gb = {b, each, 1};
	const double error = 10 / 110. * sqrt(1 + 1 / 3.);
	struct interval i;
	double p;

	(void)state;
	assert_int_equal(stats_groups_ratio_unpaired(&ga, &gb, &i, &p), 0);
	assert_near(i.median, 1, CLOSE);
	assert_near(i.hi, exp(4.302652729911275 * error), 1e-6);
	assert_int_equal(stats_groups_ratio_unpaired(&gb, &ga, &i, &p), 0);
	assert_near(i.lo, exp(-4.302652729911275 * error), 1e-6);
	assert_near(p, 1, CLOSE);
}

static void groups_that_do_not_fit_are_refused(void **state)
{
	const double values[] = {1, 2, 3};
	const size_t empty[] = {2, 0, 1}, fine[] = {1, 1, 1};
	const struct groups hole = {values, empty, 3}, none = {values, fine, 0};
	const struct groups three = {values, fine, 3}, two = {values, fine, 2};
	struct interval i;
	double p;

	(void)state;
	assert_int_equal(stats_groups_interval(&hole, &i), -EINVAL);
	assert_int_equal(stats_groups_interval(&none, &i), -EINVAL);
	assert_int_equal(stats_groups_ratio(&three, &two, &i, &p), -EINVAL);
	assert_int_equal(stats_groups_difference(&three, &two, &i, &p), -EINVAL);
	assert_int_equal(stats_groups_ratio_unpaired(&three, &hole, &i, &p), -EINVAL);
	assert_int_equal(stats_groups_ratio_unpaired(&three, &two, &i, &p), 0);
}

/* Quantiles from the tables of any textbook. */
static void students_distribution_is_the_tabulated_one(void **state)
{
	(void)state;
	assert_near(stats_student(0.05, 1), 12.706, 5e-4);
	assert_near(stats_student(0.05, 2), 4.303, 5e-4);
	assert_near(stats_student(0.05, 3), 3.182, 5e-4);
	assert_near(stats_student(0.05, 4), 2.776, 5e-4);
	assert_near(stats_student(0.05, 9), 2.262, 5e-4);
	assert_near(stats_student(0.05, 30), 2.042, 5e-4);
	assert_near(stats_student(0.01, 2), 9.925, 5e-4);
	assert_near(stats_student(0.01, 5), 4.032, 5e-4);
	assert_near(stats_student_p(0, 2), 1, CLOSE);
	assert_near(stats_student_p(-2.776445, 4), 0.05, 1e-6);
	assert_near(stats_student_p(INFINITY, 3), 0, CLOSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interval_covers_the_truth_however_far_processes_differ),
		cmocka_unit_test(the_repetitions_alone_are_too_sure_of_themselves),
		cmocka_unit_test(where_processes_are_alike_the_interval_is_not_much_wider),
		cmocka_unit_test(two_invocations_of_the_same_differ_once_in_20_at_most),
		cmocka_unit_test(two_orders_that_are_equal_differ_once_in_20_at_most),
		cmocka_unit_test(a_process_cancels_out_of_a_ratio_in_it),
		cmocka_unit_test(one_process_alone_is_as_before),
		cmocka_unit_test(the_interval_of_three_medians_is_students),
		cmocka_unit_test(processes_that_agree_keep_the_interval_of_the_repetitions),
		cmocka_unit_test(ratios_and_differences_are_taken_in_each_process),
		cmocka_unit_test(a_side_of_one_process_is_taken_to_differ_as_the_other),
		cmocka_unit_test(groups_that_do_not_fit_are_refused),
		cmocka_unit_test(students_distribution_is_the_tabulated_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
