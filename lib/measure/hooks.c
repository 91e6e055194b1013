// SPDX-License-Identifier: GPL-2.0-only
#include "hooks.h"

void measure_init(void)
{
	clock_init();
}
