// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the BPF probe watches real kills on the running kernel: a child with 256 MiB in one
 * VMA is killed and reaped with process_mrelease() from another CPU.
 * Right: spans lie within the kill, both roles' pages add up to what the child had, locks are
 * waited for where they must be and recognised, and nobody else's locks are counted.
 * Wrong: figures of other processes or of an earlier kill; a refusal without a reason.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "live/probe/live_probe.h"
#include "../skip_case.h"

#define VICTIM_BYTES (256UL << 20)
#define PTE_TABLES   (VICTIM_BYTES >> 21)
#define PAGE	     4096
#define NOBODY	     65534
#define TRIES	     8

static struct live_probe *probe;
static int exit_cpu, reaper_cpu;

struct kill {
	uint64_t start, end; /* CLOCK_MONOTONIC, ns */
	uint64_t pages;	     /* that the victim had, swapped ones included */
	struct live_figures seen;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* The first two CPUs that this process may use. */
static bool have_two_cpus(void)
{
	cpu_set_t set;
	int found = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		*(found ? &reaper_cpu : &exit_cpu) = cpu;
		found++;
	}
	return found == 2;
}

/* A child that does not outlive a test that failed. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* A child that has some memory in one VMA and waits for its end. */
static pid_t start_victim(size_t bytes)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = start_child();
	if (!pid) {
		char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (pin(exit_cpu) || memory == MAP_FAILED ||
		    madvise(memory, bytes, MADV_NOHUGEPAGE))
			_exit(1);
		for (size_t at = 0; at < bytes; at += PAGE)
			memory[at] = 1;
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static uint64_t pages_of(pid_t pid)
{
	char path[64], line[256];
	uint64_t kib, sum = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Rss: %lu", &kib) == 1 || sscanf(line, "Swap: %lu", &kib) == 1)
			sum += kib / 4;
	}
	fclose(file);
	return sum;
}

/* Return: false if the victim was gone before the reaper could begin. */
static bool kill_once(struct kill *k, bool reap)
{
	pid_t victim = start_victim(VICTIM_BYTES);
	int fd = syscall(SYS_pidfd_open, victim, 0), reaped = 0;

	assert_true(fd >= 0);
	k->pages = pages_of(victim);
	assert_int_equal(pin(reaper_cpu), 0);
	assert_int_equal(live_probe_arm(probe, victim, getpid()), 0);
	k->start = now();
	assert_int_equal(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0);
	if (reap)
		reaped = syscall(SYS_process_mrelease, fd, 0) ? errno : 0;
	assert_int_equal(waitpid(victim, NULL, 0), victim);
	k->end = now();
	assert_int_equal(live_probe_read(probe, &k->seen), 0);
	close(fd);
	assert_true(!reaped || reaped == ESRCH);
	return !reaped && k->seen.reap_ns;
}

static void kill_and_reap(struct kill *k)
{
	for (int i = 0; i < TRIES; i++) {
		if (kill_once(k, true))
			return;
	}
	fail_msg("the victim was always gone before the reaper began");
}

static void assert_within(const struct kill *k, uint64_t start, uint64_t end)
{
	assert_in_range(start, k->start, k->end);
	assert_in_range(end, start, k->end);
}

static void spans_lie_within_the_kill(void **state)
{
	struct kill k;

	kill_and_reap(&k);
	assert_within(&k, k.seen.exit_mmap_start_ns, k.seen.exit_mmap_end_ns);
	assert_int_equal(k.seen.exit_mmap_ns, k.seen.exit_mmap_end_ns - k.seen.exit_mmap_start_ns);
	assert_in_range(k.seen.unmap_vmas_ns, 1, k.seen.exit_mmap_ns);
	assert_within(&k, k.seen.reap_start_ns, k.seen.reap_end_ns);
	assert_in_range(k.seen.reap_ns, 1, k.seen.reap_end_ns - k.seen.reap_start_ns);
	assert_in_range(k.seen.unmap_ns[LIVE_EXIT], 0, k.seen.exit_mmap_ns);
	assert_in_range(k.seen.unmap_ns[LIVE_REAPER], 0, k.seen.reap_ns);
	/* Two tasks at it: the slower one needs most of the time. */
	assert_true(2 * (k.seen.exit_mmap_ns + k.seen.reap_ns) > k.end - k.start);
	assert_in_range(k.seen.tlb_ipis_detached, 0, k.seen.tlb_ipis);
}

/* A counter may keep a batch back on each CPU where a role ran. */
static void assert_pages(const struct kill *k)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t slack = 4UL * 2 * (cpus > 16 ? 2 * cpus : 32);
	uint64_t pages = k->seen.pages[LIVE_EXIT] + k->seen.pages[LIVE_REAPER];

	assert_in_range(pages, k->pages - slack, k->pages + slack);
}

static void pages_of_both_roles_are_those_of_the_victim(void **state)
{
	struct kill k;

	kill_and_reap(&k);
	if (!k.seen.pages[LIVE_EXIT] && !k.seen.pages[LIVE_REAPER])
		skip_case("this kernel has no event rss_stat");
	assert_pages(&k);
	assert_true(k.seen.pages[LIVE_EXIT] > 0 && k.seen.pages[LIVE_REAPER] > 0);
}

static void a_kill_without_a_reaper_has_no_figures_of_one(void **state)
{
	struct kill k;

	/* What an earlier kill left behind would be seen. */
	kill_and_reap(&k);
	kill_once(&k, false);
	assert_within(&k, k.seen.exit_mmap_start_ns, k.seen.exit_mmap_end_ns);
	assert_int_equal(k.seen.reap_ns, 0);
	assert_int_equal(k.seen.reap_start_ns, 0);
	assert_int_equal(k.seen.reap_end_ns, 0);
	assert_int_equal(k.seen.unmap_ns[LIVE_REAPER], 0);
	assert_int_equal(k.seen.pages[LIVE_REAPER], 0);
	assert_int_equal(k.seen.lock[LIVE_PTL].contended[LIVE_EXIT], 0);
	assert_int_equal(k.seen.lock[LIVE_PTL].contended[LIVE_REAPER], 0);
	if (k.seen.pages[LIVE_EXIT])
		assert_pages(&k);
}

static uint64_t contended(const struct live_figures *f, enum live_class class)
{
	return f->lock[class].contended[LIVE_EXIT] + f->lock[class].contended[LIVE_REAPER];
}

static void assert_waits_plausible(const struct kill *k)
{
	for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
		const struct live_lock *lock = &k->seen.lock[class];

		for (int role = 0; role < NR_LIVE_ROLES; role++) {
			assert_in_range(lock->wait_max_ns[role], 0, lock->wait_ns[role]);
			assert_in_range(lock->wait_ns[role], 0, k->end - k->start);
			assert_true(!lock->contended[role] == !lock->wait_ns[role]);
		}
	}
}

static void both_roles_wait_for_the_ptl_of_one_vma(void **state)
{
	uint64_t ptl = 0, all = 0, other = 0;
	struct kill k;

	if (!live_probe_sees_spins(probe))
		skip_case("this kernel does not report a lock's only waiter");
	for (int i = 0; i < TRIES; i++) {
		kill_and_reap(&k);
		assert_waits_plausible(&k);
		ptl += contended(&k.seen, LIVE_PTL);
		other += contended(&k.seen, LIVE_OTHER);
		for (int class = 0; class < NR_LIVE_CLASSES; class ++)
			all += contended(&k.seen, class);
		/* A role comes back to a table when a batch of pages is full. */
		assert_in_range(contended(&k.seen, LIVE_PTL), 0, 2 * 8 * PTE_TABLES);
	}
	assert_true(ptl > 0);
	/* Locks that have nothing to do with the teardown are few. */
	assert_in_range(other, 0, all / 10 + TRIES);
}

static void *map_and_unmap(void *cpu)
{
	pin(*(int *)cpu);
	for (;;) {
		char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (memory == MAP_FAILED || munmap(memory, 1 << 20))
			_exit(1);
	}
	return NULL;
}

/* A child with two threads that wait for each other's mmap_lock, and for locks of free pages. */
static pid_t start_storm(void)
{
	pid_t pid = start_child();
	pthread_t thread;

	if (!pid) {
		if (pthread_create(&thread, NULL, map_and_unmap, &exit_cpu))
			_exit(1);
		map_and_unmap(&reaper_cpu);
	}
	return pid;
}

static uint64_t contended_in(pid_t victim, pid_t reaper, struct live_figures *f)
{
	uint64_t sum = 0;

	assert_int_equal(live_probe_arm(probe, victim, reaper), 0);
	usleep(300 * 1000);
	assert_int_equal(live_probe_read(probe, f), 0);
	for (int class = 0; class < NR_LIVE_CLASSES; class ++)
		sum += contended(f, class);
	return sum;
}

static void locks_of_other_processes_are_not_counted(void **state)
{
	pid_t idle[2] = {start_victim(PAGE), start_victim(PAGE)}, storm = start_storm();
	static const struct live_figures none;
	struct live_figures f;
	uint64_t sum = 0;

	/* There is something that could be counted. */
	for (int i = 0; i < TRIES && !sum; i++)
		sum = contended_in(idle[0], storm, &f);
	assert_true(sum > 0);
	assert_int_equal(contended_in(idle[0], idle[1], &f), 0);
	f.missed = 0;
	assert_memory_equal(&f, &none, sizeof(f));
	end_child(storm);
	end_child(idle[0]);
	end_child(idle[1]);
}

static void what_is_no_victim_is_refused_and_nothing_watched(void **state)
{
	static const struct live_figures none;
	pid_t victim = start_victim(PAGE), gone = start_victim(PAGE);
	struct live_figures f;

	end_child(gone);
	assert_int_equal(live_probe_arm(probe, gone, getpid()), -ESRCH);
	assert_int_equal(live_probe_arm(probe, victim, gone), -ESRCH);
	assert_int_equal(live_probe_arm(probe, victim, victim), -ESRCH);
	assert_int_equal(live_probe_arm(probe, 0, getpid()), -ESRCH);
	assert_int_equal(live_probe_arm(probe, victim, -1), -ESRCH);
	assert_int_equal(live_probe_arm(probe, 2, getpid()), -ESRCH); /* kthreadd */
	end_child(victim);
	assert_int_equal(live_probe_read(probe, &f), 0);
	f.missed = 0;
	assert_memory_equal(&f, &none, sizeof(f));
}

static void without_rights_it_says_that_it_needs_root(void **state)
{
	pid_t pid = start_child();
	int status;

	if (!pid) {
		struct live_probe *other = NULL;
		char err[256] = "";

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(2);
		_exit(live_probe_open(&other, err, sizeof(err)) != -EPERM || other ||
		      !strstr(err, "root"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_lie_within_the_kill),
		cmocka_unit_test(pages_of_both_roles_are_those_of_the_victim),
		cmocka_unit_test(a_kill_without_a_reaper_has_no_figures_of_one),
		cmocka_unit_test(both_roles_wait_for_the_ptl_of_one_vma),
		cmocka_unit_test(locks_of_other_processes_are_not_counted),
		cmocka_unit_test(what_is_no_victim_is_refused_and_nothing_watched),
		cmocka_unit_test(without_rights_it_says_that_it_needs_root),
	};
	char err[256];
	int ret;

	if (!have_two_cpus()) {
		printf("1..0 # SKIP one CPU: exit and reaper cannot run at the same time\n");
		return 0;
	}
	if (syscall(SYS_process_mrelease, -1, 0) && errno == ENOSYS) {
		printf("1..0 # SKIP this kernel has no process_mrelease()\n");
		return 0;
	}
	ret = live_probe_open(&probe, err, sizeof(err));
	if (ret == -EOPNOTSUPP || ret == -EPERM) {
		printf("1..0 # SKIP %s\n", err);
		return 0;
	}
	if (ret) {
		printf("Bail out! %s\n", err);
		return 1;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	live_probe_close(probe);
	return ret;
}
