/* SPDX-License-Identifier: GPL-2.0-only */
/* The node as a whole: page allocator, LRU lists, swap and TLB each have a part of it. */
#ifndef UMAPLE_PGDAT_H
#define UMAPLE_PGDAT_H

#include "mmzone.h"

/**
 * pgdat_create() - Make a node with free memory.
 * @nr_pages: how many 4 KiB pages; rounded up to whole blocks of the largest order.
 *
 * Takes 64 bytes of real memory per page as they are used.
 *
 * Context: May sleep.
 * Return: The node, or NULL without memory.
 */
struct pglist_data *pgdat_create(unsigned long nr_pages);

/**
 * pgdat_create_within() - Make a node whose memory is a part of a larger machine's.
 * @nr_pages: as for pgdat_create().
 * @machine_pages: frames of the machine.
 *
 * The memory map is that of the machine, 64 bytes of real memory for each frame.
 *
 * Context: As pgdat_create().
 * Return: As pgdat_create().
 */
struct pglist_data *pgdat_create_within(unsigned long nr_pages, unsigned long machine_pages);

/**
 * pgdat_destroy() - Give a node's memory back.
 * @pgdat: the node, or NULL.
 *
 * Context: No one uses it any more.
 */
void pgdat_destroy(struct pglist_data *pgdat);

/**
 * pgdat_reset() - Put free lists and swap slots into the order of a new node.
 * @pgdat: the node; all its pages and slots are free.
 *
 * Victims that are built one after the other then get the same pages in the same order.
 *
 * Context: No one else uses the node.
 */
void pgdat_reset(struct pglist_data *pgdat);

/**
 * pgdat_lock_totals() - Add the figures of all locks of a node to sums by class.
 * @pgdat: the node.
 * @totals: NR_LOCK_CLASSES sums.
 *
 * Context: No one else uses the node.
 */
void pgdat_lock_totals(const struct pglist_data *pgdat, struct lock_totals *totals);

/**
 * pgdat_lock_clear() - Make all locks of a node as new, of this task's kind.
 * @pgdat: the node.
 *
 * Context: No one else uses the node.
 */
void pgdat_lock_clear(struct pglist_data *pgdat);

/**
 * pgdat_check() - Is every page of the node free, exactly once?
 * @pgdat: the node.
 * @err: filled with one line if not.
 * @errlen: its size in bytes.
 *
 * Looks at every struct page that the zone has.
 *
 * Context: No one else uses the node.
 * Return: true if all is well.
 */
bool pgdat_check(struct pglist_data *pgdat, char *err, size_t errlen);

#endif
