// SPDX-License-Identifier: GPL-2.0-only
/*
 * How an OOM victim is thawed. To add a policy: write its two functions, and its entry in the table
 * below.
 */
#include <string.h>

#include "freezer.h"
#include "oom_kill.h"

static bool has_memdie(const struct task_struct *tsk)
{
	return test_tsk_thread_flag(tsk, TIF_MEMDIE);
}

/* TIF_MEMDIE is in each thread's own flags, so that each one needs it before it is woken. */
static void mark_and_thaw_each(struct task_struct *tsk)
{
	struct task_struct *t;

	port_rcu_read_lock();
	for_each_thread(tsk, t)
	{
		set_tsk_thread_flag(t, TIF_MEMDIE);
		__thaw_task(t);
	}
	port_rcu_read_unlock();
}

const struct thaw_policy thaw_policies[] = {
	{"thread", "wake the marked thread alone: Linux before 6.18", __thaw_task, has_memdie},
	{"all-threads", "wake all threads, but exempt the marked one alone", thaw_process,
	 has_memdie},
	{"memdie", "mark each thread with TIF_MEMDIE and wake it: version 8 of the series",
	 mark_and_thaw_each, has_memdie},
	{"oom-victim", "wake all threads, and exempt every OOM victim: Linux since 6.18",
	 thaw_process, tsk_is_oom_victim},
	{NULL, NULL, NULL, NULL},
};

const struct thaw_policy *thaw_policy_find(const char *name)
{
	const struct thaw_policy *policy;

	for (policy = thaw_policies; policy->name; policy++)
		if (!strcmp(policy->name, name))
			return policy;
	return NULL;
}
