/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on maple trees that kernel developers recorded from programs, from the sources of the first
 * kernel of this build. Each set begins with an empty tree.
 */
#ifndef UMAPLE_RECORDED_H
#define UMAPLE_RECORDED_H

#include <stddef.h>

enum recorded_kind {
	RECORDED_STORE, /* an entry over the range */
	RECORDED_CLEAR, /* NULL over the range */
	RECORDED_ERASE, /* what covers the first index */
};

struct recorded_op {
	enum recorded_kind kind;
	unsigned long first, last; /* inclusive */
};

extern const size_t recorded_sets;  /* 0: this build has none */
extern const size_t recorded_end[]; /* of each set, in recorded_ops[]: first index behind it */
extern const struct recorded_op recorded_ops[];

/* All operations of all sets. */
static inline size_t recorded_total(void)
{
	return recorded_sets ? recorded_end[recorded_sets - 1] : 0;
}

#endif
