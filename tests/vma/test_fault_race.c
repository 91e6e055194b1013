// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: threads fault and look VMAs up, without mmap_lock, while another one maps, unmaps, protects,
 * moves and forks, and in the end a reaper takes the memory. Right: a VMA that a thread has locked does
 * not change; a fault on a page that nobody changed meanwhile has just the result that the page's
 * permissions explain; and at the end no page, table, VMA or anon_vma is lost.
 *
 * For each page there is a word that says what is mapped there. Whoever changes a range makes its words
 * odd first, and gives them their new value at the end. So a word that is even and the same before and
 * after tells what was there all the time. An argument is the number of seconds.
 */
#include "mm_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "vma/fork.h"
#include "vma/mman.h"
#include "vma/vma_internal.h"
#include "vma/vma_lock.h"
#include "../kernel_tree_tsan.h"

#define NR_PAGES    96
#define NR_FAULTERS 2
#define NR_READERS  1
#define NR_THREADS  (NR_FAULTERS + NR_READERS)
/* The end of a table of each level lies in the middle. */
#define START (PGDIR_SIZE - NR_PAGES / 2 * PAGE_SIZE)
#define P(i)  (START + (unsigned long)(i)*PAGE_SIZE)

/* What is mapped at a page; bit 0 is set while that changes, the upper bits count the changes. */
enum { CHANGING = 1, MAY_READ = 2, MAY_WRITE = 4, ONE_CHANGE = 8 };

struct race {
	struct machine m;
	unsigned int word[NR_PAGES]; /* atomic */
	bool stop;		     /* atomic */
	const char *failed;	     /* atomic: the first thread that sees a fault says which */
};

struct thread {
	struct race *race;
	pthread_t id;
	unsigned int cpu;
	uint64_t seed;
	unsigned long certain, granted; /* looks at a page that did not change, served */
};

static double seconds = 0.6;

static unsigned int word_of(struct race *race, unsigned long i)
{
	return __atomic_load_n(&race->word[i], __ATOMIC_SEQ_CST);
}

static void fail_race(struct race *race, const char *why)
{
	const char *none = NULL;

	__atomic_compare_exchange_n(&race->failed, &none, why, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	__atomic_store_n(&race->stop, true, __ATOMIC_SEQ_CST);
}

static int expected(unsigned int word, bool write)
{
	if (!(word & (MAY_READ | MAY_WRITE)))
		return -ENOENT;
	return write && !(word & MAY_WRITE) ? -EACCES : 0;
}

static void *faulter(void *arg)
{
	struct thread *t = arg;
	struct race *race = t->race;

	rcu_register_thread();
	this_task.cpu = t->cpu;
	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		unsigned long i = random_below(&t->seed, NR_PAGES);
		bool write = random_below(&t->seed, 2);
		unsigned int before = word_of(race, i);
		int err = do_user_addr_fault(race->m.mm, P(i) + 8, write);

		if (before & CHANGING || word_of(race, i) != before)
			continue;
		t->certain++;
		t->granted += !err;
		if (err == expected(before, write))
			continue;
		/* A reaper may have come, and what it took does not come back. */
		if (err == -EFAULT && mm_test_flag(race->m.mm, MMF_UNSTABLE))
			continue;
		fail_race(race, "a fault has a result that its VMA does not explain");
	}
	rcu_unregister_thread();
	return NULL;
}

static unsigned long flags_of(unsigned int word)
{
	return (word & MAY_READ ? VM_READ : 0) | (word & MAY_WRITE ? VM_WRITE : 0);
}

/* What must not happen while the VMA is locked, or NULL. */
static const char *look_at(struct race *race, struct vm_area_struct *vma, unsigned long i)
{
	const struct vm_area_struct copy = *vma;
	unsigned int first = word_of(race, i), last;

	if (copy.vm_mm != race->m.mm)
		return "a VMA of another address space was locked";
	if (copy.vm_start > P(i) || copy.vm_end <= P(i))
		return "a VMA was locked that does not have the address";
	sched_yield();
	if (vma->vm_start != copy.vm_start || vma->vm_end != copy.vm_end ||
	    vma->vm_flags != copy.vm_flags || vma->vm_pgoff != copy.vm_pgoff)
		return "a locked VMA changed";
	last = word_of(race, i);
	if (first & CHANGING || last != first)
		return last / ONE_CHANGE > first / ONE_CHANGE
			       ? "a page got another VMA while its VMA was locked"
			       : NULL;
	return (copy.vm_flags & (VM_READ | VM_WRITE)) == flags_of(first)
		       ? NULL
		       : "a VMA has not the flags of the page";
}

static void *reader(void *arg)
{
	struct thread *t = arg;
	struct race *race = t->race;

	rcu_register_thread();
	this_task.cpu = t->cpu;
	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		unsigned long i = random_below(&t->seed, NR_PAGES);
		unsigned int before = word_of(race, i);
		struct vm_area_struct *vma = lock_vma_under_rcu(race->m.mm, P(i));
		const char *wrong;

		if (!vma)
			continue;
		t->granted++;
		wrong = look_at(race, vma, i);
		if (!wrong && !(before & CHANGING) && !expected(before, false) &&
		    word_of(race, i) == before)
			t->certain++;
		vma_end_read(vma);
		if (wrong)
			fail_race(race, wrong);
	}
	rcu_unregister_thread();
	return NULL;
}

/* ---- The thread that changes the address space ---- */

static void begin_change(struct race *race, unsigned long from, unsigned long nr)
{
	for (unsigned long i = from; i < from + nr; i++)
		__atomic_fetch_or(&race->word[i], CHANGING, __ATOMIC_SEQ_CST);
}

static unsigned int changed(unsigned int word, unsigned int may)
{
	return (word / ONE_CHANGE + 1) * ONE_CHANGE | may;
}

static void end_change(struct race *race, unsigned long from, unsigned long nr, unsigned int may)
{
	for (unsigned long i = from; i < from + nr; i++)
		__atomic_store_n(&race->word[i], changed(race->word[i], may), __ATOMIC_SEQ_CST);
}

static void map_some(struct race *race, unsigned long from, unsigned long nr)
{
	long at = do_mmap(race->m.mm, NULL, P(from), nr * PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);

	PORT_BUG_ON(at != (long)P(from));
	end_change(race, from, nr, MAY_READ | MAY_WRITE);
}

static void unmap_some(struct race *race, unsigned long from, unsigned long nr)
{
	PORT_BUG_ON(do_munmap(race->m.mm, P(from), nr * PAGE_SIZE));
	end_change(race, from, nr, 0);
}

/* What became of a range in a call that may have stopped somewhere. No change counts as none. */
static void settle(struct race *race, unsigned long from, unsigned long nr)
{
	for (unsigned long i = from; i < from + nr; i++) {
		const struct vm_area_struct *vma = vma_lookup(race->m.mm, P(i));
		unsigned int may = 0;

		if (vma)
			may = vma->vm_flags & VM_WRITE ? MAY_READ | MAY_WRITE : MAY_READ;
		if ((race->word[i] & (MAY_READ | MAY_WRITE)) == may)
			__atomic_fetch_and(&race->word[i], ~(unsigned int)CHANGING,
					   __ATOMIC_SEQ_CST);
		else
			end_change(race, i, 1, may);
	}
}

static void protect_some(struct race *race, unsigned long from, unsigned long nr, bool write)
{
	/* It ends at the first gap. */
	do_mprotect(race->m.mm, P(from), nr * PAGE_SIZE,
		    write ? PROT_READ | PROT_WRITE : PROT_READ);
	settle(race, from, nr);
}

/* Move what is there over something else, pages and all. */
static void move_some(struct race *race, unsigned long from, unsigned long to, unsigned long nr)
{
	do_mremap(race->m.mm, P(from), nr * PAGE_SIZE, nr * PAGE_SIZE,
		  MREMAP_MAYMOVE | MREMAP_FIXED, P(to));
	settle(race, from, nr);
	settle(race, to, nr);
}

static struct mm_struct *fork_some(struct race *race)
{
	struct mm_struct *child = dup_mm(race->m.mm);

	PORT_BUG_ON(!child);
	return child;
}

static void change_once(struct race *race, uint64_t *seed)
{
	unsigned long what = random_below(seed, 16), nr = 1 + random_below(seed, NR_PAGES / 3);
	unsigned long from = random_below(seed, NR_PAGES - nr), to = from;
	struct mm_struct *child = NULL;

	if (what >= 12 && what < 15) {
		to = random_below(seed, NR_PAGES - nr);
		if (to < from + nr && from < to + nr)
			return;
		begin_change(race, to, nr);
	}
	if (what < 15)
		begin_change(race, from, nr);
	mmap_write_lock(race->m.mm);
	if (what < 5)
		map_some(race, from, nr);
	else if (what < 8)
		unmap_some(race, from, nr);
	else if (what < 12)
		protect_some(race, from, nr, what & 1);
	else if (what < 15)
		move_some(race, from, to, nr);
	else
		child = fork_some(race);
	mmap_write_unlock(race->m.mm);
	if (child)
		mmput(child);
}

static void reap(struct race *race)
{
	const struct reap_plan plan = {.order = &reap_orders[1]};

	mmap_read_lock(race->m.mm);
	__oom_reap_task_mm(race->m.mm, &plan);
	mmap_read_unlock(race->m.mm);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void start(struct race *race, struct thread *threads)
{
	machine_start(&race->m, 1 << 12, 64);
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		threads[i] = (struct thread){.race = race, .cpu = i + 1, .seed = 77 + i};
		assert_int_equal(pthread_create(&threads[i].id, NULL,
						i < NR_FAULTERS ? faulter : reader, &threads[i]),
				 0);
	}
}

static void stop(struct race *race, struct thread *threads)
{
	__atomic_store_n(&race->stop, true, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < NR_THREADS; i++)
		pthread_join(threads[i].id, NULL);
	if (race->failed)
		fail_msg("%s", race->failed);
}

static void faults_race_with_changes_and_a_reaper(void **state)
{
	struct race *race = calloc(1, sizeof(*race));
	struct thread threads[NR_THREADS];
	unsigned long looks = 0, granted = 0, reaped;
	double end = now() + seconds;
	uint64_t seed = 0x5eed;

	(void)state;
	start(race, threads);
	while (now() < end && !__atomic_load_n(&race->stop, __ATOMIC_RELAXED))
		change_once(race, &seed);
	/* From here on the faults race with the reaper alone. */
	for (end = now() + seconds / 10; now() < end;)
		reap(race);
	reaped = pages_mapped(&race->m);
	stop(race, threads);
	assert_int_equal(reaped, pages_mapped(&race->m));
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		looks += threads[i].certain;
		granted += threads[i].granted;
	}
	/* A test that never saw a page stand still would prove nothing. */
	assert_true(looks > 100 && granted > 100);
	machine_finish(&race->m);
	free(race);
}

/* All threads fault the same pages in: each page once, each table once. */
static void *fill_all(void *arg)
{
	struct thread *t = arg;

	rcu_register_thread();
	this_task.cpu = t->cpu;
	for (unsigned long i = 0; i < NR_PAGES; i++)
		PORT_BUG_ON(do_user_addr_fault(t->race->m.mm, P(i), true));
	rcu_unregister_thread();
	return NULL;
}

static void faults_of_one_page_make_one_page(void **state)
{
	struct race *race = calloc(1, sizeof(*race));
	struct thread threads[NR_THREADS];

	(void)state;
	for (int round = 0; round < 30; round++) {
		machine_start(&race->m, 1 << 12, 0);
		map_vma(&race->m, P(0), P(NR_PAGES / 4));
		assert_int_equal(try_map(&race->m, P(NR_PAGES / 4), P(NR_PAGES), VM_READ | VM_WRITE,
					 NR_PAGES / 4, NULL),
				 0);
		for (unsigned int i = 0; i < NR_THREADS; i++) {
			threads[i] = (struct thread){.race = race, .cpu = i + 1};
			assert_int_equal(
				pthread_create(&threads[i].id, NULL, fill_all, &threads[i]), 0);
		}
		for (unsigned int i = 0; i < NR_THREADS; i++)
			pthread_join(threads[i].id, NULL);
		assert_int_equal(pages_mapped(&race->m), NR_PAGES);
		assert_int_equal(get_mm_counter(race->m.mm, MM_ANONPAGES), NR_PAGES);
		assert_tables(&race->m, 0, 2, 2, 2);
		machine_finish(&race->m);
	}
	free(race);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_of_one_page_make_one_page),
		cmocka_unit_test(faults_race_with_changes_and_a_reaper),
	};

	if (argc > 1)
		seconds = strtod(argv[1], NULL);
	return mm_run_group(tests);
}
