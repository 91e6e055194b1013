// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: smaps texts of other kernels, architectures and editors. The files in cases/ were
 * once read wrongly or refused; each stands for a kind, which the tests beside it go through.
 * Right: the pages that the process has, the permissions where flags are missing, and a rule that
 * says how the layout differs from the process.
 * Wrong: shared memory that a reaper would take, a page of an object counted as the process's,
 * pages of another size or moved addresses without a word, ordinary text refused.
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
#include "vma/vm_flags.h"

static struct layout *open_case(const char *name)
{
	struct layout_error err = {""};
	char path[4096];
	struct layout *l;

	snprintf(path, sizeof(path), "%s/%s.smaps", LAYOUT_CASES, name);
	l = layout_open(path, 1, &err);
	if (!l || layout_check(l, &err))
		fail_msg("%s", err.text);
	return l;
}

static struct layout *read_text(const char *text)
{
	struct layout_error err = {""};
	struct layout *l = layout_from_text("x", "x", text, strlen(text), &err);

	if (!l || layout_check(l, &err))
		fail_msg("%s\n%s", err.text, text);
	return l;
}

static void read_fails(const char *text, size_t len, const char *expect)
{
	struct layout_error err = {""};
	struct layout *l = layout_from_text("x", "x", text, len, &err);

	if (l)
		fail_msg("accepted what should fail with '%s'", expect);
	assert_string_equal(err.text, expect);
}

#define FAILS(text, expect) read_fails(text, sizeof(text) - 1, expect)
#define FLAGS		    "VmFlags: rd wr mr mw me ac\n"

/* Stacks of Linux 2.6.36 to 4.12. */

static void a_stack_guard_in_size_alone_is_taken(void **state)
{
	struct layout *l = open_case("stack-guard");

	assert_int_equal(layout_pages(l), 3);
	assert_int_equal(l->pages[LAYOUT_ANON], 3);
	assert_int_equal(l->vmas[0].end - l->vmas[0].start, 132 << 10);
	layout_free(l);
}

#define STACK "7ffd3a100000-7ffd3a120000 rw-p 00000000 00:00 0 [stack]\n"

static void the_guard_has_the_size_of_a_page_and_needs_no_flags(void **state)
{
	layout_free(read_text(STACK "Size: 132 kB\nRss: 4 kB\n"));
	layout_free(read_text(STACK "Size: 192 kB\nKernelPageSize: 64 kB\nRss: 64 kB\n"
				    "VmFlags: rd wr gd\n"));
}

static void any_other_difference_in_size_is_damage(void **state)
{
	static const char why[] = "x:1: Size differs from the address range";

	FAILS(STACK "Size: 136 kB\nRss: 4 kB\nVmFlags: rd wr gd\n", why);
	FAILS(STACK "Size: 124 kB\nRss: 4 kB\nVmFlags: rd wr gd\n", why);
	FAILS(STACK "Size: 192 kB\nRss: 4 kB\nVmFlags: rd wr gd\n", why);
	FAILS(STACK "Size: 132 kB\nKernelPageSize: 64 kB\nRss: 64 kB\nVmFlags: rd wr gd\n", why);
	FAILS(STACK "Size: 132 kB\nRss: 4 kB\nVmFlags: rd wr\n", why);
	FAILS("7ffd3a100000-7ffd3a120000 rw-p 00000000 00:00 0 [heap]\nSize: 132 kB\nRss: 4 kB\n",
	      why);
}

/* Changes that editors and other systems make to a text. */

static void carriage_returns_at_the_end_of_lines_are_no_part_of_them(void **state)
{
	struct layout *l = open_case("crlf");

	assert_int_equal(layout_pages(l), 2);
	assert_string_equal(l->names + l->vmas[0].name, "");
	assert_true(l->vmas[0].vm_flags & VM_ACCOUNT);
	layout_free(l);
	/* adb of old phones doubled them. */
	l = read_text("1000-3000 rw-p 00000000 08:01 5 /bin/x\r\r\nRss: 4 kB\r\r\n");
	assert_string_equal(l->names + l->vmas[0].name, "/bin/x");
	layout_free(l);
}

static void a_byte_order_mark_is_skipped(void **state)
{
	struct layout *l = read_text("\xef\xbb\xbf"
				     "1000-3000 rw-p 00000000 00:00 0\r\nRss: 4 kB\r\n");

	assert_int_equal(layout_pages(l), 1);
	layout_free(l);
	l = read_text("\xef\xbb\xbfumaple-layout 1\r\n\r\nrule r\r\nvma 1000-3000 rd 0 anon n\r\n"
		      "\tanon 1000-2000\r\nend 1 1\r\n");
	assert_int_equal(layout_pages(l), 1);
	assert_string_equal(l->rule, "r");
	assert_string_equal(l->names + l->vmas[0].name, "n");
	layout_free(l);
}

static void blanks_may_be_tabs_many_or_at_the_end(void **state)
{
	struct layout *l = read_text("1000-5000  rw-p\t00000000 08:01  5\t\t/a b  c \n"
				     "Size:\t16 kB\nRss:8 kB\nAnonymous:   8   kB  \n"
				     "VmFlags:  rd\twr  mr \n\n  \n");

	assert_int_equal(l->pages[LAYOUT_ANON], 2);
	assert_int_equal(l->vmas[0].vm_flags, VM_READ | VM_WRITE | VM_MAYREAD);
	assert_string_equal(l->names + l->vmas[0].name, "/a b  c ");
	layout_free(l);
}

static void texts_given_by_mistake_are_named(void **state)
{
	FAILS("1234:   cat\n         Address Perm   Offset Device\n",
	      "x:1: output of pmap? It leaves out what smaps has: take /proc/PID/smaps itself");
	FAILS("1234:   cat -n\n0000000000400000      8K r---- cat\n",
	      "x:1: output of pmap? It leaves out what smaps has: take /proc/PID/smaps itself");
	FAILS("400000-7ffd00000000 ---p 00000000 00:00 0 [rollup]\nRss: 4 kB\n",
	      "x:1: smaps_rollup holds no VMAs, smaps does");
	FAILS("400000-ffffffffff601000 ---p 00000000 00:00 0  [rollup]\r\nRss: 4 kB\r\n",
	      "x:1: smaps_rollup holds no VMAs, smaps does");
	FAILS("1000-2000 rw-p 00000000 00:00 0\n",
	      "x:1: a VMA without numbers: /proc/PID/maps has none, smaps has");
	FAILS("1000-2000 rw-p 00000000 00:00 0\n3000-4000 rw-p 00000000 00:00 0\n",
	      "x:1: a VMA without numbers: /proc/PID/maps has none, smaps has");
	FAILS("\x1f\x8b\x08\0\0\0", "x:1: compressed with gzip: unpack it first");
	FAILS("\x28\xb5\x2f\xfd\x04", "x:1: compressed with zstd: unpack it first");
	FAILS("\xfd"
	      "7zXZ\0",
	      "x:1: compressed with xz: unpack it first");
	FAILS("\xff\xfe"
	      "1\0000\0",
	      "x:1: text in UTF-16: convert it to UTF-8 or ASCII");
}

/* Swap. */

static void swap_of_an_object_without_own_pages_is_the_objects(void **state)
{
	struct layout *l = open_case("swap-of-a-memfd");

	assert_int_equal(l->pages[LAYOUT_SWAP], 0);
	assert_int_equal(layout_pages(l), 0);
	layout_free(l);
}

static void swap_is_counted_where_page_tables_hold_it(void **state)
{
	static const struct {
		const char *text;
		uint64_t swapped;
	} cases[] = {
		/* System V memory and a tmpfs file, read only. */
		{"1000-9000 r--p 00000000 00:01 5 /SYSV00000000 (deleted)\nRss: 4 kB\n"
		 "Anonymous: 0 kB\nSwap: 8 kB\nSwapPss: 0 kB\nVmFlags: rd mr mw me\n",
		 0},
		{"1000-9000 r--p 00000000 00:1c 5 /tmp/data\nRss: 4 kB\nAnonymous: 0 kB\n"
		 "Swap: 8 kB\nSwapPss: 0 kB\nVmFlags: rd mr mw me\n",
		 0},
		{"1000-9000 rw-s 00000000 00:01 5 /memfd:x\nRss: 4 kB\nAnonymous: 0 kB\n"
		 "Swap: 8 kB\nVmFlags: rd wr sh mr mw me ms\n",
		 0},
		/* A private one that was written: 8 kB are its own, 4 kB the object's. */
		{"1000-9000 rw-p 00000000 00:01 5 /memfd:x\nRss: 4 kB\nAnonymous: 4 kB\n"
		 "Swap: 12 kB\nSwapPss: 8 kB\n" FLAGS,
		 2},
		{"1000-9000 rw-p 00000000 00:01 5 /memfd:x\nRss: 0 kB\nAnonymous: 0 kB\n"
		 "Swap: 12 kB\nSwapPss: 5 kB\n" FLAGS,
		 2},
		{"1000-9000 rw-p 00000000 00:04 5 /dev/ashmem/dalvik-main space (deleted)\n"
		 "Rss: 4 kB\nAnonymous: 4 kB\nSwap: 12 kB\n" FLAGS,
		 3},
		/* Written once, read only now: the whole object is counted, also below own pages. */
		{"1000-9000 r--p 00000000 00:1c 5 /tmp/data\nRss: 8 kB\nAnonymous: 8 kB\n"
		 "Swap: 32 kB\nVmFlags: rd mr mw me ac\n",
		 6},
		/* Only the process itself can swap what it wrote over a file on a disk. */
		{"1000-9000 rw-p 00000000 fe:03 5 /system/lib64/libc.so\nRss: 0 kB\n"
		 "Anonymous: 0 kB\nSwap: 8 kB\nSwapPss: 0 kB\n" FLAGS,
		 2},
		/* The same in a container, whose files have no block device. */
		{"1000-9000 r--p 00000000 00:2f 5 /usr/lib/libc.so.6\nRss: 0 kB\nAnonymous: 0 kB\n"
		 "Swap: 8 kB\nSwapPss: 8 kB\nVmFlags: rd mr mw me ac\n",
		 2},
		{"1000-9000 rw-p 00000000 00:00 0 [heap]\nRss: 0 kB\nAnonymous: 0 kB\n"
		 "Swap: 8 kB\n" FLAGS,
		 2},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct layout *l = read_text(cases[i].text);

		if (l->pages[LAYOUT_SWAP] != cases[i].swapped)
			fail_msg("%llu pages of swap, not %llu:\n%s",
				 (unsigned long long)l->pages[LAYOUT_SWAP],
				 (unsigned long long)cases[i].swapped, cases[i].text);
		layout_free(l);
	}
}

/* Flags. */

/* Does __oom_reap_task_mm() pass over this VMA, as lib/oom decides? */
static bool reaper_passes_over(const struct layout_vma *vma)
{
	return (vma->vm_flags & (VM_HUGETLB | VM_PFNMAP)) ||
	       (vma->file && (vma->vm_flags & VM_SHARED));
}

static void a_reaper_takes_no_shared_memory_whatever_the_flags_say(void **state)
{
	static const char *const headers[] = {
		"1000-3000 rw-s 00000000 00:01 5 /memfd:x\n",
		"1000-3000 rw-s 00000000 08:01 5 /srv/data\n",
		"1000-3000 r--s 00000000 00:01 5 /SYSV00000000 (deleted)\n",
		"1000-3000 ---s 00000000 00:01 5 /dev/zero (deleted)\n",
		"1000-3000 rw-s 00000000 00:00 0\n",
	};
	static const char *const flags[] = {
		"",
		"VmFlags:\n",
		"VmFlags: \n",
		"VmFlags: ??\n",
		"VmFlags: zz ??\n",
		"VmFlags: rd wr\n",
	};
	char text[256];

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		for (size_t j = 0; j < sizeof(flags) / sizeof(*flags); j++) {
			struct layout *l;

			snprintf(text, sizeof(text), "%sRss: 8 kB\n%s%s", headers[i],
				 j % 2 ? "Anonymous: 0 kB\n" : "", flags[j]);
			l = read_text(text);
			if (!reaper_passes_over(&l->vmas[0]) || l->pages[LAYOUT_FILE] != 2)
				fail_msg("a reaper would take this:\n%s", text);
			layout_free(l);
		}
	}
}

static void memory_is_shared_if_either_permissions_or_flags_say_so(void **state)
{
	struct layout *l = read_text("1000-3000 rw-p 00000000 00:00 0\nRss: 4 kB\n"
				     "VmFlags: rd wr sh ms\n");

	assert_true(reaper_passes_over(&l->vmas[0]));
	layout_free(l);
}

static void flags_that_name_none_leave_the_permissions(void **state)
{
	struct layout *l = read_text("1000-3000 r-xp 00000000 08:01 5 /bin/x\nRss: 4 kB\n"
				     "VmFlags: \n"
				     "4000-5000 rw-p 00000000 00:00 0\nRss: 4 kB\nVmFlags: ??\n");

	assert_int_equal(l->vmas[0].vm_flags,
			 VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC);
	assert_int_equal(l->vmas[1].vm_flags,
			 VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC);
	layout_free(l);
}

static void a_file_that_was_opened_for_reading_is_reaped_though_mapped_shared(void **state)
{
	struct layout *l = read_text("1000-3000 r--s 00000000 08:01 5 /usr/lib/locale-archive\n"
				     "Rss: 4 kB\nVmFlags:\n");

	assert_false(reaper_passes_over(&l->vmas[0]));
	layout_free(l);
}

/* Kernels that lack fields. */

static void before_2_6_37_written_pages_of_a_file_are_its_dirty_ones(void **state)
{
	struct layout *l = read_text("1000-5000 rw-p 00000000 08:01 5 /bin/x\nSize: 16 kB\n"
				     "Rss: 12 kB\nShared_Clean: 4 kB\nShared_Dirty: 0 kB\n"
				     "Private_Clean: 0 kB\nPrivate_Dirty: 8 kB\n"
				     "Referenced: 12 kB\nSwap: 4 kB\n"
				     "6000-8000 rw-s 00000000 08:01 6 /srv/x\nSize: 8 kB\n"
				     "Rss: 8 kB\nShared_Dirty: 8 kB\nPrivate_Dirty: 0 kB\n"
				     "Referenced: 8 kB\nSwap: 0 kB\n"
				     "9000-b000 rw-p 00000000 00:00 0 [heap]\nSize: 8 kB\n"
				     "Rss: 8 kB\nReferenced: 0 kB\nSwap: 0 kB\n");

	assert_int_equal(l->pages[LAYOUT_ANON], 2 + 2);
	assert_int_equal(l->pages[LAYOUT_FILE], 1 + 2);
	assert_int_equal(l->pages[LAYOUT_SWAP], 1);
	layout_free(l);
}

static void names_of_android_and_escaped_ones_are_kept(void **state)
{
	static const char *const names[] = {
		"[anon:scudo:primary]",
		"[anon:dalvik-large object space]",
		"/dev/ashmem/gralloc: a b (deleted)",
		"/data/a\\012b",
		"[anon:]",
	};
	char text[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct layout *l;

		snprintf(text, sizeof(text),
			 "1000-3000 rw-p 00000000 00:00 0                          %s\n"
			 "Size: 8 kB\nRss: 4 kB\nAnonymous: 4 kB\nTHPeligible:    0\n"
			 "ProtectionKey:         0\n" FLAGS,
			 names[i]);
		l = read_text(text);
		assert_string_equal(l->names + l->vmas[0].name, names[i]);
		layout_free(l);
	}
}

/* Pages and addresses of other machines. */

static void pages_of_16_kib_at_48_bits_are_moved_and_the_rule_says_so(void **state)
{
	struct layout *l = open_case("arm64-16k");

	assert_int_equal(l->pages[LAYOUT_ANON], 8);
	assert_int_equal(layout_pages(l), 8);
	assert_int_equal(l->vmas[0].end - l->vmas[0].start, 64 << 10);
	assert_true(l->vmas[0].end <= TASK_SIZE);
	assert_non_null(strstr(l->rule, "pages of 16 KiB are counted as 4 of 4 KiB"));
	assert_non_null(strstr(l->rule, "addresses above 47 bits were moved down"));
	layout_free(l);
}

static void the_page_of_a_program_is_the_smallest_without_hugetlb(void **state)
{
	static const char huge[] =
		"400000-800000 rw-p 00000000 00:0f 5 /anon_hugepage (deleted)\n"
		"KernelPageSize: 2048 kB\nRss: 0 kB\nPrivate_Hugetlb: 2048 kB\nVmFlags: rd wr ht\n";
	static const struct {
		const char *size, *note;
	} cases[] = {
		{"4", NULL},
		{"64", "pages of 64 KiB are counted as 16 of 4 KiB"},
	};
	struct layout *l;
	char text[512];

	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof(text),
			 "%s10000000-10100000 rw-p 00000000 00:00 0\nKernelPageSize: %s kB\n"
			 "Rss: 64 kB\n" FLAGS
			 /* A device's pages are large without being hugetlb. */
			 "20000000-20200000 rw-s 00000000 00:06 5 /dev/dax0.0\n"
			 "KernelPageSize: 2048 kB\nRss: 0 kB\nVmFlags: rd wr sh ms\n",
			 huge, cases[i].size);
		l = read_text(text);
		if (cases[i].note)
			assert_non_null(strstr(l->rule, cases[i].note));
		else
			assert_null(strstr(l->rule, "counted as"));
		layout_free(l);
	}
	l = read_text(huge);
	assert_null(strstr(l->rule, "counted as"));
	layout_free(l);
	FAILS("1000-2000 rw-p 00000000 00:00 0\nKernelPageSize: 12 kB\nRss: 0 kB\n",
	      "x:1: KernelPageSize is no power of two");
}

/* A process of three clusters whose uppermost ends at @top. */
static struct layout *spread_to(unsigned long long top)
{
	unsigned long long heap = top / 3 * 2 & PMD_MASK;
	char text[1024];

	snprintf(text, sizeof(text),
		 "umaple-layout 1\nrule r\n"
		 "vma 400000-402000 rd 0 file /x\n\tfile 400000-402000\n"
		 "vma %llx-%llx rd,wr 0 anon [heap]\n\tanon %llx-%llx\n"
		 /* touches, and shares the table of the one before */
		 "vma %llx-%llx rd,wr 0 anon\n"
		 /* another table, 2 MiB on */
		 "vma %llx-%llx rd,wr 0 anon\n\tanon %llx-%llx\n"
		 "vma %llx-%llx rd,wr,gd 0 anon [stack]\n\tanon %llx-%llx\nend 5 4\n",
		 heap, heap + 0x1000, heap, heap + 0x1000, heap + 0x1000, heap + 0x3000,
		 heap + 0x203000, heap + 0x205000, heap + 0x203000, heap + 0x205000, top - 0x21000,
		 top, top - 0x1000, top);
	return read_text(text);
}

static void addresses_of_any_width_move_and_share_tables_as_before(void **state)
{
	struct layout *low = spread_to(0x7ffffffff000);

	assert_string_equal(low->rule, "r");
	assert_int_equal(low->vmas[4].end, 0x7ffffffff000);
	for (unsigned int bits = 48; bits < 64; bits++) {
		uint64_t top = (1UL << bits) - 0x1000;
		struct layout *l = spread_to(top);

		assert_int_equal(l->nr_pte_tables, low->nr_pte_tables);
		assert_int_equal(layout_pages(l), layout_pages(low));
		assert_int_equal(l->vmas[0].start, 0x400000);
		assert_int_equal(l->vmas[2].start, l->vmas[1].end);
		assert_int_equal(l->vmas[3].start - l->vmas[2].end, 0x200000);
		assert_int_equal(l->vmas[4].end - l->vmas[4].start, 0x21000);
		/* in its place within 1 GiB, and with a gap below it */
		assert_int_equal((top - l->vmas[4].end) & ((1UL << 30) - 1), 0);
		assert_true(l->vmas[4].start > l->vmas[3].end + (1UL << 30));
		assert_true(l->vmas[4].end > TASK_SIZE - (2UL << 30));
		assert_non_null(strstr(l->rule, "addresses above 47 bits were moved down"));
		layout_free(l);
	}
	layout_free(low);
}

static void vmas_larger_than_the_model_are_refused(void **state)
{
	FAILS("umaple-layout 1\nrule r\nvma 0-600000000000 - 0 anon\n"
	      "vma 600000000000-c00000000000 - 0 anon\nend 2 0\n",
	      "x: its VMAs do not fit into the 128 TiB of address space that are modelled");
	/* Without the gap they would, but then they would touch. */
	FAILS("umaple-layout 1\nrule r\nvma 0-400000000000 - 0 anon\n"
	      "vma 400040000000-80003ffff000 - 0 anon\nend 2 0\n",
	      "x: its VMAs do not fit into the 128 TiB of address space that are modelled");
}

static void moved_addresses_are_written_as_moved(void **state)
{
	struct layout *l = open_case("arm64-16k"), *again;
	struct layout_error err = {""};
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	assert_int_equal(layout_write(l, file), 0);
	assert_int_equal(fclose(file), 0);
	again = layout_from_text("y", "y", text, len, &err);
	assert_non_null(again);
	assert_string_equal(again->rule, l->rule);
	assert_int_equal(again->vmas[0].start, l->vmas[0].start);
	layout_free(again);
	layout_free(l);
	free(text);
}

/* Nothing to take apart. */

static void a_layout_without_pages_opens_and_says_so(void **state)
{
	static const char note[] = "no page is resident, swapped or huge";
	struct layout *l = read_text("1000-3000 ---p 00000000 00:00 0\nRss: 0 kB\nVmFlags: mr\n"
				     "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
				     "[vsyscall]\nRss: 4 kB\nVmFlags: ex\n");

	assert_int_equal(layout_pages(l), 0);
	assert_int_equal(l->nr_dropped, 1);
	assert_non_null(strstr(l->rule, note));
	layout_free(l);
	l = read_text("umaple-layout 1\nrule r; no page is resident, swapped or huge\n"
		      "vma 1000-3000 - 0 anon\nend 1 0\n");
	assert_string_equal(l->rule, "r; no page is resident, swapped or huge");
	layout_free(l);
	l = read_text("1000-3000 rw-p 00000000 00:00 0\nRss: 4 kB\n");
	assert_int_equal(layout_pages(l), 1);
	assert_null(strstr(l->rule, note));
	layout_free(l);
}

/* A line that our own format could not hold. */
static void names_and_rules_that_no_line_of_ours_holds_are_refused(void **state)
{
	char text[8192], name[LAYOUT_MAX_NAME + 2];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "1000-3000 rw-p 0 0:0 1 %s\nRss: 4 kB\n", name);
	read_fails(text, strlen(text), "x:1: name longer than 7680 bytes");
	snprintf(text, sizeof(text), "umaple-layout 1\nrule %s\nvma 1000-3000 - 0 anon\nend 1 0\n",
		 name);
	read_fails(text, strlen(text), "x: rule longer than 7168 bytes");
	name[LAYOUT_MAX_NAME] = '\0';
	snprintf(text, sizeof(text), "1000-3000 rw-p 0 0:0 1 %s\nRss: 4 kB\n", name);
	layout_free(read_text(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_guard_in_size_alone_is_taken),
		cmocka_unit_test(the_guard_has_the_size_of_a_page_and_needs_no_flags),
		cmocka_unit_test(any_other_difference_in_size_is_damage),
		cmocka_unit_test(carriage_returns_at_the_end_of_lines_are_no_part_of_them),
		cmocka_unit_test(a_byte_order_mark_is_skipped),
		cmocka_unit_test(blanks_may_be_tabs_many_or_at_the_end),
		cmocka_unit_test(texts_given_by_mistake_are_named),
		cmocka_unit_test(swap_of_an_object_without_own_pages_is_the_objects),
		cmocka_unit_test(swap_is_counted_where_page_tables_hold_it),
		cmocka_unit_test(a_reaper_takes_no_shared_memory_whatever_the_flags_say),
		cmocka_unit_test(memory_is_shared_if_either_permissions_or_flags_say_so),
		cmocka_unit_test(flags_that_name_none_leave_the_permissions),
		cmocka_unit_test(a_file_that_was_opened_for_reading_is_reaped_though_mapped_shared),
		cmocka_unit_test(before_2_6_37_written_pages_of_a_file_are_its_dirty_ones),
		cmocka_unit_test(names_of_android_and_escaped_ones_are_kept),
		cmocka_unit_test(pages_of_16_kib_at_48_bits_are_moved_and_the_rule_says_so),
		cmocka_unit_test(the_page_of_a_program_is_the_smallest_without_hugetlb),
		cmocka_unit_test(addresses_of_any_width_move_and_share_tables_as_before),
		cmocka_unit_test(vmas_larger_than_the_model_are_refused),
		cmocka_unit_test(moved_addresses_are_written_as_moved),
		cmocka_unit_test(a_layout_without_pages_opens_and_says_so),
		cmocka_unit_test(names_and_rules_that_no_line_of_ours_holds_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_cases", tests, NULL, NULL);
}
