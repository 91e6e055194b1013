/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks: processes whose threads are real ones, with what signals, the freezer and the OOM killer
 * see of them.
 *
 * A thread runs its user function, which comes back to exit_to_user_mode() again and again, as a
 * program enters and leaves the kernel. There it takes signals and freezes. A task that sleeps
 * waits on its state with a futex.
 *
 * Lock order: tasklist_lock, alloc_lock (task_lock()), siglock, freezer_lock. mmap_lock is taken
 * outside all of them. Lists of tasks are also walked under RCU.
 */
#ifndef UMAPLE_SCHED_H
#define UMAPLE_SCHED_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "measure/task.h"
#include "vma/mm_types.h"

struct thaw_policy;
struct oom_reaper;

/* Bits of task_struct.__state; 0: it runs, or may. */
enum { TASK_RUNNING = 0, TASK_INTERRUPTIBLE = 1, TASK_DEAD = 0x80, TASK_FROZEN = 0x8000 };

/* Bits of task_struct.thread_flags, as of the kernel's thread_info. */
enum { TIF_SIGPENDING = 2, TIF_MEMDIE = 20 };

/* Bits of task_struct.flags. */
enum { PF_EXITING = 0x4, PF_NOFREEZE = 0x8000, PF_KTHREAD = 0x200000 };

#define OOM_SCORE_ADJ_MIN (-1000)
#define OOM_SCORE_ADJ_MAX 1000

#define TASK_COMM_LEN 16

/* What is global in a kernel. */
struct system {
	struct pglist_data *pgdat;
	const struct thaw_policy *thaw;	  /* how an OOM victim is thawed */
	struct oom_reaper *oom_reaper;	  /* NULL: there is none */
	unsigned int oom_reaper_delay_ms; /* OOM_REAPER_DELAY */

	pthread_mutex_t tasklist_lock;
	pthread_cond_t task_exited;    /* with tasklist_lock: a task is off its list */
	struct task_struct *processes; /* group leaders by next_process; RCU */
	int last_pid;

	pthread_mutex_t freezer_lock;
	bool pm_freezing; /* the system suspends; written under freezer_lock */

	int oom_victims;	  /* marked by mark_oom_victim() and not gone yet */
	pthread_mutex_t oom_lock; /* one kill at a time */

	/* Simulated CPUs: a task has one while it runs. */
	sem_t idle_cpus;
	uint64_t busy_cpus; /* a bit for each */

	/* What tasks measure: copied into their this_task. */
	enum lock_kind lock_kind;
	enum lock_timing timing;
	uint64_t mark_step; /* pages between two marks of freed memory; 0: none */
};

/* A thread group. */
struct signal_struct {
	struct system *system;
	unsigned int refs;	     /* tasks that point here */
	struct task_struct *threads; /* alive, by next_thread; RCU, written under tasklist_lock */
	struct task_struct *dead;    /* to be joined; tasklist_lock */
	int nr_threads;		     /* alive; written under tasklist_lock */

	pthread_mutex_t siglock;
	bool group_exit;      /* SIGNAL_GROUP_EXIT; written under siglock */
	bool cgroup_freezing; /* its cgroup is FREEZING or FROZEN; under freezer_lock */
	short oom_score_adj;
	struct mm_struct *oom_mm; /* the victim's, set once and grabbed; NULL: no OOM victim */
};

/* When things happened to a task, in ticks; 0: never. */
struct task_times {
	uint64_t frozen;  /* first slept in the refrigerator */
	uint64_t thawed;  /* last left it */
	uint64_t exiting; /* entered do_exit() */
	uint64_t left_mm; /* had no address space any more */
	uint64_t dead;
	unsigned int freezes; /* how often it slept in the refrigerator, once for each wake-up */
};

struct task_struct {
	struct system *system;
	struct signal_struct *signal;
	struct task_struct *group_leader;
	struct task_struct *next_thread, *next_process, *next_dead;
	pthread_t thread;
	int pid;
	char comm[TASK_COMM_LEN];
	unsigned int usage;
	struct rcu_head rcu;

	unsigned int __state;	    /* a futex */
	unsigned long thread_flags; /* TIF_*, by atomic bit operations */
	unsigned long flags;	    /* PF_*, likewise */
	bool sigkill;		    /* SIGKILL is pending; under siglock */

	pthread_mutex_t alloc_lock;
	struct mm_struct *mm; /* NULL: none, or left; under alloc_lock */

	int start;				    /* a futex: 0 wait, 1 run, -1 never mind */
	void (*user)(struct task_struct *, void *); /* returns when it is to exit */
	void *arg;

	struct task_struct *oom_reaper_next; /* of the reaper's queue */
	uint64_t oom_reaper_due_ns;	     /* when it comes: CLOCK_MONOTONIC */

	struct task_times times;
	struct task_context measured; /* a copy of this_task when the task was done */
	struct free_mark *marks;      /* of the memory that it freed in do_exit(), or NULL */
};

/* The calling thread's task; NULL for a thread that is none. */
extern __thread struct task_struct *current_task;
#define current current_task

static inline bool test_tsk_thread_flag(const struct task_struct *tsk, int flag)
{
	return __atomic_load_n(&tsk->thread_flags, __ATOMIC_ACQUIRE) & (1UL << flag);
}

static inline void set_tsk_thread_flag(struct task_struct *tsk, int flag)
{
	__atomic_fetch_or(&tsk->thread_flags, 1UL << flag, __ATOMIC_ACQ_REL);
}

static inline void clear_tsk_thread_flag(struct task_struct *tsk, int flag)
{
	__atomic_fetch_and(&tsk->thread_flags, ~(1UL << flag), __ATOMIC_ACQ_REL);
}

static inline bool task_has_flag(const struct task_struct *tsk, unsigned long flag)
{
	return __atomic_load_n(&tsk->flags, __ATOMIC_ACQUIRE) & flag;
}

static inline void task_lock(struct task_struct *tsk)
{
	pthread_mutex_lock(&tsk->alloc_lock);
}

static inline void task_unlock(struct task_struct *tsk)
{
	pthread_mutex_unlock(&tsk->alloc_lock);
}

/* Every live thread of a group, and every process that has a live thread. Context: RCU. */
#define for_each_thread(p, t)                                   \
	for ((t) = port_dereference((p)->signal->threads); (t); \
	     (t) = port_dereference((t)->next_thread))
#define for_each_process(system, p)                            \
	for ((p) = port_dereference((system)->processes); (p); \
	     (p) = port_dereference((p)->next_process))

/**
 * system_init() - Make a system without processes.
 * @system: filled; thaw policy and reaper may be set afterwards.
 * @pgdat: its memory, with a node that tasks of up to NR_CPUS CPUs use.
 *
 * The calling thread gets a CPU of its own until system_destroy().
 *
 * Context: May sleep. The caller is registered for RCU and was none of the system's tasks.
 */
void system_init(struct system *system, struct pglist_data *pgdat);

/**
 * system_destroy() - Take it apart.
 * @system: all its processes are released, and its reaper is stopped.
 *
 * Context: The thread that called system_init().
 */
void system_destroy(struct system *system);

/* How a process begins. */
struct process_start {
	struct mm_struct *mm; /* the process takes over the caller's reference (mm_users) */
	const char *comm;
	short oom_score_adj;
	void (*user)(struct task_struct *, void *); /* of the first thread */
	void *arg;
};

/**
 * create_process() - Start a process with one thread.
 * @system: where.
 * @start: what it is.
 * @leader: set to its first thread, with a reference that release_process() drops.
 *
 * Context: May sleep.
 * Return: 0; -ENOMEM; -EAGAIN if no thread could be started. After an error nothing is left, and
 * the reference to the address space is still the caller's.
 */
int create_process(struct system *system, const struct process_start *start,
		   struct task_struct **leader);

/**
 * clone_thread() - Start another thread in a process.
 * @p: a task of it, with a reference of the caller's: itself, or from create_process().
 * @user: what it runs.
 * @arg: handed to it.
 *
 * It is born without TIF_* flags, and freezes at once if its process is being frozen.
 *
 * Context: May sleep.
 * Return: 0; -EINTR if the process was killed; -ESRCH if its address space is gone; -ENOMEM;
 * -EAGAIN.
 */
int clone_thread(struct task_struct *p, void (*user)(struct task_struct *, void *), void *arg);

/**
 * exit_to_user_mode() - The end of a system call: take signals, and freeze if asked to.
 *
 * Context: A task that holds no lock. May sleep, for as long as it is frozen.
 * Return: false if the task is to exit: its user function returns then.
 */
bool exit_to_user_mode(void);

/**
 * wait_for_process() - Wait until a process has no thread any more.
 * @leader: from create_process().
 * @ms: how long at most.
 *
 * Context: May sleep; not a task of that process.
 * Return: true if it is gone; false if the time ran out.
 */
bool wait_for_process(struct task_struct *leader, unsigned int ms);

/**
 * release_process() - Collect a process that is gone.
 * @leader: from create_process(); its last reference may be this one.
 *
 * Context: After wait_for_process() returned true; not twice.
 */
void release_process(struct task_struct *leader);

/* Another reference, and one less. Context: Any; the last put frees after a grace period. */
void get_task_struct(struct task_struct *tsk);
void put_task_struct(struct task_struct *tsk);

/**
 * find_lock_task_mm() - A thread of a group that still has the address space.
 * @p: any task of it.
 *
 * Context: RCU read section, which the caller keeps as long as it uses the result.
 * Return: The thread with its alloc_lock held, or NULL if all have left.
 */
struct task_struct *find_lock_task_mm(struct task_struct *p);

/**
 * do_exit() - The end of the calling task.
 *
 * Leaves the address space, which the last one takes apart, and the list of threads.
 *
 * Context: The task itself, at the end of its thread; it holds no lock.
 */
void do_exit(void);

/* schedule() and friends: signal.c. */

/**
 * schedule() - Sleep until the task's state is TASK_RUNNING.
 *
 * Gives the CPU away meanwhile.
 *
 * Context: A task that set its own state and holds no lock.
 */
void schedule(void);

/**
 * wake_up_state() - Wake a task if it sleeps in one of these states.
 * @tsk: the task.
 * @state: TASK_* bits.
 *
 * Context: Any; the task cannot go meanwhile.
 * Return: true if it was woken.
 */
bool wake_up_state(struct task_struct *tsk, unsigned int state);

/**
 * schedule_timeout_interruptible() - Sleep for a time, or until a signal or the freezer comes.
 * @us: microseconds.
 *
 * Context: As schedule().
 */
void schedule_timeout_interruptible(unsigned int us);

/**
 * send_sigkill() - Kill a process.
 * @p: any task of it.
 *
 * Every thread gets SIGKILL and is woken, but for those that are frozen: only the freezer wakes
 * those.
 *
 * Context: RCU read section, or a reference to @p.
 */
void send_sigkill(struct task_struct *p);

/* SIGKILL is on its way to this task. */
static inline bool fatal_signal_pending(const struct task_struct *tsk)
{
	return __atomic_load_n(&tsk->sigkill, __ATOMIC_ACQUIRE);
}

/* A CPU for the calling thread: waits until one is idle. put gives it back. Context: may sleep. */
void get_cpu(struct system *system);
void put_cpu(struct system *system);

#endif
