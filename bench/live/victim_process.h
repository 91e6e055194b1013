/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A victim as a process: started from a plan, checked against it, ended.
 *
 * Its program is inside reapbench. It has PR_SET_PDEATHSIG, so that it does not outlive reapbench
 * however that ends, and it ignores the signals of a terminal, which are for reapbench.
 */
#ifndef UMAPLE_LIVE_VICTIM_PROCESS_H
#define UMAPLE_LIVE_VICTIM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan.h"

struct victim_process {
	pid_t pid; /* 0: there is none */
	int pidfd;
	uint32_t own_maps; /* VMAs of its program, [vdso] and the stack */
};

/* What the kernel says about a victim. */
struct victim_census {
	uint64_t vmas;			 /* that are exactly as planned */
	uint64_t pages[LAYOUT_NR_KINDS]; /* in them, in 4 KiB units */
	uint64_t own_vmas, own_pages;	 /* of the victim's program */
};

/**
 * victim_start() - Start a victim and wait until its address space is built.
 * @victim: filled on success.
 * @plan: what it builds.
 * @cpu: where it builds, sleeps and dies; -1 leaves it where it is.
 * @error: filled on failure.
 *
 * Context: Main thread: the victim dies with the thread that started it. One at a time.
 * Return: 0; -EINTR if a signal that stop_catch() takes came meanwhile; another -errno with @error
 * set, and no process left.
 */
int victim_start(struct victim_process *victim, const struct live_plan *plan, int cpu,
		 struct error_text *error);

/**
 * victim_count() - Read /proc/PID/smaps of a victim and compare it with its plan.
 * @victim: the victim, alive.
 * @plan: its plan.
 * @census: filled on success.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -EIO with @error set.
 */
int victim_count(const struct victim_process *victim, const struct live_plan *plan,
		 struct victim_census *census, struct error_text *error);

/**
 * victim_end() - Kill a victim that may be alive, and collect it.
 * @victim: the victim; has no process afterwards.
 *
 * Context: Main thread.
 */
void victim_end(struct victim_process *victim);

#endif
