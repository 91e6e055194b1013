// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* docs/profiling.md has this table for readers. */
static const struct {
	const char *in_6_12, *in_7_3;
	bool ours; /* the first is a function of reapbench that 6.12 does not have */
} pairs[] = {
	{"unmap_page_range", "__zap_vma_range", false},
	{"zap_page_range_single", "zap_vma_range", false},
	{"free_swap_and_cache_nr", "swap_put_entries_direct", false},
	{"reap_vma", "zap_vma_for_reaping", true},
};

enum kernel_names kernel_names_parse(const char *word)
{
	if (!strcmp(word, "6.12"))
		return NAMES_OF_6_12;
	return strcmp(word, "7.3") ? NAMES_AS_THEY_ARE : NAMES_OF_7_3;
}

struct text kernel_name(enum kernel_names names, struct text t, char room[KERNEL_NAME_SIZE])
{
	const struct text mark = TEXT("_[k]");
	struct text bare = t;
	size_t i;

	if (names == NAMES_AS_THEY_ARE)
		return t;
	if (text_ends(t, mark))
		bare.len -= mark.len;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const bool newer = names == NAMES_OF_7_3;
		const char *from = newer ? pairs[i].in_6_12 : pairs[i].in_7_3;
		const char *to = newer ? pairs[i].in_7_3 : pairs[i].in_6_12;

		if (!text_is(bare, (struct text){from, strlen(from)}) || (pairs[i].ours && !newer))
			continue;
		t.len = (size_t)snprintf(room, KERNEL_NAME_SIZE, "%s%s", to,
					 bare.len < t.len ? mark.at : "");
		t.at = room;
		break;
	}
	return t;
}
