// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: dead nodes wait for readers, and not until the tree is used again. Right: an idle
 * tree holds few nodes beside its own. Wrong: nodes in use that no grace period frees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "maple_tree.h"
#include "base/port.h"

#define SPARES 3

static size_t nodes_after_grace(void)
{
	port_rcu_barrier();
	return mt_nodes_in_use();
}

static void fill(struct maple_tree *mt, unsigned long n)
{
	mt_init_flags(mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU);
	for (unsigned long i = 0; i < n; i++)
		assert_int_equal(mtree_store_range(mt, i * 10, i * 10 + 4, xa_mk_value(i), 0), 0);
}

static void a_tree_erased_at_once_is_freed(void **state)
{
	struct maple_tree mt;

	(void)state;
	fill(&mt, 10000);
	assert_true(nodes_after_grace() > 500);
	assert_int_equal(mtree_store_range(&mt, 0, ULONG_MAX, NULL, 0), 0);
	assert_true(nodes_after_grace() <= SPARES);
	mtree_destroy(&mt);
	assert_int_equal(nodes_after_grace(), 0);
}

static void a_tree_stored_over_at_once_is_freed(void **state)
{
	struct maple_tree mt;

	(void)state;
	fill(&mt, 10000);
	assert_int_equal(mtree_store_range(&mt, 0, ULONG_MAX, &mt, 0), 0);
	assert_true(nodes_after_grace() <= SPARES + 1);
	mtree_destroy(&mt);
	assert_int_equal(nodes_after_grace(), 0);
}

/* A tree of one leaf, which every store replaces. */
static void a_small_idle_tree_keeps_few_dead_nodes(void **state)
{
	size_t most = 0;
	struct maple_tree mt;

	(void)state;
	fill(&mt, 5);
	for (unsigned long i = 0; i < 50; i++) {
		size_t n;

		assert_int_equal(mtree_store_range(&mt, 20, 20 + i % 4, xa_mk_value(i), 0), 0);
		n = nodes_after_grace();
		most = n > most ? n : most;
	}
	/* The leaf, the deferred-free batch and 7 dead nodes; the eighth submits the batch. */
	assert_true(most <= SPARES + 1 + 1 + 7);
	assert_true(most > SPARES + 1);
	mtree_destroy(&mt);
	assert_int_equal(nodes_after_grace(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_erased_at_once_is_freed),
		cmocka_unit_test(a_tree_stored_over_at_once_is_freed),
		cmocka_unit_test(a_small_idle_tree_keeps_few_dead_nodes),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	rcu_register_thread();
	failed = cmocka_run_group_tests_name("reclaim", tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
