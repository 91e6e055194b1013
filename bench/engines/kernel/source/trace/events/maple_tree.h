/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace point that is switched off costs the kernel a no-op instruction; here it is nothing. */
#ifndef UMAPLE_SOURCE_TRACE_MAPLE_TREE_H
#define UMAPLE_SOURCE_TRACE_MAPLE_TREE_H

#define tracepoint_string(string) (string)

#define trace_ma_op(...)    ((void)0)
#define trace_ma_read(...)  ((void)0)
#define trace_ma_write(...) ((void)0)

#endif
