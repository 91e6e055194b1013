// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: threads that read beside a writer, erasing in every order, and the changes of a
 * stack's VMA, from the kernel's tools/testing/radix-tree/maple.c, on our tree. Right: no
 * check failed, the tree is valid, and no node is left. Wrong looks like "not ok" with the number of
 * failed checks; each says itself which it was.
 */
#include <stdbool.h>
#include <stdio.h>

#include "base/port.h"
#include "kernel_tests.h"
#include "user_tests.h"

int main(void)
{
	unsigned int cases = 0, bad = 0;

	tree_prepare();
	for (const struct user_test *test = user_tests; test->name; test++) {
		unsigned int checks = tree_checks(), failures = tree_failures();

		user_test_run(test);
		checks = tree_checks() - checks;
		failures = tree_failures() - failures;
		bad += failures != 0;
		printf("%s %u - %s\n# %u of %u checks passed\n", failures ? "not ok" : "ok",
		       ++cases, test->name, checks - failures, checks);
		fflush(stdout);
	}
	rcu_register_thread();
	port_rcu_barrier();
	bad += tree_nodes() != 0;
	printf("%s %u - no_node_is_left\n", tree_nodes() ? "not ok" : "ok", ++cases);
	bad += tree_checks() < 1000;
	printf("%s %u - checks_were_made\n1..%u\n", tree_checks() < 1000 ? "not ok" : "ok",
	       cases + 1, cases + 1);
	rcu_unregister_thread();
	return bad != 0;
}
