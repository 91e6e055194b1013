// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the pages of a VMA lie when the source says only how many there are.
 *
 * The reasons, with what the rule gives against measured page tables, are in docs/layouts.md.
 */
#include <errno.h>
#include <string.h>

#include "layout_internal.h"
#include "vma/vm_flags.h"

#define WINDOW_SHIFT 4 /* 16 pages: what one read fault maps around a file page */
#define WINDOW	     (1UL << WINDOW_SHIFT)

/*
 * Reclaim takes pages from the tail of the LRU 32 at a time. Pages that were touched together
 * stand together there, so what goes at once is a stretch of up to about 32 neighbours. A pair
 * of such a stretch and a resident one has at most twice that.
 */
#define PAIR_MAX 64

uint64_t layout_hash(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void mix_init(struct page_mix *mix, uint64_t resident, uint64_t swapped, uint64_t file)
{
	memset(mix, 0, sizeof(*mix));
	mix->anon = resident + swapped;
	mix->swapped = swapped;
	mix->file = file;
}

/* How many of the first @x anonymous pages are swapped: an even share at every point. */
static uint64_t swapped_before(const struct page_mix *mix, uint64_t x)
{
	return (unsigned __int128)x * mix->swapped / mix->anon;
}

static void next_pair(struct page_mix *mix)
{
	uint64_t left = mix->anon - mix->at, hash = layout_hash(mix->at), len, swapped;
	unsigned int first = hash >> 63;

	if (!mix->swapped || mix->swapped == mix->anon)
		len = left;
	else
		len = min_u64(left, 2 + hash % (PAIR_MAX - 1));
	swapped = swapped_before(mix, mix->at + len) - swapped_before(mix, mix->at);
	mix->kind[first] = LAYOUT_SWAP;
	mix->pair[first] = swapped;
	mix->kind[!first] = LAYOUT_ANON;
	mix->pair[!first] = len - swapped;
	mix->at += len;
}

uint64_t mix_next(struct page_mix *mix, uint64_t max, enum layout_kind *kind)
{
	uint64_t n;

	if (!mix->pair[0] && !mix->pair[1] && mix->at < mix->anon)
		next_pair(mix);
	for (int i = 0; i < 2; i++) {
		if (!mix->pair[i])
			continue;
		n = min_u64(max, mix->pair[i]);
		mix->pair[i] -= n;
		*kind = mix->kind[i];
		return n;
	}
	n = min_u64(max, mix->file);
	mix->file -= n;
	*kind = LAYOUT_FILE;
	return n;
}

/* Page numbers of a VMA with a hole [hole, hole + hole_len) that holds its huge units. */
struct space {
	struct layout_builder *b;
	uint64_t first, hole, hole_len;
};

/* Add @n pages from the @offset-th on, counted without the hole. */
static void add_pages(const struct space *s, uint64_t offset, uint64_t n, struct page_mix *mix)
{
	while (n && !s->b->error) {
		uint64_t at = s->first + offset, max = n, len;
		enum layout_kind kind;

		if (at >= s->hole)
			at += s->hole_len;
		else
			max = min_u64(max, s->hole - at);
		len = mix_next(mix, max, &kind);
		builder_run(s->b, at << PAGE_SHIFT, (at + len) << PAGE_SHIFT, kind);
		offset += len;
		n -= len;
	}
}

/* The @i-th of @need windows spread evenly over @nr, in ascending order without repeats. */
static uint64_t window_at(uint64_t i, uint64_t need, uint64_t nr)
{
	return (2 * i + 1) * nr / (2 * need);
}

static void add_windows(const struct space *s, uint64_t size, uint64_t n, struct page_mix *mix)
{
	uint64_t first = s->first, end = first + size;
	uint64_t base = first >> WINDOW_SHIFT;
	uint64_t nr = ((end - 1) >> WINDOW_SHIFT) - base + 1;
	uint64_t need = (n + WINDOW - 1) >> WINDOW_SHIFT, room;

	/* The windows at both ends may be cut off by the VMA; then one or two more are needed. */
	for (;; need++) {
		room = need * WINDOW;
		if (window_at(0, need, nr) == 0)
			room -= first & (WINDOW - 1);
		if (window_at(need - 1, need, nr) == nr - 1)
			room -= -end & (WINDOW - 1);
		if (room >= n || need == nr)
			break;
	}
	for (uint64_t i = 0; i < need && n && !s->b->error; i++) {
		uint64_t from = (base + window_at(i, need, nr)) << WINDOW_SHIFT;
		uint64_t to = min_u64(from + WINDOW, end), len;

		from = from < first ? first : from;
		len = min_u64(n, to - from);
		add_pages(s, from - first, len, mix);
		n -= len;
	}
}

void place_pages(struct layout_builder *b, const struct layout_vma *vma, uint64_t huge_units,
		 enum place_pattern pattern, struct page_mix *mix)
{
	uint64_t n = mix->anon + mix->file, hole = (vma->start + PMD_SIZE - 1) & PMD_MASK;
	uint64_t size = ((vma->end - vma->start) - huge_units * PMD_SIZE) >> PAGE_SHIFT;
	uint64_t head = hole - vma->start < vma->end - vma->start
				? (hole - vma->start) >> PAGE_SHIFT
				: size;
	struct space s = {.b = b, .first = vma->start >> PAGE_SHIFT, .hole = UINT64_MAX};
	uint64_t below;

	/* A damaged file may claim terabytes of short runs: say so before building them. */
	if (n > LAYOUT_MAX_RUNS << WINDOW_SHIFT && (mix->swapped || pattern == PLACE_WINDOWS))
		b->error = b->error ? b->error : -E2BIG;
	if (b->error)
		return;
	if (pattern == PLACE_WINDOWS) {
		if (n)
			add_windows(&s, size, n, mix);
		return;
	}
	if (huge_units) {
		s.hole = hole >> PAGE_SHIFT;
		s.hole_len = huge_units << (PMD_SHIFT - PAGE_SHIFT);
	}
	/* Add runs in address order: pages below the huge units, the huge units, the rest. */
	if (pattern == PLACE_FROM_TOP) {
		below = size - n < head ? min_u64(n, head - (size - n)) : 0;
		add_pages(&s, size - n, below, mix);
	} else {
		below = min_u64(n, head);
		add_pages(&s, 0, below, mix);
	}
	builder_run(b, hole, hole + huge_units * PMD_SIZE, LAYOUT_HUGE);
	if (pattern == PLACE_FROM_TOP)
		add_pages(&s, size - n + below, n - below, mix);
	else
		add_pages(&s, below, n - below, mix);
}
