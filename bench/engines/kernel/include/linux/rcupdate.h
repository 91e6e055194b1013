/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU is liburcu behind the port. In release builds rcu_dereference*() is one load that the
 * compiler may not repeat; with CONFIG_LOCKDEP it first asserts that the caller is allowed to
 * load, because it holds the lock or is in a read section.
 */
#ifndef UMAPLE_LINUX_RCUPDATE_H
#define UMAPLE_LINUX_RCUPDATE_H

#include <linux/kernel.h>
#include <linux/lockdep.h>

#include "base/port.h"

#undef rcu_assign_pointer
#undef rcu_dereference
#define rcu_assign_pointer(p, v) port_publish(p, v)

#ifdef CONFIG_LOCKDEP
/* Ends the program, unless kernel_tree_keep_going(). */
void kernel_tree_unguarded(const char *what, const char *file, int line) __attribute__((cold));

#define rcu_dereference_check(p, allowed)                              \
	({                                                             \
		if (!(allowed) && !rcu_read_ongoing())                 \
			kernel_tree_unguarded(#p, __FILE__, __LINE__); \
		port_dereference(p);                                   \
	})
#define rcu_dereference_protected(p, allowed)                          \
	({                                                             \
		if (!(allowed))                                        \
			kernel_tree_unguarded(#p, __FILE__, __LINE__); \
		(p);                                                   \
	})
#else
#define rcu_dereference_check(p, allowed)     port_dereference(p)
#define rcu_dereference_protected(p, allowed) (p)
#endif
#define rcu_dereference(p)     rcu_dereference_check(p, 0)
#define rcu_dereference_raw(p) port_dereference(p)

#endif
