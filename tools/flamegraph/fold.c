// SPDX-License-Identifier: GPL-2.0-only
/*
 * fold: profiles into folded stacks, one line for each distinct stack with its weight.
 *
 * in, what perf script prints:
 *
 *	exit 4712 [000]  8115.250001:     200040 cpu-clock:
 *		            f04e zap_pte_range+0x8e (/usr/bin/reapbench)
 *		            f8d1 unmap_page_range+0x41 (/usr/bin/reapbench)
 *
 *	oom_reaper 4713 [001]  8115.250003:     200040 cpu-clock:
 *		            e67b __pte_offset_map_lock+0x5b (/usr/bin/reapbench)
 *		            f04e zap_pte_range+0x8e (/usr/bin/reapbench)
 *		            f8d1 unmap_page_range+0x41 (/usr/bin/reapbench)
 *
 * out:
 *
 *	exit;unmap_page_range;zap_pte_range 1
 *	oom_reaper;unmap_page_range;zap_pte_range;__pte_offset_map_lock 1
 *
 * Folded stacks are taken too: equal ones are merged, and all are sorted.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf_header.h"
#include "perf_script.h"

static const char help[] =
	"Usage: %s [OPTION]... [FILE]\n"
	"Turn the text of perf script, or folded stacks, into merged and sorted folded stacks.\n"
	"Without FILE, or with -, read standard input.\n\n"
	"  -c, --comm NAME    only threads of this name; may be given more than once\n"
	"  -e, --event NAME   only samples of this event; may be given more than once\n"
	"  -r, --root SYMBOL  begin stacks at this function; those without it are left out\n"
	"  -p, --period       weigh a sample by its period instead of 1\n"
	"  -k, --kernel       mark the kernel's functions with _[k]\n"
	"  -h, --help\n";

static const struct option options[] = {
	{"comm", required_argument, NULL, 'c'},
	{"event", required_argument, NULL, 'e'},
	{"root", required_argument, NULL, 'r'},
	{"period", no_argument, NULL, 'p'},
	{"kernel", no_argument, NULL, 'k'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

struct wanted {
	struct selection sel;
	struct perf_options perf;
};

/* The exit status, or -1 to go on. */
static int parse_options(int argc, char **argv, struct wanted *w)
{
	struct perf_options *perf = &w->perf;
	int c, err = 0;

	argv[0] = program_invocation_short_name;
	while (!err && (c = getopt_long(argc, argv, "c:e:r:pkh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			err = selection_comm(&w->sel, optarg);
			break;
		case 'e':
			err = grow(&perf->events, &perf->room, perf->nr_events + 1,
				   sizeof(*perf->events));
			if (!err)
				perf->events[perf->nr_events++] = optarg;
			break;
		case 'r':
			w->sel.root = optarg;
			break;
		case 'p':
			perf->by_period = true;
			break;
		case 'k':
			perf->mark_kernel = true;
			break;
		case 'h':
			printf(help, program_invocation_short_name);
			return finish_output();
		default:
			return 2;
		}
	}
	if (err) {
		complain("%s", strerror(-err));
		return 1;
	}
	if (argc - optind > 1) {
		complain("one file at a time, not also '%s'", argv[optind + 1]);
		return 2;
	}
	return -1;
}

/* Lines of '#' are comments, unless they are samples or stacks of a thread with such a name. */
static bool is_comment(struct text line, bool *banner)
{
	return perf_banner(line, banner) ||
	       (line.at[0] == '#' && !perf_script_begins(line) && !is_folded(line));
}

/* The first line with content decides the kind of the file. Returns 1 if lines were skipped. */
static int read_any(struct reader *r, struct stacks *s, const struct wanted *w)
{
	const struct perf_options *perf = &w->perf;
	struct text line = {0};
	bool banner = false;
	int got;

	while ((got = reader_line(r, &line)) > 0)
		if (text_trim(line).len && !is_comment(line, &banner))
			break;
	if (got < 0)
		return got;
	if (!got) {
		complain("%s: it is empty", r->name);
		return -ENOENT;
	}
	reader_unread(r, line);
	if (perf_script_begins(line) || !is_folded(line))
		return perf_script_read(r, s, &w->sel, perf);
	if (perf->nr_events || perf->by_period || perf->mark_kernel) {
		complain(
			"%s: folded stacks have no events, periods or files: --event, --period and "
			"--kernel are for the text of perf script",
			r->name);
		return -EINVAL;
	}
	return folded_read(r, s, &w->sel, 0);
}

int main(int argc, char **argv)
{
	struct wanted w = {0};
	struct stacks s = {0};
	struct reader r;
	int status = parse_options(argc, argv, &w), got;

	if (status < 0) {
		status = 1;
		if (!reader_open(&r, argv[optind])) {
			got = read_any(&r, &s, &w);
			if (got >= 0) {
				if (folded_write(&s))
					complain("%s", strerror(ENOMEM));
				else
					status = finish_output() || got;
			}
			reader_close(&r);
		}
	}
	stacks_free(&s);
	free(w.sel.comms);
	free(w.perf.events);
	return status;
}
