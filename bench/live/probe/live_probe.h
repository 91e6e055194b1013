/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running kernel does while a victim dies: spans, waits for locks, pages and flush
 * interrupts of the exiting task and of its reaper, counted in the kernel by a BPF program.
 */
#ifndef UMAPLE_LIVE_PROBE_H
#define UMAPLE_LIVE_PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "live/probe/live_class.h"

struct live_probe;

/* One class of locks; a place per role, see enum live_role. Times in nanoseconds. */
struct live_lock {
	uint64_t contended[NR_LIVE_ROLES]; /* waits that ended */
	uint64_t wait_ns[NR_LIVE_ROLES];   /* sum */
	uint64_t wait_max_ns[NR_LIVE_ROLES];
};

/* Moments are CLOCK_MONOTONIC. 0 means "not seen" or "this kernel does not tell". */
struct live_figures {
	uint64_t exit_mmap_ns; /* span of the victim's exit_mmap() */
	uint64_t exit_mmap_start_ns, exit_mmap_end_ns;
	uint64_t reap_start_ns, reap_end_ns;
	uint64_t reap_ns; /* __oom_reap_task_mm(); the sum if called more than once */
	uint64_t unmap_ns[NR_LIVE_ROLES]; /* in unmap_page_range(); only where fentry is allowed */
	uint64_t pages[NR_LIVE_ROLES];	  /* 4 KiB pages and swap entries taken out of the victim */
	uint64_t tlb_ipis;		  /* flushes of the victim's mm sent to other CPUs */
	uint64_t tlb_ipis_detached;	  /* those of them after the victim had left its mm */
	uint64_t unmap_vmas_ns; /* exit_mmap() with mmap_lock held for reading: unmap_vmas() */
	uint64_t missed; /* events that the kernel dropped because they interrupted another */
	struct live_lock lock[NR_LIVE_CLASSES];
};

/**
 * live_probe_open() - Load the BPF program and attach it.
 * @probe: filled on success.
 * @err: filled with one line on failure.
 * @errlen: its size in bytes.
 *
 * Nothing is counted yet, but from now on each contended lock of the system costs some
 * nanoseconds more.
 *
 * Context: Needs CAP_BPF and CAP_PERFMON, and CAP_SYS_ADMIN to find processes: root. Sleeps for
 * up to a second. Not thread-safe: it redirects libbpf's messages meanwhile.
 * Return: 0; -EOPNOTSUPP if this build has no probe or the kernel lacks what it needs; -EPERM;
 * -ENOMEM; another -errno of bpf(2). @err names the reason.
 */
int live_probe_open(struct live_probe **probe, char *err, size_t errlen);

/**
 * live_probe_arm() - Forget what was counted, and watch two processes from now on.
 * @probe: from live_probe_open().
 * @victim: process that is going to be killed. All its threads are watched. It has its memory
 * already: locks of a swap device are known only after something was swapped out to it.
 * @reaper: process that is going to reap it, for example the caller; 0 if there is none.
 *
 * Both are process identifiers in the PID namespace of the caller.
 *
 * Context: May sleep. Takes some milliseconds; call it before the clock runs.
 * Return: 0; -ESRCH if a process does not exist, the victim has no address space, or both are
 * the same; another -errno of bpf(2). On failure nothing is watched.
 */
int live_probe_arm(struct live_probe *probe, pid_t victim, pid_t reaper);

/**
 * live_probe_read() - Stop watching and tell what was seen.
 * @probe: from live_probe_open().
 * @figures: filled; all zero if nothing was armed.
 *
 * Call it after the victim was waited for. A wait that lasts at that moment is not counted.
 *
 * Context: May sleep.
 * Return: 0, or an -errno of bpf(2) with @figures zeroed.
 */
int live_probe_read(struct live_probe *probe, struct live_figures *figures);

/**
 * live_probe_sees_spins() - Are waits for spinlocks counted here if only two tasks want one?
 * @probe: from live_probe_open(). It is disarmed afterwards.
 *
 * Two threads fight for a page-table lock, for 100 ms. Where the kernel does not report them
 * (without a hypervisor, or without paravirtual spinlocks), contended and wait_ns of all spinlocks
 * stay near 0, which then says nothing. mmap_lock is not concerned.
 *
 * Context: Starts threads and waits for their end.
 * Return: 1 if they are counted; 0 if not, or if there is but one CPU; -EAGAIN if no thread could
 * be started, -ENOMEM, or -errno as live_probe_arm().
 */
int live_probe_sees_spins(struct live_probe *probe);

/**
 * live_probe_close() - Detach and free.
 * @probe: the probe, or NULL. Nothing stays in the kernel; it does not either if the process dies.
 *
 * Context: May sleep.
 */
void live_probe_close(struct live_probe *probe);

#endif
