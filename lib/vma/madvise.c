// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "mman.h"
#include "mmap_lock.h"
#include "vma_internal.h"

static bool madvise_behavior_valid(int behavior)
{
	switch (behavior) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_DONTNEED:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return true;
	default:
		return false;
	}
}

/* The flags that a VMA has after the advice; false if it cannot take it. */
static bool madvise_flags(const struct vm_area_struct *vma, int behavior, unsigned long *flags)
{
	unsigned long set = 0, clear = 0, refused = 0;

	switch (behavior) {
	case MADV_NORMAL:
		clear = VM_RAND_READ | VM_SEQ_READ;
		break;
	case MADV_RANDOM:
		clear = VM_SEQ_READ;
		set = VM_RAND_READ;
		break;
	case MADV_SEQUENTIAL:
		clear = VM_RAND_READ;
		set = VM_SEQ_READ;
		break;
	case MADV_DONTFORK:
		set = VM_DONTCOPY;
		break;
	case MADV_DOFORK:
		clear = VM_DONTCOPY;
		refused = VM_IO;
		break;
	case MADV_DONTDUMP:
		set = VM_DONTDUMP;
		break;
	case MADV_DODUMP:
		clear = VM_DONTDUMP;
		refused = VM_SPECIAL;
		break;
	case MADV_HUGEPAGE:
		clear = VM_NOHUGEPAGE;
		set = VM_HUGEPAGE;
		break;
	case MADV_NOHUGEPAGE:
		clear = VM_HUGEPAGE;
		set = VM_NOHUGEPAGE;
		break;
	case MADV_WIPEONFORK:
		set = VM_WIPEONFORK;
		refused = vma->vm_file ? ~0UL : VM_SHARED;
		break;
	default:
		clear = VM_WIPEONFORK;
	}
	*flags = (vma->vm_flags & ~clear) | set;
	return !(vma->vm_flags & refused) && refused != ~0UL;
}

/* Give the advice to a part of one VMA. @endp moves on if the VMA merged with what follows. */
static int madvise_vma(struct vm_area_struct *vma, unsigned long start, unsigned long *endp,
		       int behavior)
{
	unsigned long flags;

	if (behavior == MADV_DONTNEED) {
		if (vma->vm_flags & (VM_PFNMAP | VM_LOCKED))
			return -EINVAL;
		zap_page_range_single(vma, start, *endp - start);
		return 0;
	}
	if (!madvise_flags(vma, behavior, &flags))
		return -EINVAL;
	if (flags == vma->vm_flags)
		return 0;
	vma = vma_modify_flags(vma, start, *endp, flags);
	if (!vma)
		return -EAGAIN; /* what madvise() says without memory */
	*endp = vma->vm_end;
	return 0;
}

static int madvise_walk_vmas(struct mm_struct *mm, unsigned long start, unsigned long end,
			     int behavior)
{
	int gap = 0;

	while (start < end) {
		struct vm_area_struct *vma = find_vma(mm, start);
		unsigned long until;
		int err;

		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start) {
			gap = -ENOMEM;
			start = vma->vm_start;
		}
		until = vma->vm_end < end ? vma->vm_end : end;
		err = madvise_vma(vma, start, &until, behavior);
		if (err)
			return err;
		start = until;
	}
	return gap;
}

/* Fault in every page of a range, for reading or for writing, and stop at the first that fails. */
static int madvise_populate(struct mm_struct *mm, unsigned long start, unsigned long end,
			    bool write)
{
	for (; start < end; start += PAGE_SIZE) {
		struct vm_area_struct *vma = vma_lookup(mm, start);
		int err;

		if (!vma)
			return -ENOMEM;
		if (vma->vm_flags & (VM_IO | VM_PFNMAP) ||
		    !(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
			return -EINVAL;
		err = handle_mm_fault(vma, start, write);
		if (err)
			return err;
	}
	return 0;
}

long do_madvise(struct mm_struct *mm, unsigned long start, unsigned long len, int behavior)
{
	unsigned long end = start + PAGE_ALIGN(len);

	mmap_assert_write_locked(mm);
	if (!madvise_behavior_valid(behavior) || offset_in_page(start) ||
	    (len && !PAGE_ALIGN(len)) || end < start)
		return -EINVAL;
	if (behavior == MADV_POPULATE_READ || behavior == MADV_POPULATE_WRITE)
		return madvise_populate(mm, start, end, behavior == MADV_POPULATE_WRITE);
	return madvise_walk_vmas(mm, start, end, behavior);
}
