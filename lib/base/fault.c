// SPDX-License-Identifier: GPL-2.0-only
#include "fault.h"

#ifndef UMAPLE_NO_FAULTS
bool fault_armed;
static unsigned long countdown;
static bool delivered, lasting;

bool fault_hit(void)
{
	/* Two roles may allocate at once; exactly one of them meets the zero. */
	unsigned long before = __atomic_fetch_sub(&countdown, 1, __ATOMIC_RELAXED);

	if (before && !(lasting && (long)before < 0))
		return false;
	__atomic_store_n(&delivered, true, __ATOMIC_RELAXED);
	return true;
}

static void arm(unsigned long nth, bool last)
{
	countdown = nth;
	delivered = false;
	lasting = last;
	fault_armed = true;
}

void fault_arm(unsigned long nth)
{
	arm(nth, false);
}

void fault_arm_from(unsigned long nth)
{
	arm(nth, true);
}

bool fault_disarm(void)
{
	fault_armed = false;
	return delivered;
}
#endif
