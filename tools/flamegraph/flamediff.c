// SPDX-License-Identifier: GPL-2.0-only
/*
 * flamediff: the change between two files of folded stacks, as a flame graph of the second.
 *
 * in, before and after:
 *
 *	oom_reaper;zap_pte_range;__pte_offset_map_lock 40      oom_reaper;zap_pte_range;put_page 55
 *	oom_reaper;zap_pte_range;put_page 60                   oom_reaper;tlb_finish_mmu 45
 *
 * out, an SVG picture: `put_page` shrank from 60 % to 55 % and is light blue, `tlb_finish_mmu` was
 * not there before and is red; below it stands that `__pte_offset_map_lock`, 40 % before, is gone.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folded.h"
#include "palette.h"
#include "svg.h"

#define MOST_LOST 6 /* lines about functions that are on the other side only, or nearly so */

/* Shares are parts of this. */
#define SHARE UINT64_C(1000000000000)

static const char help[] =
	"Usage: %s [OPTION]... BEFORE AFTER\n"
	"Draw the difference of two files of folded stacks as a flame graph, an SVG picture on\n"
	"standard output. One of them may be -, standard input. Width is weight in AFTER; red grew,\n"
	"blue shrank.\n\n"
	"  -r, --raw              compare weights as they are, not their shares of all\n"
	"  -b, --before           width is weight in BEFORE\n" SVG_OPTIONS_HELP;

static const struct option options[] = {{"raw", no_argument, NULL, 'r'},
					{"before", no_argument, NULL, 'b'},
					SVG_LONG_OPTIONS,
					{NULL, 0, NULL, 0}};

static const char *const sides[] = {"before", "after"};

struct diff {
	struct svg_options svg;
	bool raw;
	int side;      /* whose weights are widths: 0 before, 1 after */
	uint64_t most; /* the largest change of what is drawn or listed */
};

/* A change and its direction. */
struct change {
	bool grew;
	uint64_t size; /* weight if raw, else part of SHARE */
};

static struct change change_of(const struct diff *d, const struct stacks *s, const struct box *box)
{
	uint64_t before = box->total[0], after = box->total[1];

	if (!d->raw) {
		before = scaled(before, s->total[0], SHARE);
		after = scaled(after, s->total[1], SHARE);
	}
	return after > before ? (struct change){true, after - before}
			      : (struct change){false, before - after};
}

/* "3.20 percentage points" or "120 samples". */
static const char *change_words(const struct diff *d, uint64_t size, char *to)
{
	uint64_t hundredths = scaled(size, SHARE, 10000);

	if (d->raw)
		return svg_weight(&d->svg, size, to);
	snprintf(to, SVG_WEIGHT, "%" PRIu64 ".%02" PRIu64 " percentage points", hundredths / 100,
		 hundredths % 100);
	return to;
}

/* How far a change is along the scale, rounded; the longest step is the largest change. */
static int change_step(const struct diff *d, struct change change)
{
	int step = d->most ? (int)scaled(change.size, d->most, DIFF_STEPS) : 0;

	return change.grew ? step : -step;
}

static void paint(const struct svg *svg, const struct box *box, struct svg_paint *paint)
{
	const struct diff *d = svg->context;
	const struct stacks *s = svg->s;
	struct change change = change_of(d, s, box);
	char weight[2][SVG_WEIGHT], share[2][32], size[SVG_WEIGHT], words[SVG_WEIGHT + 16];
	int side;

	for (side = 0; side < 2; side++) {
		svg_weight(&d->svg, box->total[side], weight[side]);
		svg_percent(box->total[side], s->total[side], share[side]);
	}
	change_words(d, change.size, size);
	if (!change.size)
		snprintf(words, sizeof(words), "unchanged");
	else
		snprintf(words, sizeof(words), "%s by %s", change.grew ? "grew" : "shrank", size);
	paint->fill = palette_diff(change_step(d, change));
	snprintf(paint->says, sizeof(paint->says), "%s\nbefore %s, %s\nafter %s, %s", words,
		 weight[0], share[0], weight[1], share[1]);
}

static int heavier(const void *a, const void *b, void *side)
{
	const struct box *x = a, *y = b;
	int other = *(const int *)side;

	if (x->total[other] != y->total[other])
		return x->total[other] > y->total[other] ? -1 : 1;
	/* Then as they stood in the walk. */
	return (x->start[other] > y->start[other]) - (x->start[other] < y->start[other]);
}

/* A name as a note may have it: not longer than it should be. */
static struct text short_name(const struct stacks *s, uint32_t name)
{
	struct text t = names_text(&s->names, name);

	return (struct text){t.at, t.len < 120 ? t.len : 120};
}

static int lost_note(const struct diff *d, const struct stacks *s, const struct boxes *b,
		     const struct box *lost, char **note)
{
	const struct box *caller = &b->boxes[lost->parent];
	struct text name = short_name(s, lost->name), by = TEXT("all");
	char weight[SVG_WEIGHT], share[32], here[32];
	int other = !d->side, n;

	if (caller->depth)
		by = short_name(s, caller->name);
	svg_weight(&d->svg, lost->total[other], weight);
	svg_percent(lost->total[other], s->total[other], share);
	if (lost->total[d->side]) {
		svg_percent(lost->total[d->side], s->total[d->side], here);
		n = asprintf(note, "Hardly any %s: %.*s, in %.*s: %s, %s -> %s.", sides[d->side],
			     (int)name.len, name.at, (int)by.len, by.at, weight,
			     other ? here : share, other ? share : here);
	} else {
		n = asprintf(note, "Only %s: %.*s, in %.*s: %s, %s.", sides[other], (int)name.len,
			     name.at, (int)by.len, by.at, weight, share);
	}
	if (n >= 0)
		return 0;
	*note = NULL;
	return -ENOMEM;
}

/* List the functions that have no box because they have hardly any width; the heaviest first. */
static int lost_notes(const struct diff *d, const struct stacks *s, const struct boxes *b,
		      char **notes, size_t *nr)
{
	char number[32], weight[SVG_WEIGHT];
	int other = !d->side, err = 0;
	bool here = false;
	uint64_t rest = 0;
	size_t i;

	if (b->nr_lost)
		qsort_r(b->lost, b->nr_lost, sizeof(*b->lost), heavier, &other);
	for (i = 0; i < b->nr_lost && i < MOST_LOST && !err; i++) {
		err = lost_note(d, s, b, &b->lost[i], &notes[*nr]);
		*nr += !err;
	}
	for (; i < b->nr_lost; i++) {
		rest += b->lost[i].total[other];
		here |= b->lost[i].total[d->side] != 0;
	}
	if (err || b->nr_lost <= MOST_LOST)
		return err;
	if (asprintf(&notes[*nr], "Only %s%s: %s more, %s together.", here ? "or nearly only " : "",
		     sides[other], svg_thousands(b->nr_lost - MOST_LOST, number),
		     svg_weight(&d->svg, rest, weight)) < 0)
		return -ENOMEM;
	++*nr;
	return 0;
}

/* The scale, from the largest change down to as much up; one step if nothing changed. */
static size_t scale_keys(const struct diff *d, struct svg_key *keys, char shrank[], char grew[])
{
	char size[SVG_WEIGHT];
	size_t nr = 0;
	int step;

	change_words(d, d->most, size);
	snprintf(shrank, SVG_WEIGHT + 32, "shrank by up to %s", size);
	snprintf(grew, SVG_WEIGHT + 32, "grew by up to %s", size);
	for (step = -DIFF_STEPS; step <= DIFF_STEPS; step++) {
		struct svg_key key = {palette_diff(step), NULL};

		if (step && !d->most)
			continue;
		if (step == -1)
			key.words = shrank;
		else if (!step)
			key.words = "unchanged";
		else if (step == DIFF_STEPS)
			key.words = grew;
		keys[nr++] = key;
	}
	return nr;
}

static int write_picture(struct diff *d, const struct stacks *s, const struct boxes *b,
			 char **notes, size_t nr_notes)
{
	char totals[2][SVG_WEIGHT], explains[2 * SVG_WEIGHT + 256];
	char shrank[SVG_WEIGHT + 32], grew[SVG_WEIGHT + 32];
	struct svg_key keys[2 * DIFF_STEPS + 1];
	struct svg svg = {.o = &d->svg,
			  .s = s,
			  .b = b,
			  .explains = explains,
			  .keys = keys,
			  .nr_keys = scale_keys(d, keys, shrank, grew),
			  .notes = notes,
			  .nr_notes = nr_notes,
			  .paint = paint,
			  .context = d};

	snprintf(
		explains, sizeof(explains),
		"%s before, %s after. The width of a box is its share %s; its colour is the change "
		"of its %s from before to after; what stands %s it was called by it.",
		svg_weight(&d->svg, s->total[0], totals[0]),
		svg_weight(&d->svg, s->total[1], totals[1]), d->side ? "after" : "before",
		d->raw ? "weight" : "share of all", d->svg.inverted ? "below" : "on");
	return svg_write(&svg);
}

/* The largest change of some boxes, or @most if that is larger. */
static uint64_t most_change(const struct diff *d, const struct stacks *s, const struct box *boxes,
			    size_t nr, uint64_t most)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		uint64_t size = change_of(d, s, &boxes[i]).size;

		if (most < size)
			most = size;
	}
	return most;
}

static int draw(struct diff *d, struct stacks *s)
{
	char *notes[MOST_LOST + 2] = {NULL};
	size_t nr_notes = 0, i;
	struct boxes b;
	int err = boxes_build(&b, s, d->side, d->svg.width * 1000, d->svg.narrow);

	if (!err)
		d->most = most_change(d, s, b.lost, b.nr_lost, most_change(d, s, b.boxes, b.nr, 0));
	if (!err)
		err = lost_notes(d, s, &b, notes, &nr_notes);
	if (!err)
		err = svg_narrow_note(&b, s, &d->svg, &notes[nr_notes]);
	if (!err)
		err = write_picture(d, s, &b, notes, nr_notes + (notes[nr_notes] != NULL));
	for (i = 0; i < MOST_LOST + 2; i++)
		free(notes[i]);
	boxes_free(&b);
	return err;
}

/* The exit status, or -1 to go on. */
static int parse_options(int argc, char **argv, struct diff *d)
{
	int c;

	argv[0] = program_invocation_short_name;
	while ((c = getopt_long(argc, argv, "rb" SVG_SHORT_OPTIONS, options, NULL)) != -1) {
		if (c == 'h') {
			printf(help, program_invocation_short_name);
			return finish_output();
		}
		if (c == 'r')
			d->raw = true;
		else if (c == 'b')
			d->side = 0;
		else if (c == '?' || svg_option(&d->svg, c, optarg))
			return 2;
	}
	if (argc - optind == 2 && (strcmp(argv[optind], "-") || strcmp(argv[optind + 1], "-")))
		return -1;
	complain("it takes two files, before and after; one of them may be '-'");
	return 2;
}

int main(int argc, char **argv)
{
	struct diff d = {.svg = {.title = "Differential flame graph",
				 .unit = "samples",
				 .width = 1200,
				 .narrow = 100},
			 .side = 1};
	const struct selection everything = {0};
	struct stacks s = {0};
	int status = parse_options(argc, argv, &d), err;

	if (status < 0) {
		status = 1;
		if (!folded_open(argv[optind], &s, &everything, 0) &&
		    !folded_open(argv[optind + 1], &s, &everything, 1)) {
			err = draw(&d, &s);
			if (err)
				complain("%s", strerror(-err));
			else
				status = finish_output();
		}
	}
	stacks_free(&s);
	return status;
}
