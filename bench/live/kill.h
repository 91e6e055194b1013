/* SPDX-License-Identifier: GPL-2.0-only */
/* One kill of one victim, and what it cost. */
#ifndef UMAPLE_LIVE_KILL_H
#define UMAPLE_LIVE_KILL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/speed.h"
#include "live/probe/live_probe.h"
#include "victim_process.h"

struct kill_sample {
	uint64_t wall_ns;     /* from before the signal until exit and reaper are done */
	uint64_t exit_cpu_ns; /* running time of the victim from the signal on */
	uint64_t reap_cpu_ns; /* running time of process_mrelease() */
	uint64_t reap_wall_ns;
	bool missed;		       /* process_mrelease() did not find an address space: ESRCH */
	bool disturbed;		       /* a task was off its CPU: do not count this one */
	struct live_figures probe;     /* zero without a probe */
	uint64_t speed_ns[SPEED_CPUS]; /* of each CPU, the slower look of before and after */
};

/**
 * kill_possible() - Does the kernel have what a kill needs?
 * @error: filled if not.
 *
 * Context: Any.
 * Return: 0; -ENOSYS with @error set where pidfd_send_signal(), pidfd_open() or process_mrelease()
 * is missing; -EPERM where a filter of system calls refuses it.
 */
int kill_possible(struct error_text *error);

/**
 * kill_victim() - Kill a victim, wait for its end, collect it.
 * @victim: a victim that sleeps; has no process afterwards.
 * @reap: call process_mrelease() right after the signal.
 * @probe: an open probe, or NULL.
 * @sample: filled on success.
 * @error: filled on failure.
 *
 * The calling thread is the reaper: pin it before.
 *
 * Context: Main thread. Nothing else should run in this process meanwhile.
 * Return: 0, also if the reaper missed the address space; -errno with @error set.
 */
int kill_victim(struct victim_process *victim, bool reap, struct live_probe *probe,
		struct kill_sample *sample, struct error_text *error);

#endif
