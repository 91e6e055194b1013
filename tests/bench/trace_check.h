/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks that hold for every traced race, with any layout, order, engine and lock. */
#ifndef UMAPLE_TRACE_CHECK_H
#define UMAPLE_TRACE_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "race/race_trace.h"
#include "vma/vm_flags.h"

/* The rounding of a time that is a sum: a nanosecond for each part. */
static inline void assert_within(uint64_t a, uint64_t b, uint64_t slack, const char *what)
{
	if (a > b ? a - b > slack : b - a > slack)
		fail_msg("%s: %llu and %llu", what, (unsigned long long)a, (unsigned long long)b);
}

/* The number of the first page at or after an address, page by page and run by run. */
static inline uint64_t page_number(const struct layout *layout, uint64_t addr)
{
	uint64_t number = 0;

	for (size_t i = 0; i < layout->nr_runs && layout->runs[i].start < addr; i++) {
		uint64_t end = layout->runs[i].end < addr ? layout->runs[i].end : addr;

		number += (end - layout->runs[i].start) / PAGE_SIZE;
	}
	return number;
}

static inline void check_lists(const struct role_trace *role, const struct race_trace *trace,
			       uint64_t wall_ns)
{
	/* The clocks of two CPUs may differ by some ticks. */
	const uint64_t end = wall_ns + 1000;

	for (size_t i = 0; i < role->nr_visits; i++) {
		assert_true(role->visits[i].t_ns <= end);
		assert_true(role->visits[i].page <= trace->pages);
		assert_true(role->visits[i].table < trace->tables);
		assert_true(!i || role->visits[i].t_ns >= role->visits[i - 1].t_ns);
	}
	for (size_t i = 0; i < role->nr_waits; i++) {
		assert_true(role->waits[i].t_ns <= end);
		assert_true(role->waits[i].wait_ns > 0);
		assert_true(!i || role->waits[i].t_ns >= role->waits[i - 1].t_ns);
	}
	for (size_t i = 0; i < role->nr_freed; i++) {
		assert_true(role->freed[i].t_ns <= end);
		assert_true(!i || role->freed[i].t_ns >= role->freed[i - 1].t_ns);
		assert_true(!i || role->freed[i].pages >= role->freed[i - 1].pages);
	}
}

/* Trace and lock figures have the same waits, and so have the buckets. */
static inline void check_waits(const struct role_trace *role, const struct role_figures *figures,
			       bool disturbed)
{
	uint64_t contended[NR_LOCK_CLASSES] = {0}, wait[NR_LOCK_CLASSES] = {0};

	for (size_t i = 0; i < role->nr_visits; i++) {
		contended[LOCK_PTL] += role->visits[i].wait_ns > 0;
		wait[LOCK_PTL] += role->visits[i].wait_ns;
	}
	for (size_t i = 0; i < role->nr_waits; i++) {
		contended[role->waits[i].class]++;
		wait[role->waits[i].class] += role->waits[i].wait_ns;
	}
	assert_int_equal(role->nr_visits, figures->lock[LOCK_PTL].acquired);
	for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
		const struct lock_figures *lock = &figures->lock[class];

		assert_int_equal(contended[class], lock->contended);
		assert_within(wait[class], lock->wait_ns, lock->contended + 1, "waits");
		assert_within(role->time_ns[BUCKET_WAIT_OF + class], lock->wait_ns, 2, "bucket");
	}
	/* The bucket is entered before the clock of the figure starts: a task may be put off there. */
	assert_true(role->time_ns[BUCKET_MMAP_LOCK_WAIT] + 2 >= figures->mmap_lock_wait_ns);
	if (!disturbed)
		assert_within(role->time_ns[BUCKET_MMAP_LOCK_WAIT], figures->mmap_lock_wait_ns,
			      figures->wall_ns / 100 + 20000, "mmap_lock");
}

/**
 * check_trace() - Fail the test if a trace contradicts its race or its layout.
 * @layout: the victim.
 * @result: the race.
 * @trace: its trace.
 */
static inline void check_trace(const struct layout *layout, const struct race_result *result,
			       const struct race_trace *trace)
{
	const int nr_roles = result->reapers ? NR_ROLES : 1;
	uint64_t freed = 0, seen_tables = 0;
	char *seen = calloc(trace->tables + 1, 1);

	assert_non_null(seen);
	assert_int_equal(trace->pages, page_number(layout, UINT64_MAX));
	for (int r = 0; r < nr_roles; r++) {
		const struct role_trace *role = &trace->role[r];
		uint64_t time = 0;

		assert_int_equal(role->lost, 0);
		for (int i = 0; i < NR_TASK_BUCKETS; i++)
			time += role->time_ns[i];
		assert_within(time, result->role[r].wall_ns, NR_TASK_BUCKETS + 1, "time");
		check_lists(role, trace, result->role[r].wall_ns);
		check_waits(role, &result->role[r], result->disturbed);
		if (role->nr_freed)
			freed += role->freed[role->nr_freed - 1].pages;
		for (size_t i = 0; i < role->nr_visits; i++)
			seen[role->visits[i].table] |= 1 << r;
		/* The exiting task goes upward in every order. */
		for (size_t i = 1; r == ROLE_EXIT && i < role->nr_visits; i++)
			assert_true(role->visits[i].page >= role->visits[i - 1].page &&
				    role->visits[i].table >= role->visits[i - 1].table);
	}
	if (!result->reapers)
		assert_int_equal(trace->role[ROLE_REAPER].nr_visits, 0);
	assert_int_equal(freed, trace->pages_to_free);
	for (uint64_t i = 0; i < trace->tables; i++)
		seen_tables += seen[i] != 0;
	assert_int_equal(seen_tables, trace->tables);
	free(seen);
}

#endif
