/* SPDX-License-Identifier: GPL-2.0-only */
/* How the page looks; it stands inside the page. */
#ifndef UMAPLE_REPORT_PAGE_STYLE_H
#define UMAPLE_REPORT_PAGE_STYLE_H

#include <stdio.h>

/**
 * page_style() - Write the style sheet.
 * @out: the page.
 *
 * Every colour of plot_colours() is a variable with a light and a dark value.
 *
 * Context: Any.
 */
void page_style(FILE *out);

#endif
