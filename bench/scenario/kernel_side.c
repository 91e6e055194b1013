// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_side.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "common/json_build.h"
#include "common/stop.h"

static void count(struct kernel_freezer_row *row)
{
	const struct kernel_thaw_result *run = &row->runs[row->reps++];

	row->exits += run->exited;
	if (run->stuck > row->stuck)
		row->stuck = run->stuck;
}

int kernel_side_run(struct kernel_side *side, unsigned int threads, uint64_t bytes,
		    unsigned int reps, struct error_text *error)
{
	struct kernel_thaw_options options = {.threads = threads, .bytes = bytes};

	*side = (struct kernel_side){.bytes = bytes, .threads = threads};
	for (int f = 0; f < NR_KERNEL_FREEZERS; f++) {
		side->row[f].runs = calloc(reps, sizeof(*side->row[f].runs));
		if (!side->row[f].runs)
			return error_text_set(error, -ENOMEM, "out of memory");
	}
	for (unsigned int rep = 0; rep < reps && !stop_signal; rep++) {
		for (int f = 0; f < NR_KERNEL_FREEZERS && !stop_signal; f++) {
			struct kernel_freezer_row *row = &side->row[f];
			struct kernel_thaw_result *run = &row->runs[row->reps];
			int err;

			if (*row->why_not.text)
				continue;
			options.freezer = (enum kernel_freezer)f;
			err = kernel_thaw_run(&options, run);
			if (err == -EOPNOTSUPP)
				row->why_not = run->error;
			else if (err && err != -EINTR)
				return error_text_set(error, err, "the running kernel: %s",
						      run->error.text);
			else if (!err)
				count(row);
		}
	}
	return 0;
}

void kernel_side_free(struct kernel_side *side)
{
	for (int f = 0; f < NR_KERNEL_FREEZERS; f++)
		free(side->row[f].runs);
}

bool kernel_side_any(const struct kernel_side *side)
{
	return side->row[KERNEL_FREEZER_V1].reps || side->row[KERNEL_FREEZER_V2].reps;
}

static int64_t last_exit(const struct kernel_thaw_result *run, int arg)
{
	return run->last_exit_ns;
}

static int64_t memory_free(const struct kernel_thaw_result *run, int arg)
{
	return run->free_ns[arg];
}

/* The median of a time that came about in most runs. */
static bool median_of(const struct kernel_freezer_row *row,
		      int64_t (*time)(const struct kernel_thaw_result *run, int arg), int arg,
		      double *median)
{
	double *values = calloc(row->reps + 1, sizeof(*values));
	size_t nr = 0;
	bool known;

	for (unsigned int i = 0; values && i < row->reps; i++)
		if (time(&row->runs[i], arg) >= 0)
			values[nr++] = (double)time(&row->runs[i], arg);
	known = 2 * nr > row->reps && !stats_median(values, nr, median);
	free(values);
	return known;
}

static void put(FILE *out, const struct kernel_freezer_row *row,
		int64_t (*time)(const struct kernel_thaw_result *run, int arg), int arg)
{
	char text[32];
	double median;

	fprintf(out, "  %9s", median_of(row, time, arg, &median) ? format_time(text, median) : "-");
}

void kernel_side_table(FILE *out, const struct kernel_side *side)
{
	char text[32];

	if (!kernel_side_any(side))
		return;
	fprintf(out, "running kernel, real victims of %u threads and %s:\n", side->threads,
		format_memory(text, side->bytes >> 12));
	for (int f = NR_KERNEL_FREEZERS - 1; f >= 0; f--) {
		const struct kernel_freezer_row *row = &side->row[f];
		char name[24], exits[24];

		if (!row->reps)
			continue;
		snprintf(name, sizeof(name), "cgroup %s",
			 kernel_freezer_name((enum kernel_freezer)f));
		snprintf(exits, sizeof(exits), "%u/%u", row->exits, row->reps);
		fprintf(out, "%-12s %-10s  %7s  %5u", name, "yes", exits, row->stuck);
		put(out, row, last_exit, 0);
		for (int i = 0; i < NR_KERNEL_THAW_FREE; i++)
			put(out, row, memory_free, i);
		fputc('\n', out);
	}
}

void kernel_side_claims(FILE *out, const struct kernel_side *side)
{
	for (int f = NR_KERNEL_FREEZERS - 1; f >= 0; f--) {
		const struct kernel_freezer_row *row = &side->row[f];
		const char *name = kernel_freezer_name((enum kernel_freezer)f);

		if (*row->why_not.text)
			fprintf(out,
				"The running kernel was not asked with the freezer of cgroup "
				"%s: %s.\n",
				name, row->why_not.text);
		if (!row->reps)
			continue;
		fprintf(out, "%s, freezer of cgroup %s: ", row->runs[0].release, name);
		if (row->exits == row->reps)
			fputs("every thread leaves.\n", out);
		else
			fprintf(out,
				"the victim stays in %u of %u runs, with %u of its %u threads.\n",
				row->reps - row->exits, row->reps, row->stuck, side->threads);
	}
}

static json_t *time_json(int64_t ns)
{
	return ns < 0 ? json_null() : json_integer(ns);
}

static json_t *threads_json(const struct kernel_thaw_result *run)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < run->threads; i++) {
		const struct kernel_thaw_thread *t = &run->thread[i];

		if (!json_array_append_new(
			    array, json_pack("{s:o, s:o, s:b}", "woken_ns", time_json(t->woken_ns),
					     "exit_ns", time_json(t->exit_ns), "stuck", t->stuck)))
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *run_json(const struct kernel_thaw_result *run)
{
	json_t *object = json_object();

	if (json_put(object, "threads", threads_json(run)) &&
	    json_put(object, "release", json_text(run->release)) &&
	    json_put(object, "freezer", json_string(kernel_freezer_name(run->freezer))) &&
	    json_put(object, "traced", json_boolean(run->traced)) &&
	    json_put(object, "exited", json_boolean(run->exited)) &&
	    json_put(object, "stuck", json_integer(run->stuck)) &&
	    json_put(object, "bytes", json_integer((json_int_t)run->bytes)) &&
	    json_put(object, "other_bytes", json_integer((json_int_t)run->other_bytes)) &&
	    json_put(object, "last_exit_ns", time_json(run->last_exit_ns)) &&
	    json_put(object, "process_end_ns", time_json(run->process_end_ns)) &&
	    json_put(object, "reap_ns", time_json(run->reap_ns)) &&
	    json_put(object, "free_ns",
		     json_pack("{s:o, s:o, s:o}", "50",
			       time_json(run->free_ns[KERNEL_THAW_FREE_50]), "90",
			       time_json(run->free_ns[KERNEL_THAW_FREE_90]), "100",
			       time_json(run->free_ns[KERNEL_THAW_FREE_100]))))
		return object;
	json_decref(object);
	return NULL;
}

json_t *kernel_side_json(const struct kernel_side *side)
{
	json_t *array = json_array();

	for (int f = 0; f < NR_KERNEL_FREEZERS; f++) {
		for (unsigned int i = 0; array && i < side->row[f].reps; i++) {
			if (!json_array_append_new(array, run_json(&side->row[f].runs[i])))
				continue;
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}
