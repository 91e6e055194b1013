// SPDX-License-Identifier: GPL-2.0-only
/* Quicksort of one word at a time, in three parts; the middle part goes on with the next word. */
#include "sort.h"

#define FEW 12

struct run {
	struct sort_item *items;
	size_t nr, depth;
};

static void swap(struct sort_item *a, struct sort_item *b)
{
	struct sort_item kept = *a;

	*a = *b;
	*b = kept;
}

static uint64_t middle(uint64_t a, uint64_t b, uint64_t c)
{
	if (a > b)
		return a < c ? a : b > c ? b : c;
	return b < c ? b : a > c ? a : c;
}

/* A pivot from anywhere, so that no order of the input is a bad one. */
static uint64_t pivot_of(const struct sort_item *items, size_t nr)
{
	size_t a = (nr * UINT64_C(0x9e3779b97f4a7c15) >> 11) % nr;
	size_t b = (nr * UINT64_C(0xc2b2ae3d27d4eb4f) >> 11) % nr;

	return middle(items[a].key, items[b].key, items[nr / 2].key);
}

static void fetch(const struct run *run, sort_key *key, const void *context)
{
	size_t i;

	for (i = 0; i < run->nr; i++)
		run->items[i].key = key(context, run->items[i].item, run->depth);
}

/* Sort what @run holds by the keys that are there; equal keys stand together afterwards. */
static void sort_few(const struct run *run)
{
	struct sort_item kept;
	size_t i, j;

	for (i = 1; i < run->nr; i++) {
		kept = run->items[i];
		for (j = i; j && run->items[j - 1].key > kept.key; j--)
			run->items[j] = run->items[j - 1];
		run->items[j] = kept;
	}
}

static void sort_run(struct run run, sort_key *key, const void *context);

/* Where keys are equal, the next word decides; a key of 0 is the end of both. */
static void sort_equals(struct run run, sort_key *key, const void *context)
{
	if (run.nr < 2 || !run.items[0].key)
		return;
	run.depth++;
	fetch(&run, key, context);
	sort_run(run, key, context);
}

static void sort_few_deep(struct run run, sort_key *key, const void *context)
{
	size_t from, to = 0;

	/* Few that begin alike: go on to where they differ. */
	for (sort_few(&run);
	     run.nr > 1 && run.items[0].key && run.items[0].key == run.items[run.nr - 1].key;
	     sort_few(&run)) {
		run.depth++;
		fetch(&run, key, context);
	}
	for (from = 0; from < run.nr; from = to) {
		for (to = from + 1; to < run.nr && run.items[to].key == run.items[from].key;)
			to++;
		sort_equals((struct run){run.items + from, to - from, run.depth}, key, context);
	}
}

/* Keys are fetched. The largest of the three parts is left to the loop, so that calls nest no
 * deeper than log2(nr), however long the sequences are. */
static void sort_run(struct run run, sort_key *key, const void *context)
{
	while (run.nr > FEW) {
		uint64_t pivot = pivot_of(run.items, run.nr);
		size_t low = 0, at = 0, high = run.nr, i, largest = 0;
		struct run parts[3];

		while (at < high) {
			if (run.items[at].key < pivot)
				swap(&run.items[low++], &run.items[at++]);
			else if (run.items[at].key > pivot)
				swap(&run.items[at], &run.items[--high]);
			else
				at++;
		}
		parts[0] = (struct run){run.items, low, run.depth};
		parts[1] = (struct run){run.items + low, high - low, run.depth};
		parts[2] = (struct run){run.items + high, run.nr - high, run.depth};
		for (i = 1; i < 3; i++)
			if (parts[i].nr > parts[largest].nr)
				largest = i;
		for (i = 0; i < 3; i++) {
			if (i == largest)
				continue;
			if (i == 1)
				sort_equals(parts[i], key, context);
			else
				sort_run(parts[i], key, context);
		}
		run = parts[largest];
		if (largest == 1) {
			if (!pivot)
				return;
			run.depth++;
			fetch(&run, key, context);
		}
	}
	sort_few_deep(run, key, context);
}

void sort_sequences(struct sort_item *items, size_t nr, sort_key *key, const void *context)
{
	struct run all = {items, nr, 0};

	fetch(&all, key, context);
	sort_run(all, key, context);
}
