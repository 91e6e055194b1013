// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: runs the kernel's own tests of the maple tree, unmodified, on one of our engines.
 * Each function the kernel's start function calls is a test case: it passes if no check failed
 * while it ran. Wrong looks like "not ok" with the number of failed checks; the checks themselves
 * print their place in test_maple_tree.c to stderr.
 *
 * The kernel's file is compiled with -finstrument-functions, which tells when one of its
 * functions begins and ends; nothing in it needs to be changed or copied for that.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_tests.h"
#include "base/port.h"

static unsigned int depth; /* of calls inside the kernel's file; 1 is its start function */
static unsigned int cases, failed_cases;
static bool stop_at_failure;
static unsigned int checks_before, failures_before, failures_told;

void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

static const char *name_of(void *function)
{
	const struct kernel_test *test;

	for (test = kernel_tests; test->name; test++) {
		if (test->function == function)
			return test->name;
	}
	return NULL;
}

static void report(bool good, const char *name)
{
	cases++;
	if (!good)
		failed_cases++;
	printf("%s %u - %s\n", good ? "ok" : "not ok", cases, name);
	if (!good && stop_at_failure) {
		printf("1..%u\n", cases);
		exit(1);
	}
	fflush(stdout);
}

void __cyg_profile_func_enter(void *function, void *caller)
{
	if (++depth != 2)
		return;
	checks_before = tree_checks();
	failures_before = tree_failures();
}

void __cyg_profile_func_exit(void *function, void *caller)
{
	unsigned int checks, failures;
	const char *name;

	if (depth-- != 2)
		return;
	name = name_of(function);
	if (!name)
		return;
	checks = tree_checks() - checks_before;
	failures = tree_failures() - failures_before;
	failures_told += failures;
	report(!failures, name);
	printf("# %u of %u checks passed\n", checks - failures, checks);
}

int main(int argc, char **argv)
{
	int status;

	if (argc == 2 && !strcmp(argv[1], "--stop")) {
		stop_at_failure = true;
	} else if (argc != 1) {
		fprintf(stderr, "usage: %s [--stop]  (--stop ends the run at the first failure)\n",
			argv[0]);
		return 2;
	}

	rcu_register_thread();
	tree_prepare();
	status = kernel_tests_main();
	port_rcu_barrier();
	report(tree_failures() == failures_told, "checks_between_the_functions");
	report(status == 0, "start_function_returns_0");
	report(tree_warnings() == 0, "no_warning_was_given");
	report(tree_nodes() == 0, "no_node_is_left");
	report(tree_checks() > 1000, "checks_were_made");
	/* The kernel's tests validate trees without a lock; in the kernel, lockdep says so too. */
	printf("# %u reads by the tests without lock or read section\n", tree_unguarded());
	printf("# tree %s: %u of %u checks passed\n", tree_name, tree_checks() - tree_failures(),
	       tree_checks());
	printf("1..%u\n", cases);
	rcu_unregister_thread();
	return failed_cases ? 1 : 0;
}
