/* SPDX-License-Identifier: GPL-2.0-only */
/* Our tree under the name that the kernel's tests include, and the names that they also expect. */
#ifndef UMAPLE_CONFORMANCE_MAPLE_TREE_H
#define UMAPLE_CONFORMANCE_MAPLE_TREE_H

#define XA_ZERO_ENTRY ((void *)(257UL << 2 | 2)) /* <linux/module.h> brings the functions */

#define CONFIG_64BIT
#define CONFIG_DEBUG_MAPLE_TREE
#include <maple_tree.h> /* with quotes this file would include itself */
#include "base/port.h"

/* Used by a function that is never called. */
#define MAPLE_NODE_SLOTS 31
struct maple_node {
	void *parent;
	void *slot[MAPLE_NODE_SLOTS];
};

typedef struct {
	int counter;
} atomic_t;
#define atomic_read(v) ((unsigned int)__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED))
extern atomic_t maple_tree_tests_run, maple_tree_tests_passed;

#define BUG_ON(condition) PORT_BUG_ON(condition)

/* tree_maple.c knows the checks of the kernel's geometry by the text of their condition. */
void tree_check(const struct maple_tree *mt, bool failed, const char *function,
		const char *condition);
#undef MT_BUG_ON
#undef MAS_BUG_ON
#define MT_BUG_ON(mt, cond)   tree_check((mt), (cond), __func__, #cond)
#define MAS_BUG_ON(mas, cond) tree_check((mas)->tree, (cond), __func__, #cond)

#endif
