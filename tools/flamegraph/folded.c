// SPDX-License-Identifier: GPL-2.0-only
#include "folded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int selection_comm(struct selection *sel, const char *name)
{
	if (grow(&sel->comms, &sel->room, sel->nr_comms + 1, sizeof(*sel->comms)))
		return -ENOMEM;
	sel->comms[sel->nr_comms++] = name;
	return 0;
}

int selection_empty(const struct reader *r, const struct selection *sel)
{
	if (sel->root)
		complain("%s: no stack%s has the function '%s'", r->name,
			 sel->nr_comms ? " of these threads" : "", sel->root);
	else if (sel->nr_comms)
		complain("%s: no thread is called '%s'%s", r->name, sel->comms[0],
			 sel->nr_comms > 1 ? ", nor as the others" : "");
	else
		complain("%s: there are no stacks in it", r->name);
	return -ENOENT;
}

int draft_push(struct draft *d, struct stacks *s, struct text t)
{
	int64_t name = names_intern(&s->names, t);

	if (name < 0)
		return (int)name;
	if (grow(&d->frames, &d->room, d->depth + 1, sizeof(*d->frames)))
		return -ENOMEM;
	d->frames[d->depth++] = (uint32_t)name;
	return 0;
}

static bool name_is(const struct stacks *s, uint32_t name, const char *word)
{
	struct text t = names_text(&s->names, name);

	return strlen(word) == t.len && !memcmp(t.at, word, t.len);
}

static bool comm_selected(const struct draft *d, const struct stacks *s,
			  const struct selection *sel)
{
	size_t i;

	for (i = 0; i < sel->nr_comms; i++)
		if (name_is(s, d->frames[0], sel->comms[i]))
			return true;
	return !sel->nr_comms;
}

int draft_add(const struct draft *d, struct stacks *s, const struct selection *sel, int side,
	      uint64_t weight, const struct reader *r)
{
	size_t from = 0;
	int err;

	if (!comm_selected(d, s, sel))
		return 0;
	if (sel->root) {
		while (from < d->depth && !name_is(s, d->frames[from], sel->root))
			from++;
		if (from == d->depth)
			return 0;
	}
	err = stacks_add(s, d->frames + from, d->depth - from, side, weight);
	if (err == -ERANGE)
		reader_error(r, "the weights add up to more than 2^63");
	else if (err)
		complain("%s: %s", r->name, strerror(-err));
	return err ? err : 1;
}

struct text split_number(struct text t, struct text *number)
{
	size_t at = t.len, end = t.len;

	while (at && is_digit(t.at[at - 1]))
		at--;
	if (at && at < end && t.at[at - 1] == '.') {
		end = --at;
		while (at && is_digit(t.at[at - 1]))
			at--;
	}
	if (at == end || !at || !is_blank(t.at[at - 1]))
		return (struct text){0};
	*number = text_from(t, at);
	return text_trim((struct text){t.at, at});
}

/* A stack, too, may begin with '#' if it has more than one frame. */
static bool is_comment(struct text line)
{
	struct text number;

	return line.at[0] == '#' &&
	       !(memchr(line.at, ';', line.len) && split_number(line, &number).len);
}

bool is_folded(struct text line)
{
	struct text number;

	line = text_trim(line);
	return line.len && !is_comment(line) && split_number(line, &number).len;
}

static int line_frames(const struct reader *r, struct text stack, struct stacks *s,
		       const struct selection *sel, struct draft *d)
{
	char room[KERNEL_NAME_SIZE];
	int err;

	d->depth = 0;
	for (;;) {
		const char *end = memchr(stack.at, ';', stack.len);
		struct text frame = {stack.at, end ? (size_t)(end - stack.at) : stack.len};

		if (!frame.len)
			return reader_error(r, "an empty frame in a stack");
		err = draft_push(d, s, kernel_name(sel->names, frame, room));
		if (err) {
			complain("%s: %s", r->name, strerror(-err));
			return err;
		}
		if (!end)
			return 0;
		stack = text_from(stack, frame.len + 1);
	}
}

/* A weight with a fraction is rounded. */
static int read_weight(const struct reader *r, struct text number, uint64_t *weight)
{
	const char *dot = memchr(number.at, '.', number.len);
	struct text whole = {number.at, dot ? (size_t)(dot - number.at) : number.len};
	size_t i;

	if (text_number(whole, weight) ||
	    (dot && dot[1] >= '5' && __builtin_add_overflow(*weight, 1, weight)))
		return reader_error(r, "the weight is more than 2^63");
	if (*weight || !dot)
		return 0;
	for (i = whole.len; i < number.len; i++)
		if (number.at[i] >= '1')
			return reader_error(r, "a fraction below 0.5 would be lost: multiply all "
					       "weights, or count in smaller units");
	return 0;
}

static int line_read(const struct reader *r, struct text line, struct stacks *s,
		     const struct selection *sel, struct draft *d, uint64_t *weight)
{
	struct text number, other, stack = split_number(line, &number);
	char shown[48];
	int err;

	if (!stack.len)
		return reader_error(r,
				    "not folded stacks, 'frame;frame number': '%s' "
				    "(text of perf script goes through fold first)",
				    text_shown(line, shown, sizeof(shown)));
	/* The name of a thread may end in a number; that of a function hardly does. */
	if (is_digit(stack.at[stack.len - 1]) && split_number(stack, &other).len &&
	    memchr(stack.at, ';', stack.len))
		return reader_error(
			r,
			"two numbers, '%s': flamediff compares two files with one "
			"number in each line",
			text_shown((struct text){other.at, (size_t)(line.at + line.len - other.at)},
				   shown, sizeof(shown)));
	err = read_weight(r, number, weight);
	return err ? err : line_frames(r, stack, s, sel, d);
}

int folded_read(struct reader *r, struct stacks *s, const struct selection *sel, int side)
{
	struct draft d = {0};
	struct text line;
	bool any = false;
	uint64_t weight;
	int got;

	while ((got = reader_line(r, &line)) > 0) {
		line = text_trim(line);
		if (!line.len || is_comment(line))
			continue;
		got = line_read(r, line, s, sel, &d, &weight);
		if (!got)
			got = draft_add(&d, s, sel, side, weight, r);
		if (got < 0)
			break;
		any |= got;
	}
	free(d.frames);
	return got || any ? got : selection_empty(r, sel);
}

int folded_open(const char *path, struct stacks *s, const struct selection *sel, int side)
{
	struct reader r;
	int err = reader_open(&r, path);

	if (err)
		return err;
	err = folded_read(&r, s, sel, side);
	if (!err && !s->total[side]) {
		complain("%s: all weights are 0", r.name);
		err = -ENOENT;
	}
	reader_close(&r);
	return err;
}

int folded_write(struct stacks *s)
{
	size_t i, j;

	if (stacks_sort(s, STACKS_BY_LINE))
		return -ENOMEM;
	for (i = 0; i < s->nr; i++) {
		const struct stack *stack = &s->stacks[s->order[i]];

		for (j = 0; j < stack->depth; j++) {
			struct text t = names_text(&s->names, s->frames[stack->at + j]);

			if (j)
				putchar_unlocked(';');
			fwrite_unlocked(t.at, 1, t.len, stdout);
		}
		printf(" %" PRIu64 "\n", stack->weight[0]);
	}
	return 0;
}
