// SPDX-License-Identifier: GPL-2.0-only
#include "boxes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	struct boxes *b;
	/* The numbers of the boxes and of the lost ones on the path: an entry of each depth. */
	struct mark {
		size_t box, lost;
	} * path;
	size_t depth, room;
	uint64_t width, narrow, total[2];
};

static int open_box(void *context, const struct node *node)
{
	struct builder *w = context;
	struct boxes *b = w->b;
	size_t parent = w->path[w->depth - 1].box;

	if (grow(&b->boxes, &b->room, b->nr + 1, sizeof(*b->boxes)) ||
	    grow(&w->path, &w->room, w->depth + 1, sizeof(*w->path)))
		return -ENOMEM;
	w->path[w->depth++] = (struct mark){b->nr, b->nr_lost};
	b->boxes[b->nr++] = (struct box){.start = {node->start[0], node->start[1]},
					 .name = node->name,
					 .depth = node->depth + 1,
					 .parent = parent};
	return 0;
}

/* Too narrow to be drawn if @side were the width; 0 is always. */
static bool is_narrow(const struct builder *w, const struct node *node, int side)
{
	return !node->total[side] || (unsigned __int128)node->total[side] * w->width <
					     (unsigned __int128)w->narrow * w->total[side];
}

/*
 * The callees of a narrow box are narrower still: they are gone by now, and the box is the last.
 * A line about the box covers its callees too.
 */
static int close_box(void *context, const struct node *node)
{
	struct builder *w = context;
	struct boxes *b = w->b;
	struct mark mark = w->path[--w->depth];
	struct box *box = &b->boxes[mark.box];

	memcpy(box->total, node->total, sizeof(box->total));
	memcpy(box->self, node->self, sizeof(box->self));
	if (is_narrow(w, node, b->side)) {
		bool none = !node->total[b->side];

		if (!none) {
			b->narrow++;
			b->narrow_weight += node->self[b->side];
		}
		b->nr_lost = mark.lost;
		if (none ? node->total[!b->side] : !is_narrow(w, node, !b->side)) {
			if (grow(&b->lost, &b->lost_room, b->nr_lost + 1, sizeof(*b->lost)))
				return -ENOMEM;
			b->lost[b->nr_lost++] = *box;
		}
		b->nr = mark.box;
	} else if (b->depth < box->depth) {
		b->depth = box->depth;
	}
	return 0;
}

int boxes_build(struct boxes *b, struct stacks *s, int side, uint64_t width, uint64_t narrow)
{
	struct builder w = {b, .width = width, .narrow = narrow,
			    .total = {s->total[0], s->total[1]}};
	const struct visitor visitor = {open_box, close_box, &w};
	int err;

	*b = (struct boxes){.side = side};
	err = stacks_sort(s, STACKS_BY_FRAME);
	if (!err)
		err = grow(&b->boxes, &b->room, 1, sizeof(*b->boxes));
	if (!err)
		err = grow(&w.path, &w.room, 1, sizeof(*w.path));
	if (!err) {
		b->boxes[b->nr++] = (struct box){.total = {s->total[0], s->total[1]}};
		w.path[w.depth++] = (struct mark){0};
		err = stacks_walk(s, &visitor);
	}
	free(w.path);
	return err;
}

void boxes_free(struct boxes *b)
{
	free(b->boxes);
	free(b->lost);
}
