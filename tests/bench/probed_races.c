// SPDX-License-Identifier: GPL-2.0-only
/*
 * probed_races: run one race per engine and order, and print the counts of race_run() as JSON. A
 * tracer's figures of the same races are compared with them.
 */
#include <stdio.h>

#include <jansson.h>

#include "base/clock.h"
#include "vma/mmzone.h"
#include "race/race.h"

static const char *const orders[] = {"forward", "reverse-fine:3"};
static const char *const role_names[NR_ROLES] = {
	[ROLE_EXIT] = "exit",
	[ROLE_REAPER] = "reaper",
};

static json_t *race_figures(const struct race_result *result, const char *order)
{
	json_t *locks = json_array();

	for (int role = 0; role < NR_ROLES; role++) {
		for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
			const struct lock_figures *lock = &result->role[role].lock[class];

			json_array_append_new(locks,
					      json_pack("{s:s, s:s, s:I, s:I}", "class",
							lock_class_name((enum lock_class) class),
							"role", role_names[role], "contended",
							(json_int_t)lock->contended, "wait_ns",
							(json_int_t)lock->wait_ns));
		}
	}
	return json_pack("{s:s, s:o, s:I}", "order", order, "locks", locks, "reaped",
			 (json_int_t)result->role[ROLE_REAPER].count.unmapped);
}

static int run_all(struct race_arena *arena, const struct layout *layout, json_t *races)
{
	char err[256];

	for (const char *const *engine = race_engines(); *engine; engine++) {
		for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
			const struct race_options options = {.engine = *engine,
							     .order = orders[i],
							     .timing = LOCK_TIMING_WAIT,
							     .tlb = TLB_OFF,
							     .frames = FRAMES_BY_SIZE,
							     .cpu = {-1, -1}};
			struct race_result result;

			if (race_run(arena, layout, &options, &result, err, sizeof(err))) {
				fprintf(stderr, "probed_races: %s\n", err);
				return 1;
			}
			json_array_append_new(races, race_figures(&result, orders[i]));
		}
	}
	return 0;
}

int main(void)
{
	struct race_arena *arena;
	struct layout_error lerr;
	struct layout *layout = layout_open("android", 1, &lerr);
	json_t *races = json_array(), *all;
	char err[256];
	int ret;

	clock_init();
	arena = layout ? race_arena_create(layout, false, err, sizeof(err)) : NULL;
	if (!arena) {
		fprintf(stderr, "probed_races: no layout or no memory\n");
		return 1;
	}
	ret = run_all(arena, layout, races);
	/* The pages that pass through gathers: all but swapped ones, a huge page as one. */
	all = json_pack("{s:o, s:I}", "races", races, "gathered_per_race",
			(json_int_t)(layout->pages[LAYOUT_ANON] + layout->pages[LAYOUT_FILE] +
				     layout->pages[LAYOUT_HUGE] / HPAGE_PMD_NR));
	if (json_dumpf(all, stdout, JSON_COMPACT) || puts("") == EOF)
		ret = 1;
	json_decref(all);
	race_arena_destroy(arena);
	layout_free(layout);
	return ret;
}
