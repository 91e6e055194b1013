// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every write that one leaf cannot take: splitting, merging, spanning overwrite and erasure are
 * one thing. The slots of the leaves between two places are laid out as one row with the new
 * slot in the middle, the row is cut into new leaves, and the same is done with the row of
 * children one level up until a level where a single reference is exchanged. That exchange is
 * the only write a reader can see.
 */
#include "rebuild_internal.h"

/* ---- Paths ---- */

static void child_step(const struct step *at, struct step *to)
{
	const struct mt_node *node = at->node;

	to->node = ref_node(node->child[at->slot]);
	to->min = at->slot ? node->pivot[at->slot - 1] + 1 : at->min;
	to->max = at->slot < KIDS - 1 ? node->pivot[at->slot] : at->max;
}

/* To the next node of the same depth, upwards or downwards in index; false if there is none. */
static bool path_turn(struct path *path, unsigned int depth, bool up)
{
	unsigned int d = depth;

	do {
		if (!d--)
			return false;
	} while (up ? path->at[d].slot == meta_end(path->at[d].node->meta) : !path->at[d].slot);
	path->at[d].slot += up ? 1 : -1;
	for (; d < depth; d++) {
		struct step *to = &path->at[d + 1];

		child_step(&path->at[d], to);
		to->slot = up ? 0 : meta_end(to->node->meta);
	}
	return true;
}

static void path_copy(struct path *to, const struct path *from, unsigned int levels)
{
	to->height = from->height;
	memcpy(to->at, from->at, levels * sizeof(from->at[0]));
}

static void part_paths(struct write *w, unsigned int depth)
{
	if (w->left != w->right)
		return;
	w->right = &w->paths[1];
	path_copy(w->right, w->left, depth + 1);
}

/*
 * Widen the row at @depth by a neighbour, rather one under the same parent, since then the
 * parents need not be merged as well. NULL if the row is all there is.
 */
static struct step *take_neighbour(struct write *w, unsigned int depth, bool *before)
{
	struct step *l = &w->left->at[depth - 1], *r = &w->right->at[depth - 1];
	bool down = l->slot || r->slot == meta_end(r->node->meta);

	part_paths(w, depth);
	*before = down;
	if (path_turn(down ? w->left : w->right, depth, !down))
		return down ? &w->left->at[depth] : &w->right->at[depth];
	*before = !down;
	if (path_turn(down ? w->right : w->left, depth, down))
		return down ? &w->right->at[depth] : &w->left->at[depth];
	return NULL;
}

/* The nodes of one depth from the left path to the right will be gone. */
static bool note_level(struct write *w, unsigned int depth)
{
	struct path walk;
	struct mt_node *to = w->right->at[depth].node;

	if (!NAME(note_dead)(w, w->left->at[depth].node))
		return false;
	if (w->left->at[depth].node == to)
		return true;
	path_copy(&walk, w->left, depth + 1);
	do {
		path_turn(&walk, depth, true);
		if (!NAME(note_dead)(w, walk.at[depth].node))
			return false;
	} while (walk.at[depth].node != to);
	return true;
}

/* ---- The row of slots ---- */

#define ROW (4 * LEAF_SLOTS)

struct row {
	unsigned int slots, entries;
	unsigned long max;
	unsigned long *pivot; /* last index of each slot but the last */
	void **top;	      /* entry i is at top[-1 - i] */
	bits present;
	unsigned long pivots[ROW];
	void *words[ROW];
};

/* Put a whole leaf before or behind the row. */
static void row_join(struct row *row, const struct step *at, bool before)
{
	unsigned long meta = at->node->meta;
	unsigned int end = meta_end(meta), ranks = leaf_rank(meta, LEAF_SLOTS);
	void **top = leaf_top(at->node, meta);

	if (before) {
		row->pivot -= end + 1;
		copy_words(row->pivot, at->node->key, end);
		row->pivot[end] = at->max;
		copy_words(row->top, top - ranks, ranks);
		row->top += ranks;
		row->present = row->present << (end + 1) | meta_present(meta);
	} else {
		row->pivot[row->slots - 1] = row->max;
		copy_words(row->pivot + row->slots, at->node->key, end);
		copy_words(row->top - row->entries - ranks, top - ranks, ranks);
		row->present |= (bits)meta_present(meta) << row->slots;
		row->max = at->max;
	}
	row->slots += end + 1;
	row->entries += ranks;
}

static unsigned int row_words(const struct row *row, unsigned int from, unsigned int to)
{
	return to - from + count_bits(row->present & bits_below(to) & ~bits_below(from));
}

/* Where to end the leaf that begins at @from; never behind an empty slot (invariant I4). */
static unsigned int row_cut(const struct row *row, unsigned int from, unsigned int parts, bool full)
{
	unsigned int words = row_words(row, from, row->slots), to = from + 1;
	unsigned int want = full ? LEAF_WORDS : (words + parts - 1) / parts;

	if (parts == 1)
		return row->slots;
	while (to < row->slots - 1 && to - from < LEAF_SLOTS &&
	       row_words(row, from, to + 1) <= want)
		to++;
	while (!(row->present >> (to - 1) & 1))
		to--;
	return to;
}

/* Cut the row into leaves. */
static bool emit_leaves(struct write *w, const struct row *row, unsigned long min, struct kids *out)
{
	unsigned int words = row->slots + row->entries, from = 0, ranks = 0;
	unsigned int parts = words <= LEAF_WORDS ? 1 : (words + LEAF_WORDS - 5) / (LEAF_WORDS - 4);

	w->levels = 1;
	for (out->n = 0; parts; parts--) {
		unsigned int to = row_cut(row, from, parts, w->append);
		bits present = row->present >> from & bits_below(to - from);
		unsigned int entries = count_bits(present);
		unsigned int lines = lines_for(to - from + entries);
		struct mt_node *leaf;
		unsigned long last = to == row->slots ? row->max : row->pivot[to - 1];

		leaf = NAME(fresh_node)(w, w->append && to == row->slots ? LINES_MAX : lines);
		if (!leaf)
			return false;
		leaf->meta =
			meta_make(meta_lines(leaf->meta), to - from - 1, (unsigned int)present) |
			META_LEAF;
		copy_words(leaf->key, row->pivot + from, to - from - 1);
		copy_words(leaf_top(leaf, leaf->meta) - entries, row->top - ranks - entries,
			   entries);
		out->kid[out->n++] =
			(struct kid){last, ref_make(leaf, true), NAME(gap_of)(w, leaf, min, last)};
		min = last + 1;
		from = to;
		ranks += entries;
	}
	return true;
}

/* ---- The row of children ---- */

static void take_kids(struct kids *row, const struct step *at, unsigned int from, unsigned int to,
		      bool gaps)
{
	const struct mt_node *node = at->node;
	unsigned int end = meta_end(node->meta);

	for (unsigned int i = from; i < to; i++) {
		row->kid[row->n++] = (struct kid){i < end ? node->pivot[i] : at->max,
						  node->child[i], gaps ? node->gap[i] : 0};
	}
}

static void kids_join(struct kids *row, const struct step *at, bool before, bool gaps)
{
	unsigned int more = meta_end(at->node->meta) + 1;

	if (!before) {
		take_kids(row, at, 0, more, gaps);
		return;
	}
	memmove(row->kid + more, row->kid, row->n * sizeof(row->kid[0]));
	more += row->n;
	row->n = 0;
	take_kids(row, at, 0, meta_end(at->node->meta) + 1, gaps);
	row->n = more;
}

/* Cut the row into inner nodes, and make @out the row above. */
static bool emit_inner(struct write *w, const struct kids *row, struct kids *out, bool full)
{
	bool gaps = w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE;
	unsigned int parts = (row->n + KIDS - 1) / KIDS, from = 0;
	struct kids above;

	w->levels++;
	for (above.n = 0; parts; parts--) {
		unsigned int left = row->n - from;
		unsigned int n = parts == 1 ? left : full ? KIDS : (left + parts - 1) / parts;
		struct mt_node *node = NAME(fresh_node)(w, INNER_LINES(gaps));
		unsigned long last, most = 0;

		if (!node)
			return false;
		node->meta = meta_make(meta_lines(node->meta), n - 1, 0);
		last = row->kid[from + n - 1].last;
		for (unsigned int i = 0; i < KIDS - 1; i++)
			node->pivot[i] = i < n ? row->kid[from + i].last : last;
		for (unsigned int i = 0; i < KIDS; i++) {
			const struct kid *kid = &row->kid[from + i];

			node->child[i] = i < n ? kid->ref : 0;
			if (!gaps)
				continue;
			node->gap[i] = i < n ? kid->gap : 0;
			most = max_ul(most, node->gap[i]);
		}
		above.kid[above.n++] = (struct kid){last, ref_make(node, false), most};
		from += n;
	}
	*out = above;
	return true;
}

/* From the new leaves in @kids upwards, until one reference makes all of it part of the tree. */
static int rebuild_above(struct write *w, struct kids *kids)
{
	bool gaps = w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE;
	unsigned int depth = w->left->height - 1;
	struct kids row;
	bool before;

	while (depth--) {
		struct step *l = &w->left->at[depth], *r = &w->right->at[depth], *at;
		unsigned int before_n = meta_end(l->node->meta) + 1;
		bool full = w->append && r->slot == meta_end(r->node->meta);

		if (l->node == r->node && l->slot == r->slot && kids->n == 1)
			return NAME(commit_child)(w, depth, &kids->kid[0]);
		row.n = 0;
		take_kids(&row, l, 0, l->slot, gaps);
		memcpy(row.kid + row.n, kids->kid, kids->n * sizeof(kids->kid[0]));
		row.n += kids->n;
		take_kids(&row, r, r->slot + 1, meta_end(r->node->meta) + 1, gaps);
		if (depth && row.n < KIDS_MIN && (l->node != r->node || row.n < before_n)) {
			at = take_neighbour(w, depth, &before);
			if (at)
				kids_join(&row, at, before, gaps);
		}
		if (!note_level(w, depth))
			return NAME(give_up)(w);
		if (row.n == 1) {
			*kids = row; /* all there is on this level: the level goes */
			continue;
		}
		if (!emit_inner(w, &row, kids, full))
			return NAME(give_up)(w);
	}
	while (kids->n > 1) {
		row = *kids;
		if (!emit_inner(w, &row, kids, w->append))
			return NAME(give_up)(w);
	}
	return NAME(commit_root)(w, kids->kid[0].ref);
}

int NAME(rebuild)(struct write *w, const struct cut *cut, bool shrinks)
{
	unsigned int depth = w->left->height - 1;
	unsigned long min;
	struct kids kids;
	struct row row;
	struct step *at;
	bool before;

	row.slots = cut->slots;
	row.entries = cut->entries;
	row.pivot = row.pivots + LEAF_SLOTS;
	row.top = row.words + ROW - LEAF_SLOTS;
	row.max = w->right->at[depth].max;
	row.present = NAME(cut_present)(w, cut);
	NAME(lay_out)(w, cut, row.pivot, row.top);
	if (depth && shrinks && row.slots + row.entries < LEAF_WORDS_MIN) {
		at = take_neighbour(w, depth, &before);
		if (at)
			row_join(&row, at, before);
	}
	min = w->left->at[depth].min;
	if (!note_level(w, depth) || !emit_leaves(w, &row, min, &kids))
		return NAME(give_up)(w);
	return rebuild_above(w, &kids);
}
