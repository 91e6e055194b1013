/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of one layout for a person: tables of at most 100 columns, then sentences. */
#ifndef UMAPLE_COMPARE_TEXT_H
#define UMAPLE_COMPARE_TEXT_H

#include <stdio.h>

#include "figures.h"
#include "common/host.h"

/**
 * report_text_head() - What all layouts have in common.
 * @out: where to.
 * @host: the machine.
 * @options: what was asked for.
 *
 * Context: Any.
 */
void report_text_head(FILE *out, const struct host *host, const struct compare_options *options);

/**
 * report_text_layout() - Tables, sentences, r and overhead of one layout.
 * @out: where to; check it with ferror().
 * @figures: the figures; rows without a repetition are left out.
 *
 * Context: Any.
 */
void report_text_layout(FILE *out, const struct figures *figures);

/**
 * report_words() - The sentences alone: who waited for what, whether reaping paid, what changed
 * by reversing.
 * @out: where to; one line a sentence, however long.
 * @figures: the figures.
 *
 * Context: Any.
 */
void report_words(FILE *out, const struct figures *figures);

/* How the reaper walks in an order, as an adverb: "walking forward". */
const char *report_walking(char text[64], const char *order);

/* Words, broken at spaces into lines of 100 columns; all but the first are set in by two. */
void report_wrapped(FILE *out, const char *words);

/* One number of at most seven characters: about three digits, "0" only if it is none at all. */
const char *report_number(char text[16], double value);

/* A time with its unit, and a number of pages as memory, the same way. */
const char *report_time(char text[32], double ns);
const char *report_memory(char text[32], uint64_t pages);

/* "0.794 0.780..0.811" */
const char *report_ratio(char text[48], const struct interval *ratio);

/* True if 1 lies in a ratio's interval: no difference can be claimed. */
bool report_no_difference(const struct interval *ratio);

#endif
