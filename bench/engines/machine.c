// SPDX-License-Identifier: GPL-2.0-only
/* The machine of an engine's table: compiled once per engine, beside adapter.c. */
#include "machine.h"

#include <errno.h>

#include "vma/frames.h"
#include "vma/page_alloc.h"
#include "vma/pgdat.h"
#include "vma/swapfile.h"
#include "vma/tlb.h"

void machine_destroy(struct pglist_data *pgdat)
{
	if (pgdat)
		swap_off(pgdat);
	pgdat_destroy(pgdat);
}

struct pglist_data *machine_create(const struct machine_size *size)
{
	struct pglist_data *pgdat = pgdat_create_within(size->pages, size->map_pages);
	uint64_t pages = size->host_pages;

	if (!pgdat)
		return NULL;
	if (pages < pgdat->zone.managed_pages)
		pages = pgdat->zone.managed_pages;
	zone_set_pageset_high(pgdat, pages, size->cpus);
	if (size->swap_pages && swap_on(pgdat, size->swap_pages)) {
		machine_destroy(pgdat);
		return NULL;
	}
	return pgdat;
}

int machine_prepare(struct pglist_data *pgdat, const struct machine_state *state)
{
	int err = state->frame_list ? frames_take(pgdat, state->frame_list, state->huge_pages)
				    : frames_scatter(pgdat, state->frames, state->huge_pages);

	if (err)
		return err;
	if (tlb_set_mode(pgdat, state->tlb))
		return -ENOSYS;
	pgdat_lock_clear(pgdat);
	pgdat_reset(pgdat);
	return 0;
}

bool machine_check(struct pglist_data *pgdat, char *err, size_t errlen)
{
	return swap_check(pgdat, err, errlen) && pgdat_check(pgdat, err, errlen);
}
