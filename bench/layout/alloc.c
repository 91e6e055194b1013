// SPDX-License-Identifier: GPL-2.0-only
/* The library's only allocation call, alone in its file so that a test can put its own before. */
#include <stdlib.h>

#include "layout_internal.h"

void *layout_alloc(void *old, size_t bytes)
{
	if (!bytes) {
		free(old);
		return NULL;
	}
	return realloc(old, bytes);
}
