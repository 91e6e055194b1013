/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of schema "umaple.reap/2", as `reapbench compare --json` writes it, read back. Files of
 * "umaple.reap/1", which had no list of actors, are read too: there were at most two.
 */
#ifndef UMAPLE_RESULT_FILE_H
#define UMAPLE_RESULT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "measure/metrics.h"
#include "error_text.h"
#include "stats.h"

/*
 * Limits of a result. With more rows or orders, the pictures of a report would have more pixels
 * than a PNG can have.
 */
#define RESULT_MOST_BYTES  (64 << 20)
#define RESULT_MOST_ROWS   512	/* of "results", and of "layouts" */
#define RESULT_MOST_ORDERS 64	/* different ones */
#define RESULT_MOST_REPS   3000 /* of a row, in all its processes */

struct sample_set {
	double *values; /* in the order in which they ran; whole numbers */
	size_t nr;	/* 0 if there are none, or the file does not have them */
};

/* A figure that a file may lack. */
struct optional_interval {
	bool known;
	struct interval value;
};

/* A task of a race. */
struct result_actor {
	const char *role, *task, *operation;
	const char *order;    /* as that of a row */
	double delay_us, cpu; /* cpu: -1 is not pinned */
};

#define RESULT_MOST_ACTORS 64

/*
 * One object of "results": an order on a layout with an engine. Times are in nanoseconds, from 0 to
 * JSON_MOST_TIME (json_node.h), counts end at JSON_MOST_COUNT, ratios at JSON_MOST_RATIO, and
 * shares are from 0 to 1. Each median lies in its interval, except that of vs_forward.
 *
 * @engine and @order begin with a small letter and have at most 64 characters, all of them small
 * letters and digits, in @order also ":-/+@*". So they are safe in any quotes. @layout may be any
 * text.
 */
struct result_row {
	const char *layout, *engine, *order;
	unsigned int occurrence; /* of the same three before this one: layouts may share a name */
	struct result_actor *actors; /* the exiting task first */
	size_t nr_actors;
	double reapers, reps, disturbed, kept, slowed, slow_kept;
	struct optional_interval r, overhead, trace_overhead,
		vs_forward; /* vs_forward: of running time */
	struct interval value[NR_VALUES];
	bool known[NR_VALUES];		     /* false: the file lacks this value */
	struct sample_set sample[NR_VALUES]; /* the single repetitions, as far as the file has them */
	size_t *process_reps; /* how many of them each process ran; see result_groups() */
	size_t nr_processes;  /* 0: the file does not say; it was one then */
	double traced, traced_disturbed, traced_kept, traced_ptl_wait; /* of traced races */
};

/* Does the file have the locks of this class? A file that is older than the class does not. */
static inline bool result_class_known(const struct result_row *row, enum lock_class class)
{
	return row->known[VALUE_CLASS_ROLE(WAIT, class, ROLE_EXIT)];
}

/* The calibration of an engine on a layout, from solo races. */
struct result_calibration {
	const char *layout, *engine;
	struct optional_interval r, overhead, trace_overhead;
	double r_reps, overhead_pairs, trace_overhead_pairs; /* races, pairs of races */
	struct interval pages_built_per_s;
	double disturbed, kept;
};

/* The tree of an engine: "umaple 0.1.0", "lib/maple_tree.c of Linux 6.12.90". */
struct result_engine {
	const char *name, *version;
};

struct result_host {
	const char *cpu, *kernel, *compiler, *flags, *date;
	const char *version, *commit; /* of umaple; NULL where the file does not have them */
	double cores;
	struct result_engine *engines; /* none where the file does not have them */
	size_t nr_engines;
};

/* Strings are NULL where the file does not have them. */
struct result_options {
	const char *lock, *tlb, *frames, *command_line;
	double scale, reps, pin[NR_ROLES]; /* reps: in each process */
	double processes;		   /* 1 where the file does not say */
	bool known;
};

/* An object of "layouts". */
struct result_layout {
	const char *name, *rule;
	const char *notes;	 /* "" if there are none, or the file does not have them */
	unsigned int occurrence; /* of its name before this one */
	double vmas, tables, anon, file, swap, huge;
};

struct result {
	char *path;
	json_t *document; /* all strings belong to it */
	struct result_host host;
	struct result_options options;
	bool interrupted;
	const char *trace; /* file name, relative to the folder of @path; NULL: no trace */
	struct result_row *rows;
	size_t nr_rows;
	struct result_layout *layouts; /* none where the file does not have them */
	size_t nr_layouts;
	struct result_calibration *calibrations; /* the same */
	size_t nr_calibrations;
};

/**
 * result_read() - Read and check a result file.
 * @path: the file.
 * @error: filled on failure, with the path of the value that is wrong.
 *
 * Unknown keys are ignored. All numbers are in the ranges given at the structures above. A file of
 * more than RESULT_MOST_BYTES is refused.
 *
 * Context: May sleep.
 * Return: The result, or NULL.
 */
struct result *result_read(const char *path, struct error_text *error);

/**
 * result_parse() - As result_read(), of a file that is in memory.
 * @name: what errors call it; also the result's path.
 * @text: its bytes.
 * @size: how many.
 * @error: filled on failure.
 *
 * Context: Any.
 * Return: The result, or NULL.
 */
struct result *result_parse(const char *name, const char *text, size_t size,
			    struct error_text *error);

/**
 * result_from_json() - As result_read(), of a document that is in memory.
 * @document: taken over, also on failure; NULL is taken for a lack of memory.
 * @name: what errors call it; also the result's path.
 * @error: filled on failure.
 *
 * Context: Any.
 * Return: The result, or NULL.
 */
struct result *result_from_json(json_t *document, const char *name, struct error_text *error);

/* The row of a layout, engine and order; NULL if there is none. @occurrence: of the layout. */
const struct result_row *result_row_find(const struct result *result, const char *layout,
					 unsigned int occurrence, const char *engine,
					 const char *order);

/**
 * result_groups() - The repetitions of a value, process by process.
 * @row: the row; must live as long as the groups.
 * @value: which value of measure/metrics.h.
 *
 * Context: Any.
 * Return: The groups; none if there are no repetitions of this value.
 */
struct groups result_groups(const struct result_row *row, unsigned int value);

/**
 * result_free() - Free a result with all it refers to.
 * @result: the result, or NULL.
 *
 * Context: Any.
 */
void result_free(struct result *result);

#endif
