// SPDX-License-Identifier: GPL-2.0-only
#include "regression.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "verdict.h"

bool regression_limit(const char *word, double *limit)
{
	char *end;

	/* strtod() would take blanks, signs, "inf" and hexadecimal numbers too. */
	if (word[0] < '0' || word[0] > '9' || word[strspn(word, "0123456789.")])
		return false;
	*limit = strtod(word, &end);
	return !*end && *limit >= 1 && *limit <= 100;
}

/* The limit that rows are held to, and the counts so far. */
struct check {
	FILE *out;
	double limit;
	bool paired;
	unsigned int compared, judged, worse, untrusted; /* rows; figures; figures; rows */
};

static void put_row(FILE *out, const struct result_row *row)
{
	put_plain(out, row->layout);
	fprintf(out, "/%s/%s", row->engine, row->order);
}

static int check_value(struct check *check, const struct result_row *above,
		       const struct result_row *below, unsigned int value, const char *what)
{
	struct comparison c;
	char ratio[48];

	if (compare_values(above, below, value, check->paired, &c))
		return -ENOMEM;
	check->judged += c.judgement >= JUDGED_SAME;
	if (c.judgement != JUDGED_WORSE || c.ratio.lo <= check->limit)
		return 0;
	fputs("regression: ", check->out);
	put_row(check->out, above);
	fprintf(check->out, ": %s is %s times that of before, above %g\n", what,
		format_ratio(ratio, &c.ratio), check->limit);
	check->worse++;
	return 0;
}

static int check_rows(struct check *check, const struct result_row *above,
		      const struct result_row *below)
{
	bool (*const trusted)(const struct result_row *row) = check->paired ? row_trusted
									    : row_trusted_elsewhere;
	int err;

	check->compared++;
	if (!trusted(above) || !trusted(below)) {
		fputs("not to be trusted, and not judged: ", check->out);
		put_row(check->out, above);
		fputc('\n', check->out);
		check->untrusted++;
		return 0;
	}
	err = check_value(check, above, below, VALUE_WALL, "wall time");
	return err ? err : check_value(check, above, below, VALUE_RUNNING, "CPU time");
}

static int conclude(const struct check *check)
{
	fprintf(check->out, "%u row%s compared: %u regression%s, %u not to be trusted.\n",
		check->compared, check->compared == 1 ? "" : "s", check->worse,
		check->worse == 1 ? "" : "s", check->untrusted);
	if (!check->judged)
		fputs("No row could be judged.\n", check->out);
	return check->worse || !check->judged;
}

static const char *only_engine(const struct result *result)
{
	size_t i;

	for (i = 1; i < result->nr_rows; i++)
		if (strcmp(result->rows[i].engine, result->rows[0].engine))
			return NULL;
	return result->nr_rows ? result->rows[0].engine : NULL;
}

int regression_files(FILE *out, const struct result *a, const struct result *b, double limit)
{
	struct check check = {.out = out, .limit = limit};
	const char *engine = only_engine(b) ? only_engine(a) : NULL;
	size_t i;

	for (i = 0; i < b->nr_rows; i++) {
		const struct result_row *above = &b->rows[i];
		const struct result_row *below =
			result_row_find(a, above->layout, above->occurrence,
					engine ? engine : above->engine, above->order);

		if (below && check_rows(&check, above, below))
			return -ENOMEM;
	}
	return conclude(&check);
}

int regression_engines(FILE *out, const struct result *result, double limit)
{
	struct check check = {.out = out, .limit = limit, .paired = true};
	size_t i;

	for (i = 0; i < result->nr_rows; i++) {
		const struct result_row *above = &result->rows[i];
		const struct result_row *below =
			result_row_find(result, above->layout, above->occurrence,
					result->rows[0].engine, above->order);

		if (below && below != above && check_rows(&check, above, below))
			return -ENOMEM;
	}
	return conclude(&check);
}
