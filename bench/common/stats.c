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

/*
 * A statistic of the medians of each group of one sample (mb is NULL) or of two. At least 1 group
 * each, and as many of both where groups are paired.
 */
typedef int (*statistic_fn)(const double *ma, size_t na, const double *mb, size_t nb, double *out);

static double mean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

static int statistic_median(const double *ma, size_t na, const double *mb, size_t nb, double *out)
{
	(void)mb;
	(void)nb;
	*out = mean(ma, na);
	return 0;
}

static int statistic_paired_ratio(const double *ma, size_t na, const double *mb, size_t nb,
				  double *out)
{
	double sum = 0;

	(void)nb;
	for (size_t i = 0; i < na; i++) {
		if (!(mb[i] > 0))
			return -EDOM;
		sum += ma[i] / mb[i];
	}
	*out = sum / (double)na;
	return 0;
}

static int statistic_ratio(const double *ma, size_t na, const double *mb, size_t nb, double *out)
{
	const double base = mean(mb, nb);

	if (!(base > 0))
		return -EDOM;
	*out = mean(ma, na) / base;
	return 0;
}

static int statistic_difference(const double *ma, size_t na, const double *mb, size_t nb,
				double *out)
{
	*out = mean(ma, na) - mean(mb, nb);
	return 0;
}

/* One sample (b is NULL) or two, and what is asked of them. */
struct problem {
	const struct groups *a, *b;
	bool pairs; /* group i of @a belongs to group i of @b; a resample draws whole pairs */
	statistic_fn statistic;
};

/* The buffers of a bootstrap. */
struct workspace {
	double *a, *b;	 /* values, group by group */
	double *ma, *mb; /* medians of the groups */
	double found[STATS_RESAMPLES];
};

static size_t groups_total(const struct groups *g)
{
	size_t total = 0;

	for (size_t i = 0; i < g->nr; i++)
		total += g->sizes[i];
	return total;
}

/* Draw one group again, of @b too where its values are paired with those of @a. */
static void draw_group(double *to_a, const double *a, size_t na, double *to_b, const double *b,
		       size_t nb, bool pairs, uint64_t *random)
{
	size_t i;

	for (i = 0; i < na; i++) {
		size_t pick = random_below(random, na);

		to_a[i] = a[pick];
		if (pairs)
			to_b[i] = b[pick];
	}
	for (i = 0; b && !pairs && i < nb; i++)
		to_b[i] = b[random_below(random, nb)];
}

/* Repetitions are drawn again within their process; the processes stay. */
static void draw(struct workspace *w, const struct problem *p, uint64_t *random)
{
	const size_t nr_b = p->b ? p->b->nr : 0, nr = p->a->nr > nr_b ? p->a->nr : nr_b;
	size_t at_a = 0, at_b = 0;

	for (size_t i = 0; i < nr; i++) {
		const size_t na = i < p->a->nr ? p->a->sizes[i] : 0;
		const size_t nb = i < nr_b ? p->b->sizes[i] : 0;

		draw_group(w->a + at_a, p->a->values + at_a, na, w->b + at_b,
			   p->b ? p->b->values + at_b : NULL, nb, p->pairs && na == nb, random);
		at_a += na;
		at_b += nb;
	}
}

static void medians_in_place(const struct groups *g, double *values, double *medians)
{
	for (size_t i = 0; i < g->nr; values += g->sizes[i++])
		medians[i] = median_in_place(values, g->sizes[i]);
}

static int apply(struct workspace *w, const struct problem *p, double *out)
{
	medians_in_place(p->a, w->a, w->ma);
	if (p->b)
		medians_in_place(p->b, w->b, w->mb);
	return p->statistic(w->ma, p->a->nr, w->mb, p->b ? p->b->nr : 0, out);
}

/* The interval of the repetitions: what other repetitions in the same processes would give. */
static int within_groups(struct workspace *w, const struct problem *p, struct interval *out)
{
	/* 2.5 % of the medians lie below the one end and 2.5 % above the other. */
	const size_t cut = STATS_RESAMPLES / 40;
	uint64_t random = STATS_SEED;
	size_t round;
	int err;

	for (round = 0; round < STATS_RESAMPLES; round++) {
		draw(w, p, &random);
		err = apply(w, p, &w->found[round]);
		if (err)
			return err;
	}
	qsort(w->found, STATS_RESAMPLES, sizeof(*w->found), compare_doubles);
	out->lo = w->found[cut];
	out->hi = w->found[STATS_RESAMPLES - 1 - cut];
	return 0;
}

/* The squared standard error of the mean; 0 if there is one value. */
static double squared_error(const double *v, size_t n)
{
	const double m = mean(v, n);
	double sum = 0;

	if (n < 2)
		return 0;
	for (size_t i = 0; i < n; i++)
		sum += (v[i] - m) * (v[i] - m);
	return sum / (double)(n - 1) / (double)n;
}

/* The squared standard error relative to the mean. */
static double relative_error(const double *v, size_t n)
{
	const double m = mean(v, n);

	return m > 0 ? squared_error(v, n) / (m * m) : 0;
}

/* How far the processes lie apart. */
struct spread {
	double error;	/* standard error of the statistic; of its logarithm for a ratio */
	size_t freedom; /* degrees of freedom; 0: one process alone says nothing about it */
};

/* Of one figure per process. Uses @w->a. */
static struct spread spread_of_pairs(struct workspace *w, const struct problem *p)
{
	const size_t n = p->a->nr;
	const bool ratio = p->statistic == statistic_paired_ratio;

	for (size_t i = 0; i < n; i++)
		w->a[i] = !p->b ? w->ma[i] : ratio ? w->ma[i] / w->mb[i] : w->ma[i] - w->mb[i];
	return (struct spread){sqrt(ratio ? relative_error(w->a, n) : squared_error(w->a, n)),
			       n - 1};
}

/*
 * Of a ratio of two samples that were measured apart. Where one has a single process, its
 * processes are taken to differ as those of the other do. The degrees of freedom are the smaller
 * ones, as the Welch test has it where it must not be too sure of itself.
 */
static struct spread spread_of_samples(const struct workspace *w, const struct problem *p)
{
	const size_t na = p->a->nr, nb = p->b->nr;
	double a = relative_error(w->ma, na), b = relative_error(w->mb, nb);
	size_t freedom = na < nb ? na - 1 : nb - 1;

	if (!freedom) {
		freedom = na < nb ? nb - 1 : na - 1;
		a = na < 2 ? b * (double)nb : a;
		b = nb < 2 ? a * (double)na : b;
	}
	return (struct spread){sqrt(a + b), freedom};
}

/* Widen the interval to what other processes would give, and set @p. */
static void between_groups(const struct spread *spread, const struct problem *problem,
			   struct interval *i, double *p)
{
	const double reach = stats_student(0.05, spread->freedom) * spread->error;
	const bool ratio = problem->b && problem->statistic != statistic_difference;
	const double from_nothing = ratio ? fabs(log(i->median)) : fabs(i->median);

	i->lo = fmin(i->lo, ratio ? i->median * exp(-reach) : i->median - reach);
	i->hi = fmax(i->hi, ratio ? i->median * exp(reach) : i->median + reach);
	*p = from_nothing > 0 ? stats_student_p(from_nothing / spread->error, spread->freedom) : 1;
}

static bool any_below_zero(const struct groups *g)
{
	const size_t total = groups_total(g);

	for (size_t i = 0; i < total; i++)
		if (g->values[i] < 0)
			return true;
	return false;
}

static int solve(struct workspace *w, const struct problem *p, struct interval *out, double *share)
{
	struct interval i = {0};
	struct spread spread;
	int err;

	memcpy(w->a, p->a->values, groups_total(p->a) * sizeof(*w->a));
	if (p->b)
		memcpy(w->b, p->b->values, groups_total(p->b) * sizeof(*w->b));
	err = apply(w, p, &i.median);
	if (err)
		return err;
	spread = p->pairs || !p->b ? spread_of_pairs(w, p) : spread_of_samples(w, p);
	err = within_groups(w, p, &i);
	if (err)
		return err;
	*share = 1;
	if (spread.freedom)
		between_groups(&spread, p, &i, share);
	else if (p->b)
		err = stats_mann_whitney(p->a->values, groups_total(p->a), p->b->values,
					 groups_total(p->b), share);
	/* A figure that is never below 0 has no interval that reaches there. */
	if (!p->b && i.lo < 0 && !any_below_zero(p->a))
		i.lo = 0;
	if (!err)
		*out = i;
	return err;
}

static bool is_empty(const struct groups *g)
{
	for (size_t i = 0; i < g->nr; i++)
		if (!g->sizes[i])
			return true;
	return !g->nr;
}

static int bootstrap(const struct problem *p, struct interval *out, double *share)
{
	struct workspace *w;
	double ignored;
	int err = -ENOMEM;

	if (is_empty(p->a) || (p->b && is_empty(p->b)) || (p->pairs && p->a->nr != p->b->nr))
		return -EINVAL;
	w = malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->a = malloc(groups_total(p->a) * sizeof(*w->a));
	w->b = malloc((p->b ? groups_total(p->b) : 1) * sizeof(*w->b));
	w->ma = malloc(p->a->nr * sizeof(*w->ma));
	w->mb = malloc((p->b ? p->b->nr : 1) * sizeof(*w->mb));
	if (w->a && w->b && w->ma && w->mb)
		err = solve(w, p, out, share ? share : &ignored);
	free(w->a);
	free(w->b);
	free(w->ma);
	free(w->mb);
	free(w);
	return err;
}

/* The share of Student's distribution within @t of 0, for whole @freedom: a finite series. */
static double student_share(double t, size_t freedom)
{
	const double theta = atan(t / sqrt((double)freedom)), c = cos(theta);
	const bool odd = freedom % 2;
	double term = odd ? c : 1, sum = odd && freedom == 1 ? 0 : term;

	for (size_t k = odd ? 3 : 2; k < freedom; k += 2) {
		term *= c * c * (double)(k - 1) / (double)k;
		sum += term;
	}
	sum *= sin(theta);
	return odd ? 2 / M_PI * (theta + sum) : sum;
}

double stats_student_p(double t, size_t freedom)
{
	return fmax(0, 1 - student_share(fabs(t), freedom));
}

double stats_student(double p, size_t freedom)
{
	double lo = 0, hi = 1;

	while (stats_student_p(hi, freedom) > p)
		hi *= 2;
	for (int i = 0; i < 100; i++) {
		const double middle = (lo + hi) / 2;

		if (stats_student_p(middle, freedom) > p)
			lo = middle;
		else
			hi = middle;
	}
	return hi;
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

int stats_groups_interval(const struct groups *g, struct interval *out)
{
	const struct problem p = {.a = g, .statistic = statistic_median};

	return bootstrap(&p, out, NULL);
}

int stats_groups_ratio(const struct groups *a, const struct groups *b, struct interval *out,
		       double *p)
{
	const struct problem problem = {a, b, true, statistic_paired_ratio};

	return bootstrap(&problem, out, p);
}

int stats_groups_ratio_unpaired(const struct groups *a, const struct groups *b,
				struct interval *out, double *p)
{
	const struct problem problem = {a, b, false, statistic_ratio};

	return bootstrap(&problem, out, p);
}

int stats_groups_difference(const struct groups *a, const struct groups *b, struct interval *out,
			    double *p)
{
	const struct problem problem = {a, b, true, statistic_difference};

	return bootstrap(&problem, out, p);
}

int stats_interval(const double *values, size_t n, struct interval *out)
{
	const struct groups g = {values, &n, 1};

	return stats_groups_interval(&g, out);
}

int stats_ratio(const double *a, const double *b, size_t n, struct interval *out)
{
	const struct groups ga = {a, &n, 1}, gb = {b, &n, 1};

	return stats_groups_ratio(&ga, &gb, out, NULL);
}

int stats_ratio_unpaired(const double *a, size_t na, const double *b, size_t nb,
			 struct interval *out)
{
	const struct groups ga = {a, &na, 1}, gb = {b, &nb, 1};

	return stats_groups_ratio_unpaired(&ga, &gb, out, NULL);
}

int stats_difference(const double *a, const double *b, size_t n, struct interval *out)
{
	const struct groups ga = {a, &n, 1}, gb = {b, &n, 1};

	return stats_groups_difference(&ga, &gb, out, NULL);
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
