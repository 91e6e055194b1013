/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree of a set of stacks as boxes: those that are wide enough to be seen. */
#ifndef FLAMEGRAPH_BOXES_H
#define FLAMEGRAPH_BOXES_H

#include "stacks.h"

struct box {
	uint64_t start[2], total[2], self[2]; /* as in struct node */
	uint32_t name;			      /* not of the first box, which holds all */
	uint32_t depth;			      /* 0 for the first box */
	size_t parent;			      /* number of the box below it; 0 for the first */
};

/* Boxes in the order of the walk: a caller before its callees. */
struct boxes {
	struct box *boxes;
	size_t nr, room;
	struct box *lost; /* of no width on this side, or too little though wide on the other one */
	size_t nr_lost, lost_room;
	uint32_t depth;		/* of the highest box */
	int side;		/* whose weights are widths */
	uint64_t narrow;	/* how many were too narrow */
	uint64_t narrow_weight; /* what they weigh on this side, without what they call */
};

/**
 * boxes_build() - Lay the tree out.
 * @b: filled; boxes_free() it also after an error.
 * @s: a set with a total of the side above 0; sorted by this.
 * @side: whose weights are widths.
 * @width: of the first box, in any unit.
 * @narrow: boxes narrower than this are left out; in the same unit.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int boxes_build(struct boxes *b, struct stacks *s, int side, uint64_t width, uint64_t narrow);

/**
 * boxes_free() - Free boxes.
 * @b: the boxes.
 *
 * Context: Any.
 */
void boxes_free(struct boxes *b);

/**
 * scaled() - @part of @whole, when the whole is @size, rounded to the nearest.
 * @part: up to 2^63.
 * @whole: up to 2^63, not 0.
 * @size: what @whole becomes.
 *
 * Context: Any.
 * Return: the result, exact.
 */
static inline uint64_t scaled(uint64_t part, uint64_t whole, uint64_t size)
{
	return (uint64_t)(((unsigned __int128)part * size + whole / 2) / whole);
}

#endif
