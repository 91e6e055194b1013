// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an act of a scenario can do. To add an operation: write its function, and its entry in the
 * table below.
 */
#include <errno.h>
#include <string.h>

#include "oom/freezer.h"
#include "stage_others.h"
#include "stage_victim.h"

/* Much more than freezing takes where it works at all. */
#define FREEZE_MS 20000

static int wait_frozen(struct stage *stage)
{
	return wait_until_frozen(stage->leader, FREEZE_MS) ? 0 : -EBUSY;
}

static int freeze_by_cgroup(struct stage *stage, const struct reap_plan *plan)
{
	freezer_change_state(stage->leader, true);
	return wait_frozen(stage);
}

static int freeze_by_suspend(struct stage *stage, const struct reap_plan *plan)
{
	return freeze_processes(&stage->system, FREEZE_MS) ?: wait_frozen(stage);
}

static int begin_to_freeze(struct stage *stage, const struct reap_plan *plan)
{
	freezer_change_state(stage->leader, true);
	return 0;
}

static int thaw(struct stage *stage, const struct reap_plan *plan)
{
	freezer_change_state(stage->leader, false);
	thaw_processes(&stage->system);
	return 0;
}

static int oom_kill(struct stage *stage, const struct reap_plan *plan)
{
	return oom_kill_process(stage->leader) ? 0 : -ESRCH;
}

static int kill_it(struct stage *stage, const struct reap_plan *plan)
{
	send_sigkill(stage->leader);
	return 0;
}

static int clone_one(struct stage *stage, const struct reap_plan *plan)
{
	return stage_clone(stage);
}

static int share(struct stage *stage, const struct reap_plan *plan)
{
	return stage_share(stage);
}

static int read_maps(struct stage *stage, const struct reap_plan *plan)
{
	return stage_read_maps(stage);
}

static int mrelease(struct stage *stage, const struct reap_plan *plan)
{
	return process_mrelease(stage->leader, plan);
}

static int mrelease_kill(struct stage *stage, const struct reap_plan *plan)
{
	return process_mrelease_kill(stage->leader, plan);
}

const struct operation scenario_operations[] = {
	{{"freeze_cgroup", "freeze the victim by its cgroup (version 1)", false},
	 WHEN_FROZEN,
	 freeze_by_cgroup},
	{{"freeze_suspend", "freeze all processes, as a system that suspends", false},
	 WHEN_FROZEN,
	 freeze_by_suspend},
	{{"freeze_begin", "ask the victim's cgroup to freeze, and do not wait", false},
	 AT_ONCE,
	 begin_to_freeze},
	{{"thaw", "who froze lets go", false}, AT_ONCE, thaw},
	{{"oom_kill", "kill as the OOM killer does, and queue the oom_reaper", false},
	 WHEN_KILLED,
	 oom_kill},
	{{"kill", "send SIGKILL from user space", false}, WHEN_KILLED, kill_it},
	{{"clone_thread", "start another thread of the victim", false}, AT_ONCE, clone_one},
	{{"share", "share the address space: map, fault, protect, unmap until the kill", false},
	 AT_ONCE,
	 share},
	{{"read_maps", "read the list of VMAs again and again until the last user leaves", false},
	 AT_ONCE,
	 read_maps},
	{{"process_mrelease", "reap a dying process", true}, AT_ONCE, mrelease},
	{{"mrelease_kill", "kill and reap in one call (proposed)", true},
	 WHEN_KILLED,
	 mrelease_kill},
	{{OPERATION_OOM_REAPER, "be the kthread that reaps, the delay after an OOM kill", true},
	 AT_ONCE,
	 NULL},
	{{NULL, NULL, false}, AT_ONCE, NULL},
};

const struct operation *scenario_operation_find(const char *name)
{
	const struct operation *op;

	for (op = scenario_operations; op->info.name; op++)
		if (!strcmp(op->info.name, name))
			return op;
	return NULL;
}
