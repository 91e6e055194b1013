/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario: who does what to a victim, and when. It is a table of acts. Acts of one role are done
 * by one task, in the order of the table. This header knows no tree: an engine plays what is here,
 * on its own layers (stage.h).
 */
#ifndef UMAPLE_SCENARIO_H
#define UMAPLE_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/lock_class.h"
#include "measure/metrics.h"

/* What an act waits for. A moment is reached when the act that leads to it is done. */
enum moment {
	AT_ONCE,
	WHEN_FROZEN, /* every thread of the victim sleeps in the refrigerator */
	WHEN_KILLED, /* SIGKILL is sent */
	NR_MOMENTS
};

/* Where the task of a role runs. */
enum place { ANYWHERE, ON_VICTIMS_CPU, ON_OTHER_CPU };

struct act {
	const char *role;      /* its task's name; NULL ends the table */
	const char *operation; /* a name of scenario_operations[] */
	enum moment after;
	unsigned int delay_us; /* from then on, or from the end of the act before, if that is later */
	const char *order;     /* how it walks the victim; NULL where it does not */
	enum place place;
};

#define ACTS_MAX 16

struct scenario {
	const char *name, *what;
	enum place victim_place;
	struct act acts[ACTS_MAX + 1];
};

/* An operation or a thaw policy, for help texts. */
struct operation_info {
	const char *name, *what;
	bool walks; /* it needs an order */
};

/* How a scenario is played. */
struct scenario_run {
	const struct scenario *scenario;
	unsigned int threads; /* of the victim, from 1 to SCENARIO_THREADS_MAX */
	const char *policy;   /* a name of thaw_policies[] */
	unsigned int wait_ms; /* who is frozen so long after the last act will not leave */
	int cpu[2];	      /* the victim's and the other one; -1: where the scheduler likes */
	enum lock_kind lock;
};

#define SCENARIO_THREADS_MAX 256

/* What did not happen. */
#define NEVER_NS INT64_MIN

/* All times are nanoseconds from the begin of the kill, and may be negative; or NEVER_NS. */
struct act_outcome {
	int64_t start_ns, end_ns;
	int ret; /* of the operation: 0 or more, or -errno */
};

struct thread_outcome {
	int64_t frozen_ns;  /* first slept in the refrigerator */
	int64_t thawed_ns;  /* last left it */
	int64_t exiting_ns; /* entered do_exit() */
	int64_t left_mm_ns; /* had no address space any more */
	int64_t dead_ns;
	unsigned int freezes; /* how often it slept in the refrigerator */
	bool stuck;	      /* frozen still at the end */
};

struct role_lock {
	uint64_t contended, wait_ns, wait_max_ns;
};

/* What the tasks of a role waited for, all together. */
struct role_waits {
	const char *role; /* of an act, or "victim" */
	uint64_t mmap_lock_wait_ns;
	struct role_lock lock[NR_LOCK_CLASSES];
};

struct scenario_outcome {
	bool exited;	    /* the victim left by itself */
	unsigned int stuck; /* threads that were frozen still */
	int64_t last_exit_ns;
	int64_t free_ns[NR_FREE_MARKS]; /* until that share of its memory was free */
	int oom_victims; /* what the count of OOM victims was in the end; right is 0 */
	unsigned int reaped, came_late, gave_up; /* of the oom_reaper */
	struct act_outcome act[ACTS_MAX];
	struct role_waits roles[ACTS_MAX + 1]; /* the victim's first */
	unsigned int nr_roles;
	struct thread_outcome *threads; /* the caller's, with room for all of them */
};

#endif
