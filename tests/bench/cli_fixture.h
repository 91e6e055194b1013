/* SPDX-License-Identifier: GPL-2.0-only */
/* Run the program under test in a folder of its own, and keep its output. */
#ifndef UMAPLE_CLI_FIXTURE_H
#define UMAPLE_CLI_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The environment variable that names the program. */
#ifndef CLI_PROGRAM
#define CLI_PROGRAM "REAPBENCH"
#endif

struct outcome {
	int status; /* exit status, or 1000 + the signal that ended it */
	char out[65536], err[65536];
};

static struct outcome outcome;
static char cli_folder[64];

/* A victim of three VMAs and 3 MiB, as /proc/PID/smaps shows it. */
static const char cli_smaps[] = "10000000-10200000 rw-p 00000000 00:00 0 [heap]\n"
				"Size: 2048 kB\nRss: 1536 kB\nPrivate_Dirty: 1536 kB\n"
				"Anonymous: 1536 kB\nAnonHugePages: 0 kB\nSwap: 256 kB\n"
				"VmFlags: rd wr mr mw me ac\n"
				"20000000-20100000 r-xp 00000000 08:01 42 /usr/lib/libx.so\n"
				"Size: 1024 kB\nRss: 512 kB\nPrivate_Clean: 512 kB\n"
				"Anonymous: 0 kB\nAnonHugePages: 0 kB\nSwap: 0 kB\n"
				"VmFlags: rd ex mr mw me\n"
				"30000000-30400000 rw-p 00000000 00:00 0\n"
				"Size: 4096 kB\nRss: 1024 kB\nPrivate_Dirty: 1024 kB\n"
				"Anonymous: 1024 kB\nAnonHugePages: 0 kB\nSwap: 0 kB\n"
				"VmFlags: rd wr mr mw me ac\n";

static inline void cli_write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_not_equal(fputs(text, file), EOF);
	assert_int_equal(fclose(file), 0);
}

/* A fresh folder to work in, with the file "small.smaps" in it. */
static inline int cli_setup(void **state)
{
	snprintf(cli_folder, sizeof(cli_folder), "/tmp/reapbench-test-XXXXXX");
	if (!getenv(CLI_PROGRAM) || !mkdtemp(cli_folder) || chdir(cli_folder))
		return -1;
	cli_write_file("small.smaps", cli_smaps);
	return 0;
}

static inline int cli_teardown(void **state)
{
	DIR *folder = opendir(".");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			remove(entry->d_name);
	if (folder)
		closedir(folder);
	return chdir("/") || rmdir(cli_folder);
}

/* How many files are in the folder: a run that leaves files behind changes it. */
static inline int cli_files(void)
{
	DIR *folder = opendir(".");
	struct dirent *entry;
	int n = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(folder);
	return n;
}

static inline void cli_drain(struct pollfd *from, char *to, size_t *used)
{
	ssize_t n = read(from->fd, to + *used, sizeof(outcome.out) - 1 - *used);

	if (n > 0)
		*used += (size_t)n;
	else
		from->fd = -1;
	to[*used] = '\0';
}

/*
 * Run `sh -c "exec PROGRAM WORDS"`, environment and redirections as a shell has them; fill
 * in `outcome` and return the exit status.
 */
static inline int cli_run(const char *before, const char *words)
{
	size_t used_out = 0, used_err = 0;
	struct pollfd fds[2];
	char command[4096];
	int out[2], err[2], status;
	pid_t pid;

	snprintf(command, sizeof(command), "%s exec \"$" CLI_PROGRAM "\" %s", before, words);
	outcome.out[0] = outcome.err[0] = '\0';
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(126);
	}
	close(out[1]);
	close(err[1]);
	fds[0] = (struct pollfd){.fd = out[0], .events = POLLIN};
	fds[1] = (struct pollfd){.fd = err[0], .events = POLLIN};
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			cli_drain(&fds[0], outcome.out, &used_out);
		if (fds[1].revents)
			cli_drain(&fds[1], outcome.err, &used_err);
	}
	close(out[0]);
	close(err[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
	return outcome.status;
}

static inline void assert_in_text(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' is not in:\n%s", words, text);
}

/* A failure prints exactly one line, with this in it. */
static inline void assert_one_line(const char *text, const char *words)
{
	const char *end = strchr(text, '\n');

	assert_in_text(text, words);
	if (!end || end[1])
		fail_msg("not one line: %s", text);
}

#endif
