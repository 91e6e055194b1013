// SPDX-License-Identifier: GPL-2.0-only
#include "template.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_build.h"
#include "output.h"

#define DEEPEST 16

void model_begin(struct model *m)
{
	*m = (struct model){.root = json_object()};
	m->failed = !m->root;
}

json_t *model_list(struct model *m, json_t *object, const char *key)
{
	json_t *list = json_array();

	if (json_put(object, key, list))
		return list;
	m->failed = true;
	return NULL;
}

json_t *model_item(struct model *m, json_t *list, ...)
{
	json_t *item = json_object();
	const char *key;
	va_list args;

	m->failed = json_array_append_new(list, item) || m->failed;
	va_start(args, list);
	while (!m->failed && (key = va_arg(args, const char *)))
		m->failed = !json_put(item, key, json_text(va_arg(args, const char *)));
	va_end(args);
	return m->failed ? NULL : item;
}

static json_t *made_text(const char *format, va_list args)
{
	json_t *string;
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return NULL;
	string = json_text(text);
	free(text);
	return string;
}

void model_text(struct model *m, json_t *object, const char *key, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	m->failed = !json_put(object, key, made_text(format, args)) || m->failed;
	va_end(args);
}

void model_line(struct model *m, json_t *list, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	m->failed = json_array_append_new(list, made_text(format, args)) || m->failed;
	va_end(args);
}

/* A piece of the template, and the objects that its names are looked up in, innermost last. */
struct scope {
	FILE *out;
	void (*put)(FILE *out, const char *text);
	const json_t *items[DEEPEST];
	size_t depth;
};

/* A tag: what stands between its braces. */
struct tag {
	const char *begin, *end; /* the braces among it */
	char kind;		 /* '#', '^', '/', '{', or 0 */
	const char *name;
	size_t length;
};

static bool next_tag(const char *text, const char *end, struct tag *tag)
{
	const char *close;

	tag->begin = memmem(text, (size_t)(end - text), "{{", 2);
	if (!tag->begin)
		return false;
	tag->name = tag->begin + 2;
	tag->kind = strchr("#^/{", *tag->name) ? *tag->name++ : '\0';
	close = memmem(tag->name, (size_t)(end - tag->name), "}}", 2);
	if (!close)
		return false;
	tag->length = (size_t)(close - tag->name);
	tag->end = close + (tag->kind == '{' ? 3 : 2);
	return true;
}

static const json_t *look_up(const struct scope *scope, const struct tag *tag)
{
	const json_t *found = NULL;
	size_t i = scope->depth;

	if (tag->length == 1 && *tag->name == '.')
		return scope->items[i - 1];
	while (!found && i--)
		found = json_object_getn(scope->items[i], tag->name, tag->length);
	return found;
}

/* Where a section's closing tag stands, past those of sections of the same name within it. */
static bool find_close(const char *text, const char *end, const struct tag *open, struct tag *close)
{
	size_t depth = 1;

	while (next_tag(text, end, close)) {
		if (close->length == open->length && !memcmp(close->name, open->name, open->length))
			depth += close->kind == '/' ? (size_t)-1
						    : close->kind == '#' || close->kind == '^';
		if (!depth)
			return true;
		text = close->end;
	}
	return false;
}

static int fill(struct scope *scope, const char *text, const char *end);

static int fill_with(struct scope *scope, const json_t *item, const char *text, const char *end)
{
	int err;

	if (scope->depth == DEEPEST)
		return -EINVAL;
	scope->items[scope->depth++] = item;
	err = fill(scope, text, end);
	scope->depth--;
	return err;
}

static int fill_section(struct scope *scope, const struct tag *tag, const char *end)
{
	const json_t *value = look_up(scope, tag);
	const bool list = json_is_array(value);
	const bool any = list ? json_array_size(value) > 0 : value != NULL;
	size_t i;
	int err = 0;

	if (tag->kind == '^')
		return any ? 0 : fill(scope, tag->end, end);
	if (any && !list)
		return fill_with(scope, value, tag->end, end);
	for (i = 0; !err && list && i < json_array_size(value); i++)
		err = fill_with(scope, json_array_get(value, i), tag->end, end);
	return err;
}

static int fill(struct scope *scope, const char *text, const char *end)
{
	struct tag tag, close;
	const char *value;
	int err = 0;

	while (!err && next_tag(text, end, &tag)) {
		fwrite(text, 1, (size_t)(tag.begin - text), scope->out);
		text = tag.end;
		if (tag.kind == '#' || tag.kind == '^') {
			if (!find_close(text, end, &tag, &close))
				return -EINVAL;
			err = fill_section(scope, &tag, close.begin);
			text = close.end;
			continue;
		}
		value = json_string_value(look_up(scope, &tag));
		if (tag.kind == '/')
			return -EINVAL;
		if (value && tag.kind == '{')
			fputs(value, scope->out);
		else if (value)
			scope->put(scope->out, value);
	}
	fwrite(text, 1, (size_t)(end - text), scope->out);
	return err;
}

int template_fill(FILE *out, const char *text, const struct model *model,
		  void (*put)(FILE *out, const char *text))
{
	struct scope scope = {.out = out, .put = put, .items = {model->root}, .depth = 1};

	return fill(&scope, text, text + strlen(text));
}

int template_write(struct report *report, const char *stem, const char *suffix, const char *text,
		   const struct model *model, void (*put)(FILE *out, const char *text))
{
	FILE *out = report_create_file(report, stem, suffix);
	int err, closed;

	if (!out)
		return -EIO;
	err = template_fill(out, text, model, put);
	closed = report_close_file(report, out, stem);
	return err ? error_text_set(report->error, err, "%s%s: its template is broken", stem,
				    suffix)
		   : closed;
}
