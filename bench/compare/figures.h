/* SPDX-License-Identifier: GPL-2.0-only */
/* From samples to figures: medians with intervals, and how the orders compare. */
#ifndef UMAPLE_COMPARE_FIGURES_H
#define UMAPLE_COMPARE_FIGURES_H

#include "schedule.h"
#include "common/stats.h"

/* One engine and order against another, repetitions paired. */
struct versus {
	bool known;		       /* false if the other one did not run */
	struct interval wall, running; /* ratios to the other one */
};

/* One engine and order. */
struct row {
	const struct config *config;
	unsigned int reapers;
	bool crowded;		/* its tasks took turns: there were not enough CPUs */
	unsigned int reps;	/* repetitions done; the figures are valid only if not 0 */
	unsigned int disturbed; /* races that were repeated */
	unsigned int kept;	/* repetitions kept although disturbed */
	unsigned int slowed;	/* races that were repeated because a CPU was slow */
	unsigned int slow_kept; /* repetitions kept although a CPU was slow */
	struct interval value[NR_VALUES];
	struct versus forward, solo;		    /* the same engine's */
	struct versus first_engine;		    /* the first engine's of the same order */
	unsigned int traced;			    /* traced races that are done */
	unsigned int traced_disturbed, traced_kept; /* repeated; kept although disturbed */
	double traced_ptl_wait; /* ns, both roles: their median; valid only if @traced is not 0 */
};

/* The calibration of an engine, from solo races. */
struct calibration {
	const char *engine;
	unsigned int hold_reps, pairs;	/* done; the fields below are valid only if not 0 */
	struct interval r;		/* unlocked over locked CPU time per page */
	bool r_known;			/* false as well if no time at all was spent under a ptl */
	struct interval overhead;	/* running time with lock timing over without */
	unsigned int trace_pairs;	/* done; trace_overhead is valid only if not 0 */
	struct interval trace_overhead; /* running time traced over with lock timing alone */
	struct interval build_rate;	/* pages per second while a victim is built */
	unsigned int disturbed, kept;
};

struct figures {
	const struct experiment *experiment;
	struct row *rows; /* as experiment->configs */
	size_t nr_rows;
	struct calibration *calibrations; /* as experiment->calibrations */
	size_t nr_calibrations;
};

/**
 * figures_create() - Work out the figures of an experiment.
 * @experiment: one that has run, or has been stopped; must live as long as the figures.
 *
 * Context: Any. Takes up to some seconds for hundreds of repetitions.
 * Return: The figures, or NULL if memory ran out.
 */
struct figures *figures_create(const struct experiment *experiment);

/**
 * figures_destroy() - Free them.
 * @figures: the figures, or NULL.
 *
 * Context: Any.
 */
void figures_destroy(struct figures *figures);

/* Is there a row with at least one repetition? */
bool figures_any(const struct figures *figures);

/* The calibration of a row's engine. */
const struct calibration *figures_calibration(const struct figures *figures, const struct row *row);

/* The row of an engine with an order of this name; NULL if it is not there or has no figures. */
const struct row *figures_row(const struct figures *figures, const char *engine, const char *order);

#endif
