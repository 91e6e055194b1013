/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Huge PMD entries. For each of them an empty PTE table is kept with the PMD table (a deposit), so
 * that a split needs no memory.
 */
#ifndef UMAPLE_HUGE_MEMORY_H
#define UMAPLE_HUGE_MEMORY_H

#include "mmu_gather.h"
#include "pgtable.h"

/* PTEs of anonymous memory, also after the split of a huge page. */
#define ANON_PTE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)

/**
 * pgtable_trans_huge_deposit() - Keep an empty PTE table for a later split.
 * @pmd_table: the table of the huge entry.
 * @pgtable: the PTE table.
 *
 * Context: The PMD table's ptl held.
 */
void pgtable_trans_huge_deposit(struct ptdesc *pmd_table, struct ptdesc *pgtable);

/**
 * pgtable_trans_huge_withdraw() - Take the table of one huge entry back.
 * @pmd_table: the table of the entry.
 *
 * Context: The PMD table's ptl held.
 * Return: A table; there is one for each huge entry, and they are all alike.
 */
struct ptdesc *pgtable_trans_huge_withdraw(struct ptdesc *pmd_table);

/**
 * zap_huge_pmd() - Take a huge page out of the page tables.
 * @tlb: collects it.
 * @pmd_table: the table of the entry.
 * @pmd: the entry; another task may have emptied it.
 * @addr: the address it maps, 2 MiB aligned.
 *
 * Context: mmap_lock held. Takes the PMD table's ptl.
 */
void zap_huge_pmd(struct mmu_gather *tlb, struct ptdesc *pmd_table, pmd_t *pmd, unsigned long addr);

/**
 * split_huge_entry() - Turn a huge page into 512 small ones, mapped by the table that was kept.
 * @vma: where it is mapped.
 * @pmd_table: the table of the entry.
 * @pmd: the entry.
 * @addr: the address it maps, 2 MiB aligned.
 *
 * This is the kernel's __split_huge_pmd() and split_huge_page() in one.
 *
 * Context: mmap_lock held for writing. Cannot fail.
 */
void split_huge_entry(struct vm_area_struct *vma, struct ptdesc *pmd_table, pmd_t *pmd,
		      unsigned long addr);

#endif
