/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Four-level page tables of 512 entries each: pgd, pud, pmd, pte. PTEs use the x86-64 bits.
 * Upper-level entries point to tables by virtual address (the machine's page tables live
 * outside its struct pages).
 *
 * Synchronization
 *   PTE entries		the table's ptl
 *   PMD entries		the PMD table's ptl to change; read without a lock
 *   PUD and PGD entries	set once, by an atomic exchange; read without a lock
 *   freeing a table		mmap_lock held for writing, and no VMA lies where the table maps
 * Tables are made by whoever has a VMA there locked, as mmap_lock or by the VMA's own lock. If two make
 * the same one, the second frees its own.
 */
#ifndef UMAPLE_PGTABLE_H
#define UMAPLE_PGTABLE_H

#include "mm_types.h"
#include "swapfile.h"

#define PTRS_PER_TABLE	      512
#define PUD_SHIFT	      30
#define PUD_SIZE	      (1UL << PUD_SHIFT)
#define PUD_MASK	      (~(PUD_SIZE - 1))
#define PGDIR_SHIFT	      39
#define PGDIR_SIZE	      (1UL << PGDIR_SHIFT)
#define PGDIR_MASK	      (~(PGDIR_SIZE - 1))
#define USER_PGTABLES_CEILING (1UL << 47)

#define _PAGE_PRESENT  0x001UL
#define _PAGE_RW       0x002UL
#define _PAGE_USER     0x004UL
#define _PAGE_ACCESSED 0x020UL
#define _PAGE_DIRTY    0x040UL
#define _PMD_HUGE      0x008UL /* x86's bit 7 would be part of a table's address here */
/* Flags of an entry with a table. The kernel sets A and D too; here D's bit is part of the address. */
#define TABLE_FLAGS  (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)
#define PTE_PFN_MASK 0x000ffffffffff000UL
#define SWP_SHIFT    9 /* a swap entry: not present, its slot above the flag bits, bit 1 set */

/* First address behind @addr at which the next entry of a level begins, at most @end. */
#define level_addr_end(addr, end, size)                                     \
	({                                                                  \
		unsigned long __boundary = ((addr) + (size)) & ~((size)-1); \
		__boundary - 1 < (end)-1 ? __boundary : (end);              \
	})
#define pgd_addr_end(addr, end) level_addr_end(addr, end, PGDIR_SIZE)
#define pud_addr_end(addr, end) level_addr_end(addr, end, PUD_SIZE)
#define pmd_addr_end(addr, end) level_addr_end(addr, end, PMD_SIZE)

#define table_index(addr, shift) (((addr) >> (shift)) & (PTRS_PER_TABLE - 1))

static inline bool pte_none(pte_t pte)
{
	return !pte.pte;
}

static inline bool pte_present(pte_t pte)
{
	return pte.pte & _PAGE_PRESENT;
}

static inline bool pte_young(pte_t pte)
{
	return pte.pte & _PAGE_ACCESSED;
}

static inline unsigned long pte_pfn(pte_t pte)
{
	return (pte.pte & PTE_PFN_MASK) >> PAGE_SHIFT;
}

static inline pte_t pfn_pte(unsigned long pfn, unsigned long flags)
{
	return (pte_t){pfn << PAGE_SHIFT | flags};
}

static inline swp_entry_t pte_to_swp_entry(pte_t pte)
{
	return (swp_entry_t){pte.pte >> SWP_SHIFT};
}

static inline pte_t swp_entry_to_pte(swp_entry_t entry)
{
	return (pte_t){entry.val << SWP_SHIFT | _PAGE_RW};
}

/* Entries of upper levels are read while others make them. */
static inline pgd_t pgdp_get(const pgd_t *pgd)
{
	return (pgd_t){__atomic_load_n(&pgd->pgd, __ATOMIC_ACQUIRE)};
}

static inline pud_t pudp_get(const pud_t *pud)
{
	return (pud_t){__atomic_load_n(&pud->pud, __ATOMIC_ACQUIRE)};
}

static inline pmd_t pmdp_get(const pmd_t *pmd)
{
	return (pmd_t){__atomic_load_n(&pmd->pmd, __ATOMIC_ACQUIRE)};
}

static inline void set_pmd(pmd_t *pmd, pmd_t value)
{
	__atomic_store_n(&pmd->pmd, value.pmd, __ATOMIC_RELEASE);
}

static inline bool pmd_none(pmd_t pmd)
{
	return !pmd.pmd;
}

static inline bool pmd_trans_huge(pmd_t pmd)
{
	return pmd.pmd & _PMD_HUGE;
}

static inline unsigned long pmd_pfn(pmd_t pmd)
{
	return (pmd.pmd & PTE_PFN_MASK) >> PAGE_SHIFT;
}

/* The table below an entry that points to one. */
static inline struct ptdesc *pmd_pte_table(pmd_t pmd)
{
	return (struct ptdesc *)(pmd.pmd & ~63UL);
}

static inline struct ptdesc *pud_pmd_table(pud_t pud)
{
	return (struct ptdesc *)(pud.pud & ~63UL);
}

static inline pud_t *pgd_puds(pgd_t pgd)
{
	return (pud_t *)(pgd.pgd & PAGE_MASK);
}

/**
 * mm_alloc_pgd() - Make an address space's top table.
 * @mm: its slabs are set.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int mm_alloc_pgd(struct mm_struct *mm);

/**
 * mm_free_pgd() - Free the top table; everything below it is gone.
 * @mm: the address space.
 *
 * Context: No one else uses it.
 */
void mm_free_pgd(struct mm_struct *mm);

/**
 * make_pmd() - Find the PMD entry of an address, making tables on the way.
 * @mm: the address space.
 * @addr: the address.
 * @pmd_table: filled with the table the entry stands in.
 *
 * Context: mmap_lock held, or the lock of a VMA that has @addr.
 * Return: The entry, or NULL without memory (tables made so far stay, empty).
 */
pmd_t *make_pmd(struct mm_struct *mm, unsigned long addr, struct ptdesc **pmd_table);

/**
 * make_pte_table() - Find the PTE table of an address, making tables on the way.
 * @mm: the address space.
 * @addr: the address; not mapped by a huge entry.
 *
 * Context: As make_pmd(). Takes the ptl of the PMD table.
 * Return: The table, or NULL without memory.
 */
struct ptdesc *make_pte_table(struct mm_struct *mm, unsigned long addr);

/**
 * ptdesc_alloc() - Make an empty PTE or PMD table that is linked nowhere.
 * @mm: the address space; the table comes from its slabs.
 * @addr: an address it will map.
 * @pte_level: true for a PTE table.
 *
 * Context: May sleep.
 * Return: The table, or NULL without memory.
 */
struct ptdesc *ptdesc_alloc(struct mm_struct *mm, unsigned long addr, bool pte_level);

/**
 * ptdesc_free() - Free a table that is linked nowhere.
 * @mm: the address space it was allocated for.
 * @ptdesc: the table.
 *
 * Context: Any.
 */
void ptdesc_free(struct mm_struct *mm, struct ptdesc *ptdesc);

/**
 * find_pmd() - Find the PMD entry of an address.
 * @mm: the address space.
 * @addr: the address.
 * @pmd_table: filled with the table the entry stands in; NULL if not wanted.
 *
 * Context: As make_pmd().
 * Return: The entry, or NULL if a table above it is missing.
 */
pmd_t *find_pmd(struct mm_struct *mm, unsigned long addr, struct ptdesc **pmd_table);

/**
 * __pte_offset_map_lock() - Lock the PTE table below a PMD entry.
 * @mm: the address space.
 * @pmd: the entry.
 * @addr: an address the table maps.
 * @ptlp: filled with the table's ptl, which is held; give it to pte_unmap_unlock().
 *
 * Context: As make_pmd(), so that no table is freed. Spins.
 * Return: The address's PTE, or NULL (nothing locked) if the entry holds no table.
 */
pte_t *__pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr,
			     struct stat_lock **ptlp);

/* Context: @pte and @ptl are what __pte_offset_map_lock() gave, or a later PTE of that table. */
static inline void pte_unmap_unlock(pte_t *pte, struct stat_lock *ptl)
{
	stat_unlock(ptl);
}

struct mmu_gather;

/**
 * free_pgd_range() - Unlink the tables of a range.
 * @tlb: takes the tables; tlb_finish_mmu() hands them to mm->dead_tables.
 * @addr: first address of what was unmapped.
 * @end: first address behind it.
 * @floor: first address that is not mapped, at most @addr; tables that also map something below it stay.
 * @ceiling: first address behind, at least @end; likewise.
 *
 * Context: mmap_lock held for writing; the range is unmapped.
 */
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
		    unsigned long floor, unsigned long ceiling);

/**
 * prev_pmd_end() - Walk downward over what has no PTE table and no huge page.
 * @mm: the address space.
 * @start: first address of the range to search.
 * @end: first address behind it.
 *
 * Context: mmap_lock held.
 * Return: The first address behind the highest part of the range that a PMD entry maps, at most @end;
 * @start if there is none.
 */
unsigned long prev_pmd_end(struct mm_struct *mm, unsigned long start, unsigned long end);

/**
 * mm_release_tables() - Free the tables that were unlinked, checking that they are empty.
 * @mm: the address space.
 *
 * Context: No one else uses it: the grace period after which the kernel frees tables is over.
 * Return: The number of entries that were not empty.
 */
unsigned long mm_release_tables(struct mm_struct *mm);

#endif
