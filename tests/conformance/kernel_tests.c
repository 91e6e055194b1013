// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's lib/test_maple_tree.c as it stands in the kernel source, and a table of its test
 * functions, which are static and so can be named only from inside.
 */
#include KERNEL_TESTS_SOURCE

const struct kernel_test kernel_tests[] = {
#define KERNEL_TEST(name) {#name, (void *)name},
#include KERNEL_TESTS_LIST
	{NULL, NULL},
};
