/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A traced role writes down each page-table lock that it took, each lock that it waited for, and
 * where its time went. It writes into memory of its own, which was allocated and touched before.
 *
 * The time is split by one rule: at any moment a role is in exactly one bucket, and entering
 * another adds the time since the last change to the one that is left. So the buckets do not
 * overlap, and their sum is the role's time, however sections nest.
 *
 * Synchronization: all of it belongs to the thread that plays the role; others read it when that
 * thread is gone.
 */
#ifndef UMAPLE_TASK_TRACE_H
#define UMAPLE_TASK_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "lock_class.h"
#include "task.h"

/* A page-table lock taken. */
struct task_visit {
	uint64_t ticks; /* when it was taken */
	uint64_t wait;	/* ticks; 0 if it was free, at least 1 if not */
	uint64_t addr;	/* where in its table the visit begins */
};

/* A wait for a lock of another class. */
struct task_wait {
	uint64_t ticks; /* when it was taken */
	uint64_t wait;	/* ticks, at least 1 */
	enum lock_class class;
};

struct task_trace {
	struct task_visit *visits;
	struct task_wait *waits;
	size_t nr_visits, max_visits;
	size_t nr_waits, max_waits;
	uint64_t lost; /* visits and waits there was no room for */

	enum task_bucket bucket; /* the present one */
	uint64_t entered;	 /* ticks */
	uint64_t bucket_ticks[NR_TASK_BUCKETS];

	uint64_t ptl_wait; /* of the ptl that was taken last, until its visit is written down */
} __attribute__((aligned(64)));

/**
 * task_trace_begin() - Start this thread's trace.
 * @trace: its arrays and their sizes are set; what they held is forgotten. NULL: do not trace.
 * @now: ticks; the time in BUCKET_OTHER counts from here.
 *
 * Context: No lock held.
 */
void task_trace_begin(struct task_trace *trace, uint64_t now);

/**
 * task_trace_end() - Account the time up to @now, and trace no more.
 * @now: ticks.
 *
 * Context: The thread of task_trace_begin(); no lock held.
 */
void task_trace_end(uint64_t now);

/**
 * task_trace_switch() - Go to another bucket.
 * @trace: this thread's.
 * @bucket: where the time goes from @now on.
 * @now: ticks; a clock that went back (another CPU's may be behind) stands still meanwhile.
 *
 * Context: The thread of @trace.
 * Return: The bucket that was left; entering that one again ends a nested section.
 */
enum task_bucket task_trace_switch(struct task_trace *trace, enum task_bucket bucket, uint64_t now);

/**
 * task_trace_waited() - Note a wait that is over.
 * @trace: this thread's.
 * @class: of the lock. That for a ptl becomes part of the next visit.
 * @now: ticks; when the lock was taken.
 * @wait: ticks.
 *
 * Context: The thread of @trace.
 */
void task_trace_waited(struct task_trace *trace, enum lock_class class, uint64_t now,
		       uint64_t wait);

/**
 * task_trace_visit() - Note that a ptl was taken, and enter BUCKET_UNDER_PTL.
 * @trace: this thread's.
 * @addr: the address the visit begins at.
 *
 * Context: The thread of @trace.
 * Return: The bucket to go back to with the unlock.
 */
enum task_bucket task_trace_visit(struct task_trace *trace, uint64_t addr);

/**
 * task_bucket_enter() - Go to another bucket if this thread is traced.
 * @bucket: where the time goes from now on.
 *
 * Context: Any. One test if it is not.
 * Return: As task_trace_switch(); of no meaning if not traced.
 */
static inline enum task_bucket task_bucket_enter(enum task_bucket bucket)
{
	if (__builtin_expect(!this_task.trace, 1))
		return BUCKET_OTHER;
	return task_trace_switch(this_task.trace, bucket, clock_ticks());
}

#endif
