// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: a build without the BPF program says so. Right: -EOPNOTSUPP, and a line that names
 * the packages. Wrong: success, or figures that nobody measured.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "live/probe/live_probe.h"

static void open_names_the_missing_packages(void **state)
{
	struct live_probe *probe = (struct live_probe *)state;
	char err[256] = "";

	assert_int_equal(live_probe_open(&probe, err, sizeof(err)), -EOPNOTSUPP);
	assert_null(probe);
	assert_non_null(strstr(err, "clang"));
	assert_non_null(strstr(err, "libbpf-dev"));
	assert_non_null(strstr(err, "bpftool"));
	live_probe_close(probe);
}

static void there_are_no_figures(void **state)
{
	static const struct live_figures none;
	struct live_figures figures;

	memset(&figures, 1, sizeof(figures));
	assert_int_equal(live_probe_arm(NULL, 1, 2), -EOPNOTSUPP);
	assert_int_equal(live_probe_read(NULL, &figures), -EOPNOTSUPP);
	assert_memory_equal(&figures, &none, sizeof(figures));
	assert_int_equal(live_probe_sees_spins(NULL), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_names_the_missing_packages),
		cmocka_unit_test(there_are_no_figures),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
