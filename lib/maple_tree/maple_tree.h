/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A B-tree of ranges: maps disjoint ranges of unsigned long to pointers, for one writer at a
 * time and any number of RCU readers. The calls are those of the Linux maple tree (6.12, and
 * mas_for_each_rev() of 6.13), and mean the same; DESIGN.md tells what is inside.
 *
 * All ranges are inclusive at both ends. An entry is any pointer but NULL, which means "no
 * entry"; the values 2, 6, 10, ... below 4096 are reserved, and of those XA_ZERO_ENTRY may be
 * stored: the mas_*() calls return it, the mt_*() and mtree_*() calls take it for NULL.
 *
 * Locking: a call that writes wants the tree's lock held (mas_*) or takes it (mtree_*). A call
 * that reads wants the lock or an RCU read section of liburcu's memb flavour (mas_*), or opens
 * one itself (mtree_load, mt_*). Without MT_FLAGS_USE_RCU readers need the lock.
 *
 * Unless its comment says otherwise, no call sleeps.
 */
#ifndef UMAPLE_MAPLE_TREE_H
#define UMAPLE_MAPLE_TREE_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef GFP_KERNEL
typedef unsigned int gfp_t; /* accepted for compatibility; every allocation is alike */
#define GFP_KERNEL 0u
#define GFP_NOWAIT 0u
#endif

/* Tagged values, for users that have no pointer to store. Skipped where linux/xarray.h came first. */
#ifndef XA_ZERO_ENTRY
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)((v << 1) | 1);
}
static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}
static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}
#define XA_ZERO_ENTRY ((void *)1030ul)
static inline bool xa_is_zero(const void *entry)
{
	return entry == XA_ZERO_ENTRY;
}
#endif

#define MT_FLAGS_ALLOC_RANGE   0x01 /* keep track of gaps: mas_empty_area() is fast */
#define MT_FLAGS_USE_RCU       0x02 /* readers may run beside the writer */
#define MT_FLAGS_HEIGHT_OFFSET 0x02 /* where the height is kept */
#define MT_FLAGS_HEIGHT_MASK   0x7C
#define MT_FLAGS_LOCK_MASK     0x300
#define MT_FLAGS_LOCK_IRQ      0x100  /* accepted; a plain lock here */
#define MT_FLAGS_LOCK_BH       0x200  /* accepted; a plain lock here */
#define MT_FLAGS_LOCK_EXTERN   0x300  /* the caller has a lock of its own */
#define MT_FLAGS_ALLOC_WRAPPED 0x0800 /* cyclic allocation went past ULONG_MAX */
#define MAPLE_HEIGHT_MAX       31
#define MAPLE_RESERVED_RANGE   4096

struct maple_enode; /* a node, opaque */
struct maple_alloc; /* nodes a cursor holds in reserve, opaque */

struct maple_tree {
	union {
		int ma_lock; /* 0 free, 1 taken */
		void *ma_external_lock;
	};
	unsigned int ma_flags;
	void *ma_root;
	void *ma_dead;	   /* private: nodes that wait for a grace period to be asked for */
	void *ma_spare[3]; /* private: the next nodes to use, one of each size */
};

#define MTREE_INIT(name, flags)           \
	{                                 \
		{0}, (flags), NULL, NULL, \
		{                         \
			NULL, NULL, NULL  \
		}                         \
	}
#define MTREE_INIT_EXT(name, flags, lock) MTREE_INIT(name, flags)
#define DEFINE_MTREE(name)		  struct maple_tree name = MTREE_INIT(name, 0)
/*
 * Names the lock that guards a MT_FLAGS_LOCK_EXTERN tree; kept for debuggers to see. Debug builds
 * assert a tree's own lock on each write, but cannot ask whether an external one is held.
 */
#define mt_set_external_lock(mt, lock) ((void)((mt)->ma_external_lock = (void *)(lock)))
#define mt_on_stack(mt)		       ((void)((mt).ma_external_lock = NULL))
#define mt_lock_is_held(mt)	       1
#define mt_write_lock_is_held(mt)      1

static inline void mtree_lock(struct maple_tree *mt)
{
	while (__builtin_expect(__atomic_exchange_n(&mt->ma_lock, 1, __ATOMIC_ACQUIRE), 0))
		while (__atomic_load_n(&mt->ma_lock, __ATOMIC_RELAXED)) {
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#endif
		}
}

static inline void mtree_unlock(struct maple_tree *mt)
{
	__atomic_store_n(&mt->ma_lock, 0, __ATOMIC_RELEASE);
}

#define mtree_lock_nested(mt, subclass)	  mtree_lock(mt)
#define mas_lock(mas)			  mtree_lock((mas)->tree)
#define mas_unlock(mas)			  mtree_unlock((mas)->tree)
#define mas_lock_nested(mas, subclass)	  mas_lock(mas)
#define mas_lock_irqsave(mas, flags)	  ((void)((flags) = 0), mas_lock(mas))
#define mas_unlock_irqrestore(mas, flags) ((void)(flags), mas_unlock(mas))

/* ---- The simple interface: takes the lock, or opens a read section ---- */

/**
 * mtree_load() - Look one index up.
 * @mt: the tree.
 * @index: where.
 *
 * Context: A thread registered with RCU, or under the lock.
 * Return: The entry, or NULL if there is none or it is XA_ZERO_ENTRY.
 */
void *mtree_load(struct maple_tree *mt, unsigned long index);

/**
 * mtree_load_batch() - Look many indexes up at once, overlapping their cache misses.
 * @mt: the tree.
 * @indexes: where, @n of them, in any order.
 * @n: how many.
 * @entries: receives @n results, each as mtree_load() would return it.
 *
 * Each result by itself is one that mtree_load() could have returned during the call; together
 * they are no snapshot.
 *
 * Context: As mtree_load(). One read section for the whole batch.
 */
void mtree_load_batch(struct maple_tree *mt, const unsigned long *indexes, size_t n,
		      void **entries);

/**
 * mtree_store_range() - Store an entry over a range, replacing what was there.
 * @mt: the tree.
 * @first: lowest index, inclusive.
 * @last: highest index, inclusive.
 * @entry: the entry; NULL erases.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0, -EINVAL if @first > @last or @entry is reserved, -ENOMEM with the tree unchanged.
 */
int mtree_store_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry,
		      gfp_t gfp);

/* mtree_store() - mtree_store_range() over one index. */
int mtree_store(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);

/**
 * mtree_insert_range() - Store an entry over a range that is empty.
 * @mt: the tree.
 * @first: lowest index, inclusive.
 * @last: highest index, inclusive.
 * @entry: the entry.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0, -EEXIST if any index of the range is taken, else as mtree_store_range().
 */
int mtree_insert_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry,
		       gfp_t gfp);

/* mtree_insert() - mtree_insert_range() over one index. */
int mtree_insert(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);

/**
 * mtree_erase() - Remove the entry that covers an index, over its whole range.
 * @mt: the tree.
 * @index: any index of the range.
 *
 * Context: Takes the lock.
 * Return: The entry that was there, or NULL if there was none (or, with the tree unchanged, if
 * memory ran out: mas_erase() tells the two apart).
 */
void *mtree_erase(struct maple_tree *mt, unsigned long index);

/**
 * mtree_alloc_range() - Find the lowest gap that is large enough and store there.
 * @mt: a tree with MT_FLAGS_ALLOC_RANGE.
 * @startp: receives the lowest index of the range taken.
 * @entry: the entry.
 * @size: how many indexes.
 * @min: lowest index to use, inclusive.
 * @max: highest index to use, inclusive.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0, -EBUSY if no gap fits, -EINVAL for a tree without gaps tracked, a bad range or
 * size or a reserved entry, -ENOMEM with the tree unchanged.
 */
int mtree_alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		      unsigned long min, unsigned long max, gfp_t gfp);

/* mtree_alloc_rrange() - As mtree_alloc_range(), but the highest place that fits. */
int mtree_alloc_rrange(struct maple_tree *mt, unsigned long *startp, void *entry,
		       unsigned long size, unsigned long min, unsigned long max, gfp_t gfp);

/**
 * mtree_alloc_cyclic() - Take the next free index, starting over at the end of the range.
 * @mt: a tree with MT_FLAGS_ALLOC_RANGE.
 * @startp: receives the index.
 * @entry: the entry.
 * @range_lo: lowest index to use, inclusive.
 * @range_hi: highest index to use, inclusive.
 * @next: where to begin; advanced behind the index taken.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0, 1 if the search started over, else as mtree_alloc_range().
 */
int mtree_alloc_cyclic(struct maple_tree *mt, unsigned long *startp, void *entry,
		       unsigned long range_lo, unsigned long range_hi, unsigned long *next,
		       gfp_t gfp);

/**
 * mtree_dup() - Copy a tree.
 * @mt: the tree.
 * @copy: an empty tree with the same flags.
 * @gfp: ignored.
 *
 * Context: Takes the lock of @copy, then of @mt.
 * Return: 0, -EINVAL if @copy is not empty or its flags differ, -ENOMEM with @copy empty.
 */
int mtree_dup(struct maple_tree *mt, struct maple_tree *copy, gfp_t gfp);

/* __mt_dup() - mtree_dup() with both locks held by the caller. */
int __mt_dup(struct maple_tree *mt, struct maple_tree *copy, gfp_t gfp);

/**
 * mtree_destroy() - Empty a tree and give its memory back.
 * @mt: the tree; may be used again afterwards.
 *
 * A tree with MT_FLAGS_USE_RCU holds nodes in spare even when it is empty: destroy that too.
 *
 * Context: Takes the lock. In RCU mode memory is freed after a grace period; if there is no
 * memory to note that down, the call waits for one.
 */
void mtree_destroy(struct maple_tree *mt);

/* __mt_destroy() - mtree_destroy() with the lock held by the caller. */
void __mt_destroy(struct maple_tree *mt);

/**
 * mt_find() - The first entry at or after an index.
 * @mt: the tree.
 * @index: where to begin; set behind the end of the range found.
 * @max: highest index to look at, inclusive.
 *
 * Skips XA_ZERO_ENTRY. @index becomes 0 after a range that ends at ULONG_MAX.
 *
 * Context: Opens a read section; the entry is not protected after it.
 * Return: The entry or NULL.
 */
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max);

/* mt_find_after() - mt_find(), but NULL if @index is 0: for the second round of a loop. */
void *mt_find_after(struct maple_tree *mt, unsigned long *index, unsigned long max);

/**
 * mt_next() - The first entry behind the range that covers an index.
 * @mt: the tree.
 * @index: where.
 * @max: highest index to look at, inclusive.
 *
 * Context: As mt_find(). mt_prev() is its mirror image.
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL.
 */
void *mt_next(struct maple_tree *mt, unsigned long index, unsigned long max);
void *mt_prev(struct maple_tree *mt, unsigned long index, unsigned long min);

#define mt_for_each(__tree, __entry, __index, __max)                \
	for (__entry = mt_find(__tree, &(__index), __max); __entry; \
	     __entry = mt_find_after(__tree, &(__index), __max))

static inline bool mtree_empty(const struct maple_tree *mt)
{
	return mt->ma_root == NULL;
}

/* ---- The advanced interface: a cursor; the caller locks ---- */

enum maple_status {
	ma_active,    /* at a range of a node */
	ma_start,     /* not looked yet */
	ma_root,      /* at the single entry at index 0 */
	ma_none,      /* looked, and there is nothing at all there */
	ma_pause,     /* the lock was dropped: look again */
	ma_overflow,  /* ran into the upper limit */
	ma_underflow, /* ran into the lower limit */
	ma_error,     /* @node holds the error, see mas_is_err() */
};

struct ma_state {
	struct maple_tree *tree;
	unsigned long index;	   /* range, lowest index */
	unsigned long last;	   /* range, highest index */
	struct maple_enode *node;  /* the leaf this range is in */
	unsigned long min, max;	   /* what that leaf covers */
	struct maple_alloc *alloc; /* nodes in reserve */
	enum maple_status status;
	unsigned char offset; /* which range of the leaf */
	unsigned char end;    /* the last range of the leaf */
	unsigned char mas_flags;
	unsigned char pslot;	    /* private: which child of @parent the leaf is */
	unsigned int ahead, behind; /* private: entries not yet visited, by slot */
	void **entry;		    /* private: behind the last entry up to @offset */
	struct maple_enode *parent; /* private: the node above the leaf */
	unsigned long pmin, pmax;   /* private: what that covers */
};

#define MA_STATE(name, mt, first, end_)                                                       \
	struct ma_state name = {(mt), (first), (end_), NULL, 0, ULONG_MAX, NULL, ma_start, 0, \
				0,    0,       0,      0,    0, NULL,	   NULL, 0,	   0}
#define MA_ERROR(err) ((struct maple_enode *)(((unsigned long)(err) << 2) | 2UL))

static inline void mas_init(struct ma_state *mas, struct maple_tree *tree, unsigned long addr)
{
	memset(mas, 0, sizeof(*mas));
	mas->status = ma_start;
	mas->tree = tree;
	mas->max = ULONG_MAX;
	mas->index = mas->last = addr;
}

static inline bool mas_is_active(const struct ma_state *mas)
{
	return mas->status == ma_active;
}

static inline bool mas_is_err(const struct ma_state *mas)
{
	return mas->status == ma_error;
}

/* mas_reset() - Forget the place: the next call looks from the root. Clears an error. */
static inline void mas_reset(struct ma_state *mas)
{
	mas->status = ma_start;
	mas->node = NULL;
}

/* __mas_set_range() - Narrow an active cursor to a part of its range, or aim a fresh one. */
static inline void __mas_set_range(struct ma_state *mas, unsigned long first, unsigned long last)
{
	mas->index = first;
	mas->last = last;
}

/* mas_set_range() - Aim the cursor at a range; the next call looks from the root. */
static inline void mas_set_range(struct ma_state *mas, unsigned long first, unsigned long last)
{
	mas_reset(mas);
	__mas_set_range(mas, first, last);
}

/* mas_set() - Aim the cursor at one index. */
static inline void mas_set(struct ma_state *mas, unsigned long index)
{
	mas_set_range(mas, index, index);
}

/**
 * mas_walk() - Go to the range that covers @mas->index.
 * @mas: the cursor; @index and @last become the bounds of the range, empty or not.
 *
 * Context: The lock or a read section, as for all reading mas_*() calls.
 * Return: The entry or NULL.
 */
void *mas_walk(struct ma_state *mas);

/**
 * mas_find() - First call: the first entry at or behind @mas->index. Later: the next entry.
 * @mas: the cursor; @index and @last become the bounds of the range found, or of the gap in
 * which the search ended.
 * @max: highest index to look at, inclusive.
 *
 * Entries come in rising order and never overlap. If the tree changed meanwhile, an entry that
 * began before the place reached is reported from that place on.
 *
 * Context: The lock or a read section; mas_pause() before dropping it in a loop.
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL.
 */
void *mas_find(struct ma_state *mas, unsigned long max);

/* mas_find_range() - As mas_find(), but stops at empty ranges too, returning NULL. */
void *mas_find_range(struct ma_state *mas, unsigned long max);

/* mas_find_rev() - mas_find() downwards: at or below @mas->index, not below @min (inclusive). */
void *mas_find_rev(struct ma_state *mas, unsigned long min);

/* mas_find_range_rev() - mas_find_range() downwards. */
void *mas_find_range_rev(struct ma_state *mas, unsigned long min);

/**
 * mas_next() - The next entry behind the range the cursor is at.
 * @mas: the cursor.
 * @max: highest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: The entry, or NULL with status ma_overflow at the limit, ma_none in an empty tree.
 */
void *mas_next(struct ma_state *mas, unsigned long max);

/* mas_next_range() - The next range, empty or not. */
void *mas_next_range(struct ma_state *mas, unsigned long max);

/* mas_prev() - The entry before; mirror image of mas_next(), with ma_underflow. */
void *mas_prev(struct ma_state *mas, unsigned long min);

/* mas_prev_range() - The range before, empty or not. */
void *mas_prev_range(struct ma_state *mas, unsigned long min);

/* mas_pause() - Before dropping the lock or the read section in a mas_find() loop. */
void mas_pause(struct ma_state *mas);

/**
 * mas_store() - Store over @mas->index .. @mas->last.
 * @mas: the cursor; after storing NULL it covers the whole gap.
 * @entry: the entry; NULL erases.
 *
 * Context: The lock, as for all writing mas_*() calls.
 * Return: What was stored at @mas->index before. On failure NULL with mas_is_err(): -EINVAL or
 * -ENOMEM, the tree being unchanged; after -ENOMEM see mas_nomem().
 */
void *mas_store(struct ma_state *mas, void *entry);

/**
 * mas_store_gfp() - mas_store() that reports.
 * @mas: the cursor.
 * @entry: the entry; NULL erases.
 * @gfp: ignored.
 *
 * Context: The lock.
 * Return: 0, -EINVAL for a reversed range, -ENOMEM with the tree unchanged.
 */
int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp);

/**
 * mas_preallocate() - Put aside what one store over @mas->index .. @mas->last needs.
 * @mas: the cursor.
 * @entry: what is going to be stored.
 * @gfp: ignored.
 *
 * Context: The lock; the tree must not change until mas_store_prealloc().
 * Return: 0, or -ENOMEM.
 */
int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp);

/* mas_store_prealloc() - The store that mas_preallocate() prepared: cannot fail. */
void mas_store_prealloc(struct ma_state *mas, void *entry);

/**
 * mas_expected_entries() - Prepare for a number of stores in rising order into an empty tree.
 * @mas: the cursor that will store; mas_destroy() it afterwards.
 * @nr_entries: how many ranges, each perhaps followed by a gap.
 *
 * Context: The lock.
 * Return: 0, or -ENOMEM with nothing put aside.
 */
int mas_expected_entries(struct ma_state *mas, unsigned long nr_entries);

/**
 * mas_erase() - Remove the entry that covers @mas->index, over its whole range.
 * @mas: the cursor; @index and @last become the bounds of the gap left behind.
 *
 * Context: The lock.
 * Return: The entry removed, or NULL; mas_is_err() if memory ran out.
 */
void *mas_erase(struct ma_state *mas);

/**
 * mas_nomem() - Did the last write fail for want of memory, and is there some now?
 * @mas: the cursor.
 * @gfp: ignored.
 *
 * Context: The lock; keeps it.
 * Return: true if nodes were put aside and the write is worth trying again.
 */
bool mas_nomem(struct ma_state *mas, gfp_t gfp);

/* mas_destroy() - Give back what the cursor holds in reserve. */
void mas_destroy(struct ma_state *mas);

/**
 * mas_empty_area() - Find the lowest gap of a size in a window.
 * @mas: the cursor, reset; covers the place found.
 * @min: lowest index, inclusive.
 * @max: highest index, inclusive.
 * @size: how many indexes.
 *
 * Beside a writer the place found was free at some moment during the call, and -EBUSY may come
 * although a gap appeared meanwhile.
 *
 * Context: The lock or a read section.
 * Return: 0, -EBUSY if nothing fits, -EINVAL for a bad window or size.
 */
int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size);

/* mas_empty_area_rev() - As mas_empty_area(), but the highest place. */
int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max,
		       unsigned long size);

/* mas_alloc_cyclic() - mtree_alloc_cyclic() with the lock held by the caller. */
int mas_alloc_cyclic(struct ma_state *mas, unsigned long *startp, void *entry,
		     unsigned long range_lo, unsigned long range_hi, unsigned long *next,
		     gfp_t gfp);

/*
 * Private: the step of an iteration that stays in its leaf, inline. A leaf begins with a word
 * whose top bit says that the leaf is dead, then come the last indexes of its ranges. The step
 * before left in @ahead the slots to come, lowest first, so that nothing is computed from the
 * slot the cursor is at. NULL if it takes more than that.
 */
static inline void *mas_quick_up(struct ma_state *mas, unsigned long max)
{
	const unsigned long *leaf = (const unsigned long *)(const void *)mas->node;
	unsigned int ahead = mas->ahead, slot = (unsigned int)__builtin_ctz(ahead | 1u << 31);
	unsigned long first, last;

	if (__builtin_expect(mas->status != ma_active || !ahead, 0) ||
	    __builtin_expect((long)__atomic_load_n(leaf, __ATOMIC_ACQUIRE) < 0, 0))
		return NULL;
	first = leaf[slot] + 1;
	last = slot < mas->end ? leaf[slot + 1] : mas->max;
	if (__builtin_expect(first > max, 0))
		return NULL;
	mas->index = first;
	mas->last = last;
	mas->ahead = ahead & (ahead - 1);
	mas->behind = 0;
	mas->offset = (unsigned char)slot;
	return __atomic_load_n(--mas->entry, __ATOMIC_CONSUME);
}

/* Private: downwards. @behind is in reverse order, bit 31 for slot 0: again the lowest is next. */
static inline void *mas_quick_down(struct ma_state *mas, unsigned long min)
{
	const unsigned long *leaf = (const unsigned long *)(const void *)mas->node;
	unsigned int behind = mas->behind,
		     slot = 31 - (unsigned int)__builtin_ctz(behind | 1u << 31);
	unsigned long first, last;

	if (__builtin_expect(mas->status != ma_active || !behind, 0) ||
	    __builtin_expect((long)__atomic_load_n(leaf, __ATOMIC_ACQUIRE) < 0, 0))
		return NULL;
	first = __atomic_load_n(leaf + slot, __ATOMIC_RELAXED) + 1; /* in vain for slot 0 */
	first = slot ? first : mas->min;
	last = leaf[slot + 1];
	if (__builtin_expect(last < min, 0))
		return NULL;
	mas->index = first;
	mas->last = last;
	mas->behind = behind & (behind - 1);
	mas->ahead = 0;
	mas->offset = (unsigned char)slot;
	return __atomic_load_n(++mas->entry, __ATOMIC_CONSUME);
}

/* The entries of a range, rising from @__mas to @__max, or falling to @__min, both inclusive. */
#define mas_for_each(__mas, __entry, __max)                    \
	while (((__entry) = mas_quick_up((__mas), (__max))) || \
	       ((__entry) = mas_find((__mas), (__max))))
#define mas_for_each_rev(__mas, __entry, __min)                  \
	while (((__entry) = mas_quick_down((__mas), (__min))) || \
	       ((__entry) = mas_find_rev((__mas), (__min))))

/* ---- The tree as a whole ---- */

static inline bool mt_external_lock(const struct maple_tree *mt)
{
	return (mt->ma_flags & MT_FLAGS_LOCK_MASK) == MT_FLAGS_LOCK_EXTERN;
}

/* mt_init_flags() - Make an empty tree with the given MT_FLAGS_*. */
static inline void mt_init_flags(struct maple_tree *mt, unsigned int flags)
{
	mt->ma_flags = flags;
	if (!mt_external_lock(mt))
		mt->ma_lock = 0;
	mt->ma_root = NULL;
	mt->ma_dead = NULL;
	mt->ma_spare[0] = mt->ma_spare[1] = mt->ma_spare[2] = NULL;
}

/* mt_init() - Make an empty tree without flags. */
static inline void mt_init(struct maple_tree *mt)
{
	mt_init_flags(mt, 0);
}

static inline bool mt_in_rcu(const struct maple_tree *mt)
{
	return mt->ma_flags & MT_FLAGS_USE_RCU;
}

/* mt_height() - Levels of nodes; 0 for a tree without nodes. */
static inline unsigned int mt_height(const struct maple_tree *mt)
{
	return (mt->ma_flags & MT_FLAGS_HEIGHT_MASK) >> MT_FLAGS_HEIGHT_OFFSET;
}

static inline void mt_change_rcu(struct maple_tree *mt, unsigned int flag)
{
	if (mt_in_rcu(mt) == !!flag)
		return;
	if (!mt_external_lock(mt))
		mtree_lock(mt);
	mt->ma_flags = (mt->ma_flags & ~MT_FLAGS_USE_RCU) | flag;
	if (!mt_external_lock(mt))
		mtree_unlock(mt);
}

/*
 * mt_set_in_rcu(), mt_clear_in_rcu() - Allow readers without the lock, or end that. Before
 * clearing, the caller makes sure that none is left. Context: an external lock is held, the
 * tree's own is not.
 */
static inline void mt_set_in_rcu(struct maple_tree *mt)
{
	mt_change_rcu(mt, MT_FLAGS_USE_RCU);
}
static inline void mt_clear_in_rcu(struct maple_tree *mt)
{
	mt_change_rcu(mt, 0);
}

/* maple_tree_init() - Set the library up; runs by itself before main(). */
void maple_tree_init(void);

/* mt_node_bytes() - Bytes in the nodes of a tree. Context: the lock, or no writer. */
size_t mt_node_bytes(const struct maple_tree *mt);

/* mt_nodes_in_use() - Nodes of all trees, those waiting for a grace period included. */
size_t mt_nodes_in_use(void);
/* mt_bytes_in_use() - The same in bytes. */
size_t mt_bytes_in_use(void);

/* ---- Debugging ---- */

enum mt_dump_format { mt_dump_dec, mt_dump_hex };

/* mt_dump() - Write the tree to stderr. Context: the lock. */
void mt_dump(const struct maple_tree *mt, enum mt_dump_format format);
/* mas_dump() - Write a cursor to stderr. */
void mas_dump(const struct ma_state *mas);
/* mt_validate() - Check every invariant of DESIGN.md; aborts with a message. Context: the lock. */
void mt_validate(struct maple_tree *mt);
/* mt_cache_shrink() - Hand this thread's cached free nodes back. */
void mt_cache_shrink(void);

#ifdef CONFIG_DEBUG_MAPLE_TREE
/* The counters and macros that the kernel's own tests are written with. */
void mt_test_count(const struct maple_tree *mt, const struct ma_state *mas, bool failed,
		   const char *func, int line);
#define MT_BUG_ON(mt, cond)	 mt_test_count((mt), NULL, (cond), __func__, __LINE__)
#define MAS_BUG_ON(mas, cond)	 mt_test_count((mas)->tree, (mas), (cond), __func__, __LINE__)
#define MAS_WR_BUG_ON(mas, cond) MAS_BUG_ON(mas, cond)
#define MT_WARN_ON(mt, cond)            \
	({                              \
		bool failed_ = (cond);  \
		MT_BUG_ON(mt, failed_); \
		failed_;                \
	})
#define MAS_WARN_ON(mas, cond)            \
	({                                \
		bool failed_ = (cond);    \
		MAS_BUG_ON(mas, failed_); \
		failed_;                  \
	})
#define MAS_WR_WARN_ON(mas, cond) MAS_WARN_ON(mas, cond)
#endif

#ifdef __cplusplus
}
#endif
#endif
