/* SPDX-License-Identifier: GPL-2.0-only */
/* Others who use a victim's address space or its CPUs, while it lives and dies. */
#ifndef UMAPLE_STAGE_OTHERS_H
#define UMAPLE_STAGE_OTHERS_H

#include "stage.h"

/**
 * stage_share() - Be a process that shares the victim's address space.
 * @stage: it has a victim.
 *
 * Maps, faults in, protects and unmaps until the victim is killed, which kills it too.
 *
 * Context: A thread with a simulated CPU. May sleep; may take the address space apart.
 * Return: How many turns it has done; -ESRCH without a user of the address space.
 */
int stage_share(struct stage *stage);

/**
 * stage_read_maps() - Be a process that reads the victim's list of VMAs again and again.
 * @stage: it has a victim.
 *
 * Ends when nobody uses the address space any more.
 *
 * Context: As stage_share().
 * Return: How often it read.
 */
int stage_read_maps(struct stage *stage);

#endif
