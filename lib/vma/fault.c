// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults, one page at a time. The content of pages does not exist: a page that was swapped
 * out comes back as a new one, and a copy is a new page too. Pages of a file are not looked up: a
 * fault adds a page to the file. No frame stands behind a page that was only read.
 */
#include <errno.h>

#include "huge_memory.h"
#include "lru.h"
#include "mman.h"
#include "mmap_lock.h"
#include "memory.h"
#include "populate.h"
#include "rmap.h"
#include "vma_internal.h"
#include "vma_rmap.h"

/* The frame of all zeros has no struct page: the first one behind the machine's. */
static pte_t zero_pte(const struct mm_struct *mm)
{
	return pfn_pte(mm->pgdat->node_spanned_pages, _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED);
}

static pte_t pte_at(struct mm_struct *mm, unsigned long addr)
{
	struct stat_lock *ptl;
	pmd_t *pmd = find_pmd(mm, addr, NULL);
	pte_t *pte, value = {0};

	if (!pmd)
		return value;
	if (pmd_trans_huge(pmdp_get(pmd)))
		return pfn_pte(pmd_pfn(pmdp_get(pmd)) + table_index(addr, PAGE_SHIFT),
			       ANON_PTE_FLAGS);
	pte = __pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (pte) {
		value = *pte;
		pte_unmap_unlock(pte, ptl);
	}
	return value;
}

/* Only an anonymous page of one's own may be written where nothing is shared. */
static bool pte_is_anon_page(const struct mm_struct *mm, pte_t pte)
{
	return pte_present(pte) && pte_pfn(pte) < mm->pgdat->node_spanned_pages &&
	       folio_test(page_folio(pfn_to_page(mm->pgdat, pte_pfn(pte))), PG_anon);
}

static bool page_is_shared(const struct mm_struct *mm, pte_t pte)
{
	const struct page *page = pfn_to_page(mm->pgdat, pte_pfn(pte));

	return __atomic_load_n(&page->_mapcount, __ATOMIC_RELAXED) > 0;
}

static int set_pte_at(struct mm_struct *mm, unsigned long addr, pte_t value)
{
	struct ptdesc *table = make_pte_table(mm, addr);

	if (!table)
		return -ENOMEM;
	stat_lock(&table->ptl);
	table->ptes[table_index(addr, PAGE_SHIFT)] = value;
	stat_unlock(&table->ptl);
	return 0;
}

static int prepare_anon_vma(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	return anon_vma_prepare_near(vma, vma_before(mm, vma->vm_start), find_vma(mm, vma->vm_end));
}

bool use_zero_page = true;

/* A first read of private memory. */
static int do_zero_page(struct vm_area_struct *vma, unsigned long addr)
{
	int err = use_zero_page ? 0 : prepare_anon_vma(vma);

	return err ? err : set_pte_at(vma->vm_mm, addr, zero_pte(vma->vm_mm));
}

/* Keep what an entry has while the entry is emptied; put it back, or give it up. */
static void hold_entry(struct mm_struct *mm, pte_t old)
{
	if (pte_is_anon_page(mm, old))
		folio_get(page_folio(pfn_to_page(mm->pgdat, pte_pfn(old))));
	else if (!pte_present(old) && !pte_none(old))
		PORT_BUG_ON(swap_duplicate(mm->pgdat, pte_to_swp_entry(old)));
}

static void release_entry(struct mm_struct *mm, pte_t old)
{
	struct folio_batch batch = {.nr = 0};

	if (pte_is_anon_page(mm, old)) {
		folio_batch_add(&batch, page_folio(pfn_to_page(mm->pgdat, pte_pfn(old))));
		folios_put_refs(mm->pgdat, &batch);
	} else if (!pte_present(old) && !pte_none(old)) {
		free_swap_and_cache_nr(mm->pgdat, pte_to_swp_entry(old), 1);
	}
}

static void restore_entry(struct mm_struct *mm, unsigned long addr, pte_t old)
{
	if (pte_is_anon_page(mm, old)) {
		folio_dup_anon_rmap_pte(page_folio(pfn_to_page(mm->pgdat, pte_pfn(old))));
		add_mm_counter(mm, MM_ANONPAGES, 1);
	} else if (!pte_present(old) && !pte_none(old)) {
		add_mm_counter(mm, MM_SWAPENTS, 1);
	} else {
		return; /* a page of a file, or of zeros, comes back with the next fault */
	}
	PORT_BUG_ON(set_pte_at(mm, addr, old)); /* its table is there */
}

/* Put an anonymous page where there is none, or instead of what is there. */
static int do_anonymous_page(struct vm_area_struct *vma, unsigned long addr, pte_t old)
{
	int err = prepare_anon_vma(vma);

	if (err)
		return err;
	if (!pte_none(old)) {
		hold_entry(vma->vm_mm, old);
		zap_page_range_single(vma, addr, PAGE_SIZE);
	}
	err = populate_range(vma, addr, addr + PAGE_SIZE, POPULATE_ANON);
	if (err)
		restore_entry(vma->vm_mm, addr, old);
	else
		release_entry(vma->vm_mm, old);
	return err;
}

static int do_file_page(struct vm_area_struct *vma, unsigned long addr, pte_t old, bool write)
{
	bool copy = write && !(vma->vm_flags & VM_SHARED);
	/* A copy is prepared before anyone asks the file. */
	int err = copy ? prepare_anon_vma(vma) : 0;

	if (err)
		return err;
	if (vma_pgoff_at(vma, addr) >= PAGE_ALIGN(vma->vm_file->size) >> PAGE_SHIFT)
		return -EFAULT;
	if (copy)
		return do_anonymous_page(vma, addr, old);
	if (pte_none(old)) {
		err = populate_range(vma, addr, addr + PAGE_SIZE, POPULATE_FILE);
		if (err)
			return err;
		old = pte_at(vma->vm_mm, addr);
	}
	if (write)
		old.pte |= _PAGE_RW | _PAGE_DIRTY;
	return set_pte_at(vma->vm_mm, addr, old);
}

int handle_mm_fault(struct vm_area_struct *vma, unsigned long addr, bool write)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t old;

	mmap_assert_write_locked(mm);
	addr &= PAGE_MASK;
	old = pte_at(mm, addr);
	if (!pte_none(old) && !pte_present(old))
		return do_anonymous_page(vma, addr, old); /* swapped out */
	if (pte_present(old)) {
		if (!write || old.pte & _PAGE_RW)
			return 0;
		if (pte_is_anon_page(mm, old) && !page_is_shared(mm, old)) {
			old.pte |= _PAGE_RW | _PAGE_DIRTY;
			return set_pte_at(mm, addr, old);
		}
	}
	if (pte_is_anon_page(mm, old))
		return do_anonymous_page(vma, addr, old); /* shared since a fork: copied */
	if (vma->vm_file)
		return do_file_page(vma, addr, old, write);
	if (write)
		return do_anonymous_page(vma, addr, old);
	return pte_none(old) ? do_zero_page(vma, addr) : 0;
}

static int populate_vma_page_range(struct vm_area_struct *vma, unsigned long start,
				   unsigned long end)
{
	/* What may be written is, unless that would make a shared page dirty for nothing. */
	bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	int err = 0;

	if (!(vma->vm_flags & VM_ACCESS_FLAGS))
		return -EFAULT;
	for (; start < end && !err; start += PAGE_SIZE)
		err = handle_mm_fault(vma, start, write);
	return err;
}

int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len, bool ignore_errors)
{
	unsigned long end = start + len;

	while (start < end) {
		struct vm_area_struct *vma = find_vma(mm, start);
		unsigned long until;
		int err = 0;

		if (!vma || vma->vm_start >= end)
			return 0;
		if (start < vma->vm_start)
			start = vma->vm_start;
		until = vma->vm_end < end ? vma->vm_end : end;
		/* A lock on fault asks for nothing now. */
		if (!(vma->vm_flags & (VM_IO | VM_PFNMAP | VM_LOCKONFAULT)))
			err = populate_vma_page_range(vma, start, until);
		if (err && !ignore_errors)
			return err;
		start = until;
	}
	return 0;
}
