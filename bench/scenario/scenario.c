// SPDX-License-Identifier: GPL-2.0-only
/* `reapbench scenario`: play a scenario of the table, or list them. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "engines/engine.h"

static void list_scenarios(FILE *out)
{
	const struct operation_info *op;

	fputs("Scenarios:\n", out);
	for (const struct scenario *s = scenarios; s->name; s++)
		fprintf(out, "  %-16s %s\n", s->name, s->what);
	fputs("\nOperations of which they are made:\n", out);
	for (unsigned int i = 0; (op = engines[0]->operation(i)); i++)
		fprintf(out, "  %-16s %s\n", op->name, op->what);
	fputs("\nWays to thaw an OOM victim:\n", out);
	for (unsigned int i = 0; (op = engines[0]->policy(i)); i++)
		fprintf(out, "  %-16s %s\n", op->name, op->what);
}

static int add_rows(struct scenario_rows *rows, const struct scenario_options *o,
		    const char *program)
{
	const struct scenario *base = o->name ? scenario_find(o->name) : NULL;
	struct scenario scenario;
	int err = 0;

	if (!o->name) {
		fprintf(stderr, "%s: name a scenario; '%s' alone lists them\n", program, program);
		return 2;
	}
	if (!base) {
		fprintf(stderr, "%s: no scenario is called '%s'; '%s' alone lists them\n", program,
			o->name, program);
		return 2;
	}
	scenario = *base;
	scenario_set_order(&scenario, o->order);
	if (o->delay_given)
		scenario_set_delay(&scenario, "oom_reaper", o->delay_ms * 1000);
	for (size_t i = 0; !err && i < o->policies.nr; i++)
		err = scenario_rows_add(rows, &scenario, o->policies.names[i]);
	return err;
}

/* The median of a count or a time over the repetitions. */
static double median_of(const struct scenario_row *row,
			double (*read)(const struct scenario_outcome *outcome, int arg), int arg)
{
	double *values = calloc(row->reps + 1, sizeof(*values)), median = 0;

	for (unsigned int rep = 0; values && rep < row->reps; rep++)
		values[rep] = read(&row->outcomes[rep], arg);
	if (values && row->reps)
		stats_median(values, row->reps, &median);
	free(values);
	return median;
}

static double count_of_act(const struct scenario_outcome *outcome, int i)
{
	return outcome->act[i].ret;
}

/* @arg: the number of a role, and the lock class above it. */
#define WAIT_OF(role, class) ((int)(class) << 8 | (int)(role))

static const struct role_lock *lock_of(const struct scenario_outcome *outcome, int arg)
{
	return &outcome->roles[arg & 255].lock[arg >> 8];
}

static double lock_wait(const struct scenario_outcome *outcome, int arg)
{
	return (double)lock_of(outcome, arg)->wait_ns;
}

static double lock_contended(const struct scenario_outcome *outcome, int arg)
{
	return (double)lock_of(outcome, arg)->contended;
}

static double mmap_lock_wait(const struct scenario_outcome *outcome, int role)
{
	return (double)outcome->roles[role].mmap_lock_wait_ns;
}

/* What each role waited for; every repetition has the same roles in the same places. */
static void put_waits(FILE *out, const struct scenario_row *row)
{
	const struct scenario_outcome *first = &row->outcomes[0];
	char text[32];

	fprintf(out, "  waiting for   mmap_lock");
	for (int class = 0; class < NR_LOCK_CLASSES; class ++)
		fprintf(out, " %10s", lock_class_name((enum lock_class) class));
	fputs("   ptl contended\n", out);
	for (unsigned int role = 0; role < first->nr_roles; role++) {
		fprintf(out, "  %-12s %10s", first->roles[role].role,
			format_time(text, median_of(row, mmap_lock_wait, (int)role)));
		for (int class = 0; class < NR_LOCK_CLASSES; class ++)
			fprintf(out, " %10s",
				format_time(text, median_of(row, lock_wait, WAIT_OF(role, class))));
		fprintf(out, " %15.0f\n", median_of(row, lock_contended, WAIT_OF(role, LOCK_PTL)));
	}
}

static void put_act(FILE *out, const struct scenario_row *row, int i)
{
	const struct act *act = &row->scenario.acts[i];
	char text[32];

	fprintf(out, "  %-12s %-17s", act->role, act->operation);
	if (!strcmp(act->operation, "oom_reaper")) {
		unsigned int reaped = 0, late = 0;

		for (unsigned int rep = 0; rep < row->reps; rep++) {
			reaped += row->outcomes[rep].reaped;
			late += row->outcomes[rep].came_late;
		}
		fprintf(out, "%s after the kill: reaped in %u of %u, came too late in %u\n",
			format_time(text, act->delay_us * 1e3), reaped, row->reps, late);
		return;
	}
	put_time(out, row, scenario_act_end, i);
	if (median_of(row, count_of_act, i) > 0) {
		fprintf(out, "  did it %.0f times\n", median_of(row, count_of_act, i));
		return;
	}
	fprintf(out, "  returned 0 in %u of %u", scenario_returned(row, i, 0), row->reps);
	for (unsigned int rep = 0; rep < row->reps; rep++) {
		const int ret = row->outcomes[rep].act[i].ret;

		if (ret >= 0)
			continue;
		fprintf(out, ", %s in %u", strerrorname_np(-ret), scenario_returned(row, i, ret));
		break;
	}
	fputc('\n', out);
}

static void put_table(FILE *out, const struct scenario_rows *rows, const struct scenario_options *o)
{
	fprintf(out, "%s: %s\n", rows->rows[0].scenario.name, rows->rows[0].scenario.what);
	for (const struct scenario_row *row = rows->rows; row < rows->rows + rows->nr; row++) {
		if (!row->reps)
			continue;
		fprintf(out, "\n%s\n", row->policy);
		for (int i = 0; row->scenario.acts[i].role; i++)
			put_act(out, row, i);
		fprintf(out,
			"  victim       exits in %u of %u, at most %u threads stuck; last exit",
			scenario_exits(row), row->reps, scenario_stuck(row));
		put_time(out, row, scenario_last_exit, 0);
		fputs("\n  memory:   ", out);
		put_free_heads(out);
		fputs("\n            ", out);
		put_free_times(out, row);
		fputc('\n', out);
		put_waits(out, row);
	}
}

static void put_notes(FILE *out)
{
	fputs("\nTimes count from the begin of the kill: medians of the ends of each act. Waits are of all\n"
	      "tasks of a role together, from their start to their end.\n",
	      out);
}

static void put_claims(FILE *out, const struct scenario_rows *rows,
		       const struct scenario_options *o)
{
}

int scenario_main(int argc, char **argv)
{
	static const struct scenario_command command = {
		.words = {.doc = "Play a scenario: who does what to a victim, and when. Without a "
				 "name, list the scenarios, the operations of which they are made, "
				 "and the ways to thaw.",
			  .words = WORD_VICTIM | WORD_NAME | WORD_POLICY | WORD_DELAY,
			  .layout = "android",
			  .policies = "oom-victim",
			  .threads = 8,
			  .reps = SCENARIO_REPS},
		.fill = add_rows,
		.table = put_table,
		.notes = put_notes,
		.claims = put_claims,
		.title = "A scenario on %s",
	};

	if (argc == 1 && engines[0]) {
		list_scenarios(stdout);
		return fflush(stdout) || ferror(stdout);
	}
	return scenario_command_main(&command, argc, argv);
}
