// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: thousands of random maps, fills and unmaps over a window that crosses the border
 * of a PUD table, each followed by a comparison with a model that is nothing but an array with
 * an entry per page: VMAs, their ends and offsets, each page and the frame behind it, counters,
 * and the memory in use. A failure prints the seed and the step.
 */
#include "mm_fixture.h"

#define TABLES 6ul
#define PAGES  (TABLES * 512)
#define BASE   (PGDIR_SIZE - TABLES / 2 * PMD_SIZE)
#define P(n)   (BASE + (unsigned long)(n)*PAGE_SIZE)
#ifdef UMAPLE_DEBUG
#define STEPS 700 /* each step compares all of the window */
#else
#define STEPS 3000
#endif

struct model_page {
	unsigned int vma_nr; /* number of the map_region() that made it; 0: not mapped */
	unsigned long pgoff;
	struct vm_file *file;
	unsigned long pte; /* 0: no page */
	enum populate_kind kind;
};

struct model {
	struct machine m;
	struct model_page page[PAGES];
	unsigned int vmas; /* ever made */
	unsigned int step;
	uint64_t seed, rng;
};

#define check(model, condition)                                                     \
	do {                                                                        \
		if (!(condition))                                                   \
			fail_msg("seed %llu, step %u: " #condition,                 \
				 (unsigned long long)(model)->seed, (model)->step); \
	} while (0)

static void random_range(struct model *model, unsigned long *first, unsigned long *last)
{
	unsigned long most = random_below(&model->rng, 4) ? 80 : PAGES;

	*first = random_below(&model->rng, PAGES);
	*last = *first + 1 + random_below(&model->rng, most);
	if (*last > PAGES)
		*last = PAGES;
	/* Borders of tables are where things go wrong. */
	if (!random_below(&model->rng, 4))
		*first &= ~511ul;
	if (!random_below(&model->rng, 4))
		*last = (*last + 511) & ~511ul;
}

static void random_map(struct model *model)
{
	unsigned long first, last, pgoff = random_below(&model->rng, 1000000);
	struct vm_file *files[] = {NULL, NULL, &model->m.file, &model->m.shmem};
	struct vm_file *file = files[random_below(&model->rng, 4)];
	bool taken = false;
	int err;

	random_range(model, &first, &last);
	for (unsigned long i = first; i < last; i++)
		taken |= model->page[i].vma_nr != 0;
	err = try_map(&model->m, P(first), P(last), VM_READ, pgoff, file);
	check(model, err == (taken ? -EEXIST : 0));
	if (taken)
		return;
	model->vmas++;
	for (unsigned long i = first; i < last; i++)
		model->page[i] = (struct model_page){
			.vma_nr = model->vmas, .pgoff = pgoff + i - first, .file = file};
}

static bool same_vma(const struct model *model, unsigned long i, unsigned long j)
{
	return model->page[i].vma_nr && model->page[i].vma_nr == model->page[j].vma_nr;
}

/* Fill a random empty run within one VMA. */
static void random_fill(struct model *model)
{
	unsigned long first = random_below(&model->rng, PAGES), last;
	unsigned long most = 1 + random_below(&model->rng, 100);
	enum populate_kind kind = (enum populate_kind)random_below(&model->rng, 3);
	int err;

	if (!model->page[first].vma_nr || model->page[first].pte)
		return;
	if (kind == POPULATE_FILE && !model->page[first].file)
		kind = POPULATE_ANON;
	for (last = first; last < PAGES && last - first < most; last++) {
		if (!same_vma(model, first, last) || model->page[last].pte)
			break;
	}
	err = try_fill(&model->m, P(first), P(last), kind);
	check(model, err == 0);
	for (unsigned long i = first; i < last; i++) {
		model->page[i].kind = kind;
		model->page[i].pte = 1; /* which frame, the next look tells */
	}
}

static void random_huge(struct model *model)
{
	unsigned long first = random_below(&model->rng, TABLES) * 512;
	bool fits = true;
	int err;

	for (unsigned long i = first; i < first + 512; i++)
		fits &= same_vma(model, first, i) && !model->page[i].pte;
	if (!fits)
		return;
	err = try_fill(&model->m, P(first), P(first + 512), POPULATE_HUGE);
	/* An empty PTE table may stand there. */
	check(model, err == 0 || err == -EINVAL);
	for (unsigned long i = first; !err && i < first + 512; i++) {
		model->page[i].kind = POPULATE_HUGE;
		model->page[i].pte = 1;
	}
}

static void random_unmap(struct model *model)
{
	unsigned long first, last;
	int err;

	random_range(model, &first, &last);
	err = try_unmap(&model->m, P(first), P(last));
	check(model, err == 0);
	for (unsigned long i = first; i < last; i++)
		model->page[i] = (struct model_page){0};
}

/* Page by page: 1 in the model means "any"; afterwards the frame must stay the same. */
static void compare_page(unsigned long addr, pte_t pte, void *arg)
{
	struct model *model = arg;
	struct model_page *page = &model->page[(addr - BASE) / PAGE_SIZE];

	check(model, addr >= BASE && addr < P(PAGES));
	check(model, page->pte != 0);
	check(model, pte_present(pte) == (page->kind != POPULATE_SWAP));
	check(model, page->pte == 1 || page->pte == pte.pte);
	page->pte = pte.pte;
}

static void compare_vmas(struct model *model)
{
	struct mm_struct *mm = model->m.mm;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;
	unsigned long i = 0;
	int vmas = 0;

	vma_iter_init(&vmi, mm, 0);
	for_each_vma (vmi, vma) {
		unsigned long first = (vma->vm_start - BASE) / PAGE_SIZE;
		unsigned long last = (vma->vm_end - BASE) / PAGE_SIZE;

		for (; i < first; i++)
			check(model, !model->page[i].vma_nr);
		check(model, i == first && last > first && last <= PAGES);
		check(model, vma->vm_pgoff == model->page[first].pgoff);
		check(model, vma->vm_file == model->page[first].file);
		for (; i < last; i++)
			check(model, same_vma(model, first, i));
		/* Two VMAs in a row come from two calls, or the array would show a hole. */
		check(model, last == PAGES || !same_vma(model, first, last));
		vmas++;
	}
	for (; i < PAGES; i++)
		check(model, !model->page[i].vma_nr);
	check(model, mm->map_count == vmas);
	check(model, slab_in_use(mm->vma_slab) == (size_t)vmas);
}

static void compare_counters(struct model *model)
{
	struct machine *m = &model->m;
	long rss[NR_MM_COUNTERS] = {0};
	unsigned long used = m->file.mapping.nrpages + m->shmem.mapping.nrpages;
	unsigned long mapped = 0;

	for (unsigned long i = 0; i < PAGES; i++) {
		const struct model_page *page = &model->page[i];

		if (!page->pte)
			continue;
		mapped++;
		if (page->kind == POPULATE_SWAP)
			rss[MM_SWAPENTS]++;
		else if (page->kind != POPULATE_FILE)
			rss[MM_ANONPAGES]++;
		else
			rss[page->file->shmem ? MM_SHMEMPAGES : MM_FILEPAGES]++;
	}
	check(model, pages_mapped(m) == mapped);
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		check(model, get_mm_counter(m->mm, i) == rss[i]);
	check(model, (long)swap_used(m->pgdat) == rss[MM_SWAPENTS]);
	check(model, (long)zs_objects(m->pgdat->swap->pool) == rss[MM_SWAPENTS]);
	/* The batches of the LRU keep pages for a while, so empty them at times. */
	if (model->step % 16)
		return;
	lru_add_drain_all(m->pgdat);
	used += (unsigned long)rss[MM_ANONPAGES] + zs_get_total_pages(m->pgdat->swap->pool);
	check(model, pages_free(m) + used == m->pgdat->zone.managed_pages);
	check(model, m->pgdat->bad_pages == 0);
}

static void compare(struct model *model)
{
	struct machine *m = &model->m;

	mmap_read_lock(m->mm);
	walk_all_pages(m->mm, compare_page, model);
	compare_vmas(model);
	mmap_read_unlock(m->mm);
	compare_counters(model);
}

/* The page cache only grows; a bounded machine needs it emptied where nothing maps it. */
static void drop_unmapped_cache(struct model *model)
{
	struct machine *m = &model->m;

	if (!get_mm_counter(m->mm, MM_FILEPAGES))
		page_cache_drop(m->pgdat, &m->file.mapping);
	if (!get_mm_counter(m->mm, MM_SHMEMPAGES))
		page_cache_drop(m->pgdat, &m->shmem.mapping);
}

static void random_steps(uint64_t seed)
{
	struct model *model = calloc(1, sizeof(*model));

	assert_non_null(model);
	model->seed = seed;
	model->rng = seed * 0x9e3779b97f4a7c15u | 1;
	machine_start(&model->m, 65536, PAGES);
	for (model->step = 1; model->step <= STEPS; model->step++) {
		switch (random_below(&model->rng, 8)) {
		case 0:
		case 1:
			random_map(model);
			break;
		case 2:
			random_huge(model);
			break;
		case 3:
			random_unmap(model);
			break;
		default:
			random_fill(model);
		}
		compare(model);
		if (model->step % 100 == 0)
			drop_unmapped_cache(model);
	}
	if (seed % 2) { /* by the exiting task, or VMA by VMA until nothing is left */
		exit_mmap(model->m.mm);
	} else {
		unmap(&model->m, 0, TASK_SIZE);
		assert_tables(&model->m, 0, 0, 0, 0);
	}
	machine_verify(&model->m);
	free(model);
}

static void random_steps_agree_with_a_page_array(void **state)
{
	for (uint64_t seed = 1; seed <= 4; seed++)
		random_steps(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_steps_agree_with_a_page_array),
	};

	return mm_run_group(tests);
}
