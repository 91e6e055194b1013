/* SPDX-License-Identifier: GPL-2.0-only */
/* A chart inside the page. */
#ifndef UMAPLE_REPORT_SVG_H
#define UMAPLE_REPORT_SVG_H

#include <stdio.h>

/**
 * svg_inline() - Copy gnuplot's SVG into a page that may hold several.
 * @out: the page.
 * @svg: the picture, read from where it stands to its end.
 * @prefix: put before each of its ids, so that those of two pictures differ.
 *
 * The colours become variables of the page, so that they follow its light and dark scheme. What
 * draws nothing is left out, and so are the names gnuplot gives to parts of the picture, which a
 * browser would show beside the mouse. The text in the picture is copied as it is.
 *
 * Context: May sleep.
 * Return: 0; -ENOMEM; -EIO if @svg cannot be read.
 */
int svg_inline(FILE *out, FILE *svg, const char *prefix);

#endif
