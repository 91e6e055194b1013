// SPDX-License-Identifier: GPL-2.0-only
#include "pressure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "oom/freezer.h"
#include "oom/mm.h"
#include "oom/oom_kill.h"
#include "reap_plan.h"
#include "vma/lru.h"
#include "vma/mmap_lock.h"
#include "vma/pgtable.h"
#include "vma/populate.h"

#define CHUNK	       64UL /* pages of one allocation */
#define BACKGROUND_ADJ 900  /* the OOM killer takes these first, as a phone's cached apps */
#define RETRY_US       1000 /* the kernel lets a task sleep for one tick */
#define IDLE_US	       2000

struct pressure;

/* A place that a process has, and its successor when it is dead. */
struct slot {
	struct pressure *pressure;
	struct task_struct *leader; /* NULL: none now */
	bool background;
	bool asked;	     /* its freezer was asked to freeze */
	unsigned long pages; /* that it has; the task's own, read by others: atomic */
	uint64_t failed;     /* ticks when the allocation first failed that it waits for; 0: none */
};

struct pressure {
	const struct pressure_run *run;
	struct pressure_outcome *outcome;
	struct system system;
	unsigned long share; /* pages of a background process */
	struct slot slots[2 * PRESSURE_PROCESSES_MAX];
	unsigned int nr_slots;
	uint64_t episode;      /* ticks when it began; 0: none. Atomic */
	uint64_t last_success; /* ticks; atomic */
	uint64_t handed_out;   /* atomic */
	int err;	       /* atomic */
};

static void note_time(struct pressure_times *times, uint64_t ticks)
{
	const size_t i = __atomic_fetch_add(&times->nr, 1, __ATOMIC_RELAXED);

	if (i < times->room)
		times->ns[i] = (double)clock_ns(ticks);
}

static void succeeded(struct slot *slot)
{
	struct pressure *p = slot->pressure;
	const uint64_t now = clock_ticks(),
		       began = __atomic_exchange_n(&p->episode, 0, __ATOMIC_ACQ_REL);

	__atomic_store_n(&p->last_success, now, __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->handed_out, CHUNK, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->pages, slot->pages + CHUNK, __ATOMIC_RELAXED);
	if (began && began < now)
		note_time(&p->outcome->episodes, now - began);
	if (slot->failed)
		note_time(&p->outcome->waits, now - slot->failed);
	slot->failed = 0;
}

/* The fault has failed and the lock is dropped: let the OOM killer look, and try again later. */
static void out_of_pages(struct slot *slot)
{
	struct pressure *p = slot->pressure;
	uint64_t none = 0;
	const uint64_t now = clock_ticks();
	int err;

	if (!slot->failed)
		slot->failed = now;
	__atomic_compare_exchange_n(&p->episode, &none, now, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_RELAXED);
	err = out_of_memory(&p->system, p->run->pages);
	if (err)
		__atomic_store_n(&p->err, err, __ATOMIC_RELAXED);
	schedule_timeout_interruptible(RETRY_US);
}

/* Map and fill one chunk more. */
static int allocate_chunk(struct task_struct *self, struct slot *slot)
{
	const unsigned long addr = PMD_SIZE + slot->pages * PAGE_SIZE;
	const unsigned long end = addr + CHUNK * PAGE_SIZE;
	struct mm_struct *mm = self->mm;
	int err;

	mmap_write_lock(mm);
	err = map_region(mm, addr, end - addr, VM_READ | VM_WRITE, 0, NULL);
	if (!err) {
		err = populate_range(vma_lookup(mm, addr), addr, end, POPULATE_ANON);
		/* Nothing is left of a chunk that was not whole. */
		if (err)
			do_munmap(mm, addr, end - addr);
	}
	mmap_write_unlock(mm);
	return err;
}

static void allocate(struct task_struct *self, void *arg)
{
	struct slot *slot = arg;

	while (exit_to_user_mode()) {
		if (slot->background && slot->pages >= slot->pressure->share)
			schedule_timeout_interruptible(IDLE_US);
		else if (allocate_chunk(self, slot))
			out_of_pages(slot);
		else
			succeeded(slot);
	}
}

/* The other thread of a background process. */
static void sleep_often(struct task_struct *self, void *arg)
{
	while (exit_to_user_mode())
		schedule_timeout_interruptible(IDLE_US);
}

static int start_slot(struct slot *slot)
{
	struct pressure *p = slot->pressure;
	const struct process_start start = {
		.mm = mm_alloc(p->system.pgdat),
		.comm = slot->background ? "background" : "allocator",
		.oom_score_adj = slot->background ? BACKGROUND_ADJ : 0,
		.user = allocate,
		.arg = slot,
	};
	int err;

	if (!start.mm)
		return -ENOMEM;
	slot->pages = 0;
	slot->failed = 0;
	slot->asked = false;
	err = create_process(&p->system, &start, &slot->leader);
	if (err) {
		mmput(start.mm);
		return err;
	}
	if (slot->background)
		err = clone_thread(slot->leader, sleep_often, slot);
	/* It may be dead already. */
	return err == -EINTR || err == -ESRCH ? 0 : err;
}

static bool is_gone(struct task_struct *leader)
{
	return wait_for_process(leader, 0);
}

/* Look after one slot: a successor for who is dead, a freezer for who has its share. */
static int tend(struct slot *slot)
{
	struct pressure *p = slot->pressure;

	if (is_gone(slot->leader)) {
		p->outcome->kills++;
		release_process(slot->leader);
		slot->leader = NULL;
		return start_slot(slot);
	}
	if (slot->background && !slot->asked &&
	    __atomic_load_n(&slot->pages, __ATOMIC_RELAXED) >= p->share) {
		freezer_change_state(slot->leader, true);
		slot->asked = true;
	}
	return 0;
}

static int watch(struct pressure *p)
{
	const uint64_t end = clock_monotonic_ns() + p->run->ms * 1000000ULL;
	const struct timespec nap = {.tv_nsec = 1000000};
	int err = 0;

	while (!err && clock_monotonic_ns() < end && !(p->run->stop && *p->run->stop)) {
		for (unsigned int i = 0; !err && i < p->nr_slots; i++)
			err = tend(&p->slots[i]);
		if (!err)
			err = __atomic_load_n(&p->err, __ATOMIC_RELAXED);
		nanosleep(&nap, NULL);
	}
	return err;
}

static void end_slot(struct slot *slot)
{
	if (!slot->leader)
		return;
	freezer_change_state(slot->leader, false);
	send_sigkill(slot->leader);
	if (!wait_for_process(slot->leader, 60000)) {
		fprintf(stderr, "a process does not exit although nothing holds it\n");
		abort();
	}
	release_process(slot->leader);
}

static int start_all(struct pressure *p)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < p->run->background + p->run->processes; i++) {
		p->slots[i] = (struct slot){.pressure = p, .background = i < p->run->background};
		p->nr_slots++;
		err = start_slot(&p->slots[i]);
	}
	return err;
}

static int play(struct pressure *p, const struct reap_plan *plan)
{
	struct oom_reaper_counts counts = {0};
	const uint64_t start = clock_ticks();
	int err = 0;

	p->last_success = start;
	if (p->run->order)
		err = start_oom_reaper(&p->system, plan);
	if (!err)
		err = start_all(p) ?: watch(p);
	p->outcome->ran_ns = clock_ns(clock_ticks() - start);
	p->outcome->idle_ns =
		clock_ns(clock_ticks() - __atomic_load_n(&p->last_success, __ATOMIC_RELAXED));
	p->outcome->handed_out = __atomic_load_n(&p->handed_out, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < p->nr_slots; i++)
		end_slot(&p->slots[i]);
	/* Nobody is left who could queue a victim. */
	stop_oom_reaper(&p->system, NULL, NULL, &counts);
	p->outcome->reaped = counts.reaped;
	p->outcome->came_late = counts.came_late;
	p->outcome->gave_up = counts.gave_up;
	return err;
}

int pressure_play(struct pglist_data *pgdat, const struct pressure_run *run,
		  struct pressure_outcome *outcome)
{
	struct reap_plan plan = {NULL, 1};
	struct pressure *p;
	int err;

	if (!thaw_policy_find(run->policy) || run->processes > PRESSURE_PROCESSES_MAX ||
	    run->background > PRESSURE_PROCESSES_MAX ||
	    (run->order && reap_plan_parse(reap_orders, run->order, &plan)))
		return -EINVAL;
	p = fault_should_fail() ? NULL : calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->run = run;
	p->outcome = outcome;
	/* Half of the pool is in the background. */
	p->share = run->background ? run->pages / 2 / run->background / CHUNK * CHUNK : 0;
	system_init(&p->system, pgdat);
	p->system.thaw = thaw_policy_find(run->policy);
	p->system.oom_reaper_delay_ms = run->delay_ms;
	err = play(p, &plan);
	system_destroy(&p->system);
	port_rcu_barrier();
	lru_add_drain_all(pgdat);
	free(p);
	return err;
}
