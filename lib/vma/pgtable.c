// SPDX-License-Identifier: GPL-2.0-only
#include "pgtable.h"

#include <errno.h>
#include <string.h>

#include "mmap_lock.h"
#include "mmu_gather.h"

static void *table_alloc(struct mm_struct *mm)
{
	void *table = slab_alloc(mm->table_slab);

	if (table)
		memset(table, 0, PAGE_SIZE);
	return table;
}

int mm_alloc_pgd(struct mm_struct *mm)
{
	mm->pgd = table_alloc(mm);
	return mm->pgd ? 0 : -ENOMEM;
}

void mm_free_pgd(struct mm_struct *mm)
{
	slab_free(mm->table_slab, mm->pgd);
	mm->pgd = NULL;
}

struct ptdesc *ptdesc_alloc(struct mm_struct *mm, unsigned long addr, bool pte_level)
{
	struct ptdesc *ptdesc = slab_alloc(mm->ptdesc_slab);

	if (!ptdesc)
		return NULL;
	ptdesc->table = table_alloc(mm);
	if (!ptdesc->table) {
		slab_free(mm->ptdesc_slab, ptdesc);
		return NULL;
	}
	stat_lock_init(&ptdesc->ptl, LOCK_PTL);
	ptdesc->next = NULL;
	ptdesc->deposit = NULL;
	ptdesc->address = addr & (pte_level ? PMD_MASK : PUD_MASK);
	ptdesc->pte_level = pte_level;
	return ptdesc;
}

void ptdesc_free(struct mm_struct *mm, struct ptdesc *ptdesc)
{
	slab_free(mm->table_slab, ptdesc->table);
	slab_free(mm->ptdesc_slab, ptdesc);
}

/* Set an entry that is empty. False: somebody else was here first, and *@entry says with what. */
static bool set_upper_entry(unsigned long *entry, unsigned long *value)
{
	unsigned long none = 0;

	if (__atomic_compare_exchange_n(entry, &none, *value, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return true;
	*value = none;
	return false;
}

/* The PUD entries of an address. */
static pud_t *pud_alloc(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = mm->pgd + table_index(addr, PGDIR_SHIFT), val = pgdp_get(pgd);
	void *puds;

	if (!val.pgd) {
		puds = table_alloc(mm);
		if (!puds)
			return NULL;
		val.pgd = (unsigned long)puds | TABLE_FLAGS;
		if (!set_upper_entry(&pgd->pgd, &val.pgd))
			slab_free(mm->table_slab, puds);
	}
	return pgd_puds(val) + table_index(addr, PUD_SHIFT);
}

static struct ptdesc *pmd_table_alloc(struct mm_struct *mm, unsigned long addr)
{
	pud_t *pud = pud_alloc(mm, addr), val;
	struct ptdesc *ptdesc;

	if (!pud)
		return NULL;
	val = pudp_get(pud);
	if (!val.pud) {
		ptdesc = ptdesc_alloc(mm, addr, false);
		if (!ptdesc)
			return NULL;
		val.pud = (unsigned long)ptdesc | TABLE_FLAGS;
		if (!set_upper_entry(&pud->pud, &val.pud))
			ptdesc_free(mm, ptdesc);
	}
	return pud_pmd_table(val);
}

pmd_t *make_pmd(struct mm_struct *mm, unsigned long addr, struct ptdesc **pmd_table)
{
	*pmd_table = pmd_table_alloc(mm, addr);
	return *pmd_table ? (*pmd_table)->pmds + table_index(addr, PMD_SHIFT) : NULL;
}

/* Make @ptdesc the table of an entry; if that has one by now, that one it is. */
static struct ptdesc *pmd_install(struct mm_struct *mm, struct ptdesc *pmd_table, pmd_t *pmd,
				  struct ptdesc *ptdesc)
{
	pmd_t val;

	stat_lock(&pmd_table->ptl);
	val = pmdp_get(pmd);
	if (pmd_none(val)) {
		set_pmd(pmd, (pmd_t){(unsigned long)ptdesc | TABLE_FLAGS});
		__atomic_fetch_add(&mm->nr_tables, 1, __ATOMIC_RELAXED);
	}
	stat_unlock(&pmd_table->ptl);
	if (pmd_none(val))
		return ptdesc;
	ptdesc_free(mm, ptdesc);
	PORT_ASSERT(!pmd_trans_huge(val));
	return pmd_pte_table(val);
}

struct ptdesc *make_pte_table(struct mm_struct *mm, unsigned long addr)
{
	struct ptdesc *pmd_table, *ptdesc;
	pmd_t *pmd = make_pmd(mm, addr, &pmd_table), val;

	if (!pmd)
		return NULL;
	val = pmdp_get(pmd);
	if (!pmd_none(val)) {
		PORT_ASSERT(!pmd_trans_huge(val));
		return pmd_pte_table(val);
	}
	ptdesc = ptdesc_alloc(mm, addr, true);
	return ptdesc ? pmd_install(mm, pmd_table, pmd, ptdesc) : NULL;
}

pmd_t *find_pmd(struct mm_struct *mm, unsigned long addr, struct ptdesc **pmd_table)
{
	pgd_t pgd = pgdp_get(mm->pgd + table_index(addr, PGDIR_SHIFT));
	pud_t pud;

	if (!pgd.pgd)
		return NULL;
	pud = pudp_get(pgd_puds(pgd) + table_index(addr, PUD_SHIFT));
	if (!pud.pud)
		return NULL;
	if (pmd_table)
		*pmd_table = pud_pmd_table(pud);
	return pud_pmd_table(pud)->pmds + table_index(addr, PMD_SHIFT);
}

profiled pte_t *__pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr,
				      struct stat_lock **ptlp)
{
	pmd_t val = pmdp_get(pmd);
	struct ptdesc *ptdesc;

	if (pmd_none(val) || pmd_trans_huge(val))
		return NULL;
	ptdesc = pmd_pte_table(val);
	*ptlp = &ptdesc->ptl;
	stat_lock_ptl(&ptdesc->ptl, addr);
	return ptdesc->ptes + table_index(addr, PAGE_SHIFT);
}

/* Is the entry that maps [addr, addr + size) wholly inside [floor, ceiling)? */
static bool range_covers(unsigned long addr, unsigned long size, unsigned long floor,
			 unsigned long ceiling)
{
	return addr >= floor && addr + size - 1 <= ceiling - 1;
}

/* A part of the address space whose tables go, and the neighbours that set its bounds. */
struct table_range {
	unsigned long addr, end;
	unsigned long floor, ceiling;
};

static void free_pmd_range(struct mmu_gather *tlb, struct ptdesc *pmd_table,
			   const struct table_range *range, unsigned long addr, unsigned long end)
{
	pmd_t *pmd = pmd_table->pmds + table_index(addr, PMD_SHIFT);
	unsigned long next;

	for (; addr != end; pmd++, addr = next) {
		next = pmd_addr_end(addr, end);
		if (pmd_none(pmdp_get(pmd)) ||
		    !range_covers(addr & PMD_MASK, PMD_SIZE, range->floor, range->ceiling))
			continue;
		tlb_remove_table(tlb, pmd_pte_table(pmdp_get(pmd)));
		set_pmd(pmd, (pmd_t){0});
		__atomic_fetch_sub(&tlb->mm->nr_tables, 1, __ATOMIC_RELAXED);
	}
}

static bool table_is_empty(const void *table)
{
	const unsigned long *entry = table;

	for (unsigned int i = 0; i < PTRS_PER_TABLE; i++) {
		if (entry[i])
			return false;
	}
	return true;
}

static void free_pud_range(struct mmu_gather *tlb, pgd_t *pgd, const struct table_range *range,
			   unsigned long addr, unsigned long end)
{
	pud_t *puds = pgd_puds(pgdp_get(pgd)), *pud = puds + table_index(addr, PUD_SHIFT);
	unsigned long first = addr, next;

	for (; addr != end; pud++, addr = next) {
		next = pud_addr_end(addr, end);
		if (!pudp_get(pud).pud)
			continue;
		free_pmd_range(tlb, pud_pmd_table(pudp_get(pud)), range, addr, next);
		if (range_covers(addr & PUD_MASK, PUD_SIZE, range->floor, range->ceiling)) {
			tlb_remove_table(tlb, pud_pmd_table(pudp_get(pud)));
			__atomic_store_n(&pud->pud, 0, __ATOMIC_RELEASE);
		}
	}
	if (range_covers(first & PGDIR_MASK, PGDIR_SIZE, range->floor, range->ceiling)) {
		PORT_ASSERT(table_is_empty(puds));
		slab_free(tlb->mm->table_slab, puds);
		__atomic_store_n(&pgd->pgd, 0, __ATOMIC_RELEASE);
	}
}

profiled void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
			     unsigned long floor, unsigned long ceiling)
{
	const struct table_range range = {addr, end, floor, ceiling};
	pgd_t *pgd = tlb->mm->pgd + table_index(addr, PGDIR_SHIFT);
	unsigned long next;

	mmap_assert_write_locked(tlb->mm);
	for (; addr != end; pgd++, addr = next) {
		next = pgd_addr_end(addr, end);
		if (pgdp_get(pgd).pgd)
			free_pud_range(tlb, pgd, &range, addr, next);
	}
}

/*
 * Where the search for entries goes on below an empty one: the end of the entry before, which is the
 * start of this one.
 */
unsigned long prev_pmd_end(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	while (end > start) {
		unsigned long addr = end - 1, size = PGDIR_SIZE;
		pgd_t pgd = pgdp_get(mm->pgd + table_index(addr, PGDIR_SHIFT));

		if (pgd.pgd) {
			pud_t pud = pudp_get(pgd_puds(pgd) + table_index(addr, PUD_SHIFT));

			size = PUD_SIZE;
			if (pud.pud) {
				pmd_t *pmd =
					pud_pmd_table(pud)->pmds + table_index(addr, PMD_SHIFT);

				if (!pmd_none(pmdp_get(pmd)))
					return end;
				size = PMD_SIZE;
			}
		}
		end = addr & ~(size - 1);
	}
	return start;
}

static unsigned long table_count_used(const void *table)
{
	const unsigned long *entry = table;
	unsigned long used = 0;

	for (unsigned int i = 0; i < PTRS_PER_TABLE; i++)
		used += entry[i] != 0;
	return used;
}

unsigned long mm_release_tables(struct mm_struct *mm)
{
	unsigned long used = 0;

	while (mm->dead_tables) {
		struct ptdesc *ptdesc = mm->dead_tables;

		mm->dead_tables = ptdesc->next;
		used += table_count_used(ptdesc->table);
		/* Each huge entry takes its deposit with it: one that is left is a lost table. */
		used += ptdesc->deposit != NULL;
		stat_lock_totals(&ptdesc->ptl, mm->lock_totals);
		ptdesc_free(mm, ptdesc);
	}
	return used;
}
