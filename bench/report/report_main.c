// SPDX-License-Identifier: GPL-2.0-only
/* `reapbench report`: the command line. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "report.h"
#include "common/stop.h"

struct arguments {
	const char *paths[2], *folder;
	unsigned int nr;
};

static const struct argp_option known[] = {
	{"output", 'o', "DIR", 0, "where the report goes; made if it is missing", 0},
	{0},
};

static const char doc[] =
	"Make a page with charts of what 'reapbench compare --json RESULT.json' measured. With two "
	"files, compare B (after) with A (before)."
	"\vThe page is DIR/index.html; it needs nothing else. Beside it lies each chart as SVG and PNG "
	"with its data as CSV and the gnuplot script that draws it. Exit status: 0 done, 1 failed, 2 "
	"wrong usage, 128 and the signal's number interrupted (nothing is left then).";

static error_t parse_one(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		if (!*arg)
			argp_error(state, "--output: an empty name");
		a->folder = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->nr == 2)
			argp_error(state, "'%s': there are two files already", arg);
		a->paths[a->nr++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->nr)
			argp_error(state, "no result file is named");
		if (!a->folder)
			argp_error(state, "say with -o DIR where the report is to go");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void on_signal(int signal)
{
	stop_signal = signal;
}

void report_catch_signals(void)
{
	/* No SA_RESTART: a signal is to end the wait for gnuplot. */
	struct sigaction action = {.sa_handler = on_signal}, before;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup has it ignored. */
	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

int report_main(int argc, char **argv)
{
	const struct argp argp = {known, parse_one, "RESULT.json [B.json]", doc, NULL, NULL, NULL};
	struct arguments a = {0};
	struct report_error error;
	int err;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	report_catch_signals();
	err = report_make(a.paths, a.nr, a.folder, &stop_signal, &error);
	/* A signal that came when all was in place already changes nothing. */
	if (err == -EINTR) {
		fprintf(stderr, "%s: interrupted; nothing is written\n", argv[0]);
		return 128 + stop_signal;
	}
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[0], error.text);
		return 1;
	}
	return 0;
}
