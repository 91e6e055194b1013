// SPDX-License-Identifier: GPL-2.0-only
#include "palette.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

static const char *const function_shades[] = {"#f7dfa3", "#f3d68e", "#efcf98", "#f6e2b4",
					      "#ecc985", "#f9e5ab", "#eed6a6", "#f2cd84"};
static const char *const kernel_shades[] = {"#bcd6ee", "#aecce9", "#c9ddf0", "#a6c8e8",
					    "#b8d0e6", "#c2dbf3", "#b1d1ea", "#cbdcea"};
static const char *const wait_shades[] = {"#b32d0c", "#a82a0b", "#bd300d", "#9f290d"};

static const struct {
	const char *const *shades;
	size_t nr;
	const char *words;
} kinds[NR_KINDS] = {
	[KIND_FUNCTION] = {function_shades, 8, "function"},
	[KIND_KERNEL] = {kernel_shades, 8, "function of the kernel"},
	[KIND_WAIT] = {wait_shades, 4, "takes or waits for a lock"},
};

static const char *const diff_shades[DIFF_STEPS * 2 + 1] = {
	"#1c4f91", "#2f6db3", "#5a92c9", "#8ab4dc", "#b0cde8", "#cfe0f0", "#e4e2dc",
	"#f6d6c7", "#f3bea7", "#ec9b80", "#da6f5a", "#bf3f3a", "#961f2a"};

static bool ends_in(struct text t, struct text with)
{
	return t.len >= with.len && !memcmp(t.at + t.len - with.len, with.at, with.len);
}

static bool begins_with(struct text t, struct text with)
{
	return t.len >= with.len && !memcmp(t.at, with.at, with.len);
}

/* Slow paths of locks, and what takes a spinlock and waits without a frame of its own. */
static bool is_wait(struct text name)
{
	static const struct text beginnings[] = {
		{"__pte_offset_map_lock", 21},
		{"_raw_spin_lock", 14},
		{"rwsem_down_", 11},
		{"__lll_lock_wait", 15},
	};
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (begins_with(name, beginnings[i]))
			return true;
	return memmem(name.at, name.len, "lock_slowpath", 13) != NULL;
}

enum kind kind_of(struct text name)
{
	if (is_wait(name))
		return KIND_WAIT;
	return ends_in(name, TEXT("_[k]")) ? KIND_KERNEL : KIND_FUNCTION;
}

const char *palette_fill(enum kind kind, struct text name)
{
	if (kind == KIND_ALL)
		return "#d8d8d4";
	return kinds[kind].shades[hash_bytes(name.at, name.len) % kinds[kind].nr];
}

const char *palette_words(enum kind kind)
{
	return kinds[kind].words;
}

const char *palette_diff(int step)
{
	return diff_shades[step + DIFF_STEPS];
}

const char *palette_ink(const char *fill)
{
	unsigned long rgb = strtoul(fill + 1, NULL, 16);
	/* Luma, in thousandths; where it is about half, either ink would do. */
	unsigned long luma = (rgb >> 16 & 255) * 299 + (rgb >> 8 & 255) * 587 + (rgb & 255) * 114;

	return luma > 125000 ? "#111" : "#fff";
}
