/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of a command line: lists of names, whole numbers, CPUs. A wrong word ends the program with
 * status 2, after a line that names the option; so functions that take @state return for argp.
 */
#ifndef UMAPLE_WORDS_H
#define UMAPLE_WORDS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "race/race.h"

/* A list of strings; NULL-terminated when it is not empty. Each string belongs to the list. */
struct name_list {
	char **names;
	size_t nr;
};

/* Add the first @len bytes of a name. Return: 0 or -ENOMEM, and then the list is as it was. */
int name_list_add(struct name_list *list, const char *name, size_t len);
void name_list_clear(struct name_list *list);
bool name_list_has(const struct name_list *list, const char *name);

/* Say what is wrong with a word, as printf() does; argp adds the "Try --help" line. */
error_t words_usage(struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends the program with status 1. */
error_t words_no_memory(struct argp_state *state);

/* "a, b, c" of a NULL-terminated list, for messages. */
void words_join(char *text, size_t size, const char *const *names);

/**
 * words_list() - Read names with commas between them.
 * @state: of argp.
 * @list: replaced.
 * @words: the names.
 * @what: what they name, as in "order"; also the option's name.
 * @valid: is there such a one?
 * @offered: all there are, NULL-terminated, for the message.
 *
 * Context: Main thread.
 * Return: 0; an error of argp for a name that is not valid or comes twice.
 */
error_t words_list(struct argp_state *state, struct name_list *list, const char *words,
		   const char *what, bool (*valid)(const char *),
		   const char *const *(*offered)(void));

/* A decimal number of digits alone, up to @max: no sign, no space, no exponent, nothing behind it. */
bool words_number(const char *word, unsigned long max, unsigned long *value);

/* A whole number from 1 to @max, for the option --NAME. */
error_t words_count(struct argp_state *state, const char *name, const char *word, unsigned int max,
		    unsigned int *value);

/* --pin: two CPUs of this process, or "none", which gives -1. @words is written to meanwhile. */
error_t words_pin(struct argp_state *state, char *words, int cpu[NR_ROLES]);

/* Without --pin: the first two CPUs there are, one for each role; -1 and *one_cpu if there is one. */
error_t words_default_pin(struct argp_state *state, int cpu[NR_ROLES], bool *one_cpu);

#endif
