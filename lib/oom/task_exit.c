// SPDX-License-Identifier: GPL-2.0-only
/* How a task ends: it leaves its address space, and then its process. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mm.h"
#include "oom.h"
#include "oom_kill.h"
#include "sched.h"
#include "vma/mmap_lock.h"
#include "vma/tlb.h"
#include "vma/vma.h"

profiled void mmput(struct mm_struct *mm)
{
	if (__atomic_sub_fetch(&mm->mm_users, 1, __ATOMIC_ACQ_REL))
		return;
	exit_mmap(mm);
	mmdrop(mm);
}

void mmdrop(struct mm_struct *mm)
{
	char err[128];

	if (__atomic_sub_fetch(&mm->mm_count, 1, __ATOMIC_ACQ_REL) ||
	    mm_destroy(mm, NULL, err, sizeof(err)))
		return;
	fprintf(stderr, "mmdrop: %s\n", err);
	abort();
}

/* The task has no address space any more, and only then may be the one that takes it apart. */
static profiled void task_exit_mm(struct task_struct *tsk)
{
	struct mm_struct *mm = tsk->mm;

	/* A writer, who changes what is mapped, is waited for. */
	mmap_read_lock(mm);
	task_lock(tsk);
	port_write_once(tsk->mm, NULL);
	enter_lazy_tlb(mm);
	task_unlock(tsk);
	mmap_read_unlock(mm);
	tsk->times.left_mm = clock_ticks();
	mmput(mm);
	if (test_tsk_thread_flag(tsk, TIF_MEMDIE))
		exit_oom_victim(tsk);
}

/* Take it off the list that @list heads. Context: the lock of its writers is held. */
static void unlink_thread(struct task_struct **list, struct task_struct *tsk)
{
	while (*list != tsk)
		list = &(*list)->next_thread;
	port_publish(*list, tsk->next_thread);
}

static void unlink_process(struct task_struct **list, struct task_struct *leader)
{
	while (*list != leader)
		list = &(*list)->next_process;
	port_publish(*list, leader->next_process);
}

/* Leave the process; with its last thread it leaves the system. */
static void exit_notify(struct task_struct *tsk)
{
	struct signal_struct *signal = tsk->signal;
	struct system *system = tsk->system;

	pthread_mutex_lock(&system->tasklist_lock);
	unlink_thread(&signal->threads, tsk);
	__atomic_store_n(&tsk->__state, TASK_DEAD, __ATOMIC_RELEASE);
	tsk->next_dead = signal->dead;
	signal->dead = tsk;
	port_write_once(signal->nr_threads, signal->nr_threads - 1);
	if (!signal->nr_threads)
		unlink_process(&system->processes, tsk->group_leader);
	pthread_cond_broadcast(&system->task_exited);
	pthread_mutex_unlock(&system->tasklist_lock);
}

profiled void do_exit(void)
{
	struct task_struct *tsk = current;

	__atomic_fetch_or(&tsk->flags, PF_EXITING, __ATOMIC_ACQ_REL);
	tsk->times.exiting = clock_ticks();
	/* What it mapped and unmapped for itself is no memory of the victim's. */
	task_begin_marks(&this_task);
	task_exit_mm(tsk);
	task_end_marks(&this_task);
	tsk->measured = this_task;
	tsk->times.dead = clock_ticks();
	current = NULL;
	exit_notify(tsk);
}
