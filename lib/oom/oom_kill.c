// SPDX-License-Identifier: GPL-2.0-only
#include "oom_kill.h"

#include <errno.h>
#include <limits.h>

#include "freezer.h"
#include "mm.h"
#include "vma/mmap_lock.h"

static bool dying(const struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;

	if (__atomic_load_n(&signal->group_exit, __ATOMIC_ACQUIRE))
		return true;
	return port_read_once(signal->nr_threads) == 1 && task_has_flag(task, PF_EXITING);
}

static bool process_shares_mm(struct task_struct *p, const struct mm_struct *mm)
{
	struct task_struct *t;

	for_each_thread(p, t)
	{
		const struct mm_struct *of = port_read_once(t->mm);

		if (of)
			return of == mm;
	}
	return false;
}

bool task_will_free_mem(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct task_struct *p;

	if (!mm || !dying(task))
		return false;
	/* It could be stuck; who marks it would wait for ever. */
	if (mm_test_flag(mm, MMF_OOM_SKIP))
		return false;
	if (__atomic_load_n(&mm->mm_users, __ATOMIC_ACQUIRE) <= 1)
		return true;
	for_each_process(task->system, p) if (p->signal != task->signal &&
					      process_shares_mm(p, mm) && !dying(p)) return false;
	return true;
}

void mark_oom_victim(struct task_struct *tsk)
{
	struct mm_struct *mm = tsk->mm, *none = NULL;

	if (__atomic_fetch_or(&tsk->thread_flags, 1UL << TIF_MEMDIE, __ATOMIC_ACQ_REL) &
	    1UL << TIF_MEMDIE)
		return;
	mmgrab(mm);
	if (!__atomic_compare_exchange_n(&tsk->signal->oom_mm, &none, mm, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		mmdrop(mm);
	__atomic_fetch_add(&tsk->system->oom_victims, 1, __ATOMIC_RELAXED);
	tsk->system->thaw->thaw(tsk);
}

void exit_oom_victim(struct task_struct *tsk)
{
	clear_tsk_thread_flag(tsk, TIF_MEMDIE);
	__atomic_fetch_sub(&tsk->system->oom_victims, 1, __ATOMIC_RELAXED);
}

long oom_badness(struct task_struct *p, unsigned long totalpages)
{
	const long adj = p->signal->oom_score_adj;
	long points = LONG_MIN;
	struct mm_struct *mm;

	if (p->signal->oom_score_adj == OOM_SCORE_ADJ_MIN)
		return LONG_MIN;
	p = find_lock_task_mm(p);
	if (!p)
		return LONG_MIN;
	mm = p->mm;
	if (!mm_test_flag(mm, MMF_OOM_SKIP)) {
		points = (long)port_read_once(mm->nr_tables);
		for (int i = 0; i < NR_MM_COUNTERS; i++)
			points += get_mm_counter(mm, i);
		points += adj * (long)(totalpages / 1000);
	}
	task_unlock(p);
	return points;
}

enum oom_selection select_bad_process(struct system *system, unsigned long totalpages,
				      struct task_struct **chosen)
{
	enum oom_selection found = OOM_NONE;
	long most = LONG_MIN, points;
	struct task_struct *p, *worst = NULL;

	port_rcu_read_lock();
	for_each_process(system, p)
	{
		struct mm_struct *oom_mm = port_dereference(p->signal->oom_mm);

		/* It may still free its memory; unless it was given up, no other one has to die. */
		if (oom_mm && !mm_test_flag(oom_mm, MMF_OOM_SKIP)) {
			found = OOM_WAIT;
			break;
		}
		if (oom_mm)
			continue;
		points = oom_badness(p, totalpages);
		if (points == LONG_MIN || points < most)
			continue;
		most = points;
		worst = p;
		found = OOM_CHOSEN;
	}
	if (found == OOM_CHOSEN) {
		get_task_struct(worst);
		*chosen = worst;
	}
	port_rcu_read_unlock();
	return found;
}

/* Others that use the same address space would keep it. */
static void kill_sharers(struct task_struct *victim, const struct mm_struct *mm)
{
	struct task_struct *p;

	for_each_process(victim->system, p)
	{
		if (p->signal == victim->signal || task_has_flag(p, PF_KTHREAD) ||
		    !process_shares_mm(p, mm))
			continue;
		send_sigkill(p);
	}
}

bool oom_kill_process(struct task_struct *victim)
{
	struct mm_struct *mm;
	struct task_struct *p;

	port_rcu_read_lock();
	p = find_lock_task_mm(victim);
	if (!p) {
		port_rcu_read_unlock();
		return false;
	}
	if (task_will_free_mem(p)) {
		mark_oom_victim(p);
		queue_oom_reaper(p);
		task_unlock(p);
		port_rcu_read_unlock();
		return true;
	}
	mm = p->mm;
	mmgrab(mm);
	/* It has its address space still, and so is not collected; once unlocked it may be. */
	get_task_struct(p);
	/* The signal first: who is thawed then finds it pending. */
	send_sigkill(p);
	mark_oom_victim(p);
	task_unlock(p);
	kill_sharers(p, mm);
	queue_oom_reaper(p);
	port_rcu_read_unlock();
	put_task_struct(p);
	mmdrop(mm);
	return true;
}

int out_of_memory(struct system *system, unsigned long totalpages)
{
	struct task_struct *victim;
	int err = 0;

	/* Somebody else is at it, and memory will come. */
	if (pthread_mutex_trylock(&system->oom_lock))
		return 0;
	switch (select_bad_process(system, totalpages, &victim)) {
	case OOM_CHOSEN:
		oom_kill_process(victim);
		put_task_struct(victim);
		break;
	case OOM_WAIT:
		break;
	case OOM_NONE:
		err = -ESRCH;
		break;
	}
	pthread_mutex_unlock(&system->oom_lock);
	return err;
}
