// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: UMAPLE_ISA chooses the instruction set of the searches. Right: a set that the CPU has
 * is used without a word. Wrong: a name that is not one passes in silence, or leaves the tree
 * without functions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "maple_tree/maple_tree.h"

static char self[4096];

/* What this program prints in another process: see show(). */
static const char *run_with(const char *isa)
{
	static char out[512];
	char command[4500];
	FILE *pipe;
	size_t n;

	snprintf(command, sizeof(command), "UMAPLE_ISA=%s '%s' show 2>&1", isa, self);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(out, 1, sizeof(out) - 1, pipe);
	out[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return out;
}

static int show(void)
{
	DEFINE_MTREE(mt);

	if (mtree_store_range(&mt, 10, 20, &mt, GFP_KERNEL) || mtree_load(&mt, 15) != &mt)
		return 1;
	mtree_destroy(&mt);
	printf("uses %s\n", mt_isa());
	return 0;
}

static void the_portable_code_runs_anywhere(void **state)
{
	assert_string_equal(run_with("portable"), "uses portable\n");
}

static void each_set_of_the_cpu_can_be_forced(void **state)
{
	static const char *const sets[] = {"portable", "avx2", "avx512"};
	char want[64];

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		snprintf(want, sizeof(want), "uses %s\n", sets[i]);
		assert_string_equal(run_with(sets[i]), want);
		if (!strcmp(sets[i], mt_isa())) /* the best of this CPU */
			return;
	}
	fail_msg("'%s' is no known set", mt_isa());
}

static void another_name_is_said_and_changes_nothing(void **state)
{
	char want[256];

	snprintf(want, sizeof(want),
		 "umaple: UMAPLE_ISA=mmx is not one of this CPU's; using %s\nuses %s\n", mt_isa(),
		 mt_isa());
	assert_string_equal(run_with("mmx"), want);
	snprintf(want, sizeof(want),
		 "umaple: UMAPLE_ISA= is not one of this CPU's; using %s\nuses %s\n", mt_isa(),
		 mt_isa());
	assert_string_equal(run_with(""), want);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_portable_code_runs_anywhere),
		cmocka_unit_test(each_set_of_the_cpu_can_be_forced),
		cmocka_unit_test(another_name_is_said_and_changes_nothing),
	};

	if (argc > 1 && !strcmp(argv[1], "show"))
		return show();
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	unsetenv("UMAPLE_ISA");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
