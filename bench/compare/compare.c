// SPDX-License-Identifier: GPL-2.0-only
#include "compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "figures.h"
#include "options.h"
#include "process.h"
#include "schedule.h"
#include "common/progress.h"
#include "common/regression.h"
#include "race/race.h"
#include "report/report.h"
#include "common/output_file.h"
#include "common/host.h"
#include "json.h"
#include "text.h"
#include "common/stop.h"

/* State of one comparison, from the first layout opened to the last line written. */
struct comparison {
	const char *program;
	char **argv;
	struct compare_options options;
	struct host host;
	FILE *out;
	struct layout **layouts; /* options.layouts.nr, as they were named */
	struct experiment **experiments;
	struct figures **figures;
	size_t nr_figures;
	struct progress progress;
	struct progress_stage *stages; /* layout by layout in each process */
	size_t races_done;	       /* of the present stage */
	bool worse;		       /* --fail-above found a regression */
	struct trace_file *trace;      /* NULL if none was asked for */
	char *trace_path;
	struct speed speed; /* of the CPUs, for all processes */
	bool folder_made;   /* the report's folder is new: remove it if it stays empty */
};

/* The name of the trace in messages, as long as it has no path. */
static const char temporary_trace[] = "a temporary file for the trace";

static int complain(const struct comparison *s, const char *what, const char *why)
{
	fprintf(stderr, "%s: %s%s%s\n", s->program, what, *what ? ": " : "", why);
	return 1;
}

/* Open all layouts before the first race, so that a bad file fails at once. */
static int open_layouts(struct comparison *s)
{
	const struct compare_options *o = &s->options;
	struct layout_error err;
	size_t i;

	s->layouts = calloc(o->layouts.nr, sizeof(*s->layouts));
	s->experiments = calloc(o->layouts.nr, sizeof(*s->experiments));
	s->figures = calloc(o->layouts.nr, sizeof(*s->figures));
	s->stages = calloc(o->processes * o->layouts.nr, sizeof(*s->stages));
	if (!s->layouts || !s->experiments || !s->figures || !s->stages)
		return complain(s, "", "out of memory");
	for (i = 0; i < o->layouts.nr; i++) {
		s->layouts[i] = layout_open(o->layouts.names[i], o->scale, &err);
		if (!s->layouts[i])
			return complain(s, "", err.text);
	}
	return 0;
}

/* Make and destroy each arena once, so that a layout that is too large is refused now. */
static int try_arenas(struct comparison *s)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < s->options.layouts.nr && !stop_signal; i++) {
		struct race_arena *arena =
			race_arena_create(s->layouts[i], s->options.trace, text, sizeof(text));

		if (!arena)
			return complain(s, "", text);
		race_arena_destroy(arena);
	}
	return 0;
}

/* On busy CPUs most races would be repeated, ten times each, and say little in the end. */
static int see_whether_free(struct comparison *s)
{
	char text[256];

	if (s->options.force || stop_signal || !race_probe(s->options.cpu, text, sizeof(text)))
		return 0;
	return complain(s, "", text);
}

uint64_t compare_patience_ns(const struct compare_options *o)
{
	const bool quick = o->hold_reps == COMPARE_QUICK_REPS;
	const char *word = getenv("REAPBENCH_PATIENCE");
	unsigned long seconds = COMPARE_PATIENCE_S / (quick ? 4 : 1);
	char *end;

	if (word && *word >= '0' && *word <= '9') {
		const unsigned long given = strtoul(word, &end, 10);

		if (!*end && given <= 3600)
			seconds = given;
	}
	return seconds * 1000000000ULL;
}

static void show_progress(const struct experiment *experiment, size_t race, void *user)
{
	struct comparison *s = user;

	progress_race(&s->progress, s->races_done++, experiment_race_name(experiment, race),
		      clock_monotonic_ns());
}

static void begin_progress(struct comparison *s)
{
	const struct compare_options *o = &s->options;
	const size_t nr = o->processes * o->layouts.nr;

	for (size_t i = 0; i < nr; i++)
		s->stages[i] = (struct progress_stage){
			.pages = layout_pages(s->layouts[i % o->layouts.nr]),
			.races = experiment_races(o, (unsigned int)(i / o->layouts.nr)),
		};
	progress_begin(&s->progress, isatty(STDERR_FILENO) ? stderr : NULL, s->stages, nr,
		       clock_monotonic_ns());
}

/* One process alone is this one, so that a debugger or a tracer of it sees the races. */
static int race_here(struct comparison *s, size_t layout, struct error_text *error)
{
	const struct experiment_events events = {.begins = show_progress, .user = s};
	struct experiment *c = s->experiments[layout];
	struct race_arena *arena;
	int err;

	arena = race_arena_create(s->layouts[layout], s->options.trace, error->text,
				  sizeof(error->text));
	if (!arena)
		return -ENOMEM;
	c->trace = s->trace;
	err = experiment_run(c, 0, arena, &events);
	race_arena_destroy(arena);
	return err && err != -EINTR ? error_text_set(error, err, "%s", c->message) : err;
}

/* One process that races over one layout. */
static int run_process(struct comparison *s, unsigned int process, size_t layout)
{
	const struct process_order order = {
		.argv = s->argv,
		.experiment = s->experiments[layout],
		.process = process,
		.trace = process ? NULL : s->trace, /* traced rounds are in the first one alone */
		.begins = show_progress,
		.user = s,
	};
	const unsigned int done =
		process * (unsigned int)s->options.layouts.nr + (unsigned int)layout;
	struct experiment *c = s->experiments[layout];
	struct error_text error;
	int err;

	s->races_done = 0;
	c->speed = speed_lend(&s->speed,
			      s->options.processes * (unsigned int)s->options.layouts.nr - done);
	progress_stage(&s->progress, done, clock_monotonic_ns());
	err = s->options.processes > 1 ? process_run(&order, &error) : race_here(s, layout, &error);
	progress_clear(&s->progress);
	speed_take_back(&s->speed, &c->speed);
	return err && err != -EINTR ? complain(s, "", error.text) : 0;
}

/*
 * All layouts in a first process each, then all in a second one. So the processes of a layout
 * lie apart in time, and a machine that changes shows in its intervals.
 */
static int run_processes(struct comparison *s)
{
	const int *cpu = s->options.cpu;
	unsigned int process;
	int status = 0;
	size_t i;

	s->speed = (struct speed){.cpu = {cpu[ROLE_EXIT], cpu[ROLE_REAPER]},
				  .patience_ns = compare_patience_ns(&s->options)};
	for (i = 0; i < s->options.layouts.nr; i++) {
		s->experiments[i] = experiment_create(&s->options, s->layouts[i], &stop_signal);
		if (!s->experiments[i])
			return complain(s, s->layouts[i]->name, "out of memory");
	}
	for (process = 0; process < s->options.processes; process++)
		for (i = 0; i < s->options.layouts.nr && !status && !stop_signal; i++)
			status = run_process(s, process, i);
	return status;
}

/* The figures of the layouts that have any. */
static int work_out(struct comparison *s)
{
	for (size_t i = 0; i < s->options.layouts.nr; i++) {
		struct figures *figures = figures_create(s->experiments[i]);

		if (!figures)
			return complain(s, s->layouts[i]->name, "out of memory");
		if (figures_any(figures))
			s->figures[s->nr_figures++] = figures;
		else
			figures_destroy(figures);
	}
	return 0;
}

/* The name of a file without the folders before it. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The document, or NULL if memory ran out. */
static json_t *make_document(const struct comparison *s, const char *trace_name)
{
	return compare_json_build(&s->host, &s->options, s->figures, s->nr_figures,
				  stop_signal != 0, trace_name);
}

/* The text says what the file says: it is written from the same document. */
static int say_result(struct comparison *s)
{
	struct error_text error;
	struct result *result;
	int err, worse = 0;

	if (!s->nr_figures)
		return 0;
	result = result_from_json(make_document(s, NULL), "the result", &error);
	if (!result)
		return complain(s, "", error.text);
	if (s->options.mail) {
		err = mail_result(s->out, result);
	} else {
		err = text_result(s->out, result, s->options.verbose);
	}
	if (!err && s->options.fail_above > 0) {
		worse = regression_engines(s->out, result, s->options.fail_above);
		err = worse < 0 ? worse : 0;
	}
	result_free(result);
	if (err)
		return complain(s, "", strerror(-err));
	s->worse = worse > 0;
	return 0;
}

/* On failure, @failed is the path it is about. */
static int write_document(struct comparison *s, bool traced, const char **failed)
{
	json_t *document;
	int err;

	*failed = s->options.json;
	document = make_document(s, traced ? base_name(s->trace_path) : NULL);
	if (!document)
		return complain(s, s->options.json, "out of memory");
	if (traced)
		err = compare_json_write_both(s->options.json, document, s->trace_path, s->trace,
					      failed);
	else
		err = compare_json_write(s->options.json, document);
	json_decref(document);
	return err ? complain(s, *failed, strerror(-err)) : 0;
}

/* Write the document even if the trace cannot be written. */
static int write_results(struct comparison *s)
{
	const char *failed;
	bool traced = false;
	int status = 0, err;

	/* Interrupted before there was a result: keep the file of an earlier run. */
	if (!s->options.json || !s->nr_figures)
		return 0;
	if (s->trace) {
		err = trace_file_finish(s->trace);
		if (err)
			status = complain(s, temporary_trace, strerror(-err));
		traced = !err && trace_file_races(s->trace);
	}
	if (traced) {
		status = write_document(s, true, &failed);
		if (!status || failed != s->trace_path)
			return status;
	}
	return write_document(s, false, &failed) || status;
}

/* Check before the first race that the results can be written. */
static int prepare_output(struct comparison *s)
{
	struct error_text error;
	int err;

	if (!s->options.json)
		return 0;
	if (s->options.report && report_possible(s->options.report, &s->folder_made, &error))
		return complain(s, "", error.text);
	err = compare_json_check(s->options.json);
	if (err)
		return complain(s, s->options.json, strerror(-err));
	if (!s->options.trace)
		return 0;
	s->trace_path = trace_file_path(s->options.json);
	if (!s->trace_path)
		return complain(s, s->options.json, "out of memory");
	err = output_file_check(s->trace_path);
	if (err)
		return complain(s, s->trace_path, strerror(-err));
	s->trace = trace_file_create();
	if (!s->trace)
		return complain(s, temporary_trace, strerror(errno));
	return 0;
}

/* An earlier signal ended the races; the finished ones are reported. */
static int make_report(struct comparison *s)
{
	const char *const path = s->options.json;
	const sig_atomic_t before = stop_signal;
	struct error_text error;
	int err;

	if (!s->options.report || !s->nr_figures)
		return 0;
	stop_signal = 0;
	stop_catch_for_undo(0);
	err = report_make(&path, 1, s->options.report, &error);
	if (err == -EINTR) {
		complain(s, s->options.report, "interrupted; there is no report");
		return 128 + stop_signal;
	}
	stop_signal = before;
	if (err)
		return complain(s, "", error.text);
	fprintf(s->out, "Report: %s/index.html\n", s->options.report);
	return 0;
}

static int run_comparison(struct comparison *s)
{
	int status;

	status = open_layouts(s);
	/* From here on there may be a folder to remove. */
	stop_catch();
	if (!status)
		status = prepare_output(s);
	if (!status)
		status = try_arenas(s);
	if (!status)
		status = see_whether_free(s);
	if (status)
		return status;

	begin_progress(s);
	status = run_processes(s);
	if (!status)
		status = work_out(s);
	if (status)
		return status;
	/* A text that cannot be written is no reason to lose the file. */
	status = say_result(s);
	status = write_results(s) || status;
	if (!status)
		status = make_report(s);
	if (!status && (fflush(s->out) || ferror(s->out)))
		status = complain(s, "writing the result", strerror(errno));
	if (!status && stop_signal) {
		fprintf(stderr, "%s: interrupted; %s\n", s->program,
			s->nr_figures ? "only what was finished is reported"
				      : "nothing was finished");
		status = 128 + stop_signal;
	}
	return status ? status : s->worse;
}

int compare_main(int argc, char **argv)
{
	struct comparison s = {.program = argv[0], .argv = argv};
	size_t i;
	int status;

	status = compare_options_parse(&s.options, argc, argv);
	if (status)
		return status;
	compare_options_warn(&s.options, s.program);
	host_describe(&s.host, time(NULL));
	s.out = s.options.json && !strcmp(s.options.json, "-") ? stderr : stdout;
	status = run_comparison(&s);
	/* This fails unless the folder is empty. */
	if (s.folder_made)
		rmdir(s.options.report);

	for (i = 0; i < s.options.layouts.nr; i++) {
		if (s.figures)
			figures_destroy(s.figures[i]);
		if (s.experiments)
			experiment_destroy(s.experiments[i]);
		if (s.layouts)
			layout_free(s.layouts[i]);
	}
	trace_file_destroy(s.trace);
	free(s.trace_path);
	free(s.stages);
	free(s.figures);
	free(s.experiments);
	free(s.layouts);
	compare_options_free(&s.options);
	return status;
}
