// SPDX-License-Identifier: GPL-2.0-only
/* How far each role has got, against time. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "measure/metrics.h"
#include "common/format.h"
#include "thin.h"

#define COLUMN	   1.5 /* pixels in which a line is not looked at more closely */
#define MARK	   3   /* pixels that a mark covers */
#define MOST_MARKS 300 /* of one role in one panel */

static const struct {
	const char *name, *line, *mark;
} looks[NR_ROLES] = {
	{"exiting task", "lines lw 2 dt 1 lc rgb C_exit", "points pt 6 lw 1.2 lc rgb C_exit ps"},
	{"reaper", "lines lw 2 dt (6,3) lc rgb C_reaper", "points pt 8 lw 1.2 lc rgb C_reaper ps"},
};

/* The axes, the same for all panels. */
struct axes {
	double time_ns, pages;
};

static struct axes find_axes(const struct group *group)
{
	struct axes axes = {.time_ns = 1, .pages = 1};
	size_t i;

	for (i = 0; i < group->nr_orders; i++) {
		const struct trace_race *race = group->orders[i].in_file[0].typical;

		if (!race)
			continue;
		axes.time_ns = fmax(axes.time_ns, race->wall_ns);
		axes.pages = fmax(axes.pages, race->pages);
	}
	return axes;
}

static void put_points(FILE *csv, const char *series, const struct point *points, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		fprintf(csv, "%s,%.6f,%.0f,%.3f\n", series, points[i].x / 1e6, points[i].y,
			points[i].weight / 1e3);
}

/* The rows of a role: the line, and a mark for each wait. Returns how many waits there were. */
static size_t put_track(struct chart *chart, const struct axes *axes, const char *order,
			enum role role, const struct trace_role *trace)
{
	const double pixel = axes->time_ns / chart_axis_width(chart);
	struct point *line = calloc(trace->nr_visits + 1, sizeof(*line));
	struct point *marks = calloc(trace->nr_visits + 1, sizeof(*marks));
	size_t i, nr_waits = 0, nr;
	char series[96];

	chart->failed = chart->failed || !line || !marks;
	for (i = 0; line && marks && i < trace->nr_visits; i++) {
		const struct trace_visit *visit = &trace->visits[i];

		line[i] = (struct point){visit->t, visit->page, visit->wait};
		if (visit->wait > 0)
			marks[nr_waits++] = line[i];
	}
	if (line && marks) {
		nr = thin_line(line, trace->nr_visits, COLUMN * pixel);
		snprintf(series, sizeof(series), "%s,%s,line", order, role_name(role));
		put_points(chart->csv, series, line, nr);
		nr = thin_marks(marks, nr_waits, MARK * pixel,
				MARK * axes->pages / chart_axis_height(chart), MOST_MARKS);
		snprintf(series, sizeof(series), "%s,%s,wait", order, role_name(role));
		put_points(chart->csv, series, marks, nr);
	}
	free(line);
	free(marks);
	return nr_waits;
}

static double ptl_wait(const struct trace_race *race)
{
	double ns = 0;
	size_t i;
	int role;

	for (role = 0; role < NR_ROLES; role++)
		for (i = 0; i < race->role[role].nr_visits; i++)
			ns += race->role[role].visits[i].wait;
	return ns;
}

/* In a disturbed race, print which task had no CPU, and for how long. */
static void put_lost(struct chart *chart, const struct trace_race *race)
{
	char time[32];
	int role;

	for (role = 0; role < NR_ROLES; role++) {
		const struct trace_role *r = &race->role[role];
		double lost = r->wall_ns - r->cpu_ns - r->time_ns[BUCKET_MMAP_LOCK_WAIT];

		if (r->present && race->disturbed && lost > r->wall_ns / 100)
			fprintf(chart->script,
				"set label %d '%s: %s without a CPU' at graph 0.97,%.2f right front "
				"tc rgb C_ptl_wait\n",
				10 + role, looks[role].name, format_time(time, lost),
				0.06 + 0.08 * role);
	}
}

static void put_title(struct chart *chart, const struct group_order *order, size_t waits)
{
	const struct trace_race *race = order->in_file[0].typical;
	char wall[32], wait[32], label[80];

	chart_label(chart, order, label);
	format_time(wall, race->wall_ns);
	format_time(wait, ptl_wait(race));
	if (race->disturbed)
		chart_panel(chart, "%s: %s; a task lost its CPU", label, wall);
	else if (waits)
		chart_panel(chart, "%s: %s; %zu wait%s, together %s", label, wall, waits,
			    waits == 1 ? "" : "s", wait);
	else
		chart_panel(chart, "%s: %s; no waits", label, wall);
}

static void put_panel(struct chart *chart, const struct axes *axes, const struct group_order *order)
{
	const struct trace_race *race = order->in_file[0].typical;
	size_t waits = 0;
	int role;

	for (role = 0; role < NR_ROLES; role++)
		waits += put_track(chart, axes, order->name, (enum role)role, &race->role[role]);
	put_title(chart, order, waits);
	fprintf(chart->script,
		"set xrange [0:%.9g]\nset yrange [0:%.9g]\nunset label 10; unset label 11\n",
		axes->time_ns / 1e6, axes->pages / 1e3);
	put_lost(chart, race);
	/* Marks last, so that no line hides them. */
	for (role = 0; role < NR_ROLES; role++)
		if (race->role[role].present)
			chart_plot(
				chart,
				"data skip 1 using (is('%s,%s,line') ? $4 : NaN):($5/1000) with %s",
				order->name, role_name((enum role)role), looks[role].line);
	for (role = 0; role < NR_ROLES; role++)
		if (race->role[role].present)
			chart_plot(
				chart,
				"data skip 1 using (is('%s,%s,wait') ? $4 : NaN):($5/1000) with %s 0.5",
				order->name, role_name((enum role)role), looks[role].mark);
}

static void draw(struct chart *chart)
{
	const struct axes axes = find_axes(chart->group);
	char look[80];
	int role;
	size_t i;

	for (role = 0; role < NR_ROLES; role++)
		chart_key(chart, looks[role].line, "%s", looks[role].name);
	for (role = 0; role < NR_ROLES; role++) {
		snprintf(look, sizeof(look), "%s 0.9", looks[role].mark);
		chart_key(chart, look, "%s waited", looks[role].name);
	}
	for (i = 0; i < chart->group->nr_orders; i++)
		if (chart->group->orders[i].in_file[0].typical)
			put_panel(chart, &axes, &chart->group->orders[i]);
}

const struct chart_kind chart_frontiers = {
	.name = "frontiers",
	.title = "Frontiers: how far each task has got",
	.columns = "order,role,kind,time_ms,page,wait_us",
	.texts = 3,
	.keys_across = 2,
	.across = 2,
	.panel_height = 276,
	.margins = {68, 14, 26, 46},
	.axes = "set xlabel 'time since the common start (ms)' offset 0,0.9 tc rgb C_ink\n"
		"set ylabel 'address reached (thousand pages)' offset 1,0 tc rgb C_ink\n",
	.one_file = true,
	.traced = true,
	.draw = draw,
	.caption =
		"One panel per order, all on the same axes. Each line is a task: from left to right time "
		"passes, from bottom to top lie the victim's resident and swapped pages in address order. "
		"Where two lines run on top of each other both tasks want the same page tables; where "
		"they cross once they meet once. A mark is a page-table lock that a task had to wait for, "
		"where and when it got it. Of the traced repetitions of each order this is the one of "
		"median wall time, if possible one in which no task lost its CPU. Points that fall on the "
		"same pixel are drawn once, and of each task in a panel the 300 longest waits at most are "
		"marked; the numbers in the titles count all.",
};
