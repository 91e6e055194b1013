// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: our text format holds a layout exactly, and its reader refuses damage.
 * Right: read(write(x)) is x in every field but the name, which a file's name gives.
 * Wrong: a field that does not survive, a cut file that reads as a smaller layout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "layout/layout.h"
#include "layout/layout_internal.h"

static char *write_text(const struct layout *l, size_t *len)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, len);

	assert_non_null(file);
	assert_int_equal(layout_write(l, file), 0);
	assert_int_equal(fclose(file), 0);
	return text;
}

static void assert_same(const struct layout *a, const struct layout *b)
{
	assert_string_equal(a->rule, b->rule);
	assert_int_equal(a->nr_dropped, b->nr_dropped);
	assert_int_equal(a->nr_vmas, b->nr_vmas);
	assert_int_equal(a->nr_runs, b->nr_runs);
	assert_int_equal(a->nr_pte_tables, b->nr_pte_tables);
	assert_memory_equal(a->pages, b->pages, sizeof(a->pages));
	for (size_t i = 0; i < a->nr_vmas; i++) {
		const struct layout_vma *v = &a->vmas[i], *w = &b->vmas[i];

		assert_int_equal(v->start, w->start);
		assert_int_equal(v->end, w->end);
		assert_int_equal(v->vm_flags, w->vm_flags);
		assert_int_equal(v->pgoff, w->pgoff);
		assert_int_equal(v->file, w->file);
		assert_int_equal(v->nr_runs, w->nr_runs);
		assert_int_equal(v->first_run, w->first_run);
		assert_string_equal(a->names + v->name, b->names + w->name);
	}
	for (size_t i = 0; i < a->nr_runs; i++) {
		assert_int_equal(a->runs[i].start, b->runs[i].start);
		assert_int_equal(a->runs[i].end, b->runs[i].end);
		assert_int_equal(a->runs[i].kind, b->runs[i].kind);
	}
}

static void every_layout_survives_write_and_read(void **state)
{
	static const char *const names[] = {
		"one", "grid", "many", "android", "java", "node", "chromium-renderer",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (unsigned int scale = 1; scale < 4; scale++) {
			struct layout_error err = {""};
			struct layout *a = layout_open(names[i], scale, &err), *b;
			size_t len;
			char *text;

			assert_non_null(a);
			text = write_text(a, &len);
			b = layout_from_text("y", "y", text, len, &err);
			if (!b)
				fail_msg("%s: %s", names[i], err.text);
			assert_same(a, b);
			free(text);
			layout_free(a);
			layout_free(b);
		}
}

static void every_field_survives(void **state)
{
	static const char text[] =
		"umaple-layout 1\n"
		"rule as it was\n"
		"dropped 3\n"
		"vma 1ff000-801000 rd,wr,ex,sh,mr,mw,me,ms,gd,lo,sr,rr,dc,de,ac,nr,sf,wf,dd,mm,hg,nh,mg"
		" 0 anon   two spaces before, \xc3\xbc and a tab\t.\n"
		"\tanon 1ff000-200000\n"
		"\thuge 200000-600000\n"
		"\tswap 600000-601000\n"
		"\tanon 601000-602000\n"
		"vma 801000-802000 - 99 file\n"
		"\tfile 801000-802000\n"
		"vma 900000-901000 pf,io 5 file /dev/x\n"
		"vma a00000-c00000 rd,ht 0 file /h\n"
		"\thuge a00000-c00000\n"
		"end 4 6\n";
	struct layout_error err = {""};
	struct layout *a = layout_from_text("y", "y", text, strlen(text), &err);
	size_t len;
	char *again;

	if (!a)
		fail_msg("%s", err.text);
	again = write_text(a, &len);
	assert_string_equal(again, text);
	assert_int_equal(a->nr_dropped, 3);
	assert_int_equal(a->pages[LAYOUT_HUGE], 3 * 512);
	assert_int_equal(a->nr_pte_tables, 3);
	free(again);
	layout_free(a);
}

static void comments_blank_lines_and_touching_runs_are_fine(void **state)
{
	static const char text[] =
		"umaple-layout 1\n# a comment\n\nrule r\nvma 1000-9000 rd 0 anon\n"
		"\tanon 1000-2000\n\tanon 2000-3000\nend 1 2\n# more\n";
	struct layout_error err = {""};
	struct layout *l = layout_from_text("y", "y", text, strlen(text), &err);

	if (!l || layout_check(l, &err))
		fail_msg("%s", err.text);
	assert_int_equal(l->nr_runs, 1);
	assert_int_equal(l->pages[LAYOUT_ANON], 2);
	layout_free(l);
}

static void every_cut_is_noticed(void **state)
{
	static const char text[] = "umaple-layout 1\nrule r\ndropped 1\n"
				   "vma 1000-9000 rd,wr 0 anon heap\n\tanon 1000-3000\n"
				   "\tswap 3000-4000\nvma a000-b000 rd 7 file /x\n"
				   "\tfile a000-b000\nend 2 3\n";

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct layout_error err = {""};
		struct layout *l = layout_from_text("y", "y", text, len, &err);

		if (l)
			fail_msg("%zu bytes read as a layout", len);
		assert_int_equal(strncmp(err.text, "y:", 2), 0);
	}
}

#define START "umaple-layout 1\nrule r\n"

static void damage_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *expect;
	} cases[] = {
		{"umaple-layout 2\n", "y:1: an unknown version of the layout format; we know 1"},
		{"umaple-layout 1\nvma 1000-2000 rd 0 anon\nend 1 0\n",
		 "y:1: the line 'rule' is missing"},
		{START "rule s\n", "y:3: a second rule"},
		{START "end 0 0\n", "y:3: no VMA in it"},
		{START "foo\n", "y:3: unknown line 'foo'"},
		{START "vma 2000-1000 rd 0 anon\n", "y:3: the range ends before it starts"},
		{START "vma 1000-1800 rd 0 anon\n", "y:3: range not aligned"},
		{START "vma 1000-2000 rx 0 anon\n", "y:3: bad or unknown VMA flags"},
		{START "vma 1000-2000 rd, 0 anon\n", "y:3: bad or unknown VMA flags"},
		{START "vma 1000-2000 rd -1 anon\n", "y:3: bad page offset"},
		{START "vma 1000-2000 rd 0 anonymous\n", "y:3: a VMA is 'anon' or 'file'"},
		{START "vma 1000-2000 rd 0\n", "y:3: a VMA is 'anon' or 'file'"},
		{START "vma 7ffffffffffff000-8000000000001000 rd 0 anon\n",
		 "y:3: the range reaches into the kernel's addresses"},
		{START "vma 1000-800000001000 rd 0 anon\n",
		 "y:3: larger than the 128 TiB of address space we model"},
		{START "vma 1000-3000 rd 0 anon\nvma 2000-4000 rd 0 anon\n",
		 "y:4: overlaps the VMA before, or VMAs out of order"},
		{START "vma 1000-3000 rd,ht 0 anon\n", "y:3: range not aligned"},
		{START "\tanon 1000-2000\n", "y:3: a run before any VMA"},
		{START "vma 1000-3000 rd 0 anon\n\tanon 2000-4000\n",
		 "y:4: the run leaves its VMA"},
		{START "vma 1000-3000 rd 0 anon\n\tanon 1000-3000\n\tswap 2000-3000\n",
		 "y:5: overlaps the run before, or runs out of order"},
		{START "vma 1000-3000 rd 0 anon\n\tfile 1000-3000\n",
		 "y:4: file pages in an anonymous VMA"},
		{START "vma 1000-3000 rd 0 anon\n\thuge 1000-3000\n", "y:4: range not aligned"},
		{START "vma 0-200000 rd 0 file\n\thuge 0-200000\n",
		 "y:4: huge anonymous memory in a file mapping"},
		{START "vma 0-200000 rd,ht 0 file\n\tfile 0-200000\n",
		 "y:4: small pages in a hugetlb VMA"},
		{START "vma 1000-3000 rd 0 anon\n\tanon 1000\n",
		 "y:4: a run is 'anon', 'file', 'swap' or 'huge' and a range"},
		{START "vma 1000-3000 rd 0 anon\nend 1 1\n",
		 "y:4: the file holds 1 VMAs and 0 runs, not as many"},
		{START "vma 1000-3000 rd 0 anon\nend 1 0\nvma 4000-5000 rd 0 anon\n",
		 "y:5: text after the end"},
		{START "dropped x\n", "y:3: 'dropped' wants a number"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct layout_error err = {""};
		struct layout *l =
			layout_from_text("y", "y", cases[i].text, strlen(cases[i].text), &err);

		if (l)
			fail_msg("accepted: %s", cases[i].text);
		assert_string_equal(err.text, cases[i].expect);
	}
}

static void a_failing_stream_is_reported(void **state)
{
	struct layout_error err = {""};
	struct layout *l = layout_open("android", 1, &err);
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(l);
	assert_non_null(full);
	assert_true(layout_write(l, full) < 0);
	fclose(full);
	layout_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_survives_write_and_read),
		cmocka_unit_test(every_field_survives),
		cmocka_unit_test(comments_blank_lines_and_touching_runs_are_fine),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(damage_is_refused_with_its_line),
		cmocka_unit_test(a_failing_stream_is_reported),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_format", tests, NULL, NULL);
}
