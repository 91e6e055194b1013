/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes of a comparison, where there are several. Each one races over one layout and then ends. It is the program
 * started anew, not a copy of the parent: its addresses are random again, and so are the page
 * frames it gets. The parent keeps no arena while it runs.
 *
 * The parent passes its own command line, and the layout through a pipe, since a layout may be read
 * only once (a pipe) or change (the smaps of a process that runs). Each race that is done comes back
 * through another pipe at once, so that nothing is lost when the process is told to stop.
 */
#ifndef UMAPLE_COMPARE_PROCESS_H
#define UMAPLE_COMPARE_PROCESS_H

#include "schedule.h"
#include "common/error_text.h"

struct process_order {
	char **argv; /* of `reapbench compare`, as compare_options_parse() got it */
	struct experiment *experiment;
	unsigned int process;	  /* which one of the experiment */
	struct trace_file *trace; /* for the traced races; NULL if there are none */
	/* Before each race, with its number from 0 over all processes. */
	void (*begins)(const struct experiment *experiment, size_t race, void *user);
	void *user;
};

/**
 * process_run() - Start a process, and put its races into the experiment.
 * @order: what it does.
 * @error: filled on failure, except -EINTR.
 *
 * A signal that stop_catch() takes is passed on to the process. If this process is killed, the
 * kernel kills the other one.
 *
 * Context: Main thread, after stop_catch(). Waits for the end of the process; it is gone on return.
 * Return: 0; -EINTR if stop_signal was set, and the samples that are done are good; another -errno,
 * -ECHILD where the process ended by itself before it was done.
 */
int process_run(const struct process_order *order, struct error_text *error);

/**
 * process_main() - What process_run() starts: `reapbench process`.
 * @argc: count of @argv.
 * @argv: argv[0] is "reapbench process"; what follows is for process_run() to know.
 *
 * Context: Main thread, once.
 * Return: The exit status: 0, also after a failure that was sent to the parent; 2, with one line on
 * stderr, if it was not started by process_run().
 */
int process_main(int argc, char **argv);

#endif
