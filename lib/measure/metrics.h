/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metrics: one line for each figure that a race gives. The race's result is read by this
 * table, and figures, JSON writer, reader, schema, CSV, text and page walk it. To add a metric,
 * add its line here and fill what its last column reads where it is measured.
 *
 * A metric with the scope RUN has one value. The other scopes have one value for each role, free
 * mark, lock class, or lock class and role. All values of a race lie in one array of NR_VALUES.
 */
#ifndef UMAPLE_METRICS_H
#define UMAPLE_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "lock_class.h"

enum metric_unit { UNIT_NS, UNIT_TIMES, UNIT_PAGES, UNIT_SHARE, UNIT_NS_PER_PAGE, NR_METRIC_UNITS };

enum metric_scope { SCOPE_RUN, SCOPE_ROLE, SCOPE_MARK, SCOPE_CLASS, SCOPE_CLASS_ROLE };

/* Which way is better; NEITHER for a figure that only describes. */
enum metric_better { BETTER_LESS, BETTER_NEITHER };

/* Where a result file has a metric. */
enum {
	IN_ROWS = 1,	/* the median with its interval */
	IN_SAMPLES = 2, /* the single repetitions */
	OPTIONAL = 4,	/* files of the same schema that lack it are read too */
};

/* When this share of the memory was free. */
enum { FREE_50, FREE_90, FREE_99, FREE_100, NR_FREE_MARKS };

/*
 * name, key in a result file (a '*' stands for the role), unit, scope, where, better, label, help,
 * and how it is read: @r is the race's result, @role, @class and @mark are its place in the scope.
 */
#define METRICS(M)                                                                                 \
	M(WALL, "wall_ns", NS, RUN, IN_ROWS | IN_SAMPLES, LESS, "wall",                            \
	  "from the common start until the later task is done", r->wall_ns)                        \
	M(RUNNING, "running_ns", NS, RUN, IN_ROWS | IN_SAMPLES, LESS, "CPU, both",                 \
	  "CPU time of both tasks", race_cpu_ns(r))                                                \
	M(CPU, "*_ns", NS, ROLE, IN_ROWS, LESS, "CPU",                                             \
	  "CPU time of one task; waiting for a spinlock counts, sleeping does not",                \
	  r->role[role].cpu_ns)                                                                    \
	M(PER_PAGE, "cpu_ns_per_page", NS_PER_PAGE, RUN, IN_ROWS, LESS, "CPU ns/page",             \
	  "CPU time of both tasks for each page; it grows with cache lines that move too",         \
	  race_ratio(race_cpu_ns(r), race_pages(r)))                                               \
	M(PAGES, "pages", PAGES, ROLE, IN_ROWS, NEITHER, "pages",                                  \
	  "pages that one task unmapped, swapped pages included", r->role[role].count.unmapped)    \
	M(SKIPPED, "pages_skipped", PAGES, RUN, IN_ROWS | OPTIONAL, NEITHER, "pages skipped",      \
	  "pages of address space in VMAs that the reaper passes over: shared, hugetlb, PFN",      \
	  r->role[ROLE_REAPER].count.skipped)                                                      \
	M(FREE, "free_ns", NS, MARK, IN_ROWS, LESS, "memory free",                                 \
	  "from the common start until that share of the memory was free", r->free_ns[mark])       \
	M(WAIT, "wait_ns", NS, CLASS_ROLE, IN_ROWS, LESS, "wait",                                  \
	  "time from a trylock that failed to having the lock", r->role[role].lock[class].wait_ns) \
	M(CONTENDED, "contended", TIMES, CLASS_ROLE, IN_ROWS, LESS, "contended",                   \
	  "how often a trylock failed", r->role[role].lock[class].contended)                       \
	M(WAIT_BOTH, "wait_both_ns", NS, CLASS, IN_ROWS | IN_SAMPLES | OPTIONAL, LESS, "wait",     \
	  "waiting of both tasks for a class of locks", race_wait_ns(r, class))                    \
	M(CONTENDED_BOTH, "contended_both", TIMES, CLASS, IN_ROWS | OPTIONAL, LESS, "contended",   \
	  "how often either task found a lock of a class taken", race_contended(r, class))         \
	M(MMAP_WAIT, "mmap_lock_wait_ns", NS, ROLE, IN_ROWS | OPTIONAL, LESS, "mmap_lock wait",    \
	  "time asleep for mmap_lock", r->role[role].mmap_lock_wait_ns)                            \
	M(MMAP_WAIT_BOTH, "mmap_lock_wait_both_ns", NS, RUN, IN_ROWS | OPTIONAL, LESS,             \
	  "mmap_lock wait, both", "time that both tasks were asleep for mmap_lock",                \
	  r->role[ROLE_EXIT].mmap_lock_wait_ns + r->role[ROLE_REAPER].mmap_lock_wait_ns)           \
	M(UNMAP_SHARE, "unmap_wait_share", SHARE, ROLE, IN_ROWS, LESS, "% of unmap",               \
	  "share of the time in unmap_page_range() that went into waiting for page-table locks",   \
	  race_ratio(r->role[role].lock[LOCK_PTL].wait_ns, r->role[role].unmap_ns))                \
	M(PTL_WAIT, "ptl_wait_ns", NS, RUN, IN_ROWS | IN_SAMPLES | OPTIONAL, LESS, "ptl wait",     \
	  "waiting of both tasks for page-table locks", race_wait_ns(r, LOCK_PTL))                 \
	M(PTL_CONTENDED, "ptl_contended", TIMES, RUN, IN_ROWS | IN_SAMPLES | OPTIONAL, LESS,       \
	  "ptl contended", "how often either task found a page-table lock taken",                  \
	  race_contended(r, LOCK_PTL))                                                             \
	M(OTHER_WAIT, "other_wait_ns", NS, RUN, IN_ROWS | IN_SAMPLES | OPTIONAL, LESS,             \
	  "other locks' wait", "waiting of both tasks for all other spinlocks",                    \
	  race_other_wait_ns(r))                                                                   \
	M(ALL_FREE, "free_100_ns", NS, RUN, IN_SAMPLES, LESS, "all free",                          \
	  "from the common start until all memory was free", r->free_ns[FREE_100])

#define SCOPE_RUN_VALUES	1
#define SCOPE_ROLE_VALUES	NR_ROLES
#define SCOPE_MARK_VALUES	NR_FREE_MARKS
#define SCOPE_CLASS_VALUES	NR_LOCK_CLASSES
#define SCOPE_CLASS_ROLE_VALUES (NR_LOCK_CLASSES * NR_ROLES)

enum metric {
#define METRIC_NAME(name, ...) METRIC_##name,
	METRICS(METRIC_NAME)
#undef METRIC_NAME
		NR_METRICS
};

/* Where the values of a metric lie. The last of one is before the first of the next. */
enum {
#define METRIC_VALUES(name, key, unit, scope, ...) \
	VALUE_##name, VALUE_LAST_##name = VALUE_##name + SCOPE_##scope##_VALUES - 1,
	METRICS(METRIC_VALUES)
#undef METRIC_VALUES
		NR_VALUES
};

#define VALUE_OF(name, i)		    (VALUE_##name + (i))
#define VALUE_CLASS_ROLE(name, class, role) (VALUE_##name + (class) * NR_ROLES + (role))

struct metric_info {
	const char *key;
	enum metric_unit unit;
	enum metric_scope scope;
	unsigned int where; /* IN_ROWS, IN_SAMPLES, OPTIONAL */
	enum metric_better better;
	const char *label, *help;
	unsigned int first, nr; /* its values in the array of NR_VALUES */
};

extern const struct metric_info metric_info[NR_METRICS];

/* "exit" or "reaper"; "50", "90", "99" or "100": as a result file has them. */
const char *role_name(enum role role);
const char *free_mark_name(unsigned int mark);

/**
 * metric_key() - The key of one value's object in a row of a result file.
 * @text: for the key.
 * @size: of @text.
 * @metric: which.
 * @role: stands in for '*'.
 *
 * Context: Any.
 * Return: @text.
 */
const char *metric_key(char *text, size_t size, enum metric metric, enum role role);

/**
 * metric_value_key() - The path of one value in a row of a result file, as "wait_ns.ptl.exit".
 * @text: for the path.
 * @size: of @text.
 * @metric: which.
 * @i: which of its values, below metric_info[@metric].nr.
 *
 * Context: Any.
 * Return: @text.
 */
const char *metric_value_key(char *text, size_t size, enum metric metric, unsigned int i);

/* The same for a person, as "wait, ptl, exit". */
const char *metric_value_label(char *text, size_t size, enum metric metric, unsigned int i);

#endif
