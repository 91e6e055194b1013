// SPDX-License-Identifier: GPL-2.0-only
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STATS_SEED 0x9e3779b97f4a7c15ULL

/* The splitmix64 generator: one 64-bit word of state, every seed is good. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* 0 .. n-1; the bias for an @n of a few thousand is below one in 2^50. */
static size_t random_below(uint64_t *state, size_t n)
{
	return (size_t)(((unsigned __int128)next_random(state) * n) >> 64);
}

static void swap_values(double *a, double *b)
{
	double t = *a;

	*a = *b;
	*b = t;
}

/*
 * Put the value of rank @k (from 0) at v[k], no greater one before it and no smaller one after
 * it. The pivot is the middle one of three, so sorted input is no worst case.
 */
static void select_rank(double *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2, i = lo, j = hi;
		double pivot;

		if (v[mid] < v[lo])
			swap_values(&v[mid], &v[lo]);
		if (v[hi] < v[lo])
			swap_values(&v[hi], &v[lo]);
		if (v[hi] < v[mid])
			swap_values(&v[hi], &v[mid]);
		pivot = v[mid];
		for (;;) {
			while (v[i] < pivot)
				i++;
			while (pivot < v[j])
				j--;
			if (i >= j)
				break;
			swap_values(&v[i++], &v[j--]);
		}
		/* [lo, j] is not above the pivot, [j + 1, hi] is not below it. */
		if (k <= j)
			hi = j;
		else
			lo = j + 1;
	}
}

/* The median of @v, which is put into another order. */
static double median_in_place(double *v, size_t n)
{
	double upper, lower;
	size_t i;

	select_rank(v, n, n / 2);
	upper = v[n / 2];
	if (n % 2)
		return upper;
	lower = v[0];
	for (i = 1; i < n / 2; i++)
		lower = fmax(lower, v[i]);
	return lower + (upper - lower) / 2;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What is made of the medians of one (b is NULL) or two samples. */
typedef int (*statistic_fn)(double median_a, double median_b, double *out);

static int statistic_median(double a, double b, double *out)
{
	(void)b;
	*out = a;
	return 0;
}

static int statistic_ratio(double a, double b, double *out)
{
	if (!(b > 0))
		return -EDOM;
	*out = a / b;
	return 0;
}

static int statistic_difference(double a, double b, double *out)
{
	*out = a - b;
	return 0;
}

/* The room a bootstrap works in. */
struct workspace {
	double *a, *b;
	double found[STATS_RESAMPLES];
};

static int resample(struct workspace *w, const double *a, const double *b, size_t n,
		    statistic_fn statistic)
{
	uint64_t random = STATS_SEED;
	size_t round, i;
	int err;

	for (round = 0; round < STATS_RESAMPLES; round++) {
		for (i = 0; i < n; i++) {
			size_t pick = random_below(&random, n);

			w->a[i] = a[pick];
			if (b)
				w->b[i] = b[pick];
		}
		err = statistic(median_in_place(w->a, n), b ? median_in_place(w->b, n) : 0,
				&w->found[round]);
		if (err)
			return err;
	}
	qsort(w->found, STATS_RESAMPLES, sizeof(*w->found), compare_doubles);
	return 0;
}

static int bootstrap(const double *a, const double *b, size_t n, statistic_fn statistic,
		     struct interval *out)
{
	/* 2.5 % of the medians lie below the one end and 2.5 % above the other. */
	const size_t cut = STATS_RESAMPLES / 40;
	struct workspace *w;
	double point;
	int err;

	if (!n)
		return -EINVAL;
	w = malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	err = -ENOMEM;
	w->a = malloc(n * sizeof(*w->a));
	w->b = malloc(n * sizeof(*w->b));
	if (!w->a || !w->b)
		goto out;

	memcpy(w->a, a, n * sizeof(*a));
	if (b)
		memcpy(w->b, b, n * sizeof(*b));
	err = statistic(median_in_place(w->a, n), b ? median_in_place(w->b, n) : 0, &point);
	if (!err)
		err = resample(w, a, b, n, statistic);
	if (!err) {
		out->median = point;
		out->lo = w->found[cut];
		out->hi = w->found[STATS_RESAMPLES - 1 - cut];
	}
out:
	free(w->a);
	free(w->b);
	free(w);
	return err;
}

int stats_median(const double *values, size_t n, double *median)
{
	double *copy;

	if (!n)
		return -EINVAL;
	copy = malloc(n * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, values, n * sizeof(*copy));
	*median = median_in_place(copy, n);
	free(copy);
	return 0;
}

int stats_interval(const double *values, size_t n, struct interval *out)
{
	return bootstrap(values, NULL, n, statistic_median, out);
}

int stats_ratio(const double *a, const double *b, size_t n, struct interval *out)
{
	return bootstrap(a, b, n, statistic_ratio, out);
}

int stats_difference(const double *a, const double *b, size_t n, struct interval *out)
{
	return bootstrap(a, b, n, statistic_difference, out);
}
