/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judgements about figures. This file alone decides whether a difference is claimed; text, mail,
 * page and charts follow it.
 *
 * A difference is claimed if the 95 % interval of the ratio leaves 1 out, the two-sided test gives
 * p < STATS_LEVEL, and both rows are to be trusted. Interval and test are those of common/stats.h
 * over processes and repetitions; rows of one process alone have the bootstrap over its repetitions
 * and the Mann-Whitney test, which say nothing about other processes.
 */
#ifndef UMAPLE_VERDICT_H
#define UMAPLE_VERDICT_H

#include <stdbool.h>

#include "result_file.h"
#include "stats.h"

/* With fewer repetitions nothing is claimed. */
#define TRUSTED_REPS 11

enum judgement {
	JUDGED_UNKNOWN,	  /* there is nothing to compare with */
	JUDGED_UNTRUSTED, /* row_trusted() or row_trusted_elsewhere() is false for one row */
	JUDGED_EMPTY,	  /* the victim had no page */
	JUDGED_SAME,
	JUDGED_BETTER,
	JUDGED_WORSE,
	JUDGED_FASTER_DEARER,  /* wall time is better, CPU time is worse */
	JUDGED_SLOWER_CHEAPER, /* the other way round */
};

/* The ratio of two figures; less is better. */
struct comparison {
	bool known; /* both have repetitions, and the base is not 0 */
	struct interval ratio;
	double p;
	enum judgement judgement;
};

/* An order with a reaper, against the order forward and against having no reaper. */
struct verdict {
	const struct result_row *row;
	const struct result_row *forward, *solo; /* NULL: the result does not have it */
	struct comparison wall_forward, cpu_forward, wall_solo, cpu_solo;
	enum judgement judgement; /* against forward; against solo if there is no other */
};

/* "better", "worse", "no difference seen", "not to be trusted", ... */
const char *judgement_word(enum judgement judgement);

/**
 * row_trusted() - May a difference be claimed from these figures?
 * @row: an order on a layout.
 *
 * Context: Any.
 * Return: false for fewer than TRUSTED_REPS repetitions, and if a task lost its CPU in more than
 * a tenth of them even though they were repeated.
 */
bool row_trusted(const struct result_row *row);

/**
 * row_trusted_elsewhere() - May it also be compared with a row that did not run in turns with it?
 * @row: an order on a layout.
 *
 * Context: Any.
 * Return: row_trusted(), but false also if a CPU was slow in more than a tenth of the repetitions:
 * a row of another file, or of another moment, may have had a core to itself.
 */
bool row_trusted_elsewhere(const struct result_row *row);

/**
 * compare_values() - Compare one value of two rows.
 * @above: the row above the line.
 * @below: the row below.
 * @value: which value of measure/metrics.h; the rows must have its repetitions.
 * @paired: they ran in turns in the same processes, so that a ratio is taken in each process;
 * otherwise in other processes. A process that only one row has is left out of pairs.
 * @out: filled on success.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int compare_values(const struct result_row *above, const struct result_row *below,
		   unsigned int value, bool paired, struct comparison *out);

/* How far one value of two rows lies apart, where a ratio may not exist. */
struct change {
	struct interval difference; /* above less below, in the value's unit */
	enum judgement judgement;   /* of the ratio; of the difference if there is none */
};

/**
 * change_of_values() - As compare_values() of two rows that ran next to each other, also where
 * the value below the line is 0.
 * @above: the row above the line.
 * @below: the row below.
 * @value: which value of measure/metrics.h.
 * @out: filled on success; JUDGED_UNKNOWN if one has no repetitions.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int change_of_values(const struct result_row *above, const struct result_row *below,
		     unsigned int value, struct change *out);

/**
 * judge_both() - Join the judgements of wall and CPU time into one.
 * @wall: of wall time.
 * @cpu: of CPU time.
 *
 * Context: Any.
 * Return: The judgement.
 */
enum judgement judge_both(const struct comparison *wall, const struct comparison *cpu);

/* An engine against the first one of the result, on one layout and with one order. */
struct engine_verdict {
	const struct result_row *row, *first;
	struct comparison wall, cpu;
	enum judgement judgement;
};

/**
 * engine_verdicts_create() - Judge each row of each engine but the first against the first one's.
 * @result: the figures; must live as long as the verdicts.
 * @verdicts: set to an array, to be given to free(); in the order of the rows. A row that the first
 * engine has not is left out.
 * @nr: set to its length; 0 for a result of one engine.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int engine_verdicts_create(const struct result *result, struct engine_verdict **verdicts,
			   size_t *nr);

/**
 * verdicts_create() - Judge each order with a reaper.
 * @result: the figures; must live as long as the verdicts.
 * @verdicts: set to an array, to be given to free(); in the order of the rows. Rows without a base
 * are left out, and so is "forward" where another order is judged against it.
 * @nr: set to its length.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int verdicts_create(const struct result *result, struct verdict **verdicts, size_t *nr);

#endif
