/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the system calls share: VMAs that are made, cut, merged and replaced. Each
 * function needs mmap_lock held for writing, and each that fails leaves everything as it was
 * unless its comment says otherwise.
 *
 * A change of the tree is one store: over the range of a new VMA, or of one that grows. It takes
 * from the others what it covers. So the store either fails, and nothing has happened, or the
 * fields of the VMAs follow, and they cannot fail.
 */
#ifndef UMAPLE_VMA_INTERNAL_H
#define UMAPLE_VMA_INTERNAL_H

#include "vma.h"

/* Areas with these never merge. */
#define VM_SPECIAL	(VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_LOCKED_MASK	(VM_LOCKED | VM_LOCKONFAULT)
#define PAGE_ALIGN(len) (((len) + PAGE_SIZE - 1) & PAGE_MASK)

static inline bool offset_in_page(unsigned long addr)
{
	return addr & ~PAGE_MASK;
}

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

/* The page offset that @addr has in a VMA, which it may lie beyond. */
static inline unsigned long vma_pgoff_at(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + (addr >> PAGE_SHIFT) - (vma->vm_start >> PAGE_SHIFT);
}

/**
 * mm_free() - Free an address space whose tree is destroyed.
 * @mm: the address space, without VMAs and page tables.
 *
 * Context: No one uses it, and its mmap_lock is free.
 */
void mm_free(struct mm_struct *mm);

/**
 * vm_area_alloc() - Make a VMA that is in no tree and has no range yet.
 * @mm: the address space.
 *
 * Context: Any.
 * Return: The VMA, or NULL without memory.
 */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm);

/**
 * vm_area_copy() - Make a VMA like another one, in the same file, but in no tree and no anon_vma.
 * @mm: the address space it is for.
 * @vma: the other one.
 * @start: first address of the new one.
 * @end: first address behind.
 * @pgoff: page offset of its first page.
 *
 * Context: mmap_lock held for writing.
 * Return: The VMA, or NULL without memory.
 */
struct vm_area_struct *vm_area_copy(struct mm_struct *mm, const struct vm_area_struct *vma,
				    unsigned long start, unsigned long end, unsigned long pgoff);

/**
 * vm_area_dup() - Make a VMA like another one, in the same file and anon_vmas, but in no tree.
 * @vma: the other one.
 * @start: first address of the new one.
 * @end: first address behind.
 * @pgoff: page offset of its first page.
 *
 * Context: mmap_lock held for writing.
 * Return: The VMA, or NULL without memory.
 */
struct vm_area_struct *vm_area_dup(struct vm_area_struct *vma, unsigned long start,
				   unsigned long end, unsigned long pgoff);

/**
 * remove_vma() - Free a VMA that is not in the tree yet, or not any more.
 * @vma: the VMA; its pages are gone.
 *
 * Context: mmap_lock held for writing.
 */
void remove_vma(struct vm_area_struct *vma);

/**
 * vma_store() - Let a range of the tree be a VMA's.
 * @mm: the address space.
 * @start: first address.
 * @end: first address behind.
 * @vma: the VMA, or NULL for a gap.
 *
 * Context: mmap_lock held for writing.
 * Return: 0, or -ENOMEM.
 */
int vma_store(struct mm_struct *mm, unsigned long start, unsigned long end,
	      struct vm_area_struct *vma);

/**
 * vma_replace() - do_munmap() that leaves a new VMA where it unmapped.
 * @mm: the address space.
 * @start: first address, page aligned.
 * @end: first address behind, page aligned, above @start.
 * @vma: the new VMA of just this range, in no tree; NULL for a gap.
 *
 * Context: mmap_lock held for writing.
 * Return: 0, or -ENOMEM without memory or at the limit on VMAs.
 */
int vma_replace(struct mm_struct *mm, unsigned long start, unsigned long end,
		struct vm_area_struct *vma);

/**
 * free_tables_of_gap() - Free the page tables of a range that no VMA lies in.
 * @mm: the address space.
 * @start: first address.
 * @end: first address behind.
 *
 * Context: mmap_lock held for writing; the tables are empty.
 */
void free_tables_of_gap(struct mm_struct *mm, unsigned long start, unsigned long end);

/**
 * vma_before() - The last VMA that begins below an address.
 * @mm: the address space.
 * @addr: the address.
 *
 * Context: mmap_lock held.
 * Return: The VMA, which may reach beyond @addr; NULL if there is none.
 */
struct vm_area_struct *vma_before(struct mm_struct *mm, unsigned long addr);

/* A range that shall become part of the VMAs beside it. */
struct vma_merge_struct {
	struct mm_struct *mm;
	struct vm_area_struct *prev, *next; /* the neighbours; NULL if there is none */
	struct vm_area_struct *middle;	    /* the VMA that the range lies in; NULL for a gap */
	struct vm_area_struct *copied_from; /* mremap: the VMA that the new one is a copy of */
	unsigned long start, end;	    /* exclusive */
	unsigned long vm_flags, pgoff;	    /* that the range shall have */
	struct vm_file *file;
	struct anon_vma *anon_vma;
	bool just_expand; /* into the previous VMA or not at all */
	bool nomem;	  /* out: it would have merged, but there was no memory */
};

/**
 * vma_merge_new_range() - Let the neighbours of a gap grow over a range of it.
 * @vmg: the range; its middle is NULL.
 *
 * Context: mmap_lock held for writing.
 * Return: The VMA that has the range now; NULL if it fits to neither, or with vmg->nomem set.
 */
struct vm_area_struct *vma_merge_new_range(struct vma_merge_struct *vmg);

/**
 * vma_merge_existing_range() - Let the neighbours grow over a range of a VMA.
 * @vmg: the range; its middle is the VMA, the neighbours are that VMA's.
 *
 * Context: mmap_lock held for writing.
 * Return: As vma_merge_new_range().
 */
struct vm_area_struct *vma_merge_existing_range(struct vma_merge_struct *vmg);

/**
 * vma_merge_extend() - Let a VMA grow upward, and merge with the next one if they meet and fit.
 * @vma: the VMA.
 * @delta: bytes, page aligned; nothing is mapped there.
 *
 * Context: mmap_lock held for writing.
 * Return: The VMA, or NULL without memory or for one that never merges.
 */
struct vm_area_struct *vma_merge_extend(struct vm_area_struct *vma, unsigned long delta);

/**
 * copy_vma() - Make a VMA like another one elsewhere, as part of its neighbours if they fit.
 * @vmap: the other one; set to the VMA that it became part of, if it did.
 * @addr: first address of the new range; nothing is mapped in it.
 * @len: its bytes, page aligned.
 * @pgoff: its page offset. Anonymous memory without a page gets that of its address.
 *
 * Context: mmap_lock held for writing.
 * Return: The VMA that has the range now, or NULL without memory.
 */
struct vm_area_struct *copy_vma(struct vm_area_struct **vmap, unsigned long addr, unsigned long len,
				unsigned long pgoff);

/**
 * split_vma() - Make two VMAs of one.
 * @vma: the VMA; it keeps the lower part.
 * @addr: first address of the upper part, page aligned, inside the VMA.
 *
 * Context: mmap_lock held for writing.
 * Return: The upper VMA, or NULL without memory or at the limit on VMAs.
 */
struct vm_area_struct *split_vma(struct vm_area_struct *vma, unsigned long addr);

/**
 * vma_modify_flags() - Give a part of a VMA other flags: merge it with neighbours or split it off.
 * @vma: the VMA.
 * @start: first address of the part.
 * @end: first address behind.
 * @vm_flags: the flags.
 *
 * Context: mmap_lock held for writing.
 * Return: The VMA that has the part now, with these flags. NULL without memory or at the limit on
 * VMAs; nothing has other flags then, but @vma may have been split.
 */
struct vm_area_struct *vma_modify_flags(struct vm_area_struct *vma, unsigned long start,
					unsigned long end, unsigned long vm_flags);

#endif
