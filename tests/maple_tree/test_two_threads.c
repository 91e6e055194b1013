// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: two threads use every call that locks by itself, and every call that only asks, on
 * one tree without any other order between them. Right: each finds what it stored, and
 * ThreadSanitizer sees no race. Wrong: a word of the tree that one writes plainly while the other
 * reads it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <cmocka.h>

#include "base/port.h"
#include "maple_tree/maple_tree.h"

#define ROUNDS	 4000
#define YARD	 1000000ul /* indexes of one thread */
#define FLAGS	 (MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU)
#define check(x) ((void)((x) || (__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED), 0)))

static struct maple_tree tree;
static unsigned long wrong;

static void ask(unsigned long *sum)
{
	unsigned long index = 0;

	*sum += mtree_empty(&tree);
	*sum += mt_height(&tree);
	*sum += mt_in_rcu(&tree);
	mt_set_in_rcu(&tree);
	*sum += mt_find(&tree, &index, ULONG_MAX) != NULL;
	*sum += mt_next(&tree, 5, ULONG_MAX) != NULL;
	*sum += mt_prev(&tree, ULONG_MAX, 0) != NULL;
}

static void change(unsigned long from, unsigned long to, unsigned long i, void *mine)
{
	unsigned long at = from + i % 500 * 20, got, next = from;

	check(!mtree_store_range(&tree, at, at + 9, mine, GFP_KERNEL));
	check(mtree_load(&tree, at + 9) == mine);
	check(mtree_erase(&tree, at + 3) == mine);
	check(!mtree_load(&tree, at));
	check(!mtree_insert_range(&tree, at + 2, at + 4, mine, GFP_KERNEL));
	check(mtree_insert(&tree, at + 3, mine, GFP_KERNEL) == -EEXIST);
	if (!mtree_alloc_range(&tree, &got, mine, 3, from, to, GFP_KERNEL))
		check(mtree_erase(&tree, got) == mine);
	if (!mtree_alloc_rrange(&tree, &got, mine, 3, from, to, GFP_KERNEL))
		check(mtree_erase(&tree, got) == mine);
	if (mtree_alloc_cyclic(&tree, &got, mine, from, to, &next, GFP_KERNEL) >= 0)
		check(mtree_erase(&tree, got) == mine);
	if (i % 100 == 0)
		check(!mtree_store_range(&tree, from, to, NULL, GFP_KERNEL));
}

static void *work(void *arg)
{
	unsigned long from = (unsigned long)arg * YARD, sum = 0;
	void *mine = xa_mk_value((unsigned long)arg + 1);

	rcu_register_thread();
	for (unsigned long i = 0; i < ROUNDS; i++) {
		change(from, from + YARD - 1, i, mine);
		ask(&sum);
		if (i % 200 == 0) {
			struct maple_tree copy;

			mt_init_flags(&copy, FLAGS);
			check(!mtree_dup(&tree, &copy, GFP_KERNEL));
			mtree_destroy(&copy);
		}
	}
	rcu_unregister_thread();
	return (void *)sum;
}

static void two_threads_need_no_other_lock(void **state)
{
	pthread_t threads[2];

	mt_init_flags(&tree, FLAGS);
	for (unsigned long i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
	mt_validate(&tree);
	mtree_destroy(&tree);
	port_rcu_barrier();
	assert_int_equal(mt_nodes_in_use(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_threads_need_no_other_lock),
	};
	int failed;

	rcu_register_thread();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
