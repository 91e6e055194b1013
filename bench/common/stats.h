/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Medians with their intervals. The interval of one sample is a percentile bootstrap interval: the
 * sample is drawn again, with replacement, STATS_RESAMPLES times, and the interval holds the middle
 * 95 % of the medians. The draws come from a generator with a fixed seed: the same input gives the
 * same output, always and everywhere.
 *
 * Repetitions of several processes come in groups, one for each process. Each process gives one
 * median (or one ratio of medians, one difference), and the figure is their mean. Its interval is
 * the wider one of two:
 *
 * 1. the bootstrap over repetitions, drawn again within each process while the processes stay;
 * 2. the t interval over the processes, of as many degrees of freedom as there are processes less
 *    one.
 *
 * The second one holds what repetitions cannot show: another process has other page frames and
 * other addresses. The upper level is a t interval, because few processes cannot be drawn again:
 * three of them give ten different resamples, whose spread is a third too small in the mean, and
 * whose middle 95 % lies within the three. The first one keeps three processes that agree by
 * chance from giving an interval of next to no width. An interval of two processes is very wide
 * (12.7 standard errors to each side, where three have 4.3 and ten 2.3).
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

/* Repetitions of several processes. */
struct groups {
	const double *values; /* those of one process behind those of another */
	const size_t *sizes;  /* how many values each process has */
	size_t nr;	      /* processes */
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
 * stats_groups_interval() - The mean of the processes' medians with its 95 % interval.
 * @groups: at least 1, none of them empty; one alone is as stats_interval().
 * @out: filled on success; not below 0 if no value is.
 *
 * Context: Any. Takes time proportional to the number of values.
 * Return: 0; -EINVAL if there is no group, or an empty one; -ENOMEM.
 */
int stats_groups_interval(const struct groups *groups, struct interval *out);

/**
 * stats_groups_ratio() - The mean of the processes' ratios of medians, paired.
 * @a: the sample above the line.
 * @b: the one below; group i of both is of one process, in which they were measured in turns.
 * @out: filled on success.
 * @p: filled on success, may be NULL: how likely a ratio as far from 1 is if nothing differs, by
 * the t test over the logarithms for several processes, by stats_mann_whitney() for one.
 *
 * What is peculiar to a process cancels out in its ratio. Where both have as many values in a
 * group, resamples draw whole pairs, as stats_ratio() does.
 *
 * Context: Any. Takes time proportional to the number of values.
 * Return: 0; -EINVAL if there is no group, or an empty one, or the numbers of groups differ; -EDOM
 * if the median of a group of @b, or of a resample of it, is not greater than 0; -ENOMEM.
 */
int stats_groups_ratio(const struct groups *a, const struct groups *b, struct interval *out,
		       double *p);

/**
 * stats_groups_ratio_unpaired() - Mean of medians of @a over mean of medians of @b.
 * @a: the sample above the line.
 * @b: the one below, measured in other processes.
 * @out: filled on success.
 * @p: filled on success, may be NULL; as above.
 *
 * The errors of both add up. The t interval has as many degrees of freedom as the side with fewer
 * processes: less than the Welch test would give, because one invocation lasts minutes and the
 * machine changes over hours. If one side has one process alone, its processes are taken to differ
 * as those of the other side do; if both have, there is no second interval.
 *
 * Context: Any. Takes time proportional to the number of values.
 * Return: 0; -EINVAL if there is no group, or an empty one; -EDOM if the mean median of @b, or of a
 * resample of it, is not greater than 0; -ENOMEM.
 */
int stats_groups_ratio_unpaired(const struct groups *a, const struct groups *b,
				struct interval *out, double *p);

/**
 * stats_groups_difference() - The mean of the processes' differences of medians, paired.
 * @a: one sample.
 * @b: the other; as in stats_groups_ratio().
 * @out: filled on success.
 * @p: filled on success, may be NULL; as above, of a difference from 0.
 *
 * Context: Any. Takes time proportional to the number of values.
 * Return: 0; -EINVAL as stats_groups_ratio(); -ENOMEM.
 */
int stats_groups_difference(const struct groups *a, const struct groups *b, struct interval *out,
			    double *p);

/**
 * stats_student_p() - How likely is a t at least as far from 0? Student's distribution, two-sided.
 * @t: the statistic; may be infinite.
 * @freedom: degrees of freedom, at least 1.
 *
 * Context: Any. Takes time proportional to @freedom.
 * Return: From 0 to 1.
 */
double stats_student_p(double t, size_t freedom);

/**
 * stats_student() - The t that stats_student_p() gives @p for.
 * @p: above 0, below 1.
 * @freedom: degrees of freedom, at least 1.
 *
 * Context: Any. Takes time proportional to @freedom.
 * Return: The quantile, above 0.
 */
double stats_student(double p, size_t freedom);

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
