// SPDX-License-Identifier: GPL-2.0-only
/* Where in the address space the waiting for page-table locks was. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "measure/metrics.h"
#include "plot.h"
#include "report_internal.h"
#include "common/format.h"

#define MOST_BARS    430 /* along the address space: two pixels each */
#define STRIP_HEIGHT 92
#define STRIP_STEP   128

/* The waits of an order along the address space: mean per table and race, in microseconds. */
struct strip {
	double *wait[NR_ROLES];
	double total_ns[NR_ROLES], waits[NR_ROLES]; /* per race */
};

/* The same for all strips. */
struct scale {
	double tables, per_bar; /* tables */
	size_t bars;
	double most;  /* microseconds */
	size_t races; /* traced, of the order that has most */
};

static bool drawn(const struct cell_pair *cell)
{
	return cell->half[0].typical && cell->half[0].typical->role[ROLE_REAPER].present;
}

static double tables_in(const struct scale *scale, size_t bar)
{
	return fmin(scale->per_bar, scale->tables - (double)bar * scale->per_bar);
}

static int strip_of(const struct half *half, struct scale *scale, struct strip *strip)
{
	size_t race, i;
	int role;

	for (role = 0; role < NR_ROLES; role++) {
		double *bars = calloc(scale->bars, sizeof(*bars));

		strip->wait[role] = bars;
		if (!bars)
			return -ENOMEM;
		for (race = 0; race < half->nr_traced; race++) {
			const struct trace_role *r = &half->traced[race]->role[role];

			for (i = 0; i < r->nr_visits; i++) {
				const struct trace_visit *visit = &r->visits[i];

				bars[(size_t)(visit->table / scale->per_bar)] += visit->wait;
				strip->total_ns[role] += visit->wait / (double)half->nr_traced;
				strip->waits[role] += (visit->wait > 0) / (double)half->nr_traced;
			}
		}
		for (i = 0; i < scale->bars; i++) {
			bars[i] /= (double)half->nr_traced * tables_in(scale, i) * 1e3;
			scale->most = fmax(scale->most, bars[i]);
		}
	}
	return 0;
}

static size_t find_scale(const struct group *group, struct scale *scale)
{
	size_t i, j, nr = 0;

	*scale = (struct scale){.tables = 1};
	for (i = 0; i < group->nr_cells; i++) {
		const struct half *half = &group->cells[i].half[0];

		if (!drawn(&group->cells[i]))
			continue;
		nr++;
		if (half->nr_traced > scale->races)
			scale->races = half->nr_traced;
		for (j = 0; j < half->nr_traced; j++)
			scale->tables = fmax(scale->tables, half->traced[j]->tables);
	}
	scale->per_bar = ceil(scale->tables / MOST_BARS);
	scale->bars = (size_t)ceil(scale->tables / scale->per_bar);
	return nr;
}

static void put_rows(FILE *csv, const char *order, const struct strip *strip,
		     const struct scale *scale)
{
	int role;
	size_t i;

	for (role = 0; role < NR_ROLES; role++)
		for (i = 0; i < scale->bars; i++)
			if (strip->wait[role][i] > 0)
				fprintf(csv, "%s,%s,%.0f,%.0f,%.6f\n", order,
					role_name((enum role)role), (double)i * scale->per_bar,
					tables_in(scale, i), strip->wait[role][i]);
}

static void put_legend(FILE *script, const struct chart *chart)
{
	plot_legend(script, chart, 1);
	fprintf(script,
		", \\\n\tkeyentry with lines lw 6 lc rgb C_exit title 'exiting task waited (upward)'"
		", \\\n\tkeyentry with lines lw 6 lc rgb C_reaper title 'reaper waited (downward)'");
	plot_legend_end(script);
}

/*
 * Single waits reach over five powers of ten, and there are bars both ways: asinh() is linear
 * up to about 1 and logarithmic beyond.
 */
static void put_axes(FILE *script, const struct scale *scale)
{
	const double most = 1.08 * asinh(scale->most);
	double tic;

	fprintf(script,
		"set xrange [0:%.0f]\nset yrange [%.9g:%.9g]\n"
		"set ylabel 'us per table' tc rgb C_ink\nset ytics ('0' 0",
		scale->tables, -most, most);
	for (tic = scale->most < 1    ? 0.1
		   : scale->most < 30 ? 1
				      : 10;
	     tic <= scale->most; tic *= scale->most < 2000 ? 10 : 100)
		fprintf(script, ", '%g' %.9g, '%g' %.9g", tic, asinh(tic), tic, -asinh(tic));
	fprintf(script, ")\n");
}

static void put_strip(FILE *script, const struct chart *chart, size_t index, bool last,
		      const char *order, const struct strip *strip, const struct scale *scale)
{
	static const char *const looks[NR_ROLES] = {"C_exit", "C_reaper"};
	const double top = PLOT_HEAD(1) + 26 + (double)index * STRIP_STEP;
	const struct panel panel = {76, top, PLOT_WIDTH - 20, top + STRIP_HEIGHT};
	const double width = fmax(1, (PLOT_WIDTH - 96) / (double)scale->bars - 0.4);
	char time[NR_ROLES][32], count[NR_ROLES][16];
	int role;

	plot_panel(script, chart, &panel);
	for (role = 0; role < NR_ROLES; role++) {
		report_time(time[role], strip->total_ns[role]);
		report_number(count[role], strip->waits[role]);
	}
	plot_panel_title(script, "%s: exiting task %s in %s waits, reaper %s in %s waits", order,
			 time[ROLE_EXIT], count[ROLE_EXIT], time[ROLE_REAPER], count[ROLE_REAPER]);
	fprintf(script, "%s\n",
		last ? "set xlabel 'page table, in address order' offset 0,0.9 tc rgb C_ink; set format x '%g'"
		     : "unset xlabel; set format x ''");
	fprintf(script, "plot 0 with lines lw 1 lc rgb C_frame notitle");
	for (role = 0; role < NR_ROLES; role++)
		fprintf(script,
			", \\\n\tdata skip 1 using (strcol(1) eq '%s' && strcol(2) eq '%s' ? "
			"$3+$4/2 : NaN):(%sasinh($5)) with impulses lw %.2f lc rgb %s notitle",
			order, role_name((enum role)role), role ? "-" : "", fmin(width, 8),
			looks[role]);
	fprintf(script, "\n");
}

static int put_strips(FILE *csv, FILE *script, const struct chart *chart, const struct group *group,
		      struct scale *scale, size_t nr)
{
	struct strip *strips = calloc(group->nr_cells, sizeof(*strips));
	size_t i, done = 0;
	int role, err = strips ? 0 : -ENOMEM;

	for (i = 0; !err && i < group->nr_cells; i++)
		if (drawn(&group->cells[i]))
			err = strip_of(&group->cells[i].half[0], scale, &strips[i]);
	if (scale->most <= 0)
		scale->most = 1;
	if (!err) {
		fprintf(csv, "order,role,table,tables,wait_us\n");
		put_legend(script, chart);
		put_axes(script, scale);
	}
	for (i = 0; !err && i < group->nr_cells; i++) {
		if (!drawn(&group->cells[i]))
			continue;
		put_rows(csv, group->cells[i].order, &strips[i], scale);
		put_strip(script, chart, done, done + 1 == nr, group->cells[i].order, &strips[i],
			  scale);
		done++;
	}
	for (i = 0; strips && i < group->nr_cells; i++)
		for (role = 0; role < NR_ROLES; role++)
			free(strips[i].wait[role]);
	free(strips);
	return err;
}

int chart_wait_map(struct report *report, const struct group *group)
{
	struct scale scale;
	size_t nr = find_scale(group, &scale);
	struct chart chart;
	FILE *csv, *script;
	int err;

	if (!nr)
		return 0;
	err = chart_begin(report, &chart, group, "waitmap",
			  "Wait map: where in the address space page-table locks were waited for");
	if (err)
		return err;
	chart.height = (unsigned int)(PLOT_HEAD(1) + STRIP_STEP * nr + 48);
	csv = report_create_file(report, chart.stem, ".csv");
	script = plot_begin(report, &chart);
	if (csv && script && put_strips(csv, script, &chart, group, &scale, nr))
		err = report_out_of_memory(report);
	if (!err)
		err = chart_caption(
			report, &chart,
			"One strip per order, all on the same axes. From left to right lie the "
			"victim's page tables in address order, %.0f to a bar; a bar says how long a "
			"table's lock was waited for, mean over all traced repetitions (%zu of each "
			"order at most). Upward the exiting task, downward the reaper. The axis is linear up to about 1 us and "
			"logarithmic beyond; the numbers in the titles are means per race.",
			scale.per_bar, scale.races);
	return chart_finish(report, &chart, csv, script, err);
}
