// SPDX-License-Identifier: GPL-2.0-only
/* A layout without swap. */
#include <stdlib.h>
#include <string.h>

#include "layout_internal.h"

struct layout *layout_resident(const struct layout *layout, struct layout_error *err)
{
	static const char added[] = "; its swapped pages are resident here";
	const size_t size = strlen(layout->rule) + sizeof(added);
	struct layout_builder b;
	struct layout *copy;
	char *rule;

	builder_init(&b, layout->name);
	rule = layout_alloc(NULL, size);
	if (!rule) {
		builder_abort(&b);
		layout_fail(err, 0, "%s: out of memory", layout->name);
		return NULL;
	}
	snprintf(rule, size, "%s%s", layout->rule, added);
	for (size_t i = 0; i < layout->nr_vmas; i++) {
		const struct layout_vma *vma = &layout->vmas[i];
		const struct layout_run *run = &layout->runs[vma->first_run];
		const char *name = layout->names + vma->name;

		builder_vma(&b, vma, name, strlen(name));
		for (uint32_t k = 0; k < vma->nr_runs; k++, run++)
			builder_run(&b, run->start, run->end,
				    run->kind == LAYOUT_SWAP ? LAYOUT_ANON : run->kind);
	}
	copy = builder_finish(&b, rule, err);
	if (copy)
		copy->nr_dropped = layout->nr_dropped;
	layout_alloc(rule, 0);
	return copy;
}
