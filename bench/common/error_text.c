// SPDX-License-Identifier: GPL-2.0-only
#include "error_text.h"

#include <stdarg.h>
#include <stdio.h>

int error_text_set(struct error_text *error, int number, const char *format, ...)
{
	va_list args;
	unsigned char *c;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	/* The line holds names from a file and goes to a terminal: replace control characters. */
	for (c = (unsigned char *)error->text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			c[0] = c[1] = '?';
	}
	return number;
}
