// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hooks.h"
#include "mmap_lock.h"
#include "vma.h"
#include "vma_internal.h"
#include "vma_rmap.h"

/* What the kernel leaves at least for the stack above the mappings; it adds a random part. */
#define STACK_GAP (128UL << 20)

static struct slab *vma_slab, *table_slab, *ptdesc_slab;

static int create_slabs(void)
{
	if (!vma_slab)
		vma_slab = slab_create_typesafe("vm_area_struct", sizeof(struct vm_area_struct), 64,
						offsetof(struct vm_area_struct, vm_lock_seq));
	if (!table_slab)
		table_slab = slab_create("page_table", PAGE_SIZE, PAGE_SIZE);
	if (!ptdesc_slab)
		ptdesc_slab = slab_create("ptdesc", sizeof(struct ptdesc), 64);
	if (!vma_slab || !table_slab || !ptdesc_slab)
		return -ENOMEM;
	return mmu_gather_init() ?: vma_rmap_init();
}

int mm_layer_init(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int err;

	measure_init();
	pthread_mutex_lock(&lock);
	err = create_slabs();
	pthread_mutex_unlock(&lock);
	return err;
}

struct mm_struct *mm_alloc(struct pglist_data *pgdat)
{
	struct mm_struct *mm;

	if (fault_should_fail())
		return NULL;
	mm = aligned_alloc(64, (sizeof(*mm) + 63) & ~(size_t)63);
	if (!mm)
		return NULL;
	memset(mm, 0, sizeof(*mm));
	mm->pgdat = pgdat;
	mm->mmap_base = TASK_SIZE - STACK_GAP;
	mm->mm_users = mm->mm_count = 1;
	mm->vma_slab = vma_slab;
	mm->table_slab = table_slab;
	mm->ptdesc_slab = ptdesc_slab;
	mm->cpu_bitmap = 1UL << smp_processor_id();
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		stat_lock_init(&mm->rss_stat[i].lock, LOCK_RSS);
	pthread_mutex_init(&mm->page_table_lock, NULL);
	if (mmap_lock_init(mm)) {
		free(mm);
		return NULL;
	}
	if (mm_alloc_pgd(mm)) {
		mmap_lock_destroy(mm);
		free(mm);
		return NULL;
	}
	mt_init_flags(&mm->mm_mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN | MT_FLAGS_USE_RCU);
	mt_set_external_lock(&mm->mm_mt, &mm->mmap_lock);
	return mm;
}

static bool mm_is_empty(struct mm_struct *mm, char *err, size_t errlen)
{
	static const char *const names[] = {"file pages", "anonymous pages", "swap entries",
					    "shared memory pages"};

	for (int i = 0; i < NR_MM_COUNTERS; i++) {
		if (get_mm_counter(mm, i)) {
			snprintf(err, errlen, "the address space still counts %ld %s",
				 get_mm_counter(mm, i), names[i]);
			return false;
		}
	}
	if (!mtree_empty(&mm->mm_mt) || mm->map_count) {
		snprintf(err, errlen, "the address space still has %d VMAs", mm->map_count);
		return false;
	}
	if (mm->nr_tables) {
		snprintf(err, errlen, "the address space still has %lu page tables", mm->nr_tables);
		return false;
	}
	for (unsigned long i = 0; i < PTRS_PER_TABLE; i++) {
		if (!mm->pgd[i].pgd)
			continue;
		snprintf(err, errlen, "the address space still has upper page tables at %lx",
			 i * PGDIR_SIZE);
		return false;
	}
	return true;
}

void mm_free(struct mm_struct *mm)
{
	mm_free_pgd(mm);
	pthread_mutex_destroy(&mm->page_table_lock);
	mmap_lock_destroy(mm);
	free(mm);
}

bool mm_destroy(struct mm_struct *mm, struct lock_totals *totals, char *err, size_t errlen)
{
	unsigned long used = mm_release_tables(mm);
	bool empty = mm_is_empty(mm, err, errlen);

	if (empty && used) {
		snprintf(err, errlen, "%lu page-table entries were not empty when freed", used);
		empty = false;
	}
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		stat_lock_totals(&mm->rss_stat[i].lock, mm->lock_totals);
	if (totals)
		memcpy(totals, mm->lock_totals, sizeof(mm->lock_totals));
	/* An empty tree may still keep nodes for later. */
	mmap_write_lock(mm);
	__mt_destroy(&mm->mm_mt);
	mmap_write_unlock(mm);
	mm_free(mm);
	return empty;
}
