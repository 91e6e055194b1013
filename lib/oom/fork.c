// SPDX-License-Identifier: GPL-2.0-only
/* Systems, processes and threads: how they begin, and how they are collected. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "freezer.h"
#include "mm.h"
#include "sched.h"

/* The stack of a task: what the VMA layer needs, and the sanitizers. */
#define STACK_BYTES (512UL << 10)

__thread struct task_struct *current_task;

void system_init(struct system *system, struct pglist_data *pgdat)
{
	*system = (struct system){.pgdat = pgdat, .lock_kind = this_task.lock_kind};
	pthread_mutex_init(&system->tasklist_lock, NULL);
	pthread_mutex_init(&system->freezer_lock, NULL);
	pthread_mutex_init(&system->oom_lock, NULL);
	pthread_cond_init(&system->task_exited, NULL);
	sem_init(&system->idle_cpus, 0, NR_CPUS);
	get_cpu(system);
}

void system_destroy(struct system *system)
{
	PORT_ASSERT(!system->processes && !system->oom_reaper);
	put_cpu(system);
	sem_destroy(&system->idle_cpus);
	pthread_cond_destroy(&system->task_exited);
	pthread_mutex_destroy(&system->oom_lock);
	pthread_mutex_destroy(&system->freezer_lock);
	pthread_mutex_destroy(&system->tasklist_lock);
}

static void put_signal(struct signal_struct *signal)
{
	if (__atomic_sub_fetch(&signal->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (signal->oom_mm)
		mmdrop(signal->oom_mm);
	pthread_mutex_destroy(&signal->siglock);
	free(signal);
}

static void free_task(struct task_struct *tsk)
{
	put_signal(tsk->signal);
	pthread_mutex_destroy(&tsk->alloc_lock);
	free(tsk->marks);
	free(tsk);
}

static void free_task_rcu(struct rcu_head *head)
{
	free_task(caa_container_of(head, struct task_struct, rcu));
}

void get_task_struct(struct task_struct *tsk)
{
	__atomic_fetch_add(&tsk->usage, 1, __ATOMIC_RELAXED);
}

void put_task_struct(struct task_struct *tsk)
{
	if (!__atomic_sub_fetch(&tsk->usage, 1, __ATOMIC_ACQ_REL))
		port_call_rcu(&tsk->rcu, free_task_rcu);
}

static struct signal_struct *alloc_signal(struct system *system, short oom_score_adj)
{
	struct signal_struct *signal = fault_should_fail() ? NULL : calloc(1, sizeof(*signal));

	if (!signal)
		return NULL;
	signal->system = system;
	signal->oom_score_adj = oom_score_adj;
	pthread_mutex_init(&signal->siglock, NULL);
	return signal;
}

/* A task that is on no list. It holds a reference to @signal, and none to @mm yet. */
static struct task_struct *alloc_task(struct signal_struct *signal, struct mm_struct *mm)
{
	struct system *system = signal->system;
	struct task_struct *tsk = fault_should_fail() ? NULL : calloc(1, sizeof(*tsk));

	if (!tsk)
		return NULL;
	if (system->mark_step) {
		tsk->marks = calloc(FREE_MARKS + 2, sizeof(*tsk->marks));
		if (!tsk->marks) {
			free(tsk);
			return NULL;
		}
	}
	tsk->system = system;
	tsk->signal = signal;
	tsk->mm = mm;
	tsk->usage = 1;
	__atomic_fetch_add(&signal->refs, 1, __ATOMIC_RELAXED);
	pthread_mutex_init(&tsk->alloc_lock, NULL);
	return tsk;
}

static void set_start(struct task_struct *tsk, int start)
{
	__atomic_store_n(&tsk->start, start, __ATOMIC_RELEASE);
	syscall(SYS_futex, &tsk->start, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

static bool wait_for_start(struct task_struct *tsk)
{
	int start;

	while (!(start = __atomic_load_n(&tsk->start, __ATOMIC_ACQUIRE)))
		syscall(SYS_futex, &tsk->start, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
	return start > 0;
}

/* What a task measures, and where. */
static void begin_measuring(struct task_struct *tsk)
{
	const struct system *system = tsk->system;

	this_task = (struct task_context){.role = ROLE_EXIT,
					  .lock_kind = system->lock_kind,
					  .timing = system->timing,
					  .counts_waits = true,
					  .marks = tsk->marks,
					  .mark_step = tsk->marks ? system->mark_step : 0,
					  .next_mark = system->mark_step};
}

static void *task_main(void *arg)
{
	struct task_struct *tsk = arg;
	struct system *system = tsk->system;

	if (!wait_for_start(tsk))
		return NULL;
	rcu_register_thread();
	current = tsk;
	begin_measuring(tsk);
	get_cpu(system);
	__atomic_fetch_or(&tsk->mm->cpu_bitmap, 1UL << this_task.cpu, __ATOMIC_SEQ_CST);
	if (exit_to_user_mode())
		tsk->user(tsk, tsk->arg);
	do_exit();
	this_task.timing = LOCK_TIMING_OFF;
	put_cpu(system);
	rcu_unregister_thread();
	return NULL;
}

static int start_thread(struct task_struct *tsk)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	err = fault_should_fail() ? EAGAIN : pthread_create(&tsk->thread, &attr, task_main, tsk);
	pthread_attr_destroy(&attr);
	if (!err)
		pthread_setname_np(tsk->thread, tsk->comm);
	return -err;
}

/* Enter a task that has its thread. Return: 0; -EINTR if the group was killed. */
static int enter_task(struct task_struct *tsk, bool leader)
{
	struct signal_struct *signal = tsk->signal;
	struct system *system = tsk->system;
	int err = 0;

	pthread_mutex_lock(&system->tasklist_lock);
	pthread_mutex_lock(&signal->siglock);
	if (signal->group_exit) {
		err = -EINTR;
	} else {
		tsk->pid = ++system->last_pid;
		tsk->next_thread = signal->threads;
		port_publish(signal->threads, tsk);
		port_write_once(signal->nr_threads, signal->nr_threads + 1);
	}
	pthread_mutex_unlock(&signal->siglock);
	if (!err && leader) {
		tsk->next_process = system->processes;
		port_publish(system->processes, tsk);
	}
	pthread_mutex_unlock(&system->tasklist_lock);
	return err;
}

static int copy_process(struct signal_struct *signal, struct task_struct *leader,
			struct mm_struct *mm, const char *comm,
			void (*user)(struct task_struct *, void *), void *arg,
			struct task_struct **new)
{
	struct task_struct *tsk = alloc_task(signal, mm);
	int err;

	if (!tsk)
		return -ENOMEM;
	tsk->group_leader = leader ? leader : tsk;
	snprintf(tsk->comm, sizeof(tsk->comm), "%s", comm);
	tsk->user = user;
	tsk->arg = arg;
	err = start_thread(tsk);
	if (!err) {
		err = enter_task(tsk, !leader);
		if (err) {
			set_start(tsk, -1);
			pthread_join(tsk->thread, NULL);
		}
	}
	if (err) {
		free_task(tsk);
		return err;
	}
	/* A process that is being frozen gets no thread that is not. */
	freeze_task(tsk);
	set_start(tsk, 1);
	*new = tsk;
	return 0;
}

int create_process(struct system *system, const struct process_start *start,
		   struct task_struct **leader)
{
	struct signal_struct *signal = alloc_signal(system, start->oom_score_adj);
	struct task_struct *tsk;
	int err;

	if (!signal)
		return -ENOMEM;
	/* The caller's, while the first task may fail. */
	signal->refs = 1;
	err = copy_process(signal, NULL, start->mm, start->comm, start->user, start->arg, &tsk);
	if (!err) {
		/* One reference is the thread's, which the join drops. */
		get_task_struct(tsk);
		*leader = tsk;
	}
	put_signal(signal);
	return err;
}

int clone_thread(struct task_struct *p, void (*user)(struct task_struct *, void *), void *arg)
{
	struct task_struct *tsk, *holder;
	struct mm_struct *mm = NULL;
	int err;

	port_rcu_read_lock();
	holder = find_lock_task_mm(p);
	if (holder) {
		mm = holder->mm;
		mmget(mm);
		task_unlock(holder);
	}
	port_rcu_read_unlock();
	if (!mm)
		return -ESRCH;
	err = copy_process(p->signal, p->group_leader, mm, p->comm, user, arg, &tsk);
	if (err)
		mmput(mm);
	return err;
}

static void deadline(struct timespec *ts, unsigned int ms)
{
	clock_gettime(CLOCK_REALTIME, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += ms % 1000 * 1000000L;
	if (ts->tv_nsec >= 1000000000L) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000L;
	}
}

bool wait_for_process(struct task_struct *leader, unsigned int ms)
{
	struct signal_struct *signal = leader->signal;
	struct system *system = leader->system;
	struct timespec end;
	bool gone;

	deadline(&end, ms);
	pthread_mutex_lock(&system->tasklist_lock);
	while (signal->nr_threads &&
	       pthread_cond_timedwait(&system->task_exited, &system->tasklist_lock, &end) !=
		       ETIMEDOUT)
		;
	gone = !signal->nr_threads;
	pthread_mutex_unlock(&system->tasklist_lock);
	return gone;
}

void release_process(struct task_struct *leader)
{
	struct task_struct *tsk, *next;

	/* No thread is left that could change the list. */
	for (tsk = leader->signal->dead; tsk; tsk = next) {
		next = tsk->next_dead;
		pthread_join(tsk->thread, NULL);
		put_task_struct(tsk);
	}
	put_task_struct(leader);
}

struct task_struct *find_lock_task_mm(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread(p, t)
	{
		task_lock(t);
		if (t->mm)
			return t;
		task_unlock(t);
	}
	return NULL;
}
