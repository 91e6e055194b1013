// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a cursor in every status, then every pair of calls, on trees of every height. Right:
 * a cursor with an error keeps it and reads nothing until it is set anew or walks; no other cursor
 * gets an error; what a call returns is in the tree. Wrong: the number of an error is taken for a
 * node.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/port.h"
#include "maple_tree/maple_tree.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static void *value(unsigned long n)
{
	return xa_mk_value(n);
}

/* ---- Cursors ---- */

static void start(struct ma_state *mas)
{
	mas_set(mas, 12);
}
static void at_entry(struct ma_state *mas)
{
	mas_set(mas, 0);
	mas_walk(mas);
}
static void at_gap(struct ma_state *mas)
{
	mas_set(mas, 18);
	mas_walk(mas);
}
static void paused(struct ma_state *mas)
{
	at_entry(mas);
	mas_pause(mas);
}
static void met_upper_limit(struct ma_state *mas)
{
	at_entry(mas);
	mas_next(mas, 0);
}
static void met_lower_limit(struct ma_state *mas)
{
	mas_set(mas, 5);
	mas_walk(mas);
	mas_prev(mas, 5);
}
static void past_all(struct ma_state *mas)
{
	mas_set(mas, ULONG_MAX);
	mas_find(mas, ULONG_MAX);
}
static void before_all(struct ma_state *mas)
{
	mas_set(mas, 0);
	mas_find_rev(mas, 0);
	mas_find_rev(mas, 0);
}
static void at_found_gap(struct ma_state *mas)
{
	assert_int_equal(mas_empty_area(mas, 0, ULONG_MAX, 2), 0);
}
static void after_store(struct ma_state *mas)
{
	mas_set_range(mas, 15, 16);
	mas_store(mas, value(15));
	mas_set_range(mas, 15, 16);
	mas_store(mas, NULL);
}
static void error_busy(struct ma_state *mas)
{
	if (mas_empty_area(mas, 0, 0, 1) != -EBUSY)
		mas_empty_area(mas, 10, 11, 2); /* the empty tree has no taken place: no error */
}
static void error_busy_rev(struct ma_state *mas)
{
	if (mas_empty_area_rev(mas, 0, 0, 1) != -EBUSY)
		mas_empty_area_rev(mas, 10, 11, 2);
}
static void error_invalid(struct ma_state *mas)
{
	mas_set_range(mas, 20, 10);
	mas_store(mas, value(1));
	assert_true(mas_is_err(mas));
}
static void error_no_memory(struct ma_state *mas)
{
	mas_set_range(mas, 15, 17);
	fault_arm_from(0);
	mas_store(mas, value(1));
	fault_disarm();
	if (mas_is_err(mas))
		return;
	mas_set_range(mas, 15, 17); /* there was room in the leaf */
	mas_store(mas, NULL);
}

static const struct {
	const char *name;
	void (*make)(struct ma_state *mas);
} cursors[] = {
	{"start", start},
	{"at an entry", at_entry},
	{"at a gap", at_gap},
	{"paused", paused},
	{"met the upper limit", met_upper_limit},
	{"met the lower limit", met_lower_limit},
	{"past all", past_all},
	{"before all", before_all},
	{"at a gap that was found", at_found_gap},
	{"after a store", after_store},
	{"-EBUSY", error_busy},
	{"-EBUSY, reverse", error_busy_rev},
	{"-EINVAL", error_invalid},
	{"-ENOMEM", error_no_memory},
};

/* ---- Calls, each with each limit ---- */

static const struct {
	const char *name;
	void *(*run)(struct ma_state *mas, unsigned long limit);
} calls[] = {
	{"mas_next", mas_next},		{"mas_next_range", mas_next_range},
	{"mas_find", mas_find},		{"mas_find_range", mas_find_range},
	{"mas_prev", mas_prev},		{"mas_prev_range", mas_prev_range},
	{"mas_find_rev", mas_find_rev}, {"mas_find_range_rev", mas_find_range_rev},
};

static const unsigned long limits[] = {0, 1, 12, ULONG_MAX};

#define NR_CALLS (NR(calls) * NR(limits))

static void fill(struct maple_tree *mt, unsigned int flags, unsigned long entries)
{
	mt_init_flags(mt, flags);
	for (unsigned long i = 0; i < entries; i++) {
		unsigned long last = entries == 1 ? 0 : i * 10 + 3;

		assert_int_equal(mtree_store_range(mt, i * 10, last, value(i), GFP_KERNEL), 0);
	}
}

static void check_answer(struct maple_tree *mt, const struct ma_state *mas, const void *entry)
{
	if (entry && mtree_load(mt, mas->index) != entry)
		fail_msg("entry %p is not at %lu", entry, mas->index);
}

static void run_pair(unsigned int flags, unsigned long entries, size_t cursor, size_t first,
		     size_t second)
{
	struct maple_tree mt;
	MA_STATE(mas, &mt, 0, 0);
	size_t pair[] = {first, second};
	bool error;

	fill(&mt, flags, entries);
	mtree_lock(&mt);
	cursors[cursor].make(&mas);
	error = mas_is_err(&mas);
	for (size_t i = 0; i < 2; i++) {
		struct maple_enode *node = mas.node;
		void *entry = calls[pair[i] % NR(calls)].run(&mas, limits[pair[i] / NR(calls)]);

		check_answer(&mt, &mas, entry);
		if (mas_is_err(&mas) != error || (error && (entry || mas.node != node)))
			fail_msg("cursor '%s', %lu entries, call %zu of %s and %s: error %d became "
				 "%d, entry %p",
				 cursors[cursor].name, entries, i, calls[first % NR(calls)].name,
				 calls[second % NR(calls)].name, error, mas_is_err(&mas), entry);
	}
	check_answer(&mt, &mas, mas_walk(&mas)); /* a walk forgets the error */
	assert_false(mas_is_err(&mas));
	mas_destroy(&mas);
	__mt_destroy(&mt);
	mtree_unlock(&mt);
}

static void each_status_meets_each_pair_of_calls(void **state)
{
	static const unsigned long sizes[] = {0, 1, 5, 300};
	static const unsigned int flags[] = {MT_FLAGS_ALLOC_RANGE,
					     MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU};

	for (size_t s = 0; s < NR(sizes) * NR(flags); s++) {
		for (size_t c = 0; c < NR(cursors); c++) {
			for (size_t i = 0; i < NR_CALLS * NR_CALLS; i++)
				run_pair(flags[s % 2], sizes[s / 2], c, i % NR_CALLS, i / NR_CALLS);
		}
	}
}

/* After an error a cursor can do all that a new one can. */
static void an_error_does_not_stay_in_the_way_of_a_write(void **state)
{
	for (size_t c = 0; c < NR(cursors); c++) {
		struct maple_tree mt;
		MA_STATE(mas, &mt, 0, 0);

		fill(&mt, MT_FLAGS_ALLOC_RANGE, 300);
		mtree_lock(&mt);
		cursors[c].make(&mas);
		mas_pause(&mas);
		cursors[c].make(&mas);
		mas_destroy(&mas);
		cursors[c].make(&mas);
		mas.index = 15;
		mas.last = 16;
		mas_store(&mas, value(4));
		assert_false(mas_is_err(&mas));
		assert_ptr_equal(mtree_load(&mt, 16), value(4));
		mt_validate(&mt);
		__mt_destroy(&mt);
		mtree_unlock(&mt);
	}
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
		cmocka_unit_test(each_status_meets_each_pair_of_calls),
		cmocka_unit_test(an_error_does_not_stay_in_the_way_of_a_write),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
