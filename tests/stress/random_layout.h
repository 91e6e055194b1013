/* SPDX-License-Identifier: GPL-2.0-only */
/* Random small layouts: few VMAs, but every kind of page, and borders of tables in between. */
#ifndef UMAPLE_RANDOM_LAYOUT_H
#define UMAPLE_RANDOM_LAYOUT_H

#include <stdint.h>

#include "layout/layout.h"

/**
 * random_below() - A random number.
 * @rng: the generator's state.
 * @n: above 0.
 *
 * Return: 0 to @n - 1.
 */
uint64_t random_below(uint64_t *rng, uint64_t n);

/**
 * random_layout() - A layout of 1 to 40 VMAs and up to about 6,000 pages.
 * @rng: the generator's state; the same state gives the same layout.
 *
 * Return: The layout, to be given to random_layout_free(); NULL without memory.
 */
struct layout *random_layout(uint64_t *rng);

void random_layout_free(struct layout *layout);

#endif
