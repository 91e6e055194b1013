// SPDX-License-Identifier: GPL-2.0-only
#include "swapfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hooks.h"
#include "memcontrol.h"

#define SWAP_MAP_MAX 0x3e

static void *zalloc_array(size_t n, size_t size)
{
	void *p;

	if (fault_should_fail())
		return NULL;
	p = aligned_alloc(64, (n * size + 63) & ~(size_t)63);
	if (p)
		memset(p, 0, n * size);
	return p;
}

int swap_on(struct pglist_data *pgdat, unsigned long nr_slots)
{
	unsigned long nr_clusters = (nr_slots + SWAPFILE_CLUSTER - 1) / SWAPFILE_CLUSTER;
	struct swap_info_struct *si = zalloc_array(1, sizeof(*si));

	if (!si)
		return -ENOMEM;
	pgdat->swap = si;
	si->max = nr_slots;
	si->swap_map = zalloc_array(nr_slots, sizeof(*si->swap_map));
	si->cgroup = zalloc_array(nr_slots, sizeof(*si->cgroup));
	si->zram.table = zalloc_array(nr_slots, sizeof(*si->zram.table));
	si->clusters = zalloc_array(nr_clusters, sizeof(*si->clusters));
	si->pool = zs_create_pool(pgdat);
	if (!si->swap_map || !si->cgroup || !si->zram.table || !si->clusters || !si->pool) {
		swap_off(pgdat);
		return -ENOMEM;
	}
	for (unsigned long i = 0; i < nr_clusters; i++)
		stat_lock_init(&si->clusters[i].lock, LOCK_SWAP);
	return 0;
}

void swap_off(struct pglist_data *pgdat)
{
	struct swap_info_struct *si = pgdat->swap;

	if (!si)
		return;
	zs_destroy_pool(si->pool);
	free(si->clusters);
	free(si->zram.table);
	free(si->cgroup);
	free(si->swap_map);
	free(si);
	pgdat->swap = NULL;
}

/*
 * A model constant: sizes are uniform from 1/16 to 21/32 of a page. The mean is 0.36 pages, a
 * ratio of 2.8 to 1; docs/model.md has the source.
 */
#define COMPRESSED_MIN (PAGE_SIZE / 16)
#define COMPRESSED_MAX (PAGE_SIZE * 21 / 32)

size_t swap_compressed_size(unsigned long slot)
{
	/* Fibonacci hashing: neighbouring slots land in unrelated classes. */
	uint64_t hash = (uint64_t)slot * 0x9e3779b97f4a7c15u;

	return COMPRESSED_MIN + (hash >> 32) % (COMPRESSED_MAX - COMPRESSED_MIN + 1);
}

static struct swap_cluster_info *lock_cluster(struct swap_info_struct *si, unsigned long slot)
{
	struct swap_cluster_info *ci = &si->clusters[slot / SWAPFILE_CLUSTER];

	stat_lock(&ci->lock);
	return ci;
}

int swap_out_page(struct pglist_data *pgdat, swp_entry_t *entry)
{
	struct swap_info_struct *si = pgdat->swap;
	struct swap_cluster_info *ci;
	struct zs_handle *handle;
	unsigned long tries = 0;

	if (!si || !si->max)
		return -ENOSPC;
	while (si->swap_map[si->next]) {
		if (++tries >= si->max)
			return -ENOSPC;
		si->next = (si->next + 1) % si->max;
	}
	handle = zs_malloc(si->pool, swap_compressed_size(si->next));
	if (!handle)
		return -ENOMEM;
	ci = lock_cluster(si, si->next);
	si->zram.table[si->next].handle = handle;
	si->zram.compr_data_size += swap_compressed_size(si->next);
	si->zram.pages_stored++;
	si->cgroup[si->next] = SWAP_CGROUP_ID;
	mem_cgroup_charge_swap(pgdat->memcg, 1);
	si->swap_map[si->next] = 1;
	ci->count++;
	stat_unlock(&ci->lock);
	entry->val = si->next;
	si->next = (si->next + 1) % si->max;
	return 0;
}

int swap_duplicate(struct pglist_data *pgdat, swp_entry_t entry)
{
	struct swap_info_struct *si = pgdat->swap;
	struct swap_cluster_info *ci;
	int ret = 0;

	if (!si || entry.val >= si->max)
		return -EINVAL;
	ci = lock_cluster(si, entry.val);
	if (si->swap_map[entry.val] == 0 || si->swap_map[entry.val] == SWAP_MAP_MAX)
		ret = -EINVAL;
	else
		si->swap_map[entry.val]++;
	stat_unlock(&ci->lock);
	return ret;
}

/*
 * The slot has a lock of its own, one bit of the entry. The statistics are atomic and shared by all who
 * use the device.
 */
static profiled void zram_slot_free_notify(struct swap_info_struct *si, unsigned long slot)
{
	struct zram_table_entry *entry = &si->zram.table[slot];

	__atomic_fetch_add(&si->zram.notify_free, 1, __ATOMIC_RELAXED);
	__atomic_fetch_or(&entry->flags, ZRAM_ENTRY_LOCK, __ATOMIC_ACQUIRE);
	zs_free(si->pool, entry->handle);
	__atomic_fetch_sub(&si->zram.compr_data_size, swap_compressed_size(slot), __ATOMIC_RELAXED);
	__atomic_fetch_sub(&si->zram.pages_stored, 1, __ATOMIC_RELAXED);
	entry->handle = NULL;
	__atomic_store_n(&entry->flags, 0, __ATOMIC_RELEASE);
}

/* Cluster lock held: drop one use of a slot, and with the last one its object. */
static unsigned int swap_slot_put(struct pglist_data *pgdat, struct swap_cluster_info *ci,
				  unsigned long slot)
{
	struct swap_info_struct *si = pgdat->swap;

	if (port_unlikely(si->swap_map[slot] == 0)) {
		__atomic_fetch_add(&pgdat->bad_pages, 1, __ATOMIC_RELAXED);
		return 0;
	}
	if (--si->swap_map[slot])
		return 0;
	ci->count--;
	__atomic_exchange_n(&si->cgroup[slot], 0, __ATOMIC_RELAXED);
	zram_slot_free_notify(si, slot);
	return 1;
}

/*
 * The cluster lock is taken once for all slots of a run that lie in the cluster, and the compressed
 * objects are freed under it. The kernel's swap allocator does so since Linux 6.14.
 */
profiled void free_swap_and_cache_nr(struct pglist_data *pgdat, swp_entry_t entry, int nr)
{
	unsigned long slot = entry.val, end = slot + (unsigned long)nr;
	unsigned int objects = 0;

	while (slot < end) {
		unsigned long stop = (slot / SWAPFILE_CLUSTER + 1) * SWAPFILE_CLUSTER;
		struct swap_cluster_info *ci = lock_cluster(pgdat->swap, slot);
		unsigned int freed = 0;

		for (; slot < end && slot < stop; slot++)
			freed += swap_slot_put(pgdat, ci, slot);
		mem_cgroup_charge_swap(pgdat->memcg, -(long)freed);
		stat_unlock(&ci->lock);
		objects += freed;
	}
	measure_acquired(LOCK_SWAP, objects); /* the locks of the size classes */
}

unsigned long swap_used(const struct pglist_data *pgdat)
{
	const struct swap_info_struct *si = pgdat->swap;
	unsigned long used = 0;

	for (unsigned long slot = 0; si && slot < si->max; slot++)
		used += si->swap_map[slot] != 0;
	return used;
}

bool swap_check(const struct pglist_data *pgdat, char *err, size_t errlen)
{
	const struct swap_info_struct *si = pgdat->swap;
	unsigned long used = swap_used(pgdat), owned = 0, objects;

	for (unsigned long slot = 0; si && slot < si->max; slot++)
		owned += si->cgroup[slot] != 0 || si->zram.table[slot].handle;
	objects = si ? zs_objects(si->pool) : 0;
	if (used || owned)
		snprintf(err, errlen, "%lu swap slots are still in use, %lu have an owner", used,
			 owned);
	else if (objects)
		snprintf(err, errlen, "%lu compressed objects were never freed", objects);
	else if (si && (si->zram.pages_stored || si->zram.compr_data_size))
		snprintf(err, errlen, "zram still counts %lu pages of %lu bytes",
			 si->zram.pages_stored, si->zram.compr_data_size);
	else
		return true;
	return false;
}

static unsigned long nr_clusters(const struct swap_info_struct *si)
{
	return (si->max + SWAPFILE_CLUSTER - 1) / SWAPFILE_CLUSTER;
}

void swap_lock_totals(const struct pglist_data *pgdat, struct lock_totals *totals)
{
	const struct swap_info_struct *si = pgdat->swap;

	if (!si)
		return;
	for (unsigned long i = 0; i < nr_clusters(si); i++)
		stat_lock_totals(&si->clusters[i].lock, totals);
	zs_lock_totals(si->pool, totals);
}

void swap_lock_clear(struct pglist_data *pgdat)
{
	struct swap_info_struct *si = pgdat->swap;

	if (!si)
		return;
	for (unsigned long i = 0; i < nr_clusters(si); i++)
		stat_lock_clear(&si->clusters[i].lock);
	zs_lock_clear(si->pool);
}
