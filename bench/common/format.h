/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as a person reads them. Each call fills its buffer and returns it. */
#ifndef UMAPLE_FORMAT_H
#define UMAPLE_FORMAT_H

#include <stdint.h>
#include <stdio.h>

#include "stats.h"

/* A unit of time and its length in nanoseconds. */
struct time_unit {
	const char *name;
	double ns;
};

/* The largest unit that is not longer than @ns; nanoseconds if none is. */
const struct time_unit *time_unit_for(double ns);

/* A number in at most seven characters, with about three digits; "0" stands for 0 alone. */
const char *format_number(char text[16], double value);

/* The same for a time with its unit, and for a number of pages as memory. */
const char *format_time(char text[32], double ns);
const char *format_memory(char text[32], uint64_t pages);

/**
 * format_ratio() - A ratio with its interval, as in ".72 .67-.81".
 * @text: receives it.
 * @ratio: the ratio.
 *
 * The text has two decimals. It has more if rounding would make an interval that leaves 1 out seem
 * to hold it.
 *
 * Context: Any.
 * Return: @text.
 */
const char *format_ratio(char text[48], const struct interval *ratio);

/* "walking forward", "in reverse": how the reaper walks in an order. */
const char *format_walking(char text[96], const char *order);

/**
 * put_plain() - Write a name that came from a file.
 * @out: where to.
 * @text: the name; a '?' stands for each control character, so that no terminal obeys it.
 *
 * Context: Any.
 */
void put_plain(FILE *out, const char *text);

/**
 * put_wrapped() - Write text in lines of limited width.
 * @out: where to.
 * @width: of a line, in columns. Lines are broken at blanks.
 * @words: the text. Each of its lines begins a new one, and the rest of a broken line is indented
 * by two.
 *
 * Context: Any.
 */
void put_wrapped(FILE *out, int width, const char *words);

#endif
