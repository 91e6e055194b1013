/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spinlocks that tell what they cost.
 *
 * The algorithms are Concurrency Kit's. The figures stand in the lock's own cache line, which
 * the holder owns anyway, and are written only by the holder: no line is shared that the lock
 * alone would not share. While a lock is free, taking it costs a trylock and an increment; the
 * clock is read only after the trylock failed.
 *
 * Locks nest last in, first out (MCS keeps its queue nodes on a per-thread stack).
 *
 * Synchronization: stat_lock_*() any thread; init, the totals and the two mode setters only
 * while no lock is in use.
 */
#ifndef UMAPLE_STAT_LOCK_H
#define UMAPLE_STAT_LOCK_H

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
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct stat_lock) == 64, "a lock and its figures share one cache line");

/* Figures of many locks added up; in ticks. */
struct lock_totals {
	uint64_t acquired[NR_ROLES], contended[NR_ROLES];
	uint64_t wait_sum[NR_ROLES], wait_max[NR_ROLES];
};

extern enum lock_kind stat_lock_kind;
extern enum lock_timing stat_lock_timing;

/**
 * stat_lock_init() - Make a free lock with zero figures.
 * @lock: the lock.
 * @class: what it protects.
 *
 * Context: No one else uses it.
 */
void stat_lock_init(struct stat_lock *lock, enum lock_class class);

/**
 * stat_lock_totals() - Add one lock's figures to a sum.
 * @lock: the lock.
 * @totals: the sum.
 *
 * Context: No one may hold or take the lock meanwhile.
 */
void stat_lock_totals(const struct stat_lock *lock, struct lock_totals *totals);

/**
 * stat_lock_clear() - Make a lock as new: free, with zero figures.
 * @lock: the lock.
 *
 * Every lock that was ever taken needs this when stat_lock_kind changes: the algorithms leave
 * different words behind in a free lock.
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
extern __thread struct stat_lock_stack stat_lock_stack;

/* Concurrency Kit's atomics are inline assembly, which ThreadSanitizer cannot see. */
#ifdef SEAM_TSAN
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

	SEAM_ASSERT(stack->depth < STAT_LOCK_DEPTH);
	stack->lock[stack->depth] = lock;
	return &stack->node[stack->depth++];
}

static inline ck_spinlock_mcs_context_t *stat_lock_pop(const struct stat_lock *lock)
{
	struct stat_lock_stack *stack = &stat_lock_stack;

	SEAM_ASSERT(stack->depth && stack->lock[stack->depth - 1] == lock);
	(void)lock;
	return &stack->node[--stack->depth];
}

/* The bare algorithms. */
static inline bool stat_lock_raw_trylock(struct stat_lock *lock)
{
	switch (stat_lock_kind) {
	case LOCK_KIND_MCS:
		if (ck_spinlock_mcs_trylock(&lock->mcs, stat_lock_push(lock)))
			return true;
		stat_lock_pop(lock);
		return false;
	case LOCK_KIND_TAS:
		return ck_spinlock_fas_trylock(&lock->tas);
	default:
#ifdef CK_F_SPINLOCK_TICKET_TRYLOCK
		return ck_spinlock_ticket_trylock(&lock->ticket);
#else
		if (ck_spinlock_ticket_locked(&lock->ticket))
			return false;
		ck_spinlock_ticket_lock(&lock->ticket);
		return true;
#endif
	}
}

static inline void stat_lock_raw_lock(struct stat_lock *lock)
{
	switch (stat_lock_kind) {
	case LOCK_KIND_MCS:
		ck_spinlock_mcs_lock(&lock->mcs, stat_lock_push(lock));
		break;
	case LOCK_KIND_TAS:
		ck_spinlock_fas_lock(&lock->tas);
		break;
	default:
		ck_spinlock_ticket_lock(&lock->ticket);
	}
}

static inline void stat_lock_raw_unlock(struct stat_lock *lock)
{
	switch (stat_lock_kind) {
	case LOCK_KIND_MCS:
		ck_spinlock_mcs_unlock(&lock->mcs, stat_lock_pop(lock));
		break;
	case LOCK_KIND_TAS:
		ck_spinlock_fas_unlock(&lock->tas);
		break;
	default:
		ck_spinlock_ticket_unlock(&lock->ticket);
	}
}

/* The waiting itself; out of line, so that a profile shows it under the function that waits. */
void queued_spin_lock_slowpath(struct stat_lock *lock);

/*
 * What LOCK_TIMING_HOLD and LOCK_TIMING_TRACE do after a lock was had and before it is released;
 * out of line, so that the normal mode carries one test and none of their code.
 */
void stat_lock_timed_begin(struct stat_lock *lock, unsigned long addr);
void stat_lock_timed_end(struct stat_lock *lock);

/*
 * Swap locks are left out: they are taken for every page, inside a ptl, and the clock reads would
 * make up a good part of what the ptl is held for.
 */
static inline bool stat_lock_is_timed(const struct stat_lock *lock)
{
	return port_unlikely(stat_lock_timing >= LOCK_TIMING_HOLD) && lock->class != LOCK_SWAP;
}

static inline void stat_lock_common(struct stat_lock *lock, bool count, unsigned long addr)
{
	stat_lock_tsan_pre_lock(lock);
	if (port_unlikely(stat_lock_timing == LOCK_TIMING_OFF)) {
		stat_lock_raw_lock(lock);
	} else {
		if (port_unlikely(!stat_lock_raw_trylock(lock)))
			queued_spin_lock_slowpath(lock);
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
 * stat_lock_ptl() - Take a page-table lock, and say what for.
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
 * As stat_lock(), but the caller adds to this_task.acquired for many at once: a store before
 * the unlock's atomic instruction costs some 4 ns, 4 % of freeing a swapped page.
 *
 * Context: As stat_lock().
 */
static inline void stat_lock_uncounted(struct stat_lock *lock)
{
	stat_lock_common(lock, false, 0);
}

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
	stat_lock_raw_unlock(lock);
	stat_lock_tsan_post_unlock(lock);
}

#endif
