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

/* The samples of one figure as plain arrays, room for options->reps each. */
struct scratch {
	double *a, *b;
};

static int row_figures(const struct experiment *c, struct row *row, struct scratch *s)
{
	unsigned int value, rep, n;
	int err;

	for (rep = 0; rep < c->options->reps; rep++) {
		const struct sample *sample = &row->config->samples[rep];

		row->disturbed += sample->repeated;
		row->reps += sample->done;
		row->kept += sample->done && sample->result.disturbed;
		row->has_reaper |= sample->done && sample->result.reaper_ran;
	}
	for (value = 0; row->reps && value < NR_VALUES; value++) {
		for (rep = n = 0; rep < c->options->reps; rep++)
			if (row->config->samples[rep].done)
				s->a[n++] = value_of(&row->config->samples[rep], value);
		err = stats_interval(s->a, n, &row->value[value]);
		if (err)
			return err;
	}
	return 0;
}

/* Pairs of one figure from the repetitions that both have. */
static unsigned int pair_up(const struct sample *x, const struct sample *y, unsigned int nr,
			    unsigned int value, struct scratch *s)
{
	unsigned int rep, n = 0;

	for (rep = 0; rep < nr; rep++) {
		if (!x[rep].done || !y[rep].done)
			continue;
		s->a[n] = value_of(&x[rep], value);
		s->b[n++] = value_of(&y[rep], value);
	}
	return n;
}

static int compare_rows(const struct experiment *c, const struct row *row, const struct row *other,
			struct versus *v, struct scratch *s)
{
	const struct sample *x = row->config->samples, *y = other->config->samples;
	const unsigned int reps = c->options->reps;
	unsigned int n;
	int err;

	n = pair_up(x, y, reps, VALUE_WALL, s);
	err = stats_ratio(s->a, s->b, n, &v->wall);
	if (err)
		return err;
	n = pair_up(x, y, reps, VALUE_RUNNING, s);
	err = stats_ratio(s->a, s->b, n, &v->running);
	if (err)
		return err;
	v->known = true;
	return 0;
}

static int versus_order(struct figures *f, struct row *row, const char *order, struct versus *v,
			struct scratch *s)
{
	const struct row *other = figures_row(f, row->config->engine, order);
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

/* The rate at which victims get their pages, from the races without lock timing. */
static int build_rate_of(const struct experiment *c, const struct calibration_samples *calibration,
			 struct calibration *b, struct scratch *s)
{
	double pages = 0;
	unsigned int rep, n = 0;
	int kind;

	for (kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += (double)c->layout->pages[kind];
	for (rep = 0; rep < c->options->overhead_reps; rep++) {
		const struct sample *sample = &calibration->timing.without[rep];

		if (sample->done && sample->result.build_ns)
			s->a[n++] = pages * 1e9 / (double)sample->result.build_ns;
	}
	return n ? stats_interval(s->a, n, &b->build_rate) : 0;
}

/* The median of the ratios, each from two races that ran one after the other. */
static int overhead_of(const struct experiment *c, const struct pairs *pairs, unsigned int *nr,
		       struct interval *overhead, struct scratch *s)
{
	unsigned int i, n;

	n = pair_up(pairs->with, pairs->without, c->options->overhead_reps, VALUE_RUNNING, s);
	for (i = *nr = 0; i < n; i++)
		if (s->b[i] > 0)
			s->a[(*nr)++] = s->a[i] / s->b[i];
	return *nr ? stats_interval(s->a, *nr, overhead) : 0;
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
	for (rep = n = 0; rep < o->hold_reps; rep++) {
		const struct role_figures *exit = &calibration->hold[rep].result.role[ROLE_EXIT];

		if (!calibration->hold[rep].done)
			continue;
		b->hold_reps++;
		if (exit->ptl_hold_ns)
			/* Use wall time for both: a role alone on its CPU runs all the time. */
			s->a[n++] = ((double)exit->wall_ns - (double)exit->ptl_hold_ns) /
				    (double)exit->ptl_hold_ns;
	}
	if (n) {
		err = stats_interval(s->a, n, &b->r);
		if (err)
			return err;
		b->r_known = true;
	}

	err = build_rate_of(c, calibration, b, s);
	if (err)
		return err;

	err = overhead_of(c, &calibration->timing, &b->pairs, &b->overhead, s);
	if (err)
		return err;
	return overhead_of(c, &calibration->tracing, &b->trace_pairs, &b->trace_overhead, s);
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
		err = versus_order(f, &f->rows[i], "forward", &f->rows[i].forward, s);
		if (!err)
			err = versus_order(f, &f->rows[i], "solo", &f->rows[i].solo, s);
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
	size_t room = most(most(o->reps, o->trace_reps), most(o->hold_reps, o->overhead_reps)), i;
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
	if (f->rows && f->calibrations && s.a && s.b) {
		f->nr_rows = c->nr_configs;
		f->nr_calibrations = c->nr_calibrations;
		for (i = 0; i < f->nr_rows; i++)
			f->rows[i].config = &c->configs[i];
		err = work_out(f, &s);
	}
	free(s.a);
	free(s.b);
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
