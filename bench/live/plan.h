/* SPDX-License-Identifier: GPL-2.0-only */
/* From a layout to what a victim has to map and touch. */
#ifndef UMAPLE_LIVE_PLAN_H
#define UMAPLE_LIVE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error_text.h"
#include "layout/layout.h"
#include "victim_plan.h"

enum plan_shape {
	PLAN_AS_IS, /* each VMA of the layout at its address */
	/*
	 * All pages in one anonymous VMA. The 2 MiB units that hold a page stand side by side in
	 * their order, and each page keeps its place in its unit: the page tables are the layout's.
	 */
	PLAN_SPANNING,
};

struct live_plan {
	struct plan *block; /* block->size bytes */
	int *fds; /* the files to map, block->nr_fds; the i-th is block->first_fd + i there */
	uint64_t pages[LAYOUT_NR_KINDS]; /* that the victim will have, in 4 KiB units */
	uint64_t hugetlb; /* pages of hugetlb VMAs, which become transparent huge pages */
};

/**
 * live_plan_create() - Plan the address space of a victim.
 * @layout: the layout.
 * @shape: how its pages are spread over VMAs.
 * @error: filled on failure.
 *
 * Each file of the layout gets a file of its own without a name: sparse on the disk ($TMPDIR, else
 * /var/tmp, else /tmp), or in memory where the layout's name says that it is shared memory. No two
 * VMAs share a page.
 *
 * Context: May sleep. Opens a descriptor for each file and raises the soft limit of descriptors.
 * Return: The plan, to be given to live_plan_free(); NULL with @error set if memory ran out, a file
 * could not be made, or the layout has more VMAs than vm.max_map_count allows.
 */
struct live_plan *live_plan_create(const struct layout *layout, enum plan_shape shape,
				   struct error_text *error);

/**
 * live_plan_free() - Close the files, which drops their pages, and free the plan.
 * @plan: the plan, or NULL.
 *
 * Context: May sleep.
 */
void live_plan_free(struct live_plan *plan);

#endif
