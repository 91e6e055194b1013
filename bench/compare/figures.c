// SPDX-License-Identifier: GPL-2.0-only
#include "figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "race/values.h"

static double value_of(const struct sample *sample, unsigned int value)
{
	double all[NR_VALUES];

	race_values(&sample->result, all);
	return all[value];
}

/* The samples of one figure as plain arrays, room for all repetitions, and for all processes. */
struct scratch {
	double *a, *b;
	size_t *sizes_a, *sizes_b;
};

/*
 * What each process has of one figure, of the repetitions that @with has too; a process without a
 * repetition ends the list.
 */
static struct groups gather(const struct config *config, const struct config *with,
			    const struct compare_options *o, unsigned int value, double *values,
			    size_t *sizes)
{
	struct groups g = {values, sizes, 0};
	size_t n = 0, before;
	unsigned int i;

	for (i = 0; g.nr < o->processes; g.nr++) {
		before = n;
		for (; i < (g.nr + 1) * o->reps; i++)
			if (config->samples[i].done && with->samples[i].done)
				values[n++] = value_of(&config->samples[i], value);
		if (n == before)
			break;
		sizes[g.nr] = n - before;
	}
	return g;
}

static int value_figures(const struct experiment *c, struct row *row, enum metric metric,
			 unsigned int value, struct scratch *s)
{
	const struct groups g =
		gather(row->config, row->config, c->options, value, s->a, s->sizes_a);
	struct interval *i = &row->value[value];
	int err = stats_groups_interval(&g, i);

	/* A share is at most 1, and so are those of other processes. */
	if (!err && metric_info[metric].unit == UNIT_SHARE && i->hi > 1)
		i->hi = i->median > 1 ? i->median : 1;
	return err;
}

/* The best time of each CPU in all processes: one of them may have known a shared core only. */
static void best_speed(const struct experiment *c, uint64_t best[SPEED_CPUS])
{
	for (size_t i = 0; i < c->nr_configs; i++) {
		for (unsigned int rep = 0; rep < c->configs[i].reps; rep++) {
			const struct sample *sample = &c->configs[i].samples[rep];

			for (int cpu = 0; sample->done && cpu < SPEED_CPUS; cpu++) {
				const uint64_t ns = sample->result.speed_ns[cpu];

				if (ns && (!best[cpu] || ns < best[cpu]))
					best[cpu] = ns;
			}
		}
	}
}

static int row_figures(const struct experiment *c, struct row *row, struct scratch *s)
{
	uint64_t best[SPEED_CPUS] = {0};
	unsigned int i;
	int metric, err = 0;

	best_speed(c, best);
	for (i = 0; i < row->config->reps; i++) {
		const struct sample *sample = &row->config->samples[i];

		row->disturbed += sample->repeated;
		row->reps += sample->done;
		row->kept += sample->done && sample->result.disturbed;
		row->slowed += sample->slowed;
		row->slow_kept += sample->done && speed_is_slow(sample->result.speed_ns, best);
		if (!sample->done)
			continue;
		row->reapers = sample->result.reapers;
		row->crowded |= sample->result.crowded;
	}
	for (metric = 0; row->reps && metric < NR_METRICS; metric++)
		for (i = 0; !err && i < metric_info[metric].nr; i++)
			err = value_figures(c, row, (enum metric)metric,
					    metric_info[metric].first + i, s);
	return err;
}

/* Paired in the processes that both ran in. */
static int ratio_of_rows(const struct compare_options *o, const struct row *row,
			 const struct row *other, unsigned int value, struct interval *ratio,
			 struct scratch *s)
{
	const struct config *x = row->config, *y = other->config;
	const struct groups a = gather(x, y, o, value, s->a, s->sizes_a);
	const struct groups b = gather(y, x, o, value, s->b, s->sizes_b);

	return stats_groups_ratio(&a, &b, ratio, NULL);
}

static int compare_rows(const struct experiment *c, const struct row *row, const struct row *other,
			struct versus *v, struct scratch *s)
{
	int err = ratio_of_rows(c->options, row, other, VALUE_WALL, &v->wall, s);

	if (!err)
		err = ratio_of_rows(c->options, row, other, VALUE_RUNNING, &v->running, s);
	v->known = !err;
	return err;
}

static int versus(struct figures *f, struct row *row, const char *engine, const char *order,
		  struct versus *v, struct scratch *s)
{
	const struct row *other = figures_row(f, engine, order);
	int err;

	if (!other || other == row || !row->reps)
		return 0;
	err = compare_rows(f->experiment, row, other, v, s);
	/* No common repetition, or a base of 0: the ratio is unknown, which is no failure. */
	return err == -EINVAL || err == -EDOM ? 0 : err;
}

static void count_disturbed(struct calibration *b, const struct sample *samples, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		b->disturbed += samples[i].repeated;
		b->kept += samples[i].done && samples[i].result.disturbed;
	}
}

/* One figure of each repetition that has it; negative if it has not. */
typedef double (*calibrate_fn)(const struct experiment *c, const void *from, unsigned int rep);

/* Over the processes that the repetitions were dealt out to. Sets @nr to how many have a figure. */
static int calibrate(const struct experiment *c, const void *from, unsigned int reps,
		     calibrate_fn figure, unsigned int *nr, struct interval *out, struct scratch *s)
{
	struct groups g = {s->a, s->sizes_a, 0};
	unsigned int process, rep, before;

	for (process = *nr = 0; process < c->options->processes; process++) {
		before = *nr;
		for (rep = process; rep < reps; rep += c->options->processes) {
			const double value = figure(c, from, rep);

			if (value >= 0)
				s->a[(*nr)++] = value;
		}
		if (*nr > before)
			s->sizes_a[g.nr++] = *nr - before;
	}
	return g.nr ? stats_groups_interval(&g, out) : 0;
}

/* Time outside the ptl over time under it. */
static double r_of(const struct experiment *c, const void *from, unsigned int rep)
{
	const struct sample *sample = &((const struct sample *)from)[rep];
	const struct role_figures *exit = &sample->result.role[ROLE_EXIT];

	(void)c;
	if (!sample->done || !exit->ptl_hold_ns)
		return -1;
	/* Use wall time for both: a role alone on its CPU runs all the time. */
	return ((double)exit->wall_ns - (double)exit->ptl_hold_ns) / (double)exit->ptl_hold_ns;
}

/* The rate at which victims get their pages. The roles' lock timing has no part in it. */
static double build_rate_of(const struct experiment *c, const void *from, unsigned int rep)
{
	const struct sample *sample = &((const struct sample *)from)[rep];
	double pages = 0;
	int kind;

	if (!sample->done || !sample->result.build_ns)
		return -1;
	for (kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += (double)c->layout->pages[kind];
	return pages * 1e9 / (double)sample->result.build_ns;
}

/* The ratio of two races that ran one after the other. */
static double overhead_of(const struct experiment *c, const void *from, unsigned int rep)
{
	const struct pairs *pairs = from;
	double with, without;

	(void)c;
	if (!pairs->with[rep].done || !pairs->without[rep].done)
		return -1;
	with = value_of(&pairs->with[rep], VALUE_RUNNING);
	without = value_of(&pairs->without[rep], VALUE_RUNNING);
	return without > 0 ? with / without : -1;
}

static int bearings_of(const struct experiment *c, const struct calibration_samples *calibration,
		       struct calibration *b, struct scratch *s)
{
	const struct compare_options *o = c->options;
	unsigned int rep, n;
	int err;

	b->engine = calibration->engine;
	count_disturbed(b, calibration->hold, o->hold_reps);
	count_disturbed(b, calibration->timing.without, o->overhead_reps);
	count_disturbed(b, calibration->timing.with, o->overhead_reps);
	count_disturbed(b, calibration->tracing.without, o->overhead_reps);
	count_disturbed(b, calibration->tracing.with, o->overhead_reps);
	for (rep = 0; rep < o->hold_reps; rep++)
		b->hold_reps += calibration->hold[rep].done;
	err = calibrate(c, calibration->hold, o->hold_reps, r_of, &n, &b->r, s);
	b->r_known = !err && n;
	if (!err)
		err = calibrate(c, calibration->hold, o->hold_reps, build_rate_of, &n,
				&b->build_rate, s);
	if (!err)
		err = calibrate(c, &calibration->timing, o->overhead_reps, overhead_of, &b->pairs,
				&b->overhead, s);
	if (!err)
		err = calibrate(c, &calibration->tracing, o->overhead_reps, overhead_of,
				&b->trace_pairs, &b->trace_overhead, s);
	return err;
}

/* Tracing lengthens the time under a ptl. Only this figure shows how much more the tasks wait. */
static int traced_wait(const struct experiment *c, struct row *row, struct scratch *s)
{
	for (unsigned int rep = 0; rep < c->options->trace_reps; rep++) {
		const struct sample *sample = &row->config->traced[rep];

		row->traced_disturbed += sample->repeated;
		row->traced_kept += sample->done && sample->result.disturbed;
		if (sample->done)
			s->a[row->traced++] = value_of(sample, VALUE_PTL_WAIT);
	}
	return row->traced ? stats_median(s->a, row->traced, &row->traced_ptl_wait) : 0;
}

static int work_out(struct figures *f, struct scratch *s)
{
	size_t i;
	int err;

	for (i = 0; i < f->nr_rows; i++) {
		err = row_figures(f->experiment, &f->rows[i], s);
		if (!err)
			err = traced_wait(f->experiment, &f->rows[i], s);
		if (err)
			return err;
	}
	for (i = 0; i < f->nr_rows; i++) {
		struct row *row = &f->rows[i];
		const char *engine = row->config->engine, *order = row->config->order;

		err = versus(f, row, engine, "forward", &row->forward, s);
		if (!err)
			err = versus(f, row, engine, "solo", &row->solo, s);
		if (!err && strcmp(engine, f->rows[0].config->engine))
			err = versus(f, row, f->rows[0].config->engine, order, &row->first_engine,
				     s);
		if (err)
			return err;
	}
	for (i = 0; i < f->nr_calibrations; i++) {
		err = bearings_of(f->experiment, &f->experiment->calibrations[i],
				  &f->calibrations[i], s);
		if (err)
			return err;
	}
	return 0;
}

static size_t most(size_t a, size_t b)
{
	return a > b ? a : b;
}

struct figures *figures_create(const struct experiment *c)
{
	const struct compare_options *o = c->options;
	size_t room = most(most(o->processes * o->reps, o->trace_reps),
			   most(o->hold_reps, o->overhead_reps)),
	       i;
	struct figures *f = calloc(1, sizeof(*f));
	struct scratch s = {0};
	int err = -ENOMEM;

	if (!f)
		return NULL;
	f->experiment = c;
	f->rows = calloc(c->nr_configs, sizeof(*f->rows));
	f->calibrations = calloc(c->nr_calibrations, sizeof(*f->calibrations));
	s.a = calloc(room, sizeof(*s.a));
	s.b = calloc(room, sizeof(*s.b));
	s.sizes_a = calloc(o->processes, sizeof(*s.sizes_a));
	s.sizes_b = calloc(o->processes, sizeof(*s.sizes_b));
	if (f->rows && f->calibrations && s.a && s.b && s.sizes_a && s.sizes_b) {
		f->nr_rows = c->nr_configs;
		f->nr_calibrations = c->nr_calibrations;
		for (i = 0; i < f->nr_rows; i++)
			f->rows[i].config = &c->configs[i];
		err = work_out(f, &s);
	}
	free(s.a);
	free(s.b);
	free(s.sizes_a);
	free(s.sizes_b);
	if (err) {
		figures_destroy(f);
		return NULL;
	}
	return f;
}

void figures_destroy(struct figures *f)
{
	if (!f)
		return;
	free(f->rows);
	free(f->calibrations);
	free(f);
}

bool figures_any(const struct figures *f)
{
	size_t i;

	for (i = 0; i < f->nr_rows; i++)
		if (f->rows[i].reps)
			return true;
	return false;
}

const struct calibration *figures_calibration(const struct figures *f, const struct row *row)
{
	size_t i;

	for (i = 0; i < f->nr_calibrations; i++)
		if (!strcmp(f->calibrations[i].engine, row->config->engine))
			return &f->calibrations[i];
	return NULL;
}

const struct row *figures_row(const struct figures *f, const char *engine, const char *order)
{
	size_t i;

	for (i = 0; i < f->nr_rows; i++)
		if (f->rows[i].reps && !strcmp(f->rows[i].config->engine, engine) &&
		    !strcmp(f->rows[i].config->order, order))
			return &f->rows[i];
	return NULL;
}
