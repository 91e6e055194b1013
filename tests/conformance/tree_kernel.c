// SPDX-License-Identifier: GPL-2.0-only
/* The kernel engine, for the runner of the kernel's tests. */
#include "maple_tree.h"

#include "kernel_tests.h"
#include "kernel_tree.h"

const char *const tree_name = "kernel";

void tree_prepare(void)
{
	kernel_tree_keep_going(true);
}

unsigned int tree_checks(void)
{
	return atomic_read(&maple_tree_tests_run);
}

unsigned int tree_failures(void)
{
	return tree_checks() - (unsigned int)atomic_read(&maple_tree_tests_passed);
}

unsigned int tree_warnings(void)
{
	return kernel_tree_warnings();
}

unsigned int tree_unguarded(void)
{
	return kernel_tree_unguarded_accesses();
}

size_t tree_nodes(void)
{
	return kernel_tree_nodes();
}
