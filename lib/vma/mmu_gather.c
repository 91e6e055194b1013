// SPDX-License-Identifier: GPL-2.0-only
#include "mmu_gather.h"

#include <errno.h>

#include "lru.h"
#include "measure/hooks.h"
#include "mmap_lock.h"
#include "swapfile.h"

#define MAX_NR_FOLIOS_PER_FREE 512

static struct slab *batch_slab;

int mmu_gather_init(void)
{
	if (!batch_slab)
		batch_slab = slab_create("mmu_gather_batch", PAGE_SIZE, 0);
	return batch_slab ? 0 : -ENOMEM;
}

static void __tlb_reset_range(struct mmu_gather *tlb)
{
	/* A gather for all of an address space flushes all of it, whatever was unmapped. */
	tlb->start = tlb->fullmm ? 0 : ~0UL;
	tlb->end = 0;
	tlb->cleared = false;
	tlb->freed_tables = false;
}

static void gather_init(struct mmu_gather *tlb, struct mm_struct *mm, bool fullmm)
{
	mmap_assert_locked(mm);
	tlb->mm = mm;
	tlb->fullmm = fullmm;
	tlb->local.next = NULL;
	tlb->local.nr = 0;
	tlb->local.max = MMU_GATHER_BUNDLE;
	tlb->active = &tlb->local;
	tlb->batch_count = 0;
	tlb->tables = NULL;
	__tlb_reset_range(tlb);
}

profiled void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm)
{
	gather_init(tlb, mm, false);
}

void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct mm_struct *mm)
{
	gather_init(tlb, mm, true);
}

static struct mmu_gather_batch *batch_alloc(void)
{
	struct mmu_gather_batch *batch = slab_alloc(batch_slab);

	if (batch)
		*batch = (struct mmu_gather_batch){.max = MAX_GATHER_BATCH};
	return batch;
}

/*
 * Go on to the next batch: one that an earlier flush emptied, or a new one as long as the limit
 * allows. Without memory the gather is just full.
 */
static bool tlb_next_batch(struct mmu_gather *tlb)
{
	struct mmu_gather_batch **next = &tlb->active->next;

	if (!*next && tlb->batch_count < MAX_GATHER_BATCH_COUNT) {
		*next = batch_alloc();
		tlb->batch_count += *next != NULL;
	}
	if (!*next)
		return false;
	tlb->active = *next;
	return true;
}

profiled bool __tlb_remove_folio_pages(struct mmu_gather *tlb, struct page *page)
{
	struct mmu_gather_batch *batch = tlb->active;

	batch->pages[batch->nr++] = page;
	if (batch->nr < batch->max)
		return false;
	return !tlb_next_batch(tlb);
}

void tlb_remove_table(struct mmu_gather *tlb, struct ptdesc *ptdesc)
{
	mmap_assert_write_locked(tlb->mm);
	ptdesc->next = tlb->tables;
	tlb->tables = ptdesc;
	tlb->freed_tables = true;
}

/* Drop the references. There is no swap cache: no page of a dying zram victim is in it. */
static profiled void free_pages_and_swap_cache(struct pglist_data *pgdat, struct page **pages,
					       unsigned int nr)
{
	struct folio_batch batch = {.nr = 0};

	lru_add_drain(pgdat);
	for (unsigned int i = 0; i < nr; i++) {
		if (!folio_batch_add(&batch, page_folio(pages[i])))
			folios_put_refs(pgdat, &batch);
	}
	if (batch.nr)
		folios_put_refs(pgdat, &batch);
}

static profiled void tlb_batch_pages_flush(struct mmu_gather *tlb)
{
	enum task_bucket outer = measure_gather_flush_begin();
	unsigned long flushed = 0;

	for (struct mmu_gather_batch *batch = &tlb->local; batch && batch->nr;
	     batch = batch->next) {
		for (unsigned int done = 0; done < batch->nr;) {
			unsigned int nr = batch->nr - done;

			if (nr > MAX_NR_FOLIOS_PER_FREE)
				nr = MAX_NR_FOLIOS_PER_FREE;
			free_pages_and_swap_cache(tlb->mm->pgdat, batch->pages + done, nr);
			done += nr;
		}
		flushed += batch->nr;
		batch->nr = 0;
	}
	tlb->active = &tlb->local;
	measure_gather_flush_end(outer, tlb->mm, flushed);
}

static void tlb_table_flush(struct mmu_gather *tlb)
{
	struct mm_struct *mm = tlb->mm;

	while (tlb->tables) {
		struct ptdesc *ptdesc = tlb->tables;

		tlb->tables = ptdesc->next;
		ptdesc->next = mm->dead_tables;
		mm->dead_tables = ptdesc;
	}
}

void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
{
	if (!tlb->cleared && !tlb->freed_tables)
		return;
	flush_tlb_mm_range(tlb->mm, tlb->start, tlb->fullmm ? ~0UL : tlb->end, PAGE_SHIFT,
			   tlb->freed_tables);
	__tlb_reset_range(tlb);
}

profiled void tlb_flush_mmu(struct mmu_gather *tlb)
{
	tlb_flush_mmu_tlbonly(tlb);
	tlb_table_flush(tlb);
	if (tlb->local.nr)
		tlb_batch_pages_flush(tlb);
}

profiled void tlb_finish_mmu(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *batch, *next;

	tlb_flush_mmu(tlb);
	for (batch = tlb->local.next; batch; batch = next) {
		next = batch->next;
		slab_free(batch_slab, batch);
	}
	tlb->local.next = NULL;
}
