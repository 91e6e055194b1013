// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the exiting task and a reaper keep out of each other's way: flags are set before
 * and after as promised, the locks are held as promised, a reaper that does not get the lock gives
 * up, and a reaper that comes late finds nothing and breaks nothing. Wrong looks like a reaper at
 * work after the exit, a victim that is never chosen again, or one that is chosen for ever.
 */
#include <pthread.h>
#include <time.h>

#include "../vma/mm_fixture.h"
#include "engines/reap_plan.h"

#define BASE PMD_SIZE
#define MS   1000000ull

static int setup(void **state)
{
	static struct machine m;

	memset(&this_task, 0, sizeof(this_task));
	machine_start(&m, 4096, 512);
	map_vma(&m, BASE, BASE + 4 * PMD_SIZE);
	fill(&m, BASE, BASE + 100 * PAGE_SIZE, POPULATE_ANON);
	fill(&m, BASE + PMD_SIZE, BASE + 2 * PMD_SIZE, POPULATE_HUGE);
	fill(&m, BASE + 2 * PMD_SIZE, BASE + 2 * PMD_SIZE + 50 * PAGE_SIZE, POPULATE_SWAP);
	lru_add_drain_all(m.pgdat);
	*state = &m;
	return 0;
}

#define VICTIM_PAGES (100 + 512 + 50)

static int teardown(void **state)
{
	machine_finish(*state);
	return 0;
}

/* For tests that let the victim exit themselves. */
static int verify(void **state)
{
	machine_verify(*state);
	return 0;
}

static struct reap_plan plan_of(const char *name)
{
	struct reap_plan plan;

	assert_int_equal(reap_plan_parse(reap_orders, name, &plan), 0);
	return plan;
}

/* An order that looks around and touches nothing. */
static int spied;
static bool unstable_seen, skip_seen, read_locked_seen;

/* Could another task take the lock for reading? */
static bool others_may_read(struct mm_struct *mm)
{
	if (pthread_rwlock_tryrdlock(&mm->mmap_lock.rwlock))
		return false;
	pthread_rwlock_unlock(&mm->mmap_lock.rwlock);
	return true;
}

static bool others_may_write(struct mm_struct *mm)
{
	if (pthread_rwlock_trywrlock(&mm->mmap_lock.rwlock))
		return false;
	pthread_rwlock_unlock(&mm->mmap_lock.rwlock);
	return true;
}

static void spy_walk(const struct unmap_walk *walk)
{
	struct mm_struct *mm = walk->mm;

	spied++;
	assert_int_equal(walk->step, 5);
	assert_null(walk->exit);
	unstable_seen = mm_test_flag(mm, MMF_UNSTABLE);
	skip_seen = mm_test_flag(mm, MMF_OOM_SKIP);
	read_locked_seen = others_may_read(mm) && !others_may_write(mm);
}

static const struct reap_order spy_order = {"spy", "", true, spy_walk};
static const struct reap_plan spy = {&spy_order, 5};

static void the_victim_is_unstable_before_and_done_after(void **state)
{
	struct machine *m = *state;

	spied = 0;
	assert_int_equal(m->mm->flags, 0);
	assert_true(oom_reap_task(m->mm, &spy));
	assert_int_equal(spied, 1);
	assert_true(unstable_seen);
	assert_false(skip_seen);
	assert_true(read_locked_seen);
	assert_true(mm_test_flag(m->mm, MMF_OOM_SKIP));
	assert_true(others_may_write(m->mm)); /* the lock is given back */
}

static void mrelease_reaps_and_leaves_the_victim_to_others(void **state)
{
	struct machine *m = *state;

	spied = 0;
	assert_true(mrelease_mm(m->mm, &spy));
	assert_int_equal(spied, 1);
	assert_true(unstable_seen);
	assert_true(read_locked_seen);
	assert_false(mm_test_flag(m->mm, MMF_OOM_SKIP));
	assert_true(others_may_write(m->mm));
	/* So it can be done again, and by the oom_reaper. */
	assert_true(mrelease_mm(m->mm, &spy));
	assert_true(oom_reap_task(m->mm, &spy));
	assert_int_equal(spied, 3);
	assert_false(mrelease_mm(m->mm, &spy));
	assert_false(oom_reap_task(m->mm, &spy));
	assert_int_equal(spied, 3);
}

static void solo_marks_the_victim_and_touches_nothing(void **state)
{
	struct reap_plan plan = plan_of("solo");
	struct machine *m = *state;

	assert_true(oom_reap_task(m->mm, &plan));
	assert_int_equal(pages_mapped(m), VICTIM_PAGES);
	assert_true(mm_test_flag(m->mm, MMF_UNSTABLE));
	assert_true(mm_test_flag(m->mm, MMF_OOM_SKIP));
}

static void after_the_exit_there_is_nothing_to_reap(void **state)
{
	struct machine *m = *state;
	uint64_t start;

	exit_mmap(m->mm);
	assert_true(mm_test_flag(m->mm, MMF_OOM_SKIP));
	spied = 0;
	assert_false(mrelease_mm(m->mm, &spy));
	start = clock_monotonic_ns();
	assert_false(oom_reap_task(m->mm, &spy));
	assert_true(clock_monotonic_ns() - start < 90 * MS); /* it did not try again */
	assert_int_equal(spied, 0);
	assert_false(mm_test_flag(m->mm, MMF_UNSTABLE));
}

static void a_victim_reaped_whole_exits_as_any_other(void **state)
{
	struct reap_plan plan = plan_of("reverse-fine");
	struct machine *m = *state;

	assert_true(oom_reap_task(m->mm, &plan));
	assert_int_equal(pages_mapped(m), 0);
	assert_int_equal(m->mm->map_count, 1);
	/* Pages are gone, tables are the exiting task's to free. The huge page's spare one is gone. */
	assert_tables(m, 0, 2, 1, 1);
	this_task.count.unmapped = 0;
	exit_mmap(m->mm);
	assert_int_equal(this_task.count.unmapped, 0);
}

static void an_empty_address_space_can_be_reaped_and_exit(void **state)
{
	struct reap_plan plan = plan_of("reverse");
	struct machine m;

	machine_start(&m, 1024, 0);
	assert_true(oom_reap_task(m.mm, &plan));
	machine_finish(&m);
	machine_start(&m, 1024, 0);
	machine_finish(&m);
}

struct holder {
	pthread_t thread;
	struct mm_struct *mm;
	bool write, holds;
	uint64_t ns; /* how long, unless the test stops it */
	bool stop;
};

static void *hold_lock(void *arg)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	struct holder *h = arg;
	uint64_t start = clock_monotonic_ns();

	if (h->write)
		mmap_write_lock(h->mm);
	else
		mmap_read_lock(h->mm);
	__atomic_store_n(&h->holds, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE) && clock_monotonic_ns() - start < h->ns)
		nanosleep(&nap, NULL);
	if (h->write)
		mmap_write_unlock(h->mm);
	else
		mmap_read_unlock(h->mm);
	return NULL;
}

static void holder_start(struct holder *h, struct mm_struct *mm, bool write, uint64_t ns)
{
	const struct timespec nap = {.tv_nsec = 100000};

	*h = (struct holder){.mm = mm, .write = write, .ns = ns};
	assert_int_equal(pthread_create(&h->thread, NULL, hold_lock, h), 0);
	while (!__atomic_load_n(&h->holds, __ATOMIC_ACQUIRE))
		nanosleep(&nap, NULL);
}

static void holder_stop(struct holder *h)
{
	__atomic_store_n(&h->stop, true, __ATOMIC_RELEASE);
	pthread_join(h->thread, NULL);
}

static void a_reaper_that_never_gets_the_lock_gives_up(void **state)
{
	struct machine *m = *state;
	struct holder h;
	uint64_t start;

	holder_start(&h, m->mm, true, ~0ull);
	spied = 0;
	start = clock_monotonic_ns();
	assert_false(oom_reap_task(m->mm, &spy));
	/* Ten tries have nine pauses of a tenth of a second between them. */
	assert_true(clock_monotonic_ns() - start >= (MAX_OOM_REAP_RETRIES - 1) * 100 * MS);
	holder_stop(&h);
	assert_int_equal(spied, 0);
	assert_int_equal(pages_mapped(m), VICTIM_PAGES);
	assert_false(mm_test_flag(m->mm, MMF_UNSTABLE));
	/* Nobody may wait for this victim any more. */
	assert_true(mm_test_flag(m->mm, MMF_OOM_SKIP));
}

static void a_reaper_tries_again_until_the_lock_is_free(void **state)
{
	struct reap_plan plan = plan_of("forward");
	struct machine *m = *state;
	struct holder h;

	holder_start(&h, m->mm, true, 150 * MS);
	assert_true(oom_reap_task(m->mm, &plan));
	holder_stop(&h);
	assert_int_equal(pages_mapped(m), 0);
}

static void readers_do_not_keep_a_reaper_out(void **state)
{
	struct reap_plan plan = plan_of("forward");
	struct machine *m = *state;
	struct holder h;
	uint64_t start;

	holder_start(&h, m->mm, false, ~0ull);
	start = clock_monotonic_ns();
	assert_true(oom_reap_task(m->mm, &plan));
	assert_true(mrelease_mm(m->mm, &plan) == false);
	assert_true(clock_monotonic_ns() - start < 90 * MS);
	holder_stop(&h);
	assert_int_equal(pages_mapped(m), 0);
}

static void mrelease_waits_for_the_lock(void **state)
{
	struct reap_plan plan = plan_of("forward");
	struct machine *m = *state;
	struct holder h;

	holder_start(&h, m->mm, true, 250 * MS);
	this_task.mmap_lock_wait_ticks = 0;
	assert_true(mrelease_mm(m->mm, &plan));
	holder_stop(&h);
	assert_true(clock_ns(this_task.mmap_lock_wait_ticks) >= 30 * MS);
	assert_int_equal(pages_mapped(m), 0);
}

/* The order of steps in exit_mmap(), seen from inside two of its calls. */
void __real_unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end);
void __wrap_unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end);
void __real_free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
			   unsigned long floor, unsigned long ceiling);
void __wrap_free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
			   unsigned long floor, unsigned long ceiling);

static bool skip_while_unmapping, read_while_unmapping;
static bool skip_while_freeing, alone_while_freeing;
static unsigned int unmap_calls, free_calls;

void __wrap_unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end)
{
	unmap_calls++;
	skip_while_unmapping = mm_test_flag(tlb->mm, MMF_OOM_SKIP);
	read_while_unmapping = others_may_read(tlb->mm) && !others_may_write(tlb->mm);
	__real_unmap_page_range(tlb, vma, addr, end);
}

void __wrap_free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
			   unsigned long floor, unsigned long ceiling)
{
	free_calls++;
	skip_while_freeing = mm_test_flag(tlb->mm, MMF_OOM_SKIP);
	alone_while_freeing = !others_may_read(tlb->mm);
	__real_free_pgd_range(tlb, addr, end, floor, ceiling);
}

static void the_exit_unmaps_with_others_and_frees_tables_alone(void **state)
{
	struct machine *m = *state;

	unmap_calls = 0;
	free_calls = 0;
	exit_mmap(m->mm);
	assert_int_equal(unmap_calls, 1);
	assert_int_equal(free_calls, 1);
	assert_false(skip_while_unmapping);
	assert_true(read_while_unmapping);
	assert_true(skip_while_freeing);
	assert_true(alone_while_freeing);
	assert_true(others_may_write(m->mm));
}

/* The tables of VMAs that lie close together go at once, as in the kernel. */
static void tables_are_freed_between_vmas_that_lie_apart(void **state)
{
	struct machine *m = *state;

	map_vma(m, BASE + 4 * PMD_SIZE, BASE + 5 * PMD_SIZE);  /* touches the one of the setup */
	map_vma(m, BASE + 6 * PMD_SIZE, BASE + 7 * PMD_SIZE);  /* a table's length away */
	map_vma(m, BASE + 9 * PMD_SIZE, BASE + 10 * PMD_SIZE); /* further */
	map_vma(m, 3 * PGDIR_SIZE, 3 * PGDIR_SIZE + PAGE_SIZE);
	fill(m, 3 * PGDIR_SIZE, 3 * PGDIR_SIZE + PAGE_SIZE, POPULATE_ANON);
	free_calls = 0;
	exit_mmap(m->mm);
	assert_int_equal(free_calls, 3);
}

#ifdef UMAPLE_DEBUG
static void reap_unlocked(void *arg)
{
	struct reap_plan plan = plan_of("forward");

	__oom_reap_task_mm(((struct machine *)arg)->mm, &plan);
}

static void reaping_without_the_lock_is_caught(void **state)
{
	assert_aborts(reap_unlocked, *state);
}
#endif

int main(void)
{
#define test(fn)	 cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define test_of_exit(fn) cmocka_unit_test_setup_teardown(fn, setup, verify)
	const struct CMUnitTest tests[] = {
		test(the_victim_is_unstable_before_and_done_after),
		test(mrelease_reaps_and_leaves_the_victim_to_others),
		test(solo_marks_the_victim_and_touches_nothing),
		test_of_exit(after_the_exit_there_is_nothing_to_reap),
		test_of_exit(a_victim_reaped_whole_exits_as_any_other),
		cmocka_unit_test(an_empty_address_space_can_be_reaped_and_exit),
		test(a_reaper_that_never_gets_the_lock_gives_up),
		test(a_reaper_tries_again_until_the_lock_is_free),
		test(readers_do_not_keep_a_reaper_out),
		test(mrelease_waits_for_the_lock),
		test_of_exit(the_exit_unmaps_with_others_and_frees_tables_alone),
		test_of_exit(tables_are_freed_between_vmas_that_lie_apart),
#ifdef UMAPLE_DEBUG
		test(reaping_without_the_lock_is_caught),
#endif
	};

	return mm_run_group(tests);
}
