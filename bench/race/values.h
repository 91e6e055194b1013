/* SPDX-License-Identifier: GPL-2.0-only */
/* From the result of a race to the values of measure/metrics.h. */
#ifndef UMAPLE_RACE_VALUES_H
#define UMAPLE_RACE_VALUES_H

#include "measure/metrics.h"
#include "race.h"

/**
 * race_values() - Read all metrics of a race.
 * @r: its result.
 * @value: filled with NR_VALUES numbers; times in nanoseconds, shares from 0 to 1.
 *
 * Context: Any.
 */
void race_values(const struct race_result *r, double value[NR_VALUES]);

#endif
