/* SPDX-License-Identifier: GPL-2.0-only */
/* What vmabench measures: one operation on an address space of so many VMAs, on one engine. */
#ifndef UMAPLE_VMA_CASE_H
#define UMAPLE_VMA_CASE_H

#include <stddef.h>

#include "engines/engine.h"

struct vma_case;

/* Another thread that does something meanwhile. */
struct beside;

/* An operation. One iteration does it once, or as often as @ops says. */
struct vma_operation {
	const char *name, *what;
	size_t most; /* VMAs with which it is measured */
	int (*run)(struct vma_case *c);
	unsigned int ops;     /* of one iteration */
	unsigned long beside; /* where another thread faults meanwhile; 0: there is none */
};

extern const struct vma_operation vma_operations[]; /* ended by one without name */

struct vma_case {
	char name[64]; /* "fork/maple/10000" */
	const struct engine *engine;
	const struct vma_operation *operation;
	size_t nr; /* VMAs */
	struct victim *victim;
	struct pglist_data *pgdat;
	unsigned long *addresses; /* to look up */
	struct beside *beside;
};

#define FIND_ADDRESSES 1024

/**
 * vma_case_setup() - Map its VMAs.
 * @c: name, engine, operation and nr are set.
 *
 * Context: A thread registered with RCU.
 * Return: 0; -ENOMEM; another -errno of a call that failed.
 */
int vma_case_setup(struct vma_case *c);

/**
 * vma_case_begin() - Let the other thread begin, if the operation has one.
 * @c: from vma_case_setup().
 *
 * Context: As vma_case_setup().
 */
void vma_case_begin(struct vma_case *c);

/* Let it pause. Context: as vma_case_begin(), after it. */
void vma_case_pause(struct vma_case *c);

/**
 * vma_case_end() - Unmap them, and check that nothing was lost.
 * @c: from vma_case_setup(), successful or not.
 * @err: filled with one line if something was lost.
 * @errlen: its size in bytes.
 *
 * Context: As vma_case_setup().
 * Return: true if all is well.
 */
bool vma_case_end(struct vma_case *c, char *err, size_t errlen);

#endif
