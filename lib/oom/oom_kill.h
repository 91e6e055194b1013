/* SPDX-License-Identifier: GPL-2.0-only */
/* The OOM killer: whom it chooses, what it does to them, and the reaper that comes after it. */
#ifndef UMAPLE_OOM_KILL_H
#define UMAPLE_OOM_KILL_H

#include "oom.h"
#include "sched.h"

#define OOM_REAPER_DELAY_MS 2000 /* the kernel's default */

/* Is this a task of a process that the OOM killer marked? For life. */
static inline bool tsk_is_oom_victim(const struct task_struct *tsk)
{
	return __atomic_load_n(&tsk->signal->oom_mm, __ATOMIC_ACQUIRE);
}

/**
 * task_will_free_mem() - Is a process about to give its address space back by itself?
 * @task: a task of it that has the address space.
 *
 * Context: @task's alloc_lock held, in an RCU read section.
 * Return: true if every process on the address space was killed, or its only thread exits; false as
 * well if there is nothing left to free (MMF_OOM_SKIP).
 */
bool task_will_free_mem(struct task_struct *task);

/**
 * mark_oom_victim() - Make a process an OOM victim, and let it exit although it is frozen.
 * @tsk: a thread of it that has the address space.
 *
 * Sets TIF_MEMDIE on @tsk and signal->oom_mm, and thaws as the system's policy does. Of several
 * calls for one thread the first does all of it; each thread that is marked counts in oom_victims.
 *
 * Context: @tsk's alloc_lock held.
 */
void mark_oom_victim(struct task_struct *tsk);

/* A marked thread has left its address space. Context: the thread itself. */
void exit_oom_victim(struct task_struct *tsk);

/**
 * oom_badness() - What killing a process would give back.
 * @p: a task of it.
 * @totalpages: pages of the whole system, by which oom_score_adj is scaled.
 *
 * Context: RCU read section.
 * Return: Pages: resident, swapped and of page tables, plus a thousandth of @totalpages for each
 * point of oom_score_adj. LONG_MIN if it must not or need not be killed: protected by
 * OOM_SCORE_ADJ_MIN, without an address space, reaped already.
 */
long oom_badness(struct task_struct *p, unsigned long totalpages);

/* What select_bad_process() found. */
enum oom_selection { OOM_CHOSEN, OOM_WAIT, OOM_NONE };

/**
 * select_bad_process() - Choose the process with the most badness.
 * @system: among its processes.
 * @totalpages: as for oom_badness().
 * @chosen: set for OOM_CHOSEN, with a reference.
 *
 * Context: Takes no lock; RCU is taken here.
 * Return: OOM_CHOSEN; OOM_WAIT if a victim is still dying, which is to be waited for; OOM_NONE.
 */
enum oom_selection select_bad_process(struct system *system, unsigned long totalpages,
				      struct task_struct **chosen);

/**
 * oom_kill_process() - Kill one process, and all others on its address space.
 * @victim: a task of it.
 *
 * A process that is dying is only marked. The reaper is queued in both cases.
 *
 * Context: May sleep; the caller has a reference to @victim.
 * Return: true; false if it had no address space any more, and nothing was done.
 */
bool oom_kill_process(struct task_struct *victim);

/**
 * out_of_memory() - Memory ran out: choose and kill.
 * @system: the system.
 * @totalpages: as for oom_badness().
 *
 * Context: May sleep; one at a time, others that come meanwhile return 0 at once.
 * Return: 0 if a process was killed, or one is dying and memory will come; -ESRCH if nothing can be
 * killed.
 */
int out_of_memory(struct system *system, unsigned long totalpages);

/**
 * process_mrelease() - Reap a dying process at once.
 * @task: a task of it.
 * @plan: how to walk.
 *
 * Context: A reference to @task. May sleep for mmap_lock.
 * Return: 0 if its memory is gone, reaped now or before; -ESRCH once no thread has the address
 * space any more; -EINVAL if the process is not dying; -EAGAIN if a notifier would have to sleep.
 */
int process_mrelease(struct task_struct *task, const struct reap_plan *plan);

/**
 * process_mrelease_kill() - Kill a process and reap it.
 * @task: a task of it.
 * @plan: how to walk.
 *
 * The address space is taken hold of before the signal is sent, so that the victim cannot be gone
 * before the reaper comes (PROCESS_MRELEASE_REAP_KILL, which was proposed).
 *
 * Context: As process_mrelease().
 * Return: As process_mrelease(); -ESRCH only if it was gone before.
 */
int process_mrelease_kill(struct task_struct *task, const struct reap_plan *plan);

/* What became of the victims in the reaper's queue. */
struct oom_reaper_counts {
	unsigned int queued, reaped; /* reaped: it found something to do, and did it */
	unsigned int came_late;	     /* the exit was done first */
	unsigned int gave_up;	     /* mmap_lock never came */
};

/**
 * start_oom_reaper() - Start the oom_reaper kthread.
 * @system: whose; it has none.
 * @plan: how it walks.
 *
 * Victims wait in its queue for system->oom_reaper_delay_ms.
 *
 * Context: May sleep.
 * Return: 0; -ENOMEM; -EAGAIN if no thread could be started.
 */
int start_oom_reaper(struct system *system, const struct reap_plan *plan);

/**
 * stop_oom_reaper() - Stop it; who is in its queue is not reaped.
 * @system: whose; without a reaper nothing happens.
 * @measured: a copy of the thread's figures, or NULL.
 * @marks: set to the marks of the memory that it freed, to be freed by the caller; or NULL.
 * @counts: filled, or NULL.
 *
 * Context: May sleep.
 */
void stop_oom_reaper(struct system *system, struct task_context *measured, struct free_mark **marks,
		     struct oom_reaper_counts *counts);

/**
 * queue_oom_reaper() - Let the reaper come, after its delay.
 * @tsk: an OOM victim.
 *
 * Context: Any; the caller has a reference to @tsk, or holds its alloc_lock. Does nothing the second
 * time for an address space, or without a reaper.
 */
void queue_oom_reaper(struct task_struct *tsk);

#endif
