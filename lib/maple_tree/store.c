// SPDX-License-Identifier: GPL-2.0-only
/* The calls that write. All of them end in the variant's write(). */
#include "node_internal.h"

static void set_error(struct ma_state *mas, int err)
{
	mas->node = MA_ERROR(err);
	mas->status = ma_error;
}

static int error_of(const struct ma_state *mas)
{
	return (int)((long)mas->node >> 2);
}

/* The allocating calls refuse reserved entries, the storing calls only those below XA_ZERO_ENTRY. */
static bool is_reserved(const void *entry)
{
	return (unsigned long)entry < MAPLE_RESERVED_RANGE &&
	       ((unsigned long)entry & 3) == REF_NODE;
}
static bool is_advanced(const void *entry)
{
	return is_reserved(entry) && entry < XA_ZERO_ENTRY;
}

/* A tree's own lock is asserted. The tree cannot ask whether an external one is held. */
static int write_locked(struct ma_state *mas, void *entry, void **old, bool erase)
{
	PORT_ASSERT(mt_external_lock(mas->tree) || port_read_once(mas->tree->ma_lock));
	return mt_calls.write(mas, entry, old, erase);
}

/* Write with this cursor. An earlier error and the cursor's old place do not matter. */
static int write_cursor(struct ma_state *mas, void *entry, void **old)
{
	int err;

	*old = NULL;
	if (mas->index > mas->last)
		err = -EINVAL;
	else
		err = write_locked(mas, entry, old, false);
	if (err)
		set_error(mas, err);
	return err;
}

void *mas_store(struct ma_state *mas, void *entry)
{
	void *old;

	if (write_cursor(mas, entry, &old))
		return NULL;
	if (!(mas->mas_flags & MAS_PREALLOC))
		mt_release_reserve(mas); /* from mas_nomem() */
	return old;
}

int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	void *old;
	int err = write_cursor(mas, entry, &old);

	mas_destroy(mas);
	return err;
}

/* Everything that the coming stores need, or nothing. */
static int reserve(struct ma_state *mas, size_t nodes)
{
	int err = mt_in_rcu(mas->tree) ? port_rcu_init() : 0;

	if (!err && !mt_reserve(mas, nodes))
		err = -ENOMEM;
	if (err)
		mas_destroy(mas);
	else
		mas->mas_flags |= MAS_PREALLOC;
	return err;
}

int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp)
{
	int err = reserve(mas, mt_write_needs(mas->tree));

	if (err)
		mas_reset(mas);
	return err;
}

void mas_store_prealloc(struct ma_state *mas, void *entry)
{
	void *old;
	int err = write_cursor(mas, entry, &old);

	PORT_BUG_ON(err && err != -EINVAL); /* the tree changed after mas_preallocate() */
	mas_destroy(mas);
}

int mas_expected_entries(struct ma_state *mas, unsigned long nr_entries)
{
	/* Rising stores fill each leaf: 15 ranges, each followed by a gap, or more. */
	unsigned long leaves = nr_entries / 15 + 1, nodes = mt_write_needs(mas->tree);

	/*
	 * A new node beside a full one takes two nodes, and one for a new parent. Nodes that are
	 * replaced do not come back in time. They go into batches of over 40.
	 */
	for (; leaves > 1; leaves = leaves / CHILDREN + 1)
		nodes += 3 * leaves;
	return reserve(mas, nodes + 3 + nodes / 40);
}

void mas_destroy(struct ma_state *mas)
{
	if (port_unlikely(mas->alloc))
		mt_release_reserve(mas);
	mas->mas_flags &= ~MAS_PREALLOC;
}

bool mas_nomem(struct ma_state *mas, gfp_t gfp)
{
	if (mas->status != ma_error || error_of(mas) != -ENOMEM)
		return false;
	if (!mt_reserve(mas, mt_write_needs(mas->tree)))
		return false;
	mas->status = ma_start;
	mas->node = NULL;
	return true;
}

void *mas_erase(struct ma_state *mas)
{
	void *entry;
	int err;

	mas->last = mas->index;
	err = write_locked(mas, NULL, &entry, true);
	if (err) {
		set_error(mas, err);
		entry = NULL;
	}
	mas_destroy(mas);
	return entry;
}

void *mtree_erase(struct maple_tree *mt, unsigned long index)
{
	MA_STATE(mas, mt, index, index);
	void *entry;

	mtree_lock(mt);
	entry = mas_erase(&mas);
	mtree_unlock(mt);
	return entry;
}

int mtree_store_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry,
		      gfp_t gfp)
{
	MA_STATE(mas, mt, first, last);
	int err;

	if (is_advanced(entry) || first > last)
		return -EINVAL;
	mtree_lock(mt);
	err = mas_store_gfp(&mas, entry, gfp);
	mtree_unlock(mt);
	return err;
}

int mtree_store(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp)
{
	return mtree_store_range(mt, index, index, entry, gfp);
}

/* Store over a range that must be empty. */
static int insert(struct ma_state *mas, void *entry)
{
	unsigned long first = mas->index, last = mas->last;
	void *old = mas_walk(mas);
	bool fits = !old && mas->last >= last;
	int err = -EEXIST;

	mas_set_range(mas, first, last);
	if (fits)
		err = write_locked(mas, entry, &old, false);
	if (err)
		set_error(mas, err);
	return err;
}

int mtree_insert_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry,
		       gfp_t gfp)
{
	MA_STATE(mas, mt, first, last);
	int err;

	if (is_advanced(entry) || first > last)
		return -EINVAL;
	mtree_lock(mt);
	err = insert(&mas, entry);
	mtree_unlock(mt);
	return err;
}

int mtree_insert(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp)
{
	return mtree_insert_range(mt, index, index, entry, gfp);
}

static int alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry,
		       unsigned long size, unsigned long min, unsigned long max, bool highest)
{
	MA_STATE(mas, mt, 0, 0);
	int err;

	if (!(mt_flags(mt) & MT_FLAGS_ALLOC_RANGE) || is_reserved(entry))
		return -EINVAL;
	mtree_lock(mt);
	if (highest)
		err = mas_empty_area_rev(&mas, min, max, size);
	else
		err = mas_empty_area(&mas, min, max, size);
	if (!err)
		err = insert(&mas, entry);
	mtree_unlock(mt);
	if (!err)
		*startp = mas.index;
	return err;
}

int mtree_alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		      unsigned long min, unsigned long max, gfp_t gfp)
{
	return alloc_range(mt, startp, entry, size, min, max, false);
}

int mtree_alloc_rrange(struct maple_tree *mt, unsigned long *startp, void *entry,
		       unsigned long size, unsigned long min, unsigned long max, gfp_t gfp)
{
	return alloc_range(mt, startp, entry, size, min, max, true);
}

static void set_wrapped(struct maple_tree *mt, unsigned int flag)
{
	port_write_once(mt->ma_flags, (mt->ma_flags & ~MT_FLAGS_ALLOC_WRAPPED) | flag);
}

int mas_alloc_cyclic(struct ma_state *mas, unsigned long *startp, void *entry,
		     unsigned long range_lo, unsigned long range_hi, unsigned long *next, gfp_t gfp)
{
	unsigned long from = max_ul(range_lo, *next);
	int err, wrapped = 0;

	err = mas_empty_area(mas, from, range_hi, 1);
	if (err && from > range_lo) {
		mas_reset(mas);
		err = mas_empty_area(mas, range_lo, range_hi, 1);
		wrapped = 1;
	}
	if (!err)
		err = insert(mas, entry);
	if (!err) {
		if (!wrapped && (mas->tree->ma_flags & MT_FLAGS_ALLOC_WRAPPED)) {
			set_wrapped(mas->tree, 0);
			wrapped = 1;
		}
		*startp = mas->index;
		*next = mas->index + 1;
		if (!*next)
			set_wrapped(mas->tree, MT_FLAGS_ALLOC_WRAPPED);
	}
	mas_destroy(mas);
	return err ? err : wrapped;
}

int mtree_alloc_cyclic(struct maple_tree *mt, unsigned long *startp, void *entry,
		       unsigned long range_lo, unsigned long range_hi, unsigned long *next,
		       gfp_t gfp)
{
	MA_STATE(mas, mt, 0, 0);
	int ret;

	if (!(mt_flags(mt) & MT_FLAGS_ALLOC_RANGE) || is_reserved(entry))
		return -EINVAL;
	mtree_lock(mt);
	ret = mas_alloc_cyclic(&mas, startp, entry, range_lo, range_hi, next, gfp);
	mtree_unlock(mt);
	return ret;
}

/* ---- Copies ---- */

/* Copy a node and all nodes below it. 0 without memory, and then nothing stays allocated. */
static unsigned long copy_tree(struct ma_state *mas, unsigned long ref)
{
	const struct mt_node *node = ref_node(ref);
	unsigned int lines = meta_lines(node->meta), end = meta_end(node->meta), i;
	struct mt_node *copy = mt_alloc(mas, lines);

	if (!copy)
		return 0;
	memcpy(copy, node, lines * LINE);
	for (i = 0; !ref_is_leaf(ref) && i <= end; i++) {
		copy->child[i] = copy_tree(mas, node->child[i]);
		if (copy->child[i])
			continue;
		while (i--)
			mt_free_tree(copy->child[i]);
		mt_free(copy);
		return 0;
	}
	return ref_make(copy, ref_is_leaf(ref));
}

int __mt_dup(struct maple_tree *mt, struct maple_tree *copy, gfp_t gfp)
{
	unsigned long root = mt_root(mt);
	MA_STATE(mas, copy, 0, 0);

	if ((mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK) != copy->ma_flags || !mtree_empty(copy))
		return -EINVAL;
	if (ref_is_node(root)) {
		root = copy_tree(&mas, root);
		if (!root) {
			mt_free_spares(copy);
			return -ENOMEM;
		}
	}
	copy->ma_flags = mt->ma_flags;
	mt_publish_root(copy, root);
	return 0;
}

int mtree_dup(struct maple_tree *mt, struct maple_tree *copy, gfp_t gfp)
{
	int err;

	mtree_lock(copy);
	mtree_lock(mt);
	err = __mt_dup(mt, copy, gfp);
	mtree_unlock(mt);
	mtree_unlock(copy);
	return err;
}
