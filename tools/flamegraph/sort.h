/* SPDX-License-Identifier: GPL-2.0-only */
/* Sort things that are sequences of words: names eight bytes at a time, stacks two frames. */
#ifndef FLAMEGRAPH_SORT_H
#define FLAMEGRAPH_SORT_H

#include <stddef.h>
#include <stdint.h>

struct sort_item {
	uint64_t key; /* the word that is compared now; the sort's own */
	uint32_t item;
};

/**
 * typedef sort_key - Word number @depth, from 0, of @item; 0 past its end and never before it.
 */
typedef uint64_t sort_key(const void *context, uint32_t item, size_t depth);

/**
 * sort_sequences() - Put items in the order of their words.
 * @items: what to sort; @key of each need not be set.
 * @nr: how many.
 * @key: gives their words.
 * @context: is handed to @key.
 *
 * A sequence stands before those that it is the beginning of. Looks at each word as often as a
 * comparison needs it, about log2(@nr) times for the first, and needs no memory of its own. Items
 * that are equal end up in any order.
 *
 * Context: Any.
 */
void sort_sequences(struct sort_item *items, size_t nr, sort_key *key, const void *context);

#endif
