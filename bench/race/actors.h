/* SPDX-License-Identifier: GPL-2.0-only */
/* Who takes part in a race: the table of actors that the text of an order stands for. */
#ifndef UMAPLE_RACE_ACTORS_H
#define UMAPLE_RACE_ACTORS_H

#include "engines/reap_plan.h"
#include "race.h"

struct race_actor {
	enum role role;
	bool walks_by_itself;  /* the exiting task as the kernel has it: upward */
	struct reap_plan plan; /* how it walks otherwise */
	unsigned int delay_us; /* from the common start until it begins */
};

/* The exiting task comes first. */
struct race_cast {
	struct race_actor actors[RACE_ACTORS_MAX];
	unsigned int nr;
};

/**
 * race_cast_parse() - Understand an order.
 * @orders: the table of an engine.
 * @text: as race_order_valid() takes it.
 * @cast: filled on success.
 *
 * Context: Any.
 * Return: 0, or -EINVAL.
 */
int race_cast_parse(const struct reap_order *orders, const char *text, struct race_cast *cast);

/**
 * race_actor_cpu() - Where an actor runs.
 * @cpu: of the exiting task and of the first reaper, as in struct race_options.
 * @actor: its place in the cast, from 0.
 *
 * Further reapers get the CPUs that these two leave to the process, one each.
 *
 * Context: Any.
 * Return: The CPU; -1 if it is not pinned, or if there is no CPU left.
 */
int race_actor_cpu(const int cpu[NR_ROLES], unsigned int actor);

#endif
