// SPDX-License-Identifier: GPL-2.0-only
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "common/progress.h"
#include "common/stop.h"
#include "compare/json.h"
#include "compare/process.h"
#include "compare/schedule.h"
#include "options.h"
#include "page.h"
#include "report.h"
#include "result.h"
#include "swap_device.h"

/* Memory that is to be left when a victim is built: 64 MiB, in pages. */
#define SPARE_PAGES (64UL << 8)

/* State of one run, from the first layout opened to the last line written. */
struct live_run {
	const char *program;
	struct live_options options;
	struct host host;
	FILE *out;
	struct live_result result;
	uint64_t *pages; /* of each layout */
	struct progress progress;
	size_t done; /* kills and races of the present layout */
	struct live_probe *probe;
	struct swap_device swap;
	char no_probe[256];
	bool folder_made; /* the page's folder is new: remove it if it stays empty */
};

static int complain(const struct live_run *r, const char *what, const char *why)
{
	fprintf(stderr, "%s: %s%s%s\n", r->program, what, *what ? ": " : "", why);
	return 1;
}

/* MemAvailable of /proc/meminfo in pages of 4 KiB; 0 if it cannot be read. */
static uint64_t available_pages(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib >> 2;
}

/* Without swap, the swapped pages of a layout are resident, for the model too. */
static int swap_in(struct live_run *r, struct live_layout *l)
{
	struct layout_error err;
	struct layout *resident;

	if (r->options.zram || !l->layout->pages[LAYOUT_SWAP])
		return 0;
	l->swapped_in = l->layout->pages[LAYOUT_SWAP];
	resident = layout_resident(l->layout, &err);
	if (!resident)
		return complain(r, "", err.text);
	layout_free(l->layout);
	l->layout = resident;
	return 0;
}

static int open_one(struct live_run *r, size_t i)
{
	struct live_layout *l = &r->result.layouts[i];
	struct layout_error err;
	char text[160];

	l->layout =
		layout_open(r->options.compare.layouts.names[i], r->options.compare.scale, &err);
	if (!l->layout)
		return complain(r, "", err.text);
	r->pages[i] = layout_pages(l->layout);
	if (!r->pages[i])
		return complain(r, l->layout->name, "it has no page: there is nothing to measure");
	if (available_pages() && r->pages[i] + SPARE_PAGES > available_pages()) {
		snprintf(text, sizeof(text),
			 "a victim of %llu MiB does not fit into the %llu MiB that are available",
			 (unsigned long long)r->pages[i] >> 8,
			 (unsigned long long)available_pages() >> 8);
		return complain(r, l->layout->name, text);
	}
	return swap_in(r, l);
}

/* Open all layouts before the first kill, so that a bad file fails at once. */
static int open_layouts(struct live_run *r)
{
	const size_t nr = r->options.compare.layouts.nr;
	int status = 0;

	r->result.layouts = calloc(nr, sizeof(*r->result.layouts));
	r->pages = calloc(nr, sizeof(*r->pages));
	if (!r->result.layouts || !r->pages)
		return complain(r, "", "out of memory");
	r->result.nr_layouts = nr;
	for (size_t i = 0; !status && i < nr; i++)
		status = open_one(r, i);
	return status;
}

/* What the machine must have. Nothing has been changed yet. */
static int check_machine(struct live_run *r)
{
	struct error_text error;
	char text[256];
	int err;

	if (sysconf(_SC_PAGESIZE) != 4096)
		return complain(r, "", "layouts are of pages of 4 KiB, this kernel's are larger");
	if (kill_possible(&error))
		return complain(r, "", error.text);
	if (r->options.report && live_page_possible(r->options.report, &r->folder_made, &error))
		return complain(r, "", error.text);
	if (r->options.compare.json) {
		err = compare_json_check(r->options.compare.json);
		if (err)
			return complain(r, r->options.compare.json, strerror(-err));
	}
	if (r->options.compare.force || !race_probe(r->options.compare.cpu, text, sizeof(text)))
		return 0;
	return complain(r, "", text);
}

static int make_swap(struct live_run *r)
{
	struct error_text error;
	uint64_t most = 0;

	for (size_t i = 0; i < r->result.nr_layouts; i++)
		if (r->result.layouts[i].layout->pages[LAYOUT_SWAP] > most)
			most = r->result.layouts[i].layout->pages[LAYOUT_SWAP];
	if (!r->options.zram || !most)
		return 0;
	/* Twice as large, since freed slots are not used again at once. */
	return swap_device_create(&r->swap, 2 * most + SPARE_PAGES, &error)
		       ? complain(r, "", error.text)
		       : 0;
}

/* Without the probe, the figures of rusage and the clocks are left. */
static void open_probe(struct live_run *r)
{
	if (r->options.no_probe)
		snprintf(r->no_probe, sizeof(r->no_probe), "--no-probe");
	else if (!live_probe_open(&r->probe, r->no_probe, sizeof(r->no_probe))) {
		r->result.best = live_probe_sees_spins(r->probe) == 1 ? LIVE_SPINS : LIVE_PROBE;
		return;
	}
	r->probe = NULL;
	r->result.without_probe = r->no_probe;
}

static void show_progress(size_t done, const char *name, void *user)
{
	struct live_run *r = user;

	progress_race(&r->progress, r->done + done, name, clock_monotonic_ns());
}

/* All kills of a layout. */
static int run_kernel(struct live_run *r, struct live_layout *l)
{
	const struct compare_options *o = &r->options.compare;
	struct error_text error;
	int err;

	l->session = live_session_create(l->layout, o, r->options.forward, r->probe, &error);
	if (!l->session)
		return complain(r, l->layout->name, error.text);
	/* As much as the model's races have. */
	l->session->speed.patience_ns = compare_patience_ns(o) / r->result.nr_layouts;
	l->hugetlb = l->session->plan[KILL_SOLO]->hugetlb;
	err = live_session_run(l->session, show_progress, r);
	progress_clear(&r->progress);
	if (err && err != -EINTR)
		return complain(r, "", l->session->error.text);
	r->done += live_session_kills(o, r->options.forward);
	if (live_kernel_figures(&l->kernel, l->session->samples, o->reps, layout_pages(l->layout),
				r->result.best))
		return complain(r, l->layout->name, "out of memory");
	l->killed = l->kernel.row[KILL_SOLO].reps > 0;
	return 0;
}

/*
 * Each kill is a process of its own. Races share one, and processes differ more than races in one: so
 * there are many processes of a few races, as in `reapbench compare`.
 */
static struct compare_options model_options(const struct live_run *r)
{
	struct compare_options races = r->options.compare;

	if (races.reps > COMPARE_REPS)
		races.reps = COMPARE_REPS;
	return races;
}

static void show_race(const struct experiment *experiment, size_t race, void *user)
{
	show_progress(race, experiment_race_name(experiment, race), user);
}

/* The races of the same layout, in as many processes as `reapbench compare` has. */
static int run_races(struct live_run *r, struct experiment *e, struct error_text *error)
{
	const struct compare_options *o = e->options;
	struct compare_words words;
	struct speed all = e->speed;
	int err;

	err = compare_options_words(o, &words) ? -ENOMEM : 0;
	all.patience_ns = compare_patience_ns(o) / r->result.nr_layouts;
	for (unsigned int process = 0; !err && process < o->processes; process++) {
		e->speed = speed_lend(&all, o->processes - process);
		err = process_run(&(struct process_order){.argv = words.argv,
							  .experiment = e,
							  .process = process,
							  .begins = show_race,
							  .user = r},
				  error);
		speed_take_back(&all, &e->speed);
	}
	progress_clear(&r->progress);
	return err;
}

static int run_model(struct live_run *r, struct live_layout *l)
{
	const struct compare_options races = model_options(r), *o = &races;
	const char *const orders[NR_LIVE_KILLS] = {
		[KILL_SOLO] = "solo",
		[KILL_MRELEASE] = r->options.order,
		[KILL_FORWARD] = r->options.forward ? "forward" : NULL,
	};
	struct experiment *e = experiment_create(o, l->layout, &stop_signal);
	struct error_text error = {"out of memory"};
	struct figures *figures = NULL;
	struct result *result = NULL;
	int err = e ? run_races(r, e, &error) : -ENOMEM;

	if (!err || err == -EINTR)
		figures = figures_create(e);
	/* The figures are read from the document that compare would write. */
	if (figures && figures_any(figures))
		result = result_from_json(compare_json_build(&r->host, o, &figures, 1, false, NULL),
					  "the races", &error);
	if (result)
		err = live_model_figures(&l->model, result, orders);
	else if (!stop_signal)
		err = -ENOMEM; /* the line is in error */
	l->raced = result && !err && l->model.row[KILL_SOLO].reps > 0;
	result_free(result);
	figures_destroy(figures);
	experiment_destroy(e);
	return err && err != -EINTR ? complain(r, "the model", error.text) : 0;
}

static int run_layouts(struct live_run *r)
{
	const struct compare_options *o = &r->options.compare;
	const size_t nr = r->result.nr_layouts;
	const struct compare_options races = model_options(r);
	struct progress_stage *stages = calloc(nr, sizeof(*stages));
	int status = 0;

	if (!stages)
		return complain(r, "", "out of memory");
	for (size_t i = 0; i < nr; i++) {
		stages[i].pages = r->pages[i];
		stages[i].races = live_session_kills(o, r->options.forward);
		for (unsigned int p = 0; !r->options.no_model && p < races.processes; p++)
			stages[i].races += experiment_races(&races, p);
	}
	progress_begin(&r->progress, isatty(STDERR_FILENO) ? stderr : NULL, stages, nr,
		       clock_monotonic_ns());
	for (size_t i = 0; !status && i < nr && !stop_signal; i++) {
		struct live_layout *l = &r->result.layouts[i];

		r->done = 0;
		progress_stage(&r->progress, i, clock_monotonic_ns());
		status = run_kernel(r, l);
		if (!status && !r->options.no_model && !stop_signal)
			status = run_model(r, l);
	}
	free(stages);
	return status;
}

/* Take back what was changed: the probe and the swap device. */
static int undo(struct live_run *r)
{
	struct error_text error;

	live_probe_close(r->probe);
	r->probe = NULL;
	if (r->swap.number < 0 || !swap_device_destroy(&r->swap, &error))
		return 0;
	return complain(r, "", error.text);
}

static int measure(struct live_run *r)
{
	int status = open_layouts(r);

	stop_catch_for_undo(SA_RESTART);
	/* Writing into a closed pipe must not end it either. */
	signal(SIGPIPE, SIG_IGN);
	if (!status)
		status = check_machine(r);
	if (!status && !stop_signal)
		status = make_swap(r);
	if (!status && !stop_signal)
		open_probe(r);
	if (!status)
		status = run_layouts(r);
	return undo(r) || status;
}

static bool anything(const struct live_run *r)
{
	for (size_t i = 0; i < r->result.nr_layouts; i++)
		if (r->result.layouts[i].killed)
			return true;
	return false;
}

static int write_document(struct live_run *r)
{
	const char *path = r->options.compare.json;
	json_t *document;
	int err;

	if (!path)
		return 0;
	document = live_json_build(&r->result);
	if (!document)
		return complain(r, path, "out of memory");
	err = compare_json_write(path, document);
	json_decref(document);
	return err ? complain(r, path, strerror(-err)) : 0;
}

static int make_page(struct live_run *r)
{
	struct error_text error;

	if (!r->options.report)
		return 0;
	if (live_report_page(r->options.compare.json, r->options.report, &error))
		return complain(r, "", error.text);
	fprintf(r->out, "Report: %s/index.html\n", r->options.report);
	return 0;
}

static int say_result(struct live_run *r)
{
	const bool any = anything(r);
	int status = 0;

	r->result.interrupted = stop_signal != 0;
	if (any) {
		live_text(r->out, &r->result, r->options.compare.verbose);
		/* A text that cannot be written is no reason to lose the file. */
		if (fflush(r->out) || ferror(r->out))
			status = complain(r, "writing the result", strerror(errno));
		status = write_document(r) || status;
		status = status ?: make_page(r);
	}
	if (!status && stop_signal) {
		fprintf(stderr, "%s: interrupted; %s\n", r->program,
			any ? "only what was finished is reported" : "nothing was finished");
		status = 128 + stop_signal;
	}
	return status;
}

int live_main(int argc, char **argv)
{
	struct live_run r = {.program = argv[0], .swap = {.number = -1}};
	int status = live_options_parse(&r.options, argc, argv);

	if (status)
		return status;
	host_describe(&r.host, time(NULL));
	r.out = r.options.compare.json && !strcmp(r.options.compare.json, "-") ? stderr : stdout;
	r.result.host = &r.host;
	r.result.options = &r.options.compare;
	r.result.zram = r.options.zram;
	r.result.forward = r.options.forward;
	r.result.model = !r.options.no_model;
	r.result.order = r.options.order;
	status = measure(&r);
	if (!status)
		status = say_result(&r);
	/* This fails unless the folder is empty. */
	if (r.folder_made)
		rmdir(r.options.report);

	for (size_t i = 0; r.result.layouts && i < r.result.nr_layouts; i++) {
		live_session_destroy(r.result.layouts[i].session);
		layout_free(r.result.layouts[i].layout);
	}
	free(r.result.layouts);
	free(r.pages);
	live_options_free(&r.options);
	return status;
}
