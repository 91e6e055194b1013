// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding out what a write changes, and doing so where one leaf stays one leaf. Three changes
 * are small enough to need no new leaf at all: see in_place(). All else is rebuild.c.
 */
#include "rebuild_internal.h"

/* ---- Fresh and dead nodes of one write ---- */

struct mt_node *NAME(fresh_node)(struct write *w, unsigned int lines)
{
	struct mt_node *node = mt_alloc(w->mas, lines);

	SEAM_ASSERT(w->nr_fresh < FRESH_MAX);
	if (node)
		w->fresh[w->nr_fresh++] = node;
	return node;
}

static void free_spills(struct write *w)
{
	while (w->spill) {
		struct spill *spill = w->spill;

		w->spill = spill->next;
		((struct mt_node *)spill)->meta = meta_make(LINES_MAX, 0, 0);
		mt_free((struct mt_node *)spill);
	}
}

int NAME(give_up)(struct write *w)
{
	while (w->nr_fresh)
		mt_free(w->fresh[--w->nr_fresh]);
	free_spills(w);
	return -ENOMEM;
}

bool NAME(note_dead)(struct write *w, struct mt_node *node)
{
	w->dead_total++;
	if (w->nr_dead < DEAD_MAX) {
		w->dead[w->nr_dead++] = node;
		return true;
	}
	if (!w->spill || w->spill->n == SPILL_MAX) {
		struct spill *spill = mt_alloc(w->mas, LINES_MAX);

		if (!spill)
			return false;
		spill->n = 0;
		spill->next = w->spill;
		w->spill = spill;
	}
	w->spill->node[w->spill->n++] = node;
	return true;
}

static void bury_dead(struct write *w)
{
	struct spill *spill;

	while (w->nr_dead)
		mt_bury(w->mt, w->mas, w->dead[--w->nr_dead]);
	for (spill = w->spill; spill; spill = spill->next) {
		while (spill->n)
			mt_bury(w->mt, w->mas, spill->node[--spill->n]);
	}
	mt_bury_done(w->mt);
	free_spills(w);
}

/* ---- Gaps ---- */

static unsigned long leaf_gap(const struct mt_node *leaf, unsigned long meta, unsigned long min,
			      unsigned long max)
{
	unsigned int end = meta_end(meta);
	unsigned long empty = ~meta & below(end + 1),
		      most = widest(leaf, empty & below(end) & ~1ul);

	/* A gap over everything has no size that fits; the tree would be empty. */
	if (empty & 1)
		most = max_ul(most, (end ? leaf->key[0] : max) - min + 1);
	if (end && empty >> end)
		most = max_ul(most, max - leaf->key[end - 1]);
	return most;
}

static unsigned long inner_gap(const struct mt_node *node)
{
	unsigned long most = 0;

	for (unsigned int i = 0; i < KIDS; i++)
		most = max_ul(most, node->gap[i]);
	return most;
}

/*
 * The child at @depth of the path has a new largest gap. A node above changes only if that gap
 * is larger than all, or was the largest.
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
		if (gap < above)
			gap = inner_gap(node);
	}
}

unsigned long NAME(gap_of)(struct write *w, const struct mt_node *leaf, unsigned long min,
			   unsigned long max)
{
	return w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE ? leaf_gap(leaf, leaf->meta, min, max) : 0;
}

/* ---- Committing ---- */

static void set_height(struct maple_tree *mt, unsigned int height)
{
	/* Readers look at the other flags. */
	port_write_once(mt->ma_flags,
			(mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK) | height << MT_FLAGS_HEIGHT_OFFSET);
}

int NAME(commit_child)(struct write *w, unsigned int depth, const struct kid *kid)
{
	struct step *at = &w->left->at[depth];

	if (!mt_bury_ready(w->mt, w->mas, w->dead_total))
		return NAME(give_up)(w);
	port_publish(at->node->child[at->slot], kid->ref);
	update_gap(w, depth, kid->gap);
	bury_dead(w);
	return 0;
}

int NAME(commit_root)(struct write *w, unsigned long ref)
{
	if (!mt_bury_ready(w->mt, w->mas, w->dead_total))
		return NAME(give_up)(w);
	mt_publish_root(w->mt, ref);
	set_height(w->mt, w->levels);
	bury_dead(w);
	return 0;
}

/* The new slot covers everything there is. */
static int commit_all(struct write *w, unsigned long old)
{
	struct mt_node *leaf = NULL;

	if (!mt_bury_ready(w->mt, w->mas, ref_is_node(old)))
		return -ENOMEM;
	if (w->entry) {
		leaf = mt_alloc(w->mas, LINES_MIN);
		if (!leaf)
			return -ENOMEM;
		leaf->meta = meta_make(LINES_MIN, 0, 1) | META_LEAF;
		leaf_top(leaf, leaf->meta)[-1] = w->entry;
	}
	mt_publish_root(w->mt, leaf ? ref_make(leaf, true) : 0);
	set_height(w->mt, leaf ? 1 : 0);
	if (ref_is_node(old))
		mt_bury_tree(w->mt, old);
	return 0;
}

/* ---- The new content of a leaf ---- */

/* Lay out what the cut keeps, with the new slot between. */
void NAME(lay_out)(const struct write *w, const struct cut *cut, unsigned long *pivot, void **top)
{
	unsigned int right = cut->slots - cut->keep - 1, ranks = cut->keep_ranks, more;

	if (cut->keep) {
		copy_words(pivot, cut->left->key, cut->keep - 1);
		pivot[cut->keep - 1] = w->index - 1;
		copy_words(top - ranks, leaf_top(cut->left, cut->left_meta) - ranks, ranks);
	}
	if (w->entry)
		top[-1 - (long)ranks++] = w->entry;
	if (right) {
		pivot[cut->keep] = w->last;
		copy_words(pivot + cut->keep + 1, cut->right->key + cut->from, right - 1);
		more = cut->entries - ranks;
		copy_words(top - ranks - more,
			   leaf_top(cut->right, cut->right_meta) - cut->from_rank - more, more);
	}
}

bits NAME(cut_present)(const struct write *w, const struct cut *cut)
{
	return (cut->left_meta & below(cut->keep)) | (bits) !!w->entry << cut->keep |
	       (bits)(meta_present(cut->right_meta) & ~below(cut->from)) >>
		       cut->from << (cut->keep + 1);
}

/* ---- One leaf ---- */

/* Write the new content over the old one: only where no reader is. */
static void rewrite_leaf(struct write *w, const struct cut *cut, unsigned int present)
{
	struct mt_node *leaf = w->left->at[w->left->height - 1].node, copy;
	unsigned int lines = meta_lines(leaf->meta);
	void **top;

	copy.meta = meta_make(lines, cut->slots - 1, present) | META_LEAF;
	top = leaf_top(&copy, copy.meta);
	NAME(lay_out)(w, cut, copy.key, top);
	leaf->meta = copy.meta;
	copy_words(leaf->key, copy.key, cut->slots - 1);
	copy_words(leaf_top(leaf, copy.meta) - cut->entries, top - cut->entries, cut->entries);
}

/*
 * The largest gap of a leaf after a write inside of it, found without looking at the leaf where
 * that is possible: @hole is the size of the gap written to, or 0; what was the largest before
 * stands in the node above.
 */
static unsigned long gap_after(struct write *w, const struct mt_node *leaf, unsigned long hole)
{
	unsigned int depth = w->left->height - 1;
	const struct step *at = &w->left->at[depth], *above = at - 1;
	unsigned long was;

	if (!(w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE) || !depth)
		return 0;
	was = above->node->gap[above->slot];
	if (PLANTED_BUG == BUG_LOST_GAP)
		return was;
	if (!w->entry) /* all that was empty here is part of the new gap, or as it was */
		return max_ul(was, w->last - w->index + 1);
	if (hole < was)
		return was;
	return leaf_gap(leaf, leaf->meta, at->min, at->max);
}

/* The result is one leaf in the place of one. */
static int replace_leaf(struct write *w, const struct cut *cut, unsigned long hole)
{
	unsigned int depth = w->left->height - 1, present = (unsigned int)NAME(cut_present)(w, cut);
	struct step *at = &w->left->at[depth];
	unsigned int lines = lines_for(cut_words(cut)), have = meta_lines(cut->left_meta);
	struct mt_node *leaf;
	struct kid kid;

	if (at->max == ULONG_MAX && cut->from >= meta_end(cut->right_meta))
		lines = LINES_MAX; /* growing at its end: leave room to do so in place */
	if (!mt_in_rcu(w->mt) && lines <= have && have <= lines + 1) {
		rewrite_leaf(w, cut, present);
		if (depth)
			update_gap(w, depth - 1, gap_after(w, at->node, hole));
		return 0;
	}
	leaf = NAME(fresh_node)(w, lines);
	if (!leaf)
		return NAME(give_up)(w);
	leaf->meta = meta_make(meta_lines(leaf->meta), cut->slots - 1, present) | META_LEAF;
	NAME(lay_out)(w, cut, leaf->key, leaf_top(leaf, leaf->meta));
	NAME(note_dead)(w, at->node);
	if (!depth) {
		w->levels = 1;
		return NAME(commit_root)(w, ref_make(leaf, true));
	}
	kid = (struct kid){at->max, ref_make(leaf, true), gap_after(w, leaf, hole)};
	return NAME(commit_child)(w, depth - 1, &kid);
}

/*
 * What needs no new leaf even beside readers, because one word makes it visible (I7):
 * exchanging an entry for another, storing nothing over nothing, and filling the empty last
 * slot where the leaf has unused words. True if done.
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
	if (PLANTED_BUG == BUG_EARLY_PUBLISH)
		port_publish(leaf->meta, meta);
	if (w->index > first)
		leaf->key[end++] = w->index - 1;
	if (w->last < last)
		leaf->key[end] = w->last;
	leaf_top(leaf, meta)[-1 - (long)entries] = w->entry;
	port_publish(leaf->meta, meta);
	if (depth)
		update_gap(w, depth - 1, gap_after(w, leaf, last - first + 1));
	return true;
}

/* ---- Finding out what to do ---- */

/* No node yet: nothing, or one entry at 0. */
static int write_root(struct write *w, unsigned long root)
{
	unsigned long keep = w->index ? root : 0;
	unsigned int slots = 0, ranks = 0;
	struct mt_node *leaf;
	void **top;

	w->mas->status = ma_start;
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

/* Where the right end of the row is; widens a NULL to the whole gap it makes (I3). */
static void cut_right(struct write *w, struct cut *cut, unsigned int slot)
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
	cut->right = at->node;
	cut->right_meta = at->node->meta;
	end = meta_end(cut->right_meta);
	last = slot < end ? at->node->key[slot] : at->max;
	if (!w->entry && !leaf_has(cut->right_meta, slot))
		w->last = last;
	cut->from = slot + (last == w->last);
}

static int write_nodes(struct write *w, unsigned long root, void **old, bool erase)
{
	unsigned int depth, slot, words, had;
	unsigned long first, last, hole;
	struct step *at;
	struct cut cut;

	NAME(path)(w->left, root, w->index);
	depth = w->left->height - 1;
	at = &w->left->at[depth];
	slot = at->slot;
	cut.left = at->node;
	cut.left_meta = at->node->meta;
	first = slot ? cut.left->key[slot - 1] + 1 : at->min;
	last = slot < meta_end(cut.left_meta) ? cut.left->key[slot] : at->max;
	if (leaf_has(cut.left_meta, slot))
		*old = leaf_entry(cut.left, cut.left_meta, leaf_rank(cut.left_meta, slot));
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
	cut_right(w, &cut, slot);
	if (!w->entry) {
		if (!leaf_has(cut.left_meta, slot))
			w->index = first;
		else if (w->index == first && slot && !leaf_has(cut.left_meta, slot - 1))
			w->index = --slot ? cut.left->key[slot - 1] + 1 : at->min;
	}
	if (!w->index && w->last == ULONG_MAX)
		return commit_all(w, root);
	cut.keep = slot + (w->index > (slot ? cut.left->key[slot - 1] + 1 : at->min));
	cut.keep_ranks = leaf_rank(cut.left_meta, cut.keep);
	cut.from_rank = leaf_rank(cut.right_meta, cut.from);
	cut.slots = cut.keep + 1 + meta_end(cut.right_meta) + 1 - cut.from;
	cut.entries =
		cut.keep_ranks + !!w->entry + leaf_rank(cut.right_meta, LEAF_SLOTS) - cut.from_rank;
	/* Written over several slots: any of them may have been the largest gap. */
	hole = w->last > last ? ULONG_MAX : *old ? 0 : last - first + 1;
	words = cut_words(&cut);
	had = meta_end(cut.left_meta) + 1 + leaf_rank(cut.left_meta, LEAF_SLOTS);
	if (w->left == w->right && words <= LEAF_WORDS &&
	    (!depth || words >= LEAF_WORDS_MIN || words >= had))
		return replace_leaf(w, &cut, hole);
	w->append = w->entry && w->right->at[depth].max == ULONG_MAX &&
		    cut.from >= meta_end(cut.right_meta);
	return NAME(rebuild)(w, &cut, w->left != w->right || words < had);
}

/*
 * Store @entry over mas->index .. mas->last, or erase the whole range that covers mas->index. On
 * success the cursor covers what was written; on failure neither it nor the tree has changed.
 * @old receives what was at mas->index; if that is NULL, @erase does nothing.
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
	w.nr_fresh = w.nr_dead = w.dead_total = 0;
	w.spill = NULL;
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
