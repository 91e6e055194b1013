/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The freezer: tasks that are asked to freeze go to sleep in the refrigerator, and only the freezer
 * wakes them. Two sources ask: a system that suspends, and a cgroup of version 1. (The freezer of
 * cgroup v2 lets a killed task go by itself; it needs no thaw and is not modelled.)
 *
 * A task in the refrigerator looks again each time it is woken, and sleeps on as long as it is to
 * freeze. So whom freezing() exempts decides whether a thaw helps: that is the thaw policy.
 */
#ifndef UMAPLE_FREEZER_H
#define UMAPLE_FREEZER_H

#include "sched.h"

/* What happens to the freezer when a task becomes an OOM victim. One entry of thaw_policies[]. */
struct thaw_policy {
	const char *name, *what;
	/*
	 * Thaw the victim; TIF_MEMDIE is set on @tsk already, and its process is an OOM victim.
	 * Context: @tsk cannot go.
	 */
	void (*thaw)(struct task_struct *tsk);
	/* Is @tsk left alone, although its process is asked to freeze? */
	bool (*ignored)(const struct task_struct *tsk);
};

/* All of them, in the order of their history; ended by an entry without name. */
extern const struct thaw_policy thaw_policies[];

/* By name; NULL if there is none. */
const struct thaw_policy *thaw_policy_find(const char *name);

/**
 * freezing() - Is a task to freeze?
 * @p: the task.
 *
 * Context: Any. The answer is settled only under freezer_lock.
 * Return: true if a source asks for it and neither PF_NOFREEZE nor the thaw policy exempts it.
 */
bool freezing(const struct task_struct *p);

/* Does it sleep in the refrigerator, or is it about to? */
static inline bool frozen(const struct task_struct *p)
{
	return __atomic_load_n(&p->__state, __ATOMIC_ACQUIRE) & TASK_FROZEN;
}

/**
 * __refrigerator() - Sleep as long as this task is to freeze.
 *
 * Context: A task that holds no lock. Sleeps.
 * Return: true if it slept.
 */
bool __refrigerator(void);

/* Freeze if asked to. Context and return value as of __refrigerator(). */
static inline bool try_to_freeze(void)
{
	return freezing(current) && __refrigerator();
}

/**
 * freeze_task() - Ask one task to freeze.
 * @p: the task.
 *
 * Context: Any; the task cannot go.
 * Return: true if it was asked; false if it need not freeze, or is frozen.
 */
bool freeze_task(struct task_struct *p);

/* Wake a task in the refrigerator. Context: any; the task cannot go. */
void __thaw_task(struct task_struct *p);

/* The same for all threads of a process. */
void thaw_process(struct task_struct *p);

/**
 * freeze_processes() - Freeze all tasks, as a system does that suspends.
 * @system: the system.
 * @ms: how long to wait for them.
 *
 * Context: May sleep; not a task of the system.
 * Return: 0; -EBUSY if some task did not freeze in time, and then all are thawed.
 */
int freeze_processes(struct system *system, unsigned int ms);

/* The system goes on: thaw all tasks, but those that a cgroup keeps frozen. */
void thaw_processes(struct system *system);

/**
 * freezer_change_state() - Freeze or thaw a process by its cgroup.
 * @p: a task of the process, with a reference.
 * @freeze: FROZEN, else THAWED.
 *
 * Freezing has only begun when this returns; see wait_until_frozen().
 *
 * Context: Any; not a task of that process.
 */
void freezer_change_state(struct task_struct *p, bool freeze);

/**
 * wait_until_frozen() - Wait until every thread of a process sleeps in the refrigerator.
 * @p: a task of the process, with a reference.
 * @ms: how long.
 *
 * Context: May sleep; not a task of that process.
 * Return: true if all are frozen.
 */
bool wait_until_frozen(struct task_struct *p, unsigned int ms);

#endif
