// SPDX-License-Identifier: GPL-2.0-only
#include "live_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/json_node.h"

#define SCHEMA	  "umaple.live/1"
#define MOST_REPS 1000

static json_t *load(const char *path, struct error_text *error)
{
	json_error_t why;
	json_t *document;
	struct stat st;

	if (!stat(path, &st) && st.st_size > LIVE_FILE_MOST_BYTES) {
		error_text_set(error, -EFBIG, "%s: is longer than %d MiB", path,
			       LIVE_FILE_MOST_BYTES >> 20);
		return NULL;
	}
	document = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!document)
		error_text_set(error, -EINVAL, "%s: %s", path, why.text);
	return document;
}

bool live_file_is(const char *path)
{
	struct error_text unsaid;
	json_t *document = load(path, &unsaid);
	const char *schema = json_string_value(json_object_get(document, "schema"));
	const bool is = schema && !strcmp(schema, SCHEMA);

	json_decref(document);
	return is;
}

/* A figure that may be null. */
static bool get_value(const struct json_node *row, const char *key, struct live_value *v)
{
	struct json_node node;

	if (!json_node_find(row, key, JSON_OBJECT, &node))
		return false;
	v->known = node.json != NULL;
	return !v->known || (json_node_number(&node, "median", JSON_MOST_RATIO, &v->i.median) &&
			     json_node_number(&node, "lo", JSON_MOST_RATIO, &v->i.lo) &&
			     json_node_number(&node, "hi", JSON_MOST_RATIO, &v->i.hi));
}

static bool get_locks(const struct json_node *row, const char *key, enum live_count count,
		      struct live_value *value)
{
	static const char *const whom[NR_LIVE_WHOM] = {
		[LIVE_EXIT] = "exit", [LIVE_REAPER] = "reaper", [LIVE_BOTH] = "both"};
	struct json_node locks, class_node;

	if (!json_node_get(row, key, JSON_OBJECT, &locks))
		return false;
	for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
		if (!json_node_get(&locks, live_class_info[class].name, JSON_OBJECT, &class_node))
			return false;
		for (int i = 0; i < NR_LIVE_WHOM; i++)
			if (!get_value(&class_node, whom[i],
				       &value[LIVE_LOCK_VALUE(count, class, i)]))
				return false;
	}
	return true;
}

/* The repetitions of one time. */
static bool get_times(const struct json_node *samples, const char *key, size_t nr, double **times)
{
	struct json_node array;

	if (!json_node_get(samples, key, JSON_ARRAY, &array))
		return false;
	if (json_array_size(array.json) != nr)
		return json_node_fail(&array, "has not as many items as there are repetitions");
	*times = calloc(nr, sizeof(double));
	if (!*times)
		return json_node_fail(&array, "out of memory");
	return json_node_numbers(&array, JSON_MOST_TIME, *times, 1);
}

/* A count that older files lack. */
static bool find_count(const struct json_node *row, const char *key, double *count)
{
	struct json_node node;

	if (!json_node_find(row, key, JSON_REAL, &node))
		return false;
	return !node.json || json_node_count(row, key, 0, count);
}

/* What the kernel and the model have in common. */
static bool get_row(const struct json_node *node, struct live_row *row)
{
	double reps, disturbed, kept, missed, slowed = 0, slow_kept = 0;

	if (!json_node_count(node, "reps", 1, &reps) ||
	    !json_node_count(node, "disturbed", 0, &disturbed) ||
	    !json_node_count(node, "disturbed_kept", 0, &kept) ||
	    !json_node_count(node, "missed", 0, &missed) || !find_count(node, "slowed", &slowed) ||
	    !find_count(node, "slowed_kept", &slow_kept))
		return false;
	if (reps > MOST_REPS || kept > reps || slow_kept > reps)
		return json_node_fail(node, "has too many repetitions");
	row->reps = (unsigned int)reps;
	row->disturbed = (unsigned int)disturbed;
	row->kept = (unsigned int)kept;
	row->missed = (unsigned int)missed;
	row->slowed = (unsigned int)slowed;
	row->slow_kept = (unsigned int)slow_kept;
	for (int i = 0; i < NR_LIVE_METRICS; i++)
		if (!get_value(node, live_metric_info[i].key, &row->value[i]))
			return false;
	return get_locks(node, "contended", LIVE_CONTENDED, row->value) &&
	       get_locks(node, "wait_ns", LIVE_WAIT, row->value);
}

static bool get_samples(const struct json_node *node, const struct live_row *row,
			struct live_times *times)
{
	struct json_node samples;

	if (!json_node_get(node, "samples", JSON_OBJECT, &samples) ||
	    !get_times(&samples, "wall_ns", row->reps, &times->wall) ||
	    !get_times(&samples, "running_ns", row->reps, &times->running))
		return false;
	/* A victim without pages is never killed: 1 says that there were some. */
	live_times_fill(times, row->reps, row->kept, 1);
	times->row.slow_kept = row->slow_kept;
	return true;
}

/* The ratios to another way to kill. The file does not say how they were judged. */
static bool get_versus(const struct json_node *side, const char *key, struct live_versus *v)
{
	struct comparison *const both[] = {&v->wall, &v->running};
	static const char *const keys[] = {"wall", "running"};
	struct json_node node;

	if (!json_node_get(side, key, JSON_OBJECT, &node))
		return false;
	for (int i = 0; i < 2; i++) {
		struct live_value value = {0};

		if (!get_value(&node, keys[i], &value))
			return false;
		*both[i] = (struct comparison){
			.known = value.known, .ratio = value.i, .judgement = JUDGED_UNKNOWN};
	}
	return true;
}

/* @times: of the kernel, NULL for the model. */
static bool get_side(const struct json_node *node, struct live_side *side, struct live_times *times)
{
	struct json_node row;

	for (int kind = 0; kind < NR_LIVE_KILLS; kind++) {
		const char *name = live_kill_name((enum live_kill)kind);

		side->row[kind].name = name;
		if (!json_node_find(node, name, JSON_OBJECT, &row))
			return false;
		if (row.json && (!get_row(&row, &side->row[kind]) ||
				 (times && !get_samples(&row, &side->row[kind], &times[kind]))))
			return false;
	}
	return get_versus(node, "vs_solo", &side->solo) &&
	       get_versus(node, "vs_forward", &side->forward);
}

static bool get_layout(const struct json_node *node, struct live_file *file)
{
	struct live_file_layout *l = &file->layouts[file->nr_layouts];
	struct json_node kernel, model;

	if (!json_node_text(node, "layout", &l->name) ||
	    !json_node_get(node, "kernel", JSON_OBJECT, &kernel) ||
	    !json_node_find(node, "model", JSON_OBJECT, &model))
		return false;
	for (size_t i = 0; i < file->nr_layouts; i++)
		l->occurrence += !strcmp(file->layouts[i].name, l->name);
	/* Counted before it is read, so that what it holds is freed if that fails. */
	file->nr_layouts++;
	l->raced = model.json;
	return get_side(&kernel, &l->kernel, l->times) &&
	       (!l->raced || get_side(&model, &l->model, NULL));
}

static bool get_file(const struct json_node *top, struct live_file *file)
{
	struct json_node host, options, layouts, item;
	const char *schema;
	size_t nr;

	if (!json_node_text(top, "schema", &schema))
		return false;
	if (strcmp(schema, SCHEMA))
		return json_node_fail(top, "is no file of reapbench live");
	if (!json_node_get(top, "host", JSON_OBJECT, &host) ||
	    !json_node_text(&host, "kernel", &file->kernel) ||
	    !json_node_text(&host, "cpu", &file->cpu) ||
	    !json_node_text(&host, "date", &file->date) ||
	    !json_node_get(top, "options", JSON_OBJECT, &options) ||
	    !json_node_get(top, "layouts", JSON_ARRAY, &layouts))
		return false;
	file->probed = json_is_true(json_object_get(options.json, "probe"));
	file->zram = json_is_true(json_object_get(options.json, "zram"));
	nr = json_array_size(layouts.json);
	if (nr > LIVE_FILE_MOST_LAYOUTS)
		return json_node_fail(&layouts, "has too many layouts");
	file->layouts = calloc(nr + 1, sizeof(*file->layouts));
	if (!file->layouts)
		return json_node_fail(&layouts, "out of memory");
	for (size_t i = 0; i < nr; i++)
		if (!json_node_item(&layouts, i, JSON_OBJECT, &item) || !get_layout(&item, file))
			return false;
	return true;
}

struct live_file *live_file_read(const char *path, struct error_text *error)
{
	struct reading reading = {.file = path, .error = error};
	struct live_file *file;
	struct json_node top;
	json_t *document = load(path, error);

	if (!document)
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file) {
		error_text_set(error, -ENOMEM, "%s: out of memory", path);
		json_decref(document);
		return NULL;
	}
	file->document = document;
	file->path = path;
	top = (struct json_node){.json = document, .reading = &reading};
	if (get_file(&top, file))
		return file;
	live_file_free(file);
	return NULL;
}

const struct live_file_layout *live_file_find(const struct live_file *file,
					      const struct live_file_layout *other)
{
	for (size_t i = 0; i < file->nr_layouts; i++) {
		const struct live_file_layout *l = &file->layouts[i];

		if (l->occurrence == other->occurrence && !strcmp(l->name, other->name))
			return l;
	}
	return NULL;
}

void live_file_free(struct live_file *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->nr_layouts; i++) {
		for (int kind = 0; kind < NR_LIVE_KILLS; kind++) {
			free(file->layouts[i].times[kind].wall);
			free(file->layouts[i].times[kind].running);
		}
	}
	free(file->layouts);
	json_decref(file->document);
	free(file);
}
