// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "mman.h"
#include "mmap_lock.h"
#include "vma_internal.h"

static int apply_vma_lock_flags(struct mm_struct *mm, unsigned long start, unsigned long end,
				unsigned long lock_flags)
{
	while (start < end) {
		struct vm_area_struct *vma = vma_lookup(mm, start);
		unsigned long flags, until;

		if (!vma)
			return -ENOMEM;
		until = vma->vm_end < end ? vma->vm_end : end;
		flags = (vma->vm_flags & ~VM_LOCKED_MASK) | lock_flags;
		if (flags != vma->vm_flags && !(vma->vm_flags & VM_SPECIAL)) {
			vma = vma_modify_flags(vma, start, until, flags);
			if (!vma)
				return -ENOMEM;
			until = vma->vm_end;
		}
		start = until;
	}
	return 0;
}

/* Widen a range to the pages that it touches; false if there are none, with what to return. */
static bool lock_range(unsigned long *start, unsigned long *len, int *err)
{
	*len = PAGE_ALIGN(*len + (*start & ~PAGE_MASK));
	*start &= PAGE_MASK;
	*err = *start + *len < *start ? -EINVAL : 0;
	return !*err && *len;
}

long do_mlock(struct mm_struct *mm, unsigned long start, unsigned long len, int flags)
{
	int err;

	mmap_assert_write_locked(mm);
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	if (!lock_range(&start, &len, &err))
		return err;
	err = apply_vma_lock_flags(mm, start, start + len,
				   flags ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED);
	if (err)
		return err;
	err = mm_populate(mm, start, len, false);
	/* POSIX has other names for these two. */
	if (err == -EFAULT)
		return -ENOMEM;
	return err == -ENOMEM ? -EAGAIN : err;
}

long do_munlock(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	int err;

	mmap_assert_write_locked(mm);
	if (!lock_range(&start, &len, &err))
		return err;
	return apply_vma_lock_flags(mm, start, start + len, 0);
}
