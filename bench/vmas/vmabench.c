// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmabench: the cost of calls on an address space, on every tree. It is a Google Benchmark program,
 * and all flags of that library work. With --table[=ROUNDS] it measures the engines in turns and
 * prints their times and ratios.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/port.h"
#include "common/format.h"
#include "common/gbench.h"
#include "common/stats.h"
#include "vma_case.h"

#define ROUNDS	   15
#define ROUNDS_MAX 1000
#define SLICE_NS   3e6 /* of one measurement */

static const size_t sizes[] = {100, 1000, 10000, 1000000};
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static int wrong_usage(const char *what, const char *argument)
{
	fprintf(stderr, "vmabench: %s '%s'\n", what, argument);
	return 2;
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "vmabench: %s: %s\n", what, why);
	return 1;
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds of one operation; below 0: -errno. */
static double measure(struct vma_case *c, unsigned long passes)
{
	double start, spent;
	int err = 0;

	vma_case_begin(c);
	start = cpu_ns();
	for (unsigned long i = 0; i < passes && !err; i++)
		err = c->operation->run(c);
	spent = cpu_ns() - start;
	vma_case_pause(c);
	return err ? err : spent / (double)passes / c->operation->ops;
}

/* One operation and size, on all engines. */
struct cell {
	struct vma_case cases[ENGINES_MAX];
	double *ns[ENGINES_MAX];
	unsigned long passes;
};

static void name_case(struct vma_case *c)
{
	snprintf(c->name, sizeof(c->name), "%s/%s/%zu", c->operation->name, c->engine->name, c->nr);
}

static size_t nr_engines(void)
{
	size_t nr = 0;

	while (engines[nr])
		nr++;
	return nr;
}

/* As many passes as a measurement has time for. */
static int set_up(struct cell *cell, const struct vma_operation *op, size_t nr, size_t rounds)
{
	double ns;

	for (size_t e = 0; engines[e]; e++) {
		struct vma_case *c = &cell->cases[e];
		int err;

		*c = (struct vma_case){.engine = engines[e], .operation = op, .nr = nr};
		name_case(c);
		cell->ns[e] = calloc(rounds, sizeof(double));
		err = cell->ns[e] ? vma_case_setup(c) : -ENOMEM;
		if (err)
			return complain(c->name, strerror(-err));
	}
	ns = measure(&cell->cases[0], 3) * op->ops;
	if (ns < 0)
		return complain(cell->cases[0].name, strerror((int)-ns / (int)op->ops));
	cell->passes = ns > 0 && ns < SLICE_NS ? (unsigned long)(SLICE_NS / ns) : 1;
	return 0;
}

/* In turns; the one that goes first changes. */
static int run_rounds(struct cell *cell, size_t rounds)
{
	const size_t nr = nr_engines();

	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < nr; i++) {
			const size_t e = (round + i) % nr;
			const double ns = measure(&cell->cases[e], cell->passes);

			if (ns < 0)
				return complain(cell->cases[e].name, strerror((int)-ns));
			cell->ns[e][round] = ns;
		}
	}
	return 0;
}

static int print_cell(const struct cell *cell, const struct vma_operation *op, size_t nr,
		      size_t rounds)
{
	char text[48];
	double median;

	printf("%-16s%9zu", op->name, nr);
	for (size_t e = 0; engines[e]; e++) {
		if (stats_median(cell->ns[e], rounds, &median))
			return complain(op->name, "out of memory");
		printf("  %12s", format_time(text, median));
	}
	for (size_t e = 1; engines[e]; e++) {
		struct interval ratio;

		if (stats_ratio(cell->ns[e], cell->ns[0], rounds, &ratio))
			return complain(op->name, "out of memory");
		printf("  %17s", format_ratio(text, &ratio));
	}
	putchar('\n');
	return fflush(stdout) ? complain("standard output", strerror(errno)) : 0;
}

static int tear_down(struct cell *cell)
{
	int status = 0;
	char err[128];

	for (size_t e = 0; engines[e]; e++) {
		if (cell->cases[e].engine && !vma_case_end(&cell->cases[e], err, sizeof(err)))
			status = complain(cell->cases[e].name, err);
		free(cell->ns[e]);
	}
	return status;
}

static int run_cell(const struct vma_operation *op, size_t nr, size_t rounds)
{
	struct cell cell = {.passes = 1};
	int status = set_up(&cell, op, nr, rounds);

	if (!status)
		status = run_rounds(&cell, rounds) ?: print_cell(&cell, op, nr, rounds);
	return tear_down(&cell) || status;
}

static int run_table(size_t rounds, size_t most)
{
	int status = 0;

	printf("CPU time of one operation: medians of %zu rounds, and each engine's over %s's with a "
	       "95 %% interval.\n\n%-16s%9s",
	       rounds, engines[0]->name, "", "VMAs");
	for (size_t e = 0; engines[e]; e++)
		printf("  %12s", engines[e]->name);
	for (size_t e = 1; engines[e]; e++)
		printf("  %12s/%s", engines[e]->name, engines[0]->name);
	putchar('\n');
	for (const struct vma_operation *op = vma_operations; !status && op->name; op++)
		for (size_t i = 0; !status && i < NR_SIZES; i++)
			if (sizes[i] <= op->most && sizes[i] <= most)
				status = run_cell(op, sizes[i], rounds);
	putchar('\n');
	for (const struct vma_operation *op = vma_operations; op->name; op++)
		printf("%s: %s\n", op->name, op->what);
	return status;
}

/* ---- As Google Benchmark runs it ---- */

static void run_alone(struct gbench_state *state, void *user)
{
	struct vma_case *c = user;
	char err[128];
	int ret = vma_case_setup(c);

	if (!ret)
		vma_case_begin(c);
	while (!ret && gbench_keep_running_batch(state, c->operation->ops))
		ret = c->operation->run(c);
	vma_case_pause(c);
	if (ret)
		gbench_skip_with_error(state, strerror(-ret));
	if (!vma_case_end(c, err, sizeof(err)))
		gbench_skip_with_error(state, err);
}

static int run_as_told(int argc, char **argv)
{
	static struct vma_case cases[ENGINES_MAX * NR_SIZES * 8];
	size_t nr = 0;
	int err = gbench_init(&argc, argv);

	if (err)
		return err == -EINVAL ? 2 : 1;
	for (const struct vma_operation *op = vma_operations; op->name; op++) {
		for (size_t i = 0; i < NR_SIZES; i++) {
			for (size_t e = 0; !err && sizes[i] <= op->most && engines[e]; e++) {
				struct vma_case *c = &cases[nr++];

				*c = (struct vma_case){
					.engine = engines[e], .operation = op, .nr = sizes[i]};
				name_case(c);
				err = gbench_register(c->name, run_alone, c, NULL);
			}
		}
	}
	if (!err)
		err = gbench_run(NULL);
	return err ? complain("Google Benchmark", strerror(-err)) : 0;
}

/* "--table", "--table=15", "--table=15,1000": rounds, and the most VMAs. */
static bool parse_table(const char *word, size_t *rounds, size_t *most)
{
	char *end = (char *)word;

	if (!*word)
		return true;
	if (*word++ != '=' || *word < '0' || *word > '9')
		return false;
	*rounds = strtoul(word, &end, 10);
	if (*end == ',' && end[1] >= '0' && end[1] <= '9')
		*most = strtoul(end + 1, &end, 10);
	return !*end && *rounds >= 3 && *rounds <= ROUNDS_MAX && *most >= sizes[0];
}

int main(int argc, char **argv)
{
	static const char flag[] = "--table";
	const bool table = argc > 1 && !strncmp(argv[1], flag, strlen(flag));
	size_t rounds = ROUNDS, most = sizes[NR_SIZES - 1];
	int status;

	if (table && argc > 2)
		return wrong_usage("--table does not go with", argv[2]);
	if (table && !parse_table(argv[1] + strlen(flag), &rounds, &most))
		return wrong_usage(
			"not --table, --table=ROUNDS or --table=ROUNDS,VMAS with at least 3 "
			"rounds and 100 VMAs:",
			argv[1]);
	if (!engines[0])
		return complain("engines", "this build contains no tree engine");
	if (port_rcu_init())
		return complain("RCU", "no thread to free memory");
	rcu_register_thread();
	status = table ? run_table(rounds, most) : run_as_told(argc, argv);
	rcu_unregister_thread();
	return status;
}
