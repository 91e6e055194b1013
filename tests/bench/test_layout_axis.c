// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: pages and page tables of a layout numbered in address order.
 * Right: gaps, between VMAs and between runs, take no numbers; swapped pages count like resident
 * ones and a huge page as 512; two VMAs in one 2 MiB unit share a table; an address in a gap
 * stands for what comes next.
 * Wrong: a number skipped or given twice, an end that differs from the layout's totals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "layout/layout_axis.h"
#include "vma/vm_flags.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)

static struct layout_run runs[] = {
	/* The first VMA: two runs in one table, three pages apart, the second swapped. */
	{16 * MIB, 16 * MIB + 8 * KIB, LAYOUT_ANON},
	{16 * MIB + 20 * KIB, 16 * MIB + 28 * KIB, LAYOUT_SWAP},
	/* The second VMA begins in the same 2 MiB and ends in the next. */
	{18 * MIB - 4 * KIB, 18 * MIB + 4 * KIB, LAYOUT_FILE},
	/* Far away a huge page between small ones. */
	{1024 * 1024 * MIB - 4 * KIB, 1024 * 1024 * MIB, LAYOUT_ANON},
	{1024 * 1024 * MIB, 1024 * 1024 * MIB + 2 * MIB, LAYOUT_HUGE},
	{1024 * 1024 * MIB + 2 * MIB, 1024 * 1024 * MIB + 2 * MIB + 4 * KIB, LAYOUT_ANON},
};

static struct layout_vma vmas[] = {
	{.start = 16 * MIB, .end = 17 * MIB, .nr_runs = 2},
	{.start = 17 * MIB, .end = 19 * MIB, .file = true, .nr_runs = 1, .first_run = 2},
	{.start = 1024 * 1024 * MIB - 1 * MIB,
	 .end = 1024 * 1024 * MIB + 3 * MIB,
	 .nr_runs = 3,
	 .first_run = 3},
};

static const struct layout handmade = {
	.name = "handmade",
	.vmas = vmas,
	.nr_vmas = 3,
	.runs = runs,
	.nr_runs = 6,
	.nr_pte_tables = 4,
	.pages = {[LAYOUT_ANON] = 4, [LAYOUT_FILE] = 2, [LAYOUT_SWAP] = 2, [LAYOUT_HUGE] = 512},
};

static void each_address_has_the_number_worked_out_by_hand(void **state)
{
	static const struct {
		uint64_t addr, page, table;
	} known[] = {
		{0, 0, 0},
		{16 * MIB, 0, 0},
		{16 * MIB + 4 * KIB, 1, 0},
		{16 * MIB + 5 * KIB, 1, 0},
		{16 * MIB + 8 * KIB, 2, 0}, /* the hole between the runs */
		{16 * MIB + 20 * KIB, 2, 0},
		{16 * MIB + 24 * KIB, 3, 0},
		{16 * MIB + 28 * KIB, 4, 0},
		{17 * MIB, 4, 0}, /* the next VMA, still nothing there */
		{18 * MIB - 4 * KIB, 4, 0},
		{18 * MIB, 5, 1},
		{18 * MIB + 4 * KIB, 6, 1},
		{20 * MIB, 6, 2},
		{1024 * 1024 * MIB - 4 * KIB, 6, 2},
		{1024 * 1024 * MIB, 7, 3},
		{1024 * 1024 * MIB + 1 * MIB, 7 + 256, 3},
		{1024 * 1024 * MIB + 2 * MIB, 519, 4},
		{1024 * 1024 * MIB + 2 * MIB + 4 * KIB, 520, 4},
		{1024 * 1024 * MIB + 4 * MIB, 520, 5},
		{UINT64_MAX, 520, 5},
	};
	struct layout_axis *axis = layout_axis_create(&handmade);

	(void)state;
	assert_non_null(axis);
	assert_int_equal(layout_axis_pages(axis), 520);
	assert_int_equal(layout_axis_tables(axis), 5);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(layout_axis_page(axis, known[i].addr), known[i].page);
		assert_int_equal(layout_axis_table(axis, known[i].addr), known[i].table);
	}
	layout_axis_free(axis);
}

/* Each page of a real layout in turn has the next number, and each table the next but once. */
static void pages_count_up_one_by_one(const char *name)
{
	struct layout_error err;
	struct layout *l = layout_open(name, 1, &err);
	struct layout_axis *axis;
	uint64_t page = 0, tables = 0, last = UINT64_MAX;

	assert_non_null(l);
	axis = layout_axis_create(l);
	assert_non_null(axis);
	for (size_t i = 0; i < l->nr_runs; i++) {
		for (uint64_t addr = l->runs[i].start; addr < l->runs[i].end; addr += PAGE_SIZE) {
			if (layout_axis_page(axis, addr) != page++)
				fail_msg("%s: page %llu", name, (unsigned long long)page - 1);
			tables += addr >> PMD_SHIFT != last;
			last = addr >> PMD_SHIFT;
			if (layout_axis_table(axis, addr) != tables - 1)
				fail_msg("%s: table %llu", name, (unsigned long long)tables - 1);
		}
	}
	assert_int_equal(layout_axis_pages(axis), page);
	assert_int_equal(layout_axis_tables(axis), tables);
	assert_int_equal(tables, l->nr_pte_tables + l->pages[LAYOUT_HUGE] / (PMD_SIZE / PAGE_SIZE));
	layout_axis_free(axis);
	layout_free(l);
}

static void real_layouts_are_numbered_without_a_gap(void **state)
{
	(void)state;
	pages_count_up_one_by_one("android");
	pages_count_up_one_by_one("java");
	pages_count_up_one_by_one("chromium-renderer");
}

static void an_empty_layout_has_nothing_to_number(void **state)
{
	struct layout empty = {.name = "empty"};
	struct layout_axis *axis = layout_axis_create(&empty);

	(void)state;
	assert_non_null(axis);
	assert_int_equal(layout_axis_pages(axis), 0);
	assert_int_equal(layout_axis_tables(axis), 0);
	assert_int_equal(layout_axis_page(axis, 4096), 0);
	assert_int_equal(layout_axis_table(axis, 4096), 0);
	layout_axis_free(axis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_the_number_worked_out_by_hand),
		cmocka_unit_test(real_layouts_are_numbered_without_a_gap),
		cmocka_unit_test(an_empty_layout_has_nothing_to_number),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
