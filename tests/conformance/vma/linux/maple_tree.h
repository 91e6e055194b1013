/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's mm/vma.c and its tests include: here it is our tree. */
#include <linux/types.h>

/* Not in quotes: that would be this file. */
#include <maple_tree.h>
