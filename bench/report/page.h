/* SPDX-License-Identifier: GPL-2.0-only */
/* index.html. */
#ifndef UMAPLE_REPORT_PAGE_H
#define UMAPLE_REPORT_PAGE_H

#include "groups.h"

/**
 * page_write() - Write index.html, when everything else is there.
 * @report: the report; the pictures of its panels are moved into the page.
 *
 * Context: May sleep.
 * Return: 0; -errno with the error noted.
 */
int page_write(struct report *report);

#endif
