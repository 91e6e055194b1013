// SPDX-License-Identifier: GPL-2.0-only
#include "json_node.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* Write the path from the document down, as in "results[3].wall_ns"; returns its length. */
static size_t print_path(char *text, size_t size, const struct json_node *node)
{
	size_t used;
	int n;

	if (!node->up)
		return 0;
	used = print_path(text, size, node->up);
	if (node->key)
		n = snprintf(text + used, size - used, "%s%s", used ? "." : "", node->key);
	else
		n = snprintf(text + used, size - used, "[%zu]", node->index);
	return n > 0 && used + (size_t)n < size ? used + (size_t)n : size - 1;
}

bool json_node_fail(const struct json_node *node, const char *format, ...)
{
	struct reading *reading = node->reading;
	char path[256] = "", what[256], line[32] = "";
	va_list args;

	if (reading->failed)
		return false;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (reading->line)
		snprintf(line, sizeof(line), "line %zu: ", reading->line);
	print_path(path, sizeof(path), node);
	error_text_set(reading->error, -EINVAL, "%s: %s%s%s%s", reading->file, line, path,
		       *path ? ": " : "", what);
	reading->failed = true;
	return false;
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
		return "true or false";
	default:
		return "what is expected";
	}
}

static bool check_type(const struct json_node *node, json_type type)
{
	json_type have = json_typeof(node->json);

	if (have == type || (type == JSON_REAL && have == JSON_INTEGER) ||
	    (type == JSON_TRUE && have == JSON_FALSE))
		return true;
	return json_node_fail(node, "is not %s", type_name(type));
}

bool json_node_find(const struct json_node *up, const char *key, json_type type,
		    struct json_node *out)
{
	/* json_object_get() returns NULL if @up is not an object. */
	*out = (struct json_node){up, key, 0, json_object_get(up->json, key), up->reading};
	if (!json_is_object(up->json))
		return json_node_fail(up, "is not an object");
	if (json_is_null(out->json))
		out->json = NULL;
	return !out->json || check_type(out, type);
}

bool json_node_get(const struct json_node *up, const char *key, json_type type,
		   struct json_node *out)
{
	if (!json_node_find(up, key, type, out))
		return false;
	return out->json || json_node_fail(out, "is missing");
}

bool json_node_item(const struct json_node *up, size_t index, json_type type, struct json_node *out)
{
	*out = (struct json_node){up, NULL, index, json_array_get(up->json, index), up->reading};
	if (!out->json)
		return json_node_fail(out, "is missing");
	return check_type(out, type);
}

static bool text_up_to(const struct json_node *up, const char *key, size_t most, const char **text)
{
	struct json_node node;

	if (!json_node_get(up, key, JSON_STRING, &node))
		return false;
	*text = json_string_value(node.json);
	return json_string_length(node.json) <= most ||
	       json_node_fail(&node, "is longer than %zu bytes", most);
}

bool json_node_text(const struct json_node *up, const char *key, const char **text)
{
	return text_up_to(up, key, JSON_MOST_TEXT, text);
}

bool json_node_long_text(const struct json_node *up, const char *key, const char **text)
{
	return text_up_to(up, key, JSON_MOST_LONG, text);
}

static bool number_of(const struct json_node *node, double most, double *number)
{
	*number = json_number_value(node->json);
	if (!isfinite(*number))
		return json_node_fail(node, "is not finite");
	if (*number < 0)
		return json_node_fail(node, "is negative");
	return *number <= most || json_node_fail(node, "is above %.16g", most);
}

bool json_node_number(const struct json_node *up, const char *key, double most, double *number)
{
	struct json_node node;

	return json_node_get(up, key, JSON_REAL, &node) && number_of(&node, most, number);
}

bool json_node_count(const struct json_node *up, const char *key, double least, double *count)
{
	struct json_node node;

	if (!json_node_get(up, key, JSON_REAL, &node) || !number_of(&node, JSON_MOST_COUNT, count))
		return false;
	if (*count < least || *count != floor(*count))
		return json_node_fail(&node, "is not a whole number from %.0f up", least);
	return true;
}

bool json_node_numbers(const struct json_node *array, double most, double *out, size_t stride)
{
	size_t i, n = json_array_size(array->json);
	struct json_node item;
	double number;

	for (i = 0; i < n; i++) {
		if (!json_node_item(array, i, JSON_REAL, &item) || !number_of(&item, most, &number))
			return false;
		if (number != floor(number))
			return json_node_fail(&item, "is not a whole number");
		out[i * stride] = number;
	}
	return true;
}
