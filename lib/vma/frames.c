// SPDX-License-Identifier: GPL-2.0-only
#include "frames.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/port.h"

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
	unsigned long nr = 0, pfn = 0;

	while (pfn < frames) {
		unsigned long len = random_length(state, mean);

		if (len > frames - pfn)
			len = frames - pfn;
		if (run)
			run[nr] = (struct frame_run){(uint32_t)pfn, (uint32_t)len};
		nr++;
		pfn += len;
	}
	return nr;
}

static void shuffle(struct frame_run *run, unsigned long nr, uint64_t *state)
{
	for (unsigned long i = nr; i > 1; i--) {
		unsigned long other = xorshift(state) % i;
		struct frame_run swap = run[i - 1];

		run[i - 1] = run[other];
		run[other] = swap;
	}
}

int frames_scatter(struct pglist_data *pgdat, double mean, unsigned long huge_pages)
{
	const unsigned long block = 1UL << MAX_PAGE_ORDER, spanned = pgdat->node_spanned_pages;
	unsigned long reserved = (huge_pages + block - 1) / block * block, nr;
	uint64_t seed = 0x9e3779b97f4a7c15u, state = seed;
	struct frame_runs *frames;

	if (reserved > spanned)
		reserved = spanned;
	if (pgdat->frames && pgdat->frames->mean == mean && pgdat->frames->reserved == reserved)
		return 0;
	if (mean < 1) {
		frames_free(pgdat);
		return 0;
	}
	nr = cut_runs(NULL, spanned - reserved, mean, &state);
	frames = fault_should_fail() ? NULL : malloc(sizeof(*frames) + nr * sizeof(frames->run[0]));
	if (!frames)
		return -ENOMEM;
	frames->mean = mean;
	frames->reserved = reserved;
	frames->nr = nr;
	state = seed;
	cut_runs(frames->run, spanned - reserved, mean, &state);
	shuffle(frames->run, nr, &state);
	frames_free(pgdat);
	pgdat->frames = frames;
	return 0;
}

void frames_free(struct pglist_data *pgdat)
{
	free(pgdat->frames);
	pgdat->frames = NULL;
}
