// SPDX-License-Identifier: GPL-2.0-only
/* Where in the address space the waiting for page-table locks was. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "measure/metrics.h"
#include "common/format.h"

#define MOST_BARS 430 /* along the address space */

static const struct {
	const char *colour, *words, *sign;
} looks[NR_ROLES] = {{"C_exit", "exiting task waited (upward)", ""},
		     {"C_reaper", "reaper waited (downward)", "-"}};

/* The same for all strips. */
struct scale {
	double tables, per_bar; /* tables */
	size_t bars;
	double most; /* microseconds */
};

/* The waits of a role along the address space. */
struct strip {
	double *wait;		/* of a bar: mean per table and race, in microseconds; free() it */
	double total_ns, waits; /* per race */
};

static double tables_in(const struct scale *scale, size_t bar)
{
	return fmin(scale->per_bar, scale->tables - (double)bar * scale->per_bar);
}

static struct strip strip_of(struct chart *chart, const struct order_in_file *data, int role,
			     const struct scale *scale)
{
	const double races = (double)data->nr_traced;
	struct strip strip = {.wait = calloc(scale->bars, sizeof(*strip.wait))};
	size_t race, i;

	if (!strip.wait) {
		chart->failed = true;
		return strip;
	}
	for (race = 0; race < data->nr_traced; race++) {
		const struct trace_role *r = &data->traced[race]->role[role];

		for (i = 0; i < r->nr_visits; i++) {
			const struct trace_visit *visit = &r->visits[i];

			strip.wait[(size_t)(visit->table / scale->per_bar)] += visit->wait;
			strip.total_ns += visit->wait / races;
			strip.waits += (visit->wait > 0) / races;
		}
	}
	for (i = 0; i < scale->bars; i++)
		strip.wait[i] /= races * tables_in(scale, i) * 1e3;
	return strip;
}

static struct scale find_scale(struct chart *chart)
{
	struct scale scale = {.tables = 1};
	size_t i, j;
	int role;

	for (i = 0; i < chart->group->nr_orders; i++) {
		const struct order_in_file *data = &chart->group->orders[i].in_file[0];

		for (j = 0; j < data->nr_traced; j++)
			scale.tables = fmax(scale.tables, data->traced[j]->tables);
	}
	scale.per_bar = ceil(scale.tables / MOST_BARS);
	scale.bars = (size_t)ceil(scale.tables / scale.per_bar);
	for (i = 0; i < chart->group->nr_orders; i++) {
		const struct order_in_file *data = &chart->group->orders[i].in_file[0];

		for (role = 0; order_raced(data) && role < NR_ROLES; role++) {
			struct strip strip = strip_of(chart, data, role, &scale);

			for (j = 0; strip.wait && j < scale.bars; j++)
				scale.most = fmax(scale.most, strip.wait[j]);
			free(strip.wait);
		}
	}
	return scale;
}

/*
 * Single waits reach over five powers of ten, and there are bars both ways: asinh() is linear
 * up to about 1 and logarithmic beyond.
 */
static void put_axes(FILE *script, const struct scale *scale)
{
	const double most = scale->most > 0 ? scale->most : 1;
	double tic = most < 1 ? 0.1 : most < 30 ? 1 : 10;

	fprintf(script,
		"set xrange [0:%.0f]\nset yrange [%.9g:%.9g]\n"
		"set xlabel 'page table, in address order; %g to a bar' offset 0,0.9 tc rgb C_ink\n"
		"set ytics ('0' 0",
		scale->tables, -1.08 * asinh(most), 1.08 * asinh(most), scale->per_bar);
	for (; tic <= most; tic *= most < 2000 ? 10 : 100)
		fprintf(script, ", '%g' %.9g, '%g' %.9g", tic, asinh(tic), tic, -asinh(tic));
	fprintf(script, ")\n");
}

static void put_strip(struct chart *chart, const struct group_order *order,
		      const struct scale *scale)
{
	const double width = fmax(1, chart_axis_width(chart) / (double)scale->bars - 0.4);
	char time[NR_ROLES][32], count[NR_ROLES][16], label[80];
	const char *name;
	int role;
	size_t i;

	for (role = 0; role < NR_ROLES; role++) {
		struct strip strip = strip_of(chart, &order->in_file[0], role, scale);

		for (i = 0; strip.wait && i < scale->bars; i++)
			if (strip.wait[i] > 0)
				fprintf(chart->csv, "%s,%s,%.0f,%.0f,%.6f\n", order->name,
					role_name((enum role)role), (double)i * scale->per_bar,
					tables_in(scale, i), strip.wait[i]);
		format_time(time[role], strip.total_ns);
		format_number(count[role], strip.waits);
		free(strip.wait);
	}
	chart_panel(chart, "%s: exit waited %s (%s times), reaper %s (%s)",
		    chart_label(chart, order, label), time[ROLE_EXIT], count[ROLE_EXIT],
		    time[ROLE_REAPER], count[ROLE_REAPER]);
	put_axes(chart->script, scale);
	chart_plot(chart, "0 with lines lw 1 lc rgb C_frame");
	for (role = 0; role < NR_ROLES; role++) {
		name = role_name((enum role)role);
		/* A panel by itself is half as wide, and so are its bars. */
		chart_plot(chart,
			   "data skip 1 using (is('%s,%s') ? $3+$4/2 : NaN):(%sasinh($5)) with "
			   "impulses lw %.2f*(whole ? 1 : 0.5) lc rgb %s",
			   order->name, name, looks[role].sign, fmin(width, 8), looks[role].colour);
	}
}

static void draw(struct chart *chart)
{
	const struct scale scale = find_scale(chart);
	char look[48];
	int role;
	size_t i;

	for (role = 0; role < NR_ROLES; role++) {
		snprintf(look, sizeof(look), "lines lw 6 lc rgb %s", looks[role].colour);
		chart_key(chart, look, "%s", looks[role].words);
	}
	for (i = 0; i < chart->group->nr_orders; i++)
		if (order_raced(&chart->group->orders[i].in_file[0]))
			put_strip(chart, &chart->group->orders[i], &scale);
}

const struct chart_kind chart_wait_map = {
	.name = "waitmap",
	.title = "Wait map: where in the address space page-table locks were waited for",
	.columns = "order,role,table,tables,wait_us",
	.texts = 2,
	.keys_across = 1,
	.across = 1,
	.panel_height = 184,
	.margins = {68, 14, 26, 46},
	.axes = "set ylabel 'us per table' offset 1,0 tc rgb C_ink\n",
	.one_file = true,
	.traced = true,
	.folded = true,
	.draw = draw,
	.caption =
		"One strip per order, all on the same axes. From left to right lie the victim's page "
		"tables in address order; a bar says how long a table's lock was waited for, mean over "
		"all traced repetitions. Upward the exiting task, downward the reaper. The axis is linear "
		"up to about 1 us and logarithmic beyond; the numbers in the titles are means per race.",
};
