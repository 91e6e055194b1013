/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a page to the VMAs that may map it. Anonymous pages lead to an anon_vma, pages of a file to its
 * i_mmap; each VMA is entered in those that concern it, and is taken out when it goes. Nothing here
 * follows a page back: the entries exist for what it costs to remove them.
 *
 * Synchronization: entering and leaving take the lock of the anon_vma or of the i_mmap; the VMA's own
 * fields change with mmap_lock held for writing. A fault that holds it for reading gives a VMA its
 * anon_vma under mm->page_table_lock, and the VMA keeps it as long as mmap_lock is not held for writing.
 */
#ifndef UMAPLE_VMA_RMAP_H
#define UMAPLE_VMA_RMAP_H

#include "mm_types.h"

struct anon_vma {
	pthread_rwlock_t rwsem;
	unsigned int num_vmas; /* under the lock */
	void *root;	       /* the VMAs: a tree of tsearch(3) */
};

/* One membership: a VMA in an anon_vma. */
struct anon_vma_chain {
	struct anon_vma *anon_vma;
	struct cds_list_head same_vma; /* in vma->anon_vma_chain */
};

/* The VMA's anon_vma, for who holds the VMA's own lock alone: it may get one at any moment. */
static inline struct anon_vma *vma_anon_vma(const struct vm_area_struct *vma)
{
	return __atomic_load_n(&vma->anon_vma, __ATOMIC_ACQUIRE);
}

/**
 * vma_rmap_init() - Make the slabs; needed once per process and engine.
 *
 * Context: Before any other thread maps memory.
 * Return: 0 or -ENOMEM.
 */
int vma_rmap_init(void);

/**
 * vma_rmap_in_use() - The anon_vmas and memberships that exist, of all address spaces.
 *
 * Context: No one maps or unmaps meanwhile.
 * Return: their sum.
 */
size_t vma_rmap_in_use(void);

/**
 * anon_vma_prepare() - Give a VMA its anon_vma, before its first anonymous page.
 * @vma: the VMA; nothing happens if it has one.
 *
 * Context: mmap_lock held for writing.
 * Return: 0 or -ENOMEM.
 */
int anon_vma_prepare(struct vm_area_struct *vma);

/**
 * anon_vma_prepare_near() - anon_vma_prepare() that takes a neighbour's anon_vma if it may.
 * @vma: the VMA; nothing happens if it has one.
 * @prev: the VMA below it; NULL if there is none.
 * @next: the VMA above it; NULL if there is none.
 *
 * Neighbours that differ only in their permissions can merge when these become equal, but only if
 * they have no two anon_vmas.
 *
 * Context: mmap_lock held. Sleeps while another fault of the address space does the same.
 * Return: 0 or -ENOMEM.
 */
int anon_vma_prepare_near(struct vm_area_struct *vma, const struct vm_area_struct *prev,
			  const struct vm_area_struct *next);

/**
 * anon_vma_clone() - Enter a VMA in all anon_vmas of another one.
 * @dst: the VMA, in none yet.
 * @src: the other.
 *
 * Context: mmap_lock held for writing.
 * Return: 0, or -ENOMEM with @dst in none.
 */
int anon_vma_clone(struct vm_area_struct *dst, const struct vm_area_struct *src);

/**
 * anon_vma_fork() - Enter a child's VMA in all anon_vmas of the parent's, and in a new one.
 * @vma: the VMA, in none yet.
 * @parent: the parent's; nothing happens if it has no anon_vma.
 *
 * Context: mmap_lock of both held for writing.
 * Return: 0, or -ENOMEM with @vma in none.
 */
int anon_vma_fork(struct vm_area_struct *vma, const struct vm_area_struct *parent);

/**
 * unlink_anon_vmas() - Take a VMA out of its anon_vmas, and free those that are empty then.
 * @vma: the VMA; without anonymous pages.
 *
 * Context: mmap_lock held for writing.
 */
void unlink_anon_vmas(struct vm_area_struct *vma);

/**
 * vma_link_file() - Enter a VMA in the i_mmap of its file.
 * @vma: the VMA; nothing happens if it has no file.
 *
 * Context: mmap_lock held for writing.
 * Return: 0 or -ENOMEM.
 */
int vma_link_file(struct vm_area_struct *vma);

/**
 * unlink_file_vma() - Take a VMA out of the i_mmap of its file.
 * @vma: the VMA; nothing happens if it has no file.
 *
 * An unnamed file goes with the last VMA, and its pages with it.
 *
 * Context: mmap_lock held for writing.
 */
void unlink_file_vma(struct vm_area_struct *vma);

#endif
