/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exiting task and the reapers: they take an address space apart. Whose it is, and who asks for
 * it, is not known here: sched.h and oom_kill.h are about tasks.
 *
 * Synchronization
 *			exit_mmap	oom_reap_task
 *   exit_mmap		once		together
 *   oom_reap_task	together	together
 */
#ifndef UMAPLE_OOM_H
#define UMAPLE_OOM_H

#include "reap_order.h"
#include "vma/vma.h"

#define MAX_OOM_REAP_RETRIES 10

/**
 * exit_mmap() - What the exiting task does to its address space: everything goes.
 * @mm: the address space.
 *
 * Unmaps upward, or as @mm->exit_plan says, under mmap_lock for reading; then frees tables and VMAs
 * with it held for writing.
 *
 * Context: May sleep. Once per address space.
 */
void exit_mmap(struct mm_struct *mm);

/**
 * exit_mm() - The exiting task leaves its address space, and takes it apart if it is the last user.
 * @mm: the address space; mm_users falls by one (mm.h).
 *
 * Context: As exit_mmap().
 */
void exit_mm(struct mm_struct *mm);

/**
 * __oom_reap_task_mm() - Unmap what a reaper may unmap.
 * @mm: the address space.
 * @plan: how to walk.
 *
 * Passes over VMAs with VM_HUGETLB or VM_PFNMAP and over shared file mappings.
 *
 * Context: mmap_lock held for reading.
 * Return: true; false if a notifier of the address space would have to sleep (MMF_NOTIFIER_BLOCKS),
 * and nothing was unmapped.
 */
bool __oom_reap_task_mm(struct mm_struct *mm, const struct reap_plan *plan);

/**
 * oom_reap_task() - The oom_reaper's work on one victim.
 * @mm: the address space.
 * @plan: how to walk.
 *
 * Tries mmap_lock up to MAX_OOM_REAP_RETRIES times, a tenth of a second apart, and leaves
 * MMF_OOM_SKIP set.
 *
 * Context: May sleep.
 * Return: true if it reaped, false if the exiting task was done first or the lock never came.
 */
bool oom_reap_task(struct mm_struct *mm, const struct reap_plan *plan);

/**
 * mrelease_mm() - What process_mrelease() does to an address space.
 * @mm: the address space.
 * @plan: how to walk.
 *
 * Context: May sleep for mmap_lock.
 * Return: 1 if it reaped, 0 if there was nothing left to do, -EAGAIN as __oom_reap_task_mm().
 */
int mrelease_mm(struct mm_struct *mm, const struct reap_plan *plan);

/**
 * reap_vma() - Unmap one VMA on behalf of a reaper.
 * @vma: the VMA.
 * @step: 0 to walk it upward at once; else the PTE tables in each step of a downward walk.
 *
 * Does nothing for a VMA that reapers pass over.
 *
 * Context: mmap_lock held for reading.
 */
void reap_vma(struct vm_area_struct *vma, unsigned long step);

/**
 * unmap_in_steps() - Unmap one VMA into a gather.
 * @tlb: the gather.
 * @vma: the VMA.
 * @step: as for reap_vma().
 *
 * Context: mmap_lock held for reading.
 */
void unmap_in_steps(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long step);

/**
 * unmap_vma() - What a walk does with each VMA.
 * @walk: who walks.
 * @vma: the VMA.
 * @step: as for reap_vma().
 *
 * Context: mmap_lock held for reading.
 */
static inline void unmap_vma(const struct unmap_walk *walk, struct vm_area_struct *vma,
			     unsigned long step)
{
	if (walk->exit)
		unmap_in_steps(walk->exit, vma, step);
	else
		reap_vma(vma, step);
}

#endif
