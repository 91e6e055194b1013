// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: "reapbench capture" writes exactly the pages that a process with known pages
 * has, by both ways of asking the kernel, for a living process and for a command it starts,
 * also without privilege; on a machine with larger pages, that it asks the way that works there.
 * Right: the runs of each VMA are the ones that layout_victim made; both methods agree.
 * Wrong: the zero page counted, a page missing, a half-written file after a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "layout/layout.h"
#include "layout_victim.h"
#include "layout/pagemap.h"
#include "vma/vm_flags.h"
#include "../zero_page.h"

#define NOBODY 65534

static char dir[] = "/tmp/umaple-capture-XXXXXX";
static char out[64], out2[64], mapped[64], said[64];

/* Linked with --wrap=sysconf: the size of a page on the machine; 0 for the true one. */
long __real_sysconf(int name);
long __wrap_sysconf(int name);

static long page_size;

long __wrap_sysconf(int name)
{
	return name == _SC_PAGESIZE && page_size ? page_size : __real_sysconf(name);
}

/* Run a program; its stdout and stderr go to the file @said. Return: its exit status. */
static int run_as(uid_t uid, const char *const argv[])
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		int fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0666);

		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(99);
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(98);
		execv(argv[0], (char *const *)argv);
		_exit(97);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define RUN(...) run_as(0, (const char *const[]){CAPTURE_TOOL, __VA_ARGS__, NULL})

static const char *said_text(void)
{
	static char text[4096];
	int fd = open(said, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static struct layout *open_ok(const char *path)
{
	struct layout_error err = {""};
	struct layout *l = layout_open(path, 1, &err);

	if (!l || layout_check(l, &err))
		fail_msg("%s (capture said: %s)", err.text, said_text());
	return l;
}

static const struct layout_vma *vma_at(const struct layout *l, uint64_t start)
{
	for (size_t i = 0; i < l->nr_vmas; i++)
		if (l->vmas[i].start == start)
			return &l->vmas[i];
	fail_msg("no VMA at %llx", (unsigned long long)start);
	return NULL;
}

struct expect {
	enum layout_kind kind;
	unsigned int first, n; /* pages */
};

static void assert_runs(const struct layout *l, uint64_t start, const struct expect *e, size_t nr)
{
	const struct layout_vma *vma = vma_at(l, start);

	if (vma->nr_runs != nr)
		fail_msg("VMA %llx has %u runs, not %zu", (unsigned long long)start, vma->nr_runs,
			 nr);
	for (size_t i = 0; i < nr; i++) {
		const struct layout_run *run = &l->runs[vma->first_run + i];

		assert_int_equal(run->kind, e[i].kind);
		assert_int_equal((run->start - start) >> PAGE_SHIFT, e[i].first);
		assert_int_equal((run->end - run->start) >> PAGE_SHIFT, e[i].n);
	}
}

#define RUNS(l, start, ...)                                         \
	assert_runs(l, start, (const struct expect[]){__VA_ARGS__}, \
		    sizeof((const struct expect[]){__VA_ARGS__}) / sizeof(struct expect))

static void assert_victim(const struct layout *l)
{
	const struct layout_vma *huge = vma_at(l, VICTIM_HUGE);
	const struct layout_vma *swap = vma_at(l, VICTIM_SWAP);
	uint64_t at;

	if (kernel_has_zero_page())
		RUNS(l, VICTIM_ANON, {LAYOUT_ANON, 2, 8}, {LAYOUT_ANON, 20, 10});
	else
		RUNS(l, VICTIM_ANON, {LAYOUT_ANON, 2, 8}, {LAYOUT_ANON, 20, 10},
		     {LAYOUT_ANON, 40, 5});
	RUNS(l, VICTIM_FILE, {LAYOUT_FILE, 0, 5}, {LAYOUT_ANON, 5, 1}, {LAYOUT_FILE, 6, 2});
	RUNS(l, VICTIM_SHARED, {LAYOUT_FILE, 3, 4});
	assert_true(vma_at(l, VICTIM_SHARED)->vm_flags & VM_SHARED);
	assert_int_equal(vma_at(l, VICTIM_RESERVED)->nr_runs, 0);
	/* The kernel chooses which of them are huge; all of them are there. */
	at = VICTIM_HUGE + VICTIM_UNIT;
	for (size_t i = 0; i < huge->nr_runs; i++) {
		assert_int_equal(l->runs[huge->first_run + i].start, at);
		at = l->runs[huge->first_run + i].end;
	}
	assert_int_equal(at, VICTIM_HUGE + 3 * VICTIM_UNIT);
	/* So is whether there was swap. */
	at = VICTIM_SWAP;
	for (size_t i = 0; i < swap->nr_runs; i++) {
		const struct layout_run *run = &l->runs[swap->first_run + i];

		assert_int_equal(run->start, at);
		at = run->end;
		if (run->kind == LAYOUT_SWAP) {
			assert_true(run->start >= VICTIM_SWAP + 8 * PAGE_SIZE);
			assert_true(run->end <= VICTIM_SWAP + 24 * PAGE_SIZE);
		}
	}
	assert_int_equal(at, VICTIM_SWAP + 64 * PAGE_SIZE);
}

/* A waiting victim. */
static pid_t victim_pid;

static void start_victim(uid_t uid, const char *mode)
{
	int fds[2];
	char c;

	assert_int_equal(pipe(fds), 0);
	victim_pid = fork();
	assert_true(victim_pid >= 0);
	if (!victim_pid) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(98);
		execl(VICTIM, VICTIM, mode, mapped, NULL);
		_exit(97);
	}
	close(fds[1]);
	if (read(fds[0], &c, 1) != 1)
		fail_msg("the victim did not get ready");
	close(fds[0]);
	/* On its way to sleep it would touch more. */
	kill(victim_pid, SIGSTOP);
	assert_int_equal(waitpid(victim_pid, NULL, WUNTRACED), victim_pid);
}

static int stop_victim(void **state)
{
	if (victim_pid > 0) {
		kill(victim_pid, SIGKILL);
		waitpid(victim_pid, NULL, 0);
	}
	victim_pid = 0;
	remove(out);
	remove(out2);
	return 0;
}

static const char *victim_number(void)
{
	static char text[16];

	snprintf(text, sizeof(text), "%d", (int)victim_pid);
	return text;
}

static bool have_scan(void)
{
	return RUN("--method", "scan", "--pid", victim_number(), "-o", out) == 0;
}

static void a_living_process_by_the_ioctl(void **state)
{
	struct layout *l;

	start_victim(0, "wait");
	assert_true(have_scan());
	l = open_ok(out);
	assert_victim(l);
	assert_non_null(strstr(l->rule, "PAGEMAP_SCAN"));
	layout_free(l);
}

static void a_living_process_by_reading(void **state)
{
	struct layout *l;

	start_victim(0, "wait");
	assert_int_equal(RUN("--method=pagemap", "--pid", victim_number(), "-o", out), 0);
	l = open_ok(out);
	assert_victim(l);
	assert_non_null(strstr(l->rule, "by reading pagemap, every run"));
	layout_free(l);
}

static void assert_same_runs(const struct layout *a, const struct layout *b)
{
	assert_int_equal(a->nr_vmas, b->nr_vmas);
	for (size_t i = 0; i < a->nr_vmas; i++)
		if (a->vmas[i].start != b->vmas[i].start ||
		    a->vmas[i].nr_runs != b->vmas[i].nr_runs)
			fail_msg("VMA %llx: %u and %u runs", (unsigned long long)a->vmas[i].start,
				 a->vmas[i].nr_runs, b->vmas[i].nr_runs);
	assert_int_equal(a->nr_runs, b->nr_runs);
	for (size_t i = 0; i < a->nr_runs; i++) {
		assert_int_equal(a->runs[i].start, b->runs[i].start);
		assert_int_equal(a->runs[i].end, b->runs[i].end);
		assert_int_equal(a->runs[i].kind, b->runs[i].kind);
	}
	assert_memory_equal(a->pages, b->pages, sizeof(a->pages));
}

static void both_methods_agree(void **state)
{
	struct layout *a, *b;

	start_victim(0, "wait");
	assert_true(have_scan());
	assert_int_equal(RUN("--method", "pagemap", "--pid", victim_number(), "-o", out2), 0);
	a = open_ok(out);
	b = open_ok(out2);
	assert_same_runs(a, b);
	layout_free(a);
	layout_free(b);
}

static void both_methods_agree_without_privilege(void **state)
{
	struct layout *a, *b;

	start_victim(NOBODY, "wait");
	assert_int_equal(run_as(NOBODY,
				(const char *const[]){CAPTURE_TOOL, "--method=scan", "--pid",
						      victim_number(), "-o", out, NULL}),
			 0);
	assert_int_equal(run_as(NOBODY,
				(const char *const[]){CAPTURE_TOOL, "--method=pagemap", "--pid",
						      victim_number(), "-o", out2, NULL}),
			 0);
	a = open_ok(out);
	b = open_ok(out2);
	assert_victim(a);
	assert_same_runs(a, b);
	layout_free(a);
	layout_free(b);
}

static void totals_are_those_of_smaps(void **state)
{
	char path[64];
	struct layout *a, *b;

	start_victim(0, "wait");
	assert_int_equal(RUN("--pid", victim_number(), "-o", out), 0);
	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)victim_pid);
	a = open_ok(out);
	b = open_ok(path);
	assert_memory_equal(a->pages, b->pages, sizeof(a->pages));
	assert_int_equal(a->nr_vmas, b->nr_vmas);
	assert_int_equal(a->nr_dropped, b->nr_dropped);
	layout_free(a);
	layout_free(b);
}

static void a_command_is_caught_at_its_exit(void **state)
{
	struct timespec begin, end;
	struct layout *l;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(RUN("--after", "60", "-o", out, "--", VICTIM, "exit", mapped), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec < 50);
	l = open_ok(out);
	assert_victim(l);
	layout_free(l);
}

static void a_command_that_stays_is_stopped(void **state)
{
	struct layout *l;

	assert_int_equal(RUN("--after=0.5", "-o", out, VICTIM, "wait", mapped), 0);
	l = open_ok(out);
	assert_victim(l);
	layout_free(l);
}

static void a_command_with_running_threads_is_stopped(void **state)
{
	struct layout *l;

	assert_int_equal(RUN("--after=0.5", "-o", out, VICTIM, "threads", mapped), 0);
	l = open_ok(out);
	assert_victim(l);
	layout_free(l);
}

static void a_command_runs_without_privilege(void **state)
{
	struct layout *l;
	int status;

	status = run_as(NOBODY, (const char *const[]){CAPTURE_TOOL, "-o", out, "--after", "0.3",
						      "--", VICTIM, "wait", mapped, NULL});
	if (status)
		fail_msg("status %d: %s", status, said_text());
	l = open_ok(out);
	assert_victim(l);
	layout_free(l);
}

static void a_command_leaves_no_process_behind(void **state)
{
	static const char mark[] = "sleep 7654321";
	FILE *ps;
	char line[256];

	assert_int_equal(RUN("--after=0.1", "-o", out, "--", "sleep", "7654321"), 0);
	ps = popen("ps -eo args", "r");
	assert_non_null(ps);
	while (fgets(line, sizeof(line), ps))
		if (!strncmp(line, mark, strlen(mark)))
			fail_msg("still running: %s", line);
	pclose(ps);
}

static void assert_one_line(const char *expect)
{
	const char *text = said_text();

	if (!strstr(text, expect))
		fail_msg("said '%s', not '%s'", text, expect);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void failures_say_one_line_and_exit_1(void **state)
{
	assert_int_equal(RUN("-o", out, "--", "/nonexistent/program"), 1);
	assert_one_line("/nonexistent/program: No such file or directory");
	assert_int_equal(access(out, F_OK), -1);
	assert_int_equal(RUN("--pid", "2147483647", "-o", out), 1);
	assert_one_line("/proc/2147483647/smaps: No such file");
	assert_int_equal(access(out, F_OK), -1);
	assert_int_equal(RUN("-o", "/nonexistent/x", "--", "true"), 1);
	assert_one_line("/nonexistent/x: No such file");
	assert_int_equal(RUN("-o", "/dev/full", "--", "true"), 1);
	assert_one_line("/dev/full: No space left");
}

static void a_command_that_is_killed_is_captured_as_it_dies(void **state)
{
	/* The kernel promises the stop at exit for any death but by SIGKILL, and mostly keeps it. */
	if (RUN("-o", out, "--", VICTIM, "vanish"))
		assert_one_line("was gone before it could be captured");
	else
		layout_free(open_ok(out));
}

static void a_failure_keeps_the_old_file(void **state)
{
	char text[8] = "";
	FILE *file = fopen(out, "w");

	assert_non_null(file);
	fputs("old", file);
	fclose(file);
	assert_int_equal(RUN("-o", out, "--", "/nonexistent/program"), 1);
	file = fopen(out, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "old");
}

static void devices_are_written_to_and_not_replaced(void **state)
{
	struct stat st;

	assert_int_equal(RUN("-o", "/dev/null", "--", "true"), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void no_temporary_file_stays(void **state)
{
	char command[128], text[16] = "";
	FILE *ls;

	assert_int_equal(RUN("-o", out, "--", "true"), 0);
	remove(out);
	snprintf(command, sizeof(command), "ls %s | grep -c captured", dir);
	ls = popen(command, "r");
	assert_non_null(ls);
	assert_non_null(fgets(text, sizeof(text), ls));
	pclose(ls);
	assert_string_equal(text, "0\n");
}

static void wrong_usage_exits_2(void **state)
{
	assert_int_equal(RUN("--nonsense"), 2);
	assert_int_equal(RUN("-o", out), 2);
	assert_int_equal(RUN("--pid", "1"), 2);
	assert_int_equal(RUN("--pid", "0", "-o", out), 2);
	assert_int_equal(RUN("--pid", "-3", "-o", out), 2);
	assert_int_equal(RUN("--pid", "12x", "-o", out), 2);
	assert_int_equal(RUN("--pid", "1", "-o", out, "--", "true"), 2);
	assert_int_equal(RUN("--pid", "1", "--after", "1", "-o", out), 2);
	assert_int_equal(RUN("--after", "-1", "-o", out, "--", "true"), 2);
	assert_int_equal(RUN("--after", "nan", "-o", out, "--", "true"), 2);
	assert_int_equal(RUN("--method", "guess", "-o", out, "--", "true"), 2);
	assert_int_equal(access(out, F_OK), -1);
}

static void help_exits_0(void **state)
{
	assert_int_equal(RUN("--help"), 0);
	assert_non_null(strstr(said_text(), "--pid=N"));
}

static int set_up(void **state)
{
	char page[4096];
	FILE *file;

	strcpy(dir, "/tmp/umaple-capture-XXXXXX");
	if (!mkdtemp(dir) || chmod(dir, 0777))
		return -1;
	snprintf(out, sizeof(out), "%s/captured.layout", dir);
	snprintf(out2, sizeof(out2), "%s/captured2.layout", dir);
	snprintf(mapped, sizeof(mapped), "%s/mapped", dir);
	snprintf(said, sizeof(said), "%s/said", dir);
	file = fopen(mapped, "w");
	if (!file)
		return -1;
	memset(page, 'x', sizeof(page));
	for (int i = 0; i < 8; i++)
		fwrite(page, sizeof(page), 1, file);
	return fclose(file);
}

static int tear_down(void **state)
{
	remove(mapped);
	remove(said);
	return rmdir(dir);
}

#define TEST(name) cmocka_unit_test_teardown(name, stop_victim)

/* Cases that need a facility run on their own, and read "skipped" where it is missing. */
static int skipped(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

static bool kernel_has_scan(void)
{
	bool has;

	start_victim(0, "wait");
	has = have_scan();
	stop_victim(NULL);
	return has;
}

static int run_scan(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_living_process_by_the_ioctl),
		TEST(both_methods_agree),
	};
	bool has;

	if (set_up(NULL))
		return 1;
	has = kernel_has_scan();
	tear_down(NULL);
	if (!has)
		return skipped("this kernel has no PAGEMAP_SCAN");
	return cmocka_run_group_tests_name("layout_capture_scan", tests, set_up, tear_down);
}

static int run_unprivileged(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_methods_agree_without_privilege),
		TEST(a_command_runs_without_privilege),
	};
	bool reaches;

	if (geteuid())
		return skipped("only root can drop privileges; the other cases ran without any");
	if (set_up(NULL))
		return 1;
	reaches = !run_as(NOBODY, (const char *const[]){CAPTURE_TOOL, "--help", NULL});
	tear_down(NULL);
	if (!reaches)
		return skipped("user nobody cannot reach the build folder");
	return cmocka_run_group_tests_name("layout_capture_unprivileged", tests, set_up, tear_down);
}

static void entries_of_larger_pages_are_not_read_as_small_ones(void **state)
{
	struct layout_error err = {""};
	struct pagemap pm;

	page_size = 16384;
	assert_int_equal(pagemap_open(&pm, getpid(), PAGEMAP_READ, &err), -EOPNOTSUPP);
	page_size = 0;
	assert_string_equal(err.text, "pages of 16 KiB can be captured with PAGEMAP_SCAN only, "
				      "which came with Linux 6.7");
	assert_int_equal(pagemap_open(&pm, getpid(), PAGEMAP_READ, &err), 0);
	pagemap_close(&pm);
}

static int run_all_others(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_living_process_by_reading),
		TEST(totals_are_those_of_smaps),
		TEST(a_command_is_caught_at_its_exit),
		TEST(a_command_that_stays_is_stopped),
		TEST(a_command_with_running_threads_is_stopped),
		TEST(a_command_leaves_no_process_behind),
		TEST(failures_say_one_line_and_exit_1),
		TEST(a_command_that_is_killed_is_captured_as_it_dies),
		TEST(a_failure_keeps_the_old_file),
		TEST(devices_are_written_to_and_not_replaced),
		TEST(no_temporary_file_stays),
		TEST(wrong_usage_exits_2),
		TEST(help_exits_0),
		TEST(entries_of_larger_pages_are_not_read_as_small_ones),
	};

	return cmocka_run_group_tests_name("layout_capture", tests, set_up, tear_down);
}

int main(int argc, char **argv)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1 && !strcmp(argv[1], "scan"))
		return run_scan();
	if (argc > 1 && !strcmp(argv[1], "unprivileged"))
		return run_unprivileged();
	return run_all_others();
}
