// SPDX-License-Identifier: GPL-2.0-only
#include "busy.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct spinner {
	pthread_t thread;
	const int *go; /* 0: not yet; below: not at all */
	int cpu, err;
	unsigned int ms;
	double share;
};

static uint64_t clock_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int pin(int cpu)
{
	const size_t size = CPU_ALLOC_SIZE(cpu + 1);
	cpu_set_t *set = CPU_ALLOC(cpu + 1);
	int err;

	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	err = sched_setaffinity(0, size, set) ? -errno : 0;
	CPU_FREE(set);
	return err;
}

static void *spin(void *arg)
{
	struct spinner *s = arg;
	const struct timespec moment = {.tv_nsec = 100000};
	uint64_t began, ran, end, now;
	int go;

	s->err = pin(s->cpu);
	while (!(go = __atomic_load_n(s->go, __ATOMIC_ACQUIRE)))
		nanosleep(&moment, NULL);
	if (s->err || go < 0)
		return NULL;
	ran = clock_now(CLOCK_THREAD_CPUTIME_ID);
	began = now = clock_now(CLOCK_MONOTONIC);
	end = began + (uint64_t)s->ms * 1000000;
	while (now < end)
		now = clock_now(CLOCK_MONOTONIC);
	ran = clock_now(CLOCK_THREAD_CPUTIME_ID) - ran;
	s->share = now - began > ran ? 1 - (double)ran / (double)(now - began) : 0;
	return NULL;
}

int busy_shares(const int *cpus, size_t nr, unsigned int ms, double *shares)
{
	struct spinner spinners[BUSY_MOST_CPU];
	size_t i, started;
	int err = 0, go = 0;

	if (!nr || nr > BUSY_MOST_CPU)
		return -EINVAL;
	for (started = 0; !err && started < nr; started += !err) {
		struct spinner *s = &spinners[started];

		*s = (struct spinner){.go = &go, .cpu = cpus[started], .ms = ms};
		err = -pthread_create(&s->thread, NULL, spin, s);
	}
	__atomic_store_n(&go, err ? -1 : 1, __ATOMIC_RELEASE);
	for (i = 0; i < started; i++) {
		pthread_join(spinners[i].thread, NULL);
		shares[i] = spinners[i].share;
		err = err ? err : spinners[i].err;
	}
	return err;
}

/* How long the processes have run. */
struct processes {
	struct process {
		long pid;
		unsigned long long ticks;
		char name[32];
	} * all;
	size_t nr;
};

/* "pid (name) state" and then numbers; the name may hold anything, also brackets. */
static bool read_process(const char *pid, struct process *p)
{
	unsigned long long user, system;
	char path[300], line[1024], *open, *close;
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	line[fread(line, 1, sizeof(line) - 1, file)] = '\0';
	fclose(file);
	open = strchr(line, '(');
	close = strrchr(line, ')');
	good = open && close > open &&
	       sscanf(close + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu", &user,
		      &system) == 2;
	if (!good)
		return false;
	*close = '\0';
	p->pid = atol(pid);
	p->ticks = user + system;
	snprintf(p->name, sizeof(p->name), "%s", open + 1);
	for (char *c = p->name; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
	return true;
}

/* All but this one, as far as they can be seen. */
static void read_processes(struct processes *processes)
{
	DIR *proc = opendir("/proc");
	struct process one, *grown;
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)*entry->d_name) || !read_process(entry->d_name, &one) ||
		    one.pid == getpid())
			continue;
		grown = reallocarray(processes->all, processes->nr + 1, sizeof(*grown));
		if (!grown)
			break;
		processes->all = grown;
		grown[processes->nr++] = one;
	}
	if (proc)
		closedir(proc);
}

/* Name the process that ran longest between the two; "" if none did. */
static void name_busiest(const struct processes *before, const struct processes *after, char *text,
			 size_t size)
{
	const struct process *busiest = NULL;
	unsigned long long most = 1; /* a tick is what everybody gets now and then */
	size_t i, j;

	for (i = 0; i < after->nr; i++) {
		const struct process *p = &after->all[i];

		for (j = 0; j < before->nr && before->all[j].pid != p->pid; j++)
			;
		if (p->ticks - (j < before->nr ? before->all[j].ticks : 0) <= most)
			continue;
		most = p->ticks - (j < before->nr ? before->all[j].ticks : 0);
		busiest = p;
	}
	*text = '\0';
	if (busiest)
		snprintf(text, size, " (busiest process: %s, pid %ld)", busiest->name,
			 busiest->pid);
}

/* Measure all of them and find the busiest. */
static int look(const int *cpus, size_t nr, unsigned int ms, size_t *worst, double *share)
{
	double shares[BUSY_MOST_CPU];
	int err = busy_shares(cpus, nr, ms, shares);
	size_t i;

	for (i = *worst = 0; !err && i < nr; i++)
		if (shares[i] > shares[*worst])
			*worst = i;
	*share = err ? 0 : shares[*worst];
	return err;
}

int busy_probe(const int *cpus, size_t nr, char *text, size_t size)
{
	struct processes before = {0}, after = {0};
	char who[96];
	double share;
	size_t worst;
	int err = look(cpus, nr, BUSY_PROBE_MS, &worst, &share);

	if (!err && share > BUSY_SHARE) {
		read_processes(&before);
		err = look(cpus, nr, 2 * BUSY_PROBE_MS, &worst, &share);
		read_processes(&after);
	}
	if (err) {
		snprintf(text, size, "seeing whether the CPUs are free: %s", strerror(-err));
	} else if (share > BUSY_SHARE) {
		name_busiest(&before, &after, who, sizeof(who));
		snprintf(
			text, size,
			"CPU %d is busy: others take %.0f %% of its time%s, so most races would have "
			"to be repeated; " BUSY_ADVICE,
			cpus[worst], 100 * share, who);
		err = -EBUSY;
	}
	free(before.all);
	free(after.all);
	return err;
}
