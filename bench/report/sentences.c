// SPDX-License-Identifier: GPL-2.0-only
/* The narrator's sentences as a list in the page. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/narrate.h"
#include "names.h"
#include "sentences.h"

/* The rows of a group in one of the files; false if that has none. */
static bool rows_of(const struct report *report, const struct group *group, unsigned int file,
		    struct narrated *n)
{
	size_t i;

	for (i = 0; i < group->nr_orders; i++) {
		const struct result_row *row = group->orders[i].in_file[file].row;

		if (!row)
			continue;
		*n = (struct narrated){report->result[file], row->layout, row->engine,
				       row->occurrence};
		return true;
	}
	return false;
}

static int narrate(FILE *out, const struct report *report, const struct group *group)
{
	struct narrated a, b;
	const bool has_a = rows_of(report, group, 0, &a);
	int err;

	if (report->nr_files > 1)
		return has_a && rows_of(report, group, 1, &b) ? narrate_files(out, &a, &b) : 0;
	if (!has_a)
		return 0;
	err = narrate_orders(out, &a);
	if (!err)
		err = narrate_waits(out, &a, true);
	if (!err)
		narrate_notes(out, &a);
	return err;
}

int sentences_html(FILE *out, struct report *report, const struct group *group)
{
	char *text = NULL, *line, *rest;
	size_t length;
	FILE *words = open_memstream(&text, &length);
	int err = words ? narrate(words, report, group) : -ENOMEM;

	if (words && fclose(words))
		err = -ENOMEM;
	rest = text;
	fputs("<ul>\n", out);
	while (!err && (line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		fputs("<li>", out);
		put_html(out, line);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
	free(text);
	return err ? report_out_of_memory(report) : 0;
}
