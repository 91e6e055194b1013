// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a cursor goes on after writes, its own and those of others; the kernel's tests and
 * the comparison with the kernel's tree do not cover that. Right: rising ranges that do not overlap
 * and are in the tree.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "maple_tree/node_internal.h"

static struct maple_tree tree;

static void *value(unsigned long n)
{
	return xa_mk_value(n);
}

static void fill(unsigned int flags, unsigned long n)
{
	mt_init_flags(&tree, flags);
	for (unsigned long i = 0; i < n; i++)
		assert_int_equal(mtree_store_range(&tree, i * 10, i * 10 + 5, value(i), 0), 0);
}

static void goes_on_after_its_own_store(void **state)
{
	MA_STATE(mas, &tree, 0, 0);
	unsigned long i = 0;
	void *entry;

	fill(*(unsigned int *)*state, 300);
	mtree_lock(&tree);
	mas_for_each (&mas, entry, ULONG_MAX) {
		assert_int_equal(mas.index, i * 10);
		assert_ptr_equal(entry, value(i));
		if (i % 3 == 0)
			mas_store(&mas, value(i + 1000));
		if (i % 7 == 0) /* fill the gap behind it as well */
			__mas_set_range(&mas, i * 10, i * 10 + 9), mas_store(&mas, value(i));
		mt_validate(&tree);
		i++;
	}
	mtree_unlock(&tree);
	assert_int_equal(i, 300);
}

static void goes_on_after_erasing_in_both_directions(void **state)
{
	MA_STATE(mas, &tree, 0, 0);
	unsigned long i = 0;
	void *entry;

	fill(*(unsigned int *)*state, 300);
	mtree_lock(&tree);
	mas_for_each (&mas, entry, 1999) {
		assert_ptr_equal(entry, value(i));
		i++;
		assert_ptr_equal(mas_erase(&mas), entry);
		mt_validate(&tree);
	}
	assert_int_equal(i, 200);
	mas_set(&mas, ULONG_MAX);
	i = 300;
	mas_for_each_rev (&mas, entry, 0) {
		assert_ptr_equal(entry, value(--i));
		mas_store(&mas, NULL);
		mt_validate(&tree);
	}
	assert_int_equal(i, 200);
	mtree_unlock(&tree);
	assert_true(mtree_empty(&tree));
}

static void clips_a_range_that_grew_over_its_place(void **state)
{
	MA_STATE(mas, &tree, 0, 0);
	MA_STATE(other, &tree, 95, 150);

	fill(MT_FLAGS_USE_RCU, 100);
	mtree_lock(&tree);
	port_rcu_read_lock(); /* keeps the leaf the cursor is in */
	mas_set(&mas, 100);
	assert_ptr_equal(mas_find(&mas, ULONG_MAX), value(10));
	assert_int_equal(mas_store_gfp(&other, value(77), 0), 0);
	assert_ptr_equal(mas_find(&mas, ULONG_MAX), value(77));
	assert_int_equal(mas.index, 106);
	assert_int_equal(mas.last, 150);
	mas_set_range(&other, 100, 170);
	assert_int_equal(mas_store_gfp(&other, value(78), 0), 0);
	assert_ptr_equal(mas_find_rev(&mas, 0), value(78));
	assert_int_equal(mas.index, 100);
	assert_int_equal(mas.last, 105);
	port_rcu_read_unlock();
	mtree_unlock(&tree);
}

static void sees_what_is_appended_while_it_stands(void **state)
{
	MA_STATE(mas, &tree, ULONG_MAX, ULONG_MAX);

	fill(MT_FLAGS_USE_RCU, 3);
	port_rcu_read_lock();
	assert_null(mas_walk(&mas));
	assert_int_equal(mas.index, 26);
	mtree_store_range(&tree, 26, 27, value(50), 0); /* in place: no gap before it */
	assert_ptr_equal(mas_prev(&mas, 0), value(2));
	assert_ptr_equal(mas_next(&mas, ULONG_MAX), value(50));
	port_rcu_read_unlock();
}

static void storing_nothing_into_an_empty_tree_leaves_it_empty(void **state)
{
	mt_init_flags(&tree, *(unsigned int *)*state);
	assert_int_equal(mtree_store_range(&tree, 5, 7, NULL, 0), 0);
	assert_true(mtree_empty(&tree));
	assert_int_equal(mtree_store(&tree, 0, value(1), 0), 0);
	assert_int_equal(mt_height(&tree), 0);
	assert_int_equal(mtree_store_range(&tree, 5, 7, NULL, 0), 0);
	assert_ptr_equal(mtree_load(&tree, 0), value(1));
	assert_int_equal(mtree_store_range(&tree, 0, 7, NULL, 0), 0);
	assert_true(mtree_empty(&tree));
}

static void a_reversed_range_is_refused(void **state)
{
	MA_STATE(mas, &tree, 7, 5);

	fill(0, 3);
	mtree_lock(&tree);
	assert_int_equal(mas_store_gfp(&mas, value(9), 0), -EINVAL);
	assert_null(mas_store(&mas, value(9)));
	assert_true(mas_is_err(&mas));
	mtree_unlock(&tree);
	assert_int_equal(mtree_store_range(&tree, 7, 5, value(9), 0), -EINVAL);
	assert_int_equal(mtree_insert_range(&tree, 7, 5, value(9), 0), -EINVAL);
}

static void gaps_are_found_in_a_tree_that_does_not_track_them(void **state)
{
	MA_STATE(mas, &tree, 0, 0);

	fill(0, 500);
	mtree_store_range(&tree, 3000, 3050, NULL, 0);
	mtree_lock(&tree);
	assert_int_equal(mas_empty_area(&mas, 0, 4000, 30), 0);
	assert_int_equal(mas.index, 2996);
	mas_reset(&mas);
	assert_int_equal(mas_empty_area_rev(&mas, 0, 4000, 30), 0);
	assert_int_equal(mas.last, 3050);
	mas_reset(&mas);
	assert_int_equal(mas_empty_area_rev(&mas, 0, ULONG_MAX, 30), 0);
	assert_int_equal(mas.last, ULONG_MAX);
	mtree_unlock(&tree);
}

static void an_insertion_over_everything_is_refused(void **state)
{
	fill(0, 1);
	assert_int_equal(mtree_insert_range(&tree, 0, ULONG_MAX, value(1), 0), -EEXIST);
	assert_ptr_equal(mtree_load(&tree, 5), value(0));
	assert_ptr_equal(mtree_load(&tree, 6), NULL);
	assert_ptr_equal(mtree_erase(&tree, 0), value(0));
	assert_int_equal(mtree_insert_range(&tree, 0, ULONG_MAX, value(1), 0), 0);
}

static int setup(void **state)
{
	rcu_register_thread();
	return 0;
}

static int teardown(void **state)
{
	mtree_destroy(&tree);
	port_rcu_barrier();
	assert_int_equal(mt_nodes_in_use(), 0);
	rcu_unregister_thread();
	return 0;
}

int main(void)
{
	static unsigned int plain, vma = MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU;
	const struct CMUnitTest tests[] = {
		{"goes on after its own store (plain)", goes_on_after_its_own_store, setup,
		 teardown, &plain},
		{"goes on after its own store (vma)", goes_on_after_its_own_store, setup, teardown,
		 &vma},
		{"goes on after erasing in both directions (plain)",
		 goes_on_after_erasing_in_both_directions, setup, teardown, &plain},
		{"goes on after erasing in both directions (vma)",
		 goes_on_after_erasing_in_both_directions, setup, teardown, &vma},
		cmocka_unit_test_setup_teardown(clips_a_range_that_grew_over_its_place, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sees_what_is_appended_while_it_stands, setup,
						teardown),
		{"storing nothing into an empty tree leaves it empty (plain)",
		 storing_nothing_into_an_empty_tree_leaves_it_empty, setup, teardown, &plain},
		{"storing nothing into an empty tree leaves it empty (vma)",
		 storing_nothing_into_an_empty_tree_leaves_it_empty, setup, teardown, &vma},
		cmocka_unit_test_setup_teardown(a_reversed_range_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(gaps_are_found_in_a_tree_that_does_not_track_them,
						setup, teardown),
		cmocka_unit_test_setup_teardown(an_insertion_over_everything_is_refused, setup,
						teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
