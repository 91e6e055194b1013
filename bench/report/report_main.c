// SPDX-License-Identifier: GPL-2.0-only
/* `reapbench report`: the command line. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/error_text.h"
#include "common/regression.h"
#include "common/stop.h"
#include "report.h"

struct arguments {
	const char *paths[2], *folder;
	unsigned int nr;
	double fail_above; /* 0: not asked for */
};

enum { KEY_FAIL_ABOVE = 256 };

static const struct argp_option known[] = {
	{"output", 'o', "DIR", 0, "where the report goes; made if it is missing", 0},
	{"fail-above", KEY_FAIL_ABOVE, "RATIO", 0,
	 "exit with status 1 if wall or CPU time of B over A lies above RATIO with its whole "
	 "interval; needs no -o",
	 0},
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
	case KEY_FAIL_ABOVE:
		if (!regression_limit(arg, &a->fail_above))
			argp_error(state, "--fail-above: '%s' is not a ratio from 1 to 100", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (a->nr == 2)
			argp_error(state, "'%s': there are two files already", arg);
		a->paths[a->nr++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->nr)
			argp_error(state, "no result file is named");
		if (a->fail_above > 0 && a->nr < 2)
			argp_error(state, "--fail-above: name two result files");
		if (!a->folder && !(a->fail_above > 0))
			argp_error(state, "name a folder for the report with -o DIR");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Returns the exit status, or a negative errno with the error noted. */
static int check_regressions(const struct arguments *a, struct error_text *error)
{
	struct result *before = result_read(a->paths[0], error);
	struct result *after = before ? result_read(a->paths[1], error) : NULL;
	int status = -EINVAL;

	if (after) {
		status = regression_files(stdout, before, after, a->fail_above);
		if (status >= 0 && fflush(stdout))
			status = -errno;
		if (status < 0)
			error_text_set(error, status, "%s", strerror(-status));
	}
	result_free(before);
	result_free(after);
	return status;
}

int report_main(int argc, char **argv)
{
	const struct argp argp = {known, parse_one, "RESULT.json [B.json]", doc, NULL, NULL, NULL};
	struct arguments a = {0};
	struct error_text error;
	int err, status = 0;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	/* A signal is also to end the wait for gnuplot. */
	stop_catch_for_undo(0);
	if (a.fail_above > 0)
		status = check_regressions(&a, &error);
	err = status < 0 ? status : 0;
	if (!err && a.folder)
		err = report_make(a.paths, a.nr, a.folder, &error);
	/* A signal that came after all files were moved changes nothing. */
	if (err == -EINTR) {
		fprintf(stderr, "%s: interrupted; nothing is written\n", argv[0]);
		return 128 + stop_signal;
	}
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[0], error.text);
		return 1;
	}
	return status;
}
