// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: what becomes of a frozen victim by each way to thaw it. Right is that with one
 * thread woken, or all woken and one exempt, a victim of several threads stays, with exactly the
 * threads frozen that nobody exempted; that with TIF_MEMDIE on each thread, and with the exemption
 * of OOM victims, all threads leave and the memory comes back; and that the freezer itself keeps
 * whom it should. Wrong looks like a victim that leaves under the first two, or hangs under the
 * others.
 */
#include "task_fixture.h"

static struct tasks tasks;

static int finish(void **state)
{
	tasks_finish(&tasks);
	return 0;
}

/* By the system or by the cgroup. */
static void freeze(struct task_struct *p, bool suspend)
{
	if (suspend) {
		assert_int_equal(freeze_processes(p->system, SOON_MS), 0);
		assert_true(wait_until_frozen(p, SOON_MS));
		return;
	}
	freezer_change_state(p, true);
	assert_true(wait_until_frozen(p, SOON_MS));
}

static void thaw(struct task_struct *p, bool suspend)
{
	if (suspend)
		thaw_processes(p->system);
	else
		freezer_change_state(p, false);
}

/* Freeze, kill; returns how many threads are frozen still after a while. */
static unsigned int kill_frozen(const char *policy, unsigned int threads, bool suspend)
{
	struct task_struct *p;
	unsigned int stuck;

	tasks_start(&tasks, policy);
	/*
	 * One thread is counted as a victim, and each thread with the mark is taken off the count: with
	 * "memdie" the count falls below 0.
	 */
	if (!strcmp(policy, "memdie"))
		tasks.miscounted = 1 - (int)threads;
	p = start_process(&tasks, threads, 64, 0);
	freeze(p, suspend);
	assert_int_equal(count_frozen(p), threads);
	assert_true(oom_kill_process(p));
	assert_true(tsk_is_oom_victim(p));
	stuck = wait_for_process(p, STUCK_MS) ? 0 : count_frozen(p);
	/* The source lets go, and then every victim leaves. */
	thaw(p, suspend);
	expect_end(p);
	tasks_finish(&tasks);
	return stuck;
}

static void one_woken_thread_leaves_the_others_frozen(void **state)
{
	for (int suspend = 0; suspend < 2; suspend++) {
		assert_int_equal(kill_frozen("thread", 1, suspend), 0);
		assert_int_equal(kill_frozen("thread", 2, suspend), 1);
		assert_int_equal(kill_frozen("thread", 7, suspend), 6);
	}
}

static void waking_all_does_not_help_if_one_is_exempt(void **state)
{
	for (int suspend = 0; suspend < 2; suspend++) {
		assert_int_equal(kill_frozen("all-threads", 1, suspend), 0);
		assert_int_equal(kill_frozen("all-threads", 7, suspend), 6);
	}
}

static void a_mark_on_each_thread_lets_all_leave(void **state)
{
	for (int suspend = 0; suspend < 2; suspend++) {
		assert_int_equal(kill_frozen("memdie", 2, suspend), 0);
		assert_int_equal(kill_frozen("memdie", 7, suspend), 0);
	}
}

static void the_exemption_of_oom_victims_lets_all_leave(void **state)
{
	for (int suspend = 0; suspend < 2; suspend++) {
		assert_int_equal(kill_frozen("oom-victim", 2, suspend), 0);
		assert_int_equal(kill_frozen("oom-victim", 7, suspend), 0);
	}
}

/* What separates the last two: a thread that nobody marked asks whether it is to freeze. */
static void a_thread_without_the_mark_is_to_freeze_again_unless_victims_are_exempt(void **state)
{
	static const struct {
		const char *policy;
		bool again;
	} cases[] = {
		{"thread", true}, {"all-threads", true}, {"memdie", true}, {"oom-victim", false}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct task_struct *p, *t;

		tasks_start(&tasks, cases[i].policy);
		p = start_process(&tasks, 3, 0, 0);
		freeze(p, false);
		/* As if it had been marked while this thread was not on the list yet. */
		task_lock(p);
		mmgrab(p->mm);
		port_publish(p->signal->oom_mm, p->mm);
		task_unlock(p);
		port_rcu_read_lock();
		for_each_thread(p, t) assert_int_equal(freezing(t), cases[i].again);
		port_rcu_read_unlock();
		send_sigkill(p);
		thaw(p, false);
		expect_end(p);
		tasks_finish(&tasks);
	}
}

static void a_signal_alone_wakes_no_frozen_task(void **state)
{
	struct task_struct *p;

	tasks_start(&tasks, "oom-victim");
	p = start_process(&tasks, 3, 0, 0);
	freeze(p, false);
	send_sigkill(p);
	assert_false(wait_for_process(p, STUCK_MS));
	assert_int_equal(count_frozen(p), 3);
	thaw(p, false);
	expect_end(p);
}

static void two_sources_freeze_until_both_let_go(void **state)
{
	struct task_struct *p;

	tasks_start(&tasks, "oom-victim");
	p = start_process(&tasks, 4, 0, 0);
	freeze(p, false);
	freeze(p, true);
	thaw(p, true);
	assert_false(wait_for_process(p, STUCK_MS / 4));
	assert_true(wait_until_frozen(p, SOON_MS));
	freeze(p, true);
	thaw(p, false);
	assert_true(wait_until_frozen(p, SOON_MS));
	thaw(p, true);
	/* All work again: they can be frozen once more, and killed when they are not. */
	while (count_frozen(p))
		sched_yield();
	send_sigkill(p);
	expect_end(p);
}

static void a_thread_born_into_a_frozen_process_freezes(void **state)
{
	struct task_struct *p;

	tasks_start(&tasks, "oom-victim");
	p = start_process(&tasks, 2, 0, 0);
	freeze(p, false);
	assert_int_equal(clone_thread(p, work, &tasks), 0);
	assert_true(wait_until_frozen(p, SOON_MS));
	assert_int_equal(count_frozen(p), 3);
	/* And none is born into one that was killed. */
	send_sigkill(p);
	assert_int_equal(clone_thread(p, work, &tasks), -EINTR);
	thaw(p, false);
	assert_true(wait_for_process(p, SOON_MS));
	assert_int_equal(clone_thread(p, work, &tasks), -ESRCH);
	release_process(p);
}

static void a_task_that_must_not_freeze_fails_a_suspend_of_others_no_more(void **state)
{
	struct task_struct *p;

	tasks_start(&tasks, "oom-victim");
	p = start_process(&tasks, 1, 0, 0);
	__atomic_fetch_or(&p->flags, PF_NOFREEZE, __ATOMIC_ACQ_REL);
	assert_int_equal(freeze_processes(&tasks.system, SOON_MS), 0);
	assert_int_equal(count_frozen(p), 0);
	thaw_processes(&tasks.system);
	send_sigkill(p);
	expect_end(p);
}

struct stay {
	bool there, go;
};

/* A thread that does not come back from the kernel until it is let go. */
static void stay_in_the_kernel(struct task_struct *self, void *arg)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	struct stay *stay = arg;

	__atomic_store_n(&stay->there, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&stay->go, __ATOMIC_ACQUIRE))
		nanosleep(&nap, NULL);
}

static void a_suspend_that_fails_thaws_who_was_frozen(void **state)
{
	struct task_struct *p;
	struct stay stay = {0};

	tasks_start(&tasks, "oom-victim");
	p = start_process(&tasks, 2, 0, 0);
	assert_int_equal(clone_thread(p, stay_in_the_kernel, &stay), 0);
	while (!__atomic_load_n(&stay.there, __ATOMIC_ACQUIRE))
		sched_yield();
	assert_int_equal(freeze_processes(&tasks.system, 50), -EBUSY);
	assert_false(tasks.system.pm_freezing);
	while (count_frozen(p))
		sched_yield();
	__atomic_store_n(&stay.go, true, __ATOMIC_RELEASE);
	send_sigkill(p);
	expect_end(p);
}

static void times_tell_a_life_in_its_order(void **state)
{
	struct task_struct *p;
	struct task_times t;

	tasks_start(&tasks, "oom-victim");
	p = start_process(&tasks, 1, 16, 0);
	freeze(p, false);
	assert_true(oom_kill_process(p));
	assert_true(wait_for_process(p, SOON_MS));
	t = p->times;
	assert_true(t.frozen && t.frozen < t.thawed && t.thawed <= t.exiting);
	assert_true(t.exiting <= t.left_mm && t.left_mm <= t.dead);
	assert_int_equal(t.freezes, 1);
	release_process(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_woken_thread_leaves_the_others_frozen),
		cmocka_unit_test(waking_all_does_not_help_if_one_is_exempt),
		cmocka_unit_test(a_mark_on_each_thread_lets_all_leave),
		cmocka_unit_test(the_exemption_of_oom_victims_lets_all_leave),
		cmocka_unit_test(
			a_thread_without_the_mark_is_to_freeze_again_unless_victims_are_exempt),
		cmocka_unit_test_teardown(a_signal_alone_wakes_no_frozen_task, finish),
		cmocka_unit_test_teardown(two_sources_freeze_until_both_let_go, finish),
		cmocka_unit_test_teardown(a_thread_born_into_a_frozen_process_freezes, finish),
		cmocka_unit_test_teardown(
			a_task_that_must_not_freeze_fails_a_suspend_of_others_no_more, finish),
		cmocka_unit_test_teardown(a_suspend_that_fails_thaws_who_was_frozen, finish),
		cmocka_unit_test_teardown(times_tell_a_life_in_its_order, finish),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, mm_group_setup, mm_group_teardown);
}
