// SPDX-License-Identifier: GPL-2.0-only
/* The oom_reaper kthread and its queue. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oom_kill.h"
#include "base/clock.h"

struct oom_reaper {
	struct system *system;
	struct reap_plan plan;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;	   /* with lock: the queue has one more, or stop is set */
	struct task_struct *queue; /* by oom_reaper_next; the first is the first to be due */
	bool stop;
	struct oom_reaper_counts counts;
	struct task_context measured;
	struct free_mark *marks;
};

/* The first of the queue, once it is due; NULL to stop. Context: lock held. */
static struct task_struct *next_victim(struct oom_reaper *r)
{
	struct timespec due;

	while (!r->stop) {
		struct task_struct *tsk = r->queue;

		if (!tsk) {
			pthread_cond_wait(&r->wake, &r->lock);
			continue;
		}
		if (clock_monotonic_ns() >= tsk->oom_reaper_due_ns) {
			r->queue = tsk->oom_reaper_next;
			return tsk;
		}
		due.tv_sec = (time_t)(tsk->oom_reaper_due_ns / 1000000000);
		due.tv_nsec = (long)(tsk->oom_reaper_due_ns % 1000000000);
		pthread_cond_timedwait(&r->wake, &r->lock, &due);
	}
	return NULL;
}

static void reap(struct oom_reaper *r, struct task_struct *tsk)
{
	struct mm_struct *mm = port_dereference(tsk->signal->oom_mm);

	/* This sets MMF_OOM_SKIP in any case: if nothing came of it, another one has to die. */
	if (mm_test_flag(mm, MMF_OOM_SKIP))
		r->counts.came_late++;
	else if (oom_reap_task(mm, &r->plan))
		r->counts.reaped++;
	else
		r->counts.gave_up++;
	put_task_struct(tsk);
}

static void *oom_reaper_main(void *arg)
{
	struct oom_reaper *r = arg;
	struct task_struct *tsk;

	rcu_register_thread();
	this_task = (struct task_context){.role = ROLE_REAPER,
					  .lock_kind = r->system->lock_kind,
					  .timing = r->system->timing,
					  .counts_waits = true,
					  .marks = r->marks,
					  .mark_step = r->marks ? r->system->mark_step : 0,
					  .next_mark = r->system->mark_step};
	pthread_mutex_lock(&r->lock);
	while ((tsk = next_victim(r))) {
		pthread_mutex_unlock(&r->lock);
		get_cpu(r->system);
		reap(r, tsk);
		put_cpu(r->system);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	task_end_marks(&this_task);
	r->measured = this_task;
	rcu_unregister_thread();
	return NULL;
}

int start_oom_reaper(struct system *system, const struct reap_plan *plan)
{
	struct oom_reaper *r = fault_should_fail() ? NULL : calloc(1, sizeof(*r));
	pthread_condattr_t attr;
	int err;

	if (!r)
		return -ENOMEM;
	r->system = system;
	r->plan = *plan;
	if (system->mark_step) {
		r->marks = calloc(FREE_MARKS + 2, sizeof(*r->marks));
		if (!r->marks) {
			free(r);
			return -ENOMEM;
		}
	}
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_condattr_destroy(&attr);
	err = fault_should_fail() ? EAGAIN : pthread_create(&r->thread, NULL, oom_reaper_main, r);
	if (err) {
		pthread_cond_destroy(&r->wake);
		pthread_mutex_destroy(&r->lock);
		free(r->marks);
		free(r);
		return -err;
	}
	pthread_setname_np(r->thread, "oom_reaper");
	system->oom_reaper = r;
	return 0;
}

void stop_oom_reaper(struct system *system, struct task_context *measured, struct free_mark **marks,
		     struct oom_reaper_counts *counts)
{
	struct oom_reaper *r = system->oom_reaper;

	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	while (r->queue) {
		struct task_struct *tsk = r->queue;

		r->queue = tsk->oom_reaper_next;
		put_task_struct(tsk);
	}
	if (measured)
		*measured = r->measured;
	if (counts)
		*counts = r->counts;
	if (marks)
		*marks = r->marks;
	else
		free(r->marks);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
	system->oom_reaper = NULL;
}

void queue_oom_reaper(struct task_struct *tsk)
{
	struct oom_reaper *r = tsk->system->oom_reaper;
	struct mm_struct *mm = port_dereference(tsk->signal->oom_mm);
	struct task_struct **end;

	if (!r || __atomic_fetch_or(&mm->flags, 1UL << MMF_OOM_REAP_QUEUED, __ATOMIC_ACQ_REL) &
			  1UL << MMF_OOM_REAP_QUEUED)
		return;
	get_task_struct(tsk);
	tsk->oom_reaper_due_ns =
		clock_monotonic_ns() + tsk->system->oom_reaper_delay_ms * 1000000ULL;
	tsk->oom_reaper_next = NULL;
	pthread_mutex_lock(&r->lock);
	/* All wait equally long: the last one is due last. */
	for (end = &r->queue; *end; end = &(*end)->oom_reaper_next)
		;
	*end = tsk;
	r->counts.queued++;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}
