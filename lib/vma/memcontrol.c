// SPDX-License-Identifier: GPL-2.0-only
#include "memcontrol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmstat.h"

/* The sums of a cgroup are old enough to be made anew once so many changes are in no sum. */
#define STATS_OLD ((long)MEMCG_CHARGE_BATCH * 2) /* for two CPUs */

struct mem_cgroup *mem_cgroup_create(void)
{
	struct mem_cgroup *memcg = NULL;

	for (int level = 0; level < MEMCG_LEVELS; level++) {
		struct mem_cgroup *child = fault_should_fail() ? NULL
							       : aligned_alloc(64, sizeof(*child));

		if (!child) {
			mem_cgroup_destroy(memcg);
			return NULL;
		}
		memset(child, 0, sizeof(*child));
		child->parent = memcg;
		child->memory.parent = memcg ? &memcg->memory : NULL;
		child->swap.parent = memcg ? &memcg->swap : NULL;
		memcg = child;
	}
	return memcg;
}

void mem_cgroup_destroy(struct mem_cgroup *memcg)
{
	while (memcg) {
		struct mem_cgroup *parent = memcg->parent;

		free(memcg);
		memcg = parent;
	}
}

void mem_cgroup_reset(struct mem_cgroup *memcg)
{
	for (; memcg; memcg = memcg->parent) {
		memcg->stats_updates = 0;
		for (int cpu = 0; cpu < NR_CPUS; cpu++)
			memcg->percpu[cpu].stats_updates = 0;
	}
}

static bool level_is_empty(const struct mem_cgroup *memcg)
{
	struct memcg_vmstats_percpu sum = {0};
	long left = 0;

	for (int cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct memcg_vmstats_percpu *statc = &memcg->percpu[cpu];

		for (int i = 0; i < MEMCG_NR_STAT; i++)
			sum.state[i] += statc->state[i];
		for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
			sum.lruvec[i] += statc->lruvec[i];
		sum.refs += statc->refs;
	}
	for (int i = 0; i < MEMCG_NR_STAT; i++)
		left |= sum.state[i];
	for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
		left |= sum.lruvec[i];
	return !left && !sum.refs;
}

bool mem_cgroup_check(const struct mem_cgroup *memcg, char *err, size_t errlen)
{
	for (int level = MEMCG_LEVELS - 1; memcg; memcg = memcg->parent, level--) {
		if (!memcg->memory.usage && !memcg->swap.usage && level_is_empty(memcg))
			continue;
		snprintf(
			err, errlen,
			"cgroup level %d is still charged for %ld pages and %ld swap slots, or counts "
			"some",
			level, memcg->memory.usage, memcg->swap.usage);
		return false;
	}
	return true;
}

static void page_counter_add(struct page_counter *counter, long nr)
{
	for (; counter; counter = counter->parent)
		__atomic_fetch_add(&counter->usage, nr, __ATOMIC_RELAXED);
}

/*
 * A change makes the sums of the cgroup and of all above it older. Those levels whose sums are old
 * already need no more of it.
 */
static profiled void memcg_rstat_updated(struct mem_cgroup *memcg, long delta)
{
	unsigned int changes = (unsigned int)(delta < 0 ? -delta : delta);

	profiled_leaf();
	for (; memcg; memcg = memcg->parent) {
		struct memcg_vmstats_percpu *statc = &memcg->percpu[smp_processor_id()];

		if (__atomic_load_n(&memcg->stats_updates, __ATOMIC_RELAXED) > STATS_OLD)
			break;
		statc->stats_updates += changes;
		if (statc->stats_updates < MEMCG_CHARGE_BATCH)
			continue;
		__atomic_fetch_add(&memcg->stats_updates, (long)statc->stats_updates,
				   __ATOMIC_RELAXED);
		statc->stats_updates = 0;
	}
}

static profiled void mod_memcg_lruvec_state(struct mem_cgroup *memcg, enum node_stat_item item,
					    long delta)
{
	struct memcg_vmstats_percpu *statc = &memcg->percpu[smp_processor_id()];

	statc->state[item] += delta;
	statc->lruvec[item] += delta;
	memcg_rstat_updated(memcg, delta);
}

profiled void __mod_lruvec_state(struct pglist_data *pgdat, struct mem_cgroup *memcg,
				 enum node_stat_item item, long delta)
{
	__mod_node_page_state(pgdat, item, delta);
	if (memcg)
		mod_memcg_lruvec_state(memcg, item, delta);
}

/* A function of its own in the kernel, where readers can be preempted. */
static profiled void __rcu_read_lock(void)
{
	port_rcu_read_lock();
}

static profiled void __rcu_read_unlock(void)
{
	port_rcu_read_unlock();
}

/* The folio's cgroup may go away once nobody is charged to it any more: readers hold RCU. */
profiled void __lruvec_stat_mod_folio(struct pglist_data *pgdat, const struct folio *folio,
				      enum node_stat_item item, long delta)
{
	__rcu_read_lock();
	__mod_lruvec_state(pgdat, folio->page.memcg_data, item, delta);
	__rcu_read_unlock();
}

void mem_cgroup_charge(struct mem_cgroup *memcg, struct folio *folio)
{
	page_counter_add(&memcg->memory, (long)folio_nr_pages(folio));
	memcg->percpu[smp_processor_id()].refs++;
	folio->page.memcg_data = memcg;
}

void mem_cgroup_split(struct folio *folio, unsigned long nr)
{
	struct page *page = &folio->page;

	for (unsigned long i = 1; i < nr; i++)
		page[i].memcg_data = page->memcg_data;
	if (page->memcg_data)
		page->memcg_data->percpu[smp_processor_id()].refs += (long)nr - 1;
}

/* What is taken back from one cgroup at once. */
struct uncharge_gather {
	struct mem_cgroup *memcg;
	long nr_memory; /* pages */
	long pgpgout;	/* folios */
};

static void uncharge_batch(const struct uncharge_gather *ug)
{
	struct memcg_vmstats_percpu *statc;

	if (!ug->memcg)
		return;
	page_counter_add(&ug->memcg->memory, -ug->nr_memory);
	statc = &ug->memcg->percpu[smp_processor_id()];
	statc->pgpgout += ug->pgpgout;
	statc->nr_page_events += ug->nr_memory;
	memcg_rstat_updated(ug->memcg, ug->pgpgout);
}

static profiled void uncharge_folio(struct folio *folio, struct uncharge_gather *ug)
{
	struct mem_cgroup *memcg = folio->page.memcg_data;

	if (!memcg)
		return;
	if (memcg != ug->memcg) {
		uncharge_batch(ug);
		*ug = (struct uncharge_gather){.memcg = memcg};
	}
	ug->nr_memory += (long)folio_nr_pages(folio);
	ug->pgpgout++;
	folio->page.memcg_data = NULL;
	memcg->percpu[smp_processor_id()].refs--;
}

profiled void mem_cgroup_uncharge_folios(struct folio **folios, unsigned int nr)
{
	struct uncharge_gather ug = {0};

	for (unsigned int i = 0; i < nr; i++)
		uncharge_folio(folios[i], &ug);
	uncharge_batch(&ug);
}

void mem_cgroup_charge_swap(struct mem_cgroup *memcg, long nr)
{
	page_counter_add(&memcg->swap, nr);
	memcg->percpu[smp_processor_id()].state[MEMCG_SWAP] += nr;
	memcg_rstat_updated(memcg, nr);
}
