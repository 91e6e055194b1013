/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock of the measurements: the invariant time-stamp counter where the CPU has one,
 * CLOCK_MONOTONIC elsewhere. Values are ticks; clock_ns() turns a difference into nanoseconds.
 */
#ifndef UMAPLE_CLOCK_H
#define UMAPLE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

extern bool clock_is_tsc;

static inline uint64_t clock_monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/**
 * clock_ticks() - Now.
 *
 * Not ordered against other instructions: at lock granularity the few nanoseconds that an
 * out-of-order read may be off are below what a barrier would cost.
 *
 * Context: Any, after clock_init().
 * Return: ticks since some fixed moment, the same on every CPU.
 */
static inline uint64_t clock_ticks(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(clock_is_tsc, 1))
		return __builtin_ia32_rdtsc();
#endif
	return clock_monotonic_ns();
}

/**
 * clock_init() - Find the clock and calibrate it against CLOCK_MONOTONIC_RAW (about 20 ms).
 *
 * Context: Any thread, before it measures; later calls return at once.
 */
void clock_init(void);

/**
 * clock_ns() - Ticks to nanoseconds.
 * @ticks: a difference of two clock_ticks().
 *
 * Context: Any, after clock_init().
 * Return: nanoseconds, rounded down.
 */
uint64_t clock_ns(uint64_t ticks);

#endif
