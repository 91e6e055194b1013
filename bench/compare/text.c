// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "common/narrate.h"
#include "common/verdict.h"

#define SENTENCE_WIDTH 100

static const char legend[] =
	"Less is better: each ratio is a mean over processes with its 95 % interval, over the same figure\n"
	"  walking forward or solo (no reaper). CPU: both tasks' running time. ptl: the lock of one page\n"
	"  table. better, worse: the interval leaves 1 out. not to be trusted: under 11 repetitions, or a\n"
	"  task lost its CPU in over a tenth of them. Columns: reapbench(1).\n";

/* How wide the names in front of each line are. */
struct widths {
	int layout, engine, order; /* the engine's is 0 if there is only one */
};

static struct widths measure_names(const struct result *result)
{
	struct widths w = {6, 0, 5};
	bool engines = false;
	int engine = 6;
	size_t i;

	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];

		w.layout = (int)fmax(w.layout, fmin(24, (double)strlen(row->layout)));
		w.order = (int)fmax(w.order, fmin(20, (double)strlen(row->order)));
		engine = (int)fmax(engine, fmin(20, (double)strlen(row->engine)));
		engines |= strcmp(row->engine, result->rows[0].engine) != 0;
	}
	w.engine = engines ? engine : 0;
	return w;
}

static void put_names(FILE *out, const struct widths *w, const char *layout, const char *engine,
		      const char *order)
{
	fprintf(out, "%-*.*s ", w->layout, w->layout, layout);
	if (w->engine)
		fprintf(out, "%-*.*s ", w->engine, w->engine, engine);
	fprintf(out, "%-*.*s", w->order, w->order, order);
}

/* The longest wall time decides the unit of all times of a text. */
static const struct time_unit *text_unit(const struct result *result)
{
	double longest = 0;
	size_t i;

	for (i = 0; i < result->nr_rows; i++)
		longest = fmax(longest, result->rows[i].value[VALUE_WALL].median);
	/* Next to waits of a few ms, 1,000 ms reads better than 1 s. */
	return time_unit_for(longest / 10);
}

/* The host and the options. */
static void text_head(FILE *out, const struct result *result)
{
	const struct result_host *host = &result->host;
	const struct result_options *o = &result->options;

	fprintf(out, "\n%s, %.0f cores, %s, %s, %s\n", host->cpu, host->cores, host->kernel,
		host->compiler, host->date);
	if (!o->known)
		return;
	narrate_repetitions(out, o);
	fprintf(out, "; %s locks; TLB shootdown: %s; page frames: %s; ", o->lock, o->tlb,
		o->frames);
	if (o->pin[ROLE_EXIT] >= 0)
		fprintf(out, "exit on CPU %.0f, reaper on CPU %.0f.\n", o->pin[ROLE_EXIT],
			o->pin[ROLE_REAPER]);
	else
		fputs("tasks not pinned.\n", out);
}

static void put_comparison(FILE *out, const struct comparison *c)
{
	char ratio[48];

	fprintf(out, " %-14s", c->known ? format_ratio(ratio, &c->ratio) : "-");
}

static void put_verdict(FILE *out, const struct widths *w, const struct verdict *v)
{
	char time[32];

	fprintf(out, "%-19s", judgement_word(v->judgement));
	put_names(out, w, v->row->layout, v->row->engine, v->row->order);
	put_comparison(out, &v->wall_forward);
	put_comparison(out, &v->cpu_forward);
	put_comparison(out, &v->wall_solo);
	put_comparison(out, &v->cpu_solo);
	fprintf(out, " %8s\n",
		v->row->known[VALUE_PTL_WAIT]
			? format_time(time, v->row->value[VALUE_PTL_WAIT].median)
			: "-");
}

/* Do two verdicts go into one line of a summary? */
static bool same_summary(const struct verdict *a, const struct verdict *b)
{
	return !strcmp(a->row->engine, b->row->engine) && !strcmp(a->row->order, b->row->order);
}

/* "reverse       better: android, grid; worse: java" for all layouts of an engine and order. */
static void put_summary(FILE *out, const struct widths *w, const struct verdict *verdicts,
			size_t nr, size_t first)
{
	int judgement;
	bool any = false;
	size_t i;

	if (w->engine)
		fprintf(out, "%-*.*s ", w->engine, w->engine, verdicts[first].row->engine);
	fprintf(out, "%-*.*s ", w->order, w->order, verdicts[first].row->order);
	for (judgement = 0; judgement <= JUDGED_SLOWER_CHEAPER; judgement++) {
		size_t count = 0;

		for (i = first; i < nr; i++)
			count += same_summary(&verdicts[i], &verdicts[first]) &&
				 (int)verdicts[i].judgement == judgement;
		if (!count)
			continue;
		fprintf(out, "%s%s: ", any ? "; " : " ", judgement_word((enum judgement)judgement));
		any = true;
		if (count > 3) {
			fprintf(out, "%zu layouts", count);
			continue;
		}
		for (i = first; i < nr; i++) {
			if (!same_summary(&verdicts[i], &verdicts[first]) ||
			    (int)verdicts[i].judgement != judgement)
				continue;
			fprintf(out, "%.24s%s", verdicts[i].row->layout, --count ? ", " : "");
		}
	}
	fputc('\n', out);
}

static void put_summaries(FILE *out, const struct widths *w, const struct verdict *verdicts,
			  size_t nr)
{
	size_t i, j, lines = 0;

	fputs("Verdict by order, over all layouts:\n", out);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < i && !same_summary(&verdicts[i], &verdicts[j]);)
			j++;
		if (j < i)
			continue;
		if (++lines == TEXT_VERDICT_LINES) {
			fputs("... and more orders: see the ratios below.\n", out);
			return;
		}
		put_summary(out, w, verdicts, nr, i);
	}
}

static void put_verdicts(FILE *out, const struct widths *w, const struct verdict *verdicts,
			 size_t nr)
{
	size_t i;

	fprintf(out, "%-19s", "verdict");
	put_names(out, w, "layout", "engine", "order");
	fprintf(out, " %-14s %-14s %-14s %-14s %8s\n", "wall/forward", "CPU/forward", "wall/solo",
		"CPU/solo", "ptl wait");
	for (i = 0; i < nr; i++)
		put_verdict(out, w, &verdicts[i]);
}

/* How a column shows its value. */
enum shown { AS_TIME, AS_NUMBER, AS_PERCENT, AS_SHARE_OF_PAGES };

struct column {
	const char *group, *name;
	int width;
	enum shown shown;
	unsigned int value;
	bool of_reaper; /* a dash where there is none */
};

static const struct column time_columns[] = {
	{"", "wall", 8, AS_TIME, VALUE_WALL, false},
	{"CPU time", "exit", 8, AS_TIME, VALUE_OF(CPU, ROLE_EXIT), false},
	{"", "reaper", 8, AS_TIME, VALUE_OF(CPU, ROLE_REAPER), true},
	{"", "both", 8, AS_TIME, VALUE_RUNNING, false},
	{"ns per", "page", 8, AS_NUMBER, VALUE_PER_PAGE, false},
	{"pages by", "reaper,%", 9, AS_SHARE_OF_PAGES, 0, true},
	{"memory", "50 %", 9, AS_TIME, VALUE_OF(FREE, FREE_50), false},
	{"free", "90 %", 7, AS_TIME, VALUE_OF(FREE, FREE_90), false},
	{"after", "99 %", 7, AS_TIME, VALUE_OF(FREE, FREE_99), false},
	{"", "100 %", 7, AS_TIME, VALUE_OF(FREE, FREE_100), false},
};

static const struct column wait_columns[] = {
	{"ptl", "exit", 8, AS_TIME, VALUE_CLASS_ROLE(WAIT, LOCK_PTL, ROLE_EXIT), false},
	{"", "reaper", 8, AS_TIME, VALUE_CLASS_ROLE(WAIT, LOCK_PTL, ROLE_REAPER), true},
	{"% of unmap", "exit", 11, AS_PERCENT, VALUE_OF(UNMAP_SHARE, ROLE_EXIT), false},
	{"", "reaper", 8, AS_PERCENT, VALUE_OF(UNMAP_SHARE, ROLE_REAPER), true},
	{"ptl", "contended", 10, AS_NUMBER, VALUE_PTL_CONTENDED, false},
};

static void put_cell(FILE *out, const struct result_row *row, const struct column *c,
		     const struct time_unit *unit)
{
	const double value = row->value[c->value].median;
	double reaped, pages;
	char text[16];

	if ((c->of_reaper && !(row->reapers > 0)) ||
	    (c->shown != AS_SHARE_OF_PAGES && !row->known[c->value])) {
		fprintf(out, "%*s", c->width, "-");
		return;
	}
	switch (c->shown) {
	case AS_TIME:
		format_number(text, value / unit->ns);
		break;
	case AS_NUMBER:
		format_number(text, value);
		break;
	case AS_PERCENT:
		format_number(text, 100 * value);
		break;
	case AS_SHARE_OF_PAGES:
		reaped = row->value[VALUE_OF(PAGES, ROLE_REAPER)].median;
		pages = row->value[VALUE_OF(PAGES, ROLE_EXIT)].median + reaped;
		format_number(text, pages > 0 ? 100 * reaped / pages : 0);
		break;
	}
	fprintf(out, "%*s", c->width, text);
}

/* One line for each row of the result; @title and the unit of times stand above the names. */
static void put_table(FILE *out, const struct result *result, const struct widths *w,
		      const char *title, const struct column *columns, size_t nr)
{
	const struct time_unit *unit = text_unit(result);
	const int names = w->layout + 1 + (w->engine ? w->engine + 1 : 0) + w->order;
	char head[64];
	size_t i, j, last;

	snprintf(head, sizeof(head), "%s, %s", title, unit->name);
	fprintf(out, "\n%-*.*s", names, names, head);
	for (j = last = 0; j < nr; j++)
		last = *columns[j].group ? j : last;
	for (j = 0; j <= last; j++)
		fprintf(out, "%*s", columns[j].width, columns[j].group);
	fputc('\n', out);
	put_names(out, w, "layout", "engine", "order");
	for (j = 0; j < nr; j++)
		fprintf(out, "%*s", columns[j].width, columns[j].name);
	fputc('\n', out);
	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];

		put_names(out, w, row->layout, row->engine, row->order);
		for (j = 0; j < nr; j++)
			put_cell(out, row, &columns[j], unit);
		fputs(row_trusted(row) ? "\n" : " *\n", out);
	}
}

/* The ptl by role, every other class of locks and mmap_lock for both together. */
static void put_waits(FILE *out, const struct result *result, const struct widths *w)
{
	enum { PTL_COLUMNS = sizeof(wait_columns) / sizeof(wait_columns[0]) };
	struct column columns[PTL_COLUMNS + NR_LOCK_CLASSES + 1];
	size_t nr = PTL_COLUMNS;
	int class;

	memcpy(columns, wait_columns, sizeof(wait_columns));
	for (class = 0; class < NR_LOCK_CLASSES; class ++)
		if (class != LOCK_PTL)
			columns[nr++] = (struct column){"",
							lock_class_name((enum lock_class) class),
							8,
							AS_TIME,
							VALUE_OF(WAIT_BOTH, class),
							false};
	columns[nr++] = (struct column){"", "mmap_lock", 10, AS_TIME, VALUE_MMAP_WAIT_BOTH, false};
	put_table(out, result, w, "waiting", columns, nr);
}

static void put_layouts(FILE *out, const struct result *result)
{
	size_t i;

	fputc('\n', out);
	for (i = 0; i < result->nr_layouts; i++) {
		const struct result_layout *l = &result->layouts[i];
		char anon[32], file[32], swap[32], huge[32];
		char *line = NULL;

		if (asprintf(&line,
			     "%s: %.0f VMA%s, %.0f page table%s; anonymous %s, file %s, swapped %s, "
			     "huge %s%s%s\n",
			     l->name, l->vmas, l->vmas == 1 ? "" : "s", l->tables,
			     l->tables == 1 ? "" : "s", format_memory(anon, (uint64_t)l->anon),
			     format_memory(file, (uint64_t)l->file),
			     format_memory(swap, (uint64_t)l->swap),
			     format_memory(huge, (uint64_t)l->huge), *l->rule ? "; " : "",
			     l->rule) < 0)
			return;
		put_wrapped(out, SENTENCE_WIDTH, line);
		free(line);
	}
}

static void put_interval(FILE *out, const struct interval *i, double unit)
{
	char median[16], lo[16], hi[16], text[64];

	snprintf(text, sizeof(text), "%s %s-%s", format_number(median, i->median / unit),
		 format_number(lo, i->lo / unit), format_number(hi, i->hi / unit));
	fprintf(out, " %-20s", text);
}

/* Rows that stand side by side in a table of all figures. */
#define SIDE_BY_SIDE 4

/* Every value of every metric, with its interval: @rows of one layout and engine. */
static void put_all_values(FILE *out, const struct result_row *const *rows, size_t nr,
			   const struct time_unit *unit)
{
	int metric;
	unsigned int i;
	char label[64];
	size_t j;

	fprintf(out, "\n%.24s on %.20s, times in %s\n%-26s", rows[0]->layout, rows[0]->engine,
		unit->name, "");
	for (j = 0; j < nr; j++)
		fprintf(out, " %-20.20s", rows[j]->order);
	fputc('\n', out);
	for (metric = 0; metric < NR_METRICS; metric++) {
		const struct metric_info *m = &metric_info[metric];
		const double scale = m->unit == UNIT_NS	     ? unit->ns
				     : m->unit == UNIT_SHARE ? 0.01
							     : 1;

		for (i = 0; (m->where & IN_ROWS) && i < m->nr; i++) {
			fprintf(out, "%-26.26s",
				metric_value_label(label, sizeof(label), (enum metric)metric, i));
			for (j = 0; j < nr; j++) {
				if (rows[j]->known[m->first + i])
					put_interval(out, &rows[j]->value[m->first + i], scale);
				else
					fprintf(out, " %-20s", "-");
			}
			fputc('\n', out);
		}
	}
}

static void put_everything(FILE *out, const struct result *result)
{
	const struct time_unit *unit = text_unit(result);
	const struct result_row *rows[SIDE_BY_SIDE];
	size_t i, nr = 0;

	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];

		if (nr && (nr == SIDE_BY_SIDE || rows[0]->occurrence != row->occurrence ||
			   strcmp(rows[0]->layout, row->layout) ||
			   strcmp(rows[0]->engine, row->engine))) {
			put_all_values(out, rows, nr, unit);
			nr = 0;
		}
		rows[nr++] = row;
	}
	if (nr)
		put_all_values(out, rows, nr, unit);
}

/* The share of one function in a profile, from the two postings of the kernel series. */
static void put_published(FILE *out, const struct result *result)
{
	const unsigned int value = VALUE_OF(UNMAP_SHARE, ROLE_REAPER);
	size_t i;

	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *reverse = &result->rows[i], *forward;
		struct comparison cpu;
		char ratio[48];

		if (strcmp(reverse->layout, "android") || strcmp(reverse->order, "reverse") ||
		    !row_trusted(reverse))
			continue;
		forward = result_row_find(result, "android", reverse->occurrence, reverse->engine,
					  "forward");
		if (!forward || !row_trusted(forward) ||
		    compare_values(reverse, forward, VALUE_RUNNING, true, &cpu) || !cpu.known)
			continue;
		fprintf(out,
			"\nPublished for the kernel on arm64 Android hardware, next to engine %s "
			"here:\n%-58s%20s%20s\n",
			reverse->engine, "", "published", "here");
		fprintf(out, "%-58s%20s%18.2f %%\n",
			"  reaper walks forward: ptl share of unmap_page_range", "41.59 %, 33.70 %",
			100 * forward->value[value].median);
		fprintf(out, "%-58s%20s%18.2f %%\n",
			"  reaper walks in reverse: ptl share of unmap_page_range",
			"0.51 %, 1.72 %", 100 * reverse->value[value].median);
		fprintf(out, "%-58s%20s%20s\n", "  CPU time of both, reverse over forward", "0.794",
			format_ratio(ratio, &cpu.ratio));
		fputs("  Another machine and another victim. Theirs is the share of samples in\n"
		      "  __pte_offset_map_lock, ours the share of the time waiting for the ptl.\n",
		      out);
	}
}

/* The sentences: about each layout, then about the whole run. */
static int put_sentences(FILE *out, const struct result *result, bool verbose)
{
	size_t i;
	int err;

	narrate_trust(out, result);
	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];
		const struct narrated n = {result, row->layout, row->engine, row->occurrence};

		if (i && !strcmp(row[-1].layout, row->layout) &&
		    !strcmp(row[-1].engine, row->engine) && row[-1].occurrence == row->occurrence)
			continue;
		err = narrate_waits(out, &n, verbose);
		if (err)
			return err;
		if (!strcmp(row->engine, result->rows[0].engine))
			narrate_notes(out, &n);
	}
	narrate_conditions(out, result);
	return 0;
}

static int put_wrapped_sentences(FILE *out, const struct result *result, bool verbose)
{
	char *sentences = NULL;
	size_t size;
	FILE *memory = open_memstream(&sentences, &size);
	int err;

	if (!memory)
		return -ENOMEM;
	err = put_sentences(memory, result, verbose);
	if (fclose(memory))
		err = -ENOMEM;
	if (!err) {
		fputc('\n', out);
		put_wrapped(out, SENTENCE_WIDTH, sentences);
	}
	free(sentences);
	return err;
}

static void put_ratios(FILE *out, const struct widths *w, const struct verdict *verdicts, size_t nr)
{
	fputc('\n', out);
	put_verdicts(out, w, verdicts, nr);
}

/* Each further engine next to the first one, with the same order on the same layout. */
static int put_engines(FILE *out, const struct result *result, const struct widths *w)
{
	struct engine_verdict *verdicts;
	char head[64];
	size_t i, nr;
	int err = engine_verdicts_create(result, &verdicts, &nr);

	if (err || !nr) {
		free(verdicts);
		return err;
	}
	snprintf(head, sizeof(head), "over %.40s", verdicts[0].first->engine);
	fprintf(out, "\n%-19s", head);
	put_names(out, w, "layout", "engine", "order");
	fprintf(out, " %-14s %s\n", "wall", "CPU");
	for (i = 0; i < nr; i++) {
		const struct engine_verdict *v = &verdicts[i];

		fprintf(out, "%-19s", judgement_word(v->judgement));
		put_names(out, w, v->row->layout, v->row->engine, v->row->order);
		put_comparison(out, &v->wall);
		put_comparison(out, &v->cpu);
		fputc('\n', out);
	}
	free(verdicts);
	return 0;
}

static int put_result(FILE *out, const struct result *result, bool verbose)
{
	const struct widths w = measure_names(result);
	struct verdict *verdicts;
	bool summed_up;
	size_t nr;
	int err = verdicts_create(result, &verdicts, &nr);

	if (err)
		return err;
	summed_up = nr > TEXT_VERDICT_LINES;
	if (!nr)
		fputs("No verdict: it needs forward or solo, and another order with a reaper.\n",
		      out);
	else if (summed_up)
		put_summaries(out, &w, verdicts, nr);
	else
		put_verdicts(out, &w, verdicts, nr);
	fputc('\n', out);
	fputs(legend, out);
	text_head(out, result);
	put_table(out, result, &w, "times", time_columns,
		  sizeof(time_columns) / sizeof(time_columns[0]));
	put_waits(out, result, &w);
	if (summed_up)
		put_ratios(out, &w, verdicts, nr);
	free(verdicts);
	err = put_engines(out, result, &w);
	if (err)
		return err;
	if (verbose) {
		put_layouts(out, result);
		put_everything(out, result);
		put_published(out, result);
	}
	return put_wrapped_sentences(out, result, verbose);
}

/* Copy text without the blanks at the ends of its lines. */
static void put_trimmed(FILE *out, const char *text)
{
	while (*text) {
		const size_t line = strcspn(text, "\n");
		size_t used = line;

		while (used && text[used - 1] == ' ')
			used--;
		fprintf(out, "%.*s%s", (int)used, text, text[line] ? "\n" : "");
		text += line + (text[line] != '\0');
	}
}

int text_result(FILE *out, const struct result *result, bool verbose)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int err;

	if (!memory)
		return -ENOMEM;
	err = put_result(memory, result, verbose);
	if (fclose(memory))
		err = -ENOMEM;
	if (!err)
		put_trimmed(out, text);
	free(text);
	return err;
}
