// SPDX-License-Identifier: GPL-2.0-only
#include "speed.h"

#include <sched.h>

#include "base/clock.h"

/*
 * A third of a millisecond. Whoever runs on the other thread of the core often does so for some
 * tens of microseconds, which moves no race, and so does an interrupt.
 */
#define STEPS 500000

/* Six sums that do not wait for each other: they need the whole width of the core. */
static uint64_t time_arithmetic(void)
{
	uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;
	const uint64_t start = clock_monotonic_ns();

	for (uint64_t i = 0; i < STEPS; i++) {
		a = a * 3 + 1;
		b ^= b << 3;
		c += c >> 5;
		d += i;
		e ^= d;
		f += a;
		/* The compiler must not work out the result. */
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	}
	return clock_monotonic_ns() - start;
}

static bool move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

void speed_look(struct speed *s, uint64_t ns[SPEED_CPUS])
{
	cpu_set_t before;
	const bool known = !sched_getaffinity(0, sizeof(before), &before);

	for (int i = 0; i < SPEED_CPUS; i++) {
		ns[i] = 0;
		if (s->cpu[i] < 0 || !known || !move_to(s->cpu[i]))
			continue;
		ns[i] = time_arithmetic();
		if (!s->best_ns[i] || ns[i] < s->best_ns[i])
			s->best_ns[i] = ns[i];
	}
	if (known)
		sched_setaffinity(0, sizeof(before), &before);
}

void speed_wait(struct speed *s, uint64_t ns[SPEED_CPUS])
{
	uint64_t start = clock_monotonic_ns(), now;

	speed_look(s, ns);
	while (speed_is_slow(ns, s->best_ns) && s->patience_ns) {
		speed_look(s, ns);
		now = clock_monotonic_ns();
		s->patience_ns -= now - start < s->patience_ns ? now - start : s->patience_ns;
		start = now;
	}
}

struct speed speed_lend(struct speed *all, unsigned int left)
{
	struct speed one = *all;

	/* Twice a fair share: slow times come in clusters. */
	if (left > 2)
		one.patience_ns = all->patience_ns / left * 2;
	all->patience_ns -= one.patience_ns;
	return one;
}

void speed_take_back(struct speed *all, const struct speed *one)
{
	all->patience_ns += one->patience_ns;
	for (int i = 0; i < SPEED_CPUS; i++)
		all->best_ns[i] = one->best_ns[i];
}

bool speed_is_slow(const uint64_t ns[SPEED_CPUS], const uint64_t best_ns[SPEED_CPUS])
{
	for (int i = 0; i < SPEED_CPUS; i++)
		if ((double)ns[i] > SPEED_SLOW * (double)best_ns[i])
			return true;
	return false;
}
