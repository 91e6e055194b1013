// SPDX-License-Identifier: GPL-2.0-only
#include "result_file.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/figures.h"
#include "compare/options.h"
#include "json_place.h"

static const char *const mark_keys[NR_MARKS] = {"50", "90", "99", "100"};

static const char *const sample_keys[NR_SAMPLE_KINDS] = {
	[SAMPLE_WALL] = "wall_ns",
	[SAMPLE_RUNNING] = "running_ns",
	[SAMPLE_PTL_WAIT] = "ptl_wait_ns",
	[SAMPLE_PTL_CONTENDED] = "ptl_contended",
	[SAMPLE_OTHER_WAIT] = "other_wait_ns",
	[SAMPLE_FREE_100] = "free_100_ns",
};

/* How far the figures reach. */
#define TIME  PLACE_MOST_TIME
#define COUNT PLACE_MOST_COUNT
#define RATIO PLACE_MOST_RATIO

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

static bool get_by_role(const struct place *up, const char *key, double most,
			struct interval *by_role)
{
	struct place place;

	return place_get(up, key, JSON_OBJECT, &place) &&
	       get_interval(&place, role_name(ROLE_EXIT), most, &by_role[ROLE_EXIT]) &&
	       get_interval(&place, role_name(ROLE_REAPER), most, &by_role[ROLE_REAPER]);
}

static bool get_by_class(const struct place *up, const char *key, double most,
			 struct interval by_class[NR_LOCK_CLASSES][NR_ROLES], bool *swap_known)
{
	struct place place, swap;
	int class;

	if (!place_get(up, key, JSON_OBJECT, &place))
		return false;
	for (class = 0; class < LOCK_SWAP; class ++)
		if (!get_by_role(&place, lock_class_name((enum lock_class) class), most,
				 by_class[class]))
			return false;
	/* The schema does not ask for the swap locks. */
	if (!place_find(&place, lock_class_name(LOCK_SWAP), JSON_OBJECT, &swap))
		return false;
	*swap_known = *swap_known && swap.json;
	return !swap.json ||
	       get_by_role(&place, lock_class_name(LOCK_SWAP), most, by_class[LOCK_SWAP]);
}

static bool get_marks(const struct place *up, struct interval *marks)
{
	struct place place;
	int i;

	if (!place_get(up, "free_ns", JSON_OBJECT, &place))
		return false;
	for (i = 0; i < NR_MARKS; i++)
		if (!get_interval(&place, mark_keys[i], TIME, &marks[i]))
			return false;
	return true;
}

/* How far the single repetitions reach; all are whole numbers. */
static const double sample_most[NR_SAMPLE_KINDS] = {
	[SAMPLE_WALL] = TIME,		[SAMPLE_RUNNING] = TIME,    [SAMPLE_PTL_WAIT] = TIME,
	[SAMPLE_PTL_CONTENDED] = COUNT, [SAMPLE_OTHER_WAIT] = TIME, [SAMPLE_FREE_100] = TIME,
};

static bool out_of_memory(const struct place *place)
{
	return place_fail(place, "out of memory");
}

static bool get_samples(const struct place *row, struct sample_set *sets)
{
	struct place all, one;
	int i;

	if (!place_find(row, "samples", JSON_OBJECT, &all))
		return false;
	for (i = 0; all.json && i < NR_SAMPLE_KINDS; i++) {
		if (!place_find(&all, sample_keys[i], JSON_ARRAY, &one))
			return false;
		if (!one.json || !json_array_size(one.json))
			continue;
		if (json_array_size(one.json) > COMPARE_MAX_REPS)
			return place_fail(&one, "has more than %d items", COMPARE_MAX_REPS);
		sets[i].nr = json_array_size(one.json);
		sets[i].values = calloc(sets[i].nr, sizeof(*sets[i].values));
		if (!sets[i].values)
			return out_of_memory(&one);
		if (!place_numbers(&one, sample_most[i], sets[i].values, 1))
			return false;
	}
	return true;
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

static bool get_row(const struct place *place, struct result_row *row)
{
	return get_names(place, row) && place_count(place, "reapers", 0, &row->reapers) &&
	       place_count(place, "reps", 1, &row->reps) &&
	       place_count(place, "disturbed", 0, &row->disturbed) &&
	       find_count(place, "disturbed_kept", &row->kept) &&
	       get_interval(place, "wall_ns", TIME, &row->wall) &&
	       get_interval(place, "exit_ns", TIME, &row->exit) &&
	       get_interval(place, "reaper_ns", TIME, &row->reaper) &&
	       get_interval(place, "running_ns", TIME, &row->running) &&
	       get_by_class(place, "wait_ns", TIME, row->wait, &row->swap_known) &&
	       get_by_class(place, "contended", COUNT, row->contended, &row->swap_known) &&
	       get_by_role(place, "unmap_wait_share", 1, row->unmap_share) &&
	       get_by_role(place, "pages", COUNT, row->pages) && get_marks(place, row->free) &&
	       get_interval(place, "cpu_ns_per_page", TIME, &row->per_page) &&
	       find_ratio(place, "r", &row->r) && find_ratio(place, "overhead", &row->overhead) &&
	       find_ratio(place, "trace_overhead", &row->trace_overhead) &&
	       get_versus(place, &row->vs_forward) && get_samples(place, row->samples);
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

		r->swap_known = true;
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
	struct place pages;

	return place_text(place, "name", &layout->name) &&
	       place_text(place, "rule", &layout->rule) &&
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

static bool get_host(const struct place *document, struct result_host *host)
{
	struct place place;

	return place_get(document, "host", JSON_OBJECT, &place) &&
	       place_text(&place, "cpu", &host->cpu) &&
	       place_count(&place, "cores", 1, &host->cores) &&
	       place_text(&place, "kernel", &host->kernel) &&
	       place_text(&place, "compiler", &host->compiler) &&
	       place_text(&place, "flags", &host->flags) && place_text(&place, "date", &host->date);
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
	       get_rows(document, result);
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

struct result *result_parse(const char *name, const char *text, size_t size,
			    struct report_error *error)
{
	struct reading reading = {.file = name, .error = error};
	struct result *result = calloc(1, sizeof(*result));
	struct place document = {.reading = &reading};

	if (!result || !(result->path = strdup(name))) {
		report_error_set(error, -ENOMEM, "%s: out of memory", name);
		result_free(result);
		return NULL;
	}
	result->document = parse(name, text, size, error);
	document.json = result->document;
	if (!result->document || !get_document(&document, result)) {
		result_free(result);
		return NULL;
	}
	return result;
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
	int kind;

	if (!result)
		return;
	for (i = 0; i < result->nr_rows; i++)
		for (kind = 0; kind < NR_SAMPLE_KINDS; kind++)
			free(result->rows[i].samples[kind].values);
	free(result->rows);
	free(result->layouts);
	json_decref(result->document);
	free(result->path);
	free(result);
}
