// SPDX-License-Identifier: GPL-2.0-only
/*
 * gnuplot as a child process. It draws data from files of other people, so its CPU time, output and
 * memory are limited. A normal picture takes a second, a few megabytes of output and 100 MiB of
 * memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plot.h"

extern char **environ;

#define MOST_SECONDS 60 /* of CPU time; REAPBENCH_PLOT_SECONDS says another number */
#define MOST_FILE    (64ULL << 20)
#define MOST_MEMORY  (2ULL << 30) /* address space: the libraries alone take 200 MiB of it */
#define PATIENCE     4		  /* times the CPU time on the clock on the wall */

/* How a run ended. */
struct ending {
	int status; /* as waitpid() gives it */
	bool late;  /* it was killed, because it took too long */
	rlim_t seconds, file, memory;
	char script[256]; /* for the shell that starts it */
	char said[2048];  /* on standard error; the beginning */
};

static rlim_t most_seconds(void)
{
	const char *word = getenv("REAPBENCH_PLOT_SECONDS");
	char *end;
	long seconds = word ? strtol(word, &end, 10) : 0;

	return seconds > 0 && seconds < INT_MAX && !*end ? (rlim_t)seconds : MOST_SECONDS;
}

/* Have a shell lower a limit, in its units, unless it is lower already; fills in what it is then. */
static void add_limit(FILE *script, __rlimit_resource_t resource, rlim_t most, char option,
		      rlim_t unit, rlim_t *now)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	getrlimit(resource, &limit);
	*now = limit.rlim_cur < most ? limit.rlim_cur : most;
	if (limit.rlim_cur > most)
		fprintf(script, "ulimit -S -%c %llu && ", option,
			(unsigned long long)(most / unit));
}

/* Limits must be set before gnuplot starts. posix_spawn() cannot set them, but a shell can. */
static int limit_script(struct ending *ending)
{
	FILE *script = fmemopen(ending->script, sizeof(ending->script), "w");

	if (!script)
		return ENOMEM;
	add_limit(script, RLIMIT_CPU, most_seconds(), 't', 1, &ending->seconds);
	add_limit(script, RLIMIT_FSIZE, MOST_FILE, 'f', 512, &ending->file);
	add_limit(script, RLIMIT_AS, MOST_MEMORY, 'v', 1024, &ending->memory);
	fprintf(script, "exec gnuplot \"$@\"");
	fclose(script);
	return 0;
}

/* Standard error into @pipe_to, nothing else to read or to write to but files in @folder. */
static int set_up(posix_spawn_file_actions_t *actions, const char *folder, int pipe_to)
{
	int err = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (!err)
		err = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null",
						       O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(actions, pipe_to, STDERR_FILENO);
	if (!err && folder)
		err = posix_spawn_file_actions_addchdir_np(actions, folder);
	return err;
}

/* In a process group of its own, so that what it may start ends with it. */
static int start(const char *folder, const char *option, const char *argument, int pipe_to,
		 struct ending *ending, pid_t *pid)
{
	char *argv[] = {(char *)"sh",	      (char *)"-c",	ending->script,
			(char *)"gnuplot",    (char *)option,	(char *)"-e",
			(char *)"panels = 1", (char *)argument, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t limits;
	int err;

	err = posix_spawnattr_init(&attributes);
	if (err)
		return err;
	err = posix_spawn_file_actions_init(&actions);
	if (err)
		goto out;
	/* The two signals of limits must end it, also where whoever called us ignores them. */
	sigemptyset(&limits);
	sigaddset(&limits, SIGXCPU);
	sigaddset(&limits, SIGXFSZ);
	err = posix_spawnattr_setsigdefault(&attributes, &limits);
	if (!err)
		err = posix_spawnattr_setflags(&attributes,
					       POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	if (!err)
		err = set_up(&actions, folder, pipe_to);
	if (!err)
		err = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
out:
	posix_spawnattr_destroy(&attributes);
	return err;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/*
 * Read the pipe up to its end. If that takes too long, or the report is stopped, kill the process
 * group, and then the pipe ends.
 */
static void drain(int fd, pid_t pid, const volatile sig_atomic_t *stop, struct ending *ending)
{
	const long long end = now_ms() + 1000LL * PATIENCE * (long long)ending->seconds;
	struct pollfd from = {.fd = fd, .events = POLLIN};
	char chunk[512];
	size_t used = 0;
	ssize_t n;

	for (;;) {
		/* A signal may come just before poll(): look again now and then. */
		n = poll(&from, 1, 200);
		if (stop && *stop)
			kill(-pid, SIGTERM);
		if (now_ms() > end) {
			ending->late = true;
			kill(-pid, SIGKILL);
		}
		if (n <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if ((size_t)n > sizeof(ending->said) - 1 - used)
			n = (ssize_t)(sizeof(ending->said) - 1 - used);
		memcpy(ending->said + used, chunk, (size_t)n);
		used += (size_t)n;
	}
	ending->said[used] = '\0';
}

/* The reason in gnuplot's message: it shows the command first, and then the line and the reason. */
static const char *reason(char *text)
{
	char *place = strstr(text, "\n\"");

	text = place ? place + 1 : text + strspn(text, " \t\n");
	text[strcspn(text, "\n")] = '\0';
	return *text ? text : "failed and did not say why";
}

/* Run it to its end. */
static int run(const char *folder, const char *option, const char *argument,
	       const volatile sig_atomic_t *stop, struct ending *ending)
{
	int fds[2], err;
	pid_t pid;

	*ending = (struct ending){0};
	err = limit_script(ending);
	if (err)
		return -err;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = start(folder, option, argument, fds[1], ending, &pid);
	close(fds[1]);
	if (!err)
		drain(fds[0], pid, stop, ending);
	close(fds[0]);
	if (err)
		return -err;
	while (waitpid(pid, &ending->status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	/* A shell's exit status if there is no such program. */
	return WIFEXITED(ending->status) && WEXITSTATUS(ending->status) == 127 ? -ENOENT : 0;
}

/* Why a run failed; "" if it did not. @text is text[size]. */
static const char *failure(struct ending *e, const char *what, char *text, size_t size)
{
	const int signal = WIFSIGNALED(e->status) ? WTERMSIG(e->status) : 0;

	if (e->late)
		snprintf(text, size, "%s: takes longer than %llu s", what,
			 (unsigned long long)e->seconds * PATIENCE);
	else if (signal == SIGXCPU)
		snprintf(text, size, "%s: takes more than %llu s of CPU time", what,
			 (unsigned long long)e->seconds);
	else if (signal == SIGXFSZ)
		snprintf(text, size, "%s: writes a file of more than %llu bytes", what,
			 (unsigned long long)e->file);
	else if (signal)
		snprintf(text, size, "%s: ended by signal %d", what, signal);
	else if (!WEXITSTATUS(e->status))
		return "";
	else if (strcasestr(e->said, "memory"))
		snprintf(text, size, "%s (it gets %llu MiB)", reason(e->said),
			 (unsigned long long)e->memory >> 20);
	else
		snprintf(text, size, "%s", reason(e->said));
	return text;
}

/* Run it and note the error if it fails. */
static int run_checked(const char *folder, const char *option, const char *argument,
		       const volatile sig_atomic_t *stop, struct error_text *error,
		       struct ending *ending)
{
	char text[512];
	int err = run(folder, option, argument, stop, ending);

	if (stop && *stop)
		return -EINTR;
	if (err == -ENOENT)
		return error_text_set(error, err,
				      "gnuplot, which draws the charts, is not installed: apt-get "
				      "install gnuplot-nox");
	if (err)
		return error_text_set(error, err, "starting gnuplot: %s", strerror(-err));
	if (*failure(ending, argument ? argument : option, text, sizeof(text)))
		return error_text_set(error, -EIO, "gnuplot: %s", text);
	return 0;
}

/* It can end well without having drawn anything. */
static int check_drawn(struct report *report, const char *stem, char *said)
{
	static const char *const suffixes[] = {"svg", "png"};
	bool there;
	char *path;
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (asprintf(&path, "%s/%s.%s", report->folder, stem, suffixes[i]) < 0)
			return report_out_of_memory(report);
		there = !access(path, F_OK);
		free(path);
		if (!there)
			return error_text_set(report->error, -EIO,
					      "gnuplot: %s.gp: there is no %s.%s: %s", stem, stem,
					      suffixes[i], reason(said));
	}
	return 0;
}

int plot_run(struct report *report, const char *stem)
{
	struct ending ending;
	char script[256];
	int err;

	if (report->stop && *report->stop)
		return -EINTR;
	snprintf(script, sizeof(script), "%s.gp", stem);
	/* -d: ignore the user's ~/.gnuplot. */
	err = run_checked(report->folder, "-d", script, report->stop, report->error, &ending);
	return err ? err : check_drawn(report, stem, ending.said);
}

int plot_check(struct error_text *error)
{
	struct ending ending;

	return run_checked(NULL, "--version", NULL, NULL, error, &ending);
}
