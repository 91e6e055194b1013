// SPDX-License-Identifier: GPL-2.0-only
#include "groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

static const char *engine_words(const char *engine)
{
	if (!strcmp(engine, "maple"))
		return "our maple tree";
	if (!strcmp(engine, "kernel"))
		return "the kernel's maple tree";
	return engine;
}

const char *group_engine(const struct report *report, const struct group *group)
{
	return *report->engines ? report->engines : engine_words(group->engine);
}

const char *compared_engines(const struct group_order *order, char *text, size_t size)
{
	const char *a = order[0].row->engine, *b = order[1].row->engine;

	if (!strcmp(a, b))
		return a;
	snprintf(text, size, "%s -> %s", a, b);
	return text;
}

bool order_raced(const struct group_order *order)
{
	return order->typical && order->typical->role[ROLE_REAPER].present;
}

int report_out_of_memory(struct report *report)
{
	return error_text_set(report->error, -ENOMEM, "out of memory");
}

/* The engine of a file that has no other; NULL if it has several. */
static const char *only_engine(const struct result *result)
{
	size_t i;

	for (i = 1; i < result->nr_rows; i++)
		if (strcmp(result->rows[i].engine, result->rows[0].engine))
			return NULL;
	return result->rows[0].engine;
}

const char *report_letter(const struct report *report, unsigned int file)
{
	return report->nr_files < 2 ? "" : file ? "B" : "A";
}

/* Two files that differ in their engine were made to compare engines. */
static void compare_engines(struct report *report)
{
	const char *a = only_engine(report->result[0]);
	const char *b = report->nr_files > 1 ? only_engine(report->result[1]) : a;

	report->mixed = !a || !b;
	if (!report->mixed && strcmp(a, b))
		snprintf(report->engines, sizeof(report->engines), "A: %s, B: %s", engine_words(a),
			 engine_words(b));
}

/* Some orders have the same style in every report, others in all groups of one. */
static unsigned int order_style(const struct report *report, const char *order)
{
	static const char *const known[] = {"solo", "forward", "reverse", "reverse-fine"};
	unsigned int style = 0, next = sizeof(known) / sizeof(known[0]);
	const struct group_order *before;
	const struct group *group;

	for (; style < next; style++)
		if (!strcmp(known[style], order))
			return style;
	for_each_group (group, report) {
		for_each_order (before, group, 1) {
			if (!strcmp(before->name, order))
				return before->style;
			if (before->style >= next)
				next = before->style + 1;
		}
	}
	return next;
}

/* By what a row or a race is found. */
struct key {
	const char *layout, *engine, *order;
	unsigned int occurrence;
};

static struct group *find_group(const struct report *report, const struct key *key)
{
	struct group *group;

	for_each_group (group, report)
		if (group->occurrence == key->occurrence && !strcmp(group->layout, key->layout) &&
		    (*report->engines || !strcmp(group->engine, key->engine)))
			return group;
	return NULL;
}

static bool slug_taken(const struct report *report, const char *slug)
{
	const struct group *group;

	/* Some file systems see no difference between small and capital letters. */
	for_each_group (group, report)
		if (!strcasecmp(group->slug, slug))
			return true;
	return false;
}

static int name_group(const struct report *report, struct group *group)
{
	char stem[NAME_SLUG], number[16] = "";
	unsigned int i;

	name_slug(stem, group->layout);
	snprintf(group->slug, sizeof(group->slug), "%s-%s", stem, group->engine);
	for (i = 2; slug_taken(report, group->slug); i++)
		snprintf(group->slug, sizeof(group->slug), "%s-%u-%s", stem, i, group->engine);
	if (group->occurrence)
		snprintf(number, sizeof(number), " (%u)", group->occurrence + 1);
	if (asprintf(&group->label, "%s%s", group->layout, number) < 0)
		group->label = NULL;
	else if (asprintf(&group->name, "%s, %s", group->label, group_engine(report, group)) < 0)
		group->name = NULL;
	return group->name ? 0 : -ENOMEM;
}

/* report_groups() has made room for a group of each row. */
static struct group *add_group(struct report *report, const struct key *key)
{
	struct group *group = &report->groups[report->nr_groups];
	int err;

	group->layout = key->layout;
	group->engine = key->engine;
	group->occurrence = key->occurrence;
	err = name_group(report, group);
	/* Counted in any case, so that report_groups_free() frees what it has. */
	report->nr_groups++;
	return err ? NULL : group;
}

struct group_order *group_find_order(const struct group *group, const char *order)
{
	struct group_order *found;

	for_each_order (found, group, 1)
		if (!strcmp(found->name, order))
			return found;
	return NULL;
}

const struct result_row *group_row(const struct group *group, unsigned int file)
{
	const struct group_order *order;

	for_each_order (order, group, 1)
		if (order->file == file && order->row)
			return order->row;
	return NULL;
}

/* The order that is found by a key, of the first file; NULL if there is none. */
static struct group_order *find_order(const struct report *report, const struct key *key)
{
	const struct group *group = find_group(report, key);

	return group ? group_find_order(group, key->order) : NULL;
}

/* Enter an order, for each file, and its group if it is new. */
static struct group_order *add_order(struct report *report, const struct key *key)
{
	const unsigned int style = order_style(report, key->order);
	struct group *group = find_group(report, key) ?: add_group(report, key);
	struct group_order *grown;
	unsigned int file;

	if (!group)
		return NULL;
	grown = reallocarray(group->orders, group->nr_orders + report->nr_files, sizeof(*grown));
	if (!grown)
		return NULL;
	group->orders = grown;
	grown += group->nr_orders;
	group->nr_orders += report->nr_files;
	for (file = 0; file < report->nr_files; file++)
		grown[file] =
			(struct group_order){.name = key->order, .style = style, .file = file};
	return grown;
}

static int enter_row(struct report *report, unsigned int file, const struct result_row *row)
{
	const struct key key = {row->layout, row->engine, row->order, row->occurrence};
	struct group_order *order = find_order(report, &key) ?: add_order(report, &key);

	if (!order)
		return -ENOMEM;
	order[file].row = row;
	return 0;
}

static int enter_race(struct report *report, unsigned int file, const struct trace_race *race)
{
	const struct key key = {race->layout, race->engine, race->order, race->occurrence};
	struct group_order *order = find_order(report, &key);
	const struct trace_race **grown;

	/* Stopped before the order had a repetition: it is not in the result. */
	if (!order || !order[file].row)
		return 0;
	order += file;
	grown = reallocarray(order->traced, order->nr_traced + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	order->traced = grown;
	grown[order->nr_traced++] = race;
	return 0;
}

/* Disturbed races last; of equals, those that ran before. */
static int by_wall(const void *a, const void *b)
{
	const struct trace_race *x = *(const struct trace_race *const *)a;
	const struct trace_race *y = *(const struct trace_race *const *)b;

	if (x->disturbed != y->disturbed)
		return x->disturbed - y->disturbed;
	if (x->wall_ns != y->wall_ns)
		return x->wall_ns < y->wall_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* The race whose wall time is the median; disturbed ones stand back if there are others. */
static void choose_typical(struct group_order *order)
{
	size_t nr = 0;

	if (!order->nr_traced)
		return;
	qsort(order->traced, order->nr_traced, sizeof(*order->traced), by_wall);
	while (nr < order->nr_traced && order->traced[nr]->disturbed == order->traced[0]->disturbed)
		nr++;
	order->typical = order->traced[(nr - 1) / 2];
}

int report_groups(struct report *report)
{
	struct group_order *order;
	struct group *group;
	size_t i, nr_rows = 0;
	unsigned int file;
	int err;

	compare_engines(report);
	for (file = 0; file < report->nr_files; file++)
		nr_rows += report->result[file]->nr_rows;
	report->groups = calloc(nr_rows, sizeof(*report->groups));
	err = report->groups ? 0 : -ENOMEM;
	for (file = 0; file < report->nr_files; file++) {
		const struct trace *trace = report->trace[file];

		for (i = 0; !err && i < report->result[file]->nr_rows; i++)
			err = enter_row(report, file, &report->result[file]->rows[i]);
		for (i = 0; !err && trace && i < trace->nr; i++)
			err = enter_race(report, file, &trace->races[i]);
	}
	for_each_group (group, report)
		for_each_order (order, group, 1)
			choose_typical(order);
	return err ? report_out_of_memory(report) : 0;
}

void report_groups_free(struct report *report)
{
	struct group_order *order;
	struct group *group;

	for_each_group (group, report) {
		for_each_order (order, group, 1)
			free(order->traced);
		free(group->orders);
		free(group->label);
		free(group->name);
	}
	free(report->groups);
}
