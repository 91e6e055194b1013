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

bool traced_trusted(const struct group_order *order)
{
	size_t i;

	for (i = 0; i < order->nr_traced; i++)
		if (order->traced[i]->disturbed)
			return false;
	return true;
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

bool report_mixes_engines(const struct report *report)
{
	unsigned int file;

	for (file = 0; file < report->nr_files; file++)
		if (!only_engine(report->result[file]))
			return true;
	return false;
}

const char *report_letter(const struct report *report, unsigned int file)
{
	static const char *const letters[] = {"A", "B"};

	return report->nr_files > 1 ? letters[file] : "";
}

/* Two files that differ in their engine were made to compare engines. */
static void compare_engines(struct report *report)
{
	const char *a, *b;

	if (report->nr_files < 2)
		return;
	a = only_engine(report->result[0]);
	b = only_engine(report->result[1]);
	if (a && b && strcmp(a, b))
		snprintf(report->engines, sizeof(report->engines), "A: %s, B: %s", engine_words(a),
			 engine_words(b));
}

/* Zeroed items at the end of an array, which moves. */
static void *grow(void *items, size_t nr, size_t more, size_t size)
{
	char *grown = reallocarray(items, nr + more, size);

	if (grown)
		memset(grown + nr * size, 0, more * size);
	return grown;
}

static int add_order(struct report *report, const char *order)
{
	const char **grown = grow(report->orders, report->nr_orders, 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	report->orders = grown;
	grown[report->nr_orders++] = order;
	return 0;
}

static int order_style(struct report *report, const char *order, unsigned int *style)
{
	/* These have the same style in every report. */
	static const char *const known[] = {"solo", "forward", "reverse", "reverse-fine"};
	size_t i;

	while (report->nr_orders < sizeof(known) / sizeof(known[0]))
		if (add_order(report, known[report->nr_orders]))
			return -ENOMEM;
	for (i = 0; i < report->nr_orders; i++)
		if (!strcmp(report->orders[i], order))
			break;
	*style = (unsigned int)i;
	return i == report->nr_orders ? add_order(report, order) : 0;
}

static struct group *find_group(struct report *report, const char *layout, const char *engine,
				unsigned int occurrence)
{
	size_t i;

	for (i = 0; i < report->nr_groups; i++)
		if (report->groups[i].occurrence == occurrence &&
		    !strcmp(report->groups[i].layout, layout) &&
		    (*report->engines || !strcmp(report->groups[i].engine, engine)))
			return &report->groups[i];
	return NULL;
}

static bool slug_taken(const struct report *report, const char *slug)
{
	size_t i;

	/* Some file systems see no difference between small and capital letters. */
	for (i = 0; i < report->nr_groups; i++)
		if (report->groups[i].slug && !strcasecmp(report->groups[i].slug, slug))
			return true;
	return false;
}

static int name_group(struct report *report, struct group *group)
{
	char *stem = name_slug(group->layout), *slug = NULL;
	unsigned int i = 1;
	int n;

	n = stem ? asprintf(&slug, "%s-%s", stem, group->engine) : -1;
	while (n >= 0 && slug_taken(report, slug)) {
		free(slug);
		n = asprintf(&slug, "%s-%u-%s", stem, ++i, group->engine);
	}
	free(stem);
	if (n < 0)
		return -ENOMEM;
	group->slug = slug;
	if (group->occurrence)
		n = asprintf(&group->label, "%s (%u)", group->layout, group->occurrence + 1);
	else
		n = asprintf(&group->label, "%s", group->layout);
	if (n < 0) {
		group->label = NULL;
		return -ENOMEM;
	}
	if (asprintf(&group->name, "%s, %s", group->label, group_engine(report, group)) < 0)
		group->name = NULL;
	return group->name ? 0 : -ENOMEM;
}

static struct group *add_group(struct report *report, const struct result_row *row)
{
	struct group *grown = grow(report->groups, report->nr_groups, 1, sizeof(*grown)), *group;

	if (!grown)
		return NULL;
	report->groups = grown;
	group = &grown[report->nr_groups];
	group->layout = row->layout;
	group->engine = row->engine;
	group->occurrence = row->occurrence;
	/* Counted in any case, so that report_groups_free() frees what it has. */
	if (name_group(report, group))
		group = NULL;
	report->nr_groups++;
	return group;
}

struct group_order *group_find_order(const struct group *group, const char *order)
{
	size_t i;

	for (i = 0; i < group->nr_orders; i++)
		if (!strcmp(group->orders[i].name, order))
			return &group->orders[i];
	return NULL;
}

const struct result_row *group_row(const struct group *group, unsigned int file)
{
	size_t i;

	for (i = 0; i < group->nr_orders; i++)
		if (group->orders[i].file == file && group->orders[i].row)
			return group->orders[i].row;
	return NULL;
}

/* Enter an order, for each file. */
static struct group_order *add_to_group(struct report *report, struct group *group,
					const char *name)
{
	struct group_order *grown =
		grow(group->orders, group->nr_orders, report->nr_files, sizeof(*grown));
	unsigned int file, style;

	if (!grown)
		return NULL;
	group->orders = grown;
	if (order_style(report, name, &style))
		return NULL;
	grown += group->nr_orders;
	group->nr_orders += report->nr_files;
	for (file = 0; file < report->nr_files; file++)
		grown[file] = (struct group_order){.name = name, .style = style, .file = file};
	return grown;
}

static int enter_row(struct report *report, unsigned int file, const struct result_row *row)
{
	struct group *group = find_group(report, row->layout, row->engine, row->occurrence);
	struct group_order *order;

	if (!group)
		group = add_group(report, row);
	if (!group)
		return -ENOMEM;
	order = group_find_order(group, row->order);
	if (!order)
		order = add_to_group(report, group, row->order);
	if (!order)
		return -ENOMEM;
	order[file].row = row;
	return 0;
}

static int enter_race(struct report *report, unsigned int file, const struct trace_race *race)
{
	struct group *group = find_group(report, race->layout, race->engine, race->occurrence);
	struct group_order *order = group ? group_find_order(group, race->order) : NULL;
	const struct trace_race **grown;

	/* Stopped before the order had a repetition: it is not in the result. */
	if (!order || !order[file].row)
		return 0;
	order += file;
	grown = grow(order->traced, order->nr_traced, 1, sizeof(*grown));
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
	unsigned int file;
	size_t i, j;
	int err = 0;

	compare_engines(report);
	for (file = 0; file < report->nr_files; file++) {
		const struct trace *trace = report->trace[file];

		for (i = 0; !err && i < report->result[file]->nr_rows; i++)
			err = enter_row(report, file, &report->result[file]->rows[i]);
		for (i = 0; !err && trace && i < trace->nr; i++)
			err = enter_race(report, file, &trace->races[i]);
	}
	if (err)
		return report_out_of_memory(report);
	for (i = 0; i < report->nr_groups; i++)
		for (j = 0; j < report->groups[i].nr_orders; j++)
			choose_typical(&report->groups[i].orders[j]);
	return 0;
}

void report_groups_free(struct report *report)
{
	size_t i, j;

	for (i = 0; i < report->nr_groups; i++) {
		struct group *group = &report->groups[i];

		for (j = 0; j < group->nr_orders; j++)
			free(group->orders[j].traced);
		free(group->orders);
		free(group->label);
		free(group->name);
		free(group->slug);
	}
	free(report->groups);
	free(report->orders);
}
