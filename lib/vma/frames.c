// SPDX-License-Identifier: GPL-2.0-only
#include "frames.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/port.h"
#include "page_alloc.h"

/*
 * Measured with /proc/PID/pagemap on Linux 6.18, medians of seven processes: the frames of a process of
 * 16 MiB follow each other, upward or downward, for 1.6 pages on average, those of one of 1 GiB for
 * 19. Between and beyond them a power of the size, from single frames up to the pages that a refill of
 * a per-CPU list takes at once.
 */
#define SMALL_PAGES (16.0 * 256)
#define SMALL_RUN   1.6
#define LARGE_PAGES (1024.0 * 256)
#define LARGE_RUN   19.0
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

static struct frame_runs *alloc_runs(unsigned long nr, unsigned long reserved)
{
	struct frame_runs *frames;

	frames = fault_should_fail() ? NULL
				     : calloc(1, sizeof(*frames) + nr * (sizeof(frames->run[0]) +
									 sizeof(frames->order[0])));
	if (!frames)
		return NULL;
	frames->order = (uint32_t *)(frames->run + nr);
	frames->reserved = reserved;
	frames->nr = nr;
	return frames;
}

static struct frame_runs *make_runs(const struct pglist_data *pgdat, double mean,
				    unsigned long reserved)
{
	const unsigned long small = pgdat->zone.managed_pages - reserved;
	uint64_t seed = 0x9e3779b97f4a7c15u, state = seed;
	unsigned long nr = cut_runs(NULL, small, mean, &state);
	struct frame_runs *frames = alloc_runs(nr, reserved);

	if (!frames)
		return NULL;
	frames->mean = mean;
	state = seed;
	cut_runs(frames->run, small, mean, &state);
	place_runs(frames->run, nr, pgdat->node_spanned_pages - pgdat->zone.managed_pages, &state);
	shuffle(frames->order, nr, &state);
	return frames;
}

/* A frame and its place in a list, in one number that sorts by the frame. */
#define PLACED(pfn, place) ((uint64_t)(pfn) << 32 | (place))

static int by_pfn(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Each frame is a run of its own, since their order follows none. */
static int list_runs(struct frame_runs *frames, const struct frame_list *list, unsigned long below)
{
	uint64_t *placed;
	int err = 0;

	placed = fault_should_fail() ? NULL : malloc(frames->nr * sizeof(*placed) + 1);
	if (!placed)
		return -ENOMEM;
	for (unsigned long i = 0; i < frames->nr; i++)
		placed[i] = PLACED(list->pfn[i], i);
	qsort(placed, frames->nr, sizeof(*placed), by_pfn);
	for (unsigned long i = 0; !err && i < frames->nr; i++) {
		frames->run[i] = (struct frame_run){(uint32_t)(placed[i] >> 32), 1};
		frames->order[(uint32_t)placed[i]] = (uint32_t)i;
		if (frames->run[i].start >= below ||
		    (i && frames->run[i].start == frames->run[i - 1].start))
			err = -EINVAL;
	}
	free(placed);
	return err;
}

double frames_mean_run(const struct frame_list *list)
{
	uint64_t runs = 1;
	int64_t step, last = 0;

	for (uint64_t i = 1; i < list->nr; i++) {
		step = (int64_t)list->pfn[i] - list->pfn[i - 1];
		if (step != last && (last || (step != 1 && step != -1))) {
			runs++;
			/* The frame behind a break may begin a run of either direction. */
			last = 0;
		} else {
			last = step;
		}
	}
	return list->nr ? (double)list->nr / (double)runs : 0;
}

static unsigned long reserve(const struct pglist_data *pgdat, unsigned long huge_pages)
{
	const unsigned long block = 1UL << MAX_PAGE_ORDER;
	const unsigned long reserved = (huge_pages + block - 1) / block * block;

	return reserved < pgdat->zone.managed_pages ? reserved : pgdat->zone.managed_pages;
}

/* The old frames belong to others from now on. */
static void replace(struct pglist_data *pgdat, struct frame_runs *frames)
{
	zone_forget(pgdat);
	frames_free(pgdat);
	pgdat->frames = frames;
	zone_adopt(pgdat);
}

int frames_take(struct pglist_data *pgdat, const struct frame_list *list, unsigned long huge_pages)
{
	const unsigned long reserved = reserve(pgdat, huge_pages);
	const unsigned long nr = pgdat->zone.managed_pages - reserved;
	struct frame_runs *frames;
	int err;

	if (pgdat->frames && pgdat->frames->list == list && pgdat->frames->reserved == reserved)
		return 0;
	if (list->nr < nr)
		return -EINVAL;
	frames = alloc_runs(nr, reserved);
	if (!frames)
		return -ENOMEM;
	frames->list = list;
	err = list_runs(frames, list, pgdat->node_spanned_pages - reserved);
	if (err) {
		free(frames);
		return err;
	}
	replace(pgdat, frames);
	return 0;
}

int frames_scatter(struct pglist_data *pgdat, double mean, unsigned long huge_pages)
{
	const unsigned long reserved = reserve(pgdat, huge_pages);
	struct frame_runs *frames = NULL;

	if (mean < 1 ? !pgdat->frames
		     : pgdat->frames && pgdat->frames->mean == mean &&
			       pgdat->frames->reserved == reserved)
		return 0;
	if (mean >= 1) {
		frames = make_runs(pgdat, mean, reserved);
		if (!frames)
			return -ENOMEM;
	}
	replace(pgdat, frames);
	return 0;
}

void frames_free(struct pglist_data *pgdat)
{
	free(pgdat->frames);
	pgdat->frames = NULL;
}
