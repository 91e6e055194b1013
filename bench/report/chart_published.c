// SPDX-License-Identifier: GPL-2.0-only
/* The figures that the reverse order was introduced with, for reference. */
#include "chart.h"

extern const char published_template[];

/*
 * As published with the kernel's patch that made the reaper walk in reverse, in milliseconds of
 * running time on an Android phone: docs/report.md.
 */
static const struct published {
	const char *order;
	double exit_ms, reaper_ms;
} published[] = {{"forward", 90.7, 76.4}, {"reverse", 72.4, 60.2}};

static void draw(struct chart *chart)
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

const struct chart_kind chart_published = {
	.name = "published",
	.title = "As published: an Android phone, running time",
	.script = published_template,
	.columns = "order,role,row,from_ms,to_ms,ms",
	.flags = CHART_ONE_FILE,
	.draw = draw,
};
