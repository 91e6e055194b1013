/* SPDX-License-Identifier: GPL-2.0-only */
/* More names, for lib/maple_tree.c alone: they could collide with names anywhere else. */
#ifndef UMAPLE_SOURCE_KERNEL_H
#define UMAPLE_SOURCE_KERNEL_H

#include_next <linux/kernel.h>

#include <string.h>

#define __init
#define __maybe_unused __attribute__((unused))
#define __must_hold(lock)
#define __acquires(lock)
#define __releases(lock)
#define noinline	   __attribute__((noinline))
#define noinline_for_stack noinline
#define fallthrough	   __attribute__((fallthrough))

#define READ_ONCE(x)	 port_read_once(x)
#define WRITE_ONCE(x, v) port_write_once(x, v)
#define data_race(expr)	 (expr)

#define min(a, b)                                  \
	({                                         \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define max(a, b)                                  \
	({                                         \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define swap(a, b)                         \
	do {                               \
		__typeof__(a) swap_ = (a); \
		(a) = (b);                 \
		(b) = swap_;               \
	} while (0)

#ifndef container_of
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#endif
#define BIT(n)		   (1UL << (n))
#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define U8_MAX		   UINT8_MAX
#define might_alloc(gfp)   ((void)(gfp))

#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

#define pr_err(...)   kernel_tree_print(__VA_ARGS__)
#define pr_warn(...)  kernel_tree_print(__VA_ARGS__)
#define pr_cont(...)  kernel_tree_print(__VA_ARGS__)
#define pr_debug(...) ((void)0)
#ifndef pr_info
#define pr_info(...) kernel_tree_print(__VA_ARGS__)
#endif

#endif
