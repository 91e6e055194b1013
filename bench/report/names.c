// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SLUG_LENGTH 40 /* without the hash */

/* The FNV-1a hash. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	return hash;
}

static bool plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

void name_slug(char slug[NAME_SLUG], const char *name)
{
	size_t length = strnlen(name, SLUG_LENGTH), i;
	bool changed = name[length] != '\0' || !length;

	for (i = 0; i < length; i++) {
		slug[i] = plain(name[i]) && (i || !strchr(".-", name[i])) ? name[i] : '_';
		changed = changed || slug[i] != name[i];
	}
	slug[length] = '\0';
	if (changed)
		sprintf(slug + length, "%s%016llx", length ? "-" : "",
			(unsigned long long)hash_of(name));
}

/*
 * How many bytes at @text no file of ours may hold: control characters, those of Unicode that
 * break lines or turn the direction of what follows, and U+FFFE and U+FFFF, which XML forbids.
 */
static size_t unwanted(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	if (c[0] == 0xef && c[1] == 0xbf && (c[2] == 0xbe || c[2] == 0xbf))
		return 3;
	if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f) /* U+0080 to U+009F */
		return 2;
	if (c[0] == 0xe2 && c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) /* U+2028 to U+202E */
		return 3;
	if (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9) /* U+2066 to U+2069 */
		return 3;
	return c[0] < ' ' || c[0] == 0x7f;
}

/* @piece says what is put for a sign instead of itself, in room[8] or elsewhere; NULL: itself. */
static void put_with(FILE *out, const char *text, const char *(*piece)(char, char *))
{
	char room[8];
	size_t skip;

	while (*text) {
		const char *instead = piece(*text, room);

		skip = unwanted(text);
		if (skip)
			fputc('?', out);
		else if (!strncmp(text, "]]>", 3) && !piece('>', room))
			/* gnuplot leaves '>' as it is, and here XML forbids it. */
			skip = (size_t)fprintf(out, "]]?");
		else if (instead)
			fputs(instead, out);
		else
			fputc(*text, out);
		text += skip ? skip : 1;
	}
}

/*
 * gnuplot 5.4 stumbles over two doubled quotes in a row, and looks for more than the end of the
 * string while it reads one: so all that could mean anything to it stands there as its number.
 * Four digits, because it takes four behind a backslash if the first is 0.
 */
static const char *gnuplot_piece(char c, char *room)
{
	if (plain(c) || strchr(" ,:;()[]+/=<>~%|&", c) || (unsigned char)c >= 0x80)
		return NULL;
	sprintf(room, "\\0%03o", (unsigned char)c & 0x7f);
	return room;
}

void put_gnuplot(FILE *out, const char *text)
{
	fputc('"', out);
	put_with(out, text, gnuplot_piece);
	fputc('"', out);
}

const char *name_short(char text[256], const char *name, size_t letters)
{
	size_t end = 0;

	/* A letter is a byte that is not the continuation of one in UTF-8, which has up to three. */
	while (name[end] && end < 250 && ((name[end] & 0xc0) == 0x80 || letters--))
		end++;
	snprintf(text, 256, "%.*s%s", (int)end, name, name[end] ? "..." : "");
	return text;
}

static const char *html_piece(char c, char *room)
{
	static const char *const pieces[] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
	};
	const size_t at = (unsigned char)c;

	return at < sizeof(pieces) / sizeof(pieces[0]) ? pieces[at] : NULL;
}

void put_html(FILE *out, const char *text)
{
	put_with(out, text, html_piece);
}

void put_csv(FILE *out, const char *text)
{
	const char *quote = strpbrk(text, ",\"\r\n") ? "\"" : "";

	fputs(quote, out);
	for (; *text; text++)
		fprintf(out, "%s%c", *text == '"' ? "\"" : "", *text);
	fputs(quote, out);
}

static const char *csv_piece(char c, char *room)
{
	return c == '"' ? "\"\"" : NULL;
}

void put_csv_line(FILE *out, const char *text)
{
	fputc('"', out);
	put_with(out, text, csv_piece);
	fputc('"', out);
}
