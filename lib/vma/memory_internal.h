/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by memory.c and populate.c: huge entries and the tables laid by for them. */
#ifndef UMAPLE_MEMORY_INTERNAL_H
#define UMAPLE_MEMORY_INTERNAL_H

#include "memory.h"

/* Context: the PMD table's ptl held. Return: a table deposited for one of its huge entries. */
struct ptdesc *pgtable_trans_huge_withdraw(struct ptdesc *pmd_table);

/*
 * Turn one huge entry into a PTE table of 512 small pages; cannot fail, the table was laid by.
 * Context: mmap_lock held for writing. @addr is 2 MiB aligned.
 */
void __split_huge_pmd(struct vm_area_struct *vma, struct ptdesc *pmd_table, pmd_t *pmd,
		      unsigned long addr);

#endif
