// SPDX-License-Identifier: GPL-2.0-only
#include "vma_rmap.h"

#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/slab.h"
#include "mmap_lock.h"
#include "populate.h"

static struct slab *anon_vma_slab, *chain_slab;

int vma_rmap_init(void)
{
	if (!anon_vma_slab)
		anon_vma_slab = slab_create("anon_vma", sizeof(struct anon_vma), 0);
	if (!chain_slab)
		chain_slab = slab_create("anon_vma_chain", sizeof(struct anon_vma_chain), 0);
	return anon_vma_slab && chain_slab ? 0 : -ENOMEM;
}

size_t vma_rmap_in_use(void)
{
	return slab_in_use(anon_vma_slab) + slab_in_use(chain_slab);
}

/* The kernel sorts by page offset; here nobody searches by it, and a VMA's own address never changes. */
static int compare(const void *a, const void *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static int tree_insert(void **root, struct vm_area_struct *vma)
{
	if (fault_should_fail() || !tsearch(vma, root, compare))
		return -ENOMEM;
	return 0;
}

static int anon_vma_link(struct vm_area_struct *vma, struct anon_vma *anon_vma)
{
	struct anon_vma_chain *chain = slab_alloc(chain_slab);
	int err;

	if (!chain)
		return -ENOMEM;
	pthread_rwlock_wrlock(&anon_vma->rwsem);
	err = tree_insert(&anon_vma->root, vma);
	if (!err)
		anon_vma->num_vmas++;
	pthread_rwlock_unlock(&anon_vma->rwsem);
	if (err) {
		slab_free(chain_slab, chain);
		return err;
	}
	chain->anon_vma = anon_vma;
	cds_list_add(&chain->same_vma, &vma->anon_vma_chain);
	return 0;
}

/* Readers of the pointer hold no lock that whoever sets it holds. */
static void set_anon_vma(struct vm_area_struct *vma, struct anon_vma *anon_vma)
{
	port_publish(vma->anon_vma, anon_vma);
}

static int anon_vma_new(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma;

	anon_vma = slab_alloc(anon_vma_slab);
	if (!anon_vma)
		return -ENOMEM;
	*anon_vma = (struct anon_vma){.rwsem = PTHREAD_RWLOCK_INITIALIZER};
	if (anon_vma_link(vma, anon_vma)) {
		slab_free(anon_vma_slab, anon_vma);
		return -ENOMEM;
	}
	set_anon_vma(vma, anon_vma);
	return 0;
}

int anon_vma_prepare(struct vm_area_struct *vma)
{
	mmap_assert_write_locked(vma->vm_mm);
	return vma->anon_vma ? 0 : anon_vma_new(vma);
}

/* May @a, and @b right after it, share an anon_vma? Their permissions may become the same yet. */
static bool anon_vma_compatible(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_file == b->vm_file &&
	       !((a->vm_flags ^ b->vm_flags) & ~(VM_READ | VM_WRITE | VM_EXEC)) &&
	       b->vm_pgoff - a->vm_pgoff == (b->vm_start - a->vm_start) >> PAGE_SHIFT;
}

static struct anon_vma *anon_vma_of(const struct vm_area_struct *vma)
{
	const struct cds_list_head *chain = &vma->anon_vma_chain;

	/* One that forks share would tie the neighbour's pages to the parent. */
	return vma->anon_vma && chain->next->next == chain ? vma->anon_vma : NULL;
}

static int anon_vma_prepare_locked(struct vm_area_struct *vma, const struct vm_area_struct *prev,
				   const struct vm_area_struct *next)
{
	struct anon_vma *near = NULL;

	if (vma->anon_vma) /* another fault was quicker */
		return 0;
	if (next && anon_vma_compatible(vma, next))
		near = anon_vma_of(next);
	if (!near && prev && anon_vma_compatible(prev, vma))
		near = anon_vma_of(prev);
	if (!near)
		return anon_vma_new(vma);
	if (anon_vma_link(vma, near))
		return -ENOMEM;
	set_anon_vma(vma, near);
	return 0;
}

int anon_vma_prepare_near(struct vm_area_struct *vma, const struct vm_area_struct *prev,
			  const struct vm_area_struct *next)
{
	struct mm_struct *mm = vma->vm_mm;
	int err;

	mmap_assert_locked(mm);
	if (vma_anon_vma(vma))
		return 0;
	/* Nobody may give one to a neighbour either while this one is looked at. */
	pthread_mutex_lock(&mm->page_table_lock);
	err = anon_vma_prepare_locked(vma, prev, next);
	pthread_mutex_unlock(&mm->page_table_lock);
	return err;
}

int anon_vma_clone(struct vm_area_struct *dst, const struct vm_area_struct *src)
{
	struct anon_vma_chain *chain;

	cds_list_for_each_entry(chain, &src->anon_vma_chain, same_vma)
	{
		int err = anon_vma_link(dst, chain->anon_vma);

		if (err) {
			unlink_anon_vmas(dst);
			return err;
		}
	}
	dst->anon_vma = src->anon_vma;
	return 0;
}

int anon_vma_fork(struct vm_area_struct *vma, const struct vm_area_struct *parent)
{
	int err;

	if (!parent->anon_vma)
		return 0;
	err = anon_vma_clone(vma, parent);
	if (err)
		return err;
	/* In those of the parent for the pages that both have, and in one of its own for new ones. */
	vma->anon_vma = NULL;
	err = anon_vma_prepare(vma);
	if (err)
		unlink_anon_vmas(vma);
	return err;
}

profiled void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *chain, *next;

	mmap_assert_write_locked(vma->vm_mm);
	cds_list_for_each_entry_safe(chain, next, &vma->anon_vma_chain, same_vma)
	{
		struct anon_vma *anon_vma = chain->anon_vma;
		bool empty;

		pthread_rwlock_wrlock(&anon_vma->rwsem);
		tdelete(vma, &anon_vma->root, compare);
		empty = --anon_vma->num_vmas == 0;
		pthread_rwlock_unlock(&anon_vma->rwsem);
		if (empty)
			slab_free(anon_vma_slab, anon_vma);
		cds_list_del(&chain->same_vma);
		slab_free(chain_slab, chain);
	}
	vma->anon_vma = NULL;
}

int vma_link_file(struct vm_area_struct *vma)
{
	struct vm_file *file = vma->vm_file;
	int err;

	if (!file)
		return 0;
	pthread_rwlock_wrlock(&file->i_mmap_rwsem);
	err = tree_insert(&file->i_mmap, vma);
	pthread_rwlock_unlock(&file->i_mmap_rwsem);
	return err;
}

profiled void unlink_file_vma(struct vm_area_struct *vma)
{
	struct vm_file *file = vma->vm_file;
	bool last;

	if (!file)
		return;
	pthread_rwlock_wrlock(&file->i_mmap_rwsem);
	tdelete(vma, &file->i_mmap, compare);
	last = !file->i_mmap;
	pthread_rwlock_unlock(&file->i_mmap_rwsem);
	if (last && file->unnamed) {
		page_cache_drop(vma->vm_mm->pgdat, &file->mapping);
		pthread_rwlock_destroy(&file->i_mmap_rwsem);
		free(file);
	}
}
