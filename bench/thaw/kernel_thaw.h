/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running kernel: a process of some threads is frozen by a cgroup and then killed by the OOM
 * killer. Who leaves, and when?
 *
 * The victim is a child of this process, in a memory cgroup of its own. A second child in a cgroup
 * beside it asks for more than the limit of both, and the OOM killer takes the victim, which has
 * the highest oom_score_adj. Nothing else is in these cgroups, and memory.oom.group is 0.
 *
 * Where times come from:
 *
 * - With a tracing instance (the usual case), by CLOCK_MONOTONIC in steps of 1 us: the kill is
 *   signal:signal_generate of SIGKILL, or the first wake-up by it, which comes before that event; a
 *   thread's wake-up is sched:sched_waking, its exit is sched:sched_process_exit. Since Linux 6.15
 *   that event is where a thread begins to exit; before, it is where the thread has left its
 *   address space.
 * - Without one, and for memory and the process's end always: this process looks every 20 us or
 *   so, before other tasks (SCHED_FIFO); @gap_ns is the longest time between two looks. The kill is
 *   then the look at which the cgroup's oom_kill count has moved, and a thread's exit that at which
 *   /proc/PID/task/TID is gone or a zombie. Wake-ups are not known.
 * - Memory is memory.current (v1: memory.usage_in_bytes) of the victim's cgroup. The kernel memory
 *   of its threads is in it, @other_bytes, so that a level may be reached early by that much; and
 *   as some of it comes while they exit, and page tables go later, 99.5 % counts as all.
 */
#ifndef UMAPLE_THAW_KERNEL_THAW_H
#define UMAPLE_THAW_KERNEL_THAW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error_text.h"
#include "kernel_cgroup.h"
#include "kernel_child.h"

#define KERNEL_THAW_LEAST_BYTES	 (4u << 20)
#define KERNEL_THAW_DEFAULT_WAIT 2000 /* ms */

struct kernel_thaw_options {
	unsigned int threads; /* 1 to KERNEL_CHILD_THREADS */
	uint64_t bytes; /* of anonymous memory, KERNEL_THAW_LEAST_BYTES or more; whole pages */
	enum kernel_freezer freezer;
	unsigned int wait_ms; /* after the kill; 0: KERNEL_THAW_DEFAULT_WAIT */
	bool untraced;	      /* look, even if the kernel can be traced */
};

/* Times are in ns since the kill; -1: did not happen, or was not seen. */
struct kernel_thaw_thread {
	pid_t tid;
	char frozen_state; /* in /proc while it was frozen: 'S' in v2, 'D' in v1 */
	char left_state;   /* at the end of the wait; 0 if it was gone */
	bool stuck;	   /* neither gone nor a zombie at the end of the wait */
	int64_t woken_ns, exit_ns;
};

enum { KERNEL_THAW_FREE_50, KERNEL_THAW_FREE_90, KERNEL_THAW_FREE_100, NR_KERNEL_THAW_FREE };

struct kernel_thaw_result {
	char release[80]; /* of the kernel */
	enum kernel_freezer freezer;
	unsigned int memory_version; /* of the cgroups with the memory limit: 1 or 2 */
	bool traced;
	struct error_text why_untraced; /* "" if it was traced */
	unsigned int threads, stuck;
	bool exited;			     /* the process ended within the wait */
	int64_t first_exit_ns, last_exit_ns; /* the last only if all are gone */
	int64_t process_end_ns;		     /* its pidfd became readable */
	int64_t reap_ns;		     /* the OOM reaper began; only if traced */
	/* When 50, 90, 100 % of the bytes were free; -1 also if @other_bytes is above 5 % of them */
	int64_t free_ns[NR_KERNEL_THAW_FREE];
	uint64_t bytes, other_bytes; /* charged at the kill: asked for, and besides */
	uint64_t gap_ns;
	struct kernel_thaw_thread thread[KERNEL_CHILD_THREADS];
	struct error_text error;
};

/**
 * kernel_thaw_run() - Freeze a victim, have it killed, watch, clean up.
 * @options: what to do.
 * @result: filled; on failure only its @error.
 *
 * No cgroup, mount, process or tracing instance is left when this returns, and SIGINT, SIGTERM and
 * SIGHUP only set stop_signal meanwhile. If this process dies, another one cleans up. The kernel's
 * log gets the usual lines of an OOM kill; a console that is a serial line and shows them holds up
 * the kill by milliseconds.
 *
 * Context: Needs root. Main thread; no other thread of this process runs. Sleeps.
 * Return: 0, also if the victim was stuck; -EOPNOTSUPP if this is not possible here (rights,
 * cgroups, controllers, vm.panic_on_oom); -EINTR if stop_signal was set; -EINVAL for options out of
 * range; another -errno if it failed.
 */
int kernel_thaw_run(const struct kernel_thaw_options *options, struct kernel_thaw_result *result);

#endif
