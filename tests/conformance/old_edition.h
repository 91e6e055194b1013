/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of kernel 6.1 use and 6.12 no longer has, as far as our tree can mean it. */
#ifndef UMAPLE_OLD_EDITION_H
#define UMAPLE_OLD_EDITION_H

#include <linux/maple_tree.h>

/* A cursor at no node: here, one whose leaf has died, so that it looks for its place again. */
extern char mt_no_leaf[];
#define MAS_NONE ((struct maple_enode *)(void *)mt_no_leaf)

static inline bool mas_is_none(const struct ma_state *mas)
{
	return mas->status == ma_none;
}

#endif
