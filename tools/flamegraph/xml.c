// SPDX-License-Identifier: GPL-2.0-only
#include "xml.h"

#define REPLACEMENT 0xfffd
#define FIRST_WIDE  0x2e80

/* The first byte of a character of two, three and four bytes, and the smallest such character. */
static const struct shape {
	unsigned char mask, begin;
	size_t bytes;
	uint32_t least;
} shapes[] = {
	{0xe0, 0xc0, 2, 0x80},
	{0xf0, 0xe0, 3, 0x800},
	{0xf8, 0xf0, 4, 0x10000},
};

static bool in_xml(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n';
	return (c < 0x7f || c > 0x9f) && !(c >= 0xd800 && c <= 0xdfff) && (c & 0xfffe) != 0xfffe &&
	       c <= 0x10ffff;
}

/* The bytes of one character of more than one byte; 0 if this is none. */
static size_t utf8_long(struct text t, uint32_t *c)
{
	const unsigned char *at = (const unsigned char *)t.at;
	const struct shape *shape;
	size_t i;

	for (shape = shapes; shape < shapes + 3; shape++)
		if ((at[0] & shape->mask) == shape->begin)
			break;
	if (shape == shapes + 3 || t.len < shape->bytes)
		return 0;
	*c = at[0] & (unsigned char)~shape->mask;
	for (i = 1; i < shape->bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (at[i] & 0x3f);
	}
	return *c >= shape->least ? shape->bytes : 0;
}

size_t utf8_next(struct text t, uint32_t *c)
{
	size_t bytes = 1;

	*c = (unsigned char)t.at[0];
	if (*c >= 0x80)
		bytes = utf8_long(t, c);
	if (!bytes || !in_xml(*c))
		*c = REPLACEMENT;
	return bytes ? bytes : 1;
}

struct text text_clip(struct text t, size_t columns)
{
	struct text rest = t;
	uint32_t c;

	while (rest.len) {
		size_t bytes = utf8_next(rest, &c),
		       width = c < FIRST_WIDE || c == REPLACEMENT ? 1 : 2;

		if (width > columns)
			break;
		columns -= width;
		rest = text_from(rest, bytes);
	}
	t.len -= rest.len;
	return t;
}

size_t text_columns(struct text t)
{
	size_t columns = 0;
	uint32_t c;

	while (t.len) {
		t = text_from(t, utf8_next(t, &c));
		columns += c < FIRST_WIDE || c == REPLACEMENT ? 1 : 2;
	}
	return columns;
}

void xml_text(FILE *out, struct text t)
{
	uint32_t c;

	while (t.len) {
		size_t bytes = utf8_next(t, &c);

		if (c == REPLACEMENT)
			fputs("\xef\xbf\xbd", out);
		else if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else
			fwrite_unlocked(t.at, 1, bytes, out);
		t = text_from(t, bytes);
	}
}
