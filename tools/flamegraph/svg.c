// SPDX-License-Identifier: GPL-2.0-only
#include "svg.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "palette.h"
#include "xml.h"

/* In pixels, unless a comment says otherwise. */
#define MARGIN		10
#define ROW		18
#define BOX_HEIGHT	17
#define LINE		16 /* of small text */
#define TITLE_LINE	22
#define CHARACTER	7250 /* the width of one, in thousandths; fonts of 12 px have 7.2 or so */
#define TITLE_CHARACTER 9800
#define LABEL_MARGIN	3

#define UNIT		    "%" PRIu64 ".%02" PRIu64
#define PIXELS(thousandths) ((thousandths) + 5) / 1000, ((thousandths) + 5) % 1000 / 10

struct text svg_name(const struct svg *svg, const struct box *box)
{
	return box->depth ? names_text(&svg->s->names, box->name) : TEXT("all");
}

/* Where the next line of a text breaks: after the last word that fits, or in a longer one. */
static struct text take_line(struct text *t, size_t columns)
{
	struct text line = text_clip(*t, columns);
	size_t at = line.len;

	if (line.len < t->len) {
		while (at && line.at[at - 1] != ' ')
			at--;
		if (at)
			line.len = at;
	}
	*t = text_from(*t, line.len);
	return line;
}

/* A text in as many lines as it needs; returns where the next one begins. */
static uint64_t paragraph(FILE *out, const struct svg *svg, uint64_t y, const char *class,
			  const char *words, uint64_t line_height, uint64_t character)
{
	size_t columns = (svg->o->width - 2 * MARGIN) * 1000 / character;
	struct text t = {words, strlen(words)};

	fprintf(out, "<text class=\"%s\">", class);
	do {
		fprintf(out, "<tspan x=\"%d\" y=\"%" PRIu64 "\">", MARGIN, y + line_height * 3 / 4);
		xml_text(out, take_line(&t, columns));
		fprintf(out, "</tspan>");
		y += line_height;
	} while (t.len);
	fprintf(out, "</text>\n");
	return y;
}

/* Chips of colour with their words, in rows; returns where the next thing begins. */
static uint64_t legend(FILE *out, const struct svg *svg, uint64_t y)
{
	uint64_t x = MARGIN, width;
	size_t i;

	for (i = 0; i < svg->nr_keys; i++) {
		const struct svg_key *key = &svg->keys[i];

		width = key->words ? 18 + strlen(key->words) * CHARACTER / 1000 + 14 : 14;
		if (x > MARGIN && x + width > svg->o->width - MARGIN) {
			x = MARGIN;
			y += LINE + 4;
		}
		fprintf(out,
			"<g class=\"key\"><rect x=\"%" PRIu64 "\" y=\"%" PRIu64
			"\" width=\"12\" height=\"12\" fill=\"%s\"/>",
			x, y + 3, key->fill);
		if (key->words) {
			fprintf(out, "<text x=\"%" PRIu64 "\" y=\"%" PRIu64 "\">", x + 18, y + 13);
			xml_text(out, (struct text){key->words, strlen(key->words)});
			fprintf(out, "</text>");
		}
		fprintf(out, "</g>\n");
		x += width;
	}
	return y + LINE + 8;
}

/* The name, or its beginning, if three characters of it fit. */
static void label(struct text name, uint64_t x, uint64_t y, uint64_t width)
{
	size_t columns;

	if (width < 2000 * LABEL_MARGIN + 3 * CHARACTER)
		return;
	columns = (width - 2000 * LABEL_MARGIN) / CHARACTER;
	printf("<text x=\"" UNIT "\" y=\"%" PRIu64 "\">", PIXELS(x + 1000 * LABEL_MARGIN), y + 13);
	if (text_columns(name) <= columns) {
		xml_text(stdout, name);
	} else {
		xml_text(stdout, text_clip(name, columns - 1));
		printf("\u2026");
	}
	printf("</text>");
}

static void draw_box(const struct svg *svg, const struct box *box)
{
	const struct boxes *b = svg->b;
	uint64_t all = svg->s->total[b->side], width = svg->o->width * 1000;
	uint64_t x = scaled(box->start[b->side], all, width);
	uint64_t end = scaled(box->start[b->side] + box->total[b->side], all, width);
	uint64_t y = (svg->o->inverted ? box->depth : b->depth - box->depth) * ROW;
	struct text name = svg_name(svg, box);
	struct svg_paint paint;

	svg->paint(svg, box, &paint);
	printf("<g class=\"f\" data-f=\"%" PRIu64 " %" PRIu64 " %" PRIu32 "\" fill=\"%s\"><title>",
	       box->start[b->side], box->total[b->side], box->depth, palette_ink(paint.fill));
	xml_text(stdout, name);
	putchar('\n');
	xml_text(stdout, (struct text){paint.says, strlen(paint.says)});
	printf("</title><rect x=\"" UNIT "\" y=\"%" PRIu64 "\" width=\"" UNIT
	       "\" height=\"%d\" fill=\"%s\"/>",
	       PIXELS(x), y, PIXELS(end - x), BOX_HEIGHT, paint.fill);
	label(name, x, y, end - x);
	printf("</g>\n");
}

/* A part of the picture, written before what stands in front of it. */
struct part {
	char *text;
	size_t size;
	uint64_t height;
};

static int write_head(struct part *head, const struct svg *svg)
{
	FILE *out = open_memstream(&head->text, &head->size);
	uint64_t y = MARGIN;

	if (!out)
		return -ENOMEM;
	y = paragraph(out, svg, y, "title", svg->o->title, TITLE_LINE, TITLE_CHARACTER);
	if (svg->o->subtitle)
		y = paragraph(out, svg, y, "sub", svg->o->subtitle, LINE, CHARACTER);
	y = paragraph(out, svg, y, "sub", svg->explains, LINE, CHARACTER);
	head->height = legend(out, svg, y + 4);
	return fclose(out) ? -ENOMEM : 0;
}

static int write_foot(struct part *foot, const struct svg *svg)
{
	FILE *out = open_memstream(&foot->text, &foot->size);
	uint64_t y = 4;
	size_t i;

	if (!out)
		return -ENOMEM;
	for (i = 0; i < svg->nr_notes; i++)
		y = paragraph(out, svg, y, "note", svg->notes[i], LINE, CHARACTER);
	foot->height = y + MARGIN;
	return fclose(out) ? -ENOMEM : 0;
}

static void write_all(const struct svg *svg, const struct part *head, const struct part *foot)
{
	uint64_t boxes = (svg->b->depth + UINT64_C(1)) * ROW, width = svg->o->width;
	struct text title = {svg->o->title, strlen(svg->o->title)};
	size_t i;

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"uflame\" role=\"group\" "
	       "font-family=\"monospace\" font-size=\"12\" width=\"%" PRIu64 "\" height=\"%" PRIu64
	       "\" viewBox=\"0 0 %" PRIu64 " %" PRIu64
	       "\" data-character=\"%d\" data-margin=\"%d\" aria-label=\"",
	       width, head->height + boxes + foot->height, width,
	       head->height + boxes + foot->height, CHARACTER, LABEL_MARGIN);
	xml_text(stdout, title);
	printf("\">\n<title>");
	xml_text(stdout, title);
	printf("</title>\n<style><![CDATA[\n%s]]></style>\n"
	       "<rect class=\"paper\" width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	       "<g class=\"head\">\n%s</g>\n"
	       "<g class=\"boxes\" transform=\"translate(0,%" PRIu64 ")\">\n",
	       live_css, head->text, head->height);
	for (i = 0; i < svg->b->nr; i++)
		draw_box(svg, &svg->b->boxes[i]);
	printf("</g>\n<g class=\"foot\" transform=\"translate(0,%" PRIu64 ")\">\n%s</g>\n"
	       "<script><![CDATA[\n%s]]></script>\n</svg>\n",
	       head->height + boxes, foot->text, live_js);
}

int svg_write(const struct svg *svg)
{
	struct part head = {0}, foot = {0};
	int err = write_head(&head, svg);

	if (!err)
		err = write_foot(&foot, svg);
	if (!err)
		write_all(svg, &head, &foot);
	free(head.text);
	free(foot.text);
	return err;
}
