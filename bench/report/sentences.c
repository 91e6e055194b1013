// SPDX-License-Identifier: GPL-2.0-only
/* The narrator's sentences as a list in the page. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/narrate.h"
#include "names.h"
#include "sentences.h"

static struct narrated narrated_of(const struct report *report, unsigned int file,
				   const struct result_row *row)
{
	return (struct narrated){report->result[file], row->layout, row->engine, row->occurrence};
}

static int narrate(FILE *out, const struct report *report, const struct group *group)
{
	const struct result_row *row[2] = {group_row(group, 0), group_row(group, 1)};
	struct narrated a, b;
	int err;

	if (!row[0] || (report->nr_files > 1 && !row[1]))
		return 0;
	a = narrated_of(report, 0, row[0]);
	if (report->nr_files > 1) {
		b = narrated_of(report, 1, row[1]);
		return narrate_files(out, &a, &b);
	}
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
