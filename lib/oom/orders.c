// SPDX-License-Identifier: GPL-2.0-only
/* The traversal orders. To add one: write its walk, and its entry in the table below. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	{"forward", "areas upward, each upward: the same way as the exiting task", false,
	 walk_forward},
	{"reverse", "areas downward, each upward: Linux since 6.18", false, walk_reverse},
	{"reverse-fine", "areas downward, each downward too, in steps of N PTE tables (1)", true,
	 walk_reverse_fine},
	{NULL, NULL, false, NULL},
};

int reap_plan_parse(const char *name, struct reap_plan *plan)
{
	const char *colon = strchr(name, ':');
	size_t len = colon ? (size_t)(colon - name) : strlen(name);
	unsigned long step = 1;

	for (const struct reap_order *order = reap_orders; order->name; order++) {
		char *end;

		if (strlen(order->name) != len || memcmp(order->name, name, len))
			continue;
		if (colon) {
			if (!order->takes_step || colon[1] < '0' || colon[1] > '9')
				return -EINVAL;
			step = strtoul(colon + 1, &end, 10);
			if (*end || step < 1 || step > 1000000)
				return -EINVAL;
		}
		if (plan)
			*plan = (struct reap_plan){order->walk ? order : NULL, step};
		return 0;
	}
	return -EINVAL;
}
