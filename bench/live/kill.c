// SPDX-License-Identifier: GPL-2.0-only
#include "kill.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

/* No kill takes this long, unless the victim cannot run at all. */
#define PATIENCE_MS 60000

/*
 * A task that waited longer than this for its CPU was disturbed: more than waking up an idle CPU
 * takes, and more than the percent or two that threads of the kernel take of any CPU.
 */
#define WAKE_UP_NS	200000
#define DISTURBED_SHARE 0.05

static int process_mrelease(int pidfd)
{
	return (int)syscall(SYS_process_mrelease, pidfd, 0);
}

static int pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

int kill_possible(struct error_text *error)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (self < 0)
		return error_text_set(error, -errno,
				      "pidfd_open: %s; a Linux of 5.15 or newer is needed",
				      strerror(errno));
	/* This process is not dying, so that the kernel refuses with EINVAL. */
	if (process_mrelease(self) && errno != EINVAL) {
		int err = -errno;

		close(self);
		return error_text_set(error, err, "process_mrelease: %s%s", strerror(-err),
				      err == -ENOSYS ? "; a Linux of 5.15 or newer is needed" : "");
	}
	close(self);
	return 0;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t rusage_ns(const struct rusage *usage)
{
	return ((uint64_t)usage->ru_utime.tv_sec + (uint64_t)usage->ru_stime.tv_sec) * 1000000000 +
	       ((uint64_t)usage->ru_utime.tv_usec + (uint64_t)usage->ru_stime.tv_usec) * 1000;
}

/* How long a task waited for its CPU in all. 0 where the kernel does not count it. */
static uint64_t run_delay_ns(pid_t pid)
{
	unsigned long long ran, waited = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu %llu", &ran, &waited) != 2)
		waited = 0;
	fclose(file);
	return waited;
}

/* Both tasks just before the signal. */
struct before {
	uint64_t cpu_ns; /* of the victim */
	uint64_t delay_ns, reaper_delay_ns;
};

static void look_before(const struct victim_process *victim, struct before *before)
{
	clockid_t clock;

	before->delay_ns = run_delay_ns(victim->pid);
	before->cpu_ns = clock_getcpuclockid(victim->pid, &clock) ? 0 : read_clock(clock);
	before->reaper_delay_ns = run_delay_ns(gettid());
}

/* Signal, reap, wait. Nothing here but what is measured. */
static int race(const struct victim_process *victim, bool reap, struct kill_sample *sample,
		struct error_text *error)
{
	struct pollfd end = {.fd = victim->pidfd, .events = POLLIN};
	const uint64_t start = clock_monotonic_ns();
	uint64_t cpu, reap_start, reap_end;
	int got = 0, err = 0;

	if (pidfd_send_signal(victim->pidfd, SIGKILL))
		return error_text_set(error, -errno, "pidfd_send_signal: %s", strerror(errno));
	if (reap) {
		cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
		reap_start = clock_monotonic_ns();
		err = process_mrelease(victim->pidfd) ? errno : 0;
		reap_end = clock_monotonic_ns();
		sample->reap_cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
		sample->reap_wall_ns = reap_end - reap_start;
	}
	do
		got = poll(&end, 1, PATIENCE_MS);
	while (got < 0 && errno == EINTR);
	sample->wall_ns = clock_monotonic_ns() - start;
	if (got <= 0)
		return error_text_set(error, -ETIMEDOUT, "a victim did not die in %d s",
				      PATIENCE_MS / 1000);
	sample->missed = err == ESRCH;
	if (err && !sample->missed)
		return error_text_set(error, -err, "process_mrelease: %s", strerror(err));
	return 0;
}

/* The victim is a zombie: take its figures, then collect it. */
static void look_after(struct victim_process *victim, const struct before *before,
		       struct kill_sample *sample)
{
	/* It told of its end while it still ran; let it leave its CPU. */
	const struct timespec pause = {.tv_nsec = 1000000};
	const uint64_t reaper_delay = run_delay_ns(gettid()) - before->reaper_delay_ns;
	uint64_t delay, allowed = (uint64_t)((double)sample->wall_ns * DISTURBED_SHARE);
	struct rusage usage;

	memset(&usage, 0, sizeof(usage));
	nanosleep(&pause, NULL);
	delay = run_delay_ns(victim->pid) - before->delay_ns;
	if (wait4(victim->pid, NULL, 0, &usage) == victim->pid)
		victim->pid = 0;
	/* rusage has whole microseconds. */
	if (rusage_ns(&usage) > before->cpu_ns)
		sample->exit_cpu_ns = rusage_ns(&usage) - before->cpu_ns;
	if (allowed < WAKE_UP_NS)
		allowed = WAKE_UP_NS;
	sample->disturbed = delay > allowed || reaper_delay > allowed;
}

int kill_victim(struct victim_process *victim, bool reap, struct live_probe *probe,
		struct kill_sample *sample, struct error_text *error)
{
	struct before before;
	int err = 0, unread = 0;

	*sample = (struct kill_sample){0};
	if (probe)
		err = live_probe_arm(probe, victim->pid, getpid());
	if (err) {
		victim_end(victim);
		return error_text_set(error, err, "arming the probe: %s", strerror(-err));
	}
	look_before(victim, &before);
	err = race(victim, reap, sample, error);
	if (!err)
		look_after(victim, &before, sample);
	victim_end(victim);
	if (probe)
		unread = live_probe_read(probe, &sample->probe);
	if (!err && unread)
		err = error_text_set(error, unread, "reading the probe: %s", strerror(-unread));
	return err;
}
