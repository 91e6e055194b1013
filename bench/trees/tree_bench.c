// SPDX-License-Identifier: GPL-2.0-only
/* The loops of maplebench; BENCH names the table, BENCH_NAME the engine. */
#include "maple_tree.h"

#include <stdlib.h>

#include "base/port.h"
#ifdef BENCH_KERNEL
#include "kernel_tree.h"
#endif
#include "tree_bench.h"

#define GAP_SIZE (16ul << 12)

/* The entry of a range. Never dereferenced. */
static inline void *entry_of(const struct tree_range *range)
{
	return (void *)(range->first + 0x1000);
}

static void *create(bool vma)
{
	struct maple_tree *mt = aligned_alloc(64, 128);

	if (mt)
		mt_init_flags(mt, vma ? MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU : 0);
	return mt;
}

static void destroy(void *tree)
{
	mtree_destroy(tree);
	free(tree);
}

static size_t node_bytes(void)
{
#ifdef BENCH_KERNEL
	return kernel_tree_nodes() * kernel_tree_node_bytes();
#else
	port_rcu_barrier();
	return mt_bytes_in_use();
#endif
}

static bool build(void *tree, const struct tree_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (mtree_store_range(tree, ranges[i].first, ranges[i].last, entry_of(&ranges[i]),
				      GFP_KERNEL))
			return false;
	}
	return true;
}

static unsigned long lookup(void *tree, const unsigned long *indexes, size_t n)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (unsigned long)mtree_load(tree, indexes[i]);
	return sum;
}

static unsigned long lookup_dep(void *tree, const unsigned long *indexes, size_t n)
{
	unsigned long sum = 0, last = 0;

	for (size_t i = 0; i < n; i++) {
		/* No entry has its top bit set; the CPU has to wait to see that. */
		last = (unsigned long)mtree_load(tree, indexes[i] + (last >> 63));
		sum += last;
	}
	return sum;
}

static unsigned long lookup_batch(void *tree, const unsigned long *indexes, size_t n)
{
	unsigned long sum = 0;

#ifdef BENCH_KERNEL
	sum = lookup(tree, indexes, n); /* it has no such call */
#else
	void *entries[64];

	for (size_t i = 0; i < n; i += 64) {
		size_t some = n - i < 64 ? n - i : 64;

		mtree_load_batch(tree, indexes + i, some, entries);
		for (size_t j = 0; j < some; j++)
			sum += (unsigned long)entries[j];
	}
#endif
	return sum;
}

static size_t iter_fwd(void *tree)
{
	MA_STATE(mas, tree, 0, 0);
	size_t n = 0;
	void *entry;

	port_rcu_read_lock();
	mas_for_each (&mas, entry, ULONG_MAX)
		n++;
	port_rcu_read_unlock();
	return n;
}

static size_t iter_rev(void *tree)
{
	MA_STATE(mas, tree, ULONG_MAX, ULONG_MAX);
	size_t n = 0;
	void *entry;

	port_rcu_read_lock();
	mas_for_each_rev (&mas, entry, 0)
		n++;
	port_rcu_read_unlock();
	return n;
}

static bool churn(void *tree, const struct tree_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (mtree_erase(tree, ranges[i].first) != entry_of(&ranges[i]) ||
		    mtree_store_range(tree, ranges[i].first, ranges[i].last, entry_of(&ranges[i]),
				      GFP_KERNEL))
			return false;
	}
	return true;
}

static bool split(void *tree, const struct tree_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned long middle = (ranges[i].first / 2 + ranges[i].last / 2) & ~4095ul;

		if (middle < ranges[i].first)
			middle = ranges[i].first;
		if (mtree_store_range(tree, middle, middle + 4095, tree, GFP_KERNEL) ||
		    mtree_store_range(tree, ranges[i].first, ranges[i].last, entry_of(&ranges[i]),
				      GFP_KERNEL))
			return false;
	}
	return true;
}

static bool overwrite(void *tree, const struct tree_range *ranges, size_t n)
{
	return build(tree, ranges, n);
}

static unsigned long gap_fwd(void *tree, const unsigned long *mins, size_t n, unsigned long max)
{
	MA_STATE(mas, tree, 0, 0);
	unsigned long sum = 0;

	port_rcu_read_lock();
	for (size_t i = 0; i < n; i++) {
		mas_reset(&mas);
		if (!mas_empty_area(&mas, mins[i], max, GAP_SIZE))
			sum += mas.index;
	}
	port_rcu_read_unlock();
	return sum;
}

static unsigned long gap_rev(void *tree, const unsigned long *maxes, size_t n)
{
	MA_STATE(mas, tree, 0, 0);
	unsigned long sum = 0;

	port_rcu_read_lock();
	for (size_t i = 0; i < n; i++) {
		mas_reset(&mas);
		if (!mas_empty_area_rev(&mas, 0, maxes[i] + GAP_SIZE, GAP_SIZE))
			sum += mas.index;
	}
	port_rcu_read_unlock();
	return sum;
}

static void *recorded_entry(const struct recorded_op *op)
{
	return op->kind == RECORDED_STORE ? (void *)(op->first << 1 | 1) : NULL;
}

static bool replay_plain(struct maple_tree *mt, const struct recorded_op *op)
{
	if (op->kind != RECORDED_ERASE)
		return !mtree_store_range(mt, op->first, op->last, recorded_entry(op), GFP_KERNEL);
	mtree_erase(mt, op->first);
	return true;
}

static bool replay_prealloc(struct maple_tree *mt, const struct recorded_op *op)
{
	MA_STATE(mas, mt, op->first, op->last);
	int err = 0;

	mtree_lock(mt);
	if (op->kind != RECORDED_ERASE || mas_walk(&mas)) {
		err = mas_preallocate(&mas, recorded_entry(op), GFP_KERNEL);
		if (!err)
			mas_store_prealloc(&mas, recorded_entry(op));
	}
	mtree_unlock(mt);
	return !err;
}

static bool replay(void *tree, const struct recorded_op *ops, size_t n, bool prealloc)
{
	bool good = true;

	for (size_t i = 0; i < n; i++)
		good &= prealloc ? replay_prealloc(tree, &ops[i]) : replay_plain(tree, &ops[i]);
	return good;
}

extern const struct tree_bench BENCH;
const struct tree_bench BENCH = {
	BENCH_NAME, create,   destroy, node_bytes, build,     lookup,  lookup_dep, lookup_batch,
	iter_fwd,   iter_rev, churn,   split,	   overwrite, gap_fwd, gap_rev,	   replay,
};
