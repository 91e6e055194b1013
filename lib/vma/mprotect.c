// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "huge_memory.h"
#include "mman.h"
#include "mmap_lock.h"
#include "vma_internal.h"

#define PROT_SEM 0x8 /* the kernel knows it, x86 makes nothing of it */

/* The flags that @vma has with other permissions, and with what it then owes the system. */
static unsigned long mprotect_flags(const struct vm_area_struct *vma, unsigned long prot)
{
	unsigned long flags = vma->vm_flags & ~VM_ACCESS_FLAGS;

	flags |= prot & PROT_READ ? VM_READ : 0;
	flags |= prot & PROT_WRITE ? VM_WRITE : 0;
	flags |= prot & PROT_EXEC ? VM_EXEC : 0;
	return flags;
}

/* Memory is accounted from the first time that it may be written, while it may have pages. */
static unsigned long mprotect_account(const struct vm_area_struct *vma, unsigned long flags)
{
	unsigned long old = vma->vm_flags;

	if (flags & VM_WRITE)
		return old & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE)
			       ? flags
			       : flags | VM_ACCOUNT;
	if (old & VM_ACCOUNT && vma_is_anonymous(vma) && !vma->anon_vma)
		return flags & ~VM_ACCOUNT;
	return flags;
}

static void change_pte_range(struct mmu_gather *tlb, pmd_t *pmd, unsigned long addr,
			     unsigned long end)
{
	struct stat_lock *ptl;
	pte_t *first = __pte_offset_map_lock(tlb->mm, pmd, addr, &ptl), *pte = first;

	if (!first)
		return;
	for (; addr < end; addr += PAGE_SIZE, pte++) {
		if (!pte_present(*pte) || !(pte->pte & _PAGE_RW))
			continue;
		__atomic_fetch_and(&pte->pte, ~_PAGE_RW, __ATOMIC_RELAXED);
		__tlb_adjust_range(tlb, addr, PAGE_SIZE);
	}
	pte_unmap_unlock(first, ptl);
}

/* Entries of a range become read-only; a write fault makes one writable again. */
static void change_protection(struct mmu_gather *tlb, struct vm_area_struct *vma,
			      unsigned long start, unsigned long end)
{
	unsigned long next;

	for (; start < end; start = next) {
		struct ptdesc *pmd_table;
		pmd_t *pmd = find_pmd(tlb->mm, start, &pmd_table);

		if (!pmd) {
			next = pud_addr_end(start, end);
			continue;
		}
		next = pmd_addr_end(start, end);
		if (pmd_trans_huge(pmdp_get(pmd)))
			split_huge_entry(vma, pmd_table, pmd, start & PMD_MASK);
		change_pte_range(tlb, pmd, start, next);
	}
}

static int mprotect_fixup(struct mmu_gather *tlb, struct vm_area_struct **vmap, unsigned long start,
			  unsigned long end, unsigned long flags)
{
	struct vm_area_struct *vma = *vmap;
	unsigned long old = vma->vm_flags;

	if (flags == old)
		return 0;
	vma = vma_modify_flags(vma, start, end, mprotect_account(vma, flags));
	if (!vma)
		return -ENOMEM;
	*vmap = vma;
	if (!(flags & VM_WRITE))
		change_protection(tlb, vma, start, end);
	/* Locked memory is to have all its pages, and it lacks those that only writes make. */
	if ((old & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && flags & VM_WRITE)
		mm_populate(vma->vm_mm, start, end - start, true);
	return 0;
}

static int mprotect_range(struct mmu_gather *tlb, struct mm_struct *mm, unsigned long start,
			  unsigned long end, unsigned long prot)
{
	while (start < end) {
		struct vm_area_struct *vma = vma_lookup(mm, start);
		unsigned long flags, until;
		int err;

		if (!vma)
			return -ENOMEM;
		flags = mprotect_flags(vma, prot);
		/* Each VM_MAY flag stands four bits above the one it allows. */
		if (flags & ~(flags >> 4) & VM_ACCESS_FLAGS)
			return -EACCES;
		until = vma->vm_end < end ? vma->vm_end : end;
		err = mprotect_fixup(tlb, &vma, start, until, flags);
		if (err)
			return err;
		/* It may have merged with more than the range, which then needs no visit. */
		start = vma->vm_end;
	}
	return 0;
}

long do_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long prot)
{
	unsigned long end = start + PAGE_ALIGN(len), grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	const struct vm_area_struct *vma;
	struct mmu_gather tlb;
	int err;

	mmap_assert_write_locked(mm);
	prot &= ~grows;
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || offset_in_page(start))
		return -EINVAL;
	if (!len)
		return 0;
	if (end <= start)
		return -ENOMEM;
	if (prot & ~(unsigned long)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	vma = find_vma(mm, start);
	if (!vma || (vma->vm_start > start && (!(grows & PROT_GROWSDOWN) || vma->vm_start >= end)))
		return -ENOMEM;
	if (grows & PROT_GROWSDOWN) {
		start = vma->vm_start;
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return -EINVAL;
	}
	if (grows & PROT_GROWSUP)
		return -EINVAL; /* nothing on x86 grows up */
	tlb_gather_mmu(&tlb, mm);
	err = mprotect_range(&tlb, mm, start, end, prot);
	tlb_finish_mmu(&tlb);
	return err;
}
