/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spinlocks that record what they cost.
 *
 * The algorithms are Concurrency Kit's. The figures stand in the lock's own cache line, which
 * the holder owns anyway, and are written only by the holder: no line is shared that the lock
 * alone would not share. While a lock is free, taking it costs a trylock and an increment; the
 * clock is read only after the trylock failed.
 *
 * Locks nest last in, first out (MCS keeps its queue nodes on a per-thread stack).
 *
 * Which algorithm a lock uses and how much it measures are fields of this_task: all tasks that use
 * the locks of one machine have the same kind, and races on two machines may differ.
 *
 * Synchronization: stat_lock_*() any thread; init, clear and the totals only while nobody uses that
 * lock.
 */
#ifndef UMAPLE_STAT_LOCK_H
#define UMAPLE_STAT_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <ck_spinlock.h>

#include "base/clock.h"
#include "lock_class.h"
#include "base/port.h"
#include "task.h"
#include "task_trace.h"

struct stat_lock {
	union {
		ck_spinlock_ticket_t ticket;
		ck_spinlock_mcs_t mcs;
		ck_spinlock_fas_t tas;
	};
	uint32_t acquired[NR_ROLES];
	uint32_t contended[NR_ROLES];
	uint32_t wait_max[NR_ROLES];	/* ticks, saturating */
	uint64_t wait_sum[NR_ROLES];	/* ticks */
	union {				/* of the present holder */
		uint64_t hold_start;	/* ticks; LOCK_TIMING_HOLD only */
		enum task_bucket outer; /* where the unlock leads back to; LOCK_TIMING_TRACE */
	};
	uint8_t class;
	uint8_t kind; /* enum lock_kind; read by assertions alone */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct stat_lock) == 64, "a lock and its figures share one cache line");

/* Figures of many locks added up; in ticks. */
struct lock_totals {
	uint64_t acquired[NR_ROLES], contended[NR_ROLES];
	uint64_t wait_sum[NR_ROLES], wait_max[NR_ROLES];
};

/**
 * stat_lock_init() - Make a free lock with zero figures, of this task's kind.
 * @lock: the lock.
 * @class: what it protects.
 *
 * Context: No one else uses it.
 */
void stat_lock_init(struct stat_lock *lock, enum lock_class class);

/**
 * stat_lock_totals() - Add one lock's figures to the sum of its class.
 * @lock: the lock.
 * @totals: NR_LOCK_CLASSES sums.
 *
 * Context: No one may hold or take the lock meanwhile.
 */
void stat_lock_totals(const struct stat_lock *lock, struct lock_totals *totals);

/**
 * stat_lock_clear() - Make a lock as new: free, with zero figures.
 * @lock: the lock.
 *
 * Every lock that was ever taken needs this before tasks of another kind use it: the algorithms
 * leave different words behind in a free lock.
 *
 * Context: As stat_lock_totals().
 */
void stat_lock_clear(struct stat_lock *lock);

/* The locks a thread holds, innermost last. MCS needs a queue node for each. */
#define STAT_LOCK_DEPTH 8
struct stat_lock_stack {
	ck_spinlock_mcs_context_t node[STAT_LOCK_DEPTH];
	const struct stat_lock *lock[STAT_LOCK_DEPTH];
	unsigned int depth;
};
extern __thread struct stat_lock_stack stat_lock_stack __attribute__((tls_model("local-exec")));

/* Concurrency Kit's atomics are inline assembly, which ThreadSanitizer cannot see. */
#ifdef PORT_TSAN
#define stat_lock_tsan_new(l)	      (__tsan_mutex_destroy((l), 0), __tsan_mutex_create((l), 0))
#define stat_lock_tsan_pre_lock(l)    __tsan_mutex_pre_lock((l), 0)
#define stat_lock_tsan_post_lock(l)   __tsan_mutex_post_lock((l), 0, 0)
#define stat_lock_tsan_pre_unlock(l)  __tsan_mutex_pre_unlock((l), 0)
#define stat_lock_tsan_post_unlock(l) __tsan_mutex_post_unlock((l), 0)
#else
#define stat_lock_tsan_new(l)	      ((void)0)
#define stat_lock_tsan_pre_lock(l)    ((void)0)
#define stat_lock_tsan_post_lock(l)   ((void)0)
#define stat_lock_tsan_pre_unlock(l)  ((void)0)
#define stat_lock_tsan_post_unlock(l) ((void)0)
#endif

static inline ck_spinlock_mcs_context_t *stat_lock_push(const struct stat_lock *lock)
{
	struct stat_lock_stack *stack = &stat_lock_stack;

	PORT_ASSERT(stack->depth < STAT_LOCK_DEPTH);
	stack->lock[stack->depth] = lock;
	return &stack->node[stack->depth++];
}

static inline ck_spinlock_mcs_context_t *stat_lock_pop(const struct stat_lock *lock)
{
	struct stat_lock_stack *stack = &stat_lock_stack;

	PORT_ASSERT(stack->depth && stack->lock[stack->depth - 1] == lock);
	(void)lock;
	return &stack->node[--stack->depth];
}

/*
 * The algorithms: for each line of LOCK_KINDS a trylock, a lock and an unlock. A lock that is free
 * and was never taken is all zeros, whatever its kind.
 */
static inline bool ticket_trylock(struct stat_lock *lock)
{
#ifdef CK_F_SPINLOCK_TICKET_TRYLOCK
	return ck_spinlock_ticket_trylock(&lock->ticket);
#else
	if (ck_spinlock_ticket_locked(&lock->ticket))
		return false;
	ck_spinlock_ticket_lock(&lock->ticket);
	return true;
#endif
}

static inline void ticket_lock(struct stat_lock *lock)
{
	ck_spinlock_ticket_lock(&lock->ticket);
}

static inline void ticket_unlock(struct stat_lock *lock)
{
	ck_spinlock_ticket_unlock(&lock->ticket);
}

static inline bool mcs_trylock(struct stat_lock *lock)
{
	if (ck_spinlock_mcs_trylock(&lock->mcs, stat_lock_push(lock)))
		return true;
	stat_lock_pop(lock);
	return false;
}

static inline void mcs_lock(struct stat_lock *lock)
{
	ck_spinlock_mcs_lock(&lock->mcs, stat_lock_push(lock));
}

static inline void mcs_unlock(struct stat_lock *lock)
{
	ck_spinlock_mcs_unlock(&lock->mcs, stat_lock_pop(lock));
}

static inline bool tas_trylock(struct stat_lock *lock)
{
	return ck_spinlock_fas_trylock(&lock->tas);
}

static inline void tas_lock(struct stat_lock *lock)
{
	ck_spinlock_fas_lock(&lock->tas);
}

static inline void tas_unlock(struct stat_lock *lock)
{
	ck_spinlock_fas_unlock(&lock->tas);
}

/*
 * The waiting itself, one function per kind; out of line, so that a profile shows it under the
 * function that waits.
 */
#define STAT_LOCK_SLOWPATH(NAME, name, slowpath, help) void slowpath(struct stat_lock *lock);
LOCK_KINDS(STAT_LOCK_SLOWPATH)
#undef STAT_LOCK_SLOWPATH

/*
 * The kind comes from the task and not from the lock: reading it from the lock would fetch the
 * lock's cache line once for the test and once more for the atomic instruction.
 */
#define STAT_LOCK_CASE(NAME, code)                           \
	case LOCK_KIND_##NAME:                               \
		PORT_ASSERT(lock->kind == LOCK_KIND_##NAME); \
		code;                                        \
		break;

static inline void stat_lock_acquire(struct stat_lock *lock)
{
	switch (this_task.lock_kind) {
#define ACQUIRE(NAME, name, slowpath, help)               \
	STAT_LOCK_CASE(NAME, {                            \
		if (port_unlikely(!name##_trylock(lock))) \
			slowpath(lock);                   \
	})
		LOCK_KINDS(ACQUIRE)
#undef ACQUIRE
	default:
		__builtin_unreachable();
	}
}

static inline void stat_lock_acquire_untimed(struct stat_lock *lock)
{
	switch (this_task.lock_kind) {
#define ACQUIRE(NAME, name, slowpath, help) STAT_LOCK_CASE(NAME, name##_lock(lock))
		LOCK_KINDS(ACQUIRE)
#undef ACQUIRE
	default:
		__builtin_unreachable();
	}
}

static inline void stat_lock_release(struct stat_lock *lock)
{
	switch (this_task.lock_kind) {
#define RELEASE(NAME, name, slowpath, help) STAT_LOCK_CASE(NAME, name##_unlock(lock))
		LOCK_KINDS(RELEASE)
#undef RELEASE
	default:
		__builtin_unreachable();
	}
}

/*
 * The work of LOCK_TIMING_HOLD and LOCK_TIMING_TRACE after a lock was taken and before it is
 * released; out of line, so that the normal mode carries one test and none of their code.
 */
void stat_lock_timed_begin(struct stat_lock *lock, unsigned long addr);
void stat_lock_timed_end(struct stat_lock *lock);

/*
 * Locks that are taken for each page are left out: that is inside a ptl, and reading the clock
 * would make up a large part of the time that the ptl is held.
 */
static inline bool stat_lock_is_timed(const struct stat_lock *lock)
{
	return port_unlikely(this_task.timing >= LOCK_TIMING_HOLD) &&
	       !(LOCK_PER_PAGE_CLASSES >> lock->class & 1);
}

static inline void stat_lock_common(struct stat_lock *lock, bool count, unsigned long addr)
{
	stat_lock_tsan_pre_lock(lock);
	if (port_unlikely(this_task.timing == LOCK_TIMING_OFF)) {
		stat_lock_acquire_untimed(lock);
	} else {
		stat_lock_acquire(lock);
		if (count)
			lock->acquired[this_task.role]++;
		if (stat_lock_is_timed(lock))
			stat_lock_timed_begin(lock, addr);
	}
	stat_lock_tsan_post_lock(lock);
}

/**
 * stat_lock() - Take a lock.
 * @lock: the lock.
 *
 * Context: Spins. The caller holds at most STAT_LOCK_DEPTH - 1 others.
 */
static inline void stat_lock(struct stat_lock *lock)
{
	stat_lock_common(lock, true, 0);
}

/**
 * stat_lock_ptl() - Take a page-table lock for a visit to an address.
 * @lock: the lock.
 * @addr: the address the visit begins at, for the trace.
 *
 * Context: As stat_lock().
 */
static inline void stat_lock_ptl(struct stat_lock *lock, unsigned long addr)
{
	stat_lock_common(lock, true, addr);
}

/**
 * stat_lock_uncounted() - Take a lock that is taken for every page.
 * @lock: the lock.
 *
 * As stat_lock(), but the caller counts many at once in this_task: a store before
 * the unlock's atomic instruction costs some 4 ns, 4 % of freeing a swapped page.
 *
 * Context: As stat_lock().
 */
static inline void stat_lock_uncounted(struct stat_lock *lock)
{
	stat_lock_common(lock, false, 0);
}

/**
 * task_mutex_lock() - Take a mutex that has no figures; they go to this task.
 * @mutex: the mutex.
 * @class: what it protects.
 *
 * Context: May sleep.
 * Return: 0.
 */
int task_mutex_lock(pthread_mutex_t *mutex, enum lock_class class);

/**
 * stat_unlock() - Release a lock.
 * @lock: the lock, the last one this thread took of those it holds.
 *
 * Context: The caller holds it.
 */
static inline void stat_unlock(struct stat_lock *lock)
{
	stat_lock_tsan_pre_unlock(lock);
	if (stat_lock_is_timed(lock))
		stat_lock_timed_end(lock);
	stat_lock_release(lock);
	stat_lock_tsan_post_unlock(lock);
}

#endif
