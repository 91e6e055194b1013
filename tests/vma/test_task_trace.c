// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the record of a traced role. Right is: its time is in exactly one bucket at any
 * moment, so that the buckets add up to it to the tick, however sections nest; each ptl taken is
 * a visit with its address and its wait, each wait for another lock stands by itself and is as
 * long as the lock says; what does not fit is counted and nothing else suffers. Wrong looks like
 * time counted twice or not at all, or a wait in the bucket of the section around it.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "measure/stat_lock.h"
#include "measure/task_trace.h"

#define ROOM 4

static struct task_visit visits[ROOM];
static struct task_wait waits[ROOM];
static struct task_trace trace;

static int begin(void **state)
{
	(void)state;
	clock_init();
	this_task = (struct task_context){.timing = LOCK_TIMING_TRACE};
	trace = (struct task_trace){
		.visits = visits, .max_visits = ROOM, .waits = waits, .max_waits = ROOM};
	return 0;
}

static int end(void **state)
{
	(void)state;
	memset(&this_task, 0, sizeof(this_task));
	return 0;
}

static uint64_t sum(void)
{
	uint64_t ticks = 0;

	for (int i = 0; i < NR_TASK_BUCKETS; i++)
		ticks += trace.bucket_ticks[i];
	return ticks;
}

static void nested_sections_add_up_to_the_tick(void **state)
{
	enum task_bucket other, under, wait;

	(void)state;
	task_trace_begin(&trace, 1000);
	assert_ptr_equal(this_task.trace, &trace);
	under = task_trace_switch(&trace, BUCKET_UNDER_PTL, 1010);
	wait = task_trace_switch(&trace, BUCKET_WAIT_OF + LOCK_SWAP, 1030);
	task_trace_switch(&trace, wait, 1070);
	other = task_trace_switch(&trace, BUCKET_TLB, 1150);
	task_trace_switch(&trace, other, 1310);
	task_trace_switch(&trace, under, 1630);
	task_trace_end(2000);
	assert_int_equal(trace.bucket_ticks[BUCKET_OTHER], 10 + 370);
	assert_int_equal(trace.bucket_ticks[BUCKET_UNDER_PTL], 20 + 80 + 320);
	assert_int_equal(trace.bucket_ticks[BUCKET_WAIT_OF + LOCK_SWAP], 40);
	assert_int_equal(trace.bucket_ticks[BUCKET_TLB], 160);
	assert_int_equal(sum(), 1000);
	assert_null(this_task.trace);

	/* Another race begins from nothing. */
	task_trace_begin(&trace, 5000);
	task_trace_end(5005);
	assert_int_equal(sum(), 5);
}

static void a_clock_that_goes_back_loses_and_invents_nothing(void **state)
{
	(void)state;
	task_trace_begin(&trace, 1000);
	task_trace_switch(&trace, BUCKET_FREE, 1100);
	task_trace_switch(&trace, BUCKET_OTHER, 1090);
	task_trace_switch(&trace, BUCKET_FREE, 1095);
	task_trace_end(1200);
	assert_int_equal(trace.bucket_ticks[BUCKET_OTHER], 100);
	assert_int_equal(trace.bucket_ticks[BUCKET_FREE], 100);
}

static void a_ptl_is_a_visit_and_its_section_a_bucket(void **state)
{
	struct stat_lock ptl, zone;
	uint64_t before, after;

	(void)state;
	stat_lock_init(&ptl, LOCK_PTL);
	stat_lock_init(&zone, LOCK_ZONE);
	before = clock_ticks();
	task_trace_begin(&trace, before);
	stat_lock_ptl(&ptl, 0x123000);
	assert_int_equal(trace.bucket, BUCKET_UNDER_PTL);
	stat_lock(&zone);
	assert_int_equal(trace.bucket, BUCKET_UNDER_PTL);
	stat_unlock(&zone);
	assert_int_equal(trace.bucket, BUCKET_UNDER_PTL);
	stat_unlock(&ptl);
	assert_int_equal(trace.bucket, BUCKET_OTHER);
	after = clock_ticks();
	task_trace_end(after);
	assert_int_equal(trace.nr_visits, 1);
	assert_int_equal(trace.nr_waits, 0);
	assert_int_equal(visits[0].addr, 0x123000);
	assert_int_equal(visits[0].wait, 0);
	assert_in_range(visits[0].ticks, before, after);
	assert_true(trace.bucket_ticks[BUCKET_UNDER_PTL] > 0);
	assert_int_equal(sum(), after - before);
}

struct holder {
	struct stat_lock *lock;
	bool holds;
	bool leave;
};

static void *hold(void *arg)
{
	const struct timespec nap = {.tv_nsec = 20 * 1000 * 1000};
	struct holder *self = arg;

	stat_lock(self->lock);
	__atomic_store_n(&self->holds, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&self->leave, __ATOMIC_ACQUIRE))
		sched_yield();
	nanosleep(&nap, NULL);
	stat_unlock(self->lock);
	return NULL;
}

/* Take a lock that another thread holds for 20 ms more. */
static void take_from_holder(struct stat_lock *lock, unsigned long addr)
{
	struct holder holder = {.lock = lock};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, hold, &holder), 0);
	while (!__atomic_load_n(&holder.holds, __ATOMIC_ACQUIRE))
		sched_yield();
	__atomic_store_n(&holder.leave, true, __ATOMIC_RELEASE);
	stat_lock_ptl(lock, addr);
	stat_unlock(lock);
	pthread_join(thread, NULL);
}

static void a_wait_is_as_long_as_the_lock_says_and_in_its_own_bucket(void **state)
{
	uint64_t twenty_ms = 20 * 1000 * 1000;

	(void)state;
	for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
		struct stat_lock ptl, lock;
		uint64_t start = clock_ticks();

		stat_lock_init(&ptl, LOCK_PTL);
		stat_lock_init(&lock, (enum lock_class) class);
		task_trace_begin(&trace, start);
		/* For a lock that is no ptl, wait with a ptl held. */
		if (class != LOCK_PTL)
			stat_lock_ptl(&ptl, 0x1000);
		take_from_holder(&lock, 0x2000);
		assert_int_equal(trace.bucket, class == LOCK_PTL ? BUCKET_OTHER : BUCKET_UNDER_PTL);
		if (class != LOCK_PTL)
			stat_unlock(&ptl);
		task_trace_end(clock_ticks());

		assert_int_equal(lock.contended[ROLE_EXIT], 1);
		assert_true(clock_ns(lock.wait_sum[ROLE_EXIT]) > twenty_ms / 2);
		assert_int_equal(trace.bucket_ticks[BUCKET_WAIT_OF + class],
				 lock.wait_sum[ROLE_EXIT]);
		assert_int_equal(trace.nr_visits, 1);
		if (class == LOCK_PTL) {
			assert_int_equal(trace.nr_waits, 0);
			assert_int_equal(visits[0].addr, 0x2000);
			assert_int_equal(visits[0].wait, lock.wait_sum[ROLE_EXIT]);
			assert_true(visits[0].ticks >= start + visits[0].wait);
		} else {
			assert_int_equal(visits[0].wait, 0);
			assert_int_equal(trace.nr_waits, 1);
			assert_int_equal(waits[0].class, class);
			assert_int_equal(waits[0].wait, lock.wait_sum[ROLE_EXIT]);
			assert_true(waits[0].ticks >= start + waits[0].wait);
		}
	}
}

static void a_wait_too_short_for_the_clock_is_still_one(void **state)
{
	(void)state;
	task_trace_begin(&trace, 0);
	task_trace_waited(&trace, LOCK_PTL, 10, 0);
	task_trace_visit(&trace, 0x1000);
	task_trace_visit(&trace, 0x2000);
	task_trace_waited(&trace, LOCK_ZONE, 20, 0);
	assert_int_equal(visits[0].wait, 1);
	assert_int_equal(visits[1].wait, 0);
	assert_int_equal(waits[0].wait, 1);
	task_trace_end(30);
}

static void what_does_not_fit_is_counted(void **state)
{
	struct stat_lock ptl;
	uint64_t start = clock_ticks(), stop;

	(void)state;
	stat_lock_init(&ptl, LOCK_PTL);
	task_trace_begin(&trace, start);
	for (unsigned int i = 0; i < ROOM + 3; i++) {
		stat_lock_ptl(&ptl, i << 12);
		stat_unlock(&ptl);
		task_trace_waited(&trace, LOCK_LRUVEC, start, i + 1);
	}
	stop = clock_ticks();
	task_trace_end(stop);
	assert_int_equal(trace.nr_visits, ROOM);
	assert_int_equal(trace.nr_waits, ROOM);
	assert_int_equal(trace.lost, 6);
	assert_int_equal(visits[ROOM - 1].addr, (ROOM - 1) << 12);
	assert_int_equal(waits[ROOM - 1].wait, ROOM);
	assert_int_equal(sum(), stop - start);
}

static void who_is_not_traced_writes_nothing(void **state)
{
	struct stat_lock ptl;

	(void)state;
	stat_lock_init(&ptl, LOCK_PTL);
	task_trace_begin(NULL, 0);
	stat_lock_ptl(&ptl, 0x1000);
	stat_unlock(&ptl);
	take_from_holder(&ptl, 0x1000);
	task_trace_end(100);
	assert_int_equal(ptl.contended[ROLE_EXIT], 1);
	assert_int_equal(trace.nr_visits, 0);
	assert_int_equal(sum(), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(nested_sections_add_up_to_the_tick),
		CASE(a_clock_that_goes_back_loses_and_invents_nothing),
		CASE(a_ptl_is_a_visit_and_its_section_a_bucket),
		CASE(a_wait_is_as_long_as_the_lock_says_and_in_its_own_bucket),
		CASE(a_wait_too_short_for_the_clock_is_still_one),
		CASE(what_does_not_fit_is_counted),
		CASE(who_is_not_traced_writes_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
