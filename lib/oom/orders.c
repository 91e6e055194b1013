// SPDX-License-Identifier: GPL-2.0-only
/* The traversal orders. To add one: write its walk, and its entry in the table below. */
#include "oom.h"

static void walk_forward(const struct unmap_walk *walk)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, walk->mm, 0);
	for_each_vma (vmi, vma)
		unmap_vma(walk, vma, 0);
}

static void walk_reverse(const struct unmap_walk *walk)
{
	struct vm_area_struct *vma;
	MA_STATE(mas, &walk->mm->mm_mt, ULONG_MAX, ULONG_MAX);

	mas_for_each_rev (&mas, vma, 0)
		unmap_vma(walk, vma, 0);
}

static void walk_reverse_fine(const struct unmap_walk *walk)
{
	struct vm_area_struct *vma;
	MA_STATE(mas, &walk->mm->mm_mt, ULONG_MAX, ULONG_MAX);

	mas_for_each_rev (&mas, vma, 0)
		unmap_vma(walk, vma, walk->step);
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
