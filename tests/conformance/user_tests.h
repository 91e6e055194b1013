/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of user_tests.c, for its runner. */
#ifndef UMAPLE_USER_TESTS_H
#define UMAPLE_USER_TESTS_H

struct maple_tree;

struct user_test {
	const char *name;
	void (*function)(struct maple_tree *mt);
	unsigned int flags; /* of the empty tree that it begins with */
};

extern const struct user_test user_tests[]; /* ends with a name of NULL */

void user_test_run(const struct user_test *test);

#endif
