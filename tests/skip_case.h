/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UMAPLE_TESTS_SKIP_CASE_H
#define UMAPLE_TESTS_SKIP_CASE_H

#include <stdio.h>

/*
 * Leave a case that cannot run here, and say why. cmocka's skip() writes "not ok" in TAP, which is a
 * failure to Meson.
 */
#define skip_case(why)                          \
	do {                                    \
		printf("# skipped: %s\n", why); \
		return;                         \
	} while (0)

#endif
