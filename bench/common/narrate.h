/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences about figures, for the terminal, the mail and the page. Each sentence is one line of
 * plain text. Every claim about a difference follows the judgement of verdict.h.
 */
#ifndef UMAPLE_NARRATE_H
#define UMAPLE_NARRATE_H

#include <stdio.h>

#include "verdict.h"

/* The rows of one layout and engine. */
struct narrated {
	const struct result *result;
	const char *layout, *engine;
	unsigned int occurrence; /* of the layout's name */
};

/* "android", or "android on kernel" where the result has several engines. */
const char *narrated_name(char text[160], const struct narrated *n);

/**
 * narrate_repetitions() - "3 processes of 11 repetitions".
 * @out: where to.
 * @options: of a result that has them.
 *
 * Context: Any.
 */
void narrate_repetitions(FILE *out, const struct result_options *options);

/**
 * narrate_trust() - Say whether a result is whole, and name the rows that are not to be trusted.
 * @out: where to.
 * @result: the result.
 *
 * Context: Any.
 */
void narrate_trust(FILE *out, const struct result *result);

/**
 * narrate_orders() - Say how each order compares with forward and with no reaper.
 * @out: where to.
 * @n: which rows.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int narrate_orders(FILE *out, const struct narrated *n);

/**
 * narrate_waits() - Say whether an order saves waiting for the ptl, and where that time went.
 * @out: where to.
 * @n: which rows.
 * @all: of all orders; false: of the first that was judged against forward.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int narrate_waits(FILE *out, const struct narrated *n, bool all);

/**
 * narrate_files() - Say how the rows of two results compare.
 * @out: where to.
 * @a: the rows below the line.
 * @b: those above, of the same layout.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int narrate_files(FILE *out, const struct narrated *a, const struct narrated *b);

/**
 * narrate_notes() - Say how a layout differs from the process that it was taken from.
 * @out: where to.
 * @n: the layout; which engine makes no difference.
 *
 * Context: Any.
 */
void narrate_notes(FILE *out, const struct narrated *n);

/**
 * narrate_conditions() - Report r, the cost of lock timing and tracing, and how often races were
 * repeated.
 * @out: where to.
 * @result: the result.
 *
 * Context: Any.
 */
void narrate_conditions(FILE *out, const struct result *result);

#endif
