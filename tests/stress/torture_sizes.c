// SPDX-License-Identifier: GPL-2.0-only
/*
 * torture-sizes [SECONDS [SEED]]: a tree that goes through all its heights, empty, one entry at 0,
 * one leaf, two levels and back, beside readers that make every reading call. Exit status 0 if
 * every check held, 1 if one did not.
 *
 * torture-rcu has a tree whose root never changes. Here the root changes all the time. While
 * @present is odd the entry at 0 is there, and no call may miss it: a reader looks at the number
 * before a call and after it. An entry contains the range that it was stored for.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "maple_tree.h"
#include "base/port.h"

#define READERS 3
#define TOP	4000ul /* no entry at or above */

static struct maple_tree tree;
static unsigned long present;
static bool stop, failed;

static void *entry_for(unsigned long first, unsigned long last)
{
	return (void *)(first << 1 | last << 32 | 1);
}

static bool covers(const void *entry, unsigned long first, unsigned long last)
{
	unsigned long e = (unsigned long)entry;

	return (e & 1) && (e >> 1 & 0x7fffffff) <= first && e >> 32 >= last && first <= last;
}

static bool running(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static unsigned long next_random(unsigned long *state)
{
	unsigned long z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* ---- Readers: each call says whether it saw the entry at 0, if it was there ---- */

struct reader {
	unsigned long random, at; /* @at: where the call begins */
	bool wrong;		  /* an entry where it was not stored */
};

static bool seen(struct reader *r, const struct ma_state *mas, const void *entry)
{
	r->wrong |= entry && !covers(entry, mas->index, mas->last);
	return entry && !mas->index;
}

static bool by_load(struct reader *r)
{
	void *entry = mtree_load(&tree, 0), *other = mtree_load(&tree, r->at);

	r->wrong |= other && !covers(other, r->at, r->at);
	return entry;
}

static bool by_load_batch(struct reader *r)
{
	unsigned long indexes[3] = {r->at, 0, TOP - r->at};
	void *entries[3];

	mtree_load_batch(&tree, indexes, 3, entries);
	for (int i = 0; i < 3; i++)
		r->wrong |= entries[i] && !covers(entries[i], indexes[i], indexes[i]);
	return entries[1];
}

static bool by_mt_find(struct reader *r)
{
	unsigned long index = 0;
	void *entry = mt_find(&tree, &index, TOP);

	return entry && covers(entry, 0, index - 1);
}

static bool by_mt_prev(struct reader *r)
{
	for (unsigned long index = r->at; index;) {
		void *entry = mt_prev(&tree, index, 0);

		if (!entry)
			return false;
		index = (unsigned long)entry >> 1 & 0x7fffffff;
	}
	return true;
}

/* From 0 upward it leads to nothing at 0: the answers alone are checked. */
static bool by_mt_next(struct reader *r)
{
	void *entry = mt_next(&tree, r->at, TOP);

	r->wrong |= entry && ((unsigned long)entry >> 1 & 0x7fffffff) > TOP;
	return true;
}

static bool by_walk(struct reader *r)
{
	MA_STATE(mas, &tree, 0, 0);

	return seen(r, &mas, mas_walk(&mas));
}

static bool by_for_each(struct reader *r)
{
	MA_STATE(mas, &tree, 0, 0);
	bool found = false;
	void *entry;

	mas_for_each (&mas, entry, TOP)
		found |= seen(r, &mas, entry);
	return found;
}

static bool by_for_each_rev(struct reader *r)
{
	MA_STATE(mas, &tree, r->at, r->at);
	bool found = false;
	void *entry;

	mas_for_each_rev (&mas, entry, 0)
		found |= seen(r, &mas, entry);
	return found;
}

/* Each range in turn, with or without an entry, one way or the other. */
static bool by_ranges(struct reader *r, void *(*first)(struct ma_state *mas, unsigned long limit),
		      void *(*step)(struct ma_state *mas, unsigned long limit), unsigned long limit,
		      unsigned long start)
{
	MA_STATE(mas, &tree, start, start);
	bool found = seen(r, &mas, first(&mas, limit));

	/* A tree of two levels has fewer ranges than this. */
	for (int i = 0; i < 2000 && mas_is_active(&mas); i++) {
		found |= seen(r, &mas, step(&mas, limit));
		if (limit ? mas.last >= limit : !mas.index)
			break;
	}
	return found;
}

static void *walk(struct ma_state *mas, unsigned long limit)
{
	return mas_walk(mas);
}

static bool by_find_range(struct reader *r)
{
	return by_ranges(r, mas_find_range, mas_find_range, TOP, 0);
}
static bool by_next_range(struct reader *r)
{
	return by_ranges(r, walk, mas_next_range, TOP, 0);
}
static bool by_next(struct reader *r)
{
	return by_ranges(r, walk, mas_next, TOP, 0);
}
static bool by_find_range_rev(struct reader *r)
{
	return by_ranges(r, mas_find_range_rev, mas_find_range_rev, 0, r->at);
}

/* A cursor between calls, while the tree changes its height: it must come to 0 in the end. */
static bool by_prev(struct reader *r)
{
	MA_STATE(mas, &tree, r->at, r->at);
	void *entry;

	do {
		entry = mas_prev(&mas, 0);
		if (seen(r, &mas, entry))
			return true;
	} while (entry);
	return false;
}

static bool by_prev_range(struct reader *r)
{
	MA_STATE(mas, &tree, r->at, r->at);

	for (int i = 0; i < 2000; i++) {
		void *entry = mas_prev_range(&mas, 0);

		if (seen(r, &mas, entry))
			return true;
		if (!entry && !mas_is_active(&mas))
			return false;
	}
	return false;
}

static bool by_gap(struct reader *r)
{
	MA_STATE(mas, &tree, 0, 0);
	bool highest = next_random(&r->random) & 1;
	int err = highest ? mas_empty_area_rev(&mas, 0, TOP, 3) : mas_empty_area(&mas, 0, TOP, 3);

	return err || mas.index;
}

static bool (*const readings[])(struct reader *r) = {
	by_load, by_load_batch,	    by_mt_find,	     by_mt_prev,    by_mt_next,
	by_walk, by_for_each,	    by_for_each_rev, by_find_range, by_next_range,
	by_next, by_find_range_rev, by_prev,	     by_prev_range, by_gap,
};
#define READINGS (sizeof(readings) / sizeof(readings[0]))

static void complain(const char *what, size_t reading)
{
	if (!__atomic_exchange_n(&failed, true, __ATOMIC_RELAXED))
		fprintf(stderr, "torture-sizes: %s, reading %zu\n", what, reading);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
}

static void *read_on(void *arg)
{
	struct reader r = {.random = (unsigned long)arg};
	unsigned long checked = 0;

	rcu_register_thread();
	while (running()) {
		size_t reading = next_random(&r.random) % READINGS;
		unsigned long before, after;
		bool found;

		/* Above the entry at 0, which is 6 wide at most. */
		r.at = 6 + next_random(&r.random) % (next_random(&r.random) % 2 ? TOP - 6 : 60);
		before = __atomic_load_n(&present, __ATOMIC_ACQUIRE);
		port_rcu_read_lock();
		found = readings[reading](&r);
		port_rcu_read_unlock();
		/* Not a load: that could come before the loads of the reading. */
		after = __atomic_fetch_add(&present, 0, __ATOMIC_ACQ_REL);
		if (r.wrong)
			complain("a range its entry was not stored for", reading);
		if (before != after || before % 2 == 0)
			continue;
		checked++;
		if (!found)
			complain("the entry at 0 missed", reading);
	}
	rcu_unregister_thread();
	return (void *)checked;
}

/* ---- The writer ---- */

static void store(unsigned long first, unsigned long last)
{
	if (mtree_store_range(&tree, first, last, entry_for(first, last), GFP_KERNEL))
		complain("no memory", 0);
}

static void clear(unsigned long first, unsigned long last)
{
	if (mtree_store_range(&tree, first, last, NULL, GFP_KERNEL))
		complain("no memory", 0);
}

static void change_present(void)
{
	__atomic_add_fetch(&present, 1, __ATOMIC_SEQ_CST);
}

/* Heights 0 (the entry alone), 1 and 2 in any order, and the entry at 0 wide at times. */
static void change_height(unsigned long *random)
{
	unsigned long n = next_random(random) % 4 ? next_random(random) % 20 : 130;

	if (next_random(random) % 4 == 0)
		store(0, next_random(random) % 4);
	for (unsigned long i = 0; i < n; i++) {
		unsigned long first = 10 + i * 30 + next_random(random) % 10;

		store(first, first + next_random(random) % 15);
	}
	if (next_random(random) % 2)
		clear(10 + next_random(random) % TOP, ULONG_MAX);
}

static void write_for(double seconds, unsigned long seed)
{
	unsigned long random = seed, rounds = 0;
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		for (int i = 0; i < 50 && running(); i++, rounds++) {
			clear(0, ULONG_MAX);
			store(0, next_random(&random) % 4 ? 0 : 5);
			change_present();
			for (unsigned long j = next_random(&random) % 4; j; j--)
				change_height(&random);
			change_present();
		}
		mtree_lock(&tree);
		mt_validate(&tree);
		mtree_unlock(&tree);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (running() &&
		 (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9 <
			 seconds);
	printf("%lu rounds\n", rounds);
}

int main(int argc, char **argv)
{
	pthread_t threads[READERS];
	double seconds = argc > 1 ? atof(argv[1]) : 3;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1, checked = 0;

	if (argc > 3 || seconds <= 0) {
		fprintf(stderr, "usage: torture-sizes [SECONDS [SEED]]\n");
		return 2;
	}
	rcu_register_thread();
	mt_init_flags(&tree, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU);
	for (unsigned long i = 0; i < READERS; i++) {
		int err = pthread_create(&threads[i], NULL, read_on, (void *)(seed * 1000 + i));

		if (err) {
			errno = err;
			perror("torture-sizes: pthread_create");
			return 1;
		}
	}
	write_for(seconds, seed);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < READERS; i++) {
		void *n;

		pthread_join(threads[i], &n);
		checked += (unsigned long)n;
	}
	mtree_destroy(&tree);
	port_rcu_barrier();
	if (mt_nodes_in_use()) {
		fprintf(stderr, "torture-sizes: %zu nodes leaked\n", mt_nodes_in_use());
		failed = true;
	}
	printf("%lu readings while the entry at 0 was there\n", checked);
	rcu_unregister_thread();
	return failed || !checked;
}
