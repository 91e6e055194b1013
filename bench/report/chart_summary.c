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

#define ROW_HEIGHT    19
#define EDGES	      72 /* above and below the axes */
#define LABEL_LETTERS 20

static const struct {
	unsigned int value; /* of measure/metrics.h */
	const char *name, *words;
	int empty, full; /* gnuplot's points */
	double offset;	 /* of a row */
} shown[] = {
	{VALUE_WALL, "wall", "wall time", 6, 7, -0.17},
	{VALUE_RUNNING, "running", "CPU time", 8, 9, 0.17},
};

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

static const struct {
	const char *name, *words, *look;
	bool full;
} states[] = {
	{"better", "better: less time", "lc rgb C_under_ptl", true},
	{"worse", "worse: more time", "lc rgb C_ptl_wait", true},
	{"same", "no difference seen", "lc rgb C_ink", false},
	{"untrusted", "not to be trusted", "lc rgb C_untrusted", false},
};

#define NR_STATES (sizeof(states) / sizeof(states[0]))

/* The base of a panel's ratios; none: the same rows of the first file. */
struct against {
	const char *name, *base, *title;
};

static const struct against of_one_file[] = {
	{"forward", "forward", "against walking forward"},
	{"solo", "solo", "against no reaper (solo)"},
};
static const struct against of_two_files[] = {{"A", NULL, "B against A"}};

/* A line of a panel: an order, or the name of the layout above its orders. */
struct line {
	const struct group *group;
	const struct group_order *order;	/* NULL: the name */
	const struct result_row *above, *below; /* the fraction */
};

struct lines {
	const struct against *against;
	struct line *line; /* free() it */
	size_t nr;
};

static bool find_rows(struct line *line, const struct against *against)
{
	const struct group_order *base;

	if (!against->base) {
		line->above = line->order->in_file[1].row;
		line->below = line->order->in_file[0].row;
		return line->above && line->below;
	}
	base = group_find_order(line->group, against->base);
	line->above = line->order->in_file[0].row;
	line->below = base ? base->in_file[0].row : NULL;
	return line->below && line->order != base && line->above->reapers > 0;
}

static struct lines lines_of(struct chart *chart, const struct against *against)
{
	const struct report *report = chart->report;
	struct lines lines = {.against = against};
	size_t i, j, room = 1, name;

	for (i = 0; i < report->nr_groups; i++)
		room += 1 + report->groups[i].nr_orders;
	lines.line = calloc(room, sizeof(*lines.line));
	chart->failed = chart->failed || !lines.line;
	for (i = 0; lines.line && i < report->nr_groups; i++) {
		const struct group *group = &report->groups[i];

		name = lines.nr++;
		lines.line[name] = (struct line){.group = group};
		for (j = 0; j < group->nr_orders; j++) {
			struct line *line = &lines.line[lines.nr];

			*line = (struct line){.group = group, .order = &group->orders[j]};
			lines.nr += find_rows(line, against);
		}
		if (lines.nr == name + 1)
			lines.nr = name;
	}
	return lines;
}

/* The panels that have something to show; returns how many. */
static size_t all_lines(struct chart *chart, struct lines lines[2])
{
	const bool two = chart->report->nr_files > 1;
	size_t i, nr = 0;

	for (i = 0; i < (two ? 1 : 2); i++) {
		lines[nr] = lines_of(chart, two ? &of_two_files[i] : &of_one_file[i]);
		if (lines[nr].nr)
			nr++;
		else
			free(lines[nr].line);
	}
	return nr;
}

/* The range of the axes: 1 is always in it, and it is wider than the noise of a ratio of 1. */
struct extent {
	double low, high; /* of all intervals, but for what is 0 */
};

static bool is_trusted(const struct line *line)
{
	return row_trusted(line->above) && row_trusted(line->below);
}

static const char *state_of(enum judgement judgement)
{
	switch (judgement) {
	case JUDGED_BETTER:
		return "better";
	case JUDGED_WORSE:
		return "worse";
	case JUDGED_UNTRUSTED:
		return "untrusted";
	default:
		return "same";
	}
}

/* The rows of an order; returns its ratios in figures. */
static const char *put_rows(struct chart *chart, const struct against *against,
			    const struct line *line, double row, struct extent *extent,
			    char text[32])
{
	struct comparison c;
	char engine[160];
	size_t k;

	*text = '\0';
	for (k = 0; k < NR_SHOWN; k++) {
		if (compare_values(line->above, line->below, shown[k].value, against->base, &c))
			chart->failed = true;
		if (c.judgement == JUDGED_EMPTY)
			return "no page";
		if (!c.known)
			continue;
		/* The name stands last: whatever gnuplot makes of it, the rest is in its columns. */
		fprintf(chart->csv, "%s,%s,%s,%g,%.6g,%.6g,%.6g,%.3g,%s,%s,", against->name,
			shown[k].name, state_of(c.judgement), row + shown[k].offset, c.ratio.median,
			c.ratio.lo, c.ratio.hi, c.p,
			against->base ? line->above->engine
				      : compared_engines(line->order, engine, sizeof(engine)),
			line->order->name);
		put_csv_line(chart->csv, line->group->label);
		fputc('\n', chart->csv);
		snprintf(text + strlen(text), 32 - strlen(text), "%s%.2f", k ? " / " : "",
			 c.ratio.median);
		extent->low = fmin(extent->low, c.ratio.lo > 0 ? c.ratio.lo : extent->low);
		extent->high = fmax(extent->high, c.ratio.hi);
	}
	return is_trusted(line) ? text : "untrusted";
}

/* All lines of a panel: names at the left axis, ratios at the right one. */
static void put_lines(struct chart *chart, const struct lines *lines, struct extent *extent,
		      FILE *script)
{
	char text[256], ratios[32];
	size_t i;

	fprintf(script, "set ytics ('' -9)\nset y2tics scale 0 ('' -9)\n");
	for (i = 0; i < lines->nr; i++) {
		const struct line *line = &lines->line[i];
		const char *right = "wall / CPU";

		if (line->order) {
			chart_label(chart, line->order, text);
			right = put_rows(chart, lines->against, line, (double)i, extent, ratios);
		} else {
			snprintf(text, sizeof(text), "%s%s%s:",
				 report_mixes_engines(chart->report) ? line->group->engine : "",
				 report_mixes_engines(chart->report) ? ", " : "",
				 line->group->label);
		}
		fprintf(script, "set ytics add (");
		put_gnuplot_tic(script, text, LABEL_LETTERS);
		fprintf(script, " %zu); set y2tics add ('%s' %zu)\n", i, right, i);
	}
}

static void put_axis(FILE *script, const struct extent *extent, double rows)
{
	const double room = pow(fmax(extent->high, 1 / extent->low), 1.08);

	fprintf(script,
		"set xrange [%.6g:%.6g]\nset yrange [%.1f:-0.7]\nset y2range [%.1f:-0.7]\n"
		"# 0 is not on a logarithmic axis: it stands at the left edge.\n"
		"shown(x) = x > %.6g ? x : %.6g\nset xtics (%s)\n",
		1 / room, room, rows - 0.3, rows - 0.3, 1 / room, 1 / room,
		room < 1.2 ? "0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15"
		: room < 2 ? "0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 2"
		: room < 8 ? "0.125, 0.2, 0.33, 0.5, 0.7, 1, 1.4, 2, 3, 5, 8"
			   : "0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100");
}

static void put_points(struct chart *chart, const struct against *against)
{
	size_t k, i;

	for (k = 0; k < NR_SHOWN; k++)
		for (i = 0; i < NR_STATES; i++)
			chart_plot(chart,
				   "data skip 1 using (is('%s,%s,%s') ? shown($5) : NaN):4:"
				   "(shown($6)):(shown($7)) with xerrorbars pt %d ps 0.8 lw 1.5 %s",
				   against->name, shown[k].name, states[i].name,
				   states[i].full ? shown[k].full : shown[k].empty, states[i].look);
}

static void draw(struct chart *chart)
{
	struct lines lines[2];
	const size_t nr = all_lines(chart, lines);
	struct extent extent = {0.95, 1.05};
	char *names[2] = {NULL, NULL}, look[48];
	size_t i, size, rows = 0;
	FILE *script;

	for (i = 0; i < NR_SHOWN; i++) {
		snprintf(look, sizeof(look), "points pt %d ps 0.9 lc rgb C_ink", shown[i].empty);
		chart_key(chart, look, "%s", shown[i].words);
	}
	for (i = 0; i < NR_STATES; i++) {
		snprintf(look, sizeof(look), "points pt %d ps 0.9 %s", states[i].full ? 5 : 4,
			 states[i].look);
		chart_key(chart, look, "%s", states[i].words);
	}
	/* Both panels have the same axis, so all ratios come before the first panel. */
	for (i = 0; i < nr; i++) {
		rows = lines[i].nr > rows ? lines[i].nr : rows;
		script = open_memstream(&names[i], &size);
		if (script)
			put_lines(chart, &lines[i], &extent, script);
		if (!script || fclose(script))
			chart->failed = true;
	}
	chart->panel_height = EDGES + round(ROW_HEIGHT * ((double)rows + 0.4));
	for (i = 0; !chart->failed && i < nr; i++) {
		chart_panel(chart, "%s", lines[i].against->title);
		fputs(names[i], chart->script);
		put_axis(chart->script, &extent, (double)rows);
		put_points(chart, lines[i].against);
	}
	for (i = 0; i < nr; i++) {
		free(lines[i].line);
		free(names[i]);
	}
}

const struct chart_kind chart_summary = {
	.name = "summary",
	.title = "All layouts and orders: time as a ratio",
	.columns = "against,figure,state,row,ratio,lo,hi,p,engine,order,layout",
	.texts = 3,
	.keys_across = 2,
	.across = 2,
	.margins = {132, 90, 26, 46},
	.axes = "set logscale x\nset format x '%g'\nset grid noytics\n"
		"set xlabel '< less time         ratio         more time >' offset 0,0.9 tc rgb C_ink\n"
		"set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 dt 2 lc rgb C_ink\n",
	.draw = draw,
	.caption =
		"Left of the dashed line an order takes less time than its base, right of it more. The "
		"axis is logarithmic, and bars are 95 % intervals. An order is called better or worse "
		"where the interval, over processes and repetitions, leaves 1 out. Each row "
		"is tested by itself: of 20 rows without any difference, one may show one. In untrusted "
		"rows, the order or its base is not to be trusted.",
};
