/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All of a report but gnuplot: the files of a report are written into memory and checked there. A
 * program that links this has report_open_file() wrapped.
 */
#ifndef UMAPLE_FUZZ_DRAWN_H
#define UMAPLE_FUZZ_DRAWN_H

#include "report/groups.h"

/* Print what is wrong with an input, and abort(). */
void wrong(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Is it a whole number from 0 to @most? */
bool whole(double number, double most);

/**
 * draw() - Sort results and traces into groups and make charts, tables and the page of them.
 * @report: with results, traces and their number; the rest is filled in, and freed again.
 *
 * Aborts on a number in a CSV file that is not finite or out of range, on a script in which a
 * string does not end on its line or a control character stands, on axes without ends, and on a
 * control character in the page.
 *
 * Context: Any.
 * Return: What stands in the scripts outside of strings and comments; give it to free().
 */
char *draw(struct report *report);

#endif
