// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description: any bytes as a trace for `reapbench report`, plain or compressed, up to the charts
 * of a result with the orders solo, forward and reverse. Right is an error, or records that are all
 * in their ranges and charts with finite numbers.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/json_node.h"
#include "drawn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const orders[] = {"solo", "forward", "reverse"};

static void check(bool good, const char *what)
{
	if (!good)
		wrong("%s is out of range", what);
}

static void check_role(const struct trace_race *race, const struct trace_role *role)
{
	size_t i;
	int class;

	for (i = 0; i < role->nr_visits; i++) {
		const struct trace_visit *v = &role->visits[i];

		check(whole(v->t, JSON_MOST_TIME) && (!i || v->t >= v[-1].t), "a visit's time");
		check(whole(v->page, race->pages), "a page");
		check(whole(v->table, race->tables) && v->table < race->tables, "a table");
		check(whole(v->wait, JSON_MOST_TIME), "a visit's wait");
	}
	for (i = 0; i < role->nr_freed; i++)
		check(whole(role->freed[i].t, JSON_MOST_TIME) &&
			      whole(role->freed[i].pages, race->pages_to_free),
		      "what was freed");
	for (class = 0; class < NR_LOCK_CLASSES; class ++)
		for (i = 0; i < role->nr_waits[class]; i++)
			check(whole(role->waits[class][i].t, JSON_MOST_TIME) &&
				      whole(role->waits[class][i].wait, JSON_MOST_TIME),
			      "a wait");
	for (i = 0; i < NR_TASK_BUCKETS; i++)
		check(role->time_ns[i] >= 0 && role->time_ns[i] <= JSON_MOST_TIME, "a bucket");
	check(role->wall_ns >= 0 && role->wall_ns <= JSON_MOST_TIME, "a role's time");
	check(whole(role->lost, JSON_MOST_COUNT), "what was lost");
}

static void check_race(const struct trace_race *race)
{
	check(whole(race->pages, JSON_MOST_COUNT) && whole(race->tables, JSON_MOST_COUNT) &&
		      whole(race->pages_to_free, JSON_MOST_COUNT) &&
		      whole(race->rep, JSON_MOST_COUNT),
	      "a count");
	check(race->wall_ns >= 0 && race->wall_ns <= JSON_MOST_TIME, "the time of a race");
	check_role(race, &race->role[ROLE_EXIT]);
	check_role(race, &race->role[ROLE_REAPER]);
}

static void draw_with(struct trace *trace, unsigned int nr)
{
	struct result_row rows[3] = {{0}};
	struct result result = {.path = (char *)"result",
				.host = {.cpu = "cpu",
					 .kernel = "kernel",
					 .compiler = "cc",
					 .flags = "",
					 .date = "",
					 .cores = 2},
				.trace = "trace",
				.rows = rows,
				.nr_rows = 3};
	struct result_actor actors[] = {{"exit", "exit", "exit_mm", "forward", 0, 0},
					{"reaper", "oom_reaper", "oom_reap_task", "reverse", 0, 1}};
	struct report report = {
		.result = {&result, &result}, .trace = {trace, trace}, .nr_files = nr};
	size_t i;

	for (i = 0; i < 3; i++) {
		rows[i].layout = "made-up";
		rows[i].engine = "maple";
		rows[i].order = orders[i];
		rows[i].reps = 1;
		rows[i].reapers = i > 0;
		rows[i].actors = actors;
		rows[i].nr_actors = i ? 2 : 1;
	}
	free(draw(&report));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	struct error_text error = {""};
	struct trace *trace;
	size_t i;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		wrong("no file in memory");
	trace = trace_read_fd(fd, "input", &error);
	if (!trace) {
		if (strncmp(error.text, "input: ", 7) || strpbrk(error.text, "\n\x1b"))
			wrong("an error is '%s'", error.text);
		return 0;
	}
	check(trace->nr <= TRACE_MOST_RACES, "the number of races");
	for (i = 0; i < trace->nr; i++)
		check_race(&trace->races[i]);
	draw_with(trace, 1);
	draw_with(trace, 2);
	trace_free(trace);
	return 0;
}
