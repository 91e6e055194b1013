// SPDX-License-Identifier: GPL-2.0-only
#include "task_trace.h"

#include <string.h>

void task_trace_begin(struct task_trace *trace, uint64_t now)
{
	this_task.trace = trace;
	if (!trace)
		return;
	trace->nr_visits = trace->nr_waits = 0;
	trace->lost = trace->ptl_wait = 0;
	trace->bucket = BUCKET_OTHER;
	trace->entered = now;
	memset(trace->bucket_ticks, 0, sizeof(trace->bucket_ticks));
}

void task_trace_end(uint64_t now)
{
	if (this_task.trace)
		task_trace_switch(this_task.trace, BUCKET_OTHER, now);
	this_task.trace = NULL;
}

enum task_bucket task_trace_switch(struct task_trace *trace, enum task_bucket bucket, uint64_t now)
{
	enum task_bucket left = trace->bucket;

	if (now > trace->entered) {
		trace->bucket_ticks[left] += now - trace->entered;
		trace->entered = now;
	}
	trace->bucket = bucket;
	return left;
}

void task_trace_waited(struct task_trace *trace, enum lock_class class, uint64_t now, uint64_t wait)
{
	/* Two reads of the clock may give the same ticks; it was a wait all the same. */
	if (!wait)
		wait = 1;
	if (lock_class_info[class].flags & LOCK_IS_PTL)
		trace->ptl_wait = wait;
	else if (trace->nr_waits < trace->max_waits)
		trace->waits[trace->nr_waits++] = (struct task_wait){now, wait, class};
	else
		trace->lost++;
}

enum task_bucket task_trace_visit(struct task_trace *trace, uint64_t addr)
{
	uint64_t now = clock_ticks();

	if (trace->nr_visits < trace->max_visits)
		trace->visits[trace->nr_visits++] = (struct task_visit){now, trace->ptl_wait, addr};
	else
		trace->lost++;
	trace->ptl_wait = 0;
	return task_trace_switch(trace, BUCKET_UNDER_PTL, now);
}
