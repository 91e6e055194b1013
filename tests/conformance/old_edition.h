/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that the tests of kernel 6.1 use and 6.12 no longer has, as far as our tree has the like. */
#ifndef UMAPLE_OLD_EDITION_H
#define UMAPLE_OLD_EDITION_H

#include <linux/maple_tree.h>

/* A cursor at no node. Here its leaf is dead, so that it looks from the root. */
extern char mt_no_leaf[];
#define MAS_NONE ((struct maple_enode *)(void *)mt_no_leaf)

static inline bool mas_is_none(const struct ma_state *mas)
{
	return mas->status == ma_none;
}

#endif
