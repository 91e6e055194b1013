/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several allocations fail in a row: a tree may try again after one, so that some calls fail only
 * then. For one file of a program that is linked with --wrap=fault_hit.
 */
#ifndef UMAPLE_TESTS_SHORTAGE_H
#define UMAPLE_TESTS_SHORTAGE_H

#include <stdbool.h>

bool __real_fault_hit(void);
bool __wrap_fault_hit(void);

/* How many allocations in a row fail, and how many of these are still to come. */
static unsigned long shortage, left;

bool __wrap_fault_hit(void)
{
	if (__real_fault_hit())
		left = shortage;
	return left && left--;
}

#endif
