/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's memory: one node with one zone, a buddy allocator under the zone lock, and
 * per-CPU page lists before it that exchange pages with the zone in batches.
 */
#ifndef UMAPLE_PAGE_ALLOC_H
#define UMAPLE_PAGE_ALLOC_H

#include "lru.h"
#include "page.h"
#include "measure/stat_lock.h"

#define MAX_PAGE_ORDER	10 /* blocks of up to 4 MiB */
#define NR_PAGE_ORDERS	(MAX_PAGE_ORDER + 1)
#define HPAGE_PMD_ORDER (PMD_SHIFT - PAGE_SHIFT)
#define HPAGE_PMD_NR	(1UL << HPAGE_PMD_ORDER)

struct per_cpu_pages {
	struct cds_list_head list; /* order 0, the warmest first */
	int count;
	int high;	/* above this, freeing drains to the zone */
	int batch;	/* pages exchanged with the zone at once, at least */
	int free_count; /* frees in a row: long runs drain larger batches */
} __attribute__((aligned(64)));

struct free_area {
	struct cds_list_head free_list;
	unsigned long nr_free;
};

struct zone {
	struct stat_lock lock;
	struct free_area free_area[NR_PAGE_ORDERS];
	unsigned long managed_pages;
	unsigned long free_pages; /* in the buddy lists */
	struct per_cpu_pages per_cpu[NR_CPUS];
};

struct swap_info_struct;

/* Per-CPU statistics: written by their CPU alone, summed by whoever asks. */
struct per_cpu_nodestat {
	long nr_anon_mapped, nr_file_mapped; /* pages */
} __attribute__((aligned(64)));

/* A memory node; there is one, so what else is of the whole machine is found through it. */
struct pglist_data {
	struct page *mem_map; /* node_spanned_pages of them */
	unsigned long node_spanned_pages;
	char *memory;		 /* the bytes of pages, mapped on demand; used by compressed swap */
	unsigned long bad_pages; /* frees that found a page in a state it must not be in */
	struct zone zone;
	struct lruvec lruvec;
	struct per_cpu_nodestat nodestat[NR_CPUS];
	struct swap_info_struct *swap; /* NULL: no swap */
	bool tlb_membarrier;	       /* what a TLB shootdown is: tlb.h */
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
 * pgdat_destroy() - Give a node's memory back.
 * @pgdat: the node, or NULL.
 *
 * Context: No one uses it any more.
 */
void pgdat_destroy(struct pglist_data *pgdat);

/**
 * pgdat_reset() - Put every free list into the order of a new node.
 * @pgdat: the node; all its pages are free.
 *
 * Victims that are built one after the other then get the same pages in the same order.
 *
 * Context: No one else uses the node.
 */
void pgdat_reset(struct pglist_data *pgdat);

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
 * alloc_pages_bulk() - Allocate order-0 folios.
 * @pgdat: where.
 * @nr: how many.
 * @pages: filled with them.
 *
 * Context: As alloc_pages().
 * Return: true, or false without enough memory and with nothing taken.
 */
bool alloc_pages_bulk(struct pglist_data *pgdat, unsigned long nr, struct page **pages);

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
 * Drains the per-CPU lists, walks the free lists and then every struct page.
 *
 * Context: No one else uses the node.
 * Return: true if all is well.
 */
bool pgdat_check(struct pglist_data *pgdat, char *err, size_t errlen);

#endif
