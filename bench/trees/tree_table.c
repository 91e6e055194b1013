// SPDX-License-Identifier: GPL-2.0-only
#include "tree_table.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/gbench.h"
#include "common/output_file.h"
#include "tree_case.h"
#include "tree_report.h"

#define ROUNDS_MIN 11
#define ROUNDS_MAX 10000
#define SLICE_MAX  20e6 /* ns for each measurement */

struct table {
	struct tree_cell *cells;
	size_t nr_cells;
	struct tree_rounds rounds;
	double end; /* when it should be over, in ns */
};

/* A measurement that is still to be done. */
struct job {
	struct table *table;
	struct tree_case *c;
	int64_t passes;
	double *ns; /* receives the result; may be NULL */
};

/* The measurement that runs now, for the report that follows. */
static struct job *current;

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void table_free(struct table *t)
{
	for (size_t i = 0; t->cells && i < t->nr_cells; i++) {
		for (size_t e = 0; e < tree_engines(); e++)
			free(t->cells[i].ns[e]);
	}
	free(t->cells);
}

static int table_init(struct table *t, const char *filter)
{
	size_t nr, engines = tree_engines();
	struct tree_case *cases = tree_cases(&nr);
	int any = 0;

	t->nr_cells = nr / engines;
	t->cells = calloc(t->nr_cells, sizeof(*t->cells));
	if (!t->cells)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		struct tree_cell *cell = &t->cells[i / engines];
		int matches = filter ? gbench_matches(filter, cases[i].name) : 1;

		if (matches < 0)
			return matches;
		cell->cases[i % engines] = &cases[i];
		cell->passes = 1;
		cell->wanted |= matches;
		any |= matches;
	}
	return any ? 0 : -ENOENT;
}

/* ---- Measuring ---- */

static void run_job(struct gbench_state *state, void *user)
{
	current = user;
	tree_case_run(state, current->c, current->passes);
}

static void report_job(const struct gbench_report *report, void *user)
{
	if (report->error) {
		fprintf(stderr, "maplebench: %s: %s\n", current->c->name, report->error);
		return;
	}
	if (!current->ns)
		return;
	*current->ns = report->cpu_seconds / (double)report->iterations * 1e9;
	if (report->cpu_seconds < 0.9 * report->real_seconds)
		current->table->rounds.disturbed++;
}

static int add_job(struct job *job)
{
	const struct gbench_options exactly = {.iterations = job->passes * tree_case_ops(job->c)};

	return gbench_register(job->c->name, run_job, job, &exactly);
}

/* Make the trees and find out the cost of a pass. The results are not kept. */
static int warm_up(struct table *t)
{
	size_t engines = tree_engines(), nr = engines * t->nr_cells;
	struct job *jobs = calloc(nr, sizeof(*jobs));
	int err = 0;

	if (!jobs)
		return -ENOMEM;
	for (size_t i = 0; !err && i < nr; i++) {
		struct tree_cell *cell = &t->cells[i / engines];

		if (!cell->wanted)
			continue;
		jobs[i] = (struct job){t, cell->cases[i % engines], cell->passes, NULL};
		err = add_job(&jobs[i]);
	}
	if (!err)
		err = gbench_run_quiet(report_job, NULL, NULL);
	gbench_clear();
	free(jobs);
	return err;
}

/* Divide the time among the cases; returns the time of one round. */
static double plan_passes(struct table *t)
{
	double slice, round = 0;
	size_t wanted = 0, engines = tree_engines();

	for (size_t i = 0; i < t->nr_cells; i++)
		wanted += t->cells[i].wanted;
	slice = (t->end - now_ns()) / (double)(engines * wanted * ROUNDS_MIN);
	if (slice > SLICE_MAX)
		slice = SLICE_MAX;
	for (size_t i = 0; i < t->nr_cells; i++) {
		struct tree_cell *cell = &t->cells[i];
		double slowest = 0;

		if (!cell->wanted)
			continue;
		for (size_t e = 0; e < engines; e++)
			slowest = fmax(slowest, cell->cases[e]->pass_ns);
		cell->passes = slice > slowest ? (int64_t)(slice / slowest) : 1;
		for (size_t e = 0; e < engines; e++)
			round += (double)cell->passes * cell->cases[e]->pass_ns +
				 cell->cases[e]->rest_ns;
	}
	return round;
}

static int plan_rounds(struct table *t, double round)
{
	double fit = (t->end - now_ns()) / round;

	t->rounds.nr = fit < ROUNDS_MIN ? ROUNDS_MIN : fit > ROUNDS_MAX ? ROUNDS_MAX : (size_t)fit;
	for (size_t i = 0; i < t->nr_cells; i++) {
		for (size_t e = 0; e < tree_engines(); e++) {
			t->cells[i].ns[e] = calloc(t->rounds.nr, sizeof(double));
			if (!t->cells[i].ns[e])
				return -ENOMEM;
		}
	}
	return 0;
}

static int measure(struct table *t, char **json)
{
	size_t engines = tree_engines(), nr = 0;
	struct job *jobs = calloc(engines * t->nr_cells * t->rounds.nr, sizeof(*jobs));
	int err = 0;

	if (!jobs)
		return -ENOMEM;
	for (size_t round = 0; round < t->rounds.nr; round++) {
		for (size_t i = 0; !err && i < engines * t->nr_cells; i++) {
			struct tree_cell *cell = &t->cells[i / engines];
			size_t e = (i + round) % engines; /* no engine is always first */

			if (!cell->wanted)
				continue;
			jobs[nr] =
				(struct job){t, cell->cases[e], cell->passes, &cell->ns[e][round]};
			err = add_job(&jobs[nr++]);
		}
	}
	if (!err)
		err = gbench_run_recorded(report_job, NULL, json, NULL);
	gbench_clear();
	free(jobs);
	return err;
}

/* ---- The whole table ---- */

static int put_text(FILE *out, const void *text)
{
	return fputs(text, out) == EOF || fflush(out) ? -EIO : 0;
}

static int write_json(const char *path, const char *document)
{
	struct output_file file;
	int err;

	if (!strcmp(path, "-"))
		return put_text(stdout, document);
	err = output_file_prepare(&file, path, put_text, document);
	return err ? err : output_file_commit(&file);
}

static int run(struct table *t, const char *filter, char **document)
{
	double round;
	int err = table_init(t, filter);

	/* The first, cold pass takes longer than later ones. */
	for (int i = 0; !err && i < 2; i++) {
		err = warm_up(t);
		if (!err)
			round = plan_passes(t);
	}
	if (err)
		return err;
	err = plan_rounds(t, round);
	if (err)
		return err;
	fprintf(stderr, "maplebench: %zu rounds, %.1f minutes\n", t->rounds.nr,
		(double)t->rounds.nr * round / 60e9);
	return measure(t, document);
}

static int complain(const char *what, const char *why, int status)
{
	fprintf(stderr, "maplebench: %s%s%s\n", what, *what ? ": " : "", why);
	return status;
}

static int failed(int err)
{
	switch (err) {
	case -ECANCELED: /* a measurement failed, and has reported that */
		return 1;
	case -EINVAL:
		return complain("", "the filter is not a regular expression", 2);
	case -ENOENT:
		return complain("", "no benchmark matches the filter", 1);
	default:
		return complain("", strerror(-err), 1);
	}
}

int tree_table_run(double minutes, const char *filter, const char *json)
{
	struct table t = {.end = now_ns() + minutes * 60e9};
	char *document = NULL;
	int err, status = 0;

	if (tree_engines() < 2)
		return complain("", "built without the kernel's tree: nothing to compare", 1);
	err = json && strcmp(json, "-") ? output_file_check(json) : 0;
	if (err)
		return complain(json, strerror(-err), 1);
	err = run(&t, filter, &document);
	if (err) {
		status = failed(err);
	} else {
		err = tree_report_print(stdout, t.cells, t.nr_cells, &t.rounds);
		if (err)
			status = complain("standard output", strerror(-err), 1);
		err = json ? write_json(json, document) : 0;
		if (err)
			status = complain(json, strerror(-err), 1);
	}
	free(document);
	table_free(&t);
	return status;
}
