// SPDX-License-Identifier: GPL-2.0-only
/* Going down the tree. */
#include "search_internal.h"

/* The lines of an inner node that the search will want once it knows the child. */
static inline void prefetch_inner(const struct mt_node *node)
{
	__builtin_prefetch(&node->child[1]);
	__builtin_prefetch(&node->child[KIDS - 1]);
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
	return leaf_lookup(ref_node(ref), index);
}

/* Independent lookups take each level together, so that their misses overlap. */
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
				char *next;

				ref[i] = node_child(node, inner_slot(node, indexes[done + i]));
				next = (char *)ref_node(ref[i]);
				for (unsigned int line = 0; line < LINES_MIN; line++)
					__builtin_prefetch(next + line * LINE);
			}
		}
		for (i = 0; i < group; i++)
			entries[done + i] = leaf_lookup(ref_node(ref[i]), indexes[done + i]);
	}
}

/* Take the cursor to the slot of @index; @ref is a node. */
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
		if (i)
			min = node->pivot[i - 1] + 1;
		if (i < KIDS - 1)
			max = node->pivot[i];
	}
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
	mas->entry = leaf_top(leaf, meta) - rank - leaf_has(meta, slot);
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
		__builtin_prefetch(&node->gap[KIDS / 2]);
		at->slot = i;
		if (i)
			min = node->pivot[i - 1] + 1;
		if (i < KIDS - 1)
			max = node->pivot[i];
		ref = node->child[i];
	}
	__builtin_prefetch(&at->node->key[LINES_MIN * LINE_WORDS]);
	__builtin_prefetch(&at->node->key[LINES_MAX * LINE_WORDS - 2]);
	at->slot = leaf_slot(at->node, at->node->meta, index);
	path->height = at - path->at + 1;
}

/* ---- Gaps ---- */

/* Trim a gap to the window; does it still hold @size? */
static inline bool gap_fits(struct ma_state *mas, unsigned long lo, unsigned long hi,
			    unsigned long size, bool highest)
{
	lo = max_ul(lo, mas->index);
	hi = min_ul(hi, mas->last);
	if (lo > hi || hi - lo < size - 1)
		return false;
	mas->index = highest ? hi - (size - 1) : lo;
	mas->last = mas->index + (size - 1);
	return true;
}

static bool leaf_gap_fits(struct ma_state *mas, const struct step *at, unsigned long size,
			  bool highest)
{
	const struct mt_node *leaf = at->node;
	unsigned long meta = node_meta(leaf);
	unsigned int end = meta_end(meta), from, to;
	unsigned long empty;

	from = mas->index > at->min ? leaf_slot(leaf, meta, mas->index) : 0;
	to = mas->last < at->max ? leaf_slot(leaf, meta, mas->last) : end;
	empty = ~meta & below(to + 1) & ~below(from) & (slots_from(leaf, size) | 1ul << end | 1);
	while (empty) {
		unsigned int slot = highest ? 63 - __builtin_clzl(empty) : __builtin_ctzl(empty);
		unsigned long lo = slot ? leaf->key[slot - 1] + 1 : at->min;
		unsigned long hi = slot < end ? leaf->key[slot] : at->max;

		empty &= ~(1ul << slot);
		if (!gap_fits(mas, lo, hi, size, highest))
			continue;
		mas->node = (struct maple_enode *)leaf;
		mas->min = at->min;
		mas->max = at->max;
		mas->offset = slot;
		mas->end = end;
		mas->ahead = mas->behind = 0;
		mas->entry = leaf_top(leaf, meta) - leaf_rank(meta, slot);
		mas->status = ma_active;
		return true;
	}
	return false;
}

/*
 * Find a gap of @size in the window mas->index .. mas->last, from one end or the other, going
 * back up where the gap a node promised lies outside of the window.
 */
static bool gap(struct ma_state *mas, unsigned long ref, unsigned long size, bool highest)
{
	bool tracked = seam_read_once(mas->tree->ma_flags) & MT_FLAGS_ALLOC_RANGE;
	struct step at[LEVELS_MAX];
	unsigned int untried[LEVELS_MAX]; /* children */
	int depth = 0;

	at[0] = (struct step){ref_node(ref), 0, 0, ULONG_MAX};
	for (;;) {
		struct step *here = &at[depth];
		struct mt_node *node = here->node;

		if (!ref_is_leaf(ref)) {
			unsigned int end = meta_end(node_meta(node));
			unsigned int from = mas->index > here->min ? inner_slot(node, mas->index)
								   : 0;
			unsigned int to = mas->last < here->max ? inner_slot(node, mas->last) : end;

			untried[depth] = below(to + 1) & ~below(from);
			__builtin_prefetch(&node->child[KIDS / 2]);
			if (tracked)
				untried[depth] &= gaps_from(node, size);
		} else if (leaf_gap_fits(mas, here, size, highest)) {
			mas->parent = NULL;
			return true;
		} else {
			depth--;
		}
		while (depth >= 0 && !untried[depth])
			depth--;
		if (depth < 0)
			return false;
		here = &at[depth];
		node = here->node;
		here->slot = highest ? 31 - __builtin_clz(untried[depth])
				     : __builtin_ctz(untried[depth]);
		untried[depth] &= ~(1u << here->slot);
		ref = node_child(node, here->slot);
		here[1].node = ref_node(ref);
		here[1].min = here->slot ? node->pivot[here->slot - 1] + 1 : here->min;
		here[1].max = here->slot < KIDS - 1 ? node->pivot[here->slot] : here->max;
		depth++;
	}
}

const struct variant GLUE(mt, VARIANT) = {load, seek, NAME(path), batch, gap, NAME(write)};
