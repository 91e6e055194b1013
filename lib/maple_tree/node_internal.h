/* SPDX-License-Identifier: GPL-2.0-only */
/* The layout of a node, and the helpers that every file of the tree uses. DESIGN.md draws it. */
#ifndef UMAPLE_NODE_INTERNAL_H
#define UMAPLE_NODE_INTERNAL_H

#include "maple_tree.h"
#include "base/port.h"

/*
 * Geometry. A node is 4, 5 or 6 cache lines. A leaf search loads 32 words without a look at the
 * node's size, and the smallest node has as many.
 */
#define WORD	       (sizeof(unsigned long))
#define LINE	       64u
#define LINE_WORDS     8u
#define LINES_MIN      4u
#define LINES_MAX      6u
#define LEAF_WORDS     (LINES_MAX * LINE_WORDS)
#define LEAF_SLOTS     32u
#define LEAF_WORDS_MIN 16u /* a smaller leaf is merged with a neighbour (I6) */
#define CHILDREN       16u
#define CHILDREN_MIN   5u  /* a smaller inner node is merged with a neighbour (I6) */
#define LEVELS_MAX     20u /* CHILDREN_MIN ^ 20 nodes fit no memory */

/* The most that one write can take, by the height of the tree before it. */

/* Four leaves, three inner nodes a level, and a new root. */
#define FRESH_MOST(height) (3 * (height) + 2)
/* A node of both paths a level. Each widening at a level adds one there and on each level above. */
#define DEAD_MOST(height) ((height)*2 + (height) * ((height) + 1) / 2)
/* The nodes to the right of the left path, and to the left of the right one. */
#define SPANS_MOST(height)   ((height)*2)
#define COVERED_MOST(height) (SPANS_MOST(height) * (CHILDREN - 1))

/* Builds with a planted mistake show that the tests notice: see tests/stress/meson.build. */
#define BUG_NO_GRACE_PERIOD 1
#define BUG_EARLY_PUBLISH   2
#define BUG_LOST_GAP	    3
#ifndef PLANTED_BUG
#define PLANTED_BUG 0
#endif

struct mt_node {
	unsigned long meta;
	union {
		unsigned long key[CHILDREN - 1 +
				  2 * CHILDREN]; /* leaf: pivots up, entries from the end down */
		struct {
			unsigned long pivot[CHILDREN - 1]; /* inner: last index of each child */
			unsigned long child[CHILDREN];	   /* references */
			unsigned long gap[CHILDREN];	   /* largest gap under each child, or 0 */
		};
	};
};

_Static_assert(sizeof(struct mt_node) == LINES_MAX * LINE, "a full node is six lines");
#define INNER_LINES(gaps) ((gaps) ? LINES_MAX : LINES_MIN)

/* meta: bits 0-31 the slots with an entry (leaf), 32-39 last slot, 40-47 lines, then flags. */
#define META_DEAD (1ul << 63)
#define META_LEAF (1ul << 62)

static inline unsigned int meta_present(unsigned long meta)
{
	return (unsigned int)meta;
}
static inline unsigned int meta_end(unsigned long meta)
{
	return (meta >> 32) & 0xff;
}
static inline unsigned int meta_lines(unsigned long meta)
{
	return (meta >> 40) & 0xff;
}
static inline unsigned long meta_make(unsigned int lines, unsigned int end, unsigned int present)
{
	return (unsigned long)lines << 40 | (unsigned long)end << 32 | present;
}

/*
 * A reference, as ma_root and child[] hold it: the node's address, two marks, and the number of
 * lines. With that number a reader can fetch a leaf's entries together with its pivots.
 */
#define REF_NODE	2ul /* a node, not an entry */
#define REF_LEAF	4ul
#define REF_LINES_SHIFT 3    /* two bits: lines beyond LINES_MIN */
#define REF_WHOLE_TREE	32ul /* in deferred-free batches only: see reclaim.c */

static inline bool ref_is_node(unsigned long ref)
{
	return (ref & 3) == REF_NODE && ref > MAPLE_RESERVED_RANGE;
}
static inline bool ref_is_leaf(unsigned long ref)
{
	return ref & REF_LEAF;
}
static inline struct mt_node *ref_node(unsigned long ref)
{
	return (struct mt_node *)(ref & ~63ul);
}
static inline unsigned long ref_make(const struct mt_node *node, bool leaf)
{
	unsigned long lines = meta_lines(node->meta);

	return (unsigned long)node | REF_NODE | (leaf ? REF_LEAF : 0) |
	       (lines - LINES_MIN) << REF_LINES_SHIFT;
}
/* The node's address plus the lines that it has beyond LINES_MIN. */
static inline const char *ref_extra(unsigned long ref)
{
	return (char *)ref_node(ref) + (ref >> REF_LINES_SHIFT & 3) * LINE;
}
/* The lines that hold a leaf's first entries. A leaf search loads the others at once anyway. */
static inline void prefetch_entries(unsigned long ref)
{
	__builtin_prefetch(ref_extra(ref) + (LINES_MIN - 1) * LINE);
	__builtin_prefetch(ref_extra(ref) + (LINES_MIN - 2) * LINE);
}
static inline void prefetch_leaf(unsigned long ref)
{
	for (unsigned int line = 0; line < LINES_MIN; line++)
		__builtin_prefetch((char *)ref_node(ref) + line * LINE);
	prefetch_entries(ref);
}

static inline unsigned long node_meta(const struct mt_node *node)
{
	return __atomic_load_n(&node->meta, __ATOMIC_ACQUIRE);
}
static inline unsigned long node_child(const struct mt_node *node, unsigned long i)
{
	return __atomic_load_n(&node->child[i], __ATOMIC_CONSUME);
}
static inline unsigned long mt_root(const struct maple_tree *mt)
{
	return (unsigned long)__atomic_load_n(&mt->ma_root, __ATOMIC_CONSUME);
}
static inline void mt_publish_root(struct maple_tree *mt, unsigned long ref)
{
	__atomic_store_n(&mt->ma_root, (void *)ref, __ATOMIC_RELEASE);
}

/* One past a leaf's first entry: entry number i is at [-1 - i]. */
static inline void **leaf_top(const struct mt_node *leaf, unsigned long meta)
{
	return (void **)leaf + meta_lines(meta) * LINE_WORDS;
}
static inline void *leaf_entry(const struct mt_node *leaf, unsigned long meta, unsigned int rank)
{
	return __atomic_load_n(&leaf_top(leaf, meta)[-1 - (long)rank], __ATOMIC_CONSUME);
}
static inline bool leaf_has(unsigned long meta, unsigned int slot)
{
	return meta >> slot & 1;
}
/* Bits of the slots below @slot, which may be 32. */
static inline unsigned long below(unsigned int slot)
{
	return (1ul << slot) - 1;
}
/* On a CPU without a population count the compiler would call a function. */
static inline unsigned int count_ones(unsigned int b)
{
#ifdef __POPCNT__
	return (unsigned int)__builtin_popcount(b);
#else
	b -= b >> 1 & 0x55555555;
	b = (b & 0x33333333) + (b >> 2 & 0x33333333);
	return ((b + (b >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
#endif
}
/* The number of entries in the slots below @slot. */
static inline unsigned int leaf_rank(unsigned long meta, unsigned int slot)
{
	return count_ones((unsigned int)(meta & below(slot)));
}

/* A place in a tree and the nodes that lead to it. at[height - 1] is the leaf. */
struct step {
	struct mt_node *node;
	unsigned int slot;
	unsigned long min, max; /* the range that @node covers */
};
struct path {
	unsigned int height;
	struct step at[LEVELS_MAX];
};

/*
 * search.c, write.c and rebuild.c are compiled once for each instruction set. The best variant
 * that the CPU can run is chosen at start.
 */
struct variant {
	void *(*load)(unsigned long ref, unsigned long index);
	void *(*seek)(struct ma_state *mas, unsigned long ref, unsigned long index);
	void (*path)(struct path *path, unsigned long ref, unsigned long index);
	void (*batch)(unsigned long ref, const unsigned long *indexes, size_t n, void **entries);
	bool (*gap)(struct ma_state *mas, unsigned long ref, unsigned long size, bool highest);
	int (*write)(struct ma_state *mas, void *entry, void **old, bool erase);
};
extern struct variant mt_calls;
extern const struct variant mt_generic, mt_avx2, mt_avx512;

/* reclaim.c */
void *mt_alloc(struct ma_state *mas, unsigned int lines);
void mt_free(struct mt_node *node);
bool mt_reserve(struct ma_state *mas, size_t nodes);
void mt_release_reserve(struct ma_state *mas);
bool mt_defer_prepare(struct maple_tree *mt, struct ma_state *mas, unsigned int nodes);
int mt_alloc_error(const struct maple_tree *mt);
void mt_defer_free(struct maple_tree *mt, struct mt_node *node);
void mt_defer_done(struct maple_tree *mt, bool much);
size_t mt_write_needs(const struct maple_tree *mt);
void mt_defer_free_tree(struct maple_tree *mt, unsigned long ref);
void mt_free_spares(struct maple_tree *mt);
void mt_free_tree(unsigned long ref);

#define MAS_PREALLOC 1 /* mas_flags: the cursor has a reserve of nodes */

/* A leaf that is always dead. A cursor stands here after it replaced its own leaf. */
extern struct mt_node mt_no_leaf;

static inline struct mt_node *mas_leaf(const struct ma_state *mas)
{
	return (struct mt_node *)mas->node;
}
static inline unsigned long max_ul(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}
static inline unsigned long min_ul(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

#endif
