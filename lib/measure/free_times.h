/* SPDX-License-Identifier: GPL-2.0-only */
/* When was which share of a victim's memory free? From the marks of all tasks that freed some. */
#ifndef UMAPLE_FREE_TIMES_H
#define UMAPLE_FREE_TIMES_H

#include "metrics.h"
#include "task.h"

/* What one task freed; the last two are for free_times(). */
struct freed_by {
	const struct free_mark *marks; /* rising */
	unsigned int nr_marks;
	unsigned int next;
	uint64_t pages;
};

static inline struct freed_by freed_by(const struct task_context *task)
{
	return (struct freed_by){.marks = task->marks, .nr_marks = task->nr_marks};
}

/**
 * free_times() - When was which share of the memory free?
 * @tasks: what each task freed.
 * @nr_tasks: how many.
 * @total: pages of the memory.
 * @start: ticks of the moment that times count from.
 * @free_ns: filled with the times of FREE_50 and so on, in nanoseconds; 0 for a share that never
 * was free.
 *
 * Context: Any, after clock_init(). Takes time proportional to marks times tasks.
 */
void free_times(struct freed_by *tasks, unsigned int nr_tasks, uint64_t total, uint64_t start,
		uint64_t free_ns[NR_FREE_MARKS]);

#endif
