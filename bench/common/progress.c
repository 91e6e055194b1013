// SPDX-License-Identifier: GPL-2.0-only
#include "progress.h"

#include <ctype.h>
#include <sys/ioctl.h>

void progress_begin(struct progress *p, FILE *out, const struct progress_stage *stages,
		    size_t nr_stages, uint64_t now_ns)
{
	*p = (struct progress){.out = out,
			       .stages = stages,
			       .nr_stages = nr_stages,
			       .start_ns = now_ns,
			       .stage_at_ns = now_ns};
}

void progress_stage(struct progress *p, size_t stage, uint64_t now_ns)
{
	p->stage = stage;
	p->stage_at_ns = now_ns;
}

/* Pages of the races of stages [from, to). */
static double work(const struct progress *p, size_t from, size_t to)
{
	double pages = 0;

	for (size_t i = from; i < to; i++)
		pages += (double)p->stages[i].pages * (double)p->stages[i].races;
	return pages;
}

static double work_done(const struct progress *p, size_t done)
{
	return work(p, 0, p->stage) + (double)p->stages[p->stage].pages * (double)done;
}

/* Seconds; below 0 if nothing is known yet. */
static double time_left(const struct progress *p, size_t done, uint64_t now_ns)
{
	const struct progress_stage *stage = &p->stages[p->stage];
	double left = (double)(stage->races - done), finished = work_done(p, done);
	double ns_per_page, here;

	if (finished <= 0)
		return -1;
	ns_per_page = (double)(now_ns - p->start_ns) / finished;
	if (done)
		here = (double)(now_ns - p->stage_at_ns) / (double)done * left;
	else
		here = ns_per_page * (double)stage->pages * left;
	return (here + ns_per_page * work(p, p->stage + 1, p->nr_stages)) * 1e-9;
}

static int time_text(char *text, size_t size, double seconds)
{
	unsigned long s = (unsigned long)(seconds + 0.5);

	if (seconds < 0)
		return snprintf(text, size, ":");
	if (s < 60)
		return snprintf(text, size, ", %lu s left:", s);
	if (s < 3600)
		return snprintf(text, size, ", %lu min %02lu s left:", s / 60, s % 60);
	return snprintf(text, size, ", %lu h %02lu min left:", s / 3600, s / 60 % 60);
}

void progress_text(const struct progress *p, size_t done, const char *name, uint64_t now_ns,
		   char *text, size_t size)
{
	double all = work(p, 0, p->nr_stages);
	double share = all > 0 ? work_done(p, done) / all : 0;
	char left[48];

	time_text(left, sizeof(left), time_left(p, done, now_ns));
	snprintf(text, size, "%3d %%%s %s", (int)(100 * share), left, name);
	/* The name of a layout's file may hold any byte. */
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

void progress_race(const struct progress *p, size_t done, const char *name, uint64_t now_ns)
{
	struct winsize window = {.ws_col = 0};
	char text[256];

	if (!p->out)
		return;
	progress_text(p, done, name, now_ns, text, sizeof(text));
	/* A line wider than the terminal would wrap, and the wrapped part could not be erased. */
	if (ioctl(fileno(p->out), TIOCGWINSZ, &window) || !window.ws_col)
		window.ws_col = 80;
	fprintf(p->out, "\r\033[K%.*s", window.ws_col - 1, text);
	fflush(p->out);
}

void progress_clear(const struct progress *p)
{
	if (!p->out)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
}
