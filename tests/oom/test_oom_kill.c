// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: whom the OOM killer chooses, what it does to them, and what process_mrelease()
 * answers. Right is the process with most pages, adjusted, never a protected one; a victim that is
 * still dying is waited for and one that was given up is passed over; the reaper comes after its
 * delay and frees what a frozen victim holds; each errno in its case. Thousands of rounds let
 * freezer, killer, reaper and births meet. Wrong looks like a second victim, a process that hangs,
 * or a page that is lost.
 */
#include <limits.h>
#include <sched.h>

#include "task_fixture.h"

#define TOTAL_PAGES 16384UL

static struct tasks tasks;

static int start(void **state)
{
	tasks_start(&tasks, "oom-victim");
	return 0;
}

static int finish(void **state)
{
	tasks_finish(&tasks);
	return 0;
}

static struct reap_plan reverse(void)
{
	struct reap_plan plan;

	assert_int_equal(reap_plan_parse(reap_orders, "reverse", &plan), 0);
	return plan;
}

static void end(struct task_struct *p)
{
	send_sigkill(p);
	freezer_change_state(p, false);
	expect_end(p);
}

static void expect_choice(struct task_struct *p)
{
	struct task_struct *chosen;

	assert_int_equal(select_bad_process(&tasks.system, TOTAL_PAGES, &chosen), OOM_CHOSEN);
	assert_ptr_equal(chosen, p);
	put_task_struct(chosen);
}

static long badness(struct task_struct *p)
{
	long points;

	port_rcu_read_lock();
	points = oom_badness(p, TOTAL_PAGES);
	port_rcu_read_unlock();
	return points;
}

/* A process whose threads hold still, outside the kernel. */
static struct task_struct *start_still(unsigned long pages, short adj)
{
	struct task_struct *p = start_process(&tasks, 1, pages, adj);

	freezer_change_state(p, true);
	assert_true(wait_until_frozen(p, SOON_MS));
	return p;
}

static void the_largest_process_is_chosen_and_a_protected_one_never(void **state)
{
	struct task_struct *chosen, *small = start_still(100, 0), *large = start_still(1000, 0);
	struct task_struct *protected = start_still(2000, OOM_SCORE_ADJ_MIN);

	expect_choice(large);
	assert_int_equal(badness(protected), LONG_MIN);
	/* Pages and tables, and 16 pages for a point. */
	assert_int_equal(badness(large), 1000 + 2);
	small->signal->oom_score_adj = 100;
	assert_int_equal(badness(small), 100 + 1 + 1600);
	expect_choice(small);
	small->signal->oom_score_adj = -10;
	assert_int_equal(badness(small), 100 + 1 - 160);
	end(small);
	end(large);
	assert_int_equal(select_bad_process(&tasks.system, TOTAL_PAGES, &chosen), OOM_NONE);
	assert_int_equal(out_of_memory(&tasks.system, TOTAL_PAGES), -ESRCH);
	assert_false(tsk_is_oom_victim(protected));
	end(protected);
}

static void a_dying_victim_is_waited_for_and_one_given_up_is_passed_over(void **state)
{
	struct task_struct *first = start_process(&tasks, 2, 1000, 0);
	struct task_struct *second = start_process(&tasks, 1, 100, 0), *chosen;

	/* Frozen under the old policy, the first cannot die. */
	tasks.system.thaw = thaw_policy_find("thread");
	freezer_change_state(first, true);
	assert_true(wait_until_frozen(first, SOON_MS));
	assert_int_equal(out_of_memory(&tasks.system, TOTAL_PAGES), 0);
	assert_true(tsk_is_oom_victim(first));
	assert_int_equal(select_bad_process(&tasks.system, TOTAL_PAGES, &chosen), OOM_WAIT);
	assert_int_equal(out_of_memory(&tasks.system, TOTAL_PAGES), 0);
	assert_false(tsk_is_oom_victim(second));
	mm_set_flag(first->signal->oom_mm, MMF_OOM_SKIP);
	assert_int_equal(out_of_memory(&tasks.system, TOTAL_PAGES), 0);
	assert_true(tsk_is_oom_victim(second));
	expect_end(second);
	freezer_change_state(first, false);
	expect_end(first);
}

static void others_on_the_same_address_space_are_killed_too(void **state)
{
	struct task_struct *p = start_process(&tasks, 2, 10, 0), *sharer;
	struct task_struct *other = start_process(&tasks, 1, 10, 0);
	struct process_start begin = {.mm = p->mm, .comm = "sharer", .user = work, .arg = &tasks};

	mmget(p->mm);
	assert_int_equal(create_process(&tasks.system, &begin, &sharer), 0);
	assert_true(oom_kill_process(p));
	expect_end(p);
	expect_end(sharer);
	assert_false(wait_for_process(other, 10));
	end(other);
}

static void killing_twice_is_killing_once(void **state)
{
	struct task_struct *p = start_process(&tasks, 3, 10, 0);

	freezer_change_state(p, true);
	assert_true(wait_until_frozen(p, SOON_MS));
	assert_true(oom_kill_process(p));
	oom_kill_process(p);
	expect_end(p);
}

static void mrelease_answers_as_the_system_call_does(void **state)
{
	const struct reap_plan plan = reverse();
	struct task_struct *p = start_process(&tasks, 2, 100, 0);
	struct mm_struct *mm = p->mm;

	mmgrab(mm);
	assert_int_equal(process_mrelease(p, &plan), -EINVAL);
	/* Killed, and frozen: it is there as long as we want it. */
	freezer_change_state(p, true);
	assert_true(wait_until_frozen(p, SOON_MS));
	mm_set_flag(mm, MMF_NOTIFIER_BLOCKS);
	send_sigkill(p);
	assert_int_equal(process_mrelease(p, &plan), -EAGAIN);
	assert_int_equal(get_mm_counter(mm, MM_ANONPAGES), 100);
	__atomic_fetch_and(&mm->flags, ~(1UL << MMF_NOTIFIER_BLOCKS), __ATOMIC_ACQ_REL);
	assert_int_equal(process_mrelease(p, &plan), 0);
	assert_int_equal(get_mm_counter(mm, MM_ANONPAGES), 0);
	assert_int_equal(process_mrelease(p, &plan), 0);
	mm_set_flag(mm, MMF_OOM_SKIP);
	assert_int_equal(process_mrelease(p, &plan), 0);
	freezer_change_state(p, false);
	assert_true(wait_for_process(p, SOON_MS));
	assert_int_equal(process_mrelease(p, &plan), -ESRCH);
	release_process(p);
	mmdrop(mm);
}

static void mrelease_with_the_kill_is_never_too_early_and_late_only_for_the_dead(void **state)
{
	const struct reap_plan plan = reverse();
	struct task_struct *p = start_process(&tasks, 2, 100, 0);

	assert_int_equal(process_mrelease_kill(p, &plan), 0);
	assert_true(wait_for_process(p, SOON_MS));
	assert_int_equal(process_mrelease_kill(p, &plan), -ESRCH);
	release_process(p);
}

static void the_reaper_comes_after_its_delay_and_frees_what_a_frozen_victim_holds(void **state)
{
	const struct reap_plan plan = reverse();
	struct task_struct *p = start_process(&tasks, 2, 500, 0);
	struct mm_struct *mm = p->mm;
	struct oom_reaper_counts counts;
	uint64_t start_ns;

	mmgrab(mm);
	tasks.system.thaw = thaw_policy_find("thread");
	tasks.system.oom_reaper_delay_ms = 100;
	assert_int_equal(start_oom_reaper(&tasks.system, &plan), 0);
	freezer_change_state(p, true);
	assert_true(wait_until_frozen(p, SOON_MS));
	start_ns = clock_monotonic_ns();
	assert_true(oom_kill_process(p));
	while (!mm_test_flag(mm, MMF_OOM_SKIP))
		sched_yield();
	assert_true(clock_monotonic_ns() - start_ns >= 100 * 1000000ULL);
	assert_int_equal(get_mm_counter(mm, MM_ANONPAGES), 0);
	/* Its memory is back, though one thread is frozen still. */
	assert_int_equal(count_frozen(p), 1);
	freezer_change_state(p, false);
	expect_end(p);
	stop_oom_reaper(&tasks.system, NULL, NULL, &counts);
	assert_int_equal(counts.queued, 1);
	assert_int_equal(counts.reaped, 1);
	mmdrop(mm);
}

static void a_reaper_that_comes_late_or_never_gets_the_lock_gives_up(void **state)
{
	const struct reap_plan plan = reverse();
	struct oom_reaper_counts counts;
	struct task_struct *p;
	struct mm_struct *mm;

	tasks.system.oom_reaper_delay_ms = 50;
	assert_int_equal(start_oom_reaper(&tasks.system, &plan), 0);
	p = start_process(&tasks, 1, 10, 0);
	assert_true(oom_kill_process(p));
	expect_end(p);
	/* A writer that does not let go: ten tries, a tenth of a second apart. */
	p = start_process(&tasks, 1, 10, 0);
	mm = p->mm;
	mmgrab(mm);
	freezer_change_state(p, true);
	assert_true(wait_until_frozen(p, SOON_MS));
	mmap_write_lock(mm);
	assert_true(oom_kill_process(p));
	while (!mm_test_flag(mm, MMF_OOM_SKIP))
		usleep(1000);
	mmap_write_unlock(mm);
	expect_end(p);
	stop_oom_reaper(&tasks.system, NULL, NULL, &counts);
	assert_int_equal(counts.queued, 2);
	assert_int_equal(counts.came_late, 1);
	assert_int_equal(counts.gave_up, 1);
	mmdrop(mm);
}

/* The second thread of a race: does one thing to a process, at the same time as the first. */
struct other {
	pthread_t thread;
	struct task_struct *p;
	unsigned int what;
	bool go;
	int result;
};

static void meddle(struct other *o)
{
	const struct reap_plan plan = reverse();

	switch (o->what % 6) {
	case 0:
		freezer_change_state(o->p, true);
		break;
	case 1:
		oom_kill_process(o->p);
		break;
	case 2:
		clone_thread(o->p, work, &tasks);
		break;
	case 3:
		o->result = process_mrelease(o->p, &plan);
		break;
	case 4:
		freezer_change_state(o->p, false);
		break;
	case 5:
		o->result = process_mrelease_kill(o->p, &plan);
		break;
	}
}

static void *other_main(void *arg)
{
	struct other *o = arg;

	rcu_register_thread();
	this_task = (struct task_context){.role = ROLE_REAPER};
	get_cpu(o->p->system);
	while (!__atomic_load_n(&o->go, __ATOMIC_ACQUIRE))
		sched_yield();
	meddle(o);
	put_cpu(o->p->system);
	rcu_unregister_thread();
	return NULL;
}

static void whoever_meets_the_killer_the_victim_leaves_and_nothing_is_lost(void **state)
{
	const unsigned int rounds = 1500;
	const struct reap_plan plan = reverse();

	tasks.system.oom_reaper_delay_ms = 0;
	assert_int_equal(start_oom_reaper(&tasks.system, &plan), 0);
	for (unsigned int i = 0; i < rounds; i++) {
		struct other o = {.what = i, .p = start_process(&tasks, 1 + i % 3, i % 5 * 40, 0)};

		get_task_struct(o.p);
		if (i / 6 % 2) {
			freezer_change_state(o.p, true);
			if (i / 12 % 2)
				assert_true(wait_until_frozen(o.p, SOON_MS));
		}
		assert_int_equal(pthread_create(&o.thread, NULL, other_main, &o), 0);
		__atomic_store_n(&o.go, true, __ATOMIC_RELEASE);
		oom_kill_process(o.p);
		pthread_join(o.thread, NULL);
		assert_true(o.result == 0 || o.result == -EINVAL || o.result == -ESRCH);
		/* The policy exempts victims, so none stays frozen. */
		expect_end(o.p);
		put_task_struct(o.p);
	}
}

/* A thread that allocates nothing. */
static void rest(struct task_struct *self, void *arg)
{
	while (exit_to_user_mode())
		schedule_timeout_interruptible(1000);
}

static void a_failed_allocation_starts_nothing(void **state)
{
	struct task_struct *p;
	struct process_start begin = {.comm = "none", .user = rest, .arg = &tasks};
	unsigned int failed = 0;
	int err = -ENOMEM;

	begin.mm = mm_alloc(tasks.pgdat);
	assert_non_null(begin.mm);
	for (unsigned int nth = 0; err; nth++) {
		fault_arm(nth);
		err = create_process(&tasks.system, &begin, &p);
		fault_disarm();
		failed += err != 0;
		assert_true(!err || err == -ENOMEM || err == -EAGAIN);
		assert_true(!err || begin.mm->mm_users == 1);
	}
	assert_int_equal(failed, 3);
	err = -ENOMEM;
	for (unsigned int nth = 0; err; nth++) {
		fault_arm(nth);
		err = clone_thread(p, rest, &tasks);
		fault_disarm();
		assert_true(!err || err == -ENOMEM || err == -EAGAIN);
		assert_int_equal(begin.mm->mm_users, 1 + !err);
	}
	end(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
		TEST(the_largest_process_is_chosen_and_a_protected_one_never),
		TEST(a_dying_victim_is_waited_for_and_one_given_up_is_passed_over),
		TEST(others_on_the_same_address_space_are_killed_too),
		TEST(killing_twice_is_killing_once),
		TEST(mrelease_answers_as_the_system_call_does),
		TEST(mrelease_with_the_kill_is_never_too_early_and_late_only_for_the_dead),
		TEST(the_reaper_comes_after_its_delay_and_frees_what_a_frozen_victim_holds),
		TEST(a_reaper_that_comes_late_or_never_gets_the_lock_gives_up),
		TEST(whoever_meets_the_killer_the_victim_leaves_and_nothing_is_lost),
		TEST(a_failed_allocation_starts_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, mm_group_setup, mm_group_teardown);
}
