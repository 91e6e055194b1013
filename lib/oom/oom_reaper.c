// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "measure/hooks.h"
#include "oom.h"
#include "vma/mmap_lock.h"

static bool can_reap_vma(const struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_HUGETLB | VM_PFNMAP))
		return false;
	/* Unmapping pages that others share frees nothing; the exiting task does it. */
	return vma_is_anonymous(vma) || !(vma->vm_flags & VM_SHARED);
}

/*
 * Steps begin at multiples of their size, so that each table is visited once. What has no table is
 * passed over without steps.
 */
static void unmap_downward(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long step)
{
	const unsigned long size = step * PMD_SIZE;
	unsigned long end = vma->vm_end, start;

	for (;; end = start) {
		end = prev_pmd_end(vma->vm_mm, vma->vm_start, end);
		if (end == vma->vm_start)
			break;
		start = (end - 1) / size * size;
		if (start < vma->vm_start)
			start = vma->vm_start;
		unmap_page_range(tlb, vma, start, end);
	}
}

void unmap_in_steps(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long step)
{
	if (step)
		unmap_downward(tlb, vma, step);
	else
		unmap_page_range(tlb, vma, vma->vm_start, vma->vm_end);
}

void reap_vma(struct vm_area_struct *vma, unsigned long step)
{
	struct mmu_gather tlb;

	if (!can_reap_vma(vma)) {
		measure_count(skipped, (vma->vm_end - vma->vm_start) >> PAGE_SHIFT);
		return;
	}
	tlb_gather_mmu(&tlb, vma->vm_mm);
	unmap_in_steps(&tlb, vma, step);
	tlb_finish_mmu(&tlb);
}

profiled bool __oom_reap_task_mm(struct mm_struct *mm, const struct reap_plan *plan)
{
	const struct unmap_walk walk = {.mm = mm, .step = plan->step};
	uint64_t before;

	/* From now on this memory may be gone at any moment: no reader may rely on it. */
	mm_set_flag(mm, MMF_UNSTABLE);
	if (mm_test_flag(mm, MMF_NOTIFIER_BLOCKS))
		return false;
	if (!plan->order->walk)
		return true;
	before = measure_reap_begin(mm, plan->order->name, plan->step);
	plan->order->walk(&walk);
	measure_reap_end(before, mm);
	return true;
}

static profiled bool oom_reap_task_mm(struct mm_struct *mm, const struct reap_plan *plan,
				      bool *reaped)
{
	bool done = true;

	if (!mmap_read_trylock(mm))
		return false;
	if (!mm_test_flag(mm, MMF_OOM_SKIP))
		done = *reaped = __oom_reap_task_mm(mm, plan);
	mmap_read_unlock(mm);
	return done;
}

profiled bool oom_reap_task(struct mm_struct *mm, const struct reap_plan *plan)
{
	const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};
	bool reaped = false;

	for (int tries = 0; tries < MAX_OOM_REAP_RETRIES; tries++) {
		if (tries)
			nanosleep(&tenth, NULL);
		if (mm_test_flag(mm, MMF_OOM_SKIP) || oom_reap_task_mm(mm, plan, &reaped))
			break;
	}
	mm_set_flag(mm, MMF_OOM_SKIP);
	return reaped;
}
