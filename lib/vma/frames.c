// SPDX-License-Identifier: GPL-2.0-only
#include "frames.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/port.h"
#include "page_alloc.h"

/*
 * Measured with /proc/PID/pagemap on Linux 6.18: the frames of a process of 235 MiB follow each other
 * for 1.6 pages on average, those of one of 1 GiB for 4. Between and beyond them a power of
 * the size, from single frames up to the pages that a refill of a per-CPU list takes at once.
 */
#define SMALL_PAGES (235.0 * 256)
#define SMALL_RUN   1.6
#define LARGE_PAGES (1024.0 * 256)
#define LARGE_RUN   4.0
#define LONGEST_RUN 63.0

double frames_default_run(unsigned long pages)
{
	const double power = log(LARGE_RUN / SMALL_RUN) / log(LARGE_PAGES / SMALL_PAGES);
	double run = SMALL_RUN * pow((double)pages / SMALL_PAGES, power);

	return run < 1 ? 1 : run > LONGEST_RUN ? LONGEST_RUN : run;
}

static uint64_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A geometrically distributed length, at least 1. */
static unsigned long random_length(uint64_t *state, double mean)
{
	double uniform = ((double)(xorshift(state) >> 11) + 0.5) * 0x1p-53;

	if (mean <= 1)
		return 1;
	return 1 + (unsigned long)(log(uniform) / log(1 - 1 / mean));
}

static unsigned long cut_runs(struct frame_run *run, unsigned long frames, double mean,
			      uint64_t *state)
{
	unsigned long nr = 0, done = 0;

	while (done < frames) {
		unsigned long len = random_length(state, mean);

		if (len > frames - done)
			len = frames - done;
		if (run)
			run[nr].len = (uint32_t)len;
		nr++;
		done += len;
	}
	return nr;
}

/* Put the runs into the machine with gaps between them that belong to others, @others frames in all. */
static void place_runs(struct frame_run *run, unsigned long nr, unsigned long others,
		       uint64_t *state)
{
	unsigned long pfn = 0;

	for (unsigned long i = 0; i < nr; i++) {
		unsigned long gap = xorshift(state) % (2 * others / (nr - i) + 1);

		if (gap > others)
			gap = others;
		others -= gap;
		pfn += gap;
		run[i].start = (uint32_t)pfn;
		pfn += run[i].len;
	}
}

static void shuffle(uint32_t *order, unsigned long nr, uint64_t *state)
{
	for (unsigned long i = 0; i < nr; i++)
		order[i] = (uint32_t)i;
	for (unsigned long i = nr; i > 1; i--) {
		unsigned long other = xorshift(state) % i;
		uint32_t swap = order[i - 1];

		order[i - 1] = order[other];
		order[other] = swap;
	}
}

static struct frame_runs *make_runs(const struct pglist_data *pgdat, double mean,
				    unsigned long reserved)
{
	const unsigned long small = pgdat->zone.managed_pages - reserved;
	uint64_t seed = 0x9e3779b97f4a7c15u, state = seed;
	unsigned long nr = cut_runs(NULL, small, mean, &state);
	struct frame_runs *frames;

	frames = fault_should_fail() ? NULL
				     : calloc(1, sizeof(*frames) + nr * (sizeof(frames->run[0]) +
									 sizeof(frames->order[0])));
	if (!frames)
		return NULL;
	frames->order = (uint32_t *)(frames->run + nr);
	frames->mean = mean;
	frames->reserved = reserved;
	frames->nr = nr;
	state = seed;
	cut_runs(frames->run, small, mean, &state);
	place_runs(frames->run, nr, pgdat->node_spanned_pages - pgdat->zone.managed_pages, &state);
	shuffle(frames->order, nr, &state);
	return frames;
}

int frames_scatter(struct pglist_data *pgdat, double mean, unsigned long huge_pages)
{
	const unsigned long block = 1UL << MAX_PAGE_ORDER;
	unsigned long reserved = (huge_pages + block - 1) / block * block;
	struct frame_runs *frames = NULL;

	if (reserved > pgdat->zone.managed_pages)
		reserved = pgdat->zone.managed_pages;
	if (mean < 1 ? !pgdat->frames
		     : pgdat->frames && pgdat->frames->mean == mean &&
			       pgdat->frames->reserved == reserved)
		return 0;
	if (mean >= 1) {
		frames = make_runs(pgdat, mean, reserved);
		if (!frames)
			return -ENOMEM;
	}
	/* The old frames belong to others from now on. */
	zone_forget(pgdat);
	frames_free(pgdat);
	pgdat->frames = frames;
	zone_adopt(pgdat);
	return 0;
}

void frames_free(struct pglist_data *pgdat)
{
	free(pgdat->frames);
	pgdat->frames = NULL;
}
