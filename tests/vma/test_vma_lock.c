// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the lock of a VMA, state by state, and the fault that finds a VMA without mmap_lock. Right:
 * a VMA is found and locked exactly while it is in the tree and nobody writes it, a writer waits for
 * readers, and each fault has the result that its VMA explains.
 */
#include "mm_fixture.h"

#include <pthread.h>
#include <sched.h>

#include "vma/fork.h"
#include "vma/mman.h"
#include "vma/vma_internal.h"
#include "vma/vma_lock.h"

#define START 0x40000000UL
#define P(i)  (START + (unsigned long)(i)*PAGE_SIZE)

static void map_some(struct machine *m, unsigned long start, unsigned long end)
{
	assert_int_equal(
		try_map(m, start, end, VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE, 0, NULL), 0);
}

static int setup(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	machine_start(m, 1 << 12, 64);
	map_some(m, P(0), P(8));
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	machine_finish(*state);
	free(*state);
	return 0;
}

static struct vm_area_struct *vma_at(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	mmap_read_unlock(mm);
	return vma;
}

static void a_vma_of_the_tree_is_found_and_locked(void **state)
{
	struct machine *m = *state;
	struct vm_area_struct *vma = lock_vma_under_rcu(m->mm, P(7));

	assert_ptr_equal(vma, vma_at(m->mm, P(0)));
	assert_int_equal(vma->vm_refcnt, 2);
	assert_ptr_equal(lock_vma_under_rcu(m->mm, P(0)), vma); /* two readers */
	assert_int_equal(vma->vm_refcnt, 3);
	vma_end_read(vma);
	vma_end_read(vma);
	assert_int_equal(vma->vm_refcnt, 1);
	assert_null(lock_vma_under_rcu(m->mm, P(8)));
	assert_null(lock_vma_under_rcu(m->mm, P(-1)));
}

static void a_writer_keeps_readers_away_until_it_releases_mmap_lock(void **state)
{
	struct machine *m = *state;
	struct vm_area_struct *vma = vma_at(m->mm, P(0)), *other;

	map_some(m, P(16), P(17));
	other = vma_at(m->mm, P(16));
	mmap_write_lock(m->mm);
	assert_false(vma_is_write_locked(vma));
	vma_start_write(vma);
	assert_true(vma_is_write_locked(vma));
	assert_int_equal(vma->vm_refcnt, 1);
	vma_start_write(vma); /* once more makes no difference */
	assert_null(lock_vma_under_rcu(m->mm, P(0)));
	assert_int_equal(vma->vm_refcnt, 1);
	/* Nobody writes the other one. */
	assert_ptr_equal(lock_vma_under_rcu(m->mm, P(16)), other);
	vma_end_read(other);
	mmap_write_unlock(m->mm);
	assert_ptr_equal(lock_vma_under_rcu(m->mm, P(0)), vma);
	vma_end_read(vma);
}

static void a_vma_that_left_the_tree_is_not_locked(void **state)
{
	struct machine *m = *state;
	struct vm_area_struct *vma = vma_at(m->mm, P(0));

	unmap(m, P(0), P(8));
	/* Its memory stays, so that a reader that comes too late may still ask. */
	assert_int_equal(vma->vm_refcnt, 0);
	port_rcu_read_lock();
	assert_ptr_equal(vma_start_read(m->mm, vma), (void *)-EAGAIN);
	port_rcu_read_unlock();
	assert_int_equal(vma->vm_refcnt, 0);
}

static void a_vma_of_another_address_space_is_not_locked(void **state)
{
	struct machine *m = *state;
	struct vm_area_struct *vma = vma_at(m->mm, P(0));
	struct mm_struct *mm = mm_alloc(m->pgdat);

	assert_non_null(mm);
	mmap_write_lock(mm); /* else nothing would differ from a VMA that is being written */
	mmap_write_unlock(mm);
	port_rcu_read_lock();
	assert_ptr_equal(vma_start_read(mm, vma), (void *)-EAGAIN);
	port_rcu_read_unlock();
	assert_int_equal(vma->vm_refcnt, 1);
	exit_mmap(mm);
	mm_free(mm);
}

struct writer {
	struct machine *m;
	bool detach;
	bool entered, done; /* atomic */
};

static void *write_vma(void *arg)
{
	struct writer *w = arg;
	struct mm_struct *mm = w->m->mm;

	rcu_register_thread();
	this_task.cpu = 1;
	mmap_write_lock(mm);
	__atomic_store_n(&w->entered, true, __ATOMIC_RELEASE);
	if (w->detach)
		do_munmap(mm, P(0), 8 * PAGE_SIZE);
	else
		vma_start_write(vma_lookup(mm, P(0)));
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	mmap_write_unlock(mm);
	rcu_unregister_thread();
	return NULL;
}

static void check_that_a_writer_waits(struct machine *m, bool detach)
{
	struct writer w = {.m = m, .detach = detach};
	struct vm_area_struct *vma = lock_vma_under_rcu(m->mm, P(0));
	pthread_t thread;

	assert_non_null(vma);
	assert_int_equal(pthread_create(&thread, NULL, write_vma, &w), 0);
	while (!__atomic_load_n(&w.entered, __ATOMIC_ACQUIRE) ||
	       !(port_read_once(vma->vm_refcnt) & VMA_LOCK_OFFSET))
		sched_yield();
	/* It waits for this reader, and lets no other in. */
	usleep(2000);
	assert_false(__atomic_load_n(&w.done, __ATOMIC_ACQUIRE));
	assert_int_equal(vma->vm_start, P(0));
	assert_null(lock_vma_under_rcu(m->mm, P(0)));
	vma_end_read(vma);
	pthread_join(thread, NULL);
	assert_true(w.done);
	assert_int_equal(vma->vm_refcnt, detach ? 0 : 1);
}

static void a_writer_waits_for_readers(void **state)
{
	check_that_a_writer_waits(*state, false);
}

static void an_unmap_waits_for_readers(void **state)
{
	check_that_a_writer_waits(*state, true);
}

/* Each call that changes a VMA, with a check that it locked what it changed. */
static void calls_lock_what_they_change(void **state)
{
	struct machine *m = *state;
	struct mm_struct *mm = m->mm;
	struct vm_area_struct *vma = vma_at(mm, P(0)), *upper;
	struct mm_struct *child;
	struct vma_iterator vmi;

	mmap_write_lock(mm);
	upper = split_vma(vma, P(4));
	assert_true(vma_is_write_locked(vma) && vma_is_write_locked(upper));
	mmap_write_unlock(mm);

	mmap_write_lock(mm);
	assert_int_equal(do_mprotect(mm, P(2), 2 * PAGE_SIZE, PROT_READ), 0);
	assert_true(vma_is_write_locked(vma));
	assert_true(vma_is_write_locked(vma_lookup(mm, P(2))));
	assert_false(vma_is_write_locked(upper));
	mmap_write_unlock(mm);

	mmap_write_lock(mm);
	assert_int_equal(do_munmap(mm, P(7), PAGE_SIZE), 0);
	assert_true(vma_is_write_locked(upper) && !vma_is_write_locked(vma));
	mmap_write_unlock(mm);

	mmap_write_lock(mm);
	assert_true(do_mremap(mm, P(4), PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
			      P(32)) == (long)P(32));
	assert_true(vma_is_write_locked(vma_lookup(mm, P(32))));
	mmap_write_unlock(mm);

	/* The source of a move that leaves it mapped, and all that a fork makes read-only. */
	mmap_write_lock(mm);
	vma = vma_lookup(mm, P(5));
	assert_true(do_mremap(mm, P(5), 2 * PAGE_SIZE, 2 * PAGE_SIZE,
			      MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
			      P(64)) == (long)P(64));
	assert_ptr_equal(vma_lookup(mm, P(5)), vma);
	assert_true(vma_is_write_locked(vma));
	assert_true(vma_is_write_locked(vma_lookup(mm, P(64))));
	mmap_write_unlock(mm);

	mmap_write_lock(mm);
	child = dup_mm(mm);
	assert_non_null(child);
	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma)
		assert_true(vma_is_write_locked(vma));
	mmap_write_unlock(mm);
	mmput(child);
}

static unsigned long events(enum vma_lock_event event)
{
	unsigned long sum[NR_VMA_LOCK_EVENTS];

	vm_vma_lock_events(sum);
	return sum[event];
}

static void a_fault_is_served_under_the_lock_of_its_vma(void **state)
{
	struct machine *m = *state;
	unsigned long served = events(VMA_LOCK_SUCCESS), aborted = events(VMA_LOCK_ABORT);

	assert_int_equal(do_user_addr_fault(m->mm, P(3) + 5, true), 0);
	assert_int_equal(pages_in(m, P(0), P(8)), 1);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), 1);
	assert_int_equal(events(VMA_LOCK_SUCCESS), served + 1);
	assert_int_equal(events(VMA_LOCK_ABORT), aborted);
	assert_int_equal(do_user_addr_fault(m->mm, P(9), false), -ENOENT);
	assert_int_equal(events(VMA_LOCK_ABORT), aborted + 1);
	mmap_write_lock(m->mm);
	assert_int_equal(do_mprotect(m->mm, P(3), PAGE_SIZE, PROT_READ), 0);
	mmap_write_unlock(m->mm);
	assert_int_equal(do_user_addr_fault(m->mm, P(3), true), -EACCES);
	assert_int_equal(do_user_addr_fault(m->mm, P(3), false), 0);
}

/* The anon_vma of a VMA is looked for in its neighbours, which needs mmap_lock. */
static void a_first_fault_beside_a_writer_asks_for_mmap_lock(void **state)
{
	struct machine *m = *state;
	struct vm_area_struct *vma = lock_vma_under_rcu(m->mm, P(0));

	mmap_write_lock(m->mm);
	assert_int_equal(handle_mm_fault(vma, P(0), FAULT_FLAG_WRITE | FAULT_FLAG_VMA_LOCK),
			 -EAGAIN);
	mmap_write_unlock(m->mm);
	vma_end_read(vma);
	assert_int_equal(pages_in(m, P(0), P(8)), 0);
	assert_int_equal(do_user_addr_fault(m->mm, P(0), true), 0);
	/* With an anon_vma the VMA's lock is enough. */
	vma = lock_vma_under_rcu(m->mm, P(0));
	mmap_write_lock(m->mm);
	assert_int_equal(handle_mm_fault(vma, P(1), FAULT_FLAG_WRITE | FAULT_FLAG_VMA_LOCK), 0);
	mmap_write_unlock(m->mm);
	vma_end_read(vma);
	assert_int_equal(pages_in(m, P(0), P(8)), 2);
}

static void a_reaped_page_does_not_come_back_as_zeros(void **state)
{
	struct machine *m = *state;

	assert_int_equal(do_user_addr_fault(m->mm, P(0), true), 0);
	mm_set_flag(m->mm, MMF_UNSTABLE);
	assert_int_equal(do_user_addr_fault(m->mm, P(0), true), 0); /* it is still there */
	zap(m, P(0), P(1));
	assert_int_equal(do_user_addr_fault(m->mm, P(0), true), -EFAULT);
	assert_int_equal(do_user_addr_fault(m->mm, P(0), false), -EFAULT);
	assert_int_equal(pages_in(m, P(0), P(8)), 0);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_vma_of_the_tree_is_found_and_locked),
		TEST(a_writer_keeps_readers_away_until_it_releases_mmap_lock),
		TEST(a_vma_that_left_the_tree_is_not_locked),
		TEST(a_vma_of_another_address_space_is_not_locked),
		TEST(a_writer_waits_for_readers),
		TEST(an_unmap_waits_for_readers),
		TEST(calls_lock_what_they_change),
		TEST(a_fault_is_served_under_the_lock_of_its_vma),
		TEST(a_first_fault_beside_a_writer_asks_for_mmap_lock),
		TEST(a_reaped_page_does_not_come_back_as_zeros),
	};

	return mm_run_group(tests);
}
