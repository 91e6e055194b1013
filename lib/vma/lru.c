// SPDX-License-Identifier: GPL-2.0-only
#include "lru.h"

#include <stdio.h>

#include "list.h"
#include "measure/hooks.h"
#include "memcontrol.h"
#include "page_alloc.h"
#include "vmstat.h"

void lruvec_init(struct lruvec *lruvec)
{
	stat_lock_init(&lruvec->lru_lock, LOCK_LRUVEC);
	for (int i = 0; i < NR_LRU_LISTS; i++)
		CDS_INIT_LIST_HEAD(&lruvec->lists[i]);
}

bool lruvec_check(struct lruvec *lruvec, char *err, size_t errlen)
{
	for (int lru = 0; lru < NR_LRU_LISTS; lru++) {
		if (lruvec->nr[lru] || !cds_list_empty(&lruvec->lists[lru])) {
			snprintf(err, errlen, "LRU list %d still holds %ld pages", lru,
				 lruvec->nr[lru]);
			return false;
		}
	}
	return true;
}

static enum lru_list folio_lru_list(const struct folio *folio)
{
	int lru = folio_test(folio, PG_swapbacked) ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE;

	return (enum lru_list)(lru + folio_test(folio, PG_active));
}

/* The lruvec lock held: these and all that call them. */
static profiled void mem_cgroup_update_lru_size(struct lruvec *lruvec, enum lru_list lru, long nr)
{
	profiled_leaf();
	lruvec->nr[lru] += nr;
}

static void update_lru_size(struct pglist_data *pgdat, const struct folio *folio, enum lru_list lru,
			    long nr)
{
	__mod_lruvec_state(pgdat, folio->page.memcg_data, NR_LRU_BASE + lru, nr);
	__mod_zone_page_state(&pgdat->zone, lru, nr);
	mem_cgroup_update_lru_size(&pgdat->lruvec, lru, nr);
}

static void list_add_folio(struct pglist_data *pgdat, struct folio *folio)
{
	enum lru_list lru = folio_lru_list(folio);

	folio_set_flag(folio, PG_lru);
	update_lru_size(pgdat, folio, lru, (long)folio_nr_pages(folio));
	list_add(&folio->page.lru, &pgdat->lruvec.lists[lru]);
}

static void list_del_folio(struct pglist_data *pgdat, struct folio *folio)
{
	update_lru_size(pgdat, folio, folio_lru_list(folio), -(long)folio_nr_pages(folio));
	list_del(&folio->page.lru);
}

/* Nobody else has the folio any more, so its flags need no atomic operation. */
static void __folio_clear_lru_flags(struct folio *folio)
{
	__atomic_store_n(&folio->page.flags,
			 folio->page.flags & ~(PG_BIT(PG_lru) | PG_BIT(PG_active)),
			 __ATOMIC_RELAXED);
}

static void lru_activate(struct pglist_data *pgdat, struct folio *folio)
{
	if (!folio_test(folio, PG_lru) || folio_test(folio, PG_active))
		return;
	list_del_folio(pgdat, folio);
	folio_set_flag(folio, PG_active);
	list_add_folio(pgdat, folio);
}

typedef void (*move_fn)(struct pglist_data *pgdat, struct folio *folio);

static void folio_batch_move_lru(struct pglist_data *pgdat, struct folio_batch *batch, move_fn move)
{
	struct lruvec *lruvec = &pgdat->lruvec;

	stat_lock(&lruvec->lru_lock);
	for (unsigned int i = 0; i < batch->nr; i++)
		move(pgdat, batch->folios[i]);
	stat_unlock(&lruvec->lru_lock);
	folios_put_refs(pgdat, batch);
}

static void folio_batch_add_and_move(struct pglist_data *pgdat, struct folio_batch *batch,
				     struct folio *folio, move_fn move)
{
	folio_get(folio);
	if (!folio_batch_add(batch, folio))
		folio_batch_move_lru(pgdat, batch, move);
}

static struct cpu_fbatches *this_fbatches(struct pglist_data *pgdat)
{
	return &pgdat->lruvec.cpu[smp_processor_id()];
}

void folio_add_lru(struct pglist_data *pgdat, struct folio *folio)
{
	folio_batch_add_and_move(pgdat, &this_fbatches(pgdat)->lru_add, folio, list_add_folio);
}

profiled void folio_mark_accessed(struct pglist_data *pgdat, struct folio *folio)
{
	if (!folio_test(folio, PG_referenced)) {
		folio_set_flag(folio, PG_referenced);
	} else if (!folio_test(folio, PG_active)) {
		folio_clear_flag(folio, PG_referenced);
		folio_batch_add_and_move(pgdat, &this_fbatches(pgdat)->lru_activate, folio,
					 lru_activate);
	}
}

static void drain_cpu(struct pglist_data *pgdat, struct cpu_fbatches *fbatches)
{
	if (fbatches->lru_add.nr)
		folio_batch_move_lru(pgdat, &fbatches->lru_add, list_add_folio);
	if (fbatches->lru_activate.nr)
		folio_batch_move_lru(pgdat, &fbatches->lru_activate, lru_activate);
}

void lru_add_drain(struct pglist_data *pgdat)
{
	drain_cpu(pgdat, this_fbatches(pgdat));
}

void lru_add_drain_all(struct pglist_data *pgdat)
{
	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		drain_cpu(pgdat, &pgdat->lruvec.cpu[cpu]);
}

void lru_remove_folio(struct pglist_data *pgdat, struct folio *folio)
{
	struct lruvec *lruvec = &pgdat->lruvec;

	stat_lock(&lruvec->lru_lock);
	list_del_folio(pgdat, folio);
	folio_clear_flag(folio, PG_lru);
	stat_unlock(&lruvec->lru_lock);
}

profiled void folios_put_refs(struct pglist_data *pgdat, struct folio_batch *batch)
{
	struct lruvec *lruvec = &pgdat->lruvec;
	unsigned int nr_free = 0;
	bool locked = false;

	for (unsigned int i = 0; i < batch->nr; i++) {
		struct folio *folio = batch->folios[i];

		if (!folio_ref_sub_and_test(folio, 1))
			continue;
		/* The last reference is gone, so nobody else can change PG_lru. */
		if (folio_test(folio, PG_lru)) {
			if (!locked) {
				stat_lock(&lruvec->lru_lock);
				locked = true;
			}
			list_del_folio(pgdat, folio);
			__folio_clear_lru_flags(folio);
		}
		batch->folios[nr_free++] = folio;
	}
	if (locked)
		stat_unlock(&lruvec->lru_lock);
	batch->nr = 0;
	if (nr_free) {
		mem_cgroup_uncharge_folios(batch->folios, nr_free);
		free_unref_folios(pgdat, batch->folios, nr_free);
	}
}
