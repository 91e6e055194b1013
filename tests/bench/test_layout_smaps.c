// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: /proc/PID/smaps text becomes a layout whose totals are the text's, with pages
 * placed by the stated rule; a damaged text is refused with file, line and reason.
 * Right: the three snapshots give the known VMA and page counts, and PTE tables within 5 % of
 * those measured on the living processes.
 * Wrong: a page more or less, a damaged file that reads as a smaller one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "layout/layout.h"
#include "layout/layout_internal.h"
#include "vma/vm_flags.h"

static struct layout *read_ok(const char *text)
{
	struct layout_error err = {""};
	struct layout *l = layout_from_text("x", "x.smaps", text, strlen(text), &err);

	if (!l || layout_check(l, &err))
		fail_msg("%s", err.text);
	return l;
}

static void read_fails(const char *text, size_t len, const char *expect)
{
	struct layout_error err = {""};
	struct layout *l = layout_from_text("x", "x.smaps", text, len, &err);

	if (l)
		fail_msg("accepted what should fail with '%s'", expect);
	if (strcmp(err.text, expect))
		fail_msg("got '%s', not '%s'", err.text, expect);
}

/* A text that ends where the literal does. */
#define FAILS(text, expect) read_fails(text, sizeof(text) - 1, expect)

static const struct snapshot {
	const char *name;
	size_t vmas;
	uint64_t anon, file;
	uint64_t tables;   /* what our rule gives */
	uint64_t measured; /* populated tables of the process when the snapshot was taken */
} snapshots[] = {
	{"java", 243, 54977, 5262, 174, 181},
	{"node", 554, 44401, 10660, 521, 525},
	{"chromium-renderer", 818, 12606, 28507, 225, 229},
};

static void snapshots_have_their_known_totals(void **state)
{
	for (size_t i = 0; i < 3; i++) {
		const struct snapshot *s = &snapshots[i];
		struct layout_error err = {""};
		struct layout *l = layout_open(s->name, 1, &err);

		if (!l || layout_check(l, &err))
			fail_msg("%s: %s", s->name, err.text);
		assert_string_equal(l->name, s->name);
		assert_int_equal(l->nr_vmas, s->vmas);
		assert_int_equal(l->nr_dropped, 1);
		assert_int_equal(l->pages[LAYOUT_ANON], s->anon);
		assert_int_equal(l->pages[LAYOUT_FILE], s->file);
		assert_int_equal(l->pages[LAYOUT_SWAP] + l->pages[LAYOUT_HUGE], 0);
		layout_free(l);
	}
}

static void the_rule_comes_near_the_measured_tables(void **state)
{
	for (size_t i = 0; i < 3; i++) {
		const struct snapshot *s = &snapshots[i];
		struct layout_error err = {""};
		struct layout *l = layout_open(s->name, 1, &err);

		assert_non_null(l);
		assert_int_equal(l->nr_pte_tables, s->tables);
		assert_in_range(l->nr_pte_tables * 100, s->measured * 95, s->measured * 105);
		layout_free(l);
	}
}

static void our_own_smaps_reads(void **state)
{
	struct layout_error err = {""};
	struct layout *l = layout_open("/proc/self/smaps", 1, &err);

	if (!l)
		fail_msg("%s", err.text);
	assert_string_equal(l->name, "smaps");
	assert_true(l->pages[LAYOUT_ANON] > 0);
	layout_free(l);
}

#define HEAD "10000000-10400000 rw-p 00000000 00:00 0 \n"
#define TAIL "VmFlags: rd wr mr mw me ac \n"
#define NEXT "20000000-20400000 rw-p 00000000 00:00 0 \n"

static void sparse_anonymous_memory_is_packed_from_the_start(void **state)
{
	struct layout *l = read_ok(HEAD "Rss: 40 kB\nAnonymous: 40 kB\n" TAIL);

	assert_int_equal(l->nr_runs, 1);
	assert_int_equal(l->runs[0].start, 0x10000000);
	assert_int_equal(l->runs[0].end, 0x1000a000);
	assert_int_equal(l->runs[0].kind, LAYOUT_ANON);
	layout_free(l);
}

static void stacks_are_filled_from_the_top(void **state)
{
	static const char *const texts[] = {
		"10000000-10400000 rw-p 00000000 00:00 0 [stack]\nRss: 8 kB\nAnonymous: 8 kB\n" TAIL,
		"10000000-10400000 rw-p 00000000 00:00 0 [anon:stack_and_tls:77]\n"
		"Rss: 8 kB\nAnonymous: 8 kB\n" TAIL,
		HEAD "Rss: 8 kB\nAnonymous: 8 kB\nVmFlags: rd wr mr mw me gd ac\n",
		HEAD "Rss: 8 kB\nAnonymous: 8 kB\nVmFlags: rd wr mr mw me nh ac\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct layout *l = read_ok(texts[i]);

		assert_int_equal(l->nr_runs, 1);
		assert_int_equal(l->runs[0].start, 0x103fe000);
		assert_int_equal(l->runs[0].end, 0x10400000);
		layout_free(l);
	}
}

static void code_is_spread_in_aligned_64_kib_windows(void **state)
{
	/* 8 MiB of code that starts and ends inside of a window, 500 pages of it resident. */
	struct layout *l = read_ok("10003000-10802000 r-xp 00000000 08:01 5 /bin/x\n"
				   "Rss: 2000 kB\nAnonymous: 0 kB\nVmFlags: rd ex mr mw me\n");
	uint64_t tables = l->nr_pte_tables;

	assert_int_equal(l->pages[LAYOUT_FILE], 500);
	assert_int_equal(tables, 4);
	for (size_t i = 0; i + 1 < l->nr_runs; i++) {
		assert_int_equal(l->runs[i].start % 0x10000, 0);
		assert_int_equal(l->runs[i].end % 0x10000, 0);
	}
	assert_int_equal(l->nr_runs, 32);
	layout_free(l);
}

static void fully_resident_code_is_one_run(void **state)
{
	struct layout *l = read_ok("10003000-10802000 r-xp 00000000 08:01 5 /bin/x\n"
				   "Rss: 8188 kB\nAnonymous: 0 kB\nVmFlags: rd ex mr mw me\n");

	assert_int_equal(l->nr_runs, 1);
	assert_int_equal(l->runs[0].start, 0x10003000);
	assert_int_equal(l->runs[0].end, 0x10802000);
	layout_free(l);
}

static void written_pages_of_a_file_mapping_stand_before_the_others(void **state)
{
	struct layout *l = read_ok("10000000-10010000 rw-p 00000000 08:01 5 /bin/x\n"
				   "Rss: 40 kB\nAnonymous: 12 kB\n" TAIL);

	assert_int_equal(l->nr_runs, 2);
	assert_int_equal(l->runs[0].kind, LAYOUT_ANON);
	assert_int_equal(l->runs[0].end, 0x10003000);
	assert_int_equal(l->runs[1].kind, LAYOUT_FILE);
	assert_int_equal(l->runs[1].end, 0x1000a000);
	layout_free(l);
}

static void swapped_pages_are_mixed_in_to_their_exact_number(void **state)
{
	struct layout *l = read_ok(HEAD "Rss: 2000 kB\nAnonymous: 2000 kB\nSwap: 1000 kB\n" TAIL);

	assert_int_equal(l->pages[LAYOUT_ANON], 500);
	assert_int_equal(l->pages[LAYOUT_SWAP], 250);
	assert_true(l->nr_runs > 20);
	assert_int_equal(l->runs[0].start, 0x10000000);
	for (size_t i = 1; i < l->nr_runs; i++)
		assert_int_equal(l->runs[i].start, l->runs[i - 1].end);
	layout_free(l);
}

static void swap_of_shared_memory_is_in_no_page_table(void **state)
{
	struct layout *l = read_ok("10000000-10010000 rw-s 00000000 00:01 5 /memfd:x\n"
				   "Rss: 8 kB\nAnonymous: 0 kB\nSwap: 12 kB\n"
				   "VmFlags: rd wr sh mr mw me ms\n");

	assert_int_equal(l->pages[LAYOUT_SWAP], 0);
	assert_int_equal(l->pages[LAYOUT_FILE], 2);
	layout_free(l);
}

static void huge_pages_take_the_lowest_aligned_units(void **state)
{
	struct layout *l =
		read_ok("101ff000-10a01000 rw-p 00000000 00:00 0 \n"
			"Rss: 4108 kB\nAnonymous: 4108 kB\nAnonHugePages: 4096 kB\n" TAIL);

	assert_int_equal(l->pages[LAYOUT_HUGE], 1024);
	assert_int_equal(l->pages[LAYOUT_ANON], 3);
	assert_int_equal(l->nr_runs, 3);
	assert_int_equal(l->runs[1].kind, LAYOUT_HUGE);
	assert_int_equal(l->runs[1].start, 0x10200000);
	assert_int_equal(l->runs[1].end, 0x10600000);
	assert_int_equal(l->runs[2].end, 0x10602000);
	assert_int_equal(l->nr_pte_tables, 2);
	layout_free(l);
}

static void a_stack_with_huge_pages_still_fills_from_the_top(void **state)
{
	struct layout *l =
		read_ok("10000000-10401000 rw-p 00000000 00:00 0 [stack]\n"
			"Rss: 2056 kB\nAnonymous: 2056 kB\nAnonHugePages: 2048 kB\n" TAIL);

	assert_int_equal(l->nr_runs, 2);
	assert_int_equal(l->runs[0].kind, LAYOUT_HUGE);
	assert_int_equal(l->runs[0].start, 0x10000000);
	assert_int_equal(l->runs[1].start, 0x103ff000);
	assert_int_equal(l->runs[1].end, 0x10401000);
	layout_free(l);
}

static void hugetlb_vmas_hold_huge_runs(void **state)
{
	struct layout *l = read_ok("10000000-10800000 rw-s 00000000 00:0f 9 /anon_hugepage\n"
				   "Rss: 0 kB\nShared_Hugetlb: 2048 kB\nPrivate_Hugetlb: 2048 kB\n"
				   "VmFlags: rd wr sh mr mw me ms de ht\n");

	assert_int_equal(l->pages[LAYOUT_HUGE], 1024);
	assert_true(l->vmas[0].vm_flags & VM_HUGETLB);
	assert_int_equal(l->nr_runs, 1);
	layout_free(l);
}

static void vm_flags_are_the_files(void **state)
{
	struct layout *l = read_ok("10000000-10001000 rw-s 00005000 00:06 12 /dev/dri\nRss: 0 kB\n"
				   "VmFlags: rd wr sh mr mw me ms pf io de dd zz \n");

	assert_int_equal(l->vmas[0].vm_flags,
			 VM_READ | VM_WRITE | VM_SHARED | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC |
				 VM_MAYSHARE | VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	assert_int_equal(l->vmas[0].pgoff, 5);
	assert_true(l->vmas[0].file);
	assert_string_equal(l->names + l->vmas[0].name, "/dev/dri");
	layout_free(l);
}

static void permissions_stand_in_for_missing_vm_flags(void **state)
{
	struct layout *l = read_ok("10000000-10001000 r-xs 00000000 08:01 5 /bin/x\nRss: 4 kB\n");

	assert_int_equal(l->vmas[0].vm_flags,
			 VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_MAYSHARE);
	assert_int_equal(l->pages[LAYOUT_FILE], 1);
	layout_free(l);
}

static void kernel_pages_without_a_file_count_as_a_file(void **state)
{
	struct layout *l = read_ok("10000000-10002000 r-xp 00000000 00:00 0 [vdso]\n"
				   "Rss: 4 kB\nAnonymous: 0 kB\nVmFlags: rd ex mr mw me de\n");

	assert_true(l->vmas[0].file);
	assert_int_equal(l->pages[LAYOUT_FILE], 1);
	layout_free(l);
}

static void private_dev_zero_is_anonymous(void **state)
{
	struct layout *l = read_ok("10000000-10002000 rw-p 00000000 00:05 5 /dev/zero\n"
				   "Rss: 4 kB\nAnonymous: 4 kB\n" TAIL);

	assert_false(l->vmas[0].file);
	layout_free(l);
}

static void unknown_fields_of_other_kernels_are_skipped(void **state)
{
	struct layout *l = read_ok(HEAD "Name:           [anon:x]\nSize: 4096 kB\nRss: 8 kB\n"
					"Pss_Dirty: 3 kB\nProtectionKey: 0\nTHPeligible: 1\n"
					"Bliss: a lot of\nAnonymous: 8 kB\n" TAIL);

	assert_int_equal(l->pages[LAYOUT_ANON], 2);
	layout_free(l);
}

static void empty_vmas_at_the_kernels_addresses_are_dropped_and_counted(void **state)
{
	struct layout *l =
		read_ok(HEAD "Rss: 4 kB\nAnonymous: 4 kB\n" TAIL
			     "ffff7fffffff0000-ffff7fffffff1000 r--p 00000000 00:00 0 [vvar]\n"
			     "Rss: 0 kB\n" TAIL
			     "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n"
			     "Rss: 4 kB\n" TAIL);

	assert_int_equal(l->nr_vmas, 1);
	assert_int_equal(l->nr_dropped, 2);
	layout_free(l);
}

static void pages_at_the_kernels_addresses_are_not_lost_silently(void **state)
{
	FAILS("ffff800000000000-ffff800000001000 rw-p 00000000 00:00 0 \nRss: 4 kB\n"
	      "Anonymous: 4 kB\n" TAIL,
	      "x.smaps:1: pages at an address of the kernel");
}

static void damaged_headers_are_refused(void **state)
{
	FAILS("", "x.smaps:1: no VMA in it");
	FAILS("hello\n", "x.smaps:1: 'hello' is neither a VMA's address range nor a field");
	FAILS("-10000000-10400000 rw-p 00000000 00:00 0 \n",
	      "x.smaps:1: '-10000000-10400000 rw-p 00000000 00:00 0' is neither a VMA's address "
	      "range nor a field");
	FAILS("10400000-10000000 rw-p 00000000 00:00 0 \nRss: 0 kB\n" TAIL,
	      "x.smaps:1: the range ends before it starts");
	FAILS("10000000-10000000 rw-p 00000000 00:00 0 \nRss: 0 kB\n" TAIL,
	      "x.smaps:1: the range ends before it starts");
	FAILS("10000001-10400000 rw-p 00000000 00:00 0 \nRss: 0 kB\n" TAIL,
	      "x.smaps:1: range or offset not page aligned");
	FAILS("10000000-10400000 rw-q 00000000 00:00 0 \nRss: 0 kB\n" TAIL,
	      "x.smaps:1: bad permissions 'rw-q 00000000 00:00 0 '");
	FAILS("10000000-10400000 rw-p 00000000\n", "x.smaps:1: bad offset, device or inode");
	FAILS("11111111110000000-10400000 rw-p 00000000 00:00 0\n",
	      "x.smaps:1: bad address range '11111111110000000-10400000 rw-p 00000000'");
	FAILS("7ffffffffffff000-8000000000001000 rw-p 00000000 00:00 0\nRss: 0 kB\n" TAIL,
	      "x.smaps:1: the range reaches into the kernel's addresses");
	FAILS("1000-800000001000 rw-p 00000000 00:00 0\nRss: 0 kB\n" TAIL,
	      "x.smaps:1: larger than the 128 TiB of address space we model");
	FAILS("10000000-10400000 ---p 00000000 00:00 0 [rollup]\nRss: 0 kB\n",
	      "x.smaps:1: smaps_rollup holds no VMAs, smaps does");
}

static void unsorted_and_overlapping_vmas_are_refused(void **state)
{
	FAILS(NEXT "Rss: 0 kB\n" TAIL HEAD "Rss: 0 kB\n" TAIL,
	      "x.smaps:4: VMAs not in ascending order");
	FAILS(HEAD "Rss: 0 kB\n" TAIL "103ff000-10500000 rw-p 00000000 00:00 0 \nRss: 0 kB\n" TAIL,
	      "x.smaps:4: overlaps the VMA before");
	FAILS(HEAD "Rss: 0 kB\n" TAIL HEAD "Rss: 0 kB\n" TAIL,
	      "x.smaps:4: overlaps the VMA before");
}

static void impossible_numbers_are_refused(void **state)
{
	FAILS(HEAD "Rss: -4 kB\n" TAIL, "x.smaps:2: Rss: '-4 kB' is no number of kB");
	FAILS(HEAD "Rss: 1e30 kB\n" TAIL, "x.smaps:2: Rss: '1e30 kB' is no number of kB");
	FAILS(HEAD "Rss: 4\n" TAIL, "x.smaps:2: Rss: '4' is no number of kB");
	FAILS(HEAD "Rss: kB\n" TAIL, "x.smaps:2: Rss: 'kB' is no number of kB");
	FAILS(HEAD "Rss: 4 MB\n" TAIL, "x.smaps:2: Rss: '4 MB' is no number of kB");
	FAILS(HEAD "Rss: 99999999999999999999999 kB\n" TAIL,
	      "x.smaps:2: Rss: '99999999999999999999999 kB' is no number of kB");
	FAILS(HEAD "Rss: 999999999999999999 kB\n" TAIL,
	      "x.smaps:2: Rss: more than an address space holds");
	FAILS(HEAD "Rss: 6 kB\n" TAIL, "x.smaps:2: Rss: not a multiple of a page");
	FAILS(HEAD "Rss: 4100 kB\n" TAIL, "x.smaps:1: Rss is larger than the VMA");
	FAILS(HEAD "Size: 4100 kB\nRss: 4 kB\n" TAIL,
	      "x.smaps:1: Size differs from the address range");
	FAILS(HEAD "Rss: 4 kB\nAnonymous: 8 kB\n" TAIL, "x.smaps:1: Anonymous is larger than Rss");
	FAILS(HEAD "Rss: 4 kB\nSwap: 4096 kB\n" TAIL,
	      "x.smaps:1: Rss and Swap together are larger than the VMA");
	FAILS(HEAD "Rss: 2048 kB\nAnonymous: 1024 kB\nAnonHugePages: 2048 kB\n" TAIL,
	      "x.smaps:1: AnonHugePages is larger than Anonymous");
	FAILS(HEAD "Rss: 2048 kB\nAnonymous: 2048 kB\nAnonHugePages: 1024 kB\n" TAIL,
	      "x.smaps:1: AnonHugePages does not fit the VMA's 2 MiB units");
	FAILS("10001000-10400000 rw-p 00000000 00:00 0\nRss: 4092 kB\nAnonymous: 4092 kB\n"
	      "AnonHugePages: 4088 kB\n" TAIL,
	      "x.smaps:1: AnonHugePages does not fit the VMA's 2 MiB units");
	FAILS("10000000-10001000 rw-p 00000000 00:00 0\nRss: 0 kB\nPrivate_Hugetlb: 4 kB\n" TAIL,
	      "x.smaps:1: hugetlb memory in other than whole 2 MiB units");
	FAILS(HEAD "Rss: 4 kB\nRss: 4 kB\n" TAIL, "x.smaps:3: Rss twice in one VMA");
	FAILS(HEAD "Rss: 4 kB\nVmFlags: rd write\n", "x.smaps:3: bad VmFlags at 'write'");
}

static void cut_off_texts_are_refused(void **state)
{
	FAILS("10000000-10400", "x.smaps:1: cut off in the middle of a line");
	FAILS(HEAD "Rss: 4 k", "x.smaps:2: cut off in the middle of a line");
	FAILS(HEAD "Rss: 4 kB\n" TAIL NEXT,
	      "x.smaps:4: a VMA without Rss: cut off, or not a smaps file");
	FAILS(HEAD "Rss: 4 kB\n" TAIL NEXT "Rss: 4 kB\n",
	      "x.smaps:4: this VMA lacks the field VmFlags, which others have: cut off?");
	FAILS(HEAD NEXT, "x.smaps:1: a VMA without numbers: /proc/PID/maps has none, smaps has");
	FAILS(HEAD "Size: 4096 kB\n" NEXT,
	      "x.smaps:1: a VMA without Rss: cut off, or not a smaps file");
	FAILS("Rss: 4 kB\n" HEAD, "x.smaps:1: 'Rss' before any VMA");
}

static void binary_data_is_refused(void **state)
{
	static char line[20000];

	FAILS(HEAD "Rss: 4\0 kB\n" TAIL, "x.smaps:2: NUL byte");
	FAILS("\x7f"
	      "ELF\x02\x01\x01\n",
	      "x.smaps:1: '?ELF?\?\?' is neither a VMA's address range nor a field");
	memset(line, 'a', sizeof(line));
	read_fails(line, sizeof(line), "x.smaps:1: line longer than 8192 bytes");
	line[9000] = '\n';
	read_fails(line, sizeof(line), "x.smaps:1: line longer than 8192 bytes");
}

static void a_claim_of_terabytes_is_refused_without_building_them(void **state)
{
	FAILS("10000000-600000000000 rw-p 00000000 00:00 0\nRss: 34359738368 kB\n"
	      "Anonymous: 34359738368 kB\nSwap: 34359738368 kB\n" TAIL,
	      "x: more than 4194304 runs of pages");
	FAILS("10000000-600000000000 r-xp 00000000 08:01 5 /x\nRss: 34359738368 kB\n"
	      "Anonymous: 0 kB\nVmFlags: rd ex\n",
	      "x: more than 4194304 runs of pages");
}

static void a_long_path_leaves_the_reason_readable(void **state)
{
	struct layout_error err = {""};
	char path[300];

	memset(path, 'p', sizeof(path));
	path[299] = '\0';
	assert_null(layout_from_text("x", path, "?\n", 2, &err));
	assert_non_null(strstr(err.text, "ppp:1: '?' is neither"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshots_have_their_known_totals),
		cmocka_unit_test(the_rule_comes_near_the_measured_tables),
		cmocka_unit_test(our_own_smaps_reads),
		cmocka_unit_test(sparse_anonymous_memory_is_packed_from_the_start),
		cmocka_unit_test(stacks_are_filled_from_the_top),
		cmocka_unit_test(code_is_spread_in_aligned_64_kib_windows),
		cmocka_unit_test(fully_resident_code_is_one_run),
		cmocka_unit_test(written_pages_of_a_file_mapping_stand_before_the_others),
		cmocka_unit_test(swapped_pages_are_mixed_in_to_their_exact_number),
		cmocka_unit_test(swap_of_shared_memory_is_in_no_page_table),
		cmocka_unit_test(huge_pages_take_the_lowest_aligned_units),
		cmocka_unit_test(a_stack_with_huge_pages_still_fills_from_the_top),
		cmocka_unit_test(hugetlb_vmas_hold_huge_runs),
		cmocka_unit_test(vm_flags_are_the_files),
		cmocka_unit_test(permissions_stand_in_for_missing_vm_flags),
		cmocka_unit_test(kernel_pages_without_a_file_count_as_a_file),
		cmocka_unit_test(private_dev_zero_is_anonymous),
		cmocka_unit_test(unknown_fields_of_other_kernels_are_skipped),
		cmocka_unit_test(empty_vmas_at_the_kernels_addresses_are_dropped_and_counted),
		cmocka_unit_test(pages_at_the_kernels_addresses_are_not_lost_silently),
		cmocka_unit_test(damaged_headers_are_refused),
		cmocka_unit_test(unsorted_and_overlapping_vmas_are_refused),
		cmocka_unit_test(impossible_numbers_are_refused),
		cmocka_unit_test(cut_off_texts_are_refused),
		cmocka_unit_test(binary_data_is_refused),
		cmocka_unit_test(a_claim_of_terabytes_is_refused_without_building_them),
		cmocka_unit_test(a_long_path_leaves_the_reason_readable),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_smaps", tests, NULL, NULL);
}
