/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocation faults on demand: the one place every allocator of the project asks before it
 * hands out memory, so that a test can make the n-th request fail and walk n upward until
 * nothing fails any more.
 *
 * With UMAPLE_NO_FAULTS no allocator asks: an installed library is compiled like that. All objects
 * that are linked together are compiled in the same way.
 */
#ifndef UMAPLE_FAULT_H
#define UMAPLE_FAULT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef UMAPLE_NO_FAULTS
static inline bool fault_should_fail(void)
{
	return false;
}
static inline bool fault_is_armed(void)
{
	return false;
}
#else
extern bool fault_armed; /* read on every allocation; written only while one thread runs */
bool fault_hit(void);

/**
 * fault_should_fail() - Must this allocation fail?
 *
 * Context: Any. One predictable branch unless a test armed the injector.
 * Return: true if the caller must behave as if memory had run out.
 */
static inline bool fault_should_fail(void)
{
	return __builtin_expect(fault_armed, 0) && fault_hit();
}

/**
 * fault_is_armed() - Is a fault going to be injected?
 *
 * An allocator that holds objects back for later asks this. While a fault is armed it uses none of
 * them, so that each operation makes its own requests.
 *
 * Context: Any.
 * Return: true between fault_arm() or fault_arm_from() and fault_disarm().
 */
static inline bool fault_is_armed(void)
{
	return __builtin_expect(fault_armed, 0);
}

/**
 * fault_arm() - Let one allocation fail.
 * @nth: 0 fails the next request, 1 the one after it, and so on.
 *
 * Requests after the failing one succeed again.
 *
 * Context: No other thread may allocate meanwhile.
 */
void fault_arm(unsigned long nth);

/**
 * fault_arm_from() - Let all allocations fail from one on.
 * @nth: the number of requests that still succeed.
 *
 * Context: No other thread may allocate meanwhile.
 */
void fault_arm_from(unsigned long nth);

/**
 * fault_disarm() - Stop injecting.
 *
 * Context: No other thread may allocate meanwhile.
 * Return: true if the armed fault was delivered, false if too few requests came.
 */
bool fault_disarm(void);
#endif

#ifdef __cplusplus
}
#endif
#endif
