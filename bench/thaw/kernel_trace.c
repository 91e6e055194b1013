// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/small_file.h"

#define MOST_TRIES  50
#define TRY_EACH_NS 20000000
/* Wake-ups of a signal come this long before its event, at most. */
#define BEFORE_SIGNAL_NS 1000000

static int set(const struct kernel_trace *trace, const char *file, const char *text,
	       struct error_text *error)
{
	char path[sizeof(trace->folder) + 64];
	int err;

	snprintf(path, sizeof(path), "%s/%s", trace->folder, file);
	err = small_file_write(path, text);
	if (!err)
		return 0;
	return error_text_set(error, err == -ENOMEM ? err : -EOPNOTSUPP, "%s: %s", path,
			      strerror(-err));
}

/* Switch an event on for the process. */
static int enable(const struct kernel_trace *trace, const char *event, const char *more,
		  struct error_text *error)
{
	char file[64], filter[64];
	int err = 0;

	snprintf(file, sizeof(file), "events/%s/filter", event);
	snprintf(filter, sizeof(filter), "comm ~ \"%s-*\"%s", trace->name, more ? more : "");
	if (more)
		err = set(trace, file, filter, error);
	snprintf(file, sizeof(file), "events/%s/enable", event);
	return err ?: set(trace, file, "1", error);
}

int kernel_trace_open(struct kernel_trace *trace, const char *name, pid_t pid,
		      struct error_text *error)
{
	struct error_text unsaid;
	int err;

	*trace = (struct kernel_trace){.pid = pid};
	snprintf(trace->name, sizeof(trace->name), "%s", name);
	err = kernel_mount_get(&trace->mount, "tracefs", NULL, error);
	if (err)
		return err;
	snprintf(trace->folder, sizeof(trace->folder), "%s/instances/reapbench-%s",
		 trace->mount.path, name);
	if (mkdir(trace->folder, 0700)) {
		err = error_text_set(error, -EOPNOTSUPP, "%s: %s", trace->folder, strerror(errno));
		trace->folder[0] = '\0';
	}
	/* The reaper's event has no name to ask for, but there are few of them. */
	if (!err)
		err = set(trace, "trace_clock", "mono", error) ?:
		      set(trace, "options/overwrite", "0", error) ?:
		      enable(trace, "signal/signal_generate", " && sig == 9", error) ?:
		      enable(trace, "sched/sched_waking", "", error) ?:
		      enable(trace, "sched/sched_process_exit", "", error) ?:
		      enable(trace, "oom/start_task_reaping", NULL, error);
	if (err)
		kernel_trace_close(trace, &unsaid);
	return err;
}

/* One line of the trace: task-pid [cpu] flags seconds.microseconds: event: fields */
struct line {
	int64_t time;
	const char *event, *fields;
};

static bool parse_line(char *text, struct line *line)
{
	unsigned long long seconds, micros;
	char *time, *end;

	/* The task's name may have anything in it, but the time is the first of its form. */
	for (time = strchr(text, '.'); time; time = strchr(time + 1, '.')) {
		char *from = time;
		int length = 0;

		while (from > text && from[-1] >= '0' && from[-1] <= '9')
			from--;
		if (sscanf(from, "%llu.%6llu:%n", &seconds, &micros, &length) != 2 || !length ||
		    from[length] != ' ')
			continue;
		line->event = from + length + 1;
		end = strstr(line->event, ": ");
		if (!end)
			return false;
		*end = '\0';
		line->fields = end + 2;
		line->time = (int64_t)(seconds * 1000000 + micros) * 1000;
		return true;
	}
	return false;
}

/* The number of the thread that a line is about; -1 if it is none of the process. */
static int thread_of(const struct kernel_trace *trace, const char *fields)
{
	const char *comm = strstr(fields, "comm=");
	const size_t length = strlen(trace->name);
	unsigned int number;

	if (!comm || strncmp(comm + 5, trace->name, length) || comm[5 + length] != '-' ||
	    sscanf(comm + 5 + length + 1, "%u", &number) != 1 || number >= KERNEL_CHILD_THREADS)
		return -1;
	return (int)number;
}

static void note_first(int64_t *first, int64_t time)
{
	if (*first < 0 || time < *first)
		*first = time;
}

/*
 * A killed thread that sleeps is woken just before the event of its signal; one in the freezer of
 * v1 is thawed after it. A wake-up long before the signal is none of the kill's.
 */
static void note_wake_up(int64_t *woken, int64_t time, int64_t kill)
{
	if (kill < 0 || *woken < kill - BEFORE_SIGNAL_NS)
		*woken = time;
}

static void note(const struct kernel_trace *trace, const struct line *line,
		 struct kernel_trace_seen *seen)
{
	const char *pid = strstr(line->fields, "pid=");
	const int thread = thread_of(trace, line->fields);
	const bool ours = thread >= 0 || (pid && atoi(pid + 4) == trace->pid);

	if (!strcmp(line->event, "signal_generate") && ours)
		note_first(&seen->kill, line->time);
	else if (!strcmp(line->event, "start_task_reaping") && ours)
		note_first(&seen->reap, line->time);
	else if (!strcmp(line->event, "sched_process_exit") && thread >= 0)
		note_first(&seen->exit[thread], line->time);
	else if (!strcmp(line->event, "sched_waking") && thread >= 0)
		note_wake_up(&seen->woken[thread], line->time, seen->kill);
}

/* The kill is the first of what belongs to it. */
static void settle_kill(struct kernel_trace_seen *seen)
{
	const int64_t signal = seen->kill;

	for (int i = 0; signal >= 0 && i < KERNEL_CHILD_THREADS; i++) {
		if (seen->woken[i] < signal - BEFORE_SIGNAL_NS)
			seen->woken[i] = -1;
		else if (seen->woken[i] < seen->kill)
			seen->kill = seen->woken[i];
	}
}

int kernel_trace_read(struct kernel_trace *trace, struct kernel_trace_seen *seen,
		      struct error_text *error)
{
	char path[sizeof(trace->folder) + 64], *text = NULL;
	struct line line;
	size_t room = 0;
	FILE *file;
	int err;

	memset(seen, 0xff, sizeof(*seen)); /* -1 everywhere */
	err = set(trace, "tracing_on", "0", error);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/trace", trace->folder);
	file = fopen(path, "re");
	if (!file)
		return error_text_set(error, -errno, "%s: %s", path, strerror(errno));
	/* Lines come in the order of their time. */
	while (getline(&text, &room, file) > 0)
		if (text[0] != '#' && parse_line(text, &line))
			note(trace, &line, seen);
	if (ferror(file))
		err = error_text_set(error, -EIO, "%s cannot be read", path);
	free(text);
	fclose(file);
	settle_kill(seen);
	return err;
}

int kernel_trace_close(struct kernel_trace *trace, struct error_text *error)
{
	const struct timespec pause = {.tv_nsec = TRY_EACH_NS};
	struct error_text why;
	int err = 0, unmount;

	for (int i = 0; trace->folder[0] && i < MOST_TRIES; i++) {
		err = rmdir(trace->folder) ? -errno : 0;
		if (err != -EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	if (err == -ENOENT)
		err = 0;
	if (err)
		error_text_set(error, err, "%s stays: %s; by hand: rmdir %s", trace->folder,
			       strerror(-err), trace->folder);
	unmount = kernel_mount_put(&trace->mount, &why);
	if (unmount && !err) {
		*error = why;
		err = unmount;
	}
	*trace = (struct kernel_trace){.pid = 0};
	return err;
}
