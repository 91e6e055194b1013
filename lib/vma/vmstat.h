/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of the node and the zone. A CPU adds to a byte of its own, and to the shared counter only
 * when the byte would pass a threshold: with 36, one page in 37 writes a shared line.
 */
#ifndef UMAPLE_VMSTAT_H
#define UMAPLE_VMSTAT_H

#include "mmzone.h"

/*
 * The kernel's rule: 2 x (bits of the number of CPUs) x (1 + bits of the memory in units of
 * 128 MiB). Two CPUs and 24 GiB give 2 x 2 x 9.
 */
#define VMSTAT_THRESHOLD 36

/**
 * __mod_node_page_state() - Add to a counter of the node.
 * @pgdat: the node.
 * @item: which.
 * @delta: pages.
 *
 * Context: Any thread with a CPU of its own.
 */
void __mod_node_page_state(struct pglist_data *pgdat, enum node_stat_item item, long delta);

/**
 * __mod_zone_page_state() - Add to the zone's counter of an LRU list.
 * @zone: the zone.
 * @lru: which.
 * @delta: pages.
 *
 * Context: As __mod_node_page_state().
 */
void __mod_zone_page_state(struct zone *zone, enum lru_list lru, long delta);

/**
 * node_page_state() - Read a counter of the node.
 * @pgdat: the node.
 * @item: which.
 *
 * Context: No one changes it meanwhile.
 * Return: pages, what the CPUs hold back included.
 */
static inline long node_page_state(const struct pglist_data *pgdat, enum node_stat_item item)
{
	long sum = pgdat->vm_stat[item];

	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		sum += pgdat->nodestat[cpu].vm_node_stat_diff[item];
	return sum;
}

/* The zone's counter of an LRU list, likewise. */
static inline long zone_lru_state(const struct zone *zone, enum lru_list lru)
{
	long sum = zone->vm_stat[lru];

	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		sum += zone->zonestat[cpu].vm_stat_diff[lru];
	return sum;
}

#endif
