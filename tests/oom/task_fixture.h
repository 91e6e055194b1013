/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the tests of tasks: a system with memory, processes whose threads map, touch and unmap
 * until they are told to exit, and an end that checks that nothing was lost.
 */
#ifndef UMAPLE_TESTS_TASK_FIXTURE_H
#define UMAPLE_TESTS_TASK_FIXTURE_H

#include "../vma/mm_fixture.h"
#include "engines/reap_plan.h"
#include "oom/freezer.h"
#include "oom/mm.h"
#include "oom/oom_kill.h"

#define SOON_MS	   20000 /* much more than anything takes that happens at all */
#define STUCK_MS   100	 /* a frozen task that has not moved for so long does not move */
#define FIRST_AREA PMD_SIZE

struct tasks {
	struct system system;
	struct pglist_data *pgdat;
	unsigned int areas; /* given out to threads; atomic */
	int miscounted;	    /* what oom_victims is at the end; right is 0 */
};

static inline void tasks_start(struct tasks *t, const char *policy)
{
	memset(&this_task, 0, sizeof(this_task));
	memset(t, 0, sizeof(*t));
	t->pgdat = pgdat_create(16384);
	assert_non_null(t->pgdat);
	assert_int_equal(port_rcu_init(), 0);
	system_init(&t->system, t->pgdat);
	t->system.thaw = thaw_policy_find(policy);
	assert_non_null(t->system.thaw);
}

static inline void tasks_finish(struct tasks *t)
{
	char err[256] = "";

	stop_oom_reaper(&t->system, NULL, NULL, NULL);
	assert_int_equal(t->system.oom_victims, t->miscounted);
	system_destroy(&t->system);
	port_rcu_barrier();
	lru_add_drain_all(t->pgdat);
	if (!pgdat_check(t->pgdat, err, sizeof(err)))
		fail_msg("%s", err);
	pgdat_destroy(t->pgdat);
	assert_int_equal(vma_rmap_in_use(), 0);
}

/* One turn of a thread: a VMA of its own gets a few pages and goes again. */
static inline void map_touch_unmap(struct task_struct *self, unsigned long addr)
{
	const unsigned long end = addr + 8 * PAGE_SIZE;
	struct mm_struct *mm = self->mm;
	int err;

	mmap_write_lock(mm);
	err = map_region(mm, addr, end - addr, VM_READ | VM_WRITE, 0, NULL);
	if (!err) {
		populate_range(vma_lookup(mm, addr), addr, end, POPULATE_ANON);
		do_munmap(mm, addr, end - addr);
	}
	mmap_write_unlock(mm);
}

/* A busy thread. @arg: the tasks. */
static inline void work(struct task_struct *self, void *arg)
{
	struct tasks *t = arg;
	const unsigned int area = __atomic_fetch_add(&t->areas, 1, __ATOMIC_RELAXED) % 1024;
	const unsigned long addr = FIRST_AREA + (area + 64UL) * PMD_SIZE;

	while (exit_to_user_mode()) {
		map_touch_unmap(self, addr);
		schedule_timeout_interruptible(50);
	}
}

/* A process with @pages pages that stay, and @threads threads. */
static inline struct task_struct *start_process(struct tasks *t, unsigned int threads,
						unsigned long pages, short adj)
{
	struct mm_struct *mm = mm_alloc(t->pgdat);
	const struct process_start start = {
		.mm = mm, .comm = "victim", .oom_score_adj = adj, .user = work, .arg = t};
	struct task_struct *leader;

	assert_non_null(mm);
	if (pages) {
		struct machine m = {.pgdat = t->pgdat, .mm = mm};

		map_vma(&m, FIRST_AREA, FIRST_AREA + pages * PAGE_SIZE);
		fill(&m, FIRST_AREA, FIRST_AREA + pages * PAGE_SIZE, POPULATE_ANON);
	}
	assert_int_equal(create_process(&t->system, &start, &leader), 0);
	for (unsigned int i = 1; i < threads; i++)
		assert_int_equal(clone_thread(leader, work, t), 0);
	return leader;
}

static inline unsigned int count_frozen(struct task_struct *p)
{
	unsigned int nr = 0;
	struct task_struct *t;

	port_rcu_read_lock();
	for_each_thread(p, t) nr += frozen(t);
	port_rcu_read_unlock();
	return nr;
}

static inline void expect_end(struct task_struct *p)
{
	assert_true(wait_for_process(p, SOON_MS));
	release_process(p);
}

#endif
