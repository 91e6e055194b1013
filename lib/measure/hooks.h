/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The places in an unmap that are measured. The address space says where it is by these calls and
 * knows nothing of clocks, roles or modes; what a call costs in the mode of the race is decided
 * here, inline. Each begin returns what its end needs.
 *
 * Context: All of them are called by the task that does the work, and write to this_task alone.
 */
#ifndef UMAPLE_HOOKS_H
#define UMAPLE_HOOKS_H

#include "base/clock.h"
#include "probes.h"
#include "task.h"
#include "task_trace.h"

/**
 * smp_processor_id() - The simulated CPU that this task runs on.
 *
 * Context: Any.
 * Return: 0 to NR_CPUS - 1; no other task has it at the same time.
 */
static inline unsigned int smp_processor_id(void)
{
	return this_task.cpu;
}

/**
 * measure_init() - Calibrate the clock, and watch the locks of others.
 *
 * Context: Any thread, before it measures; later calls change nothing.
 */
void measure_init(void);

/**
 * measure_count() - Add to one of the task's counters.
 * @what: a field of struct task_counts.
 * @nr: how much.
 *
 * Context: Any.
 */
#define measure_count(what, nr) ((void)(this_task.count.what += (nr)))

/* Pages that were given back to the page allocator. */
static inline void measure_freed(unsigned long nr)
{
	task_freed(nr);
}

/* Locks of a class that were taken with stat_lock_uncounted(). */
static inline void measure_acquired(enum lock_class class, unsigned int nr)
{
	this_task.lock[class].acquired += nr;
}

struct measure_unmap {
	uint64_t start; /* ticks */
	uint64_t freed; /* this_task.freed at that time */
};

/* unmap_page_range(): its time is what the wait for the ptl is a share of. */
static inline struct measure_unmap measure_unmap_begin(void)
{
	struct measure_unmap unmap = {.freed = this_task.freed};

	if (this_task.timing != LOCK_TIMING_OFF)
		unmap.start = clock_ticks();
	return unmap;
}

static inline void measure_unmap_end(const struct measure_unmap *unmap)
{
	uint64_t now;

	if (this_task.timing == LOCK_TIMING_OFF)
		return;
	now = clock_ticks();
	this_task.unmap_ticks += now - unmap->start;
	/* Pages of the compressed pool are freed here, not with the gather. */
	if (this_task.freed != unmap->freed)
		this_task.last_free = now;
}

/* A TLB shootdown. */
static inline enum task_bucket measure_tlb_begin(void)
{
	return task_bucket_enter(BUCKET_TLB);
}

static inline void measure_tlb_end(enum task_bucket outer)
{
	task_bucket_enter(outer);
}

/* A gather frees its pages. @mm: the address space; @nr: how many, a huge page is one. */
static inline enum task_bucket measure_gather_flush_begin(void)
{
	return task_bucket_enter(BUCKET_FREE);
}

static inline void measure_gather_flush_end(enum task_bucket outer, const void *mm,
					    unsigned long nr)
{
	task_bucket_enter(outer);
	probe_gather_flush(mm, this_task.role, nr);
	if (this_task.mark_step)
		this_task.last_free = clock_ticks();
}

struct measure_sleep {
	enum task_bucket outer;
	uint64_t start; /* ticks */
};

/* A task sleeps until it has mmap_lock. @lock: the lock. */
static inline struct measure_sleep measure_mmap_lock_wait_begin(const void *lock)
{
	struct measure_sleep sleep = {.outer = task_bucket_enter(BUCKET_MMAP_LOCK_WAIT)};

	probe_contention_begin(lock, PROBE_CLASS_MMAP_LOCK, this_task.role);
	sleep.start = clock_ticks();
	return sleep;
}

static inline void measure_mmap_lock_wait_end(const struct measure_sleep *sleep, const void *lock)
{
	uint64_t wait = clock_ticks() - sleep->start;

	this_task.mmap_lock_wait_ticks += wait;
	probe_contention_end(lock, PROBE_CLASS_MMAP_LOCK, this_task.role, wait);
	task_bucket_enter(sleep->outer);
}

/* A reaper walks. @mm: the victim; @order: the order's name; @step: in PTE tables. */
static inline uint64_t measure_reap_begin(const void *mm, const char *order, unsigned long step)
{
	probe_reap_start(mm, order, step);
	return this_task.count.unmapped;
}

static inline void measure_reap_end(uint64_t unmapped, const void *mm)
{
	probe_reap_end(mm, this_task.count.unmapped - unmapped);
}

#endif
