/* SPDX-License-Identifier: GPL-2.0-only */
/* A write on its way: what write.c and rebuild.c, both compiled once per variant, share. */
#ifndef UMAPLE_REBUILD_INTERNAL_H
#define UMAPLE_REBUILD_INTERNAL_H

#include "search_internal.h"

/* One child on its way into an inner node. */
struct kid {
	unsigned long last, ref, gap;
};
#define KIDS_ROW (3 * KIDS + 4)
struct kids {
	unsigned int n;
	struct kid kid[KIDS_ROW];
};

#define FRESH_MAX (5 + 4 * LEVELS_MAX)
#define DEAD_MAX  24u
#define SPILL_MAX (LEAF_WORDS - 2)

/* Dead nodes that found no room in struct write; takes the place of a node. */
struct spill {
	unsigned long n;
	struct spill *next;
	struct mt_node *node[SPILL_MAX];
};
_Static_assert(sizeof(struct spill) == sizeof(struct mt_node), "a spill takes the place of a node");

struct write {
	struct maple_tree *mt;
	struct ma_state *mas;
	void *entry;
	unsigned long index, last;
	struct path *left, *right; /* the same, until they have to differ */
	struct path paths[2];
	bool append;	     /* at the right edge: leave full nodes behind */
	unsigned int levels; /* of new nodes */
	unsigned int nr_fresh, nr_dead, dead_total;
	struct mt_node *fresh[FRESH_MAX];
	struct mt_node *dead[DEAD_MAX];
	struct spill *spill;
};

/* What stays of the old leaves: slots below @keep of the left, slots from @from of the right. */
struct cut {
	const struct mt_node *left, *right;
	unsigned long left_meta, right_meta;
	unsigned int keep, from;
	unsigned int keep_ranks, from_rank; /* entries in the one, before the other */
	unsigned int slots, entries;	    /* of the result */
};

static inline unsigned int cut_words(const struct cut *cut)
{
	return cut->slots + cut->entries; /* meta and all pivots but the last, then the entries */
}

typedef unsigned __int128 bits; /* of a row of slots */

static inline void copy_words(void *to, const void *from, unsigned int n)
{
	memcpy(to, from, n * WORD);
}

static inline bits bits_below(unsigned int n)
{
	return n >= 128 ? ~(bits)0 : ((bits)1 << n) - 1;
}

static inline unsigned int count_bits(bits b)
{
	return __builtin_popcountl((unsigned long)b) +
	       __builtin_popcountl((unsigned long)(b >> 64));
}

static inline unsigned int lines_for(unsigned int words)
{
	unsigned int lines = (words + LINE_WORDS - 1) / LINE_WORDS;

	return lines < LINES_MIN ? LINES_MIN : lines;
}

/* write.c */
struct mt_node *NAME(fresh_node)(struct write *w, unsigned int lines);
int NAME(give_up)(struct write *w);
bool NAME(note_dead)(struct write *w, struct mt_node *node);
unsigned long NAME(gap_of)(struct write *w, const struct mt_node *leaf, unsigned long min,
			   unsigned long max);
int NAME(commit_child)(struct write *w, unsigned int depth, const struct kid *kid);
int NAME(commit_root)(struct write *w, unsigned long ref);
void NAME(lay_out)(const struct write *w, const struct cut *cut, unsigned long *pivot, void **top);
bits NAME(cut_present)(const struct write *w, const struct cut *cut);

/* rebuild.c */
int NAME(rebuild)(struct write *w, const struct cut *cut, bool shrinks);

#endif
