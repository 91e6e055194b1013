// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every write that changes the number of leaves: splits, merges, and stores over several leaves
 * are the same thing. The slots from the left leaf to the right leaf are laid out as one row, with
 * the new slot in the middle. The row is divided into new leaves. The references to them go into a
 * row of children one level up, which is divided into new nodes, and so on up to a level where one
 * reference takes the place of one. That exchange is the only write that a reader can see (G1).
 */
#include "rebuild_internal.h"

/* ---- Paths ---- */

static void child_step(const struct step *at, struct step *to)
{
	const struct mt_node *node = at->node;

	to->node = ref_node(node->child[at->slot]);
	to->min = at->slot ? node->pivot[at->slot - 1] + 1 : at->min;
	to->max = at->slot < CHILDREN - 1 ? node->pivot[at->slot] : at->max;
}

/*
 * Go to the next node of the same depth (@up) or the one before it; false if there is none. Where
 * this leaves the parent, both paths are apart from there on. So the old nodes and the new ones will
 * leave the tree.
 */
static bool widen_path(struct write *w, struct path *path, unsigned int depth, bool up)
{
	unsigned int d = depth;

	do {
		if (!d--)
			return false;
	} while (up ? path->at[d].slot == meta_end(path->at[d].node->meta) : !path->at[d].slot);
	path->at[d].slot += up ? 1 : -1;
	for (; d < depth; d++) {
		struct step *to = &path->at[d + 1];

		NAME(note_dead)(w, to->node);
		child_step(&path->at[d], to);
		to->slot = up ? 0 : meta_end(to->node->meta);
		NAME(note_dead)(w, to->node);
	}
	return true;
}

static void part_paths(struct write *w, unsigned int depth)
{
	if (w->left != w->right)
		return;
	w->right = &w->paths[1];
	w->right->height = w->left->height;
	memcpy(w->right->at, w->left->at, (depth + 1) * sizeof(w->left->at[0]));
}

/*
 * Widen the row at @depth by a neighbour, because it is too short for a node (I6). A neighbour
 * under the same parent is taken first, since the parents then need no merge. NULL if there is no
 * neighbour.
 */
static struct step *take_neighbour(struct write *w, unsigned int depth, bool *before)
{
	struct step *l = &w->left->at[depth - 1], *r = &w->right->at[depth - 1];
	bool down = l->slot || r->slot == meta_end(r->node->meta);

	part_paths(w, depth);
	*before = down;
	if (widen_path(w, down ? w->left : w->right, depth, !down))
		return down ? &w->left->at[depth] : &w->right->at[depth];
	*before = !down;
	if (widen_path(w, down ? w->right : w->left, depth, down))
		return down ? &w->right->at[depth] : &w->left->at[depth];
	return NULL;
}

static void note_level(struct write *w, unsigned int depth)
{
	NAME(note_dead)(w, w->left->at[depth].node);
	NAME(note_dead)(w, w->right->at[depth].node);
}

static void note_span(struct write *w, const struct mt_node *parent, unsigned int from,
		      unsigned int to)
{
	if (from >= to)
		return;
	w->covered[w->nr_spans++] = (struct span){parent, from, to};
	w->nr_covered += to - from;
}

/* The new slot covers all that lies between the paths. So these nodes leave the tree unseen. */
static void note_covered(struct write *w)
{
	for (unsigned int depth = 0; depth + 1 < w->left->height; depth++) {
		const struct step *l = &w->left->at[depth], *r = &w->right->at[depth];

		if (l->node == r->node) {
			note_span(w, l->node, l->slot + 1, r->slot);
		} else {
			note_span(w, l->node, l->slot + 1, meta_end(l->node->meta) + 1);
			note_span(w, r->node, 0, r->slot);
		}
	}
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

/* Add a whole leaf before or after the row. */
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

/* Where the leaf that begins at @from ends: never after an empty slot (I4). */
static unsigned int row_split(const struct row *row, unsigned int from, unsigned int parts,
			      bool full)
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

/* Divide the row into leaves. */
static bool emit_leaves(struct write *w, const struct row *row, unsigned long min,
			struct children *out)
{
	unsigned int words = row->slots + row->entries, from = 0, ranks = 0;
	unsigned int parts = words <= LEAF_WORDS ? 1 : (words + LEAF_WORDS - 5) / (LEAF_WORDS - 4);

	w->levels = 1;
	for (out->n = 0; parts; parts--) {
		unsigned int to = row_split(row, from, parts, w->append);
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
		out->child[out->n++] = (struct child){last, ref_make(leaf, true),
						      NAME(gap_of)(w, leaf, min, last)};
		min = last + 1;
		from = to;
		ranks += entries;
	}
	return true;
}

/* ---- The row of children ---- */

static void take_children(struct children *row, const struct step *at, unsigned int from,
			  unsigned int to, bool gaps)
{
	const struct mt_node *node = at->node;
	unsigned int end = meta_end(node->meta);

	for (unsigned int i = from; i < to; i++) {
		row->child[row->n++] = (struct child){i < end ? node->pivot[i] : at->max,
						      node->child[i], gaps ? node->gap[i] : 0};
	}
}

static void children_join(struct children *row, const struct step *at, bool before, bool gaps)
{
	unsigned int more = meta_end(at->node->meta) + 1;

	if (!before) {
		take_children(row, at, 0, more, gaps);
		return;
	}
	memmove(row->child + more, row->child, row->n * sizeof(row->child[0]));
	more += row->n;
	row->n = 0;
	take_children(row, at, 0, meta_end(at->node->meta) + 1, gaps);
	row->n = more;
}

/* Divide the row into inner nodes, and make @out the row of these nodes. */
static bool emit_inner(struct write *w, const struct children *row, struct children *out, bool full)
{
	bool gaps = w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE;
	unsigned int parts = (row->n + CHILDREN - 1) / CHILDREN, from = 0;
	struct children above;

	w->levels++;
	for (above.n = 0; parts; parts--) {
		unsigned int left = row->n - from;
		unsigned int n = parts == 1 ? left : full ? CHILDREN : (left + parts - 1) / parts;
		struct mt_node *node = NAME(fresh_node)(w, INNER_LINES(gaps));
		unsigned long last, most = 0;

		if (!node)
			return false;
		node->meta = meta_make(meta_lines(node->meta), n - 1, 0);
		last = row->child[from + n - 1].last;
		/* Unused pivots hold the node's last index, unused gaps 0 (I5). */
		for (unsigned int i = 0; i < CHILDREN - 1; i++)
			node->pivot[i] = i < n ? row->child[from + i].last : last;
		for (unsigned int i = 0; i < CHILDREN; i++) {
			const struct child *child = &row->child[from + i];

			node->child[i] = i < n ? child->ref : 0;
			if (!gaps)
				continue;
			node->gap[i] = i < n ? child->gap : 0;
			most = max_ul(most, node->gap[i]);
		}
		above.child[above.n++] = (struct child){last, ref_make(node, false), most};
		from += n;
	}
	*out = above;
	return true;
}

/* Go up from the new leaves in @children until one reference makes them part of the tree. */
static int rebuild_above(struct write *w, struct children *children)
{
	bool gaps = w->mt->ma_flags & MT_FLAGS_ALLOC_RANGE;
	unsigned int depth = w->left->height - 1;
	struct children row;
	bool before;

	/*
	 * NOLINTBEGIN(clang-analyzer-core.NullDereference): both paths have nodes on all their levels.
	 */
	while (depth--) {
		struct step *l = &w->left->at[depth], *r = &w->right->at[depth], *at;
		unsigned int before_n = meta_end(l->node->meta) + 1;
		bool full = w->append && r->slot == meta_end(r->node->meta);

		if (l->node == r->node && l->slot == r->slot && children->n == 1)
			return NAME(commit_child)(w, depth, &children->child[0]);
		row.n = 0;
		take_children(&row, l, 0, l->slot, gaps);
		memcpy(row.child + row.n, children->child,
		       children->n * sizeof(children->child[0]));
		row.n += children->n;
		take_children(&row, r, r->slot + 1, meta_end(r->node->meta) + 1, gaps);
		note_level(w, depth);
		if (depth && row.n < CHILDREN_MIN && (l->node != r->node || row.n < before_n)) {
			at = take_neighbour(w, depth, &before);
			if (at)
				children_join(&row, at, before, gaps);
		}
		if (row.n == 1) { /* the only node of this level: the tree loses a level (I9) */
			*children = row;
			continue;
		}
		if (!emit_inner(w, &row, children, full))
			return NAME(give_up)(w);
	}
	/* NOLINTEND(clang-analyzer-core.NullDereference) */
	while (children->n > 1) {
		row = *children;
		if (!emit_inner(w, &row, children, w->append))
			return NAME(give_up)(w);
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): a row has one child at least */
	return NAME(commit_root)(w, children->child[0].ref);
}

int NAME(rebuild)(struct write *w, const struct splice *splice, bool shrinks)
{
	unsigned int depth = w->left->height - 1;
	unsigned long min;
	struct children children;
	struct row row;
	struct step *at;
	bool before;

	row.slots = splice->slots;
	row.entries = splice->entries;
	row.pivot = row.pivots + LEAF_SLOTS;
	row.top = row.words + ROW - LEAF_SLOTS;
	row.max = w->right->at[depth].max;
	row.present = NAME(splice_present)(w, splice);
	NAME(lay_out)(w, splice, row.pivot, row.top);
	if (w->left != w->right)
		note_covered(w);
	note_level(w, depth);
	if (depth && shrinks && row.slots + row.entries < LEAF_WORDS_MIN) {
		at = take_neighbour(w, depth, &before);
		if (at)
			row_join(&row, at, before);
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): take_neighbour() may move w->left */
	min = w->left->at[depth].min;
	if (!emit_leaves(w, &row, min, &children))
		return NAME(give_up)(w);
	return rebuild_above(w, &children);
}
