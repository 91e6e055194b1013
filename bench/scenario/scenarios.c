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
	 .acts = {{"oom_killer", "oom_kill", AT_ONCE},
		  {"oom_reaper", "oom_reaper", AT_ONCE, REAPER_US, "reverse"}}},
	{.name = "frozen-cgroup",
	 .what = "the same with a victim that its cgroup (version 1) has frozen",
	 .acts = {{"freezer", "freeze_cgroup", AT_ONCE},
		  {"oom_killer", "oom_kill", WHEN_FROZEN},
		  {"oom_reaper", "oom_reaper", AT_ONCE, REAPER_US, "reverse"}}},
	{.name = "frozen-suspend",
	 .what = "the same with a victim that the suspending system has frozen",
	 .acts = {{"freezer", "freeze_suspend", AT_ONCE},
		  {"oom_killer", "oom_kill", WHEN_FROZEN},
		  {"oom_reaper", "oom_reaper", AT_ONCE, REAPER_US, "reverse"}}},
	{.name = "frozen-late",
	 .what = "the cgroup is frozen while the victim dies",
	 .acts = {{"oom_killer", "oom_kill", AT_ONCE},
		  {"cgroup", "freeze_begin", WHEN_KILLED},
		  {"oom_reaper", "oom_reaper", AT_ONCE, REAPER_US, "reverse"}}},
	{.name = "frozen-born",
	 .what = "a thread asks to be born into the frozen victim as it is killed",
	 .acts = {{"freezer", "freeze_cgroup", AT_ONCE},
		  {"oom_killer", "oom_kill", WHEN_FROZEN},
		  {"parent", "clone_thread", WHEN_FROZEN}}},
	{.name = "mrelease",
	 .what = "user space kills a running victim and calls process_mrelease()",
	 .victim_place = ON_VICTIMS_CPU,
	 .acts = {{"lmkd", "kill", AT_ONCE, 1000, NULL, ON_OTHER_CPU},
		  {"lmkd", "process_mrelease", WHEN_KILLED, 0, "reverse", ON_OTHER_CPU}}},
	{.name = "mrelease-kill",
	 .what = "the same in one call, as PROCESS_MRELEASE_REAP_KILL was proposed",
	 .victim_place = ON_VICTIMS_CPU,
	 .acts = {{"lmkd", "mrelease_kill", AT_ONCE, 1000, "reverse", ON_OTHER_CPU}}},
	{.name = "mrelease-two",
	 .what = "two callers of process_mrelease() and the oom_reaper at the same time",
	 .acts = {{"oom_killer", "oom_kill", AT_ONCE},
		  {"lmkd", "process_mrelease", WHEN_KILLED, 0, "reverse"},
		  {"helper", "process_mrelease", WHEN_KILLED, 0, "reverse"},
		  {"oom_reaper", "oom_reaper", AT_ONCE, 0, "reverse"}}},
	{.name = "mrelease-frozen",
	 .what = "process_mrelease() of a frozen victim that user space has killed",
	 .acts = {{"freezer", "freeze_cgroup", AT_ONCE},
		  {"lmkd", "kill", WHEN_FROZEN},
		  {"lmkd", "process_mrelease", WHEN_KILLED, 0, "reverse"}}},
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

unsigned int scenario_last_us(const struct scenario *scenario)
{
	unsigned int last = 0;

	for (const struct act *act = scenario->acts; act->role; act++)
		if (act->delay_us > last)
			last = act->delay_us;
	return last;
}
