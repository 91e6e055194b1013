/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's locks by class, and the two tasks that take them; BPF programs read this too. */
#ifndef UMAPLE_LIVE_CLASS_H
#define UMAPLE_LIVE_CLASS_H

enum live_class {
	LIVE_PTL,	/* page-table locks, of every level */
	LIVE_LRUVEC,	/* lruvec->lru_lock, of any memory cgroup and node */
	LIVE_ZONE,	/* zone->lock */
	LIVE_SWAP,	/* of a swap device: clusters, the device itself, the pool under zram */
	LIVE_MMAP_LOCK, /* of the victim; a task sleeps */
	LIVE_OTHER,
	NR_LIVE_CLASSES
};

enum live_role { LIVE_EXIT, LIVE_REAPER, NR_LIVE_ROLES };

#endif
