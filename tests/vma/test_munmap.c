// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: VMAs are mapped where nothing is, found, walked both ways, and cut by unmapping
 * at their head, tail, middle or across several of them; the pages and offsets of the rest stay.
 * Wrong looks like a page lost outside the unmapped range, an offset that does not follow its VMA,
 * or a page table freed under a neighbour.
 */
#include "mm_fixture.h"

#define BASE (PUD_SIZE - PMD_SIZE) /* two PTE tables, one on each side of a PMD table's end */
#define P(n) (BASE + (unsigned long)(n)*PAGE_SIZE)

static int setup(void **state)
{
	static struct machine m;

	memset(&this_task, 0, sizeof(this_task));
	machine_start(&m, 8192, 2048);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_finish(*state);
	return 0;
}

/* The VMAs of the machine, as text, with addresses in pages from BASE. */
static void assert_vmas(struct machine *m, const char *expected)
{
	char text[512] = "";
	struct vm_area_struct *vma;
	struct vma_iterator vmi;
	int vmas = 0;

	mmap_read_lock(m->mm);
	vma_iter_init(&vmi, m->mm, 0);
	for_each_vma (vmi, vma) {
		size_t len = strlen(text);

		assert_ptr_equal(vma->vm_mm, m->mm);
		snprintf(text + len, sizeof(text) - len, "%s%lu-%lu@%lu", len ? " " : "",
			 (vma->vm_start - BASE) / PAGE_SIZE, (vma->vm_end - BASE) / PAGE_SIZE,
			 vma->vm_pgoff);
		vmas++;
	}
	mmap_read_unlock(m->mm);
	assert_string_equal(text, expected);
	assert_int_equal(m->mm->map_count, vmas);
	assert_int_equal(slab_in_use(m->mm->vma_slab), vmas);
}

static void map_at(struct machine *m, unsigned long first, unsigned long last, unsigned long pgoff)
{
	assert_int_equal(try_map(m, P(first), P(last), VM_READ | VM_WRITE, pgoff, NULL), 0);
}

static void bad_ranges_are_refused(void **state)
{
	static const struct {
		unsigned long start, len;
	} bad[] = {
		{PMD_SIZE, 0},
		{PMD_SIZE + 1, PAGE_SIZE},
		{PMD_SIZE, PAGE_SIZE + 1},
		{PMD_SIZE, PAGE_SIZE - 1},
		{TASK_SIZE, PAGE_SIZE},
		{TASK_SIZE - PAGE_SIZE, 2 * PAGE_SIZE},
		{PAGE_SIZE, TASK_SIZE},
		{PAGE_SIZE, ~0ul & PAGE_MASK},
		{~0ul & PAGE_MASK, PAGE_SIZE},
		{~0ul & PAGE_MASK, 2 * PAGE_SIZE},
	};
	struct machine *m = *state;

	map_at(m, 0, 1, 0);
	mmap_write_lock(m->mm);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(map_region(m->mm, bad[i].start, bad[i].len, VM_READ, 0, NULL),
				 -EINVAL);
		assert_int_equal(do_munmap(m->mm, bad[i].start, bad[i].len), -EINVAL);
	}
	mmap_write_unlock(m->mm);
	assert_vmas(m, "0-1@0");
}

static void the_whole_of_user_memory_is_one_vma_at_most(void **state)
{
	struct machine *m = *state;

	map_vma(m, 0, TASK_SIZE);
	assert_int_equal(try_map(m, 0, PAGE_SIZE, 0, 0, NULL), -EEXIST);
	assert_int_equal(try_map(m, TASK_SIZE - PAGE_SIZE, TASK_SIZE, 0, 0, NULL), -EEXIST);
	unmap(m, 0, TASK_SIZE);
	assert_int_equal(m->mm->map_count, 0);
	map_vma(m, 0, PAGE_SIZE);
	map_vma(m, TASK_SIZE - PAGE_SIZE, TASK_SIZE);
	unmap(m, 0, TASK_SIZE);
	assert_int_equal(m->mm->map_count, 0);
}

static void a_place_taken_is_refused_and_left_alone(void **state)
{
	struct machine *m = *state;

	map_at(m, 10, 20, 100);
	for (unsigned long first = 0; first < 30; first++) {
		for (unsigned long last = first + 1; last <= 30; last++) {
			if (last <= 10 || first >= 20)
				continue;
			assert_int_equal(try_map(m, P(first), P(last), VM_READ, 0, NULL), -EEXIST);
		}
	}
	assert_vmas(m, "10-20@100");
	map_at(m, 0, 10, 5);
	map_at(m, 20, 30, 7);
	assert_vmas(m, "0-10@5 10-20@100 20-30@7");
}

static void vmas_are_found_by_address(void **state)
{
	struct machine *m = *state;

	map_at(m, 10, 20, 0);
	map_at(m, 30, 31, 0);
	mmap_read_lock(m->mm);
	assert_int_equal(find_vma(m->mm, 0)->vm_start, P(10));
	assert_int_equal(find_vma(m->mm, P(10))->vm_start, P(10));
	assert_int_equal(find_vma(m->mm, P(20) - 1)->vm_start, P(10));
	assert_int_equal(find_vma(m->mm, P(20))->vm_start, P(30));
	assert_int_equal(find_vma(m->mm, P(31) - 1)->vm_start, P(30));
	assert_null(find_vma(m->mm, P(31)));
	assert_null(find_vma(m->mm, TASK_SIZE));

	assert_null(vma_lookup(m->mm, P(10) - 1));
	assert_int_equal(vma_lookup(m->mm, P(10))->vm_start, P(10));
	assert_int_equal(vma_lookup(m->mm, P(20) - 1)->vm_start, P(10));
	assert_null(vma_lookup(m->mm, P(20)));
	assert_null(vma_lookup(m->mm, P(30) - 1));
	assert_int_equal(vma_lookup(m->mm, P(30))->vm_start, P(30));
	assert_null(vma_lookup(m->mm, P(31)));
	assert_null(vma_lookup(m->mm, 0));
	mmap_read_unlock(m->mm);
}

static void vmas_are_walked_both_ways_from_anywhere(void **state)
{
	enum { N = 200 };
	struct machine *m = *state;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	for (unsigned long i = 0; i < N; i++)
		map_at(m, i * 7 % N * 4, i * 7 % N * 4 + 2, 0);
	mmap_read_lock(m->mm);
	for (unsigned long from = 0; from <= N; from++) {
		unsigned long n = from;

		vma_iter_init(&vmi, m->mm, from ? P(from * 4 - 2) : 0); /* behind a VMA's end */
		for_each_vma (vmi, vma)
			assert_int_equal(vma->vm_start, P(n++ * 4));
		assert_int_equal(n, N);
		vma_iter_init(&vmi, m->mm, from ? P(from * 4 - 2) : 0);
		n = from;
		for_each_vma_rev (vmi, vma)
			assert_int_equal(vma->vm_start, P(--n * 4));
		assert_int_equal(n, 0);
	}
	mmap_read_unlock(m->mm);
}

/* One VMA of 1000 pages, each resident; unmap a part and see what is left. */
static void cut(struct machine *m, unsigned long first, unsigned long last, const char *vmas)
{
	unsigned long gone = last < 1000 ? last - first : 1000 - first;

	map_at(m, 0, 1000, 50);
	fill(m, P(0), P(1000), POPULATE_ANON);
	unmap(m, P(first), P(last));
	assert_vmas(m, vmas);
	assert_int_equal(pages_in(m, P(0), P(first)), first);
	assert_int_equal(pages_in(m, P(first), P(last)), 0);
	assert_int_equal(pages_in(m, P(0), P(1000)), 1000 - gone);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), 1000 - gone);
	unmap(m, P(0), P(1000));
	assert_vmas(m, "");
	assert_tables(m, 0, 0, 0, 0);
}

static void a_vma_is_cut_at_its_head_tail_or_middle(void **state)
{
	struct machine *m = *state;

	cut(m, 0, 1000, "");
	cut(m, 0, 1, "1-1000@51");
	cut(m, 0, 512, "512-1000@562");
	cut(m, 999, 1000, "0-999@50");
	cut(m, 512, 1000, "0-512@50");
	cut(m, 1, 999, "0-1@50 999-1000@1049");
	cut(m, 400, 401, "0-400@50 401-1000@451");
	cut(m, 511, 513, "0-511@50 513-1000@563");
	cut(m, 300, 2000, "0-300@50");
}

static void unmapping_nothing_is_fine(void **state)
{
	struct machine *m = *state;

	unmap(m, 0, TASK_SIZE);
	map_at(m, 10, 20, 0);
	unmap(m, P(0), P(10));
	unmap(m, P(20), P(30));
	assert_vmas(m, "10-20@0");
}

static void one_call_unmaps_across_several_vmas(void **state)
{
	struct machine *m = *state;

	for (unsigned long i = 0; i < 8; i++) {
		map_at(m, i * 100, i * 100 + 80, 1000 * i);
		fill(m, P(i * 100), P(i * 100 + 80), i % 2 ? POPULATE_SWAP : POPULATE_ANON);
	}
	unmap(m, P(150), P(630)); /* a tail, four whole VMAs, a head */
	assert_vmas(m, "0-80@0 100-150@1000 630-680@6030 700-780@7000");
	assert_int_equal(pages_in(m, P(150), P(630)), 0);
	assert_int_equal(pages_in(m, P(0), P(150)), 80 + 50);
	assert_int_equal(pages_in(m, P(630), P(800)), 50 + 80);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), 80 + 50);
	assert_int_equal(get_mm_counter(m->mm, MM_SWAPENTS), 50 + 80);
	assert_int_equal(swap_used(m->pgdat), 50 + 80);
	unmap(m, P(80), P(100)); /* between two VMAs: nothing */
	unmap(m, P(60), P(110)); /* tail, gap, head */
	assert_vmas(m, "0-60@0 110-150@1010 630-680@6030 700-780@7000");
	assert_int_equal(pages_in(m, P(0), P(150)), 60 + 40);
}

static void file_pages_go_from_the_tables_and_stay_in_the_cache(void **state)
{
	struct machine *m = *state;
	unsigned long free;

	map_file(m, P(0), P(100), 0, &m->file);
	map_file(m, P(200), P(300), VM_SHARED, &m->shmem);
	fill(m, P(0), P(100), POPULATE_FILE);
	fill(m, P(200), P(300), POPULATE_FILE);
	assert_int_equal(get_mm_counter(m->mm, MM_FILEPAGES), 100);
	assert_int_equal(get_mm_counter(m->mm, MM_SHMEMPAGES), 100);
	free = pages_free(m);
	unmap(m, P(20), P(50));
	unmap(m, P(210), P(220));
	assert_int_equal(get_mm_counter(m->mm, MM_FILEPAGES), 70);
	assert_int_equal(get_mm_counter(m->mm, MM_SHMEMPAGES), 90);
	assert_int_equal(m->file.mapping.nrpages, 100);
	assert_int_equal(m->shmem.mapping.nrpages, 100);
	assert_int_equal(pages_free(m), free);
	/* What their PTEs recorded of use is not lost. */
	for (struct page *page = m->file.mapping.pages; page; page = (struct page *)page->private)
		assert_int_equal(folio_test(page_folio(page), PG_referenced), page->_mapcount < 0);
}

/* A huge page at the second table of BASE; small pages around it. */
static void map_huge(struct machine *m)
{
	map_at(m, 500, 1536, 0);
	fill(m, P(500), P(512), POPULATE_ANON);
	fill(m, P(512), P(1024), POPULATE_HUGE);
	fill(m, P(1024), P(1030), POPULATE_ANON);
	assert_tables(m, 1, 2, 2, 1);
	lru_add_drain_all(m->pgdat);
	assert_int_equal(m->pgdat->lruvec.nr[LRU_INACTIVE_ANON], 12 + 512 + 6);
}

static void a_huge_page_unmapped_as_a_whole_is_freed_as_a_whole(void **state)
{
	struct machine *m = *state;

	map_huge(m);
	unmap(m, P(512), P(1024));
	assert_int_equal(pages_in(m, P(0), P(2000)), 12 + 6);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), 12 + 6);
	assert_int_equal(m->pgdat->lruvec.nr[LRU_INACTIVE_ANON], 12 + 6);
	assert_tables(m, 0, 2, 2, 1);
}

static void check_split(struct machine *m, unsigned long first, unsigned long last)
{
	unsigned long left = 12 + 512 + 6 - (last - first);
	unsigned long free;

	map_huge(m);
	free = pages_free(m);
	unmap(m, P(first), P(last));
	assert_int_equal(pages_in(m, P(first), P(last)), 0);
	assert_int_equal(pages_in(m, P(0), P(2000)), left);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), left);
	/* What was unmapped is free at once, the rest is on the LRU as small pages. */
	assert_int_equal(pages_free(m), free + (last - first));
	assert_int_equal(m->pgdat->lruvec.nr[LRU_INACTIVE_ANON], left);
	assert_tables(m, 0, 3, 2, 1);
	unmap(m, P(0), P(2000));
	assert_tables(m, 0, 0, 0, 0);
	assert_int_equal(pages_free(m), m->pgdat->zone.managed_pages);
}

static void a_huge_page_unmapped_in_part_is_split(void **state)
{
	struct machine *m = *state;

	check_split(m, 512, 513);
	check_split(m, 1023, 1024);
	check_split(m, 700, 701);
	check_split(m, 513, 1024);
	check_split(m, 510, 520);   /* with small pages below */
	check_split(m, 1020, 1027); /* with small pages above */
}

static void a_huge_page_made_on_another_cpu_can_be_split(void **state)
{
	struct machine *m = *state;

	map_at(m, 512, 1024, 0);
	this_task.cpu = 3;
	fill(m, P(512), P(1024), POPULATE_HUGE);
	this_task.cpu = 0;
	unmap(m, P(600), P(700));
	assert_int_equal(pages_in(m, P(512), P(1024)), 412);
	assert_int_equal(m->pgdat->lruvec.nr[LRU_INACTIVE_ANON], 412);
}

static void one_unmap_may_split_two_huge_pages(void **state)
{
	struct machine *m = *state;

	map_at(m, 512, 512 * 4, 0);
	fill(m, P(512), P(512 * 4), POPULATE_HUGE);
	unmap(m, P(1000), P(1600));
	assert_vmas(m, "512-1000@0 1600-2048@1088");
	assert_int_equal(pages_in(m, P(512), P(2048)), 1536 - 600);
	assert_int_equal(get_mm_counter(m->mm, MM_ANONPAGES), 1536 - 600);
	/* The middle one went as a whole, with the table laid by for it. */
	assert_tables(m, 0, 2, 1, 1);
}

static void filling_refuses_what_it_cannot_do(void **state)
{
	struct machine *m = *state;
	char *before, *after;

	map_at(m, 512, 1536, 0);
	fill(m, P(512), P(1024), POPULATE_HUGE);
	before = machine_dump(m);
	assert_int_equal(try_fill(m, P(1100), P(1100), POPULATE_ANON), -EINVAL);
	assert_int_equal(try_fill(m, P(1101), P(1100), POPULATE_ANON), -EINVAL);
	assert_int_equal(try_fill(m, P(1100), P(1537), POPULATE_ANON), -EINVAL);
	assert_int_equal(try_fill(m, P(1100), P(1101) + 1, POPULATE_ANON), -EINVAL);
	assert_int_equal(try_fill(m, P(1100) + 8, P(1101), POPULATE_ANON), -EINVAL);
	assert_int_equal(try_fill(m, P(1024), P(1536) - PAGE_SIZE, POPULATE_HUGE), -EINVAL);
	assert_int_equal(try_fill(m, P(1025), P(1536), POPULATE_HUGE), -EINVAL);
	assert_int_equal(try_fill(m, P(1100), P(1101), POPULATE_FILE), -EINVAL);
	assert_int_equal(try_fill(m, P(600), P(601), POPULATE_ANON), -EINVAL);
	assert_int_equal(try_fill(m, P(512), P(1024), POPULATE_HUGE), -EINVAL);
	after = machine_dump(m);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void filling_more_than_there_is_leaves_the_range_empty(void **state)
{
	struct machine *m = *state;
	char *before, *after;

	map_at(m, 0, 40000, 0);
	before = machine_dump(m);
	assert_int_equal(try_fill(m, P(0), P(9000), POPULATE_ANON), -ENOMEM);
	assert_int_equal(try_fill(m, P(512 * 50), P(512 * 68), POPULATE_HUGE), -ENOMEM);
	assert_int_equal(try_fill(m, P(10000), P(12500), POPULATE_SWAP), -ENOSPC);
	after = machine_dump(m);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

#ifdef UMAPLE_DEBUG
/* Debug builds check that the lock is held as each call asks for it. */

static void map_for_reading(void *arg)
{
	struct machine *m = arg;

	mmap_read_lock(m->mm);
	map_region(m->mm, P(0), PAGE_SIZE, VM_READ, 0, NULL);
}

static void unmap_for_reading(void *arg)
{
	struct machine *m = arg;

	mmap_read_lock(m->mm);
	do_munmap(m->mm, P(0), PAGE_SIZE);
}

static void find_without_lock(void *arg)
{
	find_vma(((struct machine *)arg)->mm, 0);
}

static void split_for_reading(void *arg)
{
	struct machine *m = arg;

	map_huge(m);
	mmap_read_lock(m->mm);
	zap_page_range_single(vma_lookup(m->mm, P(600)), P(600), PAGE_SIZE);
}

static void mapping_needs_the_lock_for_writing(void **state)
{
	assert_aborts(map_for_reading, *state);
}

static void unmapping_needs_the_lock_for_writing(void **state)
{
	assert_aborts(unmap_for_reading, *state);
}

static void finding_needs_the_lock(void **state)
{
	assert_aborts(find_without_lock, *state);
}

static void splitting_needs_the_lock_for_writing(void **state)
{
	assert_aborts(split_for_reading, *state);
}
#endif

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(bad_ranges_are_refused),
		test(the_whole_of_user_memory_is_one_vma_at_most),
		test(a_place_taken_is_refused_and_left_alone),
		test(vmas_are_found_by_address),
		test(vmas_are_walked_both_ways_from_anywhere),
		test(a_vma_is_cut_at_its_head_tail_or_middle),
		test(unmapping_nothing_is_fine),
		test(one_call_unmaps_across_several_vmas),
		test(file_pages_go_from_the_tables_and_stay_in_the_cache),
		test(a_huge_page_unmapped_as_a_whole_is_freed_as_a_whole),
		test(a_huge_page_unmapped_in_part_is_split),
		test(a_huge_page_made_on_another_cpu_can_be_split),
		test(one_unmap_may_split_two_huge_pages),
		test(filling_refuses_what_it_cannot_do),
		test(filling_more_than_there_is_leaves_the_range_empty),
#ifdef UMAPLE_DEBUG
		test(mapping_needs_the_lock_for_writing),
		test(unmapping_needs_the_lock_for_writing),
		test(finding_needs_the_lock),
		test(splitting_needs_the_lock_for_writing),
#endif
	};

	return mm_run_group(tests);
}
