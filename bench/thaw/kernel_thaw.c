// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_thaw.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "common/small_file.h"
#include "common/stop.h"
#include "kernel_keeper.h"
#include "kernel_trace.h"

#define MS		1000000u
#define LOOK_EACH_NS	20000
#define FREEZE_MS	10000
#define KILL_MS		10000	    /* until the OOM killer has killed */
#define SETTLE_MS	50	    /* for the last memory after the process's end */
#define ROOM		(1u << 20)  /* between what is used and the limit */
#define MOST_ABOVE	(32u << 20) /* that the hog asks for above the limit */
#define NR_SAMPLES	65536	    /* changes of the usage that are kept */
#define MOST_OTHER_PART 20	    /* other memory: one part of so many, at most */

struct sample {
	int64_t at;
	uint64_t usage;
};

/* How this process is scheduled. */
struct pace {
	int slack, policy;
	struct sched_param param;
};

/* One run. Moments are CLOCK_MONOTONIC in ns; -1: not yet. */
struct run {
	const struct kernel_thaw_options *options;
	struct kernel_thaw_result *result;
	struct error_text *error;
	struct kernel_kept *kept;
	struct kernel_cgroup *cgroup; /* in @kept */
	struct kernel_trace *trace;
	struct kernel_child victim, hog;
	int64_t kill, end, exit[KERNEL_CHILD_THREADS];
	struct sample *samples;
	size_t nr_samples;
};

static int64_t now(void)
{
	return (int64_t)clock_monotonic_ns();
}

static int check_options(const struct kernel_thaw_options *o, struct error_text *error)
{
	char text[16];

	if (o->threads < 1 || o->threads > KERNEL_CHILD_THREADS)
		return error_text_set(error, -EINVAL, "a victim has 1 to %d threads",
				      KERNEL_CHILD_THREADS);
	if (o->bytes < KERNEL_THAW_LEAST_BYTES || o->bytes % 4096)
		return error_text_set(error, -EINVAL, "a victim has %u MiB or more, in whole pages",
				      KERNEL_THAW_LEAST_BYTES >> 20);
	if (geteuid())
		return error_text_set(error, -EOPNOTSUPP,
				      "only root may make cgroups and freeze processes");
	if (small_file_read("/proc/sys/vm/panic_on_oom", text, sizeof(text)) > 0 && atoi(text) > 1)
		return error_text_set(error, -EOPNOTSUPP,
				      "vm.panic_on_oom is %d: the kernel would panic", atoi(text));
	return 0;
}

static int set_score(pid_t pid, const char *score)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	return small_file_write(path, score);
}

static int step(struct kernel_child *child, struct error_text *error)
{
	return kernel_child_go(child, error) ?: kernel_child_await(child, error);
}

/* A process in its cgroup with its threads running, but without its memory. */
static int start(struct run *run, struct kernel_child *child, const char *name,
		 unsigned int threads, uint64_t bytes)
{
	const bool victim = child == &run->victim;

	return kernel_child_start(child, name, threads, bytes, run->error) ?:
	       kernel_cgroup_add(run->cgroup, child->pid, victim, run->error) ?:
	       step(child, run->error);
}

static int start_both(struct run *run)
{
	const uint64_t half = run->options->bytes / 2;
	char name[16];
	int err;

	snprintf(name, sizeof(name), "v%d", (int)getpid());
	err = start(run, &run->victim, name, run->options->threads, run->options->bytes)
		      ?: step(&run->victim, run->error);
	if (err)
		return err;
	err = set_score(run->victim.pid, "1000");
	if (err)
		return error_text_set(run->error, err, "oom_score_adj of the victim: %s",
				      strerror(-err));
	snprintf(name, sizeof(name), "h%d", (int)getpid());
	err = start(run, &run->hog, name, 1, ROOM + (half < MOST_ABOVE ? half : MOST_ABOVE));
	if (err)
		return err;
	/* Without CAP_SYS_RESOURCE it keeps its score, which is below the victim's. */
	err = set_score(run->hog.pid, "-1000");
	if (err && err != -EACCES)
		return error_text_set(run->error, err, "oom_score_adj of the hog: %s",
				      strerror(-err));
	return 0;
}

/* The letter in /proc. Return: 0 if the thread is gone. */
static char thread_state(const struct run *run, unsigned int i)
{
	char path[64], text[256], *at;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)run->victim.pid,
		 (int)kernel_child_tid(&run->victim, i));
	if (small_file_read(path, text, sizeof(text)) <= 0)
		return 0;
	at = strrchr(text, ')');
	return at && at[1] == ' ' ? at[2] : 0;
}

static bool is_gone(char state)
{
	return !state || state == 'Z' || state == 'X';
}

/* Freeze, open the trace, set the limit: everything but the kill. */
static int prepare(struct run *run)
{
	struct kernel_thaw_result *r = run->result;
	char name[16];
	int err;

	run->samples = calloc(NR_SAMPLES, sizeof(*run->samples));
	if (!run->samples)
		return error_text_set(run->error, -ENOMEM, "out of memory");
	run->kept = kernel_keeper_start(run->error);
	if (!run->kept)
		return -ENOMEM;
	run->cgroup = &run->kept->cgroup;
	run->trace = &run->kept->trace;
	err = kernel_cgroup_create(run->cgroup, run->options->freezer, run->error) ?:
	      start_both(run) ?: kernel_cgroup_freeze(run->cgroup, FREEZE_MS, run->error);
	if (err)
		return err;
	r->memory_version = run->cgroup->memory_version;
	for (unsigned int i = 0; i < r->threads; i++) {
		r->thread[i].tid = kernel_child_tid(&run->victim, i);
		r->thread[i].frozen_state = thread_state(run, i);
	}
	snprintf(name, sizeof(name), "v%d", (int)getpid());
	if (run->options->untraced)
		error_text_set(&r->why_untraced, 0, "not wanted");
	else
		r->traced = !kernel_trace_open(run->trace, name, run->victim.pid, &r->why_untraced);
	return kernel_cgroup_limit(run->cgroup, ROOM, run->error);
}

static void look_at_memory(struct run *run, int64_t at)
{
	const uint64_t usage = kernel_cgroup_usage(run->cgroup);
	struct sample *next = &run->samples[run->nr_samples];

	if (run->nr_samples == NR_SAMPLES || (run->nr_samples && next[-1].usage == usage))
		return;
	*next = (struct sample){at, usage};
	run->nr_samples++;
}

static void look_at_threads(struct run *run)
{
	for (unsigned int i = 0; i < run->result->threads; i++)
		if (run->exit[i] < 0 && is_gone(thread_state(run, i)))
			run->exit[i] = now();
}

/* Is there nothing more to wait for? */
static bool is_over(const struct run *run, int64_t start)
{
	const unsigned int wait_ms = run->options->wait_ms ?: KERNEL_THAW_DEFAULT_WAIT;
	const int64_t at = now();

	if (run->kill < 0)
		return at > start + (int64_t)KILL_MS * MS;
	if (run->end >= 0 && at > run->end + (int64_t)SETTLE_MS * MS)
		return true;
	return at > run->kill + (int64_t)wait_ms * MS;
}

/*
 * While it looks, this process goes before others: they would hold it up for milliseconds. It
 * sleeps at least as long as a look took.
 */
static void hurry(struct pace *before)
{
	const struct sched_param first = {.sched_priority = 1};

	before->slack = prctl(PR_GET_TIMERSLACK);
	before->policy = sched_getscheduler(0);
	if (sched_getparam(0, &before->param))
		before->policy = -1;
	/* By default a pause of 20 us takes 70. */
	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO, &first);
}

static void hurry_no_more(const struct pace *before)
{
	if (before->policy >= 0)
		sched_setscheduler(0, before->policy, &before->param);
	prctl(PR_SET_TIMERSLACK, before->slack > 0 ? before->slack : 0);
}

static void look(struct run *run, int64_t at)
{
	look_at_memory(run, at);
	if (run->kill < 0 && kernel_cgroup_kills(run->cgroup) > 0) {
		run->kill = at;
		kernel_child_enough(&run->hog);
	}
	if (!run->result->traced && run->kill >= 0)
		look_at_threads(run);
}

/* Sleep until it is time for the next look, or the victim ends. */
static void sleep_after(struct run *run, int64_t at)
{
	struct pollfd end = {.fd = run->end < 0 ? run->victim.pidfd : -1, .events = POLLIN};
	const int64_t took = now() - at;
	const struct timespec pause = {
		.tv_nsec = took < LOOK_EACH_NS ? LOOK_EACH_NS
			   : took > MS	       ? MS
					       : took,
	};

	if (ppoll(&end, 1, &pause, NULL) > 0)
		run->end = now();
}

/* Let the hog run into the limit, and look until the victim has ended. */
static int watch(struct run *run)
{
	const int64_t start = now();
	int64_t last = start, at;
	int err;

	look_at_memory(run, start);
	err = kernel_child_go(&run->hog, run->error);
	while (!err && !is_over(run, start)) {
		if (stop_signal)
			return -EINTR;
		at = now();
		if (run->kill >= 0 && run->end < 0 && (uint64_t)(at - last) > run->result->gap_ns)
			run->result->gap_ns = (uint64_t)(at - last);
		last = at;
		look(run, at);
		sleep_after(run, at);
	}
	if (!err && run->kill < 0)
		err = error_text_set(run->error, -ETIMEDOUT,
				     "the OOM killer did not kill the victim in %d s",
				     KILL_MS / 1000);
	return err;
}

/* Take the moments of the trace; without a kill in it, it is of no use. */
static int take_trace(struct run *run)
{
	struct kernel_thaw_result *r = run->result;
	struct kernel_trace_seen *seen = malloc(sizeof(*seen));
	int err;

	if (!seen)
		return error_text_set(run->error, -ENOMEM, "out of memory");
	err = kernel_trace_read(run->trace, seen, run->error);
	if (!err && seen->kill < 0)
		err = error_text_set(run->error, -EIO, "the trace of the kernel has no SIGKILL");
	for (unsigned int i = 0; !err && i < r->threads; i++) {
		run->exit[i] = seen->exit[i];
		if (seen->woken[i] >= 0)
			r->thread[i].woken_ns = seen->woken[i] - seen->kill;
	}
	if (!err) {
		run->kill = seen->kill;
		if (seen->reap >= 0)
			r->reap_ns = seen->reap - seen->kill;
	}
	free(seen);
	return err;
}

static void judge_threads(struct run *run)
{
	struct kernel_thaw_result *r = run->result;
	unsigned int seen = 0;
	int64_t last = -1;

	for (unsigned int i = 0; i < r->threads; i++) {
		struct kernel_thaw_thread *t = &r->thread[i];

		r->stuck += t->stuck;
		if (run->exit[i] < 0)
			continue;
		seen++;
		t->exit_ns = run->exit[i] - run->kill;
		if (r->first_exit_ns < 0 || t->exit_ns < r->first_exit_ns)
			r->first_exit_ns = t->exit_ns;
		if (t->exit_ns > last)
			last = t->exit_ns;
	}
	if (seen == r->threads && !r->stuck)
		r->last_exit_ns = last;
	r->exited = run->end >= 0;
	if (r->exited)
		r->process_end_ns = run->end - run->kill;
}

static void judge_memory(struct run *run)
{
	static const unsigned int permille[NR_KERNEL_THAW_FREE] = {500, 900, 995};
	struct kernel_thaw_result *r = run->result;
	const struct sample *s = run->samples, *end = s + run->nr_samples;
	bool reached[NR_KERNEL_THAW_FREE] = {false};
	uint64_t full = s->usage;

	for (; s < end && s->at < run->kill; s++)
		full = s->usage;
	r->other_bytes = full > r->bytes ? full - r->bytes : 0;
	if (full < r->bytes || r->other_bytes > r->bytes / MOST_OTHER_PART)
		return;
	for (; s < end; s++)
		for (int i = 0; i < NR_KERNEL_THAW_FREE; i++) {
			if (reached[i] || s->usage > full - r->bytes / 1000 * permille[i])
				continue;
			reached[i] = true;
			/* What was free when the kill was seen became so at an unknown time. */
			if (s->at > run->kill)
				r->free_ns[i] = s->at - run->kill;
		}
}

/* Take everything back. Also after a failure at any step. */
static int clean_up(struct run *run, struct error_text *error)
{
	struct error_text why;
	int err, other;

	if (!run->kept)
		return 0;
	kernel_child_end(&run->hog);
	kernel_cgroup_thaw(run->cgroup);
	kernel_child_end(&run->victim);
	err = kernel_trace_close(run->trace, error);
	other = kernel_cgroup_destroy(run->cgroup, &why);
	if (other && !err) {
		err = other;
		*error = why;
	}
	kernel_keeper_end(run->kept);
	return err;
}

static int run_all(struct run *run)
{
	struct error_text why;
	int err = prepare(run), left;
	struct pace before;

	if (!err) {
		hurry(&before);
		err = watch(run);
		hurry_no_more(&before);
	}
	for (unsigned int i = 0; !err && i < run->result->threads; i++) {
		run->result->thread[i].left_state = thread_state(run, i);
		run->result->thread[i].stuck = !is_gone(run->result->thread[i].left_state);
	}
	if (!err && run->result->traced)
		err = take_trace(run);
	if (!err) {
		judge_threads(run);
		judge_memory(run);
	}
	left = clean_up(run, &why);
	free(run->samples);
	if (left && !err) {
		*run->error = why;
		err = left;
	}
	return err;
}

int kernel_thaw_run(const struct kernel_thaw_options *o, struct kernel_thaw_result *r)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction before[3];
	struct run run = {.options = o, .result = r, .error = &r->error, .kill = -1, .end = -1};
	struct utsname name;
	int err;

	*r = (struct kernel_thaw_result){.freezer = o->freezer,
					 .threads = o->threads,
					 .bytes = o->bytes,
					 .first_exit_ns = -1,
					 .last_exit_ns = -1,
					 .process_end_ns = -1,
					 .reap_ns = -1,
					 .free_ns = {-1, -1, -1}};
	err = check_options(o, &r->error);
	if (err)
		return err;
	if (!uname(&name))
		snprintf(r->release, sizeof(r->release), "%s", name.release);
	for (int i = 0; i < KERNEL_CHILD_THREADS; i++) {
		run.exit[i] = -1;
		r->thread[i].woken_ns = r->thread[i].exit_ns = -1;
	}
	run.victim.pidfd = run.victim.go = run.victim.answer = -1;
	run.hog = run.victim;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], NULL, &before[i]);
	stop_catch_for_undo(0);
	err = run_all(&run);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &before[i], NULL);
	if (err == -EINTR)
		error_text_set(&r->error, err, "interrupted");
	return err;
}
