// SPDX-License-Identifier: GPL-2.0-only
#include "race_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "race/race.h"
#include "common/format.h"
#include "common/stats.h"
#include "common/stop.h"

/* The times of the races, in the order in which they ran. */
struct taken {
	double *wall, *running; /* ns; room for options.reps */
	unsigned int races, disturbed;
};

static int complain(const char *program, const char *what)
{
	fprintf(stderr, "%s: %s\n", program, what);
	return 1;
}

static int summarize(const char *program, const struct compare_options *o, const char *layout,
		     const struct taken *taken)
{
	char wall_text[32], running_text[32];
	double wall, running;

	if (taken->races) {
		if (stats_median(taken->wall, taken->races, &wall) ||
		    stats_median(taken->running, taken->races, &running))
			return complain(program, "out of memory");
		printf("%s/%s/%s: %u races, medians: wall %s, running time of both tasks %s",
		       layout, o->engines.names[0], o->orders.names[0], taken->races,
		       format_time(wall_text, wall), format_time(running_text, running));
		if (taken->disturbed)
			printf("; a task lost its CPU in %u of them", taken->disturbed);
		printf("\n");
		if (fflush(stdout))
			return complain(program, strerror(errno));
	}
	if (!stop_signal)
		return 0;
	complain(program, "interrupted");
	return 128 + stop_signal;
}

/* Run a warm-up and then the races, until all are done or a signal comes. */
static int run_races(const char *program, const struct compare_options *o,
		     const struct layout *layout, struct race_arena *arena, struct taken *taken)
{
	const struct race_options options = {
		.engine = o->engines.names[0],
		.order = o->orders.names[0],
		.lock = o->lock,
		.timing = LOCK_TIMING_WAIT,
		.tlb = o->tlb,
		.frames = o->frames,
		.cpu = {o->cpu[ROLE_EXIT], o->cpu[ROLE_REAPER]},
	};
	struct race_result result;
	char err[256] = "";

	for (unsigned int i = 0; i <= o->reps && !stop_signal; i++) {
		if (race_run(arena, layout, &options, &result, err, sizeof(err)))
			return complain(program, err);
		if (!i)
			continue;
		taken->wall[taken->races] = (double)result.wall_ns;
		taken->running[taken->races++] =
			(double)(result.role[ROLE_EXIT].cpu_ns + result.role[ROLE_REAPER].cpu_ns);
		taken->disturbed += result.disturbed;
	}
	return summarize(program, o, layout->name, taken);
}

static int run(const char *program, const struct compare_options *o)
{
	struct taken taken = {.wall = calloc(o->reps, sizeof(*taken.wall)),
			      .running = calloc(o->reps, sizeof(*taken.running))};
	struct layout_error layout_err;
	struct layout *layout = layout_open(o->layouts.names[0], o->scale, &layout_err);
	struct race_arena *arena = NULL;
	char err[256];
	int status;

	if (!layout) {
		status = complain(program, layout_err.text);
	} else if (!taken.wall || !taken.running) {
		status = complain(program, "out of memory");
	} else {
		arena = race_arena_create(layout, false, err, sizeof(err));
		stop_catch();
		if (!arena || (!o->force && race_probe(o->cpu, err, sizeof(err))))
			status = complain(program, err);
		else
			status = run_races(program, o, layout, arena, &taken);
	}
	race_arena_destroy(arena);
	layout_free(layout);
	free(taken.wall);
	free(taken.running);
	return status;
}

int race_command_main(int argc, char **argv)
{
	struct compare_options options;
	int status = race_command_options_parse(&options, argc, argv);

	if (status)
		return status;
	compare_options_warn(&options, argv[0]);
	status = run(argv[0], &options);
	compare_options_free(&options);
	return status;
}
