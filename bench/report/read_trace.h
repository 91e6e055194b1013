/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace of schema "umaple.trace/1", as `reapbench compare --trace` writes it, read back. */
#ifndef UMAPLE_READ_TRACE_H
#define UMAPLE_READ_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lock_class.h"
#include "common/error_text.h"

/*
 * The records of a role. Times are in nanoseconds from the common start. The members are all
 * doubles: a record is a row of what stands in the file as columns.
 */
struct trace_visit {
	double t;     /* when the page-table lock was had */
	double page;  /* number of the first page at or after the visit's start */
	double table; /* number of the PTE table */
	double wait;  /* 0: the lock was free */
};

struct trace_wait {
	double t, wait;
};

struct trace_freed {
	double t, pages; /* given back by this role up to then */
};

struct trace_role {
	bool present; /* there is no reaper in the order "solo" */
	double wall_ns, cpu_ns, lost;
	struct trace_visit *visits;
	struct trace_wait *waits[NR_LOCK_CLASSES]; /* none for LOCK_PTL: these are in visits */
	struct trace_freed *freed;
	size_t nr_visits, nr_waits[NR_LOCK_CLASSES], nr_freed;
	double time_ns[NR_TASK_BUCKETS]; /* by enum task_bucket */
};

struct trace_race {
	char *layout, *engine, *order;
	double rep;
	unsigned int occurrence; /* of the same four before this one: layouts may share a name */
	bool disturbed;
	double wall_ns, pages, tables, pages_to_free;
	struct trace_role role[NR_ROLES];
};

struct trace {
	struct trace_race *races;
	size_t nr;
};

/**
 * trace_read() - Read and check a trace file.
 * @path: the file.
 * @error: filled on failure, with the line and the place in it that is not as it must be.
 *
 * Context: May sleep.
 * Return: The trace, or NULL.
 */
struct trace *trace_read(const char *path, struct report_error *error);

/* What a bucket is called in the file: "under_ptl", "ptl_wait", ... */
const char *trace_bucket_name(enum task_bucket bucket);

/**
 * trace_free() - Free a trace with all it refers to.
 * @trace: the trace, or NULL.
 *
 * Context: Any.
 */
void trace_free(struct trace *trace);

#endif
