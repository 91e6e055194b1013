// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: medians and bootstrap intervals with answers known beforehand. Wrong is a median
 * that depends on the order of the sample, an interval that changes from call to call or leaves
 * out the median, and an interval that covers the truth clearly more or less often than 95 times
 * in 100.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/stats.h"

#define CLOSE 1e-12

/* cmocka 1.1.5 compares floats only in single precision. */
#define assert_near(a, b, e) assert_true(fabs((double)(a) - (double)(b)) <= (e))

static uint64_t seed = 1;

/* Another generator than the one under test. */
static double next_uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)(seed >> 11) / 9007199254740992.0;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void median_of_odd_and_even_samples(void **state)
{
	const double odd[] = {5, 1, 4, 2, 3}, even[] = {8, 1, 3, 2}, one[] = {7};
	double median;

	assert_int_equal(stats_median(odd, 5, &median), 0);
	assert_near(median, 3, CLOSE);
	assert_int_equal(stats_median(even, 4, &median), 0);
	assert_near(median, 2.5, CLOSE);
	assert_int_equal(stats_median(one, 1, &median), 0);
	assert_near(median, 7, CLOSE);
}

static void median_equals_that_of_the_sorted_sample(void **state)
{
	double v[64], sorted[64], median;
	int round, i, n;

	for (round = 0; round < 5000; round++) {
		n = 1 + round % 64;
		/* Few different values in every other round: ties are where selection goes wrong. */
		for (i = 0; i < n; i++)
			v[i] = round % 2 ? (int)(next_uniform() * 4) : next_uniform();
		memcpy(sorted, v, sizeof(v));
		qsort(sorted, n, sizeof(*sorted), compare_doubles);
		assert_int_equal(stats_median(v, n, &median), 0);
		assert_near(median, (sorted[(n - 1) / 2] + sorted[n / 2]) / 2, CLOSE);
	}
}

static void no_values_are_refused(void **state)
{
	const double v[] = {1};
	struct interval i = {-1, -1, -1};
	double median = -1;

	assert_int_equal(stats_median(v, 0, &median), -EINVAL);
	assert_int_equal(stats_interval(v, 0, &i), -EINVAL);
	assert_int_equal(stats_ratio(v, v, 0, &i), -EINVAL);
	assert_int_equal(stats_difference(v, v, 0, &i), -EINVAL);
	assert_int_equal(stats_mann_whitney(v, 0, v, 1, &median), -EINVAL);
	assert_int_equal(stats_mann_whitney(v, 1, v, 0, &median), -EINVAL);
	assert_near(median, -1, CLOSE);
	assert_near(i.median, -1, CLOSE);
}

static void one_value_and_equal_values_have_an_interval_of_no_width(void **state)
{
	const double one[] = {4}, same[] = {3, 3, 3, 3, 3, 3};
	struct interval i;

	assert_int_equal(stats_interval(one, 1, &i), 0);
	assert_near(i.lo, 4, CLOSE);
	assert_near(i.hi, 4, CLOSE);
	assert_int_equal(stats_interval(same, 6, &i), 0);
	assert_near(i.lo, 3, CLOSE);
	assert_near(i.hi, 3, CLOSE);
}

/*
 * For 1 .. 11 the distribution of a resample's median can be counted out: it is at most k with
 * the probability that at least 6 of 11 draws are, a binomial tail. That is 0.007 for k = 2 and
 * 0.051 for k = 3, so 2.5 % is reached at 3; by symmetry the other end is 9.
 */
static void interval_of_one_to_eleven_is_the_counted_one(void **state)
{
	const double v[] = {11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6};
	struct interval i;

	assert_int_equal(stats_interval(v, 11, &i), 0);
	assert_near(i.median, 6, CLOSE);
	assert_near(i.lo, 3, CLOSE);
	assert_near(i.hi, 9, CLOSE);
}

static void the_same_input_gives_the_same_output(void **state)
{
	struct interval a, b;
	double v[11];
	int i;

	for (i = 0; i < 11; i++)
		v[i] = next_uniform();
	assert_int_equal(stats_interval(v, 11, &a), 0);
	assert_int_equal(stats_interval(v, 11, &b), 0);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void the_interval_covers_the_true_median_about_95_times_in_100(void **state)
{
	int covered = 0, round, i;
	struct interval in;
	double v[25];

	for (round = 0; round < 400; round++) {
		for (i = 0; i < 25; i++)
			v[i] = next_uniform();
		assert_int_equal(stats_interval(v, 25, &in), 0);
		assert_true(in.lo <= in.median && in.median <= in.hi);
		covered += in.lo <= 0.5 && 0.5 <= in.hi;
	}
	assert_in_range(covered, 360, 396);
}

static void ratio_of_scaled_samples_is_exact(void **state)
{
	const double b[] = {10, 30, 20, 50, 40};
	double a[5];
	struct interval in;
	int i;

	for (i = 0; i < 5; i++)
		a[i] = b[i] * 0.75;
	assert_int_equal(stats_ratio(a, b, 5, &in), 0);
	/* Pairs are drawn whole, so even the interval has no width. */
	assert_near(in.median, 0.75, CLOSE);
	assert_near(in.lo, 0.75, CLOSE);
	assert_near(in.hi, 0.75, CLOSE);
}

static void pairing_takes_common_disturbance_out(void **state)
{
	double a[21], b[21], shuffled[21];
	struct interval paired, mixed;
	int i;

	for (i = 0; i < 21; i++) {
		b[i] = 100 + 10 * i;
		a[i] = b[i] * (0.9 + 0.002 * (i % 3));
	}
	for (i = 0; i < 21; i++)
		shuffled[i] = a[(i * 8) % 21];
	assert_int_equal(stats_ratio(a, b, 21, &paired), 0);
	assert_int_equal(stats_ratio(shuffled, b, 21, &mixed), 0);
	assert_true(paired.lo >= 0.9 - CLOSE && paired.hi <= 0.904 + CLOSE);
	assert_true(mixed.hi - mixed.lo > 10 * (paired.hi - paired.lo));
}

static void ratio_to_nothing_is_refused(void **state)
{
	const double a[] = {1, 2, 3}, zero[] = {0, 0, 0}, some[] = {0, 0, 5};
	struct interval in = {-1, -1, -1};

	assert_int_equal(stats_ratio(a, zero, 3, &in), -EDOM);
	assert_int_equal(stats_ratio(a, some, 3, &in), -EDOM);
	assert_near(in.median, -1, CLOSE);
}

static void difference_of_shifted_samples_is_exact(void **state)
{
	const double b[] = {10, 30, 20, 50, 40};
	double a[5];
	struct interval in;
	int i;

	for (i = 0; i < 5; i++)
		a[i] = b[i] - 7;
	assert_int_equal(stats_difference(a, b, 5, &in), 0);
	assert_near(in.median, -7, CLOSE);
	assert_near(in.lo, -7, CLOSE);
	assert_near(in.hi, -7, CLOSE);
}

static void unpaired_ratio_needs_no_equal_counts(void **state)
{
	const double a[] = {4, 4, 4, 4}, b[] = {2, 2}, zero[] = {0};
	double many[40], few[10];
	struct interval in, again;
	int i;

	assert_int_equal(stats_ratio_unpaired(a, 4, b, 2, &in), 0);
	assert_near(in.median, 2, CLOSE);
	assert_near(in.lo, 2, CLOSE);
	assert_near(in.hi, 2, CLOSE);
	assert_int_equal(stats_ratio_unpaired(a, 4, zero, 1, &in), -EDOM);
	assert_int_equal(stats_ratio_unpaired(a, 0, b, 2, &in), -EINVAL);
	assert_int_equal(stats_ratio_unpaired(a, 4, b, 0, &in), -EINVAL);
	for (i = 0; i < 40; i++)
		many[i] = 100 + next_uniform();
	for (i = 0; i < 10; i++)
		few[i] = 50 + next_uniform();
	assert_int_equal(stats_ratio_unpaired(many, 40, few, 10, &in), 0);
	assert_int_equal(stats_ratio_unpaired(many, 40, few, 10, &again), 0);
	assert_true(in.lo < in.median && in.median < in.hi && in.lo > 1.9 && in.hi < 2.1);
	assert_memory_equal(&in, &again, sizeof(in));
}

/* p of two samples both ways round: the test has no direction. */
static double mann_whitney(const double *a, size_t na, const double *b, size_t nb)
{
	double p, q;

	assert_int_equal(stats_mann_whitney(a, na, b, nb, &p), 0);
	assert_int_equal(stats_mann_whitney(b, nb, a, na, &q), 0);
	assert_near(p, q, CLOSE);
	return p;
}

static void mann_whitney_counts_all_cases_of_small_samples(void **state)
{
	/* The example in the documentation of SciPy's mannwhitneyu: U = 17, p = 0.111... */
	const double males[] = {19, 22, 16, 29, 24}, females[] = {20, 11, 17, 12};
	const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10}, one[] = {3};
	/* Of the 10 ways to choose two of the ranks 1 2 4 4 4, 1 + 2 alone is 3 from the mean 6. */
	const double tied_a[] = {1, 2}, tied_b[] = {7, 7, 7};

	assert_near(mann_whitney(males, 5, females, 4), 14. / 126, CLOSE);
	assert_near(mann_whitney(low, 3, high, 3), 2. / 20, CLOSE);
	assert_near(mann_whitney(low, 5, high, 5), 2. / 252, CLOSE);
	assert_near(mann_whitney(low, 5, low, 5), 1, CLOSE);
	assert_near(mann_whitney(one, 1, one, 1), 1, CLOSE);
	assert_near(mann_whitney(tied_a, 2, tied_b, 3), 1. / 10, CLOSE);
}

static void mann_whitney_approximates_large_samples(void **state)
{
	const double males[] = {19, 22, 16, 29, 24}, females[] = {20, 11, 17, 12};
	const double same[] = {5, 5, 5};
	double a[100], b[100], p, exact;
	int i;

	/* From the same documentation, method="asymptotic". */
	assert_int_equal(stats_mann_whitney_normal(males, 5, females, 4, &p), 0);
	assert_near(p, 0.11134688653314041, 1e-9);
	assert_int_equal(stats_mann_whitney_normal(same, 3, same, 3, &p), 0);
	assert_near(p, 1, CLOSE);

	/* The exact test and the approximation agree, ties included. */
	for (i = 0; i < 28; i++) {
		a[i] = floor(10 * next_uniform());
		b[i] = floor(10 * next_uniform()) + 2;
	}
	assert_int_equal(stats_mann_whitney(a, 28, b, 28, &exact), 0);
	assert_int_equal(stats_mann_whitney_normal(a, 28, b, 28, &p), 0);
	assert_true(exact > 1e-4 && exact < 0.5);
	assert_true(fabs(p - exact) < 0.05 * exact + 1e-3);

	/* All of a below all of b: z = (n^2 / 2 - 1 / 2) / sqrt(n^2 (2n + 1) / 12). */
	for (i = 0; i < 100; i++) {
		a[i] = i;
		b[i] = 1000 + i;
	}
	assert_near(mann_whitney(a, 100, b, 100) / erfc((5000 - 0.5) / sqrt(2 * 1e4 * 201 / 12)), 1,
		    1e-9);
}

static void mann_whitney_is_wrong_five_times_in_100_where_nothing_differs(void **state)
{
	double a[15], b[12], p;
	int round, i, wrong = 0;

	for (round = 0; round < 2000; round++) {
		for (i = 0; i < 15; i++)
			a[i] = next_uniform();
		for (i = 0; i < 12; i++)
			b[i] = next_uniform();
		assert_int_equal(stats_mann_whitney(a, 15, b, 12, &p), 0);
		wrong += p < STATS_LEVEL;
	}
	assert_in_range(wrong, 60, 140);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_of_odd_and_even_samples),
		cmocka_unit_test(median_equals_that_of_the_sorted_sample),
		cmocka_unit_test(no_values_are_refused),
		cmocka_unit_test(one_value_and_equal_values_have_an_interval_of_no_width),
		cmocka_unit_test(interval_of_one_to_eleven_is_the_counted_one),
		cmocka_unit_test(the_same_input_gives_the_same_output),
		cmocka_unit_test(the_interval_covers_the_true_median_about_95_times_in_100),
		cmocka_unit_test(ratio_of_scaled_samples_is_exact),
		cmocka_unit_test(pairing_takes_common_disturbance_out),
		cmocka_unit_test(ratio_to_nothing_is_refused),
		cmocka_unit_test(difference_of_shifted_samples_is_exact),
		cmocka_unit_test(unpaired_ratio_needs_no_equal_counts),
		cmocka_unit_test(mann_whitney_counts_all_cases_of_small_samples),
		cmocka_unit_test(mann_whitney_approximates_large_samples),
		cmocka_unit_test(mann_whitney_is_wrong_five_times_in_100_where_nothing_differs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
