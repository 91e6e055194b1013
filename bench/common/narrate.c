// SPDX-License-Identifier: GPL-2.0-only
#include "narrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

static bool has_several_engines(const struct result *result)
{
	size_t i;

	for (i = 1; i < result->nr_rows; i++)
		if (strcmp(result->rows[i].engine, result->rows[0].engine))
			return true;
	return false;
}

const char *narrated_name(char text[160], const struct narrated *n)
{
	if (has_several_engines(n->result))
		snprintf(text, 160, "%.90s on %.60s", n->layout, n->engine);
	else
		snprintf(text, 160, "%.150s", n->layout);
	return text;
}

static bool belongs(const struct narrated *n, const struct result_row *row)
{
	return row->occurrence == n->occurrence && !strcmp(row->layout, n->layout) &&
	       !strcmp(row->engine, n->engine);
}

/* "android/reverse", with the engine where there are several. */
static void put_row_name(FILE *out, const struct result *result, const struct result_row *row)
{
	fputs(row->layout, out);
	if (has_several_engines(result))
		fprintf(out, "/%s", row->engine);
	fprintf(out, "/%s", row->order);
}

void narrate_repetitions(FILE *out, const struct result_options *o)
{
	if (o->processes > 1)
		fprintf(out, "%.0f processes of ", o->processes);
	fprintf(out, "%.0f repetition%s", o->reps, o->reps == 1 ? "" : "s");
}

void narrate_trust(FILE *out, const struct result *result)
{
	bool any = false, few = false, alone = false;
	size_t i;

	if (result->interrupted)
		fputs("The run was interrupted: not everything that was asked for is here.\n", out);
	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];

		few |= row->reps < TRUSTED_REPS;
		alone |= row->nr_processes < 2;
		if (row->reps < TRUSTED_REPS || row_trusted(row))
			continue;
		fputs(any ? ", "
			  : "Not to be trusted, because a task lost its CPU even when the "
			    "race was repeated: ",
		      out);
		put_row_name(out, result, row);
		fprintf(out, " (%.0f of %.0f repetitions)", row->kept, row->reps);
		any = true;
	}
	fputs(any ? ". Free the CPUs and run it again.\n" : "", out);
	if (few)
		fprintf(out,
			"Fewer than %d repetitions are a first look: nothing is claimed from them.\n",
			TRUSTED_REPS);
	if (alone && !few)
		fputs("The figures come from one process: in another one they may differ by more than "
		      "the intervals say.\n",
		      out);
}

/* ".72 .67-.81 times the wall time" */
static void say_comparison(FILE *out, const char *what, const struct comparison *c)
{
	char ratio[48];

	if (!c->known)
		fprintf(out, "%s cannot be compared", what);
	else if (c->judgement == JUDGED_SAME)
		fprintf(out, "no difference seen in %s (%s)", what, format_ratio(ratio, &c->ratio));
	else
		fprintf(out, "%s times the %s", format_ratio(ratio, &c->ratio), what);
}

static bool is_claim(enum judgement judgement)
{
	return judgement >= JUDGED_SAME;
}

/* "against forward: .83 .82-.84 times the wall time and ...", if anything may be claimed. */
static void say_against(FILE *out, const struct comparison *wall, const struct comparison *cpu,
			const char *base)
{
	fprintf(out, "against %s: ", base);
	if (!is_claim(judge_both(wall, cpu))) {
		fputs(judgement_word(judge_both(wall, cpu)), out);
		return;
	}
	say_comparison(out, "wall time", wall);
	fputs(" and ", out);
	say_comparison(out, "CPU time", cpu);
}

int narrate_orders(FILE *out, const struct narrated *n)
{
	struct verdict *verdicts;
	size_t nr, i;
	int err = verdicts_create(n->result, &verdicts, &nr);

	for (i = 0; !err && i < nr; i++) {
		const struct verdict *v = &verdicts[i];

		if (!belongs(n, v->row))
			continue;
		fprintf(out, "Order %s, %s: ", v->row->order, judgement_word(v->judgement));
		if (v->forward)
			say_against(out, &v->wall_forward, &v->cpu_forward, "forward");
		if (v->solo) {
			fputs(v->forward ? "; " : "", out);
			say_against(out, &v->wall_solo, &v->cpu_solo, "no reaper");
		}
		fputs(".\n", out);
	}
	free(verdicts);
	return err;
}

/* ", 48.0 us of it went to the swap locks", for the other classes with longer waits. */
static int say_other_locks(FILE *out, const struct verdict *v, double saved)
{
	bool any = false;
	char time[32];
	int class, err;

	for (class = 0; class < NR_LOCK_CLASSES; class ++) {
		struct change c;

		if (class == LOCK_PTL)
			continue;
		err = change_of_values(v->row, v->forward, VALUE_OF(WAIT_BOTH, class), &c);
		if (err)
			return err;
		/* Less than a hundredth is not worth a word. */
		if (c.judgement != JUDGED_WORSE || 100 * c.difference.median < saved)
			continue;
		fprintf(out, "%s%s (%.0f %%) came back as waiting for %s", any ? " and " : "; ",
			format_time(time, c.difference.median), 100 * c.difference.median / saved,
			lock_class_label((enum lock_class) class));
		any = true;
	}
	return 0;
}

static int say_waits(FILE *out, const char *name, const struct verdict *v)
{
	struct change ptl, cpu;
	char order[96], before[32], after[32], less[32];
	int err;

	err = change_of_values(v->row, v->forward, VALUE_PTL_WAIT, &ptl);
	if (!err)
		err = change_of_values(v->row, v->forward, VALUE_RUNNING, &cpu);
	if (err)
		return err;
	if (ptl.judgement != JUDGED_BETTER && ptl.judgement != JUDGED_WORSE) {
		fprintf(out, "%s, %s: no difference is seen in waiting for the ptl.\n", name,
			format_walking(order, v->row->order));
		return 0;
	}
	fprintf(out, "%s, %s: the tasks wait %s for the ptl instead of %s", name,
		format_walking(order, v->row->order),
		format_time(after, v->row->value[VALUE_PTL_WAIT].median),
		format_time(before, v->forward->value[VALUE_PTL_WAIT].median));
	if (ptl.judgement == JUDGED_BETTER) {
		err = say_other_locks(out, v, -ptl.difference.median);
		if (err)
			return err;
	}
	/* Waiting is CPU time: say whether the time saved at locks shows in the CPU time. */
	if (cpu.judgement == JUDGED_BETTER)
		fprintf(out, "; their CPU time is %s less",
			format_time(less, -cpu.difference.median));
	else if (cpu.judgement == JUDGED_WORSE)
		fprintf(out, "; their CPU time is %s more",
			format_time(less, cpu.difference.median));
	else
		fputs("; no difference is seen in their CPU time", out);
	fputs(".\n", out);
	return 0;
}

int narrate_waits(FILE *out, const struct narrated *n, bool all)
{
	struct verdict *verdicts;
	char name[160];
	size_t nr, i;
	int err = verdicts_create(n->result, &verdicts, &nr);

	narrated_name(name, n);
	for (i = 0; !err && i < nr; i++) {
		const struct verdict *v = &verdicts[i];

		if (!belongs(n, v->row) || !v->forward || !is_claim(v->judgement) ||
		    !v->row->known[VALUE_PTL_WAIT] || !v->forward->known[VALUE_PTL_WAIT])
			continue;
		err = say_waits(out, name, v);
		if (!all)
			break;
	}
	free(verdicts);
	return err;
}

int narrate_files(FILE *out, const struct narrated *a, const struct narrated *b)
{
	size_t i;

	for (i = 0; i < b->result->nr_rows; i++) {
		const struct result_row *above = &b->result->rows[i], *below;
		struct comparison wall, cpu;

		if (!belongs(b, above))
			continue;
		below = result_row_find(a->result, a->layout, a->occurrence, a->engine,
					above->order);
		if (!below)
			continue;
		if (compare_values(above, below, VALUE_WALL, false, &wall) ||
		    compare_values(above, below, VALUE_RUNNING, false, &cpu))
			return -ENOMEM;
		fprintf(out, "Order %s, %s: B ", above->order,
			judgement_word(judge_both(&wall, &cpu)));
		say_against(out, &wall, &cpu, "A");
		fputs(".\n", out);
	}
	return 0;
}

void narrate_notes(FILE *out, const struct narrated *n)
{
	size_t i;

	for (i = 0; i < n->result->nr_layouts; i++) {
		const struct result_layout *l = &n->result->layouts[i];

		if (*l->notes && l->occurrence == n->occurrence && !strcmp(l->name, n->layout))
			fprintf(out, "%.150s: %s.\n", l->name, l->notes);
	}
}

static void say_r(FILE *out, const struct result *result)
{
	bool any = false;
	char ratio[48];
	size_t i;

	for (i = 0; i < result->nr_calibrations; i++) {
		const struct result_calibration *c = &result->calibrations[i];
		const struct narrated n = {result, c->layout, c->engine, 0};
		char name[160];

		if (!c->r.known)
			continue;
		fprintf(out, "%s%s %s", any ? ", " : "r: ", narrated_name(name, &n),
			format_ratio(ratio, &c->r.value));
		any = true;
	}
	fputs(any ? ".\n" : "", out);
}

/* The cost of lock timing or tracing, from pairs of solo races. */
static void say_overhead(FILE *out, const struct result *result, bool traced)
{
	bool any = false;
	char ratio[48];
	size_t i;

	for (i = 0; i < result->nr_calibrations; i++) {
		const struct result_calibration *c = &result->calibrations[i];
		const struct narrated n = {result, c->layout, c->engine, 0};
		const struct optional_interval *cost = traced ? &c->trace_overhead : &c->overhead;
		char name[160];

		if (!cost->known)
			continue;
		if (!any)
			fprintf(out, "CPU time with %s over without, solo: ",
				traced ? "tracing" : "lock timing");
		fprintf(out, "%s%s %s", any ? ", " : "", narrated_name(name, &n),
			format_ratio(ratio, &cost->value));
		any = true;
	}
	fputs(any ? ".\n" : "", out);
}

/* Tracing lengthens the time under a ptl. Only this sentence shows how much more the tasks wait. */
static void say_traced(FILE *out, const struct result *result)
{
	double races = 0, disturbed = 0, kept = 0;
	bool any = false;
	char number[16];
	size_t i;

	for (i = 0; i < result->nr_rows; i++) {
		races += result->rows[i].traced;
		disturbed += result->rows[i].traced_disturbed;
		kept += result->rows[i].traced_kept;
	}
	if (!(races > 0))
		return;
	say_overhead(out, result, true);
	fprintf(out, "%.0f traced races are not in these figures", races);
	if (disturbed > 0)
		fprintf(out, "; %.0f were repeated because a task lost its CPU, %.0f were kept",
			disturbed, kept);
	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];
		const double untraced = row->value[VALUE_PTL_WAIT].median;

		if (!(row->traced > 0) || untraced <= 0)
			continue;
		fputs(any ? ", "
			  : "; in them the tasks waited for the ptl this many times as "
			    "long: ",
		      out);
		put_row_name(out, result, row);
		fprintf(out, " %s", format_number(number, row->traced_ptl_wait / untraced));
		any = true;
	}
	fputs(".\n", out);
}

/* Another thread of a core cannot be seen, but what it costs can. */
static void say_slow(FILE *out, const struct result *result)
{
	double repeated = 0, kept = 0, reps = 0;

	for (size_t i = 0; i < result->nr_rows; i++) {
		repeated += result->rows[i].slowed;
		kept += result->rows[i].slow_kept;
		reps += result->rows[i].reps;
	}
	if (!(repeated > 0 || kept > 0))
		return;
	fputs("Another thread of a core made a CPU slow", out);
	if (repeated > 0)
		fprintf(out, "; %.0f race%s repeated for that", repeated,
			repeated == 1 ? " was" : "s were");
	if (kept > 0)
		fprintf(out, "; %.0f of %.0f repetitions are from such a time", kept, reps);
	fputs(".\n", out);
	if (kept * 10 > reps)
		fputs("Ratios stand, since the orders ran in turns; times are longer than on a core "
		      "of their own, and no comparison with another file is claimed.\n",
		      out);
}

void narrate_conditions(FILE *out, const struct result *result)
{
	double repeated = 0, kept = 0;
	size_t i;

	say_r(out, result);
	say_overhead(out, result, false);
	say_traced(out, result);
	for (i = 0; i < result->nr_rows; i++) {
		repeated += result->rows[i].disturbed;
		kept += result->rows[i].kept;
	}
	if (repeated > 0)
		fprintf(out, "A task lost its CPU in %.0f race%s; %s repeated", repeated,
			repeated == 1 ? "" : "s", repeated == 1 ? "it was" : "they were");
	if (repeated > 0 && kept > 0)
		fprintf(out, ", and %.0f repetition%s kept although disturbed", kept,
			kept == 1 ? " was" : "s were");
	fputs(repeated > 0 ? ".\n" : "", out);
	say_slow(out, result);
}
