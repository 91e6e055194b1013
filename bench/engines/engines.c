// SPDX-License-Identifier: GPL-2.0-only
#include "engine.h"

/* The build says which: -DENGINES=ENGINE(engine_maple) ENGINE(engine_kernel)... */
#define ENGINE(symbol) extern const struct engine symbol;
ENGINES
#undef ENGINE

const struct engine *const engines[] = {
#define ENGINE(symbol) &symbol,
	ENGINES NULL,
};
