// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tree that lies, to prove that the kernel's tests notice: linked with --wrap, each function
 * here stands between the tests and one call of the tree. The environment variable BROKEN_CALL
 * names the one that goes wrong now and then; the others pass through.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "maple_tree.h"

void *__real_mtree_load(struct maple_tree *mt, unsigned long index);
void *__wrap_mtree_load(struct maple_tree *mt, unsigned long index);
void *__real_mtree_erase(struct maple_tree *mt, unsigned long index);
void *__wrap_mtree_erase(struct maple_tree *mt, unsigned long index);
int __real_mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max,
			  unsigned long size);
int __wrap_mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max,
			  unsigned long size);
void __real_mtree_destroy(struct maple_tree *mt);
void __wrap_mtree_destroy(struct maple_tree *mt);
void *__real_mas_store(struct ma_state *mas, void *entry);
void *__wrap_mas_store(struct ma_state *mas, void *entry);
void __real_mas_store_prealloc(struct ma_state *mas, void *entry);
void __wrap_mas_store_prealloc(struct ma_state *mas, void *entry);

/* Rarely enough that the tests get far before they meet it. */
static bool breaks(const char *call, unsigned int every)
{
	static unsigned int calls;
	const char *chosen = getenv("BROKEN_CALL");

	return chosen && !strcmp(chosen, call) && ++calls % every == 0;
}

/* Finds what is not there, and does not find what is. */
void *__wrap_mtree_load(struct maple_tree *mt, unsigned long index)
{
	void *entry = __real_mtree_load(mt, index);

	if (breaks("mtree_load", 10000))
		return entry ? NULL : mt;
	return entry;
}

/* Says it erased an entry, and did not. */
void *__wrap_mtree_erase(struct maple_tree *mt, unsigned long index)
{
	if (breaks("mtree_erase", 20))
		return __real_mtree_load(mt, index);
	return __real_mtree_erase(mt, index);
}

/* Finds a gap that begins one too high. */
int __wrap_mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max,
			  unsigned long size)
{
	int err = __real_mas_empty_area(mas, min, max, size);

	if (!err && breaks("mas_empty_area", 2))
		mas->index++;
	return err;
}

/* Empties the tree and forgets to free its nodes. */
void __wrap_mtree_destroy(struct maple_tree *mt)
{
	if (breaks("mtree_destroy", 40)) {
		mt_init_flags(mt, mt->ma_flags & ~MT_FLAGS_HEIGHT_MASK);
		return;
	}
	__real_mtree_destroy(mt);
}

/* What is stored comes with something that nobody asked for, elsewhere. */
static void stray(struct maple_tree *mt)
{
	MA_STATE(mas, mt, 1000, 1000);

	if (breaks("stray", 2))
		__real_mas_store(&mas, mt);
}

/* Stores nothing instead. */
void *__wrap_mas_store(struct ma_state *mas, void *entry)
{
	void *old = __real_mas_store(mas, breaks("mas_store", 2) ? NULL : entry);

	stray(mas->tree);
	return old;
}

void __wrap_mas_store_prealloc(struct ma_state *mas, void *entry)
{
	__real_mas_store_prealloc(mas, breaks("mas_store_prealloc", 2) ? NULL : entry);
	stray(mas->tree);
}
