// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: real processes of 1, 2 and 8 threads are frozen by either freezer and killed by a
 * real OOM in a memory cgroup of their own.
 * Right: every thread was frozen, the kernel counts an OOM kill, and every thread leaves: with the
 * freezer of cgroup v2 always, with that of v1 since Linux 6.18. Who is still there when a short
 * wait ends is told. Times are in their order.
 * Wrong: a victim that ended otherwise; a stuck one that is not told; a cgroup, mount, process or
 * tracing instance that is left behind, also after a signal at any moment, or a death.
 */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/port.h"
#include "common/stop.h"
#include "thaw/kernel_thaw.h"
#include "../skip_case.h"

#define BYTES	    (64UL << 20)
#define NOBODY	    65534
#define MOST_INT    24 /* signals at most, each some ms later in the run */
#define MOST_DEATHS 12 /* of each freezer, each some ms later */

#ifdef PORT_ASAN
#define SANITIZED true /* a sanitizer has memory of its own in each process */
#else
#define SANITIZED false
#endif

static struct kernel_thaw_result result;
static char reason[NR_KERNEL_FREEZERS][sizeof(result.error.text)]; /* why not; "": possible */
static char own_tmp[] = "/tmp/kernel-thaw-test.XXXXXX"; /* where is mounted what is not */

static const struct kernel_thaw_options plain = {.threads = 1, .bytes = BYTES};

/* A number of /proc/vmstat. */
static unsigned long vmstat(const char *name)
{
	unsigned long value = 0, found = 0;
	char key[64];
	FILE *file = fopen("/proc/vmstat", "re");

	assert_non_null(file);
	while (fscanf(file, "%63s %lu", key, &value) == 2)
		if (!strcmp(key, name))
			found = value;
	fclose(file);
	return found;
}

static bool has_entry(const char *folder, const char *name)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool has = false;

	while (dir && (entry = readdir(dir)))
		if (!fnmatch(name, entry->d_name, 0))
			has = true;
	if (dir)
		closedir(dir);
	return has;
}

/* Look in every cgroup hierarchy that is mounted, and for mounts. Others may run this test too. */
static bool has_cgroup(pid_t runner)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char folder[256], name[64], *line = NULL;
	bool has = false;
	size_t room = 0;

	assert_non_null(file);
	snprintf(name, sizeof(name), "reapbench-thaw-%d", (int)runner);
	while (getline(&line, &room, file) > 0) {
		has |= !!strstr(line, own_tmp);
		if (strstr(line, " - cgroup") && sscanf(line, "%*s %*s %*s %*s %255s", folder) == 1)
			has |= has_entry(folder, name);
	}
	free(line);
	fclose(file);
	return has;
}

static bool has_instance(pid_t runner)
{
	struct kernel_mount tracefs;
	struct error_text error;
	char folder[256], name[64];
	bool has;

	if (kernel_mount_get(&tracefs, "tracefs", NULL, &error))
		return false; /* there is none here */
	snprintf(folder, sizeof(folder), "%s/instances", tracefs.path);
	snprintf(name, sizeof(name), "reapbench-v%d", (int)runner);
	has = has_entry(folder, name);
	assert_int_equal(kernel_mount_put(&tracefs, &error), 0);
	return has;
}

/* Of a run in the process @runner, which may be gone. */
static bool is_anything_left(pid_t runner)
{
	return has_cgroup(runner) || has_instance(runner) || has_entry(own_tmp, "reapbench-mount*");
}

static void assert_nothing_left(pid_t runner)
{
	assert_false(is_anything_left(runner));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static bool thaws_all_threads(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 18);
}

/* In microseconds; "-" for what was not seen. */
static const char *micros(char text[24], int64_t ns)
{
	snprintf(text, 24, ns < 0 ? "-" : "%lld", (long long)ns / 1000);
	return text;
}

static void tell(void)
{
	char first[24], last[24], end[24], half[24];

	print_message("# Linux %s, freezer %s, %u threads%s: %u stuck; us after the kill: exits "
		      "%s to %s, end %s, half free %s\n",
		      result.release, kernel_freezer_name(result.freezer), result.threads,
		      result.traced ? "" : ", untraced", result.stuck,
		      micros(first, result.first_exit_ns), micros(last, result.last_exit_ns),
		      micros(end, result.process_end_ns),
		      micros(half, result.free_ns[KERNEL_THAW_FREE_50]));
}

static void run(const struct kernel_thaw_options *options)
{
	const unsigned long kills = vmstat("oom_kill");

	if (kernel_thaw_run(options, &result))
		fail_msg("%s", result.error.text);
	assert_true(vmstat("oom_kill") > kills);
	tell();
	assert_nothing_left(getpid());
}

/* What holds whatever the kernel did. */
static void assert_books(const struct kernel_thaw_options *options)
{
	const char frozen = options->freezer == KERNEL_FREEZER_V1 ? 'D' : 'S';
	unsigned int stuck = 0;

	assert_int_equal(result.threads, options->threads);
	assert_int_equal(result.freezer, options->freezer);
	for (unsigned int i = 0; i < result.threads; i++) {
		const struct kernel_thaw_thread *t = &result.thread[i];

		assert_int_equal(t->frozen_state, frozen);
		for (unsigned int k = 0; k < i; k++)
			assert_int_not_equal(t->tid, result.thread[k].tid);
		stuck += t->stuck;
		if (t->exit_ns >= 0)
			assert_true(result.first_exit_ns >= 0 &&
				    result.first_exit_ns <= t->exit_ns);
		if (t->exit_ns >= 0 && result.last_exit_ns >= 0)
			assert_true(t->exit_ns <= result.last_exit_ns);
	}
	assert_int_equal(result.stuck, stuck);
	assert_int_equal(result.exited, result.process_end_ns >= 0);
	assert_false(result.exited && result.stuck);
	/* A trace has whole microseconds. */
	if (result.exited && result.traced)
		assert_true(result.last_exit_ns >= 0 &&
			    result.last_exit_ns <= result.process_end_ns + 1000);
	for (int i = 1; i < NR_KERNEL_THAW_FREE; i++)
		assert_true(result.free_ns[i] < 0 || result.free_ns[i] >= result.free_ns[i - 1]);
}

static void assert_all_left(void)
{
	assert_true(result.exited);
	assert_int_equal(result.stuck, 0);
	for (unsigned int i = 0; i < result.threads; i++) {
		assert_true(result.thread[i].exit_ns >= 0);
		/* The thread that leads the group waits as a zombie to be collected. */
		assert_int_equal(result.thread[i].left_state, i ? 0 : 'Z');
	}
	/* Looks may come too late to see the kill before the memory is free. */
	if (!result.traced)
		return;
	if (SANITIZED && result.other_bytes > BYTES / 20) {
		assert_int_equal(result.free_ns[KERNEL_THAW_FREE_50], -1);
		assert_int_equal(result.free_ns[KERNEL_THAW_FREE_100], -1);
		return;
	}
	assert_true(result.other_bytes <= BYTES / 20);
	assert_true(result.free_ns[KERNEL_THAW_FREE_50] > 0);
	assert_true(result.free_ns[KERNEL_THAW_FREE_100] > 0);
}

static void threads_leave(enum kernel_freezer freezer, bool untraced)
{
	static const unsigned int threads[] = {1, 2, 8};
	struct kernel_thaw_options options = plain;

	options.freezer = freezer;
	options.untraced = untraced;
	/* Where all leave, it is over as soon as they have, however slow the machine. */
	if (freezer == KERNEL_FREEZER_V2 || thaws_all_threads())
		options.wait_ms = 30000;
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++) {
		options.threads = threads[i];
		run(&options);
		assert_books(&options);
		if (freezer == KERNEL_FREEZER_V2 || thaws_all_threads())
			assert_all_left();
		assert_false(untraced && result.traced);
		for (unsigned int k = 0; result.exited && k < threads[i]; k++)
			assert_int_equal(result.thread[k].woken_ns >= 0, result.traced);
	}
}

static void the_freezer_of_v2_lets_all_threads_go(void **state)
{
	if (reason[KERNEL_FREEZER_V2][0])
		skip_case(reason[KERNEL_FREEZER_V2]);
	threads_leave(KERNEL_FREEZER_V2, false);
}

static void the_freezer_of_v1_lets_all_threads_go_since_6_18(void **state)
{
	if (reason[KERNEL_FREEZER_V1][0])
		skip_case(reason[KERNEL_FREEZER_V1]);
	threads_leave(KERNEL_FREEZER_V1, false);
}

static void without_a_trace_it_looks(void **state)
{
	threads_leave(reason[KERNEL_FREEZER_V1][0] ? KERNEL_FREEZER_V2 : KERNEL_FREEZER_V1, true);
	assert_true(result.gap_ns > 0);
	assert_true(result.why_untraced.text[0]);
}

/* To free so much takes longer than the wait. */
static void who_is_there_after_the_wait_is_told(void **state)
{
	const struct kernel_thaw_options options = {
		.threads = 2,
		.bytes = 512UL << 20,
		.wait_ms = 1,
		.freezer = reason[KERNEL_FREEZER_V2][0] ? KERNEL_FREEZER_V1 : KERNEL_FREEZER_V2,
	};

	run(&options);
	assert_books(&options);
	assert_false(result.exited);
	assert_true(result.stuck >= 1);
	assert_int_equal(result.last_exit_ns, -1);
	assert_int_equal(result.free_ns[KERNEL_THAW_FREE_100], -1);
}

static void options_out_of_range_are_refused(void **state)
{
	static const struct kernel_thaw_options wrong[] = {
		{.threads = 0, .bytes = BYTES},
		{.threads = KERNEL_CHILD_THREADS + 1, .bytes = BYTES},
		{.threads = 1, .bytes = KERNEL_THAW_LEAST_BYTES - 4096},
		{.threads = 1, .bytes = BYTES + 1},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(kernel_thaw_run(&wrong[i], &result), -EINVAL);
		assert_true(result.error.text[0]);
	}
}

static void without_rights_it_says_that_it_needs_root(void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(2);
		_exit(kernel_thaw_run(&plain, &result) != -EOPNOTSUPP ||
		      !strstr(result.error.text, "root"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

enum moment { WHILE_RUNNING, OUTSIDE, TOO_LATE };

static volatile sig_atomic_t came_outside;

static void on_signal_outside(int signal)
{
	came_outside = signal;
}

/* A run in a process of its own. Return: when did its signal come? */
static enum moment be_interrupted(const struct kernel_thaw_options *options)
{
	struct sigaction after;
	int err;

	err = kernel_thaw_run(options, &result);
	if (sigaction(SIGINT, NULL, &after) || after.sa_handler != on_signal_outside)
		_exit(99);
	if (err && (err != -EINTR || !stop_signal))
		_exit(98);
	return err ? WHILE_RUNNING : came_outside ? OUTSIDE : TOO_LATE;
}

static enum moment interrupt_after(unsigned int ms, enum kernel_freezer freezer)
{
	struct kernel_thaw_options options = plain;
	sigset_t interrupt;
	int status;
	pid_t pid;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		options.threads = 8;
		options.freezer = freezer;
		signal(SIGINT, on_signal_outside);
		sigprocmask(SIG_UNBLOCK, &interrupt, NULL);
		_exit(be_interrupted(&options));
	}
	sigprocmask(SIG_UNBLOCK, &interrupt, NULL);
	usleep(ms * 1000);
	assert_int_equal(kill(pid, SIGINT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), WHILE_RUNNING, TOO_LATE);
	assert_nothing_left(pid);
	return (enum moment)WEXITSTATUS(status);
}

static void a_signal_leaves_nothing_behind(void **state)
{
	unsigned int stopped = 0;

	for (int freezer = 0; freezer < NR_KERNEL_FREEZERS; freezer++) {
		enum moment moment = OUTSIDE;

		for (int i = 0; !reason[freezer][0] && i < MOST_INT && moment != TOO_LATE; i++) {
			moment = interrupt_after(5 * i, (enum kernel_freezer)freezer);
			stopped += moment == WHILE_RUNNING;
		}
	}
	assert_true(stopped > 0);
}

/* The one that runs is killed: nobody is left who could take its cgroups back but the keeper. */
static void death_leaves_nothing_behind(void **state)
{
	struct kernel_thaw_options options = plain;
	unsigned int killed = 0;
	int status;
	pid_t pid;

	for (int i = 0; i < 2 * MOST_DEATHS; i++) {
		options.freezer = (enum kernel_freezer)(i % NR_KERNEL_FREEZERS);
		if (reason[options.freezer][0])
			continue;
		options.threads = 8;
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			_exit(!!kernel_thaw_run(&options, &result));
		usleep(i * 5000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed += WIFSIGNALED(status);
		for (int k = 0; k < 500 && is_anything_left(pid); k++)
			usleep(10000);
		assert_false(is_anything_left(pid));
	}
	assert_true(killed > 0);
}

/* Unmount every hierarchy, in a mount namespace of this process. */
static bool hide_cgroups(void)
{
	char folder[256], *line = NULL;
	size_t room = 0;
	FILE *file;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	file = fopen("/proc/self/mountinfo", "re");
	while (file && getline(&line, &room, file) > 0)
		if (strstr(line, " - cgroup") && sscanf(line, "%*s %*s %*s %*s %255s", folder) == 1)
			umount2(folder, MNT_DETACH);
	free(line);
	if (file)
		fclose(file);
	return file;
}

static void what_is_not_mounted_is_mounted_meanwhile(void **state)
{
	struct kernel_thaw_options options = plain;
	int status;
	pid_t pid;

	if (reason[KERNEL_FREEZER_V1][0])
		skip_case(reason[KERNEL_FREEZER_V1]);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (!hide_cgroups())
			_exit(77);
		options.freezer = KERNEL_FREEZER_V1;
		if (kernel_thaw_run(&options, &result)) {
			fprintf(stderr, "%s\n", result.error.text);
			_exit(1);
		}
		/* Nobody but the run could have left one here. */
		if (has_cgroup(getpid()))
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip_case("the child could not do it here");
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_nothing_left(pid);
}

/* The number of the hierarchy that has a controller of v1; 0: none has it, -1: no controller. */
static int hierarchy_of(const char *controller)
{
	FILE *file = fopen("/proc/cgroups", "re");
	int number = -1, at, enabled;
	char line[128], name[32];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %d %*d %d", name, &at, &enabled) == 3 &&
		    !strcmp(name, controller) && enabled)
			number = at;
	if (file)
		fclose(file);
	return number;
}

static void a_hierarchy_of_its_own_ends_with_its_mount(void **state)
{
	struct kernel_mount own;
	struct error_text error;
	char folder[256];

	if (hierarchy_of("net_prio"))
		skip_case("somebody uses net_prio, or there is none");
	assert_int_equal(kernel_mount_get(&own, "cgroup", "net_prio", &error), 0);
	assert_true(own.own);
	assert_true(hierarchy_of("net_prio") > 0);
	snprintf(folder, sizeof(folder), "%s/reapbench-test", own.path);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(kernel_mount_put(&own, &error), 0);
	assert_nothing_left(getpid());
	/* The kernel takes it away a moment later. */
	for (int i = 0; i < 1000 && hierarchy_of("net_prio"); i++)
		usleep(10000);
	assert_int_equal(hierarchy_of("net_prio"), 0);
}

static void a_file_system_that_is_unknown_is_refused(void **state)
{
	struct kernel_mount own;
	struct error_text error;

	assert_int_equal(kernel_mount_get(&own, "cgroup", "no-such-thing", &error), -EOPNOTSUPP);
	assert_string_equal(own.path, "");
	assert_non_null(strstr(error.text, "no-such-thing"));
	assert_nothing_left(getpid());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_freezer_of_v2_lets_all_threads_go),
		cmocka_unit_test(the_freezer_of_v1_lets_all_threads_go_since_6_18),
		cmocka_unit_test(without_a_trace_it_looks),
		cmocka_unit_test(who_is_there_after_the_wait_is_told),
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(without_rights_it_says_that_it_needs_root),
		cmocka_unit_test(what_is_not_mounted_is_mounted_meanwhile),
		cmocka_unit_test(a_hierarchy_of_its_own_ends_with_its_mount),
		cmocka_unit_test(a_file_system_that_is_unknown_is_refused),
		cmocka_unit_test(a_signal_leaves_nothing_behind),
		cmocka_unit_test(death_leaves_nothing_behind),
	};
	struct kernel_thaw_options options = plain;
	int possible = 0, err;

	if (!mkdtemp(own_tmp) || setenv("TMPDIR", own_tmp, 1)) {
		printf("Bail out! no folder %s\n", own_tmp);
		return 1;
	}

	for (int freezer = 0; freezer < NR_KERNEL_FREEZERS; freezer++) {
		options.freezer = (enum kernel_freezer)freezer;
		err = kernel_thaw_run(&options, &result);
		if (err && err != -EOPNOTSUPP) {
			printf("Bail out! %s\n", result.error.text);
			return 1;
		}
		possible += !err;
		if (err)
			memcpy(reason[freezer], result.error.text, sizeof(reason[freezer]));
	}
	if (!possible) {
		printf("1..0 # SKIP %s\n", result.error.text);
		rmdir(own_tmp);
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	err = cmocka_run_group_tests(tests, NULL, NULL);
	/* It is not empty if a mount was left. */
	return rmdir(own_tmp) ? 1 : err;
}
