// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: which races run, in which order, and what happens when one is disturbed, fails or
 * the user stops. Right is a warm-up round, then rounds over engine x order, then the solo races
 * for r and for the overhead; every repetition kept once, a disturbed one tried again and
 * counted, nothing dropped in silence.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "compare_fixture.h"

static volatile sig_atomic_t stop;
static size_t nr_progress;

static int reset(void **state)
{
	fake_race_reset();
	stop = 0;
	nr_progress = 0;
	return 0;
}

static void note_progress(const struct experiment *c, size_t race, void *user)
{
	assert_ptr_equal(user, &nr_progress);
	assert_non_null(strstr(experiment_race_name(c, race), "tiny/"));
	assert_int_equal(race, nr_progress);
	nr_progress++;
}

static int run_in(struct experiment *c, unsigned int process)
{
	const struct experiment_events events = {.begins = note_progress, .user = &nr_progress};
	char text[128];
	struct race_arena *arena =
		race_arena_create(&fixture_layout, c->options->trace, text, sizeof(text));
	int err;

	assert_non_null(arena);
	err = experiment_run(c, process, arena, &events);
	race_arena_destroy(arena);
	assert_int_equal(fake_race.nr_arenas, 0);
	return err;
}

static int run(struct experiment *c)
{
	return run_in(c, 0);
}

static void assert_call(long i, const char *engine, const char *order, enum lock_timing timing)
{
	assert_true(i < fake_race.nr_calls);
	assert_string_equal(fake_race.calls[i].engine, engine);
	assert_string_equal(fake_race.calls[i].order, order);
	assert_int_equal(fake_race.calls[i].timing, timing);
}

static void repetitions_are_rounds_over_engines_and_orders(void **state)
{
	static const char *const round[4][2] = {
		{"kernel", "solo"}, {"kernel", "reverse"}, {"maple", "solo"}, {"maple", "reverse"}};
	struct compare_options o = fixture_options("kernel,maple", "solo,reverse", "3");
	struct experiment *c = experiment_create(&o, &fixture_layout, &stop);
	long i, call = 0;
	int rep;

	assert_int_equal(run(c), 0);
	/* Three repetitions and the warm-up before them. */
	for (; call < 16; call++)
		assert_call(call, round[call % 4][0], round[call % 4][1], LOCK_TIMING_WAIT);
	for (rep = 0; rep < 2; rep++) {
		assert_call(call++, "kernel", "solo", LOCK_TIMING_HOLD);
		assert_call(call++, "maple", "solo", LOCK_TIMING_HOLD);
	}
	for (rep = 0; rep < 3; rep++) {
		for (i = 0; i < 2; i++) {
			/* The members of a pair change places from pair to pair. */
			assert_call(call++, i ? "maple" : "kernel", "solo",
				    rep % 2 ? LOCK_TIMING_WAIT : LOCK_TIMING_OFF);
			assert_call(call++, i ? "maple" : "kernel", "solo",
				    rep % 2 ? LOCK_TIMING_OFF : LOCK_TIMING_WAIT);
		}
	}
	assert_int_equal(call, fake_race.nr_calls);
	assert_int_equal(nr_progress, call);
	assert_int_equal(experiment_races(&o, 0), call);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void traced_races_are_rounds_of_their_own(void **state)
{
	struct compare_options o = fixture_options("kernel,maple", "solo,reverse", "1");
	struct experiment *c;
	long call = 4 + 4; /* behind warm-up and repetitions */
	int rep, i;

	o.trace = true;
	o.trace_reps = 2;
	c = experiment_create(&o, &fixture_layout, &stop);
	c->trace = trace_file_create();
	assert_non_null(c->trace);
	assert_int_equal(run(c), 0);
	for (i = 0; i < 8; i++, call++)
		assert_call(call, i % 4 < 2 ? "kernel" : "maple", i % 2 ? "reverse" : "solo",
			    LOCK_TIMING_TRACE);
	assert_call(call, "kernel", "solo", LOCK_TIMING_HOLD);
	call += 2 * 2 + 3 * 4; /* hold times, lock timing off and on */
	for (rep = 0; rep < 3; rep++) {
		for (i = 0; i < 2; i++) {
			assert_call(call++, i ? "maple" : "kernel", "solo",
				    rep % 2 ? LOCK_TIMING_TRACE : LOCK_TIMING_WAIT);
			assert_call(call++, i ? "maple" : "kernel", "solo",
				    rep % 2 ? LOCK_TIMING_WAIT : LOCK_TIMING_TRACE);
		}
	}
	assert_int_equal(call, fake_race.nr_calls);
	assert_int_equal(experiment_races(&o, 0), call);
	/* The file has the rounds only, not the pairs that measure the overhead. */
	assert_int_equal(trace_file_races(c->trace), 8);
	assert_int_equal(trace_file_finish(c->trace), 0);
	for (i = 0; i < 4; i++) {
		assert_true(c->configs[i].samples[0].done);
		assert_true(c->configs[i].traced[0].done && c->configs[i].traced[1].done);
	}
	trace_file_destroy(c->trace);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void processes_share_out_the_races_and_the_first_one_traces(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,reverse", "2");
	struct experiment *c;
	unsigned int process;
	size_t race, first;

	o.processes = 2;
	o.trace = true;
	o.trace_reps = 1;
	c = experiment_create(&o, &fixture_layout, &stop);
	/* Warm-up, 2 rounds, in the first 1 traced round; holds 0 | 1; pairs 0 2 | 1, twice. */
	assert_int_equal(experiment_races(&o, 0), 2 + 4 + 2 + 1 + 4 + 4);
	assert_int_equal(experiment_races(&o, 1), 2 + 4 + 0 + 1 + 2 + 2);
	for (process = 0; process < 2; process++) {
		first = experiment_first_race(c, process);
		assert_int_equal(first, process ? 17 : 0);
		assert_int_equal(run_in(c, process), 0);
		assert_int_equal(fake_race.nr_calls, process ? 17 + 11 : 17);
		/* What has run is kept, and nothing of the next process. */
		for (race = first; race < first + experiment_races(&o, process); race++)
			assert_true(!experiment_sample(c, race) ||
				    experiment_sample(c, race)->done);
		assert_int_equal(c->configs[1].samples[2].done, process == 1);
	}
	assert_string_equal(experiment_race_name(c, 2), "tiny/kernel/solo/process:0/rep:0");
	assert_string_equal(experiment_race_name(c, 17 + 3), "tiny/kernel/reverse/process:1/rep:0");
	assert_null(experiment_sample(c, 17 + 11));
	assert_int_equal(c->configs[1].reps, 4);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void every_repetition_is_kept_and_the_warm_up_is_not(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward", "11");
	struct experiment *c = experiment_create(&o, &fixture_layout, NULL);
	int rep;

	/* A disturbed warm-up is not worth a second one. */
	fake_race.disturb_from = 0;
	fake_race.disturb_to = 1;
	assert_int_equal(run(c), 0);
	assert_int_equal(fake_race.nr_calls, 1 + 11 + 2 + 6);
	for (rep = 0; rep < 11; rep++) {
		assert_true(c->configs[0].samples[rep].done);
		assert_int_equal(c->configs[0].samples[rep].repeated, 0);
		assert_false(c->configs[0].samples[rep].result.disturbed);
	}
	for (rep = 0; rep < 3; rep++)
		assert_true(c->calibrations[0].timing.with[rep].done &&
			    c->calibrations[0].timing.without[rep].done);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void options_reach_the_race(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward", "1");
	struct experiment *c;

	o.lock = LOCK_KIND_MCS;
	o.tlb = TLB_IPI;
	o.frames = 7.5;
	o.cpu[ROLE_EXIT] = 5;
	o.cpu[ROLE_REAPER] = 3;
	c = experiment_create(&o, &fixture_layout, NULL);
	assert_int_equal(run(c), 0);
	assert_int_equal(fake_race.calls[1].lock, LOCK_KIND_MCS);
	assert_int_equal(fake_race.calls[1].tlb, TLB_IPI);
	assert_true(fake_race.calls[1].frames == 7.5);
	assert_int_equal(fake_race.calls[1].cpu[ROLE_EXIT], 5);
	assert_int_equal(fake_race.calls[1].cpu[ROLE_REAPER], 3);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void a_disturbed_repetition_is_repeated_and_counted(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,forward", "2");
	struct experiment *c = experiment_create(&o, &fixture_layout, NULL);

	/* Calls 0 and 1 warm up; 2 is solo rep 0; 3, 4 and 5 are tries of forward rep 0. */
	fake_race.disturb_from = 3;
	fake_race.disturb_to = 5;
	assert_int_equal(run(c), 0);
	assert_int_equal(c->configs[1].samples[0].repeated, 2);
	assert_false(c->configs[1].samples[0].result.disturbed);
	assert_int_equal(c->configs[0].samples[0].repeated, 0);
	assert_int_equal(c->configs[0].samples[1].repeated, 0);
	assert_string_equal(fake_race.calls[5].order, "forward");
	assert_string_equal(fake_race.calls[6].order, "solo");
	experiment_destroy(c);
	compare_options_free(&o);
}

static void a_race_on_a_slow_cpu_is_repeated_as_long_as_there_is_patience(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,forward", "2");
	struct experiment *c = experiment_create(&o, &fixture_layout, NULL);

	/* Calls 0 and 1 warm up; 2 is solo rep 0; 3, 4 and 5 are tries of forward rep 0. */
	fake_race.slow_from = 3;
	fake_race.slow_to = 5;
	c->speed.best_ns[0] = c->speed.best_ns[1] = 100;
	c->speed.patience_ns = 60 * 1000000000ULL;
	assert_int_equal(run(c), 0);
	assert_int_equal(c->configs[1].samples[0].slowed, 2);
	assert_int_equal(c->configs[1].samples[0].repeated, 0);
	assert_int_equal(c->configs[1].samples[0].result.speed_ns[0], 100);
	assert_int_equal(c->configs[1].samples[0].result.speed_ns[1], 100);
	assert_string_equal(fake_race.calls[5].order, "forward");
	assert_string_equal(fake_race.calls[6].order, "solo");
	assert_true(c->speed.patience_ns < 60 * 1000000000ULL);
	experiment_destroy(c);

	/* Without patience the first race stands, and says that it was slow. */
	c = experiment_create(&o, &fixture_layout, NULL);
	reset(state);
	fake_race.slow_from = 3;
	fake_race.slow_to = 5;
	c->speed.best_ns[0] = c->speed.best_ns[1] = 100;
	assert_int_equal(run(c), 0);
	assert_int_equal(c->configs[1].samples[0].slowed, 0);
	assert_int_equal(c->configs[1].samples[0].result.speed_ns[1], 200);
	assert_int_equal(c->configs[0].samples[1].result.speed_ns[0], 200);
	experiment_destroy(c);

	/* A task that lost its CPU is worse: the slow race is kept instead of it. */
	c = experiment_create(&o, &fixture_layout, NULL);
	reset(state);
	fake_race.disturb_from = 3;
	fake_race.disturb_to = 4;
	fake_race.slow_from = 4;
	fake_race.slow_to = 5;
	c->speed.best_ns[0] = c->speed.best_ns[1] = 100;
	assert_int_equal(run(c), 0);
	assert_int_equal(c->configs[1].samples[0].repeated, 1);
	assert_false(c->configs[1].samples[0].result.disturbed);
	assert_int_equal(c->configs[1].samples[0].result.speed_ns[0], 200);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void races_disturbed_in_a_row_end_the_experiment(void **state)
{
	struct compare_options o = fixture_options("kernel", "solo,forward", "11");
	struct experiment *c = experiment_create(&o, &fixture_layout, NULL);

	o.cpu[ROLE_EXIT] = 0;
	o.cpu[ROLE_REAPER] = 1;
	fake_race.disturb_from = 0;
	fake_race.disturb_to = FAKE_RACE_CALLS;
	assert_int_equal(run(c), -EBUSY);
	assert_int_equal(fake_race.nr_calls, EXPERIMENT_MAX_DISTURBED);
	assert_non_null(strstr(c->message, "in 60 races in a row a task lost its CPU: CPU 0 or 1"));
	assert_non_null(strstr(c->message, "--force"));
	experiment_destroy(c);

	/* One that is not disturbed, and they are not in a row. */
	c = experiment_create(&o, &fixture_layout, NULL);
	reset(state);
	fake_race.disturb_from = 1;
	fake_race.disturb_to = EXPERIMENT_MAX_DISTURBED;
	assert_int_equal(run(c), 0);
	experiment_destroy(c);

	/* With --force the races run all the same. */
	c = experiment_create(&o, &fixture_layout, NULL);
	reset(state);
	fake_race.disturb_from = 0;
	fake_race.disturb_to = FAKE_RACE_CALLS;
	o.force = true;
	assert_int_equal(run(c), 0);
	experiment_destroy(c);

	/* Tasks that are not pinned are moved to where there is room. */
	c = experiment_create(&o, &fixture_layout, NULL);
	reset(state);
	fake_race.disturb_from = 0;
	fake_race.disturb_to = FAKE_RACE_CALLS;
	o.force = false;
	o.cpu[ROLE_EXIT] = o.cpu[ROLE_REAPER] = -1;
	assert_int_equal(run(c), 0);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void after_ten_repeats_the_least_disturbed_race_is_kept(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward", "1");
	struct experiment *c = experiment_create(&o, &fixture_layout, NULL);
	const struct sample *kept = &c->configs[0].samples[0];
	uint64_t least = UINT64_MAX;
	int i;

	fake_race.disturb_from = 1;
	fake_race.disturb_to = 1 + 1 + EXPERIMENT_MAX_REPEATS;
	assert_int_equal(run(c), 0);
	assert_int_equal(kept->repeated, EXPERIMENT_MAX_REPEATS);
	assert_true(kept->done);
	assert_true(kept->result.disturbed);
	for (i = 1; i <= 1 + EXPERIMENT_MAX_REPEATS; i++)
		if (fake_race.calls[i].involuntary < least)
			least = fake_race.calls[i].involuntary;
	assert_true(least < fake_race.calls[1].involuntary);
	assert_int_equal(kept->result.role[ROLE_EXIT].involuntary, least);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void a_failed_race_ends_the_experiment_with_its_message(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward,reverse", "5");
	struct experiment *c = experiment_create(&o, &fixture_layout, NULL);

	fake_race.fail_at = 6;
	assert_int_equal(run(c), -EUCLEAN);
	assert_int_equal(fake_race.nr_calls, 7);
	assert_string_equal(c->message, "tiny/kernel/forward/rep:2: page 7 was freed twice");
	assert_true(c->configs[1].samples[1].done);
	assert_false(c->configs[0].samples[2].done);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void stop_in_call_six(long call)
{
	stop = call == 6;
}

static void a_stop_keeps_what_is_done_and_starts_nothing_more(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward,reverse", "5");
	struct experiment *c = experiment_create(&o, &fixture_layout, &stop);

	fake_race.on_call = stop_in_call_six;
	assert_int_equal(run(c), -EINTR);
	assert_int_equal(fake_race.nr_calls, 7);
	assert_true(c->configs[0].samples[2].done);
	assert_false(c->configs[1].samples[2].done);
	experiment_destroy(c);
	compare_options_free(&o);
}

static void stop_in_call_three(long call)
{
	stop = call == 3;
}

static void a_stop_while_a_race_is_disturbed_keeps_nothing_of_it(void **state)
{
	struct compare_options o = fixture_options("kernel", "forward", "1");
	struct experiment *c = experiment_create(&o, &fixture_layout, &stop);

	fake_race.disturb_from = 1;
	fake_race.disturb_to = 100;
	fake_race.on_call = stop_in_call_three;
	assert_int_equal(run(c), -EINTR);
	assert_int_equal(fake_race.nr_calls, 4);
	assert_false(c->configs[0].samples[0].done);
	experiment_destroy(c);
	compare_options_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(repetitions_are_rounds_over_engines_and_orders, reset),
		cmocka_unit_test_setup(traced_races_are_rounds_of_their_own, reset),
		cmocka_unit_test_setup(processes_share_out_the_races_and_the_first_one_traces,
				       reset),
		cmocka_unit_test_setup(every_repetition_is_kept_and_the_warm_up_is_not, reset),
		cmocka_unit_test_setup(options_reach_the_race, reset),
		cmocka_unit_test_setup(a_disturbed_repetition_is_repeated_and_counted, reset),
		cmocka_unit_test_setup(
			a_race_on_a_slow_cpu_is_repeated_as_long_as_there_is_patience, reset),
		cmocka_unit_test_setup(races_disturbed_in_a_row_end_the_experiment, reset),
		cmocka_unit_test_setup(after_ten_repeats_the_least_disturbed_race_is_kept, reset),
		cmocka_unit_test_setup(a_failed_race_ends_the_experiment_with_its_message, reset),
		cmocka_unit_test_setup(a_stop_keeps_what_is_done_and_starts_nothing_more, reset),
		cmocka_unit_test_setup(a_stop_while_a_race_is_disturbed_keeps_nothing_of_it, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
