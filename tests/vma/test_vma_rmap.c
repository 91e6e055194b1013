// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a VMA is entered in the i_mmap of its file from the start, in an anon_vma from its
 * first anonymous page on, and leaves them when it goes: by unmapping, cut into parts or not, or
 * with the whole address space. Wrong looks like an entry of a VMA that is gone, a part of a cut VMA
 * that is missing, or an anon_vma without members that stays.
 */
#include "mm_fixture.h"

#define BASE (PUD_SIZE - PMD_SIZE)
#define P(n) (BASE + (unsigned long)(n)*PAGE_SIZE)

static int setup(void **state)
{
	static struct machine m;

	memset(&this_task, 0, sizeof(this_task));
	machine_start(&m, 4096, 512);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_finish(*state);
	return 0;
}

/* For tests that let the victim exit themselves. */
static int verify(void **state)
{
	machine_verify(*state);
	return 0;
}

static struct vm_area_struct *vma_at(struct machine *m, unsigned long addr)
{
	struct vm_area_struct *vma;

	mmap_read_lock(m->mm);
	vma = vma_lookup(m->mm, addr);
	mmap_read_unlock(m->mm);
	assert_non_null(vma);
	return vma;
}

static void check(struct machine *m)
{
	free(machine_dump(m));
}

static unsigned long chains(const struct vm_area_struct *vma)
{
	struct anon_vma_chain *chain;
	unsigned long nr = 0;

	cds_list_for_each_entry(chain, &vma->anon_vma_chain, same_vma) nr++;
	return nr;
}

static void the_first_anonymous_page_makes_an_anon_vma(void **state)
{
	static const enum populate_kind kinds[] = {POPULATE_ANON, POPULATE_SWAP, POPULATE_HUGE};
	struct machine *m = *state;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		map_vma(m, P(0), P(1024));
		assert_null(vma_at(m, P(0))->anon_vma);
		assert_int_equal(vma_rmap_in_use(), 0);
		fill(m, P(0), P(512), kinds[i]);
		assert_non_null(vma_at(m, P(0))->anon_vma);
		assert_int_equal(vma_at(m, P(0))->anon_vma->num_vmas, 1);
		assert_int_equal(vma_rmap_in_use(), 2); /* it and one membership */
		fill(m, P(512), P(520), POPULATE_ANON);
		assert_int_equal(vma_rmap_in_use(), 2);
		check(m);
		unmap(m, P(0), P(1024));
		assert_int_equal(vma_rmap_in_use(), 0);
	}
}

static void pages_of_a_file_need_none(void **state)
{
	struct machine *m = *state;

	map_file(m, P(0), P(10), VM_SHARED, &m->file);
	fill(m, P(0), P(10), POPULATE_FILE);
	assert_null(vma_at(m, P(0))->anon_vma);
	assert_int_equal(vma_rmap_in_use(), 0);
	assert_int_equal(tree_size(m->file.i_mmap), 1);
	/* A private mapping may have both kinds of pages. */
	map_file(m, P(20), P(30), 0, &m->file);
	fill(m, P(20), P(25), POPULATE_FILE);
	fill(m, P(25), P(30), POPULATE_ANON);
	assert_int_equal(tree_size(m->file.i_mmap), 2);
	assert_int_equal(vma_at(m, P(20))->anon_vma->num_vmas, 1);
	check(m);
	unmap(m, P(0), P(20));
	assert_int_equal(tree_size(m->file.i_mmap), 1);
	assert_true(tree_has(m->file.i_mmap, vma_at(m, P(20))));
	unmap(m, P(0), P(30));
	assert_null(m->file.i_mmap);
	assert_int_equal(vma_rmap_in_use(), 0);
}

static void both_parts_of_a_cut_vma_share_what_it_had(void **state)
{
	struct machine *m = *state;
	struct anon_vma *anon_vma;

	map_file(m, P(0), P(100), 0, &m->file);
	fill(m, P(0), P(100), POPULATE_ANON);
	anon_vma = vma_at(m, P(0))->anon_vma;
	for (unsigned long parts = 2; parts <= 9; parts++) {
		unsigned long at = 100 - 10 * (parts - 1);

		unmap(m, P(at), P(at + 1));
		assert_int_equal(m->mm->map_count, parts);
		assert_int_equal(anon_vma->num_vmas, parts);
		assert_int_equal(tree_size(m->file.i_mmap), parts);
		assert_ptr_equal(vma_at(m, P(at + 1))->anon_vma, anon_vma);
		assert_int_equal(chains(vma_at(m, P(at + 1))), 1);
		check(m);
	}
	/* A cut at an end makes no part, and moves nothing. */
	unmap(m, P(0), P(1));
	unmap(m, P(99), P(100));
	assert_int_equal(anon_vma->num_vmas, 9);
	check(m);
	/* The anon_vma stays as long as one of them does. */
	unmap(m, P(0), P(80));
	assert_int_equal(anon_vma->num_vmas, 2);
	assert_int_equal(tree_size(m->file.i_mmap), 2);
	unmap(m, P(91), P(100));
	assert_int_equal(anon_vma->num_vmas, 1);
	check(m);
	unmap(m, P(0), P(100));
	assert_int_equal(vma_rmap_in_use(), 0);
	assert_null(m->file.i_mmap);
}

static void a_cut_vma_without_anonymous_pages_has_no_anon_vma(void **state)
{
	struct machine *m = *state;

	map_file(m, P(0), P(100), VM_SHARED, &m->shmem);
	unmap(m, P(40), P(50));
	assert_null(vma_at(m, P(0))->anon_vma);
	assert_null(vma_at(m, P(50))->anon_vma);
	assert_int_equal(tree_size(m->shmem.i_mmap), 2);
	/* Each part gets its own then. */
	fill(m, P(0), P(10), POPULATE_ANON);
	fill(m, P(60), P(70), POPULATE_ANON);
	assert_ptr_not_equal(vma_at(m, P(0))->anon_vma, vma_at(m, P(50))->anon_vma);
	check(m);
}

static void nothing_is_left_after_the_exit(void **state)
{
	struct machine *m = *state;

	for (unsigned long i = 0; i < 50; i++) {
		struct vm_file *files[] = {NULL, &m->file, &m->shmem};
		unsigned long at = i * 40 * (i < 25 ? 1 : 512); /* close together and far apart */

		map_file(m, P(at), P(at + 30), 0, files[i % 3]);
		if (i % 4)
			fill(m, P(at), P(at + 10), i % 2 ? POPULATE_ANON : POPULATE_SWAP);
		if (i % 5 == 1)
			unmap(m, P(at + 12), P(at + 14));
	}
	check(m);
	assert_non_null(m->file.i_mmap);
	assert_non_null(m->shmem.i_mmap);
	assert_true(vma_rmap_in_use() > 2 * 30);
	exit_mmap(m->mm);
	assert_int_equal(vma_rmap_in_use(), 0);
	assert_null(m->file.i_mmap);
	assert_null(m->shmem.i_mmap);
}

static void a_file_may_be_mapped_by_several_address_spaces(void **state)
{
	struct machine *m = *state, other = {.pgdat = m->pgdat};
	char err[128];

	other.mm = mm_alloc(m->pgdat);
	assert_non_null(other.mm);
	map_file(m, P(0), P(10), 0, &m->file);
	map_file(&other, P(0), P(10), 0, &m->file);
	assert_int_equal(tree_size(m->file.i_mmap), 2);
	exit_mmap(other.mm);
	assert_true(mm_destroy(other.mm, NULL, err, sizeof(err)));
	assert_int_equal(tree_size(m->file.i_mmap), 1);
	assert_true(tree_has(m->file.i_mmap, vma_at(m, P(0))));
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(the_first_anonymous_page_makes_an_anon_vma),
		test(pages_of_a_file_need_none),
		test(both_parts_of_a_cut_vma_share_what_it_had),
		test(a_cut_vma_without_anonymous_pages_has_no_anon_vma),
		cmocka_unit_test_setup_teardown(nothing_is_left_after_the_exit, setup, verify),
		test(a_file_may_be_mapped_by_several_address_spaces),
	};

	return mm_run_group(tests);
}
