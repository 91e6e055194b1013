/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's memory: one node with one zone, a buddy allocator under the zone lock, and
 * per-CPU page lists before it that exchange pages with the zone in batches.
 */
#ifndef UMAPLE_PAGE_ALLOC_H
#define UMAPLE_PAGE_ALLOC_H

#include "mmzone.h"

/**
 * zone_init() - Make the zone of a node: all of its memory is free.
 * @pgdat: the node; its size and its map are set.
 * @managed_pages: frames that the zone has, the first of the node until frames_scatter() chooses
 * others; a multiple of the largest block. All other frames belong to others.
 *
 * Context: No one else uses the node.
 */
void zone_init(struct pglist_data *pgdat, unsigned long managed_pages);

/**
 * zone_forget() - Take all frames away from the zone.
 * @pgdat: the node; all its pages are free.
 *
 * Context: No one else uses the node. zone_adopt() follows.
 */
void zone_forget(struct pglist_data *pgdat);

/**
 * zone_adopt() - Make all frames that the zone has free.
 * @pgdat: the node; its free lists are empty.
 *
 * Context: No one else uses the node.
 */
void zone_adopt(struct pglist_data *pgdat);

/**
 * zone_set_pageset_high() - Size the per-CPU lists of a node for a machine.
 * @pgdat: the node.
 * @managed_pages: memory of the machine, of which the node may be a part.
 * @nr_cpus: its CPUs, at least 1.
 *
 * zone_init() assumes a machine of the node's size with two CPUs.
 *
 * Context: No one else uses the node.
 */
void zone_set_pageset_high(struct pglist_data *pgdat, unsigned long managed_pages,
			   unsigned int nr_cpus);

/**
 * zone_reset() - Put every free list into the order of a new zone, or that of frames.h.
 * @pgdat: the node; all its pages are free.
 *
 * Context: No one else uses the node.
 */
void zone_reset(struct pglist_data *pgdat);

/**
 * zone_check() - Is every page of the node free, exactly once?
 * @pgdat: the node.
 * @err: filled with one line if not.
 * @errlen: its size in bytes.
 *
 * Looks at every struct page that the zone has: it is on a per-CPU list, or in one free block.
 *
 * Context: No one else uses the node.
 * Return: true if all is well.
 */
bool zone_check(struct pglist_data *pgdat, char *err, size_t errlen);

/**
 * drain_all_pages() - Move all per-CPU pages to the zone.
 * @pgdat: the node.
 *
 * Context: No one else uses the node.
 */
void drain_all_pages(struct pglist_data *pgdat);

/**
 * alloc_pages() - Allocate a folio.
 * @pgdat: where.
 * @order: log2 of its pages, 0 to MAX_PAGE_ORDER.
 *
 * The new folio has one reference, no mapping and no flag but PG_head if it is large.
 *
 * Context: Any thread with a CPU of its own. Takes the zone lock at times.
 * Return: Its first page, or NULL if there is no free block.
 */
struct page *alloc_pages(struct pglist_data *pgdat, unsigned int order);

/**
 * alloc_page_array() - Allocate order-0 folios.
 * @pgdat: where.
 * @nr: how many.
 * @pages: filled with them.
 *
 * Context: As alloc_pages().
 * Return: true, or false without enough memory and with nothing taken.
 */
bool alloc_page_array(struct pglist_data *pgdat, unsigned long nr, struct page **pages);

/**
 * free_unref_folios() - Free folios without references.
 * @pgdat: where they came from.
 * @folios: the folios; off the LRU, unmapped, reference count zero.
 * @nr: how many.
 *
 * Context: As alloc_pages(). A folio in a state it must not be in is counted in
 * pgdat->bad_pages and kept out of the free lists.
 */
void free_unref_folios(struct pglist_data *pgdat, struct folio **folios, unsigned int nr);

/**
 * put_page() - Drop one reference of a page that is on no LRU list, and free it if it was
 * the last.
 * @pgdat: where it came from.
 * @page: first page of the folio.
 *
 * Context: As free_unref_folios().
 */
void put_page(struct pglist_data *pgdat, struct page *page);

#endif
