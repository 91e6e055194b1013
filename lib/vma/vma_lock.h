/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock of a single VMA. A page fault takes it for reading instead of mmap_lock; whoever changes
 * a VMA takes it for writing, with mmap_lock held for writing.
 *
 * It has two words. vm_refcnt counts: 0 means that the VMA is in no tree (detached); 1 that it is in
 * one; each reader adds 1. A writer that waits for readers adds VMA_LOCK_OFFSET meanwhile, which
 * keeps new ones away. vm_lock_seq equals mm->mm_lock_seq as long as the VMA is locked for writing:
 * the end of mmap_lock changes mm_lock_seq, and so unlocks all VMAs at once.
 *
 *			finds vm_refcnt		leaves
 *   vma_start_read	1 and more		one more, unless the VMA is locked for writing
 *   vma_start_write	any			the same, with no reader
 *   vma_mark_attached	0			1
 *   vma_mark_detached	1 and more		0, with no reader
 *
 * VMAs are freed without a grace period. Their slab is type-safe: a reader that comes too late finds
 * the two words of a free VMA (vm_refcnt is 0) or of another one, and looks again, with the
 * reference held, whether it is in the right address space and has the address. So an exit, which
 * frees all VMAs, pays for no callbacks; the kernel does the same.
 *
 * Synchronization
 *			read-locked	write-locked	find, unlocked, under RCU
 *   read-locked	any number	excluded	any number
 *   write-locked	excluded	one (mmap_lock)	may run; sees nothing but the two words
 */
#ifndef UMAPLE_VMA_LOCK_H
#define UMAPLE_VMA_LOCK_H

#include "mm_types.h"

#define VMA_LOCK_OFFSET 0x40000000U
#define VMA_REF_LIMIT	(VMA_LOCK_OFFSET - 1)

/* What became of faults that tried the VMA's lock. The names are those of /proc/vmstat. */
enum vma_lock_event {
	VMA_LOCK_SUCCESS, /* the fault was served under the VMA's lock */
	VMA_LOCK_ABORT,	  /* no lock: the VMA is being written, or nothing is mapped there */
	VMA_LOCK_RETRY,	  /* locked, but the fault needed mmap_lock */
	VMA_LOCK_MISS,	  /* the VMA changed while it was being found; tried again or aborted */
	NR_VMA_LOCK_EVENTS,
};

/**
 * count_vm_vma_lock_event() - Count an event on this CPU.
 * @event: which.
 *
 * Context: Any thread with a CPU of its own.
 */
void count_vm_vma_lock_event(enum vma_lock_event event);

/**
 * vm_vma_lock_events() - Read the counters of all CPUs, of all address spaces of this tree.
 * @sum: filled with NR_VMA_LOCK_EVENTS numbers.
 *
 * Context: Any. While others count, a part of what they do is in the result.
 */
void vm_vma_lock_events(unsigned long *sum);

/**
 * lock_vma_under_rcu() - Find the VMA of an address without mmap_lock, and lock it for reading.
 * @mm: the address space, which must not go meanwhile.
 * @address: the address.
 *
 * Context: A thread registered with RCU, which holds none of the VMA's locks. Does not sleep.
 * Return: The VMA, whose range has @address, to be given to vma_end_read(). NULL if nothing is
 * mapped there or the VMA is being changed: mmap_lock tells which.
 */
struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long address);

/**
 * vma_start_read() - Lock for reading a VMA that was found under RCU.
 * @mm: the address space that it was found in.
 * @vma: the VMA; it may have been freed and be another one by now.
 *
 * Context: In an RCU read section. Does not sleep.
 * Return: @vma; NULL if it is locked for writing; an error pointer of -EAGAIN if it is not in a tree,
 * or in that of another address space.
 */
struct vm_area_struct *vma_start_read(struct mm_struct *mm, struct vm_area_struct *vma);

/**
 * vma_end_read() - Unlock a VMA.
 * @vma: the VMA; it may be gone on return.
 *
 * Context: The caller locked it for reading. Does not sleep.
 */
void vma_end_read(struct vm_area_struct *vma);

/* Wait until there is no reader; the part of vma_start_write() that is rare. */
void __vma_start_write(struct vm_area_struct *vma, unsigned int mm_lock_seq);

static inline bool vma_is_write_locked(const struct vm_area_struct *vma)
{
	return port_read_once(vma->vm_lock_seq) == port_read_once(vma->vm_mm->mm_lock_seq);
}

/**
 * vma_start_write() - Lock a VMA for writing until mmap_lock is released.
 * @vma: the VMA; nothing happens if it is locked for writing.
 *
 * Context: mmap_lock held for writing. Sleeps until all readers have left.
 */
static inline void vma_start_write(struct vm_area_struct *vma)
{
	const unsigned int seq = port_read_once(vma->vm_mm->mm_lock_seq);

	if (port_read_once(vma->vm_lock_seq) != seq)
		__vma_start_write(vma, seq);
}

static inline bool vma_is_attached(const struct vm_area_struct *vma)
{
	return port_read_once(vma->vm_refcnt);
}

/* Checks of debug builds. The VMA is locked for writing; is locked at all, mmap_lock included. */
void vma_assert_write_locked(const struct vm_area_struct *vma);
void vma_assert_locked(const struct vm_area_struct *vma);

/**
 * vma_mark_attached() - The VMA is in the tree now: readers may lock it once mmap_lock is released.
 * @vma: detached, locked for writing.
 *
 * Context: mmap_lock held for writing.
 */
void vma_mark_attached(struct vm_area_struct *vma);

/**
 * vma_mark_detached() - The VMA leaves the tree: from now on nobody can lock it.
 * @vma: attached, locked for writing.
 *
 * Context: mmap_lock held for writing. Sleeps while a reader that came too late finds that out.
 */
void vma_mark_detached(struct vm_area_struct *vma);

/* mmap_lock has been taken for writing, and is about to be released: vma_end_write_all() unlocks. */
static inline void mm_lock_seqcount_begin(struct mm_struct *mm)
{
	__atomic_store_n(&mm->mm_lock_seq, mm->mm_lock_seq + 1, __ATOMIC_RELEASE);
}

static inline void vma_end_write_all(struct mm_struct *mm)
{
	__atomic_store_n(&mm->mm_lock_seq, mm->mm_lock_seq + 1, __ATOMIC_RELEASE);
}

#endif
