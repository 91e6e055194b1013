// SPDX-License-Identifier: GPL-2.0-only
#include "json_place.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

int report_error_set(struct report_error *error, int number, const char *format, ...)
{
	va_list args;
	unsigned char *c;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	/* Names of a file are in it, and it goes to a terminal: no control characters, in UTF-8. */
	for (c = (unsigned char *)error->text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			c[0] = c[1] = '?';
	}
	return number;
}

/* "results[3].wall_ns", from the document down; used is how much of @text is filled. */
static size_t print_path(char *text, size_t size, const struct place *place)
{
	size_t used;
	int n;

	if (!place->up)
		return 0;
	used = print_path(text, size, place->up);
	if (place->key)
		n = snprintf(text + used, size - used, "%s%s", used ? "." : "", place->key);
	else
		n = snprintf(text + used, size - used, "[%zu]", place->index);
	return n > 0 && used + (size_t)n < size ? used + (size_t)n : size - 1;
}

bool place_fail(const struct place *place, const char *format, ...)
{
	struct reading *reading = place->reading;
	char path[256] = "", what[256], line[32] = "";
	va_list args;

	if (reading->failed)
		return false;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (reading->line)
		snprintf(line, sizeof(line), "line %zu: ", reading->line);
	print_path(path, sizeof(path), place);
	report_error_set(reading->error, -EINVAL, "%s: %s%s%s%s", reading->file, line, path,
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

static bool check_type(const struct place *place, json_type type)
{
	json_type have = json_typeof(place->json);

	if (have == type || (type == JSON_REAL && have == JSON_INTEGER) ||
	    (type == JSON_TRUE && have == JSON_FALSE))
		return true;
	return place_fail(place, "is not %s", type_name(type));
}

bool place_find(const struct place *up, const char *key, json_type type, struct place *out)
{
	/* Of what is no object, a member is NULL. */
	*out = (struct place){up, key, 0, json_object_get(up->json, key), up->reading};
	if (!json_is_object(up->json))
		return place_fail(up, "is not an object");
	if (json_is_null(out->json))
		out->json = NULL;
	return !out->json || check_type(out, type);
}

bool place_get(const struct place *up, const char *key, json_type type, struct place *out)
{
	if (!place_find(up, key, type, out))
		return false;
	return out->json || place_fail(out, "is missing");
}

bool place_item(const struct place *up, size_t index, json_type type, struct place *out)
{
	*out = (struct place){up, NULL, index, json_array_get(up->json, index), up->reading};
	if (!out->json)
		return place_fail(out, "is missing");
	return check_type(out, type);
}

static bool text_up_to(const struct place *up, const char *key, size_t most, const char **text)
{
	struct place place;

	if (!place_get(up, key, JSON_STRING, &place))
		return false;
	*text = json_string_value(place.json);
	return json_string_length(place.json) <= most ||
	       place_fail(&place, "is longer than %zu bytes", most);
}

bool place_text(const struct place *up, const char *key, const char **text)
{
	return text_up_to(up, key, PLACE_MOST_TEXT, text);
}

bool place_long_text(const struct place *up, const char *key, const char **text)
{
	return text_up_to(up, key, PLACE_MOST_LONG, text);
}

static bool number_of(const struct place *place, double most, double *number)
{
	*number = json_number_value(place->json);
	if (!isfinite(*number))
		return place_fail(place, "is not finite");
	if (*number < 0)
		return place_fail(place, "is negative");
	return *number <= most || place_fail(place, "is above %.16g", most);
}

bool place_number(const struct place *up, const char *key, double most, double *number)
{
	struct place place;

	return place_get(up, key, JSON_REAL, &place) && number_of(&place, most, number);
}

bool place_count(const struct place *up, const char *key, double least, double *count)
{
	struct place place;

	if (!place_get(up, key, JSON_REAL, &place) || !number_of(&place, PLACE_MOST_COUNT, count))
		return false;
	if (*count < least || *count != floor(*count))
		return place_fail(&place, "is not a whole number from %.0f up", least);
	return true;
}

bool place_numbers(const struct place *array, double most, double *out, size_t stride)
{
	size_t i, n = json_array_size(array->json);
	struct place item;
	double number;

	for (i = 0; i < n; i++) {
		if (!place_item(array, i, JSON_REAL, &item) || !number_of(&item, most, &number))
			return false;
		if (number != floor(number))
			return place_fail(&item, "is not a whole number");
		out[i * stride] = number;
	}
	return true;
}
