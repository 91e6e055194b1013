/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the tests of address spaces: a machine (a node, perhaps with swap) with one
 * address space on it, short names for what every test does with them, and an end that checks
 * that nothing was lost. A test brings the machine to its end even when it broke something on
 * purpose: the end says whether the breakage was put right.
 */
#ifndef UMAPLE_TESTS_MM_FIXTURE_H
#define UMAPLE_TESTS_MM_FIXTURE_H

#include <errno.h>
#include <search.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "oom/mm.h"
#include "oom/oom.h"
#include "vma/lru.h"
#include "vma/mmap_lock.h"
#include "vma/page_alloc.h"
#include "vma/pgdat.h"
#include "vma/populate.h"
#include "vma/swapfile.h"
#include "vma/vma_rmap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct machine {
	struct pglist_data *pgdat;
	struct mm_struct *mm;
	struct vm_file file, shmem;
};

/* The engines' readers and their call_rcu() want the thread registered. */
static inline int mm_group_setup(void **state)
{
	rcu_register_thread();
	return mm_layer_init();
}

static inline int mm_group_teardown(void **state)
{
	port_rcu_barrier();
	rcu_unregister_thread();
	return 0;
}

static inline void machine_start(struct machine *m, unsigned long nr_pages, unsigned long nr_slots)
{
	memset(m, 0, sizeof(*m));
	m->shmem.shmem = true;
	m->pgdat = pgdat_create(nr_pages);
	assert_non_null(m->pgdat);
	if (nr_slots)
		assert_int_equal(swap_on(m->pgdat, nr_slots), 0);
	m->mm = mm_alloc(m->pgdat);
	assert_non_null(m->mm);
	/* It is looked at after its last user has left. */
	mmgrab(m->mm);
}

/* After exit_mmap(): is everything given back, everywhere? */
static inline void machine_verify(struct machine *m)
{
	struct slab *vmas = m->mm->vma_slab;
	struct slab *tables = m->mm->table_slab;
	struct slab *ptdescs = m->mm->ptdesc_slab;
	char err[256] = "";

	lru_add_drain_all(m->pgdat);
	page_cache_drop(m->pgdat, &m->file.mapping);
	page_cache_drop(m->pgdat, &m->shmem.mapping);
	if (!mm_destroy(m->mm, NULL, err, sizeof(err)))
		fail_msg("%s", err);
	assert_int_equal(slab_in_use(vmas), 0);
	assert_int_equal(slab_in_use(tables), 0);
	assert_int_equal(slab_in_use(ptdescs), 0);
	assert_int_equal(vma_rmap_in_use(), 0);
	assert_null(m->file.i_mmap);
	assert_null(m->shmem.i_mmap);
	if (!swap_check(m->pgdat, err, sizeof(err)))
		fail_msg("%s", err);
	if (m->pgdat->swap) {
		assert_int_equal(zs_get_total_pages(m->pgdat->swap->pool), 0);
		swap_off(m->pgdat);
	}
	if (!pgdat_check(m->pgdat, err, sizeof(err)))
		fail_msg("%s", err);
	pgdat_destroy(m->pgdat);
}

static inline void machine_finish(struct machine *m)
{
	exit_mmap(m->mm);
	machine_verify(m);
}

static inline int try_map(struct machine *m, unsigned long start, unsigned long end,
			  unsigned long flags, unsigned long pgoff, struct vm_file *file)
{
	int err;

	mmap_write_lock(m->mm);
	err = map_region(m->mm, start, end - start, flags, pgoff, file);
	mmap_write_unlock(m->mm);
	return err;
}

static inline void map_vma(struct machine *m, unsigned long start, unsigned long end)
{
	assert_int_equal(try_map(m, start, end, VM_READ | VM_WRITE, 0, NULL), 0);
}

static inline void map_file(struct machine *m, unsigned long start, unsigned long end,
			    unsigned long flags, struct vm_file *file)
{
	assert_int_equal(try_map(m, start, end, VM_READ | flags, 0, file), 0);
}

static inline int try_fill(struct machine *m, unsigned long start, unsigned long end,
			   enum populate_kind kind)
{
	struct vm_area_struct *vma;
	int err;

	mmap_write_lock(m->mm);
	vma = vma_lookup(m->mm, start);
	err = vma ? populate_range(vma, start, end, kind) : -EFAULT;
	mmap_write_unlock(m->mm);
	return err;
}

static inline void fill(struct machine *m, unsigned long start, unsigned long end,
			enum populate_kind kind)
{
	assert_int_equal(try_fill(m, start, end, kind), 0);
}

static inline int try_unmap(struct machine *m, unsigned long start, unsigned long end)
{
	int err;

	mmap_write_lock(m->mm);
	err = do_munmap(m->mm, start, end - start);
	mmap_write_unlock(m->mm);
	return err;
}

static inline void unmap(struct machine *m, unsigned long start, unsigned long end)
{
	assert_int_equal(try_unmap(m, start, end), 0);
}

/* unmap_page_range() by itself: pages go, the VMA and the tables stay. */
static inline void zap(struct machine *m, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;

	mmap_write_lock(m->mm);
	vma = vma_lookup(m->mm, start);
	assert_non_null(vma);
	zap_page_range_single(vma, start, end - start);
	mmap_write_unlock(m->mm);
}

static inline void count_one_page(unsigned long addr, pte_t pte, void *arg)
{
	++*(unsigned long *)arg;
}

/* Mapped and swapped pages of a range. */
static inline unsigned long pages_in(struct machine *m, unsigned long start, unsigned long end)
{
	unsigned long nr = 0;

	mmap_read_lock(m->mm);
	walk_pages(m->mm, start, end, count_one_page, &nr);
	mmap_read_unlock(m->mm);
	return nr;
}

/* Every page there is. An address space is mostly nothing: look only where there are tables. */
static inline void walk_all_pages(struct mm_struct *mm,
				  void (*fn)(unsigned long addr, pte_t pte, void *arg), void *arg)
{
	for (unsigned long i = 0; i < PTRS_PER_TABLE; i++) {
		if (mm->pgd[i].pgd)
			walk_pages(mm, i * PGDIR_SIZE, (i + 1) * PGDIR_SIZE, fn, arg);
	}
}

static inline unsigned long pages_mapped(struct machine *m)
{
	unsigned long nr = 0;

	mmap_read_lock(m->mm);
	walk_all_pages(m->mm, count_one_page, &nr);
	mmap_read_unlock(m->mm);
	return nr;
}

static inline unsigned long pages_free(struct machine *m)
{
	unsigned long nr = m->pgdat->zone.free_pages;

	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		nr += (unsigned long)m->pgdat->zone.per_cpu[cpu].count;
	return nr;
}

static inline void print_page(unsigned long addr, pte_t pte, void *arg)
{
	fprintf(arg, "page %lx %lx\n", addr, pte.pte);
}

static inline void print_vmas(struct machine *m, FILE *out)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, m->mm, 0);
	for_each_vma (vmi, vma)
		fprintf(out, "VMA %lx-%lx %lx pgoff %lx %p\n", vma->vm_start, vma->vm_end,
			vma->vm_flags, vma->vm_pgoff, (void *)vma->vm_file);
}

static inline void count_node(const void *node, VISIT visit, void *arg)
{
	if (visit == preorder || visit == leaf)
		++*(unsigned long *)arg;
}

static inline unsigned long tree_size(const void *root)
{
	unsigned long nr = 0;

	twalk_r(root, count_node, &nr);
	return nr;
}

/* Is @vma in a tree of VMAs? These are sorted by address. */
static inline int by_address(const void *a, const void *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static inline bool tree_has(void *root, const struct vm_area_struct *vma)
{
	return tfind(vma, &root, by_address) != NULL;
}

/* Each VMA is in the i_mmap of its file and in all of its anon_vmas, and nobody else is. */
static inline void check_rmap(struct machine *m, FILE *out)
{
	unsigned long mapped = 0, members = 0;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, m->mm, 0);
	for_each_vma (vmi, vma) {
		struct anon_vma_chain *chain;
		bool own = false;

		if (vma->vm_file)
			assert_true(tree_has(vma->vm_file->i_mmap, vma));
		mapped += vma->vm_file != NULL;
		cds_list_for_each_entry(chain, &vma->anon_vma_chain, same_vma)
		{
			assert_true(tree_has(chain->anon_vma->root, vma));
			assert_int_equal(tree_size(chain->anon_vma->root),
					 chain->anon_vma->num_vmas);
			own |= chain->anon_vma == vma->anon_vma;
			members++;
		}
		assert_true(own == (vma->anon_vma != NULL));
	}
	assert_int_equal(tree_size(m->file.i_mmap) + tree_size(m->shmem.i_mmap), mapped);
	fprintf(out, "i_mmap %lu + %lu\n", tree_size(m->file.i_mmap), tree_size(m->shmem.i_mmap));
	/* Memberships, and at least one anon_vma if there is any. */
	assert_true(vma_rmap_in_use() >= members + (members > 0));
	assert_true(vma_rmap_in_use() <= 2 * members);
}

/*
 * The whole state of a machine as text: VMAs, each page with its frame, counters, free
 * memory, the reverse maps of files. Page tables without pages are not in it, nor anon_vmas, which stay
 * like these when filling fails; they are only checked. Free the text.
 */
static inline char *machine_dump(struct machine *m)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	lru_add_drain_all(m->pgdat);
	mmap_read_lock(m->mm);
	print_vmas(m, out);
	walk_all_pages(m->mm, print_page, out);
	check_rmap(m, out);
	mmap_read_unlock(m->mm);
	fprintf(out, "map_count %d\n", m->mm->map_count);
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		fprintf(out, "rss %d %ld\n", i, get_mm_counter(m->mm, i));
	fprintf(out, "free %lu, bad %lu, swapped %lu\n", pages_free(m), m->pgdat->bad_pages,
		swap_used(m->pgdat));
	fprintf(out, "objects %zu\n", slab_in_use(m->mm->vma_slab));
	fclose(out);
	return text;
}

/* Page tables of each level that exist, computed from the objects of the slabs. */
struct table_count {
	unsigned long pte, pmd, pud;
};

/* @deposits: tables laid by for huge pages, one each. */
static inline struct table_count count_tables(struct machine *m, unsigned long deposits)
{
	size_t ptdescs = slab_in_use(m->mm->ptdesc_slab);
	struct table_count count = {.pte = m->mm->nr_tables};

	count.pmd = ptdescs - deposits - count.pte;
	count.pud = slab_in_use(m->mm->table_slab) - ptdescs - 1;
	return count;
}

#define assert_tables(m, deposits, npte, npmd, npud)                        \
	do {                                                                \
		struct table_count __count = count_tables((m), (deposits)); \
                                                                            \
		assert_int_equal(__count.pte, (npte));                      \
		assert_int_equal(__count.pmd, (npmd));                      \
		assert_int_equal(__count.pud, (npud));                      \
	} while (0)

#ifdef UMAPLE_DEBUG
/* Does an assertion stop fn()? Only debug builds have assertions. */
static inline void assert_aborts(void (*fn)(void *), void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct rlimit no_core = {0, 0};

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		fn(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
#endif

/* Small, and the same numbers on every machine. */
static inline uint64_t test_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline unsigned long random_below(uint64_t *seed, unsigned long n)
{
	return (test_random(seed) >> 11) % n;
}

#define mm_run_group(tests)                        \
	(cmocka_set_message_output(CM_OUTPUT_TAP), \
	 cmocka_run_group_tests((tests), mm_group_setup, mm_group_teardown))

#endif
