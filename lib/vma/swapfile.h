/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swap on a compressed RAM disk (zram). Each slot has a use count under the lock of its cluster, and
 * a compressed object. The object is freed together with the slot; in a dying process that is
 * under the page-table lock.
 */
#ifndef UMAPLE_SWAPFILE_H
#define UMAPLE_SWAPFILE_H

#include "zsmalloc.h"

#define SWAPFILE_CLUSTER 512 /* slots per lock */

struct swap_cluster_info {
	struct stat_lock lock;
	unsigned int count; /* slots in use */
} __attribute__((aligned(64)));

#define ZRAM_ENTRY_LOCK 1UL

struct zram_table_entry {
	struct zs_handle *handle;
	unsigned long flags; /* ZRAM_ENTRY_LOCK */
};

struct zram {
	struct zram_table_entry *table; /* the object of each slot */
	/* Statistics, atomic, in one line as in the kernel. */
	unsigned long compr_data_size __attribute__((aligned(64))); /* bytes */
	unsigned long notify_free;				    /* slots */
	unsigned long pages_stored;
};

#define SWAP_CGROUP_ID 1 /* there is one cgroup that swaps */

struct swap_info_struct {
	struct zs_pool *pool;
	unsigned long max;	 /* slots */
	unsigned long next;	 /* where the search for free slots goes on */
	unsigned char *swap_map; /* uses per slot */
	unsigned short *cgroup;	 /* who is charged for each slot */
	struct swap_cluster_info *clusters;
	struct zram zram;
};

/* A swapped page's place: the slot number. */
typedef struct {
	unsigned long val;
} swp_entry_t;

/**
 * swap_on() - Give a node swap space.
 * @pgdat: the node; has none yet.
 * @nr_slots: pages it can take.
 *
 * Context: May sleep; no one else uses the node.
 * Return: 0 or -ENOMEM.
 */
int swap_on(struct pglist_data *pgdat, unsigned long nr_slots);

/**
 * swap_off() - Take the swap space of a node away.
 * @pgdat: the node; its slots are free.
 *
 * Context: No one else uses the node.
 */
void swap_off(struct pglist_data *pgdat);

/**
 * swap_compressed_size() - Bytes the page in a slot compresses to.
 * @slot: the slot.
 *
 * Context: Any.
 * Return: 1 to PAGE_SIZE; the same for the same slot.
 */
size_t swap_compressed_size(unsigned long slot);

/**
 * swap_out_page() - Take a slot and store a compressed page in it.
 * @pgdat: the node.
 * @entry: filled on success.
 *
 * Context: One allocating thread at a time (the builder of victims).
 * Return: 0; -ENOSPC if all slots are taken or there is no swap; -ENOMEM.
 */
int swap_out_page(struct pglist_data *pgdat, swp_entry_t *entry);

/**
 * swap_duplicate() - One more use of a slot.
 * @pgdat: the node.
 * @entry: a slot in use.
 *
 * Context: Takes the cluster lock.
 * Return: 0; -EINVAL if the slot is not in use or its count is full.
 */
int swap_duplicate(struct pglist_data *pgdat, swp_entry_t entry);

/**
 * free_swap_and_cache_nr() - Drop one use of each of several consecutive slots; free those
 * without uses, and their compressed objects.
 * @pgdat: the node.
 * @entry: the first slot.
 * @nr: how many.
 *
 * Context: Takes cluster and class locks; the caller usually holds a ptl. A slot that is not
 * in use counts in pgdat->bad_pages.
 */
void free_swap_and_cache_nr(struct pglist_data *pgdat, swp_entry_t entry, int nr);

/**
 * swap_used() - Slots in use.
 * @pgdat: the node.
 *
 * Context: No one else uses the node.
 * Return: how many; 0 without swap.
 */
unsigned long swap_used(const struct pglist_data *pgdat);

/**
 * swap_check() - Are all slots free, without objects, charges and statistics left behind?
 * @pgdat: the node; true if it has no swap.
 * @err: filled with one line if something is left.
 * @errlen: its size in bytes.
 *
 * Context: No one else uses the node.
 * Return: true if nothing is left.
 */
bool swap_check(const struct pglist_data *pgdat, char *err, size_t errlen);

/**
 * swap_lock_totals() - Add the figures of all swap locks to sums by class.
 * @pgdat: the node.
 * @totals: NR_LOCK_CLASSES sums.
 *
 * Context: No one else uses the node.
 */
void swap_lock_totals(const struct pglist_data *pgdat, struct lock_totals *totals);

/**
 * swap_lock_clear() - Make all swap locks as new.
 * @pgdat: the node.
 *
 * Context: No one else uses the node.
 */
void swap_lock_clear(struct pglist_data *pgdat);

#endif
