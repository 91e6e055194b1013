/* SPDX-License-Identifier: GPL-2.0-only */
/* From kills and races to figures: medians with intervals, and how the ways to kill compare. */
#ifndef UMAPLE_LIVE_FIGURES_H
#define UMAPLE_LIVE_FIGURES_H

#include <stdbool.h>

#include "common/stats.h"
#include "common/verdict.h"
#include "kill.h"
#include "metrics.h"

/* One repetition of one way to kill. */
struct live_sample {
	struct kill_sample kill;
	bool done;
	unsigned int repeated; /* disturbed kills that were not kept */
	unsigned int missed;   /* kills in which process_mrelease() came too late */
	unsigned int slowed;   /* kills on a slow CPU that were not kept */
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
	unsigned int slowed;	/* repeated because a CPU was slow */
	unsigned int slow_kept; /* kept although a CPU was slow */
	struct live_value value[NR_LIVE_VALUES];
};

/* process_mrelease() over another way to kill; judged by common/verdict.h. */
struct live_versus {
	struct comparison wall, running;
};

/* Either the kernel or the model. */
struct live_side {
	struct live_row row[NR_LIVE_KILLS];
	struct live_versus solo, forward;
};

/* A repetition's wall time and CPU time, for comparisons. */
struct live_times {
	double *wall, *running; /* ns, as many as row.reps; NULL where there are none */
	struct result_row row;	/* what verdict.h judges by; points to these two */
};

/**
 * live_times_fill() - Make a row that verdict.h can judge.
 * @times: its arrays are set; row is filled.
 * @reps: how many repetitions they have.
 * @kept: those of them that were disturbed.
 * @pages: of the layout.
 *
 * Context: Any.
 */
void live_times_fill(struct live_times *times, unsigned int reps, unsigned int kept,
		     uint64_t pages);

/**
 * live_kernel_figures() - Work out the kernel's figures.
 * @side: filled.
 * @samples: the kills of each kind, @reps each; NULL for a kind that was not asked for.
 * @reps: how many.
 * @pages: of the layout.
 * @best: the best source that there was; a figure that needs a better one is unknown.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int live_kernel_figures(struct live_side *side, struct live_sample *const samples[NR_LIVE_KILLS],
			unsigned int reps, uint64_t pages, enum live_source best);

/**
 * live_model_figures() - Take the model's figures of the same layout.
 * @side: filled; the names in it are those of @orders.
 * @result: the races of that layout, in one engine.
 * @orders: the order that stands beside each kind of kill; NULL for a kind that was not asked for.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int live_model_figures(struct live_side *side, const struct result *result,
		       const char *const orders[NR_LIVE_KILLS]);

/* Is one better and the other one worse? */
bool live_contradict(const struct comparison *a, const struct comparison *b);

#endif
