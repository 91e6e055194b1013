// SPDX-License-Identifier: GPL-2.0-only
#include "stage_others.h"

#include <errno.h>
#include <sched.h>

#include "mm_turns.h"
#include "oom/mm.h"
#include "oom/sched.h"

static bool is_killed(struct stage *stage)
{
	return __atomic_load_n(&stage->reached[WHEN_KILLED], __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&stage->err, __ATOMIC_ACQUIRE);
}

int stage_share(struct stage *stage)
{
	struct mm_struct *mm = stage->mm;
	int turns = 0;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	__atomic_fetch_or(&mm->cpu_bitmap, 1UL << this_task.cpu, __ATOMIC_SEQ_CST);
	/* Short of memory, it tries again: so does a program that is about to be killed for it. */
	while (!is_killed(stage)) {
		turns += !mm_map_turn(mm);
		sched_yield();
	}
	/* What it mapped and unmapped for itself is no memory of the victim's. */
	task_begin_marks(&this_task);
	/* Who shares the address space of a victim is killed with it, and leaves it. */
	exit_mm(mm);
	return turns;
}

int stage_read_maps(struct stage *stage)
{
	struct mm_struct *mm = stage->mm;
	int reads = 0;

	/* As a file of /proc: a user for the time of one read. */
	while (mmget_not_zero(mm)) {
		reads += mm_read_maps(mm) > 0;
		mmput(mm);
		if (__atomic_load_n(&stage->err, __ATOMIC_ACQUIRE))
			break;
	}
	return reads;
}
