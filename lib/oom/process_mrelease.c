// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "mm.h"
#include "oom_kill.h"
#include "vma/mmap_lock.h"

/* Flag and walk are under mmap_lock, as exit_mmap() wants it. */
int mrelease_mm(struct mm_struct *mm, const struct reap_plan *plan)
{
	int reaped = 0;

	mmap_read_lock(mm);
	if (!mm_test_flag(mm, MMF_OOM_SKIP))
		reaped = __oom_reap_task_mm(mm, plan) ? 1 : -EAGAIN;
	mmap_read_unlock(mm);
	return reaped;
}

/* A process's address space, grabbed, and whether it may be reaped; NULL if all have left it. */
static struct mm_struct *grab_mm(struct task_struct *task, bool kill, bool *reap, int *err)
{
	struct mm_struct *mm = NULL;
	struct task_struct *p;

	port_rcu_read_lock();
	p = find_lock_task_mm(task);
	if (p) {
		mm = p->mm;
		mmgrab(mm);
		if (kill)
			send_sigkill(p);
		*reap = task_will_free_mem(p);
		if (!*reap && !mm_test_flag(mm, MMF_OOM_SKIP))
			*err = -EINVAL;
		task_unlock(p);
	}
	port_rcu_read_unlock();
	return mm;
}

static int mrelease(struct task_struct *task, const struct reap_plan *plan, bool kill)
{
	bool reap = false;
	int err = 0;
	struct mm_struct *mm = grab_mm(task, kill, &reap, &err);

	if (!mm)
		return -ESRCH;
	if (reap)
		err = mrelease_mm(mm, plan);
	mmdrop(mm);
	return err < 0 ? err : 0;
}

profiled int process_mrelease(struct task_struct *task, const struct reap_plan *plan)
{
	return mrelease(task, plan, false);
}

profiled int process_mrelease_kill(struct task_struct *task, const struct reap_plan *plan)
{
	return mrelease(task, plan, true);
}
