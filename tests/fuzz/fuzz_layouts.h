/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the targets that read an address space: the promises that hold for every accepted
 * text. They are checked here without the library's own counts.
 */
#ifndef UMAPLE_FUZZ_LAYOUTS_H
#define UMAPLE_FUZZ_LAYOUTS_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "layout/layout.h"
#include "layout/layout_internal.h"
#include "vma/vm_flags.h"

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* Writing and reading again what a line of text asks for would take seconds. */
#define FUZZ_MANY_RUNS 20000

/* Runs inside their VMA, in order and aligned. Returns the pages of the VMA's kinds in @pages. */
static void must_hold_runs(const struct layout *l, const struct layout_vma *vma, uint64_t *pages)
{
	uint64_t at = vma->start;

	MUST(vma->first_run <= l->nr_runs && vma->nr_runs <= l->nr_runs - vma->first_run);
	for (size_t i = vma->first_run; i < vma->first_run + vma->nr_runs; i++) {
		const struct layout_run *run = &l->runs[i];
		uint64_t unit = run->kind == LAYOUT_HUGE ? PMD_SIZE : PAGE_SIZE;

		MUST(run->kind < LAYOUT_NR_KINDS);
		MUST(run->start >= at && run->start < run->end && run->end <= vma->end);
		MUST(run->start % unit == 0 && run->end % unit == 0);
		MUST(run->kind != LAYOUT_FILE || vma->file);
		pages[run->kind] += (run->end - run->start) / PAGE_SIZE;
		at = run->end;
	}
}

static void must_hold(const struct layout *l)
{
	uint64_t pages[LAYOUT_NR_KINDS] = {0}, at = 0;
	struct layout_error err = {""};
	size_t runs = 0;

	if (layout_check(l, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	MUST(l->nr_vmas > 0 && l->nr_runs <= LAYOUT_MAX_RUNS);
	for (size_t i = 0; i < l->nr_vmas; i++) {
		const struct layout_vma *vma = &l->vmas[i];

		MUST(vma->start >= at && vma->start < vma->end && vma->end <= TASK_SIZE);
		MUST(vma->start % PAGE_SIZE == 0 && vma->end % PAGE_SIZE == 0);
		MUST(vma->first_run == runs);
		MUST(strlen(l->names + vma->name) < l->names_size - vma->name);
		must_hold_runs(l, vma, pages);
		runs += vma->nr_runs;
		at = vma->end;
	}
	MUST(runs == l->nr_runs);
	MUST(!memcmp(pages, l->pages, sizeof(pages)));
	MUST(layout_pages(l) == pages[0] + pages[1] + pages[2] + pages[3]);
}

static void must_be_equal(const struct layout *a, const struct layout *b)
{
	MUST(!strcmp(a->rule, b->rule) && a->nr_dropped == b->nr_dropped);
	MUST(a->nr_vmas == b->nr_vmas && a->nr_runs == b->nr_runs);
	MUST(a->nr_pte_tables == b->nr_pte_tables);
	for (size_t i = 0; i < a->nr_vmas; i++) {
		const struct layout_vma *v = &a->vmas[i], *w = &b->vmas[i];

		MUST(v->start == w->start && v->end == w->end && v->vm_flags == w->vm_flags);
		MUST(v->pgoff == w->pgoff && v->file == w->file && v->nr_runs == w->nr_runs);
		MUST(!strcmp(a->names + v->name, b->names + w->name));
	}
	for (size_t i = 0; i < a->nr_runs; i++)
		MUST(a->runs[i].start == b->runs[i].start && a->runs[i].end == b->runs[i].end &&
		     a->runs[i].kind == b->runs[i].kind);
}

/* A layout that is written in our format reads as the same layout. */
static void must_survive_writing(const struct layout *l)
{
	struct layout_error err = {""};
	struct layout *again;
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	MUST(file);
	MUST(layout_write(l, file) == 0);
	MUST(fclose(file) == 0);
	again = layout_from_text("again", "again", text, len, &err);
	if (!again) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	must_be_equal(l, again);
	layout_free(again);
	free(text);
}

/* An error is one printable line. */
static void must_explain(const struct layout_error *err)
{
	MUST(err->text[0] && memchr(err->text, '\0', sizeof(err->text)));
	for (const char *c = err->text; *c; c++)
		MUST(*c >= ' ' && *c <= '~');
}

/* The same text as a file, by the way that users take, at the scale that its length gives. */
static void must_open_alike(const uint8_t *data, size_t size, const struct layout *l)
{
	static int fd = -1;
	static const unsigned int scales[] = {1, 2, 3, 1000};
	unsigned int scale = scales[size % 4];
	struct layout_error err = {""};
	struct layout *opened;
	char path[64];

	if (fd < 0)
		fd = memfd_create("layout", MFD_CLOEXEC);
	MUST(fd >= 0);
	MUST(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	opened = layout_open(path, scale, &err);
	if (!opened) {
		must_explain(&err);
		MUST(!l || scale > 1);
		return;
	}
	MUST(l && opened->nr_vmas == l->nr_vmas && opened->nr_runs == l->nr_runs);
	must_hold(opened);
	for (int kind = 0; kind < LAYOUT_NR_KINDS; kind++)
		MUST(opened->pages[kind] == l->pages[kind] * scale);
	layout_free(opened);
}

static void fuzz_layout_text(const uint8_t *data, size_t size)
{
	struct layout_error err = {""};
	struct layout *l = layout_from_text("text", "text", (const char *)data, size, &err);

	if (!l)
		must_explain(&err);
	else
		must_hold(l);
	if (!l || l->nr_runs < FUZZ_MANY_RUNS)
		must_open_alike(data, size, l);
	if (l && l->nr_runs < FUZZ_MANY_RUNS)
		must_survive_writing(l);
	layout_free(l);
}

#endif
