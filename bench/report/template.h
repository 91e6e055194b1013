/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fill a template with the values of a model. The syntax is a part of Mustache: {{name}} a text,
 *	escaped for the page or script; {{{name}}} a text as it is; {{#name}}...{{/name}} once for
 *	each item of a list, once for an object or a text, and not at all where there is none or the
 *	list is empty; in it, names of the item hide those outside, and {{.}} is the item itself;
 *	{{^name}}...{{/name}} where there is none or the list is empty.
 */
#ifndef UMAPLE_REPORT_TEMPLATE_H
#define UMAPLE_REPORT_TEMPLATE_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* The values for a template. The NULL of a failed call may be passed on to the next call. */
struct model {
	json_t *root;
	bool failed; /* memory ran out */
};

/**
 * model_begin() - Make an empty model.
 * @m: give its @root to json_decref().
 *
 * Context: Any.
 */
void model_begin(struct model *m);

/*
 * A new list and a new object as @key of @object, and a new object at the end of @list; the last
 * has the texts that follow, each behind its key, up to a NULL. Return: it, or NULL.
 */
json_t *model_list(struct model *m, json_t *object, const char *key);
json_t *model_object(struct model *m, json_t *object, const char *key);
json_t *model_item(struct model *m, json_t *list, ...) __attribute__((sentinel));

/* A text as @key of @object, and at the end of @list; printf(). */
void model_text(struct model *m, json_t *object, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void model_line(struct model *m, json_t *list, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * template_fill() - Write a page or a script.
 * @out: where to.
 * @text: the template.
 * @model: the values of its names.
 * @put: writes a text so that it is only shown there, such as put_html().
 *
 * embed.py refuses templates whose sections do not match; this does not look.
 *
 * Context: Any.
 */
void template_fill(FILE *out, const char *text, const struct model *model,
		   void (*put)(FILE *out, const char *text));

#endif
