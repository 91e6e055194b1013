/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One race: build a victim from a layout, let the exiting task and the reapers take it apart at the
 * same time, check that nothing was lost, and report what it cost.
 *
 * Who takes part is the order's text. "reverse" is one reaper in that order beside the exiting task,
 * which goes upward; "solo" is no reaper. [EXIT/]REAPER[+REAPER]... says it for each: with an EXIT
 * the exiting task walks in that order, and each REAPER is one. Behind an order stand its step (":4"),
 * the microseconds after which that task begins ("@200"), and how many there are of it ("*3").
 * Figures are by role: those of several reapers add up.
 */
#ifndef UMAPLE_RACE_H
#define UMAPLE_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout/layout.h"
#include "measure/metrics.h"
#include "measure/task.h"
#include "vma/tlb_mode.h"

#define FRAMES_CONSECUTIVE 0.0 /* as a mean length: frames follow each other */
#define FRAMES_RUN_MAX	   1e6

/*
 * Frames as a process of the layout's size has them: by the rule of frames_default_run(); as the
 * running kernel gives them out, which only root can see; or measured where that is possible, and
 * by the rule elsewhere.
 */
#define FRAMES_BY_SIZE	(-1.0)
#define FRAMES_MEASURED (-2.0)
#define FRAMES_AUTO	(-3.0)

#define RACE_ACTORS_MAX	  16
#define RACE_DELAY_MAX_US 1000000
#define RACE_ORDER_MAX	  64 /* letters */

struct lock_figures {
	uint64_t acquired, contended;
	uint64_t wait_ns, wait_max_ns;
};

struct role_figures {
	uint64_t wall_ns;	    /* from the common start to the end of this role's work */
	uint64_t cpu_ns;	    /* its running time; includes spinning, not sleeping */
	uint64_t unmap_ns;	    /* inside unmap_page_range() */
	uint64_t ptl_hold_ns;	    /* under a ptl; 0 unless timing is LOCK_TIMING_HOLD */
	uint64_t mmap_lock_wait_ns; /* asleep for mmap_lock */
	struct task_counts count;
	uint64_t involuntary; /* involuntary context switches */
	struct lock_figures lock[NR_LOCK_CLASSES];
};

struct race_result {
	uint64_t build_ns; /* building the victim, untimed otherwise: one thread, one CPU */
	uint64_t wall_ns;  /* from the common start until the later role is done */
	struct role_figures role[NR_ROLES];
	uint64_t free_ns[NR_FREE_MARKS]; /* until that share of the memory to be freed was free */
	unsigned int reapers;		 /* 0 for the order "solo" */
	/* A task was off its CPU for over 1 % of its time: do not count this one. */
	bool disturbed;
	double frame_run;     /* mean length of the runs of page frames; 0: consecutive */
	bool frames_measured; /* they are those of a real process */
	bool crowded; /* more tasks than CPUs: they take turns, and nobody can say who was disturbed */
	uint64_t speed_ns[NR_ROLES]; /* of each CPU, the slower look of before and after; 0: none */
};

struct race_options {
	const char *engine; /* "kernel" or "maple" */
	const char *order;  /* a name race_order_valid() accepts */
	enum lock_kind lock;
	enum lock_timing timing;
	enum tlb_mode tlb;
	double frames;	     /* mean length of the runs of page frames, or FRAMES_... */
	int cpu[NR_ROLES];   /* pin to these CPUs; -1 leaves the role where it is */
	struct speed *speed; /* wait until these are fast, and look again afterwards; NULL: do not */
};

/* An arena: the simulated machine's memory, made once for the largest layout and reused. */
struct race_arena;

/**
 * race_arena_bytes() - Memory that race_arena_create() and one victim of a layout will take.
 * @layout: the largest layout that is going to run.
 * @traced: with room for traced races.
 *
 * Context: Any.
 * Return: bytes of real memory.
 */
uint64_t race_arena_bytes(const struct layout *layout, bool traced);

/**
 * race_arena_create() - Make the machine the victims of one layout live on.
 * @layout: sizes it.
 * @traced: make room for what races with LOCK_TIMING_TRACE write down.
 * @err: filled with one line on failure.
 * @errlen: its size in bytes.
 *
 * Context: May sleep.
 * Return: The arena, or NULL with @err set if race_arena_bytes() is more than the memory that
 * is available, or if an allocation failed.
 */
struct race_arena *race_arena_create(const struct layout *layout, bool traced, char *err,
				     size_t errlen);

/**
 * race_arena_create_within() - The same with a machine of another size.
 * @layout: as for race_arena_create().
 * @traced: as for race_arena_create().
 * @machine: page frames of the machine, in which the victim's lie scattered; at least as many
 * as the layout needs are made. Its memory map is written once, 64 bytes for each.
 * @err: as for race_arena_create().
 * @errlen: as for race_arena_create().
 *
 * For races that look for faults: a map that fits into the caches is made in no time, but times
 * measured with it are too good.
 *
 * Context: As race_arena_create().
 * Return: As race_arena_create().
 */
struct race_arena *race_arena_create_within(const struct layout *layout, bool traced,
					    uint64_t machine, char *err, size_t errlen);

/**
 * race_arena_destroy() - Give it back.
 * @arena: the arena, or NULL.
 *
 * Context: No race is running.
 */
void race_arena_destroy(struct race_arena *arena);

/**
 * race_run() - Build one victim, tear it down, check conservation.
 * @arena: from race_arena_create() for the same @layout.
 * @layout: the victim's address space.
 * @options: how.
 * @result: filled on success.
 * @err: filled with one line on failure.
 * @errlen: its size in bytes.
 *
 * Starts a thread for each task; all are gone on return. The building and the check are not timed.
 *
 * Context: One race at a time per arena. The caller is not registered for RCU. May sleep.
 * Return: 0; -EINVAL for an engine or order that does not exist, a traced race with several reapers,
 * or one in an arena without room for it; -ENOMEM with everything taken back; -EUCLEAN if the check found a page lost,
 * freed twice or still referenced, or a table not empty; another -errno if a thread could not
 * be started or pinned.
 */
int race_run(struct race_arena *arena, const struct layout *layout,
	     const struct race_options *options, struct race_result *result, char *err,
	     size_t errlen);

/**
 * race_probe() - Are the CPUs of a race free?
 * @cpu: as in struct race_options; nothing is looked at where a role is not pinned.
 * @err: filled with one line if not.
 * @errlen: its size in bytes.
 *
 * Context: As busy_probe() (common/busy.h), which it calls.
 * Return: 0; -EBUSY or another -errno with @err set.
 */
int race_probe(const int cpu[NR_ROLES], char *err, size_t errlen);

/* NULL-terminated lists of what this build offers, for help texts and checks. */
const char *const *race_orders(void);
const char *const *race_engines(void);

/* One line about an order: the @i-th of race_orders(). */
const char *race_order_what(unsigned int i);

/* The tree of an engine: "umaple 0.1.0", "lib/maple_tree.c of Linux 6.12.90". */
const char *race_engine_version(const char *engine);

/**
 * race_order_valid() - Is this an order?
 * @name: "solo", "forward", "reverse-fine:8" (in steps of 8 PTE tables), "reverse/forward+reverse@50",
 * ...
 *
 * Context: Any.
 * Return: true if race_run() will take it.
 */
bool race_order_valid(const char *name);

/* Can its races be traced? Those of several reapers cannot. */
bool race_order_traceable(const char *name);

/* Is it the order of one walk: "reverse", "reverse-fine:8", and not "solo"? */
bool race_walk_valid(const char *name);

/* A task of a race, as a result file has it. */
struct race_actor_info {
	enum role role;
	char order[64];	       /* how it walks */
	unsigned int delay_us; /* from the common start until it begins */
	int cpu;	       /* -1: not pinned */
};

/**
 * race_actors() - Who takes part in a race.
 * @order: a name race_order_valid() accepts.
 * @cpu: as in struct race_options.
 * @infos: filled, the exiting task first.
 *
 * Context: Any.
 * Return: How many there are, 0 for an order that does not exist.
 */
unsigned int race_actors(const char *order, const int cpu[NR_ROLES],
			 struct race_actor_info infos[RACE_ACTORS_MAX]);

/* "exit" or "oom_reaper"; "exit_mm" or "oom_reap_task". */
const char *race_task_name(enum role role);
const char *race_operation_name(enum role role);

#endif
