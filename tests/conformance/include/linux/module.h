/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that lib/test_maple_tree.c expects besides the header of the tree, for each tree.
 */
#ifndef UMAPLE_CONFORMANCE_MODULE_H
#define UMAPLE_CONFORMANCE_MODULE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_tests.h"
#include "base/port.h"

#define __init
#define __exit
#ifndef noinline
#define noinline __attribute__((noinline))
#endif

#define module_init(function) int (*const kernel_tests_main)(void) = function;
/* Never called, but referenced, so that the compiler does not warn of an unused function. */
#define module_exit(function)	 void (*const kernel_tests_exit)(void) = function;
#define MODULE_AUTHOR(text)	 struct module_author_
#define MODULE_DESCRIPTION(text) struct module_description_
#define MODULE_LICENSE(text)	 struct module_license_

#undef pr_info
#define pr_info(...)  fprintf(stderr, __VA_ARGS__)
#define pr_err(...)   fprintf(stderr, __VA_ARGS__)
#define pr_debug(...) ((void)0)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define cond_resched()	  ((void)0)

#undef rcu_read_lock
#undef rcu_read_unlock
#define rcu_read_lock()	  port_rcu_read_lock()
#define rcu_read_unlock() port_rcu_read_unlock()
#undef rcu_barrier
#define rcu_barrier() port_rcu_barrier()

/* Entries that are numbers, and the entry that reserves a range. */
static inline void *xa_mk_value(unsigned long number)
{
	return (void *)((number << 1) | 1);
}

#define XA_ZERO_ENTRY ((void *)(257UL << 2 | 2))

static inline bool xa_is_zero(const void *entry)
{
	return entry == XA_ZERO_ENTRY;
}

#endif
