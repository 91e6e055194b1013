// SPDX-License-Identifier: GPL-2.0-only
#include "race_victim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/port.h"
#include "race_internal.h"
#include "vma/frames.h"

const struct engine *race_engine_find(const char *name)
{
	for (const struct engine *const *e = engines; *e; e++) {
		if (!strcmp((*e)->name, name))
			return *e;
	}
	return NULL;
}

static double run_by_size(const struct layout *layout)
{
	return frames_default_run(layout->pages[LAYOUT_ANON] + layout->pages[LAYOUT_FILE]);
}

/* Which page frames the victim gets. */
static int choose_frames(struct race_victim *v, struct race_arena *arena,
			 const struct layout *layout, double frames, struct machine_state *state,
			 char *err, size_t errlen)
{
	int ret = 0;

	if (frames == FRAMES_MEASURED || frames == FRAMES_AUTO) {
		ret = race_arena_frames(arena, layout, &state->frame_list);
		if (ret && frames == FRAMES_AUTO)
			ret = 0;
		if (ret == -EPERM)
			snprintf(err, errlen, "only root can see which page frames a process has");
		else if (ret == -ENOMEM)
			snprintf(err, errlen,
				 "too little memory to see which page frames a process of this "
				 "size gets");
		else if (ret)
			snprintf(err, errlen, "/proc/self/pagemap: %s", strerror(-ret));
	}
	state->frames = frames < 0 ? run_by_size(layout) : frames;
	v->frames_measured = state->frame_list;
	v->frame_run = state->frame_list ? frames_mean_run(state->frame_list) : state->frames;
	return ret;
}

static int prepare_machine(struct race_victim *v, struct race_arena *arena,
			   const struct layout *layout, const struct race_ground *ground, char *err,
			   size_t errlen)
{
	struct machine_state state = {
		.tlb = ground->tlb,
		.huge_pages = layout->pages[LAYOUT_HUGE],
	};
	size_t engine = 0;
	int ret;

	/* Before the machine takes its memory: the victim of a kernel came first too. */
	ret = choose_frames(v, arena, layout, ground->frames, &state, err, errlen);
	if (ret)
		return ret;

	while (engines[engine] != v->engine)
		engine++;
	v->pgdat = race_arena_machine(arena, engine);
	if (!v->pgdat) {
		snprintf(err, errlen, "out of memory for the machine of engine %s",
			 v->engine->name);
		return -ENOMEM;
	}
	ret = v->engine->machine_prepare(v->pgdat, &state);
	if (ret == -ENOSYS)
		snprintf(err, errlen,
			 "this kernel has no private expedited membarrier: use --tlb off");
	else if (ret)
		snprintf(err, errlen, "out of memory for the order of page frames");
	return ret;
}

/*
 * A process writes its memory, and that pushes the records of its pages out of the cache. The
 * simulated pages have no content, so as many bytes are written here, as far as they matter.
 */
static void write_memory(struct race_arena *arena, const struct layout *layout)
{
	const size_t bytes = race_content_bytes(layout);

	/* memset() would write past the cache. */
	for (size_t i = 0; i < bytes && i < arena->content_bytes; i += 64)
		__atomic_store_n(arena->content + i, 1, __ATOMIC_RELAXED);
}

int race_victim_build(struct race_victim *v, struct race_arena *arena, const struct layout *layout,
		      const struct race_ground *ground, char *err, size_t errlen)
{
	uint64_t start;
	int ret;

	v->engine = race_engine_find(ground->engine);
	if (!v->engine) {
		snprintf(err, errlen, "no engine '%s'", ground->engine);
		return -EINVAL;
	}
	ret = v->engine->init();
	if (ret) {
		snprintf(err, errlen, "out of memory while starting engine %s", ground->engine);
		return ret;
	}
	ret = prepare_machine(v, arena, layout, ground, err, errlen);
	if (ret)
		return ret;
	start = clock_ticks();
	v->victim = v->engine->build(v->pgdat, layout, &ret, err, errlen);
	if (!v->victim)
		return ret;
	v->build_ns = clock_ns(clock_ticks() - start);
	write_memory(arena, layout);
	v->pages_to_free = v->engine->pages_to_free(v->victim);
	/* The worker that frees what the tree replaced would take the CPU of somebody else. */
	port_rcu_barrier();
	return 0;
}

int race_victim_bury(struct race_victim *v, struct lock_totals *totals, char *err, size_t errlen)
{
	if (!v->engine->destroy(v->victim, totals, err, errlen))
		return -EUCLEAN;
	/* Before the check, which takes locks too. */
	if (totals)
		v->engine->machine_lock_totals(v->pgdat, totals);
	return v->engine->machine_check(v->pgdat, err, errlen) ? 0 : -EUCLEAN;
}

int race_registered(enum lock_kind lock, int (*function)(void *arg, char *err, size_t errlen),
		    void *arg, char *err, size_t errlen)
{
	const struct task_context caller = this_task;
	int ret;

	ret = port_rcu_init();
	if (ret) {
		snprintf(err, errlen, "no thread to free memory: %s", strerror(-ret));
		return ret;
	}
	this_task = (struct task_context){.lock_kind = lock};
	rcu_register_thread();
	ret = function(arg, err, errlen);
	rcu_unregister_thread();
	this_task = caller;
	return ret;
}
