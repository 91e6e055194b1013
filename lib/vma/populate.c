// SPDX-License-Identifier: GPL-2.0-only
#include "populate.h"

#include <errno.h>

#include "huge_memory.h"
#include "lru.h"
#include "memcontrol.h"
#include "memory.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "rmap.h"
#include "vma_lock.h"
#include "vma_rmap.h"

#define FILE_PTE_FLAGS (_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)

void page_cache_add(struct address_space *mapping, struct page *page)
{
	struct page *first = port_read_once(mapping->pages);

	/* One reference is the page cache's, one the PTE's. */
	folio_get(page_folio(page));
	folio_set_flag(page_folio(page), PG_uptodate);
	page->mapping = mapping;
	do {
		page->private = (unsigned long)first;
	} while (!__atomic_compare_exchange_n(&mapping->pages, &first, page, true, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	__atomic_fetch_add(&mapping->nrpages, 1, __ATOMIC_RELAXED);
}

/* One function for each kind of page. Each fills @nr PTEs of one table, or none. */
static int populate_anon_table(struct vm_area_struct *vma, pte_t *pte, unsigned long nr)
{
	struct pglist_data *pgdat = vma->vm_mm->pgdat;
	struct page *pages[PTRS_PER_TABLE];

	if (!alloc_page_array(pgdat, nr, pages))
		return -ENOMEM;
	for (unsigned long i = 0; i < nr; i++) {
		mem_cgroup_charge(pgdat->memcg, page_folio(pages[i]));
		folio_add_new_anon_rmap(pgdat, page_folio(pages[i]));
		folio_add_lru(pgdat, page_folio(pages[i]));
		pte[i] = pfn_pte(page_to_pfn(pgdat, pages[i]), ANON_PTE_FLAGS);
	}
	add_mm_counter(vma->vm_mm, MM_ANONPAGES, (long)nr);
	return 0;
}

static int populate_file_table(struct vm_area_struct *vma, pte_t *pte, unsigned long nr)
{
	struct address_space *mapping = &vma->vm_file->mapping;
	struct pglist_data *pgdat = vma->vm_mm->pgdat;
	struct page *pages[PTRS_PER_TABLE];

	if (!alloc_page_array(pgdat, nr, pages))
		return -ENOMEM;
	for (unsigned long i = 0; i < nr; i++) {
		struct folio *folio = page_folio(pages[i]);

		mem_cgroup_charge(pgdat->memcg, folio);
		page_cache_add(mapping, pages[i]);
		folio_add_file_rmap_pte(pgdat, folio);
		folio_add_lru(pgdat, folio);
		pte[i] = pfn_pte(page_to_pfn(pgdat, pages[i]), FILE_PTE_FLAGS);
	}
	add_mm_counter(vma->vm_mm, vma_file_counter(vma), (long)nr);
	return 0;
}

static int populate_swap_table(struct vm_area_struct *vma, pte_t *pte, unsigned long nr)
{
	struct pglist_data *pgdat = vma->vm_mm->pgdat;
	swp_entry_t entry;

	for (unsigned long i = 0; i < nr; i++) {
		int err = swap_out_page(pgdat, &entry);

		if (err) {
			while (i-- > 0) {
				free_swap_and_cache_nr(pgdat, pte_to_swp_entry(pte[i]), 1);
				pte[i].pte = 0;
			}
			return err;
		}
		pte[i] = swp_entry_to_pte(entry);
	}
	add_mm_counter(vma->vm_mm, MM_SWAPENTS, (long)nr);
	return 0;
}

static int populate_small(struct vm_area_struct *vma, unsigned long addr, unsigned long end,
			  enum populate_kind kind)
{
	unsigned long nr = (end - addr) >> PAGE_SHIFT;
	struct ptdesc *pmd_table, *ptdesc;
	pmd_t *pmd = find_pmd(vma->vm_mm, addr, &pmd_table);
	pte_t *pte;
	int err;

	if (pmd && pmd_trans_huge(pmdp_get(pmd)))
		return -EINVAL;
	ptdesc = make_pte_table(vma->vm_mm, addr);
	if (!ptdesc)
		return -ENOMEM;
	stat_lock(&ptdesc->ptl);
	pte = ptdesc->ptes + table_index(addr, PAGE_SHIFT);
	if (kind == POPULATE_ANON)
		err = populate_anon_table(vma, pte, nr);
	else if (kind == POPULATE_FILE)
		err = populate_file_table(vma, pte, nr);
	else
		err = populate_swap_table(vma, pte, nr);
	stat_unlock(&ptdesc->ptl);
	return err;
}

static int populate_huge(struct vm_area_struct *vma, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	struct ptdesc *pmd_table, *deposit;
	pmd_t *pmd = make_pmd(mm, addr, &pmd_table);
	struct page *page;

	if (!pmd)
		return -ENOMEM;
	if (!pmd_none(pmdp_get(pmd)))
		return -EINVAL;
	deposit = ptdesc_alloc(mm, addr, true);
	if (!deposit)
		return -ENOMEM;
	page = alloc_pages(mm->pgdat, HPAGE_PMD_ORDER);
	if (!page) {
		ptdesc_free(mm, deposit);
		return -ENOMEM;
	}
	mem_cgroup_charge(mm->pgdat->memcg, page_folio(page));
	folio_add_new_anon_rmap(mm->pgdat, page_folio(page));
	folio_add_lru(mm->pgdat, page_folio(page));
	stat_lock(&pmd_table->ptl);
	pgtable_trans_huge_deposit(pmd_table, deposit);
	set_pmd(pmd,
		(pmd_t){page_to_pfn(mm->pgdat, page) << PAGE_SHIFT | ANON_PTE_FLAGS | _PMD_HUGE});
	stat_unlock(&pmd_table->ptl);
	add_mm_counter(mm, MM_ANONPAGES, (long)HPAGE_PMD_NR);
	return 0;
}

int populate_range(struct vm_area_struct *vma, unsigned long addr, unsigned long end,
		   enum populate_kind kind)
{
	unsigned long align = kind == POPULATE_HUGE ? PMD_SIZE : PAGE_SIZE;
	unsigned long start = addr, next;
	int err = 0;

	mmap_assert_write_locked(vma->vm_mm);
	if (addr >= end || addr < vma->vm_start || end > vma->vm_end ||
	    (addr | end) & (align - 1) || (kind == POPULATE_FILE && !vma->vm_file))
		return -EINVAL;
	vma_start_write(vma);
	if (kind != POPULATE_FILE)
		err = anon_vma_prepare(vma);
	if (err)
		return err;
	while (addr != end) {
		next = pmd_addr_end(addr, end);
		if (kind == POPULATE_HUGE)
			err = populate_huge(vma, addr);
		else
			err = populate_small(vma, addr, next, kind);
		if (err)
			break;
		addr = next;
	}
	/*
	 * Batches hold references, which would keep pages of the undone part alive. And a split
	 * needs its huge page on an LRU list, not in the batch of another CPU.
	 */
	if (err || kind == POPULATE_HUGE)
		lru_add_drain(vma->vm_mm->pgdat);
	if (err)
		zap_page_range_single(vma, start, addr - start);
	return err;
}

void page_cache_drop(struct pglist_data *pgdat, struct address_space *mapping)
{
	struct folio_batch batch = {.nr = 0};

	while (mapping->pages) {
		struct page *page = mapping->pages;

		mapping->pages = (struct page *)page->private;
		mapping->nrpages--;
		page->private = 0;
		page->mapping = NULL;
		if (!folio_batch_add(&batch, page_folio(page)))
			folios_put_refs(pgdat, &batch);
	}
	if (batch.nr)
		folios_put_refs(pgdat, &batch);
}

void walk_pages(struct mm_struct *mm, unsigned long addr, unsigned long end,
		void (*fn)(unsigned long addr, pte_t pte, void *arg), void *arg)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		struct ptdesc *pmd_table;
		pmd_t *pmd = find_pmd(mm, addr, &pmd_table);

		if (!pmd) {
			next = pud_addr_end(addr, end);
			continue;
		}
		next = pmd_addr_end(addr, end);
		if (pmd_none(*pmd))
			continue;
		for (; addr < next; addr += PAGE_SIZE) {
			unsigned long index = table_index(addr, PAGE_SHIFT);
			pte_t pte;

			if (pmd_trans_huge(*pmd))
				pte = pfn_pte(pmd_pfn(*pmd) + index, ANON_PTE_FLAGS);
			else
				pte = pmd_pte_table(*pmd)->ptes[index];
			if (!pte_none(pte))
				fn(addr, pte, arg);
		}
	}
}
