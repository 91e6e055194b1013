/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real process that does the calls of a trace. It has nothing mapped but one page with a system
 * call instruction, far below all else, and is driven from outside: ptrace(2) sets its registers,
 * lets it run over the instruction, and reads the result. x86-64 alone.
 */
#ifndef UMAPLE_REPLAY_LIVE_CHILD_H
#define UMAPLE_REPLAY_LIVE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/error_text.h"
#include "engines/calls.h"

struct live_child {
	pid_t pid;
	int *files; /* descriptors that it has too: files[n] of file n + 1 */
	int nr_files;
	int guard;	   /* a file of its own for what fills the address space */
	bool heap_movable; /* its heap can be where that of the trace was */
};

/* The word that makes `reapbench replay` such a process. */
#define LIVE_CHILD_WORD "--child"

/**
 * live_child_main() - Be that process: wait to be driven.
 *
 * Context: Main thread, right after exec. Does not return unless something failed.
 * Return: An exit status: 2, with one line on stderr, if it was not started by live_child_start().
 */
int live_child_main(void);

/**
 * live_child_start() - Start one.
 * @child: filled on success; give it to live_child_end().
 * @nr_files: how many files its calls map.
 * @error: filled on failure.
 *
 * Context: May sleep. The kernel kills the process if this one ends.
 * Return: 0; -EOPNOTSUPP on another CPU; another -errno.
 */
int live_child_start(struct live_child *child, int nr_files, struct error_text *error);

/**
 * live_child_call() - Let it do a call.
 * @child: the process.
 * @call: the call; its file is a number from 1 to nr_files.
 * @result: of the system call, the error as a negative number.
 *
 * Context: May sleep.
 * Return: 0; -ECHILD if the process is gone.
 */
int live_child_call(struct live_child *child, const struct vm_call *call, long *result);

/**
 * live_child_set_limits() - Say where mappings without an address begin, and where the heap is.
 * @child: the process.
 * @mmap_base: the highest end of such a mapping; all above is filled. 0: leave it.
 * @brk: the heap; heap_movable says whether this kernel lets it be moved. 0: leave it.
 *
 * Context: May sleep.
 * Return: As live_child_call().
 */
int live_child_set_limits(struct live_child *child, unsigned long mmap_base, unsigned long brk);

/**
 * live_child_maps() - Call a function for each area that it has, upward.
 * @child: the process.
 * @fn: the function. What fills the address space, and the page with the instruction, are left out.
 * @arg: for @fn.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int live_child_maps(const struct live_child *child,
		    void (*fn)(const struct vm_area_info *area, void *arg), void *arg);

/* Kill it, and close what it was given. */
void live_child_end(struct live_child *child);

#endif
