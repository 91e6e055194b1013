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
#include "lru.h"
#include "page_alloc.h"
#include "swapfile.h"
#include "tlb.h"

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
	unsigned long block = 1UL << MAX_PAGE_ORDER;
	struct pglist_data *pgdat;

	if (fault_should_fail())
		return NULL;
	pgdat = aligned_alloc(64, sizeof(*pgdat));
	if (!pgdat)
		return NULL;
	memset(pgdat, 0, sizeof(*pgdat));
	pgdat->node_spanned_pages = (nr_pages + block - 1) / block * block;
	pgdat->mem_map = map_lazily(pgdat->node_spanned_pages * sizeof(struct page));
	pgdat->memory = map_lazily(pgdat->node_spanned_pages << PAGE_SHIFT);
	if (!pgdat->mem_map || !pgdat->memory) {
		pgdat_destroy(pgdat);
		return NULL;
	}
	madvise(pgdat->mem_map, pgdat->node_spanned_pages * sizeof(struct page), MADV_HUGEPAGE);
	zone_init(pgdat);
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
	free(pgdat);
}

void pgdat_reset(struct pglist_data *pgdat)
{
	zone_reset(pgdat);
	if (pgdat->swap)
		pgdat->swap->next = 0;
}

/* The statistics count mapped folios. */
static bool nodestat_check(const struct pglist_data *pgdat, char *err, size_t errlen)
{
	long mapped = 0;

	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		mapped += pgdat->nodestat[cpu].nr_anon_mapped + pgdat->nodestat[cpu].nr_file_mapped;
	if (mapped)
		snprintf(err, errlen, "statistics still count %ld mapped pages", mapped);
	return !mapped;
}

bool pgdat_check(struct pglist_data *pgdat, char *err, size_t errlen)
{
	return zone_check(pgdat, err, errlen) && nodestat_check(pgdat, err, errlen) &&
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

int tlb_set_membarrier(struct pglist_data *pgdat, bool on)
{
	pgdat->tlb_membarrier = false;
	if (!on)
		return 0;
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		return -ENOSYS;
	pgdat->tlb_membarrier = true;
	return 0;
}
