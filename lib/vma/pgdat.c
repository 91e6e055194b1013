// SPDX-License-Identifier: GPL-2.0-only
#include "pgdat.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/port.h"
#include "frames.h"
#include "lru.h"
#include "memcontrol.h"
#include "page_alloc.h"
#include "swapfile.h"
#include "tlb.h"
#include "vmstat.h"

/* Address space without memory behind it yet. */
static void *map_lazily(size_t bytes)
{
	void *p;

	if (fault_should_fail())
		return NULL;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

struct pglist_data *pgdat_create(unsigned long nr_pages)
{
	return pgdat_create_within(nr_pages, nr_pages);
}

static unsigned long whole_blocks(unsigned long pages)
{
	unsigned long block = 1UL << MAX_PAGE_ORDER;

	return (pages + block - 1) / block * block;
}

struct pglist_data *pgdat_create_within(unsigned long nr_pages, unsigned long machine_pages)
{
	struct pglist_data *pgdat;

	if (fault_should_fail())
		return NULL;
	pgdat = aligned_alloc(64, sizeof(*pgdat));
	if (!pgdat)
		return NULL;
	memset(pgdat, 0, sizeof(*pgdat));
	pgdat->node_spanned_pages =
		whole_blocks(machine_pages > nr_pages ? machine_pages : nr_pages);
	pgdat->mem_map = map_lazily(pgdat->node_spanned_pages * sizeof(struct page));
	pgdat->memory = map_lazily(pgdat->node_spanned_pages << PAGE_SHIFT);
	if (!pgdat->mem_map || !pgdat->memory) {
		pgdat_destroy(pgdat);
		return NULL;
	}
	madvise(pgdat->mem_map, pgdat->node_spanned_pages * sizeof(struct page), MADV_HUGEPAGE);
	pgdat->memcg = mem_cgroup_create();
	if (!pgdat->memcg) {
		pgdat_destroy(pgdat);
		return NULL;
	}
	pgdat->tlb_mode = TLB_OFF;
	/* The allocator looks at neighbours that belong to others; no fault shall come of it. */
	for (unsigned long pfn = 0; pfn < pgdat->node_spanned_pages;
	     pfn += PAGE_SIZE / sizeof(struct page))
		pfn_to_page(pgdat, pfn)->flags = 0;
	zone_init(pgdat, whole_blocks(nr_pages));
	lruvec_init(&pgdat->lruvec);
	return pgdat;
}

void pgdat_destroy(struct pglist_data *pgdat)
{
	if (!pgdat)
		return;
	if (pgdat->mem_map)
		munmap(pgdat->mem_map, pgdat->node_spanned_pages * sizeof(struct page));
	if (pgdat->memory)
		munmap(pgdat->memory, pgdat->node_spanned_pages << PAGE_SHIFT);
	mem_cgroup_destroy(pgdat->memcg);
	frames_free(pgdat);
	free(pgdat);
}

void pgdat_reset(struct pglist_data *pgdat)
{
	zone_reset(pgdat);
	mem_cgroup_reset(pgdat->memcg);
	if (pgdat->swap)
		pgdat->swap->next = 0;
}

/* What the node and the zone count is gone when the victims are. */
static bool vmstat_check(const struct pglist_data *pgdat, char *err, size_t errlen)
{
	static const char *const names[NR_VM_NODE_STAT_ITEMS] = {
		[NR_LRU_BASE + LRU_INACTIVE_ANON] = "inactive anonymous",
		[NR_LRU_BASE + LRU_ACTIVE_ANON] = "active anonymous",
		[NR_LRU_BASE + LRU_INACTIVE_FILE] = "inactive file",
		[NR_LRU_BASE + LRU_ACTIVE_FILE] = "active file",
		[NR_ANON_MAPPED] = "mapped anonymous",
		[NR_FILE_MAPPED] = "mapped file",
	};

	for (int item = 0; item < NR_VM_NODE_STAT_ITEMS; item++) {
		long node = node_page_state(pgdat, (enum node_stat_item)item);
		long zone = item < NR_LRU_LISTS ? zone_lru_state(&pgdat->zone, (enum lru_list)item)
						: 0;

		if (!node && !zone)
			continue;
		snprintf(err, errlen,
			 "statistics still count %ld %s pages in the node, %ld in the zone", node,
			 names[item], zone);
		return false;
	}
	return true;
}

bool pgdat_check(struct pglist_data *pgdat, char *err, size_t errlen)
{
	return zone_check(pgdat, err, errlen) && vmstat_check(pgdat, err, errlen) &&
	       mem_cgroup_check(pgdat->memcg, err, errlen) &&
	       lruvec_check(&pgdat->lruvec, err, errlen);
}

void pgdat_lock_totals(const struct pglist_data *pgdat, struct lock_totals *totals)
{
	stat_lock_totals(&pgdat->lruvec.lru_lock, totals);
	stat_lock_totals(&pgdat->zone.lock, totals);
	swap_lock_totals(pgdat, totals);
}

void pgdat_lock_clear(struct pglist_data *pgdat)
{
	stat_lock_clear(&pgdat->lruvec.lru_lock);
	stat_lock_clear(&pgdat->zone.lock);
	swap_lock_clear(pgdat);
}

int tlb_set_mode(struct pglist_data *pgdat, enum tlb_mode mode)
{
	pgdat->tlb_mode = TLB_OFF;
	if ((mode == TLB_LAZY || mode == TLB_IPI) &&
	    syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		return -ENOSYS;
	pgdat->tlb_mode = mode;
	return 0;
}
