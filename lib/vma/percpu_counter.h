/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A counter with a part for each CPU. What a CPU adds stays in its part until that would pass a
 * batch; then it goes to the shared sum under the counter's lock. The kernel has kept the RSS of an
 * address space so since Linux 6.2.
 */
#ifndef UMAPLE_PERCPU_COUNTER_H
#define UMAPLE_PERCPU_COUNTER_H

#include "measure/hooks.h"
#include "measure/stat_lock.h"

#define PERCPU_COUNTER_BATCH 32 /* the kernel's least: 32, or twice the number of CPUs */

struct percpu_part {
	int32_t count;
} __attribute__((aligned(64)));

struct percpu_counter {
	struct stat_lock lock;
	int64_t count; /* under the lock */
	struct percpu_part part[NR_CPUS];
};

/**
 * percpu_counter_add() - Add to a counter.
 * @fbc: the counter.
 * @amount: what.
 *
 * Context: Any thread with a CPU of its own. Takes the counter's lock if @amount is large.
 */
static inline void percpu_counter_add(struct percpu_counter *fbc, long amount)
{
	int32_t *part = &fbc->part[smp_processor_id()].count;
	long count = *part + amount;

	if (count < PERCPU_COUNTER_BATCH && count > -PERCPU_COUNTER_BATCH) {
		port_write_once(*part, (int32_t)count);
		return;
	}
	stat_lock(&fbc->lock);
	port_write_once(fbc->count, fbc->count + count);
	port_write_once(*part, 0);
	stat_unlock(&fbc->lock);
}

/**
 * percpu_counter_sum() - Read a counter.
 * @fbc: the counter.
 *
 * Context: Any. While others add, a part of what they do is in the result.
 * Return: the sum.
 */
static inline int64_t percpu_counter_sum(const struct percpu_counter *fbc)
{
	int64_t sum = port_read_once(fbc->count);

	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		sum += port_read_once(fbc->part[cpu].count);
	return sum;
}

#endif
