// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page of a scenario: what was claimed, the figures of each row, and a timeline with a line for
 * each act and each thread of its first repetition.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/format.h"
#include "common/output_file.h"
#include "report/names.h"
#include "report/template.h"
#include "result.h"

extern const char scenario_template[];

/* The kill is at this part of the width; what was before it is not to scale. */
#define KILL_AT 12.0

/* A timeline, in nanoseconds from the kill. */
struct timeline {
	struct model *m;
	double end; /* of the picture */
};

static double place(const struct timeline *t, double ns)
{
	if (ns <= 0)
		return KILL_AT * (ns < 0 ? 0.15 : 1);
	return ns >= t->end ? 100 : KILL_AT + (100 - KILL_AT) * ns / t->end;
}

static void later(double *end, int64_t ns)
{
	if (ns != NEVER_NS && (double)ns > *end)
		*end = (double)ns;
}

/* When the last thing happened that the picture shows. */
static double last_event(const struct scenario_rows *rows, const struct scenario_row *row,
			 const struct scenario_outcome *o)
{
	double end = 1000;

	for (unsigned int i = 0; i < rows->threads; i++) {
		later(&end, o->threads[i].dead_ns);
		later(&end, o->threads[i].thawed_ns);
		later(&end, o->threads[i].frozen_ns);
	}
	for (int i = 0; row->scenario.acts[i].role; i++)
		later(&end, o->act[i].end_ns);
	for (int i = 0; i < NR_FREE_MARKS; i++)
		later(&end, o->free_ns[i]);
	return end * 1.08; /* room for a mark's text */
}

/* A bar from one time to another; what never came lasts to the end. */
static void add_bar(const struct timeline *t, json_t *line, const char *what, int64_t from,
		    int64_t to)
{
	const double left = place(t, (double)from);
	const double right = to == NEVER_NS ? 100 : place(t, (double)to);
	json_t *bar = model_item(t->m, json_object_get(line, "bars"), "what", what, NULL);

	model_text(t->m, bar, "left", "%.2f", left);
	model_text(t->m, bar, "width", "%.2f", right > left ? right - left : 0);
}

static json_t *add_line(const struct timeline *t, json_t *row, const char *kind)
{
	json_t *line = model_item(t->m, json_object_get(row, "lines"), "kind", kind, NULL);

	model_list(t->m, line, "bars");
	return line;
}

static void add_act(const struct timeline *t, json_t *row, const struct act *act,
		    const struct act_outcome *o)
{
	json_t *line;

	/* The kthread's work is seen in what is free. */
	if (o->start_ns == NEVER_NS)
		return;
	line = add_line(t, row, "act");
	model_text(t->m, line, "label", "%s: %s%s%s", act->role, act->operation,
		   o->ret < 0 ? " " : "", o->ret < 0 ? strerrorname_np(-o->ret) : "");
	add_bar(t, line, "work", o->start_ns, o->end_ns);
}

static void add_thread(const struct timeline *t, json_t *row, unsigned int i,
		       const struct thread_outcome *o)
{
	json_t *line = add_line(t, row, "thread");
	int64_t from = INT64_MIN + 1;

	model_text(t->m, line, "label", "thread %u", i + 1);
	if (o->stuck) {
		add_bar(t, line, "stuck", from, NEVER_NS);
		return;
	}
	if (o->frozen_ns != NEVER_NS) {
		if (o->frozen_ns > 0)
			add_bar(t, line, "runs", from, o->frozen_ns);
		add_bar(t, line, "frozen", o->frozen_ns > 0 ? o->frozen_ns : from, o->thawed_ns);
		from = o->thawed_ns;
		if (from == NEVER_NS)
			return;
	}
	add_bar(t, line, "runs", from, o->exiting_ns);
	if (o->exiting_ns == NEVER_NS)
		return;
	add_bar(t, line, "exits", o->exiting_ns, o->dead_ns);
}

static void add_memory(const struct timeline *t, json_t *row, const struct scenario_outcome *o)
{
	json_t *line = add_line(t, row, "memory");
	bool any = false;

	model_text(t->m, line, "label", "memory free");
	for (int i = 0; i < NR_FREE_MARKS; i++) {
		json_t *mark;

		/* The others would lie on each other. */
		if (o->free_ns[i] == NEVER_NS || (i != FREE_50 && i != FREE_100))
			continue;
		any = true;
		add_bar(t, line, "free", o->free_ns[i], NEVER_NS);
		mark = model_item(t->m, json_object_get(line, "bars"), "what",
				  i == FREE_50 ? "mark before" : "mark", NULL);
		model_text(t->m, mark, "left", "%.2f", place(t, (double)o->free_ns[i]));
		model_text(t->m, mark, "width", "0");
		model_text(t->m, mark, "text", "%s %%", free_mark_name((unsigned int)i));
	}
	if (!any)
		model_text(t->m, line, "none", "never");
}

static void add_time(struct model *m, json_t *row, const char *label, const struct scenario_row *r,
		     int64_t (*time)(const struct scenario_outcome *outcome, int arg), int arg)
{
	json_t *item = model_item(m, json_object_get(row, "figures"), "label", label, NULL);
	struct interval i;
	char text[3][32];

	if (!scenario_time(r, time, arg, &i))
		model_text(m, item, "value", "never");
	else
		model_text(m, item, "value", "%s [%s, %s]", format_time(text[0], i.median),
			   format_time(text[1], i.lo), format_time(text[2], i.hi));
}

static void add_figures(struct model *m, json_t *row, const struct scenario_row *r)
{
	json_t *item;

	item = model_item(m, json_object_get(row, "figures"), "label", "the victim exits", NULL);
	model_text(m, item, "value", "in %u of %u repetitions", scenario_exits(r), r->reps);
	item = model_item(m, json_object_get(row, "figures"), "label", "threads stuck, at most",
			  NULL);
	model_text(m, item, "value", "%u", scenario_stuck(r));
	add_time(m, row, "last exit", r, scenario_last_exit, 0);
	add_time(m, row, "50 % of memory free", r, scenario_free, FREE_50);
	add_time(m, row, "90 % of memory free", r, scenario_free, FREE_90);
	add_time(m, row, "100 % of memory free", r, scenario_free, FREE_100);
}

static void add_row(struct model *m, json_t *list, const struct scenario_rows *rows,
		    const struct scenario_row *r)
{
	const struct scenario_outcome *first = &r->outcomes[0];
	const struct timeline t = {m, last_event(rows, r, first)};
	json_t *row = model_item(m, list, "policy", r->policy, "name", r->scenario.name, NULL);
	char text[32];

	model_list(m, row, "figures");
	model_list(m, row, "lines");
	for (int i = 0; r->scenario.acts[i].role; i++) {
		const struct act *act = &r->scenario.acts[i];

		if (!strcmp(act->operation, "oom_reaper"))
			model_text(m, row, "reaper", "with the oom_reaper, %s after the kill",
				   format_time(text, act->delay_us * 1e3));
		if (!strcmp(act->operation, "process_mrelease"))
			model_text(m, row, "after", "process_mrelease() %s after the kill",
				   format_time(text, act->delay_us * 1e3));
	}
	add_figures(m, row, r);
	model_text(m, row, "kill", "%.2f", KILL_AT);
	model_text(m, row, "end", "%s", format_time(text, t.end));
	for (int i = 0; r->scenario.acts[i].role; i++)
		add_act(&t, row, &r->scenario.acts[i], &first->act[i]);
	add_memory(&t, row, first);
	for (unsigned int i = 0; i < rows->threads; i++)
		add_thread(&t, row, i, &first->threads[i]);
}

static int fill_page(FILE *out, const void *what)
{
	const struct scenario_result *r = what;
	const struct scenario_rows *rows = r->rows;
	struct model m;
	json_t *list;
	int err;

	model_begin(&m);
	model_text(&m, m.root, "title", "%s", r->title);
	model_text(&m, m.root, "host", "%s, %ld CPUs, %s, %s", r->host->cpu, r->host->cores,
		   r->host->kernel, r->host->date);
	model_text(&m, m.root, "tree", "%s", rows->engine);
	model_text(&m, m.root, "command", "%s", r->command_line);
	if (rows->threads > 32)
		model_text(&m, m.root, "many", "many");
	if (r->interrupted)
		model_text(&m, m.root, "interrupted", "yes");
	list = model_list(&m, m.root, "claims");
	for (const char **claim = r->claims; *claim; claim++)
		model_line(&m, list, "%s", *claim);
	list = model_list(&m, m.root, "rows");
	for (size_t i = 0; i < rows->nr; i++)
		if (rows->rows[i].reps)
			add_row(&m, list, rows, &rows->rows[i]);
	if (!m.failed)
		template_fill(out, scenario_template, &m, put_html);
	err = m.failed ? -ENOMEM : 0;
	json_decref(m.root);
	return err;
}

int scenario_page(const char *folder, const struct scenario_result *result,
		  struct error_text *error)
{
	struct output_file file;
	char path[4096];
	int err;

	if ((size_t)snprintf(path, sizeof(path), "%s/index.html", folder) >= sizeof(path))
		return error_text_set(error, -ENAMETOOLONG, "%s: the path is too long", folder);
	if (mkdir(folder, 0777) && errno != EEXIST)
		return error_text_set(error, -errno, "%s: %s", folder, strerror(errno));
	err = output_file_prepare(&file, path, fill_page, result);
	if (!err)
		err = output_file_commit(&file);
	return err ? error_text_set(error, err, "%s: %s", path, strerror(-err)) : 0;
}
