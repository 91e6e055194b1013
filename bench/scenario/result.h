/* SPDX-License-Identifier: GPL-2.0-only */
/* What comes of the rows of a command: a file and a page. */
#ifndef UMAPLE_SCENARIO_RESULT_H
#define UMAPLE_SCENARIO_RESULT_H

#include <jansson.h>

#include "rows.h"

struct scenario_result {
	const char *title; /* of the page */
	const struct host *host;
	const char *command_line;
	const struct scenario_rows *rows;
	json_t *kernel;	     /* what the running kernel did; NULL: it was not asked */
	const char **claims; /* sentences for a person; ended by NULL */
	bool interrupted;
};

/* "start", "frozen", "killed". */
const char *moment_name(enum moment moment);

/**
 * scenario_json() - The document of schema "umaple.scenario/1".
 * @result: the result.
 *
 * Context: Any.
 * Return: The document, or NULL if memory ran out.
 */
json_t *scenario_json(const struct scenario_result *result);

/**
 * scenario_page() - Write FOLDER/index.html, with a timeline of each row.
 * @folder: made if it is missing; the folder above must be there.
 * @result: the result.
 * @error: filled on failure.
 *
 * Context: May sleep.
 * Return: 0; -errno, and then no page was written or changed.
 */
int scenario_page(const char *folder, const struct scenario_result *result,
		  struct error_text *error);

#endif
