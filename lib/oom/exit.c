// SPDX-License-Identifier: GPL-2.0-only
#include "mm.h"
#include "oom.h"
#include "vma/lru.h"
#include "vma/mmap_lock.h"
#include "vma/vma_lock.h"
#include "vma/vma_rmap.h"

static profiled void unmap_vmas(struct mmu_gather *tlb, struct mm_struct *mm)
{
	const struct reap_plan *plan = mm->exit_plan;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	if (port_unlikely(plan)) {
		plan->order->walk(&(struct unmap_walk){.mm = mm, .step = plan->step, .exit = tlb});
		return;
	}
	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma)
		unmap_page_range(tlb, vma, vma->vm_start, vma->vm_end);
}

/*
 * VMA by VMA: leave the reverse maps, then unlink the tables that no VMA above needs. VMAs that lie
 * close together go at once, since their tables are the same.
 */
static profiled void free_pgtables(struct mmu_gather *tlb, struct mm_struct *mm)
{
	struct vm_area_struct *vma, *next;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, mm, 0);
	for (vma = vma_next(&vmi); vma; vma = next) {
		unsigned long addr = vma->vm_start, end;

		vma_start_write(vma);
		unlink_anon_vmas(vma);
		unlink_file_vma(vma);
		end = vma->vm_end;
		for (next = vma_next(&vmi); next && next->vm_start <= end + PMD_SIZE;
		     next = vma_next(&vmi)) {
			vma_start_write(next);
			unlink_anon_vmas(next);
			unlink_file_vma(next);
			end = next->vm_end;
		}
		/* Nothing below is mapped any more: the last VMA of an upper table frees it. */
		free_pgd_range(tlb, addr, end, 0, next ? next->vm_start : USER_PGTABLES_CEILING);
	}
}

static void remove_vmas(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma) {
		vma_mark_detached(vma);
		vm_area_free(vma);
		mm->map_count--;
	}
}

profiled void exit_mmap(struct mm_struct *mm)
{
	struct mmu_gather tlb;

	mmap_read_lock(mm);
	lru_add_drain(mm->pgdat);
	tlb_gather_mmu_fullmm(&tlb, mm);
	unmap_vmas(&tlb, mm);
	mmap_read_unlock(mm);

	/* No page is left: a reaper that comes now has nothing to do. */
	mm_set_flag(mm, MMF_OOM_SKIP);

	mmap_write_lock(mm);
	mt_clear_in_rcu(&mm->mm_mt);
	free_pgtables(&tlb, mm);
	tlb_finish_mmu(&tlb);
	remove_vmas(mm);
	__mt_destroy(&mm->mm_mt);
	mmap_write_unlock(mm);
}

profiled void exit_mm(struct mm_struct *mm)
{
	enter_lazy_tlb(mm);
	mmput(mm);
}
