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
