// SPDX-License-Identifier: GPL-2.0-only
#include "rmap.h"

#include "measure/hooks.h"
#include "memcontrol.h"

static profiled void __folio_mod_stat(struct pglist_data *pgdat, const struct folio *folio, long nr)
{
	__lruvec_stat_mod_folio(pgdat, folio,
				folio_test(folio, PG_anon) ? NR_ANON_MAPPED : NR_FILE_MAPPED, nr);
}

void folio_add_new_anon_rmap(struct pglist_data *pgdat, struct folio *folio)
{
	__atomic_store_n(&folio->page.flags,
			 folio->page.flags | PG_BIT(PG_anon) | PG_BIT(PG_swapbacked) |
				 PG_BIT(PG_uptodate),
			 __ATOMIC_RELAXED);
	folio->page._mapcount = 0;
	__folio_mod_stat(pgdat, folio, (long)folio_nr_pages(folio));
}

void folio_add_file_rmap_pte(struct pglist_data *pgdat, struct folio *folio)
{
	if (__atomic_fetch_add(&folio->page._mapcount, 1, __ATOMIC_RELAXED) == -1)
		__folio_mod_stat(pgdat, folio, 1);
}

/* The statistics count folios with at least one mapping. */
static inline void remove_rmap(struct pglist_data *pgdat, struct folio *folio, long nr)
{
	if (__atomic_fetch_sub(&folio->page._mapcount, 1, __ATOMIC_RELAXED) == 0)
		__folio_mod_stat(pgdat, folio, -nr);
}

profiled void folio_remove_rmap_ptes(struct pglist_data *pgdat, struct folio *folio)
{
	remove_rmap(pgdat, folio, 1);
}

profiled void folio_remove_rmap_pmd(struct pglist_data *pgdat, struct folio *folio)
{
	remove_rmap(pgdat, folio, (long)folio_nr_pages(folio));
}
