/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An allocator of objects of one size, with a cache for each thread over chunks of 2 MiB.
 *
 * Both tree engines and the VMA layer allocate here, so that a comparison of engines never
 * compares allocators. The fast path is a thread-local pop or push. Threads exchange whole
 * magazines of free objects through a depot with a lock. So objects that a call_rcu worker frees
 * get back to the thread that allocates.
 *
 * Synchronization: every call may run beside every other, except slab_destroy(), which must be
 * the last call on its slab.
 */
#ifndef UMAPLE_SLAB_H
#define UMAPLE_SLAB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct slab;

/**
 * slab_create() - Create a slab for objects of one size.
 * @name: for messages; must outlive the slab.
 * @size: bytes per object, at least sizeof(void *), at most 64 KiB.
 * @align: a power of two, at most 4096; 0 means 8.
 *
 * Context: Any thread. May sleep.
 * Return: The slab, or NULL with errno set: EINVAL for a bad size or alignment, ENOMEM without
 * memory, ENOSPC if there are as many slabs as a thread's table
 * has places: 32 in the installed library, which needs three.
 */
struct slab *slab_create(const char *name, size_t size, size_t align);

/**
 * slab_create_typesafe() - Create a slab whose free objects a reader may still look at.
 * @name: for messages; must outlive the slab.
 * @size: bytes per object, as of slab_create().
 * @align: as of slab_create().
 * @lasts: a multiple of 8, at least 8, below @size. What an object has from this byte on stays as
 * it is while the object is free, and when it is allocated again. In a new object it is zero.
 *
 * The memory of an object is one of this slab until slab_destroy(), so a reader that comes too late
 * finds the last part of this object, or of its successor at this address. That part tells it so.
 *
 * Context: As slab_create().
 * Return: As slab_create(); EINVAL also for a bad @lasts.
 */
struct slab *slab_create_typesafe(const char *name, size_t size, size_t align, size_t lasts);

/**
 * slab_destroy() - Free a slab and all its memory.
 * @slab: the slab, or NULL.
 *
 * Context: No thread may use the slab or its objects any more. May sleep.
 * Return: The number of objects that were still in use; 0 if the user leaked nothing.
 */
size_t slab_destroy(struct slab *slab);

/**
 * slab_alloc() - Allocate one object. Its content is undefined.
 * @slab: the slab.
 *
 * Context: Any thread. May map memory. Waits for other threads only at the depot lock.
 * Return: The object, or NULL without memory.
 */
void *slab_alloc(struct slab *slab);

/**
 * slab_free() - Free one object.
 * @slab: the slab it came from.
 * @object: the object; NULL is ignored.
 *
 * Context: Any thread, not only the one that allocated. Never fails.
 */
void slab_free(struct slab *slab, void *object);

/**
 * slab_alloc_bulk() - Allocate several objects, or none.
 * @slab: the slab.
 * @n: the number of objects.
 * @objects: filled with @n pointers on success.
 *
 * Context: As slab_alloc().
 * Return: true, or false without memory; nothing is allocated then.
 */
bool slab_alloc_bulk(struct slab *slab, size_t n, void **objects);

/**
 * slab_free_bulk() - Free several objects.
 * @slab: the slab they came from.
 * @n: the number of objects.
 * @objects: the objects.
 *
 * Context: As slab_free().
 */
void slab_free_bulk(struct slab *slab, size_t n, void **objects);

/*
 * A chain of objects that one owner holds in reserve. It lies in the objects, so only a slab with
 * objects of 16 bytes or more has chains.
 */
struct slab_chain {
	size_t count; /* of this object and all after it */
	struct slab_chain *next;
};

/**
 * slab_chain_fill() - Make a chain long enough.
 * @slab: the slab.
 * @chain: the chain; NULL is an empty one. It is emptied if there is no memory.
 * @n: the number of objects that it must hold at least.
 *
 * An empty chain is replaced by the one that this thread freed last, which costs the same for any
 * @n. Only what is missing is allocated.
 *
 * Context: As slab_alloc().
 * Return: true, or false without memory.
 */
bool slab_chain_fill(struct slab *slab, struct slab_chain **chain, size_t n);

/**
 * slab_chain_pop() - Take one object out of a chain.
 * @chain: the chain.
 *
 * Context: Any thread. Never allocates.
 * Return: The object, or NULL if the chain is empty.
 */
static inline void *slab_chain_pop(struct slab_chain **chain)
{
	struct slab_chain *object = *chain;

	if (object)
		*chain = object->next;
	return object;
}

/**
 * slab_chain_free() - Free all objects of a chain.
 * @slab: the slab they came from.
 * @chain: the chain; empty afterwards.
 *
 * The thread keeps one chain for its next slab_chain_fill(). slab_in_use() counts that as free.
 *
 * Context: As slab_free().
 */
void slab_chain_free(struct slab *slab, struct slab_chain **chain);

/**
 * slab_in_use() - Count the objects that are allocated and not yet freed.
 * @slab: the slab.
 *
 * Context: Exact only while no other thread allocates or frees.
 * Return: The number of objects.
 */
size_t slab_in_use(struct slab *slab);

/**
 * slab_set_depot_lock() - Choose how the locks of all depots are taken.
 * @lock: takes the mutex that it is given, and returns 0; NULL is pthread_mutex_lock().
 *
 * With a lock function of its own a program measures how long threads wait for each other.
 *
 * Context: Any time, any thread.
 */
void slab_set_depot_lock(int (*lock)(pthread_mutex_t *mutex));

/**
 * slab_thread_flush() - Return this thread's cached free objects of all slabs to their depots.
 *
 * A thread that ends does this by itself.
 *
 * Context: Any thread.
 */
void slab_thread_flush(void);

#ifdef __cplusplus
}
#endif
#endif
