// SPDX-License-Identifier: GPL-2.0-only
#include "drawn.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/output.h"

#define MOST_FILES 4096
#define MOST_SHOWN 1e17 /* sums of some numbers that each are in range */

/* The files of the report at hand. */
static struct file {
	char *text, *name;
	size_t size;
	bool script, page;
} files[MOST_FILES];
static size_t nr_files;

void wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

bool whole(double number, double most)
{
	return number >= 0 && number <= most && number == floor(number);
}

FILE *__wrap_report_open_file(struct report *report, const char *stem, const char *suffix,
			      const char *mode);

FILE *__wrap_report_open_file(struct report *report, const char *stem, const char *suffix,
			      const char *mode)
{
	struct file *file = &files[nr_files++];
	FILE *out;

	if (nr_files == MOST_FILES)
		wrong("more than %d files", MOST_FILES);
	*file = (struct file){.script = !strcmp(suffix, ".gp"), .page = !strcmp(suffix, ".html")};
	if (asprintf(&file->name, "%s%s", stem, suffix) < 0)
		wrong("out of memory");
	if (strspn(file->name,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
		    strlen(file->name) ||
	    strchr(".-", *file->name) || strlen(file->name) > 250)
		wrong("a file is called '%s'", file->name);
	/* There is no gnuplot, and a picture has nothing in it. */
	out = *mode == 'r' ? fopen("/dev/null", mode) : open_memstream(&file->text, &file->size);
	if (!out)
		wrong("no file %s", file->name);
	return out;
}

/* A name of the file may look like a number. */
static bool is_name(const struct report *report, const char *field)
{
	size_t i, j;

	for (i = 0; i < report->nr_groups; i++) {
		const struct group *group = &report->groups[i];

		if (!strcmp(field, group->label) || !strcmp(field, group->engine))
			return true;
		for (j = 0; j < group->nr_orders; j++)
			if (!strcmp(field, group->orders[j].name))
				return true;
	}
	return false;
}

static void check_field(const struct report *report, const struct file *file, const char *field)
{
	char *end;
	double number = strtod(field, &end);

	if (end == field || *end || is_name(report, field))
		return;
	if (!isfinite(number) || fabs(number) > MOST_SHOWN)
		wrong("%s: the number %s", file->name, field);
}

/* The field at @c into @field, without its quotes; where it ends. */
static const char *take_field(const char *c, char *field, size_t room, bool *quoted)
{
	size_t used = 0;

	*quoted = *c == '"';
	c += *quoted;
	while (*c) {
		if (*quoted && c[0] == '"' && c[1] == '"')
			c++;
		else if (*quoted ? *c == '"' : strchr(",\n", *c) != NULL)
			break;
		if (used + 1 < room)
			field[used++] = *c;
		c++;
	}
	field[used] = '\0';
	return c + (*quoted && *c);
}

static void check_csv(const struct report *report, const struct file *file)
{
	static char field[8192];
	const char *c = file->text;
	bool quoted;

	while (*c) {
		c = take_field(c, field, sizeof(field), &quoted);
		if (!quoted)
			check_field(report, file, field);
		else if (strpbrk(field, "\n\r") && strcmp(file->name, "figures.csv"))
			wrong("%s: a row over two lines, which gnuplot cannot read", file->name);
		if (*c && !strchr(",\n", *c))
			wrong("%s: a field does not end: %.40s", file->name, c);
		c += *c != '\0';
	}
}

/* Where a string that begins at @c ends. */
static const char *skip_string(const struct file *file, const char *c)
{
	const char quote = *c;

	for (c++; *c != quote; c++) {
		if (*c == '\\' && quote == '"')
			c++;
		if (!*c || *c == '\n')
			wrong("%s: a string does not end on its line", file->name);
		if (quote == '"' && strchr("`@$", *c))
			wrong("%s: '%c' in a string", file->name, *c);
	}
	return c;
}

/* Append the commands of a script, without strings and comments, to @bones. */
static void strip(const struct file *file, FILE *bones)
{
	const char *c;

	for (c = file->text; *c; c++) {
		if (*c == '\'' || *c == '"') {
			c = skip_string(file, c);
			continue;
		}
		if (*c == '#')
			c += strcspn(c, "\n");
		if (*c == '`' || *c == 0x7f || (*c < ' ' && !strchr("\n\t", *c)))
			wrong("%s: the character %#x outside of strings", file->name,
			      (unsigned char)*c);
		fputc(*c, bones);
	}
}

/*
 * "set xrange [lo:hi]" at the start of a line, all of them: two different ends; behind
 * @logarithmic they are greater than 0.
 */
static void check_ranges(const struct file *file, const char *range, const char *logarithmic)
{
	const char *c = file->text;
	double lo, hi;
	char *end;

	while ((c = strstr(c, range))) {
		c += strlen(range);
		lo = strtod(c, &end);
		hi = *end == ':' ? strtod(end + 1, &end) : NAN;
		if (*end != ']' || !isfinite(lo) || !isfinite(hi) || !(fabs(lo - hi) > 0) ||
		    fabs(lo) > MOST_SHOWN || fabs(hi) > MOST_SHOWN)
			wrong("%s: %s%.40s", file->name, range, c);
		if (logarithmic && c > logarithmic && (!(lo > 0) || !(hi > lo) || hi / lo > 1e40))
			wrong("%s: a logarithmic axis: %s%.40s", file->name, range, c);
	}
}

static void check_script(const struct file *file)
{
	const char *scale = strstr(file->text, "\nset logscale ");

	const char *axes = scale ? scale + strlen("\nset logscale ") : "";

	check_ranges(file, "\nset xrange [",
		     strcspn(axes, "x") < strcspn(axes, "\n") ? scale : NULL);
	check_ranges(file, "\nset yrange [",
		     strcspn(axes, "y") < strcspn(axes, "\n") ? scale : NULL);
}

/* No text of the file gets into the page as a control character. */
static void check_page(const struct file *file)
{
	const char *c;

	for (c = file->text; *c; c++)
		if ((*c < ' ' && *c >= 0 && !strchr("\n\t", *c)) || *c == 0x7f)
			wrong("%s: the character %#x", file->name, (unsigned char)*c);
}

static void check_and_free(const struct report *report, FILE *bones)
{
	size_t i;

	for (i = 0; i < nr_files; i++) {
		if (files[i].script) {
			check_script(&files[i]);
			strip(&files[i], bones);
		} else if (files[i].page) {
			check_page(&files[i]);
		} else if (files[i].text) {
			check_csv(report, &files[i]);
		}
		free(files[i].text);
		free(files[i].name);
	}
	nr_files = 0;
}

char *draw(struct report *report)
{
	struct error_text error = {""};
	char *text = NULL;
	size_t size;
	FILE *bones = open_memstream(&text, &size);

	report->error = &error;
	if (!bones || report_groups(report) || charts_make(report) || table_csv(report) ||
	    page_write(report))
		wrong("no report: %s", error.text);
	check_and_free(report, bones);
	fclose(bones);
	charts_free(report);
	report_groups_free(report);
	return text;
}
