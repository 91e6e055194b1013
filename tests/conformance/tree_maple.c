// SPDX-License-Identifier: GPL-2.0-only
/* Our tree, for the runner of the kernel's tests. */
#include <linux/maple_tree.h>

#include <stdio.h>
#include <string.h>

#include "kernel_tests.h"

const char *const tree_name = "maple";

/*
 * Checks that hold for the kernel's nodes, or for an older kernel, but not for ours. README.md
 * gives the reason for each. Such a check may fail and counts as passed.
 */
static const struct {
	const char *function, *condition;
} geometry[] = {
	{"check_ranges", "mt_height(mt) < 4"},
	{"check_ranges", "mt_height(mt) != 4"},
	{"check_gap_combining", "mn1 == mn2"},
	{"next_prev_test", "mn == mas.node"},
#ifdef OLD_EDITION
	/* Not geometry: the meaning of these calls has changed since. */
	{"check_iteration", "val != xa_mk_value(76)"},
	{"check_empty_area_window", "mas_empty_area(&mas, 0, 8, 10) != -EBUSY"},
	{"next_prev_test", "mas.last != 0"},
#endif
};

static bool is_geometry(const char *function, const char *condition)
{
	for (size_t i = 0; i < sizeof(geometry) / sizeof(geometry[0]); i++) {
		if (!strcmp(geometry[i].function, function) &&
		    !strcmp(geometry[i].condition, condition))
			return true;
	}
	return false;
}

void tree_check(const struct maple_tree *mt, bool failed, const char *function,
		const char *condition)
{
	__atomic_fetch_add(&maple_tree_tests_run.counter, 1, __ATOMIC_RELAXED);
	if (failed && !is_geometry(function, condition)) {
		fprintf(stderr, "check failed in %s: %s\n", function, condition);
		mt_dump(mt, mt_dump_hex);
		return;
	}
	if (failed)
		fprintf(stderr, "geometry differs in %s: %s\n", function, condition);
	__atomic_fetch_add(&maple_tree_tests_passed.counter, 1, __ATOMIC_RELAXED);
}

void tree_prepare(void)
{
}

unsigned int tree_checks(void)
{
	return atomic_read(&maple_tree_tests_run);
}

unsigned int tree_failures(void)
{
	return tree_checks() - atomic_read(&maple_tree_tests_passed);
}

unsigned int tree_warnings(void)
{
	return 0; /* it has none: it returns an error or asserts instead */
}

size_t tree_nodes(void)
{
	return mt_nodes_in_use();
}

unsigned int tree_unguarded(void)
{
	return 0; /* our tree does not follow who holds a lock */
}
