// SPDX-License-Identifier: GPL-2.0-only
/* `reapbench mrelease`: how often does process_mrelease() come too late? */
#include "command.h"

#include <errno.h>

#include "common/format.h"

/* Microseconds after the kill, where the user says nothing. */
static const unsigned int usual_us[] = {0, 50, 100, 200, 500, 1000, 2000, 5000, 10000};

static int add_row(struct scenario_rows *rows, const struct scenario_options *o, const char *name,
		   unsigned int after_us)
{
	struct scenario scenario = *scenario_find(name);

	scenario_set_order(&scenario, o->order);
	scenario_set_delay(&scenario, "process_mrelease", after_us);
	return scenario_rows_add(rows, &scenario, o->policies.names[0]);
}

static int add_rows(struct scenario_rows *rows, const struct scenario_options *o,
		    const char *program)
{
	const unsigned int *after = o->nr_afters ? o->after_us : usual_us;
	const size_t nr = o->nr_afters ? o->nr_afters : sizeof(usual_us) / sizeof(usual_us[0]);
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++)
		err = add_row(rows, o, "mrelease", after[i]);
	return err ?: add_row(rows, o, "mrelease-kill", 0);
}

/* The call that reaps is the last act of both scenarios. */
static int call_of(const struct scenario_row *row)
{
	const int act = scenario_act(&row->scenario, "process_mrelease");

	return act >= 0 ? act : scenario_act(&row->scenario, "mrelease_kill");
}

/* When the call began, and how long it took. */
static int64_t call_began(const struct scenario_outcome *outcome, int act)
{
	return outcome->act[act].start_ns;
}

static int64_t call_took(const struct scenario_outcome *outcome, int act)
{
	const struct act_outcome *a = &outcome->act[act];

	return a->end_ns == NEVER_NS ? NEVER_NS : a->end_ns - a->start_ns;
}

static void put_table(FILE *out, const struct scenario_rows *rows, const struct scenario_options *o)
{
	fprintf(out, "%-14s  %9s  %5s  %5s  %5s  %9s  %9s", "call", "begins", "0", "ESRCH", "other",
		"takes", "last exit");
	put_free_heads(out);
	fputc('\n', out);
	for (const struct scenario_row *row = rows->rows; row < rows->rows + rows->nr; row++) {
		const int act = call_of(row);
		const unsigned int done = row->reps ? scenario_returned(row, act, 0) : 0;
		const unsigned int late = row->reps ? scenario_returned(row, act, -ESRCH) : 0;
		char name[32] = "kill and reap";

		if (!row->reps)
			continue;
		if (act == scenario_act(&row->scenario, "process_mrelease"))
			snprintf(name, sizeof(name), "%u us after",
				 row->scenario.acts[act].delay_us);
		fprintf(out, "%-14s", name);
		put_time(out, row, call_began, act);
		fprintf(out, "  %5u  %5u  %5u", done, late, row->reps - done - late);
		put_time(out, row, call_took, act);
		put_time(out, row, scenario_last_exit, 0);
		put_free_times(out, row);
		fputc('\n', out);
	}
}

static void put_notes(FILE *out)
{
	fputs("\nTimes count from the begin of the kill: medians. 0, ESRCH, other: what the call "
	      "returned, in how\nmany repetitions.\n",
	      out);
}

/* From when on is the caller too late in half of the repetitions or more? */
static void claim_window(FILE *out, const struct scenario_rows *rows)
{
	const struct scenario_row *first_late = NULL, *last_in_time = NULL;

	for (const struct scenario_row *row = rows->rows; row + 1 < rows->rows + rows->nr; row++) {
		const int act = call_of(row);

		if (!row->reps)
			continue;
		if (2 * scenario_returned(row, act, -ESRCH) >= row->reps) {
			if (!first_late)
				first_late = row;
		} else {
			last_in_time = row;
		}
	}
	if (!first_late)
		fputs("process_mrelease() comes in time in most repetitions, however late it is "
		      "called here.\n",
		      out);
	else if (!last_in_time)
		fputs("process_mrelease() comes too late (ESRCH) in half of the repetitions or "
		      "more, however early it is called.\n",
		      out);
	else
		fprintf(out,
			"process_mrelease() comes too late (ESRCH) in half of the repetitions or "
			"more from %u us after the kill on; at %u us it mostly comes in time.\n",
			first_late->scenario.acts[call_of(first_late)].delay_us,
			last_in_time->scenario.acts[call_of(last_in_time)].delay_us);
}

static void put_claims(FILE *out, const struct scenario_rows *rows,
		       const struct scenario_options *o)
{
	const struct scenario_row *kill = &rows->rows[rows->nr - 1];

	claim_window(out, rows);
	if (!kill->reps)
		return;
	fprintf(out, "Killing and reaping in one call comes too late in %u of %u repetitions.\n",
		scenario_returned(kill, call_of(kill), -ESRCH), kill->reps);
}

int mrelease_main(int argc, char **argv)
{
	static const struct scenario_command command = {
		.words = {.doc = "Kill a victim and call process_mrelease() some time later, and "
				 "see how often it comes too late (ESRCH): for each time, and for "
				 "a call that kills and reaps (PROCESS_MRELEASE_REAP_KILL, which "
				 "was proposed)."
				 "\vESRCH means that no thread of the victim has the address space "
				 "any more; its memory may be far from free. Exit status: 0 done, "
				 "1 failed, 2 wrong usage, 128 and the signal's number "
				 "interrupted.",
			  .words = WORD_VICTIM | WORD_AFTER,
			  .layout = "android",
			  .policies = "oom-victim",
			  .threads = 8,
			  .reps = 11},
		.fill = add_rows,
		.table = put_table,
		.notes = put_notes,
		.claims = put_claims,
		.title = "process_mrelease() after a kill: %s",
	};

	return scenario_command_main(&command, argc, argv);
}
