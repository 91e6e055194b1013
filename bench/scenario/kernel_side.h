/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel beside the model of `reapbench thaw`: real victims, frozen and killed. */
#ifndef UMAPLE_SCENARIO_KERNEL_SIDE_H
#define UMAPLE_SCENARIO_KERNEL_SIDE_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "common/error_text.h"
#include "common/stats.h"
#include "thaw/kernel_thaw.h"

/* All runs with one freezer. */
struct kernel_freezer_row {
	struct kernel_thaw_result *runs;
	unsigned int reps, exits, stuck; /* stuck: threads, at most */
	struct error_text why_not;	 /* why this freezer cannot be had here; "" if it can */
};

struct kernel_side {
	uint64_t bytes;
	unsigned int threads;
	struct kernel_freezer_row row[NR_KERNEL_FREEZERS];
};

/**
 * kernel_side_run() - Freeze and kill victims by both freezers, in turns.
 * @side: filled; give it to kernel_side_free() in any case.
 * @threads: of each victim.
 * @bytes: of each victim's memory.
 * @reps: how often.
 * @error: filled on failure.
 *
 * Ends early if a signal comes.
 *
 * Context: As kernel_thaw_run().
 * Return: 0, also if neither freezer can be had; -errno.
 */
int kernel_side_run(struct kernel_side *side, unsigned int threads, uint64_t bytes,
		    unsigned int reps, struct error_text *error);

void kernel_side_free(struct kernel_side *side);

/* Was there a run? */
bool kernel_side_any(const struct kernel_side *side);

/* Lines of the table of `reapbench thaw`, and sentences. */
void kernel_side_table(FILE *out, const struct kernel_side *side);
void kernel_side_claims(FILE *out, const struct kernel_side *side);

/* The array "kernel" of a result; NULL if memory ran out. */
json_t *kernel_side_json(const struct kernel_side *side);

#endif
