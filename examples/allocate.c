// SPDX-License-Identifier: GPL-2.0-only
/* Hand out ranges of an address space: the lowest gap that fits, the highest, and a cycle of ids. */
#include <stdio.h>

#include <maple_tree.h>
#include <urcu.h>

int main(void)
{
	unsigned long first, id, next = 0;
	struct maple_tree space, ids;
	int i, err;

	rcu_register_thread();
	/* Gaps are searched fast in a tree that tracks them. */
	mt_init_flags(&space, MT_FLAGS_ALLOC_RANGE);
	mt_init_flags(&ids, MT_FLAGS_ALLOC_RANGE);
	if (mtree_store_range(&space, 0x1000, 0x1fff, &space, GFP_KERNEL))
		return 1;

	/* The window includes both ends. */
	err = mtree_alloc_range(&space, &first, &space, 0x800, 0, 0xffff, GFP_KERNEL);
	printf("lowest: %d, 0x%lx\n", err, first);
	err = mtree_alloc_range(&space, &first, &space, 0x900, 0, 0xffff, GFP_KERNEL);
	printf("next lowest: %d, 0x%lx\n", err, first);
	err = mtree_alloc_rrange(&space, &first, &space, 0x800, 0, 0xffff, GFP_KERNEL);
	printf("highest: %d, 0x%lx\n", err, first);
	err = mtree_alloc_range(&space, &first, &space, 0x10000, 0, 0xffff, GFP_KERNEL);
	printf("too large: %s\n", err == -EBUSY ? "no gap" : "found");

	/* Ids from 0 to 2: the fourth search starts over and takes the one that is free again. */
	for (i = 0; i < 4; i++) {
		if (i == 3)
			mtree_erase(&ids, 1);
		err = mtree_alloc_cyclic(&ids, &id, &ids, 0, 2, &next, GFP_KERNEL);
		printf("id %lu%s\n", id, err == 1 ? ", started over" : "");
	}

	mtree_destroy(&space);
	mtree_destroy(&ids);
	rcu_unregister_thread();
	return 0;
}
