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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/stop.h"
#include "output.h"

#define MOST_SECONDS  60 /* of CPU time; REAPBENCH_PLOT_SECONDS says another number */
#define MOST_FILE     (64ULL << 20)
#define MOST_MEMORY   (2ULL << 30) /* address space: the libraries alone take 200 MiB of it */
#define EXIT_MISSING  127	   /* as of a shell: there is no such program */
#define EXIT_UNUSABLE 126	   /* the same: it cannot be run */
#define PATIENCE      4		   /* times the CPU time on the clock on the wall */

/* A run of gnuplot. */
struct run {
	const char *what; /* its script or option */
	pid_t pid;
	int status; /* as waitpid() gives it */
	bool late;  /* it was killed, because it took too long */
	struct rlimit cpu, file, memory;
	char said[2048]; /* on standard error; the beginning */
};

static rlim_t most_seconds(void)
{
	const char *word = getenv("REAPBENCH_PLOT_SECONDS");
	char *end;
	long seconds = word ? strtol(word, &end, 10) : 0;

	return seconds > 0 && seconds < INT_MAX && !*end ? (rlim_t)seconds : MOST_SECONDS;
}

/* Not more than @most, nor than what holds for us. */
static struct rlimit limit_of(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	getrlimit(resource, &limit);
	limit.rlim_cur = limit.rlim_cur < most ? limit.rlim_cur : most;
	return limit;
}

/*
 * In the child: become gnuplot. Standard error goes into @pipe_to, and there is nothing else to
 * read or to write to but files in @folder. Other threads of ours may hold locks of libc, so this
 * makes system calls only.
 */
static void become_gnuplot(const struct run *run, const char *folder, char **argv, int pipe_to)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* A process group of its own, so that what it may start ends with it. */
	setpgid(0, 0);
	/* The signals of limits must end it, also where whoever called us ignores them. */
	signal(SIGXCPU, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	    dup2(pipe_to, STDERR_FILENO) >= 0 && !setrlimit(RLIMIT_CPU, &run->cpu) &&
	    !setrlimit(RLIMIT_FSIZE, &run->file) && !setrlimit(RLIMIT_AS, &run->memory) &&
	    (!folder || !chdir(folder)))
		execvp(argv[0], argv);
	_exit(errno == ENOENT ? EXIT_MISSING : EXIT_UNUSABLE);
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
static void drain(struct run *run, int fd)
{
	const long long end = now_ms() + 1000LL * PATIENCE * (long long)run->cpu.rlim_cur;
	struct pollfd from = {.fd = fd, .events = POLLIN};
	char chunk[512];
	size_t used = 0;
	ssize_t n;

	for (;;) {
		/* A signal may come just before poll(): look again now and then. */
		n = poll(&from, 1, 200);
		if (stop_signal)
			kill(-run->pid, SIGTERM);
		if (now_ms() > end) {
			run->late = true;
			kill(-run->pid, SIGKILL);
		}
		if (n <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if ((size_t)n > sizeof(run->said) - 1 - used)
			n = (ssize_t)(sizeof(run->said) - 1 - used);
		memcpy(run->said + used, chunk, (size_t)n);
		used += (size_t)n;
	}
	run->said[used] = '\0';
}

/* The reason in gnuplot's message: it shows the command first, and then the line and the reason. */
static const char *reason(char *text)
{
	char *place = strstr(text, "\n\"");

	text = place ? place + 1 : text + strspn(text, " \t\n");
	text[strcspn(text, "\n")] = '\0';
	return *text ? text : "failed and did not say why";
}

/* Note why a run failed, if it did. */
static int check_end(struct run *run, struct error_text *error)
{
	const int signal = WIFSIGNALED(run->status) ? WTERMSIG(run->status) : 0;
	const int status = signal ? 0 : WEXITSTATUS(run->status);
	const unsigned long long seconds = run->cpu.rlim_cur;
	char why[128] = "";

	if (run->late)
		snprintf(why, sizeof(why), "takes longer than %llu s", seconds * PATIENCE);
	else if (signal == SIGXCPU)
		snprintf(why, sizeof(why), "takes more than %llu s of CPU time", seconds);
	else if (signal == SIGXFSZ)
		snprintf(why, sizeof(why), "writes a file of more than %llu bytes",
			 (unsigned long long)run->file.rlim_cur);
	else if (signal)
		snprintf(why, sizeof(why), "ended by signal %d", signal);
	else if (strcasestr(run->said, "memory"))
		snprintf(why, sizeof(why), " (it gets %llu MiB)",
			 (unsigned long long)run->memory.rlim_cur >> 20);
	if (run->late || signal)
		return error_text_set(error, -EIO, "gnuplot: %s: %s", run->what, why);
	if (status == EXIT_MISSING)
		return error_text_set(error, -ENOENT,
				      "gnuplot, which draws the charts, is not installed: apt-get "
				      "install gnuplot-nox");
	if (status == EXIT_UNUSABLE)
		return error_text_set(error, -EIO, "gnuplot: cannot be run");
	return status ? error_text_set(error, -EIO, "gnuplot: %s%s", reason(run->said), why) : 0;
}

/* Run it to its end, and note the error if it fails. */
static int run_to_end(struct run *run, const char *folder, char **argv, struct error_text *error)
{
	int fds[2], err = 0;

	run->cpu = limit_of(RLIMIT_CPU, most_seconds());
	run->file = limit_of(RLIMIT_FSIZE, MOST_FILE);
	run->memory = limit_of(RLIMIT_AS, MOST_MEMORY);
	if (pipe2(fds, O_CLOEXEC))
		return error_text_set(error, -errno, "starting gnuplot: %s", strerror(errno));
	run->pid = fork();
	if (!run->pid)
		become_gnuplot(run, folder, argv, fds[1]);
	if (run->pid < 0)
		err = error_text_set(error, -errno, "starting gnuplot: %s", strerror(errno));
	close(fds[1]);
	if (!err)
		drain(run, fds[0]);
	close(fds[0]);
	while (!err && waitpid(run->pid, &run->status, 0) < 0)
		if (errno != EINTR)
			err = error_text_set(error, -errno, "gnuplot: %s", strerror(errno));
	if (stop_signal)
		return -EINTR;
	return err ? err : check_end(run, error);
}

/* It can end well without having drawn anything. */
static int check_drawn(struct report *report, const char *stem, const char *suffix, char *said)
{
	bool there;
	char *path;

	if (asprintf(&path, "%s/%s.%s", report->folder, stem, suffix) < 0)
		return report_out_of_memory(report);
	there = !access(path, F_OK);
	free(path);
	return there ? 0
		     : error_text_set(report->error, -EIO, "gnuplot: %s.gp: there is no %s.%s: %s",
				      stem, stem, suffix, reason(said));
}

int plot_run(struct report *report, const char *stem)
{
	char script[256];
	/* -d: ignore the user's ~/.gnuplot. */
	char *argv[] = {(char *)"gnuplot",    (char *)"-d", (char *)"-e",
			(char *)"panels = 1", script,	    NULL};
	struct run run = {.what = script};
	int err;

	if (stop_signal)
		return -EINTR;
	snprintf(script, sizeof(script), "%s.gp", stem);
	err = run_to_end(&run, report->folder, argv, report->error);
	if (!err)
		err = check_drawn(report, stem, "svg", run.said);
	return err ? err : check_drawn(report, stem, "png", run.said);
}

int plot_check(struct error_text *error)
{
	char *argv[] = {(char *)"gnuplot", (char *)"--version", NULL};
	struct run run = {.what = argv[1]};

	return run_to_end(&run, NULL, argv, error);
}
