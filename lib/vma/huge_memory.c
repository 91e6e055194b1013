// SPDX-License-Identifier: GPL-2.0-only
#include "huge_memory.h"

#include "lru.h"
#include "measure/hooks.h"
#include "memcontrol.h"
#include "mmap_lock.h"
#include "rmap.h"

void pgtable_trans_huge_deposit(struct ptdesc *pmd_table, struct ptdesc *pgtable)
{
	pgtable->next = pmd_table->deposit;
	pmd_table->deposit = pgtable;
}

struct ptdesc *pgtable_trans_huge_withdraw(struct ptdesc *pmd_table)
{
	struct ptdesc *ptdesc = pmd_table->deposit;

	PORT_ASSERT(ptdesc);
	pmd_table->deposit = ptdesc->next;
	ptdesc->next = NULL;
	return ptdesc;
}

profiled void zap_huge_pmd(struct mmu_gather *tlb, struct ptdesc *pmd_table, pmd_t *pmd,
			   unsigned long addr)
{
	struct mm_struct *mm = tlb->mm;
	struct ptdesc *deposit;
	struct page *page;
	pmd_t val;

	stat_lock_ptl(&pmd_table->ptl, addr);
	val = pmdp_get(pmd);
	if (!pmd_trans_huge(val)) { /* the other task was here first */
		stat_unlock(&pmd_table->ptl);
		return;
	}
	set_pmd(pmd, (pmd_t){0});
	__tlb_adjust_range(tlb, addr, PMD_SIZE);
	page = pfn_to_page(mm->pgdat, pmd_pfn(val));
	folio_remove_rmap_pmd(mm->pgdat, page_folio(page));
	add_mm_counter(mm, MM_ANONPAGES, -(long)HPAGE_PMD_NR);
	deposit = pgtable_trans_huge_withdraw(pmd_table);
	stat_unlock(&pmd_table->ptl);

	ptdesc_free(mm, deposit);
	measure_count(unmapped, HPAGE_PMD_NR);
	if (__tlb_remove_folio_pages(tlb, page))
		tlb_flush_mmu(tlb);
}

static void split_folio(struct pglist_data *pgdat, struct folio *folio)
{
	struct page *page = &folio->page;

	PORT_ASSERT(folio_test(folio, PG_lru) && page->_refcount == 1);
	lru_remove_folio(pgdat, folio);
	folio_clear_flag(folio, PG_head);
	page->order = 0;
	for (unsigned long i = 1; i < HPAGE_PMD_NR; i++) {
		page[i]._refcount = 1;
		page[i]._mapcount = 0;
		page[i].order = 0;
		page[i].mapping = NULL;
		__atomic_store_n(&page[i].flags, page->flags, __ATOMIC_RELAXED);
	}
	mem_cgroup_split(folio, HPAGE_PMD_NR);
	for (unsigned long i = 0; i < HPAGE_PMD_NR; i++)
		folio_add_lru(pgdat, page_folio(page + i));
	lru_add_drain(pgdat);
}

void split_huge_entry(struct vm_area_struct *vma, struct ptdesc *pmd_table, pmd_t *pmd,
		      unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long pfn = pmd_pfn(pmdp_get(pmd));
	struct ptdesc *ptdesc;

	mmap_assert_write_locked(mm);
	split_folio(mm->pgdat, page_folio(pfn_to_page(mm->pgdat, pfn)));
	stat_lock(&pmd_table->ptl);
	ptdesc = pgtable_trans_huge_withdraw(pmd_table);
	/* The table was kept for any huge entry. From now on it maps this address. */
	ptdesc->address = addr;
	for (unsigned long i = 0; i < PTRS_PER_TABLE; i++)
		ptdesc->ptes[i] = pfn_pte(pfn + i, ANON_PTE_FLAGS);
	set_pmd(pmd, (pmd_t){(unsigned long)ptdesc | TABLE_FLAGS});
	__atomic_fetch_add(&mm->nr_tables, 1, __ATOMIC_RELAXED);
	stat_unlock(&pmd_table->ptl);
}
