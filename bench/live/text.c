// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "common/format.h"
#include "common/verdict.h"
#include "figure_text.h"
#include "result.h"

#define TEXT_WIDTH 100

static void put_columns(FILE *out, const char *label, const char *kernel, const char *model)
{
	fprintf(out, "  %-39s %-22s %-22s", label, kernel, model);
}

/* The last column: the model's median over the kernel's. */
static void put_quotient(FILE *out, const struct live_value *kernel, const struct live_value *model)
{
	char number[16];

	if (kernel->known && model->known && kernel->i.median > 0)
		fprintf(out, " %s", format_number(number, model->i.median / kernel->i.median));
}

static void put_value(FILE *out, const char *label, const struct live_value *kernel,
		      const struct live_value *model, enum metric_unit unit)
{
	char a[LIVE_FIGURE_TEXT], b[LIVE_FIGURE_TEXT];

	if (!kernel->known)
		return;
	put_columns(out, label, live_figure_text(a, kernel, unit),
		    live_figure_text(b, model, unit));
	put_quotient(out, kernel, model);
	fputc('\n', out);
}

static void put_ratio(FILE *out, const char *label, const struct comparison *kernel,
		      const struct comparison *model)
{
	const struct live_value k = {kernel->known, kernel->ratio},
				m = {model->known, model->ratio};
	char a[48], b[48];

	if (!kernel->known)
		return;
	put_columns(out, label, format_ratio(a, &kernel->ratio),
		    model->known ? format_ratio(b, &model->ratio) : "-");
	put_quotient(out, &k, &m);
	fputs(live_contradict(kernel, model) ? "  opposite sign\n" : "\n", out);
}

static const char *row_label(char text[64], enum live_kill kill, const char *what)
{
	snprintf(text, 64, "%s: %s", live_kill_name(kill), what);
	return text;
}

static void put_metric(FILE *out, const struct live_layout *l, enum live_kill kill, int metric)
{
	const struct live_metric_info *m = &live_metric_info[metric];
	char label[64];

	put_value(out, row_label(label, kill, m->label), &l->kernel.row[kill].value[metric],
		  &l->model.row[kill].value[metric], m->unit);
}

/* "lruvec: contended" and "lruvec wait" of both roles, unless neither side ever waited. */
static void put_locks(FILE *out, const struct live_layout *l, enum live_kill kill)
{
	static const struct {
		enum live_count count;
		const char *what;
		enum metric_unit unit;
	} counts[] = {{LIVE_CONTENDED, "contended", UNIT_TIMES}, {LIVE_WAIT, "wait", UNIT_NS}};

	for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
		for (size_t i = 0; i < 2; i++) {
			const unsigned int at = LIVE_LOCK_VALUE(counts[i].count, class, LIVE_BOTH);
			const struct live_value *kernel = &l->kernel.row[kill].value[at];
			const struct live_value *model = &l->model.row[kill].value[at];
			char what[32], label[64];

			if (class != LIVE_PTL && kernel->i.hi <= 0 && model->i.hi <= 0)
				continue;
			snprintf(what, sizeof(what), "%s %s", live_class_info[class].name,
				 counts[i].what);
			put_value(out, row_label(label, kill, what), kernel, model, counts[i].unit);
		}
	}
}

static void put_table(FILE *out, const struct live_layout *l, bool verbose)
{
	const struct live_side *k = &l->kernel, *m = &l->model;

	put_columns(out, "", "kernel", l->raced ? "model" : "");
	fputs(l->raced ? " model/kernel\n" : "\n", out);
	put_ratio(out, "wall time, mrelease/solo", &k->solo.wall, &m->solo.wall);
	put_ratio(out, "CPU time of both, mrelease/solo", &k->solo.running, &m->solo.running);
	put_ratio(out, "wall time, mrelease/forward", &k->forward.wall, &m->forward.wall);
	put_ratio(out, "CPU time of both, mrelease/forward", &k->forward.running,
		  &m->forward.running);
	for (int kill = 0; kill < NR_LIVE_KILLS; kill++) {
		if (!k->row[kill].reps)
			continue;
		for (int metric = 0; metric < NR_LIVE_METRICS; metric++)
			if (verbose || metric == LIVE_VALUE_WALL ||
			    (metric == LIVE_VALUE_PER_PAGE && kill == KILL_SOLO) ||
			    (kill != KILL_SOLO &&
			     (metric == LIVE_VALUE_REAPED || metric == LIVE_VALUE_INTERRUPTS ||
			      metric == LIVE_VALUE_PTL_SHARE)))
				put_metric(out, l, (enum live_kill)kill, metric);
		if (kill != KILL_SOLO || verbose)
			put_locks(out, l, (enum live_kill)kill);
	}
}

/* How exactly the layout was rebuilt. */
static void put_rebuilt(FILE *out, const struct live_layout *l)
{
	static const char *const kinds[] = {
		[LAYOUT_ANON] = "anonymous",
		[LAYOUT_FILE] = "file",
		[LAYOUT_SWAP] = "swapped",
		[LAYOUT_HUGE] = "huge",
	};
	const struct live_session *s = l->session;
	bool exact = !s->vmas_off;
	char memory[32];

	fputc('\n', out);
	put_plain(out, l->layout->name);
	fprintf(out, ": %zu VMA%s", l->layout->nr_vmas, l->layout->nr_vmas == 1 ? "" : "s");
	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++) {
		exact = exact && !s->pages_off[kind];
		if (l->layout->pages[kind])
			fprintf(out, ", %s %s", format_memory(memory, l->layout->pages[kind]),
				kinds[kind]);
	}
	if (exact) {
		fprintf(out, "; rebuilt exactly");
	} else {
		fprintf(out, "; rebuilt but for %" PRIu64 " VMAs", s->vmas_off);
		for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
			if (s->pages_off[kind])
				fprintf(out, ", %" PRIu64 " %s pages", s->pages_off[kind],
					kinds[kind]);
	}
	fprintf(out, "; the victim's program adds %" PRIu64 " VMAs and %" PRIu64 " pages\n",
		s->own_vmas, s->own_pages);
	if (l->swapped_in)
		fprintf(out,
			"  %" PRIu64 " swapped pages are resident, here and in the model: without "
			"--zram there is no swap.\n",
			l->swapped_in);
	if (l->hugetlb)
		fprintf(out, "  %" PRIu64 " hugetlb pages are transparent huge pages here.\n",
			l->hugetlb);
}

/* Kills that were repeated, came too late, or are few. */
static void put_trust(FILE *out, const struct live_layout *l)
{
	for (int kill = 0; kill < NR_LIVE_KILLS; kill++) {
		const struct live_row *row = &l->kernel.row[kill];

		if (!l->session->samples[kill])
			continue;
		if (row->missed)
			fprintf(out,
				"  %s: %u kill%s missed and repeated: the victim had left its "
				"address space already (ESRCH).\n",
				row->name, row->missed, row->missed == 1 ? "" : "s");
		if (row->disturbed)
			fprintf(out, "  %s: %u kill%s repeated: a task lost its CPU.\n", row->name,
				row->disturbed, row->disturbed == 1 ? "" : "s");
		if (row->kept)
			fprintf(out, "  %s: %u kill%s kept although a task lost its CPU.\n",
				row->name, row->kept, row->kept == 1 ? "" : "s");
		if (row->slowed || row->slow_kept)
			fprintf(out,
				"  %s: %u kill%s repeated because another thread of a core made a "
				"CPU slow; %u of %u are from such a time.\n",
				row->name, row->slowed, row->slowed == 1 ? "" : "s", row->slow_kept,
				row->reps);
		if (!row->reps)
			fprintf(out, "  %s: no kill is left to report.\n", row->name);
	}
}

/* "Kernel: mrelease takes 28 % less wall time than solo." */
static void put_claim(FILE *out, const char *who, const struct comparison *c)
{
	char number[16];

	if (c->judgement == JUDGED_BETTER || c->judgement == JUDGED_WORSE)
		fprintf(out, "  %s: mrelease takes %s %% %s wall time than solo.\n", who,
			format_number(number, 100 * fabs(c->ratio.median - 1)),
			c->judgement == JUDGED_BETTER ? "less" : "more");
	else
		fprintf(out, "  %s, wall time of mrelease and solo: %s.\n", who,
			judgement_word(c->judgement));
}

static void put_sentences(FILE *out, const struct live_layout *l, const char *order)
{
	char who[64];

	put_claim(out, "Kernel", &l->kernel.solo.wall);
	if (!l->raced)
		return;
	snprintf(who, sizeof(who), "Model, in order %s", order);
	put_claim(out, who, &l->model.solo.wall);
}

static void put_head(FILE *out, const struct live_result *r)
{
	const struct compare_options *o = r->options;

	fprintf(out, "\n%s, %ld cores, %s, %s\n", r->host->cpu, r->host->cores, r->host->kernel,
		r->host->date);
	fprintf(out,
		"%u kill%s of each kind, interleaved; victims die on CPU %d, process_mrelease() "
		"runs on CPU %d.\n",
		o->reps, o->reps == 1 ? "" : "s", o->cpu[ROLE_EXIT], o->cpu[ROLE_REAPER]);
	if (r->best == LIVE_PROBE)
		fputs("Left out: waits for spinlocks, which this kernel does not report.\n", out);
	if (r->without_probe) {
		char text[512];

		snprintf(text, sizeof(text),
			 "Left out: locks, spans, flush interrupts and the pages of each task. %s.",
			 r->without_probe);
		put_wrapped(out, TEXT_WIDTH, text);
		fputc('\n', out);
	}
}

static const char legend[] =
	"solo: the signal alone. mrelease: with process_mrelease() from the other CPU.\n"
	"Each figure is a median with its 95 % interval; ratios below 1 are less time.\n";
static const char forward_legend[] =
	"forward: mrelease of the same pages in one anonymous VMA, which both tasks walk upward. It\n"
	"  lacks the layout's VMAs and their freeing; pages of files are anonymous there. The model\n"
	"  walks the layout as it is.\n";

void live_text(FILE *out, const struct live_result *r, bool verbose)
{
	put_head(out, r);
	for (size_t i = 0; i < r->nr_layouts; i++) {
		const struct live_layout *l = &r->layouts[i];

		if (!l->killed)
			continue;
		put_rebuilt(out, l);
		put_sentences(out, l, r->order);
		put_table(out, l, verbose);
		put_trust(out, l);
	}
	fprintf(out, "\n%s%s", legend, r->forward ? forward_legend : "");
}
