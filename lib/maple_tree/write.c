// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write finds its splice here: the slots that stay, and the new slot between them. Where one
 * leaf stays one leaf, this file does the write too. Three changes are so small that they need no
 * new leaf: see in_place(). rebuild.c does the rest. DESIGN.md lists the places that write leaves.
 */
#include "rebuild_internal.h"

/* ---- New and dead nodes of one write ---- */

struct mt_node *NAME(fresh_node)(struct write *w, unsigned int lines)
{
	struct mt_node *node = mt_alloc(w->mas, lines);

	PORT_ASSERT(w->nr_fresh < FRESH_MOST(LEVELS_MAX));
	if (node)
		w->fresh[w->nr_fresh++] = node;
	return node;
}

/* The write fails. Nothing is published yet, so the tree stays as it was (G4). */
int NAME(give_up)(struct write *w)
{
	while (w->nr_fresh)
		mt_free(w->fresh[--w->nr_fresh]);
	return mt_alloc_error(w->mt);
}

/*
 * @node will leave the tree with this write. It stays alive until the write is published (I8). A
 * node may be noted twice, since the paths may share it.
 */
void NAME(note_dead)(struct write *w, struct mt_node *node)
{
	for (unsigned int i = w->nr_dead; i--;) {
		if (w->dead[i] == node)
			return;
	}
	PORT_ASSERT(w->nr_dead < DEAD_MOST(LEVELS_MAX));
	w->dead[w->nr_dead++] = node;
}

/* The write is published and nothing leads to these nodes: mark them dead (I8), free them later. */
static void defer_dead(struct write *w)
{
	bool much = w->nr_spans;

	/* The nodes above the covered ones are among the dead and must still be there. */
	while (w->nr_spans) {
		const struct span *span = &w->covered[--w->nr_spans];

		for (unsigned int i = span->from; i < span->to; i++)
			mt_defer_free_tree(w->mt, span->parent->child[i]);
	}
	while (w->nr_dead)
		mt_defer_free(w->mt, w->dead[--w->nr_dead]);
	mt_defer_done(w->mt, much);
}

/* ---- Gaps ---- */

static unsigned long leaf_max_gap(const struct mt_node *leaf, unsigned long meta, unsigned long min,
				  unsigned long max)
{
	unsigned int end = meta_end(meta);
	unsigned long empty = ~meta & below(end + 1),
		      most = widest(leaf, empty & below(end) & ~1ul);

	/* The size of a gap over all indexes would not fit a word, but such a tree has no leaf. */
	if (empty & 1)
		most = max_ul(most, (end ? leaf->key[0] : max) - min + 1);
	if (end && empty >> end)
		most = max_ul(most, max - leaf->key[end - 1]);
	return most;
}

static unsigned long inner_max_gap(const struct mt_node *node)
{
	unsigned long most = 0;

	for (unsigned int i = 0; i < CHILDREN; i++)
		most = max_ul(most, node->gap[i]);
	return most;
}

/*
 * Is a gap of @size at least as large as all that @node has below @min and above @max? Mostly there is
 * one wide gap, above all others or below the stack, and then nothing needs to be searched.
 */
static inline bool outweighs(unsigned long size, const struct step *node, unsigned long min,
			     unsigned long max)
{
	return size >= min - node->min && size >= node->max - max;
}

/*
 * Keeps I10: the child at @depth of the path has a new largest gap. A node further up changes
 * only if the new gap is larger than its largest, or if the old one was its largest.
 */
static void update_gap(struct write *w, unsigned int depth, unsigned long gap)
{
	const struct path *path = w->left;

	if (!(w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE))
		return;
	for (;; depth--) {
		struct mt_node *node = path->at[depth].node;
		unsigned long *here = &node->gap[path->at[depth].slot], was = *here, above;

		if (was == gap)
			return;
		port_write_once(*here, gap);
		if (!depth)
			return;
		above = path->at[depth - 1].node->gap[path->at[depth - 1].slot];
		if (gap < above && was < above)
			return;
		if (gap < above && !outweighs(gap, &path->at[depth], path->at[depth + 1].min,
					      path->at[depth + 1].max))
			gap = inner_max_gap(node);
	}
}

unsigned long NAME(gap_of)(struct write *w, const struct mt_node *leaf, unsigned long min,
			   unsigned long max)
{
	return w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE ? leaf_max_gap(leaf, leaf->meta, min, max)
						      : 0;
}

/* ---- Committing ---- */

/* Keeps I9. */
static void set_height(struct maple_tree *mt, unsigned int height)
{
	/* Readers look at the other flags of this word. */
	port_write_once(mt->ma_flags,
			(mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK) | height << MT_FLAGS_HEIGHT_OFFSET);
}

/*
 * Exchange one reference for another of the same range (I7). That store publishes the whole write
 * (G1). All that needs memory comes before it (G4), and the dead nodes come after it (I8).
 */
int NAME(commit_child)(struct write *w, unsigned int depth, const struct child *child)
{
	struct step *at = &w->left->at[depth];

	if (!mt_defer_prepare(w->mt, w->mas, w->nr_dead + w->nr_covered))
		return NAME(give_up)(w);
	port_publish(at->node->child[at->slot], child->ref);
	update_gap(w, depth, child->gap);
	defer_dead(w);
	return 0;
}

/* As commit_child(), for the root. */
int NAME(commit_root)(struct write *w, unsigned long ref)
{
	if (!mt_defer_prepare(w->mt, w->mas, w->nr_dead + w->nr_covered))
		return NAME(give_up)(w);
	mt_publish_root(w->mt, ref);
	set_height(w->mt, w->levels);
	defer_dead(w);
	return 0;
}

/* The new slot covers all indexes: the new tree is one leaf, or empty. */
static int commit_all(struct write *w, unsigned long old)
{
	struct mt_node *leaf = NULL;

	if (!mt_defer_prepare(w->mt, w->mas, ref_is_node(old)))
		return mt_alloc_error(w->mt);
	if (w->entry) {
		leaf = mt_alloc(w->mas, LINES_MIN);
		if (!leaf)
			return -ENOMEM;
		leaf->meta = meta_make(LINES_MIN, 0, 1) | META_LEAF;
		leaf_top(leaf, leaf->meta)[-1] = w->entry;
	}
	mt_publish_root(w->mt, leaf ? ref_make(leaf, true) : 0);
	set_height(w->mt, leaf ? 1 : 0);
	if (ref_is_node(old)) {
		mt_defer_free_tree(w->mt, old);
		mt_defer_done(w->mt, true);
	}
	return 0;
}

/* ---- The new content of leaves ---- */

/*
 * Lay out the slots that the splice keeps, with the new slot between them. They cover what the old
 * leaves covered (I1), and a slot without an entry takes no entry word (I2).
 */
void NAME(lay_out)(const struct write *w, const struct splice *splice, unsigned long *pivot,
		   void **top)
{
	unsigned int right = splice->slots - splice->keep - 1, ranks = splice->keep_ranks, more;

	if (splice->keep) {
		copy_words(pivot, splice->left->key, splice->keep - 1);
		pivot[splice->keep - 1] = w->index - 1;
		copy_words(top - ranks, leaf_top(splice->left, splice->left_meta) - ranks, ranks);
	}
	if (w->entry)
		top[-1 - (long)ranks++] = w->entry;
	if (right) {
		pivot[splice->keep] = w->last;
		copy_words(pivot + splice->keep + 1, splice->right->key + splice->from, right - 1);
		more = splice->entries - ranks;
		copy_words(top - ranks - more,
			   leaf_top(splice->right, splice->right_meta) - splice->from_rank - more,
			   more);
	}
}

bits NAME(splice_present)(const struct write *w, const struct splice *splice)
{
	unsigned long right = (unsigned long)meta_present(splice->right_meta) >> splice->from;

	return (splice->left_meta & below(splice->keep)) | (bits) !!w->entry << splice->keep |
	       (bits)right << (splice->keep + 1);
}

/* The same for a splice that fits one leaf. */
static unsigned int leaf_present(const struct write *w, const struct splice *splice)
{
	unsigned long right = (unsigned long)meta_present(splice->right_meta) >> splice->from;

	return (unsigned int)((splice->left_meta & below(splice->keep)) |
			      (unsigned long)!!w->entry << splice->keep |
			      right << (splice->keep + 1));
}

/* ---- One leaf ---- */

/* Write the new content over the old: only in a tree without RCU readers (I7). */
static void rewrite_leaf(struct write *w, const struct splice *splice, unsigned int present)
{
	struct mt_node *leaf = w->left->at[w->left->height - 1].node, copy;
	unsigned int lines = meta_lines(leaf->meta);
	void **top;

	copy.meta = meta_make(lines, splice->slots - 1, present) | META_LEAF;
	top = leaf_top(&copy, copy.meta);
	NAME(lay_out)(w, splice, copy.key, top);
	leaf->meta = copy.meta;
	copy_words(leaf->key, copy.key, splice->slots - 1);
	copy_words(leaf_top(leaf, copy.meta) - splice->entries, top - splice->entries,
		   splice->entries);
}

/*
 * The largest gap of a leaf after a write into it (I10), without a look at the leaf where that is
 * possible. @hole is the size of the gap that was written to, and @first where it begins; 0 if there
 * was none, ULONG_MAX if several slots were written over. The node above still holds the largest
 * gap from before the write.
 */
static unsigned long gap_after(struct write *w, const struct mt_node *leaf, unsigned long first,
			       unsigned long hole)
{
	unsigned int depth = w->left->height - 1;
	const struct step *at = &w->left->at[depth], *above = at - 1;
	unsigned long was, last, left;

	if (!(w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE) || !depth)
		return 0;
	was = above->node->gap[above->slot];
	if (PLANTED_BUG == BUG_LOST_GAP)
		return was;
	if (!w->entry) /* each old gap is part of the new one, or unchanged */
		return max_ul(was, w->last - w->index + 1);
	if (!hole || hole < was)
		return was;
	if (hole < ULONG_MAX) {
		last = first + hole - 1;
		left = max_ul(w->index - first, last - w->last);
		if (outweighs(left, at, first, last))
			return left;
	}
	return leaf_max_gap(leaf, leaf->meta, at->min, at->max);
}

/* One leaf takes the place of one. */
static int replace_leaf(struct write *w, const struct splice *splice, unsigned long first,
			unsigned long hole)
{
	unsigned int depth = w->left->height - 1, present = leaf_present(w, splice);
	struct step *at = &w->left->at[depth];
	unsigned int lines = lines_for(splice_words(splice)), have = meta_lines(splice->left_meta);
	struct mt_node *leaf;
	struct child child;

	if (at->max == ULONG_MAX && splice->from >= meta_end(splice->right_meta))
		lines = LINES_MAX; /* the tree grows at its end: leave room for in_place() */
	if (!mt_in_rcu(w->mt) && lines <= have && have <= lines + 1) {
		rewrite_leaf(w, splice, present);
		if (depth)
			update_gap(w, depth - 1, gap_after(w, at->node, first, hole));
		return 0;
	}
	leaf = NAME(fresh_node)(w, lines);
	if (!leaf)
		return NAME(give_up)(w);
	leaf->meta = meta_make(meta_lines(leaf->meta), splice->slots - 1, present) | META_LEAF;
	NAME(lay_out)(w, splice, leaf->key, leaf_top(leaf, leaf->meta));
	NAME(note_dead)(w, at->node);
	if (!depth) {
		w->levels = 1;
		return NAME(commit_root)(w, ref_make(leaf, true));
	}
	child = (struct child){at->max, ref_make(leaf, true), gap_after(w, leaf, first, hole)};
	return NAME(commit_child)(w, depth - 1, &child);
}

/*
 * Three writes need no new leaf even beside readers, because one word makes each visible (I7, G1):
 * an entry takes the place of another, NULL is stored where there is none, or an entry goes into
 * the empty last slot of a leaf that has unused words. True if the write is done.
 */
static bool in_place(struct write *w, unsigned int slot, unsigned long first, unsigned long last)
{
	unsigned int depth = w->left->height - 1;
	struct step *at = &w->left->at[depth];
	struct mt_node *leaf = at->node;
	unsigned long meta = leaf->meta;
	unsigned int end = meta_end(meta), entries, to;
	bool had = leaf_has(meta, slot);

	if (had && w->entry && w->index == first && w->last == last) {
		port_publish(leaf_top(leaf, meta)[-1 - (long)leaf_rank(meta, slot)], w->entry);
		return true;
	}
	if (had || !w->entry || slot != end)
		return !had && !w->entry;
	entries = leaf_rank(meta, LEAF_SLOTS);
	to = end + (w->index > first) + (w->last < last);
	if (to >= LEAF_SLOTS || to + 1 + entries + 1 > meta_lines(meta) * LINE_WORDS)
		return false;
	meta = meta_make(meta_lines(meta), to,
			 meta_present(meta) | 1u << (end + (w->index > first))) |
	       META_LEAF;
	/* The words are written before meta says that they are used (I7). */
	if (PLANTED_BUG == BUG_EARLY_PUBLISH)
		port_publish(leaf->meta, meta);
	if (w->index > first)
		leaf->key[end++] = w->index - 1;
	if (w->last < last)
		leaf->key[end] = w->last;
	leaf_top(leaf, meta)[-1 - (long)entries] = w->entry;
	port_publish(leaf->meta, meta);
	if (depth)
		update_gap(w, depth - 1, gap_after(w, leaf, first, last - first + 1));
	return true;
}

/* ---- What the write has to do ---- */

/* The tree has no node yet: it is empty, or holds one entry at 0. */
static int write_root(struct write *w, unsigned long root)
{
	unsigned long keep = w->index ? root : 0;
	unsigned int slots = 0, ranks = 0;
	struct mt_node *leaf;
	void **top;

	/* After a store of NULL the kernel's cursor has the status of its walk. */
	w->mas->status = w->entry ? ma_start : root && !w->index ? ma_root : ma_none;
	if (!w->entry || (!w->last && ((unsigned long)w->entry & 3) != REF_NODE)) {
		mt_publish_root(w->mt, w->entry ? (unsigned long)w->entry : keep);
		return 0;
	}
	leaf = NAME(fresh_node)(w, LINES_MIN);
	if (!leaf)
		return -ENOMEM;
	top = leaf_top(leaf, leaf->meta);
	if (keep) {
		leaf->meta |= 1u << slots;
		top[-1 - (long)ranks++] = (void *)keep;
		leaf->key[slots++] = 0;
	}
	if (w->index > (keep ? 1 : 0))
		leaf->key[slots++] = w->index - 1;
	leaf->meta |= 1u << slots;
	top[-1 - (long)ranks] = w->entry;
	if (w->last < ULONG_MAX)
		leaf->key[slots++] = w->last;
	leaf->meta = meta_make(meta_lines(leaf->meta), slots, meta_present(leaf->meta)) | META_LEAF;
	w->mas->status = ma_active;
	w->levels = 1;
	return NAME(commit_root)(w, ref_make(leaf, true));
}

/* Find the right end of the splice. A NULL is widened to the whole gap that it makes (I3). */
static void splice_right(struct write *w, struct splice *splice, unsigned int slot)
{
	unsigned int depth = w->left->height - 1, end;
	unsigned long aim = w->last + (!w->entry && w->last < ULONG_MAX), last;
	struct step *at = &w->left->at[depth];

	if (aim > at->max) {
		w->right = &w->paths[1];
		NAME(path)(w->right, mt_root(w->mt), aim);
		at = &w->right->at[depth];
		slot = at->slot;
	} else if (slot < meta_end(at->node->meta) && at->node->key[slot] < aim) {
		slot = leaf_slot(at->node, at->node->meta, aim);
	}
	splice->right = at->node;
	splice->right_meta = at->node->meta;
	end = meta_end(splice->right_meta);
	last = slot < end ? at->node->key[slot] : at->max;
	if (!w->entry && !leaf_has(splice->right_meta, slot))
		w->last = last;
	splice->from = slot + (last == w->last);
}

static int write_nodes(struct write *w, unsigned long root, void **old, bool erase)
{
	unsigned int depth, slot, words, had;
	unsigned long first, last, hole;
	struct step *at;
	struct splice splice;

	NAME(path)(w->left, root, w->index);
	depth = w->left->height - 1;
	at = &w->left->at[depth];
	slot = at->slot;
	splice.left = at->node;
	splice.left_meta = at->node->meta;
	first = slot ? splice.left->key[slot - 1] + 1 : at->min;
	last = slot < meta_end(splice.left_meta) ? splice.left->key[slot] : at->max;
	if (leaf_has(splice.left_meta, slot))
		*old = leaf_entry(splice.left, splice.left_meta, leaf_rank(splice.left_meta, slot));
	if (erase) {
		w->index = first;
		w->last = last;
		if (!*old)
			return 0;
	}
	if (w->last <= last && in_place(w, slot, first, last)) {
		if (!w->entry) {
			w->index = first;
			w->last = last;
		}
		return 0;
	}
	splice_right(w, &splice, slot);
	if (!w->entry) { /* I3 on the left side */
		if (!leaf_has(splice.left_meta, slot))
			w->index = first;
		else if (w->index == first && slot && !leaf_has(splice.left_meta, slot - 1))
			w->index = --slot ? splice.left->key[slot - 1] + 1 : at->min;
	}
	if (!w->index && w->last == ULONG_MAX)
		return commit_all(w, root);
	splice.keep = slot + (w->index > (slot ? splice.left->key[slot - 1] + 1 : at->min));
	splice.keep_ranks = leaf_rank(splice.left_meta, splice.keep);
	splice.from_rank = leaf_rank(splice.right_meta, splice.from);
	splice.slots = splice.keep + 1 + meta_end(splice.right_meta) + 1 - splice.from;
	splice.entries = splice.keep_ranks + !!w->entry + leaf_rank(splice.right_meta, LEAF_SLOTS) -
			 splice.from_rank;
	/* If several slots are written over, any of them may have been the largest gap. */
	hole = w->last > last ? ULONG_MAX : *old ? 0 : last - first + 1;
	words = splice_words(&splice);
	had = meta_end(splice.left_meta) + 1 + leaf_rank(splice.left_meta, LEAF_SLOTS);
	if (w->left == w->right && words <= LEAF_WORDS &&
	    (!depth || words >= LEAF_WORDS_MIN || words >= had))
		return replace_leaf(w, &splice, first, hole);
	w->append = w->entry && w->right->at[depth].max == ULONG_MAX &&
		    splice.from >= meta_end(splice.right_meta);
	return NAME(rebuild)(w, &splice, w->left != w->right || words < had);
}

/*
 * Store @entry over mas->index .. mas->last, or erase the whole range that covers mas->index. On
 * success the cursor covers the range that was written. On failure neither the cursor nor the
 * tree has changed (G4). @old receives the former entry at mas->index; if that is NULL, @erase
 * does nothing.
 */
int NAME(write)(struct ma_state *mas, void *entry, void **old, bool erase)
{
	struct write w;
	unsigned long root = mt_root(mas->tree);
	int err;

	w.mt = mas->tree;
	w.mas = mas;
	w.entry = entry;
	w.index = mas->index;
	w.last = mas->last;
	w.left = w.right = &w.paths[0];
	w.append = false;
	w.nr_fresh = w.nr_dead = w.nr_spans = w.nr_covered = 0;
	*old = NULL;
	if (port_unlikely(!ref_is_node(root))) {
		if (root && !w.index)
			*old = (void *)root;
		if (erase && !*old) {
			mas->status = root ? ma_root : ma_none;
			return 0;
		}
		if (!w.index && w.last == ULONG_MAX && entry)
			err = commit_all(&w, 0);
		else
			err = write_root(&w, root);
		if (!err && ref_is_node(mt_root(w.mt)))
			mas->status = ma_active;
	} else {
		err = write_nodes(&w, root, old, erase);
		if (!err)
			mas->status = mt_root(w.mt) ? ma_active : ma_start;
	}
	if (err)
		return err;
	mas->node = (struct maple_enode *)&mt_no_leaf;
	mas->index = w.index;
	mas->last = w.last;
	return 0;
}
