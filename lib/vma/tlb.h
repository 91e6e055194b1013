/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB shootdown. Its cost is an inter-processor interrupt to every CPU that runs a thread of
 * the process; membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) sends exactly that.
 */
#ifndef UMAPLE_TLB_H
#define UMAPLE_TLB_H

#include <stdbool.h>

/**
 * tlb_set_membarrier() - Choose what a shootdown is.
 * @on: true for membarrier, false for nothing at all.
 *
 * Context: No one gathers meanwhile.
 * Return: 0, or -ENOSYS if the kernel has no private expedited membarrier.
 */
int tlb_set_membarrier(bool on);

/**
 * flush_tlb_mm_range() - Flush.
 *
 * Context: No spinlock held.
 */
void flush_tlb_mm_range(void);

#endif
