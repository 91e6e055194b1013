// SPDX-License-Identifier: GPL-2.0-only
#include "figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/verdict.h"

const struct live_metric_info live_metric_info[NR_LIVE_METRICS] = {
#define METRIC_ROW(name, key, unit, probed, label, kernel, model) \
	[LIVE_VALUE_##name] = {key, UNIT_##unit, probed, label, model},
	LIVE_METRICS(METRIC_ROW)};

const struct live_class_info live_class_info[NR_LIVE_CLASSES] = {
#define CLASS_ROW(NAME, name, model) [LIVE_##NAME] = {name, model},
	LIVE_CLASSES(CLASS_ROW)};

const char *live_kill_name(enum live_kill kill)
{
	static const char *const names[NR_LIVE_KILLS] = {
		[KILL_SOLO] = "solo",
		[KILL_MRELEASE] = "mrelease",
		[KILL_FORWARD] = "forward",
	};

	return names[kill];
}

static void put_lock(double *value, enum live_count count, int class,
		     const uint64_t by_role[NR_LIVE_ROLES])
{
	double sum = 0;

	for (int role = 0; role < NR_LIVE_ROLES; role++) {
		value[LIVE_LOCK_VALUE(count, class, role)] = (double)by_role[role];
		sum += (double)by_role[role];
	}
	value[LIVE_LOCK_VALUE(count, class, LIVE_BOTH)] = sum;
}

static void values_of(const struct kill_sample *k, uint64_t pages, double value[NR_LIVE_VALUES])
{
#define READ_METRIC(name, key, unit, probed, label, kernel, model) \
	value[LIVE_VALUE_##name] = (double)(kernel);
	LIVE_METRICS(READ_METRIC)
#undef READ_METRIC
	for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
		put_lock(value, LIVE_CONTENDED, class, k->probe.lock[class].contended);
		put_lock(value, LIVE_WAIT, class, k->probe.lock[class].wait_ns);
	}
}

/*
 * Does the probe tell this figure of such a kill? A span of 0 was not seen.
 */
static bool is_known(unsigned int value, bool probed, double median)
{
	if (value >= NR_LIVE_METRICS)
		return probed;
	if (!live_metric_info[value].probed)
		return true;
	return probed && (live_metric_info[value].unit != UNIT_NS || median > 0);
}

/* Room for one figure of all repetitions, twice. */
struct scratch {
	double *a, *b;
};

static int work_out_row(struct live_row *row, const struct live_sample *samples, unsigned int reps,
			uint64_t pages, bool probed, struct scratch *s)
{
	double values[NR_LIVE_VALUES];
	unsigned int n, unmapped = 0;

	for (unsigned int i = 0; i < reps; i++) {
		row->reps += samples[i].done;
		row->disturbed += samples[i].repeated;
		row->missed += samples[i].missed;
		row->kept += samples[i].done && samples[i].kill.disturbed;
		unmapped += samples[i].done && samples[i].kill.probe.unmap_ns[LIVE_EXIT];
	}
	for (unsigned int value = 0; row->reps && value < NR_LIVE_VALUES; value++) {
		struct live_value *v = &row->value[value];

		n = 0;
		for (unsigned int i = 0; i < reps; i++) {
			if (!samples[i].done)
				continue;
			values_of(&samples[i].kill, pages, values);
			s->a[n++] = values[value];
		}
		if (stats_interval(s->a, n, &v->i))
			return -ENOMEM;
		v->known = is_known(value, probed, v->i.median);
		if (value == LIVE_VALUE_UNMAP_EXIT || value == LIVE_VALUE_UNMAP_REAPER)
			v->known = v->known && unmapped;
	}
	return 0;
}

/* A ratio of two kinds of kills, from the repetitions that both have. */
static int ratio_of(struct live_value *ratio, const struct live_sample *above,
		    const struct live_sample *below, unsigned int reps, unsigned int value,
		    struct scratch *s)
{
	double values[NR_LIVE_VALUES];
	unsigned int n = 0;
	int err;

	for (unsigned int i = 0; i < reps; i++) {
		if (!above[i].done || !below[i].done)
			continue;
		values_of(&above[i].kill, 1, values);
		s->a[n] = values[value];
		values_of(&below[i].kill, 1, values);
		s->b[n++] = values[value];
	}
	err = stats_ratio(s->a, s->b, n, &ratio->i);
	ratio->known = !err;
	/* No common repetition, or a base of 0: unknown, which is no failure. */
	return err == -ENOMEM ? err : 0;
}

static int versus(struct live_versus *v, struct live_sample *const samples[NR_LIVE_KILLS],
		  enum live_kill other, unsigned int reps, struct scratch *s)
{
	const struct live_sample *above = samples[KILL_MRELEASE], *below = samples[other];
	int err;

	if (!above || !below)
		return 0;
	err = ratio_of(&v->wall, above, below, reps, LIVE_VALUE_WALL, s);
	return err ? err : ratio_of(&v->running, above, below, reps, LIVE_VALUE_RUNNING, s);
}

int live_kernel_figures(struct live_side *side, struct live_sample *const samples[NR_LIVE_KILLS],
			unsigned int reps, uint64_t pages, bool probed)
{
	struct scratch s = {calloc(reps, sizeof(double)), calloc(reps, sizeof(double))};
	int err = s.a && s.b ? 0 : -ENOMEM;

	*side = (struct live_side){0};
	for (int kind = 0; !err && kind < NR_LIVE_KILLS; kind++) {
		side->row[kind].name = live_kill_name((enum live_kill)kind);
		if (samples[kind])
			err = work_out_row(&side->row[kind], samples[kind], reps, pages, probed,
					   &s);
	}
	if (!err)
		err = versus(&side->solo, samples, KILL_SOLO, reps, &s);
	if (!err)
		err = versus(&side->forward, samples, KILL_FORWARD, reps, &s);
	free(s.a);
	free(s.b);
	return err;
}

static void take_value(struct live_value *to, const struct row *row, int value)
{
	*to = (struct live_value){true, row->value[value]};
}

static void take_row(struct live_row *to, const struct row *row)
{
	*to = (struct live_row){.name = row->config->order,
				.reps = row->reps,
				.disturbed = row->disturbed,
				.kept = row->kept};
	for (int i = 0; i < NR_LIVE_METRICS; i++)
		if (live_metric_info[i].model != MODEL_HAS_NONE)
			take_value(&to->value[i], row, live_metric_info[i].model);
	for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
		const int model = live_class_info[class].model;

		if (model == NO_LOCK_CLASS)
			continue;
		for (int role = 0; role < NR_LIVE_ROLES; role++) {
			take_value(&to->value[LIVE_LOCK_VALUE(LIVE_CONTENDED, class, role)], row,
				   VALUE_CLASS_ROLE(CONTENDED, model, role));
			take_value(&to->value[LIVE_LOCK_VALUE(LIVE_WAIT, class, role)], row,
				   VALUE_CLASS_ROLE(WAIT, model, role));
		}
		take_value(&to->value[LIVE_LOCK_VALUE(LIVE_WAIT, class, LIVE_BOTH)], row,
			   VALUE_OF(WAIT_BOTH, model));
	}
	take_value(&to->value[LIVE_LOCK_VALUE(LIVE_CONTENDED, LIVE_PTL, LIVE_BOTH)], row,
		   VALUE_PTL_CONTENDED);
}

static void take_versus(struct live_versus *to, const struct versus *v)
{
	to->wall = (struct live_value){v->known, v->wall};
	to->running = (struct live_value){v->known, v->running};
}

void live_model_figures(struct live_side *side, const struct figures *figures,
			const char *const orders[NR_LIVE_KILLS])
{
	*side = (struct live_side){0};
	for (int kind = 0; kind < NR_LIVE_KILLS; kind++) {
		for (size_t i = 0; orders[kind] && i < figures->nr_rows; i++) {
			const struct row *row = &figures->rows[i];

			if (!row->reps || strcmp(row->config->order, orders[kind]))
				continue;
			take_row(&side->row[kind], row);
			if (kind != KILL_MRELEASE)
				continue;
			take_versus(&side->solo, &row->solo);
			if (orders[KILL_FORWARD])
				take_versus(&side->forward, &row->forward);
		}
	}
}

static bool row_is_trusted(const struct live_row *row)
{
	return row->reps >= TRUSTED_REPS && row->kept * 10 <= row->reps;
}

bool live_trusted(const struct live_side *side, enum live_kill a, enum live_kill b)
{
	return row_is_trusted(&side->row[a]) && row_is_trusted(&side->row[b]);
}

bool live_contradict(const struct live_value *a, const struct live_value *b)
{
	if (!a->known || !b->known)
		return false;
	return (a->i.hi < 1 && b->i.lo > 1) || (a->i.lo > 1 && b->i.hi < 1);
}
