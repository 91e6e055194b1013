// SPDX-License-Identifier: GPL-2.0-only
/* Store entries over ranges, look them up, and erase one. */
#include <stdio.h>

#include <maple_tree.h>
#include <urcu.h>

int main(void)
{
	struct maple_tree tree;
	static char low[] = "low", high[] = "high";
	int err;

	rcu_register_thread(); /* every thread that uses a tree does this once */
	mt_init(&tree);

	/* Ranges include both ends. */
	err = mtree_store_range(&tree, 10, 19, low, GFP_KERNEL);
	if (!err)
		err = mtree_store_range(&tree, 20, 29, high, GFP_KERNEL);
	if (err) {
		fprintf(stderr, "store: %s\n", strerror(-err));
		return 1;
	}
	/* An insertion does not replace anything. */
	err = mtree_insert(&tree, 19, high, GFP_KERNEL);
	printf("insert at 19: %s\n", err == -EEXIST ? "taken" : "done");

	printf("19 is %s, 20 is %s\n", (char *)mtree_load(&tree, 19),
	       (char *)mtree_load(&tree, 20));
	printf("30 is %s\n", mtree_load(&tree, 30) ? "taken" : "free");

	/* Any index of a range erases all of it. */
	mtree_erase(&tree, 15);
	printf("10 is %s\n", mtree_load(&tree, 10) ? "taken" : "free");

	mtree_destroy(&tree);
	rcu_unregister_thread();
	return 0;
}
