// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: folios reach the LRU lists and leave them in batches, one hold of the lruvec
 * lock each; uses make a folio referenced and then active. Wrong looks like a lock per folio, a
 * folio on no list or on the wrong one, or a reference that a batch keeps.
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

#define visits(node) ((node)->lruvec.lru_lock.acquired[ROLE_EXIT])

static int setup(void **state)
{
	memset(&this_task, 0, sizeof(this_task));
	this_task.timing = LOCK_TIMING_WAIT;
	*state = pgdat_create(2048);
	return *state ? 0 : -1;
}

/* Every test gives back what it took; this says whether it did. */
static int teardown(void **state)
{
	char err[256] = "";
	bool ok;

	this_task.cpu = 0;
	lru_add_drain_all(*state);
	ok = pgdat_check(*state, err, sizeof(err));
	if (!ok)
		print_error("%s\n", err);
	pgdat_destroy(*state);
	return ok ? 0 : -1;
}

static struct folio *new_folio(struct pglist_data *node, unsigned int order, bool anon)
{
	struct page *page = alloc_pages(node, order);

	assert_non_null(page);
	if (anon)
		folio_set_flag(page_folio(page), PG_swapbacked);
	return page_folio(page);
}

static void put_all(struct pglist_data *node, struct folio **folios, int n)
{
	struct folio_batch batch = {.nr = 0};

	for (int i = 0; i < n; i++) {
		if (!folio_batch_add(&batch, folios[i]))
			folios_put_refs(node, &batch);
	}
	folios_put_refs(node, &batch);
	assert_int_equal(batch.nr, 0);
}

static void adding_takes_the_lock_once_per_batch(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folios[2 * PAGEVEC_SIZE];

	for (int i = 0; i < 2 * PAGEVEC_SIZE; i++) {
		folios[i] = new_folio(node, 0, true);
		folio_add_lru(node, folios[i]);
		assert_int_equal(visits(node), (i + 1) / PAGEVEC_SIZE);
		assert_int_equal(node->lruvec.nr[LRU_INACTIVE_ANON],
				 (i + 1) / PAGEVEC_SIZE * PAGEVEC_SIZE);
	}
	for (int i = 0; i < 2 * PAGEVEC_SIZE; i++) {
		assert_true(folio_test(folios[i], PG_lru));
		assert_int_equal(folios[i]->page._refcount, 1); /* the batch's is gone */
	}
	put_all(node, folios, 2 * PAGEVEC_SIZE);
}

static void a_waiting_folio_is_referenced_and_on_no_list(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folio = new_folio(node, 0, true);

	folio_add_lru(node, folio);
	assert_int_equal(folio->page._refcount, 2);
	assert_false(folio_test(folio, PG_lru));
	lru_add_drain(node);
	assert_int_equal(folio->page._refcount, 1);
	assert_true(folio_test(folio, PG_lru));
	lru_add_drain(node); /* nothing there: no lock either */
	assert_int_equal(visits(node), 1);
	put_all(node, &folio, 1);
}

static void a_folio_dropped_while_it_waits_is_freed_by_the_drain(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folio = new_folio(node, 0, true);

	folio_add_lru(node, folio);
	put_all(node, &folio, 1);
	assert_int_equal(folio->page._refcount, 1);
	this_task.freed = 0;
	lru_add_drain(node);
	assert_int_equal(this_task.freed, 1);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_ANON], 0);
}

static void a_batch_leaves_in_one_hold_of_the_lock(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folios[PAGEVEC_SIZE];
	unsigned int before;

	for (int i = 0; i < PAGEVEC_SIZE; i++) {
		folios[i] = new_folio(node, 0, true);
		folio_add_lru(node, folios[i]);
	}
	before = visits(node);
	this_task.freed = 0;
	put_all(node, folios, PAGEVEC_SIZE);
	assert_int_equal(visits(node), before + 1);
	assert_int_equal(this_task.freed, PAGEVEC_SIZE);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_ANON], 0);
	assert_true(cds_list_empty(&node->lruvec.lists[LRU_INACTIVE_ANON]));
}

static void folios_on_no_list_are_freed_without_the_lock(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folios[PAGEVEC_SIZE];

	for (int i = 0; i < PAGEVEC_SIZE; i++)
		folios[i] = new_folio(node, 0, true);
	this_task.freed = 0;
	put_all(node, folios, PAGEVEC_SIZE);
	assert_int_equal(visits(node), 0);
	assert_int_equal(this_task.freed, PAGEVEC_SIZE);
}

static void a_folio_others_still_hold_stays_where_it_is(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folios[3];

	for (int i = 0; i < 3; i++) {
		folios[i] = new_folio(node, 0, true);
		folio_add_lru(node, folios[i]);
	}
	lru_add_drain(node);
	folio_get(folios[1]);
	this_task.freed = 0;
	put_all(node, folios, 3);
	assert_int_equal(this_task.freed, 2);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_ANON], 1);
	assert_true(folio_test(folios[1], PG_lru));
	put_all(node, &folios[1], 1);
	assert_int_equal(this_task.freed, 3);
}

static void kinds_and_sizes_are_counted_apart(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folios[] = {new_folio(node, 0, true), new_folio(node, HPAGE_PMD_ORDER, true),
				  new_folio(node, 0, false)};

	for (int i = 0; i < 3; i++)
		folio_add_lru(node, folios[i]);
	lru_add_drain(node);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_ANON], 1 + HPAGE_PMD_NR);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_FILE], 1);
	lru_remove_folio(node, folios[1]);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_ANON], 1);
	assert_false(folio_test(folios[1], PG_lru));
	put_all(node, folios, 3);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_ANON], 0);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_FILE], 0);
}

static void the_first_use_marks_and_the_second_activates(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folio = new_folio(node, 0, false);

	folio_add_lru(node, folio);
	lru_add_drain(node);
	folio_mark_accessed(node, folio);
	assert_true(folio_test(folio, PG_referenced));
	assert_false(folio_test(folio, PG_active));
	assert_int_equal(node->lruvec.cpu[0].lru_activate.nr, 0);

	folio_mark_accessed(node, folio);
	assert_false(folio_test(folio, PG_referenced));
	assert_int_equal(node->lruvec.cpu[0].lru_activate.nr, 1);
	assert_int_equal(folio->page._refcount, 2);
	lru_add_drain(node);
	assert_true(folio_test(folio, PG_active));
	assert_int_equal(folio->page._refcount, 1);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_FILE], 0);
	assert_int_equal(node->lruvec.nr[LRU_ACTIVE_FILE], 1);

	/* Active, it is only marked again, however often. */
	folio_mark_accessed(node, folio);
	folio_mark_accessed(node, folio);
	assert_true(folio_test(folio, PG_referenced));
	assert_int_equal(node->lruvec.cpu[0].lru_activate.nr, 0);
	put_all(node, &folio, 1);
	assert_int_equal(node->lruvec.nr[LRU_ACTIVE_FILE], 0);
}

static void activating_takes_the_lock_once_per_batch(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folios[PAGEVEC_SIZE];
	unsigned int before;

	for (int i = 0; i < PAGEVEC_SIZE; i++) {
		folios[i] = new_folio(node, 0, false);
		folio_add_lru(node, folios[i]);
	}
	before = visits(node);
	for (int i = 0; i < PAGEVEC_SIZE; i++) {
		folio_mark_accessed(node, folios[i]);
		folio_mark_accessed(node, folios[i]);
		assert_int_equal(visits(node), before + (i == PAGEVEC_SIZE - 1));
	}
	assert_int_equal(node->lruvec.nr[LRU_ACTIVE_FILE], PAGEVEC_SIZE);
	put_all(node, folios, PAGEVEC_SIZE);
}

static void two_cpus_may_activate_the_same_folio(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folio = new_folio(node, 0, false);

	folio_add_lru(node, folio);
	lru_add_drain(node);
	for (this_task.cpu = 0; this_task.cpu < 2; this_task.cpu++) {
		folio_mark_accessed(node, folio);
		folio_mark_accessed(node, folio);
	}
	this_task.cpu = 0;
	assert_int_equal(folio->page._refcount, 3);
	lru_add_drain_all(node);
	assert_int_equal(node->lruvec.nr[LRU_INACTIVE_FILE], 0);
	assert_int_equal(node->lruvec.nr[LRU_ACTIVE_FILE], 1);
	assert_int_equal(folio->page._refcount, 1);
	put_all(node, &folio, 1);
}

static void a_cpu_drains_its_own_batch_only(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folio = new_folio(node, 0, true);

	this_task.cpu = 5;
	folio_add_lru(node, folio);
	this_task.cpu = 0;
	lru_add_drain(node);
	assert_false(folio_test(folio, PG_lru));
	lru_add_drain_all(node);
	assert_true(folio_test(folio, PG_lru));
	put_all(node, &folio, 1);
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(adding_takes_the_lock_once_per_batch),
		test(a_waiting_folio_is_referenced_and_on_no_list),
		test(a_folio_dropped_while_it_waits_is_freed_by_the_drain),
		test(a_batch_leaves_in_one_hold_of_the_lock),
		test(folios_on_no_list_are_freed_without_the_lock),
		test(a_folio_others_still_hold_stays_where_it_is),
		test(kinds_and_sizes_are_counted_apart),
		test(the_first_use_marks_and_the_second_activates),
		test(activating_takes_the_lock_once_per_batch),
		test(two_cpus_may_activate_the_same_folio),
		test(a_cpu_drains_its_own_batch_only),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
