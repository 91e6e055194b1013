/* SPDX-License-Identifier: GPL-2.0-only */
/* A small layout and options for tests that run experiments on the fake race. */
#ifndef UMAPLE_COMPARE_FIXTURE_H
#define UMAPLE_COMPARE_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/result_file.h"
#include "compare/figures.h"
#include "compare/json.h"
#include "compare/schedule.h"
#include "fake_race.h"
#include "layout/layout.h"

/* cmocka 1.1.5 compares floats only in single precision. */
#define assert_near(a, b, e) assert_true(fabs((double)(a) - (double)(b)) <= (e))

static char fixture_name[32] = "tiny", fixture_rule[128] = "Placed by hand.";

static const struct layout fixture_layout = {
	.name = fixture_name,
	.rule = fixture_rule,
	.nr_vmas = 3,
	.pages = {[LAYOUT_ANON] = 60, [LAYOUT_FILE] = 20, [LAYOUT_SWAP] = 20},
	.nr_pte_tables = 2,
};

/* Options as the command line would make them; free with compare_options_free(). */
static inline struct compare_options fixture_options(const char *engines, const char *orders,
						     const char *reps)
{
	const char *const words[] = {"test",   "--engine", engines, "--order", orders,
				     "--reps", reps,	   "--pin", "none",    NULL};
	char *argv[10] = {NULL};
	struct compare_options options;
	int i;

	for (i = 0; words[i]; i++)
		argv[i] = strdup(words[i]);
	assert_int_equal(compare_options_parse(&options, i, argv), 0);
	while (i)
		free(argv[--i]);
	options.processes = 1;
	options.hold_reps = 2;
	options.overhead_reps = 3;
	return options;
}

/* An experiment that has run on the fake. */
static inline struct experiment *fixture_experiment(const struct compare_options *options)
{
	struct experiment *c = experiment_create(options, &fixture_layout, NULL);
	char text[128];
	struct race_arena *arena;

	assert_non_null(c);
	arena = race_arena_create(&fixture_layout, options->trace, text, sizeof(text));
	assert_non_null(arena);
	for (unsigned int process = 0; process < options->processes; process++)
		assert_int_equal(experiment_run(c, process, arena, NULL), 0);
	race_arena_destroy(arena);
	return c;
}

/* Its result, as it would be read from a file. */
static inline struct result *fixture_result(const struct compare_options *options,
					    struct experiment *experiment)
{
	struct figures *figures = figures_create(experiment);
	struct error_text error = {.text = ""};
	struct result *result;
	struct host host;

	assert_non_null(figures);
	host_describe(&host, 1700000000);
	result = result_from_json(compare_json_build(&host, options, &figures, 1, false, NULL),
				  "the result", &error);
	if (!result)
		fail_msg("%s", error.text);
	figures_destroy(figures);
	return result;
}

#endif
