// SPDX-License-Identifier: GPL-2.0-only
#include "verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *judgement_word(enum judgement judgement)
{
	static const char *const words[] = {
		[JUDGED_UNKNOWN] = "nothing to compare",
		[JUDGED_UNTRUSTED] = "not to be trusted",
		[JUDGED_EMPTY] = "no page to free",
		[JUDGED_SAME] = "no difference seen",
		[JUDGED_BETTER] = "better",
		[JUDGED_WORSE] = "worse",
		[JUDGED_FASTER_DEARER] = "faster, more CPU",
		[JUDGED_SLOWER_CHEAPER] = "slower, less CPU",
	};

	return words[judgement];
}

bool row_trusted(const struct result_row *row)
{
	return row->reps >= TRUSTED_REPS && row->kept * 10 <= row->reps;
}

bool row_trusted_elsewhere(const struct result_row *row)
{
	return row_trusted(row) && row->slow_kept * 10 <= row->reps;
}

static bool is_empty(const struct result_row *row)
{
	return row->value[VALUE_OF(PAGES, ROLE_EXIT)].hi <= 0 &&
	       row->value[VALUE_OF(PAGES, ROLE_REAPER)].hi <= 0;
}

/* @same: where the interval lies if nothing differs: 1 for a ratio, 0 for a difference. */
static enum judgement judge(const struct result_row *above, const struct result_row *below,
			    bool paired, bool known, const struct interval *i, double same,
			    double p)
{
	/* Of rows that ran in turns, a slow CPU slowed both. */
	bool (*const trusted)(const struct result_row *row) = paired ? row_trusted
								     : row_trusted_elsewhere;

	if (is_empty(above) && is_empty(below))
		return JUDGED_EMPTY;
	if (!trusted(above) || !trusted(below))
		return JUDGED_UNTRUSTED;
	if (!known)
		return JUDGED_UNKNOWN;
	if (p >= STATS_LEVEL || (i->lo <= same && i->hi >= same))
		return JUDGED_SAME;
	return i->hi < same ? JUDGED_BETTER : JUDGED_WORSE;
}

/* Both samples in groups, up to the last process that both have where they are paired. */
static bool pick_samples(const struct result_row *above, const struct result_row *below,
			 unsigned int value, bool paired, struct groups *a, struct groups *b)
{
	*a = result_groups(above, value);
	*b = result_groups(below, value);
	if (paired)
		a->nr = b->nr = a->nr < b->nr ? a->nr : b->nr;
	return a->nr && b->nr;
}

int compare_values(const struct result_row *above, const struct result_row *below,
		   unsigned int value, bool paired, struct comparison *out)
{
	struct groups a, b;
	int err = -EDOM;

	*out = (struct comparison){.p = 1};
	if (pick_samples(above, below, value, paired, &a, &b))
		err = (paired ? stats_groups_ratio
			      : stats_groups_ratio_unpaired)(&a, &b, &out->ratio, &out->p);
	/* A comparison without a base is unknown, which is no failure. */
	if (err && err != -EDOM)
		return err;
	out->known = !err;
	out->judgement = judge(above, below, paired, out->known, &out->ratio, 1, out->p);
	return 0;
}

int change_of_values(const struct result_row *above, const struct result_row *below,
		     unsigned int value, struct change *out)
{
	struct comparison c;
	struct groups a, b;
	double p;
	int err;

	*out = (struct change){.judgement = JUDGED_UNKNOWN};
	if (!pick_samples(above, below, value, true, &a, &b))
		return 0;
	err = compare_values(above, below, value, true, &c);
	if (!err)
		err = stats_groups_difference(&a, &b, &out->difference, &p);
	if (err)
		return err;
	out->judgement = c.known ? c.judgement
				 : judge(above, below, true, true, &out->difference, 0, p);
	return 0;
}

enum judgement judge_both(const struct comparison *wall, const struct comparison *cpu)
{
	const enum judgement w = wall->judgement, c = cpu->judgement;

	/* Judgements about the rows as a whole are the same for both times. */
	if (w == JUDGED_EMPTY || w == JUDGED_UNTRUSTED || w == c)
		return w;
	if (w == JUDGED_SAME || w == JUDGED_UNKNOWN)
		return c;
	if (c == JUDGED_SAME || c == JUDGED_UNKNOWN)
		return w;
	return w == JUDGED_BETTER ? JUDGED_FASTER_DEARER : JUDGED_SLOWER_CHEAPER;
}

static const struct result_row *same_but(const struct result *result, const struct result_row *row,
					 const char *order)
{
	const struct result_row *other =
		result_row_find(result, row->layout, row->occurrence, row->engine, order);

	return other == row ? NULL : other;
}

static int compare_with(const struct result_row *row, const struct result_row *base,
			struct comparison *wall, struct comparison *cpu)
{
	int err;

	if (!base)
		return 0;
	err = compare_values(row, base, VALUE_WALL, true, wall);
	return err ? err : compare_values(row, base, VALUE_RUNNING, true, cpu);
}

static int judge_row(const struct result *result, const struct result_row *row, struct verdict *v)
{
	int err;

	*v = (struct verdict){
		.row = row,
		.forward = same_but(result, row, "forward"),
		.solo = same_but(result, row, "solo"),
	};
	err = compare_with(row, v->forward, &v->wall_forward, &v->cpu_forward);
	if (!err)
		err = compare_with(row, v->solo, &v->wall_solo, &v->cpu_solo);
	v->judgement = v->forward ? judge_both(&v->wall_forward, &v->cpu_forward)
				  : judge_both(&v->wall_solo, &v->cpu_solo);
	return err;
}

/* Is there another order with a reaper, which is judged against this one? */
static bool is_measure_of_others(const struct result *result, const struct result_row *row)
{
	size_t i;

	if (strcmp(row->order, "forward"))
		return false;
	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *other = &result->rows[i];

		if (other != row && other->reapers > 0 && other->occurrence == row->occurrence &&
		    !strcmp(other->layout, row->layout) && !strcmp(other->engine, row->engine))
			return true;
	}
	return false;
}

int verdicts_create(const struct result *result, struct verdict **verdicts, size_t *nr)
{
	struct verdict *v = calloc(result->nr_rows ? result->nr_rows : 1, sizeof(*v));
	size_t i;
	int err;

	*nr = 0;
	*verdicts = v;
	if (!v)
		return -ENOMEM;
	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];

		if (!(row->reapers > 0) || is_measure_of_others(result, row))
			continue;
		err = judge_row(result, row, &v[*nr]);
		if (err) {
			free(v);
			*verdicts = NULL;
			*nr = 0;
			return err;
		}
		*nr += v[*nr].forward || v[*nr].solo;
	}
	return 0;
}

int engine_verdicts_create(const struct result *result, struct engine_verdict **verdicts,
			   size_t *nr)
{
	struct engine_verdict *all = calloc(result->nr_rows ? result->nr_rows : 1, sizeof(*all));
	int err = all ? 0 : -ENOMEM;

	*nr = 0;
	for (size_t i = 0; !err && i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];
		struct engine_verdict *v = &all[*nr];

		if (!strcmp(row->engine, result->rows[0].engine))
			continue;
		v->row = row;
		v->first = result_row_find(result, row->layout, row->occurrence,
					   result->rows[0].engine, row->order);
		if (!v->first)
			continue;
		err = compare_with(row, v->first, &v->wall, &v->cpu);
		v->judgement = judge_both(&v->wall, &v->cpu);
		(*nr)++;
	}
	if (err) {
		free(all);
		all = NULL;
		*nr = 0;
	}
	*verdicts = all;
	return err;
}
