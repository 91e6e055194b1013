/* SPDX-License-Identifier: GPL-2.0-only */
/* Types, flags, initializers and the lock of a tree; included by maple_tree.h. */
#ifndef UMAPLE_MAPLE_TREE_TYPES_H
#define UMAPLE_MAPLE_TREE_TYPES_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if ULONG_MAX < 0xffffffffffffffff
#error "umaple needs a 64-bit target: nodes hold 64-bit words and tagged pointers"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef GFP_KERNEL
typedef unsigned int gfp_t; /* accepted for compatibility; all allocations are alike */
#define GFP_KERNEL 0u
#define GFP_NOWAIT 0u
#endif

/* ---- Entries ---- */

/* Left out if linux/xarray.h was included before. */
#ifndef XA_ZERO_ENTRY
/**
 * xa_mk_value() - Make an entry from an integer.
 * @v: the integer, at most LONG_MAX.
 *
 * Context: Any.
 * Return: The entry. It is never NULL and never a valid pointer.
 */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)((v << 1) | 1);
}

/**
 * xa_to_value() - Get the integer back out of an entry.
 * @entry: an entry from xa_mk_value().
 *
 * Context: Any.
 * Return: The integer.
 */
static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

/**
 * xa_is_value() - Is this entry an integer?
 * @entry: any entry, or NULL.
 *
 * Context: Any.
 * Return: true if it came from xa_mk_value(); false for a pointer to an aligned object.
 */
static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

#define XA_ZERO_ENTRY ((void *)1030ul)

/**
 * xa_is_zero() - Is this entry XA_ZERO_ENTRY?
 * @entry: any entry, or NULL.
 *
 * XA_ZERO_ENTRY reserves a range: the range is taken, but the simple calls show no entry there.
 *
 * Context: Any.
 * Return: true if it is.
 */
static inline bool xa_is_zero(const void *entry)
{
	return entry == XA_ZERO_ENTRY;
}
#endif

/* ---- Trees ---- */

#define MT_FLAGS_ALLOC_RANGE   0x01 /* track gaps, which makes mas_empty_area() fast */
#define MT_FLAGS_USE_RCU       0x02 /* readers may run beside the writer */
#define MT_FLAGS_HEIGHT_OFFSET 0x02 /* the height's position in the flags */
#define MT_FLAGS_HEIGHT_MASK   0x7C
#define MT_FLAGS_LOCK_MASK     0x300
#define MT_FLAGS_LOCK_IRQ      0x100  /* accepted; a plain lock here */
#define MT_FLAGS_LOCK_BH       0x200  /* accepted; a plain lock here */
#define MT_FLAGS_LOCK_EXTERN   0x300  /* the caller has its own lock */
#define MT_FLAGS_ALLOC_WRAPPED 0x0800 /* a cyclic allocation went past ULONG_MAX */
#define MAPLE_HEIGHT_MAX       31
#define MAPLE_RESERVED_RANGE   4096

struct maple_enode; /* a node, opaque */
struct maple_alloc; /* a node in a cursor's reserve, opaque */

struct maple_tree {
	union {
		int ma_lock; /* 0 free, 1 taken */
		void *ma_external_lock;
	};
	unsigned int ma_flags;
	void *ma_root;
	void *ma_dead;	   /* private: dead nodes, not yet handed to call_rcu() */
	void *ma_spare[3]; /* private: the next nodes to use, one of each size */
};

/**
 * MTREE_INIT() - Initializer of a tree.
 * @name: the tree's name; ignored.
 * @flags: MT_FLAGS_*.
 *
 * Context: Where a struct maple_tree is initialized.
 * Return: An initializer of an empty tree.
 */
#define MTREE_INIT(name, flags)           \
	{                                 \
		{0}, (flags), NULL, NULL, \
		{                         \
			NULL, NULL, NULL  \
		}                         \
	}

/**
 * MTREE_INIT_EXT() - Initializer of a tree whose lock belongs to the caller.
 * @name: the tree's name; ignored.
 * @flags: MT_FLAGS_*, with MT_FLAGS_LOCK_EXTERN.
 * @lock: the lock; ignored here, see mt_set_external_lock().
 *
 * Context: Where a struct maple_tree is initialized.
 * Return: An initializer of an empty tree.
 */
#define MTREE_INIT_EXT(name, flags, lock) MTREE_INIT(name, flags)

/**
 * DEFINE_MTREE() - Define an empty tree without flags.
 * @name: the variable.
 *
 * Context: Where a variable may be defined.
 * Return: Nothing; it is a definition.
 */
#define DEFINE_MTREE(name) struct maple_tree name = MTREE_INIT(name, 0)

/**
 * mt_set_external_lock() - Name the lock that guards a tree with MT_FLAGS_LOCK_EXTERN.
 * @mt: the tree.
 * @lock: a pointer to the lock, of any type.
 *
 * The name is for people with a debugger. Debug builds assert a tree's own lock at each write, but
 * cannot ask whether an external lock is held.
 *
 * Context: Before the tree is used.
 * Return: Nothing.
 */
#define mt_set_external_lock(mt, lock) ((void)((mt)->ma_external_lock = (void *)(lock)))

/**
 * mt_on_stack() - Forget the external lock that a tree in a local variable was initialized with.
 * @mt: the tree itself, not a pointer to it.
 *
 * Context: Before the tree is used; for trees with MT_FLAGS_LOCK_EXTERN.
 * Return: Nothing.
 */
#define mt_on_stack(mt) ((void)((mt).ma_external_lock = NULL))

#define mt_lock_is_held(mt)	  1
#define mt_write_lock_is_held(mt) 1

/* Private. A writer changes the flags beside calls that only ask for one. */
static inline unsigned int mt_flags(const struct maple_tree *mt)
{
	return __atomic_load_n(&mt->ma_flags, __ATOMIC_RELAXED);
}

/**
 * mt_external_lock() - Does the caller's own lock guard a tree?
 * @mt: the tree.
 *
 * Context: Any.
 * Return: true for a tree with MT_FLAGS_LOCK_EXTERN.
 */
static inline bool mt_external_lock(const struct maple_tree *mt)
{
	return (mt_flags(mt) & MT_FLAGS_LOCK_MASK) == MT_FLAGS_LOCK_EXTERN;
}

/**
 * mt_no_own_lock() - End the program, because a tree has no lock of its own.
 *
 * mtree_lock() calls this for a tree with MT_FLAGS_LOCK_EXTERN. It prints one line on stderr and
 * aborts.
 *
 * Context: Any. Does not return.
 */
void mt_no_own_lock(void);

/**
 * mtree_lock() - Take a tree's own lock.
 * @mt: a tree without MT_FLAGS_LOCK_EXTERN.
 *
 * The lock is a spinlock. mtree_lock_nested() is the same; its second argument is ignored.
 *
 * A tree with MT_FLAGS_LOCK_EXTERN has no lock of its own. This call, and every call that takes the
 * lock by itself, then ends the program with a message. Take the external lock and use a cursor.
 *
 * Context: Any thread that does not hold the lock. Spins until the lock is free.
 */
static inline void mtree_lock(struct maple_tree *mt)
{
	if (__builtin_expect(mt_external_lock(mt), 0))
		mt_no_own_lock();
	while (__builtin_expect(__atomic_exchange_n(&mt->ma_lock, 1, __ATOMIC_ACQUIRE), 0))
		while (__atomic_load_n(&mt->ma_lock, __ATOMIC_RELAXED)) {
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#endif
		}
}

/**
 * mtree_unlock() - Release a tree's own lock.
 * @mt: the tree.
 *
 * Context: The thread that holds the lock.
 */
static inline void mtree_unlock(struct maple_tree *mt)
{
	__atomic_store_n(&mt->ma_lock, 0, __ATOMIC_RELEASE);
}

#define mtree_lock_nested(mt, subclass) mtree_lock(mt)

/* ---- Cursors ---- */

enum maple_status {
	ma_active,    /* at a range of a node */
	ma_start,     /* has not looked yet */
	ma_root,      /* at the single entry at index 0 */
	ma_none,      /* has looked, and the tree has nothing there */
	ma_pause,     /* the lock was dropped, so look again */
	ma_overflow,  /* met the upper limit */
	ma_underflow, /* met the lower limit */
	ma_error,     /* @node holds the error, see mas_is_err() */
};

struct ma_state {
	struct maple_tree *tree;
	unsigned long index;	   /* the range's lowest index */
	unsigned long last;	   /* the range's highest index */
	struct maple_enode *node;  /* the leaf of this range */
	unsigned long min, max;	   /* the range of that leaf */
	struct maple_alloc *alloc; /* the reserve of nodes */
	enum maple_status status;
	unsigned char offset; /* the slot of this range in the leaf */
	unsigned char end;    /* the last slot of the leaf */
	unsigned char mas_flags;
	unsigned char pslot;	    /* private: the leaf's slot in @parent */
	unsigned int ahead, behind; /* private: slots with entries that are still to come */
	void **entry;		    /* private: the last entry at or below @offset */
	struct maple_enode *parent; /* private: the node above the leaf */
	unsigned long pmin, pmax;   /* private: the range of @parent */
};

/**
 * MA_STATE() - Define a cursor.
 * @name: the variable.
 * @mt: the tree.
 * @first: lowest index, inclusive.
 * @end_: highest index, inclusive.
 *
 * Context: Where a variable may be defined.
 * Return: Nothing; it is a definition.
 */
#define MA_STATE(name, mt, first, end_)                                                       \
	struct ma_state name = {(mt), (first), (end_), NULL, 0, ULONG_MAX, NULL, ma_start, 0, \
				0,    0,       0,      0,    0, NULL,	   NULL, 0,	   0}

/**
 * MA_ERROR() - The value of a cursor's node that stands for an error.
 * @err: a negative error number.
 *
 * Context: Compared with @node of a cursor for which mas_is_err() is true.
 * Return: The value.
 */
#define MA_ERROR(err) ((struct maple_enode *)(((unsigned long)(err) << 2) | 2UL))

#ifdef __cplusplus
}
#endif
#endif
