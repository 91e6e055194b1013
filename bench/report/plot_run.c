// SPDX-License-Identifier: GPL-2.0-only
/* gnuplot as a child. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot.h"

extern char **environ;

/* Start gnuplot with @argument in @folder; what it says on standard error goes to @pipe_to. */
static int start(const char *folder, const char *option, const char *argument, int pipe_to,
		 pid_t *pid)
{
	char *argv[] = {(char *)"gnuplot",    (char *)option,	(char *)"-e",
			(char *)"panels = 1", (char *)argument, NULL};
	posix_spawn_file_actions_t actions;
	int err;

	err = posix_spawn_file_actions_init(&actions);
	if (err)
		return err;
	err = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
						       O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, pipe_to, STDERR_FILENO);
	if (!err && folder)
		err = posix_spawn_file_actions_addchdir_np(&actions, folder);
	if (!err)
		err = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

/* Take what comes out of a pipe up to its end; keep the beginning. */
static void drain(int fd, pid_t pid, const volatile sig_atomic_t *stop, char *text, size_t size)
{
	char chunk[512];
	size_t used = 0;
	bool killed = false;
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR) {
			if (stop && *stop && !killed)
				killed = !kill(pid, SIGTERM);
			continue;
		}
		if (n <= 0)
			break;
		if ((size_t)n > size - 1 - used)
			n = (ssize_t)(size - 1 - used);
		memcpy(text + used, chunk, (size_t)n);
		used += (size_t)n;
	}
	text[used] = '\0';
}

/* What went wrong: gnuplot shows the command first, and then the place and the reason. */
static const char *reason(char *text)
{
	char *place = strstr(text, "\n\"");

	text = place ? place + 1 : text + strspn(text, " \t\n");
	text[strcspn(text, "\n")] = '\0';
	return *text ? text : "failed and did not say why";
}

/* Run it to its end. Fills in @said with its standard error and @status as waitpid() does. */
static int run(const char *folder, const char *option, const char *argument,
	       const volatile sig_atomic_t *stop, char *said, size_t size, int *status)
{
	int fds[2], err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = start(folder, option, argument, fds[1], &pid);
	close(fds[1]);
	if (!err)
		drain(fds[0], pid, stop, said, size);
	close(fds[0]);
	if (err)
		return -err;
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int cannot_start(struct report_error *error, int err)
{
	if (err == -ENOENT)
		return report_error_set(
			error, err,
			"gnuplot, which draws the charts, is not installed: apt-get "
			"install gnuplot-nox");
	return report_error_set(error, err, "starting gnuplot: %s", strerror(-err));
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
			return report_error_set(report->error, -EIO,
						"gnuplot: %s.gp: there is no %s.%s: %s", stem, stem,
						suffixes[i], reason(said));
	}
	return 0;
}

int plot_run(struct report *report, const char *stem)
{
	char script[256], said[2048];
	int err, status;

	if (report->stop && *report->stop)
		return -EINTR;
	snprintf(script, sizeof(script), "%s.gp", stem);
	/* -d: what the user has in ~/.gnuplot is for other plots. */
	err = run(report->folder, "-d", script, report->stop, said, sizeof(said), &status);
	if (report->stop && *report->stop)
		return -EINTR;
	if (err)
		return cannot_start(report->error, err);
	if (WIFSIGNALED(status))
		return report_error_set(report->error, -EIO, "gnuplot: %s: ended by signal %d",
					script, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return report_error_set(report->error, -EIO, "gnuplot: %s", reason(said));
	return check_drawn(report, stem, said);
}

int plot_check(struct report_error *error)
{
	char said[256];
	int status, err = run(NULL, "--version", NULL, NULL, said, sizeof(said), &status);

	if (err)
		return cannot_start(error, err);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return report_error_set(error, -EIO, "gnuplot --version fails: %s", reason(said));
	return 0;
}
