// SPDX-License-Identifier: GPL-2.0-only
/* mmap, munmap and brk, and the search for a gap. */
#include <errno.h>
#include <stdlib.h>

#include "base/fault.h"
#include "mman.h"
#include "mmap_lock.h"
#include "vma_internal.h"
#include "vma_rmap.h"

#define TASK_UNMAPPED_BASE PAGE_ALIGN(TASK_SIZE / 3)
/* What MAP_SHARED_VALIDATE takes. */
#define MMAP_KNOWN_FLAGS                                                                    \
	(MAP_SHARED_VALIDATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE | \
	 MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK)

/* Where a gap below @vma ends: a VMA that grows down keeps others at a distance. */
static unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return vma->vm_start;
	return vma->vm_start > stack_guard_gap ? vma->vm_start - stack_guard_gap : 0;
}

/*
 * The tree knows gaps, but not the distance that VMAs that grow down keep. If a gap it finds is
 * too close below one, the search goes on on the other side of that.
 */
static long unmapped_area(struct mm_struct *mm, unsigned long low, unsigned long high,
			  unsigned long len, bool topdown)
{
	for (;;) {
		struct vm_area_struct *next;
		MA_STATE(mas, &mm->mm_mt, 0, 0);
		unsigned long addr;

		if (low >= high || high - low < len)
			return -ENOMEM;
		if (topdown ? mas_empty_area_rev(&mas, low, high - 1, len)
			    : mas_empty_area(&mas, low, high - 1, len))
			return -ENOMEM;
		addr = topdown ? mas.last + 1 - len : mas.index;
		next = find_vma(mm, addr);
		if (!next || vm_start_gap(next) >= addr + len)
			return (long)addr;
		if (topdown)
			high = vm_start_gap(next);
		else
			low = next->vm_end;
	}
}

/* What a huge page could map lies at the same place in its 2 MiB of addresses and of the file. */
struct huge_place {
	bool wanted;
	unsigned long offset; /* in the file, in bytes; 0 for anonymous memory */
};

static struct huge_place huge_place(const struct vm_file *file, unsigned long len,
				    unsigned long pgoff, bool anonymous)
{
	const unsigned long offset = pgoff << PAGE_SHIFT, end = offset + len;
	const unsigned long first = (offset + PMD_SIZE - 1) & PMD_MASK;

	if (anonymous)
		return (struct huge_place){.wanted = len && !(len & ~PMD_MASK)};
	return (struct huge_place){
		.wanted = file && file->huge_aligned && end > first && end - first >= PMD_SIZE,
		.offset = offset,
	};
}

/* A place for @len that suits a huge page, or any place if there is none. */
static long unmapped_area_limits(struct mm_struct *mm, unsigned long len,
				 const struct huge_place *huge)
{
	const unsigned long room = huge ? len + PMD_SIZE : len;
	unsigned long up;
	long addr = -ENOMEM;

	if (!mm->mmap_bottomup)
		addr = unmapped_area(mm, mmap_min_addr, mm->mmap_base, room, true);
	if (addr < 0)
		addr = unmapped_area(mm, TASK_UNMAPPED_BASE, TASK_SIZE, room, false);
	if (addr < 0 || !huge)
		return addr;
	up = (huge->offset - (unsigned long)addr) & ~PMD_MASK;
	/* Downward, the room that is over shall lie below. */
	return addr + (long)(up || mm->mmap_bottomup ? up : PMD_SIZE);
}

long get_unmapped_area(struct mm_struct *mm, const struct vm_file *file, unsigned long addr,
		       unsigned long len, unsigned long pgoff, unsigned long flags, bool anonymous)
{
	struct huge_place huge = huge_place(file, len, pgoff, anonymous);
	const struct vm_area_struct *next;
	long found;

	if (len > TASK_SIZE)
		return -ENOMEM;
	if (flags & MAP_FIXED) {
		if (addr > TASK_SIZE - len)
			return -ENOMEM;
		return offset_in_page(addr) ? -EINVAL : (long)addr;
	}
	if (addr) {
		addr &= PAGE_MASK;
		next = find_vma(mm, addr);
		if (addr <= TASK_SIZE - len && (!next || addr + len <= vm_start_gap(next)))
			return (long)addr;
		huge.wanted = false;
	}
	if (huge.wanted) {
		found = unmapped_area_limits(mm, len, &huge);
		if (found > 0)
			return found;
	}
	return unmapped_area_limits(mm, len, NULL);
}

/* The memory object of a shared anonymous mapping. It goes with the last VMA. */
static struct vm_file *shmem_file_alloc(unsigned long size)
{
	struct vm_file *file = fault_should_fail() ? NULL : calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	pthread_rwlock_init(&file->i_mmap_rwsem, NULL);
	file->shmem = file->unnamed = true;
	file->size = size;
	return file;
}

static struct vm_area_struct *new_area(struct mm_struct *mm, const struct vma_merge_struct *range)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		return NULL;
	vma->vm_start = range->start;
	vma->vm_end = range->end;
	vma->vm_flags = range->vm_flags;
	vma->vm_pgoff = range->pgoff;
	vma->vm_file = range->file;
	if (!vma_link_file(vma))
		return vma;
	vm_area_free(vma);
	return NULL;
}

/*
 * Map a range. Over a gap, neighbours that fit simply grow. Over something, the new area takes its
 * place first, which may fail, and joins its neighbours then, which need not succeed. Without the
 * area its file goes too if it has no name.
 */
static int map_range(struct vma_merge_struct *range)
{
	struct mm_struct *mm = range->mm;
	struct vm_area_struct *vma;
	bool taken;
	int err;

	range->next = find_vma(mm, range->start);
	taken = range->next && range->next->vm_start < range->end;
	range->prev = vma_before(mm, range->start);
	/* What ends where the heap begins is none of it. */
	if (range->just_expand && range->prev && range->prev->vm_end <= mm->start_brk)
		range->prev = NULL;
	if (!taken && vma_merge_new_range(range))
		return 0;
	vma = new_area(mm, range);
	if (!vma) {
		if (range->file && range->file->unnamed)
			free(range->file);
		return -ENOMEM;
	}
	err = vma_replace(mm, range->start, range->end, vma);
	if (err) {
		remove_vma(vma);
		return err;
	}
	if (taken) {
		range->middle = vma;
		range->prev = vma_before(mm, range->start);
		range->next = find_vma(mm, range->end);
		vma_merge_existing_range(range);
	}
	return 0;
}

static unsigned long mmap_vm_flags(unsigned long prot, unsigned long flags)
{
	unsigned long vm_flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

	vm_flags |= prot & PROT_READ ? VM_READ : 0;
	vm_flags |= prot & PROT_WRITE ? VM_WRITE : 0;
	vm_flags |= prot & PROT_EXEC ? VM_EXEC : 0;
	vm_flags |= flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0;
	vm_flags |= flags & MAP_LOCKED ? VM_LOCKED : 0;
	vm_flags |= flags & MAP_STACK ? VM_NOHUGEPAGE : 0;
	vm_flags |= flags & MAP_NORESERVE ? VM_NORESERVE : 0;
	return vm_flags;
}

/* What kind of mapping it is: flags and offset, or the error. */
static int mmap_type(struct vma_merge_struct *range, unsigned long prot, unsigned long flags)
{
	struct vm_file *file = range->file;
	unsigned long type = flags & MAP_TYPE;

	if (type != MAP_SHARED && type != MAP_PRIVATE && !(file && type == MAP_SHARED_VALIDATE))
		return -EINVAL;
	if (file && type == MAP_SHARED_VALIDATE && flags & ~MMAP_KNOWN_FLAGS)
		return -EOPNOTSUPP;
	if (type != MAP_PRIVATE) {
		if (file && file->readonly && prot & PROT_WRITE)
			return -EACCES;
		range->vm_flags |= VM_MAYSHARE | VM_SHARED;
		if (file && file->readonly)
			range->vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
	}
	if ((file || type != MAP_PRIVATE) && range->vm_flags & VM_GROWSDOWN)
		return -EINVAL;
	if (!file)
		range->pgoff = type == MAP_PRIVATE ? range->start >> PAGE_SHIFT : 0;
	/* Memory that the process may need beyond that of the file. */
	if ((range->vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE)
		range->vm_flags |= VM_ACCOUNT;
	return 0;
}

/* Choose the address and check it. */
static long mmap_address(struct mm_struct *mm, struct vm_file *file, unsigned long addr,
			 unsigned long len, unsigned long pgoff, unsigned long flags)
{
	bool anonymous = !file && (flags & MAP_TYPE) != MAP_SHARED;
	const struct vm_area_struct *next;
	long at;

	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	if (!(flags & MAP_FIXED)) {
		addr &= PAGE_MASK;
		if (addr && addr < mmap_min_addr)
			addr = mmap_min_addr;
	}
	at = get_unmapped_area(mm, file, addr, len, pgoff, flags, anonymous);
	if (at < 0 || !(flags & MAP_FIXED_NOREPLACE))
		return at;
	next = find_vma(mm, (unsigned long)at);
	return next && next->vm_start < (unsigned long)at + len ? -EEXIST : at;
}

long do_mmap(struct mm_struct *mm, struct vm_file *file, unsigned long addr, unsigned long len,
	     unsigned long prot, unsigned long flags, unsigned long pgoff)
{
	struct vma_merge_struct range = {.mm = mm, .file = file, .pgoff = pgoff};
	long at;
	int err;

	mmap_assert_write_locked(mm);
	if (!len)
		return -EINVAL;
	len = PAGE_ALIGN(len);
	if (!len)
		return -ENOMEM;
	if (pgoff + (len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	if (mm->map_count > sysctl_max_map_count)
		return -ENOMEM;
	at = mmap_address(mm, file, addr, len, pgoff, flags);
	if (at < 0)
		return at;
	if (file && pgoff + (len >> PAGE_SHIFT) > 1UL << (63 - PAGE_SHIFT))
		return -EOVERFLOW;
	range.start = (unsigned long)at;
	range.end = range.start + len;
	range.vm_flags = mmap_vm_flags(prot, flags);
	err = mmap_type(&range, prot, flags);
	if (err)
		return err;
	if (!file && range.vm_flags & VM_SHARED) {
		range.file = shmem_file_alloc(len);
		if (!range.file)
			return -ENOMEM;
	}
	err = map_range(&range);
	if (err)
		return err;
	if (range.vm_flags & VM_LOCKED || (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		mm_populate(mm, range.start, len, true);
	return at;
}

long vm_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	if (offset_in_page(start) || start > TASK_SIZE || len > TASK_SIZE - start)
		return -EINVAL;
	return do_munmap(mm, start, PAGE_ALIGN(len));
}

static bool brk_grow(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vma_merge_struct range = {
		.mm = mm,
		.start = start,
		.end = end,
		.vm_flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT,
		.pgoff = start >> PAGE_SHIFT,
		.just_expand = true,
	};
	const struct vm_area_struct *next = find_vma(mm, start);

	if (end > TASK_SIZE || (next && end + PAGE_SIZE > vm_start_gap(next)))
		return false;
	return mm->map_count <= sysctl_max_map_count && !map_range(&range);
}

static bool brk_shrink(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	const struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end && !do_munmap(mm, start, end - start);
}

long do_brk(struct mm_struct *mm, unsigned long brk)
{
	unsigned long end = PAGE_ALIGN(brk), old_end = PAGE_ALIGN(mm->brk);
	bool done = true;

	mmap_assert_write_locked(mm);
	if (brk < mm->start_brk)
		return (long)mm->brk;
	if (end < old_end)
		done = brk_shrink(mm, end, old_end);
	else if (end > old_end)
		done = brk_grow(mm, old_end, end);
	if (done)
		mm->brk = brk;
	return (long)mm->brk;
}
