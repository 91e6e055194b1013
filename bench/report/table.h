/* SPDX-License-Identifier: GPL-2.0-only */
/* All figures: as CSV, and as tables for the page. */
#ifndef UMAPLE_REPORT_TABLE_H
#define UMAPLE_REPORT_TABLE_H

#include "groups.h"
#include "template.h"

/**
 * table_csv() - Write figures.csv, with all figures.
 * @report: the report.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int table_csv(struct report *report);

/*
 * Add the tables of a group, or the table that compares two files, to the list "tables" of @into,
 * in the form that page.html needs. table_of_ratios() returns false and adds no table if no row is
 * in both files.
 *
 * Context: Any.
 */
void table_of_group(struct model *m, json_t *into, const struct report *report,
		    const struct group *group);
bool table_of_ratios(struct model *m, json_t *into, const struct report *report);

#endif
