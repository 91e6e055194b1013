// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: from samples to figures, on samples written by hand. Right is that each figure
 * is the median of its own samples, that pairs are made of the same repetition, that a missing
 * figure is said to be unknown, and that no quotient by zero gets out.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "compare_fixture.h"
#include "race/values.h"

static int reset(void **state)
{
	fake_race_reset();
	return 0;
}

static struct race_result *result_of(struct experiment *c, int config, int rep)
{
	return &c->configs[config].samples[rep].result;
}

static void every_field_lands_in_its_own_figure(void **state)
{
	struct race_result r = {.wall_ns = 1000};
	unsigned int class, role, mark, others = 0;
	double value[NR_VALUES];

	r.role[ROLE_EXIT].cpu_ns = 700;
	r.role[ROLE_REAPER].cpu_ns = 500;
	r.role[ROLE_EXIT].unmap_ns = 400;
	r.role[ROLE_REAPER].unmap_ns = 50;
	r.role[ROLE_EXIT].count.unmapped = 30;
	r.role[ROLE_REAPER].count.unmapped = 10;
	r.role[ROLE_EXIT].mmap_lock_wait_ns = 5;
	r.role[ROLE_REAPER].mmap_lock_wait_ns = 6;
	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		for (role = 0; role < NR_ROLES; role++) {
			r.role[role].lock[class].wait_ns = 100 + 10 * class + role;
			r.role[role].lock[class].contended = 1000 + 10 * class + role;
		}
	}
	for (mark = 0; mark < NR_FREE_MARKS; mark++)
		r.free_ns[mark] = 900 + mark;

	race_values(&r, value);
	assert_near(value[VALUE_WALL], 1000, 0);
	assert_near(value[VALUE_RUNNING], 1200, 0);
	assert_near(value[VALUE_PER_PAGE], 30, 1e-9);
	assert_near(value[VALUE_OF(CPU, ROLE_EXIT)], 700, 0);
	assert_near(value[VALUE_OF(CPU, ROLE_REAPER)], 500, 0);
	assert_near(value[VALUE_OF(UNMAP_SHARE, ROLE_EXIT)], 0.25, 1e-9);
	assert_near(value[VALUE_OF(UNMAP_SHARE, ROLE_REAPER)], 2.02, 1e-9);
	assert_near(value[VALUE_OF(PAGES, ROLE_REAPER)], 10, 0);
	assert_near(value[VALUE_OF(MMAP_WAIT, ROLE_EXIT)], 5, 0);
	assert_near(value[VALUE_OF(MMAP_WAIT, ROLE_REAPER)], 6, 0);
	assert_near(value[VALUE_MMAP_WAIT_BOTH], 11, 0);
	assert_near(value[VALUE_PTL_WAIT], 201, 0);
	assert_near(value[VALUE_PTL_CONTENDED], 2001, 0);
	assert_near(value[VALUE_ALL_FREE], 900 + FREE_100, 0);
	for (mark = 0; mark < NR_FREE_MARKS; mark++)
		assert_near(value[VALUE_OF(FREE, mark)], 900 + mark, 0);
	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		assert_near(value[VALUE_OF(WAIT_BOTH, class)], 201 + 20 * class, 0);
		assert_near(value[VALUE_OF(CONTENDED_BOTH, class)], 2001 + 20 * class, 0);
		if (class != LOCK_PTL)
			others += 201 + 20 * class;
		for (role = 0; role < NR_ROLES; role++) {
			assert_near(value[VALUE_CLASS_ROLE(WAIT, class, role)],
				    100 + 10 * class + role, 0);
			assert_near(value[VALUE_CLASS_ROLE(CONTENDED, class, role)],
				    1000 + 10 * class + role, 0);
		}
	}
	assert_near(value[VALUE_OTHER_WAIT], others, 0);
}

/* If two metrics shared a value, or a value had none, it would be read and written wrongly. */
static void the_values_of_the_metrics_fill_the_array_without_overlap(void **state)
{
	unsigned int next = 0;
	int metric;

	for (metric = 0; metric < NR_METRICS; metric++) {
		const struct metric_info *m = &metric_info[metric];

		assert_int_equal(m->first, next);
		assert_true(m->nr > 0);
		assert_true(m->where & (IN_ROWS | IN_SAMPLES));
		assert_true(strlen(m->label) > 0 && strlen(m->help) > 0);
		next += m->nr;
	}
	assert_int_equal(next, NR_VALUES);
}

static void nothing_unmapped_gives_zero_and_not_infinity(void **state)
{
	const struct race_result r = {.wall_ns = 1};
	double value[NR_VALUES];

	race_values(&r, value);
	assert_near(value[VALUE_PER_PAGE], 0, 0);
	assert_near(value[VALUE_OF(UNMAP_SHARE, ROLE_EXIT)], 0, 0);
}

static void ratios_are_of_the_same_repetition_to_forward_and_to_solo(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,forward,reverse", "5");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;
	int rep;

	for (rep = 0; rep < 5; rep++) {
		result_of(c, 0, rep)->wall_ns = 1000 << rep;
		result_of(c, 1, rep)->wall_ns = 500 << rep;
		result_of(c, 2, rep)->wall_ns = 250 << rep;
	}
	f = figures_create(c);
	assert_non_null(f);
	assert_false(f->rows[1].forward.known);
	assert_true(f->rows[2].forward.known);
	/* The repetitions differ by a factor of 16, the pairs not at all. */
	assert_near(f->rows[2].forward.wall.median, 0.5, 1e-9);
	assert_near(f->rows[2].forward.wall.lo, 0.5, 1e-9);
	assert_near(f->rows[2].forward.wall.hi, 0.5, 1e-9);
	assert_near(f->rows[2].solo.wall.median, 0.25, 1e-9);
	assert_near(f->rows[1].solo.wall.median, 0.5, 1e-9);
	assert_near(f->rows[1].value[VALUE_WALL].median, 2000, 1e-9);
	assert_int_equal(f->rows[0].reapers, 0);
	assert_int_equal(f->rows[1].reapers, 1);
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void each_engine_is_compared_with_its_own_forward_and_with_the_first_engine(void **state)
{
	struct compare_options o = fixture_options("kernel,maple", "forward,reverse", "3");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;
	int rep;

	for (rep = 0; rep < 3; rep++) {
		result_of(c, 0, rep)->wall_ns = 100;
		result_of(c, 1, rep)->wall_ns = 50;
		result_of(c, 2, rep)->wall_ns = 10;
		result_of(c, 3, rep)->wall_ns = 20;
	}
	f = figures_create(c);
	assert_near(f->rows[1].forward.wall.median, 0.5, 1e-9);
	assert_near(f->rows[3].forward.wall.median, 2, 1e-9);
	assert_string_equal(figures_calibration(f, &f->rows[3])->engine, "maple");
	assert_false(f->rows[0].first_engine.known || f->rows[1].first_engine.known);
	assert_near(f->rows[2].first_engine.wall.median, 0.1, 1e-9);
	assert_near(f->rows[3].first_engine.wall.median, 0.4, 1e-9);
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void only_repetitions_that_both_have_make_pairs(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward,reverse", "3");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;
	int rep;

	for (rep = 0; rep < 3; rep++) {
		result_of(c, 0, rep)->wall_ns = 100;
		result_of(c, 1, rep)->wall_ns = rep ? 900 : 50;
	}
	c->configs[0].samples[1].done = c->configs[0].samples[2].done = false;
	f = figures_create(c);
	assert_int_equal(f->rows[0].reps, 1);
	assert_int_equal(f->rows[1].reps, 3);
	assert_near(f->rows[1].forward.wall.median, 0.5, 1e-9);
	figures_destroy(f);

	c->configs[0].samples[0].done = false;
	f = figures_create(c);
	assert_int_equal(f->rows[0].reps, 0);
	assert_false(f->rows[1].forward.known);
	assert_null(figures_row(f, "kernel", "forward"));
	assert_true(figures_any(f));
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void a_ratio_to_nothing_is_unknown(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward,reverse", "2");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;

	result_of(c, 0, 0)->wall_ns = result_of(c, 0, 1)->wall_ns = 0;
	f = figures_create(c);
	assert_non_null(f);
	assert_false(f->rows[1].forward.known);
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void r_is_unlocked_over_locked_time(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward", "1");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;
	int rep;

	for (rep = 0; rep < 2; rep++) {
		c->calibrations[0].hold[rep].result.role[ROLE_EXIT].wall_ns = 900;
		c->calibrations[0].hold[rep].result.role[ROLE_EXIT].ptl_hold_ns = 300;
	}
	f = figures_create(c);
	assert_true(f->calibrations[0].r_known);
	assert_near(f->calibrations[0].r.median, 2, 1e-9);
	figures_destroy(f);

	for (rep = 0; rep < 2; rep++)
		c->calibrations[0].hold[rep].result.role[ROLE_EXIT].ptl_hold_ns = 0;
	f = figures_create(c);
	assert_false(f->calibrations[0].r_known);
	assert_int_equal(f->calibrations[0].hold_reps, 2);
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void overhead_is_the_median_of_the_ratios_of_pairs(void **state)
{
	static const uint64_t off[] = {100, 1000, 10000}, on[] = {101, 1030, 10200};
	struct compare_options o = fixture_options("kernel", "forward", "1");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;
	int rep;

	for (rep = 0; rep < 3; rep++) {
		c->calibrations[0].timing.without[rep].result.role[ROLE_EXIT].cpu_ns = off[rep];
		c->calibrations[0].timing.with[rep].result.role[ROLE_EXIT].cpu_ns = on[rep];
	}
	f = figures_create(c);
	assert_int_equal(f->calibrations[0].pairs, 3);
	assert_near(f->calibrations[0].overhead.median, 1.02, 1e-9);
	assert_near(f->calibrations[0].overhead.lo, 1.01, 1e-9);
	assert_near(f->calibrations[0].overhead.hi, 1.03, 1e-9);
	assert_int_equal(f->calibrations[0].trace_pairs, 0);
	figures_destroy(f);

	/* The pairs that measure the cost of tracing are computed the same way. */
	for (rep = 0; rep < 3; rep++) {
		struct pairs *pairs = &c->calibrations[0].tracing;

		pairs->without[rep].done = pairs->with[rep].done = true;
		pairs->without[rep].result.role[ROLE_EXIT].cpu_ns = off[rep];
		pairs->with[rep].result.role[ROLE_EXIT].cpu_ns = 2 * on[rep];
	}
	f = figures_create(c);
	assert_int_equal(f->calibrations[0].trace_pairs, 3);
	assert_near(f->calibrations[0].trace_overhead.median, 2.04, 1e-9);
	assert_near(f->calibrations[0].overhead.median, 1.02, 1e-9);
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void disturbed_races_are_counted_by_row(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,forward", "3");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;

	c->configs[1].samples[0].repeated = 2;
	c->configs[1].samples[2].repeated = 10;
	c->configs[1].samples[2].result.disturbed = true;
	f = figures_create(c);
	assert_int_equal(f->rows[0].disturbed, 0);
	assert_int_equal(f->rows[1].disturbed, 12);
	assert_int_equal(f->rows[1].kept, 1);
	assert_int_equal(f->rows[1].reps, 3);
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

/* The best time may be that of another order. */
static void repetitions_on_a_slow_cpu_are_counted_by_row(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,forward", "3");
	struct experiment *c = fixture_experiment(&o);
	struct figures *f;
	unsigned int rep;

	for (rep = 0; rep < 3; rep++) {
		c->configs[0].samples[rep].result.speed_ns[0] = 100;
		c->configs[0].samples[rep].result.speed_ns[1] = 110;
		c->configs[1].samples[rep].result.speed_ns[0] = 112 + 2 * rep;
		c->configs[1].samples[rep].result.speed_ns[1] = 110;
	}
	c->configs[1].samples[1].slowed = 4;
	f = figures_create(c);
	assert_int_equal(f->rows[0].slow_kept, 0);
	assert_int_equal(f->rows[0].slowed, 0);
	assert_int_equal(f->rows[1].slow_kept, 1);
	assert_int_equal(f->rows[1].slowed, 4);
	figures_destroy(f);
	experiment_destroy(c);
	compare_options_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_field_lands_in_its_own_figure, reset),
		cmocka_unit_test_setup(the_values_of_the_metrics_fill_the_array_without_overlap,
				       reset),
		cmocka_unit_test_setup(nothing_unmapped_gives_zero_and_not_infinity, reset),
		cmocka_unit_test_setup(ratios_are_of_the_same_repetition_to_forward_and_to_solo,
				       reset),
		cmocka_unit_test_setup(
			each_engine_is_compared_with_its_own_forward_and_with_the_first_engine,
			reset),
		cmocka_unit_test_setup(only_repetitions_that_both_have_make_pairs, reset),
		cmocka_unit_test_setup(a_ratio_to_nothing_is_unknown, reset),
		cmocka_unit_test_setup(r_is_unlocked_over_locked_time, reset),
		cmocka_unit_test_setup(overhead_is_the_median_of_the_ratios_of_pairs, reset),
		cmocka_unit_test_setup(disturbed_races_are_counted_by_row, reset),
		cmocka_unit_test_setup(repetitions_on_a_slow_cpu_are_counted_by_row, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
