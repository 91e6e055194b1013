// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the text a person reads. Right is that the verdict comes first and is short, that
 * the verdict and each sentence change with the figures, that nothing is claimed if the figures do
 * not show it or are not to be trusted, and that the mail keeps to 72 columns.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "common/format.h"
#include "common/verdict.h"
#include "compare/text.h"
#include "compare_fixture.h"

static char text[65536];

static int reset(void **state)
{
	fake_race_reset();
	snprintf(fixture_name, sizeof(fixture_name), "tiny");
	snprintf(fixture_rule, sizeof(fixture_rule), "Placed by hand.");
	return 0;
}

/* Line breaks stand where the words leave them; undo them before looking for words. */
static void unwrap(void)
{
	char *from, *to = text;

	for (from = text; *from; from++) {
		if (!strncmp(from, "\n  ", 3) && from[3] != ' ')
			from += 2;
		*to++ = *from;
	}
	*to = '\0';
}

static int text_short(FILE *out, const struct result *result)
{
	return text_result(out, result, false);
}

enum form { SHORT, VERBOSE, MAIL };

/* Run the fake, change its samples, keep the text of the result in `text`. */
static void report(enum form form, const char *engines, const char *orders,
		   void (*change)(struct experiment *c))
{
	struct compare_options o = fixture_options(engines, orders, "11");
	struct experiment *c = fixture_experiment(&o);
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct result *result;

	if (change)
		change(c);
	result = fixture_result(&o, c);
	assert_int_equal(form == MAIL ? mail_result(out, result)
				      : text_result(out, result, form == VERBOSE),
			 0);
	assert_int_equal(fclose(out), 0);
	result_free(result);
	experiment_destroy(c);
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

/* The first word of a line stands in it alone, so a line is found by how it begins. */
static void assert_begins(const char *words)
{
	if (strncmp(text, words, strlen(words)))
		fail_msg("'%s' does not begin:\n%s", words, text);
}

static void assert_columns(size_t most)
{
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strlen(line) > most)
			fail_msg("%zu columns: %s", strlen(line), line);
}

static void set_wall(struct experiment *c, int config, double factor)
{
	for (int rep = 0; rep < 11; rep++) {
		struct race_result *r = &c->configs[config].samples[rep].result;

		r->wall_ns = (uint64_t)((double)r->wall_ns * factor);
	}
}

static void set_cpu(struct experiment *c, int config, double factor)
{
	for (int rep = 0; rep < 11; rep++) {
		struct race_result *r = &c->configs[config].samples[rep].result;

		for (int role = 0; role < NR_ROLES; role++)
			r->role[role].cpu_ns = (uint64_t)((double)r->role[role].cpu_ns * factor);
	}
}

static void the_verdict_comes_first_and_follows_the_figures(void **state)
{
	report(SHORT, "kernel", "solo,forward,reverse", NULL);
	assert_begins("verdict ");
	/* The fake is a sixth faster in reverse than forward, and twice as fast as alone. */
	assert_says("\nbetter             tiny   reverse .8");
	assert_says(" .50 ");
}

static void slower(struct experiment *c)
{
	set_wall(c, 2, 2);
	set_cpu(c, 2, 2);
}

static void dearer(struct experiment *c)
{
	set_cpu(c, 2, 2);
}

/* Half of the repetitions above forward's, half below. */
static void reverse_as_forward(struct experiment *c)
{
	for (int rep = 0; rep < 11; rep++) {
		c->configs[2].samples[rep].result = c->configs[1].samples[rep].result;
		c->configs[2].samples[rep].result.wall_ns += rep % 2 ? 50000 : -50000;
	}
}

static void each_judgement_has_its_word(void **state)
{
	report(SHORT, "kernel", "solo,forward,reverse", slower);
	assert_says("\nworse ");
	report(SHORT, "kernel", "solo,forward,reverse", dearer);
	assert_says("\nfaster, more CPU ");
	report(SHORT, "kernel", "solo,forward,reverse", reverse_as_forward);
	assert_says("\nno difference seen ");
	assert_silent_on("\nbetter  ");
}

static void two_stay_disturbed(struct experiment *c)
{
	for (int rep = 4; rep < 6; rep++) {
		c->configs[2].samples[rep].repeated = 10;
		c->configs[2].samples[rep].result.disturbed = true;
	}
}

static void nothing_is_claimed_from_disturbed_rows(void **state)
{
	report(VERBOSE, "kernel", "solo,forward,reverse", two_stay_disturbed);
	assert_says("\nnot to be trusted  tiny   reverse ");
	unwrap();
	assert_says("because a task lost its CPU even when the race was repeated: "
		    "tiny/reverse (2 of 11 repetitions). Free the CPUs");
	assert_says("A task lost its CPU in 20 races; they were repeated, and 2 repetitions were "
		    "kept although disturbed.\n");
	/* Both its line and its sentence would be claims. */
	assert_silent_on("\nbetter  ");
	assert_silent_on("in reverse: the tasks wait");
}

static void one_stays_disturbed(struct experiment *c)
{
	c->configs[2].samples[4].repeated = 10;
	c->configs[2].samples[4].result.disturbed = true;
}

static void one_disturbed_repetition_of_eleven_does_not_sway_a_median(void **state)
{
	report(SHORT, "kernel", "solo,forward,reverse", one_stays_disturbed);
	assert_says("\nbetter  ");
	assert_says("1 repetition was kept although disturbed");
}

static void no_page_at_all(struct experiment *c)
{
	for (int config = 0; config < 3; config++)
		for (int rep = 0; rep < 11; rep++)
			for (int role = 0; role < NR_ROLES; role++)
				c->configs[config].samples[rep].result.role[role].count.unmapped =
					0;
}

static void a_victim_without_a_page_gets_no_verdict(void **state)
{
	report(VERBOSE, "kernel", "solo,forward,reverse", no_page_at_all);
	assert_says("\nno page to free    tiny   reverse ");
	assert_silent_on("\nbetter  ");
	assert_silent_on("the tasks wait");
}

static void few_repetitions_are_a_first_look(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,forward,reverse", "10");
	struct experiment *c = fixture_experiment(&o);
	struct result *result = fixture_result(&o, c);
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_int_equal(text_result(out, result, false), 0);
	fclose(out);
	assert_says("\nnot to be trusted ");
	assert_says("Fewer than 11 repetitions are a first look");
	assert_silent_on("\nbetter  ");
	result_free(result);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void forward_is_judged_where_it_is_the_only_reaper(void **state)
{
	report(SHORT, "kernel", "solo,forward", NULL);
	assert_says("\nfaster, more CPU   tiny   forward ");
	report(SHORT, "kernel", "solo,forward,reverse", NULL);
	assert_silent_on("tiny   forward -");
}

static void without_forward_or_solo_nothing_is_compared(void **state)
{
	report(SHORT, "kernel", "reverse", NULL);
	assert_begins("No verdict: ");
	report(SHORT, "kernel", "solo", NULL);
	assert_begins("No verdict: ");
}

static size_t lines_before(const char *words)
{
	const char *end = strstr(text, words);
	size_t lines = 0;

	assert_non_null(end);
	for (const char *at = text; at < end; at++)
		lines += *at == '\n';
	return lines;
}

static void a_verdict_over_many_rows_is_summed_up_by_order(void **state)
{
	report(SHORT, "kernel,maple",
	       "forward,reverse,reverse-fine,reverse-fine:2,reverse-fine:4,reverse-fine:8", NULL);
	assert_begins("Verdict by order, over all layouts:\n");
	assert_says("\nkernel reverse         better: tiny\n");
	assert_says("... and more orders: see the ratios below.\n");
	/* A head, eight lines and the blank one. */
	assert_true(lines_before("\nLess is better") <= 1 + TEXT_VERDICT_LINES);
	/* No ratio is lost. */
	assert_says("\nbetter             tiny   maple  reverse-fine:8");
}

static void the_legend_has_four_lines(void **state)
{
	const char *begin, *end;
	size_t lines = 0;

	report(SHORT, "kernel", "solo,forward,reverse", NULL);
	begin = strstr(text, "Less is better");
	assert_non_null(begin);
	end = strstr(begin, "\n\n");
	assert_non_null(end);
	for (; begin < end; begin++)
		lines += *begin == '\n';
	assert_int_equal(lines + 1, 4);
}

static void each_share_of_the_memory_has_its_time(void **state)
{
	double wall, mark[NR_FREE_MARKS];
	const char *row;
	int i;

	report(SHORT, "maple", "solo,forward", NULL);
	row = strstr(text, "\ntiny   solo ");
	assert_non_null(row);
	assert_int_equal(sscanf(row, " tiny solo %lf %*s %*s %*s %*s %*s %lf %lf %lf %lf", &wall,
				&mark[0], &mark[1], &mark[2], &mark[3]),
			 1 + NR_FREE_MARKS);
	/* The fake frees them after 5, 6, 7 and 8 eighths; the table has three digits. */
	for (i = 0; i < NR_FREE_MARKS; i++)
		assert_true(fabs(mark[i] * 8 / (i + 5) / wall - 1) < 0.01);
}

static void rows_bear_the_engine_where_there_are_two(void **state)
{
	report(SHORT, "kernel", "solo,reverse-fine:8", NULL);
	assert_says("\ntiny   reverse-fine:8 ");
	assert_silent_on("kernel ");
	report(SHORT, "kernel,maple", "solo,reverse-fine:8", NULL);
	assert_says("\ntiny   maple  reverse-fine:8");
	assert_says("\ntiny   kernel solo ");
}

/* The second engine takes twice the time, with either order. */
static void second_engine_slower(struct experiment *c)
{
	for (size_t config = 2; config < 4; config++) {
		set_wall(c, config, 2);
		set_cpu(c, config, 2);
	}
}

static void each_engine_stands_next_to_the_first(void **state)
{
	report(SHORT, "kernel", "solo,reverse", NULL);
	assert_silent_on("\nover ");
	report(SHORT, "kernel,maple", "solo,reverse", NULL);
	assert_says("\nover kernel        layout engine order   wall           CPU\n");
	assert_says("\nno difference seen tiny   maple  solo    1.00 ");
	assert_says("\nno difference seen tiny   maple  reverse 1.00 ");
	assert_silent_on("tiny   kernel reverse 1.00");
	report(SHORT, "kernel,maple", "solo,reverse", second_engine_slower);
	assert_says("\nworse              tiny   maple  solo    2.00 ");
	assert_says("\nworse              tiny   maple  reverse 2.00 ");
	report(SHORT, "maple,kernel", "solo,reverse", second_engine_slower);
	assert_says("\nworse              tiny   kernel solo ");
}

static void verbose_has_every_metric_with_its_interval(void **state)
{
	char label[64];

	report(VERBOSE, "kernel", "solo,forward,reverse", NULL);
	for (int metric = 0; metric < NR_METRICS; metric++) {
		const struct metric_info *m = &metric_info[metric];

		if (!(m->where & IN_ROWS))
			continue;
		snprintf(label, sizeof(label), "\n%.20s", m->label);
		assert_says(label);
	}
	assert_says("tiny: 3 VMAs, 2 page tables");
	unwrap();
	assert_says("Placed by hand.");
}

static void moved_waiting_is_found_at_the_other_lock(void **state)
{
	report(SHORT, "kernel", "forward,reverse", NULL);
	unwrap();
	assert_says("tiny, in reverse: the tasks wait 1");
	assert_says("for the ptl instead of 2.00 ms; ");
	assert_says("came back as waiting for the lruvec lock; their CPU time is ");
	assert_silent_on("the swap locks");
}

static void lruvec_as_before(struct experiment *c)
{
	int rep, role, class;

	for (rep = 0; rep < 11; rep++)
		for (role = 0; role < NR_ROLES; role++)
			for (class = LOCK_LRUVEC; class < NR_LOCK_CLASSES; class ++)
				c->configs[1].samples[rep].result.role[role].lock[class] =
					c->configs[0].samples[rep].result.role[role].lock[class];
}

static void waiting_that_did_not_move_is_not_said_to_come_back(void **state)
{
	report(SHORT, "kernel", "forward,reverse", lruvec_as_before);
	assert_says("the tasks wait ");
	assert_silent_on("came back");
}

static void reverse_waits_like_forward(struct experiment *c)
{
	int rep, role;

	lruvec_as_before(c);
	for (rep = 0; rep < 11; rep++)
		for (role = 0; role < NR_ROLES; role++)
			c->configs[1].samples[rep].result.role[role].lock[LOCK_PTL] =
				c->configs[0].samples[rep].result.role[role].lock[LOCK_PTL];
}

static void unchanged_waiting_is_said_to_be_unchanged(void **state)
{
	report(SHORT, "kernel", "forward,reverse", reverse_waits_like_forward);
	assert_says("in reverse: no difference is seen in waiting for the ptl.\n");
	assert_silent_on("came back");
}

/* Both orders cost more from race to race, and reverse each time a little more than forward. */
static void drift(struct experiment *c)
{
	for (int rep = 0; rep < 11; rep++)
		for (int role = 0; role < NR_ROLES; role++)
			for (int config = 0; config < 2; config++)
				c->configs[config].samples[rep].result.role[role].cpu_ns =
					1000000 * (1 + (uint64_t)rep) + 10000 * (uint64_t)config;
}

/* All pairs of races say so, but the order in which they ran explains more: one rule for both. */
static void a_sentence_claims_no_more_than_the_verdict(void **state)
{
	report(SHORT, "kernel", "forward,reverse", drift);
	unwrap();
	assert_says("for the ptl instead of 2.00 ms; ");
	assert_says("; no difference is seen in their CPU time.\n");
}

static void repeated_once(struct experiment *c)
{
	c->configs[2].samples[4].repeated = 1;
}

static void an_interrupted_run_says_so_in_its_text(void **state)
{
	static const char *const words =
		"The run was interrupted: not everything that was asked for is here.\n";
	struct compare_options o = fixture_options("kernel", "forward,reverse", "11");
	struct experiment *c = fixture_experiment(&o);
	struct result *result = fixture_result(&o, c);
	int (*const makers[])(FILE *, const struct result *) = {text_short, mail_result};

	for (int i = 0; i < 4; i++) {
		FILE *out = fmemopen(text, sizeof(text), "w");

		result->interrupted = i % 2;
		assert_int_equal(makers[i / 2](out, result), 0);
		assert_int_equal(fclose(out), 0);
		if (i % 2)
			assert_says(words);
		else
			assert_silent_on("interrupted");
	}
	result_free(result);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void of_nothing_that_was_kept_nothing_is_said(void **state)
{
	report(SHORT, "kernel", "solo,forward,reverse", repeated_once);
	assert_says("A task lost its CPU in 1 race; it was repeated.\n");
}

static void what_a_layout_does_not_hold_is_said(void **state)
{
	static const enum form forms[] = {SHORT, MAIL};

	snprintf(fixture_rule, sizeof(fixture_rule), "Placed by hand; note: counted as 4");
	for (int i = 0; i < 2; i++) {
		report(forms[i], "kernel,maple", "forward,reverse", NULL);
		assert_says("\ntiny: counted as 4.\n");
		assert_silent_on("Placed");
		assert_null(strstr(strstr(text, "counted as 4") + 1, "counted as 4"));
	}
}

static void the_published_figures_stand_beside_android_only(void **state)
{
	report(VERBOSE, "kernel", "forward,reverse", NULL);
	assert_silent_on("41.59");
	snprintf(fixture_name, sizeof(fixture_name), "android");
	report(VERBOSE, "kernel", "forward,reverse", NULL);
	assert_says("41.59 %, 33.70 %");
	assert_says("0.51 %, 1.72 %");
	assert_says("0.794");
	assert_says("arm64 Android");
	report(VERBOSE, "kernel", "forward", NULL);
	assert_silent_on("41.59");
}

static void the_mail_keeps_to_72_columns_and_says_what_was_measured(void **state)
{
	static const char *const orders = "solo,forward,reverse,reverse-fine:8";

	snprintf(fixture_name, sizeof(fixture_name), "chromium-renderer");
	report(MAIL, "kernel,maple", orders, two_stay_disturbed);
	assert_begins("umaple ");
	assert_says("\nengine kernel: fake\nengine maple: fake\n");
	assert_says("\nchromium-renderer on maple: 3 VMAs, 100 pages (20 swapped), r 3.00");
	assert_says("\nchromium-renderer on kernel, reverse against forward: not to be trusted\n");
	assert_says("\nchromium-renderer on maple, reverse against forward: better\n");
	assert_says("mcs locks; TLB shootdown: ");
	assert_columns(72);
}

static enum tlb_mode said_mode;

static void with_said_mode(struct experiment *c)
{
	((struct compare_options *)c->options)->tlb = said_mode;
}

static void the_mail_warns_of_a_tlb_that_no_machine_has(void **state)
{
	for (int mode = 0; mode < NR_TLB_MODES; mode++) {
		char words[64];

		said_mode = (enum tlb_mode)mode;
		report(MAIL, "maple", "solo,reverse", with_said_mode);
		snprintf(words, sizeof(words), "TLB shootdown: %s", tlb_mode_info[mode].name);
		assert_says(words);
		if (said_mode == TLB_IPI)
			assert_says("no architecture of today does that");
		else
			assert_silent_on("no architecture of today");
		if (said_mode == TLB_OFF)
			assert_says("No TLB shootdown is modelled.");
		else
			assert_silent_on("is modelled");
	}
}

/* So close to 1 that a ratio needs all its digits. */
static void close_to_one(struct experiment *c)
{
	for (int rep = 0; rep < 11; rep++) {
		c->configs[1].samples[rep].result = c->configs[0].samples[rep].result;
		c->configs[1].samples[rep].result.wall_ns += 40000 + (uint64_t)rep;
	}
}

static void nothing_makes_the_mail_wider(void **state)
{
	snprintf(fixture_name, sizeof(fixture_name), "a-layout-of-a-long-name-indeed");
	report(MAIL, "kernel,maple", "forward,reverse-fine:1024", close_to_one);
	assert_says("\n  reverse-fine:1024 ");
	assert_columns(72);
	report(MAIL, "kernel", "forward,reverse", close_to_one);
	assert_columns(72);
}

static void numbers_keep_three_digits_and_their_unit(void **state)
{
	char s[48];

	assert_string_equal(format_number(s, 0), "0");
	assert_string_equal(format_number(s, 0.001), "<0.01");
	assert_string_equal(format_number(s, 9.994), "9.99");
	assert_string_equal(format_number(s, 9.996), "10.0");
	assert_string_equal(format_number(s, 123.4), "123");
	assert_string_equal(format_time(s, 12), "12.0 ns");
	assert_string_equal(format_time(s, 1500), "1.50 us");
	assert_string_equal(format_time(s, 2.5e9), "2.50 s");
	assert_string_equal(format_memory(s, 0), "0 KiB");
	assert_string_equal(format_memory(s, 262144), "1.00 GiB");
}

static void a_ratio_never_seems_to_hold_one_where_it_does_not(void **state)
{
	char s[48];

	assert_string_equal(format_ratio(s, &(struct interval){.72, .67, .81}), ".72 .67-.81");
	assert_string_equal(format_ratio(s, &(struct interval){1, .95, 1.05}), "1.00 .95-1.05");
	assert_string_equal(format_ratio(s, &(struct interval){.98, .95, .998}), ".980 .950-.998");
	assert_string_equal(format_ratio(s, &(struct interval){1.01, 1.0004, 1.02}),
			    "1.0100 1.0004-1.0200");
	assert_string_equal(format_ratio(s, &(struct interval){12.34, 2, 123.4}), "12.3 2.00-123");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_verdict_comes_first_and_follows_the_figures, reset),
		cmocka_unit_test_setup(each_judgement_has_its_word, reset),
		cmocka_unit_test_setup(nothing_is_claimed_from_disturbed_rows, reset),
		cmocka_unit_test_setup(one_disturbed_repetition_of_eleven_does_not_sway_a_median,
				       reset),
		cmocka_unit_test_setup(a_victim_without_a_page_gets_no_verdict, reset),
		cmocka_unit_test_setup(few_repetitions_are_a_first_look, reset),
		cmocka_unit_test_setup(forward_is_judged_where_it_is_the_only_reaper, reset),
		cmocka_unit_test_setup(without_forward_or_solo_nothing_is_compared, reset),
		cmocka_unit_test_setup(a_verdict_over_many_rows_is_summed_up_by_order, reset),
		cmocka_unit_test_setup(the_legend_has_four_lines, reset),
		cmocka_unit_test_setup(each_share_of_the_memory_has_its_time, reset),
		cmocka_unit_test_setup(rows_bear_the_engine_where_there_are_two, reset),
		cmocka_unit_test_setup(each_engine_stands_next_to_the_first, reset),
		cmocka_unit_test_setup(verbose_has_every_metric_with_its_interval, reset),
		cmocka_unit_test_setup(moved_waiting_is_found_at_the_other_lock, reset),
		cmocka_unit_test_setup(waiting_that_did_not_move_is_not_said_to_come_back, reset),
		cmocka_unit_test_setup(unchanged_waiting_is_said_to_be_unchanged, reset),
		cmocka_unit_test_setup(a_sentence_claims_no_more_than_the_verdict, reset),
		cmocka_unit_test_setup(an_interrupted_run_says_so_in_its_text, reset),
		cmocka_unit_test_setup(of_nothing_that_was_kept_nothing_is_said, reset),
		cmocka_unit_test_setup(what_a_layout_does_not_hold_is_said, reset),
		cmocka_unit_test_setup(the_published_figures_stand_beside_android_only, reset),
		cmocka_unit_test_setup(the_mail_warns_of_a_tlb_that_no_machine_has, reset),
		cmocka_unit_test_setup(the_mail_keeps_to_72_columns_and_says_what_was_measured,
				       reset),
		cmocka_unit_test_setup(nothing_makes_the_mail_wider, reset),
		cmocka_unit_test_setup(numbers_keep_three_digits_and_their_unit, reset),
		cmocka_unit_test_setup(a_ratio_never_seems_to_hold_one_where_it_does_not, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
