/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A victim's begin and end, whatever happens to it between: it is built on the machine of an
 * engine, and when it is gone, everything has to be where it was.
 */
#ifndef UMAPLE_RACE_VICTIM_H
#define UMAPLE_RACE_VICTIM_H

#include "engines/engine.h"
#include "race.h"

struct race_victim {
	const struct engine *engine;
	struct pglist_data *pgdat; /* the engine's machine */
	struct victim *victim;
	uint64_t pages_to_free; /* what its death gives back */
	uint64_t build_ns;
	double frame_run; /* mean length of the runs of its page frames; 0: consecutive */
	bool frames_measured;
};

/* What a victim is built on. */
struct race_ground {
	const char *engine;
	enum tlb_mode tlb;
	double frames; /* as in struct race_options */
};

/**
 * race_engine_find() - The table of an engine.
 * @name: its name.
 *
 * Context: Any.
 * Return: The table; NULL if there is no such engine.
 */
const struct engine *race_engine_find(const char *name);

/**
 * race_victim_build() - Build one.
 * @v: filled on success.
 * @arena: from race_arena_create() for the same @layout.
 * @layout: its address space.
 * @ground: on what.
 * @err: filled with one line on failure.
 * @errlen: its size in bytes.
 *
 * Context: In race_registered(). May sleep.
 * Return: 0; -EINVAL without such an engine; -ENOSYS without what the TLB mode needs; -ENOMEM,
 * -EINVAL or -ENOSPC if it could not be built, and then nothing of it is left.
 */
int race_victim_build(struct race_victim *v, struct race_arena *arena, const struct layout *layout,
		      const struct race_ground *ground, char *err, size_t errlen);

/**
 * race_victim_bury() - Free what outlives the process, and check that nothing was lost.
 * @v: from race_victim_build(); no task uses its address space any more.
 * @totals: filled with the figures of its locks and of the machine's, by class; may be NULL.
 * @err: filled with one line if something is wrong.
 * @errlen: its size in bytes.
 *
 * Context: As race_victim_build().
 * Return: 0; -EUCLEAN if a page was lost, freed twice or is referenced still, or a table was not
 * empty.
 */
int race_victim_bury(struct race_victim *v, struct lock_totals *totals, char *err, size_t errlen);

/**
 * race_registered() - Call a function as a thread that uses trees and locks, but plays no role.
 * @lock: what its locks are.
 * @function: is called once.
 * @arg: for @function, and so are @err and @errlen.
 * @err: filled with one line on failure.
 * @errlen: its size in bytes.
 *
 * Context: The caller is not registered for RCU. May sleep.
 * Return: What @function returns; -errno if there is no thread to free memory.
 */
int race_registered(enum lock_kind lock, int (*function)(void *arg, char *err, size_t errlen),
		    void *arg, char *err, size_t errlen);

#endif
