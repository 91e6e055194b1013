/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory cgroup of the victim and those above it: who is charged for a page, and the statistics
 * that each change of a page's state updates. Counters of a cgroup are per CPU; page counters are
 * shared, and a charge or uncharge writes one in each level.
 */
#ifndef UMAPLE_MEMCONTROL_H
#define UMAPLE_MEMCONTROL_H

#include "measure/hooks.h"
#include "mmzone.h"

/* Levels, the root included: a service in a slice, as systemd makes them; a container has more. */
#define MEMCG_LEVELS 3

/* Changes that a CPU keeps for itself before it tells the cgroup that its sums are old. */
#define MEMCG_CHARGE_BATCH 64

struct page_counter {
	long usage; /* atomic; pages */
	struct page_counter *parent;
} __attribute__((aligned(64)));

enum memcg_stat_item { MEMCG_SWAP = NR_VM_NODE_STAT_ITEMS, MEMCG_NR_STAT };

struct memcg_vmstats_percpu {
	long state[MEMCG_NR_STAT];	    /* pages; of the cgroup in all nodes */
	long lruvec[NR_VM_NODE_STAT_ITEMS]; /* pages; of the cgroup in this node */
	long pgpgout, nr_page_events;	    /* events */
	long refs;			    /* this CPU's part of the references of charged pages */
	unsigned int stats_updates;	    /* changes since the cgroup was told */
} __attribute__((aligned(64)));

struct mem_cgroup {
	struct page_counter memory, swap;
	struct mem_cgroup *parent;
	long stats_updates __attribute__((aligned(64))); /* atomic: age of the sums */
	struct memcg_vmstats_percpu percpu[NR_CPUS];
};

/**
 * mem_cgroup_create() - Make the cgroup of a node's victims with its parents.
 *
 * Context: May sleep.
 * Return: The lowest cgroup, or NULL without memory.
 */
struct mem_cgroup *mem_cgroup_create(void);

/**
 * mem_cgroup_destroy() - Free a cgroup and its parents.
 * @memcg: the lowest one, or NULL.
 *
 * Context: No one uses it any more.
 */
void mem_cgroup_destroy(struct mem_cgroup *memcg);

/**
 * mem_cgroup_reset() - As if the statistics of all levels had just been summed up.
 * @memcg: the lowest cgroup.
 *
 * Context: No one uses it meanwhile.
 */
void mem_cgroup_reset(struct mem_cgroup *memcg);

/**
 * mem_cgroup_check() - Is nothing charged, counted or referenced?
 * @memcg: the lowest cgroup.
 * @err: filled with one line if something is.
 * @errlen: its size in bytes.
 *
 * Context: No one uses it meanwhile.
 * Return: true if all levels are empty.
 */
bool mem_cgroup_check(const struct mem_cgroup *memcg, char *err, size_t errlen);

/**
 * mem_cgroup_charge() - Charge a new folio to a cgroup and all above it.
 * @memcg: the cgroup.
 * @folio: not charged yet.
 *
 * Context: Any thread with a CPU of its own. There are no limits, so it cannot fail.
 */
void mem_cgroup_charge(struct mem_cgroup *memcg, struct folio *folio);

/**
 * mem_cgroup_uncharge_folios() - Take back the charges of folios that are about to be freed.
 * @folios: the folios; those that nobody was charged for stay as they are.
 * @nr: how many.
 *
 * The page counters are written once for all folios of a cgroup that follow each other.
 *
 * Context: As mem_cgroup_charge().
 */
void mem_cgroup_uncharge_folios(struct folio **folios, unsigned int nr);

/**
 * mem_cgroup_split() - Charge the pages of a large folio that was split one by one.
 * @folio: the folio, whose charge covers all of them.
 * @nr: its pages.
 *
 * Context: As mem_cgroup_charge(); no one else can free the pages.
 */
void mem_cgroup_split(struct folio *folio, unsigned long nr);

/**
 * mem_cgroup_charge_swap() - Charge swap slots, or take the charge back.
 * @memcg: the cgroup.
 * @nr: slots; negative takes back.
 *
 * Context: As mem_cgroup_charge().
 */
void mem_cgroup_charge_swap(struct mem_cgroup *memcg, long nr);

/**
 * __mod_lruvec_state() - Add to a counter of the node and of a cgroup in it.
 * @pgdat: the node.
 * @memcg: the cgroup; NULL for none.
 * @item: which counter.
 * @delta: pages.
 *
 * Context: As mem_cgroup_charge().
 */
void __mod_lruvec_state(struct pglist_data *pgdat, struct mem_cgroup *memcg,
			enum node_stat_item item, long delta);

/**
 * __lruvec_stat_mod_folio() - __mod_lruvec_state() for whoever is charged for a folio.
 * @pgdat: the node.
 * @folio: the folio.
 * @item: which counter.
 * @delta: pages.
 *
 * Context: As mem_cgroup_charge().
 */
void __lruvec_stat_mod_folio(struct pglist_data *pgdat, const struct folio *folio,
			     enum node_stat_item item, long delta);

#endif
