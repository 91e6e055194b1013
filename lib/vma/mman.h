/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls on an address space. They take what the system calls take: PROT_*, MAP_*,
 * MREMAP_*, MADV_* and MLOCK_* of <sys/mman.h>. They return what the system calls return, with the
 * error as a negative number.
 *
 * A call on several VMAs goes from one to the next, as in the kernel. If it fails at one, those
 * below it stay changed: mprotect(), mlock(), madvise(), and mremap() that moves several VMAs or
 * that moves to a fixed address, which it unmaps first. Apart from that a call that fails changes
 * nothing but the number of VMAs that a range is cut into.
 *
 * Whoever calls is taken for root: there are no limits on locked memory and none on its total.
 */
#ifndef UMAPLE_MMAN_H
#define UMAPLE_MMAN_H

#include <sys/mman.h>

#include "vma.h"

/* An address space at this number of VMAs gets no more from a call. Set it before the first one. */
extern int sysctl_max_map_count;

/* No call maps below it unless told to map just there. */
#define mmap_min_addr 0x10000UL
/* The gap that is left below a VMA that grows down. */
#define stack_guard_gap (256UL << PAGE_SHIFT)

/**
 * do_mmap() - mmap(2).
 * @mm: the address space.
 * @file: the file; NULL with MAP_ANONYMOUS. It may be read, and written unless it says otherwise.
 * @addr: where: a hint, or the address with MAP_FIXED or MAP_FIXED_NOREPLACE.
 * @len: bytes, rounded up to pages.
 * @prot: PROT_*.
 * @flags: MAP_*. MAP_LOCKED and MAP_POPULATE also fault the pages in.
 * @pgoff: page offset in the file.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: The address; -EINVAL, -EEXIST, -EOVERFLOW, -EACCES, -EOPNOTSUPP as in the manual;
 * -ENOMEM without memory, without a gap, or at the limit on VMAs.
 */
long do_mmap(struct mm_struct *mm, struct vm_file *file, unsigned long addr, unsigned long len,
	     unsigned long prot, unsigned long flags, unsigned long pgoff);

/**
 * vm_munmap() - munmap(2).
 * @mm: the address space.
 * @start: first address, page aligned.
 * @len: bytes, rounded up to pages.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EINVAL; -ENOMEM.
 */
long vm_munmap(struct mm_struct *mm, unsigned long start, unsigned long len);

/**
 * do_brk() - brk(2): move the end of the heap.
 * @mm: the address space, with its start_brk and brk set.
 * @brk: the new end, exclusive; any byte.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: The end of the heap: @brk, or the old one if that was not possible.
 */
long do_brk(struct mm_struct *mm, unsigned long brk);

/**
 * do_mprotect() - mprotect(2).
 * @mm: the address space.
 * @start: first address, page aligned.
 * @len: bytes, rounded up to pages.
 * @prot: PROT_*.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EINVAL; -EACCES; -ENOMEM, also at a gap.
 */
long do_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long prot);

/**
 * do_mremap() - mremap(2).
 * @mm: the address space.
 * @addr: first address, page aligned.
 * @old_len: bytes, rounded up to pages; 0 maps shared memory once more.
 * @new_len: bytes, rounded up to pages.
 * @flags: MREMAP_*. With MREMAP_FIXED and equal lengths the range may have several VMAs.
 * @new_addr: where to; without MREMAP_FIXED a hint for MREMAP_DONTUNMAP.
 *
 * If there is no memory to cut the source after its pages have moved, it stays mapped, empty.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: The new address; -EINVAL; -EFAULT; -ENOMEM.
 */
long do_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
	       unsigned long new_len, unsigned long flags, unsigned long new_addr);

/**
 * do_madvise() - madvise(2).
 * @mm: the address space.
 * @start: first address, page aligned.
 * @len: bytes, rounded up to pages.
 * @behavior: MADV_NORMAL, RANDOM, SEQUENTIAL, DONTNEED, DONTFORK, DOFORK, DONTDUMP, DODUMP,
 * HUGEPAGE, NOHUGEPAGE, WIPEONFORK, KEEPONFORK, POPULATE_READ or POPULATE_WRITE.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EINVAL, also for other advice; -ENOMEM at a gap, after the rest is done; -EAGAIN
 * without memory; -EFAULT if a page cannot be faulted in.
 */
long do_madvise(struct mm_struct *mm, unsigned long start, unsigned long len, int behavior);

/**
 * do_mlock() - mlock2(2).
 * @mm: the address space.
 * @start: first address.
 * @len: bytes; the pages that the range touches are locked.
 * @flags: 0, or MLOCK_ONFAULT to fault nothing in.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EINVAL; -ENOMEM at a gap or if a page cannot be faulted in; -EAGAIN without memory.
 */
long do_mlock(struct mm_struct *mm, unsigned long start, unsigned long len, int flags);

/**
 * do_munlock() - munlock(2).
 * @mm: the address space.
 * @start: first address.
 * @len: bytes, as for do_mlock().
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EINVAL; -ENOMEM.
 */
long do_munlock(struct mm_struct *mm, unsigned long start, unsigned long len);

/**
 * get_unmapped_area() - Choose an address for a new mapping.
 * @mm: the address space.
 * @file: the file, or NULL.
 * @addr: a hint, or the address with MAP_FIXED; 0 for none.
 * @len: bytes, page aligned.
 * @pgoff: page offset in the file.
 * @flags: MAP_*.
 * @anonymous: private memory without a file.
 *
 * Without a hint, anonymous memory of whole units of 2 MiB begins at such a unit. A file that wants
 * it (huge_aligned) lies so that huge pages fit, if the range holds a whole unit of it.
 *
 * Context: mmap_lock held for writing.
 * Return: The address; -ENOMEM if there is no gap; -EINVAL if @addr is fixed and misaligned.
 */
long get_unmapped_area(struct mm_struct *mm, const struct vm_file *file, unsigned long addr,
		       unsigned long len, unsigned long pgoff, unsigned long flags, bool anonymous);

/*
 * Do kernels here map a page of zeros for a first read of private memory? Ordinary ones do. If not, a
 * read gives a VMA its anon_vma too. Set it before the first fault.
 */
extern bool use_zero_page;

/* What a fault is. */
#define FAULT_FLAG_WRITE    0x01   /* the access writes */
#define FAULT_FLAG_VMA_LOCK 0x1000 /* only the VMA's own lock is held, not mmap_lock */

/**
 * handle_mm_fault() - Do what a page fault does.
 * @vma: the VMA.
 * @address: an address in it.
 * @flags: FAULT_FLAG_*; whether the VMA may be written is not looked at.
 *
 * Any number of faults may run at once, beside a reaper too. Where another fault or a reaper was
 * there in between, nothing may be mapped on return: the access is tried again, as by a CPU.
 *
 * Context: mmap_lock held, or, with FAULT_FLAG_VMA_LOCK, the VMA locked for reading. A thread with a
 * CPU of its own. May sleep.
 * Return: 0; -EFAULT beyond the end of the file, or if a reaper may have taken what was there
 * (MMF_UNSTABLE): both are SIGBUS; -ENOMEM; with FAULT_FLAG_VMA_LOCK also -EAGAIN: it needs mmap_lock.
 */
int handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags);

/**
 * do_user_addr_fault() - A process touched an address: find the VMA, lock it, and serve the fault.
 * @mm: the address space, which the caller is a user of.
 * @address: any address.
 * @write: the access writes.
 *
 * The VMA is found under RCU and locked by its own lock. If it is being changed, or the fault needs
 * more than that lock, mmap_lock is taken for reading. vma_lock.h counts how often.
 *
 * Context: A thread registered with RCU, with a CPU of its own, that holds no lock. May sleep.
 * Return: 0; -ENOENT if nothing is mapped there and -EACCES if the VMA allows no such access, both
 * SIGSEGV; -EFAULT (SIGBUS); -ENOMEM.
 */
int do_user_addr_fault(struct mm_struct *mm, unsigned long address, bool write);

/**
 * mm_populate() - Fault in what a lock or MAP_POPULATE asks for.
 * @mm: the address space.
 * @start: first address, page aligned.
 * @len: bytes, page aligned.
 * @ignore_errors: go on behind a VMA that cannot be faulted in.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -ENOMEM at a gap or without memory; -EFAULT.
 */
int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len, bool ignore_errors);

#endif
