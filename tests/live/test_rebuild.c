// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a victim is the layout. For a layout of equal VMAs, for a snapshot of a real
 * program, and for a layout with everything that is hard to rebuild (neighbours that would merge,
 * pages under PROT_NONE, copies in a file mapping, shared memory, huge pages), the kernel's smaps
 * of the victim has each VMA at its address and each kind of page in its number. Wrong looks like a
 * VMA that merged, pages that fault-around brought, or a victim that outlives who started it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/kill.h"
#include "live/victim_process.h"
#include "../skip_case.h"

/* What the victim's own program may have: VMAs, and pages of 4 KiB. */
#define OWN_VMAS  16
#define OWN_PAGES 256

static struct layout *open_layout(const char *name)
{
	struct layout_error err;
	struct layout *layout = layout_open(name, 1, &err);

	if (!layout)
		fail_msg("%s", err.text);
	return layout;
}

static struct layout *open_text(const char *text)
{
	char path[] = "/tmp/umaple-rebuild.XXXXXX";
	int fd = mkstemp(path);
	struct layout *layout;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	layout = open_layout(path);
	unlink(path);
	return layout;
}

static struct live_plan *plan_of(const struct layout *layout, enum plan_shape shape)
{
	struct error_text error;
	struct live_plan *plan = live_plan_create(layout, shape, &error);

	if (!plan)
		fail_msg("%s", error.text);
	return plan;
}

/* Build a victim, and leave its census. */
static void build(const struct live_plan *plan, struct victim_census *census)
{
	struct victim_process victim;
	struct error_text error;

	if (victim_start(&victim, plan, -1, &error))
		fail_msg("%s", error.text);
	if (victim_count(&victim, plan, census, &error))
		fail_msg("%s", error.text);
	victim_end(&victim);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static bool thp_enabled(void)
{
	char text[64] = "";
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");

	if (file) {
		if (!fgets(text, sizeof(text), file))
			text[0] = '\0';
		fclose(file);
	}
	return text[0] && !strstr(text, "[never]");
}

/* Every VMA and every page, twice: the second victim finds a page cache. */
static void is_rebuilt(struct layout *layout, enum plan_shape shape)
{
	struct live_plan *plan = plan_of(layout, shape);
	struct victim_census census;

	for (int i = 0; i < 2; i++) {
		build(plan, &census);
		assert_int_equal(census.vmas, shape == PLAN_SPANNING ? 1 : layout->nr_vmas);
		for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
			if (census.pages[kind] != plan->pages[kind])
				fail_msg("%s: kind %d: %llu pages, not %llu", layout->name, kind,
					 (unsigned long long)census.pages[kind],
					 (unsigned long long)plan->pages[kind]);
		assert_in_range(census.own_vmas, 1, OWN_VMAS);
		assert_in_range(census.own_pages, 1, OWN_PAGES);
	}
	live_plan_free(plan);
	layout_free(layout);
}

static void equal_vmas_are_rebuilt(void **state)
{
	is_rebuilt(open_layout("grid"), PLAN_AS_IS);
}

static void a_real_program_is_rebuilt(void **state)
{
	is_rebuilt(open_layout("java"), PLAN_AS_IS);
	is_rebuilt(open_layout("chromium-renderer"), PLAN_AS_IS);
}

/* This process itself: the victim's program must not be in the way of another program's. */
static void a_capture_is_rebuilt(void **state)
{
	is_rebuilt(open_layout("/proc/self/smaps"), PLAN_AS_IS);
}

/* The flags and neighbours that the kernel would merge, or that need a detour to be filled. */
static const char hard[] =
	"umaple-layout 1\n"
	"rule made by hand\n"
	/* Four equal neighbours, and one without access that holds pages. */
	"vma 200000000000-200000010000 rd,wr,mr,mw,me,ac 0 anon\n"
	"\tanon 200000000000-200000010000\n"
	"vma 200000010000-200000020000 rd,wr,mr,mw,me,ac 0 anon\n"
	"\tanon 200000012000-200000013000\n"
	"vma 200000020000-200000030000 rd,wr,mr,mw,me,ac 0 anon\n"
	"vma 200000030000-200000040000 rd,wr,mr,mw,me,ac 0 anon\n"
	"\tanon 20000003f000-200000040000\n"
	"vma 200000040000-200000050000 mr,mw,me,nr 0 anon\n"
	"\tanon 200000048000-200000049000\n"
	/* A file: neighbours with one protection, copies between pages of the file. */
	"vma 210000000000-210000100000 rd,mr,mw,me 0 file /usr/lib/x.so\n"
	"\tfile 210000000000-210000001000\n"
	"\tfile 210000008000-210000009000\n"
	"\tfile 2100000ff000-210000100000\n"
	"vma 210000100000-210000200000 rd,mr,mw,me 256 file /usr/lib/x.so\n"
	"\tfile 210000110000-210000120000\n"
	"vma 210000200000-210000210000 rd,mr,mw,me,ac 512 file /usr/lib/x.so\n"
	"\tfile 210000200000-210000203000\n"
	"\tanon 210000203000-210000205000\n"
	"\tfile 210000208000-210000209000\n"
	/* Shared memory and a shared file. */
	"vma 220000000000-220000100000 rd,wr,sh,mr,mw,me,ms 0 file /memfd:x\n"
	"\tfile 220000010000-220000020000\n"
	"vma 220000100000-220000200000 rd,sh,mr,me,ms 0 file /usr/share/y\n"
	"\tfile 220000100000-220000101000\n"
	"end 10 13\n";

static void what_is_hard_is_rebuilt(void **state)
{
	is_rebuilt(open_text(hard), PLAN_AS_IS);
}

static void huge_pages_are_rebuilt(void **state)
{
	if (!thp_enabled())
		skip_case("no transparent huge pages here");
	is_rebuilt(open_text("umaple-layout 1\n"
			     "rule made by hand\n"
			     "vma 200000000000-200000a00000 rd,wr,mr,mw,me,ac 0 anon\n"
			     "\tanon 200000000000-200000001000\n"
			     "\thuge 200000200000-200000600000\n"
			     "\tanon 200000600000-200000800000\n"
			     "end 1 3\n"),
		   PLAN_AS_IS);
}

/* One VMA with the layout's page tables: as many, and each as full as it was. */
static void the_spanning_vma_has_the_same_tables(void **state)
{
	struct layout *layout = open_layout("java");
	struct live_plan *plan = plan_of(layout, PLAN_SPANNING);
	const struct plan_run *runs = plan_runs(plan->block);
	uint64_t tables = 0, last = 0, pages = 0;

	assert_int_equal(plan->block->nr_maps, 1);
	for (uint64_t i = 0; i < plan->block->nr_runs; i++) {
		assert_true(!i || runs[i].start >= runs[i - 1].end);
		pages += (runs[i].end - runs[i].start) >> 12;
		for (uint64_t unit = runs[i].start >> 21; unit <= (runs[i].end - 1) >> 21; unit++) {
			tables += unit != last;
			last = unit;
		}
	}
	assert_int_equal(tables, layout->nr_pte_tables);
	assert_int_equal(pages, layout_pages(layout));
	live_plan_free(plan);
	is_rebuilt(layout, PLAN_SPANNING);
}

/* Without swap: the same VMAs and as many pages, none of them swapped. */
static void swapped_pages_become_resident(void **state)
{
	struct layout *android = open_layout("android"), *resident;
	struct layout_error err;

	resident = layout_resident(android, &err);
	assert_non_null(resident);
	assert_int_equal(layout_check(resident, &err), 0);
	assert_int_equal(resident->nr_vmas, android->nr_vmas);
	assert_true(android->pages[LAYOUT_SWAP] > 0);
	assert_int_equal(resident->pages[LAYOUT_SWAP], 0);
	assert_int_equal(resident->pages[LAYOUT_ANON],
			 android->pages[LAYOUT_ANON] + android->pages[LAYOUT_SWAP]);
	assert_non_null(strstr(resident->rule, "resident"));
	layout_free(android);
	layout_free(resident);
}

/* An address that no process may have: one line, and no process is left. */
static void a_victim_that_cannot_be_built_leaves_nothing(void **state)
{
	struct layout *layout = open_text("umaple-layout 1\n"
					  "rule made by hand\n"
					  "vma 1000-2000 rd,wr,mr,mw,me,ac 0 anon\n"
					  "\tanon 1000-2000\n"
					  "end 1 1\n");
	struct live_plan *plan = plan_of(layout, PLAN_AS_IS);
	struct victim_process victim;
	struct error_text error = {""};

	/* Root may map it: take another page, which the victim itself cannot have. */
	((struct plan_map *)plan_maps(plan->block))->fd = 999;
	((struct plan_map *)plan_maps(plan->block))->flags = MAP_PRIVATE;
	assert_int_equal(victim_start(&victim, plan, -1, &error), -EBADF);
	assert_non_null(strstr(error.text, "mmap"));
	assert_int_equal(victim.pid, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	live_plan_free(plan);
	layout_free(layout);
}

/* Whoever started a victim dies by SIGKILL: so does the victim. */
static void a_victim_dies_with_its_parent(void **state)
{
	struct layout *layout = open_layout("/proc/self/smaps");
	struct live_plan *plan = plan_of(layout, PLAN_AS_IS);
	pid_t parent, victim_pid = 0;
	int say[2];

	/* Orphans come to us, so that we see the end of it. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(say), 0);
	parent = fork();
	if (!parent) {
		struct victim_process victim;
		struct error_text error;

		if (victim_start(&victim, plan, -1, &error) ||
		    write(say[1], &victim.pid, sizeof(victim.pid)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(say[0], &victim_pid, sizeof(victim_pid)), sizeof(victim_pid));
	assert_int_equal(kill(victim_pid, 0), 0);
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(waitpid(victim_pid, NULL, 0), victim_pid);
	close(say[0]);
	close(say[1]);
	live_plan_free(plan);
	layout_free(layout);
}

/* Both ways to kill give times, and take the victim away. */
static void a_kill_is_measured(void **state)
{
	struct layout *layout = open_layout("java");
	struct live_plan *plan = plan_of(layout, PLAN_AS_IS);
	struct victim_process victim;
	struct kill_sample sample;
	struct error_text error;
	int tries;

	if (kill_possible(&error)) {
		live_plan_free(plan);
		layout_free(layout);
		skip_case(error.text);
	}
	for (int reap = 0; reap < 2; reap++) {
		for (tries = 0; tries < 20; tries++) {
			assert_int_equal(victim_start(&victim, plan, -1, &error), 0);
			assert_int_equal(kill_victim(&victim, reap, NULL, &sample, &error), 0);
			assert_int_equal(victim.pid, 0);
			if (!sample.missed)
				break;
		}
		assert_false(sample.missed);
		assert_true(sample.exit_cpu_ns > 0);
		assert_true(sample.exit_cpu_ns <= sample.wall_ns + 1000000);
		assert_true(sample.reap_cpu_ns <= sample.reap_wall_ns + 1000000);
		assert_int_equal(sample.reap_cpu_ns > 0, reap);
		assert_true(sample.reap_wall_ns <= sample.wall_ns);
	}
	live_plan_free(plan);
	layout_free(layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_vmas_are_rebuilt),
		cmocka_unit_test(a_real_program_is_rebuilt),
		cmocka_unit_test(a_capture_is_rebuilt),
		cmocka_unit_test(what_is_hard_is_rebuilt),
		cmocka_unit_test(huge_pages_are_rebuilt),
		cmocka_unit_test(the_spanning_vma_has_the_same_tables),
		cmocka_unit_test(swapped_pages_become_resident),
		cmocka_unit_test(a_victim_that_cannot_be_built_leaves_nothing),
		cmocka_unit_test(a_victim_dies_with_its_parent),
		cmocka_unit_test(a_kill_is_measured),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
