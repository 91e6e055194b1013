// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the locks exclude, and their figures are true. Right is: with every algorithm
 * two threads never are inside together; each take is counted for the role that did it; a wait
 * is counted when, and only when, the lock was held by another thread, and about as long as it
 * really was. Wrong looks like lost increments, a wait without a holder, or a wait of another
 * length than the holder's.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "measure/stat_lock.h"

static const enum lock_kind kinds[] = {
#define KIND(NAME, ...) LOCK_KIND_##NAME,
	LOCK_KINDS(KIND)
#undef KIND
};

#define MS 1000000ull

/* Threads of a test use its locks by the options of the thread that started them. */
static void take_role(const struct task_context *starter, enum role role)
{
	this_task.lock_kind = starter->lock_kind;
	this_task.timing = starter->timing;
	this_task.role = role;
}

static void sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static int use_kind(void **state)
{
	this_task = (struct task_context){
		.lock_kind = *(const enum lock_kind *)*state,
		.timing = LOCK_TIMING_WAIT,
	};
	return 0;
}

static int back_to_default(void **state)
{
	memset(&this_task, 0, sizeof(this_task));
	return 0;
}

/* Shared by both threads of the exclusion tests. */
struct arena {
	struct stat_lock outer, inner;
	bool nested;
	uint64_t end_ns;
	unsigned long count; /* under the innermost lock, not atomic */
	unsigned int ready;
};

struct contender {
	pthread_t thread;
	struct arena *arena;
	const struct task_context *starter;
	enum role role;
	unsigned long rounds;
};

/* By time, not by rounds: where both threads share a CPU, one round can take a time slice. */
static void *contend(void *arg)
{
	struct contender *self = arg;
	struct arena *arena = self->arena;

	take_role(self->starter, self->role);
	__atomic_fetch_add(&arena->ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&arena->ready, __ATOMIC_ACQUIRE) < NR_ROLES)
		sched_yield();
	do {
		unsigned long before;

		stat_lock(&arena->outer);
		if (arena->nested)
			stat_lock(&arena->inner);
		before = arena->count;
		__asm__ volatile("" ::: "memory");
		arena->count = before + 1;
		if (arena->nested)
			stat_unlock(&arena->inner);
		stat_unlock(&arena->outer);
		self->rounds++;
	} while (clock_monotonic_ns() < arena->end_ns);
	return NULL;
}

static void run_contenders(struct arena *arena, struct contender *c)
{
	stat_lock_init(&arena->outer, LOCK_LRUVEC);
	stat_lock_init(&arena->inner, LOCK_ZONE);
	arena->end_ns = clock_monotonic_ns() + 150 * MS;
	for (int i = 0; i < NR_ROLES; i++) {
		c[i] = (struct contender){
			.arena = arena, .starter = &this_task, .role = (enum role)i};
		assert_int_equal(pthread_create(&c[i].thread, NULL, contend, &c[i]), 0);
	}
	for (int i = 0; i < NR_ROLES; i++)
		pthread_join(c[i].thread, NULL);
}

static void two_threads_are_never_inside_together(void **state)
{
	struct arena arena = {.nested = false};
	struct contender c[NR_ROLES];

	run_contenders(&arena, c);
	assert_int_equal(arena.count, c[0].rounds + c[1].rounds);
	for (int i = 0; i < NR_ROLES; i++) {
		assert_int_equal(arena.outer.acquired[i], c[i].rounds);
		assert_true(arena.outer.contended[i] <= c[i].rounds);
		assert_true(arena.outer.wait_max[i] <= arena.outer.wait_sum[i]);
		if (!arena.outer.contended[i])
			assert_int_equal(arena.outer.wait_sum[i], 0);
	}
}

static void nested_locks_exclude_and_count_each_for_itself(void **state)
{
	struct arena arena = {.nested = true};
	struct contender c[NR_ROLES];

	run_contenders(&arena, c);
	assert_int_equal(arena.count, c[0].rounds + c[1].rounds);
	for (int i = 0; i < NR_ROLES; i++) {
		assert_int_equal(arena.outer.acquired[i], c[i].rounds);
		assert_int_equal(arena.inner.acquired[i], c[i].rounds);
		/* A thread inside the outer lock finds the inner one free. */
		assert_int_equal(arena.inner.contended[i], 0);
	}
	assert_int_equal(stat_lock_stack.depth, 0);
}

static void locks_nest_to_the_stated_depth(void **state)
{
	struct stat_lock lock[STAT_LOCK_DEPTH];

	for (int i = 0; i < STAT_LOCK_DEPTH; i++)
		stat_lock_init(&lock[i], LOCK_PTL);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < STAT_LOCK_DEPTH; i++)
			stat_lock(&lock[i]);
		for (int i = STAT_LOCK_DEPTH; i-- > 0;)
			stat_unlock(&lock[i]);
	}
	for (int i = 0; i < STAT_LOCK_DEPTH; i++)
		assert_int_equal(lock[i].acquired[ROLE_EXIT], 3);
	assert_int_equal(stat_lock_stack.depth, 0);
}

static void a_free_lock_is_counted_and_never_waited_for(void **state)
{
	struct stat_lock lock;

	stat_lock_init(&lock, LOCK_PTL);
	for (int i = 0; i < 1000; i++) {
		this_task.role = i % 4 ? ROLE_EXIT : ROLE_REAPER;
		stat_lock(&lock);
		stat_unlock(&lock);
	}
	assert_int_equal(lock.acquired[ROLE_EXIT], 750);
	assert_int_equal(lock.acquired[ROLE_REAPER], 250);
	for (int i = 0; i < NR_ROLES; i++) {
		assert_int_equal(lock.contended[i], 0);
		assert_int_equal(lock.wait_sum[i], 0);
		assert_int_equal(lock.wait_max[i], 0);
	}
}

struct waiter {
	struct stat_lock *lock;
	const struct task_context *starter;
	bool about_to_wait;
	uint64_t start, end; /* ns */
};

static void *wait_once(void *arg)
{
	struct waiter *self = arg;

	take_role(self->starter, ROLE_REAPER);
	self->start = clock_monotonic_ns();
	__atomic_store_n(&self->about_to_wait, true, __ATOMIC_RELEASE);
	stat_lock(self->lock);
	self->end = clock_monotonic_ns();
	stat_unlock(self->lock);
	return NULL;
}

/* This thread holds the lock for a time while another wants it. */
static void hold_against_waiter(struct stat_lock *lock, struct waiter *waiter, long ms)
{
	pthread_t thread;

	*waiter = (struct waiter){.lock = lock, .starter = &this_task};
	stat_lock(lock);
	assert_int_equal(pthread_create(&thread, NULL, wait_once, waiter), 0);
	while (!__atomic_load_n(&waiter->about_to_wait, __ATOMIC_ACQUIRE))
		sched_yield();
	sleep_ms(ms);
	stat_unlock(lock);
	pthread_join(thread, NULL);
}

static void a_wait_is_as_long_as_the_holder_made_it(void **state)
{
	struct stat_lock lock;
	struct waiter waiter;
	uint64_t wait;

	stat_lock_init(&lock, LOCK_PTL);
	hold_against_waiter(&lock, &waiter, 100);
	wait = clock_ns(lock.wait_sum[ROLE_REAPER]);
	assert_int_equal(lock.acquired[ROLE_EXIT], 1);
	assert_int_equal(lock.contended[ROLE_EXIT], 0);
	assert_int_equal(lock.wait_sum[ROLE_EXIT], 0);
	assert_int_equal(lock.acquired[ROLE_REAPER], 1);
	assert_int_equal(lock.contended[ROLE_REAPER], 1);
	assert_int_equal(lock.wait_max[ROLE_REAPER], lock.wait_sum[ROLE_REAPER]);
	/* The waiter may lose its CPU on the way to the lock; half of the time is slack for that. */
	assert_true(wait >= 50 * MS);
	assert_true(wait <= (waiter.end - waiter.start) / 1000 * 1001 + MS);
}

static void without_timing_nothing_is_counted(void **state)
{
	struct stat_lock lock, untouched;
	struct waiter waiter;

	this_task.timing = LOCK_TIMING_OFF;
	stat_lock_init(&lock, LOCK_PTL);
	hold_against_waiter(&lock, &waiter, 10);
	assert_true(waiter.end - waiter.start >= 5 * MS); /* it did have to wait */
	stat_lock_init(&untouched, LOCK_PTL);
	assert_memory_equal(lock.acquired, untouched.acquired, sizeof(lock.acquired));
	assert_memory_equal(lock.contended, untouched.contended, sizeof(lock.contended));
	assert_memory_equal(lock.wait_sum, untouched.wait_sum, sizeof(lock.wait_sum));
	assert_memory_equal(lock.wait_max, untouched.wait_max, sizeof(lock.wait_max));
	assert_int_equal(this_task.hold_ticks[LOCK_PTL], 0);
}

static void hold_times_are_measured_on_demand_by_class(void **state)
{
	struct stat_lock outer, inner;
	uint64_t start, held, elapsed;

	stat_lock_init(&outer, LOCK_LRUVEC);
	stat_lock_init(&inner, LOCK_ZONE);
	stat_lock(&outer);
	sleep_ms(2);
	stat_unlock(&outer);
	assert_int_equal(this_task.hold_ticks[LOCK_LRUVEC], 0);

	this_task.timing = LOCK_TIMING_HOLD;
	start = clock_monotonic_ns();
	stat_lock(&outer);
	sleep_ms(10);
	stat_lock(&inner);
	sleep_ms(10);
	stat_unlock(&inner);
	stat_unlock(&outer);
	elapsed = clock_monotonic_ns() - start;
	held = clock_ns(this_task.hold_ticks[LOCK_LRUVEC]);
	/* The two clocks may differ by a thousandth. */
	assert_true(held >= 20 * MS / 1000 * 999 && held <= elapsed / 1000 * 1001 + MS);
	held = clock_ns(this_task.hold_ticks[LOCK_ZONE]);
	assert_true(held >= 10 * MS / 1000 * 999 && held <= elapsed - 9 * MS);
	assert_int_equal(this_task.hold_ticks[LOCK_PTL], 0);
	assert_int_equal(inner.acquired[ROLE_EXIT], 1);
}

static void an_uncounted_lock_is_neither_counted_nor_timed(void **state)
{
	struct stat_lock lock;

	this_task.timing = LOCK_TIMING_HOLD;
	stat_lock_init(&lock, LOCK_SWAP);
	stat_lock_uncounted(&lock);
	sleep_ms(1);
	stat_unlock(&lock);
	assert_int_equal(lock.acquired[ROLE_EXIT], 0);
	assert_int_equal(lock.contended[ROLE_EXIT], 0);
	assert_int_equal(this_task.hold_ticks[LOCK_SWAP], 0);
}

struct mutex_waiter {
	pthread_mutex_t *mutex;
	bool about_to_wait;
	struct task_lock figures;
};

static void *wait_for_mutex(void *arg)
{
	struct mutex_waiter *self = arg;

	this_task.timing = LOCK_TIMING_WAIT;
	__atomic_store_n(&self->about_to_wait, true, __ATOMIC_RELEASE);
	task_mutex_lock(self->mutex, LOCK_ZONE);
	pthread_mutex_unlock(self->mutex);
	self->figures = this_task.lock[LOCK_ZONE];
	return NULL;
}

static void a_mutex_is_counted_in_the_task_that_takes_it(void **state)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct mutex_waiter waiter = {.mutex = &mutex};
	pthread_t thread;

	task_mutex_lock(&mutex, LOCK_ZONE);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_mutex, &waiter), 0);
	while (!__atomic_load_n(&waiter.about_to_wait, __ATOMIC_ACQUIRE))
		sched_yield();
	sleep_ms(100);
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
	assert_int_equal(this_task.lock[LOCK_ZONE].acquired, 1);
	assert_int_equal(this_task.lock[LOCK_ZONE].contended, 0);
	assert_int_equal(waiter.figures.acquired, 1);
	assert_int_equal(waiter.figures.contended, 1);
	assert_true(clock_ns(waiter.figures.wait_sum) >= 50 * MS);
	assert_int_equal(waiter.figures.wait_max, waiter.figures.wait_sum);

	this_task.timing = LOCK_TIMING_OFF;
	task_mutex_lock(&mutex, LOCK_ZONE);
	pthread_mutex_unlock(&mutex);
	assert_int_equal(this_task.lock[LOCK_ZONE].acquired, 1);
}

#ifndef UMAPLE_DEBUG /* there each object is an allocation of its own */
static unsigned int depots_locked;

static int count_depot(pthread_mutex_t *mutex)
{
	depots_locked++;
	return pthread_mutex_lock(mutex);
}

static void the_lock_of_a_depot_is_taken_as_one_wants(void **state)
{
	struct slab *slab = slab_create("test", 64, 0);
	void *object;

	assert_non_null(slab);
	slab_set_depot_lock(count_depot);
	object = slab_alloc(slab);
	assert_non_null(object);
	assert_int_equal(depots_locked, 1);
	slab_set_depot_lock(NULL);
	slab_free(slab, object);
	assert_int_equal(slab_destroy(slab), 0);
	assert_int_equal(depots_locked, 1);
}
#endif

/* A free lock that one algorithm leaves behind must not look held to the next one. */
static void a_cleared_lock_can_change_its_kind(void **state)
{
	struct stat_lock lock;

	stat_lock_init(&lock, LOCK_ZONE);
	for (int i = 0; i < 9; i++) {
		this_task.lock_kind = kinds[i * 2 % 3];
		stat_lock_clear(&lock);
		for (int k = 0; k <= i; k++) {
			stat_lock(&lock);
			stat_unlock(&lock);
		}
		assert_int_equal(lock.acquired[ROLE_EXIT], i + 1);
		assert_int_equal(lock.contended[ROLE_EXIT], 0);
		assert_int_equal(lock.class, LOCK_ZONE);
	}
}

static void figures_add_up_and_can_be_cleared(void **state)
{
	struct lock_totals all[NR_LOCK_CLASSES] = {0}, totals;
	struct stat_lock a, b, other;

	stat_lock_init(&a, LOCK_PTL);
	stat_lock_init(&b, LOCK_PTL);
	stat_lock_init(&other, LOCK_ZONE);
	other.acquired[ROLE_EXIT] = 5;
	a.acquired[ROLE_EXIT] = 3;
	a.contended[ROLE_EXIT] = 2;
	a.wait_sum[ROLE_EXIT] = 90;
	a.wait_max[ROLE_EXIT] = 70;
	b.acquired[ROLE_EXIT] = UINT32_MAX;
	b.contended[ROLE_EXIT] = 1;
	b.wait_sum[ROLE_EXIT] = 1ull << 40;
	b.wait_max[ROLE_EXIT] = 60;
	b.acquired[ROLE_REAPER] = 7;
	stat_lock_totals(&a, all);
	stat_lock_totals(&b, all);
	stat_lock_totals(&other, all);
	totals = all[LOCK_PTL];
	assert_int_equal(all[LOCK_ZONE].acquired[ROLE_EXIT], 5);
	assert_int_equal(all[LOCK_SWAP].acquired[ROLE_EXIT], 0);
	assert_true(totals.acquired[ROLE_EXIT] == 3 + (uint64_t)UINT32_MAX);
	assert_int_equal(totals.contended[ROLE_EXIT], 3);
	assert_true(totals.wait_sum[ROLE_EXIT] == (1ull << 40) + 90);
	assert_int_equal(totals.wait_max[ROLE_EXIT], 70);
	assert_int_equal(totals.acquired[ROLE_REAPER], 7);

	stat_lock_clear(&a);
	memset(all, 0, sizeof(all));
	stat_lock_totals(&a, all);
	totals = all[LOCK_PTL];
	for (int i = 0; i < NR_ROLES; i++) {
		assert_int_equal(totals.acquired[i], 0);
		assert_int_equal(totals.contended[i], 0);
		assert_int_equal(totals.wait_sum[i], 0);
		assert_int_equal(totals.wait_max[i], 0);
	}
}

#define with(kind, fn)                                                                          \
	{                                                                                       \
#kind ": " #fn, fn, use_kind, back_to_default, (void *)&kinds[LOCK_KIND_##kind] \
	}
#define with_each_kind(fn) with(TICKET, fn), with(MCS, fn), with(TAS, fn)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_each_kind(two_threads_are_never_inside_together),
		with_each_kind(nested_locks_exclude_and_count_each_for_itself),
		with_each_kind(locks_nest_to_the_stated_depth),
		with_each_kind(a_free_lock_is_counted_and_never_waited_for),
		with_each_kind(a_wait_is_as_long_as_the_holder_made_it),
		with_each_kind(without_timing_nothing_is_counted),
		with_each_kind(hold_times_are_measured_on_demand_by_class),
		with_each_kind(an_uncounted_lock_is_neither_counted_nor_timed),
		with(TICKET, a_cleared_lock_can_change_its_kind),
		with(TICKET, figures_add_up_and_can_be_cleared),
		with(TICKET, a_mutex_is_counted_in_the_task_that_takes_it),
#ifndef UMAPLE_DEBUG
		with(TICKET, the_lock_of_a_depot_is_taken_as_one_wants),
#endif
	};

	clock_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
