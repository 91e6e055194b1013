/* SPDX-License-Identifier: GPL-2.0-only */
/* Making JSON documents with jansson: what its own functions leave to their callers. */
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
 * Chained with &&, an allocation that failed anywhere inside comes out at the end.
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
 * @string: need not be UTF-8, which is all that JSON knows; '?' then stands for each such byte.
 *
 * Context: Any.
 * Return: The string, or NULL if memory ran out.
 */
json_t *json_text(const char *string);

#endif
