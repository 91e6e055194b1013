// SPDX-License-Identifier: GPL-2.0-only
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/format.h"
#include "common/output_file.h"
#include "common/stop.h"
#include "kernel_side.h"

/* State of one run. */
struct run {
	const struct scenario_command *command;
	const char *program;
	struct scenario_options options;
	struct scenario_rows rows;
	struct layout *layout;
	struct host host;
	FILE *out;
	struct kernel_side kernel;
};

static int complain(const struct run *r, const char *what, const char *why)
{
	fprintf(stderr, "%s: %s%s%s\n", r->program, what, *what ? ": " : "", why);
	return 1;
}

void put_time(FILE *out, const struct scenario_row *row,
	      int64_t (*time)(const struct scenario_outcome *outcome, int arg), int arg)
{
	struct interval i;
	char text[32];

	fprintf(out, "  %9s",
		scenario_time(row, time, arg, &i) ? format_time(text, i.median) : "-");
}

static const int shown_marks[] = {FREE_50, FREE_90, FREE_100};

void put_free_heads(FILE *out)
{
	for (size_t i = 0; i < 3; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%s %%", free_mark_name((unsigned int)shown_marks[i]));
		fprintf(out, "  %9s", text);
	}
	fputs(" free", out);
}

void put_free_times(FILE *out, const struct scenario_row *row)
{
	for (size_t i = 0; i < 3; i++)
		put_time(out, row, scenario_free, shown_marks[i]);
}

static void show_progress(const struct scenario_rows *rows, unsigned int rep,
			  const struct scenario_row *row, void *user)
{
	fprintf(stderr, "\r\033[K%s, %s: %u of %u", row->scenario.name, row->policy, rep + 1,
		rows->reps);
	fflush(stderr);
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Whatever makes the run pointless is found before it begins. */
static int check(struct run *r)
{
	const struct scenario_options *o = &r->options;
	struct layout_error error;
	int err;

	if (o->json && strcmp(o->json, "-") && (err = output_file_check(o->json)))
		return complain(r, o->json, strerror(-err));
	if (o->report && mkdir(o->report, 0777) && errno != EEXIST)
		return complain(r, o->report, strerror(errno));
	r->layout = layout_open(o->layout, o->scale, &error);
	if (!r->layout)
		return complain(r, "", error.text);
	if (!layout_pages(r->layout))
		return complain(r, r->layout->name, "it has no page: there is nothing to free");
	return 0;
}

static void put_head(const struct run *r)
{
	const struct layout *l = r->layout;
	uint64_t resident = layout_pages(l) - l->pages[LAYOUT_SWAP];
	char text[2][32];

	fprintf(r->out, "%s, %ld cores, %s, %s\n", r->host.cpu, r->host.cores, r->host.kernel,
		r->host.date);
	put_plain(r->out, l->name);
	fprintf(r->out, ": %zu VMA%s, %s resident", l->nr_vmas, l->nr_vmas == 1 ? "" : "s",
		format_memory(text[0], resident));
	if (l->pages[LAYOUT_SWAP])
		fprintf(r->out, ", %s swapped", format_memory(text[1], l->pages[LAYOUT_SWAP]));
	fprintf(r->out, "; %u thread%s; tree: %s; %u repetition%s\n\n", r->rows.threads,
		r->rows.threads == 1 ? "" : "s", r->rows.engine, r->options.reps,
		r->options.reps == 1 ? "" : "s");
}

static int dump(FILE *out, const void *document)
{
	if (json_dumpf(document, out, JSON_INDENT(1) | JSON_SORT_KEYS))
		return -EIO;
	return fputc('\n', out) == EOF || fflush(out) ? -EIO : 0;
}

int scenario_write_json(const char *path, json_t *document)
{
	struct output_file file;
	int err = document ? 0 : -ENOMEM;

	if (!err && !strcmp(path, "-")) {
		err = dump(stdout, document);
	} else if (!err) {
		err = output_file_prepare(&file, path, dump, document);
		if (!err)
			err = output_file_commit(&file);
	}
	json_decref(document);
	return err;
}

/* The lines of @text, for the page; the list is the caller's to free, and points into @text. */
static const char **split_lines(char *text)
{
	size_t nr = 0;
	const char **lines;
	char *line, *rest = text;

	for (const char *c = text; *c; c++)
		nr += *c == '\n';
	lines = calloc(nr + 2, sizeof(*lines));
	for (nr = 0; lines && (line = strsep(&rest, "\n"));)
		if (*line)
			lines[nr++] = line;
	return lines;
}

static int make_page(const struct run *r, struct scenario_result *result, char *claims)
{
	struct error_text error;
	char title[200];
	int err;

	snprintf(title, sizeof(title), r->command->title, r->layout->name);
	result->title = title;
	result->claims = split_lines(claims);
	err = result->claims ? scenario_page(r->options.report, result, &error)
			     : error_text_set(&error, -ENOMEM, "out of memory");
	free(result->claims);
	if (err)
		return complain(r, "", error.text);
	fprintf(r->out, "Report: %s/index.html\n", r->options.report);
	return 0;
}

/* A victim with as much memory as the layout has, as far as a machine has that to spare. */
#define KERNEL_BYTES_MAX (256UL << 20)

/* The running kernel, before the model starts threads. */
static int ask_kernel(struct run *r)
{
	const struct scenario_options *o = &r->options;
	uint64_t bytes = layout_pages(r->layout) << 12;
	struct error_text error;
	int err;

	if (!(r->command->words.words & WORD_LIVE) || o->no_live)
		return 0;
	if (bytes > KERNEL_BYTES_MAX)
		bytes = KERNEL_BYTES_MAX;
	if (bytes < KERNEL_THAW_LEAST_BYTES)
		bytes = KERNEL_THAW_LEAST_BYTES;
	err = kernel_side_run(&r->kernel, o->threads, bytes, o->reps, &error);
	if (err)
		return complain(r, "", error.text);
	if (o->live && !stop_signal && !kernel_side_any(&r->kernel))
		return complain(r, "--live", r->kernel.row[KERNEL_FREEZER_V2].why_not.text);
	return 0;
}

/* Text, file and page. */
static int report(struct run *r)
{
	struct scenario_result result = {.host = &r->host,
					 .command_line = r->options.command_line,
					 .rows = &r->rows,
					 .interrupted = stop_signal != 0};
	char *claims = NULL;
	size_t size;
	FILE *lines = open_memstream(&claims, &size);
	int status = 0;

	if (!lines)
		return complain(r, "", "out of memory");
	r->command->claims(lines, &r->rows, &r->options);
	kernel_side_claims(lines, &r->kernel);
	if (kernel_side_any(&r->kernel))
		result.kernel = kernel_side_json(&r->kernel);
	if (fclose(lines)) {
		free(claims);
		return complain(r, "", "out of memory");
	}
	put_head(r);
	r->command->table(r->out, &r->rows, &r->options);
	kernel_side_table(r->out, &r->kernel);
	r->command->notes(r->out);
	fputc('\n', r->out);
	put_wrapped(r->out, 100, claims);
	if (r->options.json) {
		const int err = scenario_write_json(r->options.json, scenario_json(&result));

		status = err ? complain(r, r->options.json, strerror(-err)) : 0;
	}
	if (!status && r->options.report)
		status = make_page(r, &result, claims);
	if (fflush(r->out) || ferror(r->out))
		status = complain(r, "writing the result", strerror(errno));
	free(claims);
	json_decref(result.kernel);
	return status;
}

static int run(struct run *r)
{
	struct error_text error;
	int err = r->command->fill(&r->rows, &r->options, r->program), status;

	if (err)
		return err > 0 ? err : complain(r, "", "out of memory");
	status = check(r);
	if (status)
		return status;
	r->rows.layout = r->layout;
	status = ask_kernel(r);
	if (status)
		return status;
	/* A signal that came meanwhile is remembered. */
	stop_catch();
	err = scenario_rows_play(&r->rows, isatty(STDERR_FILENO) ? show_progress : NULL, NULL,
				 &error);
	clear_progress();
	if (err)
		return complain(r, "", error.text);
	if (r->rows.rows[0].reps)
		status = report(r);
	if (status || !stop_signal)
		return status;
	complain(r, "interrupted",
		 r->rows.rows[0].reps ? "only what was finished is reported"
				      : "nothing was finished");
	return 128 + stop_signal;
}

int scenario_command_main(const struct scenario_command *command, int argc, char **argv)
{
	struct run r = {.command = command, .program = argv[0]};
	int status = scenario_options_parse(&r.options, &command->words, argc, argv);

	if (status)
		return status;
	host_describe(&r.host, time(NULL));
	r.out = r.options.json && !strcmp(r.options.json, "-") ? stderr : stdout;
	r.rows.engine = r.options.engines.names[0];
	r.rows.threads = r.options.threads;
	r.rows.reps = r.options.reps;
	r.rows.wait_ms = 100;
	r.rows.lock = LOCK_KIND_MCS;
	r.rows.cpu[0] = r.options.cpu[ROLE_EXIT];
	r.rows.cpu[1] = r.options.cpu[ROLE_REAPER];
	status = run(&r);
	kernel_side_free(&r.kernel);
	scenario_rows_free(&r.rows);
	layout_free(r.layout);
	scenario_options_free(&r.options);
	return status;
}
