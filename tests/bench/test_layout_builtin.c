// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the built-in layouts hold exactly the pages, VMAs and PTE tables that their
 * names promise, and are the same each time they are made.
 * Right: every total equals the figure here, layout_check() finds nothing.
 * Wrong: a total moved, or two makings differ.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "layout/layout.h"
#include "vma/vm_flags.h"

#define GIB_PAGES (1UL << 18)

static struct layout *open_ok(const char *name, unsigned int scale)
{
	struct layout_error err = {""};
	struct layout *l = layout_open(name, scale, &err);

	if (!l)
		fail_msg("%s: %s", name, err.text);
	if (layout_check(l, &err))
		fail_msg("%s: %s", name, err.text);
	assert_string_equal(l->name, name);
	assert_true(strlen(l->rule) > 0);
	return l;
}

static void assert_plain(const char *name, size_t vmas, uint64_t tables)
{
	struct layout *l = open_ok(name, 1);

	assert_int_equal(l->nr_vmas, vmas);
	assert_int_equal(l->nr_runs, vmas);
	assert_int_equal(l->pages[LAYOUT_ANON], GIB_PAGES);
	assert_int_equal(l->pages[LAYOUT_FILE] + l->pages[LAYOUT_SWAP] + l->pages[LAYOUT_HUGE], 0);
	assert_int_equal(l->nr_pte_tables, tables);
	for (size_t i = 0; i < vmas; i++) {
		assert_false(l->vmas[i].file);
		assert_int_equal(l->runs[i].start, l->vmas[i].start);
		assert_int_equal(l->runs[i].end, l->vmas[i].end);
	}
	layout_free(l);
}

static void one_is_a_gib_in_one_vma(void **state)
{
	assert_plain("one", 1, 512);
}

static void grid_is_a_gib_in_64_vmas_with_own_tables(void **state)
{
	assert_plain("grid", 64, 512);
}

static void many_puts_16_vmas_into_each_table(void **state)
{
	assert_plain("many", 16384, 1024);
}

static void android_has_its_exact_totals(void **state)
{
	struct layout *l = open_ok("android", 1);

	assert_in_range(l->nr_vmas, 1400, 1600);
	assert_int_equal(l->pages[LAYOUT_ANON], 240 << 8);
	assert_int_equal(l->pages[LAYOUT_SWAP], 240 << 8);
	assert_int_equal(l->pages[LAYOUT_FILE], 120 << 8);
	assert_int_equal(l->pages[LAYOUT_HUGE], 0);
	layout_free(l);
}

static size_t count_vmas(const struct layout *l, const char *prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nr_vmas; i++)
		n += !strncmp(l->names + l->vmas[i].name, prefix, strlen(prefix));
	return n;
}

static void android_has_every_kind_of_vma(void **state)
{
	static const char *const kinds[] = {
		"[anon:dalvik-main space",
		"[anon:dalvik-free list",
		"[anon:scudo:primary]",
		"[anon:scudo:secondary]",
		"[anon:stack_and_tls:",
		"/system/lib64/",
		"/vendor/lib64/",
		"/data/app/",
		"/system/framework/arm64/boot",
		"/dev/ashmem",
		"/dev/kgsl",
		"[anon:.bss]",
		"/memfd:jit-cache",
		"[stack]",
	};
	struct layout *l = open_ok("android", 1);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!count_vmas(l, kinds[i]))
			fail_msg("no VMA called %s", kinds[i]);
	layout_free(l);
}

static void android_gpu_mappings_have_no_pages(void **state)
{
	struct layout *l = open_ok("android", 1);
	size_t n = 0;

	for (size_t i = 0; i < l->nr_vmas; i++) {
		if (!(l->vmas[i].vm_flags & VM_PFNMAP))
			continue;
		n++;
		assert_int_equal(l->vmas[i].nr_runs, 0);
	}
	assert_true(n >= 20);
	layout_free(l);
}

static void android_swaps_in_short_runs_everywhere(void **state)
{
	struct layout *l = open_ok("android", 1);
	uint64_t anon = 0, swap = 0;

	for (size_t i = 0; i < l->nr_runs; i++) {
		uint64_t n = (l->runs[i].end - l->runs[i].start) >> PAGE_SHIFT;

		if (l->runs[i].kind == LAYOUT_SWAP) {
			assert_in_range(n, 1, 64);
			swap += n;
		} else if (l->runs[i].kind == LAYOUT_ANON) {
			assert_in_range(n, 1, 64);
			anon += n;
		}
		/* At no point of the walk is one of them far ahead. */
		assert_true(anon + 64 >= swap && swap + 64 >= anon);
	}
	layout_free(l);
}

static void layouts_are_the_same_each_time(void **state)
{
	static const char *const names[] = {"one", "grid", "many", "android", "java"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct layout *a = open_ok(names[i], 1), *b = open_ok(names[i], 1);

		assert_int_equal(a->nr_vmas, b->nr_vmas);
		assert_int_equal(a->nr_runs, b->nr_runs);
		for (size_t j = 0; j < a->nr_vmas; j++) {
			assert_int_equal(a->vmas[j].start, b->vmas[j].start);
			assert_int_equal(a->vmas[j].end, b->vmas[j].end);
			assert_int_equal(a->vmas[j].vm_flags, b->vmas[j].vm_flags);
			assert_int_equal(a->vmas[j].name, b->vmas[j].name);
		}
		for (size_t j = 0; j < a->nr_runs; j++) {
			assert_int_equal(a->runs[j].start, b->runs[j].start);
			assert_int_equal(a->runs[j].end, b->runs[j].end);
			assert_int_equal(a->runs[j].kind, b->runs[j].kind);
		}
		assert_int_equal(a->names_size, b->names_size);
		assert_memory_equal(a->names, b->names, a->names_size);
		layout_free(a);
		layout_free(b);
	}
}

static void an_unknown_name_lists_the_known_ones(void **state)
{
	struct layout_error err = {""};

	assert_null(layout_open("jaba", 1, &err));
	assert_non_null(strstr(err.text, "jaba"));
	assert_non_null(strstr(err.text, "chromium-renderer"));
}

static void a_missing_file_says_which(void **state)
{
	struct layout_error err = {""};

	assert_null(layout_open("/nonexistent/x.smaps", 1, &err));
	assert_non_null(strstr(err.text, "/nonexistent/x.smaps: No such file"));
}

static void a_named_folder_is_the_only_one_searched(void **state)
{
	struct layout_error err = {""};

	setenv("UMAPLE_LAYOUTS", "/nonexistent", 1);
	assert_null(layout_open("java", 1, &err));
	unsetenv("UMAPLE_LAYOUTS");
	assert_non_null(strstr(err.text, "/nonexistent/java.smaps"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_a_gib_in_one_vma),
		cmocka_unit_test(grid_is_a_gib_in_64_vmas_with_own_tables),
		cmocka_unit_test(many_puts_16_vmas_into_each_table),
		cmocka_unit_test(android_has_its_exact_totals),
		cmocka_unit_test(android_has_every_kind_of_vma),
		cmocka_unit_test(android_gpu_mappings_have_no_pages),
		cmocka_unit_test(android_swaps_in_short_runs_everywhere),
		cmocka_unit_test(layouts_are_the_same_each_time),
		cmocka_unit_test(an_unknown_name_lists_the_known_ones),
		cmocka_unit_test(a_missing_file_says_which),
		cmocka_unit_test(a_named_folder_is_the_only_one_searched),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_builtin", tests, NULL, NULL);
}
