// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: any bytes as folded stacks. The first byte says how they are read (bits of OPTIONS).
 * The outcome is stacks that are the same when they are written and read again, with a tree
 * whose weights add up and, with PICTURE, a picture that is well-formed XML; or one line of error.
 * With BEFORE a line "--" divides the text into the two sides of a comparison.
 */
#include <ctype.h>
#include <stdint.h>

#include "fuzz_text.h"
#include "palette.h"
#include "svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* OPTIONS */
enum {
	COMM = 1,
	ROOT = 2,
	INVERTED = 4,
	ALL_BOXES = 8,
	BEFORE = 16,
	PICTURE = 32,
};

static struct kept out, errors;

static int read_side(struct text input, unsigned int options, struct stacks *s, int side)
{
	const char *comm = "app";
	struct selection sel = {.comms = &comm, .nr_comms = !!(options & COMM)};
	struct reader r = reader_of(input);
	int err;

	sel.root = options & ROOT ? "main" : NULL;
	kept_forget(&errors);
	err = folded_read(&r, s, &sel, side);
	reader_close(&r);
	REQUIRE(err <= 0);
	REQUIRE(lines_of(kept_text(&errors)) == (err != 0));
	check_total(s, side);
	return err;
}

/* Make a label and a tooltip of a box, as a picture does: they take any name. */
static void paint(const struct svg *svg, const struct box *box, struct svg_paint *paint)
{
	struct text name = svg_name(svg, box);

	paint->fill = palette_fill(kind_of(name), name);
	svg_percent(box->total[svg->b->side], svg->s->total[svg->b->side], paint->says);
}

/* Boxes fit in the box that they stand on, on both sides. */
static void check_boxes(const struct boxes *b)
{
	size_t i;
	int side;

	for (i = 1; i < b->nr; i++) {
		const struct box *box = &b->boxes[i], *caller = &b->boxes[box->parent];

		REQUIRE(box->parent < i && box->depth == caller->depth + 1);
		for (side = 0; side < 2; side++) {
			REQUIRE(box->self[side] <= box->total[side]);
			REQUIRE(box->start[side] >= caller->start[side]);
			REQUIRE(box->start[side] + box->total[side] <=
				caller->start[side] + caller->total[side]);
		}
	}
}

static size_t entity_length(const char *at, const char *end)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;"};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if ((size_t)(end - at) >= strlen(known[i]) &&
		    !memcmp(at, known[i], strlen(known[i])))
			return strlen(known[i]);
	if (end - at > 3 && !memcmp(at, "&#", 2)) {
		for (i = 2; at + i < end && isalnum((unsigned char)at[i]); i++)
			;
		if (at + i < end && at[i] == ';')
			return i + 1;
	}
	return 0;
}

/* Tags close what was opened last, quotes end, and no bare '<' or '&' is text. */
static void check_xml(struct text t)
{
	const char *at = t.at, *end = t.at + t.len;
	int depth = 0;

	while (at < end) {
		if (*at == '&') {
			size_t length = entity_length(at, end);

			REQUIRE(length);
			at += length;
		} else if (end - at > 9 && !memcmp(at, "<![CDATA[", 9)) {
			at = memmem(at, (size_t)(end - at), "]]>", 3);
			REQUIRE(at);
			at += 3;
		} else if (*at == '<') {
			bool closes = at[1] == '/', quoted = false;

			REQUIRE(closes || isalpha((unsigned char)at[1]));
			for (at++; at < end && (quoted || *at != '>'); at++) {
				REQUIRE(*at != '<');
				quoted ^= *at == '"';
			}
			REQUIRE(at < end);
			depth += closes ? -1 : at[-1] != '/';
			REQUIRE(depth >= 0);
			at++;
		} else {
			REQUIRE((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t');
			at++;
		}
	}
	REQUIRE(!depth);
}

static void check_tree(struct stacks *s, unsigned int options)
{
	const struct svg_options o = {.title = "<t>",
				      .unit = "&",
				      .width = 1200,
				      .narrow = options & ALL_BOXES ? 0 : 100,
				      .inverted = options & INVERTED};
	struct boxes b;
	char *note;
	struct svg svg = {.o = &o, .s = s, .b = &b, .explains = "x", .paint = paint};

	REQUIRE(!boxes_build(&b, s, 0, o.width * 1000, o.narrow));
	check_boxes(&b);
	if (options & PICTURE) {
		REQUIRE(!svg_narrow_note(&b, s, &o, &note));
		svg.notes = &note;
		svg.nr_notes = note != NULL;
		kept_forget(&out);
		REQUIRE(!svg_write(&svg));
		check_xml(kept_text(&out));
		free(note);
	}
	boxes_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text input = {(const char *)data, size}, after = {0}, text;
	unsigned int options = size ? data[0] : 0;
	struct stacks s = {0};
	const char *parted;
	int err;

	keep(&out, &stdout);
	keep(&errors, &stderr);
	if (size)
		input = text_from(input, 1);
	parted = options & BEFORE ? memmem(input.at, input.len, "\n--\n", 4) : NULL;
	if (parted) {
		after = text_from(input, (size_t)(parted + 4 - input.at));
		input.len = (size_t)(parted + 1 - input.at);
	}
	err = read_side(input, options, &s, 0);
	if (!err && parted)
		err = read_side(after, options, &s, 1);
	if (!err && !parted) {
		kept_forget(&out);
		REQUIRE(!folded_write(&s));
		text = kept_copy(&out);
		/* A root may be a name that only stands behind others, "#" say. */
		if (!(options & ROOT))
			check_written(text, &out);
		free((char *)text.at);
	}
	if (!err && s.total[0])
		check_tree(&s, options);
	stacks_free(&s);
	keep_no_more(&out, &stdout);
	keep_no_more(&errors, &stderr);
	return 0;
}
