// SPDX-License-Identifier: GPL-2.0-only
/* Shared by the programs that draw, besides the picture: options and the text of figures. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "svg.h"

int svg_option(struct svg_options *o, int c, const char *value)
{
	switch (c) {
	case 't':
		o->title = value;
		return 0;
	case 's':
		o->subtitle = value;
		return 0;
	case 'u':
		o->unit = value;
		return 0;
	case 'i':
		o->inverted = true;
		return 0;
	case 'W':
		if (!text_number((struct text){value, strlen(value)}, &o->width) &&
		    o->width >= 200 && o->width <= 20000)
			return 0;
		complain("--width takes a number of pixels, 200 to 20000, not '%s'", value);
		return -EINVAL;
	default:
		if (!text_thousandths(value, &o->narrow))
			return 0;
		complain("--min-width takes a number of pixels, like 0.25, not '%s'", value);
		return -EINVAL;
	}
}

char *svg_thousands(uint64_t number, char *to)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, number), i, used = 0;

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			to[used++] = ',';
		to[used++] = digits[i];
	}
	to[used] = '\0';
	return to;
}

char *svg_weight(const struct svg_options *o, uint64_t weight, char *to)
{
	const char *unit = weight == 1 && !strcmp(o->unit, "samples") ? "sample" : o->unit;
	char number[32];

	snprintf(to, SVG_WEIGHT, "%s %s", svg_thousands(weight, number), unit);
	return to;
}

char *svg_percent(uint64_t part, uint64_t whole, char *to)
{
	uint64_t hundredths = scaled(part, whole, 10000);

	snprintf(to, 32, "%" PRIu64 ".%02" PRIu64 " %%", hundredths / 100, hundredths % 100);
	return to;
}

int svg_narrow_note(const struct boxes *b, const struct stacks *s, const struct svg_options *o,
		    char **note)
{
	char number[32], share[32];

	*note = NULL;
	if (!b->narrow)
		return 0;
	if (asprintf(note,
		     "Not drawn: boxes narrower than %" PRIu64 ".%03" PRIu64
		     " px, %s of them, in which %s of all %s end.",
		     o->narrow / 1000, o->narrow % 1000, svg_thousands(b->narrow, number),
		     svg_percent(b->narrow_weight, s->total[b->side], share), o->unit) >= 0)
		return 0;
	*note = NULL;
	return -ENOMEM;
}
