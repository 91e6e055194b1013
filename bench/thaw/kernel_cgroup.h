/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cgroups for one OOM kill on the running kernel:
 *
 *	reapbench-thaw-PID		the memory limit
 *	reapbench-thaw-PID/victim	who is killed; frozen by itself
 *	reapbench-thaw-PID/hog		who asks for more than the limit
 *
 * The freezer is asked for, and the memory controller is taken where it is: in cgroup v2, else in
 * v1. If both are not in one hierarchy, the freezer has a cgroup reapbench-thaw-PID of its own.
 */
#ifndef UMAPLE_THAW_KERNEL_CGROUP_H
#define UMAPLE_THAW_KERNEL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel_mount.h"

enum kernel_freezer { KERNEL_FREEZER_V1, KERNEL_FREEZER_V2, NR_KERNEL_FREEZERS };

#define KERNEL_CGROUP_PATH 288

struct kernel_cgroup {
	enum kernel_freezer freezer;
	unsigned int memory_version;		     /* 1 or 2: where the memory controller is */
	struct kernel_mount unified, memory, frozen; /* cgroup v2, v1 memory, v1 freezer */
	/* Folders; "" for one that is not there. */
	char top[KERNEL_CGROUP_PATH], victim[KERNEL_CGROUP_PATH], hog[KERNEL_CGROUP_PATH];
	char freeze[KERNEL_CGROUP_PATH];
	bool freeze_apart;	/* @freeze is not @victim */
	bool enabled;		/* the memory controller was switched on in the root of cgroup v2 */
	int usage_fd, kills_fd; /* of the victim's cgroup */
};

/* "v1" or "v2". */
const char *kernel_freezer_name(enum kernel_freezer freezer);

/**
 * kernel_cgroup_create() - Make the cgroups, with no limit and no process.
 * @cgroup: filled on success; has nothing on failure.
 * @freezer: which freezer.
 * @error: filled on failure.
 *
 * Context: Needs root. May sleep. One at a time in a process: its identifier is in the name.
 * Return: 0; -EOPNOTSUPP if rights, a controller or a file of the kernel lack; another -errno.
 */
int kernel_cgroup_create(struct kernel_cgroup *cgroup, enum kernel_freezer freezer,
			 struct error_text *error);

/**
 * kernel_cgroup_add() - Move a process in. Memory that it has already is not counted.
 * @cgroup: the cgroups.
 * @pid: the process.
 * @victim: into the victim's memory cgroup and its freezer, else into the hog's memory cgroup.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int kernel_cgroup_add(struct kernel_cgroup *cgroup, pid_t pid, bool victim,
		      struct error_text *error);

/**
 * kernel_cgroup_freeze() - Freeze the victim's cgroup and wait until all in it are frozen.
 * @cgroup: the cgroups.
 * @wait_ms: how long, in milliseconds.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -ETIMEDOUT; -EINTR once stop_signal is set; another -errno.
 */
int kernel_cgroup_freeze(struct kernel_cgroup *cgroup, unsigned int wait_ms,
			 struct error_text *error);

/**
 * kernel_cgroup_thaw() - Undo kernel_cgroup_freeze(); does nothing if there is no freezer.
 * @cgroup: the cgroups.
 *
 * Context: May sleep.
 */
void kernel_cgroup_thaw(struct kernel_cgroup *cgroup);

/**
 * kernel_cgroup_kill() - Send SIGKILL to whoever is in the cgroups.
 * @cgroup: the cgroups.
 *
 * Context: May sleep. Who is frozen dies after kernel_cgroup_thaw().
 */
void kernel_cgroup_kill(const struct kernel_cgroup *cgroup);

/**
 * kernel_cgroup_limit() - Limit the memory of victim and hog together, swap included.
 * @cgroup: the cgroups.
 * @room: bytes above what they use now.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int kernel_cgroup_limit(struct kernel_cgroup *cgroup, uint64_t room, struct error_text *error);

/**
 * kernel_cgroup_usage() - How much memory is charged to the victim's cgroup?
 * @cgroup: the cgroups.
 *
 * Context: Any; one system call.
 * Return: bytes, kernel memory included; 0 if it cannot be read.
 */
uint64_t kernel_cgroup_usage(const struct kernel_cgroup *cgroup);

/**
 * kernel_cgroup_kills() - How many processes of the victim's cgroup did the OOM killer kill?
 * @cgroup: the cgroups.
 *
 * Context: Any; one system call.
 * Return: the number; -1 if the kernel does not tell (before Linux 4.13).
 */
long kernel_cgroup_kills(const struct kernel_cgroup *cgroup);

/**
 * kernel_cgroup_destroy() - Remove the cgroups and unmount what was mounted for them.
 * @cgroup: has nothing afterwards.
 * @error: filled on failure with the first thing that stays.
 *
 * Context: May sleep. No process is in them any more.
 * Return: 0; -errno.
 */
int kernel_cgroup_destroy(struct kernel_cgroup *cgroup, struct error_text *error);

#endif
