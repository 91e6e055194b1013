// SPDX-License-Identifier: GPL-2.0-only
#include "lru.h"

#include <stdio.h>

#include "measure/hooks.h"
#include "page_alloc.h"

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

/* Both under the lruvec lock. */
static void list_add_folio(struct lruvec *lruvec, struct folio *folio)
{
	enum lru_list lru = folio_lru_list(folio);

	folio_set_flag(folio, PG_lru);
	cds_list_add(&folio->page.lru, &lruvec->lists[lru]);
	lruvec->nr[lru] += (long)folio_nr_pages(folio);
}

static void list_del_folio(struct lruvec *lruvec, struct folio *folio)
{
	lruvec->nr[folio_lru_list(folio)] -= (long)folio_nr_pages(folio);
	cds_list_del(&folio->page.lru);
	folio_clear_flag(folio, PG_lru);
}

static void lru_activate(struct lruvec *lruvec, struct folio *folio)
{
	if (!folio_test(folio, PG_lru) || folio_test(folio, PG_active))
		return;
	list_del_folio(lruvec, folio);
	folio_set_flag(folio, PG_active);
	list_add_folio(lruvec, folio);
}

typedef void (*move_fn)(struct lruvec *lruvec, struct folio *folio);

static void folio_batch_move_lru(struct pglist_data *pgdat, struct folio_batch *batch, move_fn move)
{
	struct lruvec *lruvec = &pgdat->lruvec;

	stat_lock(&lruvec->lru_lock);
	for (unsigned int i = 0; i < batch->nr; i++)
		move(lruvec, batch->folios[i]);
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
	list_del_folio(lruvec, folio);
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
			list_del_folio(lruvec, folio);
		}
		batch->folios[nr_free++] = folio;
	}
	if (locked)
		stat_unlock(&lruvec->lru_lock);
	batch->nr = 0;
	if (nr_free)
		free_unref_folios(pgdat, batch->folios, nr_free);
}
