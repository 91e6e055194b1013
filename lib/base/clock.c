// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"

#include <pthread.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

bool clock_is_tsc;
static double ns_per_tick = 1.0;

#if defined(__x86_64__)
static uint64_t raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Does the counter run at one rate in every power state? (CPUID 8000_0007h, EDX bit 8) */
static bool tsc_is_invariant(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

/* A pair (ticks, ns) read as close together as five tries get. */
static void read_pair(uint64_t *ticks, uint64_t *ns)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		uint64_t before = __builtin_ia32_rdtsc();
		uint64_t now = raw_ns();
		uint64_t after = __builtin_ia32_rdtsc();

		if (after - before < best) {
			best = after - before;
			*ticks = before + best / 2;
			*ns = now;
		}
	}
}
#endif

static void calibrate(void)
{
#if defined(__x86_64__)
	struct timespec nap = {.tv_nsec = 20 * 1000 * 1000};
	uint64_t t0 = 0, n0 = 0, t1 = 0, n1 = 0;

	if (!tsc_is_invariant())
		return;
	read_pair(&t0, &n0);
	nanosleep(&nap, NULL);
	read_pair(&t1, &n1);
	if (t1 <= t0 || n1 <= n0)
		return;
	ns_per_tick = (double)(n1 - n0) / (double)(t1 - t0);
	clock_is_tsc = true;
#endif
}

void clock_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, calibrate);
}

uint64_t clock_ns(uint64_t ticks)
{
	return (uint64_t)((double)ticks * ns_per_tick);
}
