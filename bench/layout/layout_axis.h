/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages and the page tables of a layout, numbered in address order. Plots have these numbers on
 * their axes, since addresses would leave terabytes of nothing between the VMAs.
 */
#ifndef UMAPLE_LAYOUT_AXIS_H
#define UMAPLE_LAYOUT_AXIS_H

#include "layout.h"

struct layout_axis;

/**
 * layout_axis_create() - Number a layout's pages and tables.
 * @layout: must live as long as the axis.
 *
 * Context: May sleep. Takes time proportional to runs and tables.
 * Return: The axis, to be given to layout_axis_free(); NULL if memory ran out.
 */
struct layout_axis *layout_axis_create(const struct layout *layout);

/**
 * layout_axis_free() - Give it back.
 * @axis: the axis, or NULL.
 *
 * Context: No one may use it any more.
 */
void layout_axis_free(struct layout_axis *axis);

/* How many pages there are, resident, swapped and huge ones, in units of 4 KiB. */
uint64_t layout_axis_pages(const struct layout_axis *axis);

/* How many page tables there are: 2 MiB units that hold a page of any kind. */
uint64_t layout_axis_tables(const struct layout_axis *axis);

/**
 * layout_axis_page() - The number of the first page at or after an address.
 * @axis: the axis.
 * @addr: any address.
 *
 * Context: Any.
 * Return: From 0; layout_axis_pages() if no page lies there.
 */
uint64_t layout_axis_page(const struct layout_axis *axis, uint64_t addr);

/**
 * layout_axis_table() - The number of the first page table that maps an address or a later one.
 * @axis: the axis.
 * @addr: any address.
 *
 * Context: Any.
 * Return: From 0; layout_axis_tables() if there is none.
 */
uint64_t layout_axis_table(const struct layout_axis *axis, uint64_t addr);

#endif
