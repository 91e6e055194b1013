// SPDX-License-Identifier: GPL-2.0-only
/* reapbench: the subcommands and nothing else. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compare/compare.h"
#include "compare/process.h"
#include "layout/capture.h"
#include "layout/layout.h"
#include "live/live.h"
#include "live/report.h"
#include "compare/race_command.h"
#include "replay/replay.h"
#include "report/report.h"
#include "scenario/command.h"
#include "common/format.h"

#ifndef UMAPLE_VERSION
#define UMAPLE_VERSION "unknown"
#endif

static int layouts_main(int argc, char **argv);
static int any_report_main(int argc, char **argv);

static const struct subcommand {
	const char *name;
	char *full_name; /* what its messages begin with */
	int (*main)(int argc, char **argv);
	const char *help;
} subcommands[] = {
	{"compare", "reapbench compare", compare_main, "race an exiting task against the reaper"},
	{"race", "reapbench race", race_command_main,
	 "run one race again and again, for a profiler"},
	{"live", "reapbench live", live_main, "kill real processes on the running kernel"},
	{"thaw", "reapbench thaw", thaw_main, "kill a frozen victim, and see whether it exits"},
	{"mrelease", "reapbench mrelease", mrelease_main,
	 "call process_mrelease() after a kill, and see how often it is too late"},
	{"scenario", "reapbench scenario", scenario_main, "play any scenario around a victim"},
	{"pressure", "reapbench pressure", pressure_main,
	 "let processes run out of memory, again and again"},
	{"replay", "reapbench replay", replay_main,
	 "do the calls that a real process made on an address space"},
	{"report", "reapbench report", any_report_main, "make a page with charts of a result"},
	{"capture", "reapbench capture", capture_main, "save the address space of a process"},
	{"layouts", "reapbench layouts", layouts_main, "list the built-in address spaces"},
	{"process", "reapbench process", process_main, "one process of compare, which starts it"},
};

#define NR_SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static int finish_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	perror("reapbench: standard output");
	return 1;
}

static int layouts_main(int argc, char **argv)
{
	static const char *const names[] = {
		"one", "grid", "many", "android", "java", "node", "chromium-renderer"};
	struct layout_error err;
	size_t i;
	int kind;

	if (argc > 1) {
		if (!strcmp(argv[1], "--help")) {
			printf("Usage: %s\nList the built-in address spaces.\n", argv[0]);
			return finish_output();
		}
		fprintf(stderr, "%s: '%s' is not an option\n", argv[0], argv[1]);
		return 2;
	}
	printf("%-18s%10s%12s%12s%12s%12s%12s\n", "", "VMAs", "page tables", "anonymous", "file",
	       "swapped", "huge");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct layout *l = layout_open(names[i], 1, &err);
		char text[32];

		if (!l) {
			fprintf(stderr, "%s: %s\n", argv[0], err.text);
			return 1;
		}
		printf("%-18s%10zu%12" PRIu64, l->name, l->nr_vmas, l->nr_pte_tables);
		for (kind = 0; kind < LAYOUT_NR_KINDS; kind++)
			printf("%12s", format_memory(text, l->pages[kind]));
		printf("\n");
		layout_free(l);
	}
	return finish_output();
}

/* The files decide which report it is. */
static int any_report_main(int argc, char **argv)
{
	if (live_report_wanted(argc, argv))
		return live_report_main(argc, argv);
	return report_main(argc, argv);
}

static void print_help(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: reapbench COMMAND [OPTION]...\n\n");
	for (i = 0; i < NR_SUBCOMMANDS; i++)
		fprintf(out, "  %-10s%s\n", subcommands[i].name, subcommands[i].help);
	fprintf(out, "\n'reapbench COMMAND --help' says more; so does 'man reapbench'.\n");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return finish_output();
	}
	if (!strcmp(argv[1], "--version")) {
		printf("reapbench %s\n", UMAPLE_VERSION);
		return finish_output();
	}
	for (i = 0; i < NR_SUBCOMMANDS; i++) {
		if (strcmp(argv[1], subcommands[i].name))
			continue;
		argv[1] = subcommands[i].full_name;
		return subcommands[i].main(argc - 1, argv + 1);
	}
	fprintf(stderr, "reapbench: no command is called '%s'; try 'reapbench --help'\n", argv[1]);
	return 2;
}
