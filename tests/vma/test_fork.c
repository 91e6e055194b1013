// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a child's address space. Right is that it maps the pages that its parent maps, or as
 * many uses of the same swap slots, that both count them, that a write gives the writer a page of
 * its own and leaves the other one alone, that a failed allocation leaves no trace of a child, and
 * that in the end, whoever goes first, everything is given back.
 */
#include "mm_fixture.h"

#include "vma/fork.h"
#include "vma/mman.h"

#define BASE (PUD_SIZE - 2 * PMD_SIZE)
#define P(n) (BASE + (unsigned long)(n)*PAGE_SIZE)

#define RW	 (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE)
#define NR_ANON	 700ul
#define NR_SWAP	 40ul
#define NR_COPY	 30ul
#define NR_PAGES (NR_ANON + NR_SWAP + NR_COPY + 512)

static int setup(void **state)
{
	static struct machine m;

	machine_start(&m, 8192, 1024);
	m.file.size = 1ul << 20;
	*state = &m;
	return 0;
}

/* Every kind of page, in areas that lie in several tables. */
static void build(struct machine *m)
{
	assert_int_equal(try_map(m, P(0), P(1000), RW, P(0) >> PAGE_SHIFT, NULL), 0);
	fill(m, P(0), P(NR_ANON), POPULATE_ANON);
	fill(m, P(800), P(800 + NR_SWAP), POPULATE_SWAP);
	assert_int_equal(try_map(m, P(1024), P(1536), RW, P(1024) >> PAGE_SHIFT, NULL), 0);
	fill(m, P(1024), P(1536), POPULATE_HUGE);
	/* A private mapping of a file: pages that were written to are the process's own. */
	assert_int_equal(try_map(m, P(1600), P(1700), RW, 0, &m->file), 0);
	fill(m, P(1600), P(1610), POPULATE_FILE);
	fill(m, P(1610), P(1610 + NR_COPY), POPULATE_ANON);
	lru_add_drain_all(m->pgdat);
}

static struct mm_struct *fork_mm(struct machine *m)
{
	struct mm_struct *mm;

	mmap_write_lock(m->mm);
	mm = dup_mm(m->mm);
	mmap_write_unlock(m->mm);
	return mm;
}

static void end_mm(struct mm_struct *mm)
{
	char err[128];

	exit_mmap(mm);
	if (!mm_destroy(mm, NULL, err, sizeof(err)))
		fail_msg("%s", err);
}

static pte_t entry_of(struct mm_struct *mm, unsigned long addr)
{
	return pmd_pte_table(*find_pmd(mm, addr, NULL))->ptes[table_index(addr, PAGE_SHIFT)];
}

static int write_to(struct mm_struct *mm, unsigned long addr)
{
	int err;

	mmap_write_lock(mm);
	err = handle_mm_fault(vma_lookup(mm, addr), addr, true);
	mmap_write_unlock(mm);
	return err;
}

static struct page *page_of(struct mm_struct *mm, unsigned long addr)
{
	return pfn_to_page(mm->pgdat, pte_pfn(entry_of(mm, addr)));
}

static void a_child_maps_the_same_pages(void **state)
{
	struct machine *m = *state;
	struct mm_struct *child;

	build(m);
	child = fork_mm(m);
	assert_non_null(child);
	assert_int_equal(child->map_count, m->mm->map_count);
	for (unsigned long i = 0; i < 1536; i++) {
		pmd_t *pmd = find_pmd(m->mm, P(i), NULL);

		if (pmd && !pmd_none(*pmd))
			assert_int_equal(entry_of(child, P(i)).pte, entry_of(m->mm, P(i)).pte);
	}
	/* An area with pages of its own is copied whole, with those of the file. */
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		assert_int_equal(get_mm_counter(child, i), get_mm_counter(m->mm, i));
	assert_int_equal(page_of(child, P(3))->_mapcount, 1);
	assert_int_equal(page_of(child, P(1100))->_mapcount, 1);
	assert_int_equal(swap_used(m->pgdat), NR_SWAP);
	end_mm(child);
	assert_int_equal(page_of(m->mm, P(3))->_mapcount, 0);
	assert_int_equal(swap_used(m->pgdat), NR_SWAP);
	machine_finish(m);
}

static void the_parent_may_go_first(void **state)
{
	struct machine *m = *state;
	struct mm_struct *child, *parent = m->mm;

	build(m);
	child = fork_mm(m);
	assert_non_null(child);
	end_mm(parent);
	m->mm = child;
	assert_int_equal(pages_mapped(m), NR_PAGES + 10);
	machine_finish(m);
}

static void a_write_copies_a_shared_page_once(void **state)
{
	struct machine *m = *state;
	struct mm_struct *child;
	struct page *shared;

	build(m);
	child = fork_mm(m);
	assert_non_null(child);
	shared = page_of(m->mm, P(7));
	assert_false(entry_of(m->mm, P(7)).pte & _PAGE_RW);
	assert_int_equal(write_to(child, P(7)), 0);
	assert_ptr_not_equal(page_of(child, P(7)), shared);
	assert_true(entry_of(child, P(7)).pte & _PAGE_RW);
	assert_ptr_equal(page_of(m->mm, P(7)), shared);
	assert_int_equal(shared->_mapcount, 0);
	/* Nobody else maps it now: the parent writes to it. */
	assert_int_equal(write_to(m->mm, P(7)), 0);
	assert_ptr_equal(page_of(m->mm, P(7)), shared);
	assert_int_equal(get_mm_counter(child, MM_ANONPAGES), get_mm_counter(m->mm, MM_ANONPAGES));
	end_mm(child);
	machine_finish(m);
}

static void a_swapped_page_comes_back_to_one_of_both(void **state)
{
	struct machine *m = *state;
	struct mm_struct *child;

	build(m);
	child = fork_mm(m);
	assert_non_null(child);
	assert_int_equal(write_to(child, P(805)), 0);
	assert_true(pte_present(entry_of(child, P(805))));
	assert_false(pte_present(entry_of(m->mm, P(805))));
	assert_int_equal(get_mm_counter(child, MM_SWAPENTS), NR_SWAP - 1);
	assert_int_equal(swap_used(m->pgdat), NR_SWAP);
	assert_int_equal(write_to(m->mm, P(805)), 0);
	assert_int_equal(swap_used(m->pgdat), NR_SWAP - 1);
	end_mm(child);
	machine_finish(m);
}

/* Without memory for the copy the shared page stays, and so does a swapped one. */
static void a_write_without_memory_changes_nothing(void **state)
{
	static const unsigned long where[] = {P(7), P(805)};
	struct machine *m = *state;
	struct mm_struct *child;
	unsigned int errors = 0;

	build(m);
	child = fork_mm(m);
	assert_non_null(child);
	for (size_t i = 0; i < ARRAY_SIZE(where); i++) {
		unsigned long before = entry_of(child, where[i]).pte;
		int err;

		for (unsigned long n = 0;; n++) {
			fault_arm(n);
			err = write_to(child, where[i]);
			if (!fault_disarm())
				break;
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(entry_of(child, where[i]).pte, before);
			assert_int_equal(get_mm_counter(child, MM_SWAPENTS), NR_SWAP);
			assert_int_equal(get_mm_counter(child, MM_ANONPAGES),
					 get_mm_counter(m->mm, MM_ANONPAGES));
			errors++;
		}
		assert_int_equal(err, 0);
		assert_int_not_equal(entry_of(child, where[i]).pte, before);
		if (!i) /* the counters of both are the same again */
			assert_int_equal(write_to(m->mm, where[i]), 0);
	}
	assert_true(errors >= 2);
	end_mm(child);
	machine_finish(m);
}

static void without_memory_there_is_no_child(void **state)
{
	struct machine *m = *state;
	struct mm_struct *child = NULL;
	size_t vmas, tables, rmap;
	unsigned long free_pages;
	unsigned int errors = 0;

	build(m);
	/* The first fork splits the huge page, which takes a table out of the store. */
	child = fork_mm(m);
	assert_non_null(child);
	end_mm(child);
	vmas = slab_in_use(m->mm->vma_slab);
	tables = slab_in_use(m->mm->table_slab);
	rmap = vma_rmap_in_use();
	free_pages = pages_free(m);
	for (unsigned long n = 0;; n++) {
		fault_arm(n);
		child = fork_mm(m);
		if (!fault_disarm())
			break;
		if (child) { /* the tree has come round it */
			end_mm(child);
			continue;
		}
		errors++;
		assert_int_equal(slab_in_use(m->mm->vma_slab), vmas);
		assert_int_equal(slab_in_use(m->mm->table_slab), tables);
		assert_int_equal(vma_rmap_in_use(), rmap);
		assert_int_equal(pages_free(m), free_pages);
		assert_int_equal(swap_used(m->pgdat), NR_SWAP);
		assert_int_equal(page_of(m->mm, P(3))->_mapcount, 0);
	}
	/* Three areas, their places in anon_vmas, tables and locks. */
	assert_true(errors > 20);
	assert_non_null(child);
	end_mm(child);
	machine_finish(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_child_maps_the_same_pages, setup),
		cmocka_unit_test_setup(the_parent_may_go_first, setup),
		cmocka_unit_test_setup(a_write_copies_a_shared_page_once, setup),
		cmocka_unit_test_setup(a_swapped_page_comes_back_to_one_of_both, setup),
		cmocka_unit_test_setup(a_write_without_memory_changes_nothing, setup),
		cmocka_unit_test_setup(without_memory_there_is_no_child, setup),
	};

	return mm_run_group(tests);
}
