// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the progress line, with times made up. Right is: no time is claimed before
 * anything has run; a layout that runs at an even pace has its true rest; layouts to come weigh
 * as much as they have pages; the percentage never goes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/progress.h"

#define SECOND 1000000000ULL

/* Two layouts, the second three times as large, of ten races each. */
static const struct progress_stage stages[] = {{1000, 10}, {3000, 10}};
static struct progress progress;

static int begin(void **state)
{
	(void)state;
	progress_begin(&progress, NULL, stages, 2, 50 * SECOND);
	return 0;
}

static void assert_text(size_t done, const char *name, uint64_t now, const char *expected)
{
	char text[128];

	progress_text(&progress, done, name, now, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void nothing_is_claimed_before_a_race_is_done(void **state)
{
	(void)state;
	progress_stage(&progress, 0, 50 * SECOND);
	assert_text(0, "a/maple/solo/warm-up", 50 * SECOND, "  0 %: a/maple/solo/warm-up");
}

static void what_is_left_follows_the_pages(void **state)
{
	(void)state;
	/* Each race of the first takes 2 s: 16 s here, and 10 races of 6 s. */
	progress_stage(&progress, 0, 50 * SECOND);
	assert_text(2, "x", 54 * SECOND, "  5 %, 1 min 16 s left: x");
	assert_text(9, "x", 68 * SECOND, " 22 %, 1 min 02 s left: x");
	progress_stage(&progress, 1, 70 * SECOND);
	assert_text(0, "x", 70 * SECOND, " 25 %, 1 min 00 s left: x");
	/* It is faster than its pages said: 3 s a race. */
	assert_text(4, "x", 82 * SECOND, " 55 %, 18 s left: x");
	assert_text(9, "x", 97 * SECOND, " 92 %, 3 s left: x");
}

static void long_times_are_in_hours(void **state)
{
	(void)state;
	progress_stage(&progress, 0, 50 * SECOND);
	assert_text(1, "x", 50 * SECOND + 280 * SECOND, "  2 %, 3 h 02 min left: x");
}

static void the_percentage_only_grows(void **state)
{
	uint64_t now = 50 * SECOND;
	int last = 0, percent;
	char text[128];

	(void)state;
	for (size_t layout = 0; layout < 2; layout++) {
		progress_stage(&progress, layout, now);
		for (size_t done = 0; done < 10; done++) {
			progress_text(&progress, done, "x", now, text, sizeof(text));
			assert_int_equal(sscanf(text, "%d %%", &percent), 1);
			assert_in_range(percent, last, 99);
			last = percent;
			/* At no even pace at all. */
			now += SECOND * (1 + 7 * (done % 3));
		}
	}
}

static void layouts_without_pages_do_no_harm(void **state)
{
	static const struct progress_stage none[] = {{0, 10}, {0, 10}};

	(void)state;
	progress_begin(&progress, NULL, none, 2, 0);
	assert_text(3, "x", SECOND, "  0 %: x");
}

static void stages_of_several_lengths_weigh_as_their_races(void **state)
{
	static const struct progress_stage uneven[] = {{1000, 30}, {1000, 10}};

	(void)state;
	progress_begin(&progress, NULL, uneven, 2, 0);
	/* 15 s here, and 10 s in the second. */
	assert_text(15, "x", 15 * SECOND, " 37 %, 25 s left: x");
	progress_stage(&progress, 1, 30 * SECOND);
	assert_text(0, "x", 30 * SECOND, " 75 %, 10 s left: x");
}

static void a_name_cannot_play_with_the_terminal(void **state)
{
	(void)state;
	assert_text(0, "a\033[2Jb\nc", 50 * SECOND, "  0 %: a?[2Jb?c");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_claimed_before_a_race_is_done),
		CASE(what_is_left_follows_the_pages),
		CASE(long_times_are_in_hours),
		CASE(the_percentage_only_grows),
		CASE(layouts_without_pages_do_no_harm),
		CASE(stages_of_several_lengths_weigh_as_their_races),
		CASE(a_name_cannot_play_with_the_terminal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
