// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "race/race.h"

#define LIVE_REPS 11 /* kills of each kind, and the fewest whose figures may be quoted */

enum { KEY_ZRAM = 1000, KEY_FORWARD, KEY_NO_PROBE, KEY_NO_MODEL, KEY_REPORT };

static const struct argp_option words[] = {
	{"reps", 'r', "N", 0,
	 "kills of each kind (default: 11); each process of the model has up to 3 races of each order",
	 0},
	{"processes", 'p', "N", 0, "race in N processes, one after the other (default: 8)", 0},
	{"json", 'j', "FILE", 0,
	 "write the figures to FILE; '-' is standard output, the text then goes to standard error",
	 0},
	{"report", KEY_REPORT, "DIR", 0,
	 "make a page in DIR with the kernel beside the model; implies --json DIR/result.json unless "
	 "that is given",
	 0},
	{"quick", 'q', NULL, 0,
	 "3 repetitions, and the layouts android and one, unless other options say otherwise", 0},
	{"verbose", 'v', NULL, 0, "all figures of each way to kill", 0},
	{"zram", KEY_ZRAM, NULL, 0,
	 "as root: add a zram device, and swap out the pages that the layout has in swap; without "
	 "it they are resident, in the model too",
	 0},
	{"forward", KEY_FORWARD, NULL, 0,
	 "also kill victims whose pages lie in one spanning VMA, which exit and reaper both walk "
	 "upward",
	 0},
	{"no-probe", KEY_NO_PROBE, NULL, 0, "do without the BPF probe, although it may be loaded",
	 0},
	{"no-model", KEY_NO_MODEL, NULL, 0, "the kernel alone", 0},
	{0},
};

static const char doc[] =
	"Rebuild address spaces in real processes, kill them with and without process_mrelease() from "
	"another CPU, and show what that costs the running kernel beside what it costs the model."
	"\v--layout may be given more than once; without it, java, android, grid and one are rebuilt. "
	"Any user may do it; root also sees the locks, if the build has the BPF probe. --lock, --tlb "
	"and --scale are the model's as in 'reapbench compare'. Exit status: 0 done, 1 failed, 2 wrong "
	"usage, 128 and the signal's number interrupted (what was finished is reported).";

static error_t parse(int key, char *arg, struct argp_state *state, void *input)
{
	struct live_options *o = input;

	switch (key) {
	case KEY_ZRAM:
		o->zram = true;
		return 0;
	case KEY_FORWARD:
		o->forward = true;
		return 0;
	case KEY_NO_PROBE:
		o->no_probe = true;
		return 0;
	case KEY_NO_MODEL:
		o->no_model = true;
		return 0;
	case KEY_REPORT:
		if (!*arg) {
			argp_error(state, "--report: an empty name");
			return EINVAL;
		}
		free(o->report);
		o->report = strdup(arg);
		return o->report ? 0 : ENOMEM;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The file that the page is made from. Return: 0, or an exit status after a line on stderr. */
static int name_json(struct live_options *o, const char *program)
{
	if (!o->report)
		return 0;
	if (o->compare.json && !strcmp(o->compare.json, "-")) {
		fprintf(stderr, "%s: --report needs a result file: name one with --json\n",
			program);
		return 2;
	}
	if (o->compare.json || asprintf(&o->compare.json, "%s/result.json", o->report) >= 0)
		return 0;
	o->compare.json = NULL;
	fprintf(stderr, "%s: out of memory\n", program);
	return 1;
}

/* How the running kernel's reaper walks: from the top since 6.18. */
static const char *kernel_order(void)
{
	struct utsname name;
	unsigned int major, minor;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return "reverse";
	return major > 6 || (major == 6 && minor >= 18) ? "reverse" : "forward";
}

/* The model's orders beside the ways to kill. */
static const char *const *orders(void *input)
{
	struct live_options *o = input;
	size_t nr = 0;

	o->order = kernel_order();
	o->orders[nr++] = "solo";
	o->orders[nr++] = o->order;
	if (o->forward && strcmp(o->order, "forward"))
		o->orders[nr++] = "forward";
	o->orders[nr] = NULL;
	return o->orders;
}

static bool several_cpus(void)
{
	cpu_set_t set;

	return !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) > 1;
}

int live_options_parse(struct live_options *o, int argc, char **argv)
{
	const struct option_words own = {.doc = doc,
					 .words = words,
					 .reps = LIVE_REPS,
					 .parse = parse,
					 .orders = orders,
					 .input = o};
	int status;

	*o = (struct live_options){0};
	status = compare_options_parse_own(&o->compare, &own, argc, argv);
	if (!status)
		status = name_json(o, argv[0]);
	if (status) {
		live_options_free(o);
		return status;
	}
	/* What the model's instruments cost is of no use here. */
	o->compare.overhead_reps = 0;
	if (o->compare.cpu[ROLE_EXIT] >= 0)
		return 0;
	/* --pin none is wrong usage; a machine with one CPU is a failure. */
	status = several_cpus() ? 2 : 1;
	fprintf(stderr, "%s: two CPUs are needed: one for the victim, one for the reaper\n",
		argv[0]);
	live_options_free(o);
	return status;
}

void live_options_free(struct live_options *o)
{
	compare_options_free(&o->compare);
	free(o->report);
	*o = (struct live_options){0};
}
