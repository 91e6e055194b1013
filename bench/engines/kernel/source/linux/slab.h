/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node cache is a slab of ours, the same that the other engine uses.
 *
 * A request that may not block is served like any other. Failing it, to make the tree drop its
 * lock and ask once more, would make every store walk the tree twice: the measured tree would be
 * slower than the real one for a reason that is not its own. Failures come from memory really
 * running out, and from fault_arm() in tests.
 */
#ifndef UMAPLE_SOURCE_SLAB_H
#define UMAPLE_SOURCE_SLAB_H

#include <linux/kernel.h>

#define SLAB_PANIC	     0x1u
#define SLAB_HWCACHE_ALIGN   0x2u
#define SLAB_TYPESAFE_BY_RCU 0x4u

struct kmem_cache; /* a struct slab by another name */

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *));
void kmem_cache_shrink(struct kmem_cache *cache);

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

static inline void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	return slab_alloc((struct slab *)cache);
}

static inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	slab_free((struct slab *)cache, object);
}

/* All or none: the number asked for, or 0. */
static inline int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t n,
					void **objects)
{
	return slab_alloc_bulk((struct slab *)cache, n, objects) ? (int)n : 0;
}

static inline void kmem_cache_free_bulk(struct kmem_cache *cache, size_t n, void **objects)
{
	slab_free_bulk((struct slab *)cache, n, objects);
}

#endif
