/* SPDX-License-Identifier: GPL-2.0-only */
/* The traversal orders as a table. This header knows no tree, so that a program can list them. */
#ifndef UMAPLE_REAP_ORDER_H
#define UMAPLE_REAP_ORDER_H

#include <stdbool.h>

struct mm_struct;

/*
 * How a reaper walks. An order is one entry of the table in orders.c.
 */
struct reap_order {
	const char *name;
	const char *what; /* one line for help texts */
	bool takes_step;  /* "name:N" sets the step */
	/*
	 * Unmap all VMAs that a reaper may touch, or as many as the order wants to. NULL: there is
	 * no reaper.
	 * Context: mmap_lock held for reading. @step in PTE tables, at least 1.
	 */
	void (*walk)(struct mm_struct *mm, unsigned long step);
};

/* An order and its step. */
struct reap_plan {
	const struct reap_order *order;
	unsigned long step; /* in PTE tables */
};

/* All orders, "solo" first; ended by an entry without name. */
extern const struct reap_order reap_orders[];

#endif
