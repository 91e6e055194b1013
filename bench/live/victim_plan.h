/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a victim has to build, as one block of memory that travels in a memfd: a header, then the
 * mappings in address order, then their runs. The victim's program and reapbench share this file
 * and nothing else.
 */
#ifndef UMAPLE_LIVE_VICTIM_PLAN_H
#define UMAPLE_LIVE_VICTIM_PLAN_H

#include <stdint.h>

#define PLAN_MAGIC 0x6e616c702d76696cULL

/* How the pages of a run come into being. */
enum plan_what {
	PLAN_READ,  /* read faults: page cache, or the object's own page */
	PLAN_WRITE, /* write faults: anonymous memory, a private copy, or a dirty shared page */
	PLAN_HUGE,  /* write faults in 2 MiB units */
	PLAN_SWAP,  /* written with bytes that compress, then paged out */
};

/* Properties of a mapping. */
enum {
	PLAN_COLOUR = 1, /* one of two equal neighbours: MADV_DONTDUMP keeps them from merging */
	PLAN_SMALL = 2,	 /* holds anonymous pages of 4 KiB: MADV_NOHUGEPAGE at the end */
	PLAN_EXACT = 4,	 /* read faults may have mapped more than the runs: unmap the rest */
};

struct plan_run {
	uint64_t start, end; /* page aligned, the end exclusive */
	uint64_t what;	     /* enum plan_what */
};

struct plan_map {
	uint64_t start, end; /* page aligned, the end exclusive */
	uint64_t offset;     /* in bytes, in the file */
	int32_t fd;	     /* number of the file in the victim; -1 for anonymous memory */
	uint32_t flags;	     /* of mmap(), without MAP_FIXED_NOREPLACE */
	uint32_t prot;	     /* while it is built, and */
	uint32_t final_prot; /* afterwards */
	uint32_t bits;
	uint32_t nr_runs;
	uint64_t first_run;
};

struct plan {
	uint64_t magic;
	uint64_t size; /* of the whole block in bytes */
	uint64_t nr_maps, nr_runs;
	uint64_t nr_swap; /* runs to page out */
	int32_t first_fd, nr_fds;
};

static inline const struct plan_map *plan_maps(const struct plan *plan)
{
	return (const struct plan_map *)(plan + 1);
}

static inline const struct plan_run *plan_runs(const struct plan *plan)
{
	return (const struct plan_run *)(plan_maps(plan) + plan->nr_maps);
}

/* What the victim was doing when it failed; the last one says that it is ready. */
enum victim_step {
	VICTIM_PLAN,	/* reading the plan */
	VICTIM_PLACE,	/* its own program lies where the layout must go */
	VICTIM_MAP,	/* mmap */
	VICTIM_FILL,	/* touching pages */
	VICTIM_PAGEOUT, /* MADV_PAGEOUT */
	VICTIM_PROTECT, /* mprotect */
	VICTIM_READY,
};

/* The victim's only message. */
struct victim_report {
	uint32_t step;
	int32_t error;	   /* errno */
	uint64_t address;  /* of the mapping or run that it is about */
	uint32_t own_maps; /* mappings of the victim's program itself */
	uint32_t pad;
};

/* Numbers of the files that the victim is started with. The files to map follow. */
enum { VICTIM_PLAN_FD = 3, VICTIM_REPORT_FD = 4, VICTIM_FIRST_FD = 5 };

#endif
