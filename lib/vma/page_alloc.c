// SPDX-License-Identifier: GPL-2.0-only
#include "page_alloc.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "frames.h"
#include "list.h"
#include "measure/hooks.h"
#include "memcontrol.h"

/*
 * Per-CPU list sizes by the kernel's rules (mm/page_alloc.c since Linux 6.7). Batches of 63 pages double
 * in a run of allocations or frees, up to 63 << 5. The high mark moves between a low one, the
 * low watermark shared among the CPUs, and a high one, an eighth of the memory shared likewise; none
 * is below four batches.
 */
#define PCP_BATCH	    63
#define PCP_BATCH_SCALE_MAX 5
#define PCP_HIGH_FRACTION   8

/*
 * The low watermark is 5/4 of the lowest one. That is the square root of 16 times the memory, both in
 * KiB; with transparent huge pages it is at least 33 blocks of 512 pages (khugepaged's rule for three
 * zones), but never above a twentieth of the memory.
 */
#define THP_MIN_FREE_PAGES (33UL * HPAGE_PMD_NR)

static unsigned long low_watermark(unsigned long managed_pages)
{
	unsigned long min = (unsigned long)sqrt((double)managed_pages * 4 * 16) / 4;
	unsigned long recommended = THP_MIN_FREE_PAGES;

	if (recommended > managed_pages / 20)
		recommended = managed_pages / 20;
	if (min < recommended)
		min = recommended;
	return min / 4 * 5;
}

static int pcp_share(unsigned long pages, unsigned int nr_cpus)
{
	unsigned long share = pages / nr_cpus;

	if (share < PCP_BATCH * 4)
		share = PCP_BATCH * 4;
	return share > INT_MAX ? INT_MAX : (int)share;
}

void zone_set_pageset_high(struct pglist_data *pgdat, unsigned long managed_pages,
			   unsigned int nr_cpus)
{
	for (int cpu = 0; cpu < NR_CPUS; cpu++) {
		struct per_cpu_pages *pcp = &pgdat->zone.per_cpu[cpu];

		pcp->high_min = pcp_share(low_watermark(managed_pages), nr_cpus);
		pcp->high_max = pcp_share(managed_pages / PCP_HIGH_FRACTION, nr_cpus);
		if (pcp->high_max < pcp->high_min)
			pcp->high_max = pcp->high_min;
		pcp->high = pcp->high_min;
	}
}

/*
 * The owner of the zone lock looks at the flags of neighbouring pages that are not its own, to
 * see whether they start a free block; so flags of free and new pages are written atomically.
 */
static void page_set_flags(struct page *page, unsigned long flags)
{
	__atomic_store_n(&page->flags, flags, __ATOMIC_RELAXED);
}

/* A free page carries nothing but its place in a list. */
static void page_init_free(struct page *page)
{
	memset(page, 0, sizeof(*page));
	page->_mapcount = -1;
}

static void free_list_add(struct zone *zone, struct page *page, unsigned int order)
{
	page_set_flags(page, PG_BIT(PG_buddy));
	page->private = order;
	list_add(&page->lru, &zone->free_area[order].free_list);
	zone->free_area[order].nr_free++;
}

static void free_list_del(struct zone *zone, struct page *page, unsigned int order)
{
	page_set_flags(page, 0);
	page->private = 0;
	list_del(&page->lru);
	zone->free_area[order].nr_free--;
}

/* Zone lock held: give one block back, joined with its free neighbours. */
static void __free_one_page(struct pglist_data *pgdat, struct page *page, unsigned int order)
{
	struct zone *zone = &pgdat->zone;
	unsigned long pfn = page_to_pfn(pgdat, page);

	zone->free_pages += 1UL << order;
	while (order < MAX_PAGE_ORDER) {
		struct page *buddy = pfn_to_page(pgdat, pfn ^ (1UL << order));

		if (__atomic_load_n(&buddy->flags, __ATOMIC_RELAXED) != PG_BIT(PG_buddy) ||
		    buddy->private != order)
			break;
		free_list_del(zone, buddy, order);
		pfn &= ~(1UL << order);
		order++;
	}
	free_list_add(zone, pfn_to_page(pgdat, pfn), order);
}

/* Zone lock held: take the smallest block that is large enough and put the rest back. */
static struct page *__rmqueue(struct pglist_data *pgdat, unsigned int order)
{
	struct zone *zone = &pgdat->zone;

	for (unsigned int o = order; o <= MAX_PAGE_ORDER; o++) {
		struct cds_list_head *list = &zone->free_area[o].free_list;
		struct page *page;

		if (cds_list_empty(list))
			continue;
		page = cds_list_first_entry(list, struct page, lru);
		free_list_del(zone, page, o);
		while (o > order) {
			o--;
			free_list_add(zone, page + (1UL << o), o);
		}
		zone->free_pages -= 1UL << order;
		return page;
	}
	return NULL;
}

static void free_pcppages_bulk(struct pglist_data *pgdat, struct per_cpu_pages *pcp, int count)
{
	struct zone *zone = &pgdat->zone;

	stat_lock(&zone->lock);
	while (count-- > 0 && !cds_list_empty(&pcp->list)) {
		/* The coldest pages leave first. */
		struct page *page = cds_list_entry(pcp->list.prev, struct page, lru);

		list_del(&page->lru);
		pcp->count--;
		__free_one_page(pgdat, page, 0);
	}
	stat_unlock(&zone->lock);
}

static bool rmqueue_bulk(struct pglist_data *pgdat, struct per_cpu_pages *pcp, int count)
{
	struct zone *zone = &pgdat->zone;

	stat_lock(&zone->lock);
	while (count-- > 0) {
		struct page *page = __rmqueue(pgdat, 0);

		if (!page)
			break;
		page_set_flags(page, PG_BIT(PG_pcp));
		cds_list_add_tail(&page->lru, &pcp->list);
		pcp->count++;
	}
	stat_unlock(&zone->lock);
	return pcp->count > 0;
}

static struct per_cpu_pages *this_pcp(struct pglist_data *pgdat)
{
	PORT_ASSERT(smp_processor_id() < NR_CPUS);
	return &pgdat->zone.per_cpu[smp_processor_id()];
}

static void prep_new_page(struct page *page, unsigned int order)
{
	page_set_flags(page, order ? PG_BIT(PG_head) : 0);
	page->order = order;
	page->mapping = NULL;
	page->memcg_data = NULL;
	page->_refcount = 1;
}

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

/*
 * How many pages a refill takes: more, the longer nothing was freed. A list that had been allowed to
 * grow would have spared the refill, so its high mark rises.
 */
static int nr_pcp_alloc(struct per_cpu_pages *pcp)
{
	int batch = pcp->batch << pcp->alloc_factor, most;

	pcp->high = min_int(pcp->high + batch, pcp->high_max);
	most = max_int(pcp->high - pcp->count - pcp->batch, pcp->batch);
	if (batch <= most && pcp->alloc_factor < PCP_BATCH_SCALE_MAX)
		pcp->alloc_factor++;
	return min_int(batch, most);
}

static struct page *rmqueue_pcplist(struct pglist_data *pgdat)
{
	struct per_cpu_pages *pcp = this_pcp(pgdat);
	struct page *page;

	if (cds_list_empty(&pcp->list) && !rmqueue_bulk(pgdat, pcp, nr_pcp_alloc(pcp)))
		return NULL;
	page = cds_list_first_entry(&pcp->list, struct page, lru);
	__builtin_prefetch(page->lru.next);
	list_del(&page->lru);
	pcp->count--;
	pcp->free_count >>= 1;
	return page;
}

struct page *alloc_pages(struct pglist_data *pgdat, unsigned int order)
{
	struct page *page;

	if (order > MAX_PAGE_ORDER || fault_should_fail())
		return NULL;
	if (order == 0) {
		page = rmqueue_pcplist(pgdat);
	} else {
		stat_lock(&pgdat->zone.lock);
		page = __rmqueue(pgdat, order);
		stat_unlock(&pgdat->zone.lock);
	}
	if (page)
		prep_new_page(page, order);
	return page;
}

bool alloc_page_array(struct pglist_data *pgdat, unsigned long nr, struct page **pages)
{
	if (fault_should_fail())
		return false;
	for (unsigned long i = 0; i < nr; i++) {
		pages[i] = rmqueue_pcplist(pgdat);
		if (!pages[i]) {
			while (i-- > 0)
				put_page(pgdat, pages[i]);
			return false;
		}
		prep_new_page(pages[i], 0);
	}
	return true;
}

/* A folio is freed without references or mappings; anything else is a bug of the caller. */
static bool free_page_is_bad(const struct folio *folio)
{
	const unsigned long allowed = PG_BIT(PG_referenced) | PG_BIT(PG_uptodate) |
				      PG_BIT(PG_dirty) | PG_BIT(PG_active) | PG_BIT(PG_head) |
				      PG_BIT(PG_swapbacked) | PG_BIT(PG_anon);

	return folio->page._refcount != 0 || folio->page._mapcount != -1 ||
	       folio->page.memcg_data || (folio->page.flags & ~allowed);
}

static profiled bool free_pages_prepare(struct folio *folio)
{
	profiled_leaf();
	if (port_unlikely(free_page_is_bad(folio)))
		return false;
	folio->page.order = 0;
	folio->page.mapping = NULL;
	return true;
}

/* How many pages a full per-CPU list gives back: more, the longer nothing was allocated. */
static int nr_pcp_free(const struct per_cpu_pages *pcp, int high)
{
	return max_int(min_int(pcp->free_count, high - pcp->batch), pcp->batch);
}

/* The high mark of a list that may be full: it has room for what a run of frees gives back at once. */
static int nr_pcp_high(struct per_cpu_pages *pcp)
{
	int high = pcp->high;

	if (port_unlikely(pcp->count >= high)) {
		int need = pcp->free_count + pcp->batch;

		if (high < need)
			pcp->high = min_int(max_int(need, pcp->high_min), pcp->high_max);
	}
	return high;
}

static profiled void free_frozen_page_commit(struct pglist_data *pgdat, struct page *page)
{
	struct per_cpu_pages *pcp = this_pcp(pgdat);

	int high;

	pcp->alloc_factor >>= 1;
	page_set_flags(page, PG_BIT(PG_pcp));
	list_add(&page->lru, &pcp->list);
	pcp->count++;
	if (pcp->free_count < pcp->batch << PCP_BATCH_SCALE_MAX)
		pcp->free_count++;
	high = nr_pcp_high(pcp);
	if (port_unlikely(pcp->count >= high))
		free_pcppages_bulk(pgdat, pcp, nr_pcp_free(pcp, high));
}

profiled void free_unref_folios(struct pglist_data *pgdat, struct folio **folios, unsigned int nr)
{
	unsigned long freed = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct page *page = &folios[i]->page;
		unsigned int order = folio_order(folios[i]);

		if (port_unlikely(!free_pages_prepare(folios[i]))) {
			__atomic_fetch_add(&pgdat->bad_pages, 1, __ATOMIC_RELAXED);
			continue;
		}
		freed += 1UL << order;
		if (port_likely(order == 0)) {
			free_frozen_page_commit(pgdat, page);
		} else {
			stat_lock(&pgdat->zone.lock);
			__free_one_page(pgdat, page, order);
			stat_unlock(&pgdat->zone.lock);
		}
	}
	measure_freed(freed);
}

void put_page(struct pglist_data *pgdat, struct page *page)
{
	struct folio *folio = page_folio(page);

	if (folio_ref_sub_and_test(folio, 1))
		free_unref_folios(pgdat, &folio, 1);
}

void drain_all_pages(struct pglist_data *pgdat)
{
	for (int cpu = 0; cpu < NR_CPUS; cpu++) {
		struct per_cpu_pages *pcp = &pgdat->zone.per_cpu[cpu];

		if (pcp->count)
			free_pcppages_bulk(pgdat, pcp, pcp->count);
		pcp->free_count = 0;
		pcp->alloc_factor = 0;
	}
}

/* Call a function for each range of frames that the zone has, upward. */
static void for_each_range(struct pglist_data *pgdat,
			   void (*fn)(struct pglist_data *pgdat, unsigned long pfn,
				      unsigned long nr, void *arg),
			   void *arg)
{
	const struct frame_runs *frames = pgdat->frames;
	unsigned long whole = frames ? frames->reserved : pgdat->zone.managed_pages;
	unsigned long end = frames ? pgdat->node_spanned_pages : whole;

	for (unsigned long r = 0; frames && r < frames->nr; r++)
		fn(pgdat, frames->run[r].start, frames->run[r].len, arg);
	if (whole)
		fn(pgdat, end - whole, whole, arg);
}

static void forget_range(struct pglist_data *pgdat, unsigned long pfn, unsigned long nr, void *arg)
{
	for (struct page *page = pfn_to_page(pgdat, pfn); nr--; page++)
		page_set_flags(page, 0);
}

/* All lists are empty, whatever was on them. */
static void lists_init(struct pglist_data *pgdat)
{
	struct zone *zone = &pgdat->zone;

	for (unsigned int o = 0; o < NR_PAGE_ORDERS; o++) {
		CDS_INIT_LIST_HEAD(&zone->free_area[o].free_list);
		zone->free_area[o].nr_free = 0;
	}
	for (int cpu = 0; cpu < NR_CPUS; cpu++) {
		struct per_cpu_pages *pcp = &zone->per_cpu[cpu];

		CDS_INIT_LIST_HEAD(&pcp->list);
		pcp->count = pcp->free_count = pcp->alloc_factor = 0;
		pcp->high = pcp->high_min;
	}
	zone->free_pages = zone->managed_pages;
}

void zone_forget(struct pglist_data *pgdat)
{
	for_each_range(pgdat, forget_range, NULL);
	lists_init(pgdat);
}

/* Runs are free page by page. */
static void free_run_add(struct pglist_data *pgdat, const struct frame_run *run)
{
	struct free_area *area = &pgdat->zone.free_area[0];
	struct page *page = pfn_to_page(pgdat, run->start);

	for (uint32_t i = 0; i < run->len; i++, page++) {
		page_set_flags(page, PG_BIT(PG_buddy));
		page->private = 0;
		cds_list_add_tail(&page->lru, &area->free_list);
	}
	area->nr_free += run->len;
}

/* A whole range is free in blocks of the largest order. */
static void free_blocks_add(struct pglist_data *pgdat, unsigned long pfn, unsigned long nr)
{
	const unsigned long block = 1UL << MAX_PAGE_ORDER;

	forget_range(pgdat, pfn, nr, NULL);
	for (unsigned long last = pfn + nr; last > pfn; last -= block)
		free_list_add(&pgdat->zone, pfn_to_page(pgdat, last - block), MAX_PAGE_ORDER);
}

void zone_reset(struct pglist_data *pgdat)
{
	const struct frame_runs *frames = pgdat->frames;

	lists_init(pgdat);
	if (!frames) {
		free_blocks_add(pgdat, 0, pgdat->zone.managed_pages);
		return;
	}
	for (unsigned long r = 0; r < frames->nr; r++)
		free_run_add(pgdat, &frames->run[frames->order[r]]);
	free_blocks_add(pgdat, pgdat->node_spanned_pages - frames->reserved, frames->reserved);
}

static void init_range(struct pglist_data *pgdat, unsigned long pfn, unsigned long nr, void *arg)
{
	for (unsigned long i = 0; i < nr; i++)
		page_init_free(pfn_to_page(pgdat, pfn + i));
}

void zone_adopt(struct pglist_data *pgdat)
{
	for_each_range(pgdat, init_range, NULL);
	zone_reset(pgdat);
}

void zone_init(struct pglist_data *pgdat, unsigned long managed_pages)
{
	struct zone *zone = &pgdat->zone;

	stat_lock_init(&zone->lock, LOCK_ZONE);
	zone->managed_pages = managed_pages;
	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		zone->per_cpu[cpu].batch = PCP_BATCH;
	zone_set_pageset_high(pgdat, zone->managed_pages, 2);
	zone_adopt(pgdat);
}

/* What a walk over all frames of the zone found. */
struct zone_scan {
	unsigned long covered; /* the frame behind the block that was found last */
	unsigned long free, used, misplaced;
	unsigned long blocks[NR_PAGE_ORDERS], in_lists; /* in_lists: of CPUs */
};

/* Does a list hold the page where the page says? */
static bool is_linked(const struct page *page)
{
	return page->lru.prev && page->lru.next && page->lru.prev->next == &page->lru &&
	       page->lru.next->prev == &page->lru;
}

/* One frame that no block before it covers: is it free, and how? */
static void scan_page(struct pglist_data *pgdat, unsigned long pfn, struct zone_scan *scan)
{
	const struct page *page = pfn_to_page(pgdat, pfn);
	unsigned long order = page->private;

	scan->covered = pfn + 1;
	if (!is_linked(page))
		return;
	if (page->flags == PG_BIT(PG_pcp)) {
		scan->free++;
		scan->in_lists++;
	} else if (page->flags == PG_BIT(PG_buddy) && order <= MAX_PAGE_ORDER &&
		   !(pfn & ((1UL << order) - 1))) {
		scan->free += 1UL << order;
		scan->blocks[order]++;
		scan->covered = pfn + (1UL << order);
	} else {
		scan->misplaced += page->flags == PG_BIT(PG_buddy);
	}
}

static void scan_range(struct pglist_data *pgdat, unsigned long pfn, unsigned long nr, void *arg)
{
	struct zone_scan *scan = arg;

	for (; nr--; pfn++) {
		const struct page *page = pfn_to_page(pgdat, pfn);

		scan->used += page->_refcount != 0 || page->_mapcount != -1;
		if (pfn >= scan->covered)
			scan_page(pgdat, pfn, scan);
		else
			scan->misplaced += (page->flags & PG_BIT(PG_buddy)) != 0;
	}
}

/* The lists hold as many blocks as the frames say. */
static void scan_lists(const struct zone *zone, struct zone_scan *scan)
{
	unsigned long in_lists = 0;

	for (unsigned int o = 0; o < NR_PAGE_ORDERS; o++)
		scan->misplaced += scan->blocks[o] != zone->free_area[o].nr_free;
	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		in_lists += (unsigned long)zone->per_cpu[cpu].count;
	scan->misplaced += in_lists != scan->in_lists ||
			   zone->free_pages + in_lists != zone->managed_pages;
}

bool zone_check(struct pglist_data *pgdat, char *err, size_t errlen)
{
	unsigned long total = pgdat->zone.managed_pages;
	struct zone_scan scan = {0};

	for_each_range(pgdat, scan_range, &scan);
	scan_lists(&pgdat->zone, &scan);
	if (!pgdat->bad_pages && !scan.misplaced && !scan.used && scan.free == total)
		return true;
	snprintf(err, errlen,
		 "%lu of %lu pages are free, %lu still referenced or mapped, %lu freed in a bad "
		 "state, %lu blocks misplaced",
		 scan.free, total, scan.used, pgdat->bad_pages, scan.misplaced);
	return false;
}
