/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types of the tree's header. libc includes headers of this name for its own purposes, so the
 * system's comes along.
 */
#ifndef UMAPLE_LINUX_TYPES_H
#define UMAPLE_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include_next <linux/types.h>

#define __rcu

typedef uint32_t u32;

/*
 * Who may wait for memory. Nobody waits here, so the flags only tell the tree whether it may
 * drop its lock around an allocation, and whether the caller wants zeroed memory.
 */
typedef unsigned int gfp_t;

#define __GFP_DIRECT_RECLAIM 0x01u
#define __GFP_ZERO	     0x02u
#define __GFP_NOWARN	     0x04u
#define __GFP_NOFAIL	     0x08u
#define __GFP_ACCOUNT	     0x10u

#define GFP_NOWAIT	   __GFP_NOWARN
#define GFP_ATOMIC	   0x20u
#define GFP_KERNEL	   (0x40u | __GFP_DIRECT_RECLAIM)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)

typedef struct {
	int counter;
} atomic_t;

#define atomic_read(v)	  __atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_set(v, to) __atomic_store_n(&(v)->counter, (to), __ATOMIC_RELAXED)
#define atomic_inc(v)	  ((void)__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_RELAXED))

#endif
