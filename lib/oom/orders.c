// SPDX-License-Identifier: GPL-2.0-only
/* The traversal orders. To add one: write its walk, and its entry in the table below. */
#include "oom.h"

static void walk_forward(struct mm_struct *mm, unsigned long step)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	(void)step;
	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma)
		reap_vma(vma, 0);
}

static void walk_reverse(struct mm_struct *mm, unsigned long step)
{
	struct vm_area_struct *vma;
	MA_STATE(mas, &mm->mm_mt, ULONG_MAX, ULONG_MAX);

	(void)step;
	mas_for_each_rev (&mas, vma, 0)
		reap_vma(vma, 0);
}

static void walk_reverse_fine(struct mm_struct *mm, unsigned long step)
{
	struct vm_area_struct *vma;
	MA_STATE(mas, &mm->mm_mt, ULONG_MAX, ULONG_MAX);

	mas_for_each_rev (&mas, vma, 0)
		reap_vma(vma, step);
}

const struct reap_order reap_orders[] = {
	{"solo", "no reaper: what the exiting task does alone", false, NULL},
	{"forward", "VMAs upward, each upward: the same way as the exiting task", false,
	 walk_forward},
	{"reverse", "VMAs downward, each upward: Linux since 6.18", false, walk_reverse},
	{"reverse-fine", "VMAs downward, each downward; reverse-fine:N by N PTE tables", true,
	 walk_reverse_fine},
	{NULL, NULL, false, NULL},
};
