// SPDX-License-Identifier: GPL-2.0-only
#include "task.h"

#include "base/clock.h"
#include "base/port.h"

__thread struct task_context this_task;

static void add_mark(struct task_context *task, uint64_t ticks)
{
	if (task->nr_marks <= FREE_MARKS)
		task->marks[task->nr_marks++] = (struct free_mark){ticks, task->freed};
}

profiled void task_mark_freed(struct task_context *task)
{
	add_mark(task, clock_ticks());
	task->next_mark = task->freed + task->mark_step;
}

void task_end_marks(struct task_context *task)
{
	if (task->mark_step && task->last_free)
		add_mark(task, task->last_free);
}
