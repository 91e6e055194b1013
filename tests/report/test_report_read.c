// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: result and trace files that are damaged in every way. Right is a line that names
 * the file and the very place that is wrong; wrong is a crash, a value that is misread,
 * and a complaint about another place.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "common/result_file.h"
#include "report/read_trace.h"

static char folder[] = "/tmp/report-read-XXXXXX", damaged[64];
static const char *result_path;
static char trace_path[4096];

static int setup(void **state)
{
	size_t stem = strlen(result_path) - strlen(".json");

	snprintf(trace_path, sizeof(trace_path), "%.*s.trace.gz", (int)stem, result_path);
	if (!mkdtemp(folder))
		return -1;
	snprintf(damaged, sizeof(damaged), "%s/damaged", folder);
	return 0;
}

static int teardown(void **state)
{
	unlink(damaged);
	return rmdir(folder);
}

/* A file with all its bytes, unpacked if it is compressed. */
static char *slurp(const char *path, size_t *size)
{
	gzFile file = gzopen(path, "rb");
	char *text = malloc(1 << 22);
	int n;

	assert_non_null(file);
	assert_non_null(text);
	n = gzread(file, text, (1 << 22) - 1);
	assert_true(n > 0);
	gzclose(file);
	text[n] = '\0';
	*size = (size_t)n;
	return text;
}

static void write_damaged(const char *text, size_t size)
{
	FILE *file = fopen(damaged, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* One line that begins with the file. */
static void check_line(const struct error_text *error)
{
	if (strncmp(error->text, damaged, strlen(damaged)) || strchr(error->text, '\n'))
		fail_msg("not a line about the file: %s", error->text);
}

static bool readable_result(struct error_text *error)
{
	struct result *result = result_read(damaged, error);

	result_free(result);
	return result;
}

static bool readable_trace(struct error_text *error)
{
	struct trace *trace = trace_read(damaged, error);

	trace_free(trace);
	return trace;
}

static void a_written_result_is_read(void **state)
{
	struct error_text error;
	struct result *result = result_read(result_path, &error);
	struct trace *trace;
	const struct trace_role *exit;
	double sum = 0;
	int i;

	assert_non_null(result);
	assert_int_equal(result->nr_rows, 2);
	assert_string_equal(result->rows[1].order, "forward");
	assert_string_equal(result->host.cpu, "Made-up CPU");
	assert_int_equal(result->rows[1].sample[VALUE_ALL_FREE].nr, 3);
	assert_true(result->rows[1].value[VALUE_WALL].lo <=
		    result->rows[1].value[VALUE_WALL].median);
	assert_true(result->rows[1].value[VALUE_CLASS_ROLE(WAIT, LOCK_PTL, ROLE_REAPER)].median >
		    0);
	assert_true(result->rows[0].trace_overhead.known && !result->rows[0].vs_forward.known);
	assert_string_equal(result->trace, "fixture.trace.gz");
	result_free(result);

	trace = trace_read(trace_path, &error);
	assert_non_null(trace);
	assert_int_equal(trace->nr, 4);
	assert_false(trace->races[0].role[ROLE_REAPER].present);
	assert_true(trace->races[3].role[ROLE_REAPER].present);
	assert_string_equal(trace->races[3].order, "forward");
	assert_int_equal(trace->races[3].rep, 1);
	exit = &trace->races[0].role[ROLE_EXIT];
	assert_int_equal(exit->nr_visits, 16);
	assert_int_equal(exit->visits[15].table, 15);
	assert_int_equal(exit->freed[exit->nr_freed - 1].pages, 20000);
	for (i = 0; i < NR_TASK_BUCKETS; i++)
		sum += exit->time_ns[i];
	assert_int_equal(sum, exit->wall_ns);
	trace_free(trace);
}

/* Files from before there were modes of the TLB and runs of frames. */
static void an_older_result_is_read(void **state)
{
	json_error_t json_error;
	json_t *document = json_load_file(result_path, 0, &json_error);
	json_t *options = json_object_get(document, "options");
	struct error_text error;
	struct result *result;

	assert_non_null(options);
	json_object_set_new(options, "tlb", json_string("membarrier"));
	assert_int_equal(json_object_del(options, "frames"), 0);
	assert_int_equal(json_dump_file(document, damaged, 0), 0);
	result = result_read(damaged, &error);
	assert_non_null(result);
	assert_string_equal(result->options.tlb, "membarrier");
	assert_string_equal(result->options.frames, "consecutive");
	result_free(result);
	json_object_set_new(options, "frames", json_string("runs:7"));
	assert_int_equal(json_dump_file(document, damaged, 0), 0);
	result = result_read(damaged, &error);
	assert_non_null(result);
	assert_string_equal(result->options.frames, "runs:7");
	result_free(result);
	json_decref(document);
}

static void a_result_cut_short_is_refused(void **state)
{
	struct error_text error;
	size_t size, end;
	char *text = slurp(result_path, &size);

	for (end = 0; end + 2 < size; end += end < 200 ? 1 : 23) {
		write_damaged(text, end);
		assert_false(readable_result(&error));
		check_line(&error);
	}
	free(text);
}

static void a_trace_cut_short_is_refused(void **state)
{
	struct error_text error;
	FILE *file = fopen(trace_path, "r");
	static char packed[1 << 20];
	size_t size, end;
	char *text;

	/* As it is, and unpacked, which is read as well. */
	assert_non_null(file);
	size = fread(packed, 1, sizeof(packed), file);
	fclose(file);
	for (end = 0; end < size; end += end < 40 || end + 20 > size ? 1 : 61) {
		write_damaged(packed, end);
		if (readable_trace(&error))
			fail_msg("%zu of %zu bytes were taken for a trace", end, size);
		check_line(&error);
	}
	text = slurp(trace_path, &size);
	for (end = 1; end < size; end += 397) {
		if (text[end - 1] == '\n')
			continue;
		write_damaged(text, end);
		assert_false(readable_trace(&error));
		check_line(&error);
	}
	free(text);
}

static void noise_is_refused(void **state)
{
	struct error_text error;
	uint64_t seed = 7;
	size_t size, i;
	char *text = slurp(trace_path, &size);
	int round;

	/* Some changes do no harm; what matters is that none is a crash. */
	for (round = 0; round < 200; round++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		i = (size_t)(seed >> 33) % size;
		text[i] ^= (char)(1 + (seed >> 20) % 127);
		write_damaged(text, size);
		if (!readable_trace(&error))
			check_line(&error);
	}
	free(text);
	for (i = 0; i < 3; i++) {
		/* A line, all of a line, and after the last line. */
		static const char *const texts[] = {"{\"a\0b\": 1}\n", "\0\0\0\0\0\0\n\n\n\n\n",
						    "{\"schema\": \"umaple.trace/1\"}\n\0\0\0\0"};
		static const size_t sizes[] = {12, 11, 32};

		write_damaged(texts[i], sizes[i]);
		assert_false(readable_trace(&error));
		assert_non_null(strstr(error.text, "has a NUL byte in it"));
	}
	write_damaged("\0\0\n\0", 4);
	assert_false(readable_trace(&error));
	assert_false(readable_result(&error));
}

/* Values that the reader ignores; every other value must be right. */
static bool passed_over(const char *path)
{
	static const char *const parts[] = {"vs_solo", "mmap_lock_wait_ns", ".reps",
					    "vs_forward.wall"};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(path, parts[i]))
			return true;
	return false;
}

/* The document with a fault in it, and who reads it. */
struct trial {
	json_t *document;
	size_t line; /* of a trace */
	bool (*readable)(struct error_text *error);
	size_t refused;
};

static void try_it(struct trial *t, const char *path)
{
	char place[512], *text = json_dumps(t->document, JSON_COMPACT), *all;
	struct error_text error = {""};
	bool good;

	assert_non_null(text);
	assert_true(asprintf(&all, "%s%s\n", t->line ? "{\"schema\": \"umaple.trace/1\"}\n" : "",
			     text) > 0);
	write_damaged(all, strlen(all));
	free(all);
	free(text);
	good = t->readable(&error);
	if (good && !passed_over(path))
		fail_msg("%s: was not missed", path);
	if (good)
		return;
	t->refused++;
	check_line(&error);
	snprintf(place, sizeof(place), ": %s: ", path);
	if (!strstr(error.text, place))
		fail_msg("%s was wrong, and this was said: %s", path, error.text);
}

/* Put something that fits nowhere in the place of each value of a tree, one after the other. */
static void spoil(struct trial *t, json_t *node, const char *path)
{
	char below[512];
	const char *key;
	json_t *child;
	size_t i;
	void *next;

	if (json_is_array(node)) {
		for (i = 0; i < json_array_size(node); i += 1 + json_array_size(node) / 3) {
			child = json_incref(json_array_get(node, i));
			snprintf(below, sizeof(below), "%s[%zu]", path, i);
			json_array_set_new(node, i, json_array());
			try_it(t, below);
			json_array_set(node, i, child);
			spoil(t, child, below);
			json_decref(child);
		}
		return;
	}
	json_object_foreach_safe(node, next, key, child)
	{
		char *name = strdup(key);

		json_incref(child);
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "", name);
		json_object_set_new(node, name,
				    json_is_array(child) ? json_object() : json_array());
		try_it(t, below);
		json_object_set(node, name, child);
		spoil(t, child, below);
		json_decref(child);
		free(name);
	}
}

static void each_wrong_type_in_a_result_is_named(void **state)
{
	struct trial t = {.readable = readable_result};

	t.document = json_load_file(result_path, 0, NULL);
	assert_non_null(t.document);
	spoil(&t, t.document, "");
	assert_true(t.refused > 150);
	json_decref(t.document);
}

static void each_wrong_type_in_a_trace_is_named(void **state)
{
	struct trial t = {.line = 2, .readable = readable_trace};
	size_t size;
	char *text = slurp(trace_path, &size), *last;

	/* The last line: a race with a reaper. */
	text[size - 1] = '\0';
	last = strrchr(text, '\n') + 1;
	t.document = json_loads(last, 0, NULL);
	assert_non_null(t.document);
	spoil(&t, t.document, "");
	assert_true(t.refused > 80);
	json_decref(t.document);
	free(text);
}

/* Read a result in which a word is replaced; the line that comes of it. */
static const char *with(const char *path, const char *word, const char *instead, bool trace)
{
	static struct error_text error;
	size_t size;
	char *text = slurp(path, &size), *at = strstr(text, word), *all;

	assert_non_null(at);
	assert_true(asprintf(&all, "%.*s%s%s", (int)(at - text), text, instead, at + strlen(word)) >
		    0);
	write_damaged(all, strlen(all));
	snprintf(error.text, sizeof(error.text), "(nothing)");
	if (trace ? readable_trace(&error) : readable_result(&error))
		snprintf(error.text, sizeof(error.text), "(it was read)");
	free(all);
	free(text);
	return error.text;
}

static void check_said(const char *line, const char *words)
{
	if (!strstr(line, words))
		fail_msg("'%s' is not in: %s", words, line);
}

static void values_that_cannot_be_are_named(void **state)
{
	check_said(with(result_path, "umaple.reap/2", "umaple.reap/9", false),
		   ": schema: is 'umaple.reap/9', not");
	check_said(with(result_path, "umaple.reap/2", "\\u009b2J\\u001b[2J", false),
		   ": schema: is '\?\?2J?[2J', not");
	check_said(with(result_path, "\"reps\": 3,\n   \"disturbed\"",
			"\"reps\": -3,\n   \"disturbed\"", false),
		   ": results[0].reps: is negative");
	check_said(with(result_path, "\"disturbed\"", "\"process_reps\": [2, 2], \"disturbed\"",
			false),
		   ": results[0].process_reps: does not add up to 'reps'");
	check_said(with(result_path, "\"disturbed\"", "\"process_reps\": [3, 0], \"disturbed\"",
			false),
		   ": results[0].process_reps[1]: is not a whole number from 1");
	check_said(with(result_path, "\"disturbed\"", "\"process_reps\": [], \"disturbed\"", false),
		   ": results[0].process_reps: has not 1 to");
	check_said(with(result_path, "\"disturbed\"", "\"process_reps\": 3, \"disturbed\"", false),
		   ": results[0].process_reps: is not an array");
	check_said(with(result_path, "\"reps\": 3,\n   \"disturbed\"",
			"\"reps\": 4, \"process_reps\": [2, 2], \"disturbed\"", false),
		   ": has not as many items as 'reps' says");
	check_said(with(result_path, "\"disturbed\"", "\"process_reps\": [2, 1], \"disturbed\"",
			false),
		   "(it was read)");
	check_said(with(result_path, "\"actors\"", "\"tasks\"", false), "(it was read)");
	check_said(with(result_path, "\"task\": \"exit\",", "", false),
		   ": results[0].actors[0].task: is missing");
	check_said(with(result_path, "\"role\": \"exit\"", "\"role\": \"<b>\"", false),
		   ": results[0].actors[0].role: is not a name");
	check_said(with(result_path, "\"order\": \"forward\"", "\"order\": \"'\"", false),
		   ": results[0].actors[0].order: is not a name");
	check_said(with(result_path, "\"delay_us\": 0", "\"delay_us\": -1", false),
		   ": results[0].actors[0].delay_us: is negative");
	check_said(with(result_path, "\"cpu\": 0", "\"cpu\": -2", false),
		   ": results[0].actors[0].cpu: is neither the number of a CPU nor -1");
	check_said(with(result_path, "\"cores\": 2", "\"cores\": 0.5", false),
		   ": host.cores: is not a whole number from 1 up");
	check_said(with(result_path, "\"engine\": \"maple\"", "\"engine\": \"../x\"", false),
		   ": results[0].engine: is not a name");
	check_said(with(result_path, "\"order\": \"solo\"", "\"order\": \"\"", false),
		   ": results[0].order: is not a name");
	check_said(with(result_path, "\"order\": \"solo\"", "\"order\": \"solo'\"", false),
		   ": results[0].order: is not a name");
	check_said(with(result_path, "\"layout\": \"made-up\"", "\"layout\": \"\"", false),
		   ": results[0].layout: is empty");
	check_said(with(result_path, "\"wall_ns\"", "\"no_wall_ns\"", false),
		   ": results[0].wall_ns: is missing");
	check_said(with(trace_path, "umaple.trace/1", "umaple.trace/2", true), "line 1: schema is");
	check_said(with(trace_path, "\"visits\": {\"t\": [", "\"visits\": {\"t\": [9999999", true),
		   "line 2: roles.exit.visits: 't' goes back at item 1");
	check_said(with(trace_path, "\"page\": [0, ", "\"page\": [", true),
		   "line 2: roles.exit.visits.page: is not as long as 't'");
	check_said(with(trace_path, "\"tables\": 16", "\"tables\": 15", true),
		   "line 2: roles.exit.visits.table[15]: is above 14");
	check_said(with(trace_path, "\"pages\": 20000", "\"pages\": 1250", true),
		   "line 2: roles.exit.visits.page[2]: is above 1250");
}

/* Numbers that JSON has and a chart has not. */
static void numbers_out_of_range_are_named(void **state)
{
	static const struct {
		const char *word, *instead, *said;
	} in_result[] =
		{
			{"\"wall_ns\": {\n    \"median\": ",
			 "\"wall_ns\": {\n    \"median\": 2e15, \"x\": ",
			 "results[0].wall_ns.median: is above 1000000000000000"},
			{"\"lo\": ", "\"lo\": 99999", "results[0].wall_ns: 'lo' is above 'hi'"},
			{"\"median\": ", "\"median\": 99999",
			 "results[0].wall_ns: 'median' is not from"},
			{"\"unmap_wait_share\": {\n    \"exit\": {\n     \"median\": 0.0",
			 "\"unmap_wait_share\": {\n    \"exit\": {\n     \"median\": 1.5",
			 "results[0].unmap_wait_share.exit.median: is above 1"},
			{"\"cores\": 2", "\"cores\": 1e300",
			 "host.cores: is above 9007199254740992"},
			{"\"running_ns\": [\n     ", "\"running_ns\": [\n     0.5,",
			 "results[0].samples.running_ns[0]: is not a whole number"},
			{"\"running_ns\": [\n     ", "\"running_ns\": [\n     1e-300,",
			 "results[0].samples.running_ns[0]: is not a whole number"},
			{"\"pin\": [\n   0", "\"pin\": [\n   0.5",
			 "options.pin[0]: is neither the number of a CPU"},
			{"\"pin\": [\n   0", "\"pin\": [\n   -1e300",
			 "options.pin[0]: is neither the number"},
			{"\"wall_ns\": {\n    \"median\": ",
			 "\"wall_ns\": {\n    \"median\": 1e999", "line 48: real number overflow"},
			{"\"fixture.trace.gz\"", "\"..\"",
			 "trace.file: is not the name of a file beside"},
		},
	  in_trace[] = {
		  {"\"wait\": [0", "\"wait\": [1.5e308", "roles.exit.visits.wait[0]: is above 1"},
		  {"\"wait\": [0", "\"wait\": [1e-300", "visits.wait[0]: is not a whole number"},
		  {"\"tables\": 16", "\"tables\": 1e17", "tables: is above 9007199254740992"},
		  {"\"pages_to_free\": 20000", "\"pages_to_free\": 2",
		   "roles.exit.freed.pages[0]: is above 2"},
		  {"\"tlb\": ", "\"tlb\": 1e300, \"x\": ", "time_ns.tlb: is above 1000000000000000"},
	  };
	size_t i;

	for (i = 0; i < sizeof(in_result) / sizeof(in_result[0]); i++)
		check_said(with(result_path, in_result[i].word, in_result[i].instead, false),
			   in_result[i].said);
	for (i = 0; i < sizeof(in_trace) / sizeof(in_trace[0]); i++)
		check_said(with(trace_path, in_trace[i].word, in_trace[i].instead, true),
			   in_trace[i].said);
}

/* @n times @word behind the first place where @before stands in the result; what is said then. */
static const char *with_many(const char *before, const char *word, size_t n)
{
	char *instead = malloc(strlen(before) + n * strlen(word) + 1);
	const char *said;
	size_t i, used;

	assert_non_null(instead);
	used = (size_t)sprintf(instead, "%s", before);
	for (i = 0; i < n; i++)
		used += (size_t)sprintf(instead + used, "%s", word);
	said = with(result_path, before, instead, false);
	free(instead);
	return said;
}

static void values_that_are_too_large_are_named(void **state)
{
	check_said(with_many("\"cpu\": \"", "x", 4097), "host.cpu: is longer than 4096 bytes");
	check_said(with_many("\"cpu\": \"", "x", 4000), "(it was read)");
	check_said(with_many("\"running_ns\": [", "1, ", 3001),
		   "results[0].samples.running_ns: has more than 3000 items");
	check_said(with_many("\"results\": [", "{}, ", 512), "results: has more than 512 items");
	check_said(with_many("\"layouts\": [", "{}, ", 512), "layouts: has more than 512 items");
}

/* Write @text, compressed, @n times behind one another. */
static void write_repeated(const char *head, const char *text, size_t n)
{
	gzFile file = gzopen(damaged, "wb9");
	size_t i;

	assert_non_null(file);
	assert_true(gzputs(file, head) >= 0);
	for (i = 0; i < n; i++)
		assert_true(gzputs(file, text) > 0);
	assert_int_equal(gzclose(file), Z_OK);
}

static void a_trace_that_unpacks_to_too_much_is_refused(void **state)
{
	static char blanks[1 << 20];
	struct error_text error = {""};

	memset(blanks, ' ', sizeof(blanks) - 1);
	write_repeated("", blanks, 65);
	assert_false(readable_trace(&error));
	check_line(&error);
	check_said(error.text, "line 1: has more than 64 MiB when unpacked");
}

static void only_a_regular_file_is_a_trace(void **state)
{
	struct error_text error = {""};

	unlink(damaged);
	assert_int_equal(mkfifo(damaged, 0600), 0);
	assert_false(readable_trace(&error));
	check_said(error.text, "is not a regular file");
	unlink(damaged);
}

/* A result that never ends is not read to its end. */
static void an_endless_result_is_refused(void **state)
{
	struct error_text error;

	assert_null(result_read("/dev/zero", &error));
	assert_string_equal(error.text, "/dev/zero: is longer than 64 MiB");
}

static void files_that_are_none_are_refused(void **state)
{
	struct error_text error;

	assert_null(result_read("/nonexistent/x.json", &error));
	assert_string_equal(error.text, "/nonexistent/x.json: No such file or directory");
	assert_null(result_read("/", &error));
	assert_null(trace_read("/nonexistent/x.gz", &error));
	assert_string_equal(error.text, "/nonexistent/x.gz: No such file or directory");
	assert_null(trace_read("/", &error));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_result_is_read),
		cmocka_unit_test(an_older_result_is_read),
		cmocka_unit_test(a_result_cut_short_is_refused),
		cmocka_unit_test(a_trace_cut_short_is_refused),
		cmocka_unit_test(noise_is_refused),
		cmocka_unit_test(each_wrong_type_in_a_result_is_named),
		cmocka_unit_test(each_wrong_type_in_a_trace_is_named),
		cmocka_unit_test(values_that_cannot_be_are_named),
		cmocka_unit_test(numbers_out_of_range_are_named),
		cmocka_unit_test(values_that_are_too_large_are_named),
		cmocka_unit_test(a_trace_that_unpacks_to_too_much_is_refused),
		cmocka_unit_test(only_a_regular_file_is_a_trace),
		cmocka_unit_test(an_endless_result_is_refused),
		cmocka_unit_test(files_that_are_none_are_refused),
	};

	if (argc != 2)
		return 2;
	result_path = argv[1];
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
