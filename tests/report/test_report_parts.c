// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the parts that names and points go through. Wrong is a name that breaks out of a
 * gnuplot string, of HTML or of a folder, two names that become one file, a point left out that
 * can be seen, and a template that prints something outside its model or leaves text unescaped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/regression.h"
#include "common/verdict.h"
#include "report/chart.h"
#include "report/names.h"
#include "report/template.h"

static void check_slug(const char *name, const char *slug)
{
	char made[NAME_SLUG];

	name_slug(made, name);
	assert_string_equal(made, slug);
}

static void plain_names_are_their_own_slugs(void **state)
{
	check_slug("android", "android");
	check_slug("chromium-renderer", "chromium-renderer");
	check_slug("A_1.2", "A_1.2");
}

static void other_names_become_harmless_and_stay_apart(void **state)
{
	static const char *const names[] = {"",
					    "..",
					    "a/b",
					    "a\\b",
					    "a b",
					    ".hidden",
					    "-persist",
					    "a\nb",
					    "a'b",
					    "../../etc/passwd",
					    "\xc3\xa4",
					    "0123456789012345678901234567890123456789x",
					    "0123456789012345678901234567890123456789y"};
	char slugs[sizeof(names) / sizeof(names[0])][NAME_SLUG];
	size_t i, j;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		name_slug(slugs[i], names[i]);
		assert_true(slugs[i][0] && !strchr(".-", slugs[i][0]) && strlen(slugs[i]) < 64);
		assert_int_equal(strspn(slugs[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
						  "WXYZ0123456789-_."),
				 strlen(slugs[i]));
		for (j = 0; j < i; j++)
			assert_string_not_equal(slugs[i], slugs[j]);
	}
}

/* The text that a function writes. */
static void check_put(void (*put)(FILE *, const char *), const char *text, const char *expected)
{
	char *written = NULL;
	size_t size;
	FILE *out = open_memstream(&written, &size);

	assert_non_null(out);
	put(out, text);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(written, expected);
	free(written);
}

static void check_short(const char *name, const char *expected)
{
	char text[256];

	assert_string_equal(name_short(text, name, 3), expected);
}

static void a_long_name_is_cut_behind_a_letter(void **state)
{
	char many[1001], text[256];

	check_short("abc", "abc");
	check_short("abcd", "abc...");
	check_short("\xc3\xa4\xc3\xa4\xc3\xa4", "\xc3\xa4\xc3\xa4\xc3\xa4");
	check_short("\xc3\xa4\xc3\xa4\xc3\xa4''", "\xc3\xa4\xc3\xa4\xc3\xa4...");
	/* Not UTF-8, so that no letter ends. */
	memset(many, 0x80, sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_true(strlen(name_short(text, many, 3)) < sizeof(text));
}

static void text_is_escaped_for_where_it_goes(void **state)
{
	check_put(put_gnuplot, "it''s `x` $y @z \\n \"q\" {",
		  "\"it\\0047\\0047s \\0140x\\0140 \\0044y \\0100z \\0134n \\0042q\\0042 \\0173\"");
	check_put(put_gnuplot, "a\nb\rc\x7f", "\"a?b?c?\"");
	check_put(put_gnuplot, "\xef\xbf\xbf|\xc3\xa4", "\"?|\xc3\xa4\"");
	check_put(put_gnuplot, "\xc2\x9b|\xe2\x80\xae|\xe2\x81\xa6|\xe2\x82\xac",
		  "\"?|?|?|\xe2\x82\xac\"");
	check_put(put_gnuplot, "a]]>b]>c", "\"a]]?b]>c\"");
	check_put(put_html, "<b> & \"q\" 'r'\x01", "&lt;b&gt; &amp; &quot;q&quot; &#39;r&#39;?");
	check_put(put_csv, "plain", "plain");
	check_put(put_csv, "a,b", "\"a,b\"");
	check_put(put_csv, "say \"hi\"\n", "\"say \"\"hi\"\"\n\"");
	check_put(put_csv_line, "say \"hi\"\n0,1", "\"say \"\"hi\"\"?0,1\"");
}

static void a_line_keeps_what_can_be_seen(void **state)
{
	struct point points[100];
	size_t i, nr;

	/* Ten points to a pixel: first, last, and a peak and a pit in the fourth one. */
	for (i = 0; i < 100; i++)
		points[i] = (struct point){(double)i, 5, 0};
	points[33].y = 9;
	points[37].y = 1;
	nr = thin_line(points, 100, 10);
	assert_int_equal(nr, 22);
	assert_true(points[0].x == 0 && points[1].x == 9 && points[nr - 1].x == 99);
	assert_true(points[7].x == 33 && points[7].y == 9 && points[8].x == 37 && points[8].y == 1);
	assert_int_equal(thin_line(points, 0, 10), 0);
	assert_int_equal(thin_line(points, 1, 10), 1);
}

static void of_marks_the_greatest_are_kept(void **state)
{
	struct point points[] = {{5, 5, 1}, {1, 1, 2}, {2, 2, 9}, {95, 5, 3}, {50, 50, 4}};
	size_t nr = thin_marks(points, 5, 10, 10, 100);

	/* Three in one place leave the one of weight 9. */
	assert_int_equal(nr, 3);
	assert_true(points[0].weight == 9 && points[1].weight == 4 && points[2].weight == 3);
	nr = thin_marks(points, nr, 10, 10, 2);
	assert_int_equal(nr, 2);
	assert_true(points[0].weight == 9 && points[1].weight == 4);
	assert_int_equal(thin_marks(points, 0, 10, 10, 2), 0);
}

static void check_filled(const char *text, const struct model *m, const char *expected)
{
	char *written = NULL;
	size_t size;
	FILE *out = open_memstream(&written, &size);

	assert_non_null(out);
	template_fill(out, text, m, put_html);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(written, expected);
	free(written);
}

/* {title: "<b>", rows: [{name: "a", cells: ["1", "2&"]}, {name: "b", title: "own"}], none: []} */
static struct model make_model(void)
{
	struct model m;
	json_t *rows, *row, *cells;

	model_begin(&m);
	model_text(&m, m.root, "title", "<%s>", "b");
	rows = model_list(&m, m.root, "rows");
	row = model_item(&m, rows, "name", "a", NULL);
	cells = model_list(&m, row, "cells");
	model_line(&m, cells, "%d", 1);
	model_line(&m, cells, "2&");
	row = model_item(&m, rows, "name", "b", "title", "own", NULL);
	assert_non_null(row);
	model_list(&m, m.root, "none");
	assert_false(m.failed);
	return m;
}

static void a_template_says_what_it_is_given(void **state)
{
	struct model m = make_model();

	check_filled("", &m, "");
	check_filled("a { b } }} c", &m, "a { b } }} c");
	check_filled("{{title}} {{{title}}} {{nothing}}.", &m, "&lt;b&gt; <b> .");
	check_filled("{{#rows}}{{name}}:{{#cells}}[{{.}}]{{/cells}}{{^cells}}-{{/cells}} {{/rows}}",
		     &m, "a:[1][2&amp;] b:- ");
	/* Names of an item hide those outside it. */
	check_filled("{{#rows}}{{{title}}},{{/rows}}", &m, "<b>,own,");
	check_filled("{{#title}}is {{{.}}}{{/title}}{{#none}}some{{/none}}{{^none}}none{{/none}}",
		     &m, "is <b>none");
	check_filled("{{#rows}}{{#rows}}x{{/rows}}{{/rows}}", &m, "xxxx");
	json_decref(m.root);
}

static void an_error_while_a_model_is_filled_is_kept(void **state)
{
	struct model m;

	model_begin(&m);
	assert_false(m.failed);
	model_text(&m, NULL, "key", "text");
	assert_true(m.failed);
	model_text(&m, m.root, "key", "text");
	assert_true(m.failed);
	json_decref(m.root);
}

static struct result_row row_of(double *walls, size_t nr, double kept)
{
	struct result_row row = {.reps = (double)nr, .kept = kept};

	row.sample[VALUE_WALL] = (struct sample_set){walls, nr};
	row.value[VALUE_OF(PAGES, ROLE_EXIT)] = (struct interval){1, 1, 1};
	return row;
}

static enum judgement judged(const struct result_row *above, const struct result_row *below)
{
	struct comparison c;

	assert_int_equal(compare_values(above, below, VALUE_WALL, false, &c), 0);
	return c.judgement;
}

static void a_difference_needs_the_test_the_interval_and_trust(void **state)
{
	double low[] = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
	double high[] = {30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40};
	double none[11] = {0};
	const struct result_row a = row_of(low, 11, 0), b = row_of(high, 11, 0);
	const struct result_row few = row_of(high, 3, 0), disturbed = row_of(high, 11, 2);
	const struct result_row zero = row_of(none, 11, 0), nothing = row_of(NULL, 11, 0);
	const struct result_row interrupted = row_of(none, 0, 0);

	assert_int_equal(judged(&b, &a), JUDGED_WORSE);
	assert_int_equal(judged(&a, &b), JUDGED_BETTER);
	assert_int_equal(judged(&a, &a), JUDGED_SAME);
	assert_int_equal(judged(&interrupted, &interrupted), JUDGED_UNTRUSTED);
	assert_int_equal(judged(&few, &a), JUDGED_UNTRUSTED);
	assert_int_equal(judged(&a, &disturbed), JUDGED_UNTRUSTED);
	assert_int_equal(judged(&a, &zero), JUDGED_UNKNOWN);
	assert_int_equal(judged(&a, &nothing), JUDGED_UNKNOWN);
}

static void a_slow_cpu_spoils_comparisons_with_other_files_alone(void **state)
{
	double low[] = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
	double high[] = {30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40};
	struct result_row a = row_of(low, 11, 0), b = row_of(high, 11, 0);
	struct comparison c;

	b.slow_kept = 1;
	assert_int_equal(judged(&b, &a), JUDGED_WORSE);
	b.slow_kept = 2;
	assert_int_equal(judged(&b, &a), JUDGED_UNTRUSTED);
	assert_int_equal(judged(&a, &b), JUDGED_UNTRUSTED);
	assert_int_equal(compare_values(&b, &a, VALUE_WALL, true, &c), 0);
	assert_int_equal(c.judgement, JUDGED_WORSE);
	assert_true(row_trusted(&b));
	assert_false(row_trusted_elsewhere(&b));
}

/* Four processes, of which two are slow: in each the order above takes a tenth less. */
static void what_is_common_to_a_process_cancels_out_of_its_orders(void **state)
{
	size_t reps[4] = {3, 3, 3, 3};
	double above[12], below[12];
	struct result_row a = row_of(above, 12, 0), b = row_of(below, 12, 0);
	struct comparison c;

	for (int i = 0; i < 12; i++) {
		below[i] = (i / 3 % 2 ? 150 : 100) + i % 3;
		above[i] = below[i] * 0.9;
	}
	/* As one process, the slow ones are noise. */
	assert_int_equal(judged(&a, &b), JUDGED_SAME);
	a.process_reps = b.process_reps = reps;
	a.nr_processes = b.nr_processes = 4;
	assert_int_equal(compare_values(&a, &b, VALUE_WALL, true, &c), 0);
	assert_int_equal(c.judgement, JUDGED_BETTER);
	assert_true(c.ratio.lo > 0.89 && c.ratio.hi < 0.91);
	/* In two files these are other processes, and nothing cancels out. */
	assert_int_equal(judged(&a, &b), JUDGED_SAME);
	/* An interrupted run: the last process has one of them alone. */
	b.nr_processes = 3;
	b.reps = 9;
	b.sample[VALUE_WALL].nr = 9;
	b.kept = 1;
	assert_int_equal(compare_values(&a, &b, VALUE_WALL, true, &c), 0);
	assert_true(c.ratio.lo > 0.89 && c.ratio.hi < 0.91);
}

/* The races of two invocations lie close together; their processes do not. */
static void processes_that_differ_widen_the_interval(void **state)
{
	static const double levels[2][3] = {{100, 112, 118}, {121, 115, 130}};
	size_t reps[3] = {11, 11, 11};
	double values[2][33];
	struct result_row a = row_of(values[0], 33, 0), b = row_of(values[1], 33, 0);

	for (int i = 0; i < 33; i++)
		for (int file = 0; file < 2; file++)
			values[file][i] = levels[file][i / 11] + i % 11 / 10.;
	assert_int_equal(judged(&b, &a), JUDGED_WORSE);
	a.process_reps = b.process_reps = reps;
	a.nr_processes = b.nr_processes = 3;
	assert_int_equal(judged(&b, &a), JUDGED_SAME);
	/* A file that does not say is one of one process. */
	b.nr_processes = 0;
	assert_int_equal(judged(&b, &a), JUDGED_SAME);
}

static void a_change_from_nothing_is_judged_by_the_difference(void **state)
{
	double none[11] = {0}, one[11] = {5}, high[] = {5, 6, 7, 8, 9, 5, 6, 7, 8, 9, 5};
	const struct result_row zero = row_of(none, 11, 0), rare = row_of(one, 11, 0);
	const struct result_row more = row_of(high, 11, 0), few = row_of(high, 3, 0);
	const struct result_row nothing = row_of(NULL, 0, 0);
	struct change c;

	assert_int_equal(change_of_values(&more, &zero, VALUE_WALL, &c), 0);
	assert_int_equal(c.judgement, JUDGED_WORSE);
	assert_true(c.difference.median >= 6 && c.difference.median <= 7);
	assert_int_equal(change_of_values(&zero, &more, VALUE_WALL, &c), 0);
	assert_int_equal(c.judgement, JUDGED_BETTER);
	assert_int_equal(change_of_values(&rare, &zero, VALUE_WALL, &c), 0);
	assert_int_equal(c.judgement, JUDGED_SAME);
	assert_int_equal(change_of_values(&few, &zero, VALUE_WALL, &c), 0);
	assert_int_equal(c.judgement, JUDGED_UNTRUSTED);
	assert_int_equal(change_of_values(&nothing, &zero, VALUE_WALL, &c), 0);
	assert_int_equal(c.judgement, JUDGED_UNKNOWN);
}

/* Two engines, one row of each; returns the exit status at a limit of 1. */
static int failed_above_one(double *first, double *second, double pages, char text[512])
{
	struct result_row rows[2] = {row_of(first, 11, 0), row_of(second, 11, 0)};
	const struct result result = {.rows = rows, .nr_rows = 2};
	FILE *out = fmemopen(text, 512, "w");
	int status;

	for (int i = 0; i < 2; i++) {
		rows[i].layout = "x";
		rows[i].order = "forward";
		rows[i].engine = i ? "kernel" : "maple";
		rows[i].value[VALUE_OF(PAGES, ROLE_EXIT)] = (struct interval){pages, pages, pages};
	}
	assert_non_null(out);
	status = regression_engines(out, &result, 1);
	assert_int_equal(fclose(out), 0);
	return status;
}

static void a_regression_is_a_difference_that_is_claimed(void **state)
{
	double low[11], little[11], high[11];
	char text[512];
	int i;

	/* Always above, but by less than each moves from one race to the next. */
	for (i = 0; i < 11; i++) {
		low[i] = 10 * (i + 1);
		little[i] = low[i] + 1;
		high[i] = low[i] + 200;
	}
	assert_int_equal(failed_above_one(low, little, 1, text), 0);
	assert_null(strstr(text, "regression: "));
	assert_int_equal(failed_above_one(low, high, 1, text), 1);
	assert_non_null(strstr(text, "regression: x/kernel/forward: wall time"));
	/* Of a victim without a page nothing is claimed either, and all of them cannot pass. */
	assert_int_equal(failed_above_one(low, high, 0, text), 1);
	assert_null(strstr(text, "regression: "));
	assert_non_null(strstr(text, "No row could be judged."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names_are_their_own_slugs),
		cmocka_unit_test(other_names_become_harmless_and_stay_apart),
		cmocka_unit_test(text_is_escaped_for_where_it_goes),
		cmocka_unit_test(a_long_name_is_cut_behind_a_letter),
		cmocka_unit_test(a_line_keeps_what_can_be_seen),
		cmocka_unit_test(of_marks_the_greatest_are_kept),
		cmocka_unit_test(a_template_says_what_it_is_given),
		cmocka_unit_test(an_error_while_a_model_is_filled_is_kept),
		cmocka_unit_test(a_difference_needs_the_test_the_interval_and_trust),
		cmocka_unit_test(a_slow_cpu_spoils_comparisons_with_other_files_alone),
		cmocka_unit_test(what_is_common_to_a_process_cancels_out_of_its_orders),
		cmocka_unit_test(processes_that_differ_widen_the_interval),
		cmocka_unit_test(a_change_from_nothing_is_judged_by_the_difference),
		cmocka_unit_test(a_regression_is_a_difference_that_is_claimed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
