// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the page allocator hands out every page once, joins what comes back to whole
 * blocks again, visits the zone once per batch, loses nothing when it runs dry, and finds the
 * frees that must not be. Wrong looks like two owners of a page, blocks that stay in pieces, a
 * zone lock per page, or a bad free that passes the final check.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vma/lru.h"
#include "vma/page_alloc.h"
#include "vma/pgdat.h"
#include "vma/rmap.h"

#define NR_PAGES	  4096ul
#define BATCH		  63
#define LARGEST		  (1ul << MAX_PAGE_ORDER)
#define zone_visits(node) ((node)->zone.lock.acquired[ROLE_EXIT])

static int setup(void **state)
{
	memset(&this_task, 0, sizeof(this_task));
	this_task.timing = LOCK_TIMING_WAIT;
	*state = pgdat_create(NR_PAGES);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	pgdat_destroy(*state);
	return 0;
}

static void assert_all_free(struct pglist_data *node)
{
	char err[256] = "";

	if (!pgdat_check(node, err, sizeof(err)))
		fail_msg("%s", err);
	drain_all_pages(node);
	assert_int_equal(node->zone.free_area[MAX_PAGE_ORDER].nr_free,
			 node->node_spanned_pages / LARGEST);
}

/* The check must fail, and say why. */
static void assert_check_finds(struct pglist_data *node, const char *what)
{
	char err[256] = "";

	assert_false(pgdat_check(node, err, sizeof(err)));
	if (!strstr(err, what))
		fail_msg("the check says \"%s\", not \"%s\"", err, what);
}

static void free_folio(struct pglist_data *node, struct page *page)
{
	struct folio *folio = page_folio(page);

	page->_refcount = 0;
	free_unref_folios(node, &folio, 1);
}

static void a_node_is_whole_blocks_all_free(void **state)
{
	struct pglist_data *node = pgdat_create(LARGEST + 1);

	assert_int_equal(node->node_spanned_pages, 2 * LARGEST);
	assert_int_equal(node->zone.managed_pages, 2 * LARGEST);
	assert_all_free(node);
	pgdat_destroy(node);
	assert_null(pgdat_create(0));
	pgdat_destroy(NULL);
}

static void every_order_is_aligned_new_and_comes_back(void **state)
{
	struct pglist_data *node = *state;

	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		struct page *page = alloc_pages(node, order);

		assert_non_null(page);
		assert_int_equal(page_to_pfn(node, page) & ((1ul << order) - 1), 0);
		assert_int_equal(page->_refcount, 1);
		assert_int_equal(page->_mapcount, -1);
		assert_int_equal(page->flags, order ? PG_BIT(PG_head) : 0);
		assert_int_equal(folio_nr_pages(page_folio(page)), 1ul << order);
		assert_null(page->mapping);
		this_task.freed = 0;
		put_page(node, page);
		assert_int_equal(this_task.freed, 1ul << order);
		assert_all_free(node);
	}
	assert_null(alloc_pages(node, MAX_PAGE_ORDER + 1));
}

static void an_empty_node_says_so_and_loses_nothing(void **state)
{
	struct pglist_data *node = *state;
	static struct page *pages[NR_PAGES];
	static unsigned char owner[NR_PAGES];

	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		unsigned long n = 0;

		memset(owner, 0, sizeof(owner));
		while ((pages[n] = alloc_pages(node, order))) {
			unsigned long pfn = page_to_pfn(node, pages[n]);

			for (unsigned long i = 0; i < 1ul << order; i++)
				assert_int_equal(owner[pfn + i]++, 0);
			if (++n == NR_PAGES >> order)
				break;
		}
		assert_int_equal(n, NR_PAGES >> order);
		assert_null(alloc_pages(node, order));
		assert_null(alloc_pages(node, 0));
		assert_int_equal(node->zone.free_pages, 0);
		/* Every second one first, so that buddies come together late. */
		for (unsigned long i = 0; i < n; i += 2)
			put_page(node, pages[i]);
		for (unsigned long i = 1; i < n; i += 2)
			put_page(node, pages[i]);
		assert_all_free(node);
	}
}

static void buddies_join_only_when_both_are_free(void **state)
{
	struct pglist_data *node = *state;
	struct page *a = alloc_pages(node, 3), *b = alloc_pages(node, 3);
	struct zone *zone = &node->zone;

	assert_ptr_equal(b, a + 8);
	put_page(node, a);
	assert_int_equal(zone->free_area[3].nr_free, 1);
	assert_int_equal(zone->free_area[4].nr_free, 1);
	assert_int_equal(zone->free_area[MAX_PAGE_ORDER].nr_free, NR_PAGES / LARGEST - 1);
	put_page(node, b);
	assert_int_equal(zone->free_area[3].nr_free, 0);
	assert_all_free(node);
}

/* A machine so large that all of this node fits into the per-CPU lists. */
static void be_large(struct pglist_data *node)
{
	zone_set_pageset_high(node, 1ul << 24, 2);
}

static void be_untuned(struct pglist_data *node)
{
	zone_set_pageset_high(node, 0, 1); /* so small that the two limits are the same */
	assert_int_equal(node->zone.per_cpu[0].high_max, node->zone.per_cpu[0].high_min);
}

static void the_zone_is_visited_once_per_batch(void **state)
{
	static struct page *pages[63 * BATCH];
	struct pglist_data *node = *state;
	struct per_cpu_pages *pcp = &node->zone.per_cpu[0];
	int n = 0;

	be_large(node);
	/* Each refill takes twice as many pages as the one before, up to 32 batches. */
	for (int refill = 0; refill < 6; refill++) {
		for (int i = 0; i < BATCH << refill; i++) {
			pages[n++] = alloc_pages(node, 0);
			assert_int_equal(zone_visits(node), refill + 1);
			assert_int_equal(pcp->count, (BATCH << refill) - 1 - i);
		}
	}
	assert_int_equal(pcp->alloc_factor, 5);
	assert_int_equal(n, 63 * BATCH);
	for (int i = 0; i < n; i++)
		put_page(node, pages[i]);
	assert_int_equal(zone_visits(node), 6);
	assert_int_equal(pcp->count, n);
	assert_all_free(node);
	assert_int_equal(pcp->alloc_factor, 0);
}

static void a_free_page_makes_the_next_refill_smaller(void **state)
{
	struct pglist_data *node = *state;
	struct per_cpu_pages *pcp = &node->zone.per_cpu[0];
	struct page *pages[15 * BATCH + 2];
	int n = 0;

	be_large(node);
	while (n < 15 * BATCH) /* four refills */
		pages[n++] = alloc_pages(node, 0);
	assert_int_equal(pcp->alloc_factor, 4);
	assert_int_equal(pcp->count, 0);
	/* Each halves the exponent; the list then holds a page, so no refill is needed at once. */
	put_page(node, pages[--n]);
	assert_int_equal(pcp->alloc_factor, 2);
	pages[n++] = alloc_pages(node, 0);
	pages[n++] = alloc_pages(node, 0);
	assert_int_equal(pcp->count, 4 * BATCH - 1);
	while (n)
		put_page(node, pages[--n]);
	assert_all_free(node);
}

static void the_high_mark_rises_with_a_run_of_allocations_to_its_limit(void **state)
{
	static struct page *pages[NR_PAGES];
	struct pglist_data *node = *state;
	struct per_cpu_pages *pcp = &node->zone.per_cpu[0];
	unsigned int visits = 0;
	int high, n = 0;

	zone_set_pageset_high(node, 8 * 2 * 1500, 2);
	assert_int_equal(pcp->high_max, 1500);
	assert_int_equal(pcp->high, pcp->high_min);
	high = pcp->high_min;
	while (n < 3000) {
		pages[n++] = alloc_pages(node, 0);
		if (zone_visits(node) == visits)
			assert_int_equal(pcp->high, high);
		else if (visits++ < 2) /* by what the refill would take */
			assert_int_equal(pcp->high, high + (BATCH << (visits - 1)));
		assert_in_range(pcp->high, high, 1500);
		high = pcp->high;
	}
	assert_int_equal(high, 1500);
	/* So much can be freed without a visit to the zone. */
	assert_true(pcp->count < 1500);
	visits = zone_visits(node);
	while (pcp->count < 1499) {
		put_page(node, pages[--n]);
		assert_int_equal(zone_visits(node), visits);
	}
	put_page(node, pages[--n]);
	assert_int_equal(zone_visits(node), visits + 1);
	while (n)
		put_page(node, pages[--n]);
	assert_all_free(node);
	/* Another victim begins as the first did. */
	zone_reset(node);
	assert_int_equal(pcp->high, pcp->high_min);
}

static void the_high_mark_rises_with_a_run_of_frees_too(void **state)
{
	static struct page *pages[NR_PAGES];
	struct pglist_data *node = *state;
	struct per_cpu_pages *pcp = &node->zone.per_cpu[0];
	int high;

	zone_set_pageset_high(node, 8 * 2 * 1500, 2);
	assert_true(alloc_page_array(node, 4000, pages));
	drain_all_pages(node);
	high = pcp->high = pcp->high_min;
	for (int i = 0; i < 4000; i++) {
		unsigned int visits = zone_visits(node);

		put_page(node, pages[i]);
		assert_in_range(pcp->high, high, 1500);
		/* The list is measured against the mark of before, and drained when it reaches it. */
		assert_true(pcp->count < high);
		if (zone_visits(node) == visits)
			assert_int_equal(pcp->high, high);
		high = pcp->high;
	}
	assert_int_equal(high, 1500);
	assert_all_free(node);
}

static void the_limits_follow_the_machine(void **state)
{
	struct pglist_data *node = *state;
	const struct per_cpu_pages *pcp = &node->zone.per_cpu[NR_CPUS - 1];

	/* An eighth of the memory, shared among the CPUs; the largest seen on Linux 6.18. */
	zone_set_pageset_high(node, 8ul * 2 * 151552, 2);
	assert_int_equal(pcp->high_max, 151552);
	/* 33 blocks of 512 pages, and a quarter more, shared likewise. */
	assert_int_equal(pcp->high_min, 33 * 512 / 4 * 5 / 2);
	zone_set_pageset_high(node, 8ul * 2 * 151552, 64);
	assert_int_equal(pcp->high_max, 151552 / 32);
	/* Never less than four batches, and no higher low limit than high limit. */
	zone_set_pageset_high(node, 1000, 64);
	assert_int_equal(pcp->high_min, 4 * BATCH);
	assert_int_equal(pcp->high_max, 4 * BATCH);
	for (unsigned long pages = 1; pages < 1ul << 45; pages = pages * 3 / 2 + 1) {
		zone_set_pageset_high(node, pages, 1);
		assert_in_range(pcp->high_min, 4 * BATCH, pcp->high_max);
		assert_int_equal(pcp->high, pcp->high_min);
	}
}

static void the_list_drains_at_its_high_mark_and_keeps_a_batch(void **state)
{
	enum { HIGH = 4 * BATCH, RUN = HIGH - BATCH, TOTAL = HIGH + 3 * RUN };
	struct pglist_data *node = *state;
	struct per_cpu_pages *pcp = &node->zone.per_cpu[0];
	struct page *pages[TOTAL];
	unsigned int visits;

	be_untuned(node);
	assert_int_equal(pcp->high, HIGH); /* the least there is */
	assert_int_equal(pcp->batch, BATCH);
	assert_true(alloc_page_array(node, TOTAL, pages));
	drain_all_pages(node);
	assert_int_equal(pcp->count, 0);
	visits = zone_visits(node);
	for (int i = 0; i < TOTAL; i++) {
		put_page(node, pages[i]);
		/* A long run of frees drains all but a batch at once. */
		assert_int_equal(zone_visits(node),
				 visits + (i + 1 < HIGH ? 0 : (i + 1 - BATCH) / RUN));
		assert_true(pcp->count < HIGH);
	}
	assert_int_equal(zone_visits(node), visits + 4);
	assert_int_equal(pcp->count, BATCH);
	assert_all_free(node);
}

static void allocating_between_frees_makes_drains_small(void **state)
{
	struct pglist_data *node = *state;
	struct per_cpu_pages *pcp = &node->zone.per_cpu[0];
	struct page *pages[4 * BATCH];

	be_untuned(node);
	assert_true(alloc_page_array(node, 4 * BATCH, pages));
	drain_all_pages(node);
	for (int i = 0; i < 4 * BATCH - 1; i++)
		put_page(node, pages[i]);
	for (int i = 0; i < 8; i++) /* forget the run */
		put_page(node, alloc_pages(node, 0));
	assert_int_equal(pcp->count, 4 * BATCH - 1);
	put_page(node, pages[4 * BATCH - 1]);
	assert_int_equal(pcp->count, 3 * BATCH);
	assert_all_free(node);
}

static void each_cpu_has_a_list_of_its_own(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 0);

	assert_int_equal(node->zone.per_cpu[0].count, BATCH - 1);
	this_task.cpu = NR_CPUS - 1;
	put_page(node, page);
	assert_int_equal(node->zone.per_cpu[0].count, BATCH - 1);
	assert_int_equal(node->zone.per_cpu[NR_CPUS - 1].count, 1);
	assert_ptr_equal(alloc_pages(node, 0), page); /* the warmest page */
	put_page(node, page);
	this_task.cpu = 0;
	assert_all_free(node);
}

static void a_bulk_is_all_or_nothing(void **state)
{
	struct pglist_data *node = *state;
	static struct page *pages[NR_PAGES + 1];
	struct page *one;

	assert_false(alloc_page_array(node, NR_PAGES + 1, pages));
	assert_all_free(node);
	one = alloc_pages(node, 0);
	assert_false(alloc_page_array(node, NR_PAGES, pages));
	put_page(node, one);
	assert_all_free(node);
	assert_true(alloc_page_array(node, NR_PAGES, pages));
	assert_null(alloc_pages(node, 0));
	for (unsigned long i = 0; i < NR_PAGES; i++) {
		assert_int_equal(pages[i]->_refcount, 1);
		put_page(node, pages[i]);
	}
	assert_all_free(node);
	assert_true(alloc_page_array(node, 0, pages));
}

static void a_page_is_freed_with_its_last_reference(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 0);

	folio_get(page_folio(page));
	this_task.freed = 0;
	put_page(node, page);
	assert_int_equal(this_task.freed, 0);
	assert_int_equal(page->_refcount, 1);
	put_page(node, page);
	assert_int_equal(this_task.freed, 1);
	assert_all_free(node);
}

static void after_a_reset_the_same_pages_come_in_the_same_order(void **state)
{
	struct pglist_data *node = *state;
	static struct page *first[1000], *second[1000];

	for (int i = 0; i < 1000; i++)
		first[i] = alloc_pages(node, i % 50 == 7 ? 2 : 0);
	for (int i = 0; i < 1000; i++)
		put_page(node, first[i * 7 % 1000]);
	pgdat_reset(node);
	for (int i = 0; i < 1000; i++)
		second[i] = alloc_pages(node, i % 50 == 7 ? 2 : 0);
	assert_memory_equal(first, second, sizeof(first));
	for (int i = 0; i < 1000; i++)
		put_page(node, second[i]);
	assert_all_free(node);
}

static void failed_allocations_come_back_as_null(void **state)
{
	struct pglist_data *node = *state, *other;
	struct page *pages[4];
	unsigned long n = 0;

	fault_arm(0);
	assert_null(alloc_pages(node, 0));
	assert_true(fault_disarm());
	fault_arm(0);
	assert_null(alloc_pages(node, 9));
	assert_true(fault_disarm());
	fault_arm(0);
	assert_false(alloc_page_array(node, 4, pages));
	assert_true(fault_disarm());
	assert_all_free(node);
	for (;; n++) {
		fault_arm(n);
		other = pgdat_create(LARGEST);
		if (!fault_disarm())
			break;
		assert_null(other);
	}
	assert_non_null(other);
	assert_true(n >= 3); /* itself, its struct pages, its memory */
	pgdat_destroy(other);
}

/* Each detector fires: one planted mistake each, on a node of its own. */

static void freeing_a_page_twice_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 0);
	struct folio *folio = page_folio(page);

	put_page(node, page);
	free_unref_folios(node, &folio, 1);
	assert_int_equal(node->bad_pages, 1);
	assert_check_finds(node, "1 freed in a bad state");
}

static void freeing_a_block_of_the_zone_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 4);
	struct folio *folio = page_folio(page);

	put_page(node, page);
	assert_true(page->flags & PG_BIT(PG_buddy));
	free_unref_folios(node, &folio, 1);
	assert_int_equal(node->bad_pages, 1);
	assert_check_finds(node, "1 freed in a bad state");
}

static void dropping_a_reference_too_many_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 0);

	put_page(node, page);
	put_page(node, page);
	assert_check_finds(node, "1 still referenced or mapped");
}

static void freeing_a_referenced_page_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folio = page_folio(alloc_pages(node, 0));

	free_unref_folios(node, &folio, 1);
	assert_int_equal(node->bad_pages, 1);
	assert_check_finds(node, "1 freed in a bad state");
}

static void freeing_a_mapped_page_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 0);

	folio_add_new_anon_rmap(node, page_folio(page));
	free_folio(node, page);
	assert_int_equal(node->bad_pages, 1);
	assert_check_finds(node, "1 freed in a bad state");
}

static void freeing_a_page_on_the_lru_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 0);

	folio_add_lru(node, page_folio(page));
	lru_add_drain_all(node);
	free_folio(node, page);
	assert_int_equal(node->bad_pages, 1);
	assert_check_finds(node, "1 freed in a bad state");
}

static void a_page_never_freed_is_found(void **state)
{
	struct pglist_data *node = *state;

	assert_non_null(alloc_pages(node, 0));
	assert_check_finds(node, "4095 of 4096 pages are free, 1 still referenced or mapped");
}

static void a_mapping_never_removed_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 0);

	folio_add_new_anon_rmap(node, page_folio(page));
	page->_mapcount = -1; /* not by the function that counts */
	put_page(node, page);
	assert_check_finds(node, "statistics still count 1 mapped anonymous pages");
}

static void an_lru_list_that_still_counts_is_found(void **state)
{
	struct pglist_data *node = *state;

	node->lruvec.nr[LRU_ACTIVE_FILE] = 1;
	assert_check_finds(node, "LRU list 3 still holds 1 pages");
}

static void a_block_lost_from_the_lists_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct free_area *area = &node->zone.free_area[MAX_PAGE_ORDER];

	cds_list_del(area->free_list.next);
	assert_check_finds(node, "1 blocks misplaced");
	area->nr_free--;
	assert_check_finds(node, "3072 of 4096 pages are free");
}

static void a_block_in_two_pieces_of_one_list_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = node->mem_map + 1; /* inside the first block, which is free */

	page->flags = PG_BIT(PG_buddy);
	cds_list_add(&page->lru, &node->zone.free_area[0].free_list);
	node->zone.free_area[0].nr_free++;
	assert_check_finds(node, "2 blocks misplaced");
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(a_node_is_whole_blocks_all_free),
		test(every_order_is_aligned_new_and_comes_back),
		test(an_empty_node_says_so_and_loses_nothing),
		test(buddies_join_only_when_both_are_free),
		test(the_zone_is_visited_once_per_batch),
		test(a_free_page_makes_the_next_refill_smaller),
		test(the_high_mark_rises_with_a_run_of_allocations_to_its_limit),
		test(the_high_mark_rises_with_a_run_of_frees_too),
		test(the_limits_follow_the_machine),
		test(the_list_drains_at_its_high_mark_and_keeps_a_batch),
		test(allocating_between_frees_makes_drains_small),
		test(each_cpu_has_a_list_of_its_own),
		test(a_bulk_is_all_or_nothing),
		test(a_page_is_freed_with_its_last_reference),
		test(after_a_reset_the_same_pages_come_in_the_same_order),
		test(failed_allocations_come_back_as_null),
		test(freeing_a_page_twice_is_found),
		test(freeing_a_block_of_the_zone_is_found),
		test(dropping_a_reference_too_many_is_found),
		test(freeing_a_referenced_page_is_found),
		test(freeing_a_mapped_page_is_found),
		test(freeing_a_page_on_the_lru_is_found),
		test(a_page_never_freed_is_found),
		test(a_mapping_never_removed_is_found),
		test(an_lru_list_that_still_counts_is_found),
		test(a_block_lost_from_the_lists_is_found),
		test(a_block_in_two_pieces_of_one_list_is_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
