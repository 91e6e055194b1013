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

/* Since 6.13 alignment and constructor come in a structure. */
struct kmem_cache_args {
	unsigned int align;
	unsigned int sheaf_capacity;
	void (*ctor)(void *object);
};

struct kmem_cache *kernel_tree_cache_create(const char *name, unsigned int size,
					    const struct kmem_cache_args *args, unsigned int flags);
#define CACHE_CREATE_4(name, size, args, flags) kernel_tree_cache_create(name, size, args, flags)
#define CACHE_CREATE_5(name, size, alignment, flags, constructor) \
	kernel_tree_cache_create(                                 \
		name, size,                                       \
		&(struct kmem_cache_args){.align = (alignment), .ctor = (constructor)}, flags)
#define CACHE_CREATE_N(a, b, c, d, e, create, ...) create
#define kmem_cache_create(...) \
	CACHE_CREATE_N(__VA_ARGS__, CACHE_CREATE_5, CACHE_CREATE_4, )(__VA_ARGS__)

void kmem_cache_shrink(struct kmem_cache *cache);

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

/* A request that may not fail waits for memory, and ends the program if none comes. */
void kernel_tree_alloc_nofail(struct kmem_cache *cache, size_t n, void **objects)
	__attribute__((cold));

/* All or none: true if all are there. */
static inline bool kernel_tree_alloc(struct kmem_cache *cache, gfp_t gfp, size_t n, void **objects)
{
	if (likely(slab_alloc_bulk((struct slab *)cache, n, objects)))
		return true;
	if (gfp & __GFP_NOFAIL)
		kernel_tree_alloc_nofail(cache, n, objects);
	return gfp & __GFP_NOFAIL;
}

static inline void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object = slab_alloc((struct slab *)cache);

	if (unlikely(!object && (gfp & __GFP_NOFAIL)))
		kernel_tree_alloc_nofail(cache, 1, &object);
	return object;
}

static inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	slab_free((struct slab *)cache, object);
}

/* All or none: the number asked for, or 0. */
/* The number asked for, or 0. */
static inline int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t n,
					void **objects)
{
	return kernel_tree_alloc(cache, gfp, n, objects) ? (int)n : 0;
}

static inline void kmem_cache_free_bulk(struct kmem_cache *cache, size_t n, void **objects)
{
	slab_free_bulk((struct slab *)cache, n, objects);
}

/* There is one cache, so an object alone tells where it belongs. */
void kfree(const void *object);

/*
 * A sheaf is an array of free objects that belongs to one cursor. As SLUB does it for each CPU,
 * each thread keeps one spare sheaf; a cursor takes it and gives it back, and most operations then
 * allocate nothing.
 */
struct slab_sheaf {
	unsigned int size, capacity;
	void *object[];
};

/**
 * kmem_cache_prefill_sheaf() - A sheaf that holds some objects at least.
 * @cache: the cache.
 * @gfp: with __GFP_NOFAIL it waits for memory.
 * @size: how many objects.
 *
 * Context: Any thread.
 * Return: The sheaf, the caller's; NULL without memory.
 */
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *cache, gfp_t gfp, unsigned int size);

/**
 * kmem_cache_refill_sheaf() - Make a sheaf hold some objects at least.
 * @cache: the cache.
 * @gfp: as above.
 * @sheafp: the sheaf; another one takes its place if it is too small.
 * @size: how many objects.
 *
 * Context: Any thread.
 * Return: 0; -ENOMEM with the sheaf as it was.
 */
int kmem_cache_refill_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf **sheafp,
			    unsigned int size);

/**
 * kmem_cache_return_sheaf() - Give a sheaf back with the objects that are left in it.
 * @cache: the cache.
 * @gfp: of no meaning here.
 * @sheaf: the sheaf.
 *
 * Context: Any thread.
 */
void kmem_cache_return_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf);

static inline void *kmem_cache_alloc_from_sheaf(struct kmem_cache *cache, gfp_t gfp,
						struct slab_sheaf *sheaf)
{
	return likely(sheaf->size) ? sheaf->object[--sheaf->size] : NULL;
}

static inline unsigned int kmem_cache_sheaf_size(const struct slab_sheaf *sheaf)
{
	return sheaf->size;
}

#endif
