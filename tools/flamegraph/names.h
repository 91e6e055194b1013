/* SPDX-License-Identifier: GPL-2.0-only */
/* Each name once: frames are numbers from here on. */
#ifndef FLAMEGRAPH_NAMES_H
#define FLAMEGRAPH_NAMES_H

#include "text.h"

struct name {
	uint64_t at; /* where in @bytes */
	uint32_t len, hash;
};

/* All zero is an empty set. */
struct names {
	char *bytes;
	size_t used, size;
	struct name *names;
	size_t nr, room;
	uint32_t *table; /* number of the name plus 1, found by its hash; 0 is a free place */
	size_t places;	 /* a power of two */
};

/**
 * names_intern() - The number of a name.
 * @n: the set.
 * @t: the name, without ';', line end and NUL.
 *
 * Equal names have equal numbers; numbers count up from 0.
 *
 * Context: Any.
 * Return: the number; -ENOMEM or, past 2^31 names or in a name of 4 GiB, -E2BIG.
 */
int64_t names_intern(struct names *n, struct text t);

/**
 * names_text() - The name of a number.
 * @n: the set.
 * @number: from names_intern().
 *
 * Context: Any.
 * Return: the text; valid until the next names_intern().
 */
static inline struct text names_text(const struct names *n, uint32_t number)
{
	return (struct text){n->bytes + n->names[number].at, n->names[number].len};
}

/**
 * hash_bytes() - A hash of some bytes.
 * @at: where.
 * @len: how many.
 *
 * The same on every machine.
 *
 * Context: Any.
 * Return: the hash.
 */
uint32_t hash_bytes(const void *at, size_t len);

/**
 * names_free() - Free a set of names.
 * @n: the set; empty afterwards.
 *
 * Context: Any.
 */
void names_free(struct names *n);

#endif
