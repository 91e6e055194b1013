/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB shootdown. On x86 its cost is an inter-processor interrupt to every CPU that uses the address
 * space; membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) sends exactly that.
 */
#ifndef UMAPLE_TLB_H
#define UMAPLE_TLB_H

#include <stdbool.h>

#include "tlb_mode.h"

struct mm_struct;
struct pglist_data;

/**
 * tlb_set_mode() - Choose how a machine's CPUs tell each other to flush.
 * @pgdat: its node.
 * @mode: one of tlb_mode.h.
 *
 * Context: No one gathers on this machine meanwhile.
 * Return: 0, or -ENOSYS (and TLB_OFF) if the mode needs a private expedited membarrier and the kernel
 * has none.
 */
int tlb_set_mode(struct pglist_data *pgdat, enum tlb_mode mode);

/**
 * enter_lazy_tlb() - The task of this CPU leaves an address space, and nothing else runs here.
 * @mm: the address space.
 *
 * The CPU keeps the translations until it runs another task, uses none of them meanwhile, and need
 * not be told of flushes.
 *
 * Context: Any.
 */
void enter_lazy_tlb(struct mm_struct *mm);

/**
 * flush_tlb_mm_range() - Flush.
 * @mm: the address space; its machine decides what happens.
 * @start: first address.
 * @end: first address behind.
 * @stride_shift: log2 of the bytes between two entries.
 * @freed_tables: page tables were unlinked.
 *
 * The cost is that of telling the others, however much there is to flush: the last four are the
 * kernel's and make no difference.
 *
 * Context: Any; does not sleep.
 */
void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			unsigned int stride_shift, bool freed_tables);

#endif
