// SPDX-License-Identifier: GPL-2.0-only
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/stop.h"
#include "process_internal.h"

extern char **environ;

/* A process that runs. */
struct running {
	const struct process_order *order;
	struct error_text *error;
	pid_t pid;
	int results;	     /* the end of the pipe that is read */
	sigset_t *unstopped; /* the signal mask while it waits */
	bool told_to_stop;
	bool ended; /* MESSAGE_END has come */
	int err;
	size_t race; /* the one that began last */
};

/* "reapbench process NUMBER,RESULTS,LAYOUT,TRACE,SPEED,SPEED,PATIENCE NAME", and then what `compare` was given. */
static char **make_words(const struct process_order *order, char *numbers)
{
	size_t nr = 0, i;
	char **words;

	while (order->argv[nr])
		nr++;
	words = calloc(nr + 4, sizeof(*words));
	if (!words)
		return NULL;
	words[0] = (char *)"reapbench";
	words[1] = (char *)"process";
	words[2] = numbers;
	words[3] = order->experiment->layout->name;
	for (i = 1; i < nr; i++)
		words[3 + i] = order->argv[i];
	return words;
}

static int inherit(posix_spawn_file_actions_t *actions, int fd)
{
	/* To the same number: this clears the flag that closes it. */
	return fd < 0 ? 0 : posix_spawn_file_actions_adddup2(actions, fd, fd);
}

/* Return: 0 or an errno. */
static int spawn(struct running *r, int results, int layout, int trace)
{
	posix_spawn_file_actions_t actions;
	const struct speed *speed = &r->order->experiment->speed;
	char numbers[160];
	char **words;
	int err;

	snprintf(numbers, sizeof(numbers), "%u,%d,%d,%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64,
		 r->order->process, results, layout, trace, speed->best_ns[0], speed->best_ns[1],
		 speed->patience_ns);
	words = make_words(r->order, numbers);
	if (!words)
		return ENOMEM;
	err = posix_spawn_file_actions_init(&actions);
	if (!err) {
		err = inherit(&actions, results);
		err = err ? err : inherit(&actions, layout);
		err = err ? err : inherit(&actions, trace);
		if (!err)
			err = posix_spawn(&r->pid, "/proc/self/exe", &actions, NULL, words,
					  environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	free(words);
	return err;
}

/* Write the layout into a pipe, and close it. A process that is gone already is no signal here. */
static int write_layout(const struct layout *layout, int fd)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	FILE *file = fdopen(fd, "w");
	int err;

	if (!file) {
		err = -errno;
		close(fd);
		return err;
	}
	sigaction(SIGPIPE, &ignore, &before);
	err = layout_write(layout, file);
	if (fclose(file) && !err)
		err = -errno;
	sigaction(SIGPIPE, &before, NULL);
	return err;
}

/* Start it with what it inherits, and keep the end of the pipe that is read. Return: 0 or errno. */
static int start(struct running *r)
{
	struct trace_file *trace = r->order->trace;
	int layout[2], results[2], err;

	if (pipe2(layout, O_CLOEXEC))
		return errno;
	if (pipe2(results, O_CLOEXEC)) {
		err = errno;
		close(layout[0]);
		close(layout[1]);
		return err;
	}
	err = spawn(r, results[1], layout[0], trace ? trace_file_hand_over(trace) : -1);
	close(layout[0]);
	close(results[1]);
	r->results = results[0];
	if (err) {
		close(layout[1]);
		close(results[0]);
		return err;
	}
	err = -write_layout(r->order->experiment->layout, layout[1]);
	if (err)
		kill(r->pid, SIGKILL);
	return 0;
}

static void take(struct running *r, const struct message *m)
{
	struct sample *sample = experiment_sample(r->order->experiment, m->race);

	switch (m->kind) {
	case MESSAGE_BEGINS:
		r->race = m->race;
		if (r->order->begins)
			r->order->begins(r->order->experiment, m->race, r->order->user);
		break;
	case MESSAGE_SAMPLE:
		if (sample)
			*sample = m->sample;
		break;
	case MESSAGE_TRACED:
		if (r->order->trace)
			trace_file_take_back(r->order->trace, m->races, m->err);
		break;
	case MESSAGE_END:
		r->ended = true;
		r->err = m->err;
		r->order->experiment->speed = m->speed;
		if (m->err && m->err != -EINTR)
			error_text_set(r->error, m->err, "%s", m->text);
		break;
	}
}

static void block_stops(sigset_t *before)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigprocmask(SIG_BLOCK, &stops, before);
}

/* Wait until there is something to read, and pass a signal on. */
static bool wait_for_message(struct running *r)
{
	struct pollfd fd = {.fd = r->results, .events = POLLIN};
	sigset_t before;
	int ready;

	do {
		/* No signal may come between the look and the wait. */
		block_stops(&before);
		if (stop_signal && !r->told_to_stop) {
			kill(r->pid, SIGTERM);
			r->told_to_stop = true;
		}
		ready = ppoll(&fd, 1, NULL, &before);
		sigprocmask(SIG_SETMASK, &before, NULL);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* Return: false at the end. */
static bool next_message(struct running *r, struct message *m)
{
	ssize_t n;

	if (!wait_for_message(r))
		return false;
	do
		n = read(r->results, m, sizeof(*m));
	while (n < 0 && errno == EINTR);
	return n == sizeof(*m);
}

/* What became of a process that did not say so itself. */
static int say_end(struct running *r, int status)
{
	const char *race = experiment_race_name(r->order->experiment, r->race);

	if (r->ended && r->err && r->err != -EINTR)
		return r->err;
	if (stop_signal && (r->ended || WIFSIGNALED(status)))
		return -EINTR;
	if (WIFSIGNALED(status))
		return error_text_set(r->error, -ECHILD,
				      "%s: its process was ended by signal %d (%s)", race,
				      WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) || !r->ended)
		return error_text_set(r->error, -ECHILD, "%s: its process ended with status %d",
				      race, WEXITSTATUS(status));
	if (r->err)
		return error_text_set(r->error, -ECHILD, "%s: its process was told to stop", race);
	return 0;
}

int process_run(const struct process_order *order, struct error_text *error)
{
	struct running r = {.order = order, .error = error};
	struct message m;
	sigset_t before;
	int err, status = 0;

	r.race = experiment_first_race(order->experiment, order->process);
	/* The process starts with these blocked, and lets them in when it can handle them. */
	block_stops(&before);
	err = start(&r);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (err)
		return error_text_set(error, -err, "starting a process to race in: %s",
				      strerror(err));
	while (next_message(&r, &m))
		take(&r, &m);
	close(r.results);
	while (waitpid(r.pid, &status, 0) < 0 && errno == EINTR)
		;
	return say_end(&r, status);
}
