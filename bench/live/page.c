// SPDX-License-Identifier: GPL-2.0-only
#include "page.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "common/format.h"
#include "common/output_file.h"
#include "figure_text.h"
#include "report/names.h"
#include "report/template.h"

/* The ends of the scale on which a ratio is drawn: from 1/SCALE to SCALE. */
#define SCALE 4.0

/* A ratio of the model that misses the kernel's by more has a word of its own, as in 'truth'. */
#define FAR_OFF 0.25

/* The template of the page, live.html. */
extern const char live_template[];

void live_page_warn(const struct live_page *page, void (*say)(void *to, const char *line), void *to)
{
	if (strcmp(page->a->cpu, page->b->cpu))
		say(to, "The two files are from different CPUs.");
	if (page->a->zram != page->b->zram)
		say(to, "Swapped pages were swapped out in one file, and resident in the other.");
	if (page->a->probed != page->b->probed)
		say(to,
		    "One file was made with the probe, which costs something, the other without.");
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

/* Where a ratio lies on the scale, in percent of its width. */
static double place(double ratio)
{
	const double at = 50 + 50 * log(ratio) / log(SCALE);

	return ratio > 0 ? fmin(fmax(at, 0), 100) : 0;
}

/* A ratio in figures, and as a bar with a mark on the scale. @which names the bar's style. */
static void add_ratio(struct model *m, json_t *cell, const char *which, const char *label,
		      const struct comparison *c)
{
	json_t *item;
	char text[48];

	if (!c->known)
		return;
	item = model_item(m, cell, "which", which, "label", label, NULL);
	model_text(m, item, "text", "%s", format_ratio(text, &c->ratio));
	model_text(m, item, "from", "%.1f", place(c->ratio.lo));
	model_text(m, item, "wide", "%.1f", place(c->ratio.hi) - place(c->ratio.lo));
	model_text(m, item, "at", "%.1f", place(c->ratio.median));
}

/* One figure of both sides, unless neither has it. */
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

/* All figures of a kind of kills of two sides. */
static void add_figures(struct model *m, json_t *item, const struct live_row *a,
			const struct live_row *b)
{
	json_t *list = model_list(m, item, "figures");

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

static json_t *add_row(struct model *m, const char *layout, const char *kind)
{
	json_t *item = model_item(m, json_object_get(m->root, "rows"), NULL);

	model_text(m, item, "layout", "%s", layout);
	model_text(m, item, "kind", "%s", kind);
	return item;
}

static json_t *add_verdict(struct model *m, const char *verdict, const char *layout,
			   const char *kind)
{
	json_t *item = model_item(m, json_object_get(m->root, "verdicts"), "verdict", verdict,
				  "layout", layout, NULL);

	model_text(m, item, "kind", "%s", kind);
	model_list(m, item, "wall");
	model_list(m, item, "cpu");
	return item;
}

static void add_pair(struct model *m, const struct live_pair *p)
{
	json_t *verdict = add_verdict(m, judgement_word(p->judgement), p->layout, p->b->name);
	json_t *row = add_row(m, p->layout, p->b->name);

	add_ratio(m, json_object_get(verdict, "wall"), "one", "", &p->versus.wall);
	add_ratio(m, json_object_get(verdict, "cpu"), "one", "", &p->versus.running);
	model_text(m, row, "reps",
		   "Repetitions: %u and %u; repeated because a task lost its CPU: %u and %u; "
		   "process_mrelease() came too late: %u and %u.",
		   p->a->reps, p->b->reps, p->a->disturbed, p->b->disturbed, p->a->missed,
		   p->b->missed);
	add_figures(m, row, p->a, p->b);
}

/* Which side of 1 an interval lies on; 0 if it holds 1. */
static int side_of(const struct comparison *c)
{
	return !c->known ? 0 : (c->ratio.lo > 1) - (c->ratio.hi < 1);
}

/* By which part the model misses the kernel; 0 where one of them is unknown. */
static double miss(const struct comparison *kernel, const struct comparison *model)
{
	const double q = kernel->known && model->known && kernel->ratio.median > 0
				 ? model->ratio.median / kernel->ratio.median
				 : 1;

	return q > 0 ? fmax(q, 1 / q) - 1 : 0;
}

static const char *agreement(char text[64], const struct live_versus *kernel,
			     const struct live_versus *model)
{
	const double off =
		fmax(miss(&kernel->wall, &model->wall), miss(&kernel->running, &model->running));

	if (side_of(&kernel->wall) * side_of(&model->wall) < 0 ||
	    side_of(&kernel->running) * side_of(&model->running) < 0)
		return "opposite sign";
	if (off <= FAR_OFF)
		return "agrees";
	snprintf(text, 64, "off by %.0f %%", 100 * off);
	return text;
}

static void add_agreement(struct model *m, const struct live_file_layout *l, const char *over,
			  const struct live_versus *kernel, const struct live_versus *model)
{
	json_t *item, *wall, *cpu;
	char word[64];

	if (!kernel->wall.known)
		return;
	item = add_verdict(m, l->raced ? agreement(word, kernel, model) : "kernel alone", l->name,
			   over);
	wall = json_object_get(item, "wall");
	cpu = json_object_get(item, "cpu");
	add_ratio(m, wall, "kernel", "kernel", &kernel->wall);
	add_ratio(m, wall, "model", "model", &model->wall);
	add_ratio(m, cpu, "kernel", "kernel", &kernel->running);
	add_ratio(m, cpu, "model", "model", &model->running);
}

static void add_layout(struct model *m, const struct live_file_layout *l)
{
	add_agreement(m, l, "mrelease / solo", &l->kernel.solo, &l->model.solo);
	add_agreement(m, l, "mrelease / forward", &l->kernel.forward, &l->model.forward);
	for (int kind = 0; kind < NR_LIVE_KILLS; kind++) {
		const struct live_row *kernel = &l->kernel.row[kind], *model = &l->model.row[kind];
		json_t *row;

		if (!kernel->reps)
			continue;
		row = add_row(m, l->name, kernel->name);
		model_text(m, row, "reps",
			   "Repetitions: %u kills and %u races; repeated because a task lost its "
			   "CPU: %u and %u; process_mrelease() came too late: %u.",
			   kernel->reps, model->reps, kernel->disturbed, model->disturbed,
			   kernel->missed);
		add_figures(m, row, kernel, model);
	}
}

static int fill_page(FILE *out, const void *what)
{
	const struct live_page *p = what;
	const bool two = p->b;
	struct model m;
	json_t *files;

	model_begin(&m);
	if (two)
		model_text(&m, m.root, "title", "Two kernels: %s and %s", p->a->kernel,
			   p->b->kernel);
	else
		model_text(&m, m.root, "title", "Kernel and model: %s", p->a->kernel);
	model_text(&m, m.root, "a", "%s", two ? "A" : "kernel");
	model_text(&m, m.root, "b", "%s", two ? "B" : "model");
	model_text(&m, m.root, two ? "two" : "alone", "%s", "yes");
	files = model_list(&m, m.root, "files");
	add_file(&m, files, two ? "A: " : "", p->a);
	if (two)
		add_file(&m, files, "B: ", p->b);
	model_list(&m, m.root, "warnings");
	model_list(&m, m.root, "verdicts");
	model_list(&m, m.root, "rows");
	if (two)
		live_page_warn(p, say_item, &m);
	for (size_t i = 0; two && i < p->nr_pairs; i++)
		add_pair(&m, &p->pairs[i]);
	for (size_t i = 0; !two && i < p->a->nr_layouts; i++)
		add_layout(&m, &p->a->layouts[i]);
	if (!m.failed)
		template_fill(out, live_template, &m, put_html);
	json_decref(m.root);
	return m.failed ? -ENOMEM : 0;
}

static int page_path(char *path, size_t size, const char *folder, struct error_text *error)
{
	if ((size_t)snprintf(path, size, "%s/index.html", folder) < size)
		return 0;
	return error_text_set(error, -ENAMETOOLONG, "%s: the path is too long", folder);
}

static int make_folder(const char *folder, bool *made, struct error_text *error)
{
	*made = !mkdir(folder, 0777);
	if (*made || errno == EEXIST)
		return 0;
	return error_text_set(error, -errno, "%s: %s", folder, strerror(errno));
}

int live_page_possible(const char *folder, bool *made, struct error_text *error)
{
	char path[4096];
	int err = page_path(path, sizeof(path), folder, error) ?: make_folder(folder, made, error);

	if (err)
		return err;
	err = output_file_check(path);
	return err ? error_text_set(error, err, "%s: %s", path, strerror(-err)) : 0;
}

int live_page_write(const char *folder, const struct live_page *page, struct error_text *error)
{
	struct output_file file;
	char path[4096];
	bool made;
	int err = page_path(path, sizeof(path), folder, error) ?: make_folder(folder, &made, error);

	if (err)
		return err;
	err = output_file_prepare(&file, path, fill_page, page);
	if (!err)
		err = output_file_commit(&file);
	return err ? error_text_set(error, err, "%s: %s", path, strerror(-err)) : 0;
}
