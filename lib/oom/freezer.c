// SPDX-License-Identifier: GPL-2.0-only
#include "freezer.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"

bool freezing(const struct task_struct *p)
{
	const struct system *system = p->system;
	const bool cgroup = __atomic_load_n(&p->signal->cgroup_freezing, __ATOMIC_ACQUIRE);
	const bool suspend = __atomic_load_n(&system->pm_freezing, __ATOMIC_ACQUIRE);

	if (!cgroup && !suspend)
		return false;
	if (task_has_flag(p, PF_NOFREEZE))
		return false;
	if (system->thaw && system->thaw->ignored(p))
		return false;
	/* Kernel threads are frozen by their own call, which this model does not have. */
	return cgroup || !task_has_flag(p, PF_KTHREAD);
}

bool __refrigerator(void)
{
	struct task_struct *tsk = current;
	pthread_mutex_t *lock = &tsk->system->freezer_lock;
	bool was_frozen = false, freeze;

	for (;;) {
		__atomic_store_n(&tsk->__state, TASK_FROZEN, __ATOMIC_SEQ_CST);
		pthread_mutex_lock(lock);
		freeze = freezing(tsk);
		if (freeze && !tsk->times.frozen)
			tsk->times.frozen = clock_ticks();
		tsk->times.freezes += freeze;
		pthread_mutex_unlock(lock);
		if (!freeze)
			break;
		was_frozen = true;
		schedule();
	}
	__atomic_store_n(&tsk->__state, TASK_RUNNING, __ATOMIC_RELEASE);
	if (was_frozen)
		tsk->times.thawed = clock_ticks();
	return was_frozen;
}

bool freeze_task(struct task_struct *p)
{
	pthread_mutex_t *lock = &p->system->freezer_lock;
	bool ask;

	pthread_mutex_lock(lock);
	ask = freezing(p) && !frozen(p);
	if (ask) {
		/* A signal that is none: it only makes the task look. */
		set_tsk_thread_flag(p, TIF_SIGPENDING);
		wake_up_state(p, TASK_INTERRUPTIBLE);
	}
	pthread_mutex_unlock(lock);
	return ask;
}

void __thaw_task(struct task_struct *p)
{
	pthread_mutex_t *lock = &p->system->freezer_lock;

	pthread_mutex_lock(lock);
	wake_up_state(p, TASK_FROZEN);
	pthread_mutex_unlock(lock);
}

void thaw_process(struct task_struct *p)
{
	struct task_struct *t;

	port_rcu_read_lock();
	for_each_thread(p, t) __thaw_task(t);
	port_rcu_read_unlock();
}

/* Ask each thread of a process; returns how many are awake still. */
static unsigned int freeze_threads(struct task_struct *p)
{
	unsigned int awake = 0;
	struct task_struct *t;

	port_rcu_read_lock();
	for_each_thread(p, t) awake += freeze_task(t);
	port_rcu_read_unlock();
	return awake;
}

static void nap(void)
{
	const struct timespec ts = {.tv_nsec = 200000};

	nanosleep(&ts, NULL);
}

int freeze_processes(struct system *system, unsigned int ms)
{
	const uint64_t end = clock_monotonic_ns() + ms * 1000000ULL;
	unsigned int awake;
	struct task_struct *p;

	pthread_mutex_lock(&system->freezer_lock);
	__atomic_store_n(&system->pm_freezing, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&system->freezer_lock);
	for (;;) {
		awake = 0;
		port_rcu_read_lock();
		for_each_process(system, p) awake += freeze_threads(p);
		port_rcu_read_unlock();
		if (!awake)
			return 0;
		if (clock_monotonic_ns() > end)
			break;
		nap();
	}
	thaw_processes(system);
	return -EBUSY;
}

void thaw_processes(struct system *system)
{
	struct task_struct *p;

	pthread_mutex_lock(&system->freezer_lock);
	__atomic_store_n(&system->pm_freezing, false, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&system->freezer_lock);
	port_rcu_read_lock();
	for_each_process(system, p) thaw_process(p);
	port_rcu_read_unlock();
}

void freezer_change_state(struct task_struct *p, bool freeze)
{
	struct system *system = p->system;

	pthread_mutex_lock(&system->freezer_lock);
	__atomic_store_n(&p->signal->cgroup_freezing, freeze, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&system->freezer_lock);
	if (freeze)
		freeze_threads(p);
	else
		thaw_process(p);
}

bool wait_until_frozen(struct task_struct *p, unsigned int ms)
{
	const uint64_t end = clock_monotonic_ns() + ms * 1000000ULL;

	/* Who was asked and is not frozen yet is awake; who is not asked any more never freezes. */
	for (;;) {
		struct task_struct *t;
		bool all = true;

		freeze_threads(p);
		port_rcu_read_lock();
		for_each_thread(p, t) all = all && frozen(t);
		port_rcu_read_unlock();
		if (all || clock_monotonic_ns() > end)
			return all;
		nap();
	}
}
