// SPDX-License-Identifier: GPL-2.0-only
#include "vma_lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/hooks.h"
#include "mmap_lock.h"
#include "vma.h"

static struct {
	unsigned long nr[NR_VMA_LOCK_EVENTS];
} __attribute__((aligned(64))) events[NR_CPUS];

void count_vm_vma_lock_event(enum vma_lock_event event)
{
	unsigned long *nr = &events[smp_processor_id()].nr[event];

	port_write_once(*nr, *nr + 1);
}

void vm_vma_lock_events(unsigned long *sum)
{
	for (int event = 0; event < NR_VMA_LOCK_EVENTS; event++) {
		sum[event] = 0;
		for (int cpu = 0; cpu < NR_CPUS; cpu++)
			sum[event] += port_read_once(events[cpu].nr[event]);
	}
}

/*
 * The words of a VMA outlive it, so that sleeping on one and waking who sleeps there are safe
 * whatever has become of the VMA: at worst somebody wakes for nothing, and looks again.
 */
static void wait_for_readers(struct vm_area_struct *vma, unsigned int until)
{
	for (;;) {
		const unsigned int now = __atomic_load_n(&vma->vm_refcnt, __ATOMIC_ACQUIRE);

		if (now == until)
			return;
		syscall(SYS_futex, &vma->vm_refcnt, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
	}
}

static void put_reference(struct vm_area_struct *vma)
{
	if (__atomic_sub_fetch(&vma->vm_refcnt, 1, __ATOMIC_RELEASE) & VMA_LOCK_OFFSET)
		syscall(SYS_futex, &vma->vm_refcnt, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* One more, unless there is none or a writer waits. */
static bool get_reference(struct vm_area_struct *vma, bool *none)
{
	unsigned int count = port_read_once(vma->vm_refcnt);

	do {
		*none = !count;
		if (!count || count >= VMA_REF_LIMIT)
			return false;
	} while (!__atomic_compare_exchange_n(&vma->vm_refcnt, &count, count + 1, true,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

/* Keep new readers away and wait for the present ones. False: there was nothing to keep them from. */
static bool enter_locked(struct vm_area_struct *vma, unsigned int references)
{
	unsigned int count = port_read_once(vma->vm_refcnt);

	do {
		if (!count)
			return false;
	} while (!__atomic_compare_exchange_n(&vma->vm_refcnt, &count, count + VMA_LOCK_OFFSET,
					      true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	wait_for_readers(vma, VMA_LOCK_OFFSET + references);
	return true;
}

struct vm_area_struct *vma_start_read(struct mm_struct *mm, struct vm_area_struct *vma)
{
	bool none;

	/* Spare the writer's cache line where the answer is plain; not the last word. */
	if (port_read_once(vma->vm_lock_seq) == port_read_once(mm->mm_lock_seq))
		return NULL;
	if (!get_reference(vma, &none))
		return none ? (void *)-EAGAIN : NULL;
	/* It stays what it is now; but is it what was looked for? */
	if (vma->vm_mm != mm) {
		put_reference(vma);
		return (void *)-EAGAIN;
	}
	/*
	 * Acquires what the last writer did before it released mmap_lock. A writer that runs now set
	 * vm_lock_seq before it let the reference be taken.
	 */
	if (port_read_once(vma->vm_lock_seq) ==
	    __atomic_load_n(&mm->mm_lock_seq, __ATOMIC_ACQUIRE)) {
		put_reference(vma);
		return NULL;
	}
	return vma;
}

void vma_end_read(struct vm_area_struct *vma)
{
	put_reference(vma);
}

void __vma_start_write(struct vm_area_struct *vma, unsigned int mm_lock_seq)
{
	bool locked;

	mmap_assert_write_locked(vma->vm_mm);
	locked = enter_locked(vma, 1);
	port_write_once(vma->vm_lock_seq, mm_lock_seq);
	if (locked)
		__atomic_sub_fetch(&vma->vm_refcnt, VMA_LOCK_OFFSET, __ATOMIC_RELEASE);
}

void vma_assert_write_locked(const struct vm_area_struct *vma)
{
	mmap_assert_write_locked(vma->vm_mm);
	PORT_ASSERT(vma_is_write_locked(vma));
}

void vma_assert_locked(const struct vm_area_struct *vma)
{
	if (port_read_once(vma->vm_refcnt) <= 1)
		mmap_assert_locked(vma->vm_mm);
}

void vma_mark_attached(struct vm_area_struct *vma)
{
	vma_assert_write_locked(vma);
	PORT_ASSERT(!vma_is_attached(vma));
	__atomic_store_n(&vma->vm_refcnt, 1, __ATOMIC_RELEASE);
}

void vma_mark_detached(struct vm_area_struct *vma)
{
	vma_assert_write_locked(vma);
	PORT_ASSERT(vma_is_attached(vma));
	if (port_likely(!__atomic_sub_fetch(&vma->vm_refcnt, 1, __ATOMIC_ACQ_REL)))
		return;
	if (enter_locked(vma, 0))
		__atomic_store_n(&vma->vm_refcnt, 0, __ATOMIC_RELEASE);
}

struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	port_rcu_read_lock();
	for (;;) {
		vma_iter_init(&vmi, mm, address);
		vma = mas_walk(&vmi.mas);
		if (!vma)
			break;
		vma = vma_start_read(mm, vma);
		if (vma != (void *)-EAGAIN)
			break;
		count_vm_vma_lock_event(VMA_LOCK_MISS);
	}
	port_rcu_read_unlock();
	if (vma && address >= vma->vm_start && address < vma->vm_end)
		return vma;
	if (vma)
		vma_end_read(vma);
	count_vm_vma_lock_event(VMA_LOCK_ABORT);
	return NULL;
}
