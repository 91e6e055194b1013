/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kill is measured by, one line for each figure. Figures, text, JSON and its reader walk
 * this table. To add a figure, add its line here and fill what its kernel column reads.
 */
#ifndef UMAPLE_LIVE_METRICS_H
#define UMAPLE_LIVE_METRICS_H

#include "measure/metrics.h"
#include "live/probe/live_class.h"

/* Ways to kill a victim. */
enum live_kill {
	KILL_SOLO,     /* the signal alone */
	KILL_MRELEASE, /* and process_mrelease() from another CPU */
	KILL_FORWARD,  /* the same of a victim in one spanning VMA, which both walk upward */
	NR_LIVE_KILLS
};

/* Who tells the kernel's figures. */
enum live_source {
	LIVE_CLOCKS, /* clocks and rusage, for any user */
	LIVE_PROBE,
	LIVE_SPINS, /* the probe, where the kernel reports waits for spinlocks */
};

/* No value of the model corresponds. */
#define MODEL_HAS_NONE (-1)

/*
 * name, key in a result file, unit, who tells (enum live_source), label, the kernel's figure and
 * the model's. @k is the kill's sample, @pages the layout's; the model's is a value of
 * measure/metrics.h.
 */
#define LIVE_METRICS(M)                                                                           \
	M(WALL, "wall_ns", NS, CLOCKS, "wall time", k->wall_ns, VALUE_WALL)                       \
	M(RUNNING, "running_ns", NS, CLOCKS, "CPU time of both", k->exit_cpu_ns + k->reap_cpu_ns, \
	  VALUE_RUNNING)                                                                          \
	M(EXIT, "exit_ns", NS, CLOCKS, "CPU time of the exit", k->exit_cpu_ns,                    \
	  VALUE_OF(CPU, ROLE_EXIT))                                                               \
	M(REAPER, "reaper_ns", NS, CLOCKS, "CPU time of the reaper", k->reap_cpu_ns,              \
	  VALUE_OF(CPU, ROLE_REAPER))                                                             \
	M(PER_PAGE, "cpu_ns_per_page", NS_PER_PAGE, CLOCKS, "CPU ns per page",                    \
	  live_share((double)(k->exit_cpu_ns + k->reap_cpu_ns), (double)pages), VALUE_PER_PAGE)   \
	M(EXIT_MMAP, "exit_mmap_ns", NS, PROBE, "exit_mmap", k->probe.exit_mmap_ns,               \
	  MODEL_HAS_NONE)                                                                         \
	M(REAP, "reap_ns", NS, PROBE, "__oom_reap_task_mm", k->probe.reap_ns, MODEL_HAS_NONE)     \
	M(REAPED, "pages_reaped", PAGES, PROBE, "pages reaped", k->probe.pages[LIVE_REAPER],      \
	  VALUE_OF(PAGES, ROLE_REAPER))                                                           \
	M(INTERRUPTS, "tlb_interrupts", TIMES, PROBE, "flush interrupts", k->probe.tlb_ipis,      \
	  MODEL_HAS_NONE)                                                                         \
	M(PTL_SHARE, "ptl_wait_share_reaper", SHARE, SPINS, "reaper's time waiting for ptl",      \
	  live_share((double)k->probe.lock[LIVE_PTL].wait_ns[LIVE_REAPER],                        \
		     (double)k->reap_wall_ns),                                                    \
	  MODEL_HAS_NONE)                                                                         \
	M(UNMAP_EXIT, "unmap_wait_share_exit", SHARE, SPINS, "ptl wait, share of unmap (exit)",   \
	  live_share((double)k->probe.lock[LIVE_PTL].wait_ns[LIVE_EXIT],                          \
		     (double)k->probe.unmap_ns[LIVE_EXIT]),                                       \
	  VALUE_OF(UNMAP_SHARE, ROLE_EXIT))                                                       \
	M(UNMAP_REAPER, "unmap_wait_share_reaper", SHARE, SPINS,                                  \
	  "ptl wait, share of unmap (reaper)",                                                    \
	  live_share((double)k->probe.lock[LIVE_PTL].wait_ns[LIVE_REAPER],                        \
		     (double)k->probe.unmap_ns[LIVE_REAPER]),                                     \
	  VALUE_OF(UNMAP_SHARE, ROLE_REAPER))

/* The classes of the probe: name, key and label, and the model's class. */
#define NO_LOCK_CLASS (-1)
#define LIVE_CLASSES(X)                                 \
	X(PTL, "ptl", LOCK_PTL, SPINS)                  \
	X(LRUVEC, "lruvec", LOCK_LRUVEC, SPINS)         \
	X(ZONE, "zone", LOCK_ZONE, SPINS)               \
	X(SWAP, "swap", LOCK_SWAP, SPINS)               \
	X(MMAP_LOCK, "mmap_lock", NO_LOCK_CLASS, PROBE) \
	X(OTHER, "other", NO_LOCK_CLASS, SPINS)

/*
 * All values of a kill: the figures above, then for each class how often it was contended and how
 * long it was waited for, by each role and by both.
 */
enum {
#define LIVE_VALUE(name, ...) LIVE_VALUE_##name,
	LIVE_METRICS(LIVE_VALUE)
#undef LIVE_VALUE
		NR_LIVE_METRICS,
};

enum live_count { LIVE_CONTENDED, LIVE_WAIT, NR_LIVE_COUNTS };

/* The roles, and both together. */
enum { LIVE_BOTH = NR_LIVE_ROLES, NR_LIVE_WHOM };

#define LIVE_LOCK_VALUE(count, class, whom)                                                \
	(NR_LIVE_METRICS +                                                                 \
	 (((unsigned int)(count)*NR_LIVE_CLASSES + (unsigned int)(class)) * NR_LIVE_WHOM + \
	  (unsigned int)(whom)))
#define NR_LIVE_VALUES LIVE_LOCK_VALUE(NR_LIVE_COUNTS, 0, 0)

struct live_metric_info {
	const char *key;
	enum metric_unit unit;
	enum live_source source;
	const char *label;
	int model; /* the model's value, or MODEL_HAS_NONE */
};

struct live_class_info {
	const char *name;
	int model; /* the model's class, or NO_LOCK_CLASS */
	enum live_source source;
};

extern const struct live_metric_info live_metric_info[NR_LIVE_METRICS];
extern const struct live_class_info live_class_info[NR_LIVE_CLASSES];

/* "solo", "mrelease", "forward": as a result file has them. */
const char *live_kill_name(enum live_kill kill);

/* @part of @whole; 0 if there is nothing. */
static inline double live_share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

#endif
