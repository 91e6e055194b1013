/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tree as a table of operations. Each tree under test has a table, compiled from one source
 * (tree_driver.c) with its own header, and the sorted array has one too. The same operation must
 * have the same outcome in all of them.
 */
#ifndef UMAPLE_TEST_OPS_H
#define UMAPLE_TEST_OPS_H

#include <stdbool.h>
#include <stddef.h>

enum op_kind {
	OP_LOAD,
	OP_STORE_RANGE,
	OP_INSERT_RANGE,
	OP_ERASE,
	OP_ALLOC_RANGE,
	OP_ALLOC_RRANGE,
	OP_ALLOC_CYCLIC,
	OP_DUP,
	OP_DESTROY,
	OP_FIND,
	OP_FIND_AFTER,
	OP_MT_NEXT,
	OP_MT_PREV,
	OP_SET,
	OP_WALK,
	OP_MAS_STORE,
	OP_MAS_STORE_GFP,
	OP_MAS_PREALLOC,
	OP_MAS_ERASE,
	OP_MAS_FIND,
	OP_MAS_FIND_RANGE,
	OP_MAS_FIND_REV,
	OP_MAS_FIND_RANGE_REV,
	OP_MAS_NEXT,
	OP_MAS_NEXT_RANGE,
	OP_MAS_PREV,
	OP_MAS_PREV_RANGE,
	OP_PAUSE,
	OP_EMPTY_AREA,
	OP_EMPTY_AREA_REV,
	OP_MAS_ALLOC_CYCLIC,
	OP_EXPECTED,
	OP_RCU,
	OP_BATCH,
	NR_OPS,
};

extern const char *const op_names[NR_OPS];

/* The meaning of a, b and c depends on the operation; see tree_driver.c. */
struct op {
	enum op_kind kind;
	unsigned long a, b, c;
	void *entry;
};

struct outcome {
	void *entry;
	long ret;
	unsigned long index, last, where;
	int status; /* enum maple_status, the same in all trees */
	bool has_cursor;
};

struct range {
	unsigned long first, last;
	void *entry;
};

struct tree_ops {
	const char *name;
	void *(*create)(unsigned int flags);
	void (*destroy)(void *tree);
	void (*run)(void *tree, const struct op *op, struct outcome *out);
	/* All entries in order; at most @room of them. Returns how many there are. */
	size_t (*content)(void *tree, struct range *ranges, size_t room);
	/* The same from the top, in falling order. */
	size_t (*content_rev)(void *tree, struct range *ranges, size_t room);
	void (*validate)(void *tree);
};

#endif
