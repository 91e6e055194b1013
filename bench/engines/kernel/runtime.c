// SPDX-License-Identifier: GPL-2.0-only
/* The parts of the shims that are not inline, and the start of the engine. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <execinfo.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel_tree.h"

#define SPINS_BEFORE_YIELD 1000
#define NOFAIL_TRIES	   100
#define NOFAIL_PAUSE_MS	   100

static struct slab *nodes;
static size_t node_bytes;
static unsigned int sheaf_capacity;
static size_t head_offset; /* of the rcu_head in a node, once kfree_rcu() needed it */
static bool keep_going;
static unsigned int warnings, unguarded;

__attribute__((constructor)) static void start(void)
{
	maple_tree_init();
}

/* ---- Dead nodes ---- */

/*
 * A call_rcu() or kfree_rcu() of the kernel puts its argument on a list of this CPU and is done. liburcu's is
 * two atomic instructions and a full fence, and its worker reads the dead node, whose lines the
 * next owner then finds in another CPU's cache. That would be a third of a store. So dead nodes
 * are gathered in a list of each thread, as the kernel's kvfree_rcu() does, and the list is handed
 * to liburcu when it is full. Its grace period begins after the last of them died.
 */
#define BATCH 64

struct batch {
	struct rcu_head head;
	unsigned int nr;
	struct {
		void *object;
		void (*func)(struct rcu_head *head); /* NULL: the object goes back to the slab */
	} dead[BATCH];
};

static __thread struct batch *batch;
static __thread struct slab_sheaf *spare;
static __thread bool begun;
static pthread_key_t thread_key; /* has a value in threads that may have a batch or a spare sheaf */
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;

static void flush_spare(void);

static void run_batch(struct rcu_head *head)
{
	struct batch *b = (struct batch *)head;

	for (unsigned int i = 0; i < b->nr; i++) {
		if (b->dead[i].func)
			b->dead[i].func(b->dead[i].object);
		else
			slab_free(nodes, b->dead[i].object);
	}
	free(b);
}

static void close_batch(void)
{
	struct batch *b = batch;

	batch = NULL;
	if (b)
		port_call_rcu(&b->head, run_batch);
}

static void thread_ends(void *value)
{
	/* It has unregistered already. */
	rcu_register_thread();
	close_batch();
	rcu_unregister_thread();
	flush_spare();
	begun = false; /* a later destructor may use a tree */
}

static void make_thread_key(void)
{
	PORT_BUG_ON(pthread_key_create(&thread_key, thread_ends));
}

/* From now on thread_ends() runs for this thread. False if it cannot be arranged. */
static inline bool thread_begins(void)
{
	if (unlikely(!begun)) {
		pthread_once(&thread_once, make_thread_key);
		begun = pthread_setspecific(thread_key, &thread_key) == 0;
	}
	return begun;
}

static struct batch *open_batch(void)
{
	struct batch *b = thread_begins() ? malloc(sizeof(*b)) : NULL;

	if (b)
		b->nr = 0;
	return b;
}

static bool add_to_batch(void *object, void (*func)(struct rcu_head *head))
{
	if (!batch)
		batch = open_batch();
	if (!batch)
		return false;
	batch->dead[batch->nr].object = object;
	batch->dead[batch->nr++].func = func;
	return true;
}

void kernel_tree_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head), bool may_wait)
{
	if (!add_to_batch(head, func))
		port_call_rcu(head, func);
	else if (!may_wait || batch->nr == BATCH)
		close_batch();
}

static void free_by_head(struct rcu_head *head)
{
	slab_free(nodes, (char *)head - head_offset);
}

void kernel_tree_kfree_rcu(void *object, size_t offset)
{
	if (add_to_batch(object, NULL)) {
		if (batch->nr == BATCH)
			close_batch();
		return;
	}
	/* No memory for a list. All objects are nodes, so the offset is always the same. */
	__atomic_store_n(&head_offset, offset, __ATOMIC_RELAXED);
	port_call_rcu((struct rcu_head *)((char *)object + offset), free_by_head);
}

/* ---- Nodes ---- */

struct kmem_cache *kernel_tree_cache_create(const char *name, unsigned int size,
					    const struct kmem_cache_args *args, unsigned int flags)
{
	struct slab *slab = slab_create(name, size, args->align);

	PORT_BUG_ON(args->ctor || nodes); /* one cache, no constructor: all the tree asks for */
	if (!slab && (flags & SLAB_PANIC)) {
		perror("maple tree: no node cache");
		abort();
	}
	nodes = slab;
	node_bytes = size;
	sheaf_capacity = args->sheaf_capacity;
	return (struct kmem_cache *)slab;
}

void kmem_cache_shrink(struct kmem_cache *cache)
{
	flush_spare();
	slab_thread_flush();
}

void kfree(const void *object)
{
	slab_free(nodes, (void *)object);
}

/* Dead nodes become free after a grace period, and other threads give memory back. */
static void wait_for_memory(int tries, const char *what)
{
	if (tries == NOFAIL_TRIES) {
		fprintf(stderr, "maple tree: no memory for %s, which may not fail\n", what);
		abort();
	}
	poll(NULL, 0, NOFAIL_PAUSE_MS);
}

void kernel_tree_alloc_nofail(struct kmem_cache *cache, size_t n, void **objects)
{
	for (int tries = 0; !slab_alloc_bulk((struct slab *)cache, n, objects); tries++)
		wait_for_memory(tries, "nodes");
}

/* ---- Sheaves ---- */

static void free_sheaf(struct slab_sheaf *sheaf)
{
	slab_free_bulk(nodes, sheaf->size, sheaf->object);
	free(sheaf);
}

static void flush_spare(void)
{
	struct slab_sheaf *sheaf = spare;

	spare = NULL;
	if (sheaf)
		free_sheaf(sheaf);
}

static struct slab_sheaf *empty_sheaf(unsigned int capacity, gfp_t gfp)
{
	struct slab_sheaf *sheaf;

	for (int tries = 0;; tries++) {
		sheaf = fault_should_fail()
				? NULL
				: malloc(sizeof(*sheaf) + capacity * sizeof(sheaf->object[0]));
		if (sheaf || !(gfp & __GFP_NOFAIL))
			break;
		wait_for_memory(tries, "a sheaf");
	}
	if (sheaf)
		*sheaf = (struct slab_sheaf){.capacity = capacity};
	return sheaf;
}

static bool fill_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf)
{
	if (!kernel_tree_alloc(cache, gfp, sheaf->capacity - sheaf->size,
			       sheaf->object + sheaf->size))
		return false;
	sheaf->size = sheaf->capacity;
	return true;
}

struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *cache, gfp_t gfp, unsigned int size)
{
	struct slab_sheaf *sheaf;

	/* A fault that a test has planned shall meet this operation, not one that needs a refill. */
	if (unlikely(fault_armed))
		flush_spare();
	sheaf = spare;
	if (sheaf && size <= sheaf_capacity)
		spare = NULL;
	else
		sheaf = empty_sheaf(size <= sheaf_capacity ? sheaf_capacity : size, gfp);
	if (sheaf && sheaf->size < size && !fill_sheaf(cache, gfp, sheaf)) {
		kmem_cache_return_sheaf(cache, gfp, sheaf);
		sheaf = NULL;
	}
	return sheaf;
}

int kmem_cache_refill_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf **sheafp,
			    unsigned int size)
{
	struct slab_sheaf *larger;

	if ((*sheafp)->size >= size)
		return 0;
	if ((*sheafp)->capacity >= size)
		return fill_sheaf(cache, gfp, *sheafp) ? 0 : -ENOMEM;
	larger = kmem_cache_prefill_sheaf(cache, gfp, size);
	if (!larger)
		return -ENOMEM;
	kmem_cache_return_sheaf(cache, gfp, *sheafp);
	*sheafp = larger;
	return 0;
}

void kmem_cache_return_sheaf(struct kmem_cache *cache, gfp_t gfp, struct slab_sheaf *sheaf)
{
	/* A thread for which thread_ends() does not run may keep nothing. */
	if (spare || sheaf->capacity != sheaf_capacity || !thread_begins())
		free_sheaf(sheaf);
	else
		spare = sheaf;
}

size_t kernel_tree_nodes(void)
{
	flush_spare();
	close_batch();
	port_rcu_barrier();
	return slab_in_use(nodes);
}

size_t kernel_tree_node_bytes(void)
{
	return node_bytes;
}

/* ---- Messages ---- */

void kernel_tree_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

void kernel_tree_keep_going(bool on)
{
	keep_going = on;
}

unsigned int kernel_tree_warnings(void)
{
	return __atomic_load_n(&warnings, __ATOMIC_RELAXED);
}

void kernel_tree_warn(const char *condition, const char *file, int line, bool *said)
{
	(void)__atomic_add_fetch(&warnings, 1, __ATOMIC_RELAXED);
	if (said && __atomic_exchange_n(said, true, __ATOMIC_RELAXED))
		return;
	fprintf(stderr, "%s:%d: warning: %s\n", file, line, condition);
#ifdef CONFIG_LOCKDEP
	kernel_tree_dump_stack();
#endif
}

unsigned int kernel_tree_unguarded_accesses(void)
{
	return __atomic_load_n(&unguarded, __ATOMIC_RELAXED);
}

#ifdef CONFIG_LOCKDEP
void kernel_tree_unguarded(const char *what, const char *file, int line)
{
	/* A program that goes on may cause thousands of them: print the first only. */
	if (__atomic_fetch_add(&unguarded, 1, __ATOMIC_RELAXED))
		return;
	fprintf(stderr, "%s:%d: %s read without its lock or rcu_read_lock()\n", file, line, what);
	kernel_tree_dump_stack();
}
#endif

void kernel_tree_dump_stack(void)
{
	void *frame[32];

	fflush(stderr);
	backtrace_symbols_fd(frame, backtrace(frame, 32), 2);
	if (!keep_going)
		abort();
}

/* ---- Locks ---- */

void kernel_tree_lock_wait(struct kernel_tree_lock *lock)
{
	unsigned int spins = 0;

	do {
		while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED)) {
			caa_cpu_relax();
			if (++spins % SPINS_BEFORE_YIELD == 0)
				sched_yield();
		}
	} while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE));
}

#ifdef CONFIG_LOCKDEP
#define HELD_MAX 32

struct held {
	const struct lockdep_map *map;
	bool read;
	uint32_t sequence;
};

static __thread struct held held[HELD_MAX];
static __thread unsigned int nr_held;
static __thread uint32_t next_sequence;

struct lockdep_map rcu_callback_map = {.name = "rcu_callback"};

void lockdep_acquire(struct lockdep_map *map, bool read)
{
	PORT_BUG_ON(lock_is_held_type(map, 0));
	PORT_BUG_ON(!read && lock_is_held_type(map, 1));
	PORT_BUG_ON(nr_held == HELD_MAX);
	held[nr_held++] = (struct held){.map = map, .read = read, .sequence = next_sequence};
	next_sequence = (next_sequence + 1) % UINT32_MAX;
}

void lockdep_release(struct lockdep_map *map)
{
	unsigned int i = nr_held;

	while (i && held[i - 1].map != map)
		i--;
	PORT_BUG_ON(!i); /* not held by this thread */
	for (; i < nr_held; i++)
		held[i - 1] = held[i];
	nr_held--;
}

/* The worker threads of liburcu run callbacks and nothing else. */
static bool in_rcu_callback(void)
{
	struct call_rcu_data *data = get_call_rcu_data();

	return data && pthread_equal(get_call_rcu_thread(data), pthread_self());
}

int lock_is_held_type(const struct lockdep_map *map, int read)
{
	unsigned int i;

	if (map == &rcu_callback_map)
		return in_rcu_callback();
	for (i = nr_held; i > 0; i--) {
		if (held[i - 1].map == map && (read < 0 || held[i - 1].read == !!read))
			return 1;
	}
	return 0;
}

uint32_t lock_sequence(const struct lockdep_map *map)
{
	for (unsigned int i = nr_held; i > 0; i--) {
		if (held[i - 1].map == map)
			return held[i - 1].sequence;
	}
	return UINT32_MAX;
}
#endif
