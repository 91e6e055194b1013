/* SPDX-License-Identifier: GPL-2.0-only */
/* Did anything get slower? For continuous integration: `--fail-above RATIO`. */
#ifndef UMAPLE_REGRESSION_H
#define UMAPLE_REGRESSION_H

#include <stdbool.h>
#include <stdio.h>

#include "result_file.h"

/**
 * regression_limit() - Read the argument of --fail-above.
 * @word: a decimal ratio of at least 1 and at most 100.
 * @limit: set on success.
 *
 * Context: Any.
 * Return: false if it is something else.
 */
bool regression_limit(const char *word, double *limit);

/**
 * regression_files() - Compare wall and CPU time of all rows that two results have in common.
 * @out: for one line per regression, one per row that is not to be trusted, and a count.
 * @a: the result before.
 * @b: the result after.
 * @limit: a ratio is a regression if its whole 95 % interval lies above.
 *
 * Where each result has one engine, the engines need not have the same name.
 *
 * Context: Any.
 * Return: 1 if there is a regression, or if no row could be judged; 0 if not; -ENOMEM.
 */
int regression_files(FILE *out, const struct result *a, const struct result *b, double limit);

/**
 * regression_engines() - The same for each engine of a result against its first.
 * @out: as above.
 * @result: a result of at least two engines.
 * @limit: as above.
 *
 * Context: Any.
 * Return: As regression_files().
 */
int regression_engines(FILE *out, const struct result *result, double limit);

#endif
