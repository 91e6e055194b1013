/* SPDX-License-Identifier: GPL-2.0-only */
/* The arena's inside, and the merging of what two roles freed when. */
#ifndef UMAPLE_RACE_INTERNAL_H
#define UMAPLE_RACE_INTERNAL_H

#include "page_alloc.h"
#include "race.h"

struct race_arena {
	struct pglist_data *pgdat;
	struct free_mark *marks[NR_ROLES]; /* FREE_MARKS + 2 each */
	unsigned long pages_to_free;	   /* of the present victim */
};

/* Put the machine's free memory into the order of a new machine. */
void race_arena_reset(struct race_arena *arena);

/*
 * When was which share of the memory free? @tasks: what the roles noted; @total: pages;
 * @start: ticks of the common start; @free_ns: filled with NR_FREE_MARKS times.
 */
void race_free_times(const struct task_context *const *tasks, unsigned int nr_tasks, uint64_t total,
		     uint64_t start, uint64_t *free_ns);

#endif
