/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A result for a person on a terminal: the verdict, the words it uses, tables over all layouts,
 * and a few sentences.
 */
#ifndef UMAPLE_COMPARE_TEXT_H
#define UMAPLE_COMPARE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "common/result_file.h"

/* A verdict of more lines than this is summed up by order. */
#define TEXT_VERDICT_LINES 8

/**
 * text_result() - Write a result.
 * @out: where to; check it with ferror().
 * @result: the result, with at least one row.
 * @verbose: all figures with their intervals too.
 *
 * Context: Any.
 * Return: 0; -ENOMEM, and part of it may be written.
 */
int text_result(FILE *out, const struct result *result, bool verbose);

/**
 * mail_result() - Write a result for the cover letter of a patch, in at most 72 columns.
 * @out: where to; check it with ferror().
 * @result: the result, with at least one row.
 *
 * Context: Any.
 * Return: 0; -ENOMEM, and part of it may be written.
 */
int mail_result(FILE *out, const struct result *result);

#endif
