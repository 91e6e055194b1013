// SPDX-License-Identifier: GPL-2.0-only
#include "engine.h"

#ifdef HAVE_ENGINE_MAPLE
extern const struct engine engine_maple;
#endif
#ifdef HAVE_ENGINE_KERNEL
extern const struct engine engine_kernel;
#endif

const struct engine *const engines[] = {
#ifdef HAVE_ENGINE_MAPLE
	&engine_maple,
#endif
#ifdef HAVE_ENGINE_KERNEL
	&engine_kernel,
#endif
	NULL,
};
