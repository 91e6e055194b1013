/* SPDX-License-Identifier: GPL-2.0-only */
/* The scenarios as a table, and how a command changes a copy of one. */
#ifndef UMAPLE_SCENARIOS_H
#define UMAPLE_SCENARIOS_H

#include <stddef.h>

#include "engines/scenario.h"

/* Ended by one without name. */
extern const struct scenario scenarios[];

/**
 * scenario_find() - A scenario by name.
 * @name: the name.
 *
 * Context: Any.
 * Return: The entry of scenarios[]; NULL if there is none.
 */
const struct scenario *scenario_find(const char *name);

/**
 * scenario_act() - The first act with an operation.
 * @scenario: the scenario.
 * @operation: the operation's name.
 *
 * Context: Any.
 * Return: The act's number; -1 if there is none.
 */
int scenario_act(const struct scenario *scenario, const char *operation);

/**
 * scenario_remove() - Take all acts with an operation out.
 * @scenario: a copy of the caller's.
 * @operation: the operation's name.
 *
 * Context: Any.
 */
void scenario_remove(struct scenario *scenario, const char *operation);

/**
 * scenario_set_delay() - Change when acts with an operation begin.
 * @scenario: a copy of the caller's.
 * @operation: the operation's name.
 * @us: microseconds after the moment that they wait for.
 *
 * Context: Any.
 */
void scenario_set_delay(struct scenario *scenario, const char *operation, unsigned int us);

/**
 * scenario_set_order() - Change how all acts that walk do it.
 * @scenario: a copy of the caller's.
 * @order: an order's name, which must live as long as the copy.
 *
 * Context: Any.
 */
void scenario_set_order(struct scenario *scenario, const char *order);

#endif
