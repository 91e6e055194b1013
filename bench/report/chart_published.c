// SPDX-License-Identifier: GPL-2.0-only
/* The figures that the reverse order was introduced with, for reference. */
#include "chart.h"

/*
 * As published with the kernel's patch that made the reaper walk in reverse, in milliseconds of
 * running time on an Android phone: docs/report.md.
 */
static const struct published {
	const char *order;
	double exit_ms, reaper_ms;
} published[] = {{"forward", 90.7, 76.4}, {"reverse", 72.4, 60.2}};

static const struct {
	const char *role, *words, *look;
} looks[] = {{"exit", "exiting task", "lc rgb C_exit fs pattern 4"},
	     {"reaper", "reaper", "lc rgb C_reaper fs pattern 5"}};

static void draw(struct chart *chart)
{
	char look[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct published *p = &published[i];
		const double sum = p->exit_ms + p->reaper_ms;

		fprintf(chart->csv,
			"%s,exit,%zu,0,%.1f,%.1f\n%s,reaper,%zu,%.1f,%.1f,%.1f\n"
			"%s,both,%zu,0,%.1f,%.1f\n",
			p->order, i, p->exit_ms, p->exit_ms, p->order, i, p->exit_ms, sum,
			p->reaper_ms, p->order, i, sum, sum);
		snprintf(look, sizeof(look), "boxes %s", looks[i].look);
		chart_key(chart, look, "%s", looks[i].words);
	}
	chart_panel(chart, "OTHER HARDWARE: an arm64 phone, not this machine");
	for (i = 0; i < 2; i++)
		chart_plot(
			chart,
			"data skip 1 using (strcol(2) eq '%s' ? ($4+$5)/2 : NaN):3:4:5:($3-0.36):"
			"($3+0.36) with boxxyerror %s",
			looks[i].role, looks[i].look);
	chart_plot(chart, "data skip 1 using (strcol(2) eq 'both' ? $5 : NaN):3:"
			  "(sprintf('%%.1f', $6)) with labels left offset 0.6,0 tc rgb C_ink");
}

const struct chart_kind chart_published = {
	.name = "published",
	.title = "As published: an Android phone, running time",
	.columns = "order,role,row,from_ms,to_ms,ms",
	.texts = 2,
	.keys_across = 2,
	.across = 1,
	.panel_height = 150,
	.margins = {76, 60, 26, 46},
	.axes = "set xrange [0:180]\nset yrange [1.6:-0.6]\nset grid noytics\n"
		"set xlabel 'ms of running time, exiting task + reaper' offset 0,0.9 tc rgb C_ink\n"
		"set ytics ('forward' 0, 'reverse' 1)\n",
	.one_file = true,
	.draw = draw,
	.caption =
		"Published with the kernel's patch that made the reaper walk in reverse (Linux 6.18): "
		"running time of both tasks 167.1 ms forward and 132.6 ms in reverse, ratio 0.794. Compare "
		"that ratio with the ratios of CPU time against walking forward, and no time of this "
		"machine with a time of the phone.",
};
