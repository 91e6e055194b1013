// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/format.h"
#include "common/output_file.h"
#include "common/regression.h"
#include "figure_text.h"
#include "live_file.h"
#include "report/names.h"
#include "report/template.h"

/* The template of the page, live.html. */
extern const char live_template[];

/* A kind of kills that both files have. */
struct pair {
	const struct live_file_row *a, *b;
	struct live_versus versus; /* B over A */
	enum judgement judgement;
};

struct live_report {
	const char *paths[2], *folder;
	unsigned int nr;
	double fail_above; /* 0: not asked for */
	struct live_file *a, *b;
	struct pair *pairs;
	size_t nr_pairs;
};

bool live_report_wanted(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-' && live_file_is(argv[i]))
			return true;
	return false;
}

static int pair_up(struct live_report *r, struct error_text *error)
{
	r->pairs = calloc(r->b->nr_rows + 1, sizeof(*r->pairs));
	if (!r->pairs)
		return error_text_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; i < r->b->nr_rows; i++) {
		struct pair *p = &r->pairs[r->nr_pairs];
		int err;

		p->b = &r->b->rows[i];
		p->a = live_file_find(r->a, p->b);
		if (!p->a)
			continue;
		err = compare_values(&p->b->times.row, &p->a->times.row, VALUE_WALL, false,
				     &p->versus.wall);
		if (!err)
			err = compare_values(&p->b->times.row, &p->a->times.row, VALUE_RUNNING,
					     false, &p->versus.running);
		if (err)
			return error_text_set(error, err, "%s", strerror(-err));
		p->judgement = judge_both(&p->versus.wall, &p->versus.running);
		r->nr_pairs++;
	}
	if (r->nr_pairs)
		return 0;
	return error_text_set(error, -ENOENT, "%s and %s have no layout in common", r->paths[0],
			      r->paths[1]);
}

static const char *ratio_text(char text[48], const struct comparison *c)
{
	return c->known ? format_ratio(text, &c->ratio) : "-";
}

/* What makes a comparison doubtful. */
static void warn(const struct live_report *r, void (*say)(void *to, const char *line), void *to)
{
	if (strcmp(r->a->cpu, r->b->cpu))
		say(to, "The two files are from different CPUs.");
	if (r->a->zram != r->b->zram)
		say(to, "Swapped pages were swapped out in one file, and resident in the other.");
	if (r->a->probed != r->b->probed)
		say(to,
		    "One file was made with the probe, which costs something, the other without.");
}

static void say_line(void *to, const char *line)
{
	fprintf(to, "%s\n", line);
}

static void put_file(FILE *out, char which, const struct live_file *f)
{
	fprintf(out, "%c: ", which);
	put_plain(out, f->path);
	fputs(": ", out);
	put_plain(out, f->kernel);
	fprintf(out, ", %s\n", f->date);
}

static void put_text(FILE *out, const struct live_report *r)
{
	char wall[48], cpu[48];

	put_file(out, 'A', r->a);
	put_file(out, 'B', r->b);
	warn(r, say_line, out);
	fprintf(out, "%-19s%-24s%-10s%-16s%-16s\n", "verdict", "layout", "kind", "wall B/A",
		"CPU B/A");
	for (size_t i = 0; i < r->nr_pairs; i++) {
		const struct pair *p = &r->pairs[i];

		fprintf(out, "%-19s", judgement_word(p->judgement));
		put_plain(out, p->b->layout);
		fprintf(out, "%*s%-10s%-16s%-16s\n",
			(int)(24 - (strlen(p->b->layout) < 23 ? strlen(p->b->layout) : 23)), "",
			p->b->row.name, ratio_text(wall, &p->versus.wall),
			ratio_text(cpu, &p->versus.running));
	}
}

static void say_item(void *to, const char *line)
{
	struct model *m = to;

	model_line(m, json_object_get(m->root, "warnings"), "%s", line);
}

static void add_file(struct model *m, json_t *list, const char *which, const struct live_file *f)
{
	json_t *item = model_item(m, list, NULL);

	model_text(m, item, "which", "%s", which);
	model_text(m, item, "path", "%s", f->path);
	model_text(m, item, "kernel", "%s", f->kernel);
	model_text(m, item, "cpu", "%s", f->cpu);
	model_text(m, item, "date", "%s", f->date);
}

/* One figure of both files, unless neither has it. */
static void add_figure(struct model *m, json_t *list, const char *label, const struct live_value *a,
		       const struct live_value *b, enum metric_unit unit)
{
	char text[2][LIVE_FIGURE_TEXT];
	json_t *item;

	if (!a->known && !b->known)
		return;
	item = model_item(m, list, NULL);
	model_text(m, item, "label", "%s", label);
	model_text(m, item, "a", "%s", live_figure_text(text[0], a, unit));
	model_text(m, item, "b", "%s", live_figure_text(text[1], b, unit));
}

static void add_row(struct model *m, json_t *rows, const struct pair *p)
{
	const struct live_row *a = &p->a->row, *b = &p->b->row;
	json_t *item = model_item(m, rows, NULL), *list = model_list(m, item, "figures");

	model_text(m, item, "layout", "%s", p->b->layout);
	model_text(m, item, "kind", "%s", b->name);
	model_text(m, item, "reps",
		   "Repetitions: %u and %u; repeated because a task lost its CPU: %u and %u; "
		   "process_mrelease() came too late: %u and %u.",
		   a->reps, b->reps, a->disturbed, b->disturbed, a->missed, b->missed);
	for (int i = 0; i < NR_LIVE_METRICS; i++)
		add_figure(m, list, live_metric_info[i].label, &a->value[i], &b->value[i],
			   live_metric_info[i].unit);
	for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
		for (int count = 0; count < NR_LIVE_COUNTS; count++) {
			const unsigned int at = LIVE_LOCK_VALUE(count, class, LIVE_BOTH);
			char label[64];

			/* Most locks are never contended. */
			if (a->value[at].i.hi <= 0 && b->value[at].i.hi <= 0)
				continue;
			snprintf(label, sizeof(label), "%s %s", live_class_info[class].name,
				 count == LIVE_WAIT ? "wait" : "contended");
			add_figure(m, list, label, &a->value[at], &b->value[at],
				   count == LIVE_WAIT ? UNIT_NS : UNIT_TIMES);
		}
	}
}

static int fill_page(FILE *out, const void *report)
{
	const struct live_report *r = report;
	json_t *verdicts, *rows, *files;
	char wall[48], cpu[48];
	struct model m;

	model_begin(&m);
	model_text(&m, m.root, "title", "Two kernels: %s and %s", r->a->kernel, r->b->kernel);
	files = model_list(&m, m.root, "files");
	add_file(&m, files, "A", r->a);
	add_file(&m, files, "B", r->b);
	model_list(&m, m.root, "warnings");
	warn(r, say_item, &m);
	verdicts = model_list(&m, m.root, "verdicts");
	rows = model_list(&m, m.root, "rows");
	for (size_t i = 0; i < r->nr_pairs; i++) {
		const struct pair *p = &r->pairs[i];
		json_t *item = model_item(&m, verdicts, NULL);

		model_text(&m, item, "verdict", "%s", judgement_word(p->judgement));
		model_text(&m, item, "layout", "%s", p->b->layout);
		model_text(&m, item, "kind", "%s", p->b->row.name);
		model_text(&m, item, "wall", "%s", ratio_text(wall, &p->versus.wall));
		model_text(&m, item, "cpu", "%s", ratio_text(cpu, &p->versus.running));
		add_row(&m, rows, p);
	}
	if (!m.failed)
		template_fill(out, live_template, &m, put_html);
	json_decref(m.root);
	return m.failed ? -ENOMEM : 0;
}

static int write_page(const struct live_report *r, struct error_text *error)
{
	struct output_file file;
	char path[4096];
	int err;

	if ((size_t)snprintf(path, sizeof(path), "%s/index.html", r->folder) >= sizeof(path))
		return error_text_set(error, -ENAMETOOLONG, "%s: the path is too long", r->folder);
	if (mkdir(r->folder, 0777) && errno != EEXIST)
		return error_text_set(error, -errno, "%s: %s", r->folder, strerror(errno));
	err = output_file_prepare(&file, path, fill_page, r);
	if (!err)
		err = output_file_commit(&file);
	return err ? error_text_set(error, err, "%s: %s", path, strerror(-err)) : 0;
}

/* Lines about what got slower. Return: whether something did, or nothing could be judged. */
static bool put_regressions(FILE *out, const struct live_report *r)
{
	unsigned int judged = 0, worse = 0;

	for (size_t i = 0; i < r->nr_pairs; i++) {
		const struct pair *p = &r->pairs[i];
		const struct comparison *const both[] = {&p->versus.wall, &p->versus.running};

		if (p->judgement == JUDGED_UNTRUSTED || p->judgement == JUDGED_UNKNOWN)
			continue;
		judged++;
		for (int k = 0; k < 2; k++) {
			if (!both[k]->known || both[k]->ratio.lo <= r->fail_above)
				continue;
			worse++;
			put_plain(out, p->b->layout);
			fprintf(out, " %s: %s time is above %.2f times that of A.\n",
				p->b->row.name, k ? "CPU" : "wall", r->fail_above);
		}
	}
	fprintf(out, "%u of %zu rows could be judged, %u time%s above the limit.\n", judged,
		r->nr_pairs, worse, worse == 1 ? " is" : "s are");
	return worse || !judged;
}

static error_t parse_one(int key, char *arg, struct argp_state *state)
{
	struct live_report *r = state->input;

	switch (key) {
	case 'o':
		if (!*arg)
			argp_error(state, "--output: an empty name");
		r->folder = arg;
		return 0;
	case 'f':
		if (!regression_limit(arg, &r->fail_above))
			argp_error(state, "--fail-above: '%s' is not a ratio from 1 to 100", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (r->nr == 2)
			argp_error(state, "'%s': there are two files already", arg);
		r->paths[r->nr++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (r->nr < 2)
			argp_error(state, "name two files of 'reapbench live': before and after");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int live_report_main(int argc, char **argv)
{
	static const struct argp_option known[] = {
		{"output", 'o', "DIR", 0, "make a page there, too", 0},
		{"fail-above", 'f', "RATIO", 0,
		 "exit with status 1 if wall or CPU time of B over A lies above RATIO with its whole "
		 "interval",
		 0},
		{0},
	};
	const struct argp argp = {
		.options = known,
		.parser = parse_one,
		.args_doc = "A.json B.json",
		.doc = "Compare what 'reapbench live --json' measured on two kernels."};
	struct live_report r = {0};
	struct error_text error = {""};
	int status = 1;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	r.a = live_file_read(r.paths[0], &error);
	r.b = r.a ? live_file_read(r.paths[1], &error) : NULL;
	if (r.b && !pair_up(&r, &error) && (!r.folder || !write_page(&r, &error))) {
		put_text(stdout, &r);
		status = r.fail_above > 0 && put_regressions(stdout, &r);
		if (fflush(stdout) || ferror(stdout)) {
			error_text_set(&error, -errno, "standard output: %s", strerror(errno));
			status = 1;
		}
	}
	if (error.text[0])
		fprintf(stderr, "%s: %s\n", argv[0], error.text);
	free(r.pairs);
	live_file_free(r.a);
	live_file_free(r.b);
	return status;
}
