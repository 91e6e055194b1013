/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers for making JSON documents with jansson. */
#ifndef UMAPLE_JSON_BUILD_H
#define UMAPLE_JSON_BUILD_H

#include <stdbool.h>

#include <jansson.h>

/**
 * json_put() - Set a key of an object.
 * @object: the object, or NULL.
 * @key: the key.
 * @value: taken over in any case; NULL if it could not be made.
 *
 * A chain of calls with && fails if an allocation inside it failed.
 *
 * Context: Any.
 * Return: true; false if @object or @value is NULL or memory ran out.
 */
static inline bool json_put(json_t *object, const char *key, json_t *value)
{
	return !json_object_set_new(object, key, value);
}

/**
 * json_text() - A string from outside.
 * @string: any bytes. JSON holds UTF-8 only, so if this is something else, a '?' replaces each byte
 * above 0x7f.
 *
 * Context: Any.
 * Return: The string, or NULL if memory ran out.
 */
json_t *json_text(const char *string);

#endif
