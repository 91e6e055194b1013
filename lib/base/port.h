/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The port to allocator, RCU, assertions and sanitizers. Another platform or another RCU flavour
 * needs another version of this file.
 *
 * RCU is liburcu's memb flavour for both engines. Its read side is a load and a store of
 * thread-local data, and no instruction that waits.
 *
 * ThreadSanitizer does not understand the inline assembly of liburcu 0.13. The users of this file
 * rely on three orderings, and each is annotated where it happens: a release store of a pointer
 * and the acquiring load of it; the end of a read section before a reclaim callback; and
 * port_call_rcu() before its callback.
 */
#ifndef UMAPLE_PORT_H
#define UMAPLE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_THREAD__)
#define PORT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PORT_TSAN 1
#endif
#endif

/*
 * Make liburcu's read side inline (the project is GPL-2.0-only). Not under ThreadSanitizer: it
 * would check the library's own words, whose ordering comes from assembly that it cannot see.
 */
#if !defined(_LGPL_SOURCE) && !defined(PORT_TSAN)
#define _LGPL_SOURCE
#endif
#ifndef RCU_MEMBARRIER
#define RCU_MEMBARRIER
#endif
#include <urcu.h>

#include "fault.h"
#include "slab.h"

#if defined(__SANITIZE_ADDRESS__)
#define PORT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PORT_ASAN 1
#endif
#endif

#ifdef PORT_ASAN
#include <sanitizer/asan_interface.h>
#define port_asan_poison(p, bytes)   ASAN_POISON_MEMORY_REGION((p), (bytes))
#define port_asan_unpoison(p, bytes) ASAN_UNPOISON_MEMORY_REGION((p), (bytes))
#else
#define port_asan_poison(p, bytes)   ((void)(p))
#define port_asan_unpoison(p, bytes) ((void)(p))
#endif

#ifdef PORT_TSAN
#include <sanitizer/tsan_interface.h>
#define port_tsan_release(p) __tsan_release((void *)(p))
#define port_tsan_acquire(p) __tsan_acquire((void *)(p))
#else
#define port_tsan_release(p) ((void)(p))
#define port_tsan_acquire(p) ((void)(p))
#endif

#define port_likely(x)	 __builtin_expect(!!(x), 1)
#define port_unlikely(x) __builtin_expect(!!(x), 0)

/* Marks a function that must appear in profiles under its own name. */
#ifdef __clang__
#define profiled __attribute__((noinline))
#else
#define profiled __attribute__((noinline, noclone))
#endif

/*
 * Whatever the flags, gcc gives no frame to a function that calls no other, and a profile then
 * lacks its caller. profiled_leaf() in its body forces a frame in builds for profiling.
 */
#ifdef UMAPLE_WHOLE_STACKS
#define profiled_leaf() __asm__ volatile("" : : "r"(__builtin_frame_address(0)))
#else
#define profiled_leaf() ((void)0)
#endif

/**
 * port_assert_failed() - Print a failed assertion and abort.
 * @expr: the text of the expression.
 * @file: the source file.
 * @line: the line in it.
 *
 * PORT_ASSERT() is compiled into debug and sanitizer builds (-DUMAPLE_DEBUG) only. PORT_BUG_ON()
 * is always on, for states in which any further step would corrupt memory.
 *
 * Context: Any. Does not return.
 */
void port_assert_failed(const char *expr, const char *file, int line)
	__attribute__((noreturn, cold));
#define PORT_BUG_ON(cond)                                                       \
	do {                                                                    \
		if (port_unlikely(cond))                                        \
			port_assert_failed("!(" #cond ")", __FILE__, __LINE__); \
	} while (0)
#ifdef UMAPLE_DEBUG
#define PORT_ASSERT(expr) PORT_BUG_ON(!(expr))
#else
#define PORT_ASSERT(expr) ((void)(0 && (expr))) /* compiled, never evaluated */
#endif

/* ThreadSanitizer's annotations use this address for "some grace period". */
extern char port_grace_period;

void port_not_registered(void) __attribute__((noreturn, cold));

/**
 * port_registered() - Has this thread called rcu_register_thread()?
 *
 * Grace periods do not wait for a thread that has not, so what it reads may be freed under it. If it
 * has not, the call ends the program with a message. For PORT_ASSERT(), so in debug builds only.
 *
 * Context: Any. Under ThreadSanitizer liburcu's read side is not inline, and nothing is checked.
 * Return: true.
 */
static inline bool port_registered(void)
{
#ifdef _LGPL_SOURCE
	if (port_unlikely(!URCU_TLS(urcu_memb_reader).registered))
		port_not_registered();
#endif
	return true;
}

/**
 * port_rcu_read_lock() - Enter a read section. Sections nest.
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
 * Context: The thread that called port_rcu_read_lock(). Does not sleep.
 */
static inline void port_rcu_read_unlock(void)
{
	port_tsan_release(&port_grace_period);
	rcu_read_unlock();
}

/**
 * port_rcu_init() - Start the thread that runs the callbacks of port_call_rcu().
 *
 * liburcu starts that thread by itself at the first callback, and aborts the program where it
 * cannot. This call starts it early and reports the failure instead. Later calls do nothing once
 * one has succeeded.
 *
 * Context: Any thread, outside read sections. May sleep.
 * Return: 0, or a negative error number: -EAGAIN where a limit on threads or processes is reached,
 * -ENOMEM without memory.
 */
int port_rcu_init(void);

/**
 * port_call_rcu() - Call a function after all present readers have left their read sections.
 * @head: storage inside the object to reclaim.
 * @func: receives @head, in the callback thread.
 *
 * Context: A registered thread, after port_rcu_init() has succeeded. Does not wait for the grace
 * period.
 */
void port_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));

/**
 * port_rcu_barrier() - Wait until every callback that was queued before has run.
 *
 * Context: A registered thread, not in a read section, not in a callback. Sleeps.
 */
void port_rcu_barrier(void);

/* Publish @v in @p for concurrent readers, and load it there. */
#define port_publish(p, v)    __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define port_dereference(p)   __atomic_load_n(&(p), __ATOMIC_CONSUME)
#define port_read_once(x)     __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define port_write_once(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#endif
