// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults, one page at a time. The content of pages does not exist: a page that was swapped
 * out comes back as a new one, and a copy is a new page too. Pages of a file are not looked up: a
 * fault adds a page to the file. No frame stands behind a page that was only read.
 *
 * Faults run beside each other and beside whoever empties page tables. So each reads the entry, makes
 * what it needs without the ptl, takes the ptl again, and puts its page there if the entry is still what
 * it was. If it is not, somebody else has served the fault or undone it: the page goes back, and the access
 * is tried again.
 */
#include <errno.h>

#include "huge_memory.h"
#include "lru.h"
#include "mman.h"
#include "memcontrol.h"
#include "memory.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "populate.h"
#include "rmap.h"
#include "vma_internal.h"
#include "vma_lock.h"
#include "vma_rmap.h"

bool use_zero_page = true;

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned int flags;
	struct ptdesc *table;
	pte_t orig_pte;
	bool anon, shared; /* orig_pte maps an anonymous page; that others map too */
};

/* The frame of all zeros has no struct page: the first one behind the machine's. */
static pte_t zero_pte(const struct mm_struct *mm)
{
	return pfn_pte(mm->pgdat->node_spanned_pages, _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED);
}

/* The page of an entry; NULL for a swapped one, for the frame of zeros, and for none. */
static struct page *pte_page(const struct mm_struct *mm, pte_t pte)
{
	return pte_present(pte) && pte_pfn(pte) < mm->pgdat->node_spanned_pages
		       ? pfn_to_page(mm->pgdat, pte_pfn(pte))
		       : NULL;
}

static bool page_is_shared(const struct page *page)
{
	return __atomic_load_n(&page->_mapcount, __ATOMIC_RELAXED) > 0;
}

static pte_t *lock_pte(const struct vm_fault *vmf)
{
	stat_lock_ptl(&vmf->table->ptl, vmf->address);
	return vmf->table->ptes + table_index(vmf->address, PAGE_SHIFT);
}

static void unlock_pte(const struct vm_fault *vmf)
{
	stat_unlock(&vmf->table->ptl);
}

/* What the entry is now. Its page may go as soon as the ptl is released. */
static void read_entry(struct vm_fault *vmf)
{
	struct page *page;

	vmf->orig_pte = *lock_pte(vmf);
	page = pte_page(vmf->vma->vm_mm, vmf->orig_pte);
	vmf->anon = page && folio_test(page_folio(page), PG_anon);
	vmf->shared = page && page_is_shared(page);
	unlock_pte(vmf);
}

/* Memory that a reaper may have taken must not come back as zeros: the process would see them. */
static bool check_stable_address_space(const struct mm_struct *mm)
{
	return !mm_test_flag(mm, MMF_UNSTABLE);
}

/* Only for a VMA that has pages or will have them: the neighbours are those of the whole tree. */
static int __vmf_anon_prepare(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	return anon_vma_prepare_near(vma, vma_before(mm, vma->vm_start), find_vma(mm, vma->vm_end));
}

static int vmf_anon_prepare(const struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	int err;

	if (vma_anon_vma(vma))
		return 0;
	if (!(vmf->flags & FAULT_FLAG_VMA_LOCK))
		return __vmf_anon_prepare(vma);
	/* To wait here could mean to wait for a writer that waits for this VMA. */
	if (!mmap_read_trylock(vma->vm_mm))
		return -EAGAIN;
	err = __vmf_anon_prepare(vma);
	mmap_read_unlock(vma->vm_mm);
	return err;
}

static struct page *alloc_fault_page(struct pglist_data *pgdat)
{
	struct page *page;

	if (!alloc_page_array(pgdat, 1, &page))
		return NULL;
	mem_cgroup_charge(pgdat->memcg, page_folio(page));
	return page;
}

static void drop_page(struct pglist_data *pgdat, struct page *page)
{
	struct folio_batch batch = {.nr = 0};

	folio_batch_add(&batch, page_folio(page));
	folios_put_refs(pgdat, &batch);
}

/*
 * The entry gets another page, the ptl held: what it had is unmapped. Return the page whose reference
 * the caller drops once the ptl is released and the TLBs are flushed.
 */
static struct page *clear_entry(const struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	struct page *page = pte_page(mm, vmf->orig_pte);

	if (page) {
		folio_remove_rmap_ptes(mm->pgdat, page_folio(page));
		add_mm_counter(mm, vmf->anon ? MM_ANONPAGES : vma_file_counter(vmf->vma), -1);
	} else if (!pte_none(vmf->orig_pte) && !pte_present(vmf->orig_pte)) {
		add_mm_counter(mm, MM_SWAPENTS, -1);
		free_swap_and_cache_nr(mm->pgdat, pte_to_swp_entry(vmf->orig_pte), 1);
	}
	return page;
}

/* Put a new anonymous page where there is none, or instead of what is there. */
static int do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct pglist_data *pgdat = mm->pgdat;
	unsigned long pte_flags = ANON_PTE_FLAGS;
	struct page *page, *old = NULL;
	int err = vmf_anon_prepare(vmf);
	bool same;
	pte_t *pte;

	if (err)
		return err;
	page = alloc_fault_page(pgdat);
	if (!page)
		return -ENOMEM;
	if (!(vmf->flags & FAULT_FLAG_WRITE || vma->vm_flags & VM_WRITE))
		pte_flags &= ~(_PAGE_RW | _PAGE_DIRTY);
	pte = lock_pte(vmf);
	same = pte->pte == vmf->orig_pte.pte;
	if (same && pte_none(vmf->orig_pte) && !check_stable_address_space(mm))
		err = -EFAULT;
	if (same && !err) {
		folio_add_new_anon_rmap(pgdat, page_folio(page));
		folio_add_lru(pgdat, page_folio(page));
		add_mm_counter(mm, MM_ANONPAGES, 1);
		old = clear_entry(vmf);
		pte->pte = pfn_pte(page_to_pfn(pgdat, page), pte_flags).pte;
		page = NULL;
	}
	unlock_pte(vmf);
	if (page)
		drop_page(pgdat, page);
	if (!page && pte_present(vmf->orig_pte))
		flush_tlb_mm_range(mm, vmf->address, vmf->address + PAGE_SIZE, PAGE_SHIFT, false);
	if (old)
		drop_page(pgdat, old);
	return err;
}

/* A first read of private memory. Where kernels have no page of zeros it gets a page. */
static int do_zero_page(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	int err = use_zero_page ? 0 : vmf_anon_prepare(vmf);
	pte_t *pte;

	if (err)
		return err;
	pte = lock_pte(vmf);
	if (pte_none(*pte)) {
		if (check_stable_address_space(mm))
			*pte = zero_pte(mm);
		else
			err = -EFAULT;
	}
	unlock_pte(vmf);
	return err;
}

/* A page of the file where there is none. */
static int map_file_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct page *page = alloc_fault_page(mm->pgdat);
	unsigned long pte_flags = _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED;
	pte_t *pte;
	int err = 0;

	if (!page)
		return -ENOMEM;
	if (vmf->flags & FAULT_FLAG_WRITE)
		pte_flags |= _PAGE_RW | _PAGE_DIRTY;
	pte = lock_pte(vmf);
	if (!(vma->vm_flags & VM_SHARED) && !check_stable_address_space(mm))
		err = -EFAULT;
	if (pte_none(*pte) && !err) {
		page_cache_add(&vma->vm_file->mapping, page);
		folio_add_file_rmap_pte(mm->pgdat, page_folio(page));
		folio_add_lru(mm->pgdat, page_folio(page));
		add_mm_counter(mm, vma_file_counter(vma), 1);
		pte->pte = pfn_pte(page_to_pfn(mm->pgdat, page), pte_flags).pte;
		page = NULL;
	}
	unlock_pte(vmf);
	if (page)
		drop_page(mm->pgdat, page);
	return err;
}

/* The page that is there may be written from now on. */
static int make_writable(struct vm_fault *vmf)
{
	pte_t *pte = lock_pte(vmf);

	if (pte->pte == vmf->orig_pte.pte)
		pte->pte |= _PAGE_RW | _PAGE_DIRTY;
	unlock_pte(vmf);
	return 0;
}

static int do_file_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	bool copy = write && !(vma->vm_flags & VM_SHARED);
	/* A copy is prepared before anyone asks the file. */
	int err = copy ? vmf_anon_prepare(vmf) : 0;

	if (err)
		return err;
	if (vma_pgoff_at(vma, vmf->address) >= PAGE_ALIGN(vma->vm_file->size) >> PAGE_SHIFT)
		return -EFAULT;
	if (copy)
		return do_anonymous_page(vmf);
	if (pte_none(vmf->orig_pte))
		return map_file_page(vmf);
	return write ? make_writable(vmf) : 0;
}

static int handle_pte_fault(struct vm_fault *vmf)
{
	const bool write = vmf->flags & FAULT_FLAG_WRITE;
	const pte_t old = vmf->orig_pte;

	if (!pte_none(old) && !pte_present(old))
		return do_anonymous_page(vmf); /* swapped out */
	if (pte_present(old)) {
		if (!write || old.pte & _PAGE_RW)
			return 0;
		if (vmf->anon) /* shared since a fork: copied */
			return vmf->shared ? do_anonymous_page(vmf) : make_writable(vmf);
	}
	if (vmf->vma->vm_file)
		return do_file_page(vmf);
	return write ? do_anonymous_page(vmf) : do_zero_page(vmf);
}

int handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)
{
	struct vm_fault vmf = {.vma = vma, .address = address & PAGE_MASK, .flags = flags};
	struct mm_struct *mm = vma->vm_mm;
	struct ptdesc *pmd_table;
	pmd_t *pmd;

	vma_assert_locked(vma);
	pmd = make_pmd(mm, vmf.address, &pmd_table);
	if (!pmd)
		return -ENOMEM;
	if (pmd_trans_huge(pmdp_get(pmd)))
		return 0;
	vmf.table = make_pte_table(mm, vmf.address);
	if (!vmf.table)
		return -ENOMEM;
	read_entry(&vmf);
	return handle_pte_fault(&vmf);
}

static bool access_error(const struct vm_area_struct *vma, bool write)
{
	return !(vma->vm_flags & (write ? VM_WRITE : VM_ACCESS_FLAGS));
}

/* With mmap_lock: what every fault did before VMAs had locks. */
static int fault_with_mmap_lock(struct mm_struct *mm, unsigned long address, unsigned int flags)
{
	struct vm_area_struct *vma;
	int err = -ENOENT;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma)
		err = access_error(vma, flags & FAULT_FLAG_WRITE)
			      ? -EACCES
			      : handle_mm_fault(vma, address, flags);
	mmap_read_unlock(mm);
	return err;
}

int do_user_addr_fault(struct mm_struct *mm, unsigned long address, bool write)
{
	const unsigned int flags = write ? FAULT_FLAG_WRITE : 0;
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
	int err;

	if (!vma)
		return fault_with_mmap_lock(mm, address, flags);
	err = access_error(vma, write) ? -EACCES
				       : handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK);
	vma_end_read(vma);
	if (err != -EAGAIN) {
		count_vm_vma_lock_event(VMA_LOCK_SUCCESS);
		return err;
	}
	count_vm_vma_lock_event(VMA_LOCK_RETRY);
	return fault_with_mmap_lock(mm, address, flags);
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
