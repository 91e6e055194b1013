// SPDX-License-Identifier: GPL-2.0-only
/* Memory for the records of traced roles, and their translation into times and page numbers. */
#include <stdlib.h>
#include <string.h>

#include "layout/layout_axis.h"
#include "race_internal.h"
#include "vma/mmzone.h"

/*
 * The most records of one role. It takes the ptl of a table once for each VMA that lies
 * there, and again where a gather filled up on the way. How often it waits for other locks is not
 * bounded by anything small: this is ten times what races of two roles show.
 */
static size_t max_visits(const struct layout *layout)
{
	uint64_t pages = 0, tables = layout->nr_pte_tables;

	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += layout->pages[kind];
	tables += layout->pages[LAYOUT_HUGE] / HPAGE_PMD_NR;
	return tables + layout->nr_vmas + pages / 4096 + 64;
}

static size_t max_waits(const struct layout *layout)
{
	uint64_t pages = 0;

	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		pages += layout->pages[kind];
	return pages / 16 + 4096;
}

uint64_t race_tracer_bytes(const struct layout *layout)
{
	uint64_t visit = sizeof(struct task_visit) + sizeof(struct race_visit);
	uint64_t wait = sizeof(struct task_wait) + sizeof(struct race_wait);

	return NR_ROLES * (max_visits(layout) * visit + max_waits(layout) * wait) +
	       (max_visits(layout) + layout->nr_runs) * sizeof(uint64_t);
}

/* Memory that will not fault in the race: written to now, page by page. */
static void *touched_alloc(size_t nr, size_t size)
{
	size_t bytes = (nr * size + 63) & ~(size_t)63;
	void *p = fault_should_fail() ? NULL : aligned_alloc(64, bytes);

	if (p)
		memset(p, 0x5a, bytes);
	return p;
}

static void *plain_alloc(size_t nr, size_t size)
{
	return fault_should_fail() ? NULL : calloc(nr, size);
}

static bool role_alloc(struct race_tracer *tracer, enum role role, const struct layout *layout)
{
	size_t visits = max_visits(layout), waits = max_waits(layout);
	struct role_trace *out = &tracer->trace.role[role];
	struct task_trace *task = touched_alloc(1, sizeof(*task));

	tracer->task[role] = task;
	if (!task)
		return false;
	memset(task, 0, sizeof(*task));
	task->max_visits = visits;
	task->max_waits = waits;
	task->visits = touched_alloc(visits, sizeof(*task->visits));
	task->waits = touched_alloc(waits, sizeof(*task->waits));
	out->visits = plain_alloc(visits, sizeof(*out->visits));
	out->waits = plain_alloc(waits, sizeof(*out->waits));
	out->freed = plain_alloc(FREE_MARKS + 2, sizeof(*out->freed));
	return task->visits && task->waits && out->visits && out->waits && out->freed;
}

struct race_tracer *race_tracer_create(const struct layout *layout)
{
	struct race_tracer *tracer = plain_alloc(1, sizeof(*tracer));

	if (!tracer)
		return NULL;
	tracer->axis = fault_should_fail() ? NULL : layout_axis_create(layout);
	if (!tracer->axis || !role_alloc(tracer, ROLE_EXIT, layout) ||
	    !role_alloc(tracer, ROLE_REAPER, layout)) {
		race_tracer_destroy(tracer);
		return NULL;
	}
	tracer->trace.pages = layout_axis_pages(tracer->axis);
	tracer->trace.tables = layout_axis_tables(tracer->axis);
	return tracer;
}

void race_tracer_destroy(struct race_tracer *tracer)
{
	if (!tracer)
		return;
	for (int role = 0; role < NR_ROLES; role++) {
		struct role_trace *out = &tracer->trace.role[role];

		if (tracer->task[role]) {
			free(tracer->task[role]->visits);
			free(tracer->task[role]->waits);
		}
		free(tracer->task[role]);
		free(out->visits);
		free(out->waits);
		free(out->freed);
	}
	layout_axis_free(tracer->axis);
	free(tracer);
}

/* A moment as time from the common start; a clock that is behind by some ticks shows 0. */
static uint64_t moment_ns(uint64_t ticks, uint64_t start)
{
	return ticks > start ? clock_ns(ticks - start) : 0;
}

/* A wait stays one in nanoseconds too. */
static uint64_t wait_ns(uint64_t ticks)
{
	uint64_t ns = clock_ns(ticks);

	return ticks && !ns ? 1 : ns;
}

void race_tracer_clear(struct race_tracer *tracer, uint64_t pages_to_free)
{
	tracer->trace.pages_to_free = pages_to_free;
	for (int role = 0; role < NR_ROLES; role++) {
		struct role_trace *out = &tracer->trace.role[role];

		out->nr_visits = out->nr_waits = out->nr_freed = out->lost = 0;
		memset(out->time_ns, 0, sizeof(out->time_ns));
	}
}

void race_tracer_take(struct race_tracer *tracer, const struct task_context *task,
		      uint64_t common_start, uint64_t own_start)
{
	const struct task_trace *in = tracer->task[task->role];
	struct role_trace *out = &tracer->trace.role[task->role];

	out->lost = in->lost;
	for (size_t i = 0; i < in->nr_visits; i++) {
		const struct task_visit *visit = &in->visits[i];

		out->visits[i] = (struct race_visit){
			.t_ns = moment_ns(visit->ticks, common_start),
			.page = layout_axis_page(tracer->axis, visit->addr),
			.table = layout_axis_table(tracer->axis, visit->addr),
			.wait_ns = wait_ns(visit->wait),
		};
	}
	out->nr_visits = in->nr_visits;
	for (size_t i = 0; i < in->nr_waits; i++)
		out->waits[i] = (struct race_wait){in->waits[i].class,
						   moment_ns(in->waits[i].ticks, common_start),
						   wait_ns(in->waits[i].wait)};
	out->nr_waits = in->nr_waits;
	for (unsigned int i = 0; i < task->nr_marks; i++)
		out->freed[i] = (struct race_freed){moment_ns(task->marks[i].ticks, common_start),
						    task->marks[i].pages};
	out->nr_freed = task->nr_marks;
	for (int bucket = 0; bucket < NR_TASK_BUCKETS; bucket++) {
		uint64_t ticks = in->bucket_ticks[bucket];

		/* The time before a late start is in no bucket: count it as other. */
		if (bucket == BUCKET_OTHER)
			ticks += own_start - common_start;
		out->time_ns[bucket] = clock_ns(ticks);
	}
}

const struct race_trace *race_arena_trace(const struct race_arena *arena)
{
	return &arena->tracer->trace;
}
