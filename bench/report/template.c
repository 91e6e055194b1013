// SPDX-License-Identifier: GPL-2.0-only
#include "template.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_build.h"

void model_begin(struct model *m)
{
	*m = (struct model){.root = json_object()};
	m->failed = !m->root;
}

static json_t *set(struct model *m, json_t *object, const char *key, json_t *value)
{
	if (json_put(object, key, value))
		return value;
	m->failed = true;
	return NULL;
}

json_t *model_list(struct model *m, json_t *object, const char *key)
{
	return set(m, object, key, json_array());
}

json_t *model_object(struct model *m, json_t *object, const char *key)
{
	return set(m, object, key, json_object());
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
	set(m, object, key, made_text(format, args));
	va_end(args);
}

void model_line(struct model *m, json_t *list, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	m->failed = json_array_append_new(list, made_text(format, args)) || m->failed;
	va_end(args);
}

/* What names stand for at some place of a template: the innermost item first. */
struct scope {
	FILE *out;
	void (*put)(FILE *out, const char *text);
	const json_t *item;
	const struct scope *up;
};

static const json_t *look_up(const struct scope *scope, const char *name, size_t length)
{
	const json_t *found = NULL;

	if (length == 1 && *name == '.')
		return scope->item;
	for (; !found && scope; scope = scope->up)
		found = json_object_getn(scope->item, name, length);
	return found;
}

static const char *fill(const struct scope *scope, const char *at, bool show);

/* The section of @value that begins at @at; returns its end. */
static const char *fill_section(const struct scope *scope, const char *at, const json_t *value,
				bool inverted, bool show)
{
	const bool list = json_is_array(value);
	const size_t nr = list ? json_array_size(value) : value != NULL;
	const char *end = at;
	size_t i;

	if (inverted || !nr || !show)
		return fill(scope, at, show && inverted && !nr);
	for (i = 0; i < nr; i++) {
		const json_t *item = list ? json_array_get(value, i) : value;

		end = fill(&(struct scope){scope->out, scope->put, item, scope}, at, true);
	}
	return end;
}

/* From @at to behind the tag that closes the section, or to the end; @show: not only skip it. */
static const char *fill(const struct scope *scope, const char *at, bool show)
{
	const char *tag, *name, *text;
	const json_t *value;

	while ((tag = strstr(at, "{{"))) {
		const char kind = tag[2];

		if (show)
			fwrite(at, 1, (size_t)(tag - at), scope->out);
		name = tag + 2 + (strspn(tag + 2, "#^/{") > 0);
		at = name + strcspn(name, "}");
		value = look_up(scope, name, (size_t)(at - name));
		text = show ? json_string_value(value) : NULL;
		at += kind == '{' ? strlen("}}}") : strlen("}}");
		if (kind == '/')
			return at;
		if (kind == '#' || kind == '^')
			at = fill_section(scope, at, value, kind == '^', show);
		else if (text && kind == '{')
			fputs(text, scope->out);
		else if (text)
			scope->put(scope->out, text);
	}
	if (show)
		fputs(at, scope->out);
	return at + strlen(at);
}

void template_fill(FILE *out, const char *text, const struct model *model,
		   void (*put)(FILE *out, const char *text))
{
	fill(&(struct scope){out, put, model->root, NULL}, text, true);
}
