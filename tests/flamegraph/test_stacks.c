// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a set of stacks merges what is equal, sorts by bytes, and its walk is the tree: the
 * same totals as counting each stack's beginnings one by one. Wrong is a node that a walk visits
 * twice, a weight that goes missing, an order that depends on the input's, or a set that a failed
 * allocation leaves half changed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "boxes.h"
#include "sort.h"

/* Linked with --wrap for each of these, so what the code under test allocates comes here. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long fail_in = -1; /* the allocation that fails; -1 is none */

static bool granted(void)
{
	return fail_in < 0 || fail_in-- > 0;
}

void *__wrap_malloc(size_t size)
{
	return granted() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return granted() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return granted() ? __real_realloc(old, size) : NULL;
}

static uint64_t seed = 1;

static uint32_t next_random(uint32_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed >> 33) % below;
}

/* Add "a;b;c". */
static int add(struct stacks *s, const char *line, int side, uint64_t weight)
{
	uint32_t frames[64];
	size_t depth = 0, len;
	int64_t name;

	do {
		len = strcspn(line, ";");
		name = names_intern(&s->names, (struct text){line, len});
		if (name < 0)
			return (int)name;
		frames[depth++] = (uint32_t)name;
		line += len + (line[len] == ';');
	} while (*line);
	return stacks_add(s, frames, depth, side, weight);
}

static char *line_of(const struct stacks *s, size_t at, char *line)
{
	const struct stack *stack = &s->stacks[s->order[at]];
	size_t used = 0, i;

	for (i = 0; i < stack->depth; i++) {
		struct text t = names_text(&s->names, s->frames[stack->at + i]);

		if (i)
			line[used++] = ';';
		memcpy(line + used, t.at, t.len);
		used += t.len;
	}
	line[used] = '\0';
	return line;
}

static void equal_stacks_are_one(void **state)
{
	struct stacks s = {0};

	assert_int_equal(add(&s, "a;b", 0, 2), 0);
	assert_int_equal(add(&s, "a;c", 0, 3), 0);
	assert_int_equal(add(&s, "a;b", 1, 5), 0);
	assert_int_equal(add(&s, "a;b", 0, 7), 0);
	assert_int_equal(s.nr, 2);
	assert_true(s.stacks[0].weight[0] == 9 && s.stacks[0].weight[1] == 5);
	assert_true(s.total[0] == 12 && s.total[1] == 5);
	stacks_free(&s);
}

/* How many places are looked at to find each of the names "PREFIX0", "PREFIX1" and so on. */
static double probes_of(const char *prefix)
{
	struct names n = {0};
	size_t probes = 0, i, place;
	char name[64];

	for (i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%s%zu", prefix, i);
		assert_int_equal(names_intern(&n, (struct text){name, strlen(name)}), i);
	}
	for (i = 0; i < n.nr; i++) {
		for (place = n.names[i].hash & (n.places - 1); n.table[place] != i + 1; probes++)
			place = (place + 1) & (n.places - 1);
		probes++;
	}
	i = n.nr;
	names_free(&n);
	return (double)probes / (double)i;
}

/* A table that is half full at random needs 1.5. */
static void names_that_differ_at_their_end_spread(void **state)
{
	static const char *const prefixes[] = {"", "f", "frame_", "some_function_",
					       "a_function_with_a_rather_long_name_"};
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		assert_true(probes_of(prefixes[i]) < 2);
}

static void weights_add_up_to_2_to_the_63_and_no_further(void **state)
{
	struct stacks s = {0};

	assert_int_equal(add(&s, "a", 0, WEIGHT_MAX - 1), 0);
	assert_int_equal(add(&s, "b", 0, 2), -ERANGE);
	assert_int_equal(s.nr, 1);
	assert_int_equal(add(&s, "b", 0, 1), 0);
	assert_int_equal(add(&s, "a", 0, 1), -ERANGE);
	assert_true(s.total[0] == WEIGHT_MAX && s.stacks[0].weight[0] == WEIGHT_MAX - 1);
	assert_int_equal(add(&s, "a", 1, 1), 0);
	stacks_free(&s);
}

/* '.' and ' ' sort before ';', 'x' after it: what an order by whole names would get wrong. */
static const char *const by_line[] = {
	"a",
	"a b;c",
	"a.cold;x",
	"a;b",
	"a;b.part.0",
	"a;b;c",
	"ax;b",
	"longer name than eight bytes",
	"longer name than eight bytes;x",
	"longer name than eight bytez",
	"\x80",
};
#define NR_LINES (sizeof(by_line) / sizeof(by_line[0]))

static void lines_sort_by_their_bytes_from_any_order(void **state)
{
	size_t order[NR_LINES], i, j, round;
	char line[64];

	for (round = 0; round < 50; round++) {
		struct stacks s = {0};

		for (i = 0; i < NR_LINES; i++) {
			j = next_random((uint32_t)i + 1);
			order[i] = order[j];
			order[j] = i;
		}
		for (i = 0; i < NR_LINES; i++)
			assert_int_equal(add(&s, by_line[order[i]], 0, 1), 0);
		/* Whatever the order was before. */
		assert_int_equal(stacks_sort(&s, STACKS_BY_FRAME), 0);
		assert_int_equal(stacks_sort(&s, STACKS_BY_LINE), 0);
		for (i = 0; i < NR_LINES; i++)
			assert_string_equal(line_of(&s, i, line), by_line[i]);
		stacks_free(&s);
	}
}

struct visits {
	const struct stacks *s;
	char path[4096], text[8192];
	size_t ends[64], used;
};

static int note_open(void *context, const struct node *node)
{
	struct visits *v = context;
	struct text t = names_text(&v->s->names, node->name);
	size_t at = node->depth ? v->ends[node->depth - 1] : 0;

	v->ends[node->depth] = at + (size_t)sprintf(v->path + at, "/%.*s", (int)t.len, t.at);
	return 0;
}

static int note_close(void *context, const struct node *node)
{
	struct visits *v = context;

	v->used += (size_t)sprintf(v->text + v->used, "%.*s %d+%d=%d,%d\n",
				   (int)v->ends[node->depth], v->path, (int)node->start[0],
				   (int)node->self[0], (int)node->total[0], (int)node->total[1]);
	return 0;
}

static void a_walk_visits_each_node_once(void **state)
{
	struct stacks s = {0};
	struct visits v = {.s = &s};
	const struct visitor visitor = {note_open, note_close, &v};

	add(&s, "b", 0, 100);
	add(&s, "a;x", 0, 4);
	add(&s, "a", 0, 1);
	add(&s, "a.cold;x", 0, 20);
	add(&s, "a;x;y", 1, 8);
	add(&s, "a;w", 0, 2);
	assert_int_equal(stacks_sort(&s, STACKS_BY_FRAME), 0);
	assert_int_equal(stacks_walk(&s, &visitor), 0);
	assert_string_equal(v.text, "/a.cold/x 0+20=20,0\n"
				    "/a.cold 0+0=20,0\n"
				    "/a/w 21+2=2,0\n"
				    "/a/x/y 27+0=0,8\n"
				    "/a/x 23+4=4,8\n"
				    "/a 20+1=7,8\n"
				    "/b 27+100=100,0\n");
	stacks_free(&s);
}

#define NR_RANDOM 3000

/* Few names and depths of 1 to 6, so that stacks share beginnings; some names begin others. */
static void random_line(char *line)
{
	uint32_t depth = 1 + next_random(6);

	*line = '\0';
	while (depth--)
		sprintf(line + strlen(line), "f%u%s;", next_random(12), next_random(4) ? "" : ".p");
	line[strlen(line) - 1] = '\0';
}

static bool begins(const char *line, const char *with, size_t len)
{
	return !strncmp(line, with, len) && (!line[len] || line[len] == ';');
}

/* The weight of everything that begins with a path, the slow way. */
static uint64_t weigh(char lines[][64], const uint64_t *weights, const char *with, size_t len)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < NR_RANDOM; i++)
		sum += begins(lines[i], with, len) ? weights[i] : 0;
	return sum;
}

static void boxes_weigh_what_their_stacks_do(void **state)
{
	static char lines[NR_RANDOM][64];
	static uint64_t weights[NR_RANDOM];
	uint64_t ends[8] = {0}, narrow_self = 0;
	struct stacks s = {0};
	struct boxes b;
	char path[8][64];
	size_t i;

	for (i = 0; i < NR_RANDOM; i++) {
		random_line(lines[i]);
		weights[i] = next_random(10);
		assert_int_equal(add(&s, lines[i], 0, weights[i]), 0);
	}
	assert_int_equal(boxes_build(&b, &s, 0, 100000, 50), 0);
	assert_true(b.narrow > 10 && b.nr > 10);
	ends[0] = 0;
	for (i = 1; i < b.nr; i++) {
		const struct box *box = &b.boxes[i], *caller = &b.boxes[box->parent];
		struct text t = names_text(&s.names, box->name);
		char *p = path[box->depth];

		assert_int_equal(caller->depth, box->depth - 1);
		sprintf(p, "%s%s%.*s", box->depth > 1 ? path[box->depth - 1] : "",
			box->depth > 1 ? ";" : "", (int)t.len, t.at);
		assert_true(box->total[0] == weigh(lines, weights, p, strlen(p)));
		assert_true(box->total[0] * 100000 >= 50 * s.total[0]);
		/* Within its caller, and behind the box before it there. */
		assert_true(box->start[0] >= caller->start[0] && box->start[0] >= ends[box->depth]);
		assert_true(box->start[0] + box->total[0] <= caller->start[0] + caller->total[0]);
		ends[box->depth] = box->start[0] + box->total[0];
		narrow_self += box->self[0];
	}
	assert_true(narrow_self + b.narrow_weight == s.total[0]);
	boxes_free(&b);
	stacks_free(&s);
}

static uint64_t sequence_key(const void *context, uint32_t item, size_t depth)
{
	const uint8_t(*sequences)[40] = context;

	return sequences[item][depth];
}

static int by_bytes(const void *a, const void *b, void *sequences)
{
	return strcmp((char *)sequences + *(const uint32_t *)a * 40,
		      (char *)sequences + *(const uint32_t *)b * 40);
}

/* Of few letters and long common beginnings, so that all parts of the sort have work. */
static void sorting_agrees_with_qsort(void **state)
{
	static struct sort_item items[2000];
	static uint8_t sequences[2000][40];
	static uint32_t want[2000];
	size_t nr, i, j, round, common;

	for (round = 0; round < 200; round++) {
		nr = round < 60 ? round : next_random(2000);
		common = next_random(30);
		for (i = 0; i < nr; i++) {
			size_t len = common + next_random((uint32_t)(39 - common));

			for (j = 0; j < len; j++)
				sequences[i][j] = j < common ? 7 : (uint8_t)(1 + next_random(3));
			sequences[i][len] = 0;
			items[i].item = want[i] = (uint32_t)i;
		}
		sort_sequences(items, nr, sequence_key, sequences);
		qsort_r(want, nr, sizeof(*want), by_bytes, sequences);
		for (i = 0; i < nr; i++)
			assert_string_equal((char *)sequences[items[i].item],
					    (char *)sequences[want[i]]);
	}
}

/* Two stacks that differ in their last frame only: depth must not cost stack space. */
static void very_deep_stacks_are_sorted_and_walked(void **state)
{
	size_t depth = 1000000;
	uint32_t *frames = calloc(depth, sizeof(*frames));
	struct stacks s = {0};
	struct boxes b;

	assert_non_null(frames);
	assert_int_equal(names_intern(&s.names, TEXT("f")), 0);
	assert_int_equal(names_intern(&s.names, TEXT("g")), 1);
	frames[depth - 1] = 1;
	assert_int_equal(stacks_add(&s, frames, depth, 0, 1), 0);
	frames[depth - 1] = 0;
	assert_int_equal(stacks_add(&s, frames, depth, 0, 1), 0);
	assert_int_equal(stacks_add(&s, frames, depth - 5, 0, 1), 0);
	assert_int_equal(boxes_build(&b, &s, 0, 1000, 500), 0);
	assert_int_equal(b.depth, depth - 1);
	assert_int_equal(b.narrow, 2);
	boxes_free(&b);
	stacks_free(&s);
	free(frames);
}

static void every_failed_allocation_leaves_a_whole_set(void **state)
{
	size_t nr_failed = 0, i;
	char line[64];
	int err;

	for (i = 0; i < 200; i++) {
		struct stacks s = {0};
		uint64_t weight = 0;
		struct boxes b;
		size_t n, before;

		seed = 1;
		fail_in = (long)i;
		for (n = 0; n < 600; n++) {
			random_line(line);
			do {
				before = s.nr;
				err = add(&s, line, 0, 1);
				assert_true(!err || (err == -ENOMEM && s.nr == before));
				nr_failed += err != 0;
			} while (err);
			weight++;
		}
		assert_true(s.total[0] == weight);
		err = boxes_build(&b, &s, 0, 1000, 0);
		boxes_free(&b);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			nr_failed++;
			free(s.order);
			s.order = NULL;
			assert_int_equal(boxes_build(&b, &s, 0, 1000, 0), 0);
			boxes_free(&b);
		}
		assert_true(b.nr > 100);
		stacks_free(&s);
		if (fail_in >= 0)
			break;
	}
	fail_in = -1;
	assert_true(i < 200 && nr_failed == i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_one),
		cmocka_unit_test(names_that_differ_at_their_end_spread),
		cmocka_unit_test(weights_add_up_to_2_to_the_63_and_no_further),
		cmocka_unit_test(lines_sort_by_their_bytes_from_any_order),
		cmocka_unit_test(a_walk_visits_each_node_once),
		cmocka_unit_test(boxes_weigh_what_their_stacks_do),
		cmocka_unit_test(sorting_agrees_with_qsort),
		cmocka_unit_test(very_deep_stacks_are_sorted_and_walked),
		cmocka_unit_test(every_failed_allocation_leaves_a_whole_set),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
