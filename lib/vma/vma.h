/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces: make one, map and unmap VMAs, find and walk them.
 *
 * Synchronization
 *			find, iterate	map_region, do_munmap	unmap pages
 *   find, iterate	any number	mmap_lock excludes	any number
 *   map_region etc.	excluded	excluded		excluded
 *   unmap pages	any number	excluded		any number (ptl per table)
 * Readers hold mmap_lock for reading, writers for writing.
 */
#ifndef UMAPLE_VMA_H
#define UMAPLE_VMA_H

#include "memory.h"

/**
 * mm_layer_init() - Make the slabs of all address spaces; needed once per process and engine.
 *
 * Context: Any thread, before it makes an address space. Later calls do nothing.
 * Return: 0 or -ENOMEM.
 */
int mm_layer_init(void);

/**
 * mm_alloc() - Make an empty address space.
 * @pgdat: where its pages live.
 *
 * Context: May sleep, after mm_layer_init().
 * Return: The address space, or NULL without memory.
 */
struct mm_struct *mm_alloc(struct pglist_data *pgdat);

/**
 * mm_destroy() - Free an address space that exit_mmap() or do_munmap() emptied.
 * @mm: the address space.
 * @totals: NR_LOCK_CLASSES sums, filled with the figures of all its locks; may be NULL.
 * @err: filled with one line if something was left in it.
 * @errlen: its size in bytes.
 *
 * Context: No one uses it any more. VMAs, pages and tables that were left in it are lost.
 * Return: true if counters, tree and tables were empty.
 */
bool mm_destroy(struct mm_struct *mm, struct lock_totals *totals, char *err, size_t errlen);

/**
 * map_region() - Map a VMA at an address.
 * @mm: the address space.
 * @addr: first address, page aligned.
 * @len: bytes, page aligned, above 0.
 * @vm_flags: VM_*.
 * @pgoff: page number in the file of the first page.
 * @file: the file, which must outlive the VMA; NULL for anonymous memory.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EINVAL if misaligned, empty or beyond TASK_SIZE; -EEXIST if something is mapped
 * there; -ENOMEM.
 */
int map_region(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vm_flags,
	       unsigned long pgoff, struct vm_file *file);

/**
 * do_munmap() - Unmap a range: VMAs inside it go, VMAs across its ends are cut.
 * @mm: the address space.
 * @start: first address, page aligned.
 * @len: bytes, page aligned, above 0.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0, also if nothing was mapped there; -EINVAL if misaligned, empty or beyond
 * TASK_SIZE; -ENOMEM with nothing changed.
 */
int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len);

/**
 * find_vma() - The first VMA that ends above an address.
 * @mm: the address space.
 * @addr: the address.
 *
 * Context: mmap_lock held.
 * Return: The VMA, which may begin above @addr; NULL if there is none.
 */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);

/**
 * vma_lookup() - The VMA an address lies in.
 * @mm: the address space.
 * @addr: the address.
 *
 * Context: mmap_lock held.
 * Return: The VMA, or NULL.
 */
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr);

struct vma_iterator {
	struct ma_state mas;
};

static inline void vma_iter_init(struct vma_iterator *vmi, struct mm_struct *mm, unsigned long addr)
{
	mas_init(&vmi->mas, &mm->mm_mt, addr);
}

static inline struct vm_area_struct *vma_next(struct vma_iterator *vmi)
{
	return mas_find(&vmi->mas, ~0UL);
}

static inline struct vm_area_struct *vma_prev(struct vma_iterator *vmi)
{
	return mas_find_rev(&vmi->mas, 0);
}

/* Aim a store at [start, end). */
static inline void vma_iter_config(struct vma_iterator *vmi, unsigned long start, unsigned long end)
{
	mas_set_range(&vmi->mas, start, end - 1);
}

/*
 * Room for one vma_iter_store() over that range, which then cannot fail. Either that store follows
 * or vma_iter_free(). The range is not set again in between: it would make a kernel's tree forget
 * what it prepared.
 */
static inline int vma_iter_prealloc(struct vma_iterator *vmi, struct vm_area_struct *vma)
{
	return mas_preallocate(&vmi->mas, vma, GFP_KERNEL);
}

static inline void vma_iter_free(struct vma_iterator *vmi)
{
	mas_destroy(&vmi->mas);
}

static inline void vma_iter_store(struct vma_iterator *vmi, struct vm_area_struct *vma)
{
	mas_store_prealloc(&vmi->mas, vma);
}

/* Every VMA from the iterator's address upward, and downward. mmap_lock held. */
#define for_each_vma(vmi, vma)	   while (((vma) = vma_next(&(vmi))) != NULL)
#define for_each_vma_rev(vmi, vma) while (((vma) = vma_prev(&(vmi))) != NULL)

/**
 * vm_area_free() - Free a VMA that is in no tree.
 * @vma: the VMA.
 *
 * Context: Any.
 */
void vm_area_free(struct vm_area_struct *vma);

#endif
