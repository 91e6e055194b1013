/* SPDX-License-Identifier: GPL-2.0-only */
/* Read a trace back as its users do: gzip, one JSON object a line. */
#ifndef UMAPLE_TRACE_LINES_H
#define UMAPLE_TRACE_LINES_H

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <zlib.h>

/* All lines as an array; fails the test where something is not whole. */
static inline json_t *trace_lines(const char *path)
{
	json_t *lines = json_array();
	gzFile gz = gzopen(path, "rb");
	char *text = NULL;
	size_t used = 0;
	int n, err;

	if (!gz)
		fail_msg("cannot open %s", path);
	/* Not gzip at all would be passed through as it is. */
	assert_false(gzdirect(gz));
	do {
		text = realloc(text, used + 65537);
		assert_non_null(text);
		n = gzread(gz, text + used, 65536);
		assert_true(n >= 0);
		used += (size_t)n;
	} while (n);
	gzerror(gz, &err);
	assert_int_equal(err, Z_OK);
	assert_int_equal(gzclose(gz), Z_OK);
	text[used] = '\0';
	assert_true(used > 0 && text[used - 1] == '\n');
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		json_error_t error;
		json_t *value = json_loadb(line, strcspn(line, "\n"), 0, &error);

		if (!value)
			fail_msg("%s, line %zu: %s", path, json_array_size(lines) + 1, error.text);
		json_array_append_new(lines, value);
	}
	free(text);
	return lines;
}

/* The value at a path like "roles.exit.visits.t", NULL if there is none. */
static inline json_t *json_at(json_t *at, const char *path)
{
	char copy[128], *key, *save = NULL;

	strncpy(copy, path, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
		at = json_object_get(at, key);
	return at;
}

static inline json_int_t integer_at(json_t *at, const char *path)
{
	json_t *value = json_at(at, path);

	if (!json_is_integer(value))
		fail_msg("no whole number at %s", path);
	return json_integer_value(value);
}

/* Is this a schema line and then this number of races? */
static inline void assert_trace_of(json_t *lines, size_t races)
{
	assert_int_equal(json_array_size(lines), 1 + races);
	assert_string_equal(json_string_value(json_object_get(json_array_get(lines, 0), "schema")),
			    "umaple.trace/1");
}

#endif
