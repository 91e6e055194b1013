/* SPDX-License-Identifier: GPL-2.0-only */
/* A traversal order as a user writes it: "reverse", "reverse-fine:4". */
#ifndef UMAPLE_REAP_PLAN_H
#define UMAPLE_REAP_PLAN_H

#include "oom/reap_order.h"

#define REAP_STEP_MAX 1000000

/**
 * reap_plan_parse() - Understand an order.
 * @orders: the table of an engine.
 * @text: a name of the table, with ":N" behind it if the order takes a step.
 * @plan: filled on success; may be NULL.
 *
 * Context: Any.
 * Return: 0, or -EINVAL for an unknown name or a step that is not a number from 1 to
 * REAP_STEP_MAX.
 */
int reap_plan_parse(const struct reap_order *orders, const char *text, struct reap_plan *plan);

#endif
