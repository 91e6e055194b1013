// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: how fast a CPU is. Right is that a CPU that somebody else uses is seen to be slow,
 * that waiting ends when the patience does, that patience is lent and taken back without loss, and
 * that the thread may run afterwards where it might before. Wrong looks like a wait without end.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "common/speed.h"

static int first_cpu(void)
{
	cpu_set_t set;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	return cpu;
}

static void slow_is_so_much_more_than_the_best_on_either_cpu(void **state)
{
	const uint64_t best[] = {1000, 2000}, none[] = {0, 0};

	assert_false(speed_is_slow((uint64_t[]){1149, 2299}, best));
	assert_true(speed_is_slow((uint64_t[]){1151, 2000}, best));
	assert_true(speed_is_slow((uint64_t[]){1000, 2301}, best));
	assert_false(speed_is_slow(none, best));
	assert_false(speed_is_slow(none, none));
}

static void a_look_takes_time_and_leaves_the_thread_where_it_may_run(void **state)
{
	struct speed s = {.cpu = {first_cpu(), -1}};
	cpu_set_t before, after;
	uint64_t ns[SPEED_CPUS];

	sched_getaffinity(0, sizeof(before), &before);
	speed_look(&s, ns);
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
	assert_in_range(ns[0], 10000, 100000000);
	assert_int_equal(s.best_ns[0], ns[0]);
	/* A CPU that is not pinned to is not looked at, and never slow. */
	assert_int_equal(ns[1], 0);
	assert_int_equal(s.best_ns[1], 0);
	s.best_ns[0] = 1;
	speed_look(&s, ns);
	assert_int_equal(s.best_ns[0], 1);
}

static void a_wait_ends_with_the_patience(void **state)
{
	/* No CPU takes a nanosecond. */
	struct speed s = {.cpu = {first_cpu(), -1}, .best_ns = {1, 0}, .patience_ns = 20000000};
	uint64_t ns[SPEED_CPUS], start = clock_monotonic_ns();

	speed_wait(&s, ns);
	assert_true(clock_monotonic_ns() - start >= 20000000);
	assert_int_equal(s.patience_ns, 0);
	assert_true(speed_is_slow(ns, s.best_ns));
	/* On a fast CPU nothing is spent. */
	s = (struct speed){.cpu = {first_cpu(), -1}, .best_ns = {UINT64_MAX / 2, 0}};
	s.patience_ns = 5;
	speed_wait(&s, ns);
	assert_int_equal(s.patience_ns, 5);
}

static void *spin(void *arg)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(first_cpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (!__atomic_load_n((bool *)arg, __ATOMIC_ACQUIRE))
		;
	return NULL;
}

/* The other user is on the CPU itself here: not everywhere does a core have a second thread. */
static void a_cpu_that_is_shared_is_slow(void **state)
{
	struct speed s = {.cpu = {first_cpu(), -1}};
	unsigned int slow = 0, i;
	uint64_t ns[SPEED_CPUS], longest = 0;
	bool stop = false;
	pthread_t thread;

	for (i = 0; i < 100; i++)
		speed_look(&s, ns);
	assert_int_equal(pthread_create(&thread, NULL, spin, &stop), 0);
	/* The scheduler gives both their turns, but not at once. */
	for (i = 0; i < 10000 && (!slow || longest <= 2 * s.best_ns[0]); i++) {
		speed_look(&s, ns);
		slow += speed_is_slow(ns, s.best_ns);
		if (ns[0] > longest)
			longest = ns[0];
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_true(slow > 0);
	assert_true(longest > 2 * s.best_ns[0]);
}

static void patience_is_lent_and_taken_back(void **state)
{
	struct speed all = {.cpu = {3, 4}, .best_ns = {10, 20}, .patience_ns = 1000}, one;

	one = speed_lend(&all, 10);
	assert_int_equal(one.cpu[1], 4);
	assert_int_equal(one.best_ns[0], 10);
	assert_int_equal(one.patience_ns, 200);
	assert_int_equal(all.patience_ns, 800);
	one.patience_ns -= 150;
	one.best_ns[0] = 9;
	speed_take_back(&all, &one);
	assert_int_equal(all.patience_ns, 850);
	assert_int_equal(all.best_ns[0], 9);
	/* Of the last two, the first may have it all. */
	one = speed_lend(&all, 2);
	assert_int_equal(one.patience_ns, 850);
	assert_int_equal(all.patience_ns, 0);
	speed_take_back(&all, &one);
	one = speed_lend(&all, 1);
	assert_int_equal(one.patience_ns, 850);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_is_so_much_more_than_the_best_on_either_cpu),
		cmocka_unit_test(a_look_takes_time_and_leaves_the_thread_where_it_may_run),
		cmocka_unit_test(a_wait_ends_with_the_patience),
		cmocka_unit_test(a_cpu_that_is_shared_is_slow),
		cmocka_unit_test(patience_is_lent_and_taken_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
