// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which areas become one, and how. Two areas that meet are one if their flags and their file are
 * the same, their offsets go on, and their anonymous pages could have one anon_vma.
 */
#include "mmap_lock.h"
#include "mman.h"
#include "vma_internal.h"
#include "vma_lock.h"
#include "vma_rmap.h"

/*
 * Pages that a parent of the process may still map: the VMA is in the anon_vmas of both. Another
 * VMA that joined these would be found from pages that it never had.
 */
static bool vma_had_uncowed_parents(const struct vm_area_struct *vma)
{
	return vma && vma->anon_vma && vma->anon_vma_chain.next->next != &vma->anon_vma_chain;
}

/* Can @vma and the range share an anon_vma? At most one of them has one that the other lacks. */
static bool is_mergeable_anon_vma(const struct vma_merge_struct *vmg,
				  const struct vm_area_struct *vma)
{
	if (vma->anon_vma == vmg->anon_vma)
		return true;
	if (!vmg->anon_vma)
		return !vma_had_uncowed_parents(vma);
	if (vma->anon_vma)
		return false;
	return !vma_had_uncowed_parents(vmg->middle) && !vma_had_uncowed_parents(vmg->copied_from);
}

static bool is_mergeable_vma(const struct vma_merge_struct *vmg, const struct vm_area_struct *vma)
{
	return vma->vm_flags == vmg->vm_flags && vma->vm_file == vmg->file &&
	       is_mergeable_anon_vma(vmg, vma);
}

static bool can_merge_left(const struct vma_merge_struct *vmg)
{
	const struct vm_area_struct *prev = vmg->prev;

	return prev && prev->vm_end == vmg->start && is_mergeable_vma(vmg, prev) &&
	       vma_pgoff_at(prev, vmg->start) == vmg->pgoff;
}

/* With @left, the neighbours become one VMA, so they have to fit to each other too. */
static bool can_merge_right(const struct vma_merge_struct *vmg, bool left)
{
	const struct vm_area_struct *prev = vmg->prev, *next = vmg->next;

	if (!next || next->vm_start != vmg->end || !is_mergeable_vma(vmg, next) ||
	    vmg->pgoff + ((vmg->end - vmg->start) >> PAGE_SHIFT) != next->vm_pgoff)
		return false;
	return !left || !prev->anon_vma || !next->anon_vma || prev->anon_vma == next->anon_vma;
}

/* The range [start, end) is another VMA's now: @vma goes, or keeps what lies outside. */
static void vma_give_up(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (vma->vm_start >= start && vma->vm_end <= end) {
		vma->vm_mm->map_count--;
		vma_mark_detached(vma);
		remove_vma(vma);
	} else if (vma->vm_start < start && vma->vm_end > start) {
		vma->vm_end = start;
	} else if (vma->vm_start < end && vma->vm_end > end) {
		vma->vm_pgoff = vma_pgoff_at(vma, end);
		vma->vm_start = end;
	}
}

/*
 * Let @target grow to [start, end), over what middle and next have there. If it has no anon_vma,
 * it takes part in those of @source, which may be NULL.
 */
static struct vm_area_struct *commit_merge(struct vma_merge_struct *vmg,
					   struct vm_area_struct *target,
					   struct vm_area_struct *source, unsigned long start,
					   unsigned long end)
{
	bool dup = source && source->anon_vma && !target->anon_vma;
	struct vm_area_struct *others[] = {vmg->middle, vmg->next};

	vma_start_write(target);
	for (int i = 0; i < 2; i++) {
		if (others[i] && others[i]->vm_start < end && others[i]->vm_end > start)
			vma_start_write(others[i]);
	}
	if (dup && anon_vma_clone(target, source)) {
		vmg->nomem = true;
		return NULL;
	}
	if (vma_store(vmg->mm, start, end, target)) {
		if (dup)
			unlink_anon_vmas(target);
		vmg->nomem = true;
		return NULL;
	}
	target->vm_pgoff = vma_pgoff_at(target, start);
	target->vm_start = start;
	target->vm_end = end;
	for (int i = 0; i < 2; i++) {
		if (others[i] && others[i] != target)
			vma_give_up(others[i], start, end);
	}
	return target;
}

struct vm_area_struct *vma_merge_new_range(struct vma_merge_struct *vmg)
{
	struct vm_area_struct *prev = vmg->prev, *next = vmg->next, *source = vmg->copied_from;
	bool left, right;

	mmap_assert_write_locked(vmg->mm);
	if (vmg->vm_flags & VM_SPECIAL)
		return NULL;
	left = can_merge_left(vmg);
	right = !vmg->just_expand && can_merge_right(vmg, left);
	if (left && right && next->anon_vma)
		source = next;
	if (left)
		return commit_merge(vmg, prev, source, prev->vm_start,
				    right ? next->vm_end : vmg->end);
	if (right)
		return commit_merge(vmg, next, source, vmg->start, next->vm_end);
	return NULL;
}

struct vm_area_struct *vma_merge_existing_range(struct vma_merge_struct *vmg)
{
	struct vm_area_struct *prev = vmg->prev, *next = vmg->next, *middle = vmg->middle;
	bool left, right;

	mmap_assert_write_locked(vmg->mm);
	if (vmg->vm_flags & VM_SPECIAL)
		return NULL;
	left = vmg->start == middle->vm_start && can_merge_left(vmg);
	right = vmg->end == middle->vm_end && can_merge_right(vmg, left);
	if (left && right)
		return commit_merge(vmg, prev, next->anon_vma ? next : middle, prev->vm_start,
				    next->vm_end);
	if (left)
		return commit_merge(vmg, prev, middle, prev->vm_start, vmg->end);
	if (right)
		return commit_merge(vmg, next, middle, vmg->start, next->vm_end);
	return NULL;
}

struct vm_area_struct *vma_merge_extend(struct vm_area_struct *vma, unsigned long delta)
{
	struct vma_merge_struct vmg = {
		.mm = vma->vm_mm,
		.prev = vma,
		.next = find_vma(vma->vm_mm, vma->vm_end),
		.start = vma->vm_end,
		.end = vma->vm_end + delta,
		.vm_flags = vma->vm_flags,
		.pgoff = vma_pgoff_at(vma, vma->vm_end),
		.file = vma->vm_file,
		.anon_vma = vma->anon_vma,
	};

	return vma_merge_new_range(&vmg);
}

struct vm_area_struct *copy_vma(struct vm_area_struct **vmap, unsigned long addr, unsigned long len,
				unsigned long pgoff)
{
	struct vm_area_struct *vma = *vmap, *copy;
	unsigned long start = vma->vm_start;
	struct mm_struct *mm = vma->vm_mm;
	struct vma_merge_struct vmg = {
		.mm = mm,
		.prev = vma_before(mm, addr),
		.next = find_vma(mm, addr),
		.copied_from = vma,
		.start = addr,
		.end = addr + len,
		.vm_flags = vma->vm_flags,
		.pgoff = pgoff,
		.file = vma->vm_file,
		.anon_vma = vma->anon_vma,
	};

	/* No page has the old offset yet; the one of its address is more likely to merge. */
	if (vma_is_anonymous(vma) && !vma->anon_vma)
		vmg.pgoff = addr >> PAGE_SHIFT;
	copy = vma_merge_new_range(&vmg);
	if (copy) {
		if (start >= copy->vm_start && start < copy->vm_end)
			*vmap = copy;
		return copy;
	}
	copy = vm_area_dup(vma, addr, addr + len, vmg.pgoff);
	if (!copy)
		return NULL;
	if (vma_store(mm, addr, addr + len, copy)) {
		remove_vma(copy);
		return NULL;
	}
	mm->map_count++;
	return copy;
}

struct vm_area_struct *split_vma(struct vm_area_struct *vma, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	struct vm_area_struct *upper;

	if (mm->map_count >= sysctl_max_map_count)
		return NULL;
	vma_start_write(vma);
	upper = vm_area_dup(vma, addr, vma->vm_end, vma_pgoff_at(vma, addr));
	if (!upper)
		return NULL;
	if (vma_store(mm, addr, vma->vm_end, upper)) {
		remove_vma(upper);
		return NULL;
	}
	vma->vm_end = addr;
	mm->map_count++;
	return upper;
}

struct vm_area_struct *vma_modify_flags(struct vm_area_struct *vma, unsigned long start,
					unsigned long end, unsigned long vm_flags)
{
	struct vma_merge_struct vmg = {
		.mm = vma->vm_mm,
		.prev = vma_before(vma->vm_mm, vma->vm_start),
		.middle = vma,
		.next = find_vma(vma->vm_mm, vma->vm_end),
		.start = start,
		.end = end,
		.vm_flags = vm_flags,
		.pgoff = vma_pgoff_at(vma, start),
		.file = vma->vm_file,
		.anon_vma = vma->anon_vma,
	};
	struct vm_area_struct *merged = vma_merge_existing_range(&vmg);

	if (merged || vmg.nomem)
		return merged;
	if (vma->vm_start < start)
		vma = split_vma(vma, start);
	if (vma && vma->vm_end > end && !split_vma(vma, end))
		return NULL;
	if (vma) {
		vma_start_write(vma);
		vma->vm_flags = vm_flags;
	}
	return vma;
}
