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

void draw_published(struct chart *chart)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct published *p = &published[i];
		const double sum = p->exit_ms + p->reaper_ms;

		fprintf(chart->csv,
			"%s,exit,%zu,0,%.1f,%.1f\n%s,reaper,%zu,%.1f,%.1f,%.1f\n"
			"%s,both,%zu,0,%.1f,%.1f\n",
			p->order, i, p->exit_ms, p->exit_ms, p->order, i, p->exit_ms, sum,
			p->reaper_ms, p->order, i, sum, sum);
	}
	chart_panel(chart, "OTHER HARDWARE: an arm64 phone, not this machine");
}
