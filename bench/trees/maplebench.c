// SPDX-License-Identifier: GPL-2.0-only
/*
 * maplebench: the cost of the tree's operations, on our tree and on the kernel's. It is a Google
 * Benchmark program, and all flags of that library work. One iteration is one operation, and its
 * time is CPU time of the thread that does it. With --table it compares the engines: see
 * tree_table.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/gbench.h"
#include "base/port.h"
#include "maple_tree/maple_tree.h"
#include "tree_case.h"
#include "tree_table.h"

#define MINUTES	    4
#define MINUTES_MAX 1440

static int wrong_usage(const char *what, const char *argument)
{
	fprintf(stderr, "maplebench: %s '%s'\n", what, argument);
	return 2;
}

static const char *value_of(const char *argument, const char *flag)
{
	size_t len = strlen(flag);

	return strncmp(argument, flag, len) ? NULL : argument + len;
}

static int run_table(int argc, char **argv)
{
	const char *filter = NULL, *json = NULL, *value;
	double minutes = MINUTES;

	for (int i = 1; i < argc; i++) {
		if ((value = value_of(argv[i], "--table="))) {
			char *end;

			minutes = strtod(value, &end);
			if (!*value || *end || !(minutes >= 0 && minutes <= MINUTES_MAX))
				return wrong_usage("not a number of minutes from 0 to 1440:",
						   value);
		} else if ((value = value_of(argv[i], "--benchmark_filter="))) {
			filter = value;
		} else if ((value = value_of(argv[i], "--benchmark_out="))) {
			json = value;
		} else if (strcmp(argv[i], "--table")) {
			return wrong_usage("--table does not go with", argv[i]);
		}
	}
	return tree_table_run(minutes, filter, json);
}

static void run_alone(struct gbench_state *state, void *user)
{
	tree_case_run(state, user, 1);
}

static int run_as_told(int argc, char **argv)
{
	size_t nr;
	struct tree_case *cases = tree_cases(&nr);
	int err = gbench_init(&argc, argv);

	if (err)
		return err == -EINVAL ? 2 : 1;
	for (size_t i = 0; !err && i < nr; i++)
		err = gbench_register(cases[i].name, run_alone, &cases[i], NULL);
	if (!err)
		err = gbench_run(NULL);
	if (err)
		fprintf(stderr, "maplebench: %s\n", strerror(-err));
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *isa = getenv("UMAPLE_ISA");
	bool table = argc > 1 && value_of(argv[1], "--table");
	int status;

	if (isa && strcmp(isa, mt_isa())) /* the library has said why */
		return 2;
	if (port_rcu_init())
		return 1;
	rcu_register_thread();
	status = table ? run_table(argc, argv) : run_as_told(argc, argv);
	rcu_unregister_thread();
	return status;
}
