// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: mmu_gather collects pages up to its limits, flushes before it frees, and frees
 * each page once. flush_tlb_mm_range() is wrapped at link time and counted. Wrong looks like a
 * gather that is full too early or too late, a page freed before the flush or twice, or a page
 * lost when there is no memory for a batch.
 */
#include "mm_fixture.h"

#define BASE	 (1ul << 32)
#define MOST	 (MMU_GATHER_BUNDLE + MAX_GATHER_BATCH_COUNT * MAX_GATHER_BATCH)
#define NR_PAGES (MOST + 4096)

void __real_flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			       unsigned int stride_shift, bool freed_tables);
void __wrap_flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			       unsigned int stride_shift, bool freed_tables);

static unsigned int flushes;
static uint64_t freed_before_flush;
static unsigned long last_start, last_end;

void __wrap_flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			       unsigned int stride_shift, bool freed_tables)
{
	flushes++;
	freed_before_flush = this_task.freed;
	last_start = start;
	last_end = end;
	__real_flush_tlb_mm_range(mm, start, end, stride_shift, freed_tables);
}

static int setup(void **state)
{
	static struct machine m;

	memset(&this_task, 0, sizeof(this_task));
	machine_start(&m, NR_PAGES, 0);
	mmap_read_lock(m.mm);
	flushes = 0;
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;

	mmap_read_unlock(m->mm);
	machine_finish(m);
	return 0;
}

/* For a test that lets the victim exit itself. */
static int verify(void **state)
{
	machine_verify(*state);
	return 0;
}

static struct page *new_page(struct machine *m)
{
	struct page *page = alloc_pages(m->pgdat, 0);

	assert_non_null(page);
	return page;
}

/* Give new pages to the gather until it is full or has @most. */
static unsigned long give_pages(struct machine *m, struct mmu_gather *tlb, unsigned long most)
{
	unsigned long n = 0;
	bool full = false;

	while (n < most && !full) {
		full = __tlb_remove_folio_pages(tlb, new_page(m));
		n++;
	}
	return n;
}

static void the_limits_are_the_kernels(void **state)
{
	assert_int_equal(sizeof(struct mmu_gather_batch), 16);
	assert_int_equal(MAX_GATHER_BATCH, 510);
	assert_int_equal(MAX_GATHER_BATCH_COUNT, 19);
}

static void the_bundle_takes_eight_before_memory_is_needed(void **state)
{
	struct machine *m = *state;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, m->mm);
	assert_int_equal(give_pages(m, &tlb, MMU_GATHER_BUNDLE - 1), MMU_GATHER_BUNDLE - 1);
	assert_int_equal(tlb.batch_count, 0);
	give_pages(m, &tlb, 1);
	assert_int_equal(tlb.batch_count, 1);
	give_pages(m, &tlb, MAX_GATHER_BATCH - 1);
	assert_int_equal(tlb.batch_count, 1);
	give_pages(m, &tlb, 1);
	assert_int_equal(tlb.batch_count, 2);
	tlb_finish_mmu(&tlb);
	assert_int_equal(this_task.freed, MMU_GATHER_BUNDLE + MAX_GATHER_BATCH);
}

static void it_is_full_at_its_limit_and_again_after_a_flush(void **state)
{
	struct machine *m = *state;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, m->mm);
	for (unsigned long round = 1; round <= 3; round++) {
		assert_int_equal(give_pages(m, &tlb, MOST + 1), MOST);
		assert_int_equal(tlb.batch_count, MAX_GATHER_BATCH_COUNT);
		assert_int_equal(this_task.freed, (round - 1) * MOST);
		tlb_flush_mmu(&tlb);
		assert_int_equal(this_task.freed, round * MOST);
	}
	tlb_finish_mmu(&tlb);
	assert_int_equal(this_task.freed, 3 * MOST);
	assert_int_equal(m->pgdat->bad_pages, 0);
}

static void a_flush_in_the_middle_frees_what_is_there(void **state)
{
	struct machine *m = *state;
	unsigned long sum = 0;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, m->mm);
	for (unsigned long n = 0; n < 1100; n += 37) {
		sum += give_pages(m, &tlb, n);
		tlb_flush_mmu(&tlb);
		assert_int_equal(this_task.freed, sum);
	}
	sum += give_pages(m, &tlb, 5);
	tlb_finish_mmu(&tlb);
	assert_int_equal(this_task.freed, sum);
}

static void without_memory_for_a_batch_it_is_full_early_and_loses_nothing(void **state)
{
	struct machine *m = *state;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, m->mm);
	give_pages(m, &tlb, MMU_GATHER_BUNDLE - 1);
	struct page *last = new_page(m);

	fault_arm(0);
	assert_true(__tlb_remove_folio_pages(&tlb, last));
	assert_true(fault_disarm());
	assert_int_equal(tlb.batch_count, 0);
	tlb_flush_mmu(&tlb);
	assert_int_equal(this_task.freed, MMU_GATHER_BUNDLE);

	/* Once more, at the border between two batches; it goes on with those it has. */
	assert_int_equal(give_pages(m, &tlb, MMU_GATHER_BUNDLE + MAX_GATHER_BATCH - 1),
			 MMU_GATHER_BUNDLE + MAX_GATHER_BATCH - 1);
	last = new_page(m);
	fault_arm(0);
	assert_true(__tlb_remove_folio_pages(&tlb, last));
	assert_true(fault_disarm());
	tlb_flush_mmu(&tlb);
	assert_int_equal(this_task.freed, 2 * MMU_GATHER_BUNDLE + MAX_GATHER_BATCH);
	assert_int_equal(give_pages(m, &tlb, MOST + 1), MOST);
	tlb_finish_mmu(&tlb);
	assert_int_equal(this_task.freed, 2 * MMU_GATHER_BUNDLE + MAX_GATHER_BATCH + MOST);
}

static void pages_are_freed_after_the_flush(void **state)
{
	struct machine *m = *state;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, m->mm);
	__tlb_adjust_range(&tlb, BASE, PAGE_SIZE);
	give_pages(m, &tlb, 20);
	assert_int_equal(flushes, 0);
	tlb_flush_mmu(&tlb);
	assert_int_equal(flushes, 1);
	assert_int_equal(freed_before_flush, 0);
	assert_int_equal(this_task.freed, 20);
	/* The range is forgotten with the flush: nothing cleared, nothing to flush. */
	tlb_flush_mmu(&tlb);
	tlb_finish_mmu(&tlb);
	assert_int_equal(flushes, 1);
}

static void the_range_covers_everything_cleared(void **state)
{
	struct machine *m = *state;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, m->mm);
	assert_true(tlb.start >= tlb.end);
	__tlb_adjust_range(&tlb, BASE + PMD_SIZE, PMD_SIZE);
	__tlb_adjust_range(&tlb, BASE, PAGE_SIZE);
	assert_int_equal(tlb.start, BASE);
	assert_int_equal(tlb.end, BASE + 2 * PMD_SIZE);
	tlb_finish_mmu(&tlb);
	assert_int_equal(flushes, 1);
}

static void a_shared_page_survives_its_mapping(void **state)
{
	struct machine *m = *state;
	struct page *page = new_page(m);
	struct mmu_gather tlb;

	folio_get(page_folio(page));
	tlb_gather_mmu(&tlb, m->mm);
	__tlb_remove_folio_pages(&tlb, page);
	tlb_finish_mmu(&tlb);
	assert_int_equal(this_task.freed, 0);
	assert_int_equal(page->_refcount, 1);
	put_page(m->pgdat, page);
}

static void unmapping_flushes_whenever_the_gather_is_full(void **state)
{
	struct machine *m = *state;
	unsigned long pages = NR_PAGES - 100;

	mmap_read_unlock(m->mm);
	map_vma(m, BASE, BASE + pages * PAGE_SIZE);
	fill(m, BASE, BASE + pages * PAGE_SIZE, POPULATE_ANON);
	lru_add_drain_all(m->pgdat);
	this_task.freed = 0;
	mmap_read_lock(m->mm);
	zap_page_range_single(find_vma(m->mm, 0), BASE, pages * PAGE_SIZE);
	assert_int_equal(flushes, (pages + MOST - 1) / MOST);
	assert_int_equal(freed_before_flush, pages / MOST * MOST);
	assert_int_equal(this_task.freed, pages);
}

static void the_whole_address_space_is_flushed_once(void **state)
{
	struct machine *m = *state;
	struct mmu_gather tlb;

	tlb_gather_mmu_fullmm(&tlb, m->mm);
	__tlb_adjust_range(&tlb, BASE, PAGE_SIZE);
	__tlb_adjust_range(&tlb, BASE + PUD_SIZE, PAGE_SIZE);
	give_pages(m, &tlb, 600);
	assert_int_equal(flushes, 0);
	tlb_finish_mmu(&tlb);
	assert_int_equal(flushes, 1);
	assert_int_equal(last_start, 0);
	assert_int_equal(last_end, ~0ul);
	assert_int_equal(freed_before_flush, 0);
	assert_int_equal(this_task.freed, 600);
	/* Even the whole of it needs no flush if nothing was cleared. */
	tlb_gather_mmu_fullmm(&tlb, m->mm);
	tlb_finish_mmu(&tlb);
	assert_int_equal(flushes, 1);
}

static void an_exit_flushes_once_however_many_vmas_there_are(void **state)
{
	struct machine *m = *state;

	mmap_read_unlock(m->mm);
	for (unsigned long i = 0; i < 20; i++) {
		unsigned long at = BASE + i * 5 * PMD_SIZE;

		map_vma(m, at, at + PMD_SIZE);
		fill(m, at, at + 10 * PAGE_SIZE, POPULATE_ANON);
	}
	exit_mmap(m->mm);
	assert_int_equal(flushes, 1);
	assert_int_equal(last_start, 0);
	assert_int_equal(last_end, ~0ul);
	assert_int_equal(freed_before_flush, 0);
	assert_int_equal(this_task.freed, 20 * 10);
}

#ifdef UMAPLE_DEBUG
static void gather_unlocked(void *arg)
{
	struct machine *m = arg;
	struct mmu_gather tlb;

	mmap_read_unlock(m->mm);
	tlb_gather_mmu(&tlb, m->mm);
}

static void gathering_without_mmap_lock_is_caught(void **state)
{
	assert_aborts(gather_unlocked, *state);
}
#endif

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(the_limits_are_the_kernels),
		test(the_bundle_takes_eight_before_memory_is_needed),
		test(it_is_full_at_its_limit_and_again_after_a_flush),
		test(a_flush_in_the_middle_frees_what_is_there),
		test(without_memory_for_a_batch_it_is_full_early_and_loses_nothing),
		test(pages_are_freed_after_the_flush),
		test(the_range_covers_everything_cleared),
		test(a_shared_page_survives_its_mapping),
		test(unmapping_flushes_whenever_the_gather_is_full),
		test(the_whole_address_space_is_flushed_once),
		cmocka_unit_test_setup_teardown(an_exit_flushes_once_however_many_vmas_there_are,
						setup, verify),
#ifdef UMAPLE_DEBUG
		test(gathering_without_mmap_lock_is_caught),
#endif
	};

	return mm_run_group(tests);
}
