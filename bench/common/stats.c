// SPDX-License-Identifier: GPL-2.0-only
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
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

/* The median of @v; reorders @v. */
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

/* The statistic of the medians of one sample (b is NULL) or of two. */
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

/* One sample (b is NULL) or two; of pairs, which have equal counts, whole pairs are drawn. */
struct samples {
	const double *a, *b;
	size_t na, nb;
	bool pairs;
};

/* The buffers of a bootstrap. */
struct workspace {
	double *a, *b;
	double found[STATS_RESAMPLES];
};

static void draw(struct workspace *w, const struct samples *s, uint64_t *random)
{
	size_t i;

	for (i = 0; i < s->na; i++) {
		size_t pick = random_below(random, s->na);

		w->a[i] = s->a[pick];
		if (s->pairs)
			w->b[i] = s->b[pick];
	}
	for (i = 0; s->b && !s->pairs && i < s->nb; i++)
		w->b[i] = s->b[random_below(random, s->nb)];
}

static int apply(struct workspace *w, const struct samples *s, statistic_fn statistic, double *out)
{
	return statistic(median_in_place(w->a, s->na), s->b ? median_in_place(w->b, s->nb) : 0,
			 out);
}

static int resample(struct workspace *w, const struct samples *s, statistic_fn statistic)
{
	uint64_t random = STATS_SEED;
	size_t round;
	int err;

	for (round = 0; round < STATS_RESAMPLES; round++) {
		draw(w, s, &random);
		err = apply(w, s, statistic, &w->found[round]);
		if (err)
			return err;
	}
	qsort(w->found, STATS_RESAMPLES, sizeof(*w->found), compare_doubles);
	return 0;
}

static int bootstrap(const struct samples *s, statistic_fn statistic, struct interval *out)
{
	/* 2.5 % of the medians lie below the one end and 2.5 % above the other. */
	const size_t cut = STATS_RESAMPLES / 40;
	struct workspace *w;
	double point;
	int err;

	if (!s->na || (s->b && !s->nb))
		return -EINVAL;
	w = malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	err = -ENOMEM;
	w->a = malloc(s->na * sizeof(*w->a));
	w->b = malloc((s->b ? s->nb : 1) * sizeof(*w->b));
	if (!w->a || !w->b)
		goto out;

	memcpy(w->a, s->a, s->na * sizeof(*w->a));
	if (s->b)
		memcpy(w->b, s->b, s->nb * sizeof(*w->b));
	err = apply(w, s, statistic, &point);
	if (!err)
		err = resample(w, s, statistic);
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
	const struct samples s = {.a = values, .na = n};

	return bootstrap(&s, statistic_median, out);
}

int stats_ratio(const double *a, const double *b, size_t n, struct interval *out)
{
	const struct samples s = {a, b, n, n, true};

	return bootstrap(&s, statistic_ratio, out);
}

int stats_ratio_unpaired(const double *a, size_t na, const double *b, size_t nb,
			 struct interval *out)
{
	const struct samples s = {a, b, na, nb, false};

	return bootstrap(&s, statistic_ratio, out);
}

int stats_difference(const double *a, const double *b, size_t n, struct interval *out)
{
	const struct samples s = {a, b, n, n, true};

	return bootstrap(&s, statistic_difference, out);
}

/* A value of one of two samples that are ranked together. */
struct ranked {
	double value;
	bool first;    /* it is of the first sample */
	size_t rank_2; /* twice its rank, equal values sharing the mean of theirs: a whole number */
};

static int compare_ranked(const void *a, const void *b)
{
	return compare_doubles(&((const struct ranked *)a)->value,
			       &((const struct ranked *)b)->value);
}

/* Both samples ranked together. Sets @ties to the sum of t^3 - t over groups of t equal values. */
static struct ranked *rank_together(const double *a, size_t na, const double *b, size_t nb,
				    double *ties)
{
	struct ranked *all = malloc((na + nb) * sizeof(*all));
	size_t i, j, k;

	if (!all)
		return NULL;
	for (i = 0; i < na + nb; i++)
		all[i] = (struct ranked){i < na ? a[i] : b[i - na], i < na, 0};
	qsort(all, na + nb, sizeof(*all), compare_ranked);
	*ties = 0;
	for (i = 0; i < na + nb; i = j) {
		double t;

		for (j = i + 1; j < na + nb && all[j].value == all[i].value; j++)
			;
		for (k = i; k < j; k++)
			all[k].rank_2 = i + 1 + j;
		t = (double)(j - i);
		*ties += t * t * t - t;
	}
	return all;
}

/*
 * Of all ways to choose the first sample from the ranks, the share that is at least as far from
 * the mean as @sum_2. ways[c][s] counts how to choose c of the ranks seen so far with sum s;
 * up to STATS_EXACT values these counts are whole numbers below 2^53, so doubles are exact.
 */
static int exact_share(const struct ranked *all, size_t na, size_t n, size_t sum_2, double *p)
{
	const size_t most = n * (n + 1), mean_2 = na * (n + 1);
	const size_t distance = sum_2 > mean_2 ? sum_2 - mean_2 : mean_2 - sum_2;
	double *ways = calloc((na + 1) * (most + 1), sizeof(*ways)), far = 0, total = 0;
	size_t i, c, s;

	if (!ways)
		return -ENOMEM;
	ways[0] = 1;
	for (i = 0; i < n; i++)
		for (c = i < na ? i + 1 : na; c; c--)
			for (s = most; s + 1 > all[i].rank_2; s--)
				ways[c * (most + 1) + s] +=
					ways[(c - 1) * (most + 1) + s - all[i].rank_2];
	for (s = 0; s <= most; s++) {
		double here = ways[na * (most + 1) + s];

		total += here;
		if ((s > mean_2 ? s - mean_2 : mean_2 - s) >= distance)
			far += here;
	}
	free(ways);
	*p = far / total;
	return 0;
}

static double normal_share(size_t na, size_t nb, double sum_2, double ties)
{
	double n = (double)(na + nb), product = (double)na * (double)nb;
	double distance = fabs(sum_2 - (double)na * (n + 1)) / 2;
	double variance = product / 12 * (n + 1 - ties / (n * (n - 1)));

	/* All values are equal, or the distance is below the correction for continuity. */
	if (!(variance > 0) || distance <= 0.5)
		return 1;
	return erfc((distance - 0.5) / sqrt(2 * variance));
}

static int mann_whitney(const double *a, size_t na, const double *b, size_t nb, bool exact,
			double *p)
{
	struct ranked *all;
	size_t i, sum_2 = 0;
	double ties;
	int err = 0;

	if (!na || !nb)
		return -EINVAL;
	all = rank_together(a, na, b, nb, &ties);
	if (!all)
		return -ENOMEM;
	for (i = 0; i < na + nb; i++)
		sum_2 += all[i].first ? all[i].rank_2 : 0;
	if (exact)
		err = exact_share(all, na, na + nb, sum_2, p);
	else
		*p = normal_share(na, nb, (double)sum_2, ties);
	free(all);
	return err;
}

int stats_mann_whitney(const double *a, size_t na, const double *b, size_t nb, double *p)
{
	return mann_whitney(a, na, b, nb, na + nb <= STATS_EXACT, p);
}

int stats_mann_whitney_normal(const double *a, size_t na, const double *b, size_t nb, double *p)
{
	return mann_whitney(a, na, b, nb, false, p);
}
