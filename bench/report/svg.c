// SPDX-License-Identifier: GPL-2.0-only
#include "svg.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

/* Where in the picture we are. */
struct copying {
	FILE *out;
	const char *prefix;
	bool in_tag, in_title;
};

/* The variable for a colour; NULL if it is none of ours. */
static const char *variable_for(unsigned int rgb)
{
	size_t nr, i;
	const struct colour *colours = plot_colours(&nr);

	for (i = 0; i < nr; i++)
		if (colours[i].light == rgb)
			return colours[i].name + 2; /* without its "C_" */
	return NULL;
}

/* A colour at @text, as gnuplot writes them: how long it is, 0 if there is none. */
static size_t colour_at(const char *text, unsigned int *rgb)
{
	unsigned int r, g, b;
	int length = 0;

	if (*text == 'r' && sscanf(text, "rgb( %3u , %3u , %3u )%n", &r, &g, &b, &length) == 3 &&
	    length > 0) {
		*rgb = r << 16 | g << 8 | b;
		return (size_t)length;
	}
	if (*text == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6) {
		*rgb = (unsigned int)strtoul(text + 1, NULL, 16);
		return 7;
	}
	return 0;
}

/* What gnuplot names without giving a colour. */
static size_t word_at(const char *text, const char **variable)
{
	static const struct {
		const char *word, *variable;
	} words[] = {{"\"black\"", "ink"}, {"\"gray\"", "grid"}};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(text, words[i].word, strlen(words[i].word)))
			continue;
		*variable = words[i].variable;
		return strlen(words[i].word);
	}
	return 0;
}

/* What stands before an id that is given or referred to; its length, 0 if none is here. */
static size_t id_at(const char *text)
{
	static const char *const before[] = {" id='", " id=\"", "href='#", "url(#"};
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (!strncmp(text, before[i], strlen(before[i])))
			return strlen(before[i]);
	return 0;
}

/* What says what is so anyway: the initial values of SVG, and where HTML looks for href. */
static size_t default_at(const char *text)
{
	static const char *const defaults[] = {" stroke-linecap=\"butt\"",
					       " stroke-linejoin=\"miter\"", "xlink:"};
	size_t i;

	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!strncmp(text, defaults[i], strlen(defaults[i])))
			return strlen(defaults[i]);
	return 0;
}

/* Hundredths of a pixel: nobody sees them, and they are a seventh of a picture. */
static bool hundredths_at(const char *text)
{
	return text[0] == '.' && isdigit((unsigned char)text[1]) &&
	       isdigit((unsigned char)text[2]) && !isdigit((unsigned char)text[3]);
}

/* Copy what is at @text, at least one byte, changed as need be; returns how much it was. */
static size_t copy_in_tag(struct copying *c, const char *text)
{
	const char *variable;
	unsigned int rgb;
	size_t length;

	length = id_at(text);
	if (length) {
		fprintf(c->out, "%.*s%s", (int)length, text, c->prefix);
		return length;
	}
	length = default_at(text);
	if (length)
		return length;
	if (hundredths_at(text)) {
		fprintf(c->out, ".%c", text[1]);
		return 3;
	}
	length = word_at(text, &variable);
	if (length) {
		fprintf(c->out, "\"var(--%s)\"", variable);
		return length;
	}
	length = colour_at(text, &rgb);
	variable = length ? variable_for(rgb) : NULL;
	if (variable) {
		fprintf(c->out, "var(--%s)", variable);
		return length;
	}
	fputc(*text, c->out);
	return 1;
}

static void copy_line(struct copying *c, const char *text)
{
	while (*text) {
		if (!strncmp(text, "<title>", 7) || !strncmp(text, "<desc>", 6)) {
			c->in_title = true;
		} else if (c->in_title) {
			if (!strncmp(text, "</title>", 8) || !strncmp(text, "</desc>", 7)) {
				c->in_title = false;
				text = strchr(text, '>');
			}
		} else if (c->in_tag && *text != '>') {
			text += copy_in_tag(c, text);
			continue;
		} else {
			c->in_tag = *text == '<';
			fputc(*text, c->out);
		}
		text++;
	}
}

static bool opens_group(const char *line)
{
	return !strncmp(line, "<g fill=", 8);
}

int svg_inline(FILE *out, FILE *svg, const char *prefix)
{
	struct copying c = {.out = out, .prefix = prefix};
	char *line = NULL, *group = NULL;
	size_t room = 0;
	bool begun = false;
	int err = 0;

	while (!err && getline(&line, &room, svg) > 0) {
		/* What stands before the picture is about the file it was in. */
		begun = begun || !strncmp(line, "<svg", 4);
		if (!begun)
			continue;
		if (group && strncmp(line, "</g>", 4))
			copy_line(&c, group);
		else if (group)
			*line = '\0'; /* opened and closed: nothing was in it */
		free(group);
		group = NULL;
		if (!opens_group(line)) {
			copy_line(&c, line);
			continue;
		}
		group = strdup(line);
		err = group ? 0 : -ENOMEM;
	}
	if (!err && (ferror(svg) || !begun))
		err = -EIO;
	free(group);
	free(line);
	return err;
}
