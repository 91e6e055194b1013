// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "common/regression.h"
#include "page.h"
#include "report/names.h"

struct live_report {
	const char *paths[2], *folder;
	unsigned int nr;
	double fail_above; /* 0: not asked for */
	struct live_file *a, *b;
	struct live_pair *pairs;
	size_t nr_pairs;
};

bool live_report_wanted(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-' && live_file_is(argv[i]))
			return true;
	return false;
}

static int compare_kinds(struct live_pair *p, const struct live_times *a,
			 const struct live_times *b)
{
	int err = compare_values(&b->row, &a->row, VALUE_WALL, false, &p->versus.wall);

	if (!err)
		err = compare_values(&b->row, &a->row, VALUE_RUNNING, false, &p->versus.running);
	p->judgement = judge_both(&p->versus.wall, &p->versus.running);
	return err;
}

/* Each kind of kills that both have. */
static int pair_layout(struct live_report *r, const struct live_file_layout *a,
		       const struct live_file_layout *b)
{
	int err = 0;

	for (int kind = 0; !err && kind < NR_LIVE_KILLS; kind++) {
		struct live_pair *p = &r->pairs[r->nr_pairs];

		if (!a->kernel.row[kind].reps || !b->kernel.row[kind].reps)
			continue;
		*p = (struct live_pair){
			.layout = b->name, .a = &a->kernel.row[kind], .b = &b->kernel.row[kind]};
		err = compare_kinds(p, &a->times[kind], &b->times[kind]);
		r->nr_pairs++;
	}
	return err;
}

static int pair_up(struct live_report *r, struct error_text *error)
{
	int err = 0;

	r->pairs = calloc(r->b->nr_layouts * NR_LIVE_KILLS + 1, sizeof(*r->pairs));
	if (!r->pairs)
		return error_text_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; !err && i < r->b->nr_layouts; i++) {
		const struct live_file_layout *a = live_file_find(r->a, &r->b->layouts[i]);

		if (a)
			err = pair_layout(r, a, &r->b->layouts[i]);
	}
	if (err)
		return error_text_set(error, err, "%s", strerror(-err));
	if (r->nr_pairs)
		return 0;
	return error_text_set(error, -ENOENT, "%s and %s have no layout in common", r->paths[0],
			      r->paths[1]);
}

static struct live_page page_of(const struct live_report *r)
{
	return (struct live_page){r->a, r->b, r->pairs, r->nr_pairs};
}

static const char *ratio_text(char text[48], const struct comparison *c)
{
	return c->known ? format_ratio(text, &c->ratio) : "-";
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
	const struct live_page page = page_of(r);
	char wall[48], cpu[48];

	put_file(out, 'A', r->a);
	put_file(out, 'B', r->b);
	live_page_warn(&page, say_line, out);
	fprintf(out, "%-19s%-24s%-10s%-16s%-16s\n", "verdict", "layout", "kind", "wall B/A",
		"CPU B/A");
	for (size_t i = 0; i < r->nr_pairs; i++) {
		const struct live_pair *p = &r->pairs[i];

		fprintf(out, "%-19s", judgement_word(p->judgement));
		put_plain(out, p->layout);
		fprintf(out, "%*s%-10s%-16s%-16s\n",
			(int)(24 - (strlen(p->layout) < 23 ? strlen(p->layout) : 23)), "",
			p->b->name, ratio_text(wall, &p->versus.wall),
			ratio_text(cpu, &p->versus.running));
	}
}

/* Lines about what got slower. Return: whether something did, or nothing could be judged. */
static bool put_regressions(FILE *out, const struct live_report *r)
{
	unsigned int judged = 0, worse = 0;

	for (size_t i = 0; i < r->nr_pairs; i++) {
		const struct live_pair *p = &r->pairs[i];
		const struct comparison *const both[] = {&p->versus.wall, &p->versus.running};

		if (p->judgement == JUDGED_UNTRUSTED || p->judgement == JUDGED_UNKNOWN)
			continue;
		judged++;
		for (int k = 0; k < 2; k++) {
			if (!both[k]->known || both[k]->ratio.lo <= r->fail_above)
				continue;
			worse++;
			put_plain(out, p->layout);
			fprintf(out, " %s: %s time is above %.2f times that of A.\n", p->b->name,
				k ? "CPU" : "wall", r->fail_above);
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
		if (r->nr < 2 && (!r->folder || r->fail_above > 0))
			argp_error(
				state,
				"name two files of 'reapbench live', before and after, or one and "
				"a folder with -o DIR");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Return: the exit status. */
static int make_report(struct live_report *r, struct error_text *error)
{
	struct live_page page;
	int status;

	if (r->b && pair_up(r, error))
		return 1;
	page = page_of(r);
	if (r->folder && live_page_write(r->folder, &page, error))
		return 1;
	if (!r->b)
		return 0;
	put_text(stdout, r);
	status = r->fail_above > 0 && put_regressions(stdout, r);
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	error_text_set(error, -errno, "standard output: %s", strerror(errno));
	return 1;
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
		.args_doc = "A.json [B.json]",
		.doc = "Compare what 'reapbench live --json' measured on two kernels; of one file, "
		       "make a page with the kernel beside the model."};
	struct live_report r = {0};
	struct error_text error = {""};
	int status = 1;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	r.a = live_file_read(r.paths[0], &error);
	if (r.a && r.nr == 2)
		r.b = live_file_read(r.paths[1], &error);
	if (r.a && (r.nr < 2 || r.b))
		status = make_report(&r, &error);
	if (error.text[0])
		fprintf(stderr, "%s: %s\n", argv[0], error.text);
	free(r.pairs);
	live_file_free(r.a);
	live_file_free(r.b);
	return status;
}

int live_report_page(const char *path, const char *folder, struct error_text *error)
{
	struct live_report r = {.a = live_file_read(path, error)};
	const struct live_page page = page_of(&r);
	int err = r.a ? live_page_write(folder, &page, error) : -EINVAL;

	live_file_free(r.a);
	return err;
}
