// SPDX-License-Identifier: GPL-2.0-only
/*
 * torture-recorded [EVERY]: the operations that kernel developers recorded from programs, or one
 * set of them in EVERY, on our tree, on the kernels', and on a sorted array, through plain stores
 * and through the reserve as mm stores.
 * After each, the trees agree on their content, upward or downward, on the ranges at the borders of
 * the operation, and on the gaps around it; and ours is valid. Exit status 0 if all agreed, 1 if
 * not, 77 if this build has no recorded operations.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/port.h"
#include "differ.h"
#include "maple_tree.h"
#include "model.h"
#include "recorded.h"

extern const struct tree_ops maple_ops;
/* The build says which: -DKERNEL_TREES=TREE(kernel_ops_kernel)... */
#ifndef KERNEL_TREES
#define KERNEL_TREES
#endif
#define TREE(symbol) extern const struct tree_ops symbol;
KERNEL_TREES
#undef TREE
#define TREE(symbol) &symbol,

static const struct tree_ops *const trees[] = {
	&maple_ops,
	&model_ops,
	KERNEL_TREES NULL,
};

#define CHECKS 8 /* operations that follow each recorded one, at most */

static struct op *look_at(struct op *op, unsigned long index)
{
	*op++ = (struct op){.kind = OP_SET, .a = index, .b = index};
	*op++ = (struct op){.kind = OP_WALK};
	return op;
}

static struct op *add_checks(struct op *op, const struct recorded_op *r, bool gaps)
{
	op = look_at(op, r->first);
	if (r->first)
		op = look_at(op, r->first - 1);
	if (r->last < ULONG_MAX)
		op = look_at(op, r->last + 1);
	if (gaps) {
		unsigned long top = r->last < ULONG_MAX - 0x100000 ? r->last + 0x100000
								   : ULONG_MAX - 1;

		*op++ = (struct op){OP_EMPTY_AREA, r->first, ULONG_MAX - 1, 0x3000, NULL};
		*op++ = (struct op){OP_EMPTY_AREA_REV, 0x1000, top, 0x3000, NULL};
	}
	return op;
}

static struct op recorded(const struct recorded_op *r, size_t i, bool prealloc)
{
	void *entry = r->kind == RECORDED_STORE ? (void *)(i << 3 | 1) : NULL;

	if (r->kind == RECORDED_ERASE)
		return (struct op){.kind = prealloc ? OP_MAS_ERASE : OP_ERASE, .a = r->first};
	return (struct op){prealloc ? OP_MAS_PREALLOC : OP_STORE_RANGE, r->first, r->last, 0,
			   entry};
}

static bool run_set(size_t set, unsigned int flags, bool prealloc)
{
	size_t from = set ? recorded_end[set - 1] : 0, n = recorded_end[set] - from;
	struct op *ops = calloc(n * (1 + CHECKS), sizeof(*ops)), *end = ops;
	struct sequence seq = {.flags = flags, .ops = ops};
	char why[512];
	long bad;

	if (!ops)
		abort();
	for (size_t i = 0; i < n; i++) {
		*end++ = recorded(&recorded_ops[from + i], i, prealloc);
		end = add_checks(end, &recorded_ops[from + i], flags & MT_FLAGS_ALLOC_RANGE);
	}
	seq.n = (size_t)(end - ops);
	bad = sequence_run(&seq, trees, why, sizeof(why));
	if (bad >= 0)
		printf("not ok - set %zu, flags %u, %s stores, operation %ld, %s: %s\n", set + 1,
		       flags, prealloc ? "prepared" : "plain", bad, op_names[ops[bad].kind], why);
	free(ops);
	return bad < 0;
}

int main(int argc, char **argv)
{
	static const unsigned int flag_sets[] = {0, MT_FLAGS_ALLOC_RANGE,
						 MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU};
	size_t every = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, sets = 0;
	bool good = true;

	if (argc > 2 || !every) {
		fprintf(stderr, "usage: torture-recorded [EVERY]\n");
		return 2;
	}

	if (!recorded_sets) {
		printf("the configured kernel source has no tools/testing/radix-tree/maple.c\n");
		return 77;
	}
	rcu_register_thread();
	for (size_t set = 0; set < recorded_sets; set += every, sets++) {
		for (size_t f = 0; f < 3; f++) {
			good &= run_set(set, flag_sets[f], false);
			good &= run_set(set, flag_sets[f], true);
		}
	}
	rcu_unregister_thread();
	if (good)
		printf("%zu of %zu sets, %zu times each: no difference\n", sets, recorded_sets,
		       2 * sizeof(flag_sets) / sizeof(flag_sets[0]));
	return good ? 0 : 1;
}
