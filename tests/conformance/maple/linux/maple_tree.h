/* SPDX-License-Identifier: GPL-2.0-only */
/* Our tree under the name the kernel's tests include it by, and what else they expect of it. */
#ifndef UMAPLE_CONFORMANCE_MAPLE_TREE_H
#define UMAPLE_CONFORMANCE_MAPLE_TREE_H

#define XA_ZERO_ENTRY ((void *)(257UL << 2 | 2)) /* <linux/module.h> brings the functions */

#define CONFIG_64BIT
#define CONFIG_DEBUG_MAPLE_TREE
#include <maple_tree.h> /* not this file, which quotes would find first */
#include "base/port.h"

/* Looked at by a function that nobody calls. */
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

/* With the text of the condition, by which tree_maple.c knows the checks of the kernel's geometry. */
void tree_check(const struct maple_tree *mt, bool failed, const char *function,
		const char *condition);
#undef MT_BUG_ON
#undef MAS_BUG_ON
#define MT_BUG_ON(mt, cond)   tree_check((mt), (cond), __func__, #cond)
#define MAS_BUG_ON(mas, cond) tree_check((mas)->tree, (cond), __func__, #cond)

#endif
