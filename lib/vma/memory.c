// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unmapping path. Each function does the work of the kernel's function of that name, under the
 * same lock. None is inlined into the next, so that a profile reads like one of the kernel.
 */
#include "memory.h"

#include "huge_memory.h"
#include "lru.h"
#include "measure/hooks.h"
#include "mmap_lock.h"
#include "rmap.h"

static void add_mm_rss_vec(struct mm_struct *mm, const long *rss)
{
	for (int i = 0; i < NR_MM_COUNTERS; i++) {
		if (rss[i])
			add_mm_counter(mm, i, rss[i]);
	}
}

/*
 * Clear a PTE of which the hardware may set the accessed and dirty bits at the same moment, unless no
 * CPU uses the address space any more.
 */
static inline pte_t ptep_get_and_clear_full(pte_t *ptep, bool full)
{
	pte_t pte = *ptep;

	if (full)
		ptep->pte = 0;
	else
		pte.pte = __atomic_exchange_n(&ptep->pte, 0, __ATOMIC_RELAXED);
	return pte;
}

/* The page of a PTE; NULL for a frame that has none. */
static profiled struct page *vm_normal_page(struct vm_area_struct *vma, pte_t pte)
{
	struct pglist_data *pgdat = vma->vm_mm->pgdat;
	unsigned long pfn = pte_pfn(pte);

	profiled_leaf();
	if (port_unlikely(pfn >= pgdat->node_spanned_pages))
		return NULL;
	return pfn_to_page(pgdat, pfn);
}

/* One present PTE: true if the gather is full now. */
static inline bool zap_present_pte(struct mmu_gather *tlb, struct vm_area_struct *vma, pte_t *pte,
				   unsigned long addr, long *rss)
{
	struct pglist_data *pgdat = tlb->mm->pgdat;
	struct page *page = vm_normal_page(vma, *pte);
	bool young = pte_young(ptep_get_and_clear_full(pte, tlb->fullmm));
	struct folio *folio;

	__tlb_adjust_range(tlb, addr, PAGE_SIZE);
	if (port_unlikely(!page))
		return false;
	folio = page_folio(page);
	if (folio_test(folio, PG_anon)) {
		rss[MM_ANONPAGES]--;
	} else {
		/* The PTE recorded a use, which would be lost with it. */
		if (young)
			folio_mark_accessed(pgdat, folio);
		rss[vma_file_counter(vma)]--;
	}
	folio_remove_rmap_ptes(pgdat, folio);
	measure_count(unmapped, 1);
	return __tlb_remove_folio_pages(tlb, page);
}

/* How many PTEs from here on hold consecutive swap slots? */
static int swap_pte_batch(const pte_t *pte, unsigned long max_nr)
{
	swp_entry_t first = pte_to_swp_entry(*pte);
	unsigned long nr = 1;

	while (nr < max_nr && pte[nr].pte == swp_entry_to_pte((swp_entry_t){first.val + nr}).pte)
		nr++;
	return (int)nr;
}

static inline int zap_nonpresent_ptes(struct mmu_gather *tlb, pte_t *pte, unsigned long max_nr,
				      long *rss)
{
	swp_entry_t entry = pte_to_swp_entry(*pte);
	int nr = swap_pte_batch(pte, max_nr);

	for (int i = 0; i < nr; i++)
		pte[i].pte = 0;
	rss[MM_SWAPENTS] -= nr;
	measure_count(unmapped, (unsigned long)nr);
	free_swap_and_cache_nr(tlb->mm->pgdat, entry, nr);
	return nr;
}

/*
 * Empty the part [addr, end) of one PTE table. When the gather is full, flush the TLBs under the
 * ptl, drop the ptl, free the pages, and take the ptl again.
 */
static profiled void zap_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma, pmd_t *pmd,
				   unsigned long addr, unsigned long end)
{
	bool full;

	do {
		long rss[NR_MM_COUNTERS] = {0};
		struct stat_lock *ptl;
		pte_t *pte = __pte_offset_map_lock(tlb->mm, pmd, addr, &ptl);

		if (!pte)
			return;
		full = false;
		while (addr != end && !full) {
			int nr = 1;

			if (pte_present(*pte))
				full = zap_present_pte(tlb, vma, pte, addr, rss);
			else if (!pte_none(*pte))
				nr = zap_nonpresent_ptes(tlb, pte, (end - addr) >> PAGE_SHIFT, rss);
			pte += nr;
			addr += (unsigned long)nr << PAGE_SHIFT;
		}
		add_mm_rss_vec(tlb->mm, rss);
		if (full)
			tlb_flush_mmu_tlbonly(tlb);
		pte_unmap_unlock(pte, ptl);
		if (full)
			tlb_flush_mmu(tlb);
	} while (addr != end);
}

static void zap_pmd_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
			  struct ptdesc *pmd_table, unsigned long addr, unsigned long end)
{
	pmd_t *pmd = pmd_table->pmds + table_index(addr, PMD_SHIFT);
	unsigned long next;

	for (; addr != end; pmd++, addr = next) {
		next = pmd_addr_end(addr, end);
		if (pmd_trans_huge(pmdp_get(pmd))) {
			if (next - addr == PMD_SIZE) {
				zap_huge_pmd(tlb, pmd_table, pmd, addr);
				continue;
			}
			split_huge_entry(vma, pmd_table, pmd, addr & PMD_MASK);
		}
		if (!pmd_none(pmdp_get(pmd)))
			zap_pte_range(tlb, vma, pmd, addr, next);
	}
}

static void zap_pud_range(struct mmu_gather *tlb, struct vm_area_struct *vma, pud_t *pud,
			  unsigned long addr, unsigned long end)
{
	unsigned long next;

	for (; addr != end; pud++, addr = next) {
		pud_t val = pudp_get(pud);

		next = pud_addr_end(addr, end);
		if (val.pud)
			zap_pmd_range(tlb, vma, pud_pmd_table(val), addr, next);
	}
}

profiled void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
			       unsigned long addr, unsigned long end)
{
	pgd_t *pgd = tlb->mm->pgd + table_index(addr, PGDIR_SHIFT);
	const struct measure_unmap unmap = measure_unmap_begin();
	unsigned long next;

	PORT_ASSERT(addr < end);
	mmap_assert_locked(tlb->mm);
	for (; addr != end; pgd++, addr = next) {
		pgd_t val = pgdp_get(pgd);

		next = pgd_addr_end(addr, end);
		if (val.pgd)
			zap_pud_range(tlb, vma, pgd_puds(val) + table_index(addr, PUD_SHIFT), addr,
				      next);
	}
	measure_unmap_end(&unmap);
}

void zap_page_range_single(struct vm_area_struct *vma, unsigned long addr, unsigned long size)
{
	struct mmu_gather tlb;

	if (!size)
		return;
	tlb_gather_mmu(&tlb, vma->vm_mm);
	unmap_page_range(&tlb, vma, addr, addr + size);
	tlb_finish_mmu(&tlb);
}
