// SPDX-License-Identifier: GPL-2.0-only
#include "vma.h"

#include <errno.h>
#include <string.h>

#include "mman.h"
#include "mmap_lock.h"
#include "vma_internal.h"
#include "vma_lock.h"
#include "vma_rmap.h"

int sysctl_max_map_count = 65530;

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = slab_alloc(mm->vma_slab);

	if (vma) {
		/* Of the lock's words a reader may still look at one; vm_refcnt is 0 already. */
		memset(vma, 0, offsetof(struct vm_area_struct, vm_lock_seq));
		port_write_once(vma->vm_lock_seq, 0);
		vma->vm_mm = mm;
		CDS_INIT_LIST_HEAD(&vma->anon_vma_chain);
	}
	return vma;
}

void vm_area_free(struct vm_area_struct *vma)
{
	PORT_ASSERT(!vma_is_attached(vma));
	slab_free(vma->vm_mm->vma_slab, vma);
}

static bool range_ok(unsigned long addr, unsigned long len)
{
	return len && !((addr | len) & ~PAGE_MASK) && len <= TASK_SIZE && addr <= TASK_SIZE - len;
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vma_iterator vmi;

	mmap_assert_locked(mm);
	vma_iter_init(&vmi, mm, addr);
	return vma_next(&vmi);
}

struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vma_iterator vmi;

	mmap_assert_locked(mm);
	vma_iter_init(&vmi, mm, addr);
	return mas_walk(&vmi.mas);
}

struct vm_area_struct *vma_before(struct mm_struct *mm, unsigned long addr)
{
	struct vma_iterator vmi;

	if (!addr)
		return NULL;
	vma_iter_init(&vmi, mm, addr - 1);
	return vma_prev(&vmi);
}

int vma_store(struct mm_struct *mm, unsigned long start, unsigned long end,
	      struct vm_area_struct *vma)
{
	struct vma_iterator vmi;
	int err;

	if (vma)
		vma_start_write(vma);
	vma_iter_init(&vmi, mm, start);
	vma_iter_config(&vmi, start, end);
	err = mas_store_gfp(&vmi.mas, vma, GFP_KERNEL);
	if (!err && vma && !vma_is_attached(vma))
		vma_mark_attached(vma);
	return err;
}

int map_region(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vm_flags,
	       unsigned long pgoff, struct vm_file *file)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;
	int err;

	mmap_assert_write_locked(mm);
	if (!range_ok(addr, len))
		return -EINVAL;
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start < addr + len)
		return -EEXIST;
	vma = vm_area_alloc(mm);
	if (!vma)
		return -ENOMEM;
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_flags = vm_flags;
	vma->vm_pgoff = pgoff;
	vma->vm_file = file;
	vma_iter_init(&vmi, mm, addr);
	vma_iter_config(&vmi, addr, addr + len);
	err = vma_iter_prealloc(&vmi, vma);
	if (!err) {
		err = vma_link_file(vma);
		if (err)
			vma_iter_free(&vmi);
	}
	if (err) {
		vm_area_free(vma);
		return err;
	}
	vma_start_write(vma);
	vma_iter_store(&vmi, vma);
	vma_mark_attached(vma);
	mm->map_count++;
	return 0;
}

void remove_vma(struct vm_area_struct *vma)
{
	unlink_anon_vmas(vma);
	unlink_file_vma(vma);
	vm_area_free(vma);
}

struct vm_area_struct *vm_area_copy(struct mm_struct *mm, const struct vm_area_struct *vma,
				    unsigned long start, unsigned long end, unsigned long pgoff)
{
	struct vm_area_struct *copy = vm_area_alloc(mm);

	if (!copy)
		return NULL;
	copy->vm_start = start;
	copy->vm_end = end;
	copy->vm_flags = vma->vm_flags;
	copy->vm_pgoff = pgoff;
	copy->vm_file = vma->vm_file;
	if (vma_link_file(copy)) {
		vm_area_free(copy);
		return NULL;
	}
	return copy;
}

struct vm_area_struct *vm_area_dup(struct vm_area_struct *vma, unsigned long start,
				   unsigned long end, unsigned long pgoff)
{
	struct vm_area_struct *copy = vm_area_copy(vma->vm_mm, vma, start, end, pgoff);

	if (copy && anon_vma_clone(copy, vma)) {
		remove_vma(copy);
		return NULL;
	}
	return copy;
}

/* VMAs that lie wholly inside [start, end), linked in rising order; they stay in the tree. */
static struct vm_area_struct *collect_inside(struct mm_struct *mm, unsigned long start,
					     unsigned long end)
{
	struct vm_area_struct *first = NULL, **link = &first, *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, mm, start);
	for_each_vma (vmi, vma) {
		if (vma->vm_start >= end)
			break;
		if (vma->vm_start >= start && vma->vm_end <= end) {
			*link = vma;
			link = &vma->next;
		}
	}
	*link = NULL;
	return first;
}

static void unmap_part(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		       unsigned long end)
{
	if (start < vma->vm_start)
		start = vma->vm_start;
	if (end > vma->vm_end)
		end = vma->vm_end;
	if (start < end)
		unmap_page_range(tlb, vma, start, end);
}

/*
 * Empty the page tables of the range while the VMAs still have their old ends, then free the
 * tables that lie between the neighbours that stay.
 */
static void unmap_region(struct mm_struct *mm, struct vm_area_struct *lower,
			 struct vm_area_struct *inside, struct vm_area_struct *upper,
			 unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma, *above;
	unsigned long floor = 0, ceiling = USER_PGTABLES_CEILING;
	struct mmu_gather tlb;
	unsigned long left;

	vma = vma_before(mm, start);
	if (vma)
		floor = vma == lower ? start : vma->vm_end;
	above = find_vma(mm, end);
	if (above)
		ceiling = above == upper ? end : above->vm_start;

	tlb_gather_mmu(&tlb, mm);
	if (lower)
		unmap_part(&tlb, lower, start, end);
	for (vma = inside; vma; vma = vma->next)
		unmap_part(&tlb, vma, start, end);
	if (upper && upper != lower)
		unmap_part(&tlb, upper, start, end);
	free_pgd_range(&tlb, start, end, floor, ceiling);
	tlb_finish_mmu(&tlb);
	left = mm_release_tables(mm);
	PORT_BUG_ON(left);
}

void free_tables_of_gap(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unmap_region(mm, NULL, NULL, NULL, start, end);
}

int vma_replace(struct mm_struct *mm, unsigned long start, unsigned long end,
		struct vm_area_struct *vma)
{
	struct vm_area_struct *lower, *upper, *inside, *cut = NULL, *next;
	int err;

	lower = vma_lookup(mm, start);
	if (lower && lower->vm_start == start)
		lower = NULL;
	upper = vma_lookup(mm, end);
	if (upper && upper->vm_start == end)
		upper = NULL;
	/* Everything that can fail comes before anything that changes. */
	if (upper && upper == lower) {
		if (mm->map_count >= sysctl_max_map_count)
			return -ENOMEM;
		cut = vm_area_dup(upper, end, upper->vm_end, vma_pgoff_at(upper, end));
		if (!cut)
			return -ENOMEM;
	}
	/* No fault may see a VMA that changes or goes. */
	inside = collect_inside(mm, start, end);
	for (next = inside; next; next = next->next)
		vma_start_write(next);
	if (lower)
		vma_start_write(lower);
	if (upper)
		vma_start_write(upper);
	if (!lower && !upper && !inside && !vma)
		return 0;
	err = vma_store(mm, start, end, vma);
	if (err) {
		if (cut)
			remove_vma(cut);
		return err;
	}
	if (cut) {
		/*
		 * The upper part is a range of the tree already. The store changes its one slot,
		 * and that needs no memory.
		 */
		err = vma_store(mm, end, cut->vm_end, cut);
		PORT_BUG_ON(err);
		mm->map_count++;
	}

	unmap_region(mm, lower, inside, cut ? cut : upper, start, end);
	if (lower)
		lower->vm_end = start;
	if (upper && !cut) {
		upper->vm_pgoff = vma_pgoff_at(upper, end);
		upper->vm_start = end;
	}
	for (; inside; inside = next) {
		next = inside->next;
		vma_mark_detached(inside);
		remove_vma(inside);
		mm->map_count--;
	}
	mm->map_count += vma != NULL;
	return 0;
}

int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	mmap_assert_write_locked(mm);
	if (!range_ok(start, len))
		return -EINVAL;
	return vma_replace(mm, start, start + len, NULL);
}
