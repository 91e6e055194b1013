// SPDX-License-Identifier: GPL-2.0-only
#ifndef __clang__
#pragma GCC optimize("no-tree-slp-vectorize") /* pairing stores costs more than it saves */
#endif
/*
 * Cursors. A cursor remembers its leaf, the slot and the node above. It steps inside the leaf
 * without a look at anything else: one load of the leaf's meta word says whether the leaf is
 * still part of the tree (G2) and which slots hold entries. A cursor whose leaf has died looks for
 * its place from the root.
 */
#include "node_internal.h"

struct mt_node mt_no_leaf = {.meta = META_DEAD | META_LEAF};

/*
 * Look @index up and set status, index and last, also in a tree without nodes.
 *
 * @root is the caller's only load of ma_root for this answer. Whoever loads it a second time may
 * find another tree, and would answer from one what is true of the other (G2).
 */
static void *seek(struct ma_state *mas, unsigned long root, unsigned long index)
{
	PORT_ASSERT(!mt_in_rcu(mas->tree) || port_registered());
	if (port_likely(ref_is_node(root)))
		return mt_calls.seek(mas, root, index);
	mas->node = NULL;
	mas->min = 0;
	mas->max = ULONG_MAX;
	if (!root) {
		mas->status = ma_none;
		mas->index = 0;
		mas->last = ULONG_MAX;
		return NULL;
	}
	mas->status = index ? ma_none : ma_root;
	mas->index = index ? 1 : 0;
	mas->last = index ? ULONG_MAX : 0;
	return index ? NULL : (void *)root;
}

void *mas_walk(struct ma_state *mas)
{
	return seek(mas, mt_root(mas->tree), mas->index);
}

/* ---- One step ---- */

/*
 * Go to the leaf after this one (@up) or before it, through the node above. The caller sets the
 * cursor's slot. False if that node has died or has no further child.
 */
static inline bool next_leaf(struct ma_state *mas, bool up)
{
	const struct mt_node *parent = (struct mt_node *)mas->parent;
	unsigned long meta = parent ? node_meta(parent) : META_DEAD;
	unsigned int i;

	if ((meta & META_DEAD) || (up ? mas->pslot >= meta_end(meta) : mas->pslot == 0))
		return false;
	i = mas->pslot += up ? 1 : -1;
	mas->node = (struct maple_enode *)ref_node(node_child(parent, i));
	mas->min = i ? parent->pivot[i - 1] + 1 : mas->pmin;
	mas->max = i < CHILDREN - 1 ? parent->pivot[i] : mas->pmax;
	if (up ? i < meta_end(meta) : i > 0)
		prefetch_leaf(node_child(parent, up ? i + 1 : i - 1));
	return true;
}

/* Has a cursor whose range ends (@up) or begins at @at come to its limit? */
static inline bool at_limit(unsigned long at, unsigned long limit, bool up)
{
	return up ? at >= limit : at <= limit;
}

static inline void *stop_at_limit(struct ma_state *mas, bool up)
{
	mas->status = up ? ma_overflow : ma_underflow;
	return NULL;
}

/* An active cursor found the tree without nodes: empty, or @root is its one entry at 0. */
static void *step_without_nodes(struct ma_state *mas, unsigned long root, unsigned long limit,
				bool up)
{
	mas->status = ma_none;
	if (up || !root || limit)
		return NULL;
	mas->index = mas->last = 0;
	mas->status = ma_root;
	return (void *)root;
}

/*
 * Go on beyond @at from the root: the leaf has died, or the node above cannot lead further. True
 * if *entry is the answer; else the cursor is at an empty range, and the caller steps on.
 */
static inline bool step_from_root(struct ma_state *mas, unsigned long at, unsigned long limit,
				  bool empty, bool up, void **entry)
{
	unsigned long root = mt_root(mas->tree);

	*entry = NULL;
	if (at_limit(at, limit, up)) {
		stop_at_limit(mas, up);
		return true;
	}
	*entry = seek(mas, root, up ? at + 1 : at - 1);
	if (port_unlikely(mas->status != ma_active)) {
		*entry = step_without_nodes(mas, root, limit, up);
		return true;
	}
	/* G3: what an earlier call returned is not returned again, also where a range grew. */
	if (up)
		mas->index = max_ul(mas->index, at + 1);
	else
		mas->last = min_ul(mas->last, at - 1);
	if (*entry || empty)
		return true;
	if (at_limit(up ? mas->last : mas->index, limit, up)) {
		stop_at_limit(mas, up);
		return true;
	}
	return false;
}

static inline unsigned int reverse_bits(unsigned int b)
{
	b = (b >> 1 & 0x55555555) | (b & 0x55555555) << 1;
	b = (b >> 2 & 0x33333333) | (b & 0x33333333) << 2;
	b = (b >> 4 & 0x0f0f0f0f) | (b & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(b);
}

/*
 * Step to the range after the cursor's (@up) or before it; unless @empty, to the next that has
 * an entry. At @limit (inclusive) the answer is NULL with status ma_overflow or ma_underflow, and
 * the cursor is at the gap that reaches the limit if it came that far.
 *
 * The entry's place is counted anew and not taken from mas->entry: the leaf's empty last slot
 * may have been filled since (I7).
 */
static inline __attribute__((always_inline)) void *step(struct ma_state *mas, unsigned long limit,
							bool empty, bool up)
{
	struct mt_node *leaf = mas_leaf(mas);
	unsigned long meta = node_meta(leaf);
	unsigned int slot, end, rest, to, ranks;
	void *entry, **at;

	if (port_unlikely(meta & META_DEAD)) { /* G2, I8 */
		if (step_from_root(mas, up ? mas->last : mas->index, limit, empty, up, &entry))
			return entry;
		leaf = mas_leaf(mas);
		meta = node_meta(leaf);
	}
	slot = mas->offset;
	for (;;) {
		if (up ? slot < meta_end(meta) : slot > 0) {
			if (up ? leaf->key[slot] >= limit : leaf->key[slot - 1] < limit)
				return stop_at_limit(mas, up);
			ranks = leaf_rank(meta, up ? slot + 1 : slot);
			slot += up ? 1 : -1;
		} else {
			unsigned long edge = up ? mas->max : mas->min;

			if (at_limit(edge, limit, up))
				return stop_at_limit(mas, up);
			if (port_unlikely(!next_leaf(mas, up))) {
				if (step_from_root(mas, edge, limit, empty, up, &entry))
					return entry;
				leaf = mas_leaf(mas);
				meta = node_meta(leaf);
				slot = mas->offset;
				continue;
			}
			leaf = mas_leaf(mas);
			meta = node_meta(leaf);
			slot = up ? 0 : meta_end(meta);
			ranks = up ? 0 : leaf_rank(meta, LEAF_SLOTS);
		}
		/* From here on @slot is the neighbour. A gap is one slot (I3), so skip that. */
		end = meta_end(meta);
		rest = meta_present(meta) & (up ? ~below(slot) : below(slot + 1));
		to = slot;
		if (!empty && rest)
			to = (unsigned int)(up ? __builtin_ctz(rest) : 31 - __builtin_clz(rest));
		if (port_unlikely(to != slot) &&
		    (up ? leaf->key[to - 1] >= limit : leaf->key[to] < limit))
			to = slot;
		mas->end = end;
		mas->ahead = mas->behind = 0;
		mas->offset = to;
		mas->index = to ? leaf->key[to - 1] + 1 : mas->min;
		mas->last = to < end ? leaf->key[to] : mas->max;
		at = leaf_top(leaf, meta) - ranks;
		if (rest >> to & 1) {
			if (up)
				mas->ahead = rest & (rest - 1);
			else
				mas->behind = reverse_bits(rest & ~(1u << to));
			at -= up;
			mas->entry = at;
			return __atomic_load_n(at, __ATOMIC_CONSUME);
		}
		mas->entry = at;
		if (empty)
			return NULL;
		/* An empty slot at the leaf's end: the tree's end, or a write is under way. */
		if (at_limit(up ? mas->last : mas->index, limit, up))
			return stop_at_limit(mas, up);
		slot = to;
	}
}

/* Compiled once for each way: arguments known only at run time would slow each step. */
#define STEP(name, empty, up)                                                                  \
	static __attribute__((noinline)) void *name(struct ma_state *mas, unsigned long limit) \
	{                                                                                      \
		return step(mas, limit, empty, up);                                            \
	}
STEP(next_entry, false, true)
STEP(next_range, true, true)
STEP(prev_entry, false, false)
STEP(prev_range, true, false)

/*
 * ---- Before the step: a cursor that is not simply active ----
 *
 * As in the kernel, each returns true if *entry is the answer, and false if the cursor is active
 * and the caller has to step. Where a cursor that is in no node stands, and which status it gets,
 * are the kernel's rules.
 */

/* The tree has no node. @was_none: it had none when the cursor last looked, either. */
static void next_without_nodes(struct ma_state *mas, bool was_none)
{
	if (mas->status != ma_root || (was_none && !mas->index))
		return;
	mas->status = ma_none;
	mas->index = 1;
	mas->last = ULONG_MAX;
}

static void *prev_without_nodes(struct ma_state *mas, unsigned long root)
{
	if (!mas->index) {
		if (mas->status == ma_root)
			mas->status = ma_none;
		return NULL;
	}
	/* Beyond a single entry at 0. */
	mas->index = mas->last = 0;
	mas->status = ma_root;
	return (void *)root;
}

/*
 * A cursor that was in a tree without nodes stays where it is if the tree has nodes by now, and
 * steps on from there (G3).
 */
static inline bool root_became_node(struct ma_state *mas, unsigned long root)
{
	if (mas->status != ma_root || !ref_is_node(root))
		return false;
	mas->node = (struct maple_enode *)&mt_no_leaf;
	mas->status = ma_active;
	return true;
}

static inline __attribute__((always_inline)) bool
step_setup(struct ma_state *mas, unsigned long limit, void **entry, bool up)
{
	bool was_none = mas->status == ma_none;
	unsigned long root = mt_root(mas->tree);

	if (mas->status == ma_error) /* its node is the error's number */
		return true;
	if (at_limit(up ? mas->last : mas->index, limit, up)) {
		stop_at_limit(mas, up);
		return true;
	}
	if (root_became_node(mas, root))
		return false;
	if (mas->status == (up ? ma_underflow : ma_overflow)) {
		/* It met the other limit, and is on the far side of the range it is at. */
		*entry = seek(mas, root, mas->index);
		if (*entry)
			return true;
	} else if (mas->status == (up ? ma_overflow : ma_underflow)) {
		mas->status = mas->node ? ma_active : ma_start;
	}
	if (mas->status == ma_start || mas->status == ma_pause || was_none)
		seek(mas, root, mas->index);
	if (mas->status == ma_active)
		return false;
	if (up)
		next_without_nodes(mas, was_none);
	else
		*entry = prev_without_nodes(mas, root);
	return true;
}

static bool mas_next_setup(struct ma_state *mas, unsigned long max, void **entry)
{
	return step_setup(mas, max, entry, true);
}

static bool mas_prev_setup(struct ma_state *mas, unsigned long min, void **entry)
{
	return step_setup(mas, min, entry, false);
}

/* mas_find() and mas_find_rev() are no mirror images: most rules differ, as the kernel's do. */
static bool mas_find_setup(struct ma_state *mas, unsigned long max, void **entry)
{
	unsigned long root = mt_root(mas->tree);

	switch (mas->status) {
	case ma_start:
		break;
	case ma_root:
		if (root_became_node(mas, root))
			return mas->last >= max;
		mas->status = ma_none;
		mas->index = 1;
		mas->last = ULONG_MAX;
		return true;
	case ma_pause:
		if (mas->last >= max)
			return true;
		mas->index = ++mas->last;
		break;
	case ma_none:
		if (mas->last >= max)
			return true;
		mas->index = mas->last;
		break;
	case ma_underflow:
		if (mas->index >= max) {
			mas->status = ma_overflow;
			return true;
		}
		break;
	case ma_overflow:
		if (mas->last >= max)
			return true;
		break;
	default:
		return true;
	}
	if (mas->status == ma_start && mas->index > max)
		return true;
	*entry = seek(mas, root, mas->index);
	if (*entry || mas->status != ma_active || mas->index == max)
		return true;
	return false;
}

static bool mas_find_rev_setup(struct ma_state *mas, unsigned long min, void **entry)
{
	unsigned long root = mt_root(mas->tree);

	switch (mas->status) {
	case ma_active:
		return mas->index < min;
	case ma_start:
		break;
	case ma_root:
		if (root_became_node(mas, root))
			return mas->index <= min;
		mas->status = ma_none;
		return true;
	case ma_pause:
		if (mas->index <= min) {
			mas->status = ma_underflow;
			return true;
		}
		mas->last = --mas->index;
		break;
	case ma_none:
		if (mas->index <= min)
			return true;
		mas->last = mas->index;
		break;
	case ma_overflow:
	case ma_underflow:
		if (mas->index <= min) {
			mas->status = ma_underflow;
			return true;
		}
		if (mas->node) {
			mas->status = ma_active;
			return false;
		}
		break;
	default:
		return true;
	}
	if (mas->index < min) {
		mas->status = ma_start;
		return true;
	}
	*entry = seek(mas, root, mas->index);
	if (*entry)
		return true;
	if (mas->status == ma_active)
		return mas->index < min;
	/* Beyond a single entry at 0, or nothing at all. */
	mas->index = mas->last = 0;
	mas->status = ma_root;
	*entry = (void *)root;
	return true;
}

void *mas_next(struct ma_state *mas, unsigned long max)
{
	void *entry = NULL;

	entry = mas_quick_up(mas, max);
	if (port_likely(entry != NULL))
		return entry;
	if (mas_next_setup(mas, max, &entry))
		return entry;
	return next_entry(mas, max);
}

void *mas_next_range(struct ma_state *mas, unsigned long max)
{
	void *entry = NULL;

	if (mas_next_setup(mas, max, &entry))
		return entry;
	return next_range(mas, max);
}

void *mas_prev(struct ma_state *mas, unsigned long min)
{
	void *entry = NULL;

	entry = mas_quick_down(mas, min);
	if (port_likely(entry != NULL))
		return entry;
	if (mas_prev_setup(mas, min, &entry))
		return entry;
	return prev_entry(mas, min);
}

void *mas_prev_range(struct ma_state *mas, unsigned long min)
{
	void *entry = NULL;

	if (mas_prev_setup(mas, min, &entry))
		return entry;
	return prev_range(mas, min);
}

void *mas_find(struct ma_state *mas, unsigned long max)
{
	void *entry = mas_quick_up(mas, max);

	if (entry)
		return entry;
	if (mas->status == ma_active) {
		if (mas->last >= max)
			return NULL;
	} else if (mas_find_setup(mas, max, &entry)) {
		return entry;
	}
	entry = next_entry(mas, max);
	if (port_unlikely(mas->status == ma_overflow))
		mas->status = ma_active; /* mas_find() leaves no status at its limit */
	return entry;
}

void *mas_find_range(struct ma_state *mas, unsigned long max)
{
	void *entry = NULL;

	if (mas->status == ma_active) {
		if (mas->last >= max)
			return NULL;
	} else if (mas_find_setup(mas, max, &entry)) {
		return entry;
	}
	return next_range(mas, max);
}

void *mas_find_rev(struct ma_state *mas, unsigned long min)
{
	void *entry = mas_quick_down(mas, min);

	if (entry)
		return entry;
	if (mas_find_rev_setup(mas, min, &entry))
		return entry;
	return prev_entry(mas, min);
}

void *mas_find_range_rev(struct ma_state *mas, unsigned long min)
{
	void *entry = NULL;

	if (mas_find_rev_setup(mas, min, &entry))
		return entry;
	return prev_range(mas, min);
}

void mas_pause(struct ma_state *mas)
{
	mas->status = ma_pause;
	mas->node = NULL;
}

/* ---- Calls without a cursor ---- */

void *mtree_load(struct maple_tree *mt, unsigned long index)
{
	unsigned long root;
	void *entry;

	PORT_ASSERT(!mt_in_rcu(mt) || port_registered());
	port_rcu_read_lock();
	root = mt_root(mt);
	if (port_likely(ref_is_node(root)))
		entry = mt_calls.load(root, index);
	else
		entry = index ? NULL : (void *)root;
	port_rcu_read_unlock();
	return xa_is_zero(entry) ? NULL : entry;
}

void mtree_load_batch(struct maple_tree *mt, const unsigned long *indexes, size_t n, void **entries)
{
	unsigned long root;
	size_t i;

	PORT_ASSERT(!mt_in_rcu(mt) || port_registered());
	port_rcu_read_lock();
	root = mt_root(mt);
	if (ref_is_node(root)) {
		mt_calls.batch(root, indexes, n, entries);
	} else {
		for (i = 0; i < n; i++)
			entries[i] = indexes[i] ? NULL : (void *)root;
	}
	port_rcu_read_unlock();
	for (i = 0; i < n; i++) {
		if (xa_is_zero(entries[i]))
			entries[i] = NULL;
	}
}

void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	MA_STATE(mas, mt, *index, *index);
	void *entry;

	if (*index > max)
		return NULL;
	port_rcu_read_lock();
	do {
		entry = mas_find(&mas, max);
	} while (xa_is_zero(entry) && mas.last < max);
	port_rcu_read_unlock();
	if (!entry || xa_is_zero(entry))
		return NULL;
	*index = mas.last + 1;
	return entry;
}

void *mt_find_after(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	return *index ? mt_find(mt, index, max) : NULL;
}

void *mt_next(struct maple_tree *mt, unsigned long index, unsigned long max)
{
	MA_STATE(mas, mt, index, index);
	void *entry;

	port_rcu_read_lock();
	entry = mas_next(&mas, max);
	port_rcu_read_unlock();
	return entry;
}

void *mt_prev(struct maple_tree *mt, unsigned long index, unsigned long min)
{
	MA_STATE(mas, mt, index, index);
	void *entry;

	port_rcu_read_lock();
	entry = mas_prev(&mas, min);
	port_rcu_read_unlock();
	return entry;
}

/* ---- Gaps ---- */

static int find_gap(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size,
		    bool highest)
{
	unsigned long root;

	if (min > max || !size || max - min < size - 1)
		return -EINVAL;
	root = mt_root(mas->tree);
	if (!ref_is_node(root)) {
		mas->status = root ? ma_root : ma_none;
		mas->node = NULL;
		if (root && !min && (++min > max || max - min < size - 1))
			return -EBUSY;
		mas->index = highest ? max - (size - 1) : min;
		mas->last = mas->index + (size - 1);
		return 0;
	}
	mas->index = min;
	mas->last = max;
	if (mt_calls.gap(mas, root, size, highest))
		return 0;
	mas_set_range(mas, min, max);
	mas->status = ma_error;
	mas->node = MA_ERROR(-EBUSY);
	return -EBUSY;
}

int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	return find_gap(mas, min, max, size, false);
}

int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max,
		       unsigned long size)
{
	return find_gap(mas, min, max, size, true);
}
