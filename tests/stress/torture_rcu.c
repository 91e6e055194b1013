// SPDX-License-Identifier: GPL-2.0-only
/*
 * torture-rcu [SECONDS [SEED]]: one writer against readers that load, iterate both ways and
 * look for gaps, each checking what DESIGN.md guarantees. Exit status 0 if every check held, 1
 * if one did not.
 *
 * The tree is divided into yards of YARD indexes. Each begins with a fixed entry that the writer
 * never touches, and no reader may ever miss it. In the rest of the yard the writer stores, splits,
 * overwrites and erases ranges. It leaves the end of every eighth yard free, and no search for a gap
 * may miss that. An entry contains the range that it was stored for, so that a reader notices a torn
 * or misplaced one.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "maple_tree.h"
#include "base/port.h"

#define YARDS	300ul
#define YARD	512ul
#define FIXED	16ul /* width of a fixed entry */
#define HOLE	20ul /* width of the free end of every HOLES-th yard */
#define HOLES	8ul
#define READERS 3

static struct maple_tree tree;
static bool stop, failed;

/* Bits 1-31 first, 32-62 last; never 0, never like a node. */
static void *entry_for(unsigned long first, unsigned long last)
{
	return (void *)(first << 1 | last << 32 | 1);
}

static unsigned long entry_first(const void *entry)
{
	return (unsigned long)entry >> 1 & 0x7fffffff;
}

static unsigned long entry_last(const void *entry)
{
	return (unsigned long)entry >> 32;
}

static bool is_fixed(unsigned long index)
{
	return index < YARDS * YARD && index % YARD < FIXED;
}

static void complain(const char *what, unsigned long index, const void *entry)
{
	if (__atomic_exchange_n(&failed, true, __ATOMIC_RELAXED))
		return;
	fprintf(stderr, "torture-rcu: %s at %lu: entry %p for %lu-%lu\n", what, index, entry,
		entry_first(entry), entry_last(entry));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
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

/* ---- Readers ---- */

static void check_range(const struct ma_state *mas, const void *entry)
{
	if (!((unsigned long)entry & 1) || mas->index > mas->last ||
	    entry_first(entry) > mas->index || entry_last(entry) < mas->last)
		complain("a range its entry was not stored for", mas->index, entry);
}

static void read_loads(unsigned long *random)
{
	unsigned long indexes[50];
	void *entries[50];

	for (int i = 0; i < 50; i++)
		indexes[i] = next_random(random) % (YARDS * YARD);
	if (next_random(random) & 1) {
		mtree_load_batch(&tree, indexes, 50, entries);
	} else {
		for (int i = 0; i < 50; i++)
			entries[i] = mtree_load(&tree, indexes[i]);
	}
	for (int i = 0; i < 50; i++) {
		if (!entries[i] && !is_fixed(indexes[i]))
			continue;
		if (!((unsigned long)entries[i] & 1) || entry_first(entries[i]) > indexes[i] ||
		    entry_last(entries[i]) < indexes[i])
			complain("a load", indexes[i], entries[i]);
	}
}

static void read_forward(unsigned long *random)
{
	unsigned long yard = next_random(random) % YARDS, past = yard * YARD, want = yard;
	MA_STATE(mas, &tree, past, past);
	void *entry;

	port_rcu_read_lock();
	mas_for_each (&mas, entry, YARDS * YARD - 1) {
		check_range(&mas, entry);
		if (mas.index < past)
			complain("going back", mas.index, entry);
		past = mas.last + 1;
		if (is_fixed(mas.index)) {
			if (mas.index != want * YARD || mas.last != want * YARD + FIXED - 1)
				complain("not the next fixed entry", mas.index, entry);
			want++;
		}
		if (!running() || next_random(random) % 1024 == 0)
			goto out;
	}
	if (want != YARDS)
		complain("a fixed entry missed", want * YARD, entry);
out:
	port_rcu_read_unlock();
}

static void read_backward(unsigned long *random)
{
	unsigned long yards = 1 + next_random(random) % YARDS, past = yards * YARD, want = yards;
	MA_STATE(mas, &tree, past - 1, past - 1);
	void *entry;

	port_rcu_read_lock();
	mas_for_each_rev (&mas, entry, 0) {
		check_range(&mas, entry);
		if (mas.last >= past)
			complain("going back (reverse)", mas.last, entry);
		past = mas.index;
		if (is_fixed(mas.index)) {
			want--;
			if (mas.index != want * YARD || mas.last != want * YARD + FIXED - 1)
				complain("not the next fixed entry (reverse)", mas.index, entry);
		}
		if (!running() || next_random(random) % 1024 == 0)
			goto out;
	}
	if (want)
		complain("a fixed entry missed (reverse)", want * YARD, entry);
out:
	port_rcu_read_unlock();
}

/* Beside a writer the lowest gap may be anywhere up to the first hole, but not after it. */
static void read_gaps(unsigned long *random)
{
	unsigned long min = next_random(random) % (YARDS * YARD),
		      size = 1 + next_random(random) % HOLE, round = HOLES * YARD;
	bool highest = next_random(random) & 1;
	MA_STATE(mas, &tree, 0, 0);
	unsigned long hole; /* start of the nearest one; holes end at YARD of the first yard */
	int err;

	port_rcu_read_lock();
	if (highest) {
		err = mas_empty_area_rev(&mas, 0, min + size, size);
		if (min < YARD) /* none below */
			hole = 0;
		else
			hole = (min - YARD) / round * round + YARD - HOLE;
		if (hole && (err || mas.index < hole))
			complain("a hole missed (reverse)", hole, NULL);
	} else {
		hole = (min + round - (YARD - HOLE) - 1) / round * round + YARD - HOLE;
		err = mas_empty_area(&mas, min, YARDS * YARD - 1, size);
		if (hole + HOLE <= YARDS * YARD && (err || mas.index > hole))
			complain("a hole missed", hole, NULL);
	}
	if (!err && (mas.last - mas.index != size - 1 || is_fixed(mas.index) || is_fixed(mas.last)))
		complain("a gap that is none", mas.index, NULL);
	port_rcu_read_unlock();
}

static void *reader(void *arg)
{
	unsigned long random = (unsigned long)arg;

	rcu_register_thread();
	while (running()) {
		switch (next_random(&random) % 8) {
		case 0:
			read_forward(&random);
			break;
		case 1:
			read_backward(&random);
			break;
		case 2:
			read_gaps(&random);
			break;
		default:
			read_loads(&random);
		}
	}
	rcu_unregister_thread();
	return NULL;
}

/* ---- The writer ---- */

static void write_once(unsigned long *random)
{
	unsigned long yard = next_random(random) % YARDS * YARD;
	unsigned long first = yard + FIXED + next_random(random) % (YARD - FIXED);
	unsigned long wide = next_random(random) % 8 ? 12 : YARD;
	unsigned long last = first + next_random(random) % wide;
	unsigned long end = yard + YARD - (yard / YARD % HOLES ? 0 : HOLE);
	MA_STATE(mas, &tree, 0, 0);
	void *entry;

	if (first >= end)
		first = end - 1;
	if (last >= end)
		last = end - 1;
	mas_set_range(&mas, first, last);
	entry = entry_for(first, last);
	mas_lock(&mas);
	switch (next_random(random) % 8) {
	case 0:
		mas_store_gfp(&mas, NULL, GFP_KERNEL);
		break;
	case 1:
	case 2:
		mas_erase(&mas);
		break;
	case 3:
		if (!mas_preallocate(&mas, entry, GFP_KERNEL))
			mas_store_prealloc(&mas, entry);
		break;
	case 4: /* the same range again: an entry exchanged in place */
		if (mas_walk(&mas) && !is_fixed(mas.index))
			mas_store_gfp(&mas, entry_for(mas.index, mas.last), GFP_KERNEL);
		break;
	default:
		mas_store_gfp(&mas, entry, GFP_KERNEL);
	}
	mas_unlock(&mas);
}

/* At the right edge ranges are appended in place, and taken away from there again. */
static void write_edge(unsigned long *random, unsigned long *edge)
{
	unsigned long first = *edge + next_random(random) % 3,
		      last = first + next_random(random) % 5;

	if (*edge > YARDS * YARD + 4000) {
		mtree_store_range(&tree, YARDS * YARD, ULONG_MAX, NULL, GFP_KERNEL);
		*edge = YARDS * YARD;
		return;
	}
	mtree_store_range(&tree, first, last, entry_for(first, last), GFP_KERNEL);
	*edge = last + 1;
}

static void write_for(double seconds, unsigned long seed)
{
	unsigned long random = seed, edge = YARDS * YARD, writes = 0;
	struct timespec begin, now;
	struct maple_tree copy;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		for (int i = 0; i < 200 && running(); i++, writes++) {
			if (next_random(&random) % 4)
				write_once(&random);
			else
				write_edge(&random, &edge);
		}
		if (next_random(&random) % 16 == 0) {
			mt_init_flags(&copy, tree.ma_flags & ~MT_FLAGS_HEIGHT_MASK);
			if (!mtree_dup(&tree, &copy, GFP_KERNEL))
				mt_validate(&copy);
			mtree_destroy(&copy);
		}
		mtree_lock(&tree);
		mt_validate(&tree);
		mtree_unlock(&tree);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (running() &&
		 (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9 <
			 seconds);
	printf("%lu writes\n", writes);
}

/* Readers follow the right edge too: what is appended in place must be whole when it shows. */
static void *edge_reader(void *arg)
{
	rcu_register_thread();
	while (running()) {
		MA_STATE(mas, &tree, ULONG_MAX, ULONG_MAX);
		unsigned long past = ULONG_MAX;
		void *entry;

		port_rcu_read_lock();
		mas_for_each_rev (&mas, entry, YARDS * YARD) {
			check_range(&mas, entry);
			if (mas.last >= past)
				complain("going back (edge)", mas.last, entry);
			past = mas.index;
		}
		mas_set(&mas, YARDS * YARD);
		mas_for_each (&mas, entry, ULONG_MAX)
			check_range(&mas, entry);
		port_rcu_read_unlock();
	}
	rcu_unregister_thread();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[READERS + 1];
	double seconds = argc > 1 ? atof(argv[1]) : 3;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;

	if (argc > 3 || seconds <= 0) {
		fprintf(stderr, "usage: torture-rcu [SECONDS [SEED]]\n");
		return 2;
	}
	rcu_register_thread();
	mt_init_flags(&tree, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU);
	for (unsigned long i = 0; i < YARDS; i++) {
		if (mtree_store_range(&tree, i * YARD, i * YARD + FIXED - 1,
				      entry_for(i * YARD, i * YARD + FIXED - 1), GFP_KERNEL)) {
			fprintf(stderr, "torture-rcu: no memory\n");
			return 1;
		}
	}
	for (unsigned long i = 0; i <= READERS; i++) {
		int err = pthread_create(&threads[i], NULL, i < READERS ? reader : edge_reader,
					 (void *)(seed * 1000 + i));

		if (err) {
			errno = err;
			perror("torture-rcu: pthread_create");
			return 1;
		}
	}
	write_for(seconds, seed);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i <= READERS; i++)
		pthread_join(threads[i], NULL);
	mtree_destroy(&tree);
	port_rcu_barrier();
	if (mt_nodes_in_use()) {
		fprintf(stderr, "torture-rcu: %zu nodes leaked\n", mt_nodes_in_use());
		failed = true;
	}
	rcu_unregister_thread();
	return failed;
}
