// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: every allocation of making a layout fails in turn.
 * Right: each failure gives NULL and an error text, nothing is leaked or freed twice (ASan).
 * Wrong: a crash, a layout with something missing, an empty error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "layout/layout.h"
#include "layout/layout_axis.h"
#include "layout/layout_internal.h"

/* Linked with --wrap=layout_alloc. */
void *__real_layout_alloc(void *old, size_t bytes);
void *__wrap_layout_alloc(void *old, size_t bytes);

static long fail_at; /* 0: never */
static long calls;

void *__wrap_layout_alloc(void *old, size_t bytes)
{
	if (bytes && ++calls == fail_at)
		return NULL;
	return __real_layout_alloc(old, bytes);
}

static void each_failure_is_clean(const char *name, unsigned int scale)
{
	struct layout_error err = {""};
	struct layout *l;
	long n = 0;

	for (fail_at = 1;; fail_at++) {
		calls = 0;
		err.text[0] = '\0';
		l = layout_open(name, scale, &err);
		if (l)
			break;
		if (!strstr(err.text, "out of memory"))
			fail_msg("%s, allocation %ld: '%s'", name, fail_at, err.text);
		n++;
	}
	fail_at = 0;
	if (layout_check(l, &err))
		fail_msg("%s: %s", name, err.text);
	layout_free(l);
	assert_true(n >= 6);
}

static void an_axis_is_made_or_not(void **state)
{
	struct layout_error err;
	struct layout *l = layout_open("grid", 1, &err);
	struct layout_axis *axis = NULL;

	assert_non_null(l);
	for (fail_at = 1; !axis; fail_at++) {
		calls = 0;
		axis = layout_axis_create(l);
	}
	/* The axis itself, its pages and its tables. */
	assert_int_equal(fail_at - 2, 3);
	fail_at = 0;
	layout_axis_free(axis);
	layout_free(l);
}

static void builtin_layouts_survive_failing_allocations(void **state)
{
	each_failure_is_clean("one", 1);
	each_failure_is_clean("many", 2);
	each_failure_is_clean("android", 1);
}

static void smaps_survives_failing_allocations(void **state)
{
	each_failure_is_clean("java", 1);
	each_failure_is_clean("chromium-renderer", 2);
}

static void our_format_survives_failing_allocations(void **state)
{
	char path[] = "/tmp/umaple-layout-XXXXXX";
	struct layout_error err = {""};
	struct layout *l = layout_open("android", 1, &err);
	int fd = mkstemp(path);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	assert_non_null(l);
	assert_non_null(file);
	assert_int_equal(layout_write(l, file), 0);
	assert_int_equal(fclose(file), 0);
	layout_free(l);
	each_failure_is_clean(path, 1);
	remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_axis_is_made_or_not),
		cmocka_unit_test(builtin_layouts_survive_failing_allocations),
		cmocka_unit_test(smaps_survives_failing_allocations),
		cmocka_unit_test(our_format_survives_failing_allocations),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_memory", tests, NULL, NULL);
}
