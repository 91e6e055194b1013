/* SPDX-License-Identifier: GPL-2.0-only */
/* The arena's fields, the records of traced roles, and the times at which memory was free. */
#ifndef UMAPLE_RACE_INTERNAL_H
#define UMAPLE_RACE_INTERNAL_H

#include "engines/engine.h"
#include "race_trace.h"
#include "measure/task_trace.h"

/* The records of two roles, and the same in nanoseconds and page numbers. */
struct race_tracer {
	struct layout_axis *axis;
	struct task_trace *task[NR_ROLES]; /* each on cache lines of its own */
	struct race_trace trace;
};

struct race_arena {
	struct machine_size size;
	struct pglist_data *pgdat[ENGINES_MAX];	  /* as engines[]; made for its first race */
	struct free_mark *marks[RACE_ACTORS_MAX]; /* FREE_MARKS + 2 each */
	struct race_tracer *tracer;		  /* NULL unless made for traced races */
	unsigned long pages_to_free;		  /* of the present victim */
	struct frame_list *frames; /* as a process got them here; NULL: not asked yet */
	char *content;		   /* what victims write when they are built */
	size_t content_bytes;
};

/* The machine of an engine, engines[@engine]; NULL without memory for it. */
struct pglist_data *race_arena_machine(struct race_arena *arena, size_t engine);

/*
 * The page frames that a process of the arena's size gets here, asked for the first time. Return:
 * 0, or as frames_here().
 */
int race_arena_frames(struct race_arena *arena, const struct layout *layout,
		      const struct frame_list **list);

/* MemAvailable of /proc/meminfo in bytes; 0 if it cannot be read. */
uint64_t race_available_bytes(void);

/* How much of a victim's content is written: what matters to a cache. */
size_t race_content_bytes(const struct layout *layout);

/* Memory for traced races over a layout: bytes; NULL if it ran out; @tracer may be NULL. */
uint64_t race_tracer_bytes(const struct layout *layout);
struct race_tracer *race_tracer_create(const struct layout *layout);
void race_tracer_destroy(struct race_tracer *tracer);

/*
 * Make the trace of a race that is over: clear what was there, then take each role. @task: as the
 * role left it; @common_start, @own_start: ticks when the first role and this one began.
 */
void race_tracer_clear(struct race_tracer *tracer, uint64_t pages_to_free);
void race_tracer_take(struct race_tracer *tracer, const struct task_context *task,
		      uint64_t common_start, uint64_t own_start);

#endif
