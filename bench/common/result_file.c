// SPDX-License-Identifier: GPL-2.0-only
#include "result_file.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_node.h"

/* Limits of the figures. */
#define TIME  JSON_MOST_TIME
#define COUNT JSON_MOST_COUNT
#define RATIO JSON_MOST_RATIO

static const double unit_most[NR_METRIC_UNITS] = {
	[UNIT_NS] = TIME, [UNIT_TIMES] = COUNT,	     [UNIT_PAGES] = COUNT,
	[UNIT_SHARE] = 1, [UNIT_NS_PER_PAGE] = TIME,
};

static bool ends_at(const struct json_node *node, double most, struct interval *i)
{
	if (!json_node_number(node, "median", most, &i->median) ||
	    !json_node_number(node, "lo", most, &i->lo) ||
	    !json_node_number(node, "hi", most, &i->hi))
		return false;
	return i->lo <= i->hi || json_node_fail(node, "'lo' is above 'hi'");
}

static bool interval_at(const struct json_node *node, double most, struct interval *i)
{
	if (!ends_at(node, most, i))
		return false;
	return (i->lo <= i->median && i->median <= i->hi) ||
	       json_node_fail(node, "'median' is not from 'lo' to 'hi'");
}

static bool get_interval(const struct json_node *up, const char *key, double most,
			 struct interval *i)
{
	struct json_node node;

	return json_node_get(up, key, JSON_OBJECT, &node) && interval_at(&node, most, i);
}

static bool find_ratio(const struct json_node *up, const char *key, struct optional_interval *m)
{
	struct json_node node;

	if (!json_node_find(up, key, JSON_OBJECT, &node))
		return false;
	m->known = node.json;
	return !m->known || interval_at(&node, RATIO, &m->value);
}

static bool out_of_memory(const struct json_node *node)
{
	return json_node_fail(node, "out of memory");
}

/* Read one value, at most @most: its interval in a row, or its repetitions. */
typedef bool (*value_fn)(const struct json_node *node, struct result_row *row, unsigned int value,
			 double most);

static bool value_interval(const struct json_node *node, struct result_row *row, unsigned int value,
			   double most)
{
	row->known[value] = true;
	return interval_at(node, most, &row->value[value]);
}

static bool value_samples(const struct json_node *node, struct result_row *row, unsigned int value,
			  double most)
{
	struct sample_set *set = &row->sample[value];

	if (!json_array_size(node->json))
		return true;
	if (json_array_size(node->json) > RESULT_MOST_REPS)
		return json_node_fail(node, "has more than %d items", RESULT_MOST_REPS);
	if (row->nr_processes && (double)json_array_size(node->json) != row->reps)
		return json_node_fail(node, "has not as many items as 'reps' says");
	set->nr = json_array_size(node->json);
	set->values = calloc(set->nr, sizeof(*set->values));
	return set->values ? json_node_numbers(node, most, set->values, 1) : out_of_memory(node);
}

/* How to read the values of one metric, and whether they may be missing. */
struct search {
	struct result_row *row;
	value_fn read;
	json_type type; /* of each value */
	double most;
	bool optional;
};

static bool get_value(const struct json_node *up, const char *key, const struct search *s,
		      unsigned int value)
{
	struct json_node node;

	if (!(s->optional ? json_node_find : json_node_get)(up, key, s->type, &node))
		return false;
	return !node.json || s->read(&node, s->row, value, s->most);
}

static bool get_by_role(const struct json_node *up, const char *key, const struct search *s,
			unsigned int first)
{
	struct json_node node;
	int role;

	if (!(s->optional ? json_node_find : json_node_get)(up, key, JSON_OBJECT, &node))
		return false;
	for (role = 0; node.json && role < NR_ROLES; role++)
		if (!get_value(&node, role_name((enum role)role), s, first + (unsigned int)role))
			return false;
	return true;
}

static bool get_by_class(const struct json_node *up, const struct metric_info *m, struct search s)
{
	const unsigned int each = m->nr / NR_LOCK_CLASSES;
	struct json_node node;
	int class;

	if (!(s.optional ? json_node_find : json_node_get)(up, m->key, JSON_OBJECT, &node))
		return false;
	for (class = 0; node.json && class < NR_LOCK_CLASSES; class ++) {
		const char *key = lock_class_name((enum lock_class) class);
		const unsigned int first = m->first + (unsigned int)class * each;

		/* A file that was written before a class existed lacks it. */
		s.optional |= !lock_class_required((enum lock_class) class);
		if (each == 1 ? !get_value(&node, key, &s, first)
			      : !get_by_role(&node, key, &s, first))
			return false;
	}
	return true;
}

static bool get_by_mark(const struct json_node *up, const struct metric_info *m,
			const struct search *s)
{
	struct json_node node;
	unsigned int mark;

	if (!(s->optional ? json_node_find : json_node_get)(up, m->key, JSON_OBJECT, &node))
		return false;
	for (mark = 0; node.json && mark < NR_FREE_MARKS; mark++)
		if (!get_value(&node, free_mark_name(mark), s, m->first + mark))
			return false;
	return true;
}

static bool get_metric(const struct json_node *up, enum metric metric, const struct search *s)
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

static bool get_metrics(const struct json_node *up, struct result_row *row, unsigned int where)
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

struct groups result_groups(const struct result_row *row, unsigned int value)
{
	const struct sample_set *set = &row->sample[value];

	if (!set->values || !set->nr)
		return (struct groups){.nr = 0};
	if (!row->nr_processes)
		return (struct groups){set->values, &set->nr, 1};
	return (struct groups){set->values, row->process_reps, row->nr_processes};
}

/* A file may have the repetitions of a metric whose median it lacks. */
static bool derive_intervals(const struct json_node *row, struct result_row *r)
{
	unsigned int value;
	int metric;

	for (metric = 0; metric < NR_METRICS; metric++) {
		const struct metric_info *m = &metric_info[metric];

		for (value = m->first; value < m->first + m->nr; value++) {
			const struct groups groups = result_groups(r, value);
			struct interval *i = &r->value[value];

			if (r->known[value] || !groups.nr)
				continue;
			if (stats_groups_interval(&groups, i))
				return out_of_memory(row);
			i->hi = fmin(i->hi, unit_most[m->unit]);
			r->known[value] = true;
		}
	}
	return true;
}

/* The repetitions of each process; all together they are those of the row. */
static bool get_processes(const struct json_node *row, struct result_row *r)
{
	struct json_node all, one;
	double reps, sum = 0;
	size_t i;

	if (!json_node_find(row, "process_reps", JSON_ARRAY, &all))
		return false;
	if (!all.json)
		return true;
	if (!json_array_size(all.json) || json_array_size(all.json) > RESULT_MOST_REPS)
		return json_node_fail(&all, "has not 1 to %d items", RESULT_MOST_REPS);
	r->process_reps = calloc(json_array_size(all.json), sizeof(*r->process_reps));
	if (!r->process_reps)
		return out_of_memory(&all);
	for (i = 0; i < json_array_size(all.json); i++) {
		if (!json_node_item(&all, i, JSON_REAL, &one))
			return false;
		reps = json_number_value(one.json);
		if (!(reps >= 1 && reps <= RESULT_MOST_REPS && reps == floor(reps)))
			return json_node_fail(&one, "is not a whole number from 1 to %d",
					      RESULT_MOST_REPS);
		r->process_reps[r->nr_processes++] = (size_t)reps;
		sum += reps;
	}
	return sum == r->reps || json_node_fail(&all, "does not add up to 'reps'");
}

static bool get_samples(const struct json_node *row, struct result_row *r)
{
	struct json_node all;

	if (!json_node_find(row, "samples", JSON_OBJECT, &all))
		return false;
	return !all.json || (get_metrics(&all, r, IN_SAMPLES) && derive_intervals(row, r));
}

/* Engines and orders go into scripts: only letters, digits and a few signs. */
static bool get_word(const struct json_node *up, const char *key, const char *signs,
		     const char **word)
{
	struct json_node node;
	const char *c;

	if (!json_node_text(up, key, word))
		return false;
	json_node_get(up, key, JSON_STRING, &node);
	for (c = *word; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') &&
		    (c == *word || (!(*c >= '0' && *c <= '9') && !strchr(signs, *c))))
			return json_node_fail(&node, "is not a name of small letters");
	if (c == *word || c - *word > 64)
		return json_node_fail(&node, "is not a name of 1 to 64 letters");
	return true;
}

static bool find_count(const struct json_node *up, const char *key, double *count)
{
	struct json_node node;

	if (!json_node_find(up, key, JSON_REAL, &node))
		return false;
	return !node.json || json_node_count(up, key, 0, count);
}

#define ORDER_SIGNS ":-/+@*"

static bool get_names(const struct json_node *node, struct result_row *row)
{
	struct json_node layout;

	if (!json_node_text(node, "layout", &row->layout))
		return false;
	json_node_get(node, "layout", JSON_STRING, &layout);
	if (!*row->layout)
		return json_node_fail(&layout, "is empty");
	return get_word(node, "engine", "._-", &row->engine) &&
	       get_word(node, "order", ORDER_SIGNS, &row->order);
}

/* Files of the first version had the exiting task, and the reaper unless it was solo. */
static bool two_actors(const struct json_node *row, struct result_row *r)
{
	r->nr_actors = r->reapers > 0 ? 2 : 1;
	r->actors = calloc(r->nr_actors, sizeof(*r->actors));
	if (!r->actors)
		return out_of_memory(row);
	r->actors[0] = (struct result_actor){"exit", "exit", "exit_mm", "forward", 0, -1};
	if (r->nr_actors > 1)
		r->actors[1] = (struct result_actor){
			"reaper", "oom_reaper", "oom_reap_task", r->order, 0, -1};
	return true;
}

static bool get_cpu(const struct json_node *cpu, double *number)
{
	*number = json_number_value(cpu->json);
	if (*number >= -1 && *number <= INT_MAX && *number == floor(*number))
		return true;
	return json_node_fail(cpu, "is neither the number of a CPU nor -1");
}

static bool get_actor(const struct json_node *node, struct result_actor *a)
{
	struct json_node cpu;

	return get_word(node, "role", "-", &a->role) && json_node_text(node, "task", &a->task) &&
	       json_node_text(node, "operation", &a->operation) &&
	       get_word(node, "order", ORDER_SIGNS, &a->order) &&
	       json_node_count(node, "delay_us", 0, &a->delay_us) &&
	       json_node_get(node, "cpu", JSON_REAL, &cpu) && get_cpu(&cpu, &a->cpu);
}

static bool get_actors(const struct json_node *row, struct result_row *r)
{
	struct json_node all, one;

	if (!json_node_find(row, "actors", JSON_ARRAY, &all))
		return false;
	if (!all.json)
		return two_actors(row, r);
	if (!json_array_size(all.json) || json_array_size(all.json) > RESULT_MOST_ACTORS)
		return json_node_fail(&all, "has not 1 to %d items", RESULT_MOST_ACTORS);
	r->actors = calloc(json_array_size(all.json), sizeof(*r->actors));
	if (!r->actors)
		return out_of_memory(&all);
	for (; r->nr_actors < json_array_size(all.json); r->nr_actors++)
		if (!json_node_item(&all, r->nr_actors, JSON_OBJECT, &one) ||
		    !get_actor(&one, &r->actors[r->nr_actors]))
			return false;
	return true;
}

static bool get_versus(const struct json_node *row, struct optional_interval *running)
{
	struct json_node versus, node;

	if (!json_node_find(row, "vs_forward", JSON_OBJECT, &versus))
		return false;
	running->known = versus.json;
	if (!running->known)
		return true;
	/* The ratio of medians of correlated pairs may lie outside of its interval. */
	return json_node_get(&versus, "running", JSON_OBJECT, &node) &&
	       ends_at(&node, RATIO, &running->value);
}

static bool get_traced(const struct json_node *row, struct result_row *r)
{
	struct json_node traced;

	if (!json_node_find(row, "traced", JSON_OBJECT, &traced))
		return false;
	return !traced.json ||
	       (json_node_count(&traced, "reps", 0, &r->traced) &&
		json_node_count(&traced, "disturbed", 0, &r->traced_disturbed) &&
		json_node_count(&traced, "disturbed_kept", 0, &r->traced_kept) &&
		json_node_number(&traced, "ptl_wait_ns", TIME, &r->traced_ptl_wait));
}

static bool get_row(const struct json_node *node, struct result_row *row)
{
	return get_names(node, row) && json_node_count(node, "reapers", 0, &row->reapers) &&
	       get_actors(node, row) && json_node_count(node, "reps", 1, &row->reps) &&
	       json_node_count(node, "disturbed", 0, &row->disturbed) &&
	       find_count(node, "disturbed_kept", &row->kept) &&
	       find_count(node, "slowed", &row->slowed) &&
	       find_count(node, "slowed_kept", &row->slow_kept) && get_processes(node, row) &&
	       get_metrics(node, row, IN_ROWS) && find_ratio(node, "r", &row->r) &&
	       find_ratio(node, "overhead", &row->overhead) &&
	       find_ratio(node, "trace_overhead", &row->trace_overhead) &&
	       get_versus(node, &row->vs_forward) && get_samples(node, row) &&
	       get_traced(node, row);
}

static bool get_rows(const struct json_node *document, struct result *result)
{
	struct json_node rows, row;
	size_t i, j, orders = 0;

	if (!json_node_get(document, "results", JSON_ARRAY, &rows))
		return false;
	if (!json_array_size(rows.json))
		return json_node_fail(&rows, "is empty: there is nothing to report");
	if (json_array_size(rows.json) > RESULT_MOST_ROWS)
		return json_node_fail(&rows, "has more than %d items", RESULT_MOST_ROWS);
	result->rows = calloc(json_array_size(rows.json), sizeof(*result->rows));
	if (!result->rows)
		return out_of_memory(&rows);
	result->nr_rows = json_array_size(rows.json);
	for (i = 0; i < result->nr_rows; i++) {
		struct result_row *r = &result->rows[i];

		if (!json_node_item(&rows, i, JSON_OBJECT, &row) || !get_row(&row, r))
			return false;
		for (j = 0; j < i && strcmp(result->rows[j].order, r->order); j++)
			;
		if (j == i && ++orders > RESULT_MOST_ORDERS)
			return json_node_fail(&row, "exceeds the limit of %d different orders",
					      RESULT_MOST_ORDERS);
		for (j = 0; j < i; j++)
			r->occurrence += !strcmp(result->rows[j].layout, r->layout) &&
					 !strcmp(result->rows[j].engine, r->engine) &&
					 !strcmp(result->rows[j].order, r->order);
	}
	return true;
}

static bool get_layout(const struct json_node *node, struct result_layout *layout)
{
	struct json_node pages, notes;

	layout->notes = "";
	return json_node_text(node, "name", &layout->name) &&
	       json_node_long_text(node, "rule", &layout->rule) &&
	       json_node_find(node, "notes", JSON_STRING, &notes) &&
	       (!notes.json || json_node_long_text(node, "notes", &layout->notes)) &&
	       json_node_count(node, "vmas", 0, &layout->vmas) &&
	       json_node_count(node, "pte_tables", 0, &layout->tables) &&
	       json_node_get(node, "pages", JSON_OBJECT, &pages) &&
	       json_node_count(&pages, "anon", 0, &layout->anon) &&
	       json_node_count(&pages, "file", 0, &layout->file) &&
	       json_node_count(&pages, "swap", 0, &layout->swap) &&
	       json_node_count(&pages, "huge", 0, &layout->huge);
}

static bool get_layouts(const struct json_node *document, struct result *result)
{
	struct json_node layouts, layout;
	size_t i, j;

	if (!json_node_find(document, "layouts", JSON_ARRAY, &layouts))
		return false;
	if (!layouts.json || !json_array_size(layouts.json))
		return true;
	if (json_array_size(layouts.json) > RESULT_MOST_ROWS)
		return json_node_fail(&layouts, "has more than %d items", RESULT_MOST_ROWS);
	result->layouts = calloc(json_array_size(layouts.json), sizeof(*result->layouts));
	if (!result->layouts)
		return out_of_memory(&layouts);
	result->nr_layouts = json_array_size(layouts.json);
	for (i = 0; i < result->nr_layouts; i++) {
		if (!json_node_item(&layouts, i, JSON_OBJECT, &layout) ||
		    !get_layout(&layout, &result->layouts[i]))
			return false;
		for (j = 0; j < i; j++)
			result->layouts[i].occurrence +=
				!strcmp(result->layouts[j].name, result->layouts[i].name);
	}
	return true;
}

static bool get_calibration(const struct json_node *node, struct result_calibration *c)
{
	return json_node_text(node, "layout", &c->layout) &&
	       json_node_text(node, "engine", &c->engine) && find_ratio(node, "r", &c->r) &&
	       json_node_count(node, "r_reps", 0, &c->r_reps) &&
	       find_ratio(node, "overhead", &c->overhead) &&
	       json_node_count(node, "overhead_pairs", 0, &c->overhead_pairs) &&
	       find_ratio(node, "trace_overhead", &c->trace_overhead) &&
	       json_node_count(node, "trace_overhead_pairs", 0, &c->trace_overhead_pairs) &&
	       get_interval(node, "pages_built_per_s", COUNT, &c->pages_built_per_s) &&
	       json_node_count(node, "disturbed", 0, &c->disturbed) &&
	       json_node_count(node, "disturbed_kept", 0, &c->kept);
}

static bool get_calibrations(const struct json_node *document, struct result *result)
{
	struct json_node all, one;
	size_t i;

	if (!json_node_find(document, "calibration", JSON_ARRAY, &all))
		return false;
	if (!all.json || !json_array_size(all.json))
		return true;
	result->calibrations = calloc(json_array_size(all.json), sizeof(*result->calibrations));
	if (!result->calibrations)
		return out_of_memory(&all);
	result->nr_calibrations = json_array_size(all.json);
	for (i = 0; i < result->nr_calibrations; i++)
		if (!json_node_item(&all, i, JSON_OBJECT, &one) ||
		    !get_calibration(&one, &result->calibrations[i]))
			return false;
	return true;
}

static bool find_text(const struct json_node *up, const char *key, const char **text)
{
	struct json_node node;

	if (!json_node_find(up, key, JSON_STRING, &node))
		return false;
	return !node.json || json_node_text(up, key, text);
}

static bool get_engines(const struct json_node *host, struct result_host *h)
{
	struct json_node all;
	const char *name;
	json_t *version;

	if (!json_node_find(host, "engines", JSON_OBJECT, &all))
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
		if (!json_node_text(&all, name, &engine->version))
			return false;
	}
	return true;
}

static bool get_host(const struct json_node *document, struct result_host *host)
{
	struct json_node node;

	return json_node_get(document, "host", JSON_OBJECT, &node) &&
	       json_node_text(&node, "cpu", &host->cpu) &&
	       json_node_count(&node, "cores", 1, &host->cores) &&
	       json_node_text(&node, "kernel", &host->kernel) &&
	       json_node_text(&node, "compiler", &host->compiler) &&
	       json_node_text(&node, "flags", &host->flags) &&
	       json_node_text(&node, "date", &host->date) &&
	       find_text(&node, "version", &host->version) &&
	       find_text(&node, "commit", &host->commit) && get_engines(&node, host);
}

static bool get_pin(const struct json_node *options, double pin[NR_ROLES])
{
	struct json_node node, cpu;
	size_t i;

	if (!json_node_get(options, "pin", JSON_ARRAY, &node))
		return false;
	if (json_array_size(node.json) != NR_ROLES)
		return json_node_fail(&node, "must have %d items", NR_ROLES);
	for (i = 0; i < NR_ROLES; i++) {
		if (!json_node_item(&node, i, JSON_REAL, &cpu) || !get_cpu(&cpu, &pin[i]))
			return false;
	}
	return true;
}

/* Page frames were consecutive in the races of files that say nothing of them. */
static bool get_frames(const struct json_node *options, const char **frames)
{
	struct json_node node;

	*frames = "consecutive";
	return json_node_find(options, "frames", JSON_STRING, &node) &&
	       (!node.json || json_node_text(options, "frames", frames));
}

static bool get_options(const struct json_node *document, struct result_options *options)
{
	struct json_node node;

	if (!json_node_find(document, "options", JSON_OBJECT, &node))
		return false;
	options->known = node.json;
	options->processes = 1;
	return !options->known ||
	       (json_node_text(&node, "lock", &options->lock) &&
		json_node_text(&node, "tlb", &options->tlb) &&
		get_frames(&node, &options->frames) && get_pin(&node, options->pin) &&
		json_node_count(&node, "scale", 1, &options->scale) &&
		json_node_count(&node, "reps", 1, &options->reps) &&
		find_count(&node, "processes", &options->processes) &&
		json_node_long_text(&node, "command_line", &options->command_line));
}

static bool get_trace(const struct json_node *document, const char **trace)
{
	struct json_node node, file;

	if (!json_node_find(document, "trace", JSON_OBJECT, &node))
		return false;
	if (!node.json)
		return true;
	if (!json_node_text(&node, "file", trace))
		return false;
	json_node_get(&node, "file", JSON_STRING, &file);
	/* The author of a result must not choose which file is read. */
	if (!**trace || strchr(*trace, '/') || !strcmp(*trace, ".") || !strcmp(*trace, ".."))
		return json_node_fail(&file, "is not the name of a file beside the result");
	return true;
}

static bool get_document(const struct json_node *document, struct result *result)
{
	struct json_node node;
	const char *schema;

	if (!json_is_object(document->json))
		return json_node_fail(document, "is not a JSON object");
	if (!json_node_text(document, "schema", &schema))
		return false;
	if (strcmp(schema, "umaple.reap/2") && strcmp(schema, "umaple.reap/1")) {
		json_node_get(document, "schema", JSON_STRING, &node);
		return json_node_fail(&node, "is '%s', not 'umaple.reap/2' or 'umaple.reap/1'",
				      schema);
	}
	if (!json_node_find(document, "interrupted", JSON_TRUE, &node))
		return false;
	result->interrupted = json_is_true(node.json);
	return get_host(document, &result->host) && get_options(document, &result->options) &&
	       get_trace(document, &result->trace) && get_layouts(document, result) &&
	       get_calibrations(document, result) && get_rows(document, result);
}

static json_t *parse(const char *name, const char *text, size_t size, struct error_text *error)
{
	json_error_t json_error = {.line = 0};
	json_t *document = json_loadb(text, size, JSON_REJECT_DUPLICATES, &json_error);

	if (!document)
		error_text_set(error, -EINVAL, "%s: line %d: %s", name, json_error.line,
			       json_error.text);
	return document;
}

/* @document may be NULL with the error noted, if it could not be loaded. */
static struct result *read_document(json_t *document, const char *name, struct error_text *error)
{
	struct reading reading = {.file = name, .error = error};
	struct json_node node = {.reading = &reading, .json = document};
	struct result *result;

	if (!document)
		return NULL;
	result = calloc(1, sizeof(*result));
	if (!result || !(result->path = strdup(name))) {
		error_text_set(error, -ENOMEM, "%s: out of memory", name);
		json_decref(document);
		free(result);
		return NULL;
	}
	result->document = document;
	if (!get_document(&node, result)) {
		result_free(result);
		return NULL;
	}
	return result;
}

struct result *result_parse(const char *name, const char *text, size_t size,
			    struct error_text *error)
{
	return read_document(parse(name, text, size, error), name, error);
}

struct result *result_from_json(json_t *document, const char *name, struct error_text *error)
{
	if (!document)
		error_text_set(error, -ENOMEM, "%s: out of memory", name);
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

/* Read the whole file. A file that never ends is refused as too long. */
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

struct result *result_read(const char *path, struct error_text *error)
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
		error_text_set(error, err, "%s: out of memory", path);
	else if (err == -EFBIG)
		error_text_set(error, err, "%s: is longer than %d MiB", path,
			       RESULT_MOST_BYTES >> 20);
	else
		error_text_set(error, err, "%s: %s", path, strerror(-err));
	free(text);
	return result;
}

void result_free(struct result *result)
{
	size_t i;
	unsigned int value;

	if (!result)
		return;
	for (i = 0; i < result->nr_rows; i++) {
		for (value = 0; value < NR_VALUES; value++)
			free(result->rows[i].sample[value].values);
		free(result->rows[i].process_reps);
		free(result->rows[i].actors);
	}
	free(result->rows);
	free(result->layouts);
	free(result->calibrations);
	free(result->host.engines);
	json_decref(result->document);
	free(result->path);
	free(result);
}
