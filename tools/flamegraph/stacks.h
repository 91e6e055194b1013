/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set of stacks with their weights, and the tree they make.
 *
 * The tree is never built: stacks that are sorted by their frames are its depth-first walk, and
 * a walk remembers only one path. So a million stacks that have nothing in common cost
 * four bytes for each frame and no more.
 */
#ifndef FLAMEGRAPH_STACKS_H
#define FLAMEGRAPH_STACKS_H

#include "names.h"

/* The largest sum that all weights of a side may have. */
#define WEIGHT_MAX (UINT64_C(1) << 63)

struct stack {
	uint64_t at; /* where its frames begin in @frames, the root first */
	uint32_t depth, hash;
	uint64_t weight[2]; /* two sides for a comparison; else the first */
};

/* All zero is an empty set. */
struct stacks {
	struct names names;
	uint32_t *frames;
	size_t nr_frames, frames_room;
	struct stack *stacks;
	size_t nr, room;
	uint32_t *table; /* number of the stack plus 1, found by its hash */
	size_t places;
	uint32_t *order; /* numbers of the stacks, sorted */
	uint64_t total[2];
};

enum stacks_order {
	STACKS_BY_LINE,	 /* as their folded lines sort by bytes */
	STACKS_BY_FRAME, /* stacks that share their first frames stand together */
};

/* One node of the tree: a function as called on one path. */
struct node {
	uint32_t name;
	uint32_t depth;	   /* 0 for the first frame */
	uint64_t start[2]; /* weight of all that stands before it */
	uint64_t total[2]; /* its own and that of all above it; known when it is closed */
	uint64_t self[2];
};

/* Functions for each node: a caller comes before its callees, and callees in order of name. */
struct visitor {
	int (*open)(void *context, const struct node *node);  /* 0 or -errno, which ends the walk */
	int (*close)(void *context, const struct node *node); /* the same; the callee first */
	void *context;
};

/**
 * stacks_add() - Add to the weight of a stack.
 * @s: the set; not sorted yet.
 * @frames: numbers of names in @s->names, the root first.
 * @depth: how many, at least 1.
 * @side: 0 or 1.
 * @weight: how much.
 *
 * Context: Any.
 * Return: 0; -ENOMEM; -ERANGE if the weights of the side add up to more than WEIGHT_MAX; -E2BIG
 * past 2^31 stacks or frames of one stack. The set is as it was then.
 */
int stacks_add(struct stacks *s, const uint32_t *frames, size_t depth, int side, uint64_t weight);

/**
 * stacks_sort() - Put the stacks in order.
 * @s: the set; @s->order says the order afterwards, and nothing may be added any more.
 * @order: which order. A name with ';' behind it is what is compared, byte for byte; in
 *	STACKS_BY_LINE the last one has a space behind it.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int stacks_sort(struct stacks *s, enum stacks_order order);

/**
 * stacks_walk() - Visit each node of the tree.
 * @s: a set sorted STACKS_BY_FRAME.
 * @v: the visitor.
 *
 * Context: Any.
 * Return: 0; -ENOMEM; what the visitor returned.
 */
int stacks_walk(const struct stacks *s, const struct visitor *v);

/**
 * stacks_free() - Free a set of stacks.
 * @s: the set; empty afterwards.
 *
 * Context: Any.
 */
void stacks_free(struct stacks *s);

#endif
