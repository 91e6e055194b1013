/* SPDX-License-Identifier: GPL-2.0-only */
/* The sorted array as a table of operations. It has no cursors and leaves their fields 0. */
#ifndef UMAPLE_TEST_MODEL_H
#define UMAPLE_TEST_MODEL_H

#include "ops.h"

extern const struct tree_ops model_ops;

#endif
