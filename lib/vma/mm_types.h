/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address space and its VMAs. This header is compiled once per tree engine: "maple_tree.h"
 * is the engine's.
 */
#ifndef UMAPLE_MM_TYPES_H
#define UMAPLE_MM_TYPES_H

#include <pthread.h>

#include "maple_tree.h"
#include "mmzone.h"
#include "percpu_counter.h"

typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pmd;
} pmd_t;
typedef struct {
	unsigned long pud;
} pud_t;
typedef struct {
	unsigned long pgd;
} pgd_t;

/*
 * The lock of one page-table page of the two lower levels, and the table. The kernel keeps this in
 * the table's struct page.
 */
struct ptdesc {
	struct stat_lock ptl;
	union {
		void *table;
		pte_t *ptes;
		pmd_t *pmds;
	};
	struct ptdesc *next;	/* a list of the owner's: tables to be freed, tables deposited */
	struct ptdesc *deposit; /* PMD tables: one empty PTE table per huge entry, for splits */
	unsigned long address;	/* first address the table maps */
	bool pte_level;
} __attribute__((aligned(64)));

enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };

/* Bits of mm_struct.flags. */
enum {
	MMF_OOM_SKIP = 21,
	MMF_UNSTABLE = 22,
	MMF_OOM_REAP_QUEUED = 25,
	MMF_NOTIFIER_BLOCKS = 40 /* ours: a notifier of it may sleep */
};

/*
 * mmap_lock: readers walk, one writer changes the tree. Its own record of holders serves the
 * assertions and, in debug builds, the engine's lock checks.
 */
struct mmap_lock {
	pthread_rwlock_t rwlock;
#ifdef CONFIG_LOCKDEP
	struct lockdep_map dep_map;
#endif
};

struct vm_file {
	struct address_space mapping;
	pthread_rwlock_t i_mmap_rwsem;
	void *i_mmap;	      /* the VMAs that map the file: vma_rmap.h */
	unsigned long size;   /* in bytes; no page fault beyond it succeeds */
	bool shmem;	      /* a shared memory object, counted on its own */
	bool huge_aligned;    /* mapped where a huge page fits, as ext4, XFS and Btrfs do */
	bool readonly;	      /* opened like that */
	bool unnamed;	      /* shared anonymous memory: goes with the last VMA that maps it */
	struct vm_file *next; /* a list of the owner's */
};

struct vm_area_struct {
	unsigned long vm_start; /* inclusive, page aligned */
	unsigned long vm_end;	/* exclusive, page aligned */
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	unsigned long vm_pgoff;	     /* in pages */
	struct vm_file *vm_file;     /* NULL: anonymous */
	struct vm_area_struct *next; /* a list of VMAs out of the tree */

	/* Set by the first anonymous page: vma_rmap.h. */
	struct anon_vma *anon_vma; /* published once; by faults under mm->page_table_lock */
	struct cds_list_head anon_vma_chain;

	/* The VMA's lock: vma_lock.h. Both are read while the VMA is free, so they come last. */
	unsigned int vm_lock_seq; /* mm->mm_lock_seq if locked for writing; under mmap_lock */
	unsigned int vm_refcnt;	  /* atomic; 0: in no tree */
};

struct mm_struct {
	struct maple_tree mm_mt;
	struct mmap_lock mmap_lock;
	unsigned int mm_lock_seq;	 /* odd while mmap_lock is held for writing; atomic */
	pthread_mutex_t page_table_lock; /* faults that give a VMA its anon_vma */
	struct pglist_data *pgdat;
	pgd_t *pgd;
	unsigned long flags;		 /* MMF_*, by atomic bit operations */
	unsigned int mm_users, mm_count; /* who keeps it: oom/mm.h; atomic */
	int map_count;
	bool mmap_bottomup;	      /* new mappings go to the lowest gap, not to the highest */
	unsigned long mmap_base;      /* the highest gap ends here */
	unsigned long start_brk, brk; /* the heap; its end may be any byte */
	struct slab *vma_slab, *table_slab, *ptdesc_slab; /* shared by all address spaces */
	const struct reap_plan *exit_plan; /* how exit_mmap() walks: oom/reap_order.h; NULL: upward */

	/* The CPUs that use the address space and have to be told of flushes: tlb.h. Atomic, both. */
	unsigned long cpu_bitmap __attribute__((aligned(64)));
	unsigned long tlb_gen;

	struct percpu_counter rss_stat[NR_MM_COUNTERS];

	/* Unlinked page tables. mm_release_tables() frees them, as a grace period does in the kernel. */
	struct ptdesc *dead_tables __attribute__((aligned(64)));
	unsigned long nr_tables;			 /* linked PTE tables */
	struct lock_totals lock_totals[NR_LOCK_CLASSES]; /* of the ptls of tables that are gone */
};

static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_file;
}

static inline int vma_file_counter(const struct vm_area_struct *vma)
{
	return vma->vm_file->shmem ? MM_SHMEMPAGES : MM_FILEPAGES;
}

static inline void mm_set_flag(struct mm_struct *mm, int flag)
{
	__atomic_fetch_or(&mm->flags, 1UL << flag, __ATOMIC_ACQ_REL);
}

static inline bool mm_test_flag(const struct mm_struct *mm, int flag)
{
	return __atomic_load_n(&mm->flags, __ATOMIC_ACQUIRE) & (1UL << flag);
}

static inline void add_mm_counter(struct mm_struct *mm, int member, long value)
{
	percpu_counter_add(&mm->rss_stat[member], value);
}

static inline long get_mm_counter(const struct mm_struct *mm, int member)
{
	return percpu_counter_sum(&mm->rss_stat[member]);
}

#endif
