/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tracing instance of the running kernel that notes what happens to the threads of one process:
 * SIGKILL sent, thread woken, thread exiting, process reaped. Threads are told apart by their
 * names, so that it works in a PID namespace too.
 */
#ifndef UMAPLE_THAW_KERNEL_TRACE_H
#define UMAPLE_THAW_KERNEL_TRACE_H

#include <stdint.h>
#include <sys/types.h>

#include "kernel_child.h"
#include "kernel_mount.h"

struct kernel_trace {
	struct kernel_mount mount;
	char folder[288]; /* the instance; "" if there is none */
	char name[16];	  /* of the process, see kernel_child_start() */
	pid_t pid;
};

/* CLOCK_MONOTONIC in ns, in steps of 1 us; -1: not seen. */
struct kernel_trace_seen {
	int64_t kill; /* SIGKILL to the process, or the first wake-up that it caused */
	int64_t reap; /* the OOM reaper begins; not seen in a PID namespace */
	/* The first wake-up by the kill, and sched_process_exit; see kernel_thaw.h. */
	int64_t woken[KERNEL_CHILD_THREADS], exit[KERNEL_CHILD_THREADS];
};

/**
 * kernel_trace_open() - Make an instance and switch its events on.
 * @trace: filled on success; has nothing on failure.
 * @name: of the process.
 * @pid: its identifier.
 * @error: filled on failure.
 *
 * tracefs is mounted if it is not.
 *
 * Context: Needs root. May sleep.
 * Return: 0; -EOPNOTSUPP if the kernel or the rights lack something; another -errno.
 */
int kernel_trace_open(struct kernel_trace *trace, const char *name, pid_t pid,
		      struct error_text *error);

/**
 * kernel_trace_read() - Stop it and read what it noted.
 * @trace: the instance.
 * @seen: filled.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int kernel_trace_read(struct kernel_trace *trace, struct kernel_trace_seen *seen,
		      struct error_text *error);

/**
 * kernel_trace_close() - Remove the instance, and unmount what was mounted for it.
 * @trace: has nothing afterwards. One that has nothing is fine.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -errno, and @error names what stays.
 */
int kernel_trace_close(struct kernel_trace *trace, struct error_text *error);

#endif
