// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does this kernel report a spinlock's only waiter? The first one that waits for a queued spinlock
 * spins on the lock itself, before the slow path comes to the event contention_begin; only under
 * paravirtual spinlocks is it queued, and reported, at once. Nothing tells which code runs, so
 * two threads try it: both take the lock of one page table in turn.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "live/probe/live_probe.h"

#define CHECK_NS     (100 * 1000 * 1000ULL)
#define CHECK_ROUNDS 64 /* between two looks at the clock */
#define CHECK_ENOUGH 50 /* waits; thousands are usual */
#define PAGE	     4096

struct side {
	pthread_t thread;
	volatile char *page;
	int cpu;
	int error;
};

static atomic_int sides_ready;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *take_ptl(void *arg)
{
	struct side *side = arg;
	uint64_t end;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(side->cpu, &set);
	side->error = pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	atomic_fetch_add(&sides_ready, 1);
	while (atomic_load(&sides_ready) < 2)
		sched_yield();
	for (end = now_ns() + CHECK_NS; !side->error && now_ns() < end;) {
		for (int i = 0; i < CHECK_ROUNDS; i++) {
			*side->page = 1;
			madvise((void *)side->page, PAGE, MADV_DONTNEED);
		}
	}
	return NULL;
}

/* Two CPUs that are online; the caller may be pinned to one of them. */
static bool two_cpus(struct side side[2])
{
	cpu_set_t before, set;
	int found = 0;

	if (sched_getaffinity(0, sizeof(before), &before))
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (!sched_setaffinity(0, sizeof(set), &set))
			side[found++].cpu = cpu;
	}
	sched_setaffinity(0, sizeof(before), &before);
	return found == 2;
}

static int contend(struct side side[2])
{
	int ret;

	atomic_store(&sides_ready, 0);
	ret = pthread_create(&side[0].thread, NULL, take_ptl, &side[0]);
	if (ret)
		return -ret;
	ret = pthread_create(&side[1].thread, NULL, take_ptl, &side[1]);
	if (ret)
		atomic_fetch_add(&sides_ready, 1); /* let the first one go */
	else
		pthread_join(side[1].thread, NULL);
	pthread_join(side[0].thread, NULL);
	return ret ? -ret : -(side[0].error ? side[0].error : side[1].error);
}

int live_probe_sees_spins(struct live_probe *probe)
{
	struct live_figures figures;
	struct side side[2] = {};
	char *pages;
	int ret, err;

	if (!two_cpus(side))
		return 0;
	pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -errno;
	side[0].page = pages;
	side[1].page = pages + PAGE;
	ret = live_probe_arm(probe, getpid(), 0);
	if (!ret) {
		ret = contend(side);
		err = live_probe_read(probe, &figures);
		ret = ret ? ret : err;
	}
	munmap(pages, 2 * PAGE);
	if (ret)
		return ret;
	/* A kernel whose page-table locks have no known address still reports them. */
	return figures.lock[LIVE_PTL].contended[LIVE_EXIT] +
		       figures.lock[LIVE_OTHER].contended[LIVE_EXIT] >=
	       CHECK_ENOUGH;
}
