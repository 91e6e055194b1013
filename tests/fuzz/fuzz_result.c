// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: any bytes as a result for `reapbench report`, up to its charts and tables without
 * gnuplot. Right is an error, or figures that are all in their ranges, charts with finite numbers,
 * and scripts in which the names of layouts and hosts change nothing but strings.
 */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_node.h"
#include "common/regression.h"
#include "compare/options.h"
#include "compare/text.h"
#include "drawn.h"

/* The texts are for our own results, but no accepted result may break them. */
static void write_texts(const struct result *result)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || text_result(out, result, true) || mail_result(out, result) ||
	    regression_files(out, result, result, 1.05) < 0 ||
	    regression_engines(out, result, 1.05) < 0 || fclose(out))
		wrong("no text was written");
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ends(const struct interval *i, double most)
{
	if (!(i->lo >= 0 && i->lo <= i->hi && i->hi <= most && i->median >= 0 && i->median <= most))
		wrong("an interval of %g to %g around %g", i->lo, i->hi, i->median);
}

static void check_interval(const struct interval *i, double most)
{
	check_ends(i, most);
	if (i->median < i->lo || i->median > i->hi)
		wrong("an interval of %g to %g around %g", i->lo, i->hi, i->median);
}

static void check_word(const char *word, const char *signs)
{
	const char *c;

	for (c = word; *c; c++)
		if (!islower((unsigned char)*c) && !(c > word && isdigit((unsigned char)*c)) &&
		    !(c > word && strchr(signs, *c)))
			wrong("a name is '%s'", word);
	if (c == word || c - word > 64)
		wrong("a name has %td letters", c - word);
}

static void check_samples(const struct sample_set *set, double most)
{
	size_t i;

	if (set->nr > RESULT_MOST_REPS)
		wrong("%zu repetitions", set->nr);
	for (i = 0; i < set->nr; i++)
		if (!whole(set->values[i], most))
			wrong("a repetition of %g", set->values[i]);
}

static void check_optional_interval(const struct optional_interval *m)
{
	if (m->known)
		check_interval(&m->value, JSON_MOST_RATIO);
}

/* Every value of every metric that was read lies within what its unit has room for. */
static void check_values(const struct result_row *row)
{
	static const double most[NR_METRIC_UNITS] = {
		[UNIT_NS] = JSON_MOST_TIME,	     [UNIT_TIMES] = JSON_MOST_COUNT,
		[UNIT_PAGES] = JSON_MOST_COUNT,	     [UNIT_SHARE] = 1,
		[UNIT_NS_PER_PAGE] = JSON_MOST_TIME,
	};
	unsigned int value;
	int metric;

	for (metric = 0; metric < NR_METRICS; metric++) {
		const struct metric_info *m = &metric_info[metric];

		for (value = m->first; value < m->first + m->nr; value++) {
			if (row->known[value])
				check_interval(&row->value[value], most[m->unit]);
			else if (m->where & IN_ROWS && !(m->where & OPTIONAL) &&
				 m->scope != SCOPE_CLASS_ROLE)
				wrong("%s is missing", m->key);
			check_samples(&row->sample[value], most[m->unit]);
		}
	}
}

/* The processes share out the repetitions, and each value has all of them or none. */
static void check_processes(const struct result_row *row)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < row->nr_processes; i++) {
		if (!row->process_reps[i])
			wrong("process %zu has no repetition", i);
		sum += (double)row->process_reps[i];
	}
	if (row->nr_processes && sum != row->reps)
		wrong("the processes have %g repetitions, the row %g", sum, row->reps);
	for (i = 0; row->nr_processes && i < NR_VALUES; i++)
		if (row->sample[i].nr && (double)row->sample[i].nr != sum)
			wrong("%zu values of %g repetitions", row->sample[i].nr, sum);
}

static void check_row(const struct result_row *row)
{
	check_processes(row);
	check_word(row->engine, "");
	check_word(row->order, ":-/+@*");
	if (!row->nr_actors || row->nr_actors > RESULT_MOST_ACTORS)
		wrong("%zu actors", row->nr_actors);
	for (size_t i = 0; i < row->nr_actors; i++) {
		check_word(row->actors[i].role, "-");
		check_word(row->actors[i].order, ":-/+@*");
		if (!whole(row->actors[i].delay_us, JSON_MOST_COUNT) || row->actors[i].cpu < -1)
			wrong("an actor's number is none");
	}
	if (!*row->layout || strlen(row->layout) > JSON_MOST_TEXT)
		wrong("a layout's name of %zu bytes", strlen(row->layout));
	check_values(row);
	check_optional_interval(&row->r);
	check_optional_interval(&row->overhead);
	check_optional_interval(&row->trace_overhead);
	if (row->vs_forward.known)
		check_ends(&row->vs_forward.value, JSON_MOST_RATIO);
	if (!whole(row->reps, JSON_MOST_COUNT) || row->reps < 1 ||
	    !whole(row->reapers, JSON_MOST_COUNT) || !whole(row->disturbed, JSON_MOST_COUNT) ||
	    !whole(row->kept, JSON_MOST_COUNT))
		wrong("a count is none");
}

/* Names that mean nothing to anybody; equal ones stay equal. Returned to be freed. */
static char **rename_all(struct result *result)
{
	char **names = calloc(result->nr_rows, sizeof(*names));
	const char **old = calloc(result->nr_rows, sizeof(*old));
	size_t i, j;

	if (!names || !old)
		wrong("out of memory");
	for (i = 0; i < result->nr_rows; i++) {
		old[i] = result->rows[i].layout;
		for (j = 0; strcmp(old[j], old[i]); j++)
			;
		if (j == i && asprintf(&names[i], "n%zu", i) < 0)
			wrong("out of memory");
		result->rows[i].layout = names[j];
	}
	free(old);
	result->host.cpu = result->host.kernel = "host";
	return names;
}

static char *draw_files(struct result *result, unsigned int nr)
{
	struct report report = {.result = {result, result}, .nr_files = nr};

	return draw(&report);
}

/* The commands of a script do not depend on names. */
static void check_scripts(struct result *result)
{
	char *before[2], *after, **names;
	unsigned int nr;
	size_t i;

	for (nr = 1; nr <= 2; nr++)
		before[nr - 1] = draw_files(result, nr);
	names = rename_all(result);
	for (nr = 1; nr <= 2; nr++) {
		after = draw_files(result, nr);
		if (strcmp(before[nr - 1], after))
			wrong("with other names the scripts are others:\n%s\n---\n%s",
			      before[nr - 1], after);
		free(before[nr - 1]);
		free(after);
	}
	for (i = 0; i < result->nr_rows; i++)
		free(names[i]);
	free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error_text error = {""};
	struct result *result = result_parse("input", (const char *)data, size, &error);
	size_t i;

	if (!result) {
		if (strncmp(error.text, "input: ", 7) || strpbrk(error.text, "\n\x1b"))
			wrong("an error is '%s'", error.text);
		return 0;
	}
	if (result->nr_rows > RESULT_MOST_ROWS || result->nr_layouts > RESULT_MOST_ROWS)
		wrong("%zu rows, %zu layouts", result->nr_rows, result->nr_layouts);
	for (i = 0; i < result->nr_rows; i++)
		check_row(&result->rows[i]);
	write_texts(result);
	check_scripts(result);
	result_free(result);
	return 0;
}
