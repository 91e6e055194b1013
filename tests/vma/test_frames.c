// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: scattered page frames come in runs of the length that was asked for, the same in each
 * node, each frame once, and huge pages still find whole blocks. Wrong looks like a frame given out
 * twice or never, runs of another length, or an order that differs from one race to the next.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vma/frames.h"
#include "vma/page_alloc.h"
#include "vma/pgdat.h"

#define NR_PAGES (64ul << MAX_PAGE_ORDER)

static int setup(void **state)
{
	memset(&this_task, 0, sizeof(this_task));
	*state = pgdat_create(NR_PAGES);
	return *state ? 0 : -1;
}

/* Every test gives back what it took. */
static int teardown(void **state)
{
	char err[256] = "";
	bool ok = pgdat_check(*state, err, sizeof(err));

	if (!ok)
		print_error("%s\n", err);
	pgdat_destroy(*state);
	return ok ? 0 : -1;
}

static void scatter(struct pglist_data *node, double mean, unsigned long huge_pages)
{
	assert_int_equal(frames_scatter(node, mean, huge_pages), 0);
	pgdat_reset(node);
}

/* Small pages as a fault gets them, one by one, until @most or none is left. */
static unsigned long take(struct pglist_data *node, struct page **pages, unsigned long most)
{
	unsigned long n = 0;

	while (n < most && (pages[n] = alloc_pages(node, 0)))
		n++;
	return n;
}

static void give_back(struct pglist_data *node, struct page **pages, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		put_page(node, pages[i]);
}

static unsigned long count_runs(const struct pglist_data *node, struct page *const *pages,
				unsigned long nr)
{
	unsigned long runs = nr > 0;

	for (unsigned long i = 1; i < nr; i++)
		runs += page_to_pfn(node, pages[i]) != page_to_pfn(node, pages[i - 1]) + 1;
	return runs;
}

static void assert_near(double value, double wanted, double part)
{
	if (value < wanted * (1 - part) || value > wanted * (1 + part))
		fail_msg("%g is not within %g %% of %g", value, part * 100, wanted);
}

static void assert_each_once(const struct pglist_data *node, struct page *const *pages,
			     unsigned long nr)
{
	unsigned char *seen = calloc(node->node_spanned_pages, 1);

	assert_non_null(seen);
	for (unsigned long i = 0; i < nr; i++)
		assert_int_equal(seen[page_to_pfn(node, pages[i])]++, 0);
	free(seen);
}

static void the_default_is_what_was_measured(void **state)
{
	double last = 0;

	assert_near(frames_default_run(16 * 256), 1.6, 1e-9);
	assert_near(frames_default_run(1024 * 256), 19, 1e-9);
	assert_true(frames_default_run(0) == 1);
	assert_true(frames_default_run(1) == 1);
	assert_true(frames_default_run(1ul << 40) == 63);
	for (unsigned long pages = 1; pages < 1ul << 40; pages = pages * 5 / 4 + 1) {
		double run = frames_default_run(pages);

		assert_true(run >= last && run >= 1 && run <= 63);
		last = run;
	}
}

static void each_frame_is_given_out_once_in_runs_as_asked(void **state)
{
	static const double means[] = {1, 1.6, 4, 20, 63};
	struct pglist_data *node = *state;
	static struct page *pages[NR_PAGES + 1];

	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		unsigned long nr;

		scatter(node, means[i], 0);
		nr = take(node, pages, NR_PAGES + 1);
		assert_int_equal(nr, NR_PAGES);
		assert_each_once(node, pages, nr);
		/* The longer they are, the fewer there are to average over. */
		assert_near((double)nr / (double)count_runs(node, pages, nr), means[i], 0.08);
		give_back(node, pages, nr);
	}
}

/* A victim takes only a part of the machine, and gets it from everywhere. */
static void the_first_frames_come_from_all_over_the_node(void **state)
{
	struct pglist_data *node = *state;
	static struct page *pages[NR_PAGES / 16];
	unsigned long lower = 0;

	scatter(node, 4, 0);
	assert_int_equal(take(node, pages, NR_PAGES / 16), NR_PAGES / 16);
	for (unsigned long i = 0; i < NR_PAGES / 16; i++)
		lower += page_to_pfn(node, pages[i]) < NR_PAGES / 2;
	assert_near((double)lower, NR_PAGES / 32.0, 0.1);
	assert_near((NR_PAGES / 16.0) / (double)count_runs(node, pages, NR_PAGES / 16), 4, 0.1);
	give_back(node, pages, NR_PAGES / 16);
}

static void the_order_is_the_same_in_each_node_and_after_each_use(void **state)
{
	struct pglist_data *node = *state, *other = pgdat_create(NR_PAGES);
	static struct page *first[NR_PAGES], *again[NR_PAGES], *theirs[NR_PAGES];

	assert_non_null(other);
	scatter(node, 1.6, 0);
	assert_int_equal(take(node, first, 5000), 5000);
	for (unsigned long i = 0; i < 5000; i++)
		put_page(node, first[i * 7 % 5000]);
	scatter(node, 1.6, 0);
	scatter(other, 9, 0); /* what was there before makes no difference */
	scatter(other, 1.6, 0);
	assert_int_equal(take(node, again, 5000), 5000);
	assert_int_equal(take(other, theirs, 5000), 5000);
	for (unsigned long i = 0; i < 5000; i++) {
		assert_ptr_equal(again[i], first[i]);
		assert_int_equal(page_to_pfn(other, theirs[i]), page_to_pfn(node, first[i]));
	}
	give_back(node, again, 5000);
	give_back(other, theirs, 5000);
	pgdat_destroy(other);
}

static void consecutive_frames_can_be_had_again(void **state)
{
	struct pglist_data *node = *state;
	static struct page *before[3000], *after[3000];

	assert_int_equal(take(node, before, 3000), 3000);
	assert_int_equal(count_runs(node, before, 3000), 1);
	give_back(node, before, 3000);
	scatter(node, 4, 0);
	scatter(node, 0, 0);
	assert_null(node->frames);
	assert_int_equal(take(node, after, 3000), 3000);
	assert_memory_equal(before, after, sizeof(before));
	give_back(node, after, 3000);
}

static void huge_pages_find_whole_blocks(void **state)
{
	/* A refill of the per-CPU list would take more than is asked for, hence the 4096. */
	enum { HUGE = 5, LOWER = NR_PAGES - 3 * (1 << MAX_PAGE_ORDER), SMALL = LOWER - 4096 };
	struct pglist_data *node = *state;
	static struct page *pages[NR_PAGES];
	struct page *huge[HUGE];

	scatter(node, 1.6, HUGE * HPAGE_PMD_NR); /* two to a block, so three blocks */
	assert_int_equal(take(node, pages, SMALL), SMALL);
	assert_each_once(node, pages, SMALL);
	for (int i = 0; i < HUGE; i++) {
		huge[i] = alloc_pages(node, HPAGE_PMD_ORDER);
		assert_non_null(huge[i]);
		assert_true(page_to_pfn(node, huge[i]) >= LOWER);
	}
	for (int i = 0; i < HUGE; i++)
		put_page(node, huge[i]);
	give_back(node, pages, SMALL);
	assert_true(pgdat_check(node, (char[256]){""}, 256));
	/* All of the node in blocks, and none. */
	scatter(node, 1.6, 2 * NR_PAGES);
	huge[0] = alloc_pages(node, MAX_PAGE_ORDER);
	assert_non_null(huge[0]);
	put_page(node, huge[0]);
	scatter(node, 1.6, 0);
	assert_null(alloc_pages(node, 1));
}

static void without_memory_the_order_stays(void **state)
{
	struct pglist_data *node = *state;
	struct frame_runs *old;

	fault_arm(0);
	assert_int_equal(frames_scatter(node, 4, 0), -ENOMEM);
	assert_true(fault_disarm());
	assert_null(node->frames);
	scatter(node, 4, 0);
	old = node->frames;
	fault_arm(0);
	assert_int_equal(frames_scatter(node, 5, 0), -ENOMEM);
	assert_true(fault_disarm());
	assert_ptr_equal(node->frames, old);
	/* The same again needs no memory. */
	fault_arm(0);
	assert_int_equal(frames_scatter(node, 4, 0), 0);
	assert_false(fault_disarm());
}

/* Frames of a list, here odd ones downward and then even ones upward. */
static struct frame_list *odd_and_even(unsigned long nr)
{
	struct frame_list *list = malloc(sizeof(*list) + nr * sizeof(list->pfn[0]));

	assert_non_null(list);
	list->nr = nr;
	for (unsigned long i = 0; i < nr; i++)
		list->pfn[i] = (uint32_t)(i < nr / 2 ? nr - 1 - 2 * i : 2 * (i - nr / 2));
	return list;
}

static void a_list_is_given_out_as_it_is(void **state)
{
	struct pglist_data *node = *state;
	struct frame_list *list = odd_and_even(NR_PAGES);
	static struct page *pages[NR_PAGES + 1];

	for (int round = 0; round < 2; round++) {
		assert_int_equal(frames_take(node, list, 0), 0);
		pgdat_reset(node);
		assert_int_equal(take(node, pages, NR_PAGES + 1), NR_PAGES);
		for (unsigned long i = 0; i < NR_PAGES; i++)
			assert_int_equal(page_to_pfn(node, pages[i]), list->pfn[i]);
		give_back(node, pages, NR_PAGES);
	}
	/* And back to others. */
	scatter(node, 4, 0);
	assert_near((double)NR_PAGES / (double)count_runs(node, pages, take(node, pages, NR_PAGES)),
		    4, 0.1);
	give_back(node, pages, NR_PAGES);
	free(list);
}

static void a_list_that_cannot_be_given_out_is_refused(void **state)
{
	struct pglist_data *node = *state;
	struct frame_list *list = odd_and_even(NR_PAGES);
	struct frame_runs *old;

	scatter(node, 4, 0);
	old = node->frames;
	list->nr--;
	assert_int_equal(frames_take(node, list, 0), -EINVAL);
	list->nr++;
	list->pfn[5] = list->pfn[6];
	assert_int_equal(frames_take(node, list, 0), -EINVAL);
	list->pfn[5] = NR_PAGES;
	assert_int_equal(frames_take(node, list, 0), -EINVAL);
	assert_ptr_equal(node->frames, old);
	free(list);

	/* Where huge pages get the upper block, no frame may lie there; fewer are enough. */
	list = odd_and_even(NR_PAGES);
	assert_int_equal(frames_take(node, list, 1), -EINVAL);
	free(list);
	list = odd_and_even(NR_PAGES - (1 << MAX_PAGE_ORDER));
	assert_int_equal(frames_take(node, list, 1), 0);
	pgdat_reset(node);
	assert_true(pgdat_check(node, (char[256]){""}, 256));
	scatter(node, 0, 0);
	for (int nth = 0; nth < 2; nth++) {
		fault_arm((unsigned long)nth);
		assert_int_equal(frames_take(node, list, 1), -ENOMEM);
		assert_true(fault_disarm());
		assert_null(node->frames);
	}
	free(list);
}

static void runs_of_a_list_go_upward_or_downward(void **state)
{
	static const struct {
		uint32_t pfn[8];
		uint64_t nr, runs;
	} lists[] = {
		{{0}, 1, 1},			     /* a frame */
		{{4, 5, 6, 7, 8, 9, 10, 11}, 8, 1},  /* upward */
		{{11, 10, 9, 8, 7, 6, 5, 4}, 8, 1},  /* downward */
		{{1, 2, 3, 2, 1, 9, 10, 11}, 8, 3},  /* there and back, and elsewhere */
		{{1, 3, 5, 7, 9, 11, 13, 15}, 8, 8}, /* single ones */
		{{7, 6, 1, 2, 3, 30, 20, 21}, 8, 4},
	};
	struct frame_list *list = malloc(sizeof(*list) + sizeof(lists[0].pfn));

	(void)state;
	assert_non_null(list);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		list->nr = lists[i].nr;
		memcpy(list->pfn, lists[i].pfn, sizeof(lists[i].pfn));
		assert_near(frames_mean_run(list), (double)lists[i].nr / (double)lists[i].runs,
			    1e-9);
	}
	free(list);
}

int main(void)
{
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(the_default_is_what_was_measured),
		test(each_frame_is_given_out_once_in_runs_as_asked),
		test(the_first_frames_come_from_all_over_the_node),
		test(the_order_is_the_same_in_each_node_and_after_each_use),
		test(consecutive_frames_can_be_had_again),
		test(huge_pages_find_whole_blocks),
		test(without_memory_the_order_stays),
		test(a_list_is_given_out_as_it_is),
		test(a_list_that_cannot_be_given_out_is_refused),
		test(runs_of_a_list_go_upward_or_downward),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
