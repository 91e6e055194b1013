/* SPDX-License-Identifier: GPL-2.0-only */
/* Emptying page tables. */
#ifndef UMAPLE_MEMORY_H
#define UMAPLE_MEMORY_H

#include "mmu_gather.h"
#include "pgtable.h"

/**
 * unmap_page_range() - Take every page of a range out of the page tables.
 * @tlb: collects the pages.
 * @vma: the VMA the range lies in.
 * @addr: first address, page aligned.
 * @end: first address behind, page aligned, above @addr.
 *
 * A huge page that the range covers in part is split first; then mmap_lock must be held for
 * writing.
 *
 * Context: mmap_lock held at least for reading. Takes each table's ptl in turn.
 */
void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
		      unsigned long end);

/**
 * zap_page_range_single() - unmap_page_range() with a gather of its own.
 * @vma: the VMA.
 * @addr: first address, page aligned.
 * @size: bytes, page aligned; may be 0.
 *
 * Context: As unmap_page_range().
 */
void zap_page_range_single(struct vm_area_struct *vma, unsigned long addr, unsigned long size);

#endif
