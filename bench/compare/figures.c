// SPDX-License-Identifier: GPL-2.0-only
#include "figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *role_name(enum role role)
{
	return role == ROLE_EXIT ? "exit" : "reaper";
}

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* Waiting of both roles for all locks but the ptl. */
static double other_wait(const struct race_result *r)
{
	double ns = 0;

	for (int class = 0; class < NR_LOCK_CLASSES; class ++)
		if (!(lock_class_info[class].flags & LOCK_IS_PTL))
			ns += figure_of(r, FIG_WAIT_BOTH_OF + (unsigned int)class);
	return ns;
}

double figure_of(const struct race_result *r, unsigned int figure)
{
	const struct role_figures *exit = &r->role[ROLE_EXIT], *reaper = &r->role[ROLE_REAPER];
	const struct role_figures *role;
	unsigned int i;

	if (figure == FIG_WALL)
		return (double)r->wall_ns;
	if (figure == FIG_RUNNING)
		return (double)(exit->cpu_ns + reaper->cpu_ns);
	if (figure == FIG_PER_PAGE)
		return share((double)(exit->cpu_ns + reaper->cpu_ns),
			     (double)(exit->pages + reaper->pages));
	if (figure == FIG_PTL_CONTENDED)
		return (double)(exit->lock[LOCK_PTL].contended + reaper->lock[LOCK_PTL].contended);
	if (figure == FIG_OTHER_WAIT)
		return other_wait(r);
	if (figure < FIG_UNMAP_SHARE_OF)
		return (double)r->role[figure - FIG_CPU_OF].cpu_ns;
	if (figure < FIG_PAGES_OF) {
		role = &r->role[figure - FIG_UNMAP_SHARE_OF];
		return share((double)role->lock[LOCK_PTL].wait_ns, (double)role->unmap_ns);
	}
	if (figure < FIG_MMAP_WAIT_OF)
		return (double)r->role[figure - FIG_PAGES_OF].pages;
	if (figure < FIG_FREE_OF)
		return (double)r->role[figure - FIG_MMAP_WAIT_OF].mmap_lock_wait_ns;
	if (figure < FIG_WAIT_BOTH_OF)
		return (double)r->free_ns[figure - FIG_FREE_OF];
	if (figure < FIG_WAIT_OF) {
		i = figure - FIG_WAIT_BOTH_OF;
		return (double)(exit->lock[i].wait_ns + reaper->lock[i].wait_ns);
	}
	if (figure < FIG_CONTENDED_OF) {
		i = figure - FIG_WAIT_OF;
		return (double)r->role[i % NR_ROLES].lock[i / NR_ROLES].wait_ns;
	}
	i = figure - FIG_CONTENDED_OF;
	return (double)r->role[i % NR_ROLES].lock[i / NR_ROLES].contended;
}

/* The samples of one figure as plain arrays, room for options->reps each. */
struct scratch {
	double *a, *b;
};

static int row_figures(const struct campaign *c, struct row *row, struct scratch *s)
{
	unsigned int fig, rep, n;
	int err;

	for (rep = 0; rep < c->options->reps; rep++) {
		const struct sample *sample = &row->cell->samples[rep];

		row->disturbed += sample->repeated;
		row->reps += sample->done;
		row->kept += sample->done && sample->result.disturbed;
		row->has_reaper |= sample->done && sample->result.reaper_ran;
	}
	for (fig = 0; row->reps && fig < NR_FIGURES; fig++) {
		for (rep = n = 0; rep < c->options->reps; rep++)
			if (row->cell->samples[rep].done)
				s->a[n++] = figure_of(&row->cell->samples[rep].result, fig);
		err = stats_interval(s->a, n, &row->fig[fig]);
		if (err)
			return err;
	}
	return 0;
}

/* Pairs of one figure from the repetitions that both have. */
static unsigned int pair_up(const struct sample *x, const struct sample *y, unsigned int nr,
			    unsigned int fig, struct scratch *s)
{
	unsigned int rep, n = 0;

	for (rep = 0; rep < nr; rep++) {
		if (!x[rep].done || !y[rep].done)
			continue;
		s->a[n] = figure_of(&x[rep].result, fig);
		s->b[n++] = figure_of(&y[rep].result, fig);
	}
	return n;
}

static int compare_rows(const struct campaign *c, const struct row *row, const struct row *other,
			struct versus *v, struct scratch *s)
{
	const struct sample *x = row->cell->samples, *y = other->cell->samples;
	const unsigned int reps = c->options->reps;
	unsigned int i, n;
	int err;

	n = pair_up(x, y, reps, FIG_WALL, s);
	err = stats_ratio(s->a, s->b, n, &v->wall);
	if (err)
		return err;
	n = pair_up(x, y, reps, FIG_RUNNING, s);
	err = stats_ratio(s->a, s->b, n, &v->running);
	if (err)
		return err;
	for (i = 0; i < NR_LOCK_CLASSES; i++) {
		n = pair_up(x, y, reps, FIG_WAIT_BOTH_OF + i, s);
		err = stats_difference(s->a, s->b, n, &v->wait_change[i]);
		if (err)
			return err;
	}
	v->known = true;
	return 0;
}

static int versus_order(struct figures *f, struct row *row, const char *order, struct versus *v,
			struct scratch *s)
{
	const struct row *other = figures_row(f, row->cell->engine, order);
	int err;

	if (!other || other == row || !row->reps)
		return 0;
	err = compare_rows(f->campaign, row, other, v, s);
	/* No common repetition, or nothing measurable below the line: not known, no failure. */
	return err == -EINVAL || err == -EDOM ? 0 : err;
}

static void count_disturbed(struct bearings *b, const struct sample *samples, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		b->disturbed += samples[i].repeated;
		b->kept += samples[i].done && samples[i].result.disturbed;
	}
}

/* How fast the builder gave victims their pages: from the races without lock timing. */
static int build_rate_of(const struct campaign *c, const struct side *side, struct bearings *b,
			 struct scratch *s)
{
	double pages = 0;
	unsigned int rep, n = 0;
	int kind;

	for (kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += (double)c->layout->pages[kind];
	for (rep = 0; rep < c->options->overhead_reps; rep++) {
		const struct sample *sample = &side->timing.without[rep];

		if (sample->done && sample->result.build_ns)
			s->a[n++] = pages * 1e9 / (double)sample->result.build_ns;
	}
	return n ? stats_interval(s->a, n, &b->build_rate) : 0;
}

/* The median of the ratios, each from two races that ran one after the other. */
static int overhead_of(const struct campaign *c, const struct pairs *pairs, unsigned int *nr,
		       struct interval *overhead, struct scratch *s)
{
	unsigned int i, n;

	n = pair_up(pairs->with, pairs->without, c->options->overhead_reps, FIG_RUNNING, s);
	for (i = *nr = 0; i < n; i++)
		if (s->b[i] > 0)
			s->a[(*nr)++] = s->a[i] / s->b[i];
	return *nr ? stats_interval(s->a, *nr, overhead) : 0;
}

static int bearings_of(const struct campaign *c, const struct side *side, struct bearings *b,
		       struct scratch *s)
{
	const struct compare_options *o = c->options;
	unsigned int rep, n;
	int err;

	b->engine = side->engine;
	count_disturbed(b, side->hold, o->hold_reps);
	count_disturbed(b, side->timing.without, o->overhead_reps);
	count_disturbed(b, side->timing.with, o->overhead_reps);
	count_disturbed(b, side->tracing.without, o->overhead_reps);
	count_disturbed(b, side->tracing.with, o->overhead_reps);
	for (rep = n = 0; rep < o->hold_reps; rep++) {
		const struct role_figures *exit = &side->hold[rep].result.role[ROLE_EXIT];

		if (!side->hold[rep].done)
			continue;
		b->hold_reps++;
		if (exit->ptl_hold_ns)
			/* Both by the same clock: alone on its CPU, a role runs all the time. */
			s->a[n++] = ((double)exit->wall_ns - (double)exit->ptl_hold_ns) /
				    (double)exit->ptl_hold_ns;
	}
	if (n) {
		err = stats_interval(s->a, n, &b->r);
		if (err)
			return err;
		b->r_known = true;
	}

	err = build_rate_of(c, side, b, s);
	if (err)
		return err;

	err = overhead_of(c, &side->timing, &b->pairs, &b->overhead, s);
	if (err)
		return err;
	return overhead_of(c, &side->tracing, &b->trace_pairs, &b->trace_overhead, s);
}

static void count_traced(struct figures *f)
{
	const struct campaign *c = f->campaign;
	unsigned int rep;
	size_t i;

	for (i = 0; i < c->nr_cells; i++) {
		for (rep = 0; rep < c->options->trace_reps; rep++) {
			const struct sample *sample = &c->cells[i].traced[rep];

			f->traced += sample->done;
			f->traced_disturbed += sample->repeated;
			f->traced_kept += sample->done && sample->result.disturbed;
		}
	}
}

/* Tracing makes the time under a ptl longer: what that does to waiting shows only here. */
static int traced_wait(const struct campaign *c, struct row *row, struct scratch *s)
{
	for (unsigned int rep = 0; rep < c->options->trace_reps; rep++) {
		const struct sample *sample = &row->cell->traced[rep];

		if (sample->done)
			s->a[row->traced++] =
				figure_of(&sample->result, FIG_WAIT_BOTH_OF + LOCK_PTL);
	}
	return row->traced ? stats_median(s->a, row->traced, &row->traced_ptl_wait) : 0;
}

static int work_out(struct figures *f, struct scratch *s)
{
	size_t i;
	int err;

	count_traced(f);
	for (i = 0; i < f->nr_rows; i++) {
		err = row_figures(f->campaign, &f->rows[i], s);
		if (!err)
			err = traced_wait(f->campaign, &f->rows[i], s);
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
	for (i = 0; i < f->nr_bearings; i++) {
		err = bearings_of(f->campaign, &f->campaign->sides[i], &f->bearings[i], s);
		if (err)
			return err;
	}
	return 0;
}

static size_t most(size_t a, size_t b)
{
	return a > b ? a : b;
}

struct figures *figures_create(const struct campaign *c)
{
	const struct compare_options *o = c->options;
	size_t room = most(most(o->reps, o->trace_reps), most(o->hold_reps, o->overhead_reps)), i;
	struct figures *f = calloc(1, sizeof(*f));
	struct scratch s = {0};
	int err = -ENOMEM;

	if (!f)
		return NULL;
	f->campaign = c;
	f->rows = calloc(c->nr_cells, sizeof(*f->rows));
	f->bearings = calloc(c->nr_sides, sizeof(*f->bearings));
	s.a = calloc(room, sizeof(*s.a));
	s.b = calloc(room, sizeof(*s.b));
	if (f->rows && f->bearings && s.a && s.b) {
		f->nr_rows = c->nr_cells;
		f->nr_bearings = c->nr_sides;
		for (i = 0; i < f->nr_rows; i++)
			f->rows[i].cell = &c->cells[i];
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
	free(f->bearings);
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

const struct bearings *figures_bearings(const struct figures *f, const struct row *row)
{
	size_t i;

	for (i = 0; i < f->nr_bearings; i++)
		if (!strcmp(f->bearings[i].engine, row->cell->engine))
			return &f->bearings[i];
	return NULL;
}

const struct row *figures_row(const struct figures *f, const char *engine, const char *order)
{
	size_t i;

	for (i = 0; i < f->nr_rows; i++)
		if (f->rows[i].reps && !strcmp(f->rows[i].cell->engine, engine) &&
		    !strcmp(f->rows[i].cell->order, order))
			return &f->rows[i];
	return NULL;
}
