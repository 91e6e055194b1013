/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The traversal orders as a table. An order says how the VMAs of an address space follow each other,
 * and which way each is unmapped; a reaper walks in one, and the exiting task may too. This header
 * knows no tree, so that a program can list them.
 */
#ifndef UMAPLE_REAP_ORDER_H
#define UMAPLE_REAP_ORDER_H

#include <stdbool.h>

struct mm_struct;
struct mmu_gather;

/* Who walks, and through what. */
struct unmap_walk {
	struct mm_struct *mm;
	unsigned long step; /* in PTE tables, at least 1; for orders that take one */
	/*
	 * The exiting task's, which unmaps everything into one gather. NULL: a reaper's walk, which
	 * passes over what it may not touch, and flushes after each VMA.
	 */
	struct mmu_gather *exit;
};

/* An order is one entry of the table in orders.c. */
struct reap_order {
	const char *name;
	const char *what; /* one line for help texts */
	bool takes_step;  /* "name:N" sets the step */
	/*
	 * Call unmap_vma() (oom.h) for each VMA; a reaper's walk may leave some out. NULL: nobody
	 * walks.
	 * Context: mmap_lock held for reading.
	 */
	void (*walk)(const struct unmap_walk *walk);
};

/* An order and its step. */
struct reap_plan {
	const struct reap_order *order;
	unsigned long step; /* in PTE tables */
};

/* All orders, "solo" first; ended by an entry without name. */
extern const struct reap_order reap_orders[];

#endif
