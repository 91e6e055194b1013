// SPDX-License-Identifier: GPL-2.0-only
/*
 * flamegraph: folded stacks into a flame graph.
 *
 * in:
 *
 *	exit;unmap_page_range;zap_pte_range 6
 *	oom_reaper;unmap_page_range;zap_pte_range;__pte_offset_map_lock 4
 *
 * out, an SVG picture:
 *
 *	                                         [__pte_offset_map_lo…]
 *	[zap_pte_range                          ][zap_pte_range       ]
 *	[unmap_page_range                       ][unmap_page_range    ]
 *	[exit                                   ][oom_reaper          ]
 *	[all                                                          ]
 *
 * Width is weight, a box stands on its caller, and functions that wait for a lock stand out.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folded.h"
#include "palette.h"
#include "svg.h"

static const char help[] =
	"Usage: %s [OPTION]... [FILE]\n"
	"Draw folded stacks as a flame graph, an SVG picture on standard output.\n"
	"Without FILE, or with -, read standard input.\n\n" SVG_OPTIONS_HELP;

static const struct option options[] = {SVG_LONG_OPTIONS, {NULL, 0, NULL, 0}};

static void paint(const struct svg *svg, const struct box *box, struct svg_paint *paint)
{
	const struct box *caller = &svg->b->boxes[box->parent];
	char weight[SVG_WEIGHT], share[32], of_caller[32];
	struct text name = svg_name(svg, box);

	paint->fill = palette_fill(box->depth ? kind_of(name) : KIND_ALL, name);
	svg_weight(svg->o, box->total[0], weight);
	svg_percent(box->total[0], svg->s->total[0], share);
	svg_percent(box->total[0], caller->total[0], of_caller);
	snprintf(paint->says, sizeof(paint->says),
		 box->depth > 1 ? "%s\n%s of all\n%s of its caller" : "%s\n%s of all", weight,
		 share, of_caller);
}

/* The kinds that are in the picture, for its legend. */
static size_t find_keys(const struct stacks *s, const struct boxes *b, struct svg_key *keys)
{
	bool there[NR_KINDS] = {false};
	size_t i, nr = 0;
	int kind;

	for (i = 1; i < b->nr; i++)
		there[kind_of(names_text(&s->names, b->boxes[i].name))] = true;
	for (kind = KIND_FUNCTION; kind < NR_KINDS; kind++)
		if (there[kind])
			keys[nr++] =
				(struct svg_key){palette_fill(kind, TEXT("")), palette_words(kind)};
	return nr;
}

static int draw(const struct svg_options *o, struct stacks *s)
{
	struct svg_key keys[NR_KINDS];
	struct boxes b;
	struct svg svg = {.o = o, .s = s, .b = &b, .keys = keys, .paint = paint};
	char all[SVG_WEIGHT], explains[SVG_WEIGHT + 128], *note = NULL;
	int err = boxes_build(&b, s, 0, o->width * 1000, o->narrow);

	if (!err)
		err = svg_narrow_note(&b, s, o, &note);
	if (!err) {
		snprintf(explains, sizeof(explains),
			 "The width of a box is its share of all %s; what stands %s it was called "
			 "by it.",
			 svg_weight(o, s->total[0], all), o->inverted ? "below" : "on");
		svg.explains = explains;
		svg.nr_keys = find_keys(s, &b, keys);
		svg.notes = &note;
		svg.nr_notes = note != NULL;
		err = svg_write(&svg);
	}
	free(note);
	boxes_free(&b);
	return err;
}

int main(int argc, char **argv)
{
	struct svg_options o = {
		.title = "Flame graph", .unit = "samples", .width = 1200, .narrow = 100};
	const struct selection everything = {0};
	struct stacks s = {0};
	int c, err, status = 1;

	argv[0] = program_invocation_short_name;
	while ((c = getopt_long(argc, argv, SVG_SHORT_OPTIONS, options, NULL)) != -1) {
		if (c == 'h') {
			printf(help, program_invocation_short_name);
			return finish_output();
		}
		if (c == '?' || svg_option(&o, c, optarg))
			return 2;
	}
	if (argc - optind > 1) {
		complain("one file at a time, not also '%s'", argv[optind + 1]);
		return 2;
	}
	if (!folded_open(argv[optind], &s, &everything, 0)) {
		err = draw(&o, &s);
		if (err)
			complain("%s", strerror(-err));
		else
			status = finish_output();
	}
	stacks_free(&s);
	return status;
}
