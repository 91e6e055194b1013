/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenarios on the layers of one engine: compiled once per engine, beside adapter.c. */
#ifndef UMAPLE_STAGE_H
#define UMAPLE_STAGE_H

#include <pthread.h>

#include "oom/oom_kill.h"
#include "scenario.h"

/* A victim, those who deal with it, and how far they have got. */
struct stage {
	const struct scenario_run *run;
	struct system system;
	struct task_struct *leader; /* of the victim */
	struct mm_struct *mm;	    /* its address space; stage_play()'s caller holds it */
	unsigned long hole;	    /* where its threads map and unmap: PMD_SIZE for each */
	unsigned int areas;	    /* given out to threads; atomic */

	pthread_mutex_t lock;
	pthread_cond_t moved; /* with lock: a moment is reached, or err is set */
	bool reached[NR_MOMENTS];
	uint64_t at[NR_MOMENTS]; /* ticks when the act that leads there began */
	int err;		 /* an act failed without which the rest is pointless */
};

struct operation {
	struct operation_info info;
	enum moment leads_to; /* AT_ONCE: to nothing */
	/* Context: a thread with a simulated CPU. Return: 0 or more, or -errno. */
	int (*run)(struct stage *stage, const struct reap_plan *plan);
};

/* Ended by an entry without name. */
extern const struct operation scenario_operations[];

/* By name; NULL if there is none. */
const struct operation *scenario_operation_find(const char *name);

/* The thread with its queue is a task of its own: it is started before the first act. */
#define OPERATION_OOM_REAPER "oom_reaper"

/**
 * stage_play() - Give an address space to a process, and let a scenario happen to it.
 * @mm: the address space, with the caller's reference (mm_users), which is gone afterwards. The
 * caller also holds the structure (mm_count).
 * @pages: that its death will free.
 * @run: what happens.
 * @outcome: filled on success.
 *
 * The victim is gone on return: what held it is undone after the scenario's end.
 *
 * Context: May sleep. The caller is registered for RCU, and is no task.
 * Return: 0; -EINVAL for an operation, order or policy that does not exist; -ENOMEM; -EAGAIN if no
 * thread could be started; -EBUSY if the victim could not be frozen; another -errno if a task
 * could not be pinned.
 */
int stage_play(struct mm_struct *mm, unsigned long pages, const struct scenario_run *run,
	       struct scenario_outcome *outcome);

#endif
