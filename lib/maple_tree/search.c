// SPDX-License-Identifier: GPL-2.0-only
/* The ways down the tree: lookups, cursors, paths for writers, and the search for gaps. */
#include "search_internal.h"

/* The lines with the references. The search needs one of them when it knows the child. */
static inline void prefetch_inner(const struct mt_node *node)
{
	__builtin_prefetch(&node->child[1]);
	__builtin_prefetch(&node->child[CHILDREN - 1]);
}

static inline void *leaf_lookup(const struct mt_node *leaf, unsigned long index)
{
	unsigned long meta = node_meta(leaf);
	unsigned int slot = leaf_slot(leaf, meta, index);

	return leaf_has(meta, slot) ? leaf_entry(leaf, meta, leaf_rank(meta, slot)) : NULL;
}

static void *load(unsigned long ref, unsigned long index)
{
	while (!ref_is_leaf(ref)) {
		const struct mt_node *node = ref_node(ref);

		prefetch_inner(node);
		ref = node_child(node, inner_slot(node, index));
	}
	prefetch_entries(ref);
	return leaf_lookup(ref_node(ref), index);
}

/* Independent lookups go down level by level together, so that their misses overlap. */
static void batch(unsigned long root, const unsigned long *indexes, size_t n, void **entries)
{
	enum { GROUP = 16 };
	unsigned long ref[GROUP];

	for (size_t done = 0; done < n; done += GROUP) {
		size_t group = n - done < GROUP ? n - done : GROUP;
		size_t i;

		for (i = 0; i < group; i++)
			ref[i] = root;
		/* All leaves under one root are at one depth. */
		while (!ref_is_leaf(ref[0])) {
			for (i = 0; i < group; i++) {
				const struct mt_node *node = ref_node(ref[i]);

				ref[i] = node_child(node, inner_slot(node, indexes[done + i]));
				prefetch_leaf(ref[i]); /* an inner node has these lines too */
			}
		}
		for (i = 0; i < group; i++)
			entries[done + i] = leaf_lookup(ref_node(ref[i]), indexes[done + i]);
	}
}

/*
 * Narrow the range of a node, *min .. *max, to the range of its child @i. For the first and the
 * last child one word is loaded in vain, which is cheaper than a branch that depends on @i.
 */
static inline void child_range(const struct mt_node *node, unsigned int i, unsigned long *min,
			       unsigned long *max)
{
	const unsigned long *words = &node->meta;
	unsigned long before = port_read_once(words[i]), last = port_read_once(words[i + 1]);

	*min = i ? before + 1 : *min;
	*max = i < CHILDREN - 1 ? last : *max;
}

/*
 * Take the cursor to the slot of @index; @ref is a node. The leaf's meta is loaded once, so that
 * all that follows belongs to one moment (G2).
 */
static void *seek(struct ma_state *mas, unsigned long ref, unsigned long index)
{
	unsigned long min = 0, max = ULONG_MAX, meta;
	struct mt_node *leaf;
	unsigned int slot, rank;

	mas->parent = NULL;
	while (!ref_is_leaf(ref)) {
		struct mt_node *node = ref_node(ref);
		unsigned int i;

		prefetch_inner(node);
		i = inner_slot(node, index);
		mas->parent = (struct maple_enode *)node;
		mas->pslot = i;
		mas->pmin = min;
		mas->pmax = max;
		ref = node_child(node, i);
		child_range(node, i, &min, &max);
	}
	prefetch_entries(ref);
	leaf = ref_node(ref);
	meta = node_meta(leaf);
	slot = leaf_slot(leaf, meta, index);
	rank = leaf_rank(meta, slot);
	mas->node = (struct maple_enode *)leaf;
	mas->min = min;
	mas->max = max;
	mas->offset = slot;
	mas->end = meta_end(meta);
	mas->index = slot ? leaf->key[slot - 1] + 1 : min;
	mas->last = slot < meta_end(meta) ? leaf->key[slot] : max;
	mas->ahead = mas->behind = 0;
	mas->status = ma_active;
	return leaf_has(meta, slot) ? leaf_entry(leaf, meta, rank) : NULL;
}

void NAME(path)(struct path *path, unsigned long ref, unsigned long index)
{
	unsigned long min = 0, max = ULONG_MAX;
	struct step *at = path->at;

	for (;; at++) {
		struct mt_node *node = ref_node(ref);
		unsigned int i;

		at->node = node;
		at->min = min;
		at->max = max;
		if (ref_is_leaf(ref))
			break;
		i = inner_slot(node, index);
		__builtin_prefetch(&node->gap[0]);
		__builtin_prefetch(&node->gap[CHILDREN / 2]);
		at->slot = i;
		child_range(node, i, &min, &max);
		ref = node->child[i];
	}
	prefetch_entries(ref);
	at->slot = leaf_slot(at->node, at->node->meta, index);
	path->height = at - path->at + 1;
}

/* ---- Gaps ---- */

/*
 * Find @size free indexes in this leaf, inside the window mas->index .. mas->last. @empty has a
 * bit for each slot that may hold them. A slot that lies partly outside the window may be too
 * small in the end.
 */
static inline bool leaf_find_gap(struct ma_state *mas, const struct mt_node *leaf,
				 unsigned long min, unsigned long max, unsigned long size,
				 bool highest)
{
	unsigned long meta = node_meta(leaf), empty;
	unsigned int end = meta_end(meta);

	empty = ~meta & below(end + 1) & (slots_from(leaf, size) | 1ul << end | 1);
	if (highest)
		empty &= below(leaf_slot(leaf, meta, mas->last) + 1);
	else
		empty &= ~below(leaf_slot(leaf, meta, mas->index));
	while (empty) {
		unsigned int slot = highest ? 63 - __builtin_clzl(empty) : __builtin_ctzl(empty);
		unsigned long lo = slot ? leaf->key[slot - 1] + 1 : min;
		unsigned long hi = slot < end ? leaf->key[slot] : max;

		lo = max_ul(lo, mas->index);
		hi = min_ul(hi, mas->last);
		if (port_likely(lo <= hi && hi - lo >= size - 1)) {
			mas->index = highest ? hi - (size - 1) : lo;
			mas->last = mas->index + (size - 1);
			mas->offset = slot;
			mas->end = end;
			return true;
		}
		empty &= ~(1ul << slot);
	}
	return false;
}

/*
 * Find a gap of @size in the window mas->index .. mas->last, from the low or the high end. A node
 * without such a gap shrinks the window by its own range, and the search begins again. A tree
 * that tracks gaps (I10) rarely begins again: a gap word promises too much only for a node that
 * lies partly outside the window, one on each level, or beside a writer. In any other tree each
 * leaf that does not fit costs one way down.
 */
static inline __attribute__((always_inline)) bool
gap_search(struct ma_state *mas, unsigned long root, unsigned long size, bool highest)
{
	bool tracked = port_read_once(mas->tree->ma_flags) & MT_FLAGS_ALLOC_RANGE;

	for (;;) {
		unsigned long min = 0, max = ULONG_MAX, ref = root;

		while (!ref_is_leaf(ref)) {
			const struct mt_node *node = ref_node(ref);
			unsigned int fit, i;

			__builtin_prefetch(&node->child[CHILDREN / 2]);
			fit = tracked ? gaps_from(node, size)
				      : below(meta_end(node_meta(node)) + 1);
			if (highest)
				fit &= below(inner_slot(node, mas->last) + 1);
			else
				fit &= ~below(inner_slot(node, mas->index));
			if (port_unlikely(!fit))
				goto shrink;
			i = highest ? 31 - __builtin_clz(fit) : __builtin_ctz(fit);
			ref = node_child(node, i);
			fetch_child(ref);
			child_range(node, i, &min, &max);
		}
		if (port_likely(leaf_find_gap(mas, ref_node(ref), min, max, size, highest))) {
			mas->node = (struct maple_enode *)ref_node(ref);
			mas->parent = NULL;
			mas->min = min;
			mas->max = max;
			mas->ahead = mas->behind = 0;
			mas->status = ma_active;
			return true;
		}
shrink:
		if (highest ? min <= mas->index : max >= mas->last)
			return false;
		if (highest)
			mas->last = min - 1;
		else
			mas->index = max + 1;
	}
}

static bool gap(struct ma_state *mas, unsigned long root, unsigned long size, bool highest)
{
	return highest ? gap_search(mas, root, size, true) : gap_search(mas, root, size, false);
}

const struct variant GLUE(mt, VARIANT) = {load, seek, NAME(path), batch, gap, NAME(write)};
