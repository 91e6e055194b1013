// SPDX-License-Identifier: GPL-2.0-only
#ifndef __clang__
#pragma GCC optimize("no-tree-slp-vectorize") /* pairing stores costs more than it saves */
#endif
/*
 * Cursors. A cursor remembers its leaf, the slot and the node above, and steps inside the leaf
 * without looking at anything else: one load of the leaf's meta word tells whether the leaf is
 * still part of the tree (guarantee G2) and which slots hold entries. A cursor whose leaf has
 * died looks for its place again from the root.
 */
#include "node_internal.h"

struct mt_node mt_no_leaf = {.meta = META_DEAD | META_LEAF};

/* Look @mas->index up; sets status, index and last, also where there is no node. */
static void *seek(struct ma_state *mas, unsigned long index)
{
	unsigned long root = mt_root(mas->tree);

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
	return seek(mas, mas->index);
}

/* ---- One step ---- */

static inline unsigned long slot_last(const struct ma_state *mas, unsigned int slot,
				      unsigned int end)
{
	return slot < end ? mas_leaf(mas)->key[slot] : mas->max;
}

static inline unsigned long slot_first(const struct ma_state *mas, unsigned int slot)
{
	return slot ? mas_leaf(mas)->key[slot - 1] + 1 : mas->min;
}

/*
 * To the leaf behind (@up) or before this one, through the node above. The cursor's slot is
 * left for the caller to set. False if that node has died or ends here.
 */
static inline bool turn_leaf(struct ma_state *mas, bool up)
{
	const struct mt_node *parent = (struct mt_node *)mas->parent;
	unsigned long meta = parent ? node_meta(parent) : META_DEAD;
	unsigned int i;

	if ((meta & META_DEAD) || (up ? mas->pslot >= meta_end(meta) : mas->pslot == 0))
		return false;
	i = mas->pslot += up ? 1 : -1;
	mas->node = (struct maple_enode *)ref_node(node_child(parent, i));
	mas->min = i ? parent->pivot[i - 1] + 1 : mas->pmin;
	mas->max = i < KIDS - 1 ? parent->pivot[i] : mas->pmax;
	if (up ? i < meta_end(meta) : i > 0)
		prefetch_leaf(node_child(parent, up ? i + 1 : i - 1));
	return true;
}

/* The tree shrank to nothing, or to one entry at 0, under an active cursor. */
static void *lost_up(struct ma_state *mas)
{
	mas->status = ma_none;
	return NULL;
}

static void *lost_down(struct ma_state *mas, unsigned long min)
{
	unsigned long root = mt_root(mas->tree);

	mas->status = ma_none;
	if (!root || ref_is_node(root) || min)
		return NULL;
	mas->index = mas->last = 0;
	mas->status = ma_root;
	return (void *)root;
}

static inline unsigned int reverse_bits(unsigned int b)
{
	b = (b >> 1 & 0x55555555) | (b & 0x55555555) << 1;
	b = (b >> 2 & 0x33333333) | (b & 0x33333333) << 2;
	b = (b >> 4 & 0x0f0f0f0f) | (b & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(b);
}

/*
 * The range behind the cursor's; with !@empty the next that has an entry. At the limit: NULL,
 * status ma_overflow, and the cursor at the gap that reaches the limit, if it came that far.
 */
static __attribute__((noinline)) void *step_up(struct ma_state *mas, unsigned long max, bool empty)
{
	unsigned long meta = node_meta(mas_leaf(mas)), at;
	unsigned int slot = mas->offset, end, rest, next;
	struct mt_node *leaf = mas_leaf(mas);
	void *entry;

	if (port_unlikely(meta & META_DEAD)) {
		at = mas->last;
seek:
		if (at >= max)
			goto overflow;
		entry = seek(mas, at + 1);
		if (port_unlikely(mas->status != ma_active))
			return lost_up(mas);
		mas->index = max_ul(mas->index, at + 1); /* guarantee G3: no overlap */
		if (entry || empty)
			return entry;
		if (mas->last >= max)
			goto overflow;
		leaf = mas_leaf(mas);
		meta = node_meta(leaf);
		slot = mas->offset;
	}
	end = meta_end(meta);
	if (slot < end) {
		if (leaf->key[slot] >= max)
			goto overflow;
		slot++;
		mas->entry = leaf_top(leaf, meta) - leaf_rank(meta, slot);
	} else {
turn:
		if (mas->max >= max)
			goto overflow;
		if (!turn_leaf(mas, true)) {
			at = mas->max;
			goto seek;
		}
		leaf = mas_leaf(mas);
		meta = node_meta(leaf);
		end = meta_end(meta);
		mas->entry = leaf_top(leaf, meta);
		slot = 0;
	}
	mas->end = end;
	rest = meta_present(meta) & ~below(slot);
	mas->ahead = mas->behind = 0;
	next = empty || !rest ? slot : (unsigned int)__builtin_ctz(rest);
	if (port_unlikely(next > slot) && leaf->key[next - 1] >= max)
		next = slot;
	mas->offset = next;
	mas->index = slot_first(mas, next);
	mas->last = slot_last(mas, next, end);
	if (rest >> next & 1) {
		mas->ahead = rest & (rest - 1);
		return __atomic_load_n(--mas->entry, __ATOMIC_CONSUME);
	}
	if (empty)
		return NULL;
	if (mas->last < max)
		goto turn; /* a last slot that is empty, and not the end of the tree: it changes now */
overflow:
	mas->status = ma_overflow;
	return NULL;
}

/* The mirror image of step_up(). */
static __attribute__((noinline)) void *step_down(struct ma_state *mas, unsigned long min,
						 bool empty)
{
	unsigned long meta = node_meta(mas_leaf(mas)), at;
	unsigned int slot = mas->offset, rest, prev;
	struct mt_node *leaf = mas_leaf(mas);
	void *entry, **last;

	if (port_unlikely(meta & META_DEAD)) {
		at = mas->index;
seek:
		if (at <= min)
			goto underflow;
		entry = seek(mas, at - 1);
		if (port_unlikely(mas->status != ma_active))
			return lost_down(mas, min);
		mas->last = min_ul(mas->last, at - 1); /* guarantee G3 */
		if (entry || empty)
			return entry;
		if (mas->index <= min)
			goto underflow;
		leaf = mas_leaf(mas);
		meta = node_meta(leaf);
		slot = mas->offset;
	}
	/* Not from mas->entry: the leaf's empty last slot may have been filled since (I7). */
	last = leaf_top(leaf, meta) - leaf_rank(meta, slot);
	if (slot) {
		if (leaf->key[slot - 1] < min)
			goto underflow;
	} else {
turn:
		if (mas->min <= min)
			goto underflow;
		if (!turn_leaf(mas, false)) {
			at = mas->min;
			goto seek;
		}
		leaf = mas_leaf(mas);
		meta = node_meta(leaf);
		slot = meta_end(meta) + 1;
		last = leaf_top(leaf, meta) - leaf_rank(meta, LEAF_SLOTS);
	}
	slot--;
	mas->end = meta_end(meta);
	rest = meta_present(meta) & below(slot + 1);
	mas->ahead = mas->behind = 0;
	prev = empty || !rest ? slot : 31 - (unsigned int)__builtin_clz(rest);
	if (port_unlikely(prev < slot) && leaf->key[prev] < min)
		prev = slot;
	mas->offset = prev;
	mas->entry = last;
	mas->index = slot_first(mas, prev);
	mas->last = slot_last(mas, prev, mas->end);
	if (rest >> prev & 1) {
		mas->behind = reverse_bits(rest & ~(1u << prev));
		return __atomic_load_n(last, __ATOMIC_CONSUME);
	}
	if (empty)
		return NULL;
	if (mas->index > min) {
		slot = 0;
		goto turn;
	}
underflow:
	mas->status = ma_underflow;
	return NULL;
}

/* ---- The four ways in, and what each makes of a cursor that is not simply active ---- */

/* What to do next: answer at once, or step from where the cursor is. */
enum verdict { ANSWER, STEP };

static enum verdict ready_next(struct ma_state *mas, unsigned long max, void **entry)
{
	bool was_none = mas->status == ma_none;

	if (mas->last >= max) {
		mas->status = ma_overflow;
		return ANSWER;
	}
	if (mas->status == ma_error)
		return ANSWER;
	if (mas->status == ma_underflow) { /* was before the range it is at */
		*entry = mas_walk(mas);
		if (*entry)
			return ANSWER;
	} else if (mas->status == ma_overflow) {
		mas->status = mas->node ? ma_active : ma_start;
	}
	if (mas->status == ma_start || mas->status == ma_pause || was_none)
		mas_walk(mas);
	if (mas->status == ma_active)
		return STEP;
	if (mas->status == ma_root) {
		if (was_none && !mas->index)
			return ANSWER;
		mas->status = ma_none;
		mas->index = 1;
		mas->last = ULONG_MAX;
	}
	return ANSWER;
}

static enum verdict ready_prev(struct ma_state *mas, unsigned long min, void **entry)
{
	unsigned long root;

	if (mas->index <= min) {
		mas->status = ma_underflow;
		return ANSWER;
	}
	if (mas->status == ma_error)
		return ANSWER;
	if (mas->status == ma_overflow) { /* was behind the range it is at */
		*entry = mas_walk(mas);
		if (*entry)
			return ANSWER;
	} else if (mas->status == ma_underflow) {
		mas->status = mas->node ? ma_active : ma_start;
	}
	if (mas->status == ma_start || mas->status == ma_pause || mas->status == ma_none)
		mas_walk(mas);
	if (mas->status == ma_active)
		return STEP;
	if (!mas->index) {
		if (mas->status == ma_root)
			mas->status = ma_none;
		return ANSWER;
	}
	/* Beyond a single entry at 0. */
	root = mt_root(mas->tree);
	mas->index = mas->last = 0;
	mas->status = ma_root;
	*entry = ref_is_node(root) ? NULL : (void *)root;
	return ANSWER;
}

static enum verdict ready_find(struct ma_state *mas, unsigned long max, void **entry)
{
	switch (mas->status) {
	case ma_start:
		break;
	case ma_root:
		mas->status = ma_none;
		mas->index = 1;
		mas->last = ULONG_MAX;
		return ANSWER;
	case ma_pause:
		if (mas->last >= max)
			return ANSWER;
		mas->index = ++mas->last;
		break;
	case ma_none:
		if (mas->last >= max)
			return ANSWER;
		mas->index = mas->last;
		break;
	case ma_underflow:
		if (mas->index >= max) {
			mas->status = ma_overflow;
			return ANSWER;
		}
		break;
	case ma_overflow:
		if (mas->last >= max)
			return ANSWER;
		break;
	default:
		return ANSWER;
	}
	if (mas->status == ma_start && mas->index > max)
		return ANSWER;
	*entry = mas_walk(mas);
	if (*entry || mas->status != ma_active || mas->index == max)
		return ANSWER;
	return STEP;
}

static enum verdict ready_find_rev(struct ma_state *mas, unsigned long min, void **entry)
{
	unsigned long root;

	switch (mas->status) {
	case ma_active:
		return mas->index < min ? ANSWER : STEP;
	case ma_start:
		break;
	case ma_root:
		mas->status = ma_none;
		return ANSWER;
	case ma_pause:
		if (mas->index <= min) {
			mas->status = ma_underflow;
			return ANSWER;
		}
		mas->last = --mas->index;
		break;
	case ma_none:
		if (mas->index <= min)
			return ANSWER;
		mas->last = mas->index;
		break;
	case ma_overflow:
	case ma_underflow:
		if (mas->index <= min) {
			mas->status = ma_underflow;
			return ANSWER;
		}
		if (mas->node) {
			mas->status = ma_active;
			return STEP;
		}
		break;
	default:
		return ANSWER;
	}
	if (mas->index < min) {
		mas->status = ma_start;
		return ANSWER;
	}
	*entry = mas_walk(mas);
	if (*entry)
		return ANSWER;
	if (mas->status == ma_active)
		return mas->index < min ? ANSWER : STEP;
	/* Beyond a single entry at 0, or nothing at all. */
	root = mt_root(mas->tree);
	mas->index = mas->last = 0;
	mas->status = ma_root;
	*entry = ref_is_node(root) ? NULL : (void *)root;
	return ANSWER;
}

void *mas_next(struct ma_state *mas, unsigned long max)
{
	void *entry = NULL;

	entry = mas_quick_up(mas, max);
	if (port_likely(entry != NULL))
		return entry;
	if (ready_next(mas, max, &entry) == ANSWER)
		return entry;
	return step_up(mas, max, false);
}

void *mas_next_range(struct ma_state *mas, unsigned long max)
{
	void *entry = NULL;

	if (ready_next(mas, max, &entry) == ANSWER)
		return entry;
	return step_up(mas, max, true);
}

void *mas_prev(struct ma_state *mas, unsigned long min)
{
	void *entry = NULL;

	entry = mas_quick_down(mas, min);
	if (port_likely(entry != NULL))
		return entry;
	if (ready_prev(mas, min, &entry) == ANSWER)
		return entry;
	return step_down(mas, min, false);
}

void *mas_prev_range(struct ma_state *mas, unsigned long min)
{
	void *entry = NULL;

	if (ready_prev(mas, min, &entry) == ANSWER)
		return entry;
	return step_down(mas, min, true);
}

void *mas_find(struct ma_state *mas, unsigned long max)
{
	void *entry = mas_quick_up(mas, max);

	if (entry)
		return entry;
	if (mas->status == ma_active) {
		if (mas->last >= max)
			return NULL;
	} else if (ready_find(mas, max, &entry) == ANSWER) {
		return entry;
	}
	entry = step_up(mas, max, false);
	if (port_unlikely(mas->status == ma_overflow))
		mas->status = ma_active; /* the limit is no state of mas_find() */
	return entry;
}

void *mas_find_range(struct ma_state *mas, unsigned long max)
{
	void *entry = NULL;

	if (mas->status == ma_active) {
		if (mas->last >= max)
			return NULL;
	} else if (ready_find(mas, max, &entry) == ANSWER) {
		return entry;
	}
	return step_up(mas, max, true);
}

void *mas_find_rev(struct ma_state *mas, unsigned long min)
{
	void *entry = mas_quick_down(mas, min);

	if (entry)
		return entry;
	if (ready_find_rev(mas, min, &entry) == ANSWER)
		return entry;
	return step_down(mas, min, false);
}

void *mas_find_range_rev(struct ma_state *mas, unsigned long min)
{
	void *entry = NULL;

	if (ready_find_rev(mas, min, &entry) == ANSWER)
		return entry;
	return step_down(mas, min, true);
}

void mas_pause(struct ma_state *mas)
{
	mas->status = ma_pause;
	mas->node = NULL;
}

/* ---- Without a cursor of the caller's ---- */

void *mtree_load(struct maple_tree *mt, unsigned long index)
{
	unsigned long root;
	void *entry;

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
