// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a per-CPU counter loses nothing, whoever adds, and takes its lock only when a CPU's
 * part reaches a batch of 32. Wrong looks like a sum that is off, or a lock visit for each addition.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vma/percpu_counter.h"

#define visits(c) ((c)->lock.acquired[ROLE_EXIT])

static struct percpu_counter counter;

static int setup(void **state)
{
	memset(&this_task, 0, sizeof(this_task));
	this_task.timing = LOCK_TIMING_WAIT;
	memset(&counter, 0, sizeof(counter));
	stat_lock_init(&counter.lock, LOCK_RSS);
	return 0;
}

static void small_amounts_stay_with_their_cpu(void **state)
{
	for (int i = 1; i < 32; i++) {
		percpu_counter_add(&counter, 1);
		assert_int_equal(percpu_counter_sum(&counter), i);
		assert_int_equal(counter.count, 0);
	}
	assert_int_equal(visits(&counter), 0);
	percpu_counter_add(&counter, 1);
	assert_int_equal(visits(&counter), 1);
	assert_int_equal(counter.count, 32);
	assert_int_equal(percpu_counter_sum(&counter), 32);
}

static void downward_it_is_the_same(void **state)
{
	for (int i = 1; i < 32; i++)
		percpu_counter_add(&counter, -1);
	assert_int_equal(visits(&counter), 0);
	assert_int_equal(percpu_counter_sum(&counter), -31);
	percpu_counter_add(&counter, -1);
	assert_int_equal(visits(&counter), 1);
	assert_int_equal(counter.count, -32);
}

/* A table that is emptied takes away up to 512 at once. */
static void a_large_amount_takes_the_lock_once(void **state)
{
	percpu_counter_add(&counter, 1ul << 40);
	assert_int_equal(visits(&counter), 1);
	percpu_counter_add(&counter, 20);
	percpu_counter_add(&counter, -512);
	assert_int_equal(visits(&counter), 2);
	assert_int_equal(percpu_counter_sum(&counter), (1ll << 40) + 20 - 512);
	/* What the CPU held back went with it. */
	assert_int_equal(counter.count, percpu_counter_sum(&counter));
}

static void up_and_down_may_need_no_lock_at_all(void **state)
{
	for (int i = 0; i < 1000; i++) {
		percpu_counter_add(&counter, 31);
		percpu_counter_add(&counter, -31);
	}
	assert_int_equal(visits(&counter), 0);
	assert_int_equal(percpu_counter_sum(&counter), 0);
}

static void each_cpu_has_a_part_of_its_own(void **state)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		this_task.cpu = cpu;
		percpu_counter_add(&counter, 31 - (long)(cpu % 2) * 62);
	}
	this_task.cpu = 0;
	assert_int_equal(visits(&counter), 0);
	assert_int_equal(percpu_counter_sum(&counter), NR_CPUS % 2 ? 31 : 0);
	percpu_counter_add(&counter, 1); /* 32, on CPU 0 */
	assert_int_equal(visits(&counter), 1);
	assert_int_equal(percpu_counter_sum(&counter), (NR_CPUS % 2 ? 31 : 0) + 1);
}

#define ADDITIONS 200000

struct adder {
	pthread_t thread;
	unsigned int cpu;
	int64_t sum;
};

static void *add_many(void *arg)
{
	struct adder *adder = arg;
	uint64_t rng = adder->cpu + 88172645463325252ull;

	this_task.cpu = adder->cpu;
	this_task.timing = LOCK_TIMING_WAIT;
	for (int i = 0; i < ADDITIONS; i++) {
		long amount;

		rng ^= rng << 13;
		rng ^= rng >> 7;
		rng ^= rng << 17;
		amount = (long)(rng % 200) - 90;
		percpu_counter_add(&counter, amount);
		adder->sum += amount;
	}
	return NULL;
}

static void nothing_is_lost_when_two_cpus_add_at_once(void **state)
{
	struct adder adders[2] = {{.cpu = 0}, {.cpu = 1}};

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&adders[i].thread, NULL, add_many, &adders[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(adders[i].thread, NULL), 0);
	assert_int_equal(percpu_counter_sum(&counter), adders[0].sum + adders[1].sum);
	assert_true(visits(&counter) < 2 * ADDITIONS);
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup(fn, setup)
	const struct CMUnitTest tests[] = {
		test(small_amounts_stay_with_their_cpu),
		test(downward_it_is_the_same),
		test(a_large_amount_takes_the_lock_once),
		test(up_and_down_may_need_no_lock_at_all),
		test(each_cpu_has_a_part_of_its_own),
		test(nothing_is_lost_when_two_cpus_add_at_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
