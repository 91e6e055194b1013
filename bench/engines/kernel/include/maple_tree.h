/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's maple tree, for code that is written against either engine: the public API and as
 * few other names as possible.
 *
 * Context, for all of it: a thread that calls into the tree is registered with
 * rcu_register_thread(). The node cache is made before main() runs.
 */
#ifndef UMAPLE_KERNEL_MAPLE_TREE_H
#define UMAPLE_KERNEL_MAPLE_TREE_H

/* The kernel's header is written for other warnings than ours. */
#pragma GCC system_header

#include <linux/maple_tree.h>

#ifndef CONFIG_64BIT
#error "without CONFIG_64BIT the tree is built with 32-bit nodes"
#endif

#ifndef mas_for_each_rev
/* Since 6.13 the header has its own. */
#define mas_for_each_rev(mas, entry, min) while (((entry) = mas_find_rev((mas), (min))) != NULL)
#endif

/*
 * The locking macros of the header use names of spinlock calls that a program may want for its own
 * locks. Define the macros anew with our calls, and undefine the names.
 */
#undef mtree_lock
#undef mtree_lock_nested
#undef mtree_unlock
#undef mas_lock
#undef mas_lock_irqsave
#undef mas_lock_nested
#undef mas_unlock
#undef mas_unlock_irqrestore
#define mtree_lock(mt)			  kernel_tree_lock(&(mt)->ma_lock)
#define mtree_lock_nested(mt, subclass)	  kernel_tree_lock(&(mt)->ma_lock)
#define mtree_unlock(mt)		  kernel_tree_unlock(&(mt)->ma_lock)
#define mas_lock(mas)			  kernel_tree_lock(&(mas)->tree->ma_lock)
#define mas_lock_irqsave(mas, flags)	  ((void)(flags), kernel_tree_lock(&(mas)->tree->ma_lock))
#define mas_lock_nested(mas, subclass)	  kernel_tree_lock(&(mas)->tree->ma_lock)
#define mas_unlock(mas)			  kernel_tree_unlock(&(mas)->tree->ma_lock)
#define mas_unlock_irqrestore(mas, flags) ((void)(flags), kernel_tree_unlock(&(mas)->tree->ma_lock))

#undef spin_lock_init
#undef spin_lock
#undef spin_lock_nested
#undef spin_lock_bh
#undef spin_lock_irq
#undef spin_lock_irqsave
#undef spin_unlock
#undef spin_unlock_bh
#undef spin_unlock_irq
#undef spin_unlock_irqrestore

#endif
