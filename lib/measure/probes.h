/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * USDT probes: places where bpftrace, perf and others can attach to a running program, by name.
 * Provider "umaple"; docs/probes.md has the table for users.
 *
 * While no tracer is attached, a probe is one nop. Its arguments are values that are in registers
 * anyway, except for the wait of contention_end: that is converted to nanoseconds first, while the
 * lock is held. Without <sys/sdt.h> (meson option usdt) all of them are empty.
 *
 * A probe is part of the function that has it in every build, because a tracer shows that function's
 * name.
 *
 * The numbers of roles and lock classes are those of lock_class.h; tools/bpftrace/waits.bt has
 * their names.
 */
#ifndef UMAPLE_PROBES_H
#define UMAPLE_PROBES_H

#include <stdint.h>

#include "base/clock.h"
#include "lock_class.h"

#ifdef HAVE_SYS_SDT_H
/* Registers only: no tracer reads an argument left in thread-local memory, perf no constant. */
#define STAP_SDT_ARG_CONSTRAINT r
#include <sys/sdt.h>
#else
#define DTRACE_PROBE2(provider, name, a, b)	  ((void)(a), (void)(b))
#define DTRACE_PROBE3(provider, name, a, b, c)	  ((void)(a), (void)(b), (void)(c))
#define DTRACE_PROBE4(provider, name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#endif

/* The class of mmap_lock, which is no spinlock and has no figures of its own. */
#define PROBE_CLASS_MMAP_LOCK ((int)NR_LOCK_CLASSES)

/**
 * probe_contention_begin() - A lock was not free: the waiting begins.
 * @lock: the lock.
 * @class: an enum lock_class or PROBE_CLASS_MMAP_LOCK.
 * @role: who waits.
 *
 * Context: Before the clock is read, so that the time a tracer takes here is not in the wait.
 */
static inline __attribute__((always_inline)) void probe_contention_begin(const void *lock,
									 int class, enum role role)
{
	DTRACE_PROBE3(umaple, contention_begin, lock, class, (int)role);
}

/**
 * probe_contention_end() - The waiting is over.
 * @lock: the lock.
 * @class: as for probe_contention_begin().
 * @role: who waited.
 * @ticks: how long; the probe's argument is in nanoseconds.
 *
 * Context: The lock is held; the clock was read.
 */
static inline __attribute__((always_inline)) void
probe_contention_end(const void *lock, int class, enum role role, uint64_t ticks)
{
#ifdef HAVE_SYS_SDT_H
	DTRACE_PROBE4(umaple, contention_end, lock, class, (int)role, clock_ns(ticks));
#endif
}

/**
 * probe_reap_start() - A reaper has mmap_lock and begins to walk.
 * @mm: the victim's address space.
 * @order: the name of the traversal order.
 * @step: in PTE tables, for the orders that have steps.
 *
 * Context: mmap_lock held for reading.
 */
static inline __attribute__((always_inline)) void
probe_reap_start(const void *mm, const char *order, unsigned long step)
{
	DTRACE_PROBE3(umaple, reap_start, mm, order, step);
}

/**
 * probe_reap_end() - The reaper has walked to its end.
 * @mm: the victim's address space.
 * @pages: 4 KiB pages that it unmapped, swapped pages included.
 *
 * Context: As probe_reap_start().
 */
static inline __attribute__((always_inline)) void probe_reap_end(const void *mm, uint64_t pages)
{
	DTRACE_PROBE2(umaple, reap_end, mm, pages);
}

/**
 * probe_gather_flush() - Pages that an mmu_gather had collected were freed.
 * @mm: the address space they were taken from.
 * @role: the role that gathered them.
 * @nr: how many; a huge page is one.
 *
 * Context: No ptl held.
 */
static inline __attribute__((always_inline)) void probe_gather_flush(const void *mm, enum role role,
								     unsigned long nr)
{
	DTRACE_PROBE3(umaple, gather_flush, mm, (int)role, nr);
}

#endif
