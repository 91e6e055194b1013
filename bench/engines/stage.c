// SPDX-License-Identifier: GPL-2.0-only
#include "stage.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "measure/free_times.h"
#include "oom/freezer.h"
#include "oom/mm.h"
#include "reap_plan.h"
#include "stage_victim.h"

/* The task of a role. */
struct part {
	struct stage *stage;
	const char *role;
	pthread_t thread;
	struct task_context measured;
	struct free_mark *marks;
};

/* What belongs to one call of stage_play(). */
struct play {
	struct stage stage;
	const struct operation *op[ACTS_MAX];
	struct reap_plan plan[ACTS_MAX];
	unsigned int nr_acts;
	struct part parts[ACTS_MAX];
	unsigned int nr_parts;
	struct {
		uint64_t start, end; /* ticks */
		int ret;
	} done[ACTS_MAX];
	struct freed_by *freed; /* room for everybody */
	struct part reaper;	/* without a thread of ours */
	uint64_t end;		/* ticks when the scenario was over */
};

static struct play *play_of(struct stage *stage)
{
	return caa_container_of(stage, struct play, stage);
}

static void reach(struct stage *stage, enum moment moment, int err)
{
	pthread_mutex_lock(&stage->lock);
	/* Atomic: some look at these without the lock. */
	if (err)
		__atomic_store_n(&stage->err, err, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&stage->reached[moment], true, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&stage->moved);
	pthread_mutex_unlock(&stage->lock);
}

/* Return: false if it will not come any more. */
static bool wait_for_moment(struct stage *stage, enum moment moment)
{
	bool err;

	pthread_mutex_lock(&stage->lock);
	while (!stage->reached[moment] && !stage->err)
		pthread_cond_wait(&stage->moved, &stage->lock);
	err = stage->err;
	pthread_mutex_unlock(&stage->lock);
	return !err;
}

#define SPIN_NS 500000 /* a sleep may end so much later than asked for */

static void pause_us(unsigned int us)
{
	const uint64_t end = clock_monotonic_ns() + us * 1000ULL;
	uint64_t now;

	while ((now = clock_monotonic_ns()) < end) {
		const uint64_t left = end - now;
		const struct timespec ts = {
			.tv_sec = (time_t)((left - SPIN_NS) / 1000000000),
			.tv_nsec = (long)((left - SPIN_NS) % 1000000000),
		};

		if (left > SPIN_NS)
			nanosleep(&ts, NULL);
	}
}

static int place_thread(const struct scenario_run *run, enum place place)
{
	const int cpu = place == ANYWHERE ? -1 : run->cpu[place == ON_OTHER_CPU];
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void perform(struct play *play, unsigned int i)
{
	struct stage *stage = &play->stage;
	const struct operation *op = play->op[i];
	int ret;

	get_cpu(&stage->system);
	play->done[i].start = clock_ticks();
	if (op->leads_to)
		stage->at[op->leads_to] = play->done[i].start;
	ret = op->run(stage, &play->plan[i]);
	play->done[i].end = clock_ticks();
	play->done[i].ret = ret;
	put_cpu(&stage->system);
	/* A kill that comes too late is a result; a victim that is not frozen is none. */
	if (op->leads_to)
		reach(stage, op->leads_to, op->leads_to == WHEN_FROZEN && ret < 0 ? ret : 0);
}

static bool is_act_of(const struct play *play, unsigned int i, const char *role)
{
	return play->op[i]->run && !strcmp(play->stage.run->scenario->acts[i].role, role);
}

static void *role_main(void *arg)
{
	struct part *part = arg;
	struct play *play = play_of(part->stage);
	const struct scenario_run *run = play->stage.run;
	const struct act *acts = run->scenario->acts;
	int err = 0;

	rcu_register_thread();
	this_task = (struct task_context){.role = ROLE_REAPER,
					  .lock_kind = run->lock,
					  .timing = LOCK_TIMING_WAIT,
					  .counts_waits = true,
					  .marks = part->marks,
					  .mark_step = play->stage.system.mark_step};
	task_begin_marks(&this_task);
	for (unsigned int i = 0; !err && i < play->nr_acts; i++) {
		if (!is_act_of(play, i, part->role))
			continue;
		err = place_thread(run, acts[i].place);
		if (err) {
			reach(&play->stage, AT_ONCE, err);
			break;
		}
		if (!wait_for_moment(&play->stage, acts[i].after))
			break;
		pause_us(acts[i].delay_us);
		perform(play, i);
	}
	task_end_marks(&this_task);
	part->measured = this_task;
	rcu_unregister_thread();
	return NULL;
}

/* Look up what the table names. */
static int read_scenario(struct play *play)
{
	const struct scenario_run *run = play->stage.run;
	const struct act *act;

	play->stage.system.thaw = thaw_policy_find(run->policy);
	if (!play->stage.system.thaw || run->threads < 1 || run->threads > SCENARIO_THREADS_MAX)
		return -EINVAL;
	for (act = run->scenario->acts; act->role; act++) {
		const unsigned int i = play->nr_acts++;

		play->op[i] = scenario_operation_find(act->operation);
		if (!play->op[i] || play->op[i]->info.walks != !!act->order)
			return -EINVAL;
		if (act->order && reap_plan_parse(reap_orders, act->order, &play->plan[i]))
			return -EINVAL;
	}
	return 0;
}

/* A part for each role, in the order in which they enter. */
static int cast_parts(struct play *play)
{
	const struct act *acts = play->stage.run->scenario->acts;

	for (unsigned int i = 0; i < play->nr_acts; i++) {
		struct part *part = play->parts;

		if (!play->op[i]->run)
			continue;
		while (part < play->parts + play->nr_parts && strcmp(part->role, acts[i].role))
			part++;
		if (part == play->parts + play->nr_parts) {
			play->nr_parts++;
			part->role = acts[i].role;
			part->stage = &play->stage;
		}
		/* Whoever fails to clone may be the last user, and take the victim apart. */
		if (part->marks)
			continue;
		part->marks = fault_should_fail() ? NULL
						  : calloc(FREE_MARKS + 2, sizeof(*part->marks));
		if (!part->marks)
			return -ENOMEM;
	}
	play->freed = fault_should_fail() ? NULL
					  : calloc(play->stage.run->threads + ACTS_MAX + 1,
						   sizeof(*play->freed));
	return play->freed ? 0 : -ENOMEM;
}

static int start_reaper(struct play *play)
{
	const struct act *acts = play->stage.run->scenario->acts;
	int err = 0;

	for (unsigned int i = 0; !err && i < play->nr_acts; i++) {
		if (play->op[i]->run)
			continue;
		play->stage.system.oom_reaper_delay_ms = acts[i].delay_us / 1000;
		err = start_oom_reaper(&play->stage.system, &play->plan[i]);
	}
	return err;
}

static int run_parts(struct play *play)
{
	unsigned int started = 0;
	int err = 0;

	for (; !err && started < play->nr_parts; started += !err) {
		struct part *part = &play->parts[started];

		err = fault_should_fail() ? -EAGAIN
					  : -pthread_create(&part->thread, NULL, role_main, part);
		if (err)
			reach(&play->stage, AT_ONCE, err);
		else
			pthread_setname_np(part->thread, part->role);
	}
	for (unsigned int i = 0; i < started; i++)
		pthread_join(play->parts[i].thread, NULL);
	return err ?: play->stage.err;
}

/* Nanoseconds from the begin of the kill; what came after the end never happened. */
static int64_t since_kill(const struct play *play, uint64_t ticks)
{
	const uint64_t kill = play->stage.at[WHEN_KILLED];

	if (!ticks || ticks > play->end)
		return NEVER_NS;
	return ticks >= kill ? (int64_t)clock_ns(ticks - kill) : -(int64_t)clock_ns(kill - ticks);
}

static struct thread_outcome *outcome_of(const struct play *play, struct scenario_outcome *outcome,
					 const struct task_struct *t)
{
	const int i = t->pid - play->stage.leader->pid;

	return i < (int)play->stage.run->threads ? &outcome->threads[i] : NULL;
}

/* Is everybody who is left in the refrigerator? */
static bool all_frozen(struct task_struct *leader)
{
	struct task_struct *t;
	bool all = true;

	port_rcu_read_lock();
	for_each_thread(leader, t) all = all && frozen(t);
	port_rcu_read_unlock();
	return all;
}

/* Is the oom_reaper to come, or at work? */
static bool reaper_is_awaited(const struct play *play)
{
	const struct mm_struct *mm = port_dereference(play->stage.leader->signal->oom_mm);

	return play->stage.system.oom_reaper && mm && !mm_test_flag(mm, MMF_OOM_SKIP);
}

#define PATIENCE_MS 60000

/*
 * Wait until the victim is gone, or nothing can happen to it any more. Who is awake is on the way
 * out, however slowly: that is a victim that leaves.
 */
static bool wait_for_end(const struct play *play)
{
	struct task_struct *leader = play->stage.leader;
	const uint64_t latest = clock_monotonic_ns() + PATIENCE_MS * 1000000ULL;

	if (wait_for_process(leader, play->stage.run->wait_ms))
		return true;
	while (!all_frozen(leader) || reaper_is_awaited(play)) {
		if (wait_for_process(leader, 10))
			return true;
		if (clock_monotonic_ns() > latest)
			return false;
	}
	return wait_for_process(leader, 0);
}

/* Who is left when the scenario is over. */
static void look_at_end(struct play *play, struct scenario_outcome *outcome)
{
	struct task_struct *leader = play->stage.leader, *t;

	outcome->exited = wait_for_end(play);
	play->end = clock_ticks();
	port_rcu_read_lock();
	for_each_thread(leader, t)
	{
		struct thread_outcome *to = outcome_of(play, outcome, t);

		if (!frozen(t))
			continue;
		outcome->stuck++;
		if (to)
			to->stuck = true;
	}
	port_rcu_read_unlock();
}

/* Every victim leaves when nobody freezes it. */
static void let_go(struct play *play)
{
	struct task_struct *leader = play->stage.leader;

	freezer_change_state(leader, false);
	thaw_processes(&play->stage.system);
	send_sigkill(leader);
	if (wait_for_process(leader, 60000))
		return;
	fprintf(stderr, "a victim does not exit although nothing holds it\n");
	abort();
}

static void fill_threads(const struct play *play, struct scenario_outcome *outcome)
{
	const struct task_struct *t;

	outcome->last_exit_ns = NEVER_NS;
	for (t = play->stage.leader->signal->dead; t; t = t->next_dead) {
		struct thread_outcome *to = outcome_of(play, outcome, t);

		if (!to)
			continue;
		to->frozen_ns = since_kill(play, t->times.frozen);
		to->thawed_ns = to->stuck ? NEVER_NS : since_kill(play, t->times.thawed);
		to->exiting_ns = since_kill(play, t->times.exiting);
		to->left_mm_ns = since_kill(play, t->times.left_mm);
		to->dead_ns = since_kill(play, t->times.dead);
		to->freezes = t->times.freezes;
		if (outcome->exited && to->dead_ns > outcome->last_exit_ns)
			outcome->last_exit_ns = to->dead_ns;
	}
}

static void fill_free_times(struct play *play, unsigned long pages,
			    struct scenario_outcome *outcome)
{
	const struct task_struct *t = play->stage.leader->signal->dead;
	uint64_t free_ns[NR_FREE_MARKS];
	unsigned int nr = 0;

	/* A victim that was stuck has freed its memory since, but that is not its own doing. */
	for (; outcome->exited && t; t = t->next_dead)
		play->freed[nr++] = freed_by(&t->measured);
	for (unsigned int i = 0; i < play->nr_parts; i++)
		play->freed[nr++] = freed_by(&play->parts[i].measured);
	play->freed[nr++] = freed_by(&play->reaper.measured);
	free_times(play->freed, nr, pages, play->stage.at[WHEN_KILLED], free_ns);
	for (int i = 0; i < NR_FREE_MARKS; i++)
		outcome->free_ns[i] = free_ns[i] ? (int64_t)free_ns[i] : NEVER_NS;
}

/* What a task waited for, added to the figures of its role. */
static void add_waits(struct scenario_outcome *outcome, const char *role,
		      const struct task_context *task)
{
	struct role_waits *to = outcome->roles;

	while (to < outcome->roles + outcome->nr_roles && strcmp(to->role, role))
		to++;
	if (to == outcome->roles + outcome->nr_roles) {
		outcome->nr_roles++;
		*to = (struct role_waits){.role = role};
	}
	to->mmap_lock_wait_ns += clock_ns(task->mmap_lock_wait_ticks);
	for (int class = 0; class < NR_LOCK_CLASSES; class ++) {
		const struct task_lock *from[] = {&task->lock[class], &task->waited[class]};
		struct role_lock *lock = &to->lock[class];

		for (int i = 0; i < 2; i++) {
			const uint64_t most = clock_ns(from[i]->wait_max);

			lock->contended += from[i]->contended;
			lock->wait_ns += clock_ns(from[i]->wait_sum);
			if (lock->wait_max_ns < most)
				lock->wait_max_ns = most;
		}
	}
}

/* All who took part. A victim that was stuck is let go afterwards: that is part of it. */
static void fill_waits(const struct play *play, struct scenario_outcome *outcome)
{
	const struct task_struct *t = play->stage.leader->signal->dead;

	outcome->nr_roles = 0;
	for (; t; t = t->next_dead)
		add_waits(outcome, "victim", &t->measured);
	for (unsigned int i = 0; i < play->nr_parts; i++)
		add_waits(outcome, play->parts[i].role, &play->parts[i].measured);
	for (unsigned int i = 0; i < play->nr_acts; i++)
		if (!play->op[i]->run)
			add_waits(outcome, play->stage.run->scenario->acts[i].role,
				  &play->reaper.measured);
}

static void fill_outcome(struct play *play, unsigned long pages, struct scenario_outcome *outcome)
{
	for (unsigned int i = 0; i < play->nr_acts; i++) {
		outcome->act[i].start_ns = since_kill(play, play->done[i].start);
		outcome->act[i].end_ns = since_kill(play, play->done[i].end);
		outcome->act[i].ret = play->done[i].ret;
	}
	fill_threads(play, outcome);
	fill_free_times(play, pages, outcome);
	fill_waits(play, outcome);
	outcome->oom_victims = play->stage.system.oom_victims;
}

/* The victim lives: let it all happen. */
static int perform_all(struct play *play, unsigned long pages, struct scenario_outcome *outcome)
{
	struct oom_reaper_counts counts = {0};
	struct thread_outcome *threads = outcome->threads;
	int err;

	memset(threads, 0, play->stage.run->threads * sizeof(*threads));
	*outcome = (struct scenario_outcome){.threads = threads};
	err = start_reaper(play) ?: run_parts(play);
	if (!err)
		look_at_end(play, outcome);
	stop_oom_reaper(&play->stage.system, &play->reaper.measured, &play->reaper.marks, &counts);
	let_go(play);
	if (err)
		return err;
	fill_outcome(play, pages, outcome);
	outcome->reaped = counts.reaped;
	outcome->came_late = counts.came_late;
	outcome->gave_up = counts.gave_up;
	return 0;
}

/* The address space goes with its process, or by hand if there never was one. */
static int play_victim(struct play *play, struct mm_struct *mm, unsigned long pages,
		       struct scenario_outcome *outcome)
{
	int err = place_thread(play->stage.run, play->stage.run->scenario->victim_place);

	if (!err)
		err = stage_start_victim(&play->stage, mm);
	if (!play->stage.leader) {
		exit_mm(mm);
		return err;
	}
	if (err)
		let_go(play);
	else
		err = perform_all(play, pages, outcome);
	release_process(play->stage.leader);
	return err;
}

static void free_play(struct play *play)
{
	for (unsigned int i = 0; i < play->nr_parts; i++)
		free(play->parts[i].marks);
	free(play->reaper.marks);
	free(play->freed);
	pthread_cond_destroy(&play->stage.moved);
	pthread_mutex_destroy(&play->stage.lock);
	free(play);
}

static int play_all(struct play *play, struct mm_struct *mm, unsigned long pages,
		    struct scenario_outcome *outcome)
{
	const struct scenario_run *run = play->stage.run;
	cpu_set_t before;
	int err;

	system_init(&play->stage.system, mm->pgdat);
	play->stage.system.mark_step = pages / FREE_MARKS + 1;
	play->stage.run = run;
	play->stage.mm = mm;
	play->stage.system.timing = LOCK_TIMING_WAIT;
	err = read_scenario(play) ?: cast_parts(play);
	pthread_getaffinity_np(pthread_self(), sizeof(before), &before);
	if (err)
		exit_mm(mm);
	else
		err = play_victim(play, mm, pages, outcome);
	pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	system_destroy(&play->stage.system);
	/* Tasks and what they grabbed are freed after a grace period. */
	port_rcu_barrier();
	return err;
}

int stage_play(struct mm_struct *mm, unsigned long pages, const struct scenario_run *run,
	       struct scenario_outcome *outcome)
{
	struct play *play = fault_should_fail() ? NULL : calloc(1, sizeof(*play));
	int err;

	if (!play) {
		exit_mm(mm);
		return -ENOMEM;
	}
	play->stage.run = run;
	play->stage.reached[AT_ONCE] = true;
	pthread_mutex_init(&play->stage.lock, NULL);
	pthread_cond_init(&play->stage.moved, NULL);
	err = play_all(play, mm, pages, outcome);
	free_play(play);
	return err;
}
