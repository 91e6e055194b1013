// SPDX-License-Identifier: GPL-2.0-only
/* Sleeping, waking, signals and simulated CPUs. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "freezer.h"
#include "sched.h"

_Static_assert(NR_CPUS <= 64, "system.busy_cpus has a bit for each CPU");

static long futex_call(unsigned int *word, int op, unsigned int value,
		       const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, timeout, NULL, 0);
}

void get_cpu(struct system *system)
{
	uint64_t busy;
	int cpu;

	while (sem_wait(&system->idle_cpus) && errno == EINTR)
		;
	/* There is a bit for this task; another one may take the one that is seen first. */
	busy = __atomic_load_n(&system->busy_cpus, __ATOMIC_RELAXED);
	do {
		while (!~busy)
			busy = __atomic_load_n(&system->busy_cpus, __ATOMIC_RELAXED);
		cpu = __builtin_ctzll(~busy);
	} while (!__atomic_compare_exchange_n(&system->busy_cpus, &busy, busy | 1ULL << cpu, false,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	this_task.cpu = (unsigned int)cpu;
}

void put_cpu(struct system *system)
{
	__atomic_fetch_and(&system->busy_cpus, ~(1ULL << this_task.cpu), __ATOMIC_RELEASE);
	sem_post(&system->idle_cpus);
}

/* The CPU uses the task's address space while the task is on it. */
static void switch_to_idle(struct task_struct *tsk)
{
	if (tsk->mm)
		__atomic_fetch_and(&tsk->mm->cpu_bitmap, ~(1UL << this_task.cpu), __ATOMIC_SEQ_CST);
	put_cpu(tsk->system);
}

static void switch_from_idle(struct task_struct *tsk)
{
	get_cpu(tsk->system);
	if (tsk->mm)
		__atomic_fetch_or(&tsk->mm->cpu_bitmap, 1UL << this_task.cpu, __ATOMIC_SEQ_CST);
}

static void sleep_until_running(const struct timespec *timeout)
{
	struct task_struct *tsk = current;
	unsigned int state;

	switch_to_idle(tsk);
	while ((state = __atomic_load_n(&tsk->__state, __ATOMIC_ACQUIRE)) != TASK_RUNNING)
		if (futex_call(&tsk->__state, FUTEX_WAIT, state, timeout) && errno == ETIMEDOUT)
			break;
	switch_from_idle(tsk);
	__atomic_store_n(&tsk->__state, TASK_RUNNING, __ATOMIC_RELEASE);
}

void schedule(void)
{
	sleep_until_running(NULL);
}

void schedule_timeout_interruptible(unsigned int us)
{
	const struct timespec timeout = {us / 1000000, us % 1000000 * 1000L};

	__atomic_store_n(&current->__state, TASK_INTERRUPTIBLE, __ATOMIC_SEQ_CST);
	/* Who set the flag before the state was seen has not woken anybody. */
	if (test_tsk_thread_flag(current, TIF_SIGPENDING))
		__atomic_store_n(&current->__state, TASK_RUNNING, __ATOMIC_RELEASE);
	else
		sleep_until_running(&timeout);
}

bool wake_up_state(struct task_struct *tsk, unsigned int states)
{
	unsigned int state = __atomic_load_n(&tsk->__state, __ATOMIC_SEQ_CST);

	while (state & states) {
		if (!__atomic_compare_exchange_n(&tsk->__state, &state, TASK_RUNNING, false,
						 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			continue;
		futex_call(&tsk->__state, FUTEX_WAKE, INT_MAX, NULL);
		return true;
	}
	return false;
}

void send_sigkill(struct task_struct *p)
{
	struct signal_struct *signal = p->signal;
	struct task_struct *t;

	pthread_mutex_lock(&signal->siglock);
	__atomic_store_n(&signal->group_exit, true, __ATOMIC_RELEASE);
	port_rcu_read_lock();
	for_each_thread(p, t)
	{
		__atomic_store_n(&t->sigkill, true, __ATOMIC_RELEASE);
		set_tsk_thread_flag(t, TIF_SIGPENDING);
		wake_up_state(t, TASK_INTERRUPTIBLE);
	}
	port_rcu_read_unlock();
	pthread_mutex_unlock(&signal->siglock);
}

/*
 * The freezer comes before the signal, as in the kernel: a killed task that is asked to freeze does
 * that first.
 */
static bool get_signal(void)
{
	try_to_freeze();
	pthread_mutex_lock(&current->signal->siglock);
	if (!current->sigkill)
		clear_tsk_thread_flag(current, TIF_SIGPENDING);
	pthread_mutex_unlock(&current->signal->siglock);
	/* The freezer may have asked again while the flag was cleared. */
	if (freezing(current))
		set_tsk_thread_flag(current, TIF_SIGPENDING);
	return fatal_signal_pending(current);
}

bool exit_to_user_mode(void)
{
	while (test_tsk_thread_flag(current, TIF_SIGPENDING))
		if (get_signal())
			return false;
	return true;
}
