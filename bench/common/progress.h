/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line on a terminal that says how far a comparison is, what runs and how long it will take.
 *
 * What is left of the layout that runs is estimated from what its races took so far; the layouts
 * after it from what a page took in all layouts so far.
 */
#ifndef UMAPLE_PROGRESS_H
#define UMAPLE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *out;	       /* NULL: nobody looks */
	const uint64_t *pages; /* of each layout */
	size_t nr_layouts;
	size_t races;			 /* of each layout */
	size_t layout;			 /* the one that runs */
	uint64_t start_ns, layout_at_ns; /* when the first and when this one began */
};

/**
 * progress_begin() - Begin.
 * @progress: filled.
 * @out: a terminal, or NULL to say nothing.
 * @pages: of each layout; must live as long as the progress.
 * @nr_layouts: how many.
 * @races: how many races each layout has.
 * @now_ns: the time, by any clock that does not go back.
 *
 * Context: Any.
 */
void progress_begin(struct progress *progress, FILE *out, const uint64_t *pages, size_t nr_layouts,
		    size_t races, uint64_t now_ns);

/**
 * progress_layout() - The next layout begins.
 * @progress: the progress.
 * @layout: which, from 0.
 * @now_ns: the time.
 *
 * Context: Any.
 */
void progress_layout(struct progress *progress, size_t layout, uint64_t now_ns);

/**
 * progress_race() - Show that a race begins.
 * @progress: the progress.
 * @done: how many races of this layout are done.
 * @name: what the race is called.
 * @now_ns: the time.
 *
 * Context: Any.
 */
void progress_race(const struct progress *progress, size_t done, const char *name, uint64_t now_ns);

/**
 * progress_clear() - Take the line away, to make room for something else.
 * @progress: the progress.
 *
 * Context: Any.
 */
void progress_clear(const struct progress *progress);

/**
 * progress_text() - What progress_race() shows.
 * @progress, @done, @name, @now_ns: as there.
 * @text: filled; terminated.
 * @size: its size in bytes.
 *
 * Context: Any.
 */
void progress_text(const struct progress *progress, size_t done, const char *name, uint64_t now_ns,
		   char *text, size_t size);

#endif
