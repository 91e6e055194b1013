// SPDX-License-Identifier: GPL-2.0-only
#include "mm_turns.h"

#include <sys/mman.h>

#include "vma/mman.h"
#include "vma/mmap_lock.h"
#include "vma/vma.h"

#define AREA_PAGES 64 /* of what is mapped in a turn */

static long mapped(struct mm_struct *mm)
{
	long addr;

	mmap_write_lock(mm);
	addr = do_mmap(mm, NULL, 0, AREA_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	mmap_write_unlock(mm);
	return addr;
}

int mm_map_turn(struct mm_struct *mm)
{
	const long addr = mapped(mm);
	const unsigned long start = (unsigned long)addr;
	int err = 0;

	if (addr < 0)
		return (int)addr;
	for (unsigned long i = 0; i < AREA_PAGES && !err; i++)
		err = do_user_addr_fault(mm, start + i * PAGE_SIZE, true);
	mmap_write_lock(mm);
	if (!err)
		err = (int)do_mprotect(mm, start + AREA_PAGES / 4 * PAGE_SIZE,
				       AREA_PAGES / 2 * PAGE_SIZE, PROT_READ);
	vm_munmap(mm, start, AREA_PAGES * PAGE_SIZE);
	mmap_write_unlock(mm);
	return err;
}

unsigned long mm_read_maps(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;
	unsigned long pages = 0;

	mmap_read_lock(mm);
	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma)
		pages += (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
	mmap_read_unlock(mm);
	return pages;
}
