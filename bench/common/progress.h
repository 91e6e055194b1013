/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The progress line of a comparison on a terminal: races done, the race that runs, and the time
 * left.
 *
 * It goes through stages: one for each layout in each process. The time left for the present stage is
 * estimated from its own races so far, and the time for later stages from the mean time of a page so
 * far.
 */
#ifndef UMAPLE_PROGRESS_H
#define UMAPLE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress_stage {
	uint64_t pages; /* of the layout */
	size_t races;
};

struct progress {
	FILE *out; /* NULL: show nothing */
	const struct progress_stage *stages;
	size_t nr_stages;
	size_t stage;			/* the one that runs */
	uint64_t start_ns, stage_at_ns; /* when the first and when this one began */
};

/**
 * progress_begin() - Begin.
 * @progress: filled.
 * @out: a terminal, or NULL to say nothing.
 * @stages: in the order in which they run; must live as long as the progress.
 * @nr_stages: how many.
 * @now_ns: the time, by any clock that does not go back.
 *
 * Context: Any.
 */
void progress_begin(struct progress *progress, FILE *out, const struct progress_stage *stages,
		    size_t nr_stages, uint64_t now_ns);

/**
 * progress_stage() - Begin the next stage.
 * @progress: the progress.
 * @stage: which, from 0.
 * @now_ns: the time.
 *
 * Context: Any.
 */
void progress_stage(struct progress *progress, size_t stage, uint64_t now_ns);

/**
 * progress_race() - Show that a race begins.
 * @progress: the progress.
 * @done: how many races of this stage are done.
 * @name: what the race is called.
 * @now_ns: the time.
 *
 * Context: Any.
 */
void progress_race(const struct progress *progress, size_t done, const char *name, uint64_t now_ns);

/**
 * progress_clear() - Erase the line.
 * @progress: the progress.
 *
 * Context: Any.
 */
void progress_clear(const struct progress *progress);

/**
 * progress_text() - Format the line of progress_race().
 * @progress, @done, @name, @now_ns: as there.
 * @text: filled; terminated.
 * @size: its size in bytes.
 *
 * Context: Any.
 */
void progress_text(const struct progress *progress, size_t done, const char *name, uint64_t now_ns,
		   char *text, size_t size);

#endif
