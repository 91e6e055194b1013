// SPDX-License-Identifier: GPL-2.0-only
/* Walk over the entries of a tree in both directions, with a cursor and without one. */
#include <stdio.h>

#include <maple_tree.h>
#include <urcu.h>

int main(void)
{
	struct maple_tree tree;
	MA_STATE(mas, &tree, 0, 0);
	unsigned long i, index;
	void *entry;

	rcu_register_thread();
	mt_init(&tree);
	for (i = 0; i < 5; i++)
		if (mtree_store_range(&tree, i * 10, i * 10 + i, xa_mk_value(i), GFP_KERNEL))
			return 1;

	/* A cursor knows the range of the entry. The caller holds the lock, or is in a read section. */
	mas_lock(&mas);
	mas_for_each (&mas, entry, ULONG_MAX)
		printf("%lu-%lu: %lu\n", mas.index, mas.last, xa_to_value(entry));
	mas_set(&mas, 29);
	mas_for_each_rev (&mas, entry, 10)
		printf("back at %lu\n", mas.index);
	mas_unlock(&mas);

	/* Without a cursor each step opens its own read section. */
	index = 15;
	mt_for_each (&tree, entry, index, 39)
		printf("%lu ends before %lu\n", xa_to_value(entry), index);

	mtree_destroy(&tree);
	rcu_unregister_thread();
	return 0;
}
