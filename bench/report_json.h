/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures for other programs: one object of schema "umaple.reap/1", see reap.schema.json. */
#ifndef UMAPLE_REPORT_JSON_H
#define UMAPLE_REPORT_JSON_H

#include <jansson.h>

#include "compare_figures.h"
#include "report_host.h"

/**
 * report_json_build() - Make the document.
 * @host: where it was measured.
 * @options: what was asked for.
 * @figures: one for each layout that was run.
 * @nr: how many.
 * @interrupted: not everything that was asked for is in it.
 *
 * Engines and orders of which no repetition is done are left out.
 *
 * Context: Any.
 * Return: The object, to be given to json_decref(); NULL if memory ran out.
 */
json_t *report_json_build(const struct host *host, const struct compare_options *options,
			  struct figures *const *figures, size_t nr, bool interrupted);

/**
 * report_json_check() - Could a document be written there?
 * @path: where; "-" is always fine.
 *
 * Leaves nothing behind and changes nothing.
 *
 * Context: May sleep.
 * Return: 0; -EISDIR for a directory; another -errno that says why not.
 */
int report_json_check(const char *path);

/**
 * report_json_write() - Write a document.
 * @path: where; "-" is standard output.
 * @document: what.
 *
 * A regular file is written beside its place and then renamed into it: the file is there in
 * full or as it was before. A symbolic link stays one. Devices and pipes are written to.
 *
 * Context: May sleep.
 * Return: 0; -errno, and what stood at @path is untouched.
 */
int report_json_write(const char *path, const json_t *document);

#endif
