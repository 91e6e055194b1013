// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_schema TEMPLATE OUTPUT: put the metrics into the JSON schema of a result file. The template
 * has everything else.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/json_build.h"
#include "measure/metrics.h"

/* {"$ref": "#/definitions/NAME"} */
static json_t *reference(const char *name)
{
	return json_pack("{s:s+}", "$ref", "#/definitions/", name);
}

static json_t *one_value(const struct metric_info *m, unsigned int where)
{
	if (where == IN_SAMPLES)
		return reference("repetitions");
	return reference(m->unit == UNIT_NS ? "nanoseconds" : "interval");
}

/* An object with the keys @name(0) to @name(nr - 1); the first @required of them are required. */
static json_t *keyed(unsigned int nr, unsigned int required, const char *(*name)(unsigned int),
		     json_t *value)
{
	json_t *object = json_pack("{s:s, s:[], s:{}}", "type", "object", "required", "properties");
	bool good = object && value;
	unsigned int i;

	for (i = 0; good && i < nr; i++) {
		good = json_put(json_object_get(object, "properties"), name(i), json_incref(value));
		if (good && i < required)
			good = !json_array_append_new(json_object_get(object, "required"),
						      json_string(name(i)));
	}
	json_decref(value);
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static const char *nth_role(unsigned int i)
{
	return role_name((enum role)i);
}

static const char *nth_class(unsigned int i)
{
	return lock_class_name((enum lock_class)i);
}

/* The classes that a file must have come first. */
static unsigned int required_classes(void)
{
	unsigned int nr = 0;

	while (nr < NR_LOCK_CLASSES && lock_class_required((enum lock_class)nr))
		nr++;
	return nr;
}

static json_t *values(const struct metric_info *m, unsigned int where)
{
	json_t *value = one_value(m, where);

	switch (m->scope) {
	case SCOPE_RUN:
		return value;
	case SCOPE_ROLE:
		return strchr(m->key, '*') ? value : keyed(NR_ROLES, NR_ROLES, nth_role, value);
	case SCOPE_MARK:
		return keyed(NR_FREE_MARKS, NR_FREE_MARKS, free_mark_name, value);
	case SCOPE_CLASS:
		return keyed(NR_LOCK_CLASSES, required_classes(), nth_class, value);
	case SCOPE_CLASS_ROLE:
		return keyed(NR_LOCK_CLASSES, required_classes(), nth_class,
			     keyed(NR_ROLES, NR_ROLES, nth_role, value));
	}
	json_decref(value);
	return NULL;
}

static bool put_metric(json_t *object, enum metric metric, unsigned int where)
{
	const struct metric_info *m = &metric_info[metric];
	const unsigned int keys = strchr(m->key, '*') ? NR_ROLES : 1;
	json_t *required = json_object_get(object, "required");
	unsigned int i;
	char key[64];

	for (i = 0; i < keys; i++) {
		metric_key(key, sizeof(key), metric, (enum role)i);
		if (!json_put(json_object_get(object, "properties"), key,
			      json_pack("{s:[o], s:s}", "allOf", values(m, where), "description",
					m->help)))
			return false;
		if (where == IN_ROWS && !(m->where & OPTIONAL) &&
		    json_array_append_new(required, json_string(key)))
			return false;
	}
	return true;
}

static bool put_metrics(json_t *object, unsigned int where)
{
	int metric;

	for (metric = 0; metric < NR_METRICS; metric++)
		if ((metric_info[metric].where & where) &&
		    !put_metric(object, (enum metric)metric, where))
			return false;
	return true;
}

/* The kinds of locks that an option may name. */
static bool put_lock_kinds(json_t *schema)
{
	json_t *options = json_object_get(json_object_get(schema, "properties"), "options");
	json_t *lock = json_object_get(json_object_get(options, "properties"), "lock");
	json_t *kinds = json_array();
	int kind;

	for (kind = 0; kinds && kind < NR_LOCK_KINDS; kind++) {
		if (json_array_append_new(kinds, json_string(lock_kind_info[kind].name))) {
			json_decref(kinds);
			return false;
		}
	}
	return json_put(lock, "enum", kinds);
}

int main(int argc, char **argv)
{
	json_t *schema, *result, *samples;
	json_error_t error;

	if (argc != 3) {
		fprintf(stderr, "usage: make_schema TEMPLATE OUTPUT\n");
		return 2;
	}
	schema = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
	if (!schema) {
		fprintf(stderr, "make_schema: %s:%d: %s\n", argv[1], error.line, error.text);
		return 1;
	}
	result = json_object_get(json_object_get(schema, "definitions"), "result");
	samples = json_object_get(json_object_get(result, "properties"), "samples");
	if (!result || !samples || !put_lock_kinds(schema) || !put_metrics(result, IN_ROWS) ||
	    !put_metrics(samples, IN_SAMPLES)) {
		fprintf(stderr, "make_schema: %s has no place for the metrics\n", argv[1]);
		return 1;
	}
	if (json_dump_file(schema, argv[2], JSON_INDENT(1))) {
		fprintf(stderr, "make_schema: %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	json_decref(schema);
	return 0;
}
