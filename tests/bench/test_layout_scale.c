// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a scaled layout is the same layout with every VMA and run K times as long.
 * Right: lengths multiply, order and contact stay, what was 2 MiB aligned still is, and what
 * does not fit is refused.
 * Wrong: a run got lost, two VMAs that touched come apart, an address beyond TASK_SIZE.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "layout/layout.h"
#include "layout/layout_internal.h"
#include "vma/vm_flags.h"

static const char *const all[] = {
	"one", "grid", "many", "android", "java", "node", "chromium-renderer",
};
#define NR_ALL (sizeof(all) / sizeof(*all))

static struct layout *open_ok(const char *name, unsigned int scale)
{
	struct layout_error err = {""};
	struct layout *l = layout_open(name, scale, &err);

	if (!l || layout_check(l, &err))
		fail_msg("%s x%u: %s", name, scale, err.text);
	return l;
}

static void one_times_256_is_one_run_of_256_gib(void **state)
{
	struct layout *l = open_ok("one", 256);

	assert_int_equal(l->nr_vmas, 1);
	assert_int_equal(l->nr_runs, 1);
	assert_int_equal(l->vmas[0].end - l->vmas[0].start, 256UL << 30);
	assert_int_equal(l->pages[LAYOUT_ANON], 67108864);
	assert_int_equal(l->nr_pte_tables, 131072);
	layout_free(l);
}

static void assert_scaled(const struct layout *l, const struct layout *k, unsigned int scale)
{
	assert_int_equal(l->nr_vmas, k->nr_vmas);
	assert_int_equal(l->nr_runs, k->nr_runs);
	for (size_t i = 0; i < l->nr_vmas; i++) {
		const struct layout_vma *a = &l->vmas[i], *b = &k->vmas[i];

		assert_int_equal((a->end - a->start) * scale, b->end - b->start);
		assert_int_equal(a->vm_flags, b->vm_flags);
		assert_int_equal(a->pgoff * scale, b->pgoff);
		assert_int_equal((a->start * scale) & ~PMD_MASK, b->start & ~PMD_MASK);
		if (i)
			assert_int_equal(a[0].start == a[-1].end, b[0].start == b[-1].end);
		for (size_t j = a->first_run; j < a->first_run + a->nr_runs; j++) {
			assert_int_equal((l->runs[j].start - a->start) * scale,
					 k->runs[j].start - b->start);
			assert_int_equal((l->runs[j].end - l->runs[j].start) * scale,
					 k->runs[j].end - k->runs[j].start);
			assert_int_equal(l->runs[j].kind, k->runs[j].kind);
		}
	}
	for (int i = 0; i < LAYOUT_NR_KINDS; i++)
		assert_int_equal(l->pages[i] * scale, k->pages[i]);
}

static void every_length_multiplies_and_contact_stays(void **state)
{
	static const unsigned int scales[] = {1, 2, 3, 7, 64};

	for (size_t i = 0; i < NR_ALL; i++) {
		struct layout *l = open_ok(all[i], 1);

		for (size_t j = 0; j < sizeof(scales) / sizeof(*scales); j++) {
			struct layout *k = open_ok(all[i], scales[j]);

			assert_scaled(l, k, scales[j]);
			layout_free(k);
		}
		layout_free(l);
	}
}

static void scale_one_changes_no_address(void **state)
{
	struct layout *l = open_ok("java", 1);

	assert_int_equal(l->vmas[0].start, 0x687400000);
	assert_int_equal(l->vmas[0].end, 0x6cf800000);
	layout_free(l);
}

static void gaps_that_fit_are_kept(void **state)
{
	struct layout *l = open_ok("grid", 4);

	for (size_t i = 1; i < l->nr_vmas; i++)
		assert_int_equal(l->vmas[i].start - l->vmas[i - 1].end, 2 << 20);
	layout_free(l);
}

static void gaps_shrink_when_the_vmas_need_the_room(void **state)
{
	/* Reserved terabytes times 80: 116 of 128 TiB. Its gaps alone had 126 before. */
	struct layout *l = open_ok("chromium-renderer", 1), *k = open_ok("chromium-renderer", 80);
	uint64_t gaps = 0, length = 0, at = 0;

	for (size_t i = 0; i < k->nr_vmas; i++) {
		gaps += k->vmas[i].start - at;
		length += k->vmas[i].end - k->vmas[i].start;
		at = k->vmas[i].end;
	}
	assert_true(length > 110UL << 40);
	assert_true(gaps < 18UL << 40);
	assert_scaled(l, k, 80);
	layout_free(l);
	layout_free(k);
}

static void huge_runs_stay_aligned_at_any_scale(void **state)
{
	static const char text[] = "umaple-layout 1\n"
				   "rule test\n"
				   "vma 1ff000-a03000 rd,wr 0 anon\n"
				   "\tanon 1ff000-200000\n"
				   "\thuge 200000-600000\n"
				   "\tswap 600000-601000\n"
				   "\thuge 800000-a00000\n"
				   "vma a03000-a05000 rd 0 anon\n"
				   "vma c06000-1200000 rd,wr 0 anon\n"
				   "\thuge 1000000-1200000\n"
				   "end 3 5\n";

	for (unsigned int scale = 1; scale < 600; scale++) {
		struct layout_error err = {""};
		struct layout *l = layout_from_text("x", "x", text, strlen(text), &err);

		assert_non_null(l);
		if (layout_scale(l, scale, &err) || layout_check(l, &err))
			fail_msg("scale %u: %s", scale, err.text);
		assert_int_equal(l->pages[LAYOUT_HUGE], 4UL * 512 * scale);
		assert_int_equal(l->vmas[1].start, l->vmas[0].end);
		layout_free(l);
	}
}

static void a_scale_that_does_not_fit_is_refused(void **state)
{
	struct layout_error err = {""};

	assert_null(layout_open("chromium-renderer", 256, &err));
	assert_non_null(strstr(err.text, "scale 256 needs 362"));
	assert_null(layout_open("one", UINT32_MAX, &err));
	assert_non_null(strstr(err.text, "128 TiB"));
	assert_null(layout_open("one", 0, &err));
	assert_non_null(strstr(err.text, "at least 1"));
}

static void the_last_scale_that_fits_is_found(void **state)
{
	struct layout_error err = {""};
	struct layout *l = open_ok("one", 131071);

	/* 128 TiB less one page is the address space; 131072 GiB is 128 TiB. */
	assert_true(l->vmas[0].end <= TASK_SIZE);
	assert_null(layout_open("one", 131072, &err));
	layout_free(l);
}

static void a_file_offset_that_overflows_is_refused(void **state)
{
	static const char text[] = "umaple-layout 1\nrule r\n"
				   "vma 1000-2000 rd 4503599627370495 file\nend 1 0\n";
	struct layout_error err = {""};
	struct layout *l = layout_from_text("x", "x", text, strlen(text), &err);

	assert_non_null(l);
	assert_true(layout_scale(l, 2, &err) < 0);
	assert_non_null(strstr(err.text, "file offset"));
	/* and it is as it was */
	assert_int_equal(l->vmas[0].end, 0x2000);
	layout_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_times_256_is_one_run_of_256_gib),
		cmocka_unit_test(every_length_multiplies_and_contact_stays),
		cmocka_unit_test(scale_one_changes_no_address),
		cmocka_unit_test(gaps_that_fit_are_kept),
		cmocka_unit_test(gaps_shrink_when_the_vmas_need_the_room),
		cmocka_unit_test(huge_runs_stay_aligned_at_any_scale),
		cmocka_unit_test(a_scale_that_does_not_fit_is_refused),
		cmocka_unit_test(the_last_scale_that_fits_is_found),
		cmocka_unit_test(a_file_offset_that_overflows_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_scale", tests, NULL, NULL);
}
