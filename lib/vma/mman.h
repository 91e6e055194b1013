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
 * Does the kernel have a page of zeros for what is only read? Linux has, unless it was started
 * without one; then a read gives an area its anon_vma, as a write does. Set before faults happen.
 */
extern bool use_zero_page;

/**
 * handle_mm_fault() - Do what a page fault does.
 * @vma: the VMA.
 * @addr: an address in it.
 * @write: the access writes; whether it may is not looked at.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EFAULT beyond the end of the file; -ENOMEM.
 */
int handle_mm_fault(struct vm_area_struct *vma, unsigned long addr, bool write);

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
