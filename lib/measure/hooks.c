// SPDX-License-Identifier: GPL-2.0-only
#include "hooks.h"

#include "base/slab.h"
#include "stat_lock.h"

static int lock_depot(pthread_mutex_t *mutex)
{
	return task_mutex_lock(mutex, LOCK_DEPOT);
}

void measure_init(void)
{
	clock_init();
	slab_set_depot_lock(lock_depot);
}
