// SPDX-License-Identifier: GPL-2.0-only
#include "tree_report.h"

#include <errno.h>
#include <stdarg.h>

#define NAME_WIDTH 14
#define CELL_WIDTH 17

static bool surely_slower(const struct tree_pair *c)
{
	return c->ratio.hi < 1;
}

static bool maybe_slower(const struct tree_pair *c)
{
	return c->ratio.median < 1 && !surely_slower(c);
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

static const char *ratio_text(const struct tree_pair *c)
{
	int digits = c->ratio.median < 9.995 ? 2 : 1;

	return text("%.*f%s %.*f-%.*f", digits, c->ratio.median,
		    surely_slower(c)  ? "!"
		    : maybe_slower(c) ? "?"
				      : "",
		    digits, c->ratio.lo, digits, c->ratio.hi);
}

static const char *pair_text(double kernel, double ours)
{
	return text("%.*f / %.*f", kernel < 99.95 ? 1 : 0, kernel, ours < 99.95 ? 1 : 0, ours);
}

static const char *time_text(const struct tree_pair *c)
{
	return pair_text(c->median[KERNEL], c->median[OURS]);
}

static const char *gaps_text(const struct tree_pair *c)
{
	return pair_text(c->cases[KERNEL]->bytes_gaps, c->cases[OURS]->bytes_gaps);
}

static const char *packed_text(const struct tree_pair *c)
{
	return pair_text(c->cases[KERNEL]->bytes_packed, c->cases[OURS]->bytes_packed);
}

struct block {
	const char *title;
	const char *(*cell)(const struct tree_pair *c);
	bool builds_only;
};

/* Operations down, sizes across; only those operations that were measured. */
static void print_block(FILE *out, const struct tree_pair *pairs, size_t nr, bool vma,
			const struct block *block)
{
	fprintf(out, "\n%s%s\n%-*s", vma ? "vma" : "plain", block->title, NAME_WIDTH, "");
	for (int size = 0; size < NR_TREE_SIZES; size++)
		fprintf(out, "%*zu", CELL_WIDTH, tree_sizes[size]);
	for (size_t i = 0; i < nr; i += NR_TREE_SIZES) {
		const struct tree_pair *row = &pairs[i];
		enum tree_op op = row->cases[OURS]->op;
		bool any = false;

		for (int size = 0; size < NR_TREE_SIZES; size++)
			any |= row[size].wanted;
		if (!any || row->cases[OURS]->vma != vma ||
		    (block->builds_only && op != BUILD_ASC && op != BUILD_RAND))
			continue;
		fprintf(out, "\n%-*s", NAME_WIDTH, tree_op_names[op]);
		for (int size = 0; size < NR_TREE_SIZES; size++)
			fprintf(out, "%*s", CELL_WIDTH,
				row[size].wanted ? block->cell(&row[size]) : "-");
	}
	fputc('\n', out);
}

static int evaluate(struct tree_pair *pairs, size_t nr, size_t rounds)
{
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++) {
		struct tree_pair *c = &pairs[i];

		if (!c->wanted)
			continue;
		err = stats_ratio(c->ns[KERNEL], c->ns[OURS], rounds, &c->ratio);
		for (int e = 0; !err && e < 2; e++)
			err = stats_median(c->ns[e], rounds, &c->median[e]);
	}
	return err;
}

int tree_report_print(FILE *out, struct tree_pair *pairs, size_t nr,
		      const struct tree_rounds *rounds)
{
	static const struct block blocks[] = {
		{": the kernel's time over ours, and its 95 % interval", ratio_text, false},
		{": ns for each operation, kernel / ours", time_text, false},
		{": node bytes for each range, gaps between them, kernel / ours", gaps_text, true},
		{": node bytes for each range, no gaps between them, kernel / ours", packed_text,
		 true},
	};
	size_t surely = 0, maybe = 0, wanted = 0;
	int err = evaluate(pairs, nr, rounds->nr);

	if (err)
		return err;
	fprintf(out, "vma: MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU; plain: no flags\n");
	for (int vma = 1; vma >= 0; vma--)
		for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
			print_block(out, pairs, nr, vma, &blocks[i]);
	for (size_t i = 0; i < nr; i++) {
		wanted += pairs[i].wanted;
		surely += pairs[i].wanted && surely_slower(&pairs[i]);
		maybe += pairs[i].wanted && maybe_slower(&pairs[i]);
	}
	fprintf(out,
		"\n!: ours is slower; ?: so is its median, but the interval holds 1\n"
		"%zu rounds; in %zu of %zu measurements the thread was off its CPU for over 10 %% "
		"of the time\n"
		"slower than the kernel's in %zu of %zu cells, perhaps in %zu more\n",
		rounds->nr, rounds->disturbed, 2 * wanted * rounds->nr, surely, wanted, maybe);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
