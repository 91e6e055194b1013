// SPDX-License-Identifier: GPL-2.0-only
/* How far each role has got, against time. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "measure/metrics.h"
#include "common/format.h"

#define AXIS_HEIGHT 204 /* pixels */
#define COLUMN	    1.5 /* pixels in which a line is not looked at more closely */
#define MARK	    3	/* pixels that a mark covers */
#define MOST_MARKS  300 /* of one role in one panel */

/* How long a pixel is, the same in all panels. */
struct pixel {
	double ns, pages;
};

static void put_points(FILE *csv, const char *order, enum role role, const char *kind,
		       const struct point *points, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		fprintf(csv, "%s,%s,%s,%.6f,%.0f,%.3f\n", order, role_name(role), kind,
			points[i].x / 1e6, points[i].y, points[i].weight / 1e3);
}

/* The waits of a race, for its title. */
struct waits {
	size_t nr;
	double ns;
};

/* The rows of a role: the line, and a mark for each wait. */
static void put_track(struct chart *chart, const struct pixel *pixel, const char *order,
		      enum role role, const struct trace_role *trace, struct waits *waits)
{
	struct point *line = calloc(2 * trace->nr_visits + 1, sizeof(*line)), *marks;
	size_t i, nr = 0;

	if (!line) {
		chart->m.failed = true;
		return;
	}
	marks = line + trace->nr_visits;
	for (i = 0; i < trace->nr_visits; i++) {
		const struct trace_visit *visit = &trace->visits[i];

		line[i] = (struct point){visit->t, visit->page, visit->wait};
		if (visit->wait > 0)
			marks[nr++] = line[i];
		waits->ns += visit->wait;
	}
	waits->nr += nr;
	put_points(chart->csv, order, role, "line", line,
		   thin_line(line, trace->nr_visits, COLUMN * pixel->ns));
	put_points(chart->csv, order, role, "wait", marks,
		   thin_marks(marks, nr, MARK * pixel->ns, MARK * pixel->pages, MOST_MARKS));
	free(line);
}

/* In a disturbed race, say which task had no CPU, and for how long. */
static void put_lost(struct chart *chart, json_t *panel, const struct trace_race *race)
{
	static const char *const words[NR_ROLES] = {"exiting task", "reaper"};
	json_t *list = model_list(&chart->m, panel, "lost");
	char time[32];
	int role;

	for (role = 0; role < NR_ROLES; role++) {
		const struct trace_role *r = &race->role[role];
		double lost = r->wall_ns - r->cpu_ns - r->time_ns[BUCKET_MMAP_LOCK_WAIT];

		if (r->present && race->disturbed && lost > r->wall_ns / 100)
			model_line(&chart->m, list, "%s: %s without a CPU", words[role],
				   format_time(time, lost));
	}
}

static void put_panel(struct chart *chart, const struct pixel *pixel,
		      const struct group_order *order)
{
	const struct trace_race *race = order->typical;
	char wall[32], wait[32], words[96] = "no waits";
	struct waits waits = {0};
	json_t *panel;
	int role;

	for (role = 0; role < NR_ROLES; role++)
		put_track(chart, pixel, order->name, (enum role)role, &race->role[role], &waits);
	if (race->disturbed)
		snprintf(words, sizeof(words), "a task lost its CPU");
	else if (waits.nr)
		snprintf(words, sizeof(words), "%zu wait%s, together %s", waits.nr,
			 waits.nr == 1 ? "" : "s", format_time(wait, waits.ns));
	panel = chart_panel(chart, "%s: %s; %s", chart_label(chart, order),
			    format_time(wall, race->wall_ns), words);
	model_text(&chart->m, panel, "order", "%s", order->name);
	put_lost(chart, panel, race);
}

void draw_frontiers(struct chart *chart)
{
	const struct group_order *order;
	double time_ns = 1, pages = 1;
	struct pixel pixel;

	for_each_order (order, chart->group, 1) {
		time_ns = fmax(time_ns, order->typical ? order->typical->wall_ns : 0);
		pages = fmax(pages, order->typical ? order->typical->pages : 0);
	}
	pixel = (struct pixel){time_ns / AXIS_WIDTH(2), pages / AXIS_HEIGHT};
	for_each_order (order, chart->group, 1)
		if (order->typical)
			put_panel(chart, &pixel, order);
	model_text(&chart->m, chart->o, "time_ms", "%.9g", time_ns / 1e6);
	model_text(&chart->m, chart->o, "kilopages", "%.9g", pages / 1e3);
}
