// SPDX-License-Identifier: GPL-2.0-only
/* A result for the cover letter of a patch: plain text of at most 72 columns. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "common/narrate.h"
#include "common/verdict.h"
#include "text.h"

#define MAIL_WIDTH   72
#define ORDER_WIDTH  12 /* of "reverse-fine"; "-fine:1024" pushes the rest to the right */
#define RATIOS_WIDTH 31 /* of two ratios such as " .72 .67-.81" */

static void put_line(FILE *out, const char *text)
{
	put_wrapped(out, MAIL_WIDTH, text);
}

/* Versions, machine and options, for somebody who repeats the run. */
static void put_origin(FILE *out, const struct result *result)
{
	const struct result_host *host = &result->host;
	const struct result_options *o = &result->options;
	size_t i;

	fprintf(out, "umaple %s%s%s%s\n", host->version ? host->version : "of unknown version",
		host->commit ? " (" : "", host->commit ? host->commit : "",
		host->commit ? ")" : "");
	for (i = 0; i < host->nr_engines; i++)
		fprintf(out, "engine %s: %s\n", host->engines[i].name, host->engines[i].version);
	fprintf(out, "%s, %.0f CPUs, %s\n", host->cpu, host->cores, host->kernel);
	fprintf(out, "%s, %s\n", host->compiler, host->date);
	if (!o->known)
		return;
	narrate_repetitions(out, o);
	fprintf(out, ", interleaved; %s locks; TLB shootdown: %s", o->lock, o->tlb);
	if (o->pin[ROLE_EXIT] >= 0)
		fprintf(out, "; CPUs %.0f, %.0f", o->pin[ROLE_EXIT], o->pin[ROLE_REAPER]);
	if (o->scale != 1)
		fprintf(out, "; scale %.0f", o->scale);
	fprintf(out, "\n%s\n", o->command_line);
}

static const struct result_layout *layout_of(const struct result *result,
					     const struct result_row *row)
{
	size_t i;

	for (i = 0; i < result->nr_layouts; i++)
		if (!strcmp(result->layouts[i].name, row->layout) &&
		    result->layouts[i].occurrence == row->occurrence)
			return &result->layouts[i];
	return NULL;
}

static int put_layout(FILE *out, const struct result *result, const struct result_row *row)
{
	const struct result_layout *l = layout_of(result, row);
	const struct narrated n = {result, row->layout, row->engine, row->occurrence};
	char name[160], ratio[48], *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int err;

	if (!memory)
		return -ENOMEM;
	fputs(narrated_name(name, &n), memory);
	if (l)
		fprintf(memory, ": %.0f VMA%s, %.0f pages (%.0f swapped)", l->vmas,
			l->vmas == 1 ? "" : "s", l->anon + l->file + l->swap + l->huge, l->swap);
	if (row->r.known)
		fprintf(memory, ", r %s", format_ratio(ratio, &row->r.value));
	fputc('\n', memory);
	err = fclose(memory) ? -ENOMEM : 0;
	if (!err) {
		fputc('\n', out);
		put_line(out, text);
	}
	free(text);
	return err;
}

static void put_number(FILE *out, int width, const struct result_row *row, unsigned int value)
{
	char text[16];

	fprintf(out, " %*s", width,
		row->known[value] ? format_number(text, row->value[value].median / 1e6) : "-");
}

static int put_row(FILE *out, const struct result *result, const struct result_row *row)
{
	const struct result_row *forward =
		result_row_find(result, row->layout, row->occurrence, row->engine, "forward");
	struct comparison wall, cpu;
	char w[48], c[48], ratios[128] = "";
	bool fits = strlen(row->order) <= ORDER_WIDTH;

	if (forward && forward != row) {
		if (compare_values(row, forward, VALUE_WALL, true, &wall) ||
		    compare_values(row, forward, VALUE_RUNNING, true, &cpu))
			return -ENOMEM;
		snprintf(ratios, sizeof(ratios), "  %-14s %s",
			 wall.known ? format_ratio(w, &wall.ratio) : "-",
			 cpu.known ? format_ratio(c, &cpu.ratio) : "-");
		fits = fits && strlen(ratios) <= RATIOS_WIDTH;
	}
	fprintf(out, "  %-*.40s", ORDER_WIDTH, row->order);
	put_number(out, 7, row, VALUE_WALL);
	put_number(out, 7, row, VALUE_RUNNING);
	put_number(out, 8, row, VALUE_PTL_WAIT);
	/* What does not fit behind the others gets a line of its own, below its heads if it can. */
	if (!fits && *ratios)
		fprintf(out, "\n%*s",
			MAIL_WIDTH - 2 - (int)fmax(RATIOS_WIDTH, (double)strlen(ratios)), "");
	fputs(ratios, out);
	fputs(row_trusted(row) ? "\n" : " *\n", out);
	return 0;
}

static bool new_group(const struct result_row *row)
{
	return strcmp(row[-1].layout, row->layout) || strcmp(row[-1].engine, row->engine) ||
	       row[-1].occurrence != row->occurrence;
}

static int put_tables(FILE *out, const struct result *result)
{
	size_t i;
	int err;

	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *row = &result->rows[i];

		if (!i || new_group(row)) {
			err = put_layout(out, result, row);
			if (err)
				return err;
			fprintf(out, "  %-*s %7s %7s %8s  %-14s %s\n", ORDER_WIDTH, "medians, ms",
				"wall", "CPU", "ptl wait", "wall/forward", "CPU/forward");
		}
		err = put_row(out, result, row);
		if (err)
			return err;
	}
	return 0;
}

static int put_verdicts(FILE *out, const struct result *result)
{
	struct verdict *verdicts;
	char name[160], line[400];
	size_t nr, i;
	int err = verdicts_create(result, &verdicts, &nr);

	for (i = 0; !err && i < nr; i++) {
		const struct verdict *v = &verdicts[i];
		const struct narrated n = {result, v->row->layout, v->row->engine,
					   v->row->occurrence};

		fputs(i ? "" : "\n", out);
		snprintf(line, sizeof(line), "%s, %.100s against %s: %s\n", narrated_name(name, &n),
			 v->row->order, v->forward ? "forward" : "solo",
			 judgement_word(v->judgement));
		put_line(out, line);
	}
	free(verdicts);
	return err;
}

/* The caveats that fit this result, and no others. */
static void put_caveats(FILE *out, const struct result *result)
{
	const char *tlb = result->options.known ? result->options.tlb : NULL;
	bool any = false;
	size_t i;

	for (i = 0; i < result->nr_rows; i++)
		any |= !row_trusted(&result->rows[i]);
	narrate_trust(out, result);
	if (any)
		fputs("These rows are marked with *.\n", out);
	for (i = 0; i < result->nr_layouts; i++) {
		const struct result_layout *l = &result->layouts[i];

		narrate_notes(out, &(struct narrated){.result = result,
						      .layout = l->name,
						      .occurrence = l->occurrence});
	}
	if (tlb && (!strcmp(tlb, "membarrier") || !strcmp(tlb, "ipi")))
		fputs("The reaper's TLB shootdown is an interrupt for each VMA, also after the "
		      "exiting task left its mm; no architecture of today does that.\n",
		      out);
	else if (tlb && !strcmp(tlb, "off"))
		fputs("No TLB shootdown is modelled.\n", out);
	fputs("A model in userspace, not a kernel: the two numbers behind a ratio are its 95 % "
	      "interval over processes and repetitions.\n",
	      out);
}

int mail_result(FILE *out, const struct result *result)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int err;

	if (!memory)
		return -ENOMEM;
	put_origin(memory, result);
	if (fclose(memory)) {
		free(text);
		return -ENOMEM;
	}
	put_line(out, text);
	free(text);
	err = put_tables(out, result);
	if (!err)
		err = put_verdicts(out, result);
	if (err)
		return err;
	memory = open_memstream(&text, &size);
	if (!memory)
		return -ENOMEM;
	put_caveats(memory, result);
	err = fclose(memory) ? -ENOMEM : 0;
	if (!err) {
		fputc('\n', out);
		put_line(out, text);
	}
	free(text);
	return err;
}
