/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LRU lists of a node. Folios enter through per-CPU batches and leave in the batches in which
 * they are freed, so that one hold of the lruvec lock serves up to 31 folios.
 */
#ifndef UMAPLE_LRU_H
#define UMAPLE_LRU_H

#include "mmzone.h"

/**
 * lruvec_init() - Make empty lists.
 * @lruvec: the node's lists.
 *
 * Context: No one else uses them.
 */
void lruvec_init(struct lruvec *lruvec);

/**
 * lruvec_check() - Are all lists empty?
 * @lruvec: the node's lists.
 * @err: filled with one line if not.
 * @errlen: its size in bytes.
 *
 * Context: No one else uses them.
 * Return: true if they are.
 */
bool lruvec_check(struct lruvec *lruvec, char *err, size_t errlen);

/**
 * folio_add_lru() - Put a new folio on its LRU list, some time soon.
 * @pgdat: its node.
 * @folio: the folio; anonymous if PG_swapbacked is set. The batch holds a reference meanwhile.
 *
 * Context: Takes the lruvec lock once per PAGEVEC_SIZE calls.
 */
void folio_add_lru(struct pglist_data *pgdat, struct folio *folio);

/**
 * folio_mark_accessed() - Note a use: the first sets PG_referenced, the second activates.
 * @pgdat: its node.
 * @folio: a mapped page-cache folio.
 *
 * Context: As folio_add_lru().
 */
void folio_mark_accessed(struct pglist_data *pgdat, struct folio *folio);

/**
 * lru_add_drain_all() - Empty the batches of every CPU.
 * @pgdat: the node.
 *
 * Context: No one else uses the node.
 */
void lru_add_drain_all(struct pglist_data *pgdat);

/**
 * lru_add_drain() - Empty the batches of this thread's CPU.
 * @pgdat: the node.
 *
 * Context: Takes the lruvec lock if there is anything.
 */
void lru_add_drain(struct pglist_data *pgdat);

/**
 * folios_put_refs() - Drop one reference of each folio and free those that have none left.
 * @pgdat: their node.
 * @batch: the folios; empty on return.
 *
 * Context: Takes the lruvec lock once for all of the batch, and the zone lock at times.
 */
void folios_put_refs(struct pglist_data *pgdat, struct folio_batch *batch);

/**
 * folio_batch_add() - Append to a batch.
 * @batch: not full.
 * @folio: what.
 *
 * Context: The batch's owner.
 * Return: free places left; at 0 the caller must empty the batch.
 */
static inline unsigned int folio_batch_add(struct folio_batch *batch, struct folio *folio)
{
	batch->folios[batch->nr++] = folio;
	return PAGEVEC_SIZE - batch->nr;
}

/**
 * lru_remove_folio() - Take one folio off its list.
 * @pgdat: its node.
 * @folio: on an LRU list.
 *
 * Context: Takes the lruvec lock.
 */
void lru_remove_folio(struct pglist_data *pgdat, struct folio *folio);

#endif
