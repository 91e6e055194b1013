// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of a living process.
 *
 * smaps gives the VMAs with their flags, pagemap the pages. A command we start ourselves is
 * stopped for that, or caught at its exit while its address space still stands; it is our
 * child, so that no privilege is needed.
 */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "pagemap.h"
#include "vma/vm_flags.h"

#define NSEC_PER_SEC 1000000000L

struct options {
	pid_t pid;
	const char *output;
	double after;
	bool after_given;
	enum pagemap_method method;
	char **command;
};

struct collecting {
	struct layout_builder b;
	struct pagemap pm;
};

static int collect_vma(void *arg, const struct smaps_vma *s)
{
	struct collecting *c = arg;

	builder_vma(&c->b, &s->vma, s->name, s->name_len);
	if (!c->b.error) {
		int ret = pagemap_runs(&c->pm, &c->b, s);

		if (ret)
			return ret;
	}
	return c->b.error;
}

static struct layout *capture(pid_t pid, enum pagemap_method method, struct layout_error *err)
{
	struct layout_text text = {.err = err};
	struct layout *layout = NULL;
	struct smaps_notes notes = {0};
	struct collecting c;
	char path[64], rule[160];
	size_t len;
	char *smaps;
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	smaps = layout_slurp(path, &len, err);
	if (!smaps)
		return NULL;
	if (pagemap_open(&c.pm, pid, method, err))
		goto out;
	text.file = path;
	text.next = smaps;
	text.end = smaps + len;
	builder_init(&c.b, "captured");
	ret = c.b.error ? c.b.error : smaps_parse(&text, collect_vma, &c, &notes);
	if (ret && !c.b.error) {
		builder_abort(&c.b);
	} else {
		ret = snprintf(
			rule, sizeof(rule), "captured %s, every run as the page table had it",
			c.pm.method == PAGEMAP_IOCTL ? "with PAGEMAP_SCAN" : "by reading pagemap");
		if (c.pm.nr_fuzzy)
			snprintf(rule + ret, sizeof(rule) - ret,
				 ", but for zero or huge pages in %zu VMAs", c.pm.nr_fuzzy);
		builder_notes(&c.b, &notes);
		layout = builder_finish(&c.b, rule, err);
	}
	pagemap_close(&c.pm);
out:
	layout_alloc(smaps, 0);
	return layout;
}

static int write_stream(const struct layout *layout, int fd, const char *name,
			struct layout_error *err)
{
	FILE *file = fdopen(fd, "w");
	int ret = file ? layout_write(layout, file) : -errno;

	if (!file)
		close(fd);
	else if (fclose(file) && !ret)
		ret = -errno;
	return ret ? layout_fail(err, ret, "%s: %s", name, strerror(-ret)) : 0;
}

/* A temporary name first, so that a failure leaves what was there. Devices are written to. */
static int write_file(const struct layout *layout, const char *output, struct layout_error *err)
{
	size_t len = strlen(output);
	struct stat st;
	char *tmp;
	mode_t mask;
	int fd, ret;

	if (!stat(output, &st) && !S_ISREG(st.st_mode)) {
		fd = open(output, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return layout_fail(err, -errno, "%s: %s", output, strerror(errno));
		return write_stream(layout, fd, output, err);
	}
	tmp = layout_alloc(NULL, len + 8);
	if (!tmp)
		return layout_fail(err, -ENOMEM, "out of memory for the file name");
	memcpy(tmp, output, len);
	memcpy(tmp + len, ".XXXXXX", 8);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0) {
		ret = layout_fail(err, -errno, "%s: %s", output, strerror(errno));
		goto out;
	}
	mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	ret = write_stream(layout, fd, output, err);
	if (!ret && rename(tmp, output))
		ret = layout_fail(err, -errno, "%s: %s", output, strerror(errno));
	if (ret)
		unlink(tmp);
out:
	layout_alloc(tmp, 0);
	return ret;
}

/* The child: wait until it is watched, then become the command; write an error to @fd. */
static void become(char **command, int go, int fd, const sigset_t *mask)
{
	char c;
	int error;

	sigprocmask(SIG_SETMASK, mask, NULL);
	if (read(go, &c, 1) == 1) {
		execvp(command[0], command);
		error = errno;
		if (write(fd, &error, sizeof(error)) < 0)
			_exit(126);
	}
	_exit(127);
}

/* End the child and collect it, whatever state it is in. */
static void end_child(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	/* A process that stands at its exit takes no signal any more. */
	ptrace(PTRACE_CONT, pid, 0, 0);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, 0, 0);
}

/* Start @command, watched. Return: its pid, or -errno with @err set. */
static pid_t start(char **command, const sigset_t *mask, struct layout_error *err)
{
	int go[2], failed[2], error = 0, ret = 0;
	pid_t pid = -1;

	if (pipe2(go, O_CLOEXEC))
		return layout_fail(err, -errno, "pipe: %s", strerror(errno));
	if (pipe2(failed, O_CLOEXEC)) {
		ret = layout_fail(err, -errno, "pipe: %s", strerror(errno));
		goto out_go;
	}
	pid = fork();
	if (!pid) {
		close(go[1]);
		become(command, go[0], failed[1], mask);
	}
	close(failed[1]);
	if (pid < 0) {
		ret = layout_fail(err, -errno, "fork: %s", strerror(errno));
	} else if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)) {
		ret = layout_fail(err, -errno, "watching %s with ptrace: %s", command[0],
				  strerror(errno));
	} else if (write(go[1], "", 1) != 1) {
		ret = layout_fail(err, -EIO, "%s did not start", command[0]);
	} else if (read(failed[0], &error, sizeof(error)) == sizeof(error)) {
		ret = layout_fail(err, -error, "%s: %s", command[0], strerror(error));
	}
	if (ret && pid > 0)
		end_child(pid);
	close(failed[0]);
out_go:
	close(go[0]);
	close(go[1]);
	return ret ? ret : pid;
}

static struct timespec now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts;
}

/* Nanoseconds until @seconds after @start; negative if that is over. */
static int64_t time_left(const struct timespec *start_time, double seconds)
{
	struct timespec t = now();

	return (int64_t)(seconds * NSEC_PER_SEC) -
	       ((t.tv_sec - start_time->tv_sec) * NSEC_PER_SEC + t.tv_nsec - start_time->tv_nsec);
}

static void sleep_for_child(int64_t nsec)
{
	struct timespec ts = {nsec / NSEC_PER_SEC, nsec % NSEC_PER_SEC};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigtimedwait(&set, NULL, &ts);
}

/* Whether every thread of a stopped process has come to rest. */
static bool threads_rest(pid_t pid)
{
	char path[64], line[512];
	const char *state;
	struct dirent *entry;
	bool rest = true;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return true;
	while (rest && (entry = readdir(dir))) {
		char name[sizeof(path) + sizeof(entry->d_name) + 8];
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s/stat", path, entry->d_name);
		file = fopen(name, "re");
		if (!file)
			continue;
		state = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
		rest = !state || (state[1] && strchr("TtZX", state[2]));
		fclose(file);
	}
	closedir(dir);
	return rest;
}

/*
 * Let the child run for @after seconds, then stop it with all its threads; or stop at its exit.
 * Return: 0 with the child at rest, -errno with @err set and the child perhaps gone.
 */
static int run_until_rest(pid_t pid, double after, const char *name, struct layout_error *err)
{
	const double patience = 10;
	struct timespec begin = now();
	bool stopping = false, listening = false;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, __WALL | WNOHANG);
		int64_t left = time_left(&begin, after);

		if (got < 0 || (got && !WIFSTOPPED(status)))
			return layout_fail(err, -ESRCH, "%s was gone before it could be captured",
					   name);
		if (got) {
			int event = status >> 16, sig = WSTOPSIG(status);

			if (event == PTRACE_EVENT_EXIT)
				return 0;
			listening = event == PTRACE_EVENT_STOP && sig != SIGTRAP;
			if (listening && stopping)
				break;
			if (listening)
				ptrace(PTRACE_LISTEN, pid, 0, 0);
			else
				ptrace(PTRACE_CONT, pid, 0, event ? 0 : sig);
		} else if (left > 0) {
			sleep_for_child(left);
		} else if (listening) {
			break; /* it had stopped by itself */
		} else if (!stopping) {
			stopping = true;
			kill(pid, SIGSTOP);
		} else if (time_left(&begin, after + patience) < 0) {
			return layout_fail(err, -ETIMEDOUT, "%s cannot be stopped", name);
		} else {
			sleep_for_child(NSEC_PER_SEC / 100);
		}
	}
	begin = now();
	while (!threads_rest(pid) && time_left(&begin, 1) > 0)
		sleep_for_child(NSEC_PER_SEC / 1000);
	return 0;
}

static struct layout *capture_command(const struct options *o, struct layout_error *err)
{
	struct sigaction old_action, action = {.sa_handler = SIG_DFL};
	struct layout *layout = NULL;
	sigset_t chld, old_mask;
	pid_t pid;

	/* An inherited SIG_IGN would collect the child without us. */
	sigaction(SIGCHLD, &action, &old_action);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old_mask);
	pid = start(o->command, &old_mask, err);
	if (pid > 0) {
		if (!run_until_rest(pid, o->after, o->command[0], err))
			layout = capture(pid, o->method, err);
		end_child(pid);
	}
	sigaction(SIGCHLD, &old_action, NULL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	return layout;
}

static double parse_seconds(const char *arg, struct argp_state *state)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value >= 0 && value <= 86400))
		argp_error(state, "--after wants seconds from 0 to 86400, not '%s'", arg);
	return value;
}

static pid_t parse_pid(const char *arg, struct argp_state *state)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(arg, &end, 10);
	if (end == arg || *end || errno || value < 1 || value > INT32_MAX)
		argp_error(state, "--pid wants a process number, not '%s'", arg);
	return value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const char *const methods[] = {"auto", "scan", "pagemap"};
	struct options *o = state->input;

	switch (key) {
	case 'p':
		o->pid = parse_pid(arg, state);
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case 'a':
		o->after = parse_seconds(arg, state);
		o->after_given = true;
		return 0;
	case 'm':
		for (int i = 0; i < 3; i++) {
			if (strcmp(arg, methods[i]))
				continue;
			o->method = (enum pagemap_method)i;
			return 0;
		}
		argp_error(state, "--method is auto, scan or pagemap, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		/* The command and everything behind it, options too. */
		o->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!o->output || !*o->output)
			argp_error(state, "-o FILE is missing");
		if (!o->pid == !o->command)
			argp_error(state, "either --pid N or a command, please");
		if (o->after_given && !o->command)
			argp_error(state, "--after goes with a command");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int capture_main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"pid", 'p', "N", 0, "capture the process N, which keeps running", 0},
		{"output", 'o', "FILE", 0, "write the layout to FILE", 0},
		{"after", 'a', "SECONDS", 0,
		 "capture the command after SECONDS (default 1), or when it exits if that is "
		 "earlier; then it is killed",
		 0},
		{"method", 'm', "HOW", 0,
		 "scan: the PAGEMAP_SCAN ioctl (Linux 6.7 or newer); pagemap: read every entry; "
		 "auto: scan where it works (default)",
		 0},
		{0},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "--pid N -o FILE\n-o FILE [--] COMMAND [ARGUMENT...]",
		.doc = "Write the address space of a process as a layout file: its VMAs, and which "
		       "pages are resident, swapped and huge.",
	};
	struct options o = {.after = 1};
	struct layout_error err = {""};
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	struct layout *layout;
	int ret;

	argp_err_exit_status = 2;
	ret = argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	if (ret) {
		fprintf(stderr, "%s: %s\n", name, strerror(ret));
		return ret == EINVAL ? 2 : 1;
	}
	layout = o.command ? capture_command(&o, &err) : capture(o.pid, o.method, &err);
	ret = layout ? write_file(layout, o.output, &err) : -1;
	layout_free(layout);
	if (ret) {
		fprintf(stderr, "%s: %s\n", name, err.text);
		return 1;
	}
	return 0;
}
