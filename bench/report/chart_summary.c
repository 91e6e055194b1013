// SPDX-License-Identifier: GPL-2.0-only
/*
 * The answer in one picture: wall and CPU time of every layout and order as a ratio, of one file
 * against walking forward and against no reaper; of two files, as a ratio of B over A.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "names.h"

#define LABEL_LETTERS 20

static const struct {
	unsigned int value; /* of measure/metrics.h */
	const char *name;
	double offset; /* of a row */
} shown[] = {{VALUE_WALL, "wall", -0.17}, {VALUE_RUNNING, "running", 0.17}};

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

/* The base of a panel's ratios; none: the same rows of the first file. */
static const struct against {
	const char *name, *base, *title;
	unsigned int nr_files;
} panels[] = {
	{"forward", "forward", "against walking forward", 1},
	{"solo", "solo", "against no reaper (solo)", 1},
	{"A", NULL, "B against A", 2},
};

/* An order with the rows of its ratio. */
struct fraction {
	const struct group *group;
	const struct group_order *order;
	const struct result_row *above, *below;
};

/* The range of the axes: 1 is always in it, and it is wider than the noise of a ratio of 1. */
struct extent {
	double low, high; /* of all intervals, but for what is 0 */
	size_t rows;
};

static bool find_rows(struct fraction *f, const struct against *against)
{
	const struct group_order *base;

	if (!against->base) {
		f->above = f->order[1].row;
		f->below = f->order[0].row;
		return f->above && f->below;
	}
	base = group_find_order(f->group, against->base);
	f->above = f->order->row;
	f->below = base ? base->row : NULL;
	return f->below && f->order != base && f->above->reapers > 0;
}

static const char *state_of(enum judgement judgement)
{
	if (judgement == JUDGED_BETTER)
		return "better";
	if (judgement == JUDGED_WORSE)
		return "worse";
	return judgement == JUDGED_UNTRUSTED ? "untrusted" : "same";
}

/* The rows of an order; returns its ratios in figures. */
static const char *put_rows(struct chart *chart, const struct against *against,
			    const struct fraction *f, size_t row, struct extent *extent,
			    char text[32])
{
	struct comparison c;
	char engine[160];
	size_t k;

	*text = '\0';
	for (k = 0; k < NR_SHOWN; k++) {
		if (compare_values(f->above, f->below, shown[k].value, against->base, &c))
			chart->m.failed = true;
		if (c.judgement == JUDGED_EMPTY)
			return "no page";
		if (!c.known)
			continue;
		/* The name stands last: whatever gnuplot makes of it, the rest is in its columns. */
		fprintf(chart->csv, "%s,%s,%s,%g,%.6g,%.6g,%.6g,%.3g,%s,%s,", against->name,
			shown[k].name, state_of(c.judgement), (double)row + shown[k].offset,
			c.ratio.median, c.ratio.lo, c.ratio.hi, c.p,
			against->base ? f->above->engine
				      : compared_engines(f->order, engine, sizeof(engine)),
			f->order->name);
		put_csv_line(chart->csv, f->group->label);
		fputc('\n', chart->csv);
		snprintf(text + strlen(text), 32 - strlen(text), "%s%.2f", k ? " / " : "",
			 c.ratio.median);
		extent->low = fmin(extent->low, c.ratio.lo > 0 ? c.ratio.lo : extent->low);
		extent->high = fmax(extent->high, c.ratio.hi);
	}
	return c.judgement == JUDGED_UNTRUSTED ? "untrusted" : text;
}

/* A line of a panel: a name at the left axis, ratios at the right one. */
static void put_line(struct chart *chart, json_t *lines, const char *left, const char *right)
{
	const size_t row = json_array_size(lines);
	json_t *line = model_item(&chart->m, lines, "right", right, NULL);
	char label[256], tic[512];
	size_t i, used = 0;

	name_short(label, left, LABEL_LETTERS);
	/* gnuplot takes the label of a tic for a format. */
	for (i = 0; label[i]; i++) {
		if (label[i] == '%')
			tic[used++] = '%';
		tic[used++] = label[i];
	}
	model_text(&chart->m, line, "label", "%.*s", (int)used, tic);
	model_text(&chart->m, line, "row", "%zu", row);
}

/* The name of the layout, and below it its orders. */
static void put_group(struct chart *chart, json_t *lines, const struct against *against,
		      const struct group *group, struct extent *extent)
{
	const bool mixed = chart->report->mixed;
	char ratios[32], name[256];
	const struct group_order *order;
	bool named = false;
	const char *right;

	snprintf(name, sizeof(name), "%s%s%s:", mixed ? group->engine : "", mixed ? ", " : "",
		 group->label);
	for_each_order (order, group, chart->report->nr_files) {
		struct fraction f = {.group = group, .order = order};

		if (!find_rows(&f, against))
			continue;
		if (!named)
			put_line(chart, lines, name, "wall / CPU");
		named = true;
		right = put_rows(chart, against, &f, json_array_size(lines), extent, ratios);
		put_line(chart, lines, chart_label(chart, order), right);
	}
}

void draw_summary(struct chart *chart)
{
	struct extent extent = {.low = 0.95, .high = 1.05};
	const struct group *group;
	json_t *panel, *lines;
	double room;
	size_t k;

	for (k = 0; k < sizeof(panels) / sizeof(panels[0]); k++) {
		if (panels[k].nr_files != chart->report->nr_files)
			continue;
		panel = chart_panel(chart, "%s", panels[k].title);
		model_text(&chart->m, panel, "against", "%s", panels[k].name);
		lines = model_list(&chart->m, panel, "lines");
		for_each_group (group, chart->report)
			put_group(chart, lines, &panels[k], group, &extent);
		if (json_array_size(lines) > extent.rows)
			extent.rows = json_array_size(lines);
		if (!json_array_size(lines))
			json_array_remove(chart->panels, json_array_size(chart->panels) - 1);
	}
	model_text(&chart->m, chart->o, "rows", "%zu", extent.rows);
	room = pow(fmax(extent.high, 1 / extent.low), 1.08);
	model_text(&chart->m, chart->o, "low", "%.6g", 1 / room);
	model_text(&chart->m, chart->o, "high", "%.6g", room);
	model_text(&chart->m, chart->o, "bottom", "%.1f", (double)extent.rows - 0.3);
}
