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

static bool next_tag(const char *text, struct tag *tag)
{
	const char *close;

	tag->begin = strstr(text, "{{");
	if (!tag->begin)
		return false;
	tag->name = tag->begin + 2;
	tag->kind = *tag->name && strchr("#^/{", *tag->name) ? *tag->name++ : '\0';
	close = strstr(tag->name, "}}");
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

static int fill(struct scope *scope, const char **at, const struct tag *open, bool show);

/* The section that @tag opens; *@at is behind the tag, and then behind the one that closes it. */
static int fill_section(struct scope *scope, const char **at, const struct tag *tag, bool show)
{
	const json_t *value = look_up(scope, tag);
	const bool list = json_is_array(value);
	const size_t nr = list ? json_array_size(value) : value != NULL;
	const char *begin = *at;
	size_t i;
	int err = 0;

	if (tag->kind == '^' || !nr)
		return fill(scope, at, tag, show && tag->kind == '^' && !nr);
	if (scope->depth == DEEPEST)
		return -EINVAL;
	for (i = 0; !err && i < nr; i++) {
		*at = begin;
		scope->items[scope->depth++] = list ? json_array_get(value, i) : value;
		err = fill(scope, at, tag, show);
		scope->depth--;
	}
	return err;
}

/* From *@at to the end of the section that @open opens; NULL: of the template. */
static int fill(struct scope *scope, const char **at, const struct tag *open, bool show)
{
	const char *value;
	struct tag tag;
	int err = 0;

	while (!err && next_tag(*at, &tag)) {
		if (show)
			fwrite(*at, 1, (size_t)(tag.begin - *at), scope->out);
		*at = tag.end;
		if (tag.kind == '/')
			return open && open->length == tag.length &&
					       !memcmp(open->name, tag.name, tag.length)
				       ? 0
				       : -EINVAL;
		if (tag.kind == '#' || tag.kind == '^') {
			err = fill_section(scope, at, &tag, show);
			continue;
		}
		value = show ? json_string_value(look_up(scope, &tag)) : NULL;
		if (value && tag.kind == '{')
			fputs(value, scope->out);
		else if (value)
			scope->put(scope->out, value);
	}
	if (!err && !open)
		fputs(*at, scope->out);
	return open ? -EINVAL : err;
}

int template_fill(FILE *out, const char *text, const struct model *model,
		  void (*put)(FILE *out, const char *text))
{
	struct scope scope = {.out = out, .put = put, .items = {model->root}, .depth = 1};

	return fill(&scope, &text, NULL, true);
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
