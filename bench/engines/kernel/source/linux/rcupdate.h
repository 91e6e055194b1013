/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree's own read sections go through the port, its reclaim through a list of dead nodes for
 * each thread: see runtime.c.
 */
#ifndef UMAPLE_SOURCE_RCUPDATE_H
#define UMAPLE_SOURCE_RCUPDATE_H

#include_next <linux/rcupdate.h>

#undef rcu_read_lock
#undef rcu_read_unlock
#undef call_rcu
#define rcu_read_lock()	  port_rcu_read_lock()
#define rcu_read_unlock() port_rcu_read_unlock()
#undef RCU_INIT_POINTER
/* A pointer that no reader sees yet, or one whose target every reader knows. */
#define RCU_INIT_POINTER(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELAXED)

void kernel_tree_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head),
			  bool may_wait);
/* @offset: where the object has its rcu_head. */
void kernel_tree_kfree_rcu(void *object, size_t offset);
/*
 * Freeing a single node may wait in the list; freeing the nodes below it too may not. The function is
 * told by its name, since it may be declared further down.
 */
#define call_rcu(head, func) kernel_tree_call_rcu(head, func, strcmp(#func, "mt_free_walk") != 0)
#define kfree_rcu(object, field) \
	kernel_tree_kfree_rcu(object, offsetof(__typeof__(*(object)), field))

#endif
