/* SPDX-License-Identifier: GPL-2.0-only */
/* gnuplot as a child. */
#ifndef UMAPLE_REPORT_PLOT_H
#define UMAPLE_REPORT_PLOT_H

#include "groups.h"

/**
 * plot_run() - Let gnuplot run a script.
 * @report: the report; the script lies in its folder.
 * @stem: the script's name without ".gp".
 *
 * Context: May sleep.
 * Return: 0; -EINTR if the report was stopped; -errno with the error noted.
 */
int plot_run(struct report *report, const char *stem);

/**
 * plot_check() - Is gnuplot there?
 * @error: filled if it is not.
 *
 * Context: May sleep.
 * Return: 0; -errno.
 */
int plot_check(struct error_text *error);

#endif
