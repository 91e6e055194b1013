// SPDX-License-Identifier: GPL-2.0-only
#include "stacks.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sort.h"

#define FIRST_PLACES 1024
#define MOST_STACKS  (1U << 31)

static int stacks_rehash(struct stacks *s)
{
	size_t places = s->places ? s->places * 2 : FIRST_PLACES, place, i;
	uint32_t *table = calloc(places, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (i = 0; i < s->nr; i++) {
		place = s->stacks[i].hash & (places - 1);
		while (table[place])
			place = (place + 1) & (places - 1);
		table[place] = (uint32_t)i + 1;
	}
	free(s->table);
	s->table = table;
	s->places = places;
	return 0;
}

static int stacks_append(struct stacks *s, const uint32_t *frames, size_t depth, uint32_t hash)
{
	if (s->nr == MOST_STACKS || depth > MOST_STACKS)
		return -E2BIG;
	if (grow(&s->frames, &s->frames_room, s->nr_frames + depth, sizeof(*s->frames)) ||
	    grow(&s->stacks, &s->room, s->nr + 1, sizeof(*s->stacks)))
		return -ENOMEM;
	memcpy(s->frames + s->nr_frames, frames, depth * sizeof(*frames));
	s->stacks[s->nr++] =
		(struct stack){.at = s->nr_frames, .depth = (uint32_t)depth, .hash = hash};
	s->nr_frames += depth;
	return 0;
}

int stacks_add(struct stacks *s, const uint32_t *frames, size_t depth, int side, uint64_t weight)
{
	uint32_t hash = hash_bytes(frames, depth * sizeof(*frames)), found;
	struct stack *stack;
	size_t place;
	int err;

	if (weight > WEIGHT_MAX - s->total[side])
		return -ERANGE;
	if (s->nr >= s->places / 2 && stacks_rehash(s))
		return -ENOMEM;
	for (place = hash & (s->places - 1); (found = s->table[place]);
	     place = (place + 1) & (s->places - 1)) {
		stack = &s->stacks[found - 1];
		if (stack->hash == hash && stack->depth == depth &&
		    !memcmp(s->frames + stack->at, frames, depth * sizeof(*frames)))
			break;
	}
	if (!found) {
		err = stacks_append(s, frames, depth, hash);
		if (err)
			return err;
		found = s->table[place] = (uint32_t)s->nr;
	}
	s->stacks[found - 1].weight[side] += weight;
	s->total[side] += weight;
	return 0;
}

/* Names are compared together with what stands behind them in a folded line. An item is twice the
 * number of the name, plus 1 for the name at the end of its stack. */
static uint64_t name_key(const void *context, uint32_t item, size_t depth)
{
	struct text t = names_text(context, item / 2);
	uint64_t word = 0;
	size_t at = depth * 8;

	if (at > t.len)
		return 0;
	memcpy(&word, t.at + at, t.len - at < 8 ? t.len - at : 8);
	if (t.len - at < 8)
		((char *)&word)[t.len - at] = item & 1 ? ' ' : ';';
	return be64toh(word);
}

/* The place of each name among all, from 1, by the item of name_key(). */
static uint32_t *rank_names(const struct names *names)
{
	size_t nr = names->nr * 2, i;
	struct sort_item *items = malloc(nr * sizeof(*items));
	uint32_t *ranks = malloc(nr * sizeof(*ranks));

	if (items && ranks) {
		for (i = 0; i < nr; i++)
			items[i].item = (uint32_t)i;
		sort_sequences(items, nr, name_key, names);
		for (i = 0; i < nr; i++)
			ranks[items[i].item] = (uint32_t)i + 1;
		free(items);
		return ranks;
	}
	free(items);
	free(ranks);
	return NULL;
}

struct stack_keys {
	const struct stacks *s;
	const uint32_t *ranks;
	enum stacks_order order;
};

static uint64_t stack_key(const void *context, uint32_t item, size_t depth)
{
	const struct stack_keys *k = context;
	const struct stack *stack = &k->s->stacks[item];
	const uint32_t *frames = k->s->frames + stack->at;
	size_t at = depth * 2, last = stack->depth - 1;
	uint64_t key;

	if (at > last)
		return 0;
	key = (uint64_t)k->ranks[frames[at] * 2 + (at == last && k->order == STACKS_BY_LINE)] << 32;
	if (at < last)
		key |= k->ranks[frames[at + 1] * 2 + (at + 1 == last && k->order == STACKS_BY_LINE)];
	return key;
}

int stacks_sort(struct stacks *s, enum stacks_order order)
{
	struct stack_keys keys = {s, rank_names(&s->names), order};
	struct sort_item *items = malloc((s->nr + 1) * sizeof(*items));
	size_t i;

	if (!s->order) /* sorted another way before, it is as long as it has to be */
		s->order = malloc((s->nr + 1) * sizeof(*s->order));
	if (keys.ranks && items && s->order) {
		for (i = 0; i < s->nr; i++)
			items[i].item = (uint32_t)i;
		sort_sequences(items, s->nr, stack_key, &keys);
		for (i = 0; i < s->nr; i++)
			s->order[i] = items[i].item;
		free(items);
		free((void *)keys.ranks);
		return 0;
	}
	free(s->order);
	s->order = NULL;
	free(items);
	free((void *)keys.ranks);
	return -ENOMEM;
}

/* The path the walk is on. */
struct path {
	struct node *nodes;
	size_t depth, room;
};

static int path_close(struct path *path, size_t depth, const struct visitor *v)
{
	int err = 0;

	while (path->depth > depth && !err) {
		struct node *node = &path->nodes[--path->depth];

		if (path->depth) {
			node[-1].total[0] += node->total[0];
			node[-1].total[1] += node->total[1];
		}
		err = v->close(v->context, node);
	}
	return err;
}

static int path_open(struct path *path, uint32_t name, const uint64_t done[2],
		     const struct visitor *v)
{
	struct node *node;

	if (grow(&path->nodes, &path->room, path->depth + 1, sizeof(*path->nodes)))
		return -ENOMEM;
	node = &path->nodes[path->depth];
	*node = (struct node){
		.name = name, .depth = (uint32_t)path->depth, .start = {done[0], done[1]}};
	path->depth++;
	return v->open(v->context, node);
}

int stacks_walk(const struct stacks *s, const struct visitor *v)
{
	uint64_t done[2] = {0, 0};
	struct path path = {0};
	size_t i, shared;
	int err = 0, side;

	for (i = 0; i < s->nr && !err; i++) {
		const struct stack *stack = &s->stacks[s->order[i]];
		const uint32_t *frames = s->frames + stack->at;

		for (shared = 0; shared < path.depth && shared < stack->depth &&
				 path.nodes[shared].name == frames[shared];)
			shared++;
		err = path_close(&path, shared, v);
		while (!err && path.depth < stack->depth)
			err = path_open(&path, frames[path.depth], done, v);
		for (side = 0; side < 2 && !err; side++) {
			path.nodes[path.depth - 1].self[side] += stack->weight[side];
			path.nodes[path.depth - 1].total[side] += stack->weight[side];
			done[side] += stack->weight[side];
		}
	}
	if (!err)
		err = path_close(&path, 0, v);
	free(path.nodes);
	return err;
}

void stacks_free(struct stacks *s)
{
	names_free(&s->names);
	free(s->frames);
	free(s->stacks);
	free(s->table);
	free(s->order);
	*s = (struct stacks){0};
}
