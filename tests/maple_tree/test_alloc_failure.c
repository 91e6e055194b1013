// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: each allocation of each writing call fails in turn. Right: the call reports -ENOMEM
 * and no byte of any node has changed, or it did all of its work without that memory. Wrong: an
 * error and a changed tree, half a write, a leaked node.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "maple_tree/node_internal.h"

static const unsigned int flag_sets[] = {
	0,
	MT_FLAGS_ALLOC_RANGE,
	MT_FLAGS_USE_RCU,
	MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU,
};

static void *value(unsigned long n)
{
	return xa_mk_value(n);
}

/* ---- A tree as one number ---- */

static unsigned long mix(unsigned long hash, unsigned long word)
{
	return (hash ^ word) * 0x9e3779b97f4a7c15u + (hash >> 29);
}

static unsigned long hash_tree(unsigned long ref, unsigned long hash)
{
	const struct mt_node *node = ref_node(ref);
	const unsigned long *words = (const unsigned long *)node;
	unsigned int lines = meta_lines(node->meta);

	hash = mix(hash, ref);
	for (unsigned int i = 0; i < lines * LINE_WORDS; i++)
		hash = mix(hash, words[i]);
	for (unsigned int i = 0; !ref_is_leaf(ref) && i <= meta_end(node->meta); i++)
		hash = hash_tree(node->child[i], hash);
	return hash;
}

static unsigned long hash(const struct maple_tree *mt)
{
	unsigned long h = mix(mt->ma_flags, (unsigned long)mt->ma_root);

	return ref_is_node(mt_root(mt)) ? hash_tree(mt_root(mt), h) : h;
}

/* The same for the content alone, without the nodes. */
static unsigned long hash_content(struct maple_tree *mt)
{
	unsigned long h = 0;
	MA_STATE(mas, mt, 0, 0);
	void *entry;

	mtree_lock(mt);
	mas_for_each (&mas, entry, ULONG_MAX)
		h = mix(mix(mix(h, mas.index), mas.last), (unsigned long)entry);
	mtree_unlock(mt);
	return h;
}

/* ---- Writes ---- */

struct op {
	const char *name;
	unsigned long first, last;
	int (*run)(struct maple_tree *mt, unsigned long first, unsigned long last);
};

static int store(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	return mtree_store_range(mt, first, last, value(7), GFP_KERNEL);
}

static int store_null(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	return mtree_store_range(mt, first, last, NULL, GFP_KERNEL);
}

static int erase(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	MA_STATE(mas, mt, first, first);
	int err;

	mtree_lock(mt);
	mas_erase(&mas);
	err = mas_is_err(&mas) ? -ENOMEM : 0;
	mtree_unlock(mt);
	return err;
}

static int insert(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	return mtree_insert_range(mt, first, last, value(7), GFP_KERNEL);
}

static int allocate(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	unsigned long where;

	return mtree_alloc_range(mt, &where, value(7), last - first + 1, first, ULONG_MAX,
				 GFP_KERNEL);
}

/* From here on no allocation may fail the store. */
static void store_prepared(struct ma_state *mas, void *entry)
{
	bool armed = fault_armed;

	fault_arm_from(0);
	mas_store_prealloc(mas, entry);
	fault_disarm();
	assert_false(mas_is_err(mas));
	if (armed)
		fault_arm(ULONG_MAX / 2);
}

static int preallocated(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	MA_STATE(mas, mt, first, last);
	int err;

	mtree_lock(mt);
	err = mas_preallocate(&mas, value(7), GFP_KERNEL);
	if (!err)
		store_prepared(&mas, value(7));
	mtree_unlock(mt);
	return err;
}

/* The range and the entry of the store are others than those that the reserve was made for. */
static int preallocated_for_another(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	MA_STATE(mas, mt, 3, 3);
	int err;

	mtree_lock(mt);
	err = mas_preallocate(&mas, value(7), GFP_KERNEL);
	mas_set_range(&mas, first, last);
	if (!err)
		store_prepared(&mas, NULL);
	mtree_unlock(mt);
	return err;
}

static int prepared_erase(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	MA_STATE(mas, mt, first, first);
	int err;

	mtree_lock(mt);
	err = mas_preallocate(&mas, NULL, GFP_KERNEL);
	if (!err) {
		bool armed = fault_armed;

		mas_set(&mas, first);
		fault_arm_from(0);
		mas_erase(&mas);
		fault_disarm();
		assert_false(mas_is_err(&mas));
		if (armed)
			fault_arm(ULONG_MAX / 2);
	}
	mtree_unlock(mt);
	return err;
}

static int dup_it(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	struct maple_tree copy;
	int err;

	mt_init_flags(&copy, mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK);
	err = mtree_dup(mt, &copy, GFP_KERNEL);
	if (err) {
		assert_true(mtree_empty(&copy));
		for (int i = 0; i < 3; i++)
			assert_null(copy.ma_spare[i]);
	}
	mtree_destroy(&copy);
	return err;
}

static int nomem_retry(struct maple_tree *mt, unsigned long first, unsigned long last)
{
	MA_STATE(mas, mt, first, last);

	mtree_lock(mt);
	do {
		mas_store(&mas, value(7));
	} while (mas_nomem(&mas, GFP_KERNEL));
	assert_false(mas_is_err(&mas)); /* the second attempt finds memory again */
	mas_destroy(&mas);
	mtree_unlock(mt);
	return 0;
}

static const struct op ops[] = {
	{"a range in a gap", 1003, 1005, store},
	{"the middle of a range", 502, 503, store},
	{"over a few ranges", 500, 560, store},
	{"over most of the tree", 55, 8000, store},
	{"over everything", 0, ULONG_MAX, store},
	{"at the right edge", 5000000, 5000001, store},
	{"NULL over a few ranges", 505, 563, store_null},
	{"NULL over most of the tree", 77, 7777, store_null},
	{"NULL over everything", 0, ULONG_MAX, store_null},
	{"erase", 701, 0, erase},
	{"insert", 1006, 1009, insert},
	{"allocate", 30, 32, allocate},
	{"preallocated in a gap", 1003, 1004, preallocated},
	{"preallocated over most of the tree", 44, 9999, preallocated},
	{"preallocated over everything", 0, ULONG_MAX, preallocated},
	{"preallocated for another store", 505, 7777, preallocated_for_another},
	{"prepared erase", 701, 0, prepared_erase},
	{"dup", 0, 0, dup_it},
	{"store until there is memory", 301, 302, nomem_retry},
};

static void fill(struct maple_tree *mt, unsigned int flags, unsigned long n)
{
	mt_init_flags(mt, flags);
	for (unsigned long i = 0; i < n; i++)
		assert_int_equal(mtree_store_range(mt, i * 10, i * 10 + 5, value(i), GFP_KERNEL),
				 0);
}

/* @lasting: the allocations after the failing one fail as well. */
static void fail_each(const struct op *op, unsigned int flags, unsigned long n, bool lasting)
{
	for (unsigned long nth = 0;; nth++) {
		struct maple_tree mt, sound;
		unsigned long before;
		bool delivered;
		int err;

		assert_true(nth < 1000);
		fill(&mt, flags, n);
		fill(&sound, flags, n);
		if (op->run == allocate && !(flags & MT_FLAGS_ALLOC_RANGE))
			nth = 999; /* an error of its own, not -ENOMEM */
		before = hash(&mt);
		if (lasting)
			fault_arm_from(nth);
		else
			fault_arm(nth);
		err = op->run(&mt, op->first, op->last);
		delivered = fault_disarm();
		mt_validate(&mt);
		if (nth == 999) {
			delivered = false;
		} else if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_true(delivered);
			assert_int_equal(hash(&mt), before);
		} else {
			assert_int_equal(op->run(&sound, op->first, op->last), 0);
			assert_int_equal(hash_content(&mt), hash_content(&sound));
		}
		mtree_destroy(&mt);
		mtree_destroy(&sound);
		if (!delivered)
			return;
	}
}

static void fail_all(bool lasting)
{
	static const unsigned long sizes[] = {0, 1, 5, 16, 90, 1000};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (size_t f = 0; f < sizeof(flag_sets) / sizeof(flag_sets[0]); f++) {
			for (size_t o = 0; o < sizeof(ops) / sizeof(ops[0]); o++) {
				if (!sizes[s] && ops[o].run == insert)
					continue;
				if (lasting && ops[o].run == nomem_retry)
					continue;
				fail_each(&ops[o], flag_sets[f], sizes[s], lasting);
			}
		}
	}
}

static void each_allocation_fails_once(void **state)
{
	fail_all(false);
}

static void all_allocations_fail_from_each_on(void **state)
{
	fail_all(true);
}

/* The tree grows by levels after the first request, so the second one needs more. */
static bool second_request(unsigned int flags, unsigned long nth)
{
	MA_STATE(mas, NULL, 25, 7777);
	struct maple_tree mt;
	unsigned long before;
	bool delivered;
	int err;

	fill(&mt, flags, 1);
	mas.tree = &mt;
	mt_cache_shrink(); /* no longer reserve is at hand */
	mtree_lock(&mt);
	assert_int_equal(mas_preallocate(&mas, value(7), GFP_KERNEL), 0);
	for (unsigned long i = 1; i < 1000; i++) {
		MA_STATE(other, &mt, i * 10, i * 10 + 5);

		assert_int_equal(mas_store_gfp(&other, value(i), GFP_KERNEL), 0);
	}
	before = hash(&mt);
	fault_arm(nth);
	err = mas_preallocate(&mas, value(7), GFP_KERNEL);
	delivered = fault_disarm();
	assert_int_equal(err, delivered ? -ENOMEM : 0);
	assert_int_equal(hash(&mt), before);
	if (err) {
		assert_null(mas.alloc);
		mas_set_range(&mas, 25, 7777);
		assert_int_equal(mas_preallocate(&mas, value(7), GFP_KERNEL), 0);
	}
	store_prepared(&mas, value(7));
	mt_validate(&mt);
	assert_ptr_equal(mas_walk(&mas), value(7));
	assert_int_equal(mas.last, 7777);
	__mt_destroy(&mt);
	mtree_unlock(&mt);
	return delivered;
}

static void a_second_request_fails_whole_or_is_enough(void **state)
{
	for (size_t f = 0; f < sizeof(flag_sets) / sizeof(flag_sets[0]); f++) {
		unsigned long nth = 0;

		while (second_request(flag_sets[f], nth))
			nth++;
		assert_true(nth > 1);
	}
}

/* @gaps: 0 for none, 1 for a gap before each range, 2 for one before every other. */
static void store_expected(unsigned int flags, unsigned long n, unsigned int gaps)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, 0, 0);
	unsigned long from = 100;

	fill(&mt, flags, 3);
	mtree_lock(&mt);
	assert_int_equal(mas_expected_entries(&mas, n), 0);
	fault_arm_from(0);
	for (unsigned long i = 0; i < n; i++) {
		from += gaps == 1 || (gaps == 2 && i % 2) ? 3 : 0;
		mas_set_range(&mas, from, from + 5);
		mas_store(&mas, value(i));
		assert_false(mas_is_err(&mas));
		from += 6;
	}
	fault_disarm();
	mas_destroy(&mas);
	mt_validate(&mt);
	__mt_destroy(&mt);
	mtree_unlock(&mt);
}

static void expected_entries_need_no_memory(void **state)
{
	for (unsigned long n = 1; n < 100000; n = n * 2 + 1) {
		for (size_t f = 0; f < sizeof(flag_sets) / sizeof(flag_sets[0]); f++) {
			for (unsigned int gaps = 0; gaps < 3; gaps++)
				store_expected(flag_sets[f], n, gaps);
		}
	}
}

static void destroying_without_memory_frees_all(void **state)
{
	struct maple_tree mt;

	fill(&mt, MT_FLAGS_USE_RCU, 1000);
	fault_arm(0);
	mtree_destroy(&mt);
	fault_disarm();
	assert_true(mtree_empty(&mt));
}

static int setup(void **state)
{
	rcu_register_thread();
	return 0;
}

static int no_node_is_left(void **state)
{
	port_rcu_barrier();
	assert_int_equal(mt_nodes_in_use(), 0);
	rcu_unregister_thread();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_allocation_fails_once, setup, no_node_is_left),
		cmocka_unit_test_setup_teardown(all_allocations_fail_from_each_on, setup,
						no_node_is_left),
		cmocka_unit_test_setup_teardown(a_second_request_fails_whole_or_is_enough, setup,
						no_node_is_left),
		cmocka_unit_test_setup_teardown(expected_entries_need_no_memory, setup,
						no_node_is_left),
		cmocka_unit_test_setup_teardown(destroying_without_memory_frees_all, setup,
						no_node_is_left),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
