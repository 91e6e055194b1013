// SPDX-License-Identifier: GPL-2.0-only
#include "figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct live_metric_info live_metric_info[NR_LIVE_METRICS] = {
#define METRIC_ROW(name, key, unit, source, label, kernel, model) \
	[LIVE_VALUE_##name] = {key, UNIT_##unit, LIVE_##source, label, model},
	LIVE_METRICS(METRIC_ROW)};

const struct live_class_info live_class_info[NR_LIVE_CLASSES] = {
#define CLASS_ROW(NAME, name, model, source) [LIVE_##NAME] = {name, model, LIVE_##source},
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
#define READ_METRIC(name, key, unit, source, label, kernel, model) \
	value[LIVE_VALUE_##name] = (double)(kernel);
	LIVE_METRICS(READ_METRIC)
#undef READ_METRIC
	for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
		put_lock(value, LIVE_CONTENDED, class, k->probe.lock[class].contended);
		put_lock(value, LIVE_WAIT, class, k->probe.lock[class].wait_ns);
	}
}

/* Who tells a value. */
static enum live_source source_of(unsigned int value)
{
	if (value < NR_LIVE_METRICS)
		return live_metric_info[value].source;
	return live_class_info[(value - NR_LIVE_METRICS) / NR_LIVE_WHOM % NR_LIVE_CLASSES].source;
}

/* Is this figure told here? A span of 0 was not seen. */
static bool is_known(unsigned int value, enum live_source best, double median)
{
	if (source_of(value) > best)
		return false;
	return value >= NR_LIVE_METRICS || source_of(value) == LIVE_CLOCKS ||
	       live_metric_info[value].unit != UNIT_NS || median > 0;
}

/* The best time of each CPU, in kills of all kinds. */
static void best_speed(struct live_sample *const samples[NR_LIVE_KILLS], unsigned int reps,
		       uint64_t best[SPEED_CPUS])
{
	for (unsigned int i = 0; i < reps * NR_LIVE_KILLS; i++) {
		const struct live_sample *of = samples[i / reps];

		for (int cpu = 0; of && of[i % reps].done && cpu < SPEED_CPUS; cpu++) {
			const uint64_t ns = of[i % reps].kill.speed_ns[cpu];

			if (!best[cpu] || ns < best[cpu])
				best[cpu] = ns;
		}
	}
}

static int work_out_row(struct live_row *row, const struct live_sample *samples, unsigned int reps,
			uint64_t pages, enum live_source best, const uint64_t best_ns[SPEED_CPUS],
			double *room)
{
	double values[NR_LIVE_VALUES];
	unsigned int n, unmapped = 0;

	for (unsigned int i = 0; i < reps; i++) {
		row->reps += samples[i].done;
		row->disturbed += samples[i].repeated;
		row->missed += samples[i].missed;
		row->kept += samples[i].done && samples[i].kill.disturbed;
		row->slowed += samples[i].slowed;
		row->slow_kept += samples[i].done &&
				  speed_is_slow(samples[i].kill.speed_ns, best_ns);
		unmapped += samples[i].done && samples[i].kill.probe.unmap_ns[LIVE_EXIT];
	}
	for (unsigned int value = 0; row->reps && value < NR_LIVE_VALUES; value++) {
		struct live_value *v = &row->value[value];

		n = 0;
		for (unsigned int i = 0; i < reps; i++) {
			if (!samples[i].done)
				continue;
			values_of(&samples[i].kill, pages, values);
			room[n++] = values[value];
		}
		if (stats_interval(room, n, &v->i))
			return -ENOMEM;
		v->known = is_known(value, best, v->i.median);
		if (value == LIVE_VALUE_UNMAP_EXIT || value == LIVE_VALUE_UNMAP_REAPER)
			v->known = v->known && unmapped;
	}
	return 0;
}

void live_times_fill(struct live_times *t, unsigned int reps, unsigned int kept, uint64_t pages)
{
	t->row = (struct result_row){.reps = reps, .kept = kept};
	t->row.sample[VALUE_WALL] = (struct sample_set){t->wall, reps};
	t->row.sample[VALUE_RUNNING] = (struct sample_set){t->running, reps};
	t->row.value[VALUE_OF(PAGES, ROLE_EXIT)].hi = (double)pages;
}

static int compare_times(struct live_versus *v, const struct result_row *above,
			 const struct result_row *below)
{
	int err = compare_values(above, below, VALUE_WALL, true, &v->wall);

	return err ? err : compare_values(above, below, VALUE_RUNNING, true, &v->running);
}

/* Two kinds of kills, by the repetitions that both have. */
static int versus(struct live_versus *v, struct live_sample *const samples[NR_LIVE_KILLS],
		  enum live_kill other, unsigned int reps, uint64_t pages)
{
	const struct live_sample *const of[] = {samples[KILL_MRELEASE], samples[other]};
	struct live_times times[2] = {0};
	double values[NR_LIVE_VALUES];
	unsigned int n = 0, kept[2] = {0};
	int err = 0;

	if (!of[0] || !of[1])
		return 0;
	for (int k = 0; k < 2; k++) {
		times[k].wall = calloc(reps, sizeof(double));
		times[k].running = calloc(reps, sizeof(double));
		if (!times[k].wall || !times[k].running)
			err = -ENOMEM;
	}
	for (unsigned int i = 0; !err && i < reps; i++) {
		if (!of[0][i].done || !of[1][i].done)
			continue;
		for (int k = 0; k < 2; k++) {
			values_of(&of[k][i].kill, pages, values);
			times[k].wall[n] = values[LIVE_VALUE_WALL];
			times[k].running[n] = values[LIVE_VALUE_RUNNING];
			kept[k] += of[k][i].kill.disturbed;
		}
		n++;
	}
	for (int k = 0; k < 2; k++)
		live_times_fill(&times[k], n, kept[k], pages);
	if (!err)
		err = compare_times(v, &times[0].row, &times[1].row);
	for (int k = 0; k < 2; k++) {
		free(times[k].wall);
		free(times[k].running);
	}
	return err;
}

int live_kernel_figures(struct live_side *side, struct live_sample *const samples[NR_LIVE_KILLS],
			unsigned int reps, uint64_t pages, enum live_source best)
{
	double *room = calloc(reps, sizeof(*room));
	uint64_t best_ns[SPEED_CPUS] = {0};
	int err = room ? 0 : -ENOMEM;

	best_speed(samples, reps, best_ns);
	*side = (struct live_side){0};
	for (int kind = 0; !err && kind < NR_LIVE_KILLS; kind++) {
		side->row[kind].name = live_kill_name((enum live_kill)kind);
		if (samples[kind])
			err = work_out_row(&side->row[kind], samples[kind], reps, pages, best,
					   best_ns, room);
	}
	if (!err)
		err = versus(&side->solo, samples, KILL_SOLO, reps, pages);
	if (!err)
		err = versus(&side->forward, samples, KILL_FORWARD, reps, pages);
	free(room);
	return err;
}

static void take_value(struct live_value *to, const struct result_row *row, unsigned int value)
{
	*to = (struct live_value){row->known[value], row->value[value]};
}

static void take_row(struct live_row *to, const struct result_row *row)
{
	to->reps = (unsigned int)row->reps;
	to->disturbed = (unsigned int)row->disturbed;
	to->kept = (unsigned int)row->kept;
	to->slowed = (unsigned int)row->slowed;
	to->slow_kept = (unsigned int)row->slow_kept;
	for (int i = 0; i < NR_LIVE_METRICS; i++)
		if (live_metric_info[i].model != MODEL_HAS_NONE)
			take_value(&to->value[i], row, (unsigned int)live_metric_info[i].model);
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
		take_value(&to->value[LIVE_LOCK_VALUE(LIVE_CONTENDED, class, LIVE_BOTH)], row,
			   VALUE_OF(CONTENDED_BOTH, model));
	}
}

static const struct result_row *row_of(const struct result *result, const char *order)
{
	for (size_t i = 0; order && i < result->nr_rows; i++)
		if (!strcmp(result->rows[i].order, order))
			return &result->rows[i];
	return NULL;
}

int live_model_figures(struct live_side *side, const struct result *result,
		       const char *const orders[NR_LIVE_KILLS])
{
	const struct result_row *rows[NR_LIVE_KILLS];
	int err = 0;

	*side = (struct live_side){0};
	for (int kind = 0; kind < NR_LIVE_KILLS; kind++) {
		rows[kind] = row_of(result, orders[kind]);
		side->row[kind].name = orders[kind];
		if (rows[kind])
			take_row(&side->row[kind], rows[kind]);
	}
	if (!rows[KILL_MRELEASE])
		return 0;
	if (rows[KILL_SOLO])
		err = compare_times(&side->solo, rows[KILL_MRELEASE], rows[KILL_SOLO]);
	if (!err && rows[KILL_FORWARD] && rows[KILL_FORWARD] != rows[KILL_MRELEASE])
		err = compare_times(&side->forward, rows[KILL_MRELEASE], rows[KILL_FORWARD]);
	return err;
}

bool live_contradict(const struct comparison *a, const struct comparison *b)
{
	return (a->judgement == JUDGED_BETTER && b->judgement == JUDGED_WORSE) ||
	       (a->judgement == JUDGED_WORSE && b->judgement == JUDGED_BETTER);
}
