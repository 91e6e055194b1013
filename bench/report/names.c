// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLUG_LENGTH 40

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

char *name_slug(const char *name)
{
	size_t length = strnlen(name, SLUG_LENGTH), i;
	bool changed = name[length] != '\0' || !length;
	char *slug = malloc(SLUG_LENGTH + sizeof("-0123456789abcdef"));

	if (!slug)
		return NULL;
	for (i = 0; i < length; i++) {
		slug[i] = plain(name[i]) && (i || !strchr(".-", name[i])) ? name[i] : '_';
		changed = changed || slug[i] != name[i];
	}
	slug[length] = '\0';
	if (changed)
		sprintf(slug + length, "%s%016llx", length ? "-" : "",
			(unsigned long long)hash_of(name));
	return slug;
}

/*
 * How many bytes at @text no file of ours may hold: control characters, and U+FFFE and U+FFFF,
 * which XML forbids too.
 */
static size_t unwanted(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	if (c[0] == 0xef && c[1] == 0xbf && (c[2] == 0xbe || c[2] == 0xbf))
		return 3;
	return c[0] < ' ' || c[0] == 0x7f;
}

/* Each piece is what is put for a sign instead of itself; NULL: itself. */
static void put_with(FILE *out, const char *text, size_t length, const char *(*piece)(char))
{
	const char *end = text + length;
	size_t skip;

	while (text < end) {
		const char *instead = piece(*text);

		skip = unwanted(text);
		if (skip)
			fputc('?', out);
		else if (!strncmp(text, "]]>", 3) && !piece('>'))
			/* gnuplot leaves '>' as it is, and here XML forbids it. */
			skip = (size_t)fprintf(out, "]]?");
		else if (instead)
			fputs(instead, out);
		else
			fputc(*text, out);
		text += skip ? skip : 1;
	}
}

static const char *gnuplot_piece(char c)
{
	return c == '\'' ? "''" : NULL;
}

static const char *tic_piece(char c)
{
	return c == '%' ? "%%" : gnuplot_piece(c);
}

void put_gnuplot(FILE *out, const char *text)
{
	fputc('\'', out);
	put_with(out, text, strlen(text), gnuplot_piece);
	fputc('\'', out);
}

static void put_short(FILE *out, const char *text, size_t letters, const char *(*piece)(char))
{
	size_t end = 0;

	/* A letter is a byte that is not the continuation of one in UTF-8. */
	while (text[end] && ((text[end] & 0xc0) == 0x80 || letters--))
		end++;
	fputc('\'', out);
	put_with(out, text, end, piece);
	fputs(text[end] ? "...'" : "'", out);
}

void put_gnuplot_short(FILE *out, const char *text, size_t letters)
{
	put_short(out, text, letters, gnuplot_piece);
}

void put_gnuplot_tic(FILE *out, const char *text, size_t letters)
{
	put_short(out, text, letters, tic_piece);
}

static const char *html_piece(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void put_html(FILE *out, const char *text)
{
	put_with(out, text, strlen(text), html_piece);
}

void put_csv(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}
