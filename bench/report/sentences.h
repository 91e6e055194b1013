/* SPDX-License-Identifier: GPL-2.0-only */
/* Sentences about the results of a group. */
#ifndef UMAPLE_REPORT_SENTENCES_H
#define UMAPLE_REPORT_SENTENCES_H

#include <stdio.h>

#include "groups.h"

/**
 * sentences_html() - Write an HTML list of sentences about a group.
 * @out: the page.
 * @report: the report.
 * @group: the group.
 *
 * Context: Any.
 * Return: 0; -ENOMEM with the error noted.
 */
int sentences_html(FILE *out, struct report *report, const struct group *group);

#endif
