/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An engine: the VMA layer and the teardown compiled over one tree. The harness drives every
 * engine through this table and the same loops.
 */
#ifndef UMAPLE_ENGINE_H
#define UMAPLE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "layout/layout.h"
#include "oom/reap_order.h"
#include "vma/mmzone.h"

/* A process that is about to die. */
struct victim;

struct engine {
	const char *name;
	const char *version; /* of its tree, for a person */

	/* Once per process. Return: 0 or -errno. */
	int (*init)(void);

	/*
	 * Build a victim. Return: NULL with *errp set to -errno and one line in @err if it could
	 * not be built; then nothing of it is left.
	 */
	struct victim *(*build)(struct pglist_data *pgdat, const struct layout *layout, int *errp,
				char *err, size_t errlen);

	/* Pages of a freshly built victim that its death gives back to the page allocator. */
	unsigned long (*pages_to_free)(const struct victim *victim);

	/* The traversal orders; ended by an entry without name. */
	const struct reap_order *orders;

	/* The roles, each in its own thread, registered for RCU. @plan has an order of this engine. */
	void (*exit_task)(struct victim *victim);
	void (*reap_task)(struct victim *victim, const struct reap_plan *plan);

	/*
	 * Drop what outlives the process (page cache), free the victim. @totals: filled with the
	 * figures of its locks, by class; may be NULL. Return: false with one line in @err if
	 * something was left behind.
	 */
	bool (*destroy)(struct victim *victim, struct lock_totals *totals, char *err,
			size_t errlen);
};

/* NULL-terminated; the first is the default. */
extern const struct engine *const engines[];

#endif
