// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: each order, over many random address spaces, unmaps every page a reaper may
 * unmap exactly once and no other, and walks in the direction its name says. Every piece handed
 * to unmap_page_range() is written down by a wrapper. Wrong looks like a gap or an overlap
 * between pieces, a piece of a VMA that reapers pass over, or pieces in another order.
 */
#include "../vma/mm_fixture.h"
#include "engines/reap_plan.h"

#define BASE	   (PGDIR_SIZE - 8 * PMD_SIZE)
#define WINDOW	   (4096ul) /* pages; eight PTE tables on each side of a border of all levels */
#define P(n)	   (BASE + (unsigned long)(n)*PAGE_SIZE)
#define MAX_VMAS   40
#define MAX_PIECES 4096
#ifdef UMAPLE_DEBUG
#define LAYOUTS 12
#else
#define LAYOUTS 60
#endif

static const char *const orders[] = {"forward",	       "reverse",	   "reverse-fine",
				     "reverse-fine:1", "reverse-fine:2",   "reverse-fine:3",
				     "reverse-fine:7", "reverse-fine:1000"};

struct piece {
	unsigned long vma_start; /* of the VMA, which an exit frees */
	unsigned long start, end;
};

static struct piece pieces[MAX_PIECES];
static unsigned int nr_pieces;
static bool recording;

void __real_unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end);
void __wrap_unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end);

void __wrap_unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end)
{
	if (recording) {
		assert_true(nr_pieces < MAX_PIECES);
		pieces[nr_pieces++] = (struct piece){vma->vm_start, addr, end};
	}
	__real_unmap_page_range(tlb, vma, addr, end);
}

/* One address space, and what a reaper should do to it. */
struct layout {
	struct machine m;
	unsigned int nr_vmas;
	struct {
		unsigned long start, end;
		bool reapable;
	} vma[MAX_VMAS];
	unsigned long reapable_pages, other_pages; /* swapped ones included */
};

static unsigned long fill_randomly(struct layout *l, uint64_t *rng, unsigned long first,
				   unsigned long last, bool file)
{
	unsigned long pages = 0;

	while (first < last) {
		unsigned long n = 1 + random_below(rng, 300);
		unsigned int what = (unsigned int)random_below(rng, 5);
		enum populate_kind kind = (enum populate_kind)(what % 3);

		if (!(first % 512) && last - first >= 512 && what == 4) {
			kind = POPULATE_HUGE;
			n = 512;
		} else if (kind == POPULATE_FILE && !file) {
			kind = POPULATE_ANON;
		}
		if (n > last - first)
			n = last - first;
		/* A huge page wants its table's place empty: small ones end where one begins. */
		if (kind != POPULATE_HUGE && n > 512 - first % 512)
			n = 512 - first % 512;
		if (what != 3) {
			fill(&l->m, P(first), P(first + n), kind);
			pages += n;
		}
		first += n;
	}
	return pages;
}

static void add_vma(struct layout *l, uint64_t *rng, unsigned long first, unsigned long last)
{
	static const struct {
		unsigned long flags;
		int file; /* 1: a file, 2: shared memory */
		bool reapable;
	} kinds[] = {
		{0, 0, true},		{0, 0, true},
		{VM_SHARED, 0, true}, /* anonymous is never passed over */
		{0, 1, true},		{VM_SHARED, 1, false},
		{VM_SHARED, 2, false},	{VM_PFNMAP, 0, false},
		{VM_HUGETLB, 0, false}, {VM_LOCKED, 0, true},
	};
	size_t k = random_below(rng, ARRAY_SIZE(kinds));
	struct vm_file *files[] = {NULL, &l->m.file, &l->m.shmem};
	struct vm_file *file = files[kinds[k].file];
	unsigned long pages;

	assert_int_equal(try_map(&l->m, P(first), P(last), VM_READ | kinds[k].flags, 0, file), 0);
	pages = fill_randomly(l, rng, first, last, file != NULL);
	l->vma[l->nr_vmas].start = P(first);
	l->vma[l->nr_vmas].end = P(last);
	l->vma[l->nr_vmas++].reapable = kinds[k].reapable;
	if (kinds[k].reapable)
		l->reapable_pages += pages;
	else
		l->other_pages += pages;
}

static void layout_make(struct layout *l, uint64_t seed)
{
	uint64_t rng = seed * 0x9e3779b97f4a7c15u | 1;
	unsigned long first = random_below(&rng, 100), most = seed % 3 ? 900 : 40;

	memset(l, 0, sizeof(*l));
	machine_start(&l->m, 16384, WINDOW);
	while (first < WINDOW && l->nr_vmas < MAX_VMAS) {
		unsigned long last = first + 1 + random_below(&rng, most);

		/* Down to one page, which may be the last of its table. */
		if (!random_below(&rng, 4))
			last = first + 1;
		else if (!random_below(&rng, 4))
			last = (last + 511) & ~511ul;
		if (last > WINDOW)
			last = WINDOW;
		add_vma(l, &rng, first, last);
		first = last + (random_below(&rng, 2) ? random_below(&rng, 500) : 0);
		if (!random_below(&rng, 4))
			first = ((first + 511) & ~511ul) - random_below(&rng, 2);
		if (first < last)
			first = last;
	}
	lru_add_drain_all(l->m.pgdat);
}

static unsigned int vma_of(const struct layout *l, const struct piece *piece)
{
	for (unsigned int i = 0; i < l->nr_vmas; i++) {
		if (piece->start >= l->vma[i].start && piece->end <= l->vma[i].end) {
			assert_true(piece->start < piece->end);
			assert_int_equal(piece->vma_start, l->vma[i].start);
			return i;
		}
	}
	fail_msg("the piece %lx-%lx lies in no VMA", piece->start, piece->end);
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Which of the places for a PTE table or a huge page had one before the walk. */
static bool place_used[WINDOW / 512 + 1];

static void note_places(struct layout *l)
{
	mmap_read_lock(l->m.mm);
	for (size_t i = 0; i < ARRAY_SIZE(place_used); i++) {
		pmd_t *pmd = find_pmd(l->m.mm, BASE + i * PMD_SIZE, NULL);

		place_used[i] = pmd && !pmd_none(*pmd);
	}
	mmap_read_unlock(l->m.mm);
}

/* Nothing is mapped there, so an order that goes in steps may pass over it. */
static void assert_empty(unsigned long start, unsigned long end)
{
	for (size_t i = (start - BASE) / PMD_SIZE; start < end; start = BASE + ++i * PMD_SIZE)
		assert_false(place_used[i]);
}

/*
 * Sorted, the pieces are the reapable VMAs, without overlap; and without gaps, but for what is empty
 * in an order that goes in steps.
 */
static void assert_each_vma_once(const struct layout *l, bool fine)
{
	static struct piece sorted[MAX_PIECES];
	unsigned int n = 0;

	memcpy(sorted, pieces, sizeof(pieces[0]) * nr_pieces);
	qsort(sorted, nr_pieces, sizeof(sorted[0]), by_start);
	for (unsigned int i = 0; i < l->nr_vmas; i++) {
		unsigned long at = l->vma[i].start;

		if (!l->vma[i].reapable)
			continue;
		while (at < l->vma[i].end) {
			bool more = n < nr_pieces && sorted[n].start < l->vma[i].end;
			unsigned long next = more ? sorted[n].start : l->vma[i].end;

			assert_true(next >= at);
			if (next > at) {
				assert_true(fine);
				assert_empty(at, next);
			}
			at = more ? sorted[n++].end : next;
		}
		assert_int_equal(at, l->vma[i].end);
	}
	assert_int_equal(n, nr_pieces);
}

static bool is_fine(const char *order)
{
	return !strncmp(order, "reverse-fine", strlen("reverse-fine"));
}

/* The order of VMAs, of pieces within one, and the size of pieces. */
static void assert_walks_as_named(const struct layout *l, const char *order)
{
	bool fine = is_fine(order), up = !strcmp(order, "forward");
	const char *colon = strchr(order, ':');
	unsigned long step = (colon ? strtoul(colon + 1, NULL, 10) : 1) * PMD_SIZE;

	for (unsigned int i = 0; i < nr_pieces; i++) {
		const struct piece *piece = &pieces[i];
		unsigned int vma = vma_of(l, piece);

		if (i && up)
			assert_true(piece->start >= pieces[i - 1].end);
		else if (i)
			assert_true(piece->end <= pieces[i - 1].start);
		if (!fine) {
			assert_int_equal(piece->start, l->vma[vma].start);
			assert_int_equal(piece->end, l->vma[vma].end);
			continue;
		}
		/* Pieces are cut at multiples of the step, so none shares a table with another. */
		assert_true(piece->start == l->vma[vma].start || piece->start % step == 0);
		assert_int_equal(piece->start / step, (piece->end - 1) / step);
		/* And they end where something is mapped. */
		assert_true(piece->end == l->vma[vma].end || piece->end % PMD_SIZE == 0);
		assert_true(place_used[(piece->end - 1 - BASE) / PMD_SIZE]);
	}
}

struct census {
	const struct layout *l;
	unsigned long reapable, other;
};

static void count_in_vmas(unsigned long addr, pte_t pte, void *arg)
{
	struct census *census = arg;
	const struct layout *l = census->l;

	for (unsigned int i = 0; i < l->nr_vmas; i++) {
		if (addr < l->vma[i].start || addr >= l->vma[i].end)
			continue;
		if (l->vma[i].reapable)
			census->reapable++;
		else
			census->other++;
		return;
	}
	fail_msg("a page at %lx, in no VMA", addr);
}

static void assert_pages(struct layout *l, unsigned long reapable, unsigned long other)
{
	struct census census = {.l = l};

	mmap_read_lock(l->m.mm);
	walk_all_pages(l->m.mm, count_in_vmas, &census);
	mmap_read_unlock(l->m.mm);
	assert_int_equal(census.reapable, reapable);
	assert_int_equal(census.other, other);
}

static void run_order(struct layout *l, const char *order)
{
	struct reap_plan plan;

	assert_int_equal(reap_plan_parse(reap_orders, order, &plan), 0);
	nr_pieces = 0;
	this_task.count = (struct task_counts){0};
	note_places(l);
	recording = true;
	mmap_read_lock(l->m.mm);
	__oom_reap_task_mm(l->m.mm, &plan);
	mmap_read_unlock(l->m.mm);
	recording = false;
}

/* Pages of address space that a reaper has to pass over. */
static uint64_t pages_to_skip(const struct layout *l)
{
	uint64_t pages = 0;

	for (unsigned int n = 0; n < l->nr_vmas; n++)
		if (!l->vma[n].reapable)
			pages += (l->vma[n].end - l->vma[n].start) >> PAGE_SHIFT;
	return pages;
}

static void each_order_visits_what_it_may_exactly_once(void **state)
{
	const char *order = *state;

	for (uint64_t seed = 1; seed <= LAYOUTS; seed++) {
		static struct layout l;

		layout_make(&l, seed);
		assert_pages(&l, l.reapable_pages, l.other_pages);
		run_order(&l, order);
		assert_each_vma_once(&l, is_fine(order));
		assert_walks_as_named(&l, order);
		assert_int_equal(this_task.count.unmapped, l.reapable_pages);
		assert_int_equal(this_task.count.skipped, pages_to_skip(&l));
		assert_pages(&l, 0, l.other_pages);

		/* A second round finds the VMAs, and nothing in them. */
		run_order(&l, order);
		assert_each_vma_once(&l, is_fine(order));
		assert_int_equal(this_task.count.unmapped, 0);

		this_task.count.unmapped = 0;
		exit_mmap(l.m.mm);
		assert_int_equal(this_task.count.unmapped, l.other_pages);
		machine_verify(&l.m);
	}
}

/* Shared files too, and each piece once; the order's own way, if it has one. */
static void the_exiting_task_can_go_in_each_order(void **state)
{
	const char *order = *state;
	struct reap_plan plan;

	assert_int_equal(reap_plan_parse(reap_orders, order, &plan), 0);
	for (uint64_t seed = 1; seed <= LAYOUTS; seed++) {
		static struct layout l;

		layout_make(&l, seed);
		for (unsigned int n = 0; n < l.nr_vmas; n++)
			l.vma[n].reapable = true;
		nr_pieces = 0;
		this_task.count.unmapped = this_task.count.skipped = 0;
		note_places(&l);
		l.m.mm->exit_plan = &plan;
		recording = true;
		exit_mmap(l.m.mm);
		recording = false;
		assert_each_vma_once(&l, is_fine(order));
		assert_walks_as_named(&l, order);
		assert_int_equal(this_task.count.unmapped, l.reapable_pages + l.other_pages);
		assert_int_equal(this_task.count.skipped, 0);
		machine_verify(&l.m);
	}
}

static void the_exiting_task_goes_upward_and_takes_all(void **state)
{
	for (uint64_t seed = 1; seed <= LAYOUTS; seed++) {
		static struct layout l;
		unsigned int n;

		layout_make(&l, seed);
		nr_pieces = 0;
		this_task.count.unmapped = 0;
		recording = true;
		exit_mmap(l.m.mm);
		recording = false;
		assert_int_equal(this_task.count.unmapped, l.reapable_pages + l.other_pages);
		assert_int_equal(nr_pieces, l.nr_vmas);
		for (n = 0; n < nr_pieces; n++) {
			assert_int_equal(pieces[n].start, l.vma[n].start);
			assert_int_equal(pieces[n].end, l.vma[n].end);
		}
		machine_verify(&l.m);
	}
}

static void a_vma_to_the_end_of_user_memory_is_walked_downward_too(void **state)
{
	struct machine m;
	struct reap_plan plan;

	machine_start(&m, 4096, 0);
	map_vma(&m, TASK_SIZE - 10 * PMD_SIZE, TASK_SIZE);
	fill(&m, TASK_SIZE - 10 * PMD_SIZE, TASK_SIZE - 8 * PMD_SIZE, POPULATE_ANON);
	fill(&m, TASK_SIZE - PMD_SIZE, TASK_SIZE, POPULATE_ANON);
	map_vma(&m, 0, 2 * PAGE_SIZE);
	fill(&m, 0, 2 * PAGE_SIZE, POPULATE_ANON);
	assert_int_equal(reap_plan_parse(reap_orders, "reverse-fine:1000000", &plan), 0);
	mrelease_mm(m.mm, &plan);
	assert_int_equal(pages_mapped(&m), 0);
	machine_finish(&m);
}

/* Two pages in 128 TiB: two calls, not one for each of 64 million places for a table. */
static void steps_pass_over_terabytes_that_hold_nothing(void **state)
{
	static const char *const fine[] = {"reverse-fine", "reverse-fine:7", "reverse-fine:1000"};
	const unsigned long at[] = {5 * PMD_SIZE, TASK_SIZE - 3 * PGDIR_SIZE + 7 * PMD_SIZE};

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		struct reap_plan plan;
		struct machine m;

		machine_start(&m, 4096, 0);
		map_vma(&m, 0, TASK_SIZE);
		for (size_t j = 0; j < ARRAY_SIZE(at); j++)
			fill(&m, at[j] & PMD_MASK, (at[j] & PMD_MASK) + PAGE_SIZE, POPULATE_ANON);
		assert_int_equal(reap_plan_parse(reap_orders, fine[i], &plan), 0);
		nr_pieces = 0;
		recording = true;
		assert_true(mrelease_mm(m.mm, &plan));
		recording = false;
		assert_int_equal(nr_pieces, 2);
		assert_int_equal(pieces[0].end, (at[1] & PMD_MASK) + PMD_SIZE);
		assert_int_equal(pieces[1].end, (at[0] & PMD_MASK) + PMD_SIZE);
		assert_int_equal(pages_mapped(&m), 0);
		machine_finish(&m);
	}
}

static void names_are_understood_or_refused(void **state)
{
	static const struct {
		const char *name, *order;
		unsigned long step;
	} good[] = {
		{"solo", "solo", 1},
		{"forward", "forward", 1},
		{"reverse", "reverse", 1},
		{"reverse-fine", "reverse-fine", 1},
		{"reverse-fine:1", "reverse-fine", 1},
		{"reverse-fine:64", "reverse-fine", 64},
		{"reverse-fine:1000000", "reverse-fine", 1000000},
	};
	static const char *const bad[] = {
		"",
		"Forward",
		"forwar",
		"forwards",
		"forward ",
		" forward",
		"forward:",
		"forward:1",
		"solo:1",
		"reverse:2",
		"reverse-fine:",
		"reverse-fine:0",
		"reverse-fine:-1",
		"reverse-fine:+1",
		"reverse-fine: 1",
		"reverse-fine:1 ",
		"reverse-fine:1:2",
		"reverse-fine:0x10",
		"reverse-fine:1e3",
		"reverse-fine:1000001",
		"reverse-fine:18446744073709551617",
		"reverse-fine:99999999999999999999999999",
		":1",
		":",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct reap_plan plan;

		assert_int_equal(reap_plan_parse(reap_orders, good[i].name, &plan), 0);
		assert_int_equal(reap_plan_parse(reap_orders, good[i].name, NULL), 0);
		assert_int_equal(plan.step, good[i].step);
		assert_string_equal(plan.order->name, good[i].order);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct reap_plan plan = {.step = 77};

		if (reap_plan_parse(reap_orders, bad[i], &plan) != -EINVAL)
			fail_msg("\"%s\" is taken for an order", bad[i]);
		assert_int_equal(plan.step, 77);
	}
}

static void every_order_of_the_table_can_be_named(void **state)
{
	int n = 0;

	assert_string_equal(reap_orders[0].name, "solo");
	for (const struct reap_order *order = reap_orders; order->name; order++, n++) {
		struct reap_plan plan;

		assert_int_equal(reap_plan_parse(reap_orders, order->name, &plan), 0);
		assert_ptr_equal(plan.order, order);
		assert_non_null(order->what);
		for (const struct reap_order *other = order + 1; other->name; other++)
			assert_string_not_equal(order->name, other->name);
	}
	assert_true(n >= 4);
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction function;
	} per_order[] = {
		{"each_order_visits_what_it_may_exactly_once",
		 each_order_visits_what_it_may_exactly_once},
		{"the_exiting_task_can_go_in_each_order", the_exiting_task_can_go_in_each_order},
	};
	enum { NR_OTHERS = 5, NR = ARRAY_SIZE(orders) * ARRAY_SIZE(per_order) };
	struct CMUnitTest tests[NR_OTHERS + NR] = {
		cmocka_unit_test(the_exiting_task_goes_upward_and_takes_all),
		cmocka_unit_test(a_vma_to_the_end_of_user_memory_is_walked_downward_too),
		cmocka_unit_test(steps_pass_over_terabytes_that_hold_nothing),
		cmocka_unit_test(names_are_understood_or_refused),
		cmocka_unit_test(every_order_of_the_table_can_be_named),
	};
	char names[NR][80];

	for (size_t i = 0; i < NR; i++) {
		const char *order = orders[i / ARRAY_SIZE(per_order)];
		const size_t which = i % ARRAY_SIZE(per_order);

		snprintf(names[i], sizeof(names[i]), "%s: %s", order, per_order[which].name);
		tests[NR_OTHERS + i] = (struct CMUnitTest){
			.name = names[i],
			.test_func = per_order[which].function,
			.initial_state = (void *)order,
		};
	}
	return mm_run_group(tests);
}
