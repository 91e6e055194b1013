// SPDX-License-Identifier: GPL-2.0-only
/*
 * To add a scenario: write its entry in the table below. "reapbench scenario NAME" plays it, the test
 * plays all of them, and docs/oom.md has the table for a reader.
 */
#include "scenarios.h"

#include <string.h>

#define REAPER_US 2000000 /* OOM_REAPER_DELAY */

const struct scenario scenarios[] = {
	{.name = "oom",
	 .what = "the OOM killer kills a running victim, the oom_reaper comes after its delay",
	 .acts = {{.role = "oom_killer", .operation = "oom_kill"},
		  {.role = "oom_reaper",
		   .operation = "oom_reaper",
		   .delay_us = REAPER_US,
		   .order = "reverse"}}},
	{.name = "frozen-cgroup",
	 .what = "the same with a victim that its cgroup (version 1) has frozen",
	 .acts = {{.role = "freezer", .operation = "freeze_cgroup"},
		  {.role = "oom_killer", .operation = "oom_kill", .after = WHEN_FROZEN},
		  {.role = "oom_reaper",
		   .operation = "oom_reaper",
		   .delay_us = REAPER_US,
		   .order = "reverse"}}},
	{.name = "frozen-suspend",
	 .what = "the same with a victim that the suspending system has frozen",
	 .acts = {{.role = "freezer", .operation = "freeze_suspend"},
		  {.role = "oom_killer", .operation = "oom_kill", .after = WHEN_FROZEN},
		  {.role = "oom_reaper",
		   .operation = "oom_reaper",
		   .delay_us = REAPER_US,
		   .order = "reverse"}}},
	{.name = "frozen-late",
	 .what = "the cgroup is frozen while the victim dies",
	 .acts = {{.role = "oom_killer", .operation = "oom_kill"},
		  {.role = "cgroup", .operation = "freeze_begin", .after = WHEN_KILLED},
		  {.role = "oom_reaper",
		   .operation = "oom_reaper",
		   .delay_us = REAPER_US,
		   .order = "reverse"}}},
	{.name = "frozen-born",
	 .what = "a thread asks to be born into the frozen victim as it is killed",
	 .acts = {{.role = "freezer", .operation = "freeze_cgroup"},
		  {.role = "oom_killer", .operation = "oom_kill", .after = WHEN_FROZEN},
		  {.role = "parent", .operation = "clone_thread", .after = WHEN_FROZEN}}},
	{.name = "mrelease",
	 .what = "user space kills a running victim and calls process_mrelease()",
	 .victim_place = ON_VICTIMS_CPU,
	 .acts = {{.role = "lmkd", .operation = "kill", .delay_us = 1000, .place = ON_OTHER_CPU},
		  {.role = "lmkd",
		   .operation = "process_mrelease",
		   .after = WHEN_KILLED,
		   .order = "reverse",
		   .place = ON_OTHER_CPU}}},
	{.name = "mrelease-kill",
	 .what = "the same in one call, as PROCESS_MRELEASE_REAP_KILL was proposed",
	 .victim_place = ON_VICTIMS_CPU,
	 .acts = {{.role = "lmkd",
		   .operation = "mrelease_kill",
		   .delay_us = 1000,
		   .order = "reverse",
		   .place = ON_OTHER_CPU}}},
	{.name = "mrelease-two",
	 .what = "two callers of process_mrelease() and the oom_reaper at the same time",
	 .acts = {{.role = "oom_killer", .operation = "oom_kill"},
		  {.role = "lmkd",
		   .operation = "process_mrelease",
		   .after = WHEN_KILLED,
		   .order = "reverse"},
		  {.role = "helper",
		   .operation = "process_mrelease",
		   .after = WHEN_KILLED,
		   .order = "reverse"},
		  {.role = "oom_reaper", .operation = "oom_reaper", .order = "reverse"}}},
	{.name = "mrelease-frozen",
	 .what = "process_mrelease() of a frozen victim that user space has killed",
	 .acts = {{.role = "freezer", .operation = "freeze_cgroup"},
		  {.role = "lmkd", .operation = "kill", .after = WHEN_FROZEN},
		  {.role = "lmkd",
		   .operation = "process_mrelease",
		   .after = WHEN_KILLED,
		   .order = "reverse"}}},
	{.name = "sharer",
	 .what = "a process that shares the address space maps and unmaps until the OOM kill",
	 .victim_place = ON_VICTIMS_CPU,
	 .acts = {{.role = "sharer", .operation = "share", .place = ON_OTHER_CPU},
		  {.role = "oom_killer", .operation = "oom_kill", .delay_us = 50000},
		  {.role = "oom_reaper", .operation = "oom_reaper", .order = "reverse"}}},
	{.name = "reader",
	 .what = "another process reads the list of VMAs while the victim lives and dies",
	 .victim_place = ON_VICTIMS_CPU,
	 .acts = {{.role = "ps", .operation = "read_maps", .place = ON_OTHER_CPU},
		  {.role = "oom_killer", .operation = "oom_kill", .delay_us = 50000},
		  {.role = "oom_reaper", .operation = "oom_reaper", .order = "reverse"}}},
	{.name = NULL},
};

const struct scenario *scenario_find(const char *name)
{
	const struct scenario *s;

	for (s = scenarios; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

int scenario_act(const struct scenario *scenario, const char *operation)
{
	for (int i = 0; scenario->acts[i].role; i++)
		if (!strcmp(scenario->acts[i].operation, operation))
			return i;
	return -1;
}

void scenario_remove(struct scenario *scenario, const char *operation)
{
	struct act *to = scenario->acts;

	for (const struct act *from = scenario->acts; from->role; from++)
		if (strcmp(from->operation, operation))
			*to++ = *from;
	*to = (struct act){.role = NULL};
}

void scenario_set_delay(struct scenario *scenario, const char *operation, unsigned int us)
{
	for (struct act *act = scenario->acts; act->role; act++)
		if (!strcmp(act->operation, operation))
			act->delay_us = us;
}

void scenario_set_order(struct scenario *scenario, const char *order)
{
	for (struct act *act = scenario->acts; act->role; act++)
		if (act->order)
			act->order = order;
}
