// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: what `reapbench compare --json` writes satisfies the schema, which is made of a
 * template and the table of metrics. The schema is strict enough to notice a document that is
 * broken: a missing key, a time that is not a whole number, a negative wait, another schema name.
 * Skipped without the jsonschema command (Debian: python3-jsonschema).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>

#include "cli_fixture.h"

static bool valid(const char *file)
{
	char command[4096];
	int status;

	snprintf(command, sizeof(command), "jsonschema -i %s \"$REAP_SCHEMA\" >check.log 2>&1",
		 file);
	status = system(command);
	assert_true(WIFEXITED(status));
	/* 1 is "does not validate"; anything else is a tool that did not work. */
	assert_in_range(WEXITSTATUS(status), 0, 1);
	return !WEXITSTATUS(status);
}

static void run_compare(const char *words)
{
	char all[512];

	snprintf(all, sizeof(all),
		 "compare --pin none --layout small.smaps --quick --reps 2 --json r.json %s",
		 words);
	if (cli_run("", all))
		fail_msg("status %d: %s", outcome.status, outcome.err);
}

static void real_output_validates(void **state)
{
	run_compare("");
	assert_true(valid("r.json"));
	run_compare("--order reverse --reps 1 --tlb off --lock tas");
	assert_true(valid("r.json"));
	run_compare("--order reverse --reps 1 --tlb ipi --frames runs:2.5");
	assert_true(valid("r.json"));
	run_compare("--order reverse --reps 1 --tlb broadcast --frames random");
	assert_true(valid("r.json"));
	run_compare("--order reverse --reps 1 --tlb lazy --frames consecutive");
	assert_true(valid("r.json"));
	run_compare("--order reverse --reps 1 --trace");
	assert_true(valid("r.json"));
	run_compare("--order reverse --reps 1 --trace --no-overhead --verbose");
	assert_true(valid("r.json"));
	assert_null(strstr(outcome.out, "over without"));
}

static json_t *document;

static void write_broken(void)
{
	assert_int_equal(json_dump_file(document, "broken.json", 0), 0);
}

static void older_documents_validate(void **state)
{
	json_t *options, *layout;
	json_error_t err;

	run_compare("--order forward --reps 1");
	document = json_load_file("r.json", 0, &err);
	assert_non_null(document);
	options = json_object_get(document, "options");
	layout = json_array_get(json_object_get(document, "layouts"), 0);
	json_object_set_new(options, "tlb", json_string("membarrier"));
	assert_int_equal(json_object_del(options, "frames"), 0);
	assert_int_equal(json_object_del(layout, "frame_run"), 0);
	write_broken();
	assert_true(valid("broken.json"));
	json_object_set_new(options, "tlb", json_string("sometimes"));
	write_broken();
	assert_false(valid("broken.json"));
	json_object_set_new(options, "tlb", json_string("off"));
	json_object_set_new(layout, "frame_run", json_integer(-1));
	write_broken();
	assert_false(valid("broken.json"));
	json_decref(document);
}

static void broken_documents_do_not_validate(void **state)
{
	static const char *const keys[] = {
		"layout",	    "engine",	       "order",	  "reapers",   "reps",
		"disturbed",	    "wall_ns",	       "exit_ns", "reaper_ns", "running_ns",
		"wait_ns",	    "contended",       "pages",	  "free_ns",   "r",
		"unmap_wait_share", "cpu_ns_per_page",
	};
	json_t *result, *wall, *wait;
	json_error_t err;
	size_t i;

	run_compare("--order forward");
	document = json_load_file("r.json", 0, &err);
	assert_non_null(document);
	result = json_array_get(json_object_get(document, "results"), 0);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_incref(json_object_get(result, keys[i]));

		json_object_del(result, keys[i]);
		write_broken();
		if (valid("broken.json"))
			fail_msg("valid without %s", keys[i]);
		json_object_set_new(result, keys[i], value);
	}
	write_broken();
	assert_true(valid("broken.json"));

	wall = json_object_get(result, "wall_ns");
	json_object_set_new(wall, "median", json_real(1.5));
	write_broken();
	assert_false(valid("broken.json"));
	json_object_set_new(wall, "median", json_integer(1));

	wait = json_object_get(json_object_get(json_object_get(result, "wait_ns"), "ptl"), "exit");
	json_object_set_new(wait, "lo", json_integer(-1));
	write_broken();
	assert_false(valid("broken.json"));
	json_object_set_new(wait, "lo", json_integer(0));

	json_object_set_new(document, "trace", json_pack("{s:s}", "file", "r.trace.gz"));
	write_broken();
	assert_false(valid("broken.json"));
	json_object_set_new(document, "trace", json_null());

	json_object_set_new(document, "schema", json_string("umaple.reap/3"));
	write_broken();
	assert_false(valid("broken.json"));
	json_decref(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(real_output_validates, cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(older_documents_validate, cli_setup, cli_teardown),
		cmocka_unit_test_setup_teardown(broken_documents_do_not_validate, cli_setup,
						cli_teardown),
	};

	/* TAP's own word for "skipped"; with this protocol an exit status of 77 is an error. */
	if (system("jsonschema --help >/dev/null 2>&1")) {
		printf("1..0 # SKIP there is no jsonschema command (python3-jsonschema)\n");
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
