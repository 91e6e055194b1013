// SPDX-License-Identifier: GPL-2.0-only
#include "free_times.h"

#include <string.h>

#include "base/clock.h"

static const unsigned int free_percent[NR_FREE_MARKS] = {50, 90, 99, 100};

/* The task whose next mark is the earliest; NULL at the end. */
static struct freed_by *next_to_mark(struct freed_by *tasks, unsigned int nr_tasks)
{
	struct freed_by *first = NULL;

	for (struct freed_by *t = tasks; t < tasks + nr_tasks; t++) {
		if (t->next < t->nr_marks &&
		    (!first || t->marks[t->next].ticks < first->marks[first->next].ticks))
			first = t;
	}
	return first;
}

void free_times(struct freed_by *tasks, unsigned int nr_tasks, uint64_t total, uint64_t start,
		uint64_t free_ns[NR_FREE_MARKS])
{
	unsigned int level = 0;
	uint64_t sum = 0;

	memset(free_ns, 0, NR_FREE_MARKS * sizeof(*free_ns));
	for (unsigned int i = 0; i < nr_tasks; i++)
		tasks[i].next = 0, tasks[i].pages = 0;
	while (level < NR_FREE_MARKS) {
		struct freed_by *task = next_to_mark(tasks, nr_tasks);
		const struct free_mark *mark;

		if (!task)
			break;
		mark = &task->marks[task->next++];
		sum += mark->pages - task->pages;
		task->pages = mark->pages;
		while (level < NR_FREE_MARKS && sum * 100 >= total * free_percent[level])
			free_ns[level++] = clock_ns(mark->ticks - start);
	}
}
