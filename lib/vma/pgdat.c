// SPDX-License-Identifier: GPL-2.0-only
/* The node as a whole: what page allocator, LRU lists and swap each have a part of. */
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "page_alloc.h"
#include "swapfile.h"
#include "tlb.h"

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
