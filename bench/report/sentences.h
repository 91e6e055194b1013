/* SPDX-License-Identifier: GPL-2.0-only */
/* What the charts of a group show, in words. */
#ifndef UMAPLE_REPORT_SENTENCES_H
#define UMAPLE_REPORT_SENTENCES_H

#include <stdio.h>

#include "groups.h"

/**
 * words_html() - Write what a group's charts show, as an HTML list of sentences.
 * @out: the page.
 * @report: the report.
 * @group: the group.
 *
 * Context: Any.
 * Return: 0; -ENOMEM with the error noted.
 */
int words_html(FILE *out, struct report *report, const struct group *group);

#endif
