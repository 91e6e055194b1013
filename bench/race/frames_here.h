/* SPDX-License-Identifier: GPL-2.0-only */
/* Which page frames does a process get here? Asked of the running kernel. */
#ifndef UMAPLE_RACE_FRAMES_HERE_H
#define UMAPLE_RACE_FRAMES_HERE_H

#include <stdint.h>

#include "vma/frames.h"

/**
 * frames_here() - Fault memory in, and see which frames it has.
 * @pages: of 4 KiB, none huge.
 * @span: frames of the memory map that will have them, at least @pages. If the machine has more,
 * those that the process did not get are left out: 128 MiB at a time if that is enough, or 2 MiB at a
 * time, or all of them.
 * @list: filled on success; give it to free().
 *
 * Context: May sleep. Takes @pages of memory for a moment.
 * Return: 0; -EPERM if this process may not see frame numbers; -ENOMEM, also if the memory would be
 * more than half of what is available, and if @span is too small; another -errno if the page map
 * cannot be read.
 */
int frames_here(uint64_t pages, uint64_t span, struct frame_list **list);

#endif
