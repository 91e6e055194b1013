// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: each page is counted in the node, the zone and the cgroup as long as it is there, and
 * its charge is taken back in each level; what is left over is found by the final check. Wrong looks
 * like a counter that is off by what a CPU holds back, a level that was forgotten, or a planted leak
 * that passes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vma/lru.h"
#include "vma/memcontrol.h"
#include "vma/page_alloc.h"
#include "vma/pgdat.h"
#include "vma/rmap.h"
#include "vma/vmstat.h"

static int setup(void **state)
{
	memset(&this_task, 0, sizeof(this_task));
	*state = pgdat_create(4096);
	return *state ? 0 : -1;
}

/* Every test gives back what it took. */
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

/* For tests that leave something on purpose. */
static int discard(void **state)
{
	pgdat_destroy(*state);
	return 0;
}

static void assert_clean(struct pglist_data *node)
{
	char err[256] = "";

	if (!pgdat_check(node, err, sizeof(err)))
		fail_msg("%s", err);
}

/* The check must fail, and say why. */
static void assert_check_finds(struct pglist_data *node, const char *what)
{
	char err[256] = "";

	assert_false(pgdat_check(node, err, sizeof(err)));
	if (!strstr(err, what))
		fail_msg("the check says \"%s\", not \"%s\"", err, what);
}

/* The counters. */

static void a_cpu_holds_back_what_is_within_the_threshold(void **state)
{
	struct pglist_data *node = *state;

	for (int i = 1; i <= VMSTAT_THRESHOLD; i++) {
		__mod_node_page_state(node, NR_ANON_MAPPED, 1);
		__mod_zone_page_state(&node->zone, LRU_ACTIVE_FILE, -1);
	}
	assert_int_equal(node->vm_stat[NR_ANON_MAPPED], 0);
	assert_int_equal(node->zone.vm_stat[LRU_ACTIVE_FILE], 0);
	assert_int_equal(node_page_state(node, NR_ANON_MAPPED), VMSTAT_THRESHOLD);
	__mod_node_page_state(node, NR_ANON_MAPPED, 1);
	__mod_zone_page_state(&node->zone, LRU_ACTIVE_FILE, -1);
	assert_int_equal(node->vm_stat[NR_ANON_MAPPED], VMSTAT_THRESHOLD + 1);
	assert_int_equal(node->zone.vm_stat[LRU_ACTIVE_FILE], -VMSTAT_THRESHOLD - 1);
	__mod_node_page_state(node, NR_ANON_MAPPED, -VMSTAT_THRESHOLD - 1);
	__mod_zone_page_state(&node->zone, LRU_ACTIVE_FILE, VMSTAT_THRESHOLD + 1);
	assert_int_equal(node_page_state(node, NR_ANON_MAPPED), 0);
	assert_int_equal(zone_lru_state(&node->zone, LRU_ACTIVE_FILE), 0);
}

static void no_change_is_lost_whatever_its_size_and_cpu(void **state)
{
	struct pglist_data *node = *state;
	uint64_t rng = 88172645463325252ull;
	long sum = 0;

	for (int i = 0; i < 100000; i++) {
		long delta;

		rng ^= rng << 13;
		rng ^= rng >> 7;
		rng ^= rng << 17;
		/* From single pages to huge ones, for which a byte has no room. */
		delta = (rng & 1 ? 1 : -1) * (long)(rng >> 8) % (rng & 2 ? 4 : 600);
		this_task.cpu = (unsigned int)(rng >> 40) % NR_CPUS;
		__mod_node_page_state(node, NR_FILE_MAPPED, delta);
		__mod_zone_page_state(&node->zone, LRU_INACTIVE_ANON, delta);
		sum += delta;
		assert_int_equal(node_page_state(node, NR_FILE_MAPPED), sum);
		assert_int_equal(zone_lru_state(&node->zone, LRU_INACTIVE_ANON), sum);
	}
	assert_true(node->vm_stat[NR_FILE_MAPPED] != 0);
	__mod_node_page_state(node, NR_FILE_MAPPED, -sum);
	__mod_zone_page_state(&node->zone, LRU_INACTIVE_ANON, -sum);
}

/* The cgroup's count of an item, in its level and in its node. */
static long memcg_state(const struct mem_cgroup *memcg, enum node_stat_item item)
{
	long state = 0, lruvec = 0;

	for (int cpu = 0; cpu < NR_CPUS; cpu++) {
		state += memcg->percpu[cpu].state[item];
		lruvec += memcg->percpu[cpu].lruvec[item];
	}
	assert_int_equal(state, lruvec);
	return state;
}

static long memcg_refs(const struct mem_cgroup *memcg)
{
	long refs = 0;

	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		refs += memcg->percpu[cpu].refs;
	return refs;
}

static struct folio *charged_folio(struct pglist_data *node, unsigned int order, bool anon)
{
	struct page *page = alloc_pages(node, order);

	assert_non_null(page);
	mem_cgroup_charge(node->memcg, page_folio(page));
	if (anon)
		folio_add_new_anon_rmap(node, page_folio(page));
	else
		folio_add_file_rmap_pte(node, page_folio(page));
	folio_add_lru(node, page_folio(page));
	return page_folio(page);
}

/* As unmapping does it. */
static void drop_folio(struct pglist_data *node, struct folio *folio)
{
	struct folio_batch batch = {.nr = 0};

	if (folio_order(folio))
		folio_remove_rmap_pmd(node, folio);
	else
		folio_remove_rmap_ptes(node, folio);
	folio_batch_add(&batch, folio);
	folios_put_refs(node, &batch);
}

static void assert_counted(struct pglist_data *node, enum node_stat_item item, long pages)
{
	assert_int_equal(node_page_state(node, item), pages);
	assert_int_equal(memcg_state(node->memcg, item), pages);
	if ((int)item < NR_LRU_LISTS)
		assert_int_equal(zone_lru_state(&node->zone, (enum lru_list)item), pages);
}

static void a_page_is_counted_where_it_is(void **state)
{
	struct pglist_data *node = *state;
	struct folio *anon = charged_folio(node, 0, true);
	struct folio *huge = charged_folio(node, HPAGE_PMD_ORDER, true);
	struct folio *file = charged_folio(node, 0, false);

	assert_counted(node, NR_ANON_MAPPED, 1 + HPAGE_PMD_NR);
	assert_counted(node, NR_FILE_MAPPED, 1);
	assert_counted(node, NR_LRU_BASE + LRU_INACTIVE_ANON, 0);
	lru_add_drain(node);
	assert_counted(node, NR_LRU_BASE + LRU_INACTIVE_ANON, 1 + HPAGE_PMD_NR);
	assert_counted(node, NR_LRU_BASE + LRU_INACTIVE_FILE, 1);
	folio_mark_accessed(node, file);
	folio_mark_accessed(node, file);
	lru_add_drain(node);
	assert_counted(node, NR_LRU_BASE + LRU_INACTIVE_FILE, 0);
	assert_counted(node, NR_LRU_BASE + LRU_ACTIVE_FILE, 1);
	drop_folio(node, huge);
	assert_counted(node, NR_ANON_MAPPED, 1);
	assert_counted(node, NR_LRU_BASE + LRU_INACTIVE_ANON, 1);
	drop_folio(node, anon);
	drop_folio(node, file);
	for (int item = 0; item < NR_VM_NODE_STAT_ITEMS; item++)
		assert_counted(node, (enum node_stat_item)item, 0);
}

/* Pages are freed by other CPUs than those that brought them. */
static void it_does_not_matter_which_cpu_takes_it_away(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folios[200];

	for (int i = 0; i < 200; i++)
		folios[i] = charged_folio(node, 0, i % 3);
	lru_add_drain(node);
	for (int i = 0; i < 200; i++) {
		this_task.cpu = 1 + (unsigned int)i % (NR_CPUS - 1);
		drop_folio(node, folios[i]);
	}
	this_task.cpu = 0;
	assert_clean(node);
}

/* The cgroup. */

static void a_charge_counts_in_every_level(void **state)
{
	struct pglist_data *node = *state;
	struct folio *small = charged_folio(node, 0, true);
	struct folio *huge = charged_folio(node, HPAGE_PMD_ORDER, true);
	const struct mem_cgroup *memcg;
	int levels = 0;

	assert_ptr_equal(small->page.memcg_data, node->memcg);
	for (memcg = node->memcg; memcg; memcg = memcg->parent, levels++)
		assert_int_equal(memcg->memory.usage, 1 + HPAGE_PMD_NR);
	assert_int_equal(levels, MEMCG_LEVELS);
	assert_int_equal(memcg_refs(node->memcg), 2); /* one for each folio */
	lru_add_drain(node);
	drop_folio(node, huge);
	assert_int_equal(node->memcg->memory.usage, 1);
	drop_folio(node, small);
	for (memcg = node->memcg; memcg; memcg = memcg->parent)
		assert_int_equal(memcg->memory.usage, 0);
	assert_int_equal(memcg_refs(node->memcg), 0);
}

static void a_batch_with_and_without_charges_is_taken_apart(void **state)
{
	struct pglist_data *node = *state;
	struct mem_cgroup *other = mem_cgroup_create();
	struct folio *folios[5];
	char err[128];

	assert_non_null(other);
	for (int i = 0; i < 5; i++) {
		struct page *page = alloc_pages(node, i == 2 ? 3 : 0);

		assert_non_null(page);
		folios[i] = page_folio(page);
		if (i != 1)
			mem_cgroup_charge(i == 3 ? other : node->memcg, folios[i]);
	}
	assert_int_equal(node->memcg->memory.usage, 1 + 8 + 1);
	assert_int_equal(other->memory.usage, 1);
	mem_cgroup_uncharge_folios(folios, 5);
	assert_true(mem_cgroup_check(other, err, sizeof(err)));
	for (int i = 0; i < 5; i++) {
		assert_null(folios[i]->page.memcg_data);
		put_page(node, &folios[i]->page);
	}
	mem_cgroup_destroy(other);
}

static void the_pages_of_a_split_folio_are_charged_one_by_one(void **state)
{
	struct pglist_data *node = *state;
	struct page *page = alloc_pages(node, 3);
	struct folio *folios[8];

	assert_non_null(page);
	mem_cgroup_charge(node->memcg, page_folio(page));
	page->order = 0;
	page->flags = 0;
	for (int i = 0; i < 8; i++) {
		folios[i] = page_folio(page + i);
		page[i]._refcount = 1;
		page[i]._mapcount = -1;
	}
	mem_cgroup_split(folios[0], 8);
	assert_int_equal(memcg_refs(node->memcg), 8);
	assert_int_equal(node->memcg->memory.usage, 8);
	for (int i = 0; i < 8; i++) {
		mem_cgroup_uncharge_folios(&folios[i], 1);
		assert_int_equal(node->memcg->memory.usage, 7 - i);
		put_page(node, page + i);
	}
}

static void swap_is_charged_in_every_level(void **state)
{
	struct pglist_data *node = *state;

	mem_cgroup_charge_swap(node->memcg, 512);
	for (struct mem_cgroup *memcg = node->memcg; memcg; memcg = memcg->parent) {
		assert_int_equal(memcg->swap.usage, 512);
		assert_int_equal(memcg->memory.usage, 0);
	}
	assert_check_finds(node, "512 swap slots");
	mem_cgroup_charge_swap(node->memcg, -500);
	this_task.cpu = 3;
	mem_cgroup_charge_swap(node->memcg, -12);
}

/* How old the sums of each level are: told once in 64 changes, until they are old anyway. */
static void sums_grow_old_in_steps_and_only_so_far(void **state)
{
	struct pglist_data *node = *state;
	struct mem_cgroup *parent = node->memcg->parent;

	for (int i = 1; i <= 63; i++)
		__mod_lruvec_state(node, node->memcg, NR_ANON_MAPPED, i % 2 ? 1 : -1);
	assert_int_equal(node->memcg->stats_updates, 0);
	__mod_lruvec_state(node, node->memcg, NR_ANON_MAPPED, -1);
	assert_int_equal(node->memcg->stats_updates, 64);
	assert_int_equal(parent->stats_updates, 64);
	for (int i = 0; i < 10000; i++)
		__mod_lruvec_state(node, node->memcg, NR_ANON_MAPPED, i % 2 ? 1 : -1);
	assert_int_equal(node->memcg->stats_updates, 192); /* the first above twice 64 */
	assert_int_equal(parent->stats_updates, 192);
	mem_cgroup_reset(node->memcg);
	for (struct mem_cgroup *memcg = node->memcg; memcg; memcg = memcg->parent) {
		assert_int_equal(memcg->stats_updates, 0);
		assert_int_equal(memcg->percpu[0].stats_updates, 0);
	}
}

static void a_cgroup_is_made_whole_or_not_at_all(void **state)
{
	struct mem_cgroup *memcg = NULL;
	unsigned long n = 0;

	for (;; n++) {
		fault_arm(n);
		memcg = mem_cgroup_create();
		if (!fault_disarm())
			break;
		assert_null(memcg);
	}
	assert_non_null(memcg);
	assert_int_equal(n, MEMCG_LEVELS);
	mem_cgroup_destroy(memcg);
	mem_cgroup_destroy(NULL);
}

/* Each detector fires: one planted mistake each, on a node of its own. */

static void a_charge_left_in_any_level_is_found(void **state)
{
	struct pglist_data *node = *state;
	int level = MEMCG_LEVELS - 1;

	for (struct mem_cgroup *memcg = node->memcg; memcg; memcg = memcg->parent, level--) {
		char what[64];

		snprintf(what, sizeof(what), "cgroup level %d is still charged for 1 pages", level);
		memcg->memory.usage++;
		assert_check_finds(node, what);
		memcg->memory.usage--;
		memcg->swap.usage++;
		assert_check_finds(node, "0 pages and 1 swap slots");
		memcg->swap.usage--;
		memcg->percpu[NR_CPUS - 1].refs++;
		assert_check_finds(node, "or counts some");
		memcg->percpu[NR_CPUS - 1].refs--;
		for (int item = 0; item < MEMCG_NR_STAT; item++) {
			memcg->percpu[1].state[item]--;
			assert_check_finds(node, "or counts some");
			memcg->percpu[1].state[item]++;
		}
		for (int item = 0; item < NR_VM_NODE_STAT_ITEMS; item++) {
			memcg->percpu[1].lruvec[item]--;
			assert_check_finds(node, "or counts some");
			memcg->percpu[1].lruvec[item]++;
		}
		assert_clean(node);
	}
}

/* Two counters that are off in opposite ways are two mistakes. */
static void mistakes_that_cancel_out_are_found(void **state)
{
	struct pglist_data *node = *state;
	struct memcg_vmstats_percpu *statc = &node->memcg->percpu[0];

	statc->state[NR_ANON_MAPPED]++;
	statc->state[NR_FILE_MAPPED]--;
	assert_check_finds(node, "or counts some");
	statc->state[NR_ANON_MAPPED]--;
	statc->state[NR_FILE_MAPPED]++;
	node->vm_stat[NR_ANON_MAPPED]++;
	node->vm_stat[NR_FILE_MAPPED]--;
	assert_check_finds(node, "1 mapped anonymous pages in the node");
	/* But one CPU may hold back what another has taken away. */
	node->vm_stat[NR_FILE_MAPPED]++;
	node->nodestat[7].vm_node_stat_diff[NR_ANON_MAPPED] = -1;
	assert_clean(node);
}

static void a_page_freed_with_its_charge_is_found(void **state)
{
	struct pglist_data *node = *state;
	struct folio *folio = page_folio(alloc_pages(node, 0));

	mem_cgroup_charge(node->memcg, folio);
	folio->page._refcount = 0;
	free_unref_folios(node, &folio, 1);
	assert_int_equal(node->bad_pages, 1);
	assert_check_finds(node, "1 freed in a bad state");
}

static void a_counter_of_the_node_or_the_zone_is_found(void **state)
{
	static const char *const names[] = {"inactive anonymous", "active anonymous",
					    "inactive file",	  "active file",
					    "mapped anonymous",	  "mapped file"};
	struct pglist_data *node = *state;
	char what[128];

	for (int item = 0; item < NR_VM_NODE_STAT_ITEMS; item++) {
		snprintf(what, sizeof(what), "statistics still count 1 %s pages in the node",
			 names[item]);
		this_task.cpu = 5;
		__mod_node_page_state(node, (enum node_stat_item)item, 1);
		assert_check_finds(node, what);
		this_task.cpu = 6;
		__mod_node_page_state(node, (enum node_stat_item)item, -1);
		assert_clean(node);
	}
	for (int lru = 0; lru < NR_LRU_LISTS; lru++) {
		snprintf(what, sizeof(what),
			 "statistics still count 0 %s pages in the node, -1 in the zone",
			 names[lru]);
		__mod_zone_page_state(&node->zone, (enum lru_list)lru, -1);
		assert_check_finds(node, what);
		__mod_zone_page_state(&node->zone, (enum lru_list)lru, 1);
		assert_clean(node);
	}
}

int main(void)
{
#define test(fn)    cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define planted(fn) cmocka_unit_test_setup_teardown(fn, setup, discard)
	const struct CMUnitTest tests[] = {
		test(a_cpu_holds_back_what_is_within_the_threshold),
		test(no_change_is_lost_whatever_its_size_and_cpu),
		test(a_page_is_counted_where_it_is),
		test(it_does_not_matter_which_cpu_takes_it_away),
		test(a_charge_counts_in_every_level),
		test(a_batch_with_and_without_charges_is_taken_apart),
		test(the_pages_of_a_split_folio_are_charged_one_by_one),
		test(swap_is_charged_in_every_level),
		test(sums_grow_old_in_steps_and_only_so_far),
		test(a_cgroup_is_made_whole_or_not_at_all),
		planted(a_charge_left_in_any_level_is_found),
		planted(mistakes_that_cancel_out_are_found),
		planted(a_page_freed_with_its_charge_is_found),
		planted(a_counter_of_the_node_or_the_zone_is_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
