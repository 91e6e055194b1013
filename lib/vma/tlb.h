/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB shootdown. Its cost is an inter-processor interrupt to every CPU that runs a thread of
 * the process; membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) sends exactly that.
 */
#ifndef UMAPLE_TLB_H
#define UMAPLE_TLB_H

#include <stdbool.h>

struct mm_struct;
struct pglist_data;

/**
 * tlb_set_membarrier() - Choose what a shootdown is on a machine.
 * @pgdat: its node.
 * @on: true for membarrier, false for nothing at all.
 *
 * Context: No one gathers on this machine meanwhile.
 * Return: 0, or -ENOSYS (and no shootdown) if the kernel has no private expedited membarrier.
 */
int tlb_set_membarrier(struct pglist_data *pgdat, bool on);

/**
 * flush_tlb_mm_range() - Flush.
 * @mm: the address space; its machine decides what happens.
 * @start: first address.
 * @end: first address behind.
 * @stride_shift: log2 of the bytes between two entries.
 * @freed_tables: page tables were unlinked.
 *
 * The interrupt is the cost, however much there is to flush: the last four are the kernel's and
 * make no difference.
 *
 * Context: Any; does not sleep.
 */
void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			unsigned int stride_shift, bool freed_tables);

#endif
