/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures for other programs: one object of schema "umaple.reap/2", see reap.schema.json. */
#ifndef UMAPLE_COMPARE_JSON_H
#define UMAPLE_COMPARE_JSON_H

#include <jansson.h>

#include "figures.h"
#include "common/host.h"
#include "race/trace_file.h"

/**
 * compare_json_build() - Make the document.
 * @host: where it was measured.
 * @options: the options of the run.
 * @figures: one for each layout that was run.
 * @nr: how many.
 * @interrupted: the run was interrupted, and some results are missing.
 * @trace: the name of the trace's file, relative to the document's; NULL if there is none.
 *
 * Engines and orders without a finished repetition are left out.
 *
 * Context: Any.
 * Return: The object, to be given to json_decref(); NULL if memory ran out.
 */
json_t *compare_json_build(const struct host *host, const struct compare_options *options,
			   struct figures *const *figures, size_t nr, bool interrupted,
			   const char *trace);

/**
 * compare_json_check() - Could a document be written there?
 * @path: where; "-" is always fine.
 *
 * Context: May sleep.
 * Return: As output_file_check().
 */
int compare_json_check(const char *path);

/**
 * compare_json_write() - Write a document.
 * @path: where; "-" is standard output.
 * @document: what.
 *
 * Context: May sleep.
 * Return: 0; -errno, and then the old file at @path is untouched.
 */
int compare_json_write(const char *path, const json_t *document);

/**
 * compare_json_write_both() - Write a document and the trace it names.
 * @path: where the document goes; not "-".
 * @document: what.
 * @trace_path: where the trace goes.
 * @trace: a trace that is finished.
 *
 * Both are written in full before one of them is put in its place.
 *
 * Context: May sleep.
 * Return: 0; -errno with @failed set to the path it is about.
 */
int compare_json_write_both(const char *path, const json_t *document, const char *trace_path,
			    const struct trace_file *trace, const char **failed);

#endif
