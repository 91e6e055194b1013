/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulated machine: one memory node with one zone and one set of LRU lists. The operations on
 * its parts are in page_alloc.h and lru.h, those on the whole in pgdat.h.
 */
#ifndef UMAPLE_MMZONE_H
#define UMAPLE_MMZONE_H

#include "measure/stat_lock.h"
#include "page.h"
#include "tlb_mode.h"

#define MAX_PAGE_ORDER	10 /* blocks of up to 4 MiB */
#define NR_PAGE_ORDERS	(MAX_PAGE_ORDER + 1)
#define HPAGE_PMD_ORDER (PMD_SHIFT - PAGE_SHIFT)
#define HPAGE_PMD_NR	(1UL << HPAGE_PMD_ORDER)

enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	NR_LRU_LISTS,
};

struct per_cpu_pages {
	struct cds_list_head list; /* order 0, the warmest first */
	int count;
	int high; /* above this, freeing drains to the zone; tuned between the next two */
	int high_min, high_max;
	int batch;	  /* pages exchanged with the zone at once, at least */
	int alloc_factor; /* refills in a row: each takes twice as many pages as the one before */
	int free_count;	  /* frees in a row: long runs drain larger batches */
} __attribute__((aligned(64)));

struct free_area {
	struct cds_list_head free_list;
	unsigned long nr_free;
};

/* The zone counts the LRU lists and nothing else that unmapping changes. */
struct per_cpu_zonestat {
	int8_t vm_stat_diff[NR_LRU_LISTS];
} __attribute__((aligned(64)));

struct zone {
	struct stat_lock lock;
	struct free_area free_area[NR_PAGE_ORDERS];
	unsigned long managed_pages;
	unsigned long free_pages;				 /* in the buddy lists */
	long vm_stat[NR_LRU_LISTS] __attribute__((aligned(64))); /* atomic: vmstat.h */
	struct per_cpu_zonestat zonestat[NR_CPUS];
	struct per_cpu_pages per_cpu[NR_CPUS];
};

#define PAGEVEC_SIZE 31

struct folio_batch {
	unsigned int nr;
	struct folio *folios[PAGEVEC_SIZE];
};

/* The folios that a CPU collects before it takes the lruvec lock. */
struct cpu_fbatches {
	struct folio_batch lru_add;
	struct folio_batch lru_activate;
} __attribute__((aligned(64)));

struct lruvec {
	struct stat_lock lru_lock;
	struct cds_list_head lists[NR_LRU_LISTS];
	long nr[NR_LRU_LISTS]; /* in pages */
	struct cpu_fbatches cpu[NR_CPUS];
};

struct frame_runs;
struct mem_cgroup;
struct swap_info_struct;

/* The counters of a node that unmapping changes; in pages. The LRU lists come first. */
enum node_stat_item {
	NR_LRU_BASE,
	NR_ANON_MAPPED = NR_LRU_BASE + NR_LRU_LISTS,
	NR_FILE_MAPPED,
	NR_VM_NODE_STAT_ITEMS,
};

/* What a CPU has not added to the shared counter yet, within the threshold. */
struct per_cpu_nodestat {
	int8_t vm_node_stat_diff[NR_VM_NODE_STAT_ITEMS];
} __attribute__((aligned(64)));

/* A memory node. There is only one, so it also stands for the whole machine. */
struct pglist_data {
	struct page *mem_map; /* node_spanned_pages of them */
	unsigned long node_spanned_pages;
	char *memory;		 /* the bytes of pages, mapped on demand; used by compressed swap */
	unsigned long bad_pages; /* frees that found a page in a state it must not be in */
	struct zone zone;
	struct lruvec lruvec;
	struct mem_cgroup *memcg;      /* the victim's, which owns the LRU lists: memcontrol.h */
	struct swap_info_struct *swap; /* NULL: no swap */
	enum tlb_mode tlb_mode;	       /* how a CPU tells others to flush: tlb_mode.h */
	struct frame_runs *frames;     /* the order in which page frames are free: frames.h */
	long vm_stat[NR_VM_NODE_STAT_ITEMS] __attribute__((aligned(64))); /* atomic: vmstat.h */
	struct per_cpu_nodestat nodestat[NR_CPUS];
};

static inline unsigned long page_to_pfn(const struct pglist_data *pgdat, const struct page *page)
{
	return (unsigned long)(page - pgdat->mem_map);
}

static inline struct page *pfn_to_page(const struct pglist_data *pgdat, unsigned long pfn)
{
	return pgdat->mem_map + pfn;
}

static inline void *page_address(const struct pglist_data *pgdat, const struct page *page)
{
	return pgdat->memory + (page_to_pfn(pgdat, page) << PAGE_SHIFT);
}

#endif
