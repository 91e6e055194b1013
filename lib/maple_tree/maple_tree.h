/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: umaple - a B-tree of ranges with RCU readers: the Linux maple tree in userspace
 *
 * Each thread that uses a tree in RCU mode first calls rcu_register_thread(). Grace periods do not
 * wait for a thread that has not, so it may read freed memory. Debug builds stop it with a message.
 *
 * A tree maps disjoint ranges of unsigned long to pointers, for one writer at a time and any
 * number of RCU readers. The calls have the names and the meaning of the Linux maple tree's (6.12
 * to 7.3). mas_nomem_nofail() of 7.3 is left out: it waits for memory, and a program may wait for
 * ever. After mas_preallocate() a store or an erase cannot fail. DESIGN.md in the source describes
 * the inside.
 *
 * Ranges:
 * All ranges are inclusive at both ends. An entry is any pointer but NULL, which means "no entry".
 * The values 2, 6, 10, ... below 4096 are reserved. One of them, XA_ZERO_ENTRY, may be stored: the
 * mas_*() calls return it, and the mt_*() and mtree_*() calls return NULL for it unless their page
 * says otherwise.
 *
 * Locking:
 * A mas_*() call that writes needs the tree's lock held by the caller; an mtree_*() call takes it.
 * A mas_*() call that reads needs the lock or an RCU read section of liburcu's memb flavour;
 * mtree_load() and the mt_*() calls open a section themselves. In a tree without MT_FLAGS_USE_RCU
 * readers need the lock. The calls that take the lock end the program with a message if the tree
 * has an external one, but for mtree_destroy(), whose caller then holds that. Unless its page says
 * otherwise, no call sleeps.
 *
 * Errors:
 * Calls return negative error numbers, and a call that fails leaves the tree as it was. A tree in
 * RCU mode needs a thread that frees memory; the library starts it when it is first needed. If
 * that fails, for example at a limit on processes, the write returns -EAGAIN (or another error of
 * pthread_create) and one line on stderr says so. A later write tries again. A program can start
 * the thread itself with mt_start_reclaim().
 *
 * Fork:
 * After fork() of a process with several threads the child must not call the library; it may only
 * exec or exit. The library's own thread counts. In such a child nothing frees memory, grace
 * periods may never end, and a lock that another thread held stays taken. The parent is not
 * affected.
 *
 * Loading at run time:
 * dlopen() of the library works. dlclose() leaves it loaded, because its thread and the destructors
 * of other threads may still call it.
 *
 * Portability:
 * The library needs a 64-bit target; the header stops other compilations with an error.
 */
#ifndef UMAPLE_MAPLE_TREE_H
#define UMAPLE_MAPLE_TREE_H

#include "maple_tree_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The simple interface: takes the lock, or opens a read section ---- */

/**
 * mtree_load() - Look up one index.
 * @mt: the tree.
 * @index: the index.
 *
 * Context: Opens a read section: a thread that is registered with RCU.
 * Return: The entry, or NULL if there is none or it is XA_ZERO_ENTRY.
 */
void *mtree_load(struct maple_tree *mt, unsigned long index);

/**
 * mtree_load_batch() - Look up many indexes at once, so that their cache misses overlap.
 * @mt: the tree.
 * @indexes: @n indexes, in any order.
 * @n: the number of indexes.
 * @entries: receives @n results, each as mtree_load() would return it.
 *
 * Each result by itself could have been returned by mtree_load() during the call. Together they
 * are no snapshot.
 *
 * Context: As mtree_load(). One read section for the whole batch.
 */
void mtree_load_batch(struct maple_tree *mt, const unsigned long *indexes, size_t n,
		      void **entries);

/**
 * mtree_store_range() - Store an entry over a range, in place of what the range holds.
 * @mt: the tree.
 * @first: lowest index, inclusive.
 * @last: highest index, inclusive.
 * @entry: the entry; NULL erases.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0; -EINVAL if @first > @last or @entry is reserved; -ENOMEM without memory; -EAGAIN as
 * in umaple(3). On failure the tree is unchanged.
 */
int mtree_store_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry,
		      gfp_t gfp);

/**
 * mtree_store() - Store an entry at one index.
 * @mt: the tree.
 * @index: the index.
 * @entry: the entry; NULL erases.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: As mtree_store_range().
 */
int mtree_store(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);

/**
 * mtree_insert_range() - Store an entry over a range that must be empty.
 * @mt: the tree.
 * @first: lowest index, inclusive.
 * @last: highest index, inclusive.
 * @entry: the entry.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0; -EEXIST if any index of the range is taken; otherwise as mtree_store_range().
 */
int mtree_insert_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry,
		       gfp_t gfp);

/**
 * mtree_insert() - Store an entry at one index that must be empty.
 * @mt: the tree.
 * @index: the index.
 * @entry: the entry.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: As mtree_insert_range().
 */
int mtree_insert(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);

/**
 * mtree_erase() - Erase the entry that covers an index, over its whole range.
 * @mt: the tree.
 * @index: any index of the range.
 *
 * Context: Takes the lock.
 * Return: The entry that was there, or NULL if there was none. NULL also means that the call failed
 * and the tree is unchanged; use mas_erase() to see the difference.
 */
void *mtree_erase(struct maple_tree *mt, unsigned long index);

/**
 * mtree_alloc_range() - Find the lowest gap that is large enough, and store an entry there.
 * @mt: a tree with MT_FLAGS_ALLOC_RANGE.
 * @startp: receives the lowest index of the new range; untouched on failure.
 * @entry: the entry.
 * @size: the number of indexes.
 * @min: lowest index to use, inclusive.
 * @max: highest index to use, inclusive.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0; -EBUSY if no gap fits; -EINVAL for a tree that does not track gaps, a bad window or
 * size, or a reserved entry; -ENOMEM or -EAGAIN as mtree_store_range(). On failure the tree is
 * unchanged.
 */
int mtree_alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		      unsigned long min, unsigned long max, gfp_t gfp);

/**
 * mtree_alloc_rrange() - Find the highest place that is large enough, and store an entry there.
 * @mt: a tree with MT_FLAGS_ALLOC_RANGE.
 * @startp: receives the lowest index of the new range; untouched on failure.
 * @entry: the entry.
 * @size: the number of indexes.
 * @min: lowest index to use, inclusive.
 * @max: highest index to use, inclusive.
 * @gfp: ignored.
 *
 * The new range ends where the highest gap that is large enough ends.
 *
 * Context: Takes the lock.
 * Return: As mtree_alloc_range().
 */
int mtree_alloc_rrange(struct maple_tree *mt, unsigned long *startp, void *entry,
		       unsigned long size, unsigned long min, unsigned long max, gfp_t gfp);

/**
 * mtree_alloc_cyclic() - Take the next free index; start over at the end of the window.
 * @mt: a tree with MT_FLAGS_ALLOC_RANGE.
 * @startp: receives the index; untouched on failure.
 * @entry: the entry.
 * @range_lo: lowest index to use, inclusive.
 * @range_hi: highest index to use, inclusive.
 * @next: in: the index to begin at; out: the index after the one taken.
 * @gfp: ignored.
 *
 * Context: Takes the lock.
 * Return: 0; 1 if the search started over; otherwise an error as mtree_alloc_range().
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
 * Context: Takes the lock of @copy, then the lock of @mt.
 * Return: 0; -EINVAL if @copy is not empty or its flags differ; -ENOMEM. On failure @copy is empty.
 */
int mtree_dup(struct maple_tree *mt, struct maple_tree *copy, gfp_t gfp);

/**
 * __mt_dup() - Copy a tree whose lock the caller holds.
 * @mt: the tree.
 * @copy: an empty tree with the same flags.
 * @gfp: ignored.
 *
 * Context: The locks of both trees.
 * Return: As mtree_dup().
 */
int __mt_dup(struct maple_tree *mt, struct maple_tree *copy, gfp_t gfp);

/**
 * mtree_destroy() - Empty a tree and free its memory.
 * @mt: the tree. It may be used again afterwards.
 *
 * A tree in RCU mode holds spare nodes even while it is empty, so destroy it then too.
 *
 * Context: Takes the lock, unless it is external: then the caller holds it. In RCU mode memory is
 * freed after a grace period. Without memory for the list of dead nodes, or without the thread that
 * frees them, the call sleeps for one grace period; it must not be in a read section then.
 */
void mtree_destroy(struct maple_tree *mt);

/**
 * __mt_destroy() - Empty a tree whose lock the caller holds, and free its memory.
 * @mt: the tree. It may be used again afterwards.
 *
 * Context: The lock. As mtree_destroy(), it may sleep for a grace period.
 */
void __mt_destroy(struct maple_tree *mt);

/**
 * mt_find() - Find the first entry at or after an index.
 * @mt: the tree.
 * @index: in: the index to begin at; out, if an entry is found: the index after its range, or 0
 * after a range that ends at ULONG_MAX.
 * @max: highest index to look at, inclusive.
 *
 * Skips XA_ZERO_ENTRY.
 *
 * Context: Opens a read section. The section does not protect the entry after the call.
 * Return: The entry, or NULL.
 */
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max);

/**
 * mt_find_after() - Find the next entry in a loop that mt_find() began.
 * @mt: the tree.
 * @index: as for mt_find(). The value 0 says that the last range ended at ULONG_MAX.
 * @max: highest index to look at, inclusive.
 *
 * Context: As mt_find().
 * Return: The entry, or NULL; NULL if *@index is 0.
 */
void *mt_find_after(struct maple_tree *mt, unsigned long *index, unsigned long max);

/**
 * mt_next() - Find the first entry after the range that covers an index.
 * @mt: the tree.
 * @index: the index.
 * @max: highest index to look at, inclusive.
 *
 * Context: As mt_find().
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL.
 */
void *mt_next(struct maple_tree *mt, unsigned long index, unsigned long max);

/**
 * mt_prev() - Find the first entry before the range that covers an index.
 * @mt: the tree.
 * @index: the index.
 * @min: lowest index to look at, inclusive.
 *
 * Context: As mt_find().
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL.
 */
void *mt_prev(struct maple_tree *mt, unsigned long index, unsigned long min);

/**
 * mt_for_each() - Loop over the entries of a tree in rising order, without a cursor.
 * @__tree: the tree.
 * @__entry: a variable that receives each entry, and NULL at the end.
 * @__index: an unsigned long: the lowest index to look at, inclusive; changed by the loop.
 * @__max: highest index to look at, inclusive.
 *
 * Context: Each step opens its own read section. The tree may change between steps.
 * Return: Nothing; it is the head of a loop.
 */
#define mt_for_each(__tree, __entry, __index, __max)                \
	for (__entry = mt_find(__tree, &(__index), __max); __entry; \
	     __entry = mt_find_after(__tree, &(__index), __max))

/**
 * mtree_empty() - Is a tree empty?
 * @mt: the tree.
 *
 * Context: The lock, or a read section; beside a writer the answer is soon out of date.
 * Return: true if the tree has no entry.
 */
static inline bool mtree_empty(const struct maple_tree *mt)
{
	return __atomic_load_n(&mt->ma_root, __ATOMIC_RELAXED) == NULL;
}

/* ---- The advanced interface: a cursor; the caller locks ---- */

/**
 * mas_lock() - Take the lock of a cursor's tree.
 * @mas: the cursor.
 *
 * mas_lock_nested() and mas_lock_irqsave() are the same; their second argument is ignored.
 *
 * Context: As mtree_lock().
 * Return: Nothing.
 */
#define mas_lock(mas) mtree_lock((mas)->tree)

/**
 * mas_unlock() - Release the lock of a cursor's tree.
 * @mas: the cursor.
 *
 * mas_unlock_irqrestore() is the same; its second argument is ignored.
 *
 * Context: As mtree_unlock().
 * Return: Nothing.
 */
#define mas_unlock(mas)			  mtree_unlock((mas)->tree)
#define mas_lock_nested(mas, subclass)	  mas_lock(mas)
#define mas_lock_irqsave(mas, flags)	  ((void)((flags) = 0), mas_lock(mas))
#define mas_unlock_irqrestore(mas, flags) ((void)(flags), mas_unlock(mas))

/**
 * mas_init() - Set a cursor up.
 * @mas: the cursor; its old content is ignored.
 * @tree: the tree.
 * @addr: the index to begin at.
 *
 * Context: Any.
 */
static inline void mas_init(struct ma_state *mas, struct maple_tree *tree, unsigned long addr)
{
	memset(mas, 0, sizeof(*mas));
	mas->status = ma_start;
	mas->tree = tree;
	mas->max = ULONG_MAX;
	mas->index = mas->last = addr;
}

/**
 * mas_is_active() - Is a cursor at a range of a node?
 * @mas: the cursor.
 *
 * Context: Any.
 * Return: true if it is.
 */
static inline bool mas_is_active(const struct ma_state *mas)
{
	return mas->status == ma_active;
}

/**
 * mas_is_err() - Has a cursor's last call failed?
 * @mas: the cursor. If true, @node is MA_ERROR() of the error number.
 *
 * Context: Any.
 * Return: true if it has.
 */
static inline bool mas_is_err(const struct ma_state *mas)
{
	return mas->status == ma_error;
}

/**
 * mas_reset() - Make a cursor forget its place and any error.
 * @mas: the cursor; keeps @index and @last. The next call looks from the root.
 *
 * Context: Any.
 */
static inline void mas_reset(struct ma_state *mas)
{
	mas->status = ma_start;
	mas->node = NULL;
}

/**
 * __mas_set_range() - Set a cursor's range and keep its place in the tree.
 * @mas: a cursor that has not looked yet, or an active one.
 * @first: lowest index, inclusive; of an active cursor, inside the range that it is at.
 * @last: highest index, inclusive; of an active cursor, inside the range that it is at.
 *
 * Context: Any.
 */
static inline void __mas_set_range(struct ma_state *mas, unsigned long first, unsigned long last)
{
	mas->index = first;
	mas->last = last;
}

/**
 * mas_set_range() - Set a cursor's range; the next call looks from the root.
 * @mas: the cursor.
 * @first: lowest index, inclusive.
 * @last: highest index, inclusive.
 *
 * Context: Any.
 */
static inline void mas_set_range(struct ma_state *mas, unsigned long first, unsigned long last)
{
	mas_reset(mas);
	__mas_set_range(mas, first, last);
}

/**
 * mas_set() - Set a cursor to one index; the next call looks from the root.
 * @mas: the cursor.
 * @index: the index.
 *
 * Context: Any.
 */
static inline void mas_set(struct ma_state *mas, unsigned long index)
{
	mas_set_range(mas, index, index);
}

/**
 * mas_walk() - Go to the range that covers @mas->index.
 * @mas: the cursor; @index and @last become the bounds of that range, empty or not.
 *
 * Context: The lock or a read section.
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL.
 */
void *mas_walk(struct ma_state *mas);

/**
 * mas_find() - Find the first entry at or after @mas->index; in later calls the next entry.
 * @mas: the cursor; @index and @last become the bounds of the range found, or of the gap in which
 * the search ended.
 * @max: highest index to look at, inclusive.
 *
 * Entries come in rising order and never overlap. If the tree changes between two calls, an entry
 * that begins before the place reached is reported from that place on.
 *
 * Context: The lock or a read section. Call mas_pause() before dropping it in a loop.
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL.
 */
void *mas_find(struct ma_state *mas, unsigned long max);

/**
 * mas_find_range() - Find the first range at or after @mas->index; in later calls the next range.
 * @mas: the cursor; @index and @last become the bounds of the range, empty or not.
 * @max: highest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL for an empty range or at the limit.
 */
void *mas_find_range(struct ma_state *mas, unsigned long max);

/**
 * mas_find_rev() - Find the first entry at or before @mas->index; in later calls the one before.
 * @mas: the cursor; @index and @last become the bounds of the range found, or of the gap in which
 * the search ended.
 * @min: lowest index to look at, inclusive.
 *
 * Entries come in falling order and never overlap.
 *
 * Context: As mas_find().
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL.
 */
void *mas_find_rev(struct ma_state *mas, unsigned long min);

/**
 * mas_find_range_rev() - Find the first range at or before @mas->index; in later calls the one
 * before.
 * @mas: the cursor; @index and @last become the bounds of the range, empty or not.
 * @min: lowest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: The entry, which may be XA_ZERO_ENTRY, or NULL for an empty range or at the limit.
 */
void *mas_find_range_rev(struct ma_state *mas, unsigned long min);

/**
 * mas_next() - Go to the next entry after the range that the cursor is at.
 * @mas: the cursor; @index and @last become the bounds of the range found.
 * @max: highest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: The entry, or NULL: with status ma_overflow at the limit, ma_none in an empty tree.
 */
void *mas_next(struct ma_state *mas, unsigned long max);

/**
 * mas_next_range() - Go to the range after the one that the cursor is at.
 * @mas: the cursor; @index and @last become the bounds of the range, empty or not.
 * @max: highest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: The entry, or NULL for an empty range; NULL with status ma_overflow at the limit.
 */
void *mas_next_range(struct ma_state *mas, unsigned long max);

/**
 * mas_prev() - Go to the last entry before the range that the cursor is at.
 * @mas: the cursor; @index and @last become the bounds of the range found.
 * @min: lowest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: The entry, or NULL: with status ma_underflow at the limit, ma_none in an empty tree.
 */
void *mas_prev(struct ma_state *mas, unsigned long min);

/**
 * mas_prev_range() - Go to the range before the one that the cursor is at.
 * @mas: the cursor; @index and @last become the bounds of the range, empty or not.
 * @min: lowest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: The entry, or NULL for an empty range; NULL with status ma_underflow at the limit.
 */
void *mas_prev_range(struct ma_state *mas, unsigned long min);

/**
 * mas_pause() - Prepare a cursor for the lock or the read section to be dropped in a loop.
 * @mas: the cursor; the next mas_find() goes on after the range it is at, from the root.
 *
 * Context: The lock or a read section.
 */
void mas_pause(struct ma_state *mas);

/**
 * mas_store() - Store an entry over @mas->index .. @mas->last.
 * @mas: the cursor; after storing NULL it covers the whole gap.
 * @entry: the entry; NULL erases.
 *
 * Context: The lock.
 * Return: The former entry at @mas->index, or NULL. On failure NULL, mas_is_err() is true and the
 * tree is unchanged; the errors are those of mas_store_gfp(). After -ENOMEM see mas_nomem().
 */
void *mas_store(struct ma_state *mas, void *entry);

/**
 * mas_store_gfp() - Store an entry over @mas->index .. @mas->last and return any error.
 * @mas: the cursor; after storing NULL it covers the whole gap.
 * @entry: the entry; NULL erases.
 * @gfp: ignored.
 *
 * Context: The lock.
 * Return: 0; -EINVAL if @mas->index > @mas->last; -ENOMEM without memory; -EAGAIN as in umaple(3).
 * On failure the tree is unchanged.
 */
int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp);

/**
 * mas_preallocate() - Reserve all memory that one store needs.
 * @mas: the cursor; the store may be over another range.
 * @entry: ignored; the store may be of another entry, or of NULL.
 * @gfp: ignored.
 *
 * A second call makes the reserve larger if the tree has grown. The reserve is only used if there
 * is no other memory. Call mas_destroy() if the store is not done after all.
 *
 * Context: The lock; the tree must not change before mas_store_prealloc().
 * Return: 0; -ENOMEM without memory; -EAGAIN as in umaple(3). On failure nothing is reserved.
 */
int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp);

/**
 * mas_store_prealloc() - Do the store that mas_preallocate() prepared. It cannot fail.
 * @mas: the cursor.
 * @entry: the entry; NULL erases.
 *
 * Context: The lock, held since mas_preallocate(). The tree is as it was then.
 */
void mas_store_prealloc(struct ma_state *mas, void *entry);

/**
 * mas_expected_entries() - Reserve memory for stores in rising order at the end of a tree.
 * @mas: the cursor that will store. Call mas_destroy() on it afterwards.
 * @nr_entries: the number of stores; each may leave a gap before it.
 *
 * As many calls of mas_store() cannot fail, if each is over a range above all entries that are in
 * the tree by then. This holds in RCU mode too.
 *
 * Context: The lock, held until the last of these stores.
 * Return: 0; -ENOMEM without memory; -EAGAIN as in umaple(3). On failure nothing is reserved.
 */
int mas_expected_entries(struct ma_state *mas, unsigned long nr_entries);

/**
 * mas_erase() - Erase the entry that covers @mas->index, over its whole range.
 * @mas: the cursor; @index and @last become the bounds of the gap that remains.
 *
 * After mas_preallocate() with the same cursor it cannot fail.
 *
 * Context: The lock.
 * Return: The entry that was there, or NULL if there was none. On failure NULL, mas_is_err() is
 * true and the tree is unchanged.
 */
void *mas_erase(struct ma_state *mas);

/**
 * mas_nomem() - After a write without memory: reserve some for a second attempt.
 * @mas: the cursor.
 * @gfp: ignored.
 *
 * Context: The lock, which it keeps.
 * Return: true if the last write failed with -ENOMEM and nodes are reserved now, so that the write
 * should be tried again; otherwise false.
 */
bool mas_nomem(struct ma_state *mas, gfp_t gfp);

/**
 * mas_destroy() - Free the nodes that a cursor holds in reserve.
 * @mas: the cursor.
 *
 * Context: Any.
 */
void mas_destroy(struct ma_state *mas);

/**
 * mas_empty_area() - Find the lowest place of a size in the gaps of a window.
 * @mas: a cursor that has not looked yet, or was reset. It covers the place found.
 * @min: lowest index of the window, inclusive.
 * @max: highest index of the window, inclusive.
 * @size: the number of indexes.
 *
 * Beside a writer the place was free at some moment during the call, and -EBUSY is possible
 * although a gap appeared meanwhile.
 *
 * Context: The lock or a read section.
 * Return: 0; -EBUSY if nothing fits; -EINVAL if @min > @max, or @size is 0 or larger than the
 * window.
 */
int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size);

/**
 * mas_empty_area_rev() - Find the highest place of a size in the gaps of a window.
 * @mas: a cursor that has not looked yet, or was reset. It covers the place found.
 * @min: lowest index of the window, inclusive.
 * @max: highest index of the window, inclusive.
 * @size: the number of indexes.
 *
 * Context: As mas_empty_area().
 * Return: As mas_empty_area().
 */
int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max,
		       unsigned long size);

/**
 * mas_alloc_cyclic() - Take the next free index; the caller holds the lock.
 * @mas: a cursor of a tree with MT_FLAGS_ALLOC_RANGE. It covers the index taken.
 * @startp: receives the index; untouched on failure.
 * @entry: the entry.
 * @range_lo: lowest index to use, inclusive.
 * @range_hi: highest index to use, inclusive.
 * @next: in: the index to begin at; out: the index after the one taken.
 * @gfp: ignored.
 *
 * Context: The lock.
 * Return: As mtree_alloc_cyclic().
 */
int mas_alloc_cyclic(struct ma_state *mas, unsigned long *startp, void *entry,
		     unsigned long range_lo, unsigned long range_hi, unsigned long *next,
		     gfp_t gfp);

/*
 * Private: a step of an iteration that stays in its leaf, inline. A leaf begins with a word whose
 * top bit says that the leaf is dead; the last indexes of its ranges follow. The step before left
 * the slots that are still to come in @ahead, lowest first, so the loop does not wait for the slot
 * that the cursor is at. NULL if the step needs more than that.
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

/* Private: the same downwards. @behind has its bits in reverse order, so the lowest is next here too. */
static inline void *mas_quick_down(struct ma_state *mas, unsigned long min)
{
	const unsigned long *leaf = (const unsigned long *)(const void *)mas->node;
	unsigned int behind = mas->behind,
		     slot = 31 - (unsigned int)__builtin_ctz(behind | 1u << 31);
	unsigned long first, last;

	if (__builtin_expect(mas->status != ma_active || !behind, 0) ||
	    __builtin_expect((long)__atomic_load_n(leaf, __ATOMIC_ACQUIRE) < 0, 0))
		return NULL;
	first = __atomic_load_n(leaf + slot, __ATOMIC_RELAXED) + 1; /* not used for slot 0 */
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

/**
 * mas_for_each() - Loop over entries in rising order.
 * @__mas: the cursor, at the index to begin at.
 * @__entry: a variable that receives each entry, and NULL at the end.
 * @__max: highest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: Nothing; it is the head of a loop.
 */
#define mas_for_each(__mas, __entry, __max)                    \
	while (((__entry) = mas_quick_up((__mas), (__max))) || \
	       ((__entry) = mas_find((__mas), (__max))))

/**
 * mas_for_each_rev() - Loop over entries in falling order.
 * @__mas: the cursor, at the index to begin at.
 * @__entry: a variable that receives each entry, and NULL at the end.
 * @__min: lowest index to look at, inclusive.
 *
 * Context: As mas_find().
 * Return: Nothing; it is the head of a loop.
 */
#define mas_for_each_rev(__mas, __entry, __min)                  \
	while (((__entry) = mas_quick_down((__mas), (__min))) || \
	       ((__entry) = mas_find_rev((__mas), (__min))))

/* ---- The tree as a whole ---- */

/**
 * mt_init_flags() - Set up an empty tree.
 * @mt: the tree; its old content is ignored.
 * @flags: MT_FLAGS_*.
 *
 * Context: Before any other use of the tree.
 */
static inline void mt_init_flags(struct maple_tree *mt, unsigned int flags)
{
	mt->ma_flags = flags;
	if (!mt_external_lock(mt))
		mt->ma_lock = 0;
	mt->ma_root = NULL;
	mt->ma_dead = NULL;
	mt->ma_spare[0] = mt->ma_spare[1] = mt->ma_spare[2] = NULL;
}

/**
 * mt_init() - Set up an empty tree without flags.
 * @mt: the tree; its old content is ignored.
 *
 * Context: Before any other use of the tree.
 */
static inline void mt_init(struct maple_tree *mt)
{
	mt_init_flags(mt, 0);
}

/**
 * mt_in_rcu() - Is a tree in RCU mode?
 * @mt: the tree.
 *
 * Context: Any.
 * Return: true if readers may run beside the writer.
 */
static inline bool mt_in_rcu(const struct maple_tree *mt)
{
	return mt_flags(mt) & MT_FLAGS_USE_RCU;
}

/**
 * mt_height() - Get the height of a tree.
 * @mt: the tree.
 *
 * Context: The lock, or a read section.
 * Return: The number of levels of nodes; 0 for a tree without nodes.
 */
static inline unsigned int mt_height(const struct maple_tree *mt)
{
	return (mt_flags(mt) & MT_FLAGS_HEIGHT_MASK) >> MT_FLAGS_HEIGHT_OFFSET;
}

/* Private. */
static inline void mt_change_rcu(struct maple_tree *mt, unsigned int flag)
{
	if (mt_in_rcu(mt) == !!flag)
		return;
	if (!mt_external_lock(mt))
		mtree_lock(mt);
	__atomic_store_n(&mt->ma_flags, (mt->ma_flags & ~MT_FLAGS_USE_RCU) | flag,
			 __ATOMIC_RELAXED);
	if (!mt_external_lock(mt))
		mtree_unlock(mt);
}

/**
 * mt_set_in_rcu() - Put a tree into RCU mode: readers may run beside the writer from now on.
 * @mt: the tree.
 *
 * Context: An external lock is held; the tree's own is not, the call takes it.
 */
static inline void mt_set_in_rcu(struct maple_tree *mt)
{
	mt_change_rcu(mt, MT_FLAGS_USE_RCU);
}

/**
 * mt_clear_in_rcu() - End RCU mode.
 * @mt: the tree. The caller makes sure that no reader is left in a read section.
 *
 * Context: An external lock is held; the tree's own is not, the call takes it.
 */
static inline void mt_clear_in_rcu(struct maple_tree *mt)
{
	mt_change_rcu(mt, 0);
}

/**
 * maple_tree_init() - Set the library up. This runs by itself before main().
 *
 * Aborts without memory. Later calls do nothing.
 *
 * Context: Only needed by a constructor that uses trees before main().
 */
void maple_tree_init(void);

/**
 * mt_isa() - Name the instruction set that the searches in nodes use.
 *
 * It is the best that the CPU has, unless UMAPLE_ISA in the environment of the program names
 * another at its start. If the CPU lacks that one, a line on stderr says so.
 *
 * Context: Any.
 * Return: "portable", "avx2" or "avx512".
 */
const char *mt_isa(void);

/**
 * mt_start_reclaim() - Start the thread that frees the memory of trees in RCU mode.
 *
 * Otherwise the first write that needs the thread starts it, and fails if it cannot be started. A
 * program that calls this first learns of such a limit before it has data to lose. Later calls do
 * nothing once one has succeeded.
 *
 * Context: Any thread, outside of read sections. May sleep.
 * Return: 0; -EAGAIN at a limit on threads or processes; -ENOMEM without memory.
 */
int mt_start_reclaim(void);

/**
 * mt_node_bytes() - Count the bytes in the nodes of a tree.
 * @mt: the tree.
 *
 * Context: The lock, or no writer.
 * Return: The number of bytes, without spare and dead nodes.
 */
size_t mt_node_bytes(const struct maple_tree *mt);

/**
 * mt_nodes_in_use() - Count the nodes of all trees of the process.
 *
 * Context: Exact only while no thread writes.
 * Return: The number of nodes, spare nodes and those that wait for a grace period included.
 */
size_t mt_nodes_in_use(void);

/**
 * mt_bytes_in_use() - Count the bytes in the nodes of all trees of the process.
 *
 * Context: Exact only while no thread writes.
 * Return: The number of bytes, counted as in mt_nodes_in_use().
 */
size_t mt_bytes_in_use(void);

/**
 * mt_cache_shrink() - Give this thread's cached free nodes back to the other threads.
 *
 * A thread that ends does this by itself.
 *
 * Context: Any thread.
 */
void mt_cache_shrink(void);

/* ---- Debugging ---- */

enum mt_dump_format { mt_dump_dec, mt_dump_hex };

/**
 * mt_dump() - Write a tree to stderr, node by node.
 * @mt: the tree.
 * @format: mt_dump_dec or mt_dump_hex, for the indexes.
 *
 * Context: The lock, or no writer.
 */
void mt_dump(const struct maple_tree *mt, enum mt_dump_format format);

/**
 * mas_dump() - Write a cursor to stderr.
 * @mas: the cursor.
 *
 * Context: Any.
 */
void mas_dump(const struct ma_state *mas);

/**
 * mt_validate() - Check every invariant of a tree.
 * @mt: the tree.
 *
 * Aborts with a message on stderr at the first invariant that does not hold.
 *
 * Context: The lock, or no writer.
 */
void mt_validate(struct maple_tree *mt);

#ifdef CONFIG_DEBUG_MAPLE_TREE
/**
 * mt_test_count() - Count a check, and print it if it failed.
 * @mt: the tree; may be NULL.
 * @mas: the cursor, printed if the check failed; may be NULL.
 * @failed: the outcome.
 * @func: the function of the check.
 * @line: the line of the check.
 *
 * MT_BUG_ON() and the other macros of the kernel's own tests call it.
 *
 * Context: Any.
 */
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
