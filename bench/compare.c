// SPDX-License-Identifier: GPL-2.0-only
#include "compare.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compare_figures.h"
#include "compare_options.h"
#include "compare_schedule.h"
#include "race.h"
#include "report_file.h"
#include "report_host.h"
#include "report_json.h"
#include "report_text.h"

static volatile sig_atomic_t stop_signal;

/* What belongs together from the first layout opened to the last line written. */
struct comparison {
	const char *program;
	struct compare_options options;
	struct host host;
	FILE *out;
	struct layout **layouts; /* options.layouts.nr, as they were named */
	struct campaign **campaigns;
	struct figures **figures;
	size_t nr_figures;
	bool anything;		  /* at least one repetition is done */
	struct trace_file *trace; /* NULL if none was asked for */
	char *trace_path;
};

static void on_signal(int signal)
{
	stop_signal = signal;
}

/* The first signal stops between two races; a second one ends the program as usual. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int complain(const struct comparison *s, const char *what, const char *why)
{
	fprintf(stderr, "%s: %s%s%s\n", s->program, what, *what ? ": " : "", why);
	return 1;
}

/* Opened before the first race, so that a bad file costs nobody two minutes. */
static int open_layouts(struct comparison *s)
{
	const struct compare_options *o = &s->options;
	struct layout_error err;
	size_t i;

	s->layouts = calloc(o->layouts.nr, sizeof(*s->layouts));
	s->campaigns = calloc(o->layouts.nr, sizeof(*s->campaigns));
	s->figures = calloc(o->layouts.nr, sizeof(*s->figures));
	if (!s->layouts || !s->campaigns || !s->figures)
		return complain(s, "", "out of memory");
	for (i = 0; i < o->layouts.nr; i++) {
		s->layouts[i] = layout_open(o->layouts.names[i], o->scale, &err);
		if (!s->layouts[i])
			return complain(s, "", err.text);
	}
	return 0;
}

/* Every machine is made once and given back, so that one that is too large is refused now. */
static int try_arenas(struct comparison *s)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < s->options.layouts.nr; i++) {
		struct race_arena *arena =
			race_arena_create(s->layouts[i], s->options.trace, text, sizeof(text));

		if (!arena)
			return complain(s, "", text);
		race_arena_destroy(arena);
	}
	return 0;
}

static void show_progress(size_t done, size_t total, const char *name)
{
	/* The library's "/iterations:1/manual_time" is the same for all. */
	const char *end = strstr(name, "/iterations:");

	fprintf(stderr, "\r\033[K%3zu %% %.*s", 100 * done / total,
		end ? (int)(end - name) : (int)strlen(name), name);
	fflush(stderr);
}

static int run_layout(struct comparison *s, size_t i)
{
	const bool terminal = isatty(STDERR_FILENO);
	struct race_arena *arena;
	struct campaign *c;
	char text[256] = "";
	int err;

	c = campaign_create(&s->options, s->layouts[i], &stop_signal);
	if (!c)
		return complain(s, s->layouts[i]->name, "out of memory");
	s->campaigns[i] = c;
	c->trace = s->trace;
	arena = race_arena_create(s->layouts[i], s->options.trace, text, sizeof(text));
	if (!arena)
		return complain(s, "", text);
	err = campaign_run(c, arena, terminal ? show_progress : NULL);
	race_arena_destroy(arena);
	if (terminal)
		fputs("\r\033[K", stderr);
	if (err && err != -EINTR)
		return complain(s, "", c->message);

	s->figures[i] = figures_create(c);
	if (!s->figures[i])
		return complain(s, s->layouts[i]->name, "out of memory");
	s->nr_figures++;
	if (figures_any(s->figures[i])) {
		report_text_layout(s->out, s->figures[i]);
		fflush(s->out);
		s->anything = true;
	}
	return 0;
}

/* The name of a file without the folders before it. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int write_document(struct comparison *s, const char *trace_name)
{
	const char *failed = s->options.json;
	json_t *document;
	int err;

	document = report_json_build(&s->host, &s->options, s->figures, s->nr_figures,
				     stop_signal != 0, trace_name);
	if (!document)
		return complain(s, s->options.json, "out of memory");
	if (trace_name)
		err = report_json_write_both(s->options.json, document, s->trace_path, s->trace,
					     &failed);
	else
		err = report_json_write(s->options.json, document);
	json_decref(document);
	return err ? complain(s, failed, strerror(-err)) : 0;
}

static int write_results(struct comparison *s)
{
	int err = 0, status;
	bool traced;

	/* Interrupted before there was a result: a file from before is worth more than none. */
	if (!s->options.json || !s->anything)
		return 0;
	if (s->trace)
		err = trace_file_finish(s->trace);
	/* Without its trace, the document is still worth having. */
	traced = s->trace && !err && trace_file_races(s->trace);
	status = write_document(s, traced ? base_name(s->trace_path) : NULL);
	if (err)
		status = complain(s, s->trace_path, strerror(-err));
	return status;
}

/* Before the first race: can the results be written where they are wanted? */
static int prepare_output(struct comparison *s)
{
	int err;

	if (!s->options.json)
		return 0;
	err = report_json_check(s->options.json);
	if (err)
		return complain(s, s->options.json, strerror(-err));
	if (!s->options.trace)
		return 0;
	s->trace_path = trace_file_path(s->options.json);
	if (!s->trace_path)
		return complain(s, s->options.json, "out of memory");
	err = report_file_check(s->trace_path);
	if (err)
		return complain(s, s->trace_path, strerror(-err));
	s->trace = trace_file_create();
	if (!s->trace)
		return complain(s, "a temporary file for the trace", strerror(errno));
	return 0;
}

static int run_comparison(struct comparison *s)
{
	int status;
	size_t i;

	status = open_layouts(s);
	if (!status)
		status = prepare_output(s);
	if (!status)
		status = try_arenas(s);
	if (status)
		return status;

	catch_signals();
	report_text_head(s->out, &s->host, &s->options);
	for (i = 0; i < s->options.layouts.nr && !stop_signal; i++) {
		status = run_layout(s, i);
		if (status)
			return status;
	}
	status = write_results(s);
	if (!status && (fflush(s->out) || ferror(s->out)))
		status = complain(s, "writing the result", strerror(errno));
	if (!status && stop_signal) {
		fprintf(stderr, "%s: interrupted; %s\n", s->program,
			s->anything ? "only what was finished is reported"
				    : "nothing was finished");
		status = 128 + stop_signal;
	}
	return status;
}

int compare_main(int argc, char **argv)
{
	struct comparison s = {.program = argv[0]};
	size_t i;
	int status;

	status = compare_options_parse(&s.options, argc, argv);
	if (status)
		return status;
	host_describe(&s.host, time(NULL));
	s.out = s.options.json && !strcmp(s.options.json, "-") ? stderr : stdout;
	status = run_comparison(&s);

	for (i = 0; i < s.options.layouts.nr; i++) {
		if (s.figures)
			figures_destroy(s.figures[i]);
		if (s.campaigns)
			campaign_destroy(s.campaigns[i]);
		if (s.layouts)
			layout_free(s.layouts[i]);
	}
	trace_file_destroy(s.trace);
	free(s.trace_path);
	free(s.figures);
	free(s.campaigns);
	free(s.layouts);
	compare_options_free(&s.options);
	return status;
}
