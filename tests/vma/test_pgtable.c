// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: page-table walks at the borders of tables of every level, at address 0 and right
 * below the end of user memory: exactly the range that is asked for is emptied; tables are freed
 * if, and only if, no neighbour needs them; and tables that are freed with something in them are
 * reported. Wrong looks like a page gone that was outside the range, one left inside it, or a
 * table count that does not fit.
 */
#include "mm_fixture.h"
#include "vma/rmap.h"

#define REACH 4ul /* pages on each side of a border */

/* Below each of these one table of a level ends and the next begins. */
static const struct {
	const char *name;
	unsigned long at;
} borders[] = {
	{"PTE entries", PMD_SIZE * 3 + PAGE_SIZE * 77},
	{"PTE tables", PMD_SIZE * 5},
	{"PMD tables", PUD_SIZE * 7},
	{"PUD tables", PGDIR_SIZE * 3},
	{"the middle of user memory", PGDIR_SIZE * 128},
	{"the end of user memory, less one table", TASK_SIZE &PMD_MASK},
};

static int setup(void **state)
{
	static struct machine m;

	memset(&this_task, 0, sizeof(this_task));
	machine_start(&m, 4096, 0);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_finish(*state);
	return 0;
}

static void see_page(unsigned long addr, pte_t pte, void *arg)
{
	unsigned long **next = arg;

	assert_true(pte_present(pte));
	*(*next)++ = addr;
}

/* The pages of [start, end) are exactly those outside [hole_start, hole_end). */
static void assert_pages(struct machine *m, unsigned long start, unsigned long end,
			 unsigned long hole_start, unsigned long hole_end)
{
	unsigned long seen[4 * REACH + 2], *next = seen, *check = seen;

	mmap_read_lock(m->mm);
	walk_pages(m->mm, start, end, see_page, &next);
	mmap_read_unlock(m->mm);
	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		if (addr >= hole_start && addr < hole_end)
			continue;
		assert_true(check < next);
		assert_int_equal(*check++, addr);
	}
	assert_ptr_equal(check, next);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), check - seen);
}

/* Every range around a border, emptied and filled again. */
static void empty_every_range(struct machine *m, unsigned long first, unsigned long last)
{
	map_vma(m, first, last);
	fill(m, first, last, POPULATE_ANON);
	assert_pages(m, first, last, 0, 0);
	for (unsigned long start = first; start < last; start += PAGE_SIZE) {
		for (unsigned long end = start + PAGE_SIZE; end <= last; end += PAGE_SIZE) {
			zap(m, start, end);
			assert_pages(m, first, last, start, end);
			fill(m, start, end, POPULATE_ANON);
		}
	}
	assert_pages(m, first, last, 0, 0);
}

static void ranges_across_each_border_are_emptied_exactly(void **state)
{
	struct machine *m = *state;

	for (size_t i = 0; i < ARRAY_SIZE(borders); i++) {
		unsigned long start = borders[i].at - REACH * PAGE_SIZE;
		unsigned long end = borders[i].at + REACH * PAGE_SIZE;

		print_message("# %s\n", borders[i].name);
		empty_every_range(m, start, end);
		unmap(m, start, end);
		assert_tables(m, 0, 0, 0, 0);
	}
}

static void the_first_and_the_last_page_of_user_memory_are_like_any_other(void **state)
{
	struct machine *m = *state;

	empty_every_range(m, 0, REACH * PAGE_SIZE);
	unmap(m, 0, REACH * PAGE_SIZE);
	assert_tables(m, 0, 0, 0, 0);
	empty_every_range(m, TASK_SIZE - REACH * PAGE_SIZE, TASK_SIZE);
	unmap(m, TASK_SIZE - REACH * PAGE_SIZE, TASK_SIZE);
	assert_tables(m, 0, 0, 0, 0);
	/* Nothing lies behind the end, and the walk does not look there. */
	assert_int_equal(pages_mapped(m), 0);
}

static void pages_far_apart_in_one_vma_are_all_found(void **state)
{
	static const unsigned long at[] = {
		0,	  PMD_SIZE - PAGE_SIZE,	  PMD_SIZE,   PUD_SIZE - PAGE_SIZE,
		PUD_SIZE, PGDIR_SIZE - PAGE_SIZE, PGDIR_SIZE, TASK_SIZE - PAGE_SIZE,
	};
	struct machine *m = *state;
	unsigned long seen[ARRAY_SIZE(at)], *next = seen;

	map_vma(m, 0, TASK_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		fill(m, at[i], at[i] + PAGE_SIZE, POPULATE_ANON);
	assert_tables(m, 0, 7, 5, 3);
	mmap_read_lock(m->mm);
	walk_pages(m->mm, 0, TASK_SIZE, see_page, &next);
	mmap_read_unlock(m->mm);
	assert_int_equal(next - seen, ARRAY_SIZE(at));
	assert_memory_equal(seen, at, sizeof(at));
	/* All but the two ends, with one call over all levels. */
	zap(m, PAGE_SIZE, TASK_SIZE - PAGE_SIZE);
	assert_int_equal(pages_mapped(m), 2);
	assert_int_equal(pages_in(m, 0, PAGE_SIZE), 1);
	assert_int_equal(pages_in(m, TASK_SIZE - PAGE_SIZE, TASK_SIZE), 1);
}

/* Two VMAs with a page each, on both sides of a place: which tables stay? */
static void check_neighbours(struct machine *m, unsigned long below, unsigned long above,
			     const struct table_count *both, const struct table_count *one)
{
	for (int first = 0; first < 2; first++) {
		unsigned long gone = first ? above : below, stays = first ? below : above;

		map_vma(m, below, below + PAGE_SIZE);
		map_vma(m, above, above + PAGE_SIZE);
		fill(m, below, below + PAGE_SIZE, POPULATE_ANON);
		fill(m, above, above + PAGE_SIZE, POPULATE_ANON);
		assert_tables(m, 0, both->pte, both->pmd, both->pud);
		unmap(m, gone, gone + PAGE_SIZE);
		assert_tables(m, 0, one->pte, one->pmd, one->pud);
		assert_int_equal(pages_in(m, stays, stays + PAGE_SIZE), 1);
		unmap(m, stays, stays + PAGE_SIZE);
		assert_tables(m, 0, 0, 0, 0);
	}
}

static void tables_go_when_no_neighbour_needs_them(void **state)
{
	static const struct table_count one = {1, 1, 1};
	struct machine *m = *state;

	/* Within one PTE table, and across the border of each level. */
	check_neighbours(m, PMD_SIZE, PMD_SIZE + 9 * PAGE_SIZE, &one, &one);
	check_neighbours(m, 5 * PMD_SIZE - PAGE_SIZE, 5 * PMD_SIZE, &(struct table_count){2, 1, 1},
			 &one);
	check_neighbours(m, 5 * PUD_SIZE - PAGE_SIZE, 5 * PUD_SIZE, &(struct table_count){2, 2, 1},
			 &one);
	check_neighbours(m, 5 * PGDIR_SIZE - PAGE_SIZE, 5 * PGDIR_SIZE,
			 &(struct table_count){2, 2, 2}, &one);
	check_neighbours(m, 0, TASK_SIZE - PAGE_SIZE, &(struct table_count){2, 2, 2}, &one);
}

static void a_vma_without_pages_keeps_no_tables_but_guards_its_own(void **state)
{
	struct machine *m = *state;

	/* The VMA above has no pages, and none of its own tables; its range must be left alone. */
	map_vma(m, PUD_SIZE, PUD_SIZE + PAGE_SIZE);
	map_vma(m, PUD_SIZE + PMD_SIZE, PUD_SIZE + 2 * PMD_SIZE);
	fill(m, PUD_SIZE, PUD_SIZE + PAGE_SIZE, POPULATE_ANON);
	unmap(m, PUD_SIZE, PUD_SIZE + PAGE_SIZE);
	/* The PTE table lies free between the neighbours, the PMD table is also the other's. */
	assert_tables(m, 0, 0, 1, 1);
	fill(m, PUD_SIZE + PMD_SIZE, PUD_SIZE + PMD_SIZE + PAGE_SIZE, POPULATE_ANON);
	assert_tables(m, 0, 1, 1, 1);
}

/* Walking downward over what is empty. */

#define PLACES 60

/* The same by looking at every place that is known to be mapped. */
static unsigned long highest_end(const unsigned long *place, unsigned int nr, unsigned long start,
				 unsigned long end)
{
	unsigned long highest = start;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned long last = place[i] + PMD_SIZE;

		if (last > end)
			last = end;
		if (place[i] < end && last > highest)
			highest = last;
	}
	return highest;
}

/* In a few tables of each level, so that some places are neighbours and some far apart. */
static unsigned long random_place(uint64_t *rng)
{
	static const unsigned int pgds[] = {0, 1, 2, 127, 254, 255},
				  entries[] = {0, 1, 2, 510, 511};
	unsigned long at;

	at = pgds[random_below(rng, ARRAY_SIZE(pgds))] * PGDIR_SIZE;
	at += (random_below(rng, 3) ? entries[random_below(rng, ARRAY_SIZE(entries))]
				    : random_below(rng, 512)) *
	      PUD_SIZE;
	at += (random_below(rng, 3) ? entries[random_below(rng, ARRAY_SIZE(entries))]
				    : random_below(rng, 512)) *
	      PMD_SIZE;
	return at;
}

static unsigned int fill_random_places(struct machine *m, uint64_t *rng, unsigned long *place)
{
	unsigned int nr = 0;

	for (int i = 0; i < PLACES; i++) {
		unsigned long at = random_place(rng);
		pmd_t *pmd;

		mmap_read_lock(m->mm);
		pmd = find_pmd(m->mm, at, NULL);
		mmap_read_unlock(m->mm);
		if (pmd && !pmd_none(*pmd))
			continue;
		if (i % 20 == 7 && at + PMD_SIZE <= TASK_SIZE)
			fill(m, at, at + PMD_SIZE, POPULATE_HUGE);
		else
			fill(m, at, at + PAGE_SIZE, POPULATE_ANON);
		place[nr++] = at;
	}
	return nr;
}

/* An address at, below or above a border of a place, or anywhere. */
static unsigned long random_bound(uint64_t *rng, const unsigned long *place, unsigned int nr)
{
	unsigned long at = place[random_below(rng, nr)];

	switch (random_below(rng, 6)) {
	case 0:
		return at;
	case 1:
		return at + PMD_SIZE < TASK_SIZE ? at + PMD_SIZE : TASK_SIZE;
	case 2:
		return at + PAGE_SIZE;
	case 3:
		return at ? at - PAGE_SIZE : 0;
	case 4:
		return random_below(rng, TASK_SIZE / PAGE_SIZE + 1) * PAGE_SIZE;
	default:
		return random_below(rng, 2) ? 0 : TASK_SIZE;
	}
}

static void walking_downward_finds_what_is_mapped_and_nothing_else(void **state)
{
	struct machine *m = *state;
	unsigned long place[PLACES];
	uint64_t rng = 88172645463325252ull;

	for (int round = 0; round < 5; round++) {
		unsigned int nr;

		map_vma(m, 0, TASK_SIZE);
		assert_int_equal(prev_pmd_end(m->mm, 0, TASK_SIZE), 0);
		nr = fill_random_places(m, &rng, place);
		assert_true(nr > PLACES / 2);
		mmap_read_lock(m->mm);
		for (int i = 0; i < 20000; i++) {
			unsigned long start = random_bound(&rng, place, nr);
			unsigned long end = random_bound(&rng, place, nr), found;

			if (start > end)
				continue;
			found = prev_pmd_end(m->mm, start, end);
			if (found != highest_end(place, nr, start, end))
				fail_msg("%lx-%lx: %lx, not %lx", start, end, found,
					 highest_end(place, nr, start, end));
		}
		mmap_read_unlock(m->mm);
		unmap(m, 0, TASK_SIZE);
	}
}

/* Detectors. */

static pte_t *pte_of(struct machine *m, unsigned long addr)
{
	pmd_t *pmd = find_pmd(m->mm, addr, NULL);

	assert_non_null(pmd);
	return pmd_pte_table(*pmd)->ptes + table_index(addr, PAGE_SHIFT);
}

static void a_table_freed_with_a_page_in_it_is_reported(void **state)
{
	struct machine *m = *state;
	struct mmu_gather tlb;
	struct page *page;

	map_vma(m, PUD_SIZE, PUD_SIZE + PAGE_SIZE);
	fill(m, PUD_SIZE, PUD_SIZE + PAGE_SIZE, POPULATE_ANON);
	lru_add_drain_all(m->pgdat);
	mmap_write_lock(m->mm);
	page = pfn_to_page(m->pgdat, pte_pfn(*pte_of(m, PUD_SIZE)));
	tlb_gather_mmu(&tlb, m->mm);
	free_pgd_range(&tlb, 0, TASK_SIZE, 0, USER_PGTABLES_CEILING);
	tlb_finish_mmu(&tlb);
	assert_int_equal(mm_release_tables(m->mm), 1);
	assert_int_equal(mm_release_tables(m->mm), 0);

	/* Do the skipped step by hand. */
	tlb_gather_mmu(&tlb, m->mm);
	folio_remove_rmap_ptes(m->pgdat, page_folio(page));
	add_mm_counter(m->mm, MM_ANONPAGES, -1);
	__tlb_remove_folio_pages(&tlb, page);
	tlb_finish_mmu(&tlb);
	mmap_write_unlock(m->mm);
}

static void a_deposited_table_that_is_left_is_reported(void **state)
{
	struct machine *m = *state;
	struct ptdesc *pmd_table, *deposit;
	struct mmu_gather tlb;

	map_vma(m, PUD_SIZE, PUD_SIZE + PMD_SIZE);
	fill(m, PUD_SIZE, PUD_SIZE + PMD_SIZE, POPULATE_HUGE);
	zap(m, PUD_SIZE, PUD_SIZE + PMD_SIZE);
	mmap_write_lock(m->mm);
	assert_non_null(find_pmd(m->mm, PUD_SIZE, &pmd_table));
	assert_null(pmd_table->deposit);
	deposit = ptdesc_alloc(m->mm, PUD_SIZE, true);
	pmd_table->deposit = deposit;
	tlb_gather_mmu(&tlb, m->mm);
	free_pgd_range(&tlb, 0, TASK_SIZE, 0, USER_PGTABLES_CEILING);
	tlb_finish_mmu(&tlb);
	assert_int_equal(mm_release_tables(m->mm), 1);
	ptdesc_free(m->mm, deposit);
	mmap_write_unlock(m->mm);
}

static void assert_destroy_finds(struct mm_struct *mm, const char *what)
{
	char err[256] = "";

	assert_false(mm_destroy(mm, NULL, err, sizeof(err)));
	if (!strstr(err, what))
		fail_msg("mm_destroy says \"%s\", not \"%s\"", err, what);
}

static void an_address_space_that_is_not_empty_says_what_is_left(void **state)
{
	static const char *const counters[NR_MM_COUNTERS] = {
		"3 file pages", "3 anonymous pages", "3 swap entries", "3 shared memory pages"};
	struct machine *m = *state;
	struct mm_struct *mm;
	struct slab *slab;
	struct vm_area_struct *vma;

	for (int i = 0; i < NR_MM_COUNTERS; i++) {
		mm = mm_alloc(m->pgdat);
		add_mm_counter(mm, i, 3);
		assert_destroy_finds(mm, counters[i]);
	}
	mm = mm_alloc(m->pgdat);
	mm->nr_tables = 2;
	assert_destroy_finds(mm, "2 page tables");

	mm = mm_alloc(m->pgdat);
	mm->pgd[3].pgd = 1;
	assert_destroy_finds(mm, "upper page tables at 18000000000");

	mm = mm_alloc(m->pgdat);
	mmap_write_lock(mm);
	assert_int_equal(map_region(mm, PMD_SIZE, PAGE_SIZE, VM_READ, 0, NULL), 0);
	vma = find_vma(mm, 0);
	mmap_write_unlock(mm);
	slab = mm->vma_slab;
	assert_destroy_finds(mm, "1 VMAs");
	/* Nobody took it out of its tree: the next one to get this memory is in none. */
	vma->vm_refcnt = 0;
	slab_free(slab, vma);
}

static void lock_figures_outlive_the_tables(void **state)
{
	struct machine *m = *state;
	struct mm_struct *mm = mm_alloc(m->pgdat);
	struct machine other = {.pgdat = m->pgdat, .mm = mm};
	struct lock_totals totals[NR_LOCK_CLASSES];
	const struct lock_totals *ptl = &totals[LOCK_PTL];
	char err[256];

	map_vma(&other, PUD_SIZE, PUD_SIZE + 2 * PMD_SIZE);
	fill(&other, PUD_SIZE, PUD_SIZE + 2 * PMD_SIZE, POPULATE_ANON);
	this_task.timing = LOCK_TIMING_WAIT;
	this_task.role = ROLE_REAPER;
	zap(&other, PUD_SIZE, PUD_SIZE + 2 * PMD_SIZE);
	this_task.role = ROLE_EXIT;
	exit_mmap(mm);
	this_task.timing = LOCK_TIMING_OFF;
	assert_true(mm_destroy(mm, totals, err, sizeof(err)));
	assert_int_equal(ptl->acquired[ROLE_REAPER], 2); /* once a table */
	assert_int_equal(ptl->acquired[ROLE_EXIT], 2);
	assert_int_equal(ptl->contended[ROLE_EXIT], 0);
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(ranges_across_each_border_are_emptied_exactly),
		test(the_first_and_the_last_page_of_user_memory_are_like_any_other),
		test(pages_far_apart_in_one_vma_are_all_found),
		test(tables_go_when_no_neighbour_needs_them),
		test(a_vma_without_pages_keeps_no_tables_but_guards_its_own),
		test(walking_downward_finds_what_is_mapped_and_nothing_else),
		test(a_table_freed_with_a_page_in_it_is_reported),
		test(a_deposited_table_that_is_left_is_reported),
		test(an_address_space_that_is_not_empty_says_what_is_left),
		test(lock_figures_outlive_the_tables),
	};

	return mm_run_group(tests);
}
