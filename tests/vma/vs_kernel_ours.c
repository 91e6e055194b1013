// SPDX-License-Identifier: GPL-2.0-only
/* Our side: an address space that is full but for the arena, like the child's. */
#include "mm_fixture.h"
#include "vs_kernel.h"

#include "vma/mman.h"

#define MACHINE_PAGES 32768

static long do_call(struct mm_struct *mm, struct vm_file *const *files, const struct step *step)
{
	const unsigned long *arg = step->arg;

	switch (step->call) {
	case CALL_MMAP:
		if (arg[4] & ~PAGE_MASK)
			return -EINVAL;
		return do_mmap(mm, files[step->file], arg[0], arg[1], arg[2], arg[3],
			       arg[4] >> PAGE_SHIFT);
	case CALL_MUNMAP:
		return vm_munmap(mm, arg[0], arg[1]);
	case CALL_MPROTECT:
		return do_mprotect(mm, arg[0], arg[1], arg[2]);
	case CALL_MREMAP:
		return do_mremap(mm, arg[0], arg[1], arg[2], arg[3], arg[4]);
	case CALL_MADVISE:
		return do_madvise(mm, arg[0], arg[1], (int)arg[2]);
	case CALL_MLOCK:
		return do_mlock(mm, arg[0], arg[1], (int)arg[2]);
	case CALL_MUNLOCK:
		return do_munlock(mm, arg[0], arg[1]);
	default:
		return do_brk(mm, arg[0]);
	}
}

static void note_page(unsigned long addr, pte_t pte, void *arg)
{
	struct outcome *outcome = arg;

	outcome->present[(addr - ARENA_START) / PAGE_SIZE] = true;
}

static void look(struct mm_struct *mm, struct outcome *outcome)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	memset(outcome->present, 0, sizeof(outcome->present));
	outcome->nr_areas = 0;
	vma_iter_init(&vmi, mm, ARENA_START);
	for_each_vma (vmi, vma) {
		bool file = vma->vm_file;

		if (vma->vm_start >= ARENA_END)
			break;
		outcome->areas[outcome->nr_areas++] = (struct area){
			.start = vma->vm_start,
			.end = vma->vm_end,
			.flags = vma->vm_flags,
			.offset = file ? vma->vm_pgoff << PAGE_SHIFT : 0,
		};
		if (!file)
			walk_pages(mm, vma->vm_start, vma->vm_end, note_page, outcome);
	}
}

void ours_run(const struct step *steps, unsigned int nr, struct outcome *outcomes)
{
	struct vm_file rest = {.shmem = true};
	struct vm_file *files[3] = {NULL};
	struct machine m;

	machine_start(&m, MACHINE_PAGES, 0);
	files[FILE_A] = &m.file;
	files[FILE_B] = &m.shmem;
	m.file.size = FILE_PAGES_A * PAGE_SIZE;
	m.shmem.size = FILE_PAGES_B * PAGE_SIZE;
	m.mm->start_brk = m.mm->brk = ARENA_START;
	map_file(&m, PAGE_SIZE, ARENA_START, VM_SHARED, &rest);
	map_file(&m, ARENA_END, TASK_SIZE, VM_SHARED, &rest);
	for (unsigned int i = 0; i < nr; i++) {
		mmap_write_lock(m.mm);
		outcomes[i].result = do_call(m.mm, files, &steps[i]);
		look(m.mm, &outcomes[i]);
		mmap_write_unlock(m.mm);
	}
	machine_finish(&m);
}
