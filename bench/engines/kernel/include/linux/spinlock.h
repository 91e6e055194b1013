/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock inside a tree: test-and-test-and-set, four bytes. Free, it costs one exchange to take
 * and one store to release. A waiter looks at the lock without writing to it, and gives its CPU
 * away now and then, because the holder may be a thread that has lost its own.
 *
 * There are no interrupts here: the irq variants are the plain ones.
 */
#ifndef UMAPLE_LINUX_SPINLOCK_H
#define UMAPLE_LINUX_SPINLOCK_H

#include <linux/lockdep.h>
#include <linux/types.h>

#include "base/port.h"

struct kernel_tree_lock {
	int locked;
	struct lockdep_map dep_map;
};

void kernel_tree_lock_wait(struct kernel_tree_lock *lock);

static inline void kernel_tree_lock(struct kernel_tree_lock *lock)
{
	if (port_unlikely(__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE)))
		kernel_tree_lock_wait(lock);
	lockdep_acquire(&lock->dep_map, false);
}

static inline void kernel_tree_unlock(struct kernel_tree_lock *lock)
{
	lockdep_release(&lock->dep_map);
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

static inline void kernel_tree_lock_init(struct kernel_tree_lock *lock)
{
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELAXED);
}

#define __SPIN_LOCK_UNLOCKED(name) \
	{                          \
		.locked = 0        \
	}

typedef struct kernel_tree_lock spinlock_t;

#define spin_lock_init(lock)		    kernel_tree_lock_init(lock)
#define spin_lock(lock)			    kernel_tree_lock(lock)
#define spin_lock_nested(lock, subclass)    kernel_tree_lock(lock)
#define spin_lock_bh(lock)		    kernel_tree_lock(lock)
#define spin_lock_irq(lock)		    kernel_tree_lock(lock)
#define spin_lock_irqsave(lock, flags)	    ((void)(flags), kernel_tree_lock(lock))
#define spin_unlock(lock)		    kernel_tree_unlock(lock)
#define spin_unlock_bh(lock)		    kernel_tree_unlock(lock)
#define spin_unlock_irq(lock)		    kernel_tree_unlock(lock)
#define spin_unlock_irqrestore(lock, flags) ((void)(flags), kernel_tree_unlock(lock))

#endif
