/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace of a race with LOCK_TIMING_TRACE, in nanoseconds and in page numbers: where each role
 * was at any time, its waits, how its time splits, and when memory came back.
 */
#ifndef UMAPLE_RACE_TRACE_H
#define UMAPLE_RACE_TRACE_H

#include "race.h"

/* A page-table lock taken. Pages and tables are numbered as in layout_axis.h. */
struct race_visit {
	uint64_t t_ns;	  /* when the lock was taken, from the common start */
	uint64_t page;	  /* the first page at or after the address where the visit begins */
	uint64_t table;	  /* a huge page counts as a table of its own */
	uint64_t wait_ns; /* 0 if the lock was free, at least 1 if not */
};

/* A wait for a lock of another class. */
struct race_wait {
	enum lock_class class;
	uint64_t t_ns; /* when the lock was taken, from the common start */
	uint64_t wait_ns;
};

struct race_freed {
	uint64_t t_ns;
	uint64_t pages; /* that this role had given back to the allocator by then */
};

/* Each list in order of time. */
struct role_trace {
	struct race_visit *visits;
	size_t nr_visits;
	struct race_wait *waits;
	size_t nr_waits;
	struct race_freed *freed;
	size_t nr_freed;
	uint64_t time_ns[NR_TASK_BUCKETS]; /* their sum is the role's wall_ns, but for rounding */
	uint64_t lost;			   /* visits and waits there was no room for */
};

struct race_trace {
	uint64_t pages, tables; /* the ends of the axes */
	uint64_t pages_to_free; /* what freed pages of both roles add up to when all is free */
	struct role_trace role[NR_ROLES];
};

/**
 * race_arena_trace() - The trace of the last race.
 * @arena: one that was made for traced races.
 *
 * Context: After a race_run() with LOCK_TIMING_TRACE that succeeded; good until the next one.
 * Return: The trace; its reaper's lists are empty where none ran.
 */
const struct race_trace *race_arena_trace(const struct race_arena *arena);

#endif
