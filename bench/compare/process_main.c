// SPDX-License-Identifier: GPL-2.0-only
/* The other end of process.c: one process of a comparison. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/stop.h"
#include "options.h"
#include "process.h"
#include "process_internal.h"

/* The words in front of those of `reapbench compare`. */
#define OWN_WORDS 3

struct worker {
	unsigned int process;
	int results, layout_fd, trace_fd;
	struct compare_options options;
	struct layout *layout;
	struct experiment *experiment;
	struct trace_file *trace;
	struct race_arena *arena;
	struct speed speed;	/* as it was given; without the CPUs */
	struct message message; /* that is sent next */
};

/* Return: 0 or -errno. */
static int send_message(struct worker *w, enum message_kind kind)
{
	w->message.kind = kind;
	return write(w->results, &w->message, sizeof(w->message)) == sizeof(w->message) ? 0 : -EIO;
}

static int fail(struct worker *w, int err, const char *why)
{
	snprintf(w->message.text, sizeof(w->message.text), "%s", why);
	return err;
}

static void race_begins(const struct experiment *experiment, size_t race, void *user)
{
	struct worker *w = user;

	(void)experiment;
	w->message.race = race;
	/* Without a reader there is nobody to run for; race_done() ends it. */
	(void)!send_message(w, MESSAGE_BEGINS);
}

static int race_done(const struct experiment *experiment, size_t race, void *user)
{
	struct worker *w = user;

	w->message.race = race;
	w->message.sample = *experiment_sample(experiment, race);
	return send_message(w, MESSAGE_SAMPLE);
}

static int open_layout(struct worker *w, const char *name)
{
	struct layout_error error;
	char path[64];
	char *copy;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", w->layout_fd);
	w->layout = layout_open(path, 1, &error);
	if (!w->layout)
		return fail(w, -EINVAL, error.text);
	copy = strdup(name);
	if (!copy)
		return fail(w, -ENOMEM, "out of memory");
	free(w->layout->name);
	w->layout->name = copy;
	return 0;
}

static int prepare(struct worker *w, const char *name)
{
	char text[256] = "";
	int err = open_layout(w, name);

	if (err)
		return err;
	w->experiment = experiment_create(&w->options, w->layout, &stop_signal);
	if (!w->experiment)
		return fail(w, -ENOMEM, "out of memory");
	w->speed.cpu[0] = w->experiment->speed.cpu[0];
	w->speed.cpu[1] = w->experiment->speed.cpu[1];
	w->experiment->speed = w->speed;
	if (w->trace_fd >= 0) {
		w->trace = trace_file_continue(w->trace_fd);
		if (!w->trace)
			return fail(w, -errno, "going on with the trace");
		w->experiment->trace = w->trace;
	}
	w->arena = race_arena_create(w->layout, w->options.trace, text, sizeof(text));
	return w->arena ? 0 : fail(w, -ENOMEM, text);
}

static int run(struct worker *w, const char *name)
{
	const struct experiment_events events = {race_begins, race_done, w};
	int err = prepare(w, name);

	if (!err) {
		err = experiment_run(w->experiment, w->process, w->arena, &events);
		if (err && err != -EINTR)
			fail(w, err, w->experiment->message);
	}
	return err;
}

static void finish_trace(struct worker *w)
{
	const int err = w->message.err;

	if (!w->trace)
		return;
	w->message.err = trace_file_finish(w->trace);
	w->message.races = trace_file_races(w->trace);
	(void)!send_message(w, MESSAGE_TRACED);
	w->message.err = err;
}

static bool read_numbers(struct worker *w, const char *word)
{
	struct speed *s = &w->speed;
	char rest;

	return sscanf(word, "%u,%d,%d,%d,%" SCNu64 ",%" SCNu64 ",%" SCNu64 "%c", &w->process,
		      &w->results, &w->layout_fd, &w->trace_fd, &s->best_ns[0], &s->best_ns[1],
		      &s->patience_ns, &rest) == 7;
}

int process_main(int argc, char **argv)
{
	struct worker w = {0};
	sigset_t stops;
	char *own = argv[0], *name;

	if (argc < OWN_WORDS || !read_numbers(&w, argv[1])) {
		fprintf(stderr, "%s: only 'reapbench compare' starts it\n", own);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Not "exe", after the path it was started by. */
	prctl(PR_SET_NAME, "reapbench");
	stop_catch_always();
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &stops, NULL);

	name = argv[2];
	argv[OWN_WORDS - 1] = own;
	if (compare_options_parse(&w.options, argc - OWN_WORDS + 1, argv + OWN_WORDS - 1))
		return 2;
	w.message.err = run(&w, name);
	finish_trace(&w);
	w.message.speed = w.experiment ? w.experiment->speed : w.speed;
	(void)!send_message(&w, MESSAGE_END);
	race_arena_destroy(w.arena);
	experiment_destroy(w.experiment);
	trace_file_destroy(w.trace);
	layout_free(w.layout);
	compare_options_free(&w.options);
	return 0;
}
