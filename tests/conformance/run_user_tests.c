// SPDX-License-Identifier: GPL-2.0-only
/*
 * run_user_tests [NAME]...: all tests, or those that are named.
 *
 * Description: threads that read beside a writer, erasing in every order, and the changes of a
 * stack's VMA, from the kernel's tools/testing/radix-tree/maple.c, on our tree. Right: each made
 * checks and none failed, the tree is valid, and no node is left. Wrong looks like "not ok" with
 * the number of failed checks; each says itself which it was.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/port.h"
#include "kernel_tests.h"
#include "user_tests.h"

static unsigned int cases, bad;

static bool is_wanted(const char *name, char *const *wanted)
{
	if (!*wanted)
		return true;
	while (*wanted && strcmp(name, *wanted))
		wanted++;
	return *wanted;
}

static void run(const struct user_test *test)
{
	unsigned int checks = tree_checks(), failures = tree_failures();
	bool good;

	if (!test->function) {
		printf("ok %u - %s # SKIP this kernel source has none\n", ++cases, test->name);
		return;
	}
	user_test_run(test);
	checks = tree_checks() - checks;
	failures = tree_failures() - failures;
	good = checks && !failures;
	bad += !good;
	printf("%s %u - %s\n# %u of %u checks passed\n", good ? "ok" : "not ok", ++cases,
	       test->name, checks - failures, checks);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	tree_prepare();
	for (const struct user_test *test = user_tests; test->name; test++) {
		if (is_wanted(test->name, argv + 1))
			run(test);
	}
	if (!cases) {
		fprintf(stderr, "%s: there is no test %s\n", argv[0], argv[1]);
		return 2;
	}
	rcu_register_thread();
	port_rcu_barrier();
	bad += tree_nodes() != 0;
	printf("%s %u - no_node_is_left\n", tree_nodes() ? "not ok" : "ok", ++cases);
	printf("1..%u\n", cases);
	rcu_unregister_thread();
	return bad != 0;
}
