// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: every allocation fails in turn, alone or with those that come after it, while an
 * address space is started, built, mapped and cut. Right is: -ENOMEM and everything exactly as
 * it was before the call, or the call done as if nothing had been. Wrong looks like a state in
 * between, another error, or something that is still in use in the end.
 */
#include "mm_fixture.h"
#include "shortage.h"

#define BASE  (PUD_SIZE - 2 * PMD_SIZE)
#define P(n)  (BASE + (unsigned long)(n)*PAGE_SIZE)
#define TRIES 1000 /* far above the number of allocations in any of the calls */

static void arm(unsigned long nth)
{
	left = 0;
	fault_arm(nth);
}

/*
 * A tree may try again when its first, cheap attempt to get nodes failed, so one failure does
 * not make it give up. Endless failure is no way to make it: the kernel's tree, once it got
 * some of the nodes it wants, tries until it gets the rest.
 */
static const unsigned long one_fails = 1, eight_in_a_row_fail = 8;

static int setup(void **state)
{
	static struct machine m;

	shortage = *(const unsigned long *)*state;
	memset(&this_task, 0, sizeof(this_task));
	machine_start(&m, 8192, 1024);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_finish(*state);
	return 0;
}

/* Not mm_layer_init(): that is the first test. */
static int register_thread(void **state)
{
	rcu_register_thread();
	return 0;
}

static void starting_the_layer_can_be_tried_again(void **state)
{
	unsigned long n = 0;
	int err;

	shortage = 1;
	for (;; n++) {
		arm(n);
		err = mm_layer_init();
		if (!fault_disarm())
			break;
		assert_int_equal(err, -ENOMEM);
	}
	assert_int_equal(err, 0);
	assert_true(n >= 2);
}

static void an_address_space_is_made_or_not(void **state)
{
	struct machine *m = *state;
	struct mm_struct *mm = NULL;
	size_t tables = slab_in_use(m->mm->table_slab);
	unsigned long n = 0;
	char err[128];

	for (;; n++) {
		arm(n);
		mm = mm_alloc(m->pgdat);
		if (!fault_disarm())
			break;
		assert_null(mm);
		assert_int_equal(slab_in_use(m->mm->table_slab), tables);
	}
	assert_non_null(mm);
	assert_int_equal(n, 2);
	assert_true(mm_destroy(mm, NULL, err, sizeof(err)));
}

/*
 * Run call() with the n-th allocation failing, for each n until none fails: if it reports
 * -ENOMEM nothing may have changed. undo() brings the machine back to where it was in any case,
 * page tables included, so that the next try has as much to allocate.
 */
static unsigned long fail_each(struct machine *m, int (*call)(struct machine *m),
			       int (*undo)(struct machine *m))
{
	char *before = machine_dump(m);
	unsigned long errors = 0;
	bool failed = true;

	for (unsigned long n = 0; failed; n++) {
		char *after;
		int err;

		assert_true(n < TRIES);
		arm(n);
		err = call(m);
		failed = fault_disarm();
		if (err) {
			assert_true(failed);
			assert_int_equal(err, -ENOMEM);
			after = machine_dump(m);
			assert_string_equal(before, after);
			free(after);
			errors++;
		}
		/* A tree may come round a failure by trying again: then all of the work is done. */
		if (!failed)
			break;
		assert_int_equal(undo(m), 0);
		after = machine_dump(m);
		assert_string_equal(before, after);
		free(after);
	}
	free(before);
	return errors;
}

static int fill_anon(struct machine *m)
{
	return try_fill(m, P(0), P(1300), POPULATE_ANON);
}

static int fill_swap(struct machine *m)
{
	return try_fill(m, P(0), P(130), POPULATE_SWAP);
}

static int fill_huge(struct machine *m)
{
	return try_fill(m, P(512), P(2048), POPULATE_HUGE);
}

static int map_window(struct machine *m)
{
	return try_map(m, P(0), P(4096), VM_READ, 0, &m->file);
}

static int renew_window(struct machine *m)
{
	int err = try_unmap(m, P(0), P(4096));

	return err ? err : map_window(m);
}

static void filling_with(struct machine *m, int (*call)(struct machine *m), unsigned long least)
{
	assert_int_equal(map_window(m), 0);
	assert_true(fail_each(m, call, renew_window) >= least);
}

static void anonymous_pages_are_all_there_or_none(void **state)
{
	filling_with(*state, fill_anon, 3 + 3 * 3); /* reverse map; table, its lock, pages */
}

static void swapped_pages_are_all_there_or_none(void **state)
{
	filling_with(*state, fill_swap, 3 + 130); /* reverse map; a handle each */
}

static void huge_pages_are_all_there_or_none(void **state)
{
	filling_with(*state, fill_huge, 3 + 3 * 3); /* reverse map; table laid by, its lock, page */
}

/* File pages stay in the page cache, so the free memory differs; the rest may not. */
static void file_pages_are_all_mapped_or_none(void **state)
{
	struct machine *m = *state;
	unsigned long errors = 0;

	assert_int_equal(map_window(m), 0);
	for (unsigned long n = 0;; n++) {
		bool failed;
		int err;

		arm(n);
		err = try_fill(m, P(0), P(1300), POPULATE_FILE);
		failed = fault_disarm();
		lru_add_drain_all(m->pgdat);
		if (!err) {
			assert_false(failed);
			break;
		}
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(pages_in(m, P(0), P(4096)), 0);
		assert_int_equal(get_mm_counter(m->mm, MM_FILEPAGES), 0);
		assert_int_equal(pages_free(m) + m->file.mapping.nrpages,
				 m->pgdat->zone.managed_pages);
		assert_int_equal(renew_window(m), 0);
		page_cache_drop(m->pgdat, &m->file.mapping);
		errors++;
	}
	assert_true(errors >= 3 * 3);
	assert_int_equal(pages_in(m, P(0), P(4096)), 1300);
}

/* Many VMAs, so that a store into the tree needs new nodes; the upper ones map a file. */
static void map_many(struct machine *m)
{
	for (unsigned long i = 0; i < 300; i++)
		assert_int_equal(try_map(m, P(10 * i), P(10 * i + 8), VM_READ, i,
					 i < 120 ? NULL : &m->file),
				 0);
	fill(m, P(1000), P(1008), POPULATE_ANON);
	fill(m, P(1010), P(1015), POPULATE_SWAP);
	fill(m, P(1020), P(1028), POPULATE_ANON);
}

static int map_between(struct machine *m)
{
	return try_map(m, P(1008), P(1009), VM_READ, 0, &m->file);
}

static int unmap_between(struct machine *m)
{
	return try_unmap(m, P(1008), P(1009));
}

static void mapping_is_done_or_nothing_is(void **state)
{
	struct machine *m = *state;

	map_many(m);
	/* The VMA, its place in i_mmap, and, when nothing more can be had, the tree's nodes. */
	assert_true(fail_each(m, map_between, unmap_between) >= (shortage > 1 ? 3 : 2));
	assert_int_equal(m->mm->map_count, 301);
}

/*
 * A cut cannot be undone by another call; each try is one of its own, in VMAs further on that
 * look alike.
 */
static void cutting(struct machine *m, unsigned long first, unsigned long last, int more_vmas,
		    unsigned long least)
{
	unsigned long errors = 0;

	map_many(m);
	for (unsigned long n = 0;; n++) {
		unsigned long at = 1200 + n % 40 * 40;
		int count = m->mm->map_count;
		char *before, *after;
		bool failed;
		size_t rmap;
		int err;

		assert_true(n < 40);
		fill(m, P(at), P(at + 8), POPULATE_ANON);
		before = machine_dump(m);
		rmap = vma_rmap_in_use();
		arm(n);
		err = try_unmap(m, P(at + first), P(at + last));
		failed = fault_disarm();
		after = machine_dump(m);
		if (err) {
			assert_true(failed);
			assert_int_equal(err, -ENOMEM);
			assert_string_equal(before, after);
			assert_int_equal(vma_rmap_in_use(), rmap);
			errors++;
		} else {
			assert_int_equal(m->mm->map_count, count + more_vmas);
			assert_int_equal(pages_in(m, P(at + first), P(at + last)), 0);
			assert_int_equal(pages_in(m, P(at), P(at + 8)),
					 first + (last < 8 ? 8 - last : 0));
		}
		free(before);
		free(after);
		if (!failed)
			break;
	}
	assert_true(errors >= least);
}

static void cutting_a_hole_is_done_or_nothing_is(void **state)
{
	/* The upper part, its places in i_mmap and in the anon_vma, the membership; the tree. */
	cutting(*state, 3, 5, 1, shortage > 1 ? 5 : 4);
}

static void cutting_a_tail_is_done_or_nothing_is(void **state)
{
	cutting(*state, 5, 9, 0, 0); /* a tree may move a border without memory */
}

static void cutting_a_head_is_done_or_nothing_is(void **state)
{
	cutting(*state, 0, 4, 0, 0);
}

static void unmapping_several_vmas_is_done_or_nothing_is(void **state)
{
	cutting(*state, 4, 24, -1, 0); /* a tree may have nodes to spare */
}

/* Build a victim with every kind of page, and stop at the first error. */
static int build_victim(struct machine *m)
{
	static const struct {
		unsigned long first, last;
		enum populate_kind kind;
	} parts[] = {
		{0, 700, POPULATE_ANON},	 {1024, 2048, POPULATE_HUGE},
		{3000, 3100, POPULATE_FILE},	 {4000, 4100, POPULATE_SWAP},
		{100000, 100010, POPULATE_ANON},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts) && !err; i++) {
		unsigned long start = P(parts[i].first), end = P(parts[i].last);

		err = try_map(m, start, end, VM_READ, 0,
			      parts[i].kind == POPULATE_FILE ? &m->file : NULL);
		if (!err)
			err = try_fill(m, start, end, parts[i].kind);
	}
	return err;
}

static void a_victim_built_in_part_is_torn_down_whole(void **state)
{
	unsigned long errors = 0;

	shortage = *(const unsigned long *)*state;
	for (unsigned long n = 0;; n++) {
		struct machine m;
		bool failed;
		int err;

		assert_true(n < TRIES);
		machine_start(&m, 8192, 1024);
		arm(n);
		err = build_victim(&m);
		failed = fault_disarm();
		assert_true(err == 0 || (failed && err == -ENOMEM));
		errors += err != 0;
		machine_finish(&m);
		if (!failed)
			break;
	}
	assert_true(errors > 100);
}

/* Neither the exiting task nor a reaper may need memory: there is none, that is why they run. */
static void a_victim_dies_without_any_memory(void **state)
{
	const struct reap_order *order;

	for (order = reap_orders; order->name; order++) {
		const struct reap_plan plan = {order, 1};
		struct machine m;

		machine_start(&m, 8192, 1024);
		assert_int_equal(build_victim(&m), 0);
		shortage = ~0ul;
		arm(0);
		mrelease_mm(m.mm, &plan);
		if (order->walk)
			assert_int_equal(pages_mapped(&m), 0);
		exit_mmap(m.mm);
		fault_disarm();
		machine_verify(&m);
	}
}

int main(void)
{
#define with(kind, fn, setup, teardown)                            \
	{                                                          \
#kind ": " #fn, fn, setup, teardown, (void *)&kind \
	}
#define both(fn) \
	with(one_fails, fn, setup, teardown), with(eight_in_a_row_fail, fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starting_the_layer_can_be_tried_again), /* first of all */
		both(an_address_space_is_made_or_not),
		both(anonymous_pages_are_all_there_or_none),
		both(swapped_pages_are_all_there_or_none),
		both(huge_pages_are_all_there_or_none),
		both(file_pages_are_all_mapped_or_none),
		both(mapping_is_done_or_nothing_is),
		both(cutting_a_hole_is_done_or_nothing_is),
		both(cutting_a_tail_is_done_or_nothing_is),
		both(cutting_a_head_is_done_or_nothing_is),
		both(unmapping_several_vmas_is_done_or_nothing_is),
		with(one_fails, a_victim_built_in_part_is_torn_down_whole, NULL, NULL),
		with(eight_in_a_row_fail, a_victim_built_in_part_is_torn_down_whole, NULL, NULL),
		cmocka_unit_test(a_victim_dies_without_any_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, register_thread, mm_group_teardown);
}
