/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a JSON document of somebody else: each value is asked for with the type it must have,
 * and what is not as it must be is named by its place, as in "results[3].wall_ns.lo".
 *
 * A place is a value and how it was reached. Places live on the caller's stack, each pointing to
 * the one it was reached from, which must outlive it.
 */
#ifndef UMAPLE_JSON_PLACE_H
#define UMAPLE_JSON_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "error_text.h"

/* What is being read; the first error stays in it. */
struct reading {
	const char *file;
	size_t line; /* of @file; 0 if the document is the whole file */
	struct report_error *error;
	bool failed;
};

struct place {
	const struct place *up; /* NULL for the document itself */
	const char *key;	/* in an object; NULL in an array */
	size_t index;		/* in an array */
	const json_t *json;
	struct reading *reading;
};

/**
 * place_fail() - Say what is wrong with a value.
 * @place: the value.
 * @format: what, as in "is negative"; printf().
 *
 * Only the first failure of a reading is kept.
 *
 * Context: Any.
 * Return: false, for the caller to pass on.
 */
bool place_fail(const struct place *place, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * place_get() - Go to a member of an object.
 * @up: the object; checked to be one.
 * @key: the member.
 * @type: what it must be; JSON_REAL stands for any number.
 * @out: the member's place.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is not there or not of that type.
 */
bool place_get(const struct place *up, const char *key, json_type type, struct place *out);

/**
 * place_find() - Go to a member that may be missing.
 * @up: the object; checked to be one.
 * @key: the member.
 * @type: what it must be if it is there; JSON_REAL stands for any number.
 * @out: the member's place; its json is NULL if the member is missing or null.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is there and not of that type.
 */
bool place_find(const struct place *up, const char *key, json_type type, struct place *out);

/**
 * place_item() - Go to an item of an array.
 * @up: the array.
 * @index: which, below its length.
 * @type: what it must be; JSON_REAL stands for any number.
 * @out: the item's place.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is not of that type.
 */
bool place_item(const struct place *up, size_t index, json_type type, struct place *out);

/*
 * How far numbers reach. Times are in nanoseconds: 1e15 of them are eleven days. Counts end where
 * doubles stop being exact, at 2^53. Ratios are of two times, or of a time and a count.
 */
#define PLACE_MOST_TIME	 1e15
#define PLACE_MOST_COUNT 9007199254740992.0
#define PLACE_MOST_RATIO 1e15
#define PLACE_MOST_TEXT	 4096	   /* bytes of a string */
#define PLACE_MOST_LONG	 (1 << 20) /* of a command line */

/**
 * place_text() - Read a string that must be there.
 * @up: the object.
 * @key: the member.
 * @text: set to the string, which belongs to the document.
 *
 * It has at most PLACE_MOST_TEXT bytes and is UTF-8 without NUL, both of which the parser sees
 * to. Other control characters may stand in it: a file may be called like that. Whoever writes
 * it anywhere replaces them there (see names.h).
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is missing, no string or too long.
 */
bool place_text(const struct place *up, const char *key, const char **text);

/* The same of a string of up to PLACE_MOST_LONG bytes. */
bool place_long_text(const struct place *up, const char *key, const char **text);

/**
 * place_number() - Read a number that must be there.
 * @up: the object.
 * @key: the member.
 * @most: the largest it may be; the smallest is 0.
 * @number: set to it.
 *
 * Context: Any.
 * Return: false, with the failure noted, if it is missing, no number or out of range.
 */
bool place_number(const struct place *up, const char *key, double most, double *number);

/* A whole number from @least to PLACE_MOST_COUNT. */
bool place_count(const struct place *up, const char *key, double least, double *count);

/**
 * place_numbers() - Copy an array of whole numbers.
 * @array: an array; its items must be whole numbers from 0 to @most.
 * @most: the largest.
 * @out: where the first goes.
 * @stride: how far apart they go there, in doubles.
 *
 * Context: Any.
 * Return: false, with the failure noted, if an item is something else.
 */
bool place_numbers(const struct place *array, double most, double *out, size_t stride);

#endif
