// SPDX-License-Identifier: GPL-2.0-only
#include "vmstat.h"

#include "measure/hooks.h"

static inline void vmstat_add(int8_t *diff, long *shared, long delta)
{
	long x = *diff + delta;

	if (port_unlikely(x > VMSTAT_THRESHOLD || x < -VMSTAT_THRESHOLD)) {
		__atomic_fetch_add(shared, x, __ATOMIC_RELAXED);
		x = 0;
	}
	*diff = (int8_t)x;
}

profiled void __mod_node_page_state(struct pglist_data *pgdat, enum node_stat_item item, long delta)
{
	profiled_leaf();
	vmstat_add(&pgdat->nodestat[smp_processor_id()].vm_node_stat_diff[item],
		   &pgdat->vm_stat[item], delta);
}

profiled void __mod_zone_page_state(struct zone *zone, enum lru_list lru, long delta)
{
	profiled_leaf();
	vmstat_add(&zone->zonestat[smp_processor_id()].vm_stat_diff[lru], &zone->vm_stat[lru],
		   delta);
}
