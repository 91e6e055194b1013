// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: options that were read are written as words again, which other processes are started
 * with. Right is that those words are read as the same options. Wrong looks like a process that
 * races with another lock, or refuses to start.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compare/options.h"

static void read_words(struct compare_options *o, const char *line)
{
	char text[1024], *argv[40] = {"reapbench compare"}, *rest = text;
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	while ((argv[argc] = strsep(&rest, " ")))
		if (*argv[argc])
			argc++;
	if (compare_options_parse(o, argc, argv))
		fail_msg("refused: %s", line);
}

static void assert_same_list(const struct name_list *a, const struct name_list *b)
{
	assert_int_equal(a->nr, b->nr);
	for (size_t i = 0; i < a->nr; i++)
		assert_string_equal(a->names[i], b->names[i]);
}

static void check_round_trip(const char *line)
{
	struct compare_options before, after;
	struct compare_words words;
	int argc = 0;

	read_words(&before, line);
	assert_int_equal(compare_options_words(&before, &words), 0);
	while (words.argv[argc])
		argc++;
	if (compare_options_parse(&after, argc, words.argv))
		fail_msg("the words of '%s' are refused", line);
	assert_same_list(&before.orders, &after.orders);
	assert_same_list(&before.engines, &after.engines);
	assert_int_equal(before.processes, after.processes);
	assert_int_equal(before.reps, after.reps);
	assert_int_equal(before.hold_reps, after.hold_reps);
	assert_int_equal(before.overhead_reps, after.overhead_reps);
	assert_int_equal(before.trace_reps, after.trace_reps);
	assert_int_equal(before.lock, after.lock);
	assert_int_equal(before.tlb, after.tlb);
	if (before.frames != after.frames)
		fail_msg("%s: frames %.17g, then %.17g", line, before.frames, after.frames);
	for (int role = 0; role < NR_ROLES; role++)
		assert_int_equal(before.cpu[role], after.cpu[role]);
	assert_int_equal(before.one_cpu, after.one_cpu);
	assert_int_equal(before.force, after.force);
	compare_options_free(&before);
	compare_options_free(&after);
}

/* Each option alone and all at once; what decides nothing about a race may be there too. */
static void words_are_read_as_the_options_they_come_from(void **state)
{
	static const char *const lines[] = {
		"",
		"--quick",
		"--quick --reps 11",
		"--quick --no-overhead",
		"--no-overhead",
		"--order reverse",
		"--order reverse,solo,reverse-fine:16,forward",
		"--engine maple,kernel",
		"--processes 1 --reps 1000",
		"--processes 100 --reps 30",
		"--frames consecutive",
		"--frames random",
		"--frames runs:1.6",
		"--frames runs:1.0000000000000002",
		"--frames runs:123456.7",
		"--frames runs:1000000",
		"--pin none",
		"--force",
		"--layout one --scale 3 --json r.json --verbose",
	};
	static const char all[] = "--order solo --engine kernel --quick --reps 7 --processes 5 "
				  "--no-overhead --lock tas --tlb broadcast --frames runs:2.5 "
				  "--pin none --force";
	char line[64];

	check_round_trip(all);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_round_trip(lines[i]);
	for (int i = 0; i < NR_LOCK_KINDS; i++) {
		snprintf(line, sizeof(line), "--lock %s", lock_kind_info[i].name);
		check_round_trip(line);
	}
	for (int i = 0; i < NR_TLB_MODES; i++) {
		snprintf(line, sizeof(line), "--tlb %s", tlb_mode_info[i].name);
		check_round_trip(line);
	}
}

/* A test may run where there is but one CPU. */
static void the_cpus_of_both_tasks_are_kept(void **state)
{
	cpu_set_t set, one;
	int cpu[2], found = 0;
	char line[64];

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	for (int i = 0; found < 2 && i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			cpu[found++] = i;
	CPU_ZERO(&one);
	CPU_SET(cpu[0], &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	check_round_trip("");
	check_round_trip("--pin none");
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
	if (found < 2)
		return;
	snprintf(line, sizeof(line), "--pin %d,%d", cpu[0], cpu[1]);
	check_round_trip(line);
	snprintf(line, sizeof(line), "--pin %d,%d", cpu[1], cpu[0]);
	check_round_trip(line);
}

static void words_without_room_are_refused(void **state)
{
	struct compare_options o;
	struct compare_words words;
	char line[1024];
	int fit = 0;

	/* A list that grows by an order of 15 letters. */
	for (int n = 1; n < 60; n++) {
		int used = snprintf(line, sizeof(line), "--order solo");
		int ret;

		for (int i = 0; i < n; i++)
			used += snprintf(line + used, sizeof(line) - (size_t)used,
					 ",reverse-fine:%d", 10 + i);
		read_words(&o, line);
		ret = compare_options_words(&o, &words);
		if (!ret) {
			assert_int_equal(fit, n - 1);
			fit = n;
			/* All of it, or an error. */
			snprintf(line, sizeof(line), "reverse-fine:%d", 10 + n - 1);
			assert_non_null(strstr(words.argv[1], line));
		} else {
			assert_int_equal(ret, -ENAMETOOLONG);
		}
		compare_options_free(&o);
	}
	assert_true(fit > 4 && fit < 59);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_read_as_the_options_they_come_from),
		cmocka_unit_test(the_cpus_of_both_tasks_are_kept),
		cmocka_unit_test(words_without_room_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
