/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The port: where the trees meet allocator, RCU, assertions and sanitizers. Another platform
 * or another RCU flavour is another version of this file.
 *
 * RCU is liburcu's memb flavour for both engines: its read side is a load and a store of
 * thread-local data and no instruction that waits.
 *
 * ThreadSanitizer does not understand the inline assembly of liburcu 0.13. Three edges carry
 * every ordering the users of this file rely on, and each is told to it where it happens:
 * publication (a release store met by an acquiring load), the end of a read section before a
 * reclaim callback, and the hand-over of an object to that callback.
 */
#ifndef UMAPLE_PORT_H
#define UMAPLE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_THREAD__)
#define SEAM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SEAM_TSAN 1
#endif
#endif

/*
 * liburcu's read side inline (the project is GPL-2.0-only). Not under ThreadSanitizer: it would
 * look at the library's own words, which are ordered by assembly it cannot see.
 */
#if !defined(_LGPL_SOURCE) && !defined(SEAM_TSAN)
#define _LGPL_SOURCE
#endif
#ifndef RCU_MEMBARRIER
#define RCU_MEMBARRIER
#endif
#include <urcu.h>

#include "fault.h"
#include "slab.h"

#if defined(__SANITIZE_ADDRESS__)
#define SEAM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEAM_ASAN 1
#endif
#endif

#ifdef SEAM_TSAN
#include <sanitizer/tsan_interface.h>
#define port_tsan_release(p) __tsan_release((void *)(p))
#define port_tsan_acquire(p) __tsan_acquire((void *)(p))
#else
#define port_tsan_release(p) ((void)(p))
#define port_tsan_acquire(p) ((void)(p))
#endif

#define port_likely(x)	 __builtin_expect(!!(x), 1)
#define port_unlikely(x) __builtin_expect(!!(x), 0)

/* Marks a function that must stand in profiles under its own name. */
#ifdef __clang__
#define profiled __attribute__((noinline))
#else
#define profiled __attribute__((noinline, noclone))
#endif

/*
 * gcc gives a function that calls nobody no frame, whatever the flags; a profile then lacks the
 * one that called it. With this in its body it has one, in builds for profiling.
 */
#ifdef UMAPLE_WHOLE_STACKS
#define profiled_leaf() __asm__ volatile("" : : "r"(__builtin_frame_address(0)))
#else
#define profiled_leaf() ((void)0)
#endif

/*
 * SEAM_ASSERT(): on in debug and sanitizer builds (-DUMAPLE_DEBUG), gone from release builds.
 * SEAM_BUG_ON(): always on; for states after which going on would corrupt memory.
 */
void port_assert_failed(const char *expr, const char *file, int line)
	__attribute__((noreturn, cold));
#define SEAM_BUG_ON(cond)                                                       \
	do {                                                                    \
		if (port_unlikely(cond))                                        \
			port_assert_failed("!(" #cond ")", __FILE__, __LINE__); \
	} while (0)
#ifdef UMAPLE_DEBUG
#define SEAM_ASSERT(expr) SEAM_BUG_ON(!(expr))
#else
#define SEAM_ASSERT(expr) ((void)(0 && (expr))) /* seen by the compiler, never evaluated */
#endif

/* An address that stands for "some grace period" in what ThreadSanitizer is told. */
extern char port_grace_period;

/**
 * port_rcu_read_lock() - Enter a read section; may nest.
 *
 * Context: A thread registered with rcu_register_thread(). Does not sleep.
 */
static inline void port_rcu_read_lock(void)
{
	rcu_read_lock();
	port_tsan_acquire(&port_grace_period);
}

/**
 * port_rcu_read_unlock() - Leave a read section.
 *
 * Context: Pairs with port_rcu_read_lock() in the same thread.
 */
static inline void port_rcu_read_unlock(void)
{
	port_tsan_release(&port_grace_period);
	rcu_read_unlock();
}

/**
 * port_call_rcu() - Call a function once all present readers have left.
 * @head: storage inside the object to reclaim.
 * @func: gets @head in a worker thread.
 *
 * Context: A registered thread. Does not wait for the grace period.
 */
void port_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));

/**
 * port_rcu_barrier() - Wait until every callback handed over so far has run.
 *
 * Context: A registered thread, not in a read section, not in a callback. Sleeps.
 */
void port_rcu_barrier(void);

/* Publish @v in @p for concurrent readers, and read it there. */
#define port_publish(p, v)    __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define port_dereference(p)   __atomic_load_n(&(p), __ATOMIC_CONSUME)
#define port_read_once(x)     __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define port_write_once(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#endif
