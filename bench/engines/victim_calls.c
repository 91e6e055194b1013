// SPDX-License-Identifier: GPL-2.0-only
#include "victim_calls.h"

#include <errno.h>

#include "oom/mm.h"
#include "vma/fork.h"
#include "vma/mman.h"
#include "vma/mmap_lock.h"
#include "vma/vma_lock.h"

void victim_set_limits(struct victim *victim, unsigned long mmap_base, unsigned long brk,
		       int max_map_count)
{
	if (max_map_count)
		sysctl_max_map_count = max_map_count;
	if (mmap_base)
		victim->mm->mmap_base = mmap_base;
	if (brk)
		victim->mm->start_brk = victim->mm->brk = brk;
}

/* A number that is new is a new file: traces use a descriptor again and again. */
static struct vm_file *file_of(struct victim *victim, int number)
{
	struct vm_file *file = victim->files;

	if (file && victim->last_file == number)
		return file;
	file = victim_add_file(victim, false);
	if (file) {
		file->size = TASK_SIZE;
		file->huge_aligned = true;
		victim->last_file = number;
	}
	return file;
}

static long call_mmap(struct victim *victim, const struct vm_call *call)
{
	const unsigned long *arg = call->arg;
	struct vm_file *file = NULL;

	if (arg[5] & ~PAGE_MASK)
		return -EINVAL;
	if (call->file >= 0) {
		file = file_of(victim, call->file);
		if (!file)
			return -ENOMEM;
	}
	return do_mmap(victim->mm, file, arg[0], arg[1], arg[2], arg[3], arg[5] >> PAGE_SHIFT);
}

static long dispatch(struct victim *victim, const struct vm_call *call)
{
	const unsigned long *arg = call->arg;
	struct mm_struct *mm = victim->mm;

	switch (call->kind) {
	case VM_CALL_MMAP:
		return call_mmap(victim, call);
	case VM_CALL_MUNMAP:
		return vm_munmap(mm, arg[0], arg[1]);
	case VM_CALL_MPROTECT:
		return do_mprotect(mm, arg[0], arg[1], arg[2]);
	case VM_CALL_MREMAP:
		return do_mremap(mm, arg[0], arg[1], arg[2], arg[3], arg[4]);
	case VM_CALL_MADVISE:
		return do_madvise(mm, arg[0], arg[1], (int)arg[2]);
	case VM_CALL_MLOCK:
		return do_mlock(mm, arg[0], arg[1], 0);
	case VM_CALL_MUNLOCK:
		return do_munlock(mm, arg[0], arg[1]);
	case VM_CALL_BRK:
		return do_brk(mm, arg[0]);
	default:
		return -ENOSYS;
	}
}

long victim_call(struct victim *victim, const struct vm_call *call)
{
	long ret;

	mmap_write_lock(victim->mm);
	ret = dispatch(victim, call);
	mmap_write_unlock(victim->mm);
	return ret;
}

void victim_areas(struct victim *victim, void (*fn)(const struct vm_area_info *area, void *arg),
		  void *arg)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	mmap_read_lock(victim->mm);
	vma_iter_init(&vmi, victim->mm, 0);
	for_each_vma (vmi, vma) {
		const struct vm_area_info info = {.start = vma->vm_start,
						  .end = vma->vm_end,
						  .vm_flags = vma->vm_flags,
						  .offset = vma->vm_pgoff << PAGE_SHIFT,
						  .file = vma->vm_file};

		fn(&info, arg);
	}
	mmap_read_unlock(victim->mm);
}

size_t victim_find(struct victim *victim, const unsigned long *addresses, size_t nr)
{
	size_t found = 0;

	mmap_read_lock(victim->mm);
	for (size_t i = 0; i < nr; i++) {
		const struct vm_area_struct *vma = find_vma(victim->mm, addresses[i]);

		found += vma && vma->vm_start <= addresses[i];
	}
	mmap_read_unlock(victim->mm);
	return found;
}

int victim_fork(struct victim *victim)
{
	struct mm_struct *child;

	mmap_write_lock(victim->mm);
	child = dup_mm(victim->mm);
	mmap_write_unlock(victim->mm);
	if (!child)
		return -ENOMEM;
	mmput(child);
	return 0;
}

size_t victim_walk(struct victim *victim, const unsigned long *addresses, size_t nr)
{
	size_t found = 0;

	for (size_t i = 0; i < nr; i++) {
		struct vma_iterator vmi;

		port_rcu_read_lock();
		vma_iter_init(&vmi, victim->mm, addresses[i]);
		found += mas_walk(&vmi.mas) != NULL;
		port_rcu_read_unlock();
	}
	return found;
}

size_t victim_lock(struct victim *victim, const unsigned long *addresses, size_t nr)
{
	size_t found = 0;

	for (size_t i = 0; i < nr; i++) {
		struct vm_area_struct *vma = lock_vma_under_rcu(victim->mm, addresses[i]);

		if (!vma)
			continue;
		found++;
		vma_end_read(vma);
	}
	return found;
}

int victim_fault(struct victim *victim, unsigned long address, bool write)
{
	return do_user_addr_fault(victim->mm, address, write);
}
