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
void kernel_tree_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head),
			  bool may_wait);
/* Freeing a single node may wait in the list; freeing the nodes below it too may not. */
#define call_rcu(head, func) kernel_tree_call_rcu(head, func, (func) == mt_free_rcu)

#endif
