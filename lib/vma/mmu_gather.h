/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmu_gather: pages that were taken out of page tables wait here until the TLBs are flushed. They
 * may not be freed before. Batch sizes are the kernel's: 8 pages in the structure itself,
 * then page-sized batches of 510 pointers, at most 10,000 pages in all before a flush.
 */
#ifndef UMAPLE_MMU_GATHER_H
#define UMAPLE_MMU_GATHER_H

#include "mm_types.h"
#include "tlb.h"

#define MMU_GATHER_BUNDLE      8
#define MAX_GATHER_BATCH       ((PAGE_SIZE - sizeof(struct mmu_gather_batch)) / sizeof(void *))
#define MAX_GATHER_BATCH_COUNT (10000UL / MAX_GATHER_BATCH)

struct mmu_gather_batch {
	struct mmu_gather_batch *next;
	unsigned int nr, max;
	struct page *pages[];
};

struct mmu_gather {
	struct mm_struct *mm;
	struct mmu_gather_batch *active;
	unsigned int batch_count; /* batches beyond the first */
	bool fullmm;		  /* the whole address space goes; nobody can use it any more */
	bool cleared;		  /* entries were cleared in the range */
	bool freed_tables;	  /* tables were unlinked */
	unsigned long start, end; /* the range to flush */
	struct ptdesc *tables;	  /* unlinked page tables */
	struct mmu_gather_batch local;
	struct page *__pages[MMU_GATHER_BUNDLE];
};

/**
 * mmu_gather_init() - Make the slab of all gathers; needed once per process.
 *
 * Context: Before any other thread gathers.
 * Return: 0 or -ENOMEM.
 */
int mmu_gather_init(void);

/**
 * tlb_gather_mmu() - Begin to collect.
 * @tlb: on the caller's stack.
 * @mm: the address space.
 *
 * Context: mmap_lock held.
 */
void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm);

/**
 * tlb_gather_mmu_fullmm() - Begin to collect everything, for an address space without a user.
 * @tlb: on the caller's stack.
 * @mm: the address space.
 *
 * Entries are cleared without atomic operations where the hardware alone could change them.
 *
 * Context: As tlb_gather_mmu().
 */
void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct mm_struct *mm);

/**
 * __tlb_remove_folio_pages() - Take over the reference a page-table entry held.
 * @tlb: the gather.
 * @page: first page of the folio.
 *
 * Context: The ptl held.
 * Return: true if the gather is full: drop the ptl and call tlb_flush_mmu().
 */
bool __tlb_remove_folio_pages(struct mmu_gather *tlb, struct page *page);

/**
 * tlb_remove_table() - Take over an unlinked page table.
 * @tlb: the gather.
 * @ptdesc: the table.
 *
 * Context: mmap_lock held for writing.
 */
void tlb_remove_table(struct mmu_gather *tlb, struct ptdesc *ptdesc);

/**
 * tlb_flush_mmu_tlbonly() - Flush the TLBs for what was cleared so far, and free nothing yet.
 * @tlb: the gather.
 *
 * Context: A ptl may be held: no one must find a page through the TLB once it is released.
 */
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb);

/**
 * tlb_flush_mmu() - Flush the TLBs, then free what was collected.
 * @tlb: the gather; goes on empty.
 *
 * Context: No ptl held. Takes the lruvec and zone locks.
 */
void tlb_flush_mmu(struct mmu_gather *tlb);

/**
 * tlb_finish_mmu() - tlb_flush_mmu(), and the end of the gather.
 * @tlb: the gather.
 *
 * Context: As tlb_flush_mmu(); mmap_lock held.
 */
void tlb_finish_mmu(struct mmu_gather *tlb);

/**
 * __tlb_adjust_range() - Note that translations of a range were cleared.
 * @tlb: the gather.
 * @addr: first address.
 * @size: bytes.
 *
 * Context: The gather's owner.
 */
static inline void __tlb_adjust_range(struct mmu_gather *tlb, unsigned long addr,
				      unsigned long size)
{
	if (addr < tlb->start)
		tlb->start = addr;
	if (addr + size > tlb->end)
		tlb->end = addr + size;
	tlb->cleared = true;
}

#endif
