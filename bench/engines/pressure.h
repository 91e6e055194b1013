/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory pressure: processes that allocate from a pool until it is empty, run into the OOM killer,
 * and go on when somebody has died. This header knows no tree; pressure.c is compiled once per
 * engine.
 */
#ifndef UMAPLE_PRESSURE_H
#define UMAPLE_PRESSURE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lock_class.h"

struct pglist_data;

struct pressure_run {
	const char *policy;	/* a name of thaw_policies[] */
	const char *order;	/* of the oom_reaper; NULL: there is none */
	unsigned int delay_ms;	/* of the oom_reaper */
	unsigned int processes; /* that allocate for as long as they live */
	unsigned int background; /* that allocate their share and are frozen, with two threads each */
	unsigned int ms;	 /* how long it goes on */
	uint64_t pages;		 /* of the pool */
	enum lock_kind lock;
	const volatile sig_atomic_t *stop; /* not 0: end early */
};

#define PRESSURE_PROCESSES_MAX 32 /* of each kind */

/* Times of one kind, in nanoseconds. */
struct pressure_times {
	double *ns; /* the caller's */
	size_t room;
	size_t nr; /* that there were; those beyond @room are not kept */
};

struct pressure_outcome {
	uint64_t handed_out;			 /* pages that processes got */
	unsigned int kills;			 /* by the OOM killer */
	unsigned int reaped, came_late, gave_up; /* of the oom_reaper */
	/* Episodes: from the first failed allocation to the first one that succeeds. */
	struct pressure_times episodes;
	/* How long one process waited, from its failed allocation to the same one's success. */
	struct pressure_times waits;
	uint64_t ran_ns;
	uint64_t idle_ns; /* at the end: since when no allocation had succeeded */
};

/**
 * pressure_play() - Let it happen.
 * @pgdat: the pool; all of it is free, and is free again on return.
 * @run: how.
 * @outcome: filled on success; the times have their memory.
 *
 * Context: May sleep. The caller is registered for RCU, and is no task.
 * Return: 0; -EINVAL for an order or policy that does not exist, or too many processes; -ESRCH if
 * memory ran out and nothing could be killed; -ENOMEM; -EAGAIN if no thread could be started.
 */
int pressure_play(struct pglist_data *pgdat, const struct pressure_run *run,
		  struct pressure_outcome *outcome);

#endif
