// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the text a person reads. Right is that it fits 100 columns, that each sentence
 * follows the figures when these are turned round, that a difference is claimed only where the
 * interval leaves "none" out, and that what did not run is not spoken of.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "compare_fixture.h"
#include "compare/text.h"

static char text[65536];
static bool wrapped; /* leave the line breaks in */

static int reset(void **state)
{
	fake_race_reset();
	wrapped = false;
	snprintf(fixture_name, sizeof(fixture_name), "tiny");
	return 0;
}

/* Line breaks stand where the words leave them; undo them before looking for words. */
static void unwrap(void)
{
	char *from, *to = text;

	for (from = text; *from; from++) {
		if (!strncmp(from, "\n  ", 3))
			from += 2;
		*to++ = *from;
	}
	*to = '\0';
}

/* Run the fake, change its samples, keep what the report says in `text`. */
static void report(const char *engines, const char *orders, void (*change)(struct campaign *c))
{
	struct compare_options o = fixture_options(engines, orders, "11");
	struct campaign *c = fixture_campaign(&o);
	struct figures *f;
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (change)
		change(c);
	f = figures_create(c);
	assert_non_null(f);
	report_text_layout(out, f);
	assert_int_equal(fclose(out), 0);
	if (!wrapped)
		unwrap();
	figures_destroy(f);
	campaign_destroy(c);
	compare_options_free(&o);
}

static void assert_says(const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' is not in:\n%s", words, text);
}

static void assert_silent_on(const char *words)
{
	if (strstr(text, words))
		fail_msg("'%s' is in:\n%s", words, text);
}

static void each_share_of_the_memory_has_its_time(void **state)
{
	double wall, mark[NR_FREE_MARKS];
	const char *row;
	int i;

	report("maple", "solo,forward", NULL);
	assert_says(" 50 %   90 %   99 %  100 %\n");
	row = strstr(text, "\nsolo ");
	assert_non_null(row);
	assert_int_equal(sscanf(row, " solo %lf %*s %*s %*s %*s %*s %lf %lf %lf %lf", &wall,
				&mark[0], &mark[1], &mark[2], &mark[3]),
			 1 + NR_FREE_MARKS);
	/* The fake frees them after 5, 6, 7 and 8 eighths; the table has three digits. */
	for (i = 0; i < NR_FREE_MARKS; i++)
		assert_true(fabs(mark[i] * 8 / (i + 5) / wall - 1) < 0.01);
}

static void everything_fits_a_hundred_columns(void **state)
{
	char *line, *save = NULL;

	snprintf(fixture_name, sizeof(fixture_name), "android");
	wrapped = true;
	report("kernel,maple", "solo,forward,reverse,reverse-fine:8", NULL);
	assert_non_null(strstr(text, "Engine kernel"));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strlen(line) > 100)
			fail_msg("%zu columns: %s", strlen(line), line);
}

static void rows_bear_the_order_and_with_two_engines_both(void **state)
{
	report("kernel", "solo,reverse-fine:8", NULL);
	assert_says("\nreverse-fine:8 ");
	assert_silent_on("kernel/");
	report("kernel,maple", "solo,reverse-fine:8", NULL);
	assert_says("\nmaple/reverse-fine:8");
	assert_says("\nkernel/solo ");
}

static void the_longest_wait_is_named_with_its_role_and_lock(void **state)
{
	report("kernel", "solo,forward,reverse", NULL);
	/* The fake: both wait equally long, the exiting task runs longer. */
	assert_says("walking forward, the exiting task for the ptl, 1.00 ms (16.");
	assert_says("in reverse, the exiting task for the lruvec lock, 75");
}

static void reaper_waits_for_zone(struct campaign *c)
{
	int rep;

	for (rep = 0; rep < 11; rep++)
		c->cells[0].samples[rep].result.role[ROLE_REAPER].lock[LOCK_ZONE].wait_ns = 3000000;
}

static void the_longest_wait_follows_the_figures(void **state)
{
	report("kernel", "forward", reaper_waits_for_zone);
	assert_says("walking forward, the reaper for the zone lock, 3.00 ms");
}

static void nobody_waits(struct campaign *c)
{
	int rep, role;

	for (rep = 0; rep < 11; rep++)
		for (role = 0; role < NR_ROLES; role++)
			memset(c->cells[0].samples[rep].result.role[role].lock, 0,
			       sizeof(c->cells[0].samples[rep].result.role[role].lock));
}

static void no_wait_at_all_is_said(void **state)
{
	report("kernel", "forward", nobody_waits);
	assert_says("walking forward, nobody waited for a spinlock.");
	report("kernel", "solo", NULL);
	assert_says("no order with a reaper ran");
}

static void reaping_pays_in_wall_time_and_costs_running_time(void **state)
{
	report("kernel", "solo,forward", NULL);
	assert_says("against solo: walking forward 40 % less wall time (0.60");
	assert_says("for 21 % more running time (1.2");
}

static void forward_as_long_as_solo(struct campaign *c)
{
	int rep;

	for (rep = 0; rep < 11; rep++)
		c->cells[1].samples[rep].result.wall_ns =
			c->cells[0].samples[rep].result.wall_ns + (rep % 2 ? 50000 : -50000);
}

static void an_interval_around_one_is_no_difference(void **state)
{
	report("kernel", "solo,forward", forward_as_long_as_solo);
	assert_says("walking forward no difference seen in wall time (");
}

static void moved_waiting_is_found_at_the_other_lock(void **state)
{
	report("kernel", "forward,reverse", NULL);
	assert_says("in reverse less waiting for the ptl (2.00 ms to 1");
	assert_says("more waiting for the lruvec lock (1.0");
	assert_says(" of what was saved came back as waiting for other locks");
	assert_silent_on("the swap locks");
}

static void lruvec_as_before(struct campaign *c)
{
	int rep, role, class;

	for (rep = 0; rep < 11; rep++)
		for (role = 0; role < NR_ROLES; role++)
			for (class = LOCK_LRUVEC; class < NR_LOCK_CLASSES; class ++)
				c->cells[1].samples[rep].result.role[role].lock[class] =
					c->cells[0].samples[rep].result.role[role].lock[class];
}

static void waiting_that_went_away_is_said_to_be_gone(void **state)
{
	report("kernel", "forward,reverse", lruvec_as_before);
	assert_says("no difference seen in waiting for the lruvec lock");
	assert_says(": it did not move to another lock.");
}

static void reverse_like_forward(struct campaign *c)
{
	int rep, role;

	lruvec_as_before(c);
	for (rep = 0; rep < 11; rep++)
		for (role = 0; role < NR_ROLES; role++)
			c->cells[1].samples[rep].result.role[role].lock[LOCK_PTL] =
				c->cells[0].samples[rep].result.role[role].lock[LOCK_PTL];
}

static void unchanged_waiting_is_no_difference_and_nothing_moved(void **state)
{
	report("kernel", "forward,reverse", reverse_like_forward);
	assert_says("in reverse no difference seen in waiting for the ptl");
	assert_silent_on("move");
	assert_silent_on("came back");
}

static void without_forward_or_solo_nothing_is_compared(void **state)
{
	report("kernel", "reverse", NULL);
	assert_says("cannot be said without solo");
	assert_says("cannot be said without forward");
	assert_silent_on("against forward ");
}

static void two_of_a_traced_round(struct campaign *c)
{
	struct sample *traced = c->cells[0].traced;

	traced[0].done = traced[1].done = traced[1].result.disturbed = true;
	traced[1].repeated = 10;
}

static void trace_undisturbed(struct campaign *c)
{
	two_of_a_traced_round(c);
	c->cells[0].traced[1].repeated = 0;
	c->cells[0].traced[1].result.disturbed = false;
}

static void traced_races_are_counted_if_there_are_any(void **state)
{
	report("kernel", "forward", NULL);
	assert_silent_on("Traced");
	assert_silent_on("Trace overhead");
	report("kernel", "forward", trace_undisturbed);
	assert_says("Traced: 2 races more, not in these figures.\n");
	report("kernel", "forward", two_of_a_traced_round);
	assert_says("Traced: 2 races more, not in these figures; 10 were disturbed and repeated, 1 "
		    "kept although disturbed.\n");
}

static void set_ptl_wait(struct sample *sample, uint64_t ns)
{
	sample->done = true;
	for (int role = 0; role < NR_ROLES; role++)
		sample->result.role[role].lock[LOCK_PTL].wait_ns = ns;
}

static void traced_waits(struct campaign *c)
{
	for (unsigned int rep = 0; rep < c->options->reps; rep++)
		set_ptl_wait(&c->cells[0].samples[rep], 1000);
	set_ptl_wait(&c->cells[0].traced[0], 9000);
	set_ptl_wait(&c->cells[0].traced[1], 500);
	set_ptl_wait(&c->cells[0].traced[2], 1500);
}

static void waits_in_traced_races_are_set_against_the_others(void **state)
{
	report("kernel", "forward,reverse", traced_waits);
	assert_says("wait for the ptl over that in these figures: kernel/forward 1.50.\n");
}

static void r_and_overhead_stand_below(void **state)
{
	report("kernel", "forward", NULL);
	assert_says("r = 3.00 (3.00..3.00)");
	assert_says("Instrument overhead: ");
	assert_says("3 pairs: 1.00");
}

static void the_published_figures_stand_beside_android_only(void **state)
{
	report("kernel", "forward,reverse", NULL);
	assert_silent_on("41.59");
	snprintf(fixture_name, sizeof(fixture_name), "android");
	report("kernel", "forward,reverse", NULL);
	assert_says("41.59 %, 33.70 %");
	assert_says("0.51 %, 1.72 %");
	assert_says("0.794");
	assert_says("arm64 Android");
	report("kernel", "forward", NULL);
	assert_silent_on("41.59");
}

static void one_stays_disturbed(struct campaign *c)
{
	c->cells[1].samples[4].repeated = 10;
	c->cells[1].samples[4].result.disturbed = true;
}

static void disturbed_repetitions_are_shown(void **state)
{
	report("kernel", "solo,forward", one_stays_disturbed);
	assert_says("\nforward* ");
	assert_says("and repeated: 10 races of kernel/forward.");
	assert_says("* Disturbed even when repeated: 1 of 11 repetitions of kernel/forward.");
	assert_says("The least disturbed of 11 races");
	report("kernel", "solo,forward", NULL);
	assert_silent_on("isturbed");
}

static void numbers_keep_three_digits_and_their_unit(void **state)
{
	char s[32];

	assert_string_equal(report_number(s, 0), "0");
	assert_string_equal(report_number(s, 0.001), "<0.01");
	assert_string_equal(report_number(s, 9.994), "9.99");
	assert_string_equal(report_number(s, 9.996), "10.0");
	assert_string_equal(report_number(s, 123.4), "123");
	assert_string_equal(report_time(s, 12), "12.0 ns");
	assert_string_equal(report_time(s, 1500), "1.50 us");
	assert_string_equal(report_time(s, 2.5e9), "2.50 s");
	assert_string_equal(report_memory(s, 0), "0 KiB");
	assert_string_equal(report_memory(s, 262144), "1.00 GiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(everything_fits_a_hundred_columns, reset),
		cmocka_unit_test_setup(each_share_of_the_memory_has_its_time, reset),
		cmocka_unit_test_setup(rows_bear_the_order_and_with_two_engines_both, reset),
		cmocka_unit_test_setup(the_longest_wait_is_named_with_its_role_and_lock, reset),
		cmocka_unit_test_setup(the_longest_wait_follows_the_figures, reset),
		cmocka_unit_test_setup(no_wait_at_all_is_said, reset),
		cmocka_unit_test_setup(reaping_pays_in_wall_time_and_costs_running_time, reset),
		cmocka_unit_test_setup(an_interval_around_one_is_no_difference, reset),
		cmocka_unit_test_setup(moved_waiting_is_found_at_the_other_lock, reset),
		cmocka_unit_test_setup(waiting_that_went_away_is_said_to_be_gone, reset),
		cmocka_unit_test_setup(unchanged_waiting_is_no_difference_and_nothing_moved, reset),
		cmocka_unit_test_setup(without_forward_or_solo_nothing_is_compared, reset),
		cmocka_unit_test_setup(traced_races_are_counted_if_there_are_any, reset),
		cmocka_unit_test_setup(waits_in_traced_races_are_set_against_the_others, reset),
		cmocka_unit_test_setup(r_and_overhead_stand_below, reset),
		cmocka_unit_test_setup(the_published_figures_stand_beside_android_only, reset),
		cmocka_unit_test_setup(disturbed_repetitions_are_shown, reset),
		cmocka_unit_test_setup(numbers_keep_three_digits_and_their_unit, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
