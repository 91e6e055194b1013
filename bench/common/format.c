// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *format_number(char text[16], double value)
{
	double size = fabs(value);

	if (size == 0)
		snprintf(text, 16, "0");
	else if (size < 0.005)
		snprintf(text, 16, "<0.01");
	else if (size < 9.995)
		snprintf(text, 16, "%.2f", value);
	else if (size < 99.95)
		snprintf(text, 16, "%.1f", value);
	else if (size < 9999999.5)
		snprintf(text, 16, "%.0f", value);
	else
		snprintf(text, 16, "%.1e", value);
	return text;
}

const struct time_unit *time_unit_for(double ns)
{
	static const struct time_unit units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	int i = 3;

	while (i && ns < units[i].ns)
		i--;
	return &units[i];
}

const char *format_time(char text[32], double ns)
{
	const struct time_unit *unit = time_unit_for(fabs(ns));
	char digits[16];

	snprintf(text, 32, "%s %s", format_number(digits, ns / unit->ns), unit->name);
	return text;
}

const char *format_memory(char text[32], uint64_t pages)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	double size = (double)pages * 4;
	char digits[16];
	int i = 0;

	for (; size >= 1024 && i < 4; i++)
		size /= 1024;
	snprintf(text, 32, "%s %s", format_number(digits, size), units[i]);
	return text;
}

/* ".72", "1.31", "12.4", "131"; returns its length. */
static size_t put_part(char text[16], double value, int decimals)
{
	snprintf(text, 16, "%.*f", value < 9.995 ? decimals : value < 99.95 ? 1 : 0, value);
	if (text[0] == '0' && text[1] == '.')
		memmove(text, text + 1, strlen(text));
	return strlen(text);
}

/* Does the rounded text leave 1 out of the interval if the interval does? */
static bool leaves_one_out(const struct interval *ratio, int decimals)
{
	char lo[16], hi[16];

	put_part(lo, ratio->lo, decimals);
	put_part(hi, ratio->hi, decimals);
	return (ratio->lo <= 1 || strtod(lo, NULL) > 1) && (ratio->hi >= 1 || strtod(hi, NULL) < 1);
}

const char *format_ratio(char text[48], const struct interval *ratio)
{
	int decimals = 2;
	size_t used;

	while (decimals < 6 && !leaves_one_out(ratio, decimals))
		decimals++;
	used = put_part(text, ratio->median, decimals);
	text[used++] = ' ';
	used += put_part(text + used, ratio->lo, decimals);
	text[used++] = '-';
	put_part(text + used, ratio->hi, decimals);
	return text;
}

const char *format_walking(char text[96], const char *order)
{
	if (!strcmp(order, "forward"))
		return "walking forward";
	if (!strcmp(order, "reverse"))
		return "in reverse";
	snprintf(text, 96, "in order %s", order);
	return text;
}

void put_plain(FILE *out, const char *text)
{
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text, next = (unsigned char)text[1];

		/* U+0080 to U+009F are control characters too; in UTF-8 they are two bytes. */
		if (c == 0xc2 && next >= 0x80 && next < 0xa0)
			text++;
		else if (c >= ' ' && c != 0x7f) {
			fputc(c, out);
			continue;
		}
		fputc('?', out);
	}
}

void put_wrapped(FILE *out, int width, const char *words)
{
	size_t used = 0, len;
	bool fresh = true; /* no word on this line yet */

	for (; *words; words += len + (words[len] != '\0')) {
		len = strcspn(words, " \n");
		if (!fresh && used + 1 + len > (size_t)width) {
			fputs("\n  ", out);
			used = 2;
			fresh = true;
		}
		used += (size_t)fprintf(out, "%s%.*s", fresh ? "" : " ", (int)len, words);
		fresh = words[len] == '\n';
		if (fresh) {
			fputc('\n', out);
			used = 0;
		}
	}
}
