/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The context of a thread that plays a role: its CPU, the options of its race, and the figures that
 * it collects. It is thread-local; nobody else reads it while the role runs.
 */
#ifndef UMAPLE_TASK_H
#define UMAPLE_TASK_H

#include <stdint.h>

#include "lock_class.h"

#define NR_CPUS 64 /* simulated CPUs: one per thread that may play a role at the same time */

/* A moment, and this role's total of freed pages at that time. */
struct free_mark {
	uint64_t ticks;
	uint64_t pages;
};

/* 2048 steps put every share of the memory within 0.05 % per role. */
#define FREE_MARKS 2048

struct task_trace;

/* Figures of the locks of a class that have none of their own; in ticks. */
struct task_lock {
	uint64_t acquired, contended, wait_sum, wait_max;
};

/* The counters of a task. The result of a race has a copy of it, where metrics.h reads it. */
struct task_counts {
	uint64_t unmapped; /* pages, swap entries included, taken out of page tables */
	uint64_t skipped;  /* pages of address space in VMAs that the reaper passed over */
};

struct task_context {
	unsigned int cpu; /* index of per-CPU page lists and LRU batches */
	enum role role;

	/* The options of the race: what each lock does. */
	enum lock_kind lock_kind; /* the same for all tasks of a machine */
	enum lock_timing timing;

	struct task_counts count;
	uint64_t freed;	      /* pages handed back to the page allocator */
	uint64_t unmap_ticks; /* inside unmap_page_range() */
	uint64_t hold_ticks[NR_LOCK_CLASSES];
	struct task_lock lock[NR_LOCK_CLASSES];
	uint64_t mmap_lock_wait_ticks;

	uint64_t last_free;	       /* ticks of the latest flush */
	uint64_t next_mark, mark_step; /* in pages; 0 = no marks wanted */
	struct free_mark *marks;       /* FREE_MARKS + 2 of them, or NULL */
	unsigned int nr_marks;

	struct task_trace *trace; /* NULL: not traced */

	/*
	 * Waits for the locks that keep figures themselves, if this task wants them for itself too.
	 * Races do not: that would lengthen the time a lock is held.
	 */
	bool counts_waits;
	struct task_lock waited[NR_LOCK_CLASSES];
} __attribute__((aligned(64)));

/* Local to the program: none of this is in a shared library, and its address costs nothing. */
extern __thread struct task_context this_task __attribute__((tls_model("local-exec")));

/* Context: the task's own thread. Notes when the total passed the next mark. */
void task_mark_freed(struct task_context *task);

/* Context: the task's own thread. What it freed before is forgotten. */
static inline void task_begin_marks(struct task_context *task)
{
	task->freed = 0;
	task->last_free = 0;
	task->nr_marks = 0;
	task->next_mark = task->mark_step;
}

/* Context: the role is over. Adds the mark of its last flush. */
void task_end_marks(struct task_context *task);

/**
 * task_freed() - Count pages this thread gave back to the page allocator.
 * @nr: how many 4 KiB pages.
 *
 * Context: Any. Reads the clock once per mark_step pages.
 */
static inline void task_freed(uint64_t nr)
{
	this_task.freed += nr;
	if (this_task.mark_step && this_task.freed >= this_task.next_mark)
		task_mark_freed(&this_task);
}

#endif
