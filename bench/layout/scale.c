// SPDX-License-Identifier: GPL-2.0-only
/*
 * A layout K times as large.
 *
 * Every VMA and every run becomes K times as long. A gap keeps its length, plus what it takes
 * to keep the address after it equal to K times the old one modulo 2 MiB: then whatever was
 * aligned to 2 MiB still is, and what touched still touches. If that does not fit under
 * TASK_SIZE, all gaps shrink in the same proportion, down to one page plus that alignment.
 */
#include <errno.h>

#include "layout_internal.h"
#include "vma/vm_flags.h"

/* How to shrink the gaps of a layout: gap -> PAGE_SIZE + (gap - PAGE_SIZE) * num / den */
struct shrink {
	uint64_t num, den;
};

/* Where a VMA goes whose predecessor now ends at @at, with the gap @gap between them before. */
static uint64_t place_after(uint64_t at, uint64_t gap, uint64_t old_start, unsigned int scale,
			    const struct shrink *shrink)
{
	uint64_t want = old_start * scale;

	if (!gap)
		return at;
	gap = PAGE_SIZE +
	      (uint64_t)((unsigned __int128)(gap - PAGE_SIZE) * shrink->num / shrink->den &
			 PAGE_MASK);
	at += gap;
	return at + ((want - at) & ~PMD_MASK);
}

/* Where the last VMA would end; every step stays far below 2^64, since the lengths were summed. */
static uint64_t end_with(const struct layout *l, unsigned int scale, const struct shrink *shrink)
{
	uint64_t at = 0, old = 0;

	for (size_t i = 0; i < l->nr_vmas; i++) {
		const struct layout_vma *vma = &l->vmas[i];

		at = place_after(at, vma->start - old, vma->start, scale, shrink);
		at += (vma->end - vma->start) * scale;
		old = vma->end;
	}
	return at;
}

static int choose_shrink(const struct layout *l, unsigned int scale, struct shrink *shrink,
			 struct layout_error *err)
{
	unsigned __int128 length = 0;
	uint64_t gaps = 0, spare = 0, old = 0, fixed;

	for (size_t i = 0; i < l->nr_vmas; i++) {
		const struct layout_vma *vma = &l->vmas[i];

		length += (unsigned __int128)(vma->end - vma->start) * scale;
		if (vma->start > old) {
			gaps++;
			spare += vma->start - old - PAGE_SIZE;
		}
		old = vma->end;
		if (vma->pgoff > (UINT64_MAX >> PAGE_SHIFT) / scale)
			return layout_fail(err, -ERANGE,
					   "%s: with scale %u a file offset leaves 64 bits",
					   l->name, scale);
	}
	fixed = gaps * (PAGE_SIZE + PMD_SIZE);
	if (length + fixed > TASK_SIZE)
		return layout_fail(err, -ERANGE,
				   "%s: scale %u needs %.1f TiB of address space, and a process "
				   "has 128 TiB",
				   l->name, scale, (double)(length + fixed) / (double)(1ULL << 40));
	*shrink = (struct shrink){1, 1};
	if (end_with(l, scale, shrink) <= TASK_SIZE)
		return 0;
	*shrink = (struct shrink){TASK_SIZE - (uint64_t)length - fixed, spare};
	return 0;
}

int layout_scale(struct layout *l, unsigned int scale, struct layout_error *err)
{
	uint64_t at = 0, old = 0;
	struct shrink shrink = {1, 1};
	int ret;

	if (!scale)
		return layout_fail(err, -ERANGE, "the scale must be at least 1");
	if (scale == 1)
		return 0;
	ret = choose_shrink(l, scale, &shrink, err);
	if (ret)
		return ret;
	for (size_t i = 0; i < l->nr_vmas; i++) {
		struct layout_vma *vma = &l->vmas[i];
		uint64_t old_start = vma->start;

		at = place_after(at, vma->start - old, vma->start, scale, &shrink);
		for (size_t j = 0; j < vma->nr_runs; j++) {
			struct layout_run *run = &l->runs[vma->first_run + j];

			run->start = at + (run->start - old_start) * scale;
			run->end = at + (run->end - old_start) * scale;
		}
		old = vma->end;
		vma->start = at;
		at += (vma->end - old_start) * scale;
		vma->end = at;
		vma->pgoff *= scale;
	}
	layout_count(l, l->pages, &l->nr_pte_tables);
	return layout_check(l, err);
}

/* Gaps are shortened by whole units of 1 GiB: what one PMD table maps. */
#define UNIT (1UL << 30)

/* By how much to shorten a gap, so that none is longer than @longest and a bit. */
static uint64_t cut_from(uint64_t gap, uint64_t longest)
{
	return gap > longest ? (gap - longest) & ~(UNIT - 1) : 0;
}

static uint64_t cut_from_all(const struct layout *l, uint64_t longest)
{
	uint64_t cut = 0, old = 0;

	for (size_t i = 0; i < l->nr_vmas; i++) {
		cut += cut_from(l->vmas[i].start - old, longest);
		old = l->vmas[i].end;
	}
	return cut;
}

int layout_fit(struct layout *l, bool *moved, struct layout_error *err)
{
	uint64_t end = l->nr_vmas ? l->vmas[l->nr_vmas - 1].end : 0, at = 0, old = 0;
	uint64_t low = 1, high = LAYOUT_SOURCE_END / UNIT; /* units; the first suffices */

	*moved = end > TASK_SIZE;
	if (!*moved)
		return 0;
	if (cut_from_all(l, low * UNIT) < end - TASK_SIZE)
		return layout_fail(err, -ERANGE,
				   "%s: its VMAs do not fit into the 128 TiB of address space that "
				   "are modelled",
				   l->name);
	while (high - low > 1) {
		uint64_t mid = low + (high - low) / 2;

		if (cut_from_all(l, mid * UNIT) < end - TASK_SIZE)
			high = mid;
		else
			low = mid;
	}
	for (size_t i = 0; i < l->nr_vmas; i++) {
		struct layout_vma *vma = &l->vmas[i];

		at += cut_from(vma->start - old, low * UNIT);
		old = vma->end;
		vma->start -= at;
		vma->end -= at;
		for (size_t j = 0; j < vma->nr_runs; j++) {
			l->runs[vma->first_run + j].start -= at;
			l->runs[vma->first_run + j].end -= at;
		}
	}
	return 0;
}
