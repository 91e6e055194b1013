// SPDX-License-Identifier: GPL-2.0-only
/* Look up many indexes with one call, which overlaps their cache misses. */
#include <stdio.h>

#include <maple_tree.h>
#include <urcu.h>

#define RANGES 100000ul
#define BATCH  64

int main(void)
{
	unsigned long indexes[BATCH], i, found = 0, same = 0;
	void *entries[BATCH];
	struct maple_tree tree;

	rcu_register_thread();
	mt_init(&tree);
	for (i = 0; i < RANGES; i++)
		if (mtree_store_range(&tree, i * 8, i * 8 + 3, xa_mk_value(i), GFP_KERNEL))
			return 1;

	for (i = 0; i < BATCH; i++)
		indexes[i] = i * 7919 * 5 % (RANGES * 8); /* in any order */
	mtree_load_batch(&tree, indexes, BATCH, entries);
	for (i = 0; i < BATCH; i++) {
		found += entries[i] != NULL;
		same += entries[i] == mtree_load(&tree, indexes[i]);
	}
	printf("%lu of %d found, %lu as by single lookups\n", found, BATCH, same);

	mtree_destroy(&tree);
	rcu_unregister_thread();
	return 0;
}
