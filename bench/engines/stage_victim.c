// SPDX-License-Identifier: GPL-2.0-only
#include "stage_victim.h"

#include "oom/sched.h"
#include "vma/mmap_lock.h"
#include "vma/pgtable.h"
#include "vma/populate.h"

#define TOUCHED	 8  /* pages that a thread maps in each turn */
#define PAUSE_US 50 /* between two turns */

/* One turn: a VMA of the thread's own gets a few pages and goes again. */
static void map_touch_unmap(struct task_struct *self, unsigned long addr)
{
	const unsigned long end = addr + TOUCHED * PAGE_SIZE;
	struct mm_struct *mm = self->mm;

	mmap_write_lock(mm);
	/* Without memory the turn is shorter. */
	if (!map_region(mm, addr, end - addr, VM_READ | VM_WRITE, 0, NULL)) {
		populate_range(vma_lookup(mm, addr), addr, end, POPULATE_ANON);
		do_munmap(mm, addr, end - addr);
	}
	mmap_write_unlock(mm);
}

static void user_loop(struct task_struct *self, void *arg)
{
	struct stage *stage = arg;
	const unsigned int area = __atomic_fetch_add(&stage->areas, 1, __ATOMIC_RELAXED);

	while (exit_to_user_mode()) {
		if (stage->hole && area < stage->run->threads)
			map_touch_unmap(self, stage->hole + area * PMD_SIZE);
		schedule_timeout_interruptible(PAUSE_US);
	}
}

/* Addresses of @len bytes with no VMA and no page table of one; 0 if there are none. */
static unsigned long find_hole(struct mm_struct *mm, unsigned long len)
{
	unsigned long from = PMD_SIZE, found = 0;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	mmap_read_lock(mm);
	vma_iter_init(&vmi, mm, 0);
	while (!found) {
		vma = vma_next(&vmi);
		if ((vma ? vma->vm_start : TASK_SIZE) >= from + len + PMD_SIZE)
			found = from;
		if (!vma)
			break;
		from = (vma->vm_end + 2 * PMD_SIZE - 1) & ~(PMD_SIZE - 1);
	}
	mmap_read_unlock(mm);
	return found;
}

int stage_clone(struct stage *stage)
{
	return clone_thread(stage->leader, user_loop, stage);
}

int stage_start_victim(struct stage *stage, struct mm_struct *mm)
{
	const struct process_start start = {
		.mm = mm, .comm = "victim", .user = user_loop, .arg = stage};
	int err;

	stage->hole = find_hole(mm, stage->run->threads * PMD_SIZE);
	err = create_process(&stage->system, &start, &stage->leader);
	for (unsigned int i = 1; !err && i < stage->run->threads; i++)
		err = stage_clone(stage);
	return err;
}
