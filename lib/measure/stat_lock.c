// SPDX-License-Identifier: GPL-2.0-only
#include "stat_lock.h"

#include <string.h>

#include "probes.h"

__thread struct stat_lock_stack stat_lock_stack;

void stat_lock_init(struct stat_lock *lock, enum lock_class class)
{
	stat_lock_tsan_new(lock);
	memset(lock, 0, sizeof(*lock));
	lock->class = class;
	lock->kind = this_task.lock_kind;
}

void stat_lock_clear(struct stat_lock *lock)
{
	stat_lock_init(lock, lock->class);
}

void stat_lock_totals(const struct stat_lock *lock, struct lock_totals *totals)
{
	totals += lock->class;
	for (int role = 0; role < NR_ROLES; role++) {
		totals->acquired[role] += lock->acquired[role];
		totals->contended[role] += lock->contended[role];
		totals->wait_sum[role] += lock->wait_sum[role];
		if (totals->wait_max[role] < lock->wait_max[role])
			totals->wait_max[role] = lock->wait_max[role];
	}
}

static bool is_ptl(const struct stat_lock *lock)
{
	return lock_class_info[lock->class].flags & LOCK_IS_PTL;
}

void stat_lock_timed_begin(struct stat_lock *lock, unsigned long addr)
{
	if (this_task.timing == LOCK_TIMING_HOLD)
		lock->hold_start = clock_ticks();
	else if (is_ptl(lock) && this_task.trace)
		lock->outer = task_trace_visit(this_task.trace, addr);
}

void stat_lock_timed_end(struct stat_lock *lock)
{
	if (this_task.timing == LOCK_TIMING_HOLD)
		this_task.hold_ticks[lock->class] += clock_ticks() - lock->hold_start;
	else if (is_ptl(lock))
		task_bucket_enter(lock->outer);
}

/* A wait that is going on. */
struct wait {
	const void *lock;
	enum lock_class class;
	enum role role;
	enum task_bucket outer;
	uint64_t start; /* ticks */
};

/* These two are part of each slow path in every build: their probes name the path. */
static inline __attribute__((always_inline)) struct wait wait_begin(const void *lock,
								    enum lock_class class)
{
	struct wait wait = {lock, class, .role = this_task.role, .outer = BUCKET_OTHER};

	probe_contention_begin(lock, class, wait.role);
	wait.start = clock_ticks();
	if (this_task.trace)
		wait.outer = task_trace_switch(this_task.trace, BUCKET_WAIT_OF + class, wait.start);
	return wait;
}

/* This task holds the lock now. Return: how long it waited, in ticks. */
static inline __attribute__((always_inline)) uint64_t wait_end(const struct wait *wait)
{
	struct task_trace *trace = this_task.trace;
	uint64_t end = clock_ticks(), ticks = end - wait->start;

	/* TSC reads of two CPUs may differ by a few ticks; a wait is never negative. */
	if ((int64_t)ticks < 0)
		ticks = 0;
	if (trace) {
		task_trace_switch(trace, wait->outer, end);
		task_trace_waited(trace, wait->class, end, ticks);
	}
	probe_contention_end(wait->lock, wait->class, wait->role, ticks);
	return ticks;
}

static void count_own_wait(struct task_lock *figures, uint64_t ticks)
{
	figures->contended++;
	figures->wait_sum += ticks;
	if (figures->wait_max < ticks)
		figures->wait_max = ticks;
}

/* The lock is held: its figures belong to this task. */
static inline void count_wait(struct stat_lock *lock, enum role role, uint64_t ticks)
{
	lock->contended[role]++;
	lock->wait_sum[role] += ticks;
	if (port_unlikely(this_task.counts_waits))
		count_own_wait(&this_task.waited[lock->class], ticks);
	if (ticks > UINT32_MAX)
		ticks = UINT32_MAX;
	if (lock->wait_max[role] < ticks)
		lock->wait_max[role] = (uint32_t)ticks;
}

#define SLOWPATH(NAME, name, slowpath, help)                            \
	profiled void slowpath(struct stat_lock *lock)                  \
	{                                                               \
		const struct wait wait = wait_begin(lock, lock->class); \
                                                                        \
		name##_lock(lock);                                      \
		count_wait(lock, wait.role, wait_end(&wait));           \
	}
LOCK_KINDS(SLOWPATH)

static profiled int mutex_lock_slowpath(pthread_mutex_t *mutex, enum lock_class class)
{
	const struct wait wait = wait_begin(mutex, class);
	struct task_lock *figures = &this_task.lock[class];
	int err = pthread_mutex_lock(mutex);

	count_own_wait(figures, wait_end(&wait));
	return err;
}

int task_mutex_lock(pthread_mutex_t *mutex, enum lock_class class)
{
	int err = 0;

	if (this_task.timing == LOCK_TIMING_OFF)
		return pthread_mutex_lock(mutex);
	if (pthread_mutex_trylock(mutex))
		err = mutex_lock_slowpath(mutex, class);
	this_task.lock[class].acquired++;
	return err;
}
