// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PLACES 1024
#define MOST_NAMES   (1U << 31)

/* Both halves of a product: each bit of the word reaches each of the result. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint32_t hash_bytes(const void *at, size_t len)
{
	const char *from = at, *end = from + len;
	uint64_t hash = len ^ UINT64_C(0xc2b2ae3d27d4eb4f), word = 0;

	for (; end - from > 8; from += 8) {
		memcpy(&word, from, 8);
		hash = mix(hash, le64toh(word));
	}
	/* The last word may repeat bytes of the word before. */
	if (len >= 8) {
		memcpy(&word, end - 8, 8);
		word = le64toh(word);
	} else {
		for (word = 0; end > from;)
			word = word << 8 | (unsigned char)*--end;
	}
	hash = mix(hash, word);
	return (uint32_t)(hash ^ hash >> 32);
}

/* Double the table: chains stay short while at most half of the places are taken. */
static int names_rehash(struct names *n)
{
	size_t places = n->places ? n->places * 2 : FIRST_PLACES, place, i;
	uint32_t *table = calloc(places, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (i = 0; i < n->nr; i++) {
		place = n->names[i].hash & (places - 1);
		while (table[place])
			place = (place + 1) & (places - 1);
		table[place] = (uint32_t)i + 1;
	}
	free(n->table);
	n->table = table;
	n->places = places;
	return 0;
}

static int64_t names_append(struct names *n, struct text t, uint32_t hash)
{
	if (t.len > UINT32_MAX || n->nr == MOST_NAMES)
		return -E2BIG;
	if (grow(&n->bytes, &n->size, n->used + t.len, 1) ||
	    grow(&n->names, &n->room, n->nr + 1, sizeof(*n->names)))
		return -ENOMEM;
	memcpy(n->bytes + n->used, t.at, t.len);
	n->names[n->nr] = (struct name){n->used, (uint32_t)t.len, hash};
	n->used += t.len;
	return (int64_t)n->nr++;
}

int64_t names_intern(struct names *n, struct text t)
{
	uint32_t hash = hash_bytes(t.at, t.len), found;
	int64_t number;
	size_t place;

	if (n->nr >= n->places / 2 && names_rehash(n))
		return -ENOMEM;
	for (place = hash & (n->places - 1); (found = n->table[place]);
	     place = (place + 1) & (n->places - 1)) {
		const struct name *name = &n->names[found - 1];

		if (name->hash == hash && name->len == t.len &&
		    !memcmp(n->bytes + name->at, t.at, t.len))
			return found - 1;
	}
	number = names_append(n, t, hash);
	if (number >= 0)
		n->table[place] = (uint32_t)number + 1;
	return number;
}

void names_free(struct names *n)
{
	free(n->bytes);
	free(n->names);
	free(n->table);
	*n = (struct names){0};
}
