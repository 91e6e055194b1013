// SPDX-License-Identifier: GPL-2.0-only
#include "tree_report.h"

#include <errno.h>
#include <stdarg.h>

#include "maple_tree/maple_tree.h"

#define NAME_WIDTH 16
#define CELL_WIDTH 17

/* What common/verdict.h asks of a difference: an interval that leaves 1 out, and a test. */
static bool surely_slower(const struct tree_cell *c, size_t engine)
{
	return c->ratio[engine].hi < 1 && c->p[engine] < STATS_LEVEL;
}

static bool maybe_slower(const struct tree_cell *c, size_t engine)
{
	return c->ratio[engine].median < 1 && !surely_slower(c, engine);
}

/* Format a cell; each call overwrites the text of the last one. */
static const char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *text(const char *format, ...)
{
	static char out[64];
	va_list args;

	va_start(args, format);
	vsnprintf(out, sizeof(out), format, args);
	va_end(args);
	return out;
}

static const char *ratio_text(const struct tree_cell *c, size_t engine)
{
	const struct interval *ratio = &c->ratio[engine];
	int digits = ratio->median < 9.995 ? 2 : 1;

	return text("%.*f%s %.*f-%.*f", digits, ratio->median,
		    surely_slower(c, engine)  ? "!"
		    : maybe_slower(c, engine) ? "?"
					      : "",
		    digits, ratio->lo, digits, ratio->hi);
}

static const char *pair_text(double other, double ours)
{
	return text("%.*f / %.*f", other < 99.95 ? 1 : 0, other, ours < 99.95 ? 1 : 0, ours);
}

static const char *time_text(const struct tree_cell *c, size_t engine)
{
	return pair_text(c->median[engine], c->median[tree_engines() - 1]);
}

static const char *gaps_text(const struct tree_cell *c, size_t engine)
{
	return pair_text(c->cases[engine]->bytes_gaps, c->cases[tree_engines() - 1]->bytes_gaps);
}

static const char *packed_text(const struct tree_cell *c, size_t engine)
{
	return pair_text(c->cases[engine]->bytes_packed,
			 c->cases[tree_engines() - 1]->bytes_packed);
}

struct block {
	const char *title;
	const char *(*cell)(const struct tree_cell *c, size_t engine);
	bool builds_only;
};

/* A table of the cells of one flag set, for one engine beside ours. */
struct part {
	const struct tree_cell *cells;
	size_t nr, engine;
	bool vma, recorded;
};

static bool shows(const struct part *part, const struct block *block, const struct tree_case *c)
{
	return c->vma == part->vma && tree_op_recorded(c->op) == part->recorded &&
	       (!block->builds_only || c->op == BUILD_ASC || c->op == BUILD_RAND);
}

/* Operations down, sizes across; only those operations that were measured. */
static void print_block(FILE *out, const struct part *part, const struct block *block)
{
	size_t sizes = part->recorded ? 1 : NR_TREE_SIZES;
	bool begun = false;

	for (size_t i = 0; i < part->nr;) {
		const struct tree_cell *row = &part->cells[i];
		const struct tree_case *first = row->cases[0];
		size_t across = tree_op_recorded(first->op) ? 1 : NR_TREE_SIZES;
		bool any = false;

		i += across;
		for (size_t size = 0; size < across; size++)
			any |= row[size].wanted;
		if (!any || !shows(part, block, first))
			continue;
		if (!begun) {
			fputc('\n', out);
			fputs(part->vma ? "vma" : "plain", out);
			fprintf(out, block->title, tree_engine_name(part->engine));
			fprintf(out, "\n%-*s", NAME_WIDTH, "");
			for (size_t size = 0; size < sizes; size++)
				fprintf(out, "%*zu", CELL_WIDTH,
					tree_case_size(row[size].cases[0]));
			fputc('\n', out);
			begun = true;
		}
		fprintf(out, "%-*s", NAME_WIDTH, tree_op_names[first->op]);
		for (size_t size = 0; size < sizes; size++)
			fprintf(out, "%*s", CELL_WIDTH,
				row[size].wanted ? block->cell(&row[size], part->engine) : "-");
		fputc('\n', out);
	}
}

static int evaluate(struct tree_cell *cells, size_t nr, size_t rounds)
{
	size_t ours = tree_engines() - 1;
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++) {
		struct tree_cell *c = &cells[i];

		for (size_t e = 0; !err && c->wanted && e <= ours; e++) {
			err = stats_ratio(c->ns[e], c->ns[ours], rounds, &c->ratio[e]) ?:
			      stats_mann_whitney(c->ns[e], rounds, c->ns[ours], rounds, &c->p[e]) ?:
			      stats_median(c->ns[e], rounds, &c->median[e]);
		}
	}
	return err;
}

static void print_engine(FILE *out, const struct tree_cell *cells, size_t nr, size_t engine)
{
	static const struct block blocks[] = {
		{": time of %s over ours, and its 95 %% interval", ratio_text, false},
		{": ns for each operation, %s / ours", time_text, false},
		{": node bytes for each range, gaps between them, %s / ours", gaps_text, true},
		{": node bytes for each range, no gaps between them, %s / ours", packed_text, true},
	};

	for (int vma = 1; vma >= 0; vma--) {
		for (int recorded = 0; recorded < 2; recorded++) {
			const struct part part = {cells, nr, engine, vma, recorded};

			for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
				print_block(out, &part, &blocks[i]);
		}
	}
}

int tree_report_print(FILE *out, struct tree_cell *cells, size_t nr,
		      const struct tree_rounds *rounds)
{
	size_t others = tree_engines() - 1, wanted = 0;
	int err = evaluate(cells, nr, rounds->nr);

	if (err)
		return err;
	for (size_t i = 0; i < nr; i++)
		wanted += cells[i].wanted;
	fprintf(out,
		"vma: MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU; plain: no flags\n"
		"our instruction set: %s\n",
		mt_isa());
	for (size_t e = 0; e < others; e++)
		print_engine(out, cells, nr, e);
	fprintf(out,
		"\n!: ours is slower; ?: so is its median, but that may be chance\n"
		"%zu rounds; in %zu of %zu measurements the thread was off its CPU for over 10 %% "
		"of the time\n",
		rounds->nr, rounds->disturbed, tree_engines() * wanted * rounds->nr);
	for (size_t e = 0; e < others; e++) {
		size_t surely = 0, maybe = 0;

		for (size_t i = 0; i < nr; i++) {
			surely += cells[i].wanted && surely_slower(&cells[i], e);
			maybe += cells[i].wanted && maybe_slower(&cells[i], e);
		}
		fprintf(out, "slower than %s in %zu of %zu cells, perhaps in %zu more\n",
			tree_engine_name(e), surely, wanted, maybe);
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}
