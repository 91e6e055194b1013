/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that the inline functions and macros of <linux/maple_tree.h> need where they are used.
 * Every includer of the tree sees these names, so there are few of them, and those that another
 * header has defined already stay as they are.
 */
#ifndef UMAPLE_LINUX_KERNEL_H
#define UMAPLE_LINUX_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <string.h>

#include_next <linux/kernel.h>
#include <linux/types.h>

#include "base/port.h"

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __must_check
#define __must_check __attribute__((warn_unused_result))
#endif

#ifndef BUG_ON
#define BUG_ON(condition) PORT_BUG_ON(condition)
#endif

/* In debug builds a warning ends the program, so that a test cannot overlook it. */
void kernel_tree_warn(const char *condition, const char *file, int line, bool *said)
	__attribute__((cold));

#ifndef WARN_ON
#define WARN_ON(condition)                                                      \
	({                                                                      \
		bool warn_on_ = !!(condition);                                  \
                                                                                \
		if (unlikely(warn_on_))                                         \
			kernel_tree_warn(#condition, __FILE__, __LINE__, NULL); \
		unlikely(warn_on_);                                             \
	})
#endif
#ifndef WARN_ON_ONCE
#define WARN_ON_ONCE(condition)                                                        \
	({                                                                             \
		static bool warn_said_;                                                \
		bool warn_on_ = !!(condition);                                         \
                                                                                       \
		if (unlikely(warn_on_))                                                \
			kernel_tree_warn(#condition, __FILE__, __LINE__, &warn_said_); \
		unlikely(warn_on_);                                                    \
	})
#endif

/* Messages of the validating build (CONFIG_DEBUG_MAPLE_TREE); all go to stderr. */
void kernel_tree_print(const char *format, ...) __attribute__((cold, format(printf, 1, 2)));
/* A failed check of the validating build ends here. */
void kernel_tree_dump_stack(void) __attribute__((cold));
#ifdef CONFIG_DEBUG_MAPLE_TREE
#ifndef pr_info
#define pr_info(...) kernel_tree_print(__VA_ARGS__)
#endif
#ifndef dump_stack
#define dump_stack() kernel_tree_dump_stack()
#endif
#endif

#endif
