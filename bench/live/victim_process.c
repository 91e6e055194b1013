// SPDX-License-Identifier: GPL-2.0-only
#include "victim_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/stop.h"

/* The program of victim.c; the build puts it here. */
extern const char victim_image[], victim_image_end[];

/* A memfd with some bytes. Return: the descriptor, or -1 with errno set. */
static int memory_file(const char *name, const void *bytes, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, (const char *)bytes + done, size - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

/* Tell the parent what failed in its own words, and end. */
static void child_failed(int report_fd, enum victim_step step)
{
	const struct victim_report report = {.step = step, .error = errno};

	if (write(report_fd, &report, sizeof(report)) < 0)
		_exit(127);
	_exit(126);
}

/*
 * In the child: give the descriptors the numbers that the plan has for them. They are moved above
 * all of these numbers first, so that none overwrites another.
 */
static bool arrange_descriptors(const struct live_plan *plan, int *image, int *block, int *report)
{
	const int first_free = VICTIM_FIRST_FD + plan->block->nr_fds;
	int *const moved[] = {image, block, report};

	for (size_t i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		*moved[i] = fcntl(*moved[i], F_DUPFD_CLOEXEC, first_free);
		if (*moved[i] < 0)
			return false;
	}
	for (int i = 0; i < plan->block->nr_fds; i++) {
		plan->fds[i] = fcntl(plan->fds[i], F_DUPFD_CLOEXEC, first_free);
		if (plan->fds[i] < 0)
			return false;
	}
	for (int i = 0; i < plan->block->nr_fds; i++)
		if (dup2(plan->fds[i], VICTIM_FIRST_FD + i) < 0)
			return false;
	return dup2(*block, VICTIM_PLAN_FD) >= 0 && dup2(*report, VICTIM_REPORT_FD) >= 0;
}

static void become_victim(const struct live_plan *plan, int cpu, int image, int block, int report)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	char *const words[] = {(char *)"reapbench-victim", NULL}, *const none[] = {NULL};
	const pid_t parent = getppid();
	cpu_set_t one;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	CPU_ZERO(&one);
	if (cpu >= 0) {
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			child_failed(report, VICTIM_PLAN);
	}
	if (!arrange_descriptors(plan, &image, &block, &report))
		child_failed(report, VICTIM_PLAN);
	fexecve(image, words, none);
	child_failed(report, VICTIM_PLAN);
}

/* One line about a victim that could not be built. */
static int say_failure(const struct victim_report *report, struct error_text *error)
{
	static const char *const doing[] = {
		[VICTIM_PLAN] = "starting it",	 [VICTIM_PLACE] = "its own program lies there",
		[VICTIM_MAP] = "mmap",		 [VICTIM_FILL] = "touching its pages",
		[VICTIM_PAGEOUT] = "paging out", [VICTIM_PROTECT] = "mprotect",
	};
	const char *step = report->step < VICTIM_READY ? doing[report->step] : "its report";

	if (!report->address)
		return error_text_set(error, -report->error, "the victim: %s: %s", step,
				      strerror(report->error));
	return error_text_set(error, -report->error, "the victim, at address %llx: %s: %s",
			      (unsigned long long)report->address, step, strerror(report->error));
}

/* A victim that died without a word. */
static int say_death(pid_t pid, struct error_text *error)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return error_text_set(error, -ECHILD, "the victim was killed by signal %d%s",
				      WTERMSIG(status),
				      WTERMSIG(status) == SIGKILL ? " (out of memory?)" : "");
	return error_text_set(error, -ECHILD, "the victim ended with status %d",
			      WEXITSTATUS(status));
}

/* Wait until the victim says that it is ready. */
static int await_report(struct victim_process *victim, int fd, struct error_text *error)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	struct victim_report report;
	ssize_t got;

	while (poll(&wait, 1, -1) < 0) {
		if (errno != EINTR)
			return error_text_set(error, -errno, "waiting for the victim: %s",
					      strerror(errno));
		if (stop_signal)
			return -EINTR;
	}
	got = read(fd, &report, sizeof(report));
	if (got != sizeof(report)) {
		int err = say_death(victim->pid, error);

		victim->pid = 0;
		return err;
	}
	if (report.step != VICTIM_READY)
		return say_failure(&report, error);
	victim->own_maps = report.own_maps;
	return 0;
}

static int fork_victim(struct victim_process *victim, const struct live_plan *plan, int cpu,
		       int image, int block, struct error_text *error)
{
	int report[2], err;

	if (pipe2(report, O_CLOEXEC))
		return error_text_set(error, -errno, "a pipe for the victim: %s", strerror(errno));
	victim->pid = fork();
	if (!victim->pid)
		become_victim(plan, cpu, image, block, report[1]);
	close(report[1]);
	if (victim->pid < 0) {
		err = error_text_set(error, -errno, "starting a victim: %s", strerror(errno));
		victim->pid = 0;
		close(report[0]);
		return err;
	}
	victim->pidfd = (int)syscall(SYS_pidfd_open, victim->pid, 0);
	if (victim->pidfd < 0)
		err = error_text_set(error, -errno, "pidfd_open: %s", strerror(errno));
	else
		err = await_report(victim, report[0], error);
	close(report[0]);
	if (err)
		victim_end(victim);
	return err;
}

int victim_start(struct victim_process *victim, const struct live_plan *plan, int cpu,
		 struct error_text *error)
{
	int image, block, err;

	*victim = (struct victim_process){.pidfd = -1};
	image = memory_file("reapbench-victim", victim_image,
			    (size_t)(victim_image_end - victim_image));
	block = memory_file("plan", plan->block, plan->block->size);
	if (image < 0 || block < 0)
		err = error_text_set(error, -errno, "memory for the victim's program: %s",
				     strerror(errno));
	else
		err = fork_victim(victim, plan, cpu, image, block, error);
	if (image >= 0)
		close(image);
	if (block >= 0)
		close(block);
	return err;
}

int victim_count(const struct victim_process *victim, const struct live_plan *plan,
		 struct victim_census *census, struct error_text *error)
{
	const struct plan_map *maps = plan_maps(plan->block), *end = maps + plan->block->nr_maps;
	struct layout_error why;
	struct layout *seen;
	char path[64];

	*census = (struct victim_census){0};
	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)victim->pid);
	seen = layout_open(path, 1, &why);
	if (!seen)
		return error_text_set(error, -EIO, "%s", why.text);
	for (size_t i = 0; i < seen->nr_vmas; i++) {
		const struct layout_vma *vma = &seen->vmas[i];
		const struct layout_run *run = &seen->runs[vma->first_run];
		bool planned;

		while (maps < end && maps->start < vma->start)
			maps++;
		planned = maps < end && maps->start == vma->start && maps->end == vma->end;
		census->vmas += planned;
		census->own_vmas += !planned;
		for (uint32_t k = 0; k < vma->nr_runs; k++, run++) {
			uint64_t pages = (run->end - run->start) >> 12;

			if (planned)
				census->pages[run->kind] += pages;
			else
				census->own_pages += pages;
		}
	}
	layout_free(seen);
	return 0;
}

void victim_end(struct victim_process *victim)
{
	if (victim->pid) {
		kill(victim->pid, SIGKILL);
		while (waitpid(victim->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (victim->pidfd >= 0)
		close(victim->pidfd);
	*victim = (struct victim_process){.pidfd = -1};
}
