/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process with some threads and some memory that goes on step by step: first its threads start,
 * then it touches its memory, then all of it sleeps until it is killed.
 */
#ifndef UMAPLE_THAW_KERNEL_CHILD_H
#define UMAPLE_THAW_KERNEL_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "common/error_text.h"

#define KERNEL_CHILD_THREADS 256

struct kernel_child_shared; /* memory that both processes see */

struct kernel_child {
	pid_t pid; /* 0: there is none */
	int pidfd, go, answer;
	unsigned int threads;
	uint64_t bytes;
	struct kernel_child_shared *shared;
};

/**
 * kernel_child_start() - Fork it. It waits for its first step.
 * @child: filled on success; has no process on failure.
 * @name: at most 10 bytes. Thread i has the name @name-i.
 * @threads: 1 to KERNEL_CHILD_THREADS.
 * @bytes: of anonymous memory, in small pages.
 * @error: filled on failure.
 *
 * It ignores the signals of a terminal, and dies with the calling thread unless it is frozen.
 *
 * Context: No other thread of this process holds a lock of the C library.
 * Return: 0; -errno.
 */
int kernel_child_start(struct kernel_child *child, const char *name, unsigned int threads,
		       uint64_t bytes, struct error_text *error);

/**
 * kernel_child_go() - Let it do its next step.
 * @child: the process.
 * @error: filled on failure.
 *
 * Context: Any.
 * Return: 0; -errno.
 */
int kernel_child_go(struct kernel_child *child, struct error_text *error);

/**
 * kernel_child_enough() - Let it stop touching memory, as soon as it can.
 * @child: the process.
 *
 * Context: Any.
 */
void kernel_child_enough(struct kernel_child *child);

/**
 * kernel_child_await() - Wait until the step is done.
 * @child: the process.
 * @error: filled on failure.
 *
 * Context: May sleep, for a minute at most.
 * Return: 0; -EINTR once stop_signal is set; -ETIMEDOUT; -ECHILD if it died; another -errno of
 * what it tried.
 */
int kernel_child_await(struct kernel_child *child, struct error_text *error);

/**
 * kernel_child_tid() - The identifier of a thread.
 * @child: the process, after its first step.
 * @i: which thread; 0 is the one that leads the group.
 *
 * Context: Any.
 * Return: the identifier.
 */
pid_t kernel_child_tid(const struct kernel_child *child, unsigned int i);

/**
 * kernel_child_end() - Kill it if it lives, collect it and free what it had.
 * @child: has no process afterwards. It is not frozen.
 *
 * Context: May sleep.
 */
void kernel_child_end(struct kernel_child *child);

#endif
