// SPDX-License-Identifier: GPL-2.0-only
#include "random_layout.h"

#include <stdlib.h>

#include "vma/vm_flags.h"

#define MAX_VMAS	 40
#define MAX_RUNS_PER_VMA 12

/* splitmix64 */
uint64_t random_below(uint64_t *rng, uint64_t n)
{
	uint64_t z = *rng += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % n;
}

static uint64_t align_up(uint64_t value, uint64_t size)
{
	return (value + size - 1) & ~(size - 1);
}

/* Gaps that now and then cross a table border of each level. */
static uint64_t random_gap(uint64_t *rng)
{
	switch (random_below(rng, 8)) {
	case 0:
		return PMD_SIZE * (1 + random_below(rng, 4));
	case 1:
		return (1UL << 30) * (1 + random_below(rng, 2));
	case 2:
		return 1UL << 39;
	case 3:
	case 4:
		return 0;
	default:
		return PAGE_SIZE * (1 + random_below(rng, 64));
	}
}

static enum layout_kind random_kind(uint64_t *rng, const struct layout_vma *vma)
{
	if (vma->file)
		return random_below(rng, 4) ? LAYOUT_FILE : LAYOUT_ANON;
	return random_below(rng, 3) ? LAYOUT_ANON : LAYOUT_SWAP;
}

static void add_run(struct layout *layout, struct layout_vma *vma, uint64_t start, uint64_t end,
		    enum layout_kind kind)
{
	layout->runs[layout->nr_runs++] = (struct layout_run){start, end, kind};
	layout->pages[kind] += (end - start) / PAGE_SIZE;
	vma->nr_runs++;
}

static void fill_vma(uint64_t *rng, struct layout *layout, struct layout_vma *vma)
{
	uint64_t at = vma->start;

	vma->first_run = layout->nr_runs;
	if (vma->vm_flags & VM_PFNMAP)
		return;
	while (at < vma->end && vma->nr_runs < MAX_RUNS_PER_VMA) {
		uint64_t huge = align_up(at, PMD_SIZE);
		uint64_t end;

		if (!vma->file && huge + PMD_SIZE <= vma->end && random_below(rng, 2)) {
			add_run(layout, vma, huge, huge + PMD_SIZE, LAYOUT_HUGE);
			at = huge + PMD_SIZE;
			continue;
		}
		at += PAGE_SIZE * random_below(rng, 8);
		end = at + PAGE_SIZE * (1 + random_below(rng, 64));
		if (end > vma->end)
			end = vma->end;
		if (at < end)
			add_run(layout, vma, at, end, random_kind(rng, vma));
		at = end;
	}
}

static void choose_flags(uint64_t *rng, struct layout_vma *vma)
{
	vma->vm_flags = VM_READ | VM_WRITE;
	switch (random_below(rng, 8)) {
	case 0:
		vma->file = true;
		vma->vm_flags |= VM_SHARED;
		break;
	case 1:
	case 2:
		vma->file = true;
		break;
	case 3:
		vma->vm_flags |= VM_PFNMAP | VM_IO;
		break;
	}
}

struct layout *random_layout(uint64_t *rng)
{
	size_t nr = 1 + random_below(rng, MAX_VMAS);
	uint64_t at = PAGE_SIZE * (16 + random_below(rng, 1000));
	struct layout *layout = calloc(1, sizeof(*layout));

	if (!layout)
		return NULL;
	layout->vmas = calloc(nr, sizeof(*layout->vmas));
	layout->runs = calloc(nr * MAX_RUNS_PER_VMA, sizeof(*layout->runs));
	layout->names = calloc(1, 1);
	if (!layout->vmas || !layout->runs || !layout->names) {
		random_layout_free(layout);
		return NULL;
	}
	layout->name = "random";
	for (size_t i = 0; i < nr; i++) {
		struct layout_vma *vma = &layout->vmas[layout->nr_vmas++];

		vma->start = at + random_gap(rng);
		vma->end = vma->start + PAGE_SIZE * (1 + random_below(rng, 200));
		choose_flags(rng, vma);
		/* One VMA in eight has room for huge pages, or is made of them. */
		if (!vma->file && !random_below(rng, 8)) {
			vma->end += PMD_SIZE * (1 + random_below(rng, 3));
			if (!(vma->vm_flags & VM_PFNMAP) && !random_below(rng, 3)) {
				vma->start = align_up(vma->start, PMD_SIZE);
				vma->end = vma->start + PMD_SIZE;
				vma->vm_flags |= VM_HUGETLB;
				add_run(layout, vma, vma->start, vma->end, LAYOUT_HUGE);
				vma->first_run = layout->nr_runs - 1;
			}
		}
		if (!(vma->vm_flags & VM_HUGETLB))
			fill_vma(rng, layout, vma);
		at = vma->end;
	}
	/* An upper bound is enough: it sizes the machine. */
	layout->nr_pte_tables = layout->nr_runs * 2;
	return layout;
}

void random_layout_free(struct layout *layout)
{
	free(layout->vmas);
	free(layout->runs);
	free(layout->names);
	free(layout);
}
