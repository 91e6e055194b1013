/* SPDX-License-Identifier: GPL-2.0-only */
/* For a program whose readers walk a kernel's tree under RCU: included once in it. */
#ifndef TESTS_KERNEL_TREE_TSAN_H
#define TESTS_KERNEL_TREE_TSAN_H

#include "base/port.h"

#ifdef PORT_TSAN
/* A kernel's tree has plain loads and stores that its own readers race with by design. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:/engines/kernel/source/";
}
#endif

#endif
