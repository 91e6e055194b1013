/* SPDX-License-Identifier: GPL-2.0-only */
/* From kills and races to figures: medians with intervals, and how the ways to kill compare. */
#ifndef UMAPLE_LIVE_FIGURES_H
#define UMAPLE_LIVE_FIGURES_H

#include <stdbool.h>

#include "common/stats.h"
#include "compare/figures.h"
#include "kill.h"
#include "metrics.h"

/* One repetition of one way to kill. */
struct live_sample {
	struct kill_sample kill;
	bool done;
	unsigned int repeated; /* disturbed kills that were not kept */
	unsigned int missed;   /* kills in which process_mrelease() came too late */
};

/* A figure that may be unknown: without the probe, or because the model has none. */
struct live_value {
	bool known;
	struct interval i;
};

struct live_row {
	const char *name;	/* of the way to kill, or of the model's order */
	unsigned int reps;	/* done; the values are valid only if not 0 */
	unsigned int disturbed; /* repeated because a task lost its CPU */
	unsigned int kept;	/* kept although disturbed */
	unsigned int missed;
	struct live_value value[NR_LIVE_VALUES];
};

/* process_mrelease() over another way to kill. */
struct live_versus {
	struct live_value wall, running;
};

/* Either the kernel or the model. */
struct live_side {
	struct live_row row[NR_LIVE_KILLS];
	struct live_versus solo, forward;
};

/**
 * live_kernel_figures() - Work out the kernel's figures.
 * @side: filled.
 * @samples: the kills of each kind, @reps each; NULL for a kind that was not asked for.
 * @reps: how many.
 * @pages: of the layout.
 * @probed: the samples have the probe's figures.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int live_kernel_figures(struct live_side *side, struct live_sample *const samples[NR_LIVE_KILLS],
			unsigned int reps, uint64_t pages, bool probed);

/**
 * live_model_figures() - Take the model's figures of the same layout.
 * @side: filled.
 * @figures: those of its races.
 * @orders: the order that stands beside each kind of kill.
 *
 * Context: Any.
 */
void live_model_figures(struct live_side *side, const struct figures *figures,
			const char *const orders[NR_LIVE_KILLS]);

/* May something be claimed from two rows of a side? The rule is that of verdict.h. */
bool live_trusted(const struct live_side *side, enum live_kill a, enum live_kill b);

/* Do two ratios differ in their sign: both intervals clear of 1, on opposite sides? */
bool live_contradict(const struct live_value *a, const struct live_value *b);

#endif
