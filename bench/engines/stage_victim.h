/* SPDX-License-Identifier: GPL-2.0-only */
/* The victim of a scenario: a process whose threads map, touch and unmap until they are killed. */
#ifndef UMAPLE_STAGE_VICTIM_H
#define UMAPLE_STAGE_VICTIM_H

#include "stage.h"

/**
 * stage_start_victim() - Start its threads.
 * @stage: leader is set as soon as there is a process, which then owns @mm.
 * @mm: the address space.
 *
 * Context: May sleep.
 * Return: 0; -ENOMEM; -EAGAIN. After an error there may be a process with fewer threads.
 */
int stage_start_victim(struct stage *stage, struct mm_struct *mm);

/**
 * stage_clone() - Start one thread more.
 * @stage: it has a victim.
 *
 * Context: May sleep.
 * Return: As clone_thread().
 */
int stage_clone(struct stage *stage);

#endif
