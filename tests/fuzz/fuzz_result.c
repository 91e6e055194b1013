// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: what `reapbench report` reads as a result, as far as its charts and tables without
 * gnuplot. Right is an error, or figures that are all in their ranges, charts with finite numbers,
 * and scripts that are the same, but for what is in strings, whatever layouts and hosts are called.
 */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_place.h"
#include "compare/options.h"
#include "drawn.h"

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

static void check_samples(const struct sample_set *sets)
{
	size_t i;
	int kind;

	for (kind = 0; kind < NR_SAMPLE_KINDS; kind++) {
		if (sets[kind].nr > COMPARE_MAX_REPS)
			wrong("%zu repetitions", sets[kind].nr);
		for (i = 0; i < sets[kind].nr; i++)
			if (!whole(sets[kind].values[i], kind == SAMPLE_PTL_CONTENDED
								 ? PLACE_MOST_COUNT
								 : PLACE_MOST_TIME))
				wrong("a repetition of %g", sets[kind].values[i]);
	}
}

static void check_maybe(const struct maybe *m)
{
	if (m->known)
		check_interval(&m->value, PLACE_MOST_RATIO);
}

static void check_locks(const struct result_row *row)
{
	int class, role;

	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		for (role = 0; role < NR_ROLES; role++) {
			check_interval(&row->wait[class][role], PLACE_MOST_TIME);
			check_interval(&row->contended[class][role], PLACE_MOST_COUNT);
		}
	}
}

static void check_row(const struct result_row *row)
{
	int i;

	check_word(row->engine, "");
	check_word(row->order, ":-");
	if (!*row->layout || strlen(row->layout) > PLACE_MOST_TEXT)
		wrong("a layout's name of %zu bytes", strlen(row->layout));
	check_interval(&row->wall, PLACE_MOST_TIME);
	check_interval(&row->exit, PLACE_MOST_TIME);
	check_interval(&row->reaper, PLACE_MOST_TIME);
	check_interval(&row->running, PLACE_MOST_TIME);
	check_interval(&row->per_page, PLACE_MOST_TIME);
	check_locks(row);
	for (i = 0; i < NR_ROLES; i++) {
		check_interval(&row->unmap_share[i], 1);
		check_interval(&row->pages[i], PLACE_MOST_COUNT);
	}
	for (i = 0; i < NR_MARKS; i++)
		check_interval(&row->free[i], PLACE_MOST_TIME);
	check_maybe(&row->r);
	check_maybe(&row->overhead);
	check_maybe(&row->trace_overhead);
	if (row->vs_forward.known)
		check_ends(&row->vs_forward.value, PLACE_MOST_RATIO);
	if (!whole(row->reps, PLACE_MOST_COUNT) || row->reps < 1 ||
	    !whole(row->reapers, PLACE_MOST_COUNT) || !whole(row->disturbed, PLACE_MOST_COUNT) ||
	    !whole(row->kept, PLACE_MOST_COUNT))
		wrong("a count is none");
	check_samples(row->samples);
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

/* What a script says does not depend on what things are called. */
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
	struct report_error error = {""};
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
	check_scripts(result);
	result_free(result);
	return 0;
}
