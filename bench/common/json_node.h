/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read a JSON document that somebody else wrote. The caller asks for each value with the type it
 * must have. An error names the value by its path, as in "results[3].wall_ns.lo".
 *
 * A node is a value with its path. Nodes live on the caller's stack. Each points to the node that
 * it was reached from, which must outlive it.
 */
#ifndef UMAPLE_JSON_NODE_H
#define UMAPLE_JSON_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "error_text.h"

/* The document that is read, and its first error. */
struct reading {
	const char *file;
	size_t line; /* of @file; 0 if the document is the whole file */
	struct error_text *error;
	bool failed;
};

struct json_node {
	const struct json_node *up; /* NULL for the document itself */
	const char *key;	    /* in an object; NULL in an array */
	size_t index;		    /* in an array */
	const json_t *json;
	struct reading *reading;
};

/**
 * json_node_fail() - Say what is wrong with a value.
 * @node: the value.
 * @format: what, as in "is negative"; printf().
 *
 * Only the first failure of a reading is kept.
 *
 * Context: Any.
 * Return: false, for the caller to pass on.
 */
bool json_node_fail(const struct json_node *node, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * json_node_get() - Go to a member of an object.
 * @up: the object; checked to be one.
 * @key: the member.
 * @type: what it must be; JSON_REAL stands for any number.
 * @out: the member's node.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is not there or not of that type.
 */
bool json_node_get(const struct json_node *up, const char *key, json_type type,
		   struct json_node *out);

/**
 * json_node_find() - Go to a member that may be missing.
 * @up: the object; checked to be one.
 * @key: the member.
 * @type: what it must be if it is there; JSON_REAL stands for any number.
 * @out: the member's node; its json is NULL if the member is missing or null.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is there and not of that type.
 */
bool json_node_find(const struct json_node *up, const char *key, json_type type,
		    struct json_node *out);

/**
 * json_node_item() - Go to an item of an array.
 * @up: the array.
 * @index: which, below its length.
 * @type: what it must be; JSON_REAL stands for any number.
 * @out: the item's node.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is not of that type.
 */
bool json_node_item(const struct json_node *up, size_t index, json_type type,
		    struct json_node *out);

/*
 * Limits of numbers and strings. Times are in nanoseconds: 1e15 of them are eleven days. Counts end
 * where doubles stop being exact, at 2^53. Ratios are of two times, or of a time and a count.
 */
#define JSON_MOST_TIME	1e15
#define JSON_MOST_COUNT 9007199254740992.0
#define JSON_MOST_RATIO 1e15
#define JSON_MOST_TEXT	4096	  /* bytes of a string */
#define JSON_MOST_LONG	(1 << 20) /* of a command line */

/**
 * json_node_text() - Read a string that must be there.
 * @up: the object.
 * @key: the member.
 * @text: set to the string, which belongs to the document.
 *
 * The string has at most JSON_MOST_TEXT bytes. The parser has checked that it is UTF-8 without NUL.
 * It may hold other control characters, as file names may; code that writes the string replaces
 * them (see names.h).
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is missing, not a string, or too long.
 */
bool json_node_text(const struct json_node *up, const char *key, const char **text);

/* The same of a string of up to JSON_MOST_LONG bytes. */
bool json_node_long_text(const struct json_node *up, const char *key, const char **text);

/**
 * json_node_number() - Read a number that must be there.
 * @up: the object.
 * @key: the member.
 * @most: the largest it may be; the smallest is 0.
 * @number: set to it.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is missing, not a number, or out of range.
 */
bool json_node_number(const struct json_node *up, const char *key, double most, double *number);

/* A whole number from @least to JSON_MOST_COUNT. */
bool json_node_count(const struct json_node *up, const char *key, double least, double *count);

/**
 * json_node_numbers() - Copy an array of whole numbers.
 * @array: an array; its items must be whole numbers from 0 to @most.
 * @most: the largest.
 * @out: receives the first.
 * @stride: the distance between two of them in @out, in doubles.
 *
 * Context: Any.
 * Return: false, with the failure noted, if an item is something else.
 */
bool json_node_numbers(const struct json_node *array, double most, double *out, size_t stride);

#endif
