/* SPDX-License-Identifier: GPL-2.0-only */
/* Colours that everybody can distinguish, with text on them that everybody can read: hues of sand,
 * blue and vermilion differ in lightness too. All are "#rrggbb". */
#ifndef FLAMEGRAPH_PALETTE_H
#define FLAMEGRAPH_PALETTE_H

#include "text.h"

enum kind { KIND_ALL, KIND_FUNCTION, KIND_KERNEL, KIND_WAIT, NR_KINDS };

/**
 * kind_of() - What sort of function this is, by its name.
 * @name: the name; "_[k]" at its end is the kernel's mark.
 *
 * Context: Any.
 * Return: KIND_WAIT for one that takes a spinlock or waits for a lock, else KIND_KERNEL or
 * KIND_FUNCTION.
 */
enum kind kind_of(struct text name);

/**
 * palette_fill() - The colour of a function.
 * @kind: its kind.
 * @name: its name, which chooses among the shades of the kind.
 *
 * Context: Any.
 * Return: the colour.
 */
const char *palette_fill(enum kind kind, struct text name);

/**
 * palette_words() - The words for a kind in the legend.
 * @kind: the kind.
 *
 * Context: Any.
 * Return: the words; NULL for KIND_ALL.
 */
const char *palette_words(enum kind kind);

/* How many steps a difference has on each side of none. */
#define DIFF_STEPS 6

/**
 * palette_diff() - The colour of a difference.
 * @step: from -DIFF_STEPS, blue, over 0, nearly white, to DIFF_STEPS, red.
 *
 * Context: Any.
 * Return: the colour.
 */
const char *palette_diff(int step);

/**
 * palette_ink() - A colour for text on a colour: the contrast is at least 4.5 to 1.
 * @fill: the colour.
 *
 * Context: Any.
 * Return: a colour, nearly black or white.
 */
const char *palette_ink(const char *fill);

#endif
