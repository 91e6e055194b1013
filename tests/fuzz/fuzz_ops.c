// SPDX-License-Identifier: GPL-2.0-only
/*
 * A libFuzzer target: bytes become operations on our tree and on the sorted array, and the two
 * must agree. Eight bytes make one operation: kind, entry, and three numbers of two bytes whose
 * highest bits choose where in the index space they lie.
 */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "differ.h"
#include "model.h"
#include "base/port.h"

extern const struct tree_ops maple_ops;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long number(const uint8_t *data)
{
	unsigned long n = data[0] | (data[1] & 0x1ful) << 8;

	switch (data[1] >> 5) {
	case 0:
	case 1:
		return n & 0xff;
	case 2:
		return n << 12;
	case 3:
		return ULONG_MAX - n;
	case 4:
		return n << 50;
	default:
		return n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tree_ops *const trees[] = {&maple_ops, &model_ops, NULL};
	static struct op ops[256];
	struct sequence seq = {0, 0, ops};
	char why[512];

	if (!size)
		return 0;
	rcu_register_thread();
	seq.flags = data[0] & 3;
	for (data++, size--; size >= 8 && seq.n < 256; data += 8, size -= 8) {
		struct op *op = &ops[seq.n++];

		op->kind = data[0] % NR_OPS;
		op->entry = data[1] < 64 ? NULL : (void *)((unsigned long)data[1] << 4 | 0x100000);
		op->a = number(data + 2);
		op->b = number(data + 4);
		op->c = number(data + 6);
		if (op->kind == OP_EXPECTED) {
			op->a = op->a % 300 + 1;
			op->b %= 100;
			op->c %= 100;
		}
		if (!op->entry && (op->kind == OP_ALLOC_RANGE || op->kind == OP_ALLOC_RRANGE ||
				   op->kind == OP_ALLOC_CYCLIC || op->kind == OP_MAS_ALLOC_CYCLIC))
			op->kind = OP_ERASE; /* a place for nothing has no meaning */
		if (op->kind >= OP_MAS_STORE && op->kind <= OP_MAS_PREALLOC && op->a > op->b)
			op->kind = OP_STORE_RANGE; /* an error there, and a warning in the kernel */
	}
	if (sequence_run(&seq, trees, why, sizeof(why)) >= 0) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
	rcu_unregister_thread();
	return 0;
}
