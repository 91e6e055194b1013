// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the slab hands out aligned objects that do not overlap, counts what is in use,
 * lets threads free what others allocated, and delivers injected failures with nothing taken.
 * Wrong: an object handed out twice, memory that grows although everything was freed, or a count
 * that is not zero in the end.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/port.h"
#include "base/slab.h"

#ifdef PORT_ASAN
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable()	 ((void)0)
#endif

#if defined(PORT_ASAN) || defined(PORT_TSAN)
#define PER_OBJECT 1 /* there is no cache to look at */
#else
#define PER_OBJECT 0
#endif

/* Linked with --wrap: the slab's own bookkeeping asks malloc for memory, and may not get it. */
static bool no_memory;
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return no_memory ? NULL : __real_aligned_alloc(align, size);
}

static const struct {
	size_t size, align;
} shapes[] = {
	{8, 0},	    {8, 8},	{24, 0},      {24, 64},	  {256, 256},
	{257, 128}, {1000, 16}, {4096, 4096}, {65536, 0}, {65536, 4096},
};

static int by_address(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return x < y ? -1 : x > y;
}

static void objects_are_aligned_and_apart(void **state)
{
	enum { N = 300 };
	void *object[N];
	size_t s, i;

	for (s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		size_t align = shapes[s].align ? shapes[s].align : 8;
		struct slab *slab = slab_create("shape", shapes[s].size, shapes[s].align);

		assert_non_null(slab);
		for (i = 0; i < N; i++) {
			object[i] = slab_alloc(slab);
			assert_non_null(object[i]);
			assert_int_equal((uintptr_t)object[i] % align, 0);
			memset(object[i], (int)i, shapes[s].size);
		}
		for (i = 0; i < N; i++) {
			assert_int_equal(((unsigned char *)object[i])[0], i & 0xff);
			assert_int_equal(((unsigned char *)object[i])[shapes[s].size - 1],
					 i & 0xff);
		}
		qsort(object, N, sizeof(object[0]), by_address);
		for (i = 1; i < N; i++)
			assert_true((char *)object[i] - (char *)object[i - 1] >=
				    (ptrdiff_t)shapes[s].size);
		assert_int_equal(slab_in_use(slab), N);
		for (i = 0; i < N; i++)
			slab_free(slab, object[i]);
		assert_int_equal(slab_in_use(slab), 0);
		assert_int_equal(slab_destroy(slab), 0);
	}
}

static void bad_shapes_are_refused(void **state)
{
	static const struct {
		size_t size, align;
	} bad[] = {{0, 0}, {7, 0}, {65537, 0}, {64, 3}, {64, 24}, {64, 8192}};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		assert_null(slab_create("bad", bad[i].size, bad[i].align));
		assert_int_equal(errno, EINVAL);
	}
}

static void too_many_slabs_are_refused_and_come_back(void **state)
{
	struct slab *slab[300];
	size_t n, i;

	for (n = 0; n < 300; n++) {
		slab[n] = slab_create("many", 64, 0);
		if (!slab[n])
			break;
		/* Leave free objects in this thread's cache: the next user of the place must not
		 * get them. */
		slab_free(slab[n], slab_alloc(slab[n]));
	}
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(n, 256);
	assert_int_equal(slab_destroy(slab[7]), 0);
	slab[7] = slab_create("again", 4096, 4096);
	assert_non_null(slab[7]);
	assert_int_equal(slab_in_use(slab[7]), 0);
	void *object = slab_alloc(slab[7]);
	assert_int_equal((uintptr_t)object % 4096, 0);
	memset(object, 1, 4096);
	slab_free(slab[7], object);
	for (i = 0; i < n; i++)
		assert_int_equal(slab_destroy(slab[i]), 0);
}

static void destroy_tells_how_many_leaked(void **state)
{
	struct slab *slab = slab_create("leak", 40, 0);
	void *object[200];
	size_t i;

	__lsan_disable(); /* the leak is intended */
	for (i = 0; i < 200; i++)
		object[i] = slab_alloc(slab);
	__lsan_enable();
	for (i = 0; i < 200; i++)
		if (i % 67)
			slab_free(slab, object[i]);
	assert_int_equal(slab_in_use(slab), 3);
	assert_int_equal(slab_destroy(slab), 3);
	assert_int_equal(slab_destroy(NULL), 0);
}

static void null_may_be_freed(void **state)
{
	struct slab *slab = slab_create("null", 64, 0);

	slab_free(slab, NULL);
	assert_int_equal(slab_in_use(slab), 0);
	assert_int_equal(slab_destroy(slab), 0);
}

static void bulk_gives_distinct_objects(void **state)
{
	enum { N = 1000 };
	struct slab *slab = slab_create("bulk", 256, 256);
	void *object[N];
	size_t i;

	assert_true(slab_alloc_bulk(slab, N, object));
	assert_int_equal(slab_in_use(slab), N);
	qsort(object, N, sizeof(object[0]), by_address);
	for (i = 1; i < N; i++)
		assert_true((char *)object[i] - (char *)object[i - 1] >= 256);
	slab_free_bulk(slab, N, object);
	assert_true(slab_alloc_bulk(slab, 0, object));
	assert_int_equal(slab_destroy(slab), 0);
}

static void the_armed_request_fails_and_takes_nothing(void **state)
{
	struct slab *slab = slab_create("fault", 64, 0);
	void *object[5];

	fault_arm(1);
	object[0] = slab_alloc(slab);
	assert_non_null(object[0]);
	assert_false(slab_alloc_bulk(slab, 4, object + 1));
	assert_int_equal(slab_in_use(slab), 1);
	assert_true(slab_alloc_bulk(slab, 4, object + 1));
	assert_true(fault_disarm());
	assert_int_equal(slab_in_use(slab), 5);

	fault_arm(0);
	assert_null(slab_alloc(slab));
	assert_true(fault_disarm());
	fault_arm(100);
	slab_free(slab, slab_alloc(slab));
	assert_false(fault_disarm());
	slab_free_bulk(slab, 5, object);
	assert_int_equal(slab_destroy(slab), 0);

	fault_arm(0);
	assert_null(slab_create("fault", 64, 0));
	assert_int_equal(errno, ENOMEM);
	assert_true(fault_disarm());
}

static void freeing_works_without_memory(void **state)
{
	struct slab *slab = slab_create("loose", 64, 0);
	void *object[1000];
	size_t i;

	assert_true(slab_alloc_bulk(slab, 1000, object));
	no_memory = true;
	slab_free_bulk(slab, 1000, object);
	assert_int_equal(slab_in_use(slab), 0);
	/* All freed objects can be allocated again. */
	for (i = 0; !PER_OBJECT && i < 1000; i++) {
		object[i] = slab_alloc(slab);
		assert_non_null(object[i]);
		memset(object[i], 0xee, 64);
	}
	if (PER_OBJECT)
		assert_null(slab_alloc(slab));
	else
		slab_free_bulk(slab, 1000, object);
	no_memory = false;
	assert_int_equal(slab_destroy(slab), 0);
}

/* ---- Threads ---- */

#define ROUNDS 2000
#define BATCH  100

struct pipe {
	struct slab *slab;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	void *batch[BATCH];
	bool full;
};

static void *free_what_arrives(void *arg)
{
	struct pipe *pipe = arg;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		void *mine[BATCH];
		size_t i;

		pthread_mutex_lock(&pipe->lock);
		while (!pipe->full)
			pthread_cond_wait(&pipe->cond, &pipe->lock);
		memcpy(mine, pipe->batch, sizeof(mine));
		pipe->full = false;
		pthread_cond_signal(&pipe->cond);
		pthread_mutex_unlock(&pipe->lock);
		for (i = 0; i < BATCH; i++) {
			if (*(uint64_t *)mine[i] != (uint64_t)round * BATCH + i)
				return "an object changed on its way";
			slab_free(pipe->slab, mine[i]);
		}
	}
	return NULL;
}

/* As a call_rcu worker does: one thread only allocates, the other only frees. */
static void objects_freed_elsewhere_flow_back(void **state)
{
	struct pipe pipe = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
	void *low = (void *)UINTPTR_MAX, *high = NULL, *complaint;
	pthread_t thread;
	int round, i;

	pipe.slab = slab_create("pipe", 256, 256);
	assert_int_equal(pthread_create(&thread, NULL, free_what_arrives, &pipe), 0);
	for (round = 0; round < ROUNDS; round++) {
		void *mine[BATCH];

		for (i = 0; i < BATCH; i++) {
			mine[i] = slab_alloc(pipe.slab);
			assert_non_null(mine[i]);
			*(uint64_t *)mine[i] = (uint64_t)round * BATCH + i;
			low = mine[i] < low ? mine[i] : low;
			high = mine[i] > high ? mine[i] : high;
		}
		pthread_mutex_lock(&pipe.lock);
		while (pipe.full)
			pthread_cond_wait(&pipe.cond, &pipe.lock);
		memcpy(pipe.batch, mine, sizeof(mine));
		pipe.full = true;
		pthread_cond_signal(&pipe.cond);
		pthread_mutex_unlock(&pipe.lock);
	}
	pthread_join(thread, &complaint);
	assert_null(complaint);
	/* 51 MB went through; at most a few hundred objects were ever alive or cached. */
	if (!PER_OBJECT)
		assert_in_range((char *)high - (char *)low, 1, 2 << 20);
	assert_int_equal(slab_in_use(pipe.slab), 0);
	assert_int_equal(slab_destroy(pipe.slab), 0);
}

struct worker {
	struct slab *slab;
	unsigned int seed;
	const char *complaint;
};

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void *allocate_and_free_at_random(void *arg)
{
	struct worker *worker = arg;
	uint64_t *held[500] = {0};
	uint64_t stamp = (uint64_t)worker->seed << 32;
	int i;

	for (i = 0; i < 50000; i++) {
		unsigned int k = next_random(&worker->seed) % 500;

		if (held[k]) {
			if (held[k][0] != (stamp | k) || held[k][5] != (stamp | k))
				worker->complaint = "an object had two owners";
			slab_free(worker->slab, held[k]);
			held[k] = NULL;
		} else {
			held[k] = slab_alloc(worker->slab);
			held[k][0] = held[k][5] = stamp | k;
		}
	}
	for (i = 0; i < 500; i++)
		slab_free(worker->slab, held[i]);
	return NULL;
}

static void threads_do_not_share_an_object(void **state)
{
	struct slab *slab = slab_create("threads", 48, 0);
	struct worker worker[4];
	pthread_t thread[4];
	int i;

	for (i = 0; i < 4; i++) {
		worker[i] = (struct worker){.slab = slab, .seed = i + 1};
		assert_int_equal(pthread_create(&thread[i], NULL, allocate_and_free_at_random,
						&worker[i]),
				 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_null(worker[i].complaint);
	}
	assert_int_equal(slab_in_use(slab), 0);
	assert_int_equal(slab_destroy(slab), 0);
}

static void *cycle_objects(void *arg)
{
	void *object[150];

	if (!slab_alloc_bulk(arg, 150, object))
		return "no memory";
	slab_free_bulk(arg, 150, object);
	return object[0];
}

static void ended_threads_leave_their_objects_to_others(void **state)
{
	struct slab *slab = slab_create("ended", 256, 256);
	char *low = (char *)UINTPTR_MAX, *high = NULL;
	int i;

	for (i = 0; i < 500; i++) {
		pthread_t thread;
		void *object;

		assert_int_equal(pthread_create(&thread, NULL, cycle_objects, slab), 0);
		pthread_join(thread, &object);
		low = (char *)object < low ? object : low;
		high = (char *)object > high ? object : high;
		assert_int_equal(slab_in_use(slab), 0);
	}
	if (!PER_OBJECT)
		assert_true(high - low < 2 << 20); /* not 500 times 37 KiB */
	assert_int_equal(slab_destroy(slab), 0);
}

static void *take_one(void *arg)
{
	void *object = slab_alloc(arg);

	slab_free(arg, object);
	return object;
}

static void a_flush_gives_this_threads_objects_to_others(void **state)
{
	struct slab *slab = slab_create("flush", 256, 256);
	pthread_t thread;
	void *mine = slab_alloc(slab), *theirs;

	slab_free(slab, mine);
	slab_thread_flush();
	assert_int_equal(pthread_create(&thread, NULL, take_one, slab), 0);
	pthread_join(thread, &theirs);
	if (!PER_OBJECT)
		assert_ptr_equal(mine, theirs);
	mine = slab_alloc(slab);
	assert_non_null(mine);
	assert_int_equal(slab_in_use(slab), 1);
	slab_free(slab, mine);
	assert_int_equal(slab_destroy(slab), 0);
}

static void a_chain_is_filled_whole_or_not_at_all(void **state)
{
	struct slab *slab = slab_create("chain", 64, 64);
	struct slab_chain *chain = NULL;
	char *object;

	for (unsigned long nth = 0; nth < 5; nth++) {
		fault_arm(nth);
		assert_false(slab_chain_fill(slab, &chain, 5));
		assert_true(fault_disarm());
		assert_null(chain);
		assert_int_equal(slab_in_use(slab), 0);
	}
	assert_true(slab_chain_fill(slab, &chain, 5));
	assert_int_equal(chain->count, 5);
	assert_int_equal(slab_in_use(slab), 5);
	object = slab_chain_pop(&chain);
	assert_int_equal(chain->count, 4);
	memset(object, 1, 64);
	assert_true(slab_chain_fill(slab, &chain, 3)); /* it has them */
	assert_int_equal(chain->count, 4);
	assert_true(slab_chain_fill(slab, &chain, 200));
	assert_int_equal(chain->count, 200);
	assert_int_equal(slab_in_use(slab), 201);
	slab_chain_free(slab, &chain);
	assert_null(chain);
	assert_null(slab_chain_pop(&chain));
	assert_int_equal(slab_in_use(slab), 1);
	slab_free(slab, object);
	assert_int_equal(slab_destroy(slab), 0);
}

static void *keep_a_chain(void *arg)
{
	struct slab_chain *chain = NULL, *second = NULL;

	assert_true(slab_chain_fill(arg, &chain, 10));
	assert_true(slab_chain_fill(arg, &second, 10));
	slab_chain_free(arg, &chain);
	slab_chain_free(arg, &second);
	return NULL;
}

static void a_kept_chain_counts_as_free_and_leaves_with_its_thread(void **state)
{
	struct slab *slab = slab_create("chain", 64, 64);
	struct slab_chain *chain = NULL;
	pthread_t thread;

	keep_a_chain(slab);
	assert_int_equal(slab_in_use(slab), 0);
	fault_arm(0); /* a fault meets each operation, whatever is kept */
	assert_false(slab_chain_fill(slab, &chain, 10));
	fault_disarm();
	slab_thread_flush();
	assert_int_equal(slab_in_use(slab), 0);
	assert_true(slab_chain_fill(slab, &chain, 10));
	assert_int_equal(slab_in_use(slab), 10);
	assert_int_equal(pthread_create(&thread, NULL, keep_a_chain, slab), 0);
	pthread_join(thread, NULL);
	assert_int_equal(slab_in_use(slab), 10);
	slab_chain_free(slab, &chain);
	assert_int_equal(slab_destroy(slab), 0); /* beside the chain that this thread keeps */
	slab = slab_create("next", 64, 64);
	assert_true(slab_chain_fill(slab, &chain, 1)); /* none of the old slab's */
	assert_int_equal(chain->count, 1);
	slab_chain_free(slab, &chain);
	assert_int_equal(slab_destroy(slab), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_filled_whole_or_not_at_all),
		cmocka_unit_test(a_kept_chain_counts_as_free_and_leaves_with_its_thread),
		cmocka_unit_test(objects_are_aligned_and_apart),
		cmocka_unit_test(bad_shapes_are_refused),
		cmocka_unit_test(too_many_slabs_are_refused_and_come_back),
		cmocka_unit_test(destroy_tells_how_many_leaked),
		cmocka_unit_test(null_may_be_freed),
		cmocka_unit_test(bulk_gives_distinct_objects),
		cmocka_unit_test(the_armed_request_fails_and_takes_nothing),
		cmocka_unit_test(freeing_works_without_memory),
		cmocka_unit_test(objects_freed_elsewhere_flow_back),
		cmocka_unit_test(threads_do_not_share_an_object),
		cmocka_unit_test(ended_threads_leave_their_objects_to_others),
		cmocka_unit_test(a_flush_gives_this_threads_objects_to_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
