// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: the look at the CPUs before the first race. Right is that a CPU on which another
 * process computes is called busy, with a line that says so, and that wrong CPUs are an error. That
 * an idle one is called free cannot be tested on a machine that may be in use.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/busy.h"

static int a_cpu(void)
{
	cpu_set_t mask;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(mask), &mask), 0);
	while (!CPU_ISSET(cpu, &mask))
		cpu++;
	return cpu;
}

/* A process that computes without a pause. */
static pid_t start_spinner(int cpu)
{
	pid_t pid = fork();
	cpu_set_t one;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		_exit(1);
	for (;;)
		__asm__ volatile("");
}

static void a_cpu_with_another_process_is_busy(void **state)
{
	int cpu = a_cpu();
	pid_t pid = start_spinner(cpu);
	char text[256] = "", expected[64];
	double share = -1;

	assert_int_equal(busy_shares(&cpu, 1, 400, &share), 0);
	assert_int_equal(busy_probe(&cpu, 1, text, sizeof(text)), -EBUSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* It gets half of the CPU, and less if this process has a low priority. */
	assert_true(share > 0.2 && share <= 1);
	snprintf(expected, sizeof(expected), "CPU %d is busy: others take ", cpu);
	assert_non_null(strstr(text, expected));
	assert_non_null(strstr(text, "(busiest process: "));
	assert_non_null(strstr(text, BUSY_ADVICE));
	assert_null(strchr(text, '\n'));
}

static void shares_are_shares(void **state)
{
	int cpus[BUSY_MOST_CPU];
	double shares[BUSY_MOST_CPU];
	size_t i;

	/* All on one CPU, so each has the others beside it. */
	for (i = 0; i < BUSY_MOST_CPU; i++)
		cpus[i] = a_cpu();
	assert_int_equal(busy_shares(cpus, BUSY_MOST_CPU, 400, shares), 0);
	for (i = 0; i < BUSY_MOST_CPU; i++)
		assert_true(shares[i] > 0.2 && shares[i] <= 1);
}

static void a_wrong_cpu_is_an_error(void **state)
{
	int cpus[BUSY_MOST_CPU + 1] = {0}, none = 100000;
	double shares[BUSY_MOST_CPU + 1];
	char text[256] = "";

	assert_int_equal(busy_shares(cpus, 0, 10, shares), -EINVAL);
	assert_int_equal(busy_shares(cpus, BUSY_MOST_CPU + 1, 10, shares), -EINVAL);
	assert_int_equal(busy_probe(&none, 1, text, sizeof(text)), -EINVAL);
	assert_string_equal(text, "seeing whether the CPUs are free: Invalid argument");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpu_with_another_process_is_busy),
		cmocka_unit_test(shares_are_shares),
		cmocka_unit_test(a_wrong_cpu_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
