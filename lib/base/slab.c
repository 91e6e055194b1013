// SPDX-License-Identifier: GPL-2.0-only
/*
 * Magazines over chunks.
 *
 * A magazine is an array of pointers to free objects. For each slab a thread holds the magazine
 * that it works on, and at most one spare magazine, full or empty. With the spare, a thread that
 * allocates and frees around a magazine's border does not go to the depot each time. The depot
 * holds stocked magazines and empty ones.
 *
 * A magazine is an array and not a chain through the objects, because an object that another
 * thread freed is not in this CPU's cache; the call_rcu worker frees each tree node. A chain
 * would wait for the object's memory just to read the next link. An array shows the next few
 * objects, and they are fetched while the thread is busy with this one.
 *
 * The fast path keeps no count. The objects in use are all carved objects, less those in the
 * depot, less those in the caches of all registered threads. A new cache is all zeros: it has no
 * object and no room, so its first use takes the slow path, which registers the thread.
 *
 * Under AddressSanitizer and ThreadSanitizer each object is an allocation of its own, so that
 * they see a use after free and a race over a reused object. The count is one atomic there.
 */
#include "slab.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fault.h"
#include "port.h"

#ifndef SLAB_MAX
#define SLAB_MAX 32 /* slabs at a time; sizes each thread's table */
#endif
#define CHUNK_SIZE	((size_t)2 << 20)
#define MAGAZINE_MAX	64		   /* a power of two */
#define MAGAZINE_BYTES	((size_t)64 << 10) /* large objects go in smaller magazines */
#define SIZE_MAX_OBJECT ((size_t)64 << 10)
#define ALIGN_MAX	4096
#define FETCH_AHEAD	3 /* objects; one write takes two or three */
#define FETCH_MOST	384
#define KEEP_MAX	64 /* objects of a chain that a thread keeps */

#if defined(PORT_ASAN) || defined(PORT_TSAN)
#define SLAB_PER_OBJECT 1
#else
#define SLAB_PER_OBJECT 0
#endif

struct magazine {
	struct magazine *next; /* in the depot */
	unsigned int count;    /* not current while a thread works on it: see struct cache */
	void *object[MAGAZINE_MAX];
};

/* At the end of a chunk, so that the objects begin at the chunk's own alignment. */
struct chunk_tail {
	void *next;
};

struct slab {
	/* Read by every call, written only at creation. */
	unsigned int id;
	unsigned int magazine; /* objects in a full magazine */
	size_t size, align;
	size_t fetch; /* bytes of an object that are worth a prefetch */
	size_t lasts; /* an object's bytes from here on stay while it is free; or its size */
	const char *name;

	/* Written under the lock; on cache lines apart from the fields above. */
	pthread_mutex_t lock __attribute__((aligned(64)));
	struct magazine *stocked, *empty;
	void **loose;		 /* a chain; used when there is no memory for a magazine */
	size_t in_depot;	 /* objects, stocked and loose */
	char *fresh, *fresh_end; /* the part of the newest chunk that is not carved yet */
	char *chunks;
	size_t carved;
	/* Used only if SLAB_PER_OBJECT: */
	size_t in_use;
	void **typesafe; /* free objects of a slab whose objects stay what they are, a chain */
};

struct cache {
	struct magazine *magazine;
	struct magazine *spare;	   /* full, empty or NULL */
	unsigned int count, limit; /* of ->magazine */
};

/* The chain that a thread freed last. Apart from struct cache, since few slabs have one. */
struct kept {
	struct slab_chain *chain;
	size_t count; /* here for slab_in_use(), which may not look into the objects */
};

struct thread {
	struct cache cache[SLAB_MAX];
	struct kept kept[SLAB_MAX];
	struct thread *next, **prev;
	bool registered;
};

static __thread struct thread self __attribute__((tls_model("initial-exec"), aligned(64)));

/* Taken before any slab's own lock. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct slab *slabs[SLAB_MAX];
static struct thread *threads;
static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static int (*depot_lock)(pthread_mutex_t *mutex) = pthread_mutex_lock;

/* ---- Debug builds fill a free object with a pattern, and check it at the next allocation ---- */

#if defined(UMAPLE_DEBUG) && !SLAB_PER_OBJECT
#define POISON	     0x6b
#define POISON_WORD  0x6b6b6b6b6b6b6b6bULL
#define FREE_MARK(o) ((uintptr_t)(o) ^ POISON_WORD)

static void poison_free(struct slab *slab, void *object)
{
	uint64_t *end = (uint64_t *)((char *)object + slab->lasts);

	PORT_BUG_ON(end[-1] == FREE_MARK(object)); /* freed twice */
	memset(object, POISON, slab->lasts);
	end[-1] = FREE_MARK(object);
}

/* A late writer most likely hits one of the ends. A check of all bytes would be slow. */
static void poison_check(struct slab *slab, void *object)
{
	uint64_t *end = (uint64_t *)((char *)object + slab->lasts);

	PORT_BUG_ON(end[-1] != FREE_MARK(object));
	PORT_BUG_ON(slab->lasts > 16 && *(uint64_t *)object != POISON_WORD);
	end[-1] = 0;
}
#else
static inline void poison_free(struct slab *slab, void *object)
{
}
static inline void poison_check(struct slab *slab, void *object)
{
}
#endif

/* ---- The depot; all of it under slab->lock ---- */

static char *chunk_map(void)
{
	char *map, *chunk;
	size_t head;

	map = mmap(NULL, 2 * CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0);
	if (map == MAP_FAILED)
		return NULL;
	chunk = (char *)(((uintptr_t)map + CHUNK_SIZE - 1) & ~(uintptr_t)(CHUNK_SIZE - 1));
	head = chunk - map;
	if (head)
		munmap(map, head);
	munmap(chunk + CHUNK_SIZE, CHUNK_SIZE - head);
	madvise(chunk, CHUNK_SIZE, MADV_HUGEPAGE); /* may fail where there are no huge pages */
	return chunk;
}

/* Fill an empty magazine with new objects. The lowest is allocated first. */
static unsigned int carve(struct slab *slab, struct magazine *magazine)
{
	size_t left = (slab->fresh_end - slab->fresh) / slab->size;
	unsigned int n, i;

	if (!left) {
		char *chunk = chunk_map();
		struct chunk_tail *tail;

		if (!chunk)
			return 0;
		tail = (struct chunk_tail *)(chunk + CHUNK_SIZE) - 1;
		tail->next = slab->chunks;
		slab->chunks = chunk;
		slab->fresh = chunk;
		slab->fresh_end = (char *)tail;
		left = (slab->fresh_end - slab->fresh) / slab->size;
	}
	n = left < slab->magazine ? left : slab->magazine;
	for (i = n; i > 0; i--) {
		magazine->object[i - 1] = slab->fresh;
		poison_free(slab, slab->fresh);
		slab->fresh += slab->size;
	}
	slab->carved += n;
	return n;
}

static unsigned int take_loose(struct slab *slab, struct magazine *magazine)
{
	unsigned int n;

	for (n = 0; n < slab->magazine && slab->loose; n++) {
		magazine->object[n] = slab->loose;
		slab->loose = *slab->loose;
		poison_free(slab, magazine->object[n]);
	}
	slab->in_depot -= n;
	return n;
}

static void put_loose(struct slab *slab, void *object)
{
	poison_check(slab, object); /* clears the mark: the link overwrites the pattern */
	*(void **)object = slab->loose;
	slab->loose = object;
	slab->in_depot++;
}

static void put_magazine(struct slab *slab, struct magazine *magazine)
{
	struct magazine **list = magazine->count ? &slab->stocked : &slab->empty;

	magazine->next = *list;
	*list = magazine;
	slab->in_depot += magazine->count;
}

static struct magazine *take_stocked(struct slab *slab)
{
	struct magazine *magazine = slab->stocked;

	if (magazine) {
		slab->stocked = magazine->next;
		slab->in_depot -= magazine->count;
	}
	return magazine;
}

static struct magazine *take_empty(struct slab *slab)
{
	struct magazine *magazine = slab->empty;

	if (magazine) {
		slab->empty = magazine->next;
	} else {
		magazine = aligned_alloc(64, (sizeof(*magazine) + 63) & ~(size_t)63);
		if (magazine)
			memset(magazine, 0, sizeof(*magazine));
	}
	return magazine;
}

static void free_magazines(struct magazine *magazine)
{
	while (magazine) {
		struct magazine *next = magazine->next;

		free(magazine);
		magazine = next;
	}
}

void slab_set_depot_lock(int (*lock)(pthread_mutex_t *mutex))
{
	__atomic_store_n(&depot_lock, lock ? lock : pthread_mutex_lock, __ATOMIC_RELAXED);
}

static void lock_depot(struct slab *slab)
{
	__atomic_load_n(&depot_lock, __ATOMIC_RELAXED)(&slab->lock);
}

/* ---- Caches ---- */

static size_t cache_count(const struct thread *thread, unsigned int id)
{
	const struct cache *cache = &thread->cache[id];
	const struct magazine *spare = port_read_once(cache->spare);

	/* Another thread's cache may change meanwhile. The sum is inexact then. */
	return port_read_once(cache->count) + (spare ? spare->count : 0) +
	       port_read_once(thread->kept[id].count);
}

static void cache_flush(struct slab *slab, struct cache *cache)
{
	lock_depot(slab);
	if (cache->spare)
		put_magazine(slab, cache->spare);
	if (cache->magazine) {
		cache->magazine->count = cache->count;
		put_magazine(slab, cache->magazine);
	}
	pthread_mutex_unlock(&slab->lock);
	memset(cache, 0, sizeof(*cache));
}

static void cache_load(struct slab *slab, struct cache *cache, struct magazine *magazine)
{
	cache->magazine = magazine;
	cache->count = magazine->count;
	cache->limit = slab->magazine;
	/* Another CPU filled it. */
	for (unsigned int i = 0; i < cache->count; i += 8)
		__builtin_prefetch(&magazine->object[i]);
}

static void cache_swap(struct slab *slab, struct cache *cache)
{
	struct magazine *old = cache->magazine;

	old->count = cache->count;
	cache_load(slab, cache, cache->spare);
	cache->spare = old;
}

/* ---- Threads ---- */

static void flush_self(void);

/* If a destructor after this one frees objects, it registers the thread again. */
static void thread_exit(void *unused)
{
	pthread_mutex_lock(&registry_lock);
	flush_self();
	*self.prev = self.next;
	if (self.next)
		self.next->prev = self.prev;
	self.registered = false;
	pthread_mutex_unlock(&registry_lock);
}

static void make_exit_key(void)
{
	PORT_BUG_ON(pthread_key_create(&exit_key, thread_exit));
}

static bool register_self(void)
{
	if (pthread_setspecific(exit_key, &self))
		return false;
	pthread_mutex_lock(&registry_lock);
	self.next = threads;
	self.prev = &threads;
	if (threads)
		threads->prev = &self.next;
	threads = &self;
	self.registered = true;
	pthread_mutex_unlock(&registry_lock);
	return true;
}

void slab_thread_flush(void)
{
	pthread_mutex_lock(&registry_lock);
	flush_self();
	pthread_mutex_unlock(&registry_lock);
}

/* ---- Slow paths ---- */

/* The thread's magazine is empty: get one with objects. */
static __attribute__((noinline, cold)) bool refill(struct slab *slab, struct cache *cache)
{
	struct magazine *stocked;

	if (!self.registered && !register_self())
		return false;
	if (cache->spare && cache->spare->count) {
		cache_swap(slab, cache);
		return true;
	}
	lock_depot(slab);
	stocked = take_stocked(slab);
	if (stocked) {
		if (cache->spare)
			put_magazine(slab, cache->spare);
		cache->spare = cache->magazine;
		if (cache->spare)
			cache->spare->count = 0;
		cache_load(slab, cache, stocked);
	} else {
		if (!cache->magazine) {
			struct magazine *empty = take_empty(slab);

			if (empty)
				cache_load(slab, cache, empty);
		}
		if (cache->magazine && slab->loose)
			cache->count = take_loose(slab, cache->magazine);
		else if (cache->magazine)
			cache->count = carve(slab, cache->magazine);
	}
	pthread_mutex_unlock(&slab->lock);
	return cache->count != 0;
}

/* The thread's magazine is full: get an empty one. Without memory the object goes into a chain. */
static __attribute__((noinline, cold)) bool make_room(struct slab *slab, struct cache *cache,
						      void *object)
{
	struct magazine *empty = NULL;

	if (cache->spare && !cache->spare->count) {
		cache_swap(slab, cache);
		return true;
	}
	if (!self.registered)
		register_self();
	lock_depot(slab);
	if (self.registered) /* otherwise the cache would never be flushed */
		empty = take_empty(slab);
	if (!empty) {
		put_loose(slab, object);
	} else {
		if (cache->spare)
			put_magazine(slab, cache->spare);
		cache->spare = cache->magazine;
		if (cache->spare)
			cache->spare->count = cache->count;
		cache_load(slab, cache, empty);
	}
	pthread_mutex_unlock(&slab->lock);
	return empty;
}

/*
 * Objects that stay what they are go back to nobody; AddressSanitizer sees who reads the rest, but for the
 * first word, in which the leak detector has to find the next object.
 */
static void *typesafe_new(struct slab *slab)
{
	void **object;

	pthread_mutex_lock(&slab->lock);
	object = slab->typesafe;
	if (object) {
		port_asan_unpoison(object, slab->lasts);
		slab->typesafe = *object;
	}
	pthread_mutex_unlock(&slab->lock);
	if (!object) {
		object = aligned_alloc(slab->align, slab->size);
		if (object)
			memset(object, 0, slab->size);
	}
	return object;
}

static void typesafe_delete(struct slab *slab, void **object)
{
	pthread_mutex_lock(&slab->lock);
	*object = slab->typesafe;
	slab->typesafe = object;
	port_asan_poison(object + 1, slab->lasts - sizeof(*object));
	pthread_mutex_unlock(&slab->lock);
}

static void *object_new(struct slab *slab)
{
	void *object = slab->lasts < slab->size ? typesafe_new(slab)
						: aligned_alloc(slab->align, slab->size);

	if (object)
		__atomic_add_fetch(&slab->in_use, 1, __ATOMIC_RELAXED);
	return object;
}

static void object_delete(struct slab *slab, void *object)
{
	__atomic_sub_fetch(&slab->in_use, 1, __ATOMIC_RELAXED);
	if (slab->lasts < slab->size)
		typesafe_delete(slab, object);
	else
		free(object);
}

/* ---- The interface ---- */

/* A freed object has left the CPU's cache by the time that it comes back, all of it. */
static inline void fetch(const struct slab *slab, const char *object)
{
	for (size_t at = 0; at < slab->fetch; at += 64)
		__builtin_prefetch(object + at, 1);
}

static inline void *pop(struct slab *slab)
{
	struct cache *cache = &self.cache[slab->id];
	void *object;

	if (SLAB_PER_OBJECT)
		return object_new(slab);
	if (port_unlikely(!cache->count) && !refill(slab, cache))
		return NULL;
	object = cache->magazine->object[--cache->count];
	/* The index wraps around at 0; a prefetch of a stale pointer does no harm. */
	fetch(slab, cache->magazine->object[(cache->count - FETCH_AHEAD) % MAGAZINE_MAX]);
	poison_check(slab, object);
	return object;
}

static inline void push(struct slab *slab, void *object)
{
	struct cache *cache = &self.cache[slab->id];

	if (SLAB_PER_OBJECT) {
		object_delete(slab, object);
		return;
	}
	poison_free(slab, object);
	if (port_unlikely(cache->count == cache->limit) && !make_room(slab, cache, object))
		return;
	cache->magazine->object[cache->count++] = object;
}

static void free_kept(struct slab *slab, struct kept *kept)
{
	void *object;

	kept->count = 0;
	while ((object = slab_chain_pop(&kept->chain)))
		push(slab, object);
}

/* Under registry_lock; the thread is registered. */
static void flush_self(void)
{
	for (unsigned int i = 0; i < SLAB_MAX; i++) {
		if (self.kept[i].chain)
			free_kept(slabs[i], &self.kept[i]);
		if (self.cache[i].magazine)
			cache_flush(slabs[i], &self.cache[i]);
	}
}

void *slab_alloc(struct slab *slab)
{
	if (fault_should_fail())
		return NULL;
	return pop(slab);
}

void slab_free(struct slab *slab, void *object)
{
	if (object)
		push(slab, object);
}

bool slab_alloc_bulk(struct slab *slab, size_t n, void **objects)
{
	size_t i;

	if (fault_should_fail())
		return false;
	for (i = 0; i < n; i++) {
		objects[i] = pop(slab);
		if (!objects[i]) {
			slab_free_bulk(slab, i, objects);
			return false;
		}
	}
	return true;
}

void slab_free_bulk(struct slab *slab, size_t n, void **objects)
{
	size_t i;

	for (i = 0; i < n; i++)
		push(slab, objects[i]);
}

bool slab_chain_fill(struct slab *slab, struct slab_chain **chain, size_t n)
{
	struct kept *kept = &self.kept[slab->id];
	size_t have;

	if (!*chain && !fault_is_armed()) {
		*chain = kept->chain;
		*kept = (struct kept){0};
	}
	for (have = *chain ? (*chain)->count : 0; port_unlikely(have < n); have++) {
		struct slab_chain *object = slab_alloc(slab);

		if (!object) {
			slab_chain_free(slab, chain);
			return false;
		}
		object->count = have + 1;
		object->next = *chain;
		*chain = object;
	}
	return true;
}

void slab_chain_free(struct slab *slab, struct slab_chain **chain)
{
	struct kept *kept = &self.kept[slab->id];
	size_t most = SLAB_PER_OBJECT || kept->chain || !self.registered ? 0 : KEEP_MAX;

	while (*chain && (*chain)->count > most)
		push(slab, slab_chain_pop(chain));
	if (*chain) {
		*kept = (struct kept){*chain, (*chain)->count};
		*chain = NULL;
	}
}

size_t slab_in_use(struct slab *slab)
{
	struct thread *thread;
	size_t n;

	if (SLAB_PER_OBJECT)
		return __atomic_load_n(&slab->in_use, __ATOMIC_RELAXED);
	pthread_mutex_lock(&registry_lock);
	pthread_mutex_lock(&slab->lock);
	n = slab->carved - slab->in_depot;
	pthread_mutex_unlock(&slab->lock);
	for (thread = threads; thread; thread = thread->next)
		n -= cache_count(thread, slab->id);
	pthread_mutex_unlock(&registry_lock);
	return n;
}

struct slab *slab_create(const char *name, size_t size, size_t align)
{
	struct slab *slab;
	unsigned int id;

	if (!align)
		align = 8;
	if (size < sizeof(void *) || size > SIZE_MAX_OBJECT || align > ALIGN_MAX ||
	    (align & (align - 1))) {
		errno = EINVAL;
		return NULL;
	}
	if (align < sizeof(void *))
		align = sizeof(void *);
	pthread_once(&exit_once, make_exit_key);
	if (fault_should_fail() || posix_memalign((void **)&slab, 64, sizeof(*slab))) {
		errno = ENOMEM;
		return NULL;
	}
	memset(slab, 0, sizeof(*slab));
	slab->size = (size + align - 1) & ~(align - 1);
	slab->align = align;
	slab->lasts = slab->size;
	slab->fetch = slab->size < FETCH_MOST ? slab->size : FETCH_MOST;
	slab->name = name;
	slab->magazine = MAGAZINE_BYTES / slab->size;
	if (slab->magazine > MAGAZINE_MAX)
		slab->magazine = MAGAZINE_MAX;
	if (!slab->magazine)
		slab->magazine = 1;
	pthread_mutex_init(&slab->lock, NULL);

	pthread_mutex_lock(&registry_lock);
	for (id = 0; id < SLAB_MAX && slabs[id]; id++)
		;
	if (id < SLAB_MAX) {
		slab->id = id;
		slabs[id] = slab;
	}
	pthread_mutex_unlock(&registry_lock);
	if (id == SLAB_MAX) {
		pthread_mutex_destroy(&slab->lock);
		free(slab);
		errno = ENOSPC;
		return NULL;
	}
	return slab;
}

struct slab *slab_create_typesafe(const char *name, size_t size, size_t align, size_t lasts)
{
	struct slab *slab;

	if (lasts < sizeof(uint64_t) || lasts % sizeof(uint64_t) || lasts >= size) {
		errno = EINVAL;
		return NULL;
	}
	slab = slab_create(name, size, align);
	if (slab)
		slab->lasts = lasts;
	return slab;
}

size_t slab_destroy(struct slab *slab)
{
	struct thread *thread;
	size_t leaked;
	char *chunk;

	if (!slab)
		return 0;
	leaked = slab_in_use(slab);
	pthread_mutex_lock(&registry_lock);
	/* The next slab with this id must not get objects of this one from the caches of threads. */
	for (thread = threads; thread; thread = thread->next) {
		cache_flush(slab, &thread->cache[slab->id]);
		thread->kept[slab->id] = (struct kept){0};
	}
	slabs[slab->id] = NULL;
	pthread_mutex_unlock(&registry_lock);
	while ((chunk = slab->chunks)) {
		struct chunk_tail *tail = (struct chunk_tail *)(chunk + CHUNK_SIZE) - 1;

		slab->chunks = tail->next;
		munmap(chunk, CHUNK_SIZE);
	}
	free_magazines(slab->stocked);
	free_magazines(slab->empty);
	while (slab->typesafe) {
		void **object = slab->typesafe;

		port_asan_unpoison(object, slab->lasts);
		slab->typesafe = *object;
		free(object);
	}
	pthread_mutex_destroy(&slab->lock);
	free(slab);
	return leaked;
}
