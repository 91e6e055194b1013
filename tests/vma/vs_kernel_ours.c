// SPDX-License-Identifier: GPL-2.0-only
/* Our side: an address space that is full but for the arena, like the child's. */
#include "vs_kernel_ours.h"

#include "vma/fork.h"
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

void ours_look(struct ours *ours, struct outcome *outcome)
{
	struct mm_struct *mm = ours->m.mm;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	memset(outcome->present, 0, sizeof(outcome->present));
	outcome->nr_areas = 0;
	mmap_read_lock(mm);
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
			.file = file,
		};
		if (!file)
			walk_pages(mm, vma->vm_start, vma->vm_end, note_page, outcome);
	}
	outcome->map_count = (unsigned int)mm->map_count - 2; /* the two that fill the rest */
	mmap_read_unlock(mm);
}

void ours_start(struct ours *ours)
{
	struct machine *m = &ours->m;

	machine_start(m, MACHINE_PAGES, 0);
	ours->nr_parents = 0;
	ours->rest = (struct vm_file){.shmem = true};
	ours->files[NO_FILE] = NULL;
	ours->files[FILE_A] = &m->file;
	ours->files[FILE_B] = &m->shmem;
	m->file.size = FILE_PAGES_A * PAGE_SIZE;
	m->shmem.size = FILE_PAGES_B * PAGE_SIZE;
	m->mm->start_brk = m->mm->brk = ARENA_START;
	map_file(m, PAGE_SIZE, ARENA_START, VM_SHARED, &ours->rest);
	map_file(m, ARENA_END, TASK_SIZE, VM_SHARED, &ours->rest);
}

static long do_fork(struct ours *ours)
{
	struct mm_struct *mm;

	mmap_write_lock(ours->m.mm);
	mm = dup_mm(ours->m.mm);
	mmap_write_unlock(ours->m.mm);
	if (!mm)
		return -ENOMEM;
	ours->parents[ours->nr_parents++] = ours->m.mm;
	ours->m.mm = mm;
	return 0;
}

long ours_do(struct ours *ours, const struct step *step)
{
	long result;

	if (step->call == CALL_FORK)
		return do_fork(ours);
	mmap_write_lock(ours->m.mm);
	result = do_call(ours->m.mm, ours->files, step);
	mmap_write_unlock(ours->m.mm);
	return result;
}

void ours_finish(struct ours *ours)
{
	char err[128];

	for (unsigned int i = 0; i < ours->nr_parents; i++) {
		exit_mmap(ours->parents[i]);
		if (!mm_destroy(ours->parents[i], NULL, err, sizeof(err)))
			fail_msg("%s", err);
	}
	machine_finish(&ours->m);
}

void ours_run(const struct step *steps, unsigned int nr, struct outcome *outcomes)
{
	struct ours ours;

	ours_start(&ours);
	for (unsigned int i = 0; i < nr; i++) {
		outcomes[i].result = ours_do(&ours, &steps[i]);
		ours_look(&ours, &outcomes[i]);
	}
	ours_finish(&ours);
}
