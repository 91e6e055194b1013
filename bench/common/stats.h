/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Medians with their intervals. These are percentile bootstrap intervals: the sample is drawn
 * again, with replacement, STATS_RESAMPLES times, and the interval holds the middle 95 % of the
 * medians. The draws come from a generator with a fixed seed: the same input gives the same output,
 * always and everywhere.
 */
#ifndef UMAPLE_STATS_H
#define UMAPLE_STATS_H

#include <stddef.h>

#define STATS_RESAMPLES 2000
#define STATS_EXACT	56   /* values up to which a rank test counts all cases */
#define STATS_LEVEL	0.05 /* a smaller p is called significant */

/* A median and its 95 % interval, both ends inclusive. */
struct interval {
	double median, lo, hi;
};

/**
 * stats_median() - The middle of a sample.
 * @values: the sample, in any order.
 * @n: how many, at least 1.
 * @median: filled on success; the mean of the two middle values for an even @n.
 *
 * Context: Any.
 * Return: 0; -EINVAL if @n is 0; -ENOMEM.
 */
int stats_median(const double *values, size_t n, double *median);

/**
 * stats_interval() - The median with its 95 % interval.
 * @values: the sample, in any order.
 * @n: how many, at least 1; of one value, the interval is that value.
 * @out: filled on success.
 *
 * Context: Any. Takes time proportional to @n.
 * Return: 0; -EINVAL if @n is 0; -ENOMEM.
 */
int stats_interval(const double *values, size_t n, struct interval *out);

/**
 * stats_ratio() - Median of @a over median of @b, paired.
 * @a: the sample above the line.
 * @b: the one below; b[i] was measured next to a[i].
 * @n: how many pairs, at least 1.
 * @out: filled on success.
 *
 * A resample draws whole pairs, so a disturbance of both members of a pair cancels out in the
 * ratio.
 *
 * Context: Any. Takes time proportional to @n.
 * Return: 0; -EINVAL if @n is 0; -EDOM if the median of @b, or of a resample of it, is not
 * greater than 0; -ENOMEM.
 */
int stats_ratio(const double *a, const double *b, size_t n, struct interval *out);

/**
 * stats_ratio_unpaired() - Median of @a over median of @b, of samples measured apart.
 * @a: the sample above the line.
 * @na: how many, at least 1.
 * @b: the one below.
 * @nb: how many, at least 1.
 * @out: filled on success.
 *
 * A resample draws from each sample by itself.
 *
 * Context: Any. Takes time proportional to @na and @nb.
 * Return: 0; -EINVAL if @na or @nb is 0; -EDOM if the median of @b, or of a resample of it, is
 * not greater than 0; -ENOMEM.
 */
int stats_ratio_unpaired(const double *a, size_t na, const double *b, size_t nb,
			 struct interval *out);

/**
 * stats_difference() - Median of @a less median of @b, paired.
 * @a: one sample.
 * @b: the other; b[i] was measured next to a[i].
 * @n: how many pairs, at least 1.
 * @out: filled on success.
 *
 * Context: Any. Takes time proportional to @n.
 * Return: 0; -EINVAL if @n is 0; -ENOMEM.
 */
int stats_difference(const double *a, const double *b, size_t n, struct interval *out);

/**
 * stats_mann_whitney() - Do two samples differ? The two-sided Mann-Whitney U test.
 * @a: one sample, in any order.
 * @na: how many, at least 1.
 * @b: the other.
 * @nb: how many, at least 1.
 * @p: filled on success: how likely ranks as far apart are if both come from one population.
 *
 * Up to STATS_EXACT values in all, every way to deal out the ranks is counted, ties included;
 * beyond that it is stats_mann_whitney_normal().
 *
 * Context: Any. Takes time proportional to @na and to the cube of @na + @nb while it counts.
 * Return: 0; -EINVAL if @na or @nb is 0; -ENOMEM.
 */
int stats_mann_whitney(const double *a, size_t na, const double *b, size_t nb, double *p);

/**
 * stats_mann_whitney_normal() - The same by the normal approximation.
 * @a: one sample, in any order.
 * @na: how many, at least 1.
 * @b: the other.
 * @nb: how many, at least 1.
 * @p: filled on success.
 *
 * The variance is corrected for ties, the distance for continuity.
 *
 * Context: Any.
 * Return: 0; -EINVAL if @na or @nb is 0; -ENOMEM.
 */
int stats_mann_whitney_normal(const double *a, size_t na, const double *b, size_t nb, double *p);

#endif
