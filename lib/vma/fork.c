// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "fork.h"
#include "huge_memory.h"
#include "mmap_lock.h"
#include "rmap.h"
#include "vma_internal.h"
#include "vma_lock.h"
#include "vma_rmap.h"

/* One more mapping of the page, or use of the slot, that an entry of @src_vma has. */
static int copy_entry(struct mm_struct *mm, const struct vm_area_struct *src_vma, pte_t *src,
		      pte_t *dst)
{
	struct pglist_data *pgdat = mm->pgdat;
	struct folio *folio;

	if (!pte_present(*src)) {
		if (swap_duplicate(pgdat, pte_to_swp_entry(*src)))
			return -ENOMEM;
		add_mm_counter(mm, MM_SWAPENTS, 1);
		*dst = *src;
		return 0;
	}
	/* From now on the first of both that writes copies the page. */
	if (!(src_vma->vm_flags & VM_SHARED) && src->pte & _PAGE_RW)
		__atomic_fetch_and(&src->pte, ~_PAGE_RW, __ATOMIC_RELAXED);
	if (pte_pfn(*src) < pgdat->node_spanned_pages) {
		folio = page_folio(pfn_to_page(pgdat, pte_pfn(*src)));
		folio_get(folio);
		if (folio_test(folio, PG_anon)) {
			folio_dup_anon_rmap_pte(folio);
			add_mm_counter(mm, MM_ANONPAGES, 1);
		} else {
			folio_add_file_rmap_pte(pgdat, folio);
			add_mm_counter(mm, vma_file_counter(src_vma), 1);
		}
	}
	*dst = *src;
	return 0;
}

static int copy_pte_range(struct mm_struct *mm, const struct vm_area_struct *src_vma, pmd_t *pmd,
			  unsigned long addr, unsigned long end)
{
	struct ptdesc *table = make_pte_table(mm, addr);
	struct stat_lock *src_ptl;
	pte_t *first, *src, *dst;
	int err = 0;

	if (!table)
		return -ENOMEM;
	stat_lock(&table->ptl);
	first = src = __pte_offset_map_lock(src_vma->vm_mm, pmd, addr, &src_ptl);
	dst = table->ptes + table_index(addr, PAGE_SHIFT);
	for (; addr < end && !err; addr += PAGE_SIZE, src++, dst++) {
		if (!pte_none(*src))
			err = copy_entry(mm, src_vma, src, dst);
	}
	pte_unmap_unlock(first, src_ptl);
	stat_unlock(&table->ptl);
	return err;
}

/* Pages of a file that nobody wrote to need no copy: a fault finds them in the file. */
static int copy_page_range(struct mm_struct *mm, struct vm_area_struct *src_vma)
{
	unsigned long addr = src_vma->vm_start, end = src_vma->vm_end, next;

	if (!src_vma->anon_vma)
		return 0;
	for (; addr < end; addr = next) {
		struct ptdesc *pmd_table;
		pmd_t *pmd = find_pmd(src_vma->vm_mm, addr, &pmd_table);
		int err;

		if (!pmd) {
			next = pud_addr_end(addr, end);
			continue;
		}
		next = pmd_addr_end(addr, end);
		if (pmd_none(pmdp_get(pmd)))
			continue;
		if (pmd_trans_huge(pmdp_get(pmd)))
			split_huge_entry(src_vma, pmd_table, pmd, addr & PMD_MASK);
		err = copy_pte_range(mm, src_vma, pmd, addr, next);
		if (err)
			return err;
	}
	return 0;
}

/* The VMA of the child for @old; the tree has it instead of that. */
static struct vm_area_struct *dup_vma(struct mm_struct *mm, struct vm_area_struct *old)
{
	struct vm_area_struct *vma;

	vma = vm_area_copy(mm, old, old->vm_start, old->vm_end, old->vm_pgoff);
	if (!vma)
		return NULL;
	vma->vm_flags &= ~VM_LOCKED_MASK;
	if ((!(old->vm_flags & VM_WIPEONFORK) && anon_vma_fork(vma, old)) ||
	    vma_store(mm, vma->vm_start, vma->vm_end, vma)) {
		remove_vma(vma);
		return NULL;
	}
	mm->map_count++;
	return vma;
}

/*
 * Replace each VMA in the copy of the tree. On failure @stop is the first address whose VMA is
 * still the parent's.
 */
static int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm, unsigned long *stop)
{
	struct vm_area_struct *old;
	struct vma_iterator vmi;
	int err;

	*stop = 0;
	err = __mt_dup(&oldmm->mm_mt, &mm->mm_mt, GFP_KERNEL);
	if (err)
		return err;
	vma_iter_init(&vmi, oldmm, 0);
	for_each_vma (vmi, old) {
		*stop = old->vm_start;
		/* Its entries become read-only, and a fault must not make one writable meanwhile. */
		vma_start_write(old);
		if (old->vm_flags & VM_DONTCOPY) {
			if (vma_store(mm, old->vm_start, old->vm_end, NULL))
				return -ENOMEM;
			continue;
		}
		if (!dup_vma(mm, old))
			return -ENOMEM;
		*stop = old->vm_end;
		if (!(old->vm_flags & VM_WIPEONFORK) && copy_page_range(mm, old))
			return -ENOMEM;
	}
	return 0;
}

/* A child that was not finished: its own VMAs, below @stop, go with their pages. */
static void undo_dup(struct mm_struct *mm, unsigned long stop)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm);
	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma) {
		if (vma->vm_start >= stop)
			break;
		unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end);
	}
	if (stop)
		free_pgd_range(&tlb, 0, stop, 0, USER_PGTABLES_CEILING);
	tlb_finish_mmu(&tlb);
	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma) {
		if (vma->vm_start >= stop)
			break;
		mm->map_count--;
		vma_mark_detached(vma);
		remove_vma(vma);
	}
	__mt_destroy(&mm->mm_mt);
}

struct mm_struct *dup_mm(struct mm_struct *oldmm)
{
	struct mm_struct *mm = mm_alloc(oldmm->pgdat);
	unsigned long stop;
	int err;

	mmap_assert_write_locked(oldmm);
	if (!mm)
		return NULL;
	mm->mmap_base = oldmm->mmap_base;
	mm->mmap_bottomup = oldmm->mmap_bottomup;
	mm->start_brk = oldmm->start_brk;
	mm->brk = oldmm->brk;
	mmap_write_lock_nested(mm);
	err = dup_mmap(mm, oldmm, &stop);
	if (err)
		undo_dup(mm, stop);
	mmap_write_unlock(mm);
	/* What could be written in the parent can be no more. */
	flush_tlb_mm_range(oldmm, 0, TASK_SIZE, PAGE_SHIFT, false);
	if (!err)
		return mm;
	PORT_BUG_ON(mm->map_count || mm_release_tables(mm));
	mm_free(mm);
	return NULL;
}
