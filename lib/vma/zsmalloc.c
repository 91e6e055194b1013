// SPDX-License-Identifier: GPL-2.0-only
#include "zsmalloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/port.h"
#include "page_alloc.h"

#define ZS_MIN_SIZE    32u
#define ZS_CLASS_DELTA 16u
#define ZS_NR_CLASSES  ((PAGE_SIZE - ZS_MIN_SIZE) / ZS_CLASS_DELTA + 1)
#define ZS_CHAIN_MAX   8u
#define ZS_NO_OBJECT   0xffffu

struct zspage {
	struct cds_list_head list;
	struct page *pages[ZS_CHAIN_MAX];
	uint16_t class;
	uint16_t inuse;
	uint16_t free_object; /* first of the free list, or ZS_NO_OBJECT */
	uint16_t nr_pages;
};

struct size_class {
	struct stat_lock lock;
	struct cds_list_head partial; /* zspages with a free object; full ones are on no list */
	uint16_t size;
	uint16_t nr_pages;   /* per zspage */
	uint16_t nr_objects; /* per zspage */
	unsigned long objects, zspages;
};

/* The place of an object: its zspage and number. The handle stays if the object moves. */
struct zs_handle {
	struct zspage *zspage;
	uint16_t object;
};

struct zs_pool {
	struct pglist_data *pgdat;
	struct slab *handles, *zspages;
	/*
	 * A task that frees an object holds off the moving of objects until it has the class lock.
	 * Nothing moves here, but both tasks write this line for every object, and that costs time.
	 */
	int migrate_lock __attribute__((aligned(64)));
	struct size_class class[ZS_NR_CLASSES];
};

/* The chain length that wastes least of its pages on a last object that does not fit. */
static void size_class_init(struct size_class *class, unsigned int size)
{
	unsigned int best = 1, best_waste = PAGE_SIZE;

	stat_lock_init(&class->lock, LOCK_SWAP);
	CDS_INIT_LIST_HEAD(&class->partial);
	for (unsigned int chain = 1; chain <= ZS_CHAIN_MAX; chain++) {
		unsigned int waste = chain * PAGE_SIZE % size * 100 / (chain * PAGE_SIZE);

		if (waste < best_waste) {
			best_waste = waste;
			best = chain;
		}
	}
	class->size = (uint16_t)size;
	class->nr_pages = (uint16_t)best;
	class->nr_objects = (uint16_t)(best * PAGE_SIZE / size);
	class->objects = 0;
	class->zspages = 0;
}

struct zs_pool *zs_create_pool(struct pglist_data *pgdat)
{
	struct zs_pool *pool;

	if (fault_should_fail())
		return NULL;
	pool = aligned_alloc(64, (sizeof(*pool) + 63) & ~(size_t)63);
	if (!pool)
		return NULL;
	pool->pgdat = pgdat;
	pool->migrate_lock = 0;
	pool->handles = slab_create("zs_handle", sizeof(struct zs_handle), 0);
	pool->zspages = slab_create("zspage", sizeof(struct zspage), 0);
	for (unsigned int i = 0; i < ZS_NR_CLASSES; i++)
		size_class_init(&pool->class[i], ZS_MIN_SIZE + i * ZS_CLASS_DELTA);
	if (!pool->handles || !pool->zspages) {
		zs_destroy_pool(pool);
		return NULL;
	}
	return pool;
}

void zs_destroy_pool(struct zs_pool *pool)
{
	if (!pool)
		return;
	if (pool->handles)
		slab_destroy(pool->handles);
	if (pool->zspages)
		slab_destroy(pool->zspages);
	free(pool);
}

/* The free-list link in an object: its first word, which may lie anywhere in the chain. */
static uint32_t *object_link(struct zs_pool *pool, const struct size_class *class,
			     const struct zspage *zspage, unsigned int object)
{
	unsigned long offset = (unsigned long)object * class->size;
	char *page = page_address(pool->pgdat, zspage->pages[offset >> PAGE_SHIFT]);

	return (uint32_t *)(page + (offset & ~PAGE_MASK));
}

static void free_zspage_pages(struct zs_pool *pool, struct zspage *zspage, unsigned int nr)
{
	while (nr-- > 0)
		put_page(pool->pgdat, zspage->pages[nr]);
}

static struct zspage *alloc_zspage(struct zs_pool *pool, const struct size_class *class)
{
	struct zspage *zspage = slab_alloc(pool->zspages);

	if (!zspage)
		return NULL;
	zspage->class = (uint16_t)(class - pool->class);
	zspage->inuse = 0;
	zspage->nr_pages = class->nr_pages;
	for (unsigned int i = 0; i < class->nr_pages; i++) {
		zspage->pages[i] = alloc_pages(pool->pgdat, 0);
		if (!zspage->pages[i]) {
			free_zspage_pages(pool, zspage, i);
			slab_free(pool->zspages, zspage);
			return NULL;
		}
		zspage->pages[i]->private = (unsigned long)zspage;
	}
	zspage->free_object = 0;
	for (unsigned int i = 0; i < class->nr_objects; i++)
		*object_link(pool, class, zspage, i) = i + 1 < class->nr_objects ? i + 1
										 : ZS_NO_OBJECT;
	return zspage;
}

struct zs_handle *zs_malloc(struct zs_pool *pool, size_t size)
{
	struct size_class *class;
	struct zs_handle *handle;
	struct zspage *zspage;

	if (size == 0 || size > PAGE_SIZE)
		return NULL;
	class = &pool->class[size <= ZS_MIN_SIZE
				     ? 0
				     : (size - ZS_MIN_SIZE + ZS_CLASS_DELTA - 1) / ZS_CLASS_DELTA];
	handle = slab_alloc(pool->handles);
	if (!handle)
		return NULL;

	stat_lock(&class->lock);
	if (cds_list_empty(&class->partial)) {
		zspage = alloc_zspage(pool, class);
		if (!zspage) {
			stat_unlock(&class->lock);
			slab_free(pool->handles, handle);
			return NULL;
		}
		cds_list_add(&zspage->list, &class->partial);
		class->zspages++;
	}
	zspage = cds_list_first_entry(&class->partial, struct zspage, list);
	handle->zspage = zspage;
	handle->object = zspage->free_object;
	zspage->free_object = (uint16_t)*object_link(pool, class, zspage, handle->object);
	if (++zspage->inuse == class->nr_objects)
		cds_list_del(&zspage->list);
	class->objects++;
	stat_unlock(&class->lock);
	return handle;
}

profiled void zs_free(struct zs_pool *pool, struct zs_handle *handle)
{
	struct zspage *zspage = handle->zspage;
	struct size_class *class = &pool->class[zspage->class];
	bool empty;

	__atomic_fetch_add(&pool->migrate_lock, 1, __ATOMIC_ACQUIRE);
	stat_lock_uncounted(&class->lock); /* free_swap_and_cache_nr() counts */
	__atomic_fetch_sub(&pool->migrate_lock, 1, __ATOMIC_RELEASE);
	*object_link(pool, class, zspage, handle->object) = zspage->free_object;
	zspage->free_object = handle->object;
	if (zspage->inuse-- == class->nr_objects)
		cds_list_add(&zspage->list, &class->partial);
	class->objects--;
	empty = zspage->inuse == 0;
	if (empty) {
		cds_list_del(&zspage->list);
		class->zspages--;
		free_zspage_pages(pool, zspage, zspage->nr_pages);
	}
	stat_unlock(&class->lock);

	if (empty)
		slab_free(pool->zspages, zspage);
	slab_free(pool->handles, handle);
}

void zs_lock_totals(const struct zs_pool *pool, struct lock_totals *totals)
{
	for (unsigned int i = 0; i < ZS_NR_CLASSES; i++)
		stat_lock_totals(&pool->class[i].lock, totals);
}

void zs_lock_clear(struct zs_pool *pool)
{
	for (unsigned int i = 0; i < ZS_NR_CLASSES; i++)
		stat_lock_clear(&pool->class[i].lock);
}

unsigned long zs_get_total_pages(const struct zs_pool *pool)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < ZS_NR_CLASSES; i++)
		pages += pool->class[i].zspages * pool->class[i].nr_pages;
	return pages;
}

unsigned long zs_objects(const struct zs_pool *pool)
{
	unsigned long objects = 0;

	for (unsigned int i = 0; i < ZS_NR_CLASSES; i++)
		objects += pool->class[i].objects;
	return objects;
}
