/* SPDX-License-Identifier: GPL-2.0-only */
/* Folded stacks: one line for each stack, "root;caller;callee 42", the number its weight. */
#ifndef FLAMEGRAPH_FOLDED_H
#define FLAMEGRAPH_FOLDED_H

#include "kernel_names.h"
#include "stacks.h"

/* Which stacks are taken, and where they begin. */
struct selection {
	const char **comms; /* names of threads; none means all */
	size_t nr_comms, room;
	const char *root;	 /* where stacks begin; NULL: where they do */
	enum kernel_names names; /* functions are renamed before they are compared with @root */
};

/* A stack that is being read, before the selection. */
struct draft {
	uint32_t *frames;
	size_t depth, room;
};

/**
 * draft_push() - Add a frame at the end.
 * @d: the stack.
 * @s: the set whose names it uses.
 * @t: the name; not empty.
 *
 * Context: Any.
 * Return: 0; -ENOMEM; -E2BIG as from names_intern().
 */
int draft_push(struct draft *d, struct stacks *s, struct text t);

/**
 * draft_add() - Put the selected part of a stack into the set.
 * @d: the stack, the name of its thread first, at least that.
 * @s: the set.
 * @sel: what is selected.
 * @side: 0 or 1.
 * @weight: how much.
 * @r: where it was read, for messages.
 *
 * Context: May sleep. Says on standard error what went wrong.
 * Return: 1; 0 if nothing of it is selected; -errno.
 */
int draft_add(const struct draft *d, struct stacks *s, const struct selection *sel, int side,
	      uint64_t weight, const struct reader *r);

/**
 * split_number() - Take a number off the end of a text.
 * @t: the text.
 * @number: set to the number, digits with or without a fraction behind a dot, if there is one.
 *
 * Context: Any.
 * Return: what stands before the number and the blanks before that; empty if there is no number, or
 * nothing else.
 */
struct text split_number(struct text t, struct text *number);

/**
 * is_folded() - Could this be a line of folded stacks?
 * @line: the line.
 *
 * Context: Any.
 * Return: whether it is a stack with a weight; a line that begins with '#' is one only with a ';'.
 */
bool is_folded(struct text line);

/**
 * folded_read() - Read the lines of folded stacks, to their end.
 * @r: an open reader.
 * @s: the set they are added to.
 * @sel: what is selected.
 * @side: 0 or 1.
 *
 * Empty lines and comments, "# ...", are skipped; anything else that is not a stack is an error,
 * and so is a set that stays empty. Blanks at the ends of a line and around a weight are no part of
 * a name. A weight with a fraction is rounded to the nearest whole number, a half up; one below a
 * half is an error: it would be lost. So is a second number: a differential has two.
 *
 * Context: May sleep. Says on standard error what went wrong.
 * Return: 0; -errno.
 */
int folded_read(struct reader *r, struct stacks *s, const struct selection *sel, int side);

/**
 * folded_open() - Read a file of folded stacks.
 * @path: the file; NULL or "-" is standard input.
 * @s: the set they are added to.
 * @sel: what is selected.
 * @side: 0 or 1.
 *
 * Like folded_read(), and weights of 0 in all are an error too: there is nothing to show.
 *
 * Context: May sleep. Says on standard error what went wrong.
 * Return: 0; -errno.
 */
int folded_open(const char *path, struct stacks *s, const struct selection *sel, int side);

/**
 * selection_empty() - Say that nothing was selected.
 * @r: where from.
 * @sel: what was to be.
 *
 * Context: May sleep.
 * Return: -ENOENT, always.
 */
int selection_empty(const struct reader *r, const struct selection *sel);

/**
 * folded_write() - Write a set to standard output, sorted.
 * @s: the set; sorted by this.
 *
 * Context: May sleep. Whether everything was written is for finish_output() to say.
 * Return: 0; -ENOMEM, and nothing is written.
 */
int folded_write(struct stacks *s);

/**
 * selection_comm() - Select one more thread.
 * @sel: the selection.
 * @name: of the thread; kept.
 *
 * Context: Any.
 * Return: 0; -ENOMEM.
 */
int selection_comm(struct selection *sel, const char *name);

#endif
