// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the figures say, in sentences. Every word follows from a figure of this run: a change is
 * claimed only where its 95 % interval leaves "none" out.
 */
#include "text.h"

#include <math.h>
#include <string.h>

const char *report_walking(char text[64], const char *order)
{
	if (!strcmp(order, "forward"))
		return "walking forward";
	if (!strcmp(order, "reverse"))
		return "in reverse";
	snprintf(text, 64, "in order %s", order);
	return text;
}

static const char *who(enum role role)
{
	return role == ROLE_EXIT ? "the exiting task" : "the reaper";
}

static const char *lock_words(enum lock_class class)
{
	static const char *const words[NR_LOCK_CLASSES] = {"the ptl", "the lruvec lock",
							   "the zone lock", "the swap locks"};

	return words[class];
}

static bool belongs(const struct row *row, const char *engine)
{
	return row->reps && !strcmp(row->cell->engine, engine);
}

/* "12.3 ms (4.1 % of its running time) for the ptl" of whoever waited longest in a row. */
static void longest_wait(FILE *out, const struct row *row)
{
	unsigned int class, role, max_class = 0, max_role = 0;
	double longest = 0, running;
	char time[32], order[64];

	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		for (role = 0; role < NR_ROLES; role++) {
			double wait = row->fig[FIG_WAIT(class, role)].median;

			if (wait <= longest)
				continue;
			longest = wait;
			max_class = class;
			max_role = role;
		}
	}
	if (longest <= 0) {
		fprintf(out, "%s, nobody waited for a spinlock",
			report_walking(order, row->cell->order));
		return;
	}
	running = row->fig[FIG_CPU_OF + max_role].median;
	fprintf(out, "%s, %s for %s, %s", report_walking(order, row->cell->order),
		who((enum role)max_role), lock_words((enum lock_class)max_class),
		report_time(time, longest));
	if (running > 0)
		fprintf(out, " (%.1f %% of its running time)", 100 * longest / running);
}

static void say_who_waited(FILE *out, const struct figures *f, const char *engine)
{
	bool any = false;
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];

		if (!belongs(row, engine) || !row->has_reaper)
			continue;
		fprintf(out, "%s", any ? "; " : "Who waited longest: ");
		longest_wait(out, row);
		any = true;
	}
	fprintf(out, "%s", any ? ".\n" : "Who waited: no order with a reaper ran.\n");
}

/* "39 % less wall time (0.612 0.590..0.630)", or that no difference was seen. */
static void say_ratio(FILE *out, const struct interval *ratio, const char *what)
{
	char text[48];
	double percent = 100 * fabs(1 - ratio->median);

	report_ratio(text, ratio);
	if (report_no_difference(ratio))
		fprintf(out, "no difference seen in %s (%s)", what, text);
	else
		fprintf(out, "%.*f %% %s %s (%s)", percent < 9.95 ? 1 : 0, percent,
			ratio->median < 1 ? "less" : "more", what, text);
}

static void say_whether_it_paid(FILE *out, const struct figures *f, const char *engine)
{
	bool any = false;
	char order[64];
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];

		if (!belongs(row, engine) || !row->has_reaper || !row->solo.known)
			continue;
		fprintf(out, "%s%s ", any ? "; " : "Did reaping pay, against solo: ",
			report_walking(order, row->cell->order));
		say_ratio(out, &row->solo.wall, "wall time");
		fprintf(out, " for ");
		say_ratio(out, &row->solo.running, "running time");
		any = true;
	}
	fprintf(out, "%s",
		any ? ".\n" : "Did reaping pay: cannot be said without solo and another order.\n");
}

enum change { CHANGE_NONE, CHANGE_FELL, CHANGE_ROSE };

static enum change change_of(const struct interval *difference)
{
	if (difference->hi < 0)
		return CHANGE_FELL;
	return difference->lo > 0 ? CHANGE_ROSE : CHANGE_NONE;
}

static void say_change(FILE *out, const struct row *row, const struct row *forward,
		       unsigned int class)
{
	static const char *const verbs[] = {
		[CHANGE_NONE] = "no difference seen in",
		[CHANGE_FELL] = "less",
		[CHANGE_ROSE] = "more",
	};
	enum change change = change_of(&row->forward.wait_change[class]);
	char before[32], after[32];

	fprintf(out, "%s waiting for %s (%s to %s)", verbs[change],
		lock_words((enum lock_class) class),
		report_time(before, forward->fig[FIG_WAIT_BOTH_OF + class].median),
		report_time(after, row->fig[FIG_WAIT_BOTH_OF + class].median));
}

/* Where the waiting for the ptl went, if it went. */
static void say_where_it_went(FILE *out, const struct row *row)
{
	const struct interval *change = row->forward.wait_change;
	double came_back = 0, saved = -change[LOCK_PTL].median;
	unsigned int class;

	if (change_of(&change[LOCK_PTL]) != CHANGE_FELL)
		return;
	for (class = 0; class < NR_LOCK_CLASSES; class ++)
		if (class != LOCK_PTL && change_of(&change[class]) == CHANGE_ROSE)
			came_back += change[class].median;
	if (came_back <= 0)
		fprintf(out, ": it did not move to another lock");
	else if (saved <= 0 || came_back > saved)
		fprintf(out, ": more came back as waiting for other locks than was saved");
	else if (came_back * 100 < saved)
		fprintf(out,
			": less than 1 %% of what was saved came back as waiting for other locks");
	else
		fprintf(out, ": %.0f %% of what was saved came back as waiting for other locks",
			100 * came_back / saved);
}

static void say_what_changed(FILE *out, const struct figures *f, const char *engine)
{
	const struct row *forward = figures_row(f, engine, "forward");
	bool any = false;
	unsigned int class;
	char order[64];
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];

		if (!belongs(row, engine) || !row->has_reaper || !row->forward.known)
			continue;
		fprintf(out, "%s%s ", any ? "; " : "What changed against forward: ",
			report_walking(order, row->cell->order));
		for (class = 0; class < NR_LOCK_CLASSES; class ++) {
			/* A lock that nobody waited for on either side is not worth a word. */
			if (class != LOCK_PTL && row->fig[FIG_WAIT_BOTH_OF + class].median <= 0 &&
			    forward->fig[FIG_WAIT_BOTH_OF + class].median <= 0)
				continue;
			if (class)
				fprintf(out, ", ");
			say_change(out, row, forward, class);
		}
		say_where_it_went(out, row);
		any = true;
	}
	fprintf(out, "%s",
		any ? ".\n"
		    : "What changed by reversing: cannot be said without forward and another "
		      "order.\n");
}

void report_words(FILE *out, const struct figures *f)
{
	size_t i;

	for (i = 0; i < f->nr_bearings; i++) {
		const char *engine = f->bearings[i].engine;

		if (f->nr_bearings > 1)
			fprintf(out, "Engine %s.\n", engine);
		say_who_waited(out, f, engine);
		say_whether_it_paid(out, f, engine);
		say_what_changed(out, f, engine);
	}
}
