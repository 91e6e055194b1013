/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace of a comparison for other programs (docs/trace.md): gzip, in it one JSON object a
 * line, {"schema": "umaple.trace/1"} and then one for each traced race.
 *
 * It grows in a file without a name, so that nothing is left of it if the program is killed. It is
 * copied to its path when all is done. After an error nothing more is written, the races go on, and
 * trace_file_finish() returns the error.
 */
#ifndef UMAPLE_TRACE_FILE_H
#define UMAPLE_TRACE_FILE_H

#include <stdio.h>

#include "race_trace.h"

struct trace_file;

/* A race with its names. */
struct traced_race {
	const char *layout, *engine, *order;
	unsigned int rep; /* from 0 */
	const struct race_result *result;
	const struct race_trace *trace;
};

/**
 * trace_file_create() - Begin a trace.
 *
 * Context: May sleep.
 * Return: The trace, or NULL with errno set.
 */
struct trace_file *trace_file_create(void);

/**
 * trace_file_destroy() - Give it back.
 * @file: the trace, or NULL.
 *
 * Context: Any.
 */
void trace_file_destroy(struct trace_file *file);

/**
 * trace_file_offer() - Make a race's line, but do not write it yet.
 * @file: the trace.
 * @race: all of it is copied.
 *
 * Replaces a line that was offered and not kept, because its race was disturbed.
 *
 * Context: May sleep. Not while a race runs.
 */
void trace_file_offer(struct trace_file *file, const struct traced_race *race);

/**
 * trace_file_keep() - Write the line that was offered last.
 * @file: the trace.
 *
 * Context: May sleep. Not while a race runs.
 */
void trace_file_keep(struct trace_file *file);

/**
 * trace_file_hand_over() - Let other processes go on with a trace.
 * @file: the trace; this process keeps no race in it any more.
 *
 * Context: May sleep.
 * Return: A descriptor for trace_file_continue() in a process that inherits it, one after the other.
 */
int trace_file_hand_over(struct trace_file *file);

/**
 * trace_file_continue() - Go on with a trace that another process has handed over.
 * @fd: the descriptor, inherited; not closed.
 *
 * Context: May sleep.
 * Return: The trace, of which only trace_file_copy() is not possible; NULL with errno set.
 */
struct trace_file *trace_file_continue(int fd);

/**
 * trace_file_take_back() - Note what another process did with the trace.
 * @file: the trace that was handed over.
 * @races: what trace_file_races() says there.
 * @err: what trace_file_finish() returned there.
 *
 * Context: Any.
 */
void trace_file_take_back(struct trace_file *file, size_t races, int err);

/* How many races were kept. */
size_t trace_file_races(const struct trace_file *file);

/**
 * trace_file_finish() - Write what is still in memory; nothing can be kept any more.
 * @file: the trace.
 *
 * Context: May sleep.
 * Return: 0; the -errno of the first error there was.
 */
int trace_file_finish(struct trace_file *file);

/**
 * trace_file_copy() - Copy a trace to a file.
 * @out: where to.
 * @file: a struct trace_file for which trace_file_finish() returned 0.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int trace_file_copy(FILE *out, const void *file);

/**
 * trace_file_path() - The path of the trace of a document.
 * @json: the document's path; a trailing ".json" is replaced by ".trace.gz".
 *
 * Context: Any.
 * Return: The path, to be given to free(), or NULL if memory ran out.
 */
char *trace_file_path(const char *json);

#endif
