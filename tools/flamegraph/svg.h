/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A picture of boxes: header, legend, boxes, notes, and the script that makes it live. It needs
 * nothing from outside, may stand alone or inside a page beside others, and can be read without
 * scripts: a box then has its label and its tooltip.
 */
#ifndef FLAMEGRAPH_SVG_H
#define FLAMEGRAPH_SVG_H

#include "boxes.h"

struct svg_options {
	const char *title, *subtitle; /* the second may be NULL */
	const char *unit;	      /* of weights, in the plural */
	uint64_t width;		      /* pixels */
	uint64_t narrow; /* boxes narrower than that are left out; thousandths of one */
	bool inverted;	 /* the first box at the top */
};

struct svg_key {
	const char *fill, *words; /* no words: one step of a scale */
};

/* How one box looks. */
struct svg_paint {
	const char *fill;
	char says[512]; /* behind the name, one fact in each line */
};

struct svg {
	const struct svg_options *o;
	const struct stacks *s;
	const struct boxes *b;
	const char *explains; /* what width means, in a sentence */
	const struct svg_key *keys;
	size_t nr_keys;
	char **notes; /* below the boxes; any bytes */
	size_t nr_notes;
	void (*paint)(const struct svg *svg, const struct box *box, struct svg_paint *paint);
	const void *context; /* of @paint */
};

/**
 * svg_write() - Write a picture to standard output.
 * @svg: all of it.
 *
 * The same input gives the same bytes, on every machine.
 *
 * Context: May sleep. Whether everything was written is for finish_output() to say.
 * Return: 0; -ENOMEM, and nothing is written.
 */
int svg_write(const struct svg *svg);

/**
 * svg_name() - The name of a box.
 * @svg: the picture.
 * @box: one of its boxes.
 *
 * Context: Any.
 * Return: the name; "all" for the first box.
 */
struct text svg_name(const struct svg *svg, const struct box *box);

/* Options of every program that draws, for getopt_long(). */
#define SVG_SHORT_OPTIONS "t:s:W:u:m:ih"
#define SVG_LONG_OPTIONS                                                                           \
	{"title", required_argument, NULL, 't'}, {"subtitle", required_argument, NULL, 's'},       \
		{"width", required_argument, NULL, 'W'}, {"unit", required_argument, NULL, 'u'},   \
		{"min-width", required_argument, NULL, 'm'}, {"inverted", no_argument, NULL, 'i'}, \
	{                                                                                          \
		"help", no_argument, NULL, 'h'                                                     \
	}
#define SVG_OPTIONS_HELP                                                                     \
	"  -t, --title TEXT       what stands at the top\n"                                  \
	"  -s, --subtitle TEXT    what stands below it\n"                                    \
	"  -W, --width PX         200 to 20000; 1200 if not given\n"                         \
	"  -u, --unit NAME        what weights are: samples (if not given), ns, pages ...\n" \
	"  -m, --min-width PX     leave boxes out that are narrower; 0.1 if not given\n"     \
	"  -i, --inverted         the root at the top\n"                                     \
	"  -h, --help\n"

/**
 * svg_option() - Take one of the options above, but for help.
 * @o: filled in.
 * @c: what getopt_long() returned.
 * @value: its argument.
 *
 * Context: May sleep. Says on standard error what is wrong.
 * Return: 0; -EINVAL.
 */
int svg_option(struct svg_options *o, int c, const char *value);

/**
 * svg_thousands() - A number with commas.
 * @number: the number.
 * @to: filled, 32 bytes or more.
 *
 * Context: Any.
 * Return: @to.
 */
char *svg_thousands(uint64_t number, char *to);

/**
 * svg_weight() - A weight with its unit.
 * @o: the options.
 * @weight: the weight.
 * @to: filled, SVG_WEIGHT bytes or more.
 *
 * Context: Any.
 * Return: @to.
 */
char *svg_weight(const struct svg_options *o, uint64_t weight, char *to);

#define SVG_WEIGHT 96

/**
 * svg_percent() - A share in percent, with two decimals.
 * @part: up to 2^63.
 * @whole: up to 2^63, not 0.
 * @to: filled, 32 bytes or more.
 *
 * Context: Any.
 * Return: @to.
 */
char *svg_percent(uint64_t part, uint64_t whole, char *to);

/**
 * svg_narrow_note() - Make a note about the boxes that were left out.
 * @b: the boxes.
 * @s: their stacks.
 * @o: the options.
 * @note: filled with a text for free(); NULL if nothing was left out.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int svg_narrow_note(const struct boxes *b, const struct stacks *s, const struct svg_options *o,
		    char **note);

#endif
