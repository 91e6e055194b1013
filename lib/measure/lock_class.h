/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told apart in figures: who waited, for which class of lock, of which make, doing what. */
#ifndef UMAPLE_LOCK_CLASS_H
#define UMAPLE_LOCK_CLASS_H

#include <stdint.h>

enum role { ROLE_EXIT, ROLE_REAPER, NR_ROLES };

enum lock_class {
	LOCK_PTL,    /* page-table locks: one per PTE table, one per PMD table */
	LOCK_LRUVEC, /* the LRU lists of the node */
	LOCK_ZONE,   /* the free lists of the zone */
	LOCK_SWAP,   /* swap clusters and the size classes of the compressed pool */
	NR_LOCK_CLASSES,
};

enum lock_kind { LOCK_KIND_TICKET, LOCK_KIND_MCS, LOCK_KIND_TAS, NR_LOCK_KINDS };

/*
 * How much the locks find out. WAIT is the normal mode; HOLD reads the clock twice per section;
 * TRACE writes down each visit to a page table and each wait (task_trace.h).
 */
enum lock_timing { LOCK_TIMING_OFF, LOCK_TIMING_WAIT, LOCK_TIMING_HOLD, LOCK_TIMING_TRACE };

/*
 * Where the time of a traced role goes. A wait, a shootdown or a flush counts as such wherever it
 * happens, also under a ptl.
 */
enum task_bucket {
	BUCKET_OTHER,
	BUCKET_UNDER_PTL,
	BUCKET_WAIT_OF, /* [lock class] */
	BUCKET_MMAP_LOCK_WAIT = BUCKET_WAIT_OF + NR_LOCK_CLASSES,
	BUCKET_TLB,  /* flush_tlb_mm_range() */
	BUCKET_FREE, /* tlb_batch_pages_flush() */
	NR_TASK_BUCKETS,
};

#endif
