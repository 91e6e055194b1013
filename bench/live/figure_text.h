/* SPDX-License-Identifier: GPL-2.0-only */
/* A figure as a person reads it. */
#ifndef UMAPLE_LIVE_FIGURE_TEXT_H
#define UMAPLE_LIVE_FIGURE_TEXT_H

#include "figures.h"

#define LIVE_FIGURE_TEXT 80

/**
 * live_figure_text() - A figure with its interval and unit.
 * @text: receives it; LIVE_FIGURE_TEXT bytes.
 * @value: the figure.
 * @unit: its unit.
 *
 * Context: Any.
 * Return: @text, or "-" if the figure is unknown.
 */
const char *live_figure_text(char *text, const struct live_value *value, enum metric_unit unit);

#endif
