/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of one write. write.c and rebuild.c share it; each is compiled once per variant. */
#ifndef UMAPLE_REBUILD_INTERNAL_H
#define UMAPLE_REBUILD_INTERNAL_H

#include "search_internal.h"

/* A child that is to go into an inner node. */
struct child {
	unsigned long last, ref, gap;
};
#define CHILDREN_ROW (3 * CHILDREN + 4)
struct children {
	unsigned int n;
	struct child child[CHILDREN_ROW];
};

/* Children that lie wholly between the left path and the right one. */
struct span {
	const struct mt_node *parent;
	unsigned int from, to; /* to is one past the last */
};

struct write {
	struct maple_tree *mt;
	struct ma_state *mas;
	void *entry;
	unsigned long index, last;
	struct path *left, *right; /* the same path until they have to differ */
	struct path paths[2];
	bool append;	     /* at the right edge: fill each node before the next */
	unsigned int levels; /* height of the new nodes */
	unsigned int nr_fresh, nr_dead, nr_spans, nr_covered;
	struct mt_node *fresh[FRESH_MOST(LEVELS_MAX)];
	struct mt_node *dead[DEAD_MOST(LEVELS_MAX)];
	struct span covered[SPANS_MOST(LEVELS_MAX)];
};

/*
 * The new slot goes between the slots below @keep of the left leaf and the slots from @from of the
 * right leaf. Both leaves are mostly the same.
 */
struct splice {
	const struct mt_node *left, *right;
	unsigned long left_meta, right_meta;
	unsigned int keep, from;
	unsigned int keep_ranks, from_rank; /* entries below @keep and below @from */
	unsigned int slots, entries;	    /* in the result */
};

static inline unsigned int splice_words(const struct splice *splice)
{
	return splice->slots + splice->entries; /* meta, all pivots but the last, entries */
}

typedef unsigned __int128 bits; /* a bit for each slot of a row */

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
void NAME(note_dead)(struct write *w, struct mt_node *node);
unsigned long NAME(gap_of)(struct write *w, const struct mt_node *leaf, unsigned long min,
			   unsigned long max);
int NAME(commit_child)(struct write *w, unsigned int depth, const struct child *child);
int NAME(commit_root)(struct write *w, unsigned long ref);
void NAME(lay_out)(const struct write *w, const struct splice *splice, unsigned long *pivot,
		   void **top);
bits NAME(splice_present)(const struct write *w, const struct splice *splice);

/* rebuild.c */
int NAME(rebuild)(struct write *w, const struct splice *splice, bool shrinks);

#endif
