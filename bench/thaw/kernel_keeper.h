/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that cleans up if this one dies: a frozen process, its cgroups, a tracing instance and
 * mounts would stay for ever.
 */
#ifndef UMAPLE_THAW_KERNEL_KEEPER_H
#define UMAPLE_THAW_KERNEL_KEEPER_H

#include <sys/types.h>

#include "kernel_cgroup.h"
#include "kernel_trace.h"

/* What is to be taken back; the keeper sees it as it changes. */
struct kernel_kept {
	struct kernel_cgroup cgroup;
	struct kernel_trace trace;
	pid_t keeper;
};

/**
 * kernel_keeper_start() - Start the keeper.
 * @error: filled on failure.
 *
 * It ignores the signals of a terminal.
 *
 * Context: Main thread: the keeper acts when the calling thread ends. No other thread runs.
 * Return: a place for what is to be taken back, empty yet, for kernel_keeper_end(); NULL with
 * @error set.
 */
struct kernel_kept *kernel_keeper_start(struct error_text *error);

/**
 * kernel_keeper_end() - End the keeper, without a clean-up.
 * @kept: freed; or NULL.
 *
 * Context: Main thread.
 */
void kernel_keeper_end(struct kernel_kept *kept);

#endif
