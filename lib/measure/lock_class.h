/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of lock classes and lock kinds, and the names of roles, timing modes and buckets of
 * time. Code that needs all classes or all kinds walks these tables.
 */
#ifndef UMAPLE_LOCK_CLASS_H
#define UMAPLE_LOCK_CLASS_H

#include <stdbool.h>
#include <stdint.h>

enum role { ROLE_EXIT, ROLE_REAPER, NR_ROLES };

/* Flags of a class of locks. */
enum {
	LOCK_IS_PTL = 1,   /* guards page tables: a trace has a visit for each time it was taken */
	LOCK_PER_PAGE = 2, /* taken per page or per table: reading the clock would cost too much */
	LOCK_SLEEPS = 4,   /* a task that waits sleeps: the wait is no running time */
	LOCK_LATER = 8,	   /* result files that were written before the class existed lack it */
};

/*
 * The classes of locks, one line each: name; key in files and heading in tables; the lock in a
 * sentence; what it protects; who takes it; flags. To add a class, add its line and
 * give it to the stat_lock_init() of its locks.
 */
#define LOCK_CLASSES(X)                                                                        \
	X(PTL, "ptl", "the ptl", "page-table locks, one per table",                            \
	  "both tasks, for each table that they visit", LOCK_IS_PTL)                           \
	X(LRUVEC, "lruvec", "the lruvec lock", "the LRU lists of the node",                    \
	  "both tasks, for each 31 folios that they free", 0)                                  \
	X(ZONE, "zone", "the zone lock", "the free lists of the zone",                         \
	  "both tasks, when a per-CPU list is full or empty", 0)                               \
	X(SWAP, "swap", "the swap locks", "swap clusters and the compressed pool",             \
	  "both tasks, for each swapped page", LOCK_PER_PAGE | LOCK_LATER)                     \
	X(RSS, "rss", "the rss locks", "the shared sums of the RSS counters",                  \
	  "both tasks, for each table that they empty", LOCK_PER_PAGE | LOCK_LATER)            \
	X(DEPOT, "depot", "the depot locks", "free objects that threads exchange in the slab", \
	  "both tasks and the call_rcu worker, for each 64 objects", LOCK_SLEEPS | LOCK_LATER)

enum lock_class {
#define LOCK_CLASS_ENUM(NAME, ...) LOCK_##NAME,
	LOCK_CLASSES(LOCK_CLASS_ENUM)
#undef LOCK_CLASS_ENUM
		NR_LOCK_CLASSES,
};

/* The same flag of all classes as a mask, for code that has no time to look into the table. */
#define LOCK_CLASS_PER_PAGE_BIT(NAME, name, label, help, taken_by, flags) \
	| (((flags)&LOCK_PER_PAGE) ? 1u << LOCK_##NAME : 0)
#define LOCK_PER_PAGE_CLASSES (0u LOCK_CLASSES(LOCK_CLASS_PER_PAGE_BIT))

struct lock_class_info {
	const char *name, *label, *help, *taken_by;
	unsigned int flags;
};

extern const struct lock_class_info lock_class_info[NR_LOCK_CLASSES];

/* "ptl" and "the ptl"; must every result file have this class? */
static inline const char *lock_class_name(enum lock_class class)
{
	return lock_class_info[class].name;
}

static inline const char *lock_class_label(enum lock_class class)
{
	return lock_class_info[class].label;
}

static inline bool lock_class_required(enum lock_class class)
{
	return !(lock_class_info[class].flags & LOCK_LATER);
}

/*
 * The kinds of locks, one line each: name; what --lock takes, and what the functions of the
 * algorithm in stat_lock.h begin with; the function that waits, as profiles show it; help.
 */
#define LOCK_KINDS(X)                                                       \
	X(TICKET, ticket, ticket_spin_lock_slowpath,                        \
	  "first come, first served; all waiters read one word")            \
	X(MCS, mcs, queued_spin_lock_slowpath,                              \
	  "a queue; each waiter reads a word of its own, as in the kernel") \
	X(TAS, tas, tas_spin_lock_slowpath, "test and set; whoever is quickest")

enum lock_kind {
#define LOCK_KIND_ENUM(NAME, ...) LOCK_KIND_##NAME,
	LOCK_KINDS(LOCK_KIND_ENUM)
#undef LOCK_KIND_ENUM
		NR_LOCK_KINDS,
};

struct lock_kind_info {
	const char *name, *slowpath, *help;
};

extern const struct lock_kind_info lock_kind_info[NR_LOCK_KINDS];

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

/* The key of a bucket in a trace file, and what a chart calls it. */
struct task_bucket_info {
	const char *key, *label;
};

extern const struct task_bucket_info task_bucket_info[NR_TASK_BUCKETS];

#endif
