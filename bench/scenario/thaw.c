// SPDX-License-Identifier: GPL-2.0-only
/* `reapbench thaw`: a frozen victim is killed; does it exit, and when is its memory free? */
#include "command.h"

#include <errno.h>
#include <string.h>

#include "common/format.h"
#include "engines/engine.h"

static int add_rows(struct scenario_rows *rows, const struct scenario_options *o,
		    const char *program)
{
	const struct scenario *base =
		scenario_find(o->suspend ? "frozen-suspend" : "frozen-cgroup");
	int err = 0;

	for (size_t i = 0; !err && i < o->policies.nr; i++) {
		for (int reaper = 0; !err && reaper < 2; reaper++) {
			struct scenario scenario = *base;

			scenario_set_order(&scenario, o->order);
			scenario_set_delay(&scenario, "oom_reaper", o->delay_ms * 1000);
			if (!reaper)
				scenario_remove(&scenario, "oom_reaper");
			err = scenario_rows_add(rows, &scenario, o->policies.names[i]);
		}
	}
	return err;
}

static void put_table(FILE *out, const struct scenario_rows *rows, const struct scenario_options *o)
{
	fprintf(out, "%-12s %-10s  %7s  %5s  %9s", "policy", "oom_reaper", "exits", "stuck",
		"last exit");
	put_free_heads(out);
	fputc('\n', out);
	for (const struct scenario_row *row = rows->rows; row < rows->rows + rows->nr; row++) {
		char exits[24];

		if (!row->reps)
			continue;
		snprintf(exits, sizeof(exits), "%u/%u", scenario_exits(row), row->reps);
		fprintf(out, "%-12s %-10s  %7s  %5u", row->policy, row->reaper ? "yes" : "no",
			exits, scenario_stuck(row));
		put_time(out, row, scenario_last_exit, 0);
		put_free_times(out, row);
		fputc('\n', out);
	}
}

static void put_notes(FILE *out)
{
	fputs("\nTimes count from the begin of the kill: medians. stuck: threads that are in the "
	      "refrigerator\nstill when nothing more can happen.\n",
	      out);
}

/* What a policy is, in the words of its table. */
static const char *policy_what(const char *name)
{
	const struct operation_info *policy;

	for (unsigned int i = 0; (policy = engines[0]->policy(i)); i++)
		if (!strcmp(policy->name, name))
			return policy->what;
	return "";
}

static void claim_stuck(FILE *out, const struct scenario_row *row, unsigned int threads)
{
	struct interval i;
	char text[32];

	fprintf(out, "the victim stays in %u of %u repetitions, with %u of its %u thread%s frozen",
		row->reps - scenario_exits(row), row->reps, scenario_stuck(row), threads,
		threads == 1 ? "" : "s");
	if (!row->reaper)
		fputs("; its memory does not come back", out);
	else if (scenario_time(row, scenario_free, FREE_100, &i))
		fprintf(out, "; the oom_reaper frees its memory %s after the kill",
			format_time(text, i.median));
	else
		fputs("; the oom_reaper does not free all of its memory", out);
	fputs(".\n", out);
}

/* A policy whose threads all leave: how late, and is the count of victims right? */
static void claim_exit(FILE *out, const struct scenario_row *row, unsigned int threads)
{
	struct interval exit, memory;
	char text[2][32];

	fputs(threads == 1 ? "the victim exits" : "every thread leaves", out);
	if (scenario_time(row, scenario_last_exit, 0, &exit))
		fprintf(out, "; the last one is gone %s after the kill",
			format_time(text[0], exit.median));
	if (scenario_time(row, scenario_free, FREE_100, &memory))
		fprintf(out, ", all memory is free after %s", format_time(text[1], memory.median));
	fputs(".\n", out);
}

static void claim_count(FILE *out, const struct scenario_row *row)
{
	const int count = row->outcomes[0].oom_victims;

	if (count)
		fprintf(out,
			"%s: the count of OOM victims ends at %d instead of 0: more threads take "
			"one off than were added.\n",
			row->policy, count);
}

static void put_claims(FILE *out, const struct scenario_rows *rows,
		       const struct scenario_options *o)
{
	for (const struct scenario_row *row = rows->rows; row < rows->rows + rows->nr; row++) {
		if (!row->reps)
			continue;
		if (row->reaper)
			fprintf(out, "%s, with the oom_reaper: ", row->policy);
		else
			fprintf(out, "%s (%s): ", row->policy, policy_what(row->policy));
		if (scenario_exits(row) < row->reps)
			claim_stuck(out, row, rows->threads);
		else
			claim_exit(out, row, rows->threads);
		if (!row->reaper)
			claim_count(out, row);
	}
}

int thaw_main(int argc, char **argv)
{
	static const struct scenario_command command = {
		.words =
			{.doc = "Freeze a victim of several threads, kill it as the OOM killer "
				"does, and see whether it exits, which threads stay frozen, and "
				"when its memory is free: for each way to thaw, without and with "
				"the oom_reaper."
				"\vAs root, real victims on the running kernel as well, frozen by a cgroup "
				"of either version. A victim that stays is a result: it is watched until the "
				"oom_reaper has come, then let go. Exit status: 0 done, 1 failed, "
				"2 wrong usage, 128 and the signal's number interrupted.",
			 .words = WORD_VICTIM | WORD_LIVE | WORD_POLICY | WORD_FREEZER | WORD_DELAY,
			 .layout = "android",
			 .policies = "thread,memdie,oom-victim",
			 .threads = 8,
			 .reps = SCENARIO_REPS},
		.fill = add_rows,
		.table = put_table,
		.notes = put_notes,
		.claims = put_claims,
		.title = "A frozen victim is killed: %s",
	};

	return scenario_command_main(&command, argc, argv);
}
