// SPDX-License-Identifier: GPL-2.0-only
/*
 * calltree: folded stacks as an indented table of percentages.
 *
 * in:
 *
 *	oom_reaper;tlb_finish_mmu 20
 *	oom_reaper;unmap_page_range 8
 *	oom_reaper;unmap_page_range;__pte_offset_map_lock 42
 *	oom_reaper;unmap_page_range;folio_remove_rmap_ptes 30
 *
 * out, each a share of the line that it is indented under:
 *
 *	|--100.00%-- oom_reaper
 *	| |--80.00%-- unmap_page_range
 *	| | |--10.00%-- [hit in function]
 *	| | |--52.50%-- __pte_offset_map_lock
 *	| | |--37.50%-- folio_remove_rmap_ptes
 *	| |--20.00%-- tlb_finish_mmu
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxes.h"
#include "folded.h"

static const char help[] =
	"Usage: %s [OPTION]... [FILE]\n"
	"Print folded stacks as an indented table: each function with its share of its caller.\n"
	"Without FILE, or with -, read standard input.\n\n"
	"  -c, --comm NAME            only stacks that begin with this; may be given more than once\n"
	"  -r, --root SYMBOL          begin stacks at this function; those without it are left out\n"
	"  -m, --min PERCENT          leave out what is less than this of all; 0.1 if not given\n"
	"  -d, --depth N              no deeper than this\n"
	"  -R, --relative parent|root percentages of the caller (if not given) or of all\n"
	"  -n, --names 6.12|7.3       names of that kernel for functions that were renamed since\n"
	"  -s, --share SYMBOL         print only the percentage of all that lies in or below this\n"
	"                             function, wherever it is called from\n"
	"  -h, --help\n";

static const struct option options[] = {
	{"comm", required_argument, NULL, 'c'},
	{"root", required_argument, NULL, 'r'},
	{"min", required_argument, NULL, 'm'},
	{"depth", required_argument, NULL, 'd'},
	{"relative", required_argument, NULL, 'R'},
	{"share", required_argument, NULL, 's'},
	{"names", required_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* Thousandths of a percent in all. */
#define ALL UINT64_C(100000)

struct wanted {
	struct selection sel;
	uint64_t min; /* of ALL */
	uint64_t depth;
	bool of_root;
	const char *share; /* a function: print only its share; NULL for the tree */
};

/* The exit status, or -1 to go on. */
static int parse_options(int argc, char **argv, struct wanted *w)
{
	int c;

	argv[0] = program_invocation_short_name;
	while ((c = getopt_long(argc, argv, "c:r:m:d:R:n:s:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			if (!selection_comm(&w->sel, optarg))
				break;
			complain("%s", strerror(ENOMEM));
			return 1;
		case 'r':
			w->sel.root = optarg;
			break;
		case 'm':
			if (!text_thousandths(optarg, &w->min) && w->min <= ALL)
				break;
			complain("--min takes a percentage, like 0.5, not '%s'", optarg);
			return 2;
		case 'd':
			if (!text_number((struct text){optarg, strlen(optarg)}, &w->depth) &&
			    w->depth)
				break;
			complain("--depth takes a number from 1 up, not '%s'", optarg);
			return 2;
		case 'R':
			w->of_root = !strcmp(optarg, "root");
			if (w->of_root || !strcmp(optarg, "parent"))
				break;
			complain("--relative takes parent or root, not '%s'", optarg);
			return 2;
		case 'n':
			w->sel.names = kernel_names_parse(optarg);
			if (w->sel.names != NAMES_AS_THEY_ARE)
				break;
			complain("--names takes 6.12 or 7.3, not '%s'", optarg);
			return 2;
		case 's':
			w->share = optarg;
			break;
		case 'h':
			printf(help, program_invocation_short_name);
			return finish_output();
		default:
			return 2;
		}
	}
	if (argc - optind <= 1)
		return -1;
	complain("one file at a time, not also '%s'", argv[optind + 1]);
	return 2;
}

/* The table, and how far printing has come. */
struct tree {
	const struct wanted *w;
	const struct stacks *s;
	const struct boxes *b;
	uint32_t *order; /* boxes by their caller, and then the heaviest first */
	size_t *next;	 /* for each box, the place in @order of what it calls and is not printed */
};

/* Boxes come in order of name, which is what decides among equals. */
static int by_caller(const void *a, const void *b, void *boxes)
{
	const struct box *base = boxes, *x = base + *(const uint32_t *)a;
	const struct box *y = base + *(const uint32_t *)b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->total[0] != y->total[0])
		return x->total[0] > y->total[0] ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int tree_order(struct tree *t)
{
	const struct boxes *b = t->b;
	size_t i;

	t->order = malloc(b->nr * sizeof(*t->order));
	t->next = malloc(b->nr * sizeof(*t->next));
	if (!t->order || !t->next)
		return -ENOMEM;
	for (i = 0; i < b->nr; i++) {
		t->order[i] = (uint32_t)i;
		t->next[i] = b->nr;
	}
	/* The first box is its own caller: it stays where it is. */
	qsort_r(t->order + 1, b->nr - 1, sizeof(*t->order), by_caller, b->boxes);
	for (i = b->nr; --i;)
		t->next[b->boxes[t->order[i]].parent] = i;
	return 0;
}

static void print_line(const struct tree *t, uint32_t depth, uint64_t weight, uint64_t parent,
		       struct text name)
{
	uint64_t share = scaled(weight, t->w->of_root ? t->s->total[0] : parent, 10000);

	while (depth--)
		fputs("| ", stdout);
	printf("|--%" PRIu64 ".%02" PRIu64 "%%-- ", share / 100, share % 100);
	fwrite(name.at, 1, name.len, stdout);
	putchar('\n');
}

/* Lines that are no function: a function's own share, and that of callees left out. */
static void print_rest(const struct tree *t, const struct box *box, uint64_t weight,
		       struct text what)
{
	unsigned __int128 share = (unsigned __int128)weight * ALL;

	if (weight && share >= (unsigned __int128)t->w->min * t->s->total[0])
		print_line(t, box->depth, weight, box->total[0], what);
}

/* The weight of a box that its printed callees do not account for. */
static uint64_t left_out(const struct tree *t, size_t number)
{
	const struct box *boxes = t->b->boxes;
	uint64_t rest = boxes[number].total[0] - boxes[number].self[0];
	size_t at;

	for (at = t->next[number]; at-- > 1 && boxes[t->order[at]].parent == number;)
		rest -= boxes[t->order[at]].total[0];
	return rest;
}

static void print_box(const struct tree *t, const struct box *box)
{
	print_line(t, box->depth - 1, box->total[0], t->b->boxes[box->parent].total[0],
		   names_text(&t->s->names, box->name));
	if (box->depth < t->w->depth && box->self[0] < box->total[0])
		print_rest(t, box, box->self[0], TEXT("[hit in function]"));
}

/* No recursion: a stack may be deeper than ours. */
static void print_tree(struct tree *t)
{
	const struct box *boxes = t->b->boxes;
	size_t at = 0, next;

	for (;;) {
		next = t->next[at];
		if (boxes[at].depth < t->w->depth && next < t->b->nr &&
		    boxes[t->order[next]].parent == at) {
			t->next[at]++;
			at = t->order[next];
			print_box(t, &boxes[at]);
			continue;
		}
		if (boxes[at].depth < t->w->depth)
			print_rest(t, &boxes[at], left_out(t, at), TEXT("[others]"));
		if (!at)
			return;
		at = boxes[at].parent;
	}
}

static int print_stacks(const struct wanted *w, struct stacks *s)
{
	struct boxes b;
	struct tree t = {.w = w, .s = s, .b = &b};
	int err = boxes_build(&b, s, 0, ALL, w->min);

	if (!err)
		err = tree_order(&t);
	if (!err)
		print_tree(&t);
	free(t.order);
	free(t.next);
	boxes_free(&b);
	return err;
}

/* A stack counts once, however often the function stands in it. */
static int print_share(struct stacks *s, const char *function)
{
	int64_t name = names_intern(&s->names, (struct text){function, strlen(function)});
	uint64_t weight = 0, share;
	size_t i, frame;

	if (name < 0)
		return (int)name;
	for (i = 0; i < s->nr; i++) {
		const uint32_t *frames = s->frames + s->stacks[i].at;

		for (frame = 0; frame < s->stacks[i].depth && frames[frame] != name; frame++)
			;
		if (frame < s->stacks[i].depth)
			weight += s->stacks[i].weight[0];
	}
	share = scaled(weight, s->total[0], 10000);
	printf("%" PRIu64 ".%02" PRIu64 "\n", share / 100, share % 100);
	return 0;
}

int main(int argc, char **argv)
{
	struct wanted w = {.min = 100, .depth = UINT32_MAX};
	struct stacks s = {0};
	int status = parse_options(argc, argv, &w), err;

	if (status < 0) {
		status = 1;
		if (!folded_open(argv[optind], &s, &w.sel, 0)) {
			err = w.share ? print_share(&s, w.share) : print_stacks(&w, &s);
			if (err)
				complain("%s", strerror(-err));
			else
				status = finish_output();
		}
	}
	stacks_free(&s);
	free(w.sel.comms);
	return status;
}
