/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF program and its loader share: both see these structures in the same memory. */
#ifndef UMAPLE_PROBE_INTERNAL_H
#define UMAPLE_PROBE_INTERNAL_H

#include <linux/types.h>

#include "live/probe/live_class.h"

#define PROBE_NODES    16    /* NUMA nodes whose locks are known */
#define PROBE_DEPTH    8     /* waits that may interrupt each other on a CPU */
#define PROBE_NOBODY   (~0U) /* no process has this identifier */
#define PROBE_KNOWN    2048  /* locks whose address is known */
#define PROBE_SLEEPS   1024  /* tasks that may sleep for a lock at once */
#define PROBE_COUNTERS 4     /* rss counters of an mm */

/* In the map of known addresses beside the classes: a NUMA node, to which a lruvec points. */
#define PROBE_IS_NODE NR_LIVE_CLASSES

/* Addresses from start; each element has a lock at its beginning. */
struct probe_range {
	__u64 start, length, element;
};

/* What is watched. Filled when armed, only read while the victim dies. */
struct probe_watch {
	__u32 tgid[NR_LIVE_ROLES];  /* PROBE_NOBODY while disarmed */
	__u32 found[NR_LIVE_ROLES]; /* the identifiers in the kernel's own namespace */
	__u32 looking_for;	    /* role of the process that the iterator visits */
	__u32 nr_nodes;
	__s64 swap_behind_rq; /* from a CPU's run queue to its percpu_swap_cluster; 0: unknown */
	__u64 mm, mmap_lock, signal; /* of the victim */
	struct probe_range ptl;	     /* ptl of each struct page */
	struct probe_range clusters; /* of the swap device */
};

/* Moments and sums of which there is one. */
struct probe_seen {
	__u64 exit_start, exit_end, unmap_end;
	__u64 reap_start, reap_end, reap_open, reap_ns;
	__u64 unmap_open[NR_LIVE_ROLES], unmap_ns[NR_LIVE_ROLES];
	__u64 ipis, ipis_attached;
	__s64 rss[PROBE_COUNTERS]; /* as of the last change */
};

struct probe_waits {
	__u64 contended, wait_ns, wait_max_ns;
};

/* Counts of one CPU. */
struct probe_counts {
	struct probe_waits lock[NR_LIVE_ROLES][NR_LIVE_CLASSES];
	__s64 pages[NR_LIVE_ROLES];
};

/* A wait that has begun. */
struct probe_wait {
	__u64 lock, since;
	__u32 role, class;
};

/* The waits of one CPU that spin: the last one interrupted those before it. */
struct probe_spins {
	__u64 depth;
	struct probe_wait wait[PROBE_DEPTH];
};

/* A task that sleeps may wake up on another CPU. */
struct probe_sleeper {
	__u64 lock, task;
};

#endif
