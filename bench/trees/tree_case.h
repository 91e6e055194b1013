/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case of maplebench: one operation on one engine's tree of one size, with or without the flags of
 * an mm's tree (gaps tracked, readers under RCU).
 */
#ifndef UMAPLE_TREE_CASE_H
#define UMAPLE_TREE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/gbench.h"
#include "tree_bench.h"

enum tree_op {
	LOOKUP,
	LOOKUP_DEP,
	LOOKUP_BATCH,
	ITER_FWD,
	ITER_REV,
	BUILD_ASC,
	BUILD_RAND,
	CHURN,
	SPLIT,
	OVERWRITE,
	GAP_FWD, /* these three: vma only */
	GAP_REV,
	RCU_READ,
	REPLAY, /* this and what follows: recorded operations, in one size */
	REPLAY_PREALLOC,
	NR_TREE_OPS,
};

#define NR_TREE_SIZES	 6
#define TREE_ENGINES_MAX 16 /* the kernels' first, ours last */

extern const char *const tree_op_names[NR_TREE_OPS];
extern const size_t tree_sizes[NR_TREE_SIZES]; /* in ranges, rising */

struct tree_case {
	const struct tree_bench *engine;
	unsigned int engine_id; /* from 0 */
	enum tree_op op;
	bool vma;
	unsigned int size; /* index of tree_sizes[]; 0 if the operations are recorded */
	char name[64];	   /* <op>/<engine>/<plain|vma>/<N> */

	/* Filled by tree_case_run(). */
	double pass_ns; /* wall time of a pass */
	double rest_ns; /* wall time of the work before and after, done once */
	/* Of a build: node bytes for each range, with gaps between ranges and with none. */
	double bytes_gaps, bytes_packed;
};

/**
 * tree_cases() - All cases.
 * @nr: receives their number.
 *
 * The engines of one operation, flag set and size stand together.
 *
 * Context: One thread.
 * Return: The cases, always the same array.
 */
struct tree_case *tree_cases(size_t *nr);

/* The number of engines in this program. */
size_t tree_engines(void);

/* The name of an engine, from 0. */
const char *tree_engine_name(size_t engine);

static inline bool tree_op_recorded(enum tree_op op)
{
	return op >= REPLAY;
}

/* How many ranges the case's tree has, or how many operations are recorded. */
size_t tree_case_size(const struct tree_case *c);

/**
 * tree_case_ops() - Count the operations in one pass of a case.
 * @c: the case.
 *
 * Context: Any.
 * Return: Their number.
 */
int64_t tree_case_ops(const struct tree_case *c);

/**
 * tree_case_run() - The body of a benchmark; one iteration is one operation.
 * @state: of the benchmark.
 * @c: the case.
 * @passes: the number of passes between two looks at the clock.
 *
 * Trees that an operation leaves unchanged are made at the first call and kept. Random ranges are
 * drawn once, and each call goes on where the last one ended. Afterwards no callback is under way;
 * up to 63 dead nodes of the kernel's tree, and a list of ours, have not been handed over yet.
 *
 * Context: A thread that is registered with RCU, one at a time.
 */
void tree_case_run(struct gbench_state *state, struct tree_case *c, int64_t passes);

#endif
