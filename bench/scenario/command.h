/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands that play scenarios have in common. */
#ifndef UMAPLE_SCENARIO_COMMAND_H
#define UMAPLE_SCENARIO_COMMAND_H

#include <stdio.h>

#include "options.h"
#include "result.h"

struct scenario_command {
	struct scenario_words words;
	/* Add the rows. Return: 0; -ENOMEM; 2 after a line on stderr that begins with @program. */
	int (*fill)(struct scenario_rows *rows, const struct scenario_options *o,
		    const char *program);
	/* The table, without an empty line before or behind it. */
	void (*table)(FILE *out, const struct scenario_rows *rows,
		      const struct scenario_options *o);
	/* What the table's words mean; an empty line comes first. */
	void (*notes)(FILE *out);
	/* Sentences, one a line. */
	void (*claims)(FILE *out, const struct scenario_rows *rows,
		       const struct scenario_options *o);
	/* Of the page; printf() with the layout's name. */
	const char *title;
};

/**
 * scenario_command_main() - Run such a command.
 * @command: what it is like.
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: Main thread.
 * Return: An exit status: 0; 1 after a line on stderr; 2 for wrong usage; 128 and the signal's
 * number if it was interrupted, with what was finished reported.
 */
int scenario_command_main(const struct scenario_command *command, int argc, char **argv);

/* `reapbench thaw`, `mrelease`, `scenario` and `pressure`. Context and return as above. */
int thaw_main(int argc, char **argv);
int mrelease_main(int argc, char **argv);
int scenario_main(int argc, char **argv);
int pressure_main(int argc, char **argv);

/**
 * scenario_write_json() - Write a document to --json.
 * @path: the file; "-" is standard output.
 * @document: taken over; NULL is taken for a lack of memory.
 *
 * Context: May sleep.
 * Return: 0; -errno, and then the file is as it was.
 */
int scenario_write_json(const char *path, json_t *document);

/* A column of a table: a median, or "-" if it never happened. */
void put_time(FILE *out, const struct scenario_row *row,
	      int64_t (*time)(const struct scenario_outcome *outcome, int arg), int arg);

/* The columns 50, 90 and 100 %, and their heads. */
void put_free_heads(FILE *out);
void put_free_times(FILE *out, const struct scenario_row *row);

#endif
