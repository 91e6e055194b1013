// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a swap slot and its compressed object live as long as their last use, and no
 * longer; a full swap and a slot freed twice are reported. Wrong looks like an object that outlives
 * its slot, a slot given to two pages, or a double free that nobody counts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vma/memcontrol.h"
#include "vma/pgdat.h"
#include "vma/swapfile.h"

#define NR_SLOTS 1300ul /* three clusters, the last one short */

static int setup(void **state)
{
	struct pglist_data *node = pgdat_create(4096);

	memset(&this_task, 0, sizeof(this_task));
	*state = node;
	return node ? swap_on(node, NR_SLOTS) : -1;
}

static int teardown(void **state)
{
	struct pglist_data *node = *state;
	unsigned long used = swap_used(node);
	char err[256] = "";
	bool ok;

	swap_off(node);
	ok = pgdat_check(node, err, sizeof(err));
	if (!ok)
		print_error("%s\n", err);
	if (used)
		print_error("%lu slots still in use\n", used);
	pgdat_destroy(node);
	return ok && !used ? 0 : -1;
}

static struct zs_pool *pool_of(struct pglist_data *node)
{
	return node->swap->pool;
}

static swp_entry_t take(struct pglist_data *node)
{
	swp_entry_t entry;

	assert_int_equal(swap_out_page(node, &entry), 0);
	return entry;
}

static void a_slot_has_an_object_until_it_is_freed(void **state)
{
	struct pglist_data *node = *state;
	swp_entry_t a = take(node), b = take(node);

	assert_int_not_equal(a.val, b.val);
	assert_int_equal(swap_used(node), 2);
	assert_int_equal(zs_objects(pool_of(node)), 2);
	assert_true(zs_get_total_pages(pool_of(node)) > 0);
	free_swap_and_cache_nr(node, a, 1);
	assert_int_equal(swap_used(node), 1);
	assert_int_equal(zs_objects(pool_of(node)), 1);
	free_swap_and_cache_nr(node, b, 1);
	assert_int_equal(swap_used(node), 0);
	assert_int_equal(zs_objects(pool_of(node)), 0);
	assert_int_equal(zs_get_total_pages(pool_of(node)), 0);
}

static void slots_are_charged_and_counted_until_they_are_freed(void **state)
{
	struct pglist_data *node = *state;
	struct swap_info_struct *si = node->swap;
	swp_entry_t a = take(node), b = take(node);

	assert_int_equal(node->memcg->swap.usage, 2);
	assert_int_equal(si->cgroup[a.val], SWAP_CGROUP_ID);
	assert_int_equal(si->zram.pages_stored, 2);
	assert_int_equal(si->zram.compr_data_size,
			 swap_compressed_size(a.val) + swap_compressed_size(b.val));
	/* A second use is not charged again. */
	assert_int_equal(swap_duplicate(node, a), 0);
	free_swap_and_cache_nr(node, a, 1);
	assert_int_equal(node->memcg->swap.usage, 2);
	assert_int_equal(si->zram.notify_free, 0);
	free_swap_and_cache_nr(node, a, 1);
	assert_int_equal(node->memcg->swap.usage, 1);
	assert_int_equal(si->cgroup[a.val], 0);
	assert_int_equal(si->zram.compr_data_size, swap_compressed_size(b.val));
	free_swap_and_cache_nr(node, b, 1);
	assert_int_equal(node->memcg->swap.usage, 0);
	assert_int_equal(si->zram.pages_stored, 0);
	assert_int_equal(si->zram.compr_data_size, 0);
	assert_int_equal(si->zram.notify_free, 2);
	assert_int_equal(si->zram.table[a.val].flags, 0);
}

/* The check must fail, and say why. */
static void assert_check_finds(struct pglist_data *node, const char *what)
{
	char err[256] = "";

	assert_false(swap_check(node, err, sizeof(err)));
	if (!strstr(err, what))
		fail_msg("the check says \"%s\", not \"%s\"", err, what);
}

static void whatever_is_left_of_a_slot_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct swap_info_struct *si = node->swap;
	swp_entry_t entry = take(node);
	struct zs_handle *handle;
	char err[64];

	assert_check_finds(node, "1 swap slots are still in use, 1 have an owner");
	free_swap_and_cache_nr(node, entry, 1);
	assert_true(swap_check(node, err, sizeof(err)));

	si->swap_map[NR_SLOTS - 1] = 1;
	assert_check_finds(node, "1 swap slots are still in use, 0 have an owner");
	si->swap_map[NR_SLOTS - 1] = 0;
	si->cgroup[NR_SLOTS - 1] = SWAP_CGROUP_ID;
	assert_check_finds(node, "0 swap slots are still in use, 1 have an owner");
	si->cgroup[NR_SLOTS - 1] = 0;
	handle = zs_malloc(si->pool, 100);
	assert_non_null(handle);
	assert_check_finds(node, "1 compressed objects were never freed");
	zs_free(si->pool, handle);
	si->zram.pages_stored = 3;
	assert_check_finds(node, "zram still counts 3 pages of 0 bytes");
	si->zram.pages_stored = 0;
	si->zram.compr_data_size = 8;
	assert_check_finds(node, "zram still counts 0 pages of 8 bytes");
	si->zram.compr_data_size = 0;
	assert_true(swap_check(node, err, sizeof(err)));
}

static void the_last_of_several_uses_frees(void **state)
{
	struct pglist_data *node = *state;
	swp_entry_t entry = take(node);

	assert_int_equal(swap_duplicate(node, entry), 0);
	assert_int_equal(swap_duplicate(node, entry), 0);
	free_swap_and_cache_nr(node, entry, 1);
	free_swap_and_cache_nr(node, entry, 1);
	assert_int_equal(swap_used(node), 1);
	assert_int_equal(zs_objects(pool_of(node)), 1);
	free_swap_and_cache_nr(node, entry, 1);
	assert_int_equal(zs_objects(pool_of(node)), 0);
	assert_int_equal(node->bad_pages, 0);
}

static void duplicating_is_refused_where_there_is_nothing_or_too_much(void **state)
{
	struct pglist_data *node = *state;
	swp_entry_t entry = take(node);
	int uses = 1;

	assert_int_equal(swap_duplicate(node, (swp_entry_t){entry.val + 1}), -EINVAL);
	assert_int_equal(swap_duplicate(node, (swp_entry_t){NR_SLOTS}), -EINVAL);
	assert_int_equal(swap_duplicate(node, (swp_entry_t){~0ul}), -EINVAL);
	while (!swap_duplicate(node, entry))
		uses++;
	assert_int_equal(uses, 0x3e);
	assert_int_equal(swap_duplicate(node, entry), -EINVAL);
	while (uses--)
		free_swap_and_cache_nr(node, entry, 1);
}

static void a_full_swap_says_so_and_goes_on_when_a_slot_is_free(void **state)
{
	struct pglist_data *node = *state;
	static unsigned char seen[NR_SLOTS];
	swp_entry_t entry;

	memset(seen, 0, sizeof(seen));
	for (unsigned long i = 0; i < NR_SLOTS; i++)
		assert_int_equal(seen[take(node).val]++, 0);
	assert_int_equal(swap_out_page(node, &entry), -ENOSPC);
	assert_int_equal(swap_used(node), NR_SLOTS);
	for (unsigned long i = 0; i < (NR_SLOTS + SWAPFILE_CLUSTER - 1) / SWAPFILE_CLUSTER; i++)
		assert_int_equal(node->swap->clusters[i].count,
				 i < NR_SLOTS / SWAPFILE_CLUSTER ? SWAPFILE_CLUSTER
								 : NR_SLOTS % SWAPFILE_CLUSTER);
	free_swap_and_cache_nr(node, (swp_entry_t){700}, 1);
	assert_int_equal(take(node).val, 700);
	assert_int_equal(swap_out_page(node, &entry), -ENOSPC);
	free_swap_and_cache_nr(node, (swp_entry_t){0}, NR_SLOTS); /* across clusters at once */
	assert_int_equal(swap_used(node), 0);
	assert_int_equal(zs_objects(pool_of(node)), 0);
}

static void a_run_of_slots_may_have_different_uses(void **state)
{
	struct pglist_data *node = *state;
	swp_entry_t first = take(node);

	for (int i = 1; i < 10; i++)
		assert_int_equal(take(node).val, first.val + (unsigned long)i);
	for (unsigned long i = 0; i < 10; i += 3)
		assert_int_equal(swap_duplicate(node, (swp_entry_t){first.val + i}), 0);
	free_swap_and_cache_nr(node, first, 10);
	assert_int_equal(swap_used(node), 4);
	for (unsigned long i = 0; i < 10; i += 3)
		free_swap_and_cache_nr(node, (swp_entry_t){first.val + i}, 1);
	assert_int_equal(node->bad_pages, 0);
}

static void freeing_a_free_slot_is_counted_and_frees_nothing(void **state)
{
	struct pglist_data *node = *state;
	swp_entry_t a = take(node), b = take(node);

	free_swap_and_cache_nr(node, a, 1);
	free_swap_and_cache_nr(node, a, 1);
	assert_int_equal(node->bad_pages, 1);
	assert_int_equal(zs_objects(pool_of(node)), 1);
	free_swap_and_cache_nr(node, b, 1);
	node->bad_pages = 0; /* seen; the end of the test wants a clean node */
}

static void compressed_sizes_are_a_part_of_a_page_and_fixed(void **state)
{
	unsigned long sum = 0;

	for (unsigned long slot = 0; slot < 10000; slot++) {
		size_t size = swap_compressed_size(slot);

		assert_in_range(size, PAGE_SIZE / 16, PAGE_SIZE * 21 / 32);
		assert_int_equal(size, swap_compressed_size(slot));
		sum += size;
	}
	assert_in_range(sum / 10000, PAGE_SIZE * 34 / 100, PAGE_SIZE * 38 / 100);
}

static void without_swap_there_are_no_slots(void **state)
{
	struct pglist_data *node = pgdat_create(1024);
	swp_entry_t entry;

	assert_int_equal(swap_out_page(node, &entry), -ENOSPC);
	assert_int_equal(swap_duplicate(node, (swp_entry_t){0}), -EINVAL);
	assert_int_equal(swap_used(node), 0);
	swap_off(node);
	assert_int_equal(swap_on(node, 0), 0);
	assert_int_equal(swap_out_page(node, &entry), -ENOSPC);
	assert_int_equal(swap_used(node), 0);
	swap_off(node);
	pgdat_destroy(node);
}

static void without_memory_nothing_is_taken(void **state)
{
	struct pglist_data *node = *state, *other = pgdat_create(1024);
	unsigned long n = 0;
	swp_entry_t entry;
	int err;

	for (;; n++) {
		fault_arm(n);
		err = swap_out_page(node, &entry);
		if (!fault_disarm())
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(swap_used(node), 0);
		assert_int_equal(zs_objects(pool_of(node)), 0);
		assert_int_equal(zs_get_total_pages(pool_of(node)), 0);
	}
	assert_int_equal(err, 0);
	assert_true(n >= 3); /* handle, zspage, a page at least */
	free_swap_and_cache_nr(node, entry, 1);

	for (n = 0;; n++) {
		fault_arm(n);
		err = swap_on(other, 1000);
		if (!fault_disarm())
			break;
		assert_int_equal(err, -ENOMEM);
		assert_null(other->swap);
	}
	assert_int_equal(err, 0);
	assert_true(n >= 7); /* itself, three arrays, the pool and its two slabs */
	swap_off(other);
	pgdat_destroy(other);
}

static void the_locks_of_swap_add_up(void **state)
{
	struct pglist_data *node = *state;
	struct lock_totals totals[NR_LOCK_CLASSES] = {0};
	const uint64_t *acquired = totals[LOCK_SWAP].acquired;
	swp_entry_t entry;

	this_task.timing = LOCK_TIMING_WAIT;
	entry = take(node);
	swap_lock_totals(node, totals);
	assert_int_equal(acquired[ROLE_EXIT], 2); /* a class and a cluster */
	swap_lock_clear(node);
	memset(totals, 0, sizeof(totals));
	this_task.lock[LOCK_SWAP].acquired = 0;
	free_swap_and_cache_nr(node, entry, 1);
	swap_lock_totals(node, totals);
	assert_int_equal(acquired[ROLE_EXIT], 1);		 /* the cluster */
	assert_int_equal(this_task.lock[LOCK_SWAP].acquired, 1); /* the class, in bulk */
	this_task.timing = LOCK_TIMING_OFF;
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(a_slot_has_an_object_until_it_is_freed),
		test(slots_are_charged_and_counted_until_they_are_freed),
		test(whatever_is_left_of_a_slot_is_found),
		test(the_last_of_several_uses_frees),
		test(duplicating_is_refused_where_there_is_nothing_or_too_much),
		test(a_full_swap_says_so_and_goes_on_when_a_slot_is_free),
		test(a_run_of_slots_may_have_different_uses),
		test(freeing_a_free_slot_is_counted_and_frees_nothing),
		test(compressed_sizes_are_a_part_of_a_page_and_fixed),
		test(without_swap_there_are_no_slots),
		test(without_memory_nothing_is_taken),
		test(the_locks_of_swap_add_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
