/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names from result files may hold anything: write them safely as file names, in gnuplot scripts,
 * in HTML and in CSV.
 */
#ifndef UMAPLE_REPORT_NAMES_H
#define UMAPLE_REPORT_NAMES_H

#include <stdio.h>

#define NAME_SLUG 64

/**
 * name_slug() - Make a part of a file name.
 * @slug: receives it.
 * @name: any string.
 *
 * Letters, digits and '_' are kept, and '-' and dots that are not the first, up to 40 of them: a
 * name that begins with '-' would be an option of gnuplot. A name that was changed gets a hash of
 * the whole behind it, so that two do not become one.
 *
 * Context: Any.
 */
void name_slug(char slug[NAME_SLUG], const char *name);

/*
 * Write a string in double quotes to a script. Characters with a meaning for gnuplot are written by
 * number, so that they are only shown; line breaks become '?'. Every string from a file gets into a
 * script this way.
 */
void put_gnuplot(FILE *out, const char *text);

/**
 * name_short() - The first letters of a string, with dots behind them if that is not all.
 * @text: receives them.
 * @name: any UTF-8.
 * @letters: how many, at most 60.
 *
 * Context: Any.
 * Return: @text.
 */
const char *name_short(char text[256], const char *name, size_t letters);

/* Text between tags or in an attribute, in HTML and XML alike. */
void put_html(FILE *out, const char *text);

/* A field of RFC 4180, in quotes where it needs them. */
void put_csv(FILE *out, const char *text);

/* The same for a file that gnuplot reads, for which a line ends a row in quotes too. */
void put_csv_line(FILE *out, const char *text);

#endif
