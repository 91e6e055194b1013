/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace of schema "umaple.trace/1", as `reapbench compare --trace` writes it, read back. */
#ifndef UMAPLE_READ_TRACE_H
#define UMAPLE_READ_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lock_class.h"
#include "common/error_text.h"

/* How large a trace may be. */
#define TRACE_MOST_BYTES (1 << 30)  /* unpacked */
#define TRACE_MOST_LINE	 (64 << 20) /* so is this: a line is a race */
#define TRACE_MOST_RACES 10000

/*
 * The records of a role. Times are in nanoseconds from the common start, up to JSON_MOST_TIME
 * (json_node.h). All members are whole numbers, stored as doubles: a record is one row of the
 * columns in the file.
 */
struct trace_visit {
	double t;     /* when the task got the page-table lock */
	double page;  /* number of the first page at or after the visit's start; up to @pages */
	double table; /* number of the PTE table; below @tables */
	double wait;  /* 0: the lock was free */
};

struct trace_wait {
	double t, wait;
};

struct trace_freed {
	double t, pages; /* given back by this role up to then; up to @pages_to_free */
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
 * @error: filled on failure, with the line and the path of the value that is wrong.
 *
 * Anything but a regular file is refused. All numbers are in the ranges given at the structures
 * above. The names of a race serve only to find its row in the result.
 *
 * Context: May sleep.
 * Return: The trace, or NULL.
 */
struct trace *trace_read(const char *path, struct error_text *error);

/**
 * trace_read_fd() - As trace_read(), of an open file.
 * @fd: the file, at its beginning; closed here in any case.
 * @name: what errors call it.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: The trace, or NULL.
 */
struct trace *trace_read_fd(int fd, const char *name, struct error_text *error);

/**
 * trace_free() - Free a trace with all it refers to.
 * @trace: the trace, or NULL.
 *
 * Context: Any.
 */
void trace_free(struct trace *trace);

#endif
