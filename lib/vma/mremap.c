// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "huge_memory.h"
#include "mman.h"
#include "mmap_lock.h"
#include "vma_internal.h"
#include "vma_lock.h"
#include "vma_rmap.h"

/* One move, growth or cut of (a part of) one VMA. */
struct vma_remap_struct {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned long addr, old_len, new_len, flags, new_addr;
};

static bool vrm_implies_new_addr(const struct vma_remap_struct *vrm)
{
	return vrm->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
}

static bool vrm_overlaps(const struct vma_remap_struct *vrm)
{
	return vrm->addr + vrm->old_len > vrm->new_addr && vrm->new_addr + vrm->new_len > vrm->addr;
}

static int check_mremap_params(const struct vma_remap_struct *vrm)
{
	const unsigned long known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

	if (vrm->flags & ~known || offset_in_page(vrm->addr) || !vrm->new_len ||
	    vrm->new_len > TASK_SIZE)
		return -EINVAL;
	if (!vrm_implies_new_addr(vrm))
		return 0;
	if (vrm->new_addr > TASK_SIZE - vrm->new_len || offset_in_page(vrm->new_addr) ||
	    !(vrm->flags & MREMAP_MAYMOVE) || vrm_overlaps(vrm))
		return -EINVAL;
	if (vrm->flags & MREMAP_DONTUNMAP && vrm->old_len != vrm->new_len)
		return -EINVAL;
	/* What is unmapped at the new place must not be lost for a move that is refused later. */
	return vrm->mm->map_count + 2 >= sysctl_max_map_count - 3 ? -ENOMEM : 0;
}

/* Is the range one that can be cut, grow or move? */
static int check_prep_vma(const struct vma_remap_struct *vrm)
{
	const struct vm_area_struct *vma = vrm->vma;
	unsigned long stays = vrm->old_len < vrm->new_len ? vrm->old_len : vrm->new_len;
	unsigned long pgoff;

	if (!vma)
		return -EFAULT;
	if (vrm->new_len <= vrm->old_len && !vrm_implies_new_addr(vrm))
		return 0;
	/* No pages to move: a second mapping of the same memory, which must not be private. */
	if (!vrm->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return -EINVAL;
	if (vrm->flags & MREMAP_DONTUNMAP && vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EINVAL;
	if (stays > vma->vm_end - vrm->addr)
		return -EFAULT;
	if (vrm->new_len == vrm->old_len)
		return 0;
	pgoff = vma_pgoff_at(vma, vrm->addr);
	if (pgoff + (vrm->new_len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	return vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP) ? -EFAULT : 0;
}

/* The tables that the pages will stand in are made before anything moves. */
static int alloc_page_tables(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	unsigned long end = addr + len, next;

	for (unsigned long at = addr; at < end; at = next) {
		next = pmd_addr_end(at, end);
		if (!make_pte_table(mm, at)) {
			free_tables_of_gap(mm, addr, end);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Move the entries of one page table into another one. Of two ptls the one at the lower address is first. */
static void move_ptes(struct mmu_gather *tlb, struct ptdesc *old_table, unsigned long from,
		      struct ptdesc *new_table, unsigned long to, unsigned long nr)
{
	struct ptdesc *first = old_table < new_table ? old_table : new_table;
	struct ptdesc *second = old_table < new_table ? new_table : old_table;
	pte_t *pte = old_table->ptes + table_index(from, PAGE_SHIFT), *end = pte + nr;
	pte_t *new = new_table->ptes + table_index(to, PAGE_SHIFT);

	stat_lock_ptl(&first->ptl, from);
	if (first != second)
		stat_lock(&second->ptl);
	for (; pte < end; pte++, new ++, from += PAGE_SIZE) {
		if (pte_none(*pte))
			continue;
		*new = *pte;
		pte->pte = 0;
		__tlb_adjust_range(tlb, from, PAGE_SIZE);
	}
	if (first != second)
		stat_unlock(&second->ptl);
	stat_unlock(&first->ptl);
}

/* Only the old VMA's huge pages are split: the new place may not be aligned. */
static void move_page_tables(struct vm_area_struct *vma, unsigned long from, unsigned long to,
			     unsigned long len)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long end = from + len, step;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm);
	for (; from < end; from += step, to += step) {
		unsigned long from_next = pmd_addr_end(from, end);
		unsigned long to_next = pmd_addr_end(to, to + (end - from));
		struct ptdesc *pmd_table;
		pmd_t *pmd = find_pmd(mm, from, &pmd_table);

		step = from_next - from < to_next - to ? from_next - from : to_next - to;
		if (!pmd || pmd_none(pmdp_get(pmd)))
			continue;
		if (pmd_trans_huge(pmdp_get(pmd)))
			split_huge_entry(vma, pmd_table, pmd, from & PMD_MASK);
		move_ptes(&tlb, pmd_pte_table(pmdp_get(pmd)), from,
			  pmd_pte_table(pmdp_get(find_pmd(mm, to, NULL))), to, step >> PAGE_SHIFT);
	}
	tlb_finish_mmu(&tlb);
}

/* The pages of the old VMA are elsewhere; it stays, as if it had never had any. */
static void dontunmap_complete(const struct vma_remap_struct *vrm,
			       const struct vm_area_struct *copy)
{
	struct vm_area_struct *vma = vrm->vma;

	vma_assert_write_locked(vma);
	vma->vm_flags &= ~VM_LOCKED_MASK;
	if (copy != vma && vma->vm_start == vrm->addr && vma->vm_end == vrm->addr + vrm->old_len)
		unlink_anon_vmas(vma);
}

static long move_vma(struct vma_remap_struct *vrm)
{
	struct mm_struct *mm = vrm->mm;
	unsigned long pgoff = vma_pgoff_at(vrm->vma, vrm->addr);
	struct vm_area_struct *copy;

	/* The cuts that may follow must not be refused. */
	if (mm->map_count >= sysctl_max_map_count - 3)
		return -ENOMEM;
	if (alloc_page_tables(mm, vrm->new_addr, vrm->new_len))
		return -ENOMEM;
	/* A fault in the source would put a page where none is looked for any more. */
	vma_start_write(vrm->vma);
	copy = copy_vma(&vrm->vma, vrm->new_addr, vrm->new_len, pgoff);
	if (!copy) {
		free_tables_of_gap(mm, vrm->new_addr, vrm->new_addr + vrm->new_len);
		return -ENOMEM;
	}
	if (vrm->old_len)
		move_page_tables(vrm->vma, vrm->addr, vrm->new_addr, vrm->old_len);
	if (vrm->flags & MREMAP_DONTUNMAP)
		dontunmap_complete(vrm, copy);
	else
		do_munmap(mm, vrm->addr, vrm->old_len);
	return (long)vrm->new_addr;
}

/* Find a place for the new range, or check the one that is given. */
static long vrm_set_new_addr(struct vma_remap_struct *vrm)
{
	const struct vm_area_struct *vma = vrm->vma;
	unsigned long flags = vrm->flags & MREMAP_FIXED ? MAP_FIXED : 0;
	unsigned long pgoff = vma->vm_pgoff + ((vrm->addr - vma->vm_start) >> PAGE_SHIFT);
	long addr = get_unmapped_area(vrm->mm, vma->vm_file,
				      vrm_implies_new_addr(vrm) ? vrm->new_addr : 0, vrm->new_len,
				      pgoff, flags,
				      !vma->vm_file && !(vma->vm_flags & VM_MAYSHARE));

	if (addr < 0)
		return addr;
	vrm->new_addr = (unsigned long)addr;
	return 0;
}

static long shrink_vma(const struct vma_remap_struct *vrm)
{
	return do_munmap(vrm->mm, vrm->addr + vrm->new_len, vrm->old_len - vrm->new_len);
}

/* To an address that the caller names, or, for MREMAP_DONTUNMAP, to another one. */
static long mremap_to(struct vma_remap_struct *vrm)
{
	long err;

	if (vrm->flags & MREMAP_FIXED) {
		err = do_munmap(vrm->mm, vrm->new_addr, vrm->new_len);
		if (err)
			return err;
		/* That may have cut the VMA. */
		vrm->vma = vma_lookup(vrm->mm, vrm->addr);
		if (!vrm->vma)
			return -EFAULT;
	}
	if (vrm->old_len > vrm->new_len) {
		err = shrink_vma(vrm);
		if (err)
			return err;
		vrm->vma = vma_lookup(vrm->mm, vrm->addr);
		vrm->old_len = vrm->new_len;
	}
	err = vrm_set_new_addr(vrm);
	return err ? err : move_vma(vrm);
}

static bool vma_expandable(const struct vm_area_struct *vma, unsigned long delta)
{
	unsigned long end = vma->vm_end + delta;
	const struct vm_area_struct *next = find_vma(vma->vm_mm, vma->vm_end);

	return end >= vma->vm_end && end <= TASK_SIZE && (!next || next->vm_start >= end);
}

static long expand_vma(struct vma_remap_struct *vrm)
{
	unsigned long delta = vrm->new_len - vrm->old_len;
	long err;

	if (vrm->vma->vm_end == vrm->addr + vrm->old_len && vma_expandable(vrm->vma, delta))
		return vma_merge_extend(vrm->vma, delta) ? (long)vrm->addr : -ENOMEM;
	if (!(vrm->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	err = vrm_set_new_addr(vrm);
	return err ? err : move_vma(vrm);
}

static long remap_one(struct vma_remap_struct *vrm)
{
	bool grows = vrm->new_len > vrm->old_len, locked;
	unsigned long old_len = vrm->old_len;
	long res;

	vrm->vma = vma_lookup(vrm->mm, vrm->addr);
	res = check_prep_vma(vrm);
	if (res)
		return res;
	locked = vrm->vma->vm_flags & VM_LOCKED;
	if (vrm_implies_new_addr(vrm))
		res = mremap_to(vrm);
	else if (grows)
		res = expand_vma(vrm);
	else
		res = vrm->new_len < old_len ? shrink_vma(vrm) : 0;
	if (!res)
		res = (long)vrm->addr;
	if (res > 0 && grows && locked)
		mm_populate(vrm->mm, (unsigned long)res + old_len, vrm->new_len - old_len, true);
	return res;
}

/* Move all VMAs of a range to a fixed place; the gaps between them stay as they are. */
static long remap_move(const struct vma_remap_struct *all)
{
	unsigned long end = all->addr + all->old_len, at = all->addr;

	while (at < end) {
		const struct vm_area_struct *vma = find_vma(all->mm, at);
		struct vma_remap_struct one = *all;
		unsigned long until;
		long res;

		if (!vma || vma->vm_start >= end)
			break;
		if (vma->vm_start > at) {
			if (at == all->addr)
				return -EFAULT;
			at = vma->vm_start;
		}
		until = vma->vm_end < end ? vma->vm_end : end;
		one.addr = at;
		one.new_addr = all->new_addr + (at - all->addr);
		one.old_len = one.new_len = until - at;
		res = remap_one(&one);
		if (res < 0)
			return res;
		at = until;
	}
	return at == all->addr ? -EFAULT : (long)all->new_addr;
}

long do_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
	       unsigned long new_len, unsigned long flags, unsigned long new_addr)
{
	struct vma_remap_struct vrm = {
		.mm = mm,
		.addr = addr,
		.old_len = PAGE_ALIGN(old_len),
		.new_len = PAGE_ALIGN(new_len),
		.flags = flags,
		.new_addr = new_addr,
	};
	int err = check_mremap_params(&vrm);

	mmap_assert_write_locked(mm);
	if (err)
		return err;
	if (flags & MREMAP_FIXED && vrm.old_len == vrm.new_len)
		return remap_move(&vrm);
	return remap_one(&vrm);
}
