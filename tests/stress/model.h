/* SPDX-License-Identifier: GPL-2.0-only */
/* The sorted array as an ops table. What it cannot know (cursors) it leaves 0. */
#ifndef UMAPLE_TEST_MODEL_H
#define UMAPLE_TEST_MODEL_H

#include "ops.h"

extern const struct tree_ops model_ops;

#endif
