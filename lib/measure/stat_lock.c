// SPDX-License-Identifier: GPL-2.0-only
#include "stat_lock.h"

#include <string.h>

#include "probes.h"

enum lock_kind stat_lock_kind = LOCK_KIND_TICKET;
enum lock_timing stat_lock_timing = LOCK_TIMING_OFF;
__thread struct stat_lock_stack stat_lock_stack;

void stat_lock_init(struct stat_lock *lock, enum lock_class class)
{
	stat_lock_tsan_new(lock);
	memset(lock, 0, sizeof(*lock));
	lock->class = class;
}

void stat_lock_clear(struct stat_lock *lock)
{
	stat_lock_init(lock, lock->class);
}

void stat_lock_totals(const struct stat_lock *lock, struct lock_totals *totals)
{
	for (int role = 0; role < NR_ROLES; role++) {
		totals->acquired[role] += lock->acquired[role];
		totals->contended[role] += lock->contended[role];
		totals->wait_sum[role] += lock->wait_sum[role];
		if (totals->wait_max[role] < lock->wait_max[role])
			totals->wait_max[role] = lock->wait_max[role];
	}
}

void stat_lock_timed_begin(struct stat_lock *lock, unsigned long addr)
{
	if (stat_lock_timing == LOCK_TIMING_HOLD)
		lock->hold_start = clock_ticks();
	else if (lock->class == LOCK_PTL && this_task.trace)
		lock->outer = task_trace_visit(this_task.trace, addr);
}

void stat_lock_timed_end(struct stat_lock *lock)
{
	if (stat_lock_timing == LOCK_TIMING_HOLD)
		this_task.hold_ticks[lock->class] += clock_ticks() - lock->hold_start;
	else if (lock->class == LOCK_PTL)
		task_bucket_enter(lock->outer);
}

profiled void queued_spin_lock_slowpath(struct stat_lock *lock)
{
	struct task_trace *trace = this_task.trace;
	enum role role = this_task.role;
	enum task_bucket outer = BUCKET_OTHER;
	uint64_t start, end, wait;

	probe_contention_begin(lock, lock->class, role);
	start = clock_ticks();
	if (trace)
		outer = task_trace_switch(trace, BUCKET_WAIT_OF + lock->class, start);
	stat_lock_raw_lock(lock);
	end = clock_ticks();
	/* TSC reads of two CPUs may differ by a few ticks; a wait is never negative. */
	wait = end - start;
	if ((int64_t)wait < 0)
		wait = 0;
	if (trace) {
		task_trace_switch(trace, outer, end);
		task_trace_waited(trace, lock->class, end, wait);
	}
	lock->contended[role]++;
	lock->wait_sum[role] += wait;
	probe_contention_end(lock, lock->class, role, wait);
	if (wait > UINT32_MAX)
		wait = UINT32_MAX;
	if (lock->wait_max[role] < wait)
		lock->wait_max[role] = (uint32_t)wait;
}
