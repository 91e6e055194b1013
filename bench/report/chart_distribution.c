// SPDX-License-Identifier: GPL-2.0-only
/* How long single waits were. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "report_internal.h"
#include "thin.h"

#define PANEL_HEIGHT 300
#define COLUMNS	     400 /* over the whole axis of waits */

/* The two panels. */
enum kind { KIND_PTL, KIND_OTHER, NR_KINDS };

static const char *const kind_names[NR_KINDS] = {"ptl", "other"};

struct waits {
	double *ns;
	size_t nr;
};

static void add(struct waits *waits, double ns)
{
	if (ns > 0)
		waits->ns[waits->nr++] = ns;
}

static size_t room_for(const struct half *half)
{
	size_t i, room = 1;
	int role, class;

	for (i = 0; i < half->nr_traced; i++) {
		for (role = 0; role < NR_ROLES; role++) {
			const struct trace_role *r = &half->traced[i]->role[role];

			room += r->nr_visits;
			for (class = 0; class < NR_LOCK_CLASSES; class ++)
				room += r->nr_waits[class];
		}
	}
	return room;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All single waits of an order, of both roles and all its traced races, in order of length. */
static int collect(const struct half *half, enum kind kind, struct waits *waits)
{
	size_t i, j;
	int role, class;

	waits->ns = calloc(room_for(half), sizeof(*waits->ns));
	if (!waits->ns)
		return -ENOMEM;
	for (i = 0; i < half->nr_traced; i++) {
		for (role = 0; role < NR_ROLES; role++) {
			const struct trace_role *r = &half->traced[i]->role[role];

			for (j = 0; kind == KIND_PTL && j < r->nr_visits; j++)
				add(waits, r->visits[j].wait);
			for (class = 0; kind == KIND_OTHER && class < NR_LOCK_CLASSES; class ++)
				for (j = 0; j < r->nr_waits[class]; j++)
					add(waits, r->waits[class][j].wait);
		}
	}
	qsort(waits->ns, waits->nr, sizeof(*waits->ns), ascending);
	return 0;
}

static bool drawn(const struct cell_pair *cell)
{
	return cell->half[0].typical && cell->half[0].typical->role[ROLE_REAPER].present;
}

/* What is drawn, and the axes that both panels share. */
struct drawing {
	const struct group *group;
	struct waits *waits; /* [cell * NR_KINDS + kind] */
	double shortest, longest, most;
};

static int collect_all(struct drawing *d)
{
	size_t i;
	int kind;

	d->waits = calloc(d->group->nr_cells * NR_KINDS, sizeof(*d->waits));
	if (!d->waits)
		return -ENOMEM;
	for (i = 0; i < d->group->nr_cells; i++) {
		const struct half *half = &d->group->cells[i].half[0];

		for (kind = 0; drawn(&d->group->cells[i]) && kind < NR_KINDS; kind++) {
			struct waits *waits = &d->waits[i * NR_KINDS + (size_t)kind];

			if (collect(half, (enum kind)kind, waits))
				return -ENOMEM;
			if (!waits->nr)
				continue;
			if (d->longest <= 0 || waits->ns[0] < d->shortest)
				d->shortest = waits->ns[0];
			d->longest = fmax(d->longest, waits->ns[waits->nr - 1]);
			d->most = fmax(d->most, (double)waits->nr / (double)half->nr_traced);
		}
	}
	return 0;
}

/* The curve falls by one wait at each; only where the pixel changes a row is needed. */
static size_t put_rows(FILE *csv, const struct drawing *d, size_t cell, enum kind kind)
{
	const struct waits *waits = &d->waits[cell * NR_KINDS + kind];
	const double races = (double)d->group->cells[cell].half[0].nr_traced;
	const double step = (log(d->longest) - log(d->shortest)) / COLUMNS + 1e-12;
	double column = NAN;
	size_t i, nr = 0;

	for (i = 0; i < waits->nr; i++) {
		double here = floor(log(waits->ns[i]) / step);

		if (i && waits->ns[i] <= waits->ns[i - 1])
			continue;
		if (here == column && waits->ns[i] < waits->ns[waits->nr - 1])
			continue;
		column = here;
		fprintf(csv, "%s,%s,%.3f,%.6g\n", kind_names[kind], d->group->cells[cell].order,
			waits->ns[i] / 1e3, (double)(waits->nr - i) / races);
		nr++;
	}
	return nr;
}

static void put_panel(FILE *csv, FILE *script, const struct chart *chart, const struct drawing *d,
		      enum kind kind)
{
	static const char *const titles[NR_KINDS] = {"page-table locks (ptl)",
						     "all other locks"};
	const double width = (PLOT_WIDTH - 76 - 64 - 20) / 2., left = 76 + kind * (width + 64);
	const struct panel panel = {left, PLOT_HEAD(1) + 26, left + width,
				    PLOT_HEAD(1) + 26 + PANEL_HEIGHT};
	size_t i, nr;

	plot_panel(script, chart, &panel);
	plot_panel_title(script, "%s", titles[kind]);
	fprintf(script, "%s\nplot NaN notitle",
		kind ? "unset ylabel"
		     : "set ylabel 'waits at least as long, per race' tc rgb C_ink");
	for (i = 0; i < d->group->nr_cells; i++) {
		const struct cell_pair *cell = &d->group->cells[i];

		if (!drawn(cell))
			continue;
		nr = put_rows(csv, d, i, kind);
		if (nr)
			fprintf(script,
				", \\\n\tdata skip 1 using (strcol(1) eq '%s' && strcol(2) eq '%s' ? "
				"$3 : NaN):4 with linespoints ls %u pi %zu ps 0.8 notitle",
				kind_names[kind], cell->order, cell->style + 1, nr / 10 + 1);
	}
	fprintf(script, "\n");
}

static void put_legend(FILE *script, const struct chart *chart)
{
	const struct group *group = chart->group;
	size_t i;

	plot_legend(script, chart, 1);
	for (i = 0; i < group->nr_cells; i++)
		if (drawn(&group->cells[i]))
			fprintf(script, ", \\\n\tkeyentry with linespoints ls %u ps 0.8 title '%s'",
				group->cells[i].style + 1, group->cells[i].order);
	plot_legend_end(script);
}

static void draw(const struct chart *chart, FILE *csv, FILE *script, const struct drawing *d)
{
	int kind;

	/* Powers of ten with room between them, though all waits were of one length. */
	fprintf(csv, "locks,order,wait_us,waits_per_race\n");
	put_legend(script, chart);
	fprintf(script,
		"set logscale xy\nset format xy '%%g'\nset xrange [%.6g:%.6g]\n"
		"set yrange [%.6g:%.6g]\nset xlabel 'length of a wait (us)' offset 0,0.9 tc rgb C_ink\n",
		pow(10, floor(log10(d->shortest / 1e3))),
		pow(10, floor(log10(d->longest / 1e3)) + 1), 0.1,
		pow(10, ceil(log10(fmax(d->most, 10)))));
	for (kind = 0; kind < NR_KINDS; kind++)
		put_panel(csv, script, chart, d, (enum kind)kind);
}

static int make(struct report *report, struct drawing *d)
{
	struct chart chart;
	FILE *csv, *script;
	int err;

	if (collect_all(d))
		return report_out_of_memory(report);
	if (d->longest <= 0)
		return 0;
	err = chart_begin(report, &chart, d->group, "distribution",
			  "Wait distribution: how many waits were how long (CCDF)");
	if (err)
		return err;
	chart.height = PLOT_HEAD(1) + 26 + PANEL_HEIGHT + 58;
	csv = report_create_file(report, chart.stem, ".csv");
	script = plot_begin(report, &chart);
	if (csv && script)
		draw(&chart, csv, script, d);
	err = chart_caption(
		report, &chart,
		"The complementary cumulative distribution of single waits on logarithmic "
		"axes: at a length, how many waits of a race were at least that long. It is "
		"given in waits per race and not in percent, so that an order with few "
		"waits lies below one with many. A curve's left end is the number of waits, "
		"its right end the longest one. Both tasks, all traced repetitions; an order "
		"without any wait has no curve.");
	return chart_finish(report, &chart, csv, script, err);
}

int chart_distribution(struct report *report, const struct group *group)
{
	struct drawing d = {.group = group};
	size_t i;
	int err;

	err = make(report, &d);
	for (i = 0; d.waits && i < group->nr_cells * NR_KINDS; i++)
		free(d.waits[i].ns);
	free(d.waits);
	return err;
}
