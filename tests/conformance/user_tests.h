/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of user_tests.c, for its runner. */
#ifndef UMAPLE_USER_TESTS_H
#define UMAPLE_USER_TESTS_H

struct maple_tree;

struct user_test {
	const char *name;
	void (*function)(struct maple_tree *mt); /* NULL if this kernel source has none */
	unsigned int flags;			 /* of the empty tree that it begins with */
	unsigned long first, last;		 /* all that the tree has at its end, or 0 and 0 */
};

extern const struct user_test user_tests[]; /* ends with a name of NULL */

void user_test_run(const struct user_test *test);

#endif
