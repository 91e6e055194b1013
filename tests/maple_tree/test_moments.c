// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a tree with one entry at 0 has no node; with a second entry it gets one. Here that
 * happens in the middle of each reading call, and between two calls of a cursor. Right: the answer
 * is that of the tree before or after. Wrong: the entry at 0 is missed, although it was there all
 * the time. In the same way calls are made while a write has published its leaf and has not marked
 * the old one dead: they see all of the write or nothing, and after its return they see it (G2).
 *
 * To get between the loads of a call, this program compiles walk.c with a load of ma_root of its
 * own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "maple_tree/node_internal.h"

static int loads_left = -1; /* until become() runs; -1 for never */
static void (*become)(struct maple_tree *mt);

static unsigned long hooked_root(const struct maple_tree *mt)
{
	if (loads_left >= 0 && !loads_left--)
		become((struct maple_tree *)mt);
	return mt_root(mt);
}
#define mt_root hooked_root
#include "maple_tree/walk.c"
#undef mt_root

static long a, b, c; /* the entries at 0, 5 and beyond; aligned, so that &a goes into ma_root */

static void store(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry)
{
	assert_int_equal(mtree_store_range(mt, first, last, entry, GFP_KERNEL), 0);
}

/* ---- What the tree becomes ---- */

static void one_entry(struct maple_tree *mt)
{
	store(mt, 0, 0, &a);
}

static void a_leaf(struct maple_tree *mt)
{
	one_entry(mt);
	store(mt, 5, 5, &b);
}

static void two_levels(struct maple_tree *mt)
{
	a_leaf(mt);
	for (unsigned long i = 0; i < 100; i++)
		store(mt, 1000 + i * 10, 1005 + i * 10, &c);
}

static void wide_entry(struct maple_tree *mt)
{
	store(mt, 0, 50, &a);
}

static void (*const shapes[])(struct maple_tree *mt) = {a_leaf, two_levels, wide_entry};

/* ---- Calls ---- */

struct call {
	const char *name;
	void *(*run)(struct ma_state *mas);
};

static void *call_next(struct ma_state *mas)
{
	return mas_next(mas, 2000);
}
static void *call_next_range(struct ma_state *mas)
{
	return mas_next_range(mas, 2000);
}
static void *call_prev(struct ma_state *mas)
{
	return mas_prev(mas, 0);
}
static void *call_prev_range(struct ma_state *mas)
{
	return mas_prev_range(mas, 0);
}
static void *call_find(struct ma_state *mas)
{
	return mas_find(mas, 2000);
}
static void *call_find_range(struct ma_state *mas)
{
	return mas_find_range(mas, 2000);
}
static void *call_find_rev(struct ma_state *mas)
{
	return mas_find_rev(mas, 0);
}
static void *call_find_range_rev(struct ma_state *mas)
{
	return mas_find_range_rev(mas, 0);
}
static void *call_walk(struct ma_state *mas)
{
	return mas_walk(mas);
}

/* These use the cursor for its tree and its index only. */
static void *call_load(struct ma_state *mas)
{
	return mtree_load(mas->tree, mas->index);
}
static void *call_load_batch(struct ma_state *mas)
{
	void *entry;

	mtree_load_batch(mas->tree, &mas->index, 1, &entry);
	return entry;
}
static void *call_mt_find(struct ma_state *mas)
{
	unsigned long index = mas->index;

	return mt_find(mas->tree, &index, 2000);
}
static void *call_mt_next(struct ma_state *mas)
{
	return mt_next(mas->tree, mas->index, 2000);
}
static void *call_mt_prev(struct ma_state *mas)
{
	return mt_prev(mas->tree, mas->index, 0);
}

static const struct call calls[] = {
	{"mas_next", call_next},
	{"mas_next_range", call_next_range},
	{"mas_prev", call_prev},
	{"mas_prev_range", call_prev_range},
	{"mas_find", call_find},
	{"mas_find_range", call_find_range},
	{"mas_find_rev", call_find_rev},
	{"mas_find_range_rev", call_find_range_rev},
	{"mas_walk", call_walk},
	{"mtree_load", call_load},
	{"mtree_load_batch", call_load_batch},
	{"mt_find", call_mt_find},
	{"mt_next", call_mt_next},
	{"mt_prev", call_mt_prev},
};
#define NR(array) (sizeof(array) / sizeof((array)[0]))

struct place {
	void *entry;
	unsigned long index, last;
};

static bool same(struct place x, struct place y)
{
	return x.entry == y.entry && x.index == y.index && x.last == y.last;
}

/* ---- The tests ---- */

static const unsigned long starts[] = {0, 1, 3, 5, 10, 60, 1500};

/* Run @call from @start. The tree is @shape from the start (-2), never (-1), or after some loads. */
static struct place answer(const struct call *call, void (*shape)(struct maple_tree *mt),
			   unsigned long start, int loads)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, start, start);
	struct place place;

	mt_init_flags(&mt, MT_FLAGS_USE_RCU);
	one_entry(&mt);
	if (loads == -2)
		shape(&mt);
	become = shape;
	loads_left = loads < 0 ? -1 : loads;
	rcu_read_lock();
	place.entry = call->run(&mas);
	place.index = mas.index;
	place.last = mas.last;
	rcu_read_unlock();
	loads_left = -1;
	mtree_destroy(&mt);
	return place;
}

static void a_call_answers_from_one_moment(void **state)
{
	for (size_t i = 0; i < NR(calls) * NR(shapes) * NR(starts); i++) {
		const struct call *call = &calls[i % NR(calls)];
		void (*shape)(struct maple_tree * mt) = shapes[i / NR(calls) % NR(shapes)];
		unsigned long start = starts[i / NR(calls) / NR(shapes)];
		struct place before = answer(call, shape, start, -1);
		struct place after = answer(call, shape, start, -2);

		for (int loads = 0; loads < 4; loads++) {
			struct place now = answer(call, shape, start, loads);

			if (!same(now, before) && !same(now, after))
				fail_msg("%s from %lu, load %d: entry %p over %lu-%lu; before %p "
					 "over %lu-%lu, after %p over %lu-%lu",
					 call->name, start, loads, now.entry, now.index, now.last,
					 before.entry, before.index, before.last, after.entry,
					 after.index, after.last);
		}
	}
}

/* Ways in which a cursor comes to the entry at 0, or next to it, without a node. */
static void at_0_by_walk(struct ma_state *mas)
{
	assert_ptr_equal(mas_walk(mas), &a);
}
static void at_0_by_find(struct ma_state *mas)
{
	assert_ptr_equal(mas_find(mas, 2000), &a);
}
static void at_0_by_prev(struct ma_state *mas)
{
	mas_set(mas, 10);
	assert_ptr_equal(mas_prev(mas, 0), &a);
}
static void at_0_by_find_rev(struct ma_state *mas)
{
	mas_set(mas, 10);
	assert_ptr_equal(mas_find_rev(mas, 0), &a);
}

static void (*const arrivals[])(struct ma_state *mas) = {at_0_by_walk, at_0_by_find, at_0_by_prev,
							 at_0_by_find_rev};

static struct place second_answer(const struct call *call, void (*shape)(struct maple_tree *mt),
				  void (*arrive)(struct ma_state *mas), bool before)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, 0, 0);
	struct place place;

	mt_init_flags(&mt, MT_FLAGS_USE_RCU);
	one_entry(&mt);
	if (before) {
		shape(&mt);
		at_0_by_walk(&mas);
	} else {
		arrive(&mas);
		shape(&mt);
	}
	rcu_read_lock();
	place.entry = call->run(&mas);
	place.index = mas.index;
	place.last = mas.last;
	rcu_read_unlock();
	mtree_destroy(&mt);
	return place;
}

static void a_cursor_goes_on_when_the_tree_gets_nodes(void **state)
{
	for (size_t i = 0; i < NR(calls) * NR(arrivals) * 2; i++) {
		const struct call *call = &calls[i % NR(calls)];
		void (*shape)(struct maple_tree * mt) = shapes[i / NR(calls) % 2];
		void (*arrive)(struct ma_state * mas) = arrivals[i / NR(calls) / 2];
		struct place want = second_answer(call, shape, arrive, true);
		struct place now = second_answer(call, shape, arrive, false);

		if (now.entry != want.entry)
			fail_msg(
				"%s, arrival %zu: entry %p, but %p in a tree that had nodes before",
				call->name, i / NR(calls) / 2, now.entry, want.entry);
	}
}

static void an_iteration_goes_on_when_the_tree_gets_nodes(void **state)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, 0, 0);
	unsigned long want[] = {0, 5}, n = 0;
	void *entry;

	mt_init_flags(&mt, MT_FLAGS_USE_RCU);
	one_entry(&mt);
	rcu_read_lock();
	mas_for_each (&mas, entry, 900) {
		assert_true(n < 2);
		assert_int_equal(mas.index, want[n++]);
		if (n == 1)
			two_levels(&mt);
	}
	rcu_read_unlock();
	assert_int_equal(n, 2);
	mtree_destroy(&mt);
}

/* ---- The order of a write and of calls beside it (G2) ---- */

void __real_mt_defer_free(struct maple_tree *mt, struct mt_node *node);
void __wrap_mt_defer_free(struct maple_tree *mt, struct mt_node *node);

/* Runs after the store that publishes and before the old leaf is marked dead. */
static void (*in_window)(struct maple_tree *mt);

void __wrap_mt_defer_free(struct maple_tree *mt, struct mt_node *node)
{
	void (*run)(struct maple_tree * mt) = in_window;

	in_window = NULL;
	if (run)
		run(mt);
	__real_mt_defer_free(mt, node);
}

static struct ma_state cursors[3];
static bool window_was_open;

/* The range at 20 to 29 held &b; the write puts &c over its first half. */
static void assert_all_or_nothing(const struct ma_state *mas, const void *entry)
{
	if (entry == &c)
		assert_true(mas->index == 20 && mas->last == 24);
	else
		assert_true(entry == &b && mas->index == 20 && mas->last == 29);
}

static void read_in_window(struct maple_tree *mt)
{
	void *entry;

	window_was_open = true;
	assert_ptr_equal(mtree_load(mt, 22), &c); /* from the root */
	entry = mas_next(&cursors[0], 100);	  /* from a leaf that has left the tree */
	assert_all_or_nothing(&cursors[0], entry);
	entry = mas_prev(&cursors[1], 0);
	if (entry == &b && cursors[1].index == 25) /* the new leaf has a second range of &b */
		entry = mas_prev(&cursors[1], 0);
	assert_all_or_nothing(&cursors[1], entry);
}

static void a_call_after_a_write_sees_it_and_one_beside_it_all_or_nothing(void **state)
{
	static const unsigned long starts_at[] = {10, 30, 10};
	struct maple_tree mt;

	mt_init_flags(&mt, MT_FLAGS_USE_RCU);
	for (unsigned long i = 0; i < 8; i++)
		store(&mt, i * 10, i * 10 + 9, i == 2 ? &b : &a);
	rcu_read_lock();
	for (size_t i = 0; i < NR(cursors); i++) {
		mas_init(&cursors[i], &mt, starts_at[i]);
		assert_ptr_equal(mas_walk(&cursors[i]), &a);
	}
	in_window = read_in_window;
	store(&mt, 20, 24, &c);
	assert_true(window_was_open);
	assert_ptr_equal(mas_next(&cursors[2], 100), &c);
	assert_int_equal(cursors[2].last, 24);
	assert_ptr_equal(mas_next(&cursors[2], 100), &b);
	assert_int_equal(cursors[2].index, 25);
	rcu_read_unlock();
	mtree_destroy(&mt);
}

static int setup(void **state)
{
	rcu_register_thread();
	return 0;
}

static int teardown(void **state)
{
	port_rcu_barrier();
	assert_int_equal(mt_nodes_in_use(), 0);
	rcu_unregister_thread();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_answers_from_one_moment),
		cmocka_unit_test(a_cursor_goes_on_when_the_tree_gets_nodes),
		cmocka_unit_test(an_iteration_goes_on_when_the_tree_gets_nodes),
		cmocka_unit_test(a_call_after_a_write_sees_it_and_one_beside_it_all_or_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
