// SPDX-License-Identifier: GPL-2.0-only
/* The leak sanitizer ends a program without a flush, and the count of its tests would be lost. */
#include <stdio.h>

static void __attribute__((constructor)) line_buffered(void)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}
