// SPDX-License-Identifier: GPL-2.0-only
/* How far each role has got, against time: who walks beside whom. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "measure/metrics.h"
#include "plot.h"
#include "report_internal.h"
#include "common/format.h"
#include "thin.h"

#define PANEL_HEIGHT 210
#define PANEL_STEP   276 /* with its title and what stands below its axis */
#define COLUMN	     1.5 /* pixels in which a line is not looked at more closely */
#define MARK	     3	 /* pixels that a mark covers */
#define MOST_MARKS   300 /* of one role in one panel */

/* The axes, the same for all panels. */
struct axes {
	double time_ns, pages;
	double width; /* of a panel, in pixels */
};

/* What is drawn of one role. */
struct track {
	struct point *line, *marks;
	size_t nr_line, nr_marks, nr_contended;
	double wait_ns;
};

static int track_of(const struct trace_role *role, const struct axes *axes, struct track *track)
{
	size_t i;

	track->line = calloc(role->nr_visits + 1, sizeof(*track->line));
	track->marks = calloc(role->nr_visits + 1, sizeof(*track->marks));
	if (!track->line || !track->marks)
		return -ENOMEM;
	for (i = 0; i < role->nr_visits; i++) {
		const struct trace_visit *visit = &role->visits[i];
		struct point point = {visit->t, visit->page, visit->wait};

		track->line[i] = point;
		if (visit->wait > 0)
			track->marks[track->nr_marks++] = point;
		track->wait_ns += visit->wait;
	}
	track->nr_contended = track->nr_marks;
	track->nr_line =
		thin_line(track->line, role->nr_visits, COLUMN * axes->time_ns / axes->width);
	track->nr_marks = thin_marks(track->marks, track->nr_marks,
				     MARK * axes->time_ns / axes->width,
				     MARK * axes->pages / PANEL_HEIGHT, MOST_MARKS);
	return 0;
}

static void put_rows(FILE *csv, const char *order, enum role role, const char *kind,
		     const struct point *points, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		fprintf(csv, "%s,%s,%s,%.6f,%.0f,%.3f\n", order, role_name(role), kind,
			points[i].x / 1e6, points[i].y, points[i].weight / 1e3);
}

static void put_plot(FILE *script, const char *order, const struct trace_race *race)
{
	static const char *const looks[NR_ROLES][2] = {
		{"lines lw 2 dt 1 lc rgb C_exit", "points pt 6 ps 0.45 lw 1.2 lc rgb C_exit"},
		{"lines lw 2 dt (6,3) lc rgb C_reaper",
		 "points pt 8 ps 0.55 lw 1.2 lc rgb C_reaper"},
	};
	static const char *const kinds[] = {"line", "wait"};
	int role, i;

	fprintf(script, "plot ");
	for (i = 0; i < 2; i++)
		for (role = 0; role < NR_ROLES; role++)
			if (race->role[role].present)
				fprintf(script,
					"%sdata skip 1 using (strcol(1) eq '%s' && strcol(2) eq "
					"'%s' && strcol(3) eq '%s' ? $4 : NaN):($5/1000) with %s "
					"notitle",
					role || i ? ", \\\n\t" : "", order,
					role_name((enum role)role), kinds[i], looks[role][i]);
}

static void put_legend(FILE *script, const struct chart *chart)
{
	plot_legend(script, chart, 2);
	fprintf(script,
		", \\\n\tkeyentry with lines lw 2 dt 1 lc rgb C_exit title 'exiting task'"
		", \\\n\tkeyentry with lines lw 2 dt (6,3) lc rgb C_reaper title 'reaper'"
		", \\\n\tkeyentry with points pt 6 ps 0.8 lw 1.2 lc rgb C_exit title 'exiting task "
		"waited for a ptl'"
		", \\\n\tkeyentry with points pt 8 ps 0.9 lw 1.2 lc rgb C_reaper title 'reaper "
		"waited for a ptl'");
	plot_legend_end(script);
}

static int put_panel(FILE *csv, FILE *script, const struct chart *chart, size_t index, size_t nr,
		     const struct axes *axes, const struct cell_pair *cell)
{
	const struct trace_race *race = cell->half[0].typical;
	const double left = 76 + (double)(index % 2) * (axes->width + 44);
	const double top = PLOT_HEAD(2) + 26 + (double)(index / 2) * PANEL_STEP;
	const struct panel panel = {left, top, left + axes->width, top + PANEL_HEIGHT};
	struct track tracks[NR_ROLES] = {0};
	char wall[32], wait[32];
	size_t waits;
	int role, err = 0;

	for (role = 0; !err && role < NR_ROLES; role++)
		err = track_of(&race->role[role], axes, &tracks[role]);
	for (role = 0; !err && role < NR_ROLES; role++) {
		put_rows(csv, cell->order, (enum role)role, "line", tracks[role].line,
			 tracks[role].nr_line);
		put_rows(csv, cell->order, (enum role)role, "wait", tracks[role].marks,
			 tracks[role].nr_marks);
	}
	plot_panel(script, chart, &panel);
	waits = tracks[ROLE_EXIT].nr_contended + tracks[ROLE_REAPER].nr_contended;
	report_time(wall, race->wall_ns);
	report_time(wait, tracks[ROLE_EXIT].wait_ns + tracks[ROLE_REAPER].wait_ns);
	if (waits)
		plot_panel_title(script, "%s: %s; %zu wait%s, together %s", cell->order, wall,
				 waits, waits == 1 ? "" : "s", wait);
	else
		plot_panel_title(script, "%s: %s; no waits", cell->order, wall);
	fprintf(script, "%s xlabel%s\n%s ylabel%s\n", index + 2 >= nr ? "set" : "unset",
		index + 2 >= nr ? " 'time since the common start (ms)' offset 0,0.9 tc rgb C_ink"
				: "",
		index % 2 ? "unset" : "set",
		index % 2 ? "" : " 'address reached (thousand pages)' tc rgb C_ink");
	put_plot(script, cell->order, race);
	fprintf(script, "\n");
	for (role = 0; role < NR_ROLES; role++) {
		free(tracks[role].line);
		free(tracks[role].marks);
	}
	return err;
}

static size_t find_axes(const struct group *group, struct axes *axes)
{
	size_t i, nr = 0;

	*axes = (struct axes){1, 1, 0};
	for (i = 0; i < group->nr_cells; i++) {
		const struct trace_race *race = group->cells[i].half[0].typical;

		if (!race)
			continue;
		nr++;
		axes->time_ns = fmax(axes->time_ns, race->wall_ns);
		axes->pages = fmax(axes->pages, race->pages);
	}
	axes->width = nr > 1 ? (PLOT_WIDTH - 76 - 44 - 20) / 2. : PLOT_WIDTH - 76 - 20;
	return nr;
}

int chart_frontiers(struct report *report, const struct group *group)
{
	struct chart chart;
	FILE *csv, *script;
	struct axes axes;
	size_t i, nr = find_axes(group, &axes), done = 0;
	int err;

	if (!nr)
		return 0;
	err = chart_begin(report, &chart, group, "frontiers",
			  "Frontiers: how far each task has got");
	if (err)
		return err;
	chart.height = (unsigned int)(PLOT_HEAD(2) + PANEL_STEP * ((nr + 1) / 2) + 8);
	csv = report_create_file(report, chart.stem, ".csv");
	script = plot_begin(report, &chart);
	if (csv && script) {
		fprintf(csv, "order,role,kind,time_ms,page,wait_us\n");
		put_legend(script, &chart);
		fprintf(script, "set xrange [0:%.9g]\nset yrange [0:%.9g]\n", axes.time_ns / 1e6,
			axes.pages / 1e3);
		for (i = 0; !err && i < group->nr_cells; i++)
			if (group->cells[i].half[0].typical)
				err = put_panel(csv, script, &chart, done++, nr, &axes,
						&group->cells[i]);
		if (err)
			report_out_of_memory(report);
	}
	if (!err)
		err = chart_caption(
			report, &chart,
			"One panel per order, all on the same axes. Each line is a task: from left to "
			"right time passes, from bottom to top lie the victim's resident and swapped "
			"pages in address order. Where two lines run on top of each other both tasks "
			"want the same page tables; where they cross once they meet once. A mark is a "
			"page-table lock that had to be waited for, where and when it was had. Of the "
			"traced repetitions of each order this is the one of median wall time. Points "
			"that fall on the same pixel are drawn once, and of each task in a panel the "
			"%d longest waits at most are marked; the numbers in the titles count all.",
			MOST_MARKS);
	return chart_finish(report, &chart, csv, script, err);
}
