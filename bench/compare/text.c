// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layout/layout.h"

/* What one engine and order are called in a table: with one engine, the order is enough. */
#define LABEL_WIDTH 21

const char *report_number(char text[16], double value)
{
	double size = fabs(value);

	if (size == 0)
		snprintf(text, 16, "0");
	else if (size < 0.005)
		snprintf(text, 16, "<0.01");
	else if (size < 9.995)
		snprintf(text, 16, "%.2f", value);
	else if (size < 99.95)
		snprintf(text, 16, "%.1f", value);
	else if (size < 9999999.5)
		snprintf(text, 16, "%.0f", value);
	else
		snprintf(text, 16, "%.1e", value);
	return text;
}

/* A unit of time and how many nanoseconds it has. */
struct time_unit {
	const char *name;
	double ns;
};

static const struct time_unit *unit_for(double ns)
{
	static const struct time_unit units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	int i = 3;

	while (i && ns < units[i].ns)
		i--;
	return &units[i];
}

const char *report_time(char text[32], double ns)
{
	const struct time_unit *unit = unit_for(fabs(ns));
	char digits[16];

	snprintf(text, 32, "%s %s", report_number(digits, ns / unit->ns), unit->name);
	return text;
}

const char *report_memory(char text[32], uint64_t pages)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	double size = (double)pages * 4;
	char digits[16];
	int i = 0;

	for (; size >= 1024 && i < 4; i++)
		size /= 1024;
	snprintf(text, 32, "%s %s", report_number(digits, size), units[i]);
	return text;
}

const char *report_ratio(char text[48], const struct interval *ratio)
{
	/* No wider than a column of the table: a large ratio needs no third decimal. */
	const int decimals = ratio->hi < 9.9995 ? 3 : ratio->hi < 99.95 ? 2 : 0;

	snprintf(text, 48, "%.*f %.*f..%.*f", decimals, ratio->median, decimals, ratio->lo,
		 decimals, ratio->hi);
	return text;
}

void report_wrapped(FILE *out, const char *words)
{
	const size_t width = 100;
	size_t used = 0, len;
	bool fresh = true; /* no word on this line yet */

	for (; *words; words += len + (words[len] != '\0')) {
		len = strcspn(words, " \n");
		if (!fresh && used + 1 + len > width) {
			fputs("\n  ", out);
			used = 2;
			fresh = true;
		}
		used += (size_t)fprintf(out, "%s%.*s", fresh ? "" : " ", (int)len, words);
		fresh = words[len] == '\n';
		if (fresh) {
			fputc('\n', out);
			used = 0;
		}
	}
}

bool report_no_difference(const struct interval *ratio)
{
	return ratio->lo <= 1 && ratio->hi >= 1;
}

static void print_label(FILE *out, const struct figures *f, const struct row *row)
{
	char text[128];

	if (f->nr_bearings > 1)
		snprintf(text, sizeof(text), "%s/%s%s", row->cell->engine, row->cell->order,
			 row->kept ? "*" : "");
	else
		snprintf(text, sizeof(text), "%s%s", row->cell->order, row->kept ? "*" : "");
	fprintf(out, "%-*s", LABEL_WIDTH, text);
}

static void print_cell(FILE *out, int width, double value)
{
	char text[16];

	fprintf(out, "%*s", width, report_number(text, value));
}

/* A column that only exists where there is a reaper. */
static void print_reaper_cell(FILE *out, int width, const struct row *row, double value)
{
	if (row->has_reaper)
		print_cell(out, width, value);
	else
		fprintf(out, "%*s", width, "-");
}

static const struct time_unit *table_unit(const struct figures *f)
{
	double longest = 0;
	size_t i;

	for (i = 0; i < f->nr_rows; i++)
		if (f->rows[i].reps)
			longest = fmax(longest, f->rows[i].fig[FIG_WALL].median);
	/* A second is better read as 1,000 ms next to waits of a few. */
	return unit_for(longest / 10);
}

static void print_times(FILE *out, const struct figures *f, const struct time_unit *unit)
{
	size_t i;
	int mark;

	fprintf(out, "%-*s%8s%24s%9s%10s%28s\n", LABEL_WIDTH, "", "", "running time of", "CPU ns",
		"pages by", "memory free after");
	fprintf(out, "%-*s%8s%8s%8s%8s%9s%10s%7s%7s%7s%7s\n", LABEL_WIDTH, unit->name, "wall",
		"exit", "reaper", "both", "per page", "reaper, %", "50 %", "90 %", "99 %", "100 %");
	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];
		const struct interval *fig = row->fig;
		double reaped, pages;

		if (!row->reps)
			continue;
		reaped = fig[FIG_PAGES_OF + ROLE_REAPER].median;
		pages = fig[FIG_PAGES_OF + ROLE_EXIT].median + reaped;
		print_label(out, f, row);
		print_cell(out, 8, fig[FIG_WALL].median / unit->ns);
		print_cell(out, 8, fig[FIG_CPU_OF + ROLE_EXIT].median / unit->ns);
		print_reaper_cell(out, 8, row, fig[FIG_CPU_OF + ROLE_REAPER].median / unit->ns);
		print_cell(out, 8, fig[FIG_RUNNING].median / unit->ns);
		print_cell(out, 9, fig[FIG_PER_PAGE].median);
		print_reaper_cell(out, 10, row, pages > 0 ? 100 * reaped / pages : 0);
		for (mark = 0; mark < NR_FREE_MARKS; mark++)
			print_cell(out, 7, fig[FIG_FREE_OF + mark].median / unit->ns);
		fputc('\n', out);
	}
}

static void print_waits(FILE *out, const struct figures *f, const struct time_unit *unit)
{
	size_t i;

	fprintf(out, "\n%-*s%16s%16s%11s%9s%8s%8s%11s\n", LABEL_WIDTH, "waiting", "for the ptl",
		"% of unmap", "ptl times", "lruvec", "zone", "swap", "mmap_lock");
	fprintf(out, "%-*s%8s%8s%8s%8s%11s%9s%8s%8s%11s\n", LABEL_WIDTH, unit->name, "exit",
		"reaper", "exit", "reaper", "contended", "both", "both", "both", "both");
	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];
		const struct interval *fig = row->fig;

		if (!row->reps)
			continue;
		print_label(out, f, row);
		print_cell(out, 8, fig[FIG_WAIT(LOCK_PTL, ROLE_EXIT)].median / unit->ns);
		print_reaper_cell(out, 8, row,
				  fig[FIG_WAIT(LOCK_PTL, ROLE_REAPER)].median / unit->ns);
		print_cell(out, 8, 100 * fig[FIG_UNMAP_SHARE_OF + ROLE_EXIT].median);
		print_reaper_cell(out, 8, row, 100 * fig[FIG_UNMAP_SHARE_OF + ROLE_REAPER].median);
		print_cell(out, 11,
			   fig[FIG_CONTENDED(LOCK_PTL, ROLE_EXIT)].median +
				   fig[FIG_CONTENDED(LOCK_PTL, ROLE_REAPER)].median);
		print_cell(out, 9, fig[FIG_WAIT_BOTH_OF + LOCK_LRUVEC].median / unit->ns);
		print_cell(out, 8, fig[FIG_WAIT_BOTH_OF + LOCK_ZONE].median / unit->ns);
		print_cell(out, 8, fig[FIG_WAIT_BOTH_OF + LOCK_SWAP].median / unit->ns);
		print_cell(out, 11,
			   (fig[FIG_MMAP_WAIT_OF + ROLE_EXIT].median +
			    fig[FIG_MMAP_WAIT_OF + ROLE_REAPER].median) /
				   unit->ns);
		fputc('\n', out);
	}
}

static void print_versus(FILE *out, const struct versus *v)
{
	char text[48];

	fprintf(out, "%19s", v->known ? report_ratio(text, &v->running) : "-");
	fprintf(out, "%19s", v->known ? report_ratio(text, &v->wall) : "-");
}

static void print_ratios(FILE *out, const struct figures *f)
{
	bool any = false;
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];

		if (!row->forward.known && !row->solo.known)
			continue;
		if (!any)
			fprintf(out, "\n%-*s%38s%38s\n%-*s%19s%19s%19s%19s\n", LABEL_WIDTH,
				"ratio and its 95 %", "against forward", "against solo",
				LABEL_WIDTH, "interval", "running, both", "wall", "running, both",
				"wall");
		any = true;
		print_label(out, f, row);
		print_versus(out, &row->forward);
		print_versus(out, &row->solo);
		fputc('\n', out);
	}
}

static void print_disturbed(FILE *out, const struct figures *f)
{
	bool any = false;
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];

		if (!row->disturbed)
			continue;
		fprintf(out,
			any ? ", %u of %s/%s"
			    : "Disturbed, a task having lost its CPU, and repeated: %u races of "
			      "%s/%s",
			row->disturbed, row->cell->engine, row->cell->order);
		any = true;
	}
	fputs(any ? ".\n" : "", out);
	any = false;
	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];

		if (!row->kept)
			continue;
		fprintf(out,
			any ? ", %u of %u of %s/%s"
			    : "* Disturbed even when repeated: %u of %u repetitions of %s/%s",
			row->kept, row->reps, row->cell->engine, row->cell->order);
		any = true;
	}
	if (any)
		fprintf(out,
			". The least disturbed of %d races of each is in the figures, which are "
			"not to be trusted: free the CPUs and run it again.\n",
			CAMPAIGN_MAX_REPEATS + 1);
}

static void print_bearings(FILE *out, const struct figures *f)
{
	size_t i;

	for (i = 0; i < f->nr_bearings; i++) {
		const struct bearings *b = &f->bearings[i];
		char text[48];

		if (b->r_known)
			fprintf(out,
				"r = %.2f (%.2f..%.2f): time outside the ptl over time under "
				"it, %s, solo, %u races.\n",
				b->r.median, b->r.lo, b->r.hi, b->engine, b->hold_reps);
		else if (b->hold_reps)
			fprintf(out, "r: not defined, no time was spent under a ptl (%s).\n",
				b->engine);
		if (b->pairs)
			fprintf(out,
				"Instrument overhead: running time with lock timing over without, "
				"%s, solo, %u pairs: %s%s.\n",
				b->engine, b->pairs, report_ratio(text, &b->overhead),
				report_no_difference(&b->overhead) ? ", no difference seen" : "");
		if (b->trace_pairs)
			fprintf(out,
				"Trace overhead: running time traced over with lock timing alone, "
				"%s, solo, %u pairs: %s%s.\n",
				b->engine, b->trace_pairs, report_ratio(text, &b->trace_overhead),
				report_no_difference(&b->trace_overhead) ? ", no difference seen"
									 : "");
		if (b->build_rate.median > 0)
			fprintf(out,
				"Building a victim: %.1f million pages per second on one CPU.\n",
				b->build_rate.median * 1e-6);
		if (b->disturbed || b->kept)
			fprintf(out,
				"Of these races, %u were disturbed and repeated, %u kept "
				"although disturbed.\n",
				b->disturbed, b->kept);
	}
}

static void print_traced_waits(FILE *out, const struct figures *f)
{
	bool any = false;
	size_t i;

	for (i = 0; i < f->nr_rows; i++) {
		const struct row *row = &f->rows[i];
		const double untraced = row->fig[FIG_WAIT_BOTH_OF + LOCK_PTL].median;
		char text[16];

		if (!row->traced || untraced <= 0)
			continue;
		fprintf(out,
			any ? ", %s/%s %s"
			    : "Their median wait for the ptl over that in these "
			      "figures: %s/%s %s",
			row->cell->engine, row->cell->order,
			report_number(text, row->traced_ptl_wait / untraced));
		any = true;
	}
	fputs(any ? ".\n" : "", out);
}

static void print_traced(FILE *out, const struct figures *f)
{
	if (!f->traced)
		return;
	fprintf(out, "Traced: %u races more, not in these figures", f->traced);
	if (f->traced_disturbed || f->traced_kept)
		fprintf(out, "; %u were disturbed and repeated, %u kept although disturbed",
			f->traced_disturbed, f->traced_kept);
	fprintf(out, ".\n");
	print_traced_waits(out, f);
}

/* The share of a profile that one function had, in the two postings of the kernel series. */
static void print_published(FILE *out, const struct figures *f, const char *engine)
{
	const struct row *forward = figures_row(f, engine, "forward");
	const struct row *reverse = figures_row(f, engine, "reverse");
	const unsigned int fig = FIG_UNMAP_SHARE_OF + ROLE_REAPER;
	char text[48];

	if (!forward || !reverse)
		return;
	fprintf(out,
		"Published for the kernel on arm64 Android hardware, next to engine %s here:\n"
		"%-58s%20s%20s\n",
		engine, "", "published", "here");
	fprintf(out, "%-58s%20s%18.2f %%\n",
		"  reaper walks forward: ptl share of unmap_page_range", "41.59 %, 33.70 %",
		100 * forward->fig[fig].median);
	fprintf(out, "%-58s%20s%18.2f %%\n",
		"  reaper walks in reverse: ptl share of unmap_page_range", "0.51 %, 1.72 %",
		100 * reverse->fig[fig].median);
	fprintf(out, "%-58s%20s%20s\n", "  running time of both, reverse over forward", "0.794",
		reverse->forward.known ? report_ratio(text, &reverse->forward.running) : "-");
	fprintf(out, "  Another machine and another victim; theirs is the share of samples in\n"
		     "  __pte_offset_map_lock, ours the share of the time waiting for the ptl.\n");
}

void report_text_head(FILE *out, const struct host *host, const struct compare_options *o)
{
	fprintf(out, "%s, %ld cores, %s, %s, %s\n", host->cpu, host->cores, host->kernel,
		host->compiler, host->date);
	fprintf(out, "%u repetitions, medians; %s locks; TLB shootdown %s; ", o->reps,
		lock_kind_info[o->lock].name, o->tlb_membarrier ? "by membarrier" : "off");
	if (o->cpu[ROLE_EXIT] >= 0)
		fprintf(out, "exit on CPU %d, reaper on CPU %d.\n", o->cpu[ROLE_EXIT],
			o->cpu[ROLE_REAPER]);
	else
		fprintf(out, "tasks not pinned.\n");
	if (o->reps < COMPARE_REPS)
		fprintf(out,
			"Fewer than %d repetitions: a first look; these figures are not to be "
			"quoted.\n",
			COMPARE_REPS);
}

static void print_layout(FILE *out, const struct layout *l)
{
	char anon[32], file[32], swap[32], huge[32];

	fprintf(out,
		"\n== %s: %zu VMAs, %" PRIu64 " page tables; anonymous %s, file %s, swapped %s, "
		"huge %s\n",
		l->name, l->nr_vmas, l->nr_pte_tables, report_memory(anon, l->pages[LAYOUT_ANON]),
		report_memory(file, l->pages[LAYOUT_FILE]),
		report_memory(swap, l->pages[LAYOUT_SWAP]),
		report_memory(huge, l->pages[LAYOUT_HUGE]));
	if (l->rule && l->rule[0]) {
		report_wrapped(out, l->rule);
		fputc('\n', out);
	}
	fputc('\n', out);
}

/* What is told in sentences, one line each. */
static void print_sentences(FILE *out, const struct figures *f)
{
	print_disturbed(out, f);
	report_words(out, f);
	print_bearings(out, f);
	print_traced(out, f);
}

void report_text_layout(FILE *out, const struct figures *f)
{
	const struct time_unit *unit = table_unit(f);
	char *sentences = NULL;
	size_t size, i;
	FILE *memory;

	print_layout(out, f->campaign->layout);
	print_times(out, f, unit);
	print_waits(out, f, unit);
	print_ratios(out, f);
	fputc('\n', out);
	memory = open_memstream(&sentences, &size);
	if (memory) {
		print_sentences(memory, f);
		if (!fclose(memory))
			report_wrapped(out, sentences);
		free(sentences);
	} else {
		print_sentences(out, f);
	}
	if (!strcmp(f->campaign->layout->name, "android"))
		for (i = 0; i < f->nr_bearings; i++)
			print_published(out, f, f->bearings[i].engine);
}
