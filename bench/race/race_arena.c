// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/engine.h"
#include "frames_here.h"
#include "race_internal.h"
#include "vma/frames.h"
#include "vma/mmzone.h"

/* Compressed pages one swapped page needs, with room for partly filled zspages. */
static uint64_t compressed_pages(uint64_t swapped)
{
	return swapped * 2 / 5 + (swapped ? 4096 : 0);
}

static uint64_t machine_pages(const struct layout *layout)
{
	uint64_t pages = compressed_pages(layout->pages[LAYOUT_SWAP]);

	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++) {
		if (kind != LAYOUT_SWAP)
			pages += layout->pages[kind];
	}
	/* Huge pages need whole blocks: leave a block free that small pages have broken up. */
	return pages + (4UL << MAX_PAGE_ORDER);
}

/*
 * The victim's frames lie scattered in a machine like this one. Of a large machine a part is enough: the
 * map of 16 GiB, 256 MiB, is more than the caches and TLBs of a CPU reach.
 */
#define MOST_MACHINE_PAGES ((16UL << 30) >> PAGE_SHIFT)

/* Twice the last-level cache that a CPU of today reaches (32 MiB of AMD's, some 40 of Intel's). */
#define CONTENT_BYTES (64UL << 20)

size_t race_content_bytes(const struct layout *layout)
{
	size_t bytes = (layout->pages[LAYOUT_ANON] + layout->pages[LAYOUT_HUGE]) << PAGE_SHIFT;

	return bytes < CONTENT_BYTES ? bytes : CONTENT_BYTES;
}

static uint64_t host_pages(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);

	return pages > 0 ? (uint64_t)pages : 0;
}

static uint64_t like_this_machine(void)
{
	uint64_t pages = host_pages();

	return pages < MOST_MACHINE_PAGES ? pages : MOST_MACHINE_PAGES;
}

static uint64_t map_pages(const struct layout *layout, uint64_t machine)
{
	uint64_t least = machine_pages(layout) / 4 * 5;

	return machine > least ? machine : least;
}

static uint64_t bytes_within(const struct layout *layout, bool traced, uint64_t machine)
{
	uint64_t swapped = layout->pages[LAYOUT_SWAP];
	uint64_t tables = layout->nr_pte_tables + layout->pages[LAYOUT_HUGE] / HPAGE_PMD_NR;

	return map_pages(layout, machine) * sizeof(struct page) + /* the machine's memory map */
	       compressed_pages(swapped) * PAGE_SIZE +		  /* compressed swap */
	       swapped * 40 +					  /* slots and handles */
	       tables * (PAGE_SIZE + 128) +			  /* PTE tables, deposits too */
	       layout->nr_vmas * 512 +				  /* VMAs, files and tree */
	       (traced ? race_tracer_bytes(layout) : 0) +	  /* visits and waits */
	       machine_pages(layout) * (sizeof(struct frame_run) + sizeof(uint32_t)) + /* frames */
	       race_content_bytes(layout) + /* what victims write */
	       (16UL << 20);		    /* marks, upper tables, slack */
}

uint64_t race_arena_bytes(const struct layout *layout, bool traced)
{
	return bytes_within(layout, traced, like_this_machine());
}

uint64_t race_available_bytes(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	}
	fclose(f);
	return (uint64_t)kib << 10;
}

static struct machine_size size_of_machine(const struct layout *layout, uint64_t machine)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return (struct machine_size){
		.pages = machine_pages(layout),
		.map_pages = map_pages(layout, machine),
		.host_pages = host_pages(),
		.cpus = cpus > 0 ? (unsigned int)cpus : 1,
		.swap_pages = layout->pages[LAYOUT_SWAP],
	};
}

struct pglist_data *race_arena_machine(struct race_arena *arena, size_t engine)
{
	uint64_t need = arena->size.map_pages * sizeof(struct page), have;

	if (arena->pgdat[engine])
		return arena->pgdat[engine];
	have = race_available_bytes();
	if (!have || need <= have)
		arena->pgdat[engine] = engines[engine]->machine_create(&arena->size);
	return arena->pgdat[engine];
}

int race_arena_frames(struct race_arena *arena, const struct layout *layout,
		      const struct frame_list **list)
{
	/* A machine is whole blocks. Those of huge pages are at the top. */
	const uint64_t block = 1UL << MAX_PAGE_ORDER;
	const uint64_t span = arena->size.map_pages - layout->pages[LAYOUT_HUGE] - block;
	int err = 0;

	if (!arena->frames)
		err = frames_here(arena->size.pages + block, span, &arena->frames);
	*list = arena->frames;
	return err;
}

struct race_arena *race_arena_create(const struct layout *layout, bool traced, char *err,
				     size_t errlen)
{
	return race_arena_create_within(layout, traced, like_this_machine(), err, errlen);
}

struct race_arena *race_arena_create_within(const struct layout *layout, bool traced,
					    uint64_t machine, char *err, size_t errlen)
{
	uint64_t need = bytes_within(layout, traced, machine), have = race_available_bytes();
	struct race_arena *arena;
	bool marked = true;

	if (have && need > have) {
		snprintf(err, errlen,
			 "layout %s needs %llu bytes of memory, %llu are available: use a smaller "
			 "layout or scale",
			 layout->name, (unsigned long long)need, (unsigned long long)have);
		return NULL;
	}
	snprintf(err, errlen, "layout %s: out of memory (%llu bytes are needed)", layout->name,
		 (unsigned long long)need);
	arena = fault_should_fail() ? NULL : calloc(1, sizeof(*arena));
	if (!arena)
		return NULL;
	for (int i = 0; i < RACE_ACTORS_MAX; i++) {
		arena->marks[i] = calloc(FREE_MARKS + 2, sizeof(struct free_mark));
		marked = marked && arena->marks[i];
	}
	/* One byte more, since malloc(0) may return NULL. */
	arena->content_bytes = race_content_bytes(layout);
	arena->content = fault_should_fail() ? NULL : malloc(arena->content_bytes + 1);
	arena->size = size_of_machine(layout, machine);
	if (traced)
		arena->tracer = race_tracer_create(layout);
	if (!marked || !arena->content || (traced && !arena->tracer)) {
		race_arena_destroy(arena);
		return NULL;
	}
	return arena;
}

void race_arena_destroy(struct race_arena *arena)
{
	if (!arena)
		return;
	for (size_t i = 0; i < ENGINES_MAX && engines[i]; i++)
		engines[i]->machine_destroy(arena->pgdat[i]);
	free(arena->frames);
	free(arena->content);
	for (int i = 0; i < RACE_ACTORS_MAX; i++)
		free(arena->marks[i]);
	race_tracer_destroy(arena->tracer);
	free(arena);
}
