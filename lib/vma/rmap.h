/* SPDX-License-Identifier: GPL-2.0-only */
/* Map counts: how many page-table entries map a folio, and the statistics that follow. */
#ifndef UMAPLE_RMAP_H
#define UMAPLE_RMAP_H

#include "mmzone.h"

/**
 * folio_add_new_anon_rmap() - The first mapping of a new anonymous folio.
 * @pgdat: its node.
 * @folio: not mapped, seen by nobody else.
 *
 * Context: Any thread with a CPU of its own.
 */
void folio_add_new_anon_rmap(struct pglist_data *pgdat, struct folio *folio);

/**
 * folio_dup_anon_rmap_pte() - One more PTE maps an anonymous folio: that of a child.
 * @folio: the folio, order 0, mapped already.
 *
 * Context: The ptl of a PTE that maps it held.
 */
static inline void folio_dup_anon_rmap_pte(struct folio *folio)
{
	__atomic_fetch_add(&folio->page._mapcount, 1, __ATOMIC_RELAXED);
}

/**
 * folio_add_file_rmap_pte() - One more PTE maps a page-cache folio.
 * @pgdat: its node.
 * @folio: the folio, order 0.
 *
 * Context: The ptl held, or no one else can reach the PTE.
 */
void folio_add_file_rmap_pte(struct pglist_data *pgdat, struct folio *folio);

/**
 * folio_remove_rmap_ptes() - One PTE less maps an order-0 folio.
 * @pgdat: its node.
 * @folio: the folio.
 *
 * Context: The ptl held.
 */
void folio_remove_rmap_ptes(struct pglist_data *pgdat, struct folio *folio);

/**
 * folio_remove_rmap_pmd() - One PMD entry less maps a huge folio.
 * @pgdat: its node.
 * @folio: the folio.
 *
 * Context: The PMD table's ptl held.
 */
void folio_remove_rmap_pmd(struct pglist_data *pgdat, struct folio *folio);

#endif
