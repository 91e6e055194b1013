// SPDX-License-Identifier: GPL-2.0-only
#include "result_file.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_place.h"

/* How far the figures reach. */
#define TIME  PLACE_MOST_TIME
#define COUNT PLACE_MOST_COUNT
#define RATIO PLACE_MOST_RATIO

static const double unit_most[NR_METRIC_UNITS] = {
	[UNIT_NS] = TIME, [UNIT_TIMES] = COUNT,	     [UNIT_PAGES] = COUNT,
	[UNIT_SHARE] = 1, [UNIT_NS_PER_PAGE] = TIME,
};

static bool ends_at(const struct place *place, double most, struct interval *i)
{
	if (!place_number(place, "median", most, &i->median) ||
	    !place_number(place, "lo", most, &i->lo) || !place_number(place, "hi", most, &i->hi))
		return false;
	return i->lo <= i->hi || place_fail(place, "'lo' is above 'hi'");
}

static bool interval_at(const struct place *place, double most, struct interval *i)
{
	if (!ends_at(place, most, i))
		return false;
	return (i->lo <= i->median && i->median <= i->hi) ||
	       place_fail(place, "'median' is not from 'lo' to 'hi'");
}

static bool get_interval(const struct place *up, const char *key, double most, struct interval *i)
{
	struct place place;

	return place_get(up, key, JSON_OBJECT, &place) && interval_at(&place, most, i);
}

static bool find_ratio(const struct place *up, const char *key, struct maybe *m)
{
	struct place place;

	if (!place_find(up, key, JSON_OBJECT, &place))
		return false;
	m->known = place.json;
	return !m->known || interval_at(&place, RATIO, &m->value);
}

static bool out_of_memory(const struct place *place)
{
	return place_fail(place, "out of memory");
}

/* What is read of one value, at most @most: its interval in a row, or its repetitions. */
typedef bool (*value_fn)(const struct place *place, struct result_row *row, unsigned int value,
			 double most);

static bool value_interval(const struct place *place, struct result_row *row, unsigned int value,
			   double most)
{
	row->known[value] = true;
	return interval_at(place, most, &row->value[value]);
}

static bool value_samples(const struct place *place, struct result_row *row, unsigned int value,
			  double most)
{
	struct sample_set *set = &row->sample[value];

	if (!json_array_size(place->json))
		return true;
	if (json_array_size(place->json) > RESULT_MOST_REPS)
		return place_fail(place, "has more than %d items", RESULT_MOST_REPS);
	set->nr = json_array_size(place->json);
	set->values = calloc(set->nr, sizeof(*set->values));
	return set->values ? place_numbers(place, most, set->values, 1) : out_of_memory(place);
}

/* Where the values of one metric are looked for, and whether they may be missing. */
struct search {
	struct result_row *row;
	value_fn read;
	json_type type; /* of each value */
	double most;
	bool optional;
};

static bool get_value(const struct place *up, const char *key, const struct search *s,
		      unsigned int value)
{
	struct place place;

	if (!(s->optional ? place_find : place_get)(up, key, s->type, &place))
		return false;
	return !place.json || s->read(&place, s->row, value, s->most);
}

static bool get_by_role(const struct place *up, const char *key, const struct search *s,
			unsigned int first)
{
	struct place place;
	int role;

	if (!(s->optional ? place_find : place_get)(up, key, JSON_OBJECT, &place))
		return false;
	for (role = 0; place.json && role < NR_ROLES; role++)
		if (!get_value(&place, role_name((enum role)role), s, first + (unsigned int)role))
			return false;
	return true;
}

static bool get_by_class(const struct place *up, const struct metric_info *m, struct search s)
{
	const unsigned int each = m->nr / NR_LOCK_CLASSES;
	struct place place;
	int class;

	if (!(s.optional ? place_find : place_get)(up, m->key, JSON_OBJECT, &place))
		return false;
	for (class = 0; place.json && class < NR_LOCK_CLASSES; class ++) {
		const char *key = lock_class_name((enum lock_class) class);
		const unsigned int first = m->first + (unsigned int)class * each;

		/* A file that was written before a class existed lacks it. */
		s.optional |= !lock_class_required((enum lock_class) class);
		if (each == 1 ? !get_value(&place, key, &s, first)
			      : !get_by_role(&place, key, &s, first))
			return false;
	}
	return true;
}

static bool get_by_mark(const struct place *up, const struct metric_info *m, const struct search *s)
{
	struct place place;
	unsigned int mark;

	if (!(s->optional ? place_find : place_get)(up, m->key, JSON_OBJECT, &place))
		return false;
	for (mark = 0; place.json && mark < NR_FREE_MARKS; mark++)
		if (!get_value(&place, free_mark_name(mark), s, m->first + mark))
			return false;
	return true;
}

static bool get_metric(const struct place *up, enum metric metric, const struct search *s)
{
	const struct metric_info *m = &metric_info[metric];
	char key[64];
	int role;

	switch (m->scope) {
	case SCOPE_RUN:
		return get_value(up, m->key, s, m->first);
	case SCOPE_MARK:
		return get_by_mark(up, m, s);
	case SCOPE_CLASS:
	case SCOPE_CLASS_ROLE:
		return get_by_class(up, m, *s);
	case SCOPE_ROLE:
		break;
	}
	if (!strchr(m->key, '*'))
		return get_by_role(up, m->key, s, m->first);
	for (role = 0; role < NR_ROLES; role++)
		if (!get_value(up, metric_key(key, sizeof(key), metric, (enum role)role), s,
			       m->first + (unsigned int)role))
			return false;
	return true;
}

static bool get_metrics(const struct place *up, struct result_row *row, unsigned int where)
{
	int metric;

	for (metric = 0; metric < NR_METRICS; metric++) {
		const struct search s = {
			.row = row,
			.read = where == IN_ROWS ? value_interval : value_samples,
			.type = where == IN_ROWS ? JSON_OBJECT : JSON_ARRAY,
			.most = unit_most[metric_info[metric].unit],
			.optional = where == IN_SAMPLES || (metric_info[metric].where & OPTIONAL),
		};

		if ((metric_info[metric].where & where) && !get_metric(up, (enum metric)metric, &s))
			return false;
	}
	return true;
}

/* A file may have the repetitions of a metric whose median it lacks. */
static bool derive_intervals(const struct place *row, struct result_row *r)
{
	unsigned int value;

	for (value = 0; value < NR_VALUES; value++) {
		const struct sample_set *set = &r->sample[value];

		if (r->known[value] || !set->nr)
			continue;
		if (stats_interval(set->values, set->nr, &r->value[value]))
			return out_of_memory(row);
		r->known[value] = true;
	}
	return true;
}

static bool get_samples(const struct place *row, struct result_row *r)
{
	struct place all;

	if (!place_find(row, "samples", JSON_OBJECT, &all))
		return false;
	return !all.json || (get_metrics(&all, r, IN_SAMPLES) && derive_intervals(row, r));
}

/* Engines and orders name files and stand in scripts: letters, digits and a few signs alone. */
static bool get_word(const struct place *up, const char *key, const char *signs, const char **word)
{
	struct place place;
	const char *c;

	if (!place_text(up, key, word))
		return false;
	place_get(up, key, JSON_STRING, &place);
	for (c = *word; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') &&
		    (c == *word || (!(*c >= '0' && *c <= '9') && !strchr(signs, *c))))
			return place_fail(&place, "is not a name of small letters");
	if (c == *word || c - *word > 64)
		return place_fail(&place, "is not a name of 1 to 64 letters");
	return true;
}

static bool find_count(const struct place *up, const char *key, double *count)
{
	struct place place;

	if (!place_find(up, key, JSON_REAL, &place))
		return false;
	return !place.json || place_count(up, key, 0, count);
}

static bool get_names(const struct place *place, struct result_row *row)
{
	struct place layout;

	if (!place_text(place, "layout", &row->layout))
		return false;
	place_get(place, "layout", JSON_STRING, &layout);
	if (!*row->layout)
		return place_fail(&layout, "is empty");
	return get_word(place, "engine", "", &row->engine) &&
	       get_word(place, "order", ":-", &row->order);
}

static bool get_versus(const struct place *row, struct maybe *running)
{
	struct place versus, place;

	if (!place_find(row, "vs_forward", JSON_OBJECT, &versus))
		return false;
	running->known = versus.json;
	if (!running->known)
		return true;
	/* Of pairs that move together, the ratio of medians may lie outside of its interval. */
	return place_get(&versus, "running", JSON_OBJECT, &place) &&
	       ends_at(&place, RATIO, &running->value);
}

static bool get_traced(const struct place *row, struct result_row *r)
{
	struct place traced;

	if (!place_find(row, "traced", JSON_OBJECT, &traced))
		return false;
	return !traced.json || (place_count(&traced, "reps", 0, &r->traced) &&
				place_count(&traced, "disturbed", 0, &r->traced_disturbed) &&
				place_count(&traced, "disturbed_kept", 0, &r->traced_kept) &&
				place_number(&traced, "ptl_wait_ns", TIME, &r->traced_ptl_wait));
}

static bool get_row(const struct place *place, struct result_row *row)
{
	return get_names(place, row) && place_count(place, "reapers", 0, &row->reapers) &&
	       place_count(place, "reps", 1, &row->reps) &&
	       place_count(place, "disturbed", 0, &row->disturbed) &&
	       find_count(place, "disturbed_kept", &row->kept) &&
	       get_metrics(place, row, IN_ROWS) && find_ratio(place, "r", &row->r) &&
	       find_ratio(place, "overhead", &row->overhead) &&
	       find_ratio(place, "trace_overhead", &row->trace_overhead) &&
	       get_versus(place, &row->vs_forward) && get_samples(place, row) &&
	       get_traced(place, row);
}

static bool get_rows(const struct place *document, struct result *result)
{
	struct place rows, row;
	size_t i, j, orders = 0;

	if (!place_get(document, "results", JSON_ARRAY, &rows))
		return false;
	if (!json_array_size(rows.json))
		return place_fail(&rows, "is empty: there is nothing to report");
	if (json_array_size(rows.json) > RESULT_MOST_ROWS)
		return place_fail(&rows, "has more than %d items", RESULT_MOST_ROWS);
	result->rows = calloc(json_array_size(rows.json), sizeof(*result->rows));
	if (!result->rows)
		return out_of_memory(&rows);
	result->nr_rows = json_array_size(rows.json);
	for (i = 0; i < result->nr_rows; i++) {
		struct result_row *r = &result->rows[i];

		if (!place_item(&rows, i, JSON_OBJECT, &row) || !get_row(&row, r))
			return false;
		for (j = 0; j < i && strcmp(result->rows[j].order, r->order); j++)
			;
		if (j == i && ++orders > RESULT_MOST_ORDERS)
			return place_fail(&row, "is of an order beyond the %d there may be",
					  RESULT_MOST_ORDERS);
		for (j = 0; j < i; j++)
			r->occurrence += !strcmp(result->rows[j].layout, r->layout) &&
					 !strcmp(result->rows[j].engine, r->engine) &&
					 !strcmp(result->rows[j].order, r->order);
	}
	return true;
}

static bool get_layout(const struct place *place, struct result_layout *layout)
{
	struct place pages, notes;

	layout->notes = "";
	return place_text(place, "name", &layout->name) &&
	       place_long_text(place, "rule", &layout->rule) &&
	       place_find(place, "notes", JSON_STRING, &notes) &&
	       (!notes.json || place_long_text(place, "notes", &layout->notes)) &&
	       place_count(place, "vmas", 0, &layout->vmas) &&
	       place_count(place, "pte_tables", 0, &layout->tables) &&
	       place_get(place, "pages", JSON_OBJECT, &pages) &&
	       place_count(&pages, "anon", 0, &layout->anon) &&
	       place_count(&pages, "file", 0, &layout->file) &&
	       place_count(&pages, "swap", 0, &layout->swap) &&
	       place_count(&pages, "huge", 0, &layout->huge);
}

static bool get_layouts(const struct place *document, struct result *result)
{
	struct place layouts, layout;
	size_t i, j;

	if (!place_find(document, "layouts", JSON_ARRAY, &layouts))
		return false;
	if (!layouts.json || !json_array_size(layouts.json))
		return true;
	if (json_array_size(layouts.json) > RESULT_MOST_ROWS)
		return place_fail(&layouts, "has more than %d items", RESULT_MOST_ROWS);
	result->layouts = calloc(json_array_size(layouts.json), sizeof(*result->layouts));
	if (!result->layouts)
		return out_of_memory(&layouts);
	result->nr_layouts = json_array_size(layouts.json);
	for (i = 0; i < result->nr_layouts; i++) {
		if (!place_item(&layouts, i, JSON_OBJECT, &layout) ||
		    !get_layout(&layout, &result->layouts[i]))
			return false;
		for (j = 0; j < i; j++)
			result->layouts[i].occurrence +=
				!strcmp(result->layouts[j].name, result->layouts[i].name);
	}
	return true;
}

static bool get_calibration(const struct place *place, struct result_calibration *c)
{
	return place_text(place, "layout", &c->layout) && place_text(place, "engine", &c->engine) &&
	       find_ratio(place, "r", &c->r) && place_count(place, "r_reps", 0, &c->r_reps) &&
	       find_ratio(place, "overhead", &c->overhead) &&
	       place_count(place, "overhead_pairs", 0, &c->overhead_pairs) &&
	       find_ratio(place, "trace_overhead", &c->trace_overhead) &&
	       place_count(place, "trace_overhead_pairs", 0, &c->trace_overhead_pairs) &&
	       get_interval(place, "pages_built_per_s", COUNT, &c->pages_built_per_s) &&
	       place_count(place, "disturbed", 0, &c->disturbed) &&
	       place_count(place, "disturbed_kept", 0, &c->kept);
}

static bool get_calibrations(const struct place *document, struct result *result)
{
	struct place all, one;
	size_t i;

	if (!place_find(document, "calibration", JSON_ARRAY, &all))
		return false;
	if (!all.json || !json_array_size(all.json))
		return true;
	result->calibrations = calloc(json_array_size(all.json), sizeof(*result->calibrations));
	if (!result->calibrations)
		return out_of_memory(&all);
	result->nr_calibrations = json_array_size(all.json);
	for (i = 0; i < result->nr_calibrations; i++)
		if (!place_item(&all, i, JSON_OBJECT, &one) ||
		    !get_calibration(&one, &result->calibrations[i]))
			return false;
	return true;
}

static bool find_text(const struct place *up, const char *key, const char **text)
{
	struct place place;

	if (!place_find(up, key, JSON_STRING, &place))
		return false;
	return !place.json || place_text(up, key, text);
}

static bool get_engines(const struct place *host, struct result_host *h)
{
	struct place all;
	const char *name;
	json_t *version;

	if (!place_find(host, "engines", JSON_OBJECT, &all))
		return false;
	if (!all.json || !json_object_size(all.json))
		return true;
	h->engines = calloc(json_object_size(all.json), sizeof(*h->engines));
	if (!h->engines)
		return out_of_memory(&all);
	json_object_foreach((json_t *)all.json, name, version)
	{
		struct result_engine *engine = &h->engines[h->nr_engines++];

		engine->name = name;
		if (!place_text(&all, name, &engine->version))
			return false;
	}
	return true;
}

static bool get_host(const struct place *document, struct result_host *host)
{
	struct place place;

	return place_get(document, "host", JSON_OBJECT, &place) &&
	       place_text(&place, "cpu", &host->cpu) &&
	       place_count(&place, "cores", 1, &host->cores) &&
	       place_text(&place, "kernel", &host->kernel) &&
	       place_text(&place, "compiler", &host->compiler) &&
	       place_text(&place, "flags", &host->flags) &&
	       place_text(&place, "date", &host->date) &&
	       find_text(&place, "version", &host->version) &&
	       find_text(&place, "commit", &host->commit) && get_engines(&place, host);
}

static bool get_pin(const struct place *options, double pin[NR_ROLES])
{
	struct place place, cpu;
	size_t i;

	if (!place_get(options, "pin", JSON_ARRAY, &place))
		return false;
	if (json_array_size(place.json) != NR_ROLES)
		return place_fail(&place, "has not %d items", NR_ROLES);
	for (i = 0; i < NR_ROLES; i++) {
		if (!place_item(&place, i, JSON_REAL, &cpu))
			return false;
		pin[i] = json_number_value(cpu.json);
		if (!(pin[i] >= -1 && pin[i] <= INT_MAX && pin[i] == floor(pin[i])))
			return place_fail(&cpu, "is not the number of a CPU, nor -1");
	}
	return true;
}

static bool get_options(const struct place *document, struct result_options *options)
{
	struct place place;

	if (!place_find(document, "options", JSON_OBJECT, &place))
		return false;
	options->known = place.json;
	return !options->known ||
	       (place_text(&place, "lock", &options->lock) &&
		place_text(&place, "tlb", &options->tlb) && get_pin(&place, options->pin) &&
		place_count(&place, "scale", 1, &options->scale) &&
		place_count(&place, "reps", 1, &options->reps) &&
		place_long_text(&place, "command_line", &options->command_line));
}

static bool get_trace(const struct place *document, const char **trace)
{
	struct place place, file;

	if (!place_find(document, "trace", JSON_OBJECT, &place))
		return false;
	if (!place.json)
		return true;
	if (!place_text(&place, "file", trace))
		return false;
	place_get(&place, "file", JSON_STRING, &file);
	/* What is read must not be chosen by whom the result came from. */
	if (!**trace || strchr(*trace, '/') || !strcmp(*trace, ".") || !strcmp(*trace, ".."))
		return place_fail(&file, "is not the name of a file beside the result");
	return true;
}

static bool get_document(const struct place *document, struct result *result)
{
	struct place place;
	const char *schema;

	if (!json_is_object(document->json))
		return place_fail(document, "is not a JSON object");
	if (!place_text(document, "schema", &schema))
		return false;
	if (strcmp(schema, "umaple.reap/1")) {
		place_get(document, "schema", JSON_STRING, &place);
		return place_fail(&place, "is '%s', not 'umaple.reap/1'", schema);
	}
	if (!place_find(document, "interrupted", JSON_TRUE, &place))
		return false;
	result->interrupted = json_is_true(place.json);
	return get_host(document, &result->host) && get_options(document, &result->options) &&
	       get_trace(document, &result->trace) && get_layouts(document, result) &&
	       get_calibrations(document, result) && get_rows(document, result);
}

static json_t *parse(const char *name, const char *text, size_t size, struct report_error *error)
{
	json_error_t json_error = {.line = 0};
	json_t *document = json_loadb(text, size, JSON_REJECT_DUPLICATES, &json_error);

	if (!document)
		report_error_set(error, -EINVAL, "%s: line %d: %s", name, json_error.line,
				 json_error.text);
	return document;
}

/* @document may be NULL with the error noted, if it could not be loaded. */
static struct result *read_document(json_t *document, const char *name, struct report_error *error)
{
	struct reading reading = {.file = name, .error = error};
	struct place place = {.reading = &reading, .json = document};
	struct result *result;

	if (!document)
		return NULL;
	result = calloc(1, sizeof(*result));
	if (!result || !(result->path = strdup(name))) {
		report_error_set(error, -ENOMEM, "%s: out of memory", name);
		json_decref(document);
		free(result);
		return NULL;
	}
	result->document = document;
	if (!get_document(&place, result)) {
		result_free(result);
		return NULL;
	}
	return result;
}

struct result *result_parse(const char *name, const char *text, size_t size,
			    struct report_error *error)
{
	return read_document(parse(name, text, size, error), name, error);
}

struct result *result_from_json(json_t *document, const char *name, struct report_error *error)
{
	if (!document)
		report_error_set(error, -ENOMEM, "%s: out of memory", name);
	return read_document(document, name, error);
}

const struct result_row *result_row_find(const struct result *result, const char *layout,
					 unsigned int occurrence, const char *engine,
					 const char *order)
{
	size_t i;

	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];

		if (row->occurrence == occurrence && !strcmp(row->layout, layout) &&
		    !strcmp(row->engine, engine) && !strcmp(row->order, order))
			return row;
	}
	return NULL;
}

/* The whole file, or an error; a file that never ends is one that is too long. */
static int slurp(FILE *file, char **text, size_t *size)
{
	size_t room = 0;

	do {
		if (*size == room) {
			char *grown = realloc(*text, room = room ? 2 * room : 1 << 16);

			if (!grown)
				return -ENOMEM;
			*text = grown;
		}
		errno = 0;
		*size += fread(*text + *size, 1, room - *size, file);
		if (ferror(file))
			return errno ? -errno : -EIO;
		if (*size > RESULT_MOST_BYTES)
			return -EFBIG;
	} while (!feof(file));
	return 0;
}

struct result *result_read(const char *path, struct report_error *error)
{
	struct result *result = NULL;
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	int err = file ? slurp(file, &text, &size) : -errno;

	if (file)
		fclose(file);
	if (!err)
		result = result_parse(path, text, size, error);
	else if (err == -ENOMEM)
		report_error_set(error, err, "%s: out of memory", path);
	else if (err == -EFBIG)
		report_error_set(error, err, "%s: is longer than the %d MiB of a result", path,
				 RESULT_MOST_BYTES >> 20);
	else
		report_error_set(error, err, "%s: %s", path, strerror(-err));
	free(text);
	return result;
}

void result_free(struct result *result)
{
	size_t i;
	unsigned int value;

	if (!result)
		return;
	for (i = 0; i < result->nr_rows; i++)
		for (value = 0; value < NR_VALUES; value++)
			free(result->rows[i].sample[value].values);
	free(result->rows);
	free(result->layouts);
	free(result->calibrations);
	free(result->host.engines);
	json_decref(result->document);
	free(result->path);
	free(result);
}
